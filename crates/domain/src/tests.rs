//! The rules of the domain, as examples and as properties.

use std::collections::BTreeMap;

use events::{AlbumId, ArtistId, Role, Time, UserId};
use proptest::prelude::*;
use uuid::{NoContext, Timestamp, Uuid};

use crate::{
    Account, Actor, Album, AlbumFields, ArtistFields, CreditFields, Invalid, Play, PlayFields, TrackFields, counts,
    heard_ms, line, name_key,
};

const NOW: i64 = 1_790_000_000_000;
const FIRST: i64 = 1_033_430_400_000;

fn named(result: Result<impl Sized, Invalid>) -> Vec<&'static str> {
    result
        .err()
        .map(|Invalid(faults)| faults.iter().map(|fault| fault.field).collect())
        .unwrap_or_default()
}

fn account(username: &str, email: &str, password: &str) -> Result<Account, Invalid> {
    Account::parse(username, email, password)
}

fn by_anybody() -> Vec<CreditFields> {
    vec![CreditFields::main(ArtistId(Uuid::nil()))]
}

fn album(title: &str, year: i32) -> AlbumFields {
    AlbumFields {
        release_date: chrono::NaiveDate::from_ymd_opt(year, 1, 31),
        ..AlbumFields::titled(title, by_anybody())
    }
}

fn track(title: &str) -> TrackFields {
    TrackFields {
        album_id: Some(AlbumId(Uuid::nil())),
        duration_ms: Some(1),
        track_number: Some(1),
        disc_number: Some(1),
        ..TrackFields::titled(title, by_anybody())
    }
}

fn checked(play: PlayFields) -> Result<Play, Invalid> {
    play.checked(Uuid::nil, Time::from_millis(NOW))
}

#[test]
fn a_play_is_half_of_the_track_or_four_minutes_of_it() {
    for (duration, played, counted) in [
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
        assert_eq!(counts(duration, played), counted, "{played} of {duration:?}");
    }
}

#[test]
fn more_than_the_track_is_heard_as_the_track_and_nothing_said_as_all_of_it() {
    for (duration, said, played) in [
        (Some(180_000), Some(200_000), 180_000),
        (Some(180_000), Some(90_000), 90_000),
        (Some(180_000), None, 180_000),
        (None, Some(200_000), 200_000),
        (None, None, 30_000),
    ] {
        assert_eq!(heard_ms(duration, said), played, "{said:?} of {duration:?}");
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
        "a@b..org",
        "a..b@c.org",
        ".a@c.org",
        "a.@c.org",
        "a@-b.org",
        "a@b-.org",
        "a@[127.0.0.1]",
        "Ada <a@c.org>",
        "a,b@c.org",
        &long,
    ] {
        assert_eq!(named(account("ada", email, good)), ["email"], "{email:?}");
    }
    for email in ["a.b+c@d-e.org", "o'neil@example.co.uk", "1@2.org", "ада@почта.рф"] {
        assert_eq!(account("ada", email, good).unwrap().email.as_str(), email);
    }
}

#[test]
fn a_files_album_is_known_by_its_id_then_by_its_year_where_it_is_named_as_its_artist() {
    let one = |title: &str, year: Option<i32>, mbid: Option<&str>| {
        let fields = AlbumFields {
            release_date: year.and_then(|year| chrono::NaiveDate::from_ymd_opt(year, 1, 31)),
            external_ids: mbid.map(|id| ("mbid".to_owned(), id.to_owned())).into_iter().collect(),
            ..AlbumFields::titled(title, by_anybody())
        };
        let by = Actor {
            user_id: UserId(Uuid::nil()),
            role: Role::Artist,
        };
        Album::create(AlbumId(Uuid::nil()), fields, by, Time::from_millis(NOW)).unwrap()
    };
    let (x, y) = (
        "f9b7d6e0-6b1c-4d0e-9d3a-2b6a5b1f7e11",
        "0c1d2e3f-1111-4222-8333-444455556666",
    );
    let table = [
        (one("Weezer", Some(1994), None), one("WEEZER", Some(1994), None), true),
        (one("Weezer", Some(1994), None), one("Weezer", Some(2001), None), false),
        (one("Weezer", Some(1994), None), one("Weezer", None, None), true),
        (one("Hits", Some(1994), None), one("Hits", Some(2001), None), true),
        (one("Hits", None, Some(x)), one("Hits", None, Some(y)), false),
        (
            one("Weezer", Some(1994), Some(x)),
            one("Weezer", Some(2001), Some(x)),
            true,
        ),
        (
            one("Weezer", Some(1994), Some(x)),
            one("Weezer", Some(2001), None),
            false,
        ),
    ];
    for (known, file, same) in table {
        assert_eq!(known.is_same(&file, "Weezer"), same, "{known:?} {file:?}");
    }
}

