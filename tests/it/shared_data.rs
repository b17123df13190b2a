//! Real data through the whole service: every store agrees with what is counted from the files.

use std::collections::{BTreeMap, HashMap, HashSet};

use domain::{AlbumFields, ArtistFields, TrackFields};
use events::{AlbumId, AlbumType, ArtistId, ExternalIds, Topic, TrackId, UserId};
use futures_util::future::try_join_all;
use read_counters::Kind;
use serde_json::{Value, json};
use store::{Stamp, Store, StoreConfig, StoreError};
use tests::{App, new_id, now, shared_data, unpacked};
use uuid::Uuid;

const TRACKS: usize = 5_000;
const LISTENS: usize = 20_000;
/// Tracks written in one unit of work.
const UNIT: usize = 250;

/// A track of one of the files.
struct Song {
    artist: String,
    title: String,
    album: Option<(String, String)>,
    duration_ms: Option<i64>,
    genre: Option<String>,
    id: TrackId,
}

/// A listen of the log.
struct Heard {
    seconds: i64,
    artist: String,
    title: String,
}

fn songs(csv: &[u8]) -> Vec<Song> {
    let mut reader = csv::Reader::from_reader(csv);
    let names: HashMap<String, usize> =
        reader.headers().unwrap().iter().enumerate().map(|(at, name)| (name.to_owned(), at)).collect();
    let (mut seen, mut songs) = (HashSet::new(), Vec::new());
    for row in reader.records() {
        let row = row.unwrap();
        let field = |name: &str| row[names[name]].to_owned();
        if !seen.insert(field("track_id")) {
            continue;
        }
        songs.push(Song {
            artist: field("track_artist"),
            title: field("track_name"),
            album: Some((field("track_album_id"), field("track_album_name"))),
            duration_ms: field("duration_ms").split('.').next().and_then(|ms| ms.parse().ok()),
            genre: Some(field("playlist_genre")),
            id: TrackId(new_id()),
        });
        if songs.len() == TRACKS {
            break;
        }
    }
    songs
}

fn heard(json: &[u8]) -> Vec<Heard> {
    let months = serde_json::Deserializer::from_slice(json).into_iter::<Vec<Value>>();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let listen = |row: Value| Heard {
        seconds: row["timestamp"]["unixtimestamp"].as_i64().unwrap(),
        artist: text(&row["track"]["artist"]["name"]),
        title: text(&row["track"]["name"]),
    };
    months.flat_map(Result::unwrap).take(LISTENS).map(listen).collect()
}

/// Writes songs with the domain's commands: artists and albums once, then tracks.
struct Import {
    store: Store,
    by: UserId,
    artists: HashMap<String, ArtistId>,
    albums: HashMap<String, AlbumId>,
}

impl Import {
    fn stamp() -> Stamp {
        Stamp { now: now(), new_id, traceparent: None }
    }

    async fn parents(&mut self, songs: &[Song]) -> Result<(), StoreError> {
        let mut unit = self.store.begin(Self::stamp()).await?;
        for song in songs {
            if !self.artists.contains_key(&song.artist) {
                let id = ArtistId(new_id());
                let fields = ArtistFields { name: song.artist.clone(), ..ArtistFields::default() }.checked().unwrap();
                unit.create_artist(id, fields, self.by).await?;
                self.artists.insert(song.artist.clone(), id);
            }
            let Some((key, title)) = &song.album else { continue };
            if !self.albums.contains_key(key) {
                let id = AlbumId(new_id());
                let fields = AlbumFields {
                    title: title.clone(),
                    artist_id: self.artists[&song.artist],
                    album_type: AlbumType::Album,
                    release_date: None,
                    genres: Vec::new(),
                    external_ids: ExternalIds::new(),
                };
                unit.create_album(id, fields.checked().unwrap(), None, self.by).await?;
                self.albums.insert(key.clone(), id);
            }
        }
        unit.commit().await
    }

    async fn tracks(&self, songs: &[Song]) -> Result<(), StoreError> {
        let mut unit = self.store.begin(Self::stamp()).await?;
        for song in songs {
            let fields = TrackFields {
                title: song.title.clone(),
                artist_id: self.artists[&song.artist],
                album_id: song.album.as_ref().map(|(key, _)| self.albums[key]),
                duration_ms: song.duration_ms,
                track_number: None,
                disc_number: None,
                genres: song.genre.iter().cloned().collect(),
                explicit: false,
                external_ids: ExternalIds::new(),
            };
            unit.create_track(song.id, fields.checked().unwrap(), None, self.by).await?;
        }
        unit.commit().await
    }

