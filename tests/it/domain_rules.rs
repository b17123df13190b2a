//! The rules of the domain, as examples and as properties: pure, so they run without an engine.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, FixedOffset, SecondsFormat};
use domain::{Account, AlbumFields, ArtistFields, Invalid, Play, TrackFields, counts, line, name_key};
use events::{AlbumId, AlbumType, ArtistId, Event, ExternalIds, Time, contracts};
use http_kit::IfMatch;
use jonquil::{Config, SETTINGS};
use proptest::prelude::*;
use uuid::{NoContext, Timestamp, Uuid};

const NOW: i64 = 1_790_000_000_000;
const FIRST: i64 = 1_033_430_400_000;
/// What no message may show.
const SECRET: &str = "kolobok-7391";

fn named(result: Result<impl Sized, Invalid>) -> Vec<&'static str> {
    result
        .err()
        .map(|Invalid(faults)| faults.iter().map(|fault| fault.field).collect())
        .unwrap_or_default()
}

fn account(username: &str, email: &str, password: &str) -> Result<Account, Invalid> {
    Account::parse(username, email, password)
}

fn album(title: &str, year: i32) -> AlbumFields {
    AlbumFields {
        title: title.to_owned(),
        artist_id: ArtistId(Uuid::nil()),
        album_type: AlbumType::Album,
        release_date: chrono::NaiveDate::from_ymd_opt(year, 1, 31),
        genres: Vec::new(),
        external_ids: ExternalIds::new(),
    }
}

fn track(title: &str) -> TrackFields {
    TrackFields {
        title: title.to_owned(),
        artist_id: ArtistId(Uuid::nil()),
        album_id: Some(AlbumId(Uuid::nil())),
        duration_ms: Some(1),
        track_number: Some(1),
        disc_number: Some(1),
        genres: Vec::new(),
        explicit: false,
        external_ids: ExternalIds::new(),
    }
}

#[test]
fn a_play_is_half_of_the_track_or_four_minutes_of_it() {
    for (duration, heard, counted) in [
        (Some(180_000), 90_000, true),
        (Some(180_000), 89_999, false),
        (Some(180_001), 90_000, false),
        (Some(180_001), 90_001, true),
        (Some(480_000), 240_000, true),
        (Some(3_600_000), 240_000, true),
        (Some(3_600_000), 239_999, false),
        (Some(30_000), 30_000, false),
        (Some(30_001), 15_001, true),
        (Some(30_001), 15_000, false),
        (Some(0), 0, false),
        (None, 30_000, true),
        (None, 29_999, false),
    ] {
        assert_eq!(counts(duration, heard), counted, "{heard} of {duration:?}");
    }
}

#[test]
fn names_addresses_and_passwords_are_checked_together() {
    let good = "violet steam engine 1843";
    let ada = account(" Ada.L-1_ ", " Ada@Example.ORG ", good).unwrap();
    assert_eq!(
        (ada.username.as_str(), ada.email.as_str()),
        ("ada.l-1_", "ada@example.org")
    );
    assert_eq!(ada.password.reveal(), good);
    assert!(!format!("{ada:?}").contains("violet"), "a password is never printed");
    assert_eq!(named(account("", "", "")), ["username", "email", "password"]);
    for username in ["ab", "a b", "ада", "a@b", "a\0b", &"x".repeat(33)] {
        assert_eq!(
            named(account(username, "a@example.org", good)),
            ["username"],
            "{username:?}"
        );
    }
    let long = format!("{}@example.org", "x".repeat(65));
    for email in [
        "@example.org",
        "a@",
        "a@b",
        "a@.org",
        "a@org.",
        "a@b@c.org",
        "a b@c.org",
        "a\0@c.org",
        &long,
    ] {
        assert_eq!(named(account("ada", email, good)), ["email"], "{email:?}");
    }
}

