//! Who may call what: every operation of the document, called as everybody. A new operation is here by itself; what it
//! lacks (who may call it, a real id for its path) fails.

use std::{collections::HashMap, fmt};

use events::UserId;
use media::Objects;
use reqwest::{
    Method, StatusCode,
    multipart::{Form, Part},
};
use serde_json::{Value, json};
use tests::{App, Http, PASSWORD, Person, Wav, new_id};
use uuid::Uuid;
use write_api::{GrownPlaylist, NewApiKey};

use crate::jobs_sweep::media;

/// Who calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Caller {
    Nobody,
    /// With a token that is not valid.
    BadToken,
    Listener,
    /// Somebody with the same role and things of the same kinds as the owner.
    Other,
    /// Who owns the things, and whom what is personal concerns.
    Owner,
    /// Somebody with the role artist who owns nothing.
    Artist,
    Admin,
}

const CALLERS: [Caller; 7] = [
    Caller::Nobody,
    Caller::BadToken,
    Caller::Listener,
    Caller::Other,
    Caller::Owner,
    Caller::Artist,
    Caller::Admin,
];

/// An operation of the document.
pub(crate) struct Operation {
    pub(crate) method: Method,
    pub(crate) path: String,
    /// `x-who`.
    who: String,
    takes_token: bool,
    /// Scopes that a key needs; none: no key may.
    scopes: Option<Vec<String>>,
    needs_no_token: bool,
    /// To others than its owner the thing does not exist: 403 is an answer to API keys only.
    is_hidden: bool,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) body: Option<String>,
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ({})", self.method, self.path, self.who)
    }
}

pub(crate) fn operations(document: &Value) -> Vec<Operation> {
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            operations.push(Operation::new(method, path, operation));
        }
    }
    operations
}

impl Operation {
    fn new(method: &str, path: &str, operation: &Value) -> Self {
        let security = operation["security"].as_array().cloned().unwrap_or_default();
        let who = operation["x-who"].as_str();
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        let needed = parameters
            .iter()
            .filter(|one| one["in"] == "query" && one["required"] == true);
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        Self {
            method: method.to_uppercase().parse().unwrap(),
            path: path.to_owned(),
            who: who
                .unwrap_or_else(|| panic!("{method} {path} does not say who may call it"))
                .to_owned(),
            takes_token: security.iter().any(|one| one.get("bearer").is_some()),
            scopes: security.iter().find_map(|one| {
                let scopes = one.get("api_key")?.as_array()?;
                Some(scopes.iter().map(text).collect())
            }),
            needs_no_token: security.iter().any(|one| *one == json!({})),
            is_hidden: !is_forbidden_to_people(&operation["responses"]["403"]),
            query: needed.map(|one| (text(&one["name"]), text(&one["example"]))).collect(),
            body: operation["requestBody"]["content"]
                .as_object()
                .and_then(|content| content.keys().next().cloned()),
        }
    }

    /// What the answer must be; none: whatever comes after it is known that the caller may.
    fn refusal(&self, caller: Caller) -> Option<StatusCode> {
        let not_theirs = if self.is_hidden {
            StatusCode::NOT_FOUND
        } else {
            StatusCode::FORBIDDEN
        };
        match (caller, self.who.as_str()) {
            (Caller::BadToken, _) if self.takes_token => Some(StatusCode::UNAUTHORIZED),
            (Caller::Admin, "only self") => Some(not_theirs),
            (_, "any") | (Caller::Admin, _) => None,
            (Caller::Nobody, _) => Some(StatusCode::UNAUTHORIZED),
            (_, "user" | "producer") | (Caller::Owner, "self" | "only self" | "owner") => None,
            (_, "self" | "only self" | "owner") => Some(not_theirs),
            (Caller::Listener, "artist") | (_, "admin") => Some(StatusCode::FORBIDDEN),
            (_, "artist") => None,
            (_, who) => panic!("{self}: {who} is nobody"),
        }
    }
}

