//! The decisions of the catalogue, as examples.

use events::{ArtistId, Credit, CreditRole, Named, Role, Time, TrackId, UserId};
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::{Actor, Invalid, Owned as _, Refusal};
use CreditRole::{Featured, Main, Producer};

const THEN: i64 = 1_790_000_000_000;

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

fn then() -> Time {
    Time::from_millis(THEN)
}

fn later() -> Time {
    Time::from_millis(THEN + 1000)
}

fn actor(n: u128, role: Role) -> Actor {
    Actor {
        user_id: UserId(id(n)),
        role,
    }
}

fn ada() -> Actor {
    actor(1, Role::Artist)
}

fn kino() -> Artist {
    Artist::create(ArtistId(id(10)), ArtistFields::named("Kino"), ada(), then()).unwrap()
}

fn fields(value: Value) -> TrackFields {
    serde_json::from_value(value).unwrap()
}

fn track(value: Value) -> Track {
    Track::create(TrackId(id(30)), fields(value), ada(), then()).unwrap()
}

fn changed(track: Track, changes: Value) -> Result<Track, Refusal> {
    let changes = serde_json::from_value(changes).unwrap();
    track.change(changes, ada(), later()).map(|changed| changed.thing)
}

fn field_at_fault(refused: Result<Track, Refusal>) -> &'static str {
    match refused {
        Err(Refusal::Invalid(Invalid(faults))) => faults[0].field,
        other => panic!("not refused as invalid: {other:?}"),
    }
}

fn credits(track: &Track) -> Vec<(ArtistId, CreditRole)> {
    let credits = track.fields.credits.iter();
    credits.map(|credit| (credit.artist_id, credit.role)).collect()
}

#[test]
fn its_owner_and_an_admin_may_change_a_thing_and_nobody_else() {
    let (other, admin) = (actor(2, Role::Artist), actor(3, Role::Admin));
    assert_eq!(kino().may_be_changed_by(ada()), Ok(()));
    assert_eq!(kino().may_be_changed_by(admin), Ok(()));
    assert_eq!(kino().may_be_changed_by(other), Err(Refusal::NotOwner));
    let changes = ArtistChanges::default();
    assert_eq!(kino().change(changes, other, later()), Err(Refusal::NotOwner));
    let works = CreditedWorks {
        any: false,
        led_of_others: false,
    };
    assert_eq!(kino().delete(other, true, works), Err(Refusal::NotOwner));
}

#[test]
fn a_profile_is_bound_to_ones_own_account_or_by_an_admin() {
    let bound_to = |user: u128| ArtistFields {
        user_id: Some(UserId(id(user))),
        ..ArtistFields::named("Ada")
    };
    let create = |user, by| Artist::create(ArtistId(id(11)), bound_to(user), by, then());
    assert!(create(1, ada()).is_ok());
    assert_eq!(create(2, ada()), Err(Refusal::NotOwnAccount));
    assert!(create(2, actor(3, Role::Admin)).is_ok());
    let of_two = create(2, actor(3, Role::Admin)).unwrap();
    assert!(of_two.is_owned_by(UserId(id(2))), "a profile belongs to its account");
    let bind: ArtistChanges = serde_json::from_value(json!({"user_id": id(2)})).unwrap();
    assert_eq!(kino().change(bind, ada(), later()), Err(Refusal::NotOwnAccount));
}

#[test]
fn only_a_new_name_fans_out() {
    let change = |changes: Value| {
        let changes = serde_json::from_value(changes).unwrap();
        kino().change(changes, ada(), later()).unwrap()
    };
    let renamed = change(json!({"name": " Кино "}));
    assert!(renamed.fans_out);
    assert_eq!(renamed.thing.fields.name, "Кино");
    assert_eq!((renamed.thing.version, renamed.thing.updated_at), (2, later()));
    assert!(!change(json!({"bio": "A band", "name": "Kino"})).fans_out);
}

#[test]
fn an_absent_field_stays_and_null_clears() {
    let track = track(json!({"title": "Song", "artist_id": id(10), "duration_ms": 1000, "genres": ["Rock"]}));
    let same = changed(track.clone(), json!({})).unwrap();
    assert_eq!(same.fields, track.fields);
    let cleared = changed(track, json!({"duration_ms": null, "genres": []})).unwrap();
    assert_eq!((cleared.fields.duration_ms, cleared.fields.genres.len()), (None, 0));
    let null_title = serde_json::from_value::<TrackChanges>(json!({"title": null}));
    assert!(null_title.is_err(), "what every track has is not cleared");
    let unknown = serde_json::from_value::<TrackChanges>(json!({"tilte": "Song"}));
    assert!(unknown.unwrap_err().to_string().contains("tilte"));
}

#[test]
fn an_artist_with_works_goes_only_with_cascade_and_with_works_of_others_only_by_an_admin() {
    let delete = |by, cascade, any, led_of_others| {
        let works = CreditedWorks { any, led_of_others };
        kino().delete(by, cascade, works)
    };
    let admin = actor(3, Role::Admin);
    assert_eq!(delete(ada(), false, false, false), Ok(()));
    assert_eq!(delete(ada(), false, true, false), Err(Refusal::HasWorks));
    assert_eq!(delete(admin, false, true, true), Err(Refusal::HasWorks));
    assert_eq!(delete(ada(), true, true, false), Ok(()));
    assert_eq!(delete(ada(), true, true, true), Err(Refusal::HasWorksOfOthers));
    assert_eq!(delete(admin, true, true, true), Ok(()));
}

