//! Chains of proxies, true and forged.

use std::net::IpAddr;

use actix_web::http::header::{HeaderMap, HeaderValue, X_FORWARDED_FOR};
use proptest::prelude::*;

use super::{ClientAddress, Proxies};

const PROXY: &str = "10.0.0.7";

fn client(peer: &str, lines: &[&str], proxies: &str) -> String {
    let mut headers = HeaderMap::new();
    for line in lines {
        headers.append(X_FORWARDED_FOR, HeaderValue::from_str(line).expect("a header"));
    }
    let peer: IpAddr = peer.parse().expect("an address");
    let proxies: Proxies = proxies.parse().expect("proxies");
    ClientAddress::of(peer, &headers, &proxies).to_string()
}

#[test]
fn only_a_known_proxy_says_who_called() {
    assert_eq!(client("192.0.2.1", &["198.51.100.9"], ""), "192.0.2.1");
    assert_eq!(client("192.0.2.1", &["198.51.100.9"], "10.0.0.0/8"), "192.0.2.1");
    assert_eq!(client(PROXY, &["198.51.100.9"], "10.0.0.0/8"), "198.51.100.9");
    assert_eq!(client("::ffff:10.0.0.7", &["198.51.100.9"], PROXY), "198.51.100.9");
    assert_eq!(client(PROXY, &[], PROXY), PROXY);
}

#[test]
fn the_right_most_address_that_is_no_proxy_is_the_client() {
    let own = "10.0.0.0/8, 2001:db8:1::/48";
    assert_eq!(
        client(PROXY, &["203.0.113.1, 198.51.100.9, 10.0.0.8"], own),
        "198.51.100.9"
    );
    assert_eq!(
        client(PROXY, &["203.0.113.1", "198.51.100.9,2001:db8:1::5"], own),
        "198.51.100.9"
    );
    // A client behind our own network, and no other: the last of the chain is all that is known.
    assert_eq!(client(PROXY, &["10.0.0.9"], own), "10.0.0.9");
    // What a proxy could not have written ends the chain.
    for forged in ["unknown", "", "198.51.100.9.1", "_hidden", "\"198.51.100.9\""] {
        assert_eq!(
            client(PROXY, &[&format!("203.0.113.1, {forged}")], own),
            PROXY,
            "{forged}"
        );
    }
}

#[test]
fn a_forged_chain_of_ten_thousand_entries_changes_nothing() {
    let forged = vec!["203.0.113.1"; 10_000].join(", ");
    assert_eq!(client(PROXY, &[&forged, "198.51.100.9"], PROXY), "198.51.100.9");
    assert_eq!(
        client(PROXY, &[&format!("{forged}, 198.51.100.9")], PROXY),
        "198.51.100.9"
    );
    let of_proxies = vec![PROXY; 10_000].join(",");
    assert_eq!(client(PROXY, &["198.51.100.9", &of_proxies], PROXY), "198.51.100.9");
}

#[test]
fn ports_are_no_part_of_an_address_and_a_network_of_64_bits_is_one_client() {
    for (entry, address) in [
        ("198.51.100.9:4711", "198.51.100.9"),
        ("[2001:db8::1]:4711", "2001:db8::/64"),
        ("[2001:db8::1]", "2001:db8::/64"),
        ("2001:db8::ffff:1", "2001:db8::/64"),
        ("2001:db8:0:1::1", "2001:db8:0:1::/64"),
        ("::ffff:198.51.100.9", "198.51.100.9"),
    ] {
        assert_eq!(client(PROXY, &[entry], PROXY), address, "{entry}");
    }
}

#[test]
fn what_is_no_proxy_is_refused() {
    for text in ["10.0.0.0/33", "proxy", "10.0.0.0/", "::/129", "10.0.0.0/-1"] {
        assert!(text.parse::<Proxies>().is_err(), "{text}");
    }
    let everything: Proxies = "0.0.0.0/0, ::/0".parse().expect("networks");
    assert!(
        ["192.0.2.1", "2001:db8::1"]
            .iter()
            .all(|ip| everything.contain(ip.parse().expect("an address")))
    );
}

proptest! {
    #[test]
    fn whatever_a_client_writes_its_own_address_is_counted(written in "[ -~]{0,200}", own in any::<[u8; 4]>()) {
        let own = IpAddr::from(own);
        prop_assume!(own.to_string() != PROXY);
        let chain = format!("{written}, {own}");
        prop_assert_eq!(client(PROXY, &[&chain], PROXY), own.to_string());
    }
}