fn is_forbidden_to_people(answer: &Value) -> bool {
    let of_keys = "the API key lacks";
    answer["description"]
        .as_str()
        .is_some_and(|about| !about.starts_with(of_keys))
}

/// Real ids for paths.
pub(crate) struct Things {
    pub(crate) user: UserId,
    pub(crate) artist: Uuid,
    pub(crate) album: Uuid,
    pub(crate) track: Uuid,
    cover: String,
    /// Of an audio object.
    audio: String,
    job: Uuid,
    pub(crate) playlist: Uuid,
    /// In the playlist.
    pub(crate) item: Uuid,
    session: Uuid,
    export: Uuid,
    key: Uuid,
    /// A track that is taken down.
    pub(crate) banned: Uuid,
    report: Uuid,
    letter: Uuid,
    webhook: Uuid,
    delivery: Uuid,
}

impl Things {
    pub(crate) fn path(&self, operation: &Operation) -> String {
        let id = |part: &str| match part {
            "{user_id}" => self.user.to_string(),
            "{artist_id}" => self.artist.to_string(),
            "{album_id}" => self.album.to_string(),
            "{track_id}" | "{id}" => self.track.to_string(),
            "{playlist_id}" => self.playlist.to_string(),
            "{item_id}" => self.item.to_string(),
            "{s3_key}" if operation.path.contains("/covers/") => self.cover.clone(),
            "{s3_key}" => self.audio.clone(),
            "{job_id}" | "{event_id}" => self.job.to_string(),
            "{session_id}" => self.session.to_string(),
            "{key_id}" => self.key.to_string(),
            "{work_id}" => self.banned.to_string(),
            "{report_id}" => self.report.to_string(),
            "{letter_id}" => self.letter.to_string(),
            "{webhook_id}" => self.webhook.to_string(),
            "{delivery_id}" => self.delivery.to_string(),
            "{name}" if operation.path.starts_with("/problems/") => "not-found".to_owned(),
            "{name}" => "counters".to_owned(),
            "{type}" => "track".to_owned(),
            part if part.starts_with('{') => panic!("{operation}: a real id for {part} is missing here"),
            part => part.to_owned(),
        };
        if operation.path.ends_with("/export/{job_id}") {
            return format!("/api/v1/users/{}/export/{}", self.user, self.export);
        }
        operation.path.split('/').map(id).collect::<Vec<_>>().join("/")
    }
}

pub(crate) struct Cast {
    app: App,
    listener: Person,
    other: Person,
    owner: Person,
    artist: Person,
    admin: Person,
}

impl Cast {
    pub(crate) async fn new() -> Self {
        let app = App::start().await;
        let cast = Self {
            listener: app.listener("listener").await,
            other: app.artist_account("other").await,
            owner: app.artist_account("owner").await,
            artist: app.artist_account("artist").await,
            admin: app.admin("admin").await,
            app,
        };
        cast.things_of(&cast.other).await;
        let profile = json!({"name": "Profile", "user_id": cast.owner.id});
        cast.owner.http.post("/api/v1/artists/", &profile).await.is(201);
        cast
    }

