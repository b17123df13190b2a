//! What is searched: the real songs of `../shared/data`, or any number of generated ones.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    process::Command,
};

use chrono::NaiveDate;
use events::{AlbumId, AlbumState, ArtistId, ArtistState, Change, Credit, Event, Named, Time, TrackId, TrackState};
use uuid::Uuid;

use crate::{BenchError, search::queries::Draw};

const SONGS: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../../shared/data/catalogue/spotify-songs/spotify_songs.csv.zst"
);
/// Made-up things for each artist.
const TRACKS_OF_AN_ARTIST: usize = 20;

/// One track as queries are made of it.
pub struct Song {
    pub id: Uuid,
    pub title: String,
    pub artist: String,
}

#[derive(Default)]
pub struct Catalogue {
    pub songs: Vec<Song>,
    pub events: Vec<Event>,
}

fn id(kind: &str, key: &str) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{kind} {key}").as_bytes())
}

/// The songs of the file. A track that is in several playlists is one track with several genres.
pub fn real() -> Result<Catalogue, BenchError> {
    if !Path::new(SONGS).exists() {
        return Err(format!("{SONGS} is missing").into());
    }
    let unpacked = Command::new("zstd").args(["-dc", SONGS]).output()?;
    let mut reader = csv::Reader::from_reader(unpacked.stdout.as_slice());
    let mut rows = BTreeMap::new();
    let mut genres: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in reader.deserialize() {
        let row: Row = row?;
        genres
            .entry(row.track_id.clone())
            .or_default()
            .insert(row.playlist_genre.clone());
        rows.entry(row.track_id.clone()).or_insert(row);
    }
    let mut made = Made::default();
    for (key, row) in &rows {
        let genres = genres.remove(key).unwrap_or_default().into_iter().collect();
        made.track(key, row, genres);
    }
    Ok(made.catalogue)
}

#[derive(serde::Deserialize)]
struct Row {
    track_id: String,
    track_name: String,
    track_artist: String,
    track_album_id: String,
    track_album_name: String,
    track_album_release_date: String,
    playlist_genre: String,
}

#[derive(Default)]
struct Made {
    catalogue: Catalogue,
    parents: BTreeSet<Uuid>,
}

impl Made {
    fn track(&mut self, key: &str, row: &Row, genres: Vec<String>) {
        let artist = Named {
            id: ArtistId(id("artist", &row.track_artist)),
            name: or(&row.track_artist, "Unknown artist"),
        };
        let album = Named {
            id: AlbumId(id("album", &row.track_album_id)),
            name: or(&row.track_album_name, "Untitled"),
        };
        let released = row.track_album_release_date.parse().ok();
        if self.parents.insert(artist.id.0) {
            self.catalogue.events.push(artist_event(&artist, genres.clone()));
        }
        if self.parents.insert(album.id.0) {
            self.catalogue.events.push(album_event(&album, &artist, released));
        }
        let title = or(&row.track_name, "Untitled");
        let track = TrackId(id("track", key));
        self.catalogue.songs.push(Song {
            id: track.0,
            title: title.clone(),
            artist: artist.name.clone(),
        });
        self.catalogue
            .events
            .push(track_event(track, title, artist, album, (genres, released)));
    }
}

fn or(text: &str, otherwise: &str) -> String {
    if text.trim().is_empty() { otherwise } else { text }.to_owned()
}

/// So many tracks with names made of the words of the real ones, the frequent words more often.
pub fn generated(count: usize, songs: &[Song], seed: u64) -> Catalogue {
    let words: Vec<&str> = songs.iter().flat_map(|song| song.title.split_whitespace()).collect();
    let mut draw = Draw::new(seed);
    let mut made = Made::default();
    let mut row = None;
    for number in 0..count {
        let mut name = |most: usize| {
            let many = 1 + draw.below(most);
            let picked: Vec<&str> = (0..many).map(|_| words[draw.below(words.len())]).collect();
            picked.join(" ")
        };
        let (title, album, artist) = (name(5), name(4), name(3));
        let of = number / TRACKS_OF_AN_ARTIST;
        if number % TRACKS_OF_AN_ARTIST == 0 {
            row = None;
        }
        let row = row.get_or_insert_with(|| Row {
            track_id: String::new(),
            track_name: String::new(),
            track_artist: format!("{artist} {of}"),
            track_album_id: format!("generated {of}"),
            track_album_name: album,
            track_album_release_date: "2020-05-17".to_owned(),
            playlist_genre: String::new(),
        });
        row.track_name = title;
        made.track(&format!("generated {number}"), row, vec!["generated".to_owned()]);
    }
    made.catalogue
}

fn artist_event(artist: &Named<ArtistId>, genres: Vec<String>) -> Event {
    Event::Artist(Change::Created(ArtistState {
        id: artist.id,
        name: artist.name.clone(),
        bio: None,
        country: None,
        genres,
        user_id: None,
        cover_key: None,
        external_ids: BTreeMap::new(),
        created_at: Time::from_millis(0),
        updated_at: Time::from_millis(0),
    }))
}

fn album_event(album: &Named<AlbumId>, artist: &Named<ArtistId>, released: Option<NaiveDate>) -> Event {
    Event::Album(Change::Created(AlbumState {
        id: album.id,
        title: album.name.clone(),
        artist: artist.clone(),
        credits: vec![Credit::main(artist.clone())],
        album_type: events::AlbumType::Album.into(),
        release_date: released,
        genres: Vec::new(),
        cover_key: None,
        external_ids: BTreeMap::new(),
        taken_down: false,
        created_at: Time::from_millis(0),
        updated_at: Time::from_millis(0),
    }))
}

fn track_event(
    id: TrackId,
    title: String,
    artist: Named<ArtistId>,
    album: Named<AlbumId>,
    (genres, release_date): (Vec<String>, Option<NaiveDate>),
) -> Event {
    Event::Track(Change::Created(TrackState {
        id,
        title,
        credits: vec![Credit::main(artist.clone())],
        artist,
        album: Some(album),
        genres,
        release_date,
        // The search does not look at the others.
        ..TrackState::example()
    }))
}