#[test]
fn a_work_names_its_artists_in_one_of_two_ways() {
    let (a, b) = (ArtistId(id(10)), ArtistId(id(11)));
    let short = track(json!({"title": "Song", "artist_id": a}));
    assert_eq!(credits(&short), [(a, Main)]);
    let long = json!({"title": "Song", "credits": [{"artist_id": b, "role": "featured"}, {"artist_id": a}]});
    let long = track(long);
    assert_eq!(credits(&long), [(b, Featured), (a, Main)]);
    assert_eq!(long.fields.artist_id, Some(a), "the first main one leads");
    // Sent again as it was read, or changed in one way only.
    let same = changed(long.clone(), json!({"artist_id": a, "credits": [{"artist_id": a}]}));
    assert_eq!(credits(&same.unwrap()), [(a, Main)]);
    let handed_over = changed(long.clone(), json!({"artist_id": b})).unwrap();
    assert_eq!(credits(&handed_over), [(b, Main)]);
    let other = changed(short, json!({"credits": [{"artist_id": b}, {"artist_id": a}]})).unwrap();
    assert_eq!(
        (credits(&other), other.fields.artist_id),
        (vec![(b, Main), (a, Main)], Some(b))
    );
    assert_eq!(credits(&changed(long, json!({"title": "Songs"})).unwrap()).len(), 2);
}

#[test]
fn credits_that_contradict_themselves_are_refused_by_name() {
    let create = |value: Value| Track::create(TrackId(id(30)), fields(value), ada(), then());
    let with = |credits: Value| create(json!({"title": "Song", "credits": credits}));
    let (a, b) = (id(10), id(11));
    assert_eq!(field_at_fault(create(json!({"title": "Song"}))), "artist_id");
    let two_ways = create(json!({"title": "Song", "artist_id": a, "credits": [{"artist_id": b}]}));
    assert_eq!(field_at_fault(two_ways), "artist_id");
    for credits in [
        json!([{"artist_id": a, "role": "featured"}]),
        json!([{"artist_id": a}, {"artist_id": a}]),
        json!([{"artist_id": a}, {"artist_id": a, "role": "featured"}]),
        json!([{"artist_id": a, "credited_as": ""}]),
        json!([{"artist_id": a, "join_phrase": "\u{0}"}]),
        Value::Array((0..51).map(|n| json!({"artist_id": id(100 + n)})).collect()),
    ] {
        assert_eq!(field_at_fault(with(credits.clone())), "credits", "{credits}");
    }
    let twice = json!([{"artist_id": a}, {"artist_id": a, "role": "producer"}]);
    assert!(with(twice).is_ok(), "somebody may do two things");
}

#[test]
fn the_line_of_artists_reads_as_people_write_it() {
    let credit = |name: &str, role: CreditRole, credited_as: Option<&str>, join: Option<&str>| Credit {
        artist: Named {
            id: ArtistId(id(1)),
            name: name.to_owned(),
        },
        role: role.into(),
        credited_as: credited_as.map(str::to_owned),
        join_phrase: join.map(str::to_owned),
    };
    let plain = |name, role| credit(name, role, None, None);
    for (credits, line) in [
        (vec![], ""),
        (vec![plain("A", Main)], "A"),
        (vec![plain("A", Main), plain("B", Main)], "A & B"),
        (vec![plain("A", Main), plain("B", Main), plain("C", Main)], "A, B & C"),
        (
            vec![plain("A", Main), plain("B", Main), plain("C", Featured)],
            "A & B feat. C",
        ),
        (
            vec![
                plain("A", Main),
                plain("B", Featured),
                plain("P", Producer),
                plain("C", Featured),
            ],
            "A feat. B & C",
        ),
        (
            vec![
                credit("A", Main, Some("Ay"), Some(" vs ")),
                credit("B", Main, None, Some("!")),
            ],
            "Ay vs B",
        ),
    ] {
        assert_eq!(artist_line(&credits), line);
    }
}

#[test]
fn what_is_taken_down_is_seen_by_its_owner_and_admins_who_alone_can_bring_it_back() {
    let (other, admin) = (actor(2, Role::Artist), actor(3, Role::Admin));
    let mut song = track(json!({"title": "A", "artist_id": id(10), "album_id": id(20)}));
    assert!(song.is_seen_by(other));
    song.is_taken_down = true;
    assert!(!song.is_seen_by(other));
    assert!(song.is_seen_by(ada()) && song.is_seen_by(admin));
    // By itself it may be moved; with its album it stays on it.
    assert!(changed(song.clone(), json!({"album_id": null})).is_ok());
    song.is_album_taken_down = true;
    let moved = changed(song.clone(), json!({"album_id": null}));
    assert_eq!(moved, Err(Refusal::AlbumIsTakenDown));
    assert!(changed(song.clone(), json!({"title": "B"})).is_ok());
    let changes: TrackChanges = serde_json::from_value(json!({"album_id": null})).unwrap();
    assert!(song.change(changes, admin, later()).is_ok());
}