    /// New ones, since an operation may delete them.
    async fn things_of(&self, person: &Person) -> Things {
        let artist = person.creates_artist("Kino").await;
        let album = person.creates_album(artist, "Noch").await;
        let track = person.creates_track(artist, "Igra").await;
        let job = new_id();
        let queued = "INSERT INTO jobs (id, kind, arguments, created_by, cancellable, status, created_at) \
                      VALUES ($1, 'of the matrix', '{}', $2, true, 'queued', now())";
        let queued = self.app.sql().execute(queued, &[&job, &person.id.0]).await;
        queued.expect("a job");
        let playlist = json!({"title": "Road", "visibility": "public"});
        let playlist = person.http.post("/api/v1/playlists/", &playlist).await.is(201).id();
        let tracks = json!({"track_ids": [track]});
        let path = format!("/api/v1/playlists/{playlist}/tracks");
        let added: GrownPlaylist = person.http.post(&path, &tracks).await.is(200).parse();
        let (key, session) = (new_id(), new_id());
        let made = "INSERT INTO api_keys (id, user_id, name, scopes, mac, created_at) \
                    VALUES ($1, $2, 'of the matrix', '{library}', '', now())";
        let made = self.app.sql().execute(made, &[&key, &person.id.0]).await;
        made.expect("an API key");
        let begun = "INSERT INTO sessions (id, user_id, created_at, generation, turned_at) \
                     VALUES ($1, $2, now(), 0, now())";
        let begun = self.app.sql().execute(begun, &[&session, &person.id.0]).await;
        begun.expect("a session");
        let (banned, report) = (person.creates_track(artist, "Banned").await.0, new_id());
        self.likes_and_reports(person, track.0, artist.0, [banned, report])
            .await;
        let (webhook, delivery) = self.webhook_of(person).await;
        let audio = media::audio_key(track.0, media::AudioFormat::Wav);
        let stored = "INSERT INTO objects (key, kind, owner_id, size_bytes, sha256, content_type, created_at, stored_at, \
                      unused_since) VALUES ($1, 'audio', $2, 1, '', 'audio/wav', now(), now(), now())";
        let stored = self.app.sql().execute(stored, &[&audio, &person.id.0]).await;
        stored.expect("an object");
        Things {
            user: person.id,
            session,
            export: job,
            key,
            banned,
            report,
            artist: artist.0,
            album: album.0,
            track: track.0,
            cover: media::cover_key(album.0),
            audio,
            job,
            playlist,
            item: added.item_ids[0].0,
            letter: self.letter().await,
            webhook,
            delivery,
        }
    }

    async fn likes_and_reports(&self, person: &Person, track: Uuid, artist: Uuid, [banned, report]: [Uuid; 2]) {
        for likes in [
            "INSERT INTO favourites VALUES ($1, 'track', $2, now())",
            "INSERT INTO following VALUES ($1, $2, now())",
        ] {
            let id = if likes.contains("track") { track } else { artist };
            self.app
                .sql()
                .execute(likes, &[&person.id.0, &id])
                .await
                .expect("one's own");
        }
        for made in [
            "INSERT INTO takedowns VALUES ($1, 'track', 'of the matrix', now(), $2)",
            "INSERT INTO reports (id, kind, work_id, reason, reported_by, created_at) \
             VALUES ($1, 'track', gen_random_uuid(), 'of the matrix', $2, now())",
        ] {
            let id = if made.contains("takedowns") { banned } else { report };
            let made = self.app.sql().execute(made, &[&id, &person.id.0]).await;
            made.expect("of the moderation");
        }
    }

    /// A webhook that is paused, with a delivery.
    async fn webhook_of(&self, person: &Person) -> (Uuid, Uuid) {
        let (webhook, delivery) = (new_id(), new_id());
        for made in [
            "INSERT INTO webhooks (id, user_id, url, types, nonce, old_nonces, old_until, is_paused, version, created_at, \
             updated_at) SELECT $1, $2, 'https://example.org/', '{jonquil.track.created.v1}', '', '{}', '{}', true, 1, now(), now()",
            "INSERT INTO webhook_deliveries (id, webhook_id, event_id, event_type, body) \
             SELECT $2, $1, $2, 'jonquil.track.created.v1', '{}'",
        ] {
            let second = if made.contains("deliveries") {
                delivery
            } else {
                person.id.0
            };
            let made = self.app.sql().execute(made, &[&webhook, &second]).await;
            made.expect("a webhook");
        }
        (webhook, delivery)
    }

    /// An event that a projector refused.
    async fn letter(&self) -> Uuid {
        let id = new_id();
        let letter = "INSERT INTO dead_letters (id, projector, topic, kafka_partition, kafka_offset, reason, error, \
                      payload, failed_at, letter_offset) \
                      VALUES ($1, 'of the matrix', 'none', 0, 0, 'malformed', '', 'x', now(), 0)";
        self.app.sql().execute(letter, &[&id]).await.expect("a letter");
        id
    }

