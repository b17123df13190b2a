//! How an event becomes a document: pure, whole, from that event alone.

use chrono::{Datelike as _, NaiveDate};
use events::{AlbumState, AlbumType, ArtistState, Change, Deleted, Event, Kind, Time, TrackState};
use serde::Serialize;
use uuid::Uuid;

use crate::fold;

/// A document as it is indexed: what is searched, filtered and sorted by, and nothing else.
#[derive(Default, Serialize)]
struct Document<'a> {
    id: Uuid,
    deleted: bool,
    /// The name as shown, for the highlight.
    shown: &'a str,
    exact: String,
    name: String,
    /// The name and the parents' names.
    all: String,
    all_skeleton: String,
    sort_name: String,
    genres: &'a [String],
    created_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    country: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    artist_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    album_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    album_type: Option<AlbumType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    year: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    release_date: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_ms: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    explicit: Option<bool>,
}

/// What is left of a deleted aggregate: enough to refuse an older state that comes late.
#[derive(Serialize)]
struct Gone {
    id: Uuid,
    deleted: bool,
    deleted_at: i64,
}

/// Which document an event is about, and its JSON; none when the event is not of the catalogue.
pub(crate) fn render(event: &Event, time: Time) -> Option<(Kind, Uuid, serde_json::Result<String>)> {
    Some(match event {
        Event::Artist(Change::Created(state) | Change::Updated(state)) => (Kind::Artist, state.id.0, artist(state)),
        Event::Album(Change::Created(state) | Change::Updated(state)) => (Kind::Album, state.id.0, album(state)),
        Event::Track(Change::Created(state) | Change::Updated(state)) => (Kind::Track, state.id.0, track(state)),
        Event::Artist(Change::Deleted(it)) => (Kind::Artist, it.id, gone(it, time)),
        Event::Album(Change::Deleted(it)) => (Kind::Album, it.id, gone(it, time)),
        Event::Track(Change::Deleted(it)) => (Kind::Track, it.id, gone(it, time)),
        Event::User(_) | Event::Listened(_) => return None,
    })
}

fn gone(it: &Deleted, time: Time) -> serde_json::Result<String> {
    serde_json::to_string(&Gone {
        id: it.id,
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
        ..named(&state.name, &[])
    })
}

fn album(state: &AlbumState) -> serde_json::Result<String> {
    serde_json::to_string(&Document {
        id: state.id.0,
        genres: &state.genres,
        artist_id: Some(state.artist.id.0),
        album_type: Some(state.album_type),
        year: state.release_date.map(|day| day.year()),
        release_date: state.release_date.map(days),
        created_at: state.created_at.millis(),
        ..named(&state.title, &[&state.artist.name])
    })
}

fn track(state: &TrackState) -> serde_json::Result<String> {
    let album = state.album.as_ref();
    serde_json::to_string(&Document {
        id: state.id.0,
        genres: &state.genres,
        artist_id: Some(state.artist.id.0),
        album_id: album.map(|album| album.id.0),
        year: state.release_date.map(|day| day.year()),
        release_date: state.release_date.map(days),
        duration_ms: state.duration_ms,
        explicit: Some(state.explicit),
        created_at: state.created_at.millis(),
        ..named(
            &state.title,
            &[&state.artist.name, album.map_or("", |album| &album.name)],
        )
    })
}

fn named<'a>(name: &'a str, parents: &[&str]) -> Document<'a> {
    let own = fold::fold(name);
    let name_folded = own.join(" ");
    let mut all = own;
    all.extend(parents.iter().flat_map(|parent| fold::fold(parent)));
    let skeletons: Vec<String> = all.iter().map(|word| fold::skeleton(word)).collect();
    Document {
        shown: name,
        exact: fold::exact(name),
        name: name_folded,
        all: all.join(" "),
        all_skeleton: skeletons.join(" "),
        sort_name: fold::sort_key(name),
        ..Document::default()
    }
}

fn days(day: NaiveDate) -> i64 {
    i64::from(day.to_epoch_days())
}