#[test]
fn weak_passwords_are_refused_with_the_reason() {
    let of_ada = |password: &str| account("ada_lovelace", "countess@example.org", password);
    for (weak, reason) in [
        ("short", "10 to 256"),
        (&"x".repeat(257), "10 to 256"),
        ("password12", "too easy to guess"),
        ("qwertyuiop", "too easy to guess"),
        ("aaaaaaaaaaaa", "too easy to guess"),
        ("ada_lovelace", "too easy to guess"),
        ("jonquiljonquil", "too easy to guess"),
        ("1234567890", "too easy to guess"),
    ] {
        let Invalid(faults) = of_ada(weak).unwrap_err();
        assert_eq!((faults.len(), faults[0].field), (1, "password"), "{weak}");
        assert!(faults[0].message.contains(reason), "{weak}: {}", faults[0].message);
    }
    for strong in ["violet steam engine 1843", "пароль для локомотива", "kT9#vq!x2Lm"] {
        assert!(of_ada(strong).is_ok(), "{strong}");
    }
    // Composed and decomposed letters are one password (NIST SP 800-63B, 3.1.1.2).
    let composed = of_ada("caf\u{e9} on the third moon").unwrap();
    assert_eq!(
        composed.password,
        of_ada("cafe\u{301} on the third moon").unwrap().password
    );
}

#[test]
fn fields_of_an_artist_are_normalised_or_named() {
    let fields = ArtistFields {
        name: "  Bjo\u{308}rk ".to_owned(),
        bio: Some("One\nTwo".to_owned()),
        country: Some(" is ".to_owned()),
        genres: vec!["Pop".to_owned(), "pop ".to_owned(), "Art Pop".to_owned()],
        ..ArtistFields::default()
    };
    let artist = fields.checked().unwrap();
    assert_eq!(
        (artist.name.as_str(), artist.country.as_deref()),
        ("Bj\u{f6}rk", Some("IS"))
    );
    assert_eq!(
        (artist.genres, artist.bio.as_deref()),
        (vec!["pop".to_owned(), "art pop".to_owned()], Some("One\nTwo"))
    );
    let all_wrong = ArtistFields {
        name: "a\nb".to_owned(),
        bio: Some("a\0".to_owned()),
        country: Some("ISL".to_owned()),
        genres: vec![String::new()],
        external_ids: BTreeMap::from([("mbid".to_owned(), "no uuid".to_owned())]),
        ..ArtistFields::default()
    };
    assert_eq!(
        named(all_wrong.checked()),
        ["name", "bio", "country", "genres", "external_ids"]
    );
    let scheme = BTreeMap::from([("Spotify!".to_owned(), "x".to_owned())]);
    assert_eq!(
        named(
            ArtistFields {
                name: "A".to_owned(),
                external_ids: scheme,
                ..ArtistFields::default()
            }
            .checked()
        ),
        ["external_ids"]
    );
}

#[test]
fn fields_of_albums_and_tracks_have_bounds() {
    assert_eq!(named(album("Noch", 1986).checked()), Vec::<&str>::new());
    assert_eq!(named(album("", 999).checked()), ["release_date", "title"]);
    assert_eq!(
        named(album(&"x".repeat(301), 10_000).checked()),
        ["release_date", "title"]
    );

    assert_eq!(named(track("Igra").checked()), Vec::<&str>::new());
    let bounds = TrackFields {
        duration_ms: Some(86_400_000),
        track_number: Some(9999),
        disc_number: Some(999),
        ..track("Igra")
    };
    assert!(bounds.checked().is_ok());
    let beyond = TrackFields {
        duration_ms: Some(86_400_001),
        track_number: Some(10_000),
        disc_number: Some(1000),
        ..track(" ")
    };
    assert_eq!(
        named(beyond.checked()),
        ["duration_ms", "track_number", "disc_number", "title"]
    );
    let none = TrackFields {
        duration_ms: Some(0),
        track_number: Some(0),
        disc_number: Some(-1),
        ..track("A")
    };
    assert_eq!(named(none.checked()), ["duration_ms", "track_number", "disc_number"]);
}

