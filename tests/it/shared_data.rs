//! Real data through the whole service: every store agrees with what is counted from the files.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    fs::File,
    io::Read as _,
    path::Path,
    time::{Duration, Instant},
};

use domain::{Actor, Album, AlbumFields, Artist, ArtistFields, CreditFields, Track, TrackFields};
use events::{AlbumId, ArtistId, Kind, Time, TrackId};
use futures_util::future::try_join_all;
use http_kit::Page;
use ruzstd::decoding::StreamingDecoder;
use serde::Deserialize;
use serde_json::{Value, json};
use store::{Store, StoreConfig, StoreError};
use tests::{App, Person, command_context, data_in, eventually_within, new_id, now, shared_data};
use uuid::Uuid;

const SONGS: usize = 5_000;
const LISTENS: usize = 20_000;
/// Things written in one unit of work.
const UNIT: usize = 250;
/// Events of one request: the most there may be.
const BATCH: usize = 1_000;

/// A track of one of the files.
struct Song {
    artist: String,
    title: String,
    album: Option<(String, String)>,
    duration_ms: Option<i64>,
    genre: Option<String>,
    id: TrackId,
}

/// A listen of the log: what makes it another than the others.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct LoggedListen {
    seconds: i64,
    artist: String,
    title: String,
}

impl LoggedListen {
    /// The same for the same listen, whoever sends it and however often.
    fn event_id(&self) -> Uuid {
        let name = format!("{}\n{}\n{}", self.seconds, self.artist, self.title);
        Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes())
    }
}

fn unpacked(path: &Path) -> Vec<u8> {
    let mut decoder = StreamingDecoder::new(File::open(path).unwrap()).expect("a zstd file");
    let mut bytes = Vec::new();
    decoder.read_to_end(&mut bytes).expect("a whole zstd file");
    bytes
}

/// The files of a tar archive by name (POSIX.1-2001, pax: headers and contents in blocks of 512 bytes).
fn files(archive: &[u8]) -> BTreeMap<String, &[u8]> {
    let mut files = BTreeMap::new();
    let mut at = 0;
    while let Some(header) = archive.get(at..at + 512).filter(|header| header[0] != 0) {
        let text = |from: usize, to: usize| {
            let field = &header[from..to];
            let end = field
                .iter()
                .position(|byte| matches!(byte, 0 | b' '))
                .unwrap_or(field.len());
            String::from_utf8_lossy(&field[..end]).into_owned()
        };
        let size = usize::from_str_radix(&text(124, 136), 8).expect("a size");
        if matches!(header[156], 0 | b'0') {
            files.insert(text(0, 100), &archive[at + 512..at + 512 + size]);
        }
        at += 512 + size.next_multiple_of(512);
    }
    files
}

/// The first tracks of the catalogue, each once.
fn songs(csv: &[u8]) -> Vec<Song> {
    #[derive(Deserialize)]
    struct Row {
        track_id: String,
        track_name: String,
        track_artist: String,
        track_album_id: String,
        track_album_name: String,
        playlist_genre: String,
        duration_ms: f64,
    }
    let mut seen = HashSet::new();
    let rows = csv::Reader::from_reader(csv)
        .into_deserialize::<Row>()
        .map(Result::unwrap);
    let first = rows.filter(|row| seen.insert(row.track_id.clone())).take(SONGS);
    first
        .map(|row| Song {
            artist: row.track_artist,
            title: row.track_name,
            album: Some((row.track_album_id, row.track_album_name)),
            #[expect(clippy::cast_possible_truncation, reason = "whole milliseconds of some minutes")]
            duration_ms: Some(row.duration_ms as i64),
            genre: Some(row.playlist_genre),
            id: TrackId(new_id()),
        })
        .collect()
}