/// Its beginning: all of 256 characters took 600 ms, which anybody could ask for.
#[test]
fn no_more_than_64_characters_of_a_password_are_judged() {
    let (strong, weak) = ("violet steam engine 1843 under a copper moon", "a".repeat(64));
    let judged = |password: String| account("ada", "ada@example.org", &password).is_ok();
    assert!(judged(format!("{strong}{weak}")));
    assert!(!judged(format!("{weak}{strong}")));
    assert!(judged(format!("{}{strong}", "a".repeat(20))));
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
    // Characters are those that were typed: here NFKC makes ten of nine, and nine of ten.
    let Invalid(faults) = of_ada("K\u{c}\u{d2}\u{ae}:\\\u{2a16f}\u{b8}\u{5033f}").unwrap_err();
    assert!(faults[0].message.contains("10 to 256"), "{}", faults[0].message);
    assert!(of_ada("kT9#vq!xe\u{301}").is_ok());
    // Composed and decomposed letters are one password (NIST SP 800-63B, 3.1.1.2).
    let composed = of_ada("caf\u{e9} on the third moon").unwrap();
    assert_eq!(
        composed.password,
        of_ada("cafe\u{301} on the third moon").unwrap().password
    );
}

#[test]
fn what_is_sent_is_no_longer_than_what_may_be_kept() {
    let name = "x".repeat(255);
    assert_eq!(line("name", &name, 255), Ok(name.clone()));
    assert!(line("name", &format!("{name} "), 255).is_err());
    assert!(line("name", &format!("{name}\u{200b}"), 255).is_err());
}