    /// With sound and a picture, for what reads them.
    pub(crate) async fn whole_things(&self) -> Things {
        let things = self.things_of(&self.owner).await;
        let sound = Wav::named(1_000, 1, "Igra", "Kino").bytes();
        let form = Form::new().part("file", Part::bytes(sound).file_name("igra.wav"));
        let upload = self.owner.http.request(Method::POST, "/api/v1/upload/uploadfile/");
        let track = self.owner.http.send(upload.multipart(form)).await.is(201).id();
        let objects = Objects::new(&media(&self.app));
        let picture = bytes::Bytes::from_static(b"a picture");
        let stored = objects.put_bytes(&things.cover, picture.clone(), "image/jpeg").await;
        stored.expect("the object store");
        let export = new_id();
        let made = "INSERT INTO jobs (id, kind, arguments, created_by, cancellable, status, finished_at) \
                    VALUES ($1, 'export_person', '{}', $2, true, 'done', now())";
        let made = self.app.sql().execute(made, &[&export, &self.owner.id.0]).await;
        made.expect("an export");
        let stored = objects
            .put_bytes(&media::export_key(export), picture, "application/zip")
            .await;
        stored.expect("the object store");
        let audio = media::audio_key(track, media::AudioFormat::Wav);
        let likes = "INSERT INTO favourites VALUES ($1, 'track', $2, now())";
        let likes = self.app.sql().execute(likes, &[&self.owner.id.0, &track]).await;
        likes.expect("a favourite");
        Things {
            track,
            audio,
            export,
            ..things
        }
    }

    /// Somebody who may, whose own the things are where that matters.
    pub(crate) fn http_of(&self, operation: &Operation) -> Http {
        match operation.who.as_str() {
            "admin" => self.admin.http.clone(),
            _ => self.owner.http.clone(),
        }
    }

    fn http(&self, caller: Caller) -> Http {
        match caller {
            Caller::Nobody => self.app.http(),
            Caller::BadToken => self.app.http().with("x.y.z"),
            Caller::Listener => self.listener.http.clone(),
            Caller::Other => self.other.http.clone(),
            Caller::Owner => self.owner.http.clone(),
            Caller::Artist => self.artist.http.clone(),
            Caller::Admin => self.admin.http.clone(),
        }
    }

    /// A key of the owner, or of the admin for what only an admin's key may, with these scopes.
    async fn key(&self, scopes: &[&str]) -> Http {
        let admins = scopes.iter().any(|scope| scope.starts_with("admin"));
        let person = if admins { &self.admin } else { &self.owner };
        let fields = json!({"name": "home", "scopes": scopes});
        let made = person.http.post("/api/v1/auth/api-keys", &fields).await.is(201);
        self.app.http().with_key(&made.parse::<NewApiKey>().secret)
    }

    /// An account to be deleted, and its path: the owner is whoever leaves.
    async fn whoever_leaves(&self, caller: Caller) -> (Http, String) {
        let person = self.app.listener(&format!("leaves-{caller:?}").to_lowercase()).await;
        let path = format!("/api/v1/users/{}", person.id);
        match caller {
            Caller::Owner => (person.http, path),
            _ => (self.http(caller), path),
        }
    }

    /// Signs in anew: for what ends the caller's session.
    async fn http_of_its_own(&self, caller: Caller) -> Http {
        let name = format!("{caller:?}").to_lowercase();
        let account = json!({"username": name, "password": PASSWORD});
        let answer = self.app.http().post("/api/v1/auth/login-json", &account).await;
        match answer.json()["access_token"].as_str() {
            Some(token) => self.app.http().with(token),
            None => self.http(caller),
        }
    }
}

