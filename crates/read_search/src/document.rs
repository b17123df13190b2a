//! How an event becomes a document: pure, whole, from that event alone.

use chrono::{Datelike as _, NaiveDate};
use events::{AlbumState, AlbumType, ArtistState, Change, Credit, Event, Kind, Open, PlaylistState, Time, TrackState};
use serde::Serialize;
use uuid::Uuid;

use crate::{Index, fold, inside};

/// A document as it is indexed: what is searched, filtered and sorted by, and nothing else.
#[derive(Default, Serialize)]
struct Document<'a> {
    id: Uuid,
    deleted: bool,
    /// Letters of `exact`.
    length: usize,
    exact: String,
    name: String,
    /// The name, the album's and those of the main and featured artists; then their signs.
    all: String,
    all_skeleton: String,
    /// Pairs of letters of the same names, where their script has no spaces.
    #[serde(skip_serializing_if = "String::is_empty")]
    inside: String,
    /// The names of everybody else who is credited. Apart, since they weigh less: a search for a name means that artist's
    /// own works first.
    #[serde(skip_serializing_if = "String::is_empty")]
    crew: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    crew_skeleton: String,
    sort_name: String,
    genres: &'a [String],
    created_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    country: Option<&'a str>,
    /// The main and featured artists: with whom the work is listed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    artist_ids: Vec<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    album_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    album_type: Option<Open<AlbumType>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    year: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    release_date: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_ms: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    explicit: Option<bool>,
}

/// The document of a deleted aggregate. It stays, so that an older state that comes late is refused.
#[derive(Serialize)]
struct DeletedDocument {
    id: Uuid,
    deleted: bool,
    deleted_at: i64,
}

/// The index, id and JSON of an event's document; none for an event of what is not searched.
pub(crate) fn render(event: &Event, time: Time) -> Option<(Index, Uuid, serde_json::Result<String>)> {
    match event {
        Event::Playlist(Change::Created(state) | Change::Updated(state)) => {
            Some((Index::Playlists, state.id.0, playlist(state, time)))
        }
        Event::Playlist(Change::Deleted(it)) => Some((Index::Playlists, it.id, deleted_document(it.id, time))),
        event => {
            let (kind, id, document) = of_catalogue(event, time)?;
            Some((kind.into(), id, document))
        }
    }
}

fn of_catalogue(event: &Event, time: Time) -> Option<(Kind, Uuid, serde_json::Result<String>)> {
    Some(match event {
        Event::Artist(Change::Created(state) | Change::Updated(state)) => (Kind::Artist, state.id.0, artist(state)),
        Event::Album(Change::Created(state) | Change::Updated(state)) => (Kind::Album, state.id.0, album(state, time)),
        Event::Track(Change::Created(state) | Change::Updated(state)) => (Kind::Track, state.id.0, track(state, time)),
        Event::Artist(Change::Deleted(it)) => (Kind::Artist, it.id, deleted_document(it.id, time)),
        Event::Album(Change::Deleted(it)) => (Kind::Album, it.id, deleted_document(it.id, time)),
        Event::Track(Change::Deleted(it)) => (Kind::Track, it.id, deleted_document(it.id, time)),
        _ => return None,
    })
}

fn deleted_document(id: Uuid, time: Time) -> serde_json::Result<String> {
    serde_json::to_string(&DeletedDocument {
        id,
        deleted: true,
        deleted_at: time.millis(),
    })
}

fn artist(state: &ArtistState) -> serde_json::Result<String> {
    serde_json::to_string(&Document {
        id: state.id.0,
        genres: &state.genres,
        country: state.country.as_deref(),
        created_at: state.created_at.millis(),
        ..named(&state.name, &[], &[])
    })
}

/// One that was taken down is found no more than a deleted one.
fn album(state: &AlbumState, time: Time) -> serde_json::Result<String> {
    if state.taken_down {
        return deleted_document(state.id.0, time);
    }
    serde_json::to_string(&Document {
        id: state.id.0,
        genres: &state.genres,
        artist_ids: performers(&state.credits),
        album_type: Some(state.album_type.clone()),
        year: state.release_date.map(|day| day.year()),
        release_date: state.release_date.map(days),
        created_at: state.created_at.millis(),
        ..named(&state.title, &state.credits, &[])
    })
}

/// One that was taken down is found no more than a deleted one.
fn track(state: &TrackState, time: Time) -> serde_json::Result<String> {
    if state.taken_down {
        return deleted_document(state.id.0, time);
    }
    let album = state.album.as_ref();
    serde_json::to_string(&Document {
        id: state.id.0,
        genres: &state.genres,
        artist_ids: performers(&state.credits),
        album_id: album.map(|album| album.id.0),
        year: state.release_date.map(|day| day.year()),
        release_date: state.release_date.map(days),
        duration_ms: state.duration_ms,
        explicit: Some(state.explicit),
        created_at: state.created_at.millis(),
        ..named(&state.title, &state.credits, &[album.map_or("", |album| &album.name)])
    })
}

/// Without a title it is private, and is found no more than a deleted one.
fn playlist(state: &PlaylistState, time: Time) -> serde_json::Result<String> {
    let Some(title) = &state.title else {
        return deleted_document(state.id.0, time);
    };
    serde_json::to_string(&Document {
        id: state.id.0,
        duration_ms: Some(state.duration_ms),
        created_at: state.created_at.millis(),
        ..named(title, &[], &[])
    })
}

