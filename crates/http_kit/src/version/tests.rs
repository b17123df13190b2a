//! `If-Match`, as examples and as properties.

use actix_web::http::header::IF_NONE_MATCH;
use proptest::prelude::*;

use super::{IfMatch, is_known};

#[test]
fn if_match_is_compared_strongly() {
    let holds = |header: &str, version| IfMatch::parse(header).check(version).is_ok();
    assert!(holds("*", 7) && holds(" * ", 7) && holds("\"7\"", 7) && holds("\"1\" , \"7\"", 7));
    for header in [
        "\"6\"",
        "7",
        "W/\"7\"",
        "\"7",
        "",
        ",",
        "\"07x\"",
        "\"99999999999999999999\"",
    ] {
        assert!(!holds(header, 7), "{header}");
    }
    assert!(IfMatch::Absent.check(7).is_ok());
}

#[test]
fn what_is_no_list_of_tags_is_not_taken_for_another_version() {
    for header in ["7", "\"7", "", ",", "\"7\" \"8\"", "\"7\",", "*, \"7\"", "w/\"7\""] {
        assert_eq!(IfMatch::parse(header), IfMatch::Malformed, "{header}");
    }
    assert_eq!(IfMatch::parse("\"a,b\", W/\"7\" ,\"8\""), IfMatch::Versions(vec![8]));
}

proptest! {
    #[test]
    fn if_match_holds_for_the_versions_it_names(versions in prop::collection::vec(1..1000_i64, 1..5), present in 1..1000_i64) {
        let header = versions.iter().map(|version| format!("\"{version}\"")).collect::<Vec<_>>().join(", ");
        prop_assert_eq!(IfMatch::parse(&header).check(present).is_ok(), versions.contains(&present));
        let weak = versions.iter().map(|version| format!("W/\"{version}\"")).collect::<Vec<_>>().join(",");
        prop_assert!(IfMatch::parse(&weak).check(present).is_err());
    }

    #[test]
    fn any_if_match_is_read_without_a_panic(header in ".*", present in any::<i64>()) {
        let _ = IfMatch::parse(&header).check(present);
    }
}

#[test]
fn a_tag_is_known_whether_weak_or_not() {
    let asked = |value: &str| {
        let request = actix_web::test::TestRequest::default().insert_header((IF_NONE_MATCH, value));
        is_known(&request.to_http_request(), "W/\"a1\"")
    };
    for known in ["*", "W/\"a1\"", "\"a1\"", "\"x,y\", W/\"a1\""] {
        assert!(asked(known), "{known}");
    }
    for other in ["", "a1", "W/\"a2\"", "\"a1"] {
        assert!(!asked(other), "{other}");
    }
}