#[test]
fn every_fault_of_a_play_is_told() {
    let play = Play {
        ms_played: Some(-1),
        listened_at: Some(Time::from_millis(FIRST - 1)),
        source: Some("a\0".to_owned()),
        device: Some(String::new()),
        ..Play::default()
    };
    assert_eq!(
        named(play.checked(Time::from_millis(NOW))),
        ["ms_played", "listened_at", "source", "device"]
    );
    // What a client says goes before the time inside its id.
    let id = Uuid::new_v7(Timestamp::from_unix(NoContext, 1_700_000_000, 0));
    let told = Play {
        event_id: Some(id),
        listened_at: Some(Time::from_millis(FIRST)),
        ..Play::default()
    };
    assert_eq!(
        told.checked(Time::from_millis(NOW)).unwrap().listened_at,
        Some(Time::from_millis(FIRST))
    );
}

#[test]
fn spellings_of_one_name_have_one_key() {
    for (one, other) in [
        ("KINO", "kino"),
        (" The   Beatles ", "the beatles"),
        ("Ｋｉｎｏ", "kino"),
        ("Кино", "КИНО"),
        ("Bjo\u{308}rk", "BJÖRK"),
    ] {
        assert_eq!(name_key(one), name_key(other), "{one}");
    }
    assert_ne!(
        name_key("Bjork"),
        name_key("Björk"),
        "an accent may tell two artists apart"
    );
    assert_ne!(name_key("AC/DC"), name_key("ACDC"));
}

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
    assert!(IfMatch::parse("\"7\"").is_pinned() && !IfMatch::Any.is_pinned() && !IfMatch::Absent.is_pinned());
}

#[test]
fn all_missing_settings_are_named_at_once() {
    let faults = Config::from_lookup(|_| None).err().expect("nothing is set");
    let missing: BTreeSet<&str> = faults
        .0
        .iter()
        .filter_map(|fault| fault.split_once(" is missing").map(|(name, _)| name))
        .collect();
    let required = [
        "POSTGRES_URL",
        "KAFKA_URL",
        "ELASTICSEARCH_URL",
        "CLICKHOUSE_URL",
        "REDIS_URL",
        "S3_URL",
        "S3_ACCESS_KEY",
        "S3_SECRET_KEY",
        "SECRET",
    ];
    assert_eq!(
        missing,
        required
            .iter()
            .map(|name| ["JONQUIL_", name].concat())
            .collect::<Vec<_>>()
            .iter()
            .map(String::as_str)
            .collect()
    );
    assert_eq!(missing.len(), faults.0.len(), "{faults}");
    let text = faults.to_string();
    assert!(required.iter().all(|name| text.contains(name)), "{text}");
}

#[test]
fn every_wrong_setting_is_named_and_no_value_is_told() {
    // A secret in every place, most of which take none.
    let faults = Config::from_lookup(|_| Some(SECRET.to_owned()))
        .err()
        .expect("these are no settings");
    let text = faults.to_string();
    assert!(!text.contains(SECRET), "{text}");
    let named: BTreeSet<&str> = faults.0.iter().filter_map(|fault| fault.split(' ').next()).collect();
    let known: BTreeSet<&str> = SETTINGS.iter().map(|(name, _)| *name).collect();
    assert!(named.is_subset(&known), "{named:?}");
    for name in [
        "JONQUIL_POSTGRES_URL",
        "JONQUIL_POSTGRES_CONNECTIONS",
        "JONQUIL_KAFKA_PROPERTIES",
        "JONQUIL_KAFKA_REPLICATION",
        "JONQUIL_KAFKA_MIN_INSYNC_REPLICAS",
        "JONQUIL_ELASTICSEARCH_URL",
        "JONQUIL_INDEX_REPLICAS",
        "JONQUIL_CLICKHOUSE_URL",
        "JONQUIL_REDIS_URL",
        "JONQUIL_S3_URL",
        "JONQUIL_SPOOL_MAX_BYTES",
        "JONQUIL_MAX_UPLOAD_BYTES",
        "JONQUIL_SECRET",
        "JONQUIL_HTTP_ADDRESS",
        "JONQUIL_HTTP_WORKERS",
        "JONQUIL_METRICS_ADDRESS",
        "JONQUIL_OPEN_ARTIST_SIGNUP",
        "JONQUIL_BEHIND_PROXY",
    ] {
        assert!(named.contains(name), "{name} is not named: {text}");
    }
}

