//! Bursts, rests, and things at the same time.

use std::time::{Duration, Instant};

use actix_web::http::header::HeaderMap;
use uuid::Uuid;

use super::{Action, ClientAddress, Limiter, Who};

fn address(last: u8) -> Who {
    Who::Address(ClientAddress::new([192, 0, 2, last].into()))
}

#[test]
fn a_burst_is_followed_by_a_wait_of_ones_own() {
    let (limiter, now) = (Limiter::default(), Instant::now());
    let register = |who, now| limiter.permit_at(Action::Register, who, now).0;
    for _ in 0..Action::Register.limit().burst {
        drop(register(address(1), now).expect("within the burst"));
    }
    let refused = register(address(1), now).expect_err("over the burst");
    assert_eq!(refused.retry_after(), Some(2));
    assert!(register(address(2), now).is_ok(), "another address");
    assert!(
        limiter.permit_at(Action::SignIn, address(1), now).0.is_ok(),
        "another action"
    );
    assert!(register(address(1), now + Duration::from_millis(1_100)).is_ok());
    assert!(register(address(1), now + Duration::from_millis(1_200)).is_err());
}

#[test]
fn what_runs_counts_until_it_ends() {
    let (limiter, now) = (Limiter::default(), Instant::now());
    let upload = |who| limiter.permit_at(Action::Upload, who, now).0;
    let (one, other) = (Who::Person(Uuid::from_u128(1)), Who::Person(Uuid::from_u128(2)));
    let mut running: Vec<_> = (0..Action::Upload.limit().at_once)
        .map(|_| upload(one).expect("a permit"))
        .collect();
    assert!(upload(one).is_err());
    assert!(upload(other).is_ok());
    drop(running.pop());
    assert!(upload(one).is_ok());
}

#[test]
fn what_is_left_is_said() {
    let (limiter, now) = (Limiter::default(), Instant::now());
    let mut headers = HeaderMap::new();
    let mut says = |action, who| {
        let (permit, standing) = limiter.permit_at(action, who, now);
        standing.show(&mut headers);
        let said = ["ratelimit-policy", "ratelimit"]
            .map(|name| headers.get(name).expect(name).to_str().expect(name).to_owned());
        (permit.ok(), said.join(" "))
    };
    let (_, said) = says(Action::Register, address(1));
    assert_eq!(said, "\"register\";q=500;w=500 \"register\";r=499;t=2");
    for _ in 1..500 {
        drop(says(Action::Register, address(1)));
    }
    let (permit, said) = says(Action::Register, address(1));
    assert!(permit.is_none());
    assert_eq!(said, "\"register\";q=500;w=500 \"register\";r=0;t=501");
    let running: Vec<_> = (0..9).map(|_| says(Action::Upload, address(1))).collect();
    let (permit, said) = running.last().expect("nine");
    assert!(permit.is_none(), "eight at once");
    assert!(said.contains("r=0;"), "{said}");
}
