//! What people do meanwhile: they fill the catalogue, listen, keep playlists and upload, and note what was acknowledged.

use std::{sync::Arc, time::Duration};

use events::Time;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    book::{Fate, Log, SentListen},
    caller::{Caller, Content, Outcome},
    random::Random,
};
use crate::{Wav, new_id, now};

/// Somebody at work.
pub(super) struct Worker {
    pub name: String,
    pub caller: Caller,
    pub log: Arc<Log>,
    pub random: Random,
    /// Things made so far.
    pub made: usize,
    /// Between two commands, in milliseconds.
    pub pause: usize,
    /// How far the clock of a device that listens is off, in milliseconds.
    pub clock: i64,
}

const MINUTE: i64 = 60_000;
/// Where a clock jumps to: right again, back, ahead as far as is accepted, and further.
const CLOCKS: [i64; 10] = [
    0,
    0,
    -2 * MINUTE,
    -5 * 60 * MINUTE,
    -40 * 24 * 60 * MINUTE,
    -3 * 365 * 24 * 60 * MINUTE,
    3 * MINUTE,
    60 * MINUTE,
    26 * 60 * MINUTE,
    400 * 24 * 60 * MINUTE,
];

/// Length of a sound of more than one part of 16 MiB, in milliseconds.
const LARGE: u32 = 1_100_000;

/// The version that an answer shows.
fn version(body: &Value) -> i64 {
    body["version"].as_i64().unwrap_or(1)
}

fn id(body: &Value) -> Uuid {
    let id = body["id"].as_str().and_then(|id| id.parse().ok());
    id.unwrap_or_else(|| panic!("no id in {body}"))
}

impl Worker {
    pub(super) async fn rests(&mut self) {
        let pause = self.random.millis(self.pause / 2 + 1, self.pause * 3 / 2 + 2);
        tokio::time::sleep(pause).await;
    }

    fn new_name(&mut self, what: &str) -> String {
        self.made += 1;
        let name = format!("{} {what} {}", self.name, self.made);
        self.log.book().asked_names.insert(name.clone());
        name
    }

    /// A living thing of one's own.
    fn own(&mut self, kind: &str) -> Option<Uuid> {
        let book = self.log.book();
        let beginning = format!("{} ", self.name);
        let mut own: Vec<Uuid> = book
            .things
            .iter()
            .filter(|(_, thing)| thing.kind == kind && thing.fate == Fate::There)
            .filter(|(_, thing)| thing.names.iter().any(|name| name.starts_with(&beginning)))
            .map(|(id, _)| *id)
            .collect();
        drop(book);
        own.sort_unstable();
        self.random.pick(&own).copied()
    }

    /// A track that was created lately.
    fn some_track(&mut self) -> Option<Uuid> {
        let book = self.log.book();
        let newest = book.tracks.len().saturating_sub(200);
        self.random.pick(&book.tracks[newest..]).copied()
    }

    async fn creates(&mut self, kind: &'static str, path: &str, fields: Value, name: &str, artist: Option<Uuid>) {
        if let Outcome::Done(body) = self.caller.posts(path, fields).await {
            self.log.book().created(kind, id(&body), version(&body), name, artist);
        }
    }

    async fn changes(&mut self, id: Uuid, path: &str, fields: Value, name: &str) {
        let done = self.caller.asks(&Method::PUT, path, Content::Json(fields), None).await;
        match done {
            Outcome::Done(body) => self.log.book().changed(id, Some(version(&body)), Some(name)),
            Outcome::Unknown | Outcome::Refused { doubtful: true, .. } => {
                self.log.book().changed(id, None, Some(name));
            }
            Outcome::Refused { .. } => {}
        }
    }

    async fn deletes(&mut self, id: Uuid, path: &str) {
        match self.caller.asks(&Method::DELETE, path, Content::Nothing, None).await {
            // It is not there: an attempt without an answer did it.
            Outcome::Done(_)
            | Outcome::Refused {
                status: 404,
                doubtful: true,
            } => self.log.book().deleted(id, Fate::Gone),
            Outcome::Unknown => self.log.book().deleted(id, Fate::Unknown),
            Outcome::Refused { .. } => {}
        }
    }

    /// Fills and changes the catalogue.
    pub(super) async fn writes(mut self) {
        while !self.log.is_stopping() {
            match self.random.below(100) {
                0..10 => self.creates_artist().await,
                10..18 => self.creates_album().await,
                18..55 => self.creates_track().await,
                55..70 => self.renames_artist().await,
                70..86 => self.retitles_track().await,
                86..96 => self.deletes_one("track", "/api/v1/tracks/", "").await,
                96..98 => self.deletes_one("album", "/api/v1/albums/", "").await,
                _ => self.deletes_one("artist", "/api/v1/artists/", "?cascade=true").await,
            }
            self.rests().await;
        }
    }

    async fn creates_artist(&mut self) {
        let name = self.new_name("artist");
        let fields = json!({"name": name});
        self.creates("artist", "/api/v1/artists/", fields, &name, None).await;
    }