#[test]
fn settings_that_do_are_printed_without_their_secrets() {
    let config = Config::from_lookup(|name| {
        let value = match name {
            "JONQUIL_POSTGRES_URL" => format!("postgres://jonquil:{SECRET}@127.0.0.1:1/jonquil"),
            "JONQUIL_KAFKA_URL" => "127.0.0.1:1".to_owned(),
            "JONQUIL_KAFKA_PROPERTIES" => format!("sasl.password={SECRET}"),
            "JONQUIL_ELASTICSEARCH_URL" => format!("http://elastic:{SECRET}@127.0.0.1:1"),
            "JONQUIL_CLICKHOUSE_URL" | "JONQUIL_S3_URL" => "http://127.0.0.1:1".to_owned(),
            "JONQUIL_REDIS_URL" => format!("redis://:{SECRET}@127.0.0.1:1"),
            "JONQUIL_CLICKHOUSE_PASSWORD" | "JONQUIL_S3_ACCESS_KEY" | "JONQUIL_S3_SECRET_KEY" => SECRET.to_owned(),
            "JONQUIL_SECRET" => SECRET.repeat(3),
            _ => return None,
        };
        Some(value)
    });
    let config = config.unwrap_or_else(|faults| panic!("{faults}"));
    for printed in [
        format!("{:?}", config.store),
        format!("{:?}", config.bus),
        format!("{:?}", config.analytics),
        format!("{:?}", config.counters),
        format!("{:?}", config.media.secret_key),
        format!("{:?}", config.settings),
    ] {
        assert!(!printed.contains(SECRET), "{printed}");
    }
}

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
    fn counting_never_panics(duration in prop::option::of(0..i64::MAX), heard in any::<i64>()) {
        let _ = counts(duration, heard);
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
    fn any_id_gives_a_time_within_the_bounds_or_a_fault(id in any::<u128>()) {
        let play = Play { event_id: Some(Uuid::from_u128(id)), ..Play::default() };
        if let Ok(play) = play.checked(Time::from_millis(NOW)) {
            prop_assert!((FIRST..=NOW + 300_000).contains(&play.listened_at.unwrap().millis()));
        }
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
    fn spacing_and_case_do_not_change_a_key(words in prop::collection::vec("[a-zа-яё0-9]{1,12}", 1..6)) {
        let key = name_key(&words.join(" "));
        prop_assert_eq!(&name_key(&words.join(" \t ").to_uppercase()), &key);
        prop_assert_eq!(name_key(&key), key);
    }

    #[test]
    fn a_key_fits_into_an_index(name in "\\PC{0,300}") {
        prop_assert!(name_key(&name).len() <= 2704, "longer than an entry of a Postgres index");
    }

    #[test]
    fn checked_fields_are_checked_for_good(name in "\\PC{0,320}", country in prop::option::of("[a-zA-Z]{1,3}"), genres in prop::collection::vec("\\PC{0,70}", 0..22)) {
        let fields = ArtistFields { name, country, genres, ..ArtistFields::default() };
        if let Ok(checked) = fields.checked() {
            prop_assert_eq!(checked.clone().checked(), Ok(checked));
        }
    }

    #[test]
    fn a_registered_name_and_address_register_the_same_again(username in "[ A-Za-z0-9_.-]{0,40}", email in "[ A-Za-z0-9@.]{0,40}") {
        if let Ok(first) = account(&username, &email, "violet steam engine 1843") {
            let again = account(first.username.as_str(), first.email.as_str(), "violet steam engine 1843").unwrap();
            prop_assert_eq!((first.username, first.email), (again.username, again.email));
        }
    }

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