/// The first listens of the log, month by month, repeats and all.
fn log(archive: &[u8]) -> Vec<LoggedListen> {
    let text = |value: &Value| value.as_str().expect("a name").to_owned();
    let months = files(archive).into_values();
    let rows = months.flat_map(|month| serde_json::from_slice::<Vec<Value>>(month).expect("a month"));
    let listen = rows.map(|row| LoggedListen {
        seconds: row["timestamp"]["unixtimestamp"].as_i64().expect("a time"),
        artist: text(&row["track"]["artist"]["name"]),
        title: text(&row["track"]["name"]),
    });
    listen.take(LISTENS).collect()
}

/// The tracks of the log, each one more song.
fn songs_of(log: &[LoggedListen]) -> Vec<Song> {
    let mut seen = HashSet::new();
    let first = log.iter().filter(|listen| seen.insert((&listen.artist, &listen.title)));
    first
        .map(|listen| Song {
            artist: listen.artist.clone(),
            title: listen.title.clone(),
            album: None,
            duration_ms: None,
            genre: None,
            id: TrackId(new_id()),
        })
        .collect()
}

/// Writes songs as commands do, many in a unit of work and several units at a time.
struct Import {
    store: Store,
    by: Actor,
    artists: HashMap<String, ArtistId>,
    albums: HashMap<String, (AlbumId, ArtistId, String)>,
}

impl Import {
    /// An artist is its name, an album its id in the file.
    fn of(app: &App, by: Actor, songs: &[&Song]) -> Self {
        let config = StoreConfig {
            url: app.setting("JONQUIL_POSTGRES_URL").to_owned(),
            tls: None,
            connections: 4,
            // Every unit of work is asked for at once, and the last waits for all before it.
            acquire: Duration::from_mins(10),
            statement: Duration::from_secs(30),
        };
        let mut artists = HashMap::new();
        let mut albums = HashMap::new();
        for song in songs {
            let artist = *artists.entry(song.artist.clone()).or_insert_with(|| ArtistId(new_id()));
            if let Some((id, title)) = &song.album {
                let album = || (AlbumId(new_id()), artist, title.clone());
                albums.entry(id.clone()).or_insert_with(album);
            }
        }
        Self {
            store: Store::new(&config).expect("a pool"),
            by,
            artists,
            albums,
        }
    }

    async fn writes_artists(&self, artists: &[(&String, &ArtistId)]) -> Result<(), StoreError> {
        let mut unit = self.store.begin(command_context()).await?;
        for (name, id) in artists {
            let fields = ArtistFields::named(name.as_str());
            let artist = Artist::create(**id, fields, self.by, now()).expect("a name");
            unit.create_artist(&artist).await?;
        }
        unit.commit().await
    }

    async fn writes_albums(&self, albums: &[&(AlbumId, ArtistId, String)]) -> Result<(), StoreError> {
        let mut unit = self.store.begin(command_context()).await?;
        for (id, artist_id, title) in albums {
            let fields = AlbumFields::titled(title.as_str(), vec![CreditFields::main(*artist_id)]);
            let album = Album::create(*id, fields, self.by, now()).expect("a title");
            unit.create_album(&album).await?;
        }
        unit.commit().await
    }

    async fn writes_tracks(&self, songs: &[&Song]) -> Result<(), StoreError> {
        let mut unit = self.store.begin(command_context()).await?;
        for song in songs {
            let artist = CreditFields::main(self.artists[&song.artist]);
            let fields = TrackFields {
                album_id: song.album.as_ref().map(|(id, _)| self.albums[id].0),
                duration_ms: song.duration_ms,
                genres: song.genre.iter().cloned().collect(),
                ..TrackFields::titled(song.title.as_str(), vec![artist])
            };
            let track = Track::create(song.id, fields, self.by, now()).expect("a title");
            unit.create_track(&track).await?;
        }
        unit.commit().await
    }