    async fn creates_album(&mut self) {
        let Some(artist) = self.own("artist") else { return };
        let title = self.new_name("album");
        let fields = json!({"title": title, "artist_id": artist, "album_type": "album"});
        self.creates("album", "/api/v1/albums/", fields, &title, Some(artist))
            .await;
    }

    async fn creates_track(&mut self) {
        let Some(artist) = self.own("artist") else { return };
        let title = self.new_name("track");
        let mut credits = vec![json!({"artist_id": artist, "role": "main"})];
        if self.random.percent(30)
            && let Some(other) = self.own("artist").filter(|other| *other != artist)
        {
            credits.push(json!({"artist_id": other, "role": "featured"}));
        }
        let fields = json!({"title": title, "credits": credits, "duration_ms": 180_000, "genres": ["chaos"]});
        self.creates("track", "/api/v1/tracks/", fields, &title, Some(artist))
            .await;
    }

    async fn renames_artist(&mut self) {
        let Some(artist) = self.own("artist") else { return };
        let name = format!("{}'", self.name_of(artist));
        let path = format!("/api/v1/artists/{artist}");
        self.changes(artist, &path, json!({"name": name}), &name).await;
    }

    async fn retitles_track(&mut self) {
        let Some(track) = self.own("track") else { return };
        let title = format!("{}'", self.name_of(track));
        let path = format!("/api/v1/tracks/{track}");
        self.changes(track, &path, json!({"title": title}), &title).await;
    }

    /// The longest name it may have; each change adds a stroke.
    fn name_of(&self, id: Uuid) -> String {
        let book = self.log.book();
        let longest = book.things[&id].names.iter().max_by_key(|name| name.len());
        longest.expect("a name").clone()
    }

    async fn deletes_one(&mut self, kind: &str, folder: &str, query: &str) {
        if let Some(id) = self.own(kind) {
            self.deletes(id, &format!("{folder}{id}{query}")).await;
        }
    }

    /// Listens: in batches, some of them late, some sent twice, while the clock of the device jumps.
    pub(super) async fn listens(mut self) {
        let mut before: Vec<Value> = Vec::new();
        while !self.log.is_stopping() {
            let batch = if self.random.percent(20) && !before.is_empty() {
                before.clone()
            } else {
                self.new_listens()
            };
            if !batch.is_empty() {
                self.posts_listens(&batch).await;
                before = batch;
            }
            self.rests().await;
        }
    }

    fn new_listens(&mut self) -> Vec<Value> {
        let mut batch = Vec::new();
        if self.random.percent(15) {
            self.clock = *self.random.pick(&CLOCKS).expect("clocks");
        }
        for _ in 0..=self.random.below(20) {
            let Some(track) = self.some_track() else { break };
            let late = if self.random.percent(15) {
                self.random.below(3 * 86_400_000)
            } else {
                0
            };
            let late = i64::try_from(late).expect("three days");
            let listened_at = Time::from_millis(now().millis() + self.clock - late);
            let event_id = new_id();
            let ms_played = if self.random.percent(80) { 180_000 } else { 1_000 };
            let sent = SentListen {
                track,
                listened_at,
                clock: self.clock,
                acknowledged: false,
            };
            self.log.book().listens.insert(event_id, sent);
            batch.push(
                json!({"event_id": event_id, "track_id": track, "listened_at": listened_at,
                "ms_played": ms_played}),
            );
        }
        batch
    }

    async fn posts_listens(&self, batch: &[Value]) {
        let path = "/api/v1/analytics/listening-events";
        let content = Content::Json(json!({"events": batch}));
        let Outcome::Done(body) = self.caller.asks(&Method::POST, path, content, None).await else {
            return;
        };
        let mut book = self.log.book();
        for accepted in body["events"].as_array().into_iter().flatten() {
            let event_id = accepted["event_id"].as_str().and_then(|id| id.parse().ok());
            if let Some(sent) = event_id.and_then(|id: Uuid| book.listens.get_mut(&id)) {
                sent.acknowledged = true;
            }
        }
    }

    /// Keeps playlists and favourites.
    pub(super) async fn keeps(mut self) {
        while !self.log.is_stopping() {
            match self.random.below(100) {
                0..12 => self.creates_playlist().await,
                12..45 => self.adds_items().await,
                45..60 => self.removes_item().await,
                60..70 => self.moves_item().await,
                70..73 => self.deletes_one("playlist", "/api/v1/playlists/", "").await,
                73..78 => self.imports_playlist().await,
                78..91 => self.likes(true).await,
                _ => self.likes(false).await,
            }
            self.rests().await;
        }
    }

    async fn creates_playlist(&mut self) {
        let title = self.new_name("playlist");
        let visibility = if self.random.percent(50) { "public" } else { "private" };
        let fields = json!({"title": title, "visibility": visibility});
        self.creates("playlist", "/api/v1/playlists/", fields, &title, None)
            .await;
    }