#[test]
fn fields_of_an_artist_are_normalised_or_named() {
    let fields = ArtistFields {
        name: "  Bjo\u{308}rk ".to_owned(),
        bio: Some("One\nTwo".to_owned()),
        country: Some(" is ".to_owned()),
        genres: vec!["Pop".to_owned(), "pop ".to_owned(), "Art Pop".to_owned()],
        ..ArtistFields::named("")
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
        ..ArtistFields::named("")
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
                ..ArtistFields::named("")
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
fn every_fault_of_a_play_is_named() {
    let play = PlayFields {
        ms_played: Some(-1),
        listened_at: Some(Time::from_millis(FIRST - 1)),
        source: Some("a\0".to_owned()),
        device: Some(String::new()),
        ..PlayFields::default()
    };
    assert_eq!(named(checked(play)), ["ms_played", "listened_at", "source", "device"]);
    // What a client says goes before the time inside its id.
    let id = Uuid::new_v7(Timestamp::from_unix(NoContext, 1_700_000_000, 0));
    let given = PlayFields {
        event_id: Some(id),
        listened_at: Some(Time::from_millis(FIRST)),
        ..PlayFields::default()
    };
    assert_eq!(checked(given).unwrap().listened_at, Time::from_millis(FIRST));
}

#[test]
fn spellings_of_one_name_have_one_key() {
    for (one, other) in [
        ("KINO", "kino"),
        (" The   Beatles ", "the beatles"),
        ("Ｋｉｎｏ", "kino"),
        ("Кино", "КИНО"),
        ("Bjo\u{308}rk", "BJÖRK"),
        ("Ghost\u{200b} Town\u{200b}", "Ghost Town"),
        ("\u{feff}Ghost\u{200d} To\u{ad}wn\u{200e}", "Ghost Town"),
        ("Blink\u{2010}182", "Blink-182"),
        ("Jay\u{2013}Z", "JAY\u{2212}Z"),
        ("Guns N\u{2019} Roses", "Guns N' Roses"),
        ("Guns N\u{b4} Roses", "Guns N` Roses"),
        ("\u{201c}Weird Al\u{201d}", "\"Weird Al\""),
        ("Straße", "STRASSE"),
        ("STRAẞE", "strasse"),
        ("ΟΔΥΣΣΕΥΣ", "οδυσσευς"),
        ("ﬁnch", "FINCH"),
        ("Կիևյան", "ԿԻԵՒՅԱՆ"),
        ("Heart ❤\u{fe0f}", "heart ❤"),
    ] {
        assert_eq!(name_key(one), name_key(other), "{one}");
    }
    assert_ne!(
        name_key("Bjork"),
        name_key("Björk"),
        "an accent may be the difference between two artists"
    );
    assert_ne!(name_key("AC/DC"), name_key("ACDC"));
    assert_ne!(
        name_key("👨\u{200d}👩\u{200d}👧"),
        name_key("👨👩👧"),
        "a family is one picture, three people are three"
    );
}

#[test]
fn what_cannot_be_seen_is_left_out_and_what_shapes_its_neighbours_stays() {
    for (text, expected) in [
        ("\u{200b}Vis\u{2060}ible\u{feff}", "Visible"),
        ("\u{202e}gnos\u{202c}", "gnos"),
        ("a\u{200d}b", "ab"),
        ("\u{200d}👩", "👩"),
        ("👩\u{200d}🎤", "👩\u{200d}🎤"),
        ("❤\u{fe0f}\u{200d}🔥", "❤\u{fe0f}\u{200d}🔥"),
        ("می\u{200c}خواهم", "می\u{200c}خواهم"),
        (
            "🏴\u{e0067}\u{e0062}\u{e007f} a\u{e0067}",
            "🏴\u{e0067}\u{e0062}\u{e007f} a",
        ),
    ] {
        assert_eq!(line("title", text, 300).as_deref(), Ok(expected), "{text:?}");
    }
    for nothing in ["\u{200b}\u{200d}\u{2060}", "\u{3164}", " \u{ad} ", "\u{e0067}"] {
        assert!(line("title", nothing, 300).is_err(), "{nothing:?}");
    }
}

proptest! {
    #[test]
    fn more_heard_never_counts_less(duration in prop::option::of(0..10_000_000_i64), played in 0..10_000_000_i64, more in 0..1_000_000_i64) {
        prop_assert!(!counts(duration, played) || counts(duration, played + more));
    }

    #[test]
    fn half_of_a_track_or_four_minutes_count(duration in 0..10_000_000_i64, played in 0..10_000_000_i64) {
        let half_or_four_minutes = 2 * played >= duration || played >= 240_000;
        prop_assert_eq!(counts(Some(duration), played), duration > 30_000 && half_or_four_minutes);
    }

    #[test]
    fn counting_never_panics(duration in prop::option::of(0..i64::MAX), played in any::<i64>()) {
        let _ = counts(duration, played);
    }

    #[test]
    fn a_checked_play_lies_between_the_first_listen_and_five_minutes_from_now(at in prop::option::of(0..2 * NOW), ms in prop::option::of(-5..100_000_000_i64)) {
        let play = PlayFields { listened_at: at.map(Time::from_millis), ms_played: ms, ..PlayFields::default() };
        let right = at.is_none_or(|at| (FIRST..=NOW + 300_000).contains(&at)) && ms.is_none_or(|ms| (0..=86_400_000).contains(&ms));
        let checked = checked(play);
        prop_assert_eq!(checked.is_ok(), right);
        if let Ok(play) = checked {
            prop_assert_eq!(play.listened_at.millis(), at.unwrap_or(NOW));
        }
    }

    #[test]
    fn the_time_inside_a_version_7_id_is_when_it_was_heard(seconds in 1_033_430_400..1_790_000_000_u64, random in any::<u128>()) {
        let time_of = |id| {
            let play = PlayFields { event_id: Some(id), ..PlayFields::default() };
            checked(play).unwrap().listened_at.millis()
        };
        prop_assert_eq!(time_of(Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, 0))), i64::try_from(seconds * 1000).unwrap());
        let of_version_4 = uuid::Builder::from_random_bytes(random.to_be_bytes()).into_uuid();
        prop_assert_eq!(time_of(of_version_4), NOW);
    }

    #[test]
    fn any_id_gives_a_time_within_the_bounds_or_a_fault(id in any::<u128>()) {
        let play = PlayFields { event_id: Some(Uuid::from_u128(id)), ..PlayFields::default() };
        if let Ok(play) = checked(play) {
            prop_assert!((FIRST..=NOW + 300_000).contains(&play.listened_at.millis()));
        }
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
        let fields = ArtistFields { genres, country, ..ArtistFields::named(name) };
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
}