    async fn all(&mut self, songs: &[Song]) {
        for some in songs.chunks(UNIT) {
            self.parents(some).await.expect("artists and albums");
        }
        for round in songs.chunks(4 * UNIT) {
            try_join_all(round.chunks(UNIT).map(|some| self.tracks(some))).await.expect("tracks");
        }
    }
}

fn event_id(heard: &Heard) -> Uuid {
    let name = format!("{}\n{}\n{}", heard.seconds, heard.artist, heard.title);
    Uuid::new_v5(&Uuid::NAMESPACE_URL, name.as_bytes())
}

#[tokio::test]
async fn every_store_agrees_with_the_files() {
    let catalogue = shared_data("catalogue/spotify-songs/spotify_songs.csv.zst");
    let log = shared_data("listening/lastfm-export/scrobbles-2005-02_2014-06.tar.zst");
    let (Some(catalogue), Some(log)) = (catalogue, log) else { return };
    let mut songs = songs(&unpacked(&catalogue, r#"zstd -dc "$1""#));
    let log = heard(&unpacked(&log, r#"zstd -dc "$1" | tar -xO"#));
    assert_eq!((songs.len(), log.len()), (TRACKS, LISTENS));
    let mut of_log: HashMap<(String, String), TrackId> = HashMap::new();
    for listen in &log {
        let key = (listen.artist.clone(), listen.title.clone());
        of_log.entry(key).or_insert_with_key(|(artist, title)| {
            let id = TrackId(new_id());
            let (artist, title) = (artist.clone(), title.clone());
            songs.push(Song { artist, title, album: None, duration_ms: None, genre: None, id });
            id
        });
    }
    let app = App::start().await;
    let ada = app.artist_account("ada").await;
    let config = StoreConfig {
        url: app.setting("JONQUIL_POSTGRES_URL").to_owned(),
        connections: 4,
        acquire: std::time::Duration::from_secs(30),
        statement: std::time::Duration::from_secs(30),
    };
    let store = Store::new(&config).expect("a pool");
    let mut import = Import { store, by: ada.id, artists: HashMap::new(), albums: HashMap::new() };
    import.all(&songs).await;

    let mut expected: BTreeMap<TrackId, HashSet<i64>> = BTreeMap::new();
    for batch in log.chunks(1000) {
        let events: Vec<Value> = batch
            .iter()
            .map(|heard| {
                let track = of_log[&(heard.artist.clone(), heard.title.clone())];
                expected.entry(track).or_default().insert(heard.seconds);
                let listened_at = events::Time::from_millis(heard.seconds * 1000);
                json!({"event_id": event_id(heard), "track_id": track, "listened_at": listened_at, "ms_played": 30_000})
            })
            .collect();
        let answer = ada.posts(&events).await.is(202).json();
        assert_eq!(answer["rejected"], json!([]));
        assert_eq!(answer["accepted"].as_u64().unwrap() + answer["duplicates"].as_u64().unwrap(), 1000);
    }
    let distinct: usize = expected.values().map(HashSet::len).sum();
    app.settle().await;
    assert_eq!(app.analytics().counts().await.unwrap(), distinct as u64);
    agrees_per_track(&app, &expected).await;
    assert!(app.events_on(Topic::Listens).await >= i64::try_from(distinct).unwrap());

    let count = i64::try_from(songs.len()).unwrap();
    assert_eq!(app.number("SELECT count(*) FROM tracks").await, count);
    for (kind, known) in [("tracks", songs.len()), ("artists", import.artists.len()), ("albums", import.albums.len())] {
        let listed = app.http().get(&format!("/api/v1/{kind}/?limit=1")).await.is(200).json();
        assert_eq!(listed["total"], known, "{kind}");
    }
    let stats = ada.http.get(&format!("/api/v1/users/{}/stats", ada.id)).await.is(200).json();
    assert_eq!((&stats["plays"], &stats["unique_tracks"]), (&json!(distinct), &json!(expected.len())));
}

async fn agrees_per_track(app: &App, expected: &BTreeMap<TrackId, HashSet<i64>>) {
    let ids: Vec<Uuid> = expected.keys().map(|id| id.0).collect();
    let wanted: Vec<u64> = expected.values().map(|times| times.len() as u64).collect();
    assert_eq!(app.counters().plays(Kind::Track, &ids).await.unwrap(), wanted);
    let rows = app.warehouse("SELECT toString(track_id), count() FROM listens FINAL GROUP BY track_id FORMAT TSV").await;
    let mut plays: HashMap<Uuid, u64> = HashMap::new();
    for row in rows.lines() {
        let (id, count) = row.split_once('\t').unwrap();
        plays.insert(id.parse().unwrap(), count.parse().unwrap());
    }
    assert_eq!(ids.iter().map(|id| plays[id]).collect::<Vec<_>>(), wanted);
}