    /// A file becomes a playlist with all of its tracks, or there is none.
    async fn imports_playlist(&mut self) {
        let title = self.new_name("playlist");
        let mut entries = Vec::new();
        for _ in 0..=self.random.below(40) {
            let track = self.some_track();
            entries.extend(track.map(|track| json!({"identifier": [format!("urn:uuid:{track}")]})));
        }
        let file = json!({"playlist": {"title": title, "track": entries}}).to_string();
        let content = Content::File(format!("{}.jspf", self.made), file.into_bytes());
        let (path, key) = ("/api/v1/playlists/import", new_id().to_string());
        if let Outcome::Done(body) = self.caller.asks(&Method::POST, path, content, Some(&key)).await {
            let playlist = &body["playlist"];
            let found = body["matched"].as_array().map_or(0, Vec::len);
            let mut book = self.log.book();
            book.created("playlist", id(playlist), version(playlist), &title, None);
            book.imported.insert(id(playlist), found);
        }
    }

    async fn adds_items(&mut self) {
        let Some(playlist) = self.own("playlist") else { return };
        let mut tracks = Vec::new();
        for _ in 0..=self.random.below(5) {
            tracks.extend(self.some_track());
        }
        let path = format!("/api/v1/playlists/{playlist}/tracks");
        if let Outcome::Done(body) = self.caller.posts(&path, json!({"track_ids": tracks})).await {
            let mut book = self.log.book();
            book.changed(playlist, Some(version(&body)), None);
            let items = book.items.entry(playlist).or_default();
            let added = body["item_ids"].as_array().into_iter().flatten();
            let added = added.filter_map(|id| id.as_str()?.parse().ok());
            items.extend(added.map(|id: Uuid| (id, Fate::There)));
        }
    }

    fn item_of(&mut self, playlist: Uuid) -> Option<Uuid> {
        let book = self.log.book();
        let items = book.items.get(&playlist)?;
        let there = items.iter().filter(|(_, fate)| **fate == Fate::There);
        let there: Vec<Uuid> = there.map(|(id, _)| *id).collect();
        drop(book);
        self.random.pick(&there).copied()
    }

    async fn removes_item(&mut self) {
        let Some(playlist) = self.own("playlist") else { return };
        let Some(item) = self.item_of(playlist) else { return };
        let path = format!("/api/v1/playlists/{playlist}/tracks/{item}");
        let fate = match self.caller.asks(&Method::DELETE, &path, Content::Nothing, None).await {
            Outcome::Done(_) | Outcome::Refused { doubtful: true, .. } => Fate::Gone,
            Outcome::Unknown => Fate::Unknown,
            Outcome::Refused { .. } => return,
        };
        let mut book = self.log.book();
        book.items.entry(playlist).or_default().insert(item, fate);
    }

    async fn moves_item(&mut self) {
        let Some(playlist) = self.own("playlist") else { return };
        let Some(item) = self.item_of(playlist) else { return };
        let path = format!("/api/v1/playlists/{playlist}/tracks/order");
        let body = json!({"item_id": item, "position": 0});
        let done = self.caller.asks(&Method::PUT, &path, Content::Json(body), None).await;
        if let Outcome::Done(body) = done {
            self.log.book().changed(playlist, Some(version(&body)), None);
        }
    }

    async fn likes(&mut self, likes: bool) {
        let Some(track) = self.some_track() else { return };
        let user = self.caller.id;
        let path = format!("/api/v1/users/{user}/favourites/track/{track}");
        let method = if likes { Method::PUT } else { Method::DELETE };
        let content = if likes {
            Content::Json(json!({}))
        } else {
            Content::Nothing
        };
        let fate = match self.caller.asks(&method, &path, content, None).await {
            Outcome::Done(_) if likes => Fate::There,
            Outcome::Done(_) => Fate::Gone,
            Outcome::Refused { doubtful: false, .. } => return,
            Outcome::Unknown | Outcome::Refused { .. } => Fate::Unknown,
        };
        self.log.book().favourites.insert((user, track), fate);
    }

    /// Uploads sounds, each another one; with `large` ones among them, which the object store takes in parts.
    pub(super) async fn uploads(mut self, seed: u64, large: bool) {
        let offset = u32::try_from(seed % 10_000).expect("a small number") * 10_000;
        while !self.log.is_stopping() {
            let title = self.new_name("track");
            let number = u32::try_from(self.made).expect("a small number");
            let millis = if large && self.random.percent(3) { LARGE } else { 2_000 };
            let file = Wav::named(millis, offset + number, &title, &format!("{} artist", self.name)).bytes();
            let content = Content::File(format!("{number}.wav"), file);
            let path = "/api/v1/upload/uploadfile/";
            if let Outcome::Done(body) = self.caller.asks(&Method::POST, path, content, None).await {
                let artist = body["artist"]["id"].as_str().and_then(|id| id.parse().ok());
                self.log
                    .book()
                    .created("track", id(&body), version(&body), &title, artist);
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }
}