fn named<'a>(name: &'a str, credits: &[Credit], parents: &[&str]) -> Document<'a> {
    let mut names = vec![name];
    names.extend(credited(credits, true));
    names.extend(parents);
    let words: Vec<String> = names.iter().flat_map(|name| fold::fold(name)).collect();
    let all_skeleton = skeletons(&words);
    let mut all = words;
    all.extend(names.iter().flat_map(|name| inside::signs(name)));
    let crew: Vec<String> = credited(credits, false).flat_map(fold::fold).collect();
    let exact = fold::exact(name);
    Document {
        length: exact.chars().count(),
        exact,
        name: fold::fold(name).join(" "),
        all: all.join(" "),
        all_skeleton,
        inside: inside::grams(names.into_iter()),
        crew: crew.join(" "),
        crew_skeleton: skeletons(&crew),
        sort_name: fold::sort_key(name),
        ..Document::default()
    }
}

/// The names of those who perform, or of the others: each artist's own name and the one on this work.
fn credited(credits: &[Credit], performs: bool) -> impl Iterator<Item = &str> {
    credits
        .iter()
        .filter(move |credit| credit.role.performs() == performs)
        .flat_map(|credit| [Some(&credit.artist.name), credit.credited_as.as_ref()])
        .flatten()
        .map(String::as_str)
}

fn performers(credits: &[Credit]) -> Vec<Uuid> {
    let mut ids: Vec<Uuid> = Vec::with_capacity(credits.len());
    for credit in credits.iter().filter(|credit| credit.role.performs()) {
        if !ids.contains(&credit.artist.id.0) {
            ids.push(credit.artist.id.0);
        }
    }
    ids
}

fn skeletons(words: &[String]) -> String {
    let skeletons: Vec<String> = words.iter().map(|word| fold::skeleton(word)).collect();
    skeletons.join(" ")
}

fn days(day: NaiveDate) -> i64 {
    i64::from(day.to_epoch_days())
}

#[cfg(test)]
mod tests {
    use events::{ArtistId, CreditRole, Named, PlaylistId, Visibility};
    use serde_json::{Value, json};

    use super::*;

    fn document(payload: &str) -> Value {
        let (meta, event) = Event::decode(Some(payload.as_bytes())).unwrap();
        let (_, _, body) = render(&event, meta.time).unwrap();
        serde_json::from_str(&body.unwrap()).unwrap()
    }

    fn credit(id: u128, name: &str, role: CreditRole, credited_as: Option<&str>) -> Credit {
        Credit {
            role: role.into(),
            credited_as: credited_as.map(str::to_owned),
            ..Credit::main(Named {
                id: ArtistId(Uuid::from_u128(id)),
                name: name.to_owned(),
            })
        }
    }

    #[test]
    fn works_before_credits_are_found_by_their_one_artist() {
        let artist = "01901b2c-0000-7000-8000-000000000001";
        let track = include_str!("../../../schemas/frozen/jonquil.track.created.v1.before-credits.json");
        let track = document(track);
        assert_eq!(
            (&track["all"], &track["artist_ids"], &track["crew"]),
            (
                &json!("spokoynaya noch kino gruppa krovi"),
                &json!([artist]),
                &Value::Null
            )
        );
        let album = include_str!("../../../schemas/frozen/jonquil.album.updated.v1.before-credits.json");
        let album = document(album);
        assert_eq!(
            (&album["all"], &album["artist_ids"], &album["name"]),
            (&json!("gruppa krovi kino"), &json!([artist]), &json!("gruppa krovi"))
        );
    }

    #[test]
    fn a_private_playlist_is_as_good_as_deleted() {
        let public = document(include_str!(
            "../../../schemas/frozen/jonquil.playlist.created.v1.first.json"
        ));
        assert_eq!(
            (&public["name"], &public["deleted"]),
            (&json!("songs for a long road"), &json!(false))
        );
        let private = PlaylistState {
            id: PlaylistId(Uuid::from_u128(7)),
            visibility: Visibility::Private.into(),
            title: None,
            owner_id: None,
            tracks_count: 1,
            duration_ms: 1,
            created_at: Time::from_millis(1),
            updated_at: Time::from_millis(1),
        };
        let private: Value = serde_json::from_str(&playlist(&private, Time::from_millis(5)).unwrap()).unwrap();
        assert_eq!((&private["deleted"], &private["deleted_at"]), (&json!(true), &json!(5)));
    }

    #[test]
    fn performers_stand_with_the_name_and_everybody_else_apart() {
        let credits = [
            credit(1, "Кино", CreditRole::Main, None),
            credit(2, "Björk", CreditRole::Featured, Some("B. Guðmundsdóttir")),
            credit(3, "Brian Eno", CreditRole::Producer, Some("Eno")),
            credit(1, "Кино", CreditRole::Composer, None),
        ];
        let document = named("Igra", &credits, &["Noch"]);
        assert_eq!(document.all, "igra kino bjork b gudmundsdottir noch");
        assert_eq!(document.crew, "brian eno eno kino");
        assert_eq!(performers(&credits), [1, 2].map(Uuid::from_u128));
    }

    #[test]
    fn an_artist_with_two_parts_is_listed_once() {
        let credits = [
            credit(1, "Кино", CreditRole::Main, None),
            credit(1, "Кино", CreditRole::Featured, None),
        ];
        assert_eq!(performers(&credits), [Uuid::from_u128(1)]);
    }
}
