use chrono::{DateTime, Utc};
use proptest::prelude::*;

use super::{ByteRange, Requested, if_range, parse, unsatisfied};

fn part(first: u64, last: u64) -> Requested {
    Requested::Part(ByteRange::new(first, last).expect("first comes before last"))
}

#[test]
fn a_range_header_means_what_the_rfc_says() {
    // Of 10,000 bytes; most are the examples of section 14.1.2.
    let table = [
        ("bytes=0-499", part(0, 499)),
        ("bytes=500-999", part(500, 999)),
        ("bytes=-500", part(9500, 9999)),
        ("bytes=9500-", part(9500, 9999)),
        ("bytes=0-", part(0, 9999)),
        ("bytes=0-0", part(0, 0)),
        ("bytes=9999-99999999999999999999999999", part(9999, 9999)),
        ("bytes=-99999999999999999999999999", part(0, 9999)),
        ("BYTES= 1-2 ", part(1, 2)),
        ("bytes=,1-2,, ", part(1, 2)),
        ("bytes=10000-", Requested::Unsatisfiable),
        ("bytes=99999999999999999999999999-", Requested::Unsatisfiable),
        ("bytes=-0", Requested::Unsatisfiable),
        ("bytes=0-0,-1", Requested::Whole),
        ("bytes=2-1", Requested::Whole),
        ("bytes=-", Requested::Whole),
        ("bytes=", Requested::Whole),
        ("bytes=1 - 2", Requested::Whole),
        ("bytes=+1-2", Requested::Whole),
        ("bytes=0x1-2", Requested::Whole),
        ("seconds=1-2", Requested::Whole),
        ("bytes", Requested::Whole),
        ("", Requested::Whole),
    ];
    for (header, meaning) in table {
        assert_eq!(parse(header, 10_000), meaning, "{header}");
    }
}

#[test]
fn of_an_empty_object_there_is_only_the_whole() {
    for header in ["bytes=0-0", "bytes=0-", "bytes=-1"] {
        assert_eq!(parse(header, 0), Requested::Whole, "{header}");
    }
}

#[test]
fn answers_name_the_range_and_the_length() {
    let range = ByteRange::new(1000, 1999).expect("a range");
    assert_eq!(range.content_range(5000), "bytes 1000-1999/5000");
    assert_eq!(range.header(), "bytes=1000-1999");
    assert_eq!(range.len(), 1000);
    assert_eq!(unsatisfied(5000), "bytes */5000");
    assert_eq!(ByteRange::new(2, 1), None);
}

#[test]
fn if_range_holds_for_the_same_strong_validator_only() {
    let modified: DateTime<Utc> = "1994-11-06T08:49:37.250Z".parse().expect("a time");
    let table = [
        ("\"abc\"", true),
        (" \"abc\" ", true),
        ("\"abd\"", false),
        ("W/\"abc\"", false),
        ("abc", false),
        ("\"", false),
        ("", false),
        ("Sun, 06 Nov 1994 08:49:37 GMT", true),
        ("Sunday, 06-Nov-94 08:49:37 GMT", true),
        ("Sun Nov  6 08:49:37 1994", true),
        ("Sun, 06 Nov 1994 08:49:38 GMT", false),
        ("Mon, 06 Nov 1994 08:49:37 GMT", false),
    ];
    for (header, holds) in table {
        assert_eq!(if_range(header, Some("\"abc\""), Some(modified)), holds, "{header}");
    }
    assert!(!if_range("W/\"abc\"", Some("W/\"abc\""), None), "weak tags never match");
    assert!(!if_range("\"abc\"", None, Some(modified)));
}

proptest! {
    #[test]
    fn any_header_is_answered_with_bytes_that_are_there(header in "\\PC*", size: u64) {
        if let Requested::Part(range) = parse(&header, size) {
            prop_assert!(range.first() <= range.last() && range.last() < size);
        }
    }

    #[test]
    fn any_two_positions_are_cut_to_the_object(first: u64, last: u64, size in 1_u64..) {
        let meaning = parse(&format!("bytes={first}-{last}"), size);
        let expected = match ByteRange::new(first, last.min(size - 1)) {
            _ if last < first => Requested::Whole,
            None => Requested::Unsatisfiable,
            Some(range) => Requested::Part(range),
        };
        prop_assert_eq!(meaning, expected);
    }

    #[test]
    fn a_suffix_is_the_end_of_the_object(length in 1_u64.., size in 1_u64..) {
        let Requested::Part(range) = parse(&format!("bytes=-{length}"), size) else { panic!("satisfiable") };
        prop_assert_eq!(range.last(), size - 1);
        prop_assert_eq!(range.len(), length.min(size));
    }

    #[test]
    fn a_range_survives_its_own_header(first in 0..u64::MAX / 2, more in 0..u64::MAX / 4, beyond in 1..u64::MAX / 4) {
        let range = ByteRange::new(first, first + more).expect("a range");
        prop_assert_eq!(parse(&range.header(), first + more + beyond), Requested::Part(range));
    }

    #[test]
    fn any_if_range_is_answered(header in "\\PC*") {
        prop_assert!(!if_range(&header, None, None));
    }
}
