//! The rules of the domain as properties: pure, so they run without an engine.

use domain::{ArtistFields, Play, counts, line, name_key};
use events::Time;
use http_kit::IfMatch;
use proptest::prelude::*;
use uuid::{NoContext, Timestamp, Uuid};

const NOW: i64 = 1_790_000_000_000;
const FIRST: i64 = 1_033_430_400_000;

proptest! {
    #[test]
    fn more_heard_never_counts_less(duration in prop::option::of(0..10_000_000_i64), heard in 0..10_000_000_i64, more in 0..1_000_000_i64) {
        prop_assert!(!counts(duration, heard) || counts(duration, heard + more));
    }

    #[test]
    fn half_of_a_track_or_four_minutes_count(duration in 0..10_000_000_i64, heard in 0..10_000_000_i64) {
        let half_or_four_minutes = 2 * heard >= duration || heard >= 240_000;
        prop_assert_eq!(counts(Some(duration), heard), duration > 30_000 && half_or_four_minutes);
    }

    #[test]
    fn a_checked_play_lies_between_the_first_listen_and_five_minutes_from_now(at in prop::option::of(0..2 * NOW), ms in prop::option::of(-5..100_000_000_i64)) {
        let play = Play { listened_at: at.map(Time::from_millis), ms_played: ms, ..Play::default() };
        let right = at.is_none_or(|at| (FIRST..=NOW + 300_000).contains(&at)) && ms.is_none_or(|ms| (0..=86_400_000).contains(&ms));
        let checked = play.checked(Time::from_millis(NOW));
        prop_assert_eq!(checked.is_ok(), right);
        if let Ok(play) = checked {
            prop_assert_eq!(play.listened_at.map(Time::millis), Some(at.unwrap_or(NOW)));
        }
    }

    #[test]
    fn the_time_inside_a_version_7_id_is_when_it_was_heard(seconds in 1_033_430_400..1_790_000_000_u64, random in any::<u128>()) {
        let time_of = |id| {
            let play = Play { event_id: Some(id), ..Play::default() };
            play.checked(Time::from_millis(NOW)).unwrap().listened_at.map(Time::millis)
        };
        prop_assert_eq!(time_of(Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, 0))), i64::try_from(seconds * 1000).ok());
        let of_version_4 = uuid::Builder::from_random_bytes(random.to_be_bytes()).into_uuid();
        prop_assert_eq!(time_of(of_version_4), Some(NOW));
    }

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

    #[test]
    fn a_clean_line_stays_as_it_is(text in ".{0,400}") {
        if let Ok(clean) = line("title", &text, 300) {
            prop_assert_eq!(line("title", &clean, 300), Ok(clean.clone()));
            prop_assert!((1..=300).contains(&clean.chars().count()));
            prop_assert!(!clean.chars().any(char::is_control));
        }
    }

    #[test]
    fn spellings_of_a_name_meet(name in "\\PC{1,40}") {
        let shouted: String = name.chars().flat_map(char::to_lowercase).collect();
        prop_assert_eq!(name_key(&format!("  {name} ")), name_key(&name));
        prop_assert_eq!(name_key(&name_key(&shouted)), name_key(&shouted));
    }

    #[test]
    fn checked_fields_are_checked_for_good(name in "\\PC{0,320}", country in prop::option::of("[a-zA-Z]{1,3}"), genres in prop::collection::vec("\\PC{0,70}", 0..22)) {
        let fields = ArtistFields { name, country, genres, ..ArtistFields::default() };
        if let Ok(checked) = fields.checked() {
            prop_assert_eq!(checked.clone().checked(), Ok(checked));
        }
    }
}