    async fn writes(&self, songs: &[&Song]) -> Result<(), StoreError> {
        let artists: Vec<_> = self.artists.iter().collect();
        try_join_all(artists.chunks(UNIT).map(|some| self.writes_artists(some))).await?;
        let albums: Vec<_> = self.albums.values().collect();
        try_join_all(albums.chunks(UNIT).map(|some| self.writes_albums(some))).await?;
        try_join_all(songs.chunks(UNIT).map(|some| self.writes_tracks(some))).await?;
        Ok(())
    }
}

/// Posts listens through the API, as a player that was offline for years.
async fn posts(by: &Person, log: &[LoggedListen], tracks: &HashMap<(&str, &str), TrackId>) {
    for batch in log.chunks(BATCH) {
        let event = |listen: &LoggedListen| {
            let track = tracks[&(listen.artist.as_str(), listen.title.as_str())];
            let listened_at = Time::from_millis(listen.seconds * 1000);
            json!({"event_id": listen.event_id(), "track_id": track, "listened_at": listened_at, "ms_played": 30_000})
        };
        let events: Vec<Value> = batch.iter().map(event).collect();
        let distinct: BTreeSet<&LoggedListen> = batch.iter().collect();
        let answer = by.posts(&events).await.is(202);
        let (accepted, repeats) = (distinct.len(), batch.len() - distinct.len());
        answer.shows(json!({"rejected": [], "accepted": accepted, "duplicates": repeats}));
    }
}