async fn call(http: &Http, operation: &Operation, path: &str) -> u16 {
    let request = http.request(operation.method.clone(), path).query(&operation.query);
    let request = match operation.body.as_deref() {
        None => request,
        Some("application/json") => request.json(&json!({})),
        // What is wrong with it is answered after who may.
        Some(content_type) => request.header("content-type", content_type).body("x"),
    };
    if path.ends_with("/realtime/stream") {
        // It has no end.
        return request.send().await.expect("an answer").status().as_u16();
    }
    http.send(request).await.status
}

#[tokio::test]
async fn every_operation_is_for_whom_the_document_says() {
    let document = serde_json::to_value(jonquil::openapi()).unwrap();
    let cast = Cast::new().await;
    let whole = cast.whole_things().await;
    let mut wrong = Vec::new();
    for operation in operations(&document) {
        for caller in CALLERS {
            let things = match operation.method {
                Method::DELETE => &cast.things_of(&cast.owner).await,
                _ => &whole,
            };
            let (http, path) = match (&operation.method, operation.path.as_str()) {
                (_, "/api/v1/auth/logout") => (cast.http_of_its_own(caller).await, things.path(&operation)),
                (&Method::DELETE, "/api/v1/users/{user_id}") => cast.whoever_leaves(caller).await,
                _ => (cast.http(caller), things.path(&operation)),
            };
            let status = call(&http, &operation, &path).await;
            let right = match operation.refusal(caller) {
                Some(refusal) => status == refusal.as_u16(),
                None => ![401, 403, 404, 405].contains(&status) && status < 500,
            };
            if !right {
                wrong.push(format!("{operation} as {caller:?}: {status}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

const OWNERS_SCOPES: [&str; 5] = [
    "library",
    "playlists",
    "events:write",
    "catalogue:read",
    "catalogue:write",
];
const ADMINS_SCOPES: [&str; 2] = ["admin:read", "admin"];

#[tokio::test]
async fn a_key_may_what_the_document_says_of_its_scopes_and_nothing_else() {
    let document = serde_json::to_value(jonquil::openapi()).unwrap();
    let cast = Cast::new().await;
    let things = cast.whole_things().await;
    let (mut only, mut but) = (HashMap::new(), HashMap::new());
    for scope in OWNERS_SCOPES.into_iter().chain(ADMINS_SCOPES) {
        only.insert(scope, cast.key(&[scope]).await);
        // Of an admin's two scopes the larger one has the other.
        let others = OWNERS_SCOPES.into_iter().filter(|other| *other != scope);
        but.insert(scope, cast.key(&others.collect::<Vec<_>>()).await);
    }
    let every = cast.key(&OWNERS_SCOPES).await;
    let mut wrong = Vec::new();
    for operation in operations(&document).iter().filter(|operation| operation.takes_token) {
        let path = things.path(operation);
        let (refused, allowed) = match operation.scopes.as_deref() {
            None => (Some(&every), None),
            Some([]) => (None, Some(&only["library"])),
            Some([scope]) => (Some(&but[scope.as_str()]), Some(&only[scope.as_str()])),
            Some(_) => panic!("{operation} needs several scopes"),
        };
        // What everybody may, a key may without its scope.
        if let Some(key) = refused.filter(|_| !operation.needs_no_token) {
            let status = call(key, operation, &path).await;
            if status != 403 {
                wrong.push(format!("{operation} without the scope: {status}"));
            }
        }
        // What a deletion takes away others still need.
        if let Some(key) = allowed.filter(|_| operation.method != Method::DELETE) {
            let status = call(key, operation, &path).await;
            if [401, 403].contains(&status) || status >= 500 {
                wrong.push(format!("{operation} with the scope: {status}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_needs_a_token_says_so() {
    let document = serde_json::to_value(jonquil::openapi()).unwrap();
    for operation in operations(&document) {
        // A signed address stands for a token on this path only.
        let is_stream = operation.path.ends_with("/tracks/{track_id}/stream");
        assert_eq!(
            operation.needs_no_token,
            operation.who == "any" || is_stream,
            "{operation}"
        );
        assert!(operation.takes_token || operation.who == "any", "{operation}");
    }
}
