use actix_web::{http::header, test::TestRequest};

use super::*;
use crate::site::came_encrypted;

fn origins(text: &str) -> Origins {
    text.parse().unwrap()
}

/// The headers of an answer to that request.
fn answered(request: TestRequest, origins: &Origins, proxies: &str) -> HeaderMap {
    let request = request.peer_addr("10.0.0.1:4000".parse().unwrap()).to_srv_request();
    let mut headers = HeaderMap::new();
    headers.insert(header::ALLOW, HeaderValue::from_static("GET, HEAD, OPTIONS"));
    let encrypted = came_encrypted(&request, "", &proxies.parse().unwrap());
    Asked::of(&request, origins, encrypted).protect(&mut headers);
    headers
}

#[test]
fn an_origin_has_no_path_and_is_not_everybody() {
    for right in [
        "https://music.example",
        "http://localhost:5173",
        "https://a.example, https://b.example:8443",
    ] {
        assert!(right.parse::<Origins>().is_ok(), "{right}");
    }
    for wrong in [
        "*",
        "null",
        "music.example",
        "https://music.example/",
        "https://a@b.example",
        "ftp://a.example",
        "https://A.example",
    ] {
        assert_eq!(wrong.parse::<Origins>(), Err(NotAnOrigin), "{wrong}");
    }
}

#[test]
fn only_a_named_origin_may_read_and_nobody_with_credentials() {
    let ours = origins("https://music.example");
    let from = |origin: &'static str| {
        TestRequest::get()
            .uri("/api/v1/tracks")
            .insert_header(("origin", origin))
    };
    let headers = answered(from("https://music.example"), &ours, "");
    assert_eq!(
        headers.get("access-control-allow-origin").unwrap(),
        "https://music.example"
    );
    assert!(headers.get("access-control-allow-credentials").is_none());
    assert!(headers.get("access-control-allow-methods").is_none());
    for other in ["https://music.example.evil.example", "http://music.example", "null"] {
        let headers = answered(from(other), &ours, "");
        assert!(headers.get("access-control-allow-origin").is_none(), "{other}");
        assert_eq!(headers.get("vary").unwrap(), "Origin");
    }
    let headers = answered(from("https://music.example"), &Origins::default(), "");
    assert!(headers.get("access-control-allow-origin").is_none());
    assert_eq!(headers.get("cross-origin-resource-policy").unwrap(), "same-origin");
}

#[test]
fn encryption_is_kept_only_when_a_known_proxy_says_it() {
    let request = || {
        TestRequest::get()
            .uri("/")
            .insert_header(("x-forwarded-proto", "https"))
    };
    assert!(
        answered(request(), &Origins::default(), "")
            .get("strict-transport-security")
            .is_none()
    );
    let behind = answered(request(), &Origins::default(), "10.0.0.0/8");
    assert_eq!(behind.get("strict-transport-security").unwrap(), STAY_ENCRYPTED);
    let plain = TestRequest::get().uri("/").insert_header(("x-forwarded-proto", "http"));
    assert!(
        answered(plain, &Origins::default(), "10.0.0.0/8")
            .get("strict-transport-security")
            .is_none()
    );
}

#[test]
fn what_a_handler_chose_stays() {
    let request = TestRequest::get().uri("/api/v1/auth/me").to_srv_request();
    let asked = Asked::of(&request, &Origins::default(), false);
    let mut headers = HeaderMap::new();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("max-age=60"));
    asked.protect(&mut headers);
    assert_eq!(headers.get("cache-control").unwrap(), "max-age=60");
    let mut headers = HeaderMap::new();
    asked.protect(&mut headers);
    assert_eq!(headers.get("cache-control").unwrap(), "no-store");
}