/// What is counted from the files.
struct Expected {
    things: [(&'static str, usize); 3],
    plays: BTreeMap<TrackId, u64>,
}

impl Expected {
    fn of(songs: &[&Song], log: &[LoggedListen], tracks: &HashMap<(&str, &str), TrackId>) -> Self {
        let artists: HashSet<&str> = songs.iter().map(|song| song.artist.as_str()).collect();
        let albums = songs.iter().filter_map(|song| Some(song.album.as_ref()?.0.as_str()));
        let albums: HashSet<&str> = albums.collect();
        let things = [
            ("artists", artists.len()),
            ("albums", albums.len()),
            ("tracks", songs.len()),
        ];
        let mut plays = BTreeMap::new();
        for listen in log.iter().collect::<BTreeSet<_>>() {
            let track = tracks[&(listen.artist.as_str(), listen.title.as_str())];
            *plays.entry(track).or_default() += 1;
        }
        Self { things, plays }
    }

    async fn holds(&self, app: &App, by: &Person) {
        let distinct: u64 = self.plays.values().sum();
        for (kind, count) in self.things {
            let stored = app.number(&format!("SELECT count(*) FROM {kind}")).await;
            assert_eq!(usize::try_from(stored), Ok(count), "{kind} in Postgres");
            let kind = Kind::ALL.into_iter().find(|known| format!("{}s", known.name()) == kind);
            let documents = app.index().documents(kind.expect("a kind")).await;
            assert_eq!(
                documents.expect("Elasticsearch answers"),
                count as u64,
                "{kind:?} in Elasticsearch"
            );
        }
        let ids: Vec<Uuid> = self.plays.keys().map(|id| id.0).collect();
        let counted = app.counters().plays(Kind::Track, &ids).await.expect("Redis answers");
        assert!(counted.iter().eq(self.plays.values()), "Redis counts otherwise");
        assert_eq!(app.analytics().counts().await.expect("ClickHouse answers"), distinct);
        assert!(analytics_plays(app).await == self.plays, "ClickHouse counts otherwise");
        let (total, shown) = shown(app).await;
        assert_eq!(total, self.things[2].1, "tracks of the API");
        assert!(shown == self.plays, "the API shows otherwise");

        let stats = by.http.get(&format!("/api/v1/users/{}/stats", by.id)).await;
        let reported = json!({"plays": distinct, "listened_ms": distinct * 30_000, "unique_tracks": self.plays.len()});
        stats.is(200).shows(reported);
        let chart = app.http().get("/api/v1/tracks/popular/?period=all&limit=1").await;
        let most = json!({"items": [{"plays": self.plays.values().max()}]});
        chart.is(200).shows(most);
    }
}

/// Plays of each track that has any, as ClickHouse counts them.
async fn analytics_plays(app: &App) -> BTreeMap<TrackId, u64> {
    let query = "SELECT toString(track_id), count() FROM listens FINAL WHERE counted GROUP BY track_id FORMAT TSV";
    let rows = app.analytics_sql(query).await;
    let row = |row: &str| {
        let (id, count) = row.split_once('\t').expect("two columns");
        (id.parse().expect("an id"), count.parse().expect("a count"))
    };
    rows.lines().map(row).collect()
}

/// How many tracks a stranger is reported of, and the plays of each that has any, page by page.
async fn shown(app: &App) -> (usize, BTreeMap<TrackId, u64>) {
    let (mut plays, mut read, mut cursor) = (BTreeMap::new(), 0, String::new());
    loop {
        let path = format!("/api/v1/tracks/?limit=100{cursor}");
        let page: Page<representations::Track> = app.http().read_as(&path).await;
        read += page.items.len();
        for track in page.items {
            match track.plays.expect("plays") {
                0 => {}
                count => assert_eq!(plays.insert(track.id, count), None, "a track is shown twice"),
            }
        }
        let Some(next) = page.next_cursor else {
            assert_eq!(page.total, read as u64, "what is shown is not all");
            return (read, plays);
        };
        cursor = format!("&cursor={next}");
    }
}

#[test]
fn without_its_data_a_story_is_skipped_on_a_developers_machine() {
    let empty = tempfile::tempdir().expect("a folder");
    assert_eq!(data_in(empty.path(), "audio", false), None);
    assert!(
        data_in(empty.path(), "", true).is_some(),
        "data that is there is used in CI too"
    );
}

#[test]
#[should_panic(expected = "audio is missing, and CI is set")]
fn without_its_data_a_story_fails_in_ci() {
    let empty = tempfile::tempdir().expect("a folder");
    drop(data_in(empty.path(), "audio", true));
}

#[tokio::test]
async fn every_store_agrees_with_the_files() {
    let catalogue = shared_data("catalogue/spotify-songs/spotify_songs.csv.zst");
    let scrobbles = shared_data("listening/lastfm-export/scrobbles-2005-02_2014-06.tar.zst");
    let (Some(catalogue), Some(scrobbles)) = (catalogue, scrobbles) else {
        return;
    };
    let began = Instant::now();
    let passed = |what: &str| eprintln!("{what}: {:.1} s after the beginning", began.elapsed().as_secs_f32());

    let log = log(&unpacked(&scrobbles));
    let (catalogue, listen) = (songs(&unpacked(&catalogue)), songs_of(&log));
    let tracks: HashMap<_, _> = listen
        .iter()
        .map(|song| ((song.artist.as_str(), song.title.as_str()), song.id))
        .collect();
    let all: Vec<&Song> = catalogue.iter().chain(&listen).collect();
    let expected = Expected::of(&all, &log, &tracks);
    assert_eq!(
        (catalogue.len(), log.len(), expected.plays.len()),
        (SONGS, LISTENS, listen.len())
    );
    passed("files read");

    let app = App::start().await;
    let ada = app.listener("ada").await;
    Import::of(&app, ada.actor(), &all).writes(&all).await.expect("written");
    passed("catalogue written");
    posts(&ada, &log, &tracks).await;
    passed("listens posted");
    let unpublished = "SELECT count(*) FROM outbox WHERE published_at IS NULL";
    eventually_within(
        Duration::from_mins(1),
        "the relay publishes the catalogue",
        async || (app.number(unpublished).await == 0).then_some(()),
    )
    .await;
    app.settle().await;
    passed("at rest");
    expected.holds(&app, &ada).await;
    passed("compared");

    // A client that did not hear the answer, or read its log again from somewhere in the middle.
    posts(&ada, &log[7_500..12_500], &tracks).await;
    app.settle().await;
    expected.holds(&app, &ada).await;
    passed("posted again and compared");
}
