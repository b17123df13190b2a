//! Times and the decoder, as examples and as properties.

use chrono::{DateTime, FixedOffset, SecondsFormat};
use proptest::prelude::*;

use crate::{Event, Time, contracts};

#[test]
fn a_message_without_a_value_is_no_event() {
    assert!(Event::decode(None).is_err());
    assert!(Event::decode(Some(b"null")).is_err());
    assert!(Event::decode(Some(b"{}")).is_err());
}

#[test]
fn what_is_no_time_is_no_time() {
    for text in [
        "",
        "2026-01-31",
        "2026-01-31T12:00:00",
        "2026-13-01T00:00:00Z",
        "1790000000",
        "2026-01-31T12:00:00+25:00",
    ] {
        assert!(serde_json::from_value::<Time>(text.into()).is_err(), "{text}");
    }
    assert!(serde_json::from_value::<Time>(1_790_000_000.into()).is_err());
}

proptest! {
    #[test]
    fn a_time_is_read_with_any_offset_and_written_in_utc(millis in 0..200_000_000_000_000_i64, minutes in -1439..1440_i32, nanos in 0..1_000_000_i64) {
        let exact = DateTime::from_timestamp_millis(millis).unwrap() + chrono::TimeDelta::nanoseconds(nanos);
        let elsewhere = exact.with_timezone(&FixedOffset::east_opt(minutes * 60).unwrap());
        let text = serde_json::to_string(&elsewhere.to_rfc3339_opts(SecondsFormat::Nanos, true)).unwrap();
        let time: Time = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(time.millis(), millis, "{}", text);
        let written = serde_json::to_string(&time).unwrap();
        prop_assert!(written.ends_with("Z\"") && written.len() == "\"2026-01-31T12:00:00.000Z\"".len(), "{}", written);
        prop_assert_eq!(serde_json::from_str::<Time>(&written).unwrap(), time);
    }

    #[test]
    fn no_text_makes_a_time_panic(text in ".{0,40}") {
        let _ = serde_json::from_str::<Time>(&serde_json::to_string(&text).unwrap());
    }

    #[test]
    fn no_bytes_make_the_decoder_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        prop_assert!(Event::decode(Some(&bytes)).is_err());
    }

    #[test]
    fn an_event_damaged_on_its_way_is_refused_or_read(which in 0..1000_usize, at in any::<prop::sample::Index>(), bytes in prop::collection::vec(any::<u8>(), 0..4), cut in 0..8_usize) {
        let contracts = contracts();
        let contract = &contracts[which % contracts.len()];
        let mut payload = contract.example.encode(&contract.meta).unwrap().payload;
        let start = at.index(payload.len());
        let end = (start + cut).min(payload.len());
        payload.splice(start..end, bytes);
        if let Ok((meta, event)) = Event::decode(Some(&payload)) {
            let again = event.encode(&meta).unwrap();
            prop_assert_eq!(Event::decode(Some(&again.payload)).unwrap(), (meta, event));
        }
    }
}
