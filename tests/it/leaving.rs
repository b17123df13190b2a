//! A person leaves: nothing that names the person stands beside what was heard, in any store.

use std::{
    collections::BTreeSet,
    io::{Cursor, Read as _},
    time::{Duration, Instant},
};

use domain::JobStatus;
use http_kit::Problem;
use representations::Job;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{App, PASSWORD, Person, Piece, Wav, eventually, new_id, now};
use write_api::NewApiKey;

use crate::{
    mail::Mailbox,
    s3_objects::{AUDIO, sends},
    second_factors::{TOTP, code},
    webhook_receiver::{Receiver, TRACK_CREATED},
};

/// Words that stand nowhere by chance.
const NAME: &str = "zq-wanderer";
const SHOWN: &str = "zq shown name";
const EMAIL: &str = "zq-wanderer@example.org";

fn of(person: &Person, rest: &str) -> String {
    format!("/api/v1/users/{}/{rest}", person.id)
}

async fn pseudonym(app: &App, person: &Person) -> String {
    let query = "SELECT listener_id::text FROM users WHERE id = $1";
    app.sql().query_one(query, &[&person.id.0]).await.unwrap().get(0)
}

/// Somebody who has done everything that leaves a trace.
async fn wanderer(app: &App) -> Person {
    let label = app.artist_account("label").await;
    let kino = label.creates_artist("Kino").await;
    let album = label.creates_album(kino, "Noch").await;
    let track = label.creates_track(kino, "Igra").await;
    let ada = app.artist_account(NAME).await;
    ada.http
        .put(&format!("/api/v1/users/{}", ada.id), &json!({ "display_name": SHOWN }))
        .await
        .is(200);
    let profile = json!({"name": "Own", "user_id": ada.id});
    let own = ada.http.post("/api/v1/artists/", &profile).await.is(201).id();
    ada.creates_track(events::ArtistId(own), "Own track").await;
    for _ in 0..3 {
        ada.hears(track).await;
    }
    let event = ada.hears(track).await;
    let search = json!({"query": "zq igra", "results_count": 1});
    ada.http.post("/api/v1/analytics/events/search", &search).await.is(202);
    for rest in [
        format!("favourites/track/{track}"),
        format!("favourites/album/{album}"),
        format!("following/{kino}"),
        "queue".to_owned(),
        "preferences".to_owned(),
    ] {
        let body = if rest == "queue" {
            json!({"track_ids": [track]})
        } else {
            json!({})
        };
        ada.http.put(&of(&ada, &rest), &body).await.is(200);
    }
    ada.http
        .delete(&of(&ada, &format!("favourites/album/{album}")))
        .await
        .is(204);
    ada.http
        .delete(&of(&ada, &format!("listening-history/{event}")))
        .await
        .is(204);
    let playlist = json!({"title": "Own list", "visibility": "public", "track_ids": [track]});
    ada.http.post("/api/v1/playlists/", &playlist).await.is(201);
    let key = json!({"name": "of zq-wanderer", "scopes": ["library", "events:write"]});
    let key: NewApiKey = ada.http.post("/api/v1/auth/api-keys", &key).await.is(201).parse();
    let by_key = app
        .http()
        .request(Method::POST, &format!("/api/v1/tracks/{track}/listen"));
    app.http()
        .send(by_key.header("X-Api-Key", key.secret).json(&json!({})))
        .await
        .is(202);
    for name in [NAME, EMAIL] {
        let wrong = json!({"username": name, "password": "wrong"});
        app.http().post("/api/v1/auth/login-json", &wrong).await.is(401);
    }
    ada
}

/// What stands around an account: a second factor, a webhook and its delivery, a report, an object, a kept answer and a
/// mailed link.
async fn ties(app: &App, ada: &Person, hooks: &Receiver, mailbox: &Mailbox) {
    let post = async |path: &str, body: Value| ada.http.post(path, &body).await;
    post(TOTP, json!({})).await.is(200);
    let shown = json!({"password": PASSWORD, "code": code(app, ada, now()).await});
    post(&format!("{TOTP}/confirm"), shown).await.is(200);
    let hook = json!({"url": hooks.url(), "types": [TRACK_CREATED], "description": format!("of {NAME}")});
    post("/api/v1/webhooks/", hook).await.is(201);
    let others = "SELECT id FROM tracks WHERE title = 'Igra'";
    let others: uuid::Uuid = app.sql().query_one(others, &[]).await.unwrap().get(0);
    let report = json!({"type": "track", "id": others, "reason": "It is mine."});
    post("/api/v1/reports", report).await.is(201);
    sends(ada, AUDIO, Wav::new(1_000, 1).bytes()).await.is(201);
    let artist = ada.http.request(Method::POST, "/api/v1/artists/");
    let artist = artist.header("Idempotency-Key", format!("key of {NAME}"));
    let artist = ada
        .http
        .send(artist.json(&json!({"name": "Another"})))
        .await
        .is(201)
        .id();
    ada.creates_track(events::ArtistId(artist), "Another track").await;
    hooks.takes(1).await;
    eventually("a link was mailed when the account was made", async || {
        let mails = mailbox.mails();
        mails.iter().any(|mail| mail.contains(EMAIL)).then_some(())
    })
    .await;
    for table in [
        "second_factors",
        "webhooks",
        "webhook_deliveries",
        "reports",
        "objects",
        "one_time_links",
        "idempotency_keys",
    ] {
        assert!(
            app.number(&format!("SELECT count(*) FROM {table}")).await > 0,
            "{table}"
        );
    }
}

fn beside<'a>(all: &'a [Piece], one: &str, others: &[&str]) -> Vec<&'a Piece> {
    let holds_both = |piece: &&Piece| piece.holds(one) && others.iter().any(|other| piece.holds(other));
    all.iter().filter(holds_both).collect()
}

#[tokio::test]
async fn nothing_that_names_a_person_stands_beside_a_listen() {
    let (hooks, mailbox) = (Receiver::start().await, Mailbox::default());
    let builder = App::builder()
        .setting("JONQUIL_WEBHOOK_ALLOWED_HOSTS", &hooks.address.to_string())
        .setting("JONQUIL_SMTP_URL", &mailbox.listen().await)
        .setting("JONQUIL_SMTP_FROM", "Jonquil <music@example.org>")
        .setting("JONQUIL_PUBLIC_URL", "https://music.example/");
    let app = builder.start().await;
    let ada = wanderer(&app).await;
    ties(&app, &ada, &hooks, &mailbox).await;
    let (id, listener) = (ada.id.to_string(), pseudonym(&app, &ada).await);
    exported(&ada).await;
    app.settle().await;
    let names = [id.as_str(), NAME, SHOWN, EMAIL];

    one_row_links_the_two(&app, &listener, &names).await;
    assert!(app.object_keys().await.iter().any(|key| key.starts_with("exports/")));

    let left_at = Instant::now();
    ada.http.delete(&format!("/api/v1/users/{}", ada.id)).await.is(204);
    app.settle().await;
    eventually("the export is removed", async || {
        let keys = app.object_keys().await;
        (!keys.iter().any(|key| key.starts_with("exports/"))).then_some(())
    })
    .await;
    let took = left_at.elapsed();
    assert!(took < Duration::from_secs(10), "{took:?}");
    let after = app.everything().await;
    let linked = beside(&after, &listener, &names);
    assert!(linked.is_empty(), "{linked:#?}");
    // The names themselves are nowhere any more.
    for name in [NAME, SHOWN, EMAIL] {
        let left: Vec<&Piece> = after.iter().filter(|piece| piece.holds(name)).collect();
        assert!(left.is_empty(), "{name}: {left:#?}");
    }
    // The pseudonym has left the database; listens stay, and are nobody's.
    let left = after.iter().filter(|piece| piece.holds(&listener));
    let left: Vec<&str> = left.map(|piece| piece.place.as_str()).collect();
    let is_outbox = |place: &&str| **place == *"postgres outbox";
    assert!(
        left.iter()
            .all(|place| !place.starts_with("postgres") || is_outbox(place)),
        "{left:?}"
    );
    assert!(left.iter().any(|place| place.starts_with("clickhouse")));
    // Of the account, only events that say nothing but that there was one, and the deletion.
    let of_account = after.iter().filter(|piece| piece.holds(&id));
    for place in of_account.map(|piece| piece.place.as_str()) {
        let known = [
            "kafka jonquil.users.v1",
            "kafka jonquil.artists.v1",
            "kafka jonquil.playlists.v1",
            "postgres outbox",
        ];
        assert!(known.contains(&place), "{place}");
    }
}

/// While the account is there: so the search finds what it looks for.
async fn one_row_links_the_two(app: &App, listener: &str, names: &[&str]) {
    let before = app.everything().await;
    let linked: Vec<&str> = beside(&before, listener, names)
        .iter()
        .map(|piece| piece.place.as_str())
        .collect();
    assert_eq!(linked, ["postgres users"]);
    for place in [
        "kafka jonquil.listens.v1",
        "kafka jonquil.favourites.v1",
        "clickhouse ",
        "redis ",
    ] {
        let there = |piece: &&Piece| piece.place.starts_with(place) && piece.holds(listener);
        assert!(before.iter().any(|piece| there(&piece)), "{place} holds what was heard");
    }
}

/// The export's files, by name.
async fn exported(person: &Person) -> Vec<(String, Vec<Value>)> {
    let job = person.http.post(&of(person, "export"), &json!({})).await.is(202);
    let path = format!("/api/v1/jobs/{}", job.id());
    let done = eventually("the export is made", async || {
        let job: Job = person.http.read_as(&path).await;
        (job.status == JobStatus::Done).then_some(job)
    })
    .await;
    let result = done.result.expect("a result");
    let answer = person
        .http
        .get(result["url"].as_str().expect("an address"))
        .await
        .is(200);
    assert_eq!(answer.header("content-type"), "application/zip");
    assert_eq!(answer.bytes.len() as u64, result["size_bytes"].as_u64().unwrap());
    let mut archive = zip::ZipArchive::new(Cursor::new(answer.bytes)).unwrap();
    let mut files = Vec::new();
    for at in 0..archive.len() {
        let mut file = archive.by_index(at).unwrap();
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        let lines = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        files.push((file.name().to_owned(), lines));
    }
    files
}

#[tokio::test]
async fn an_export_holds_everything_about_oneself_and_no_pseudonym() {
    let app = App::builder()
        .without(tests::Role::Search)
        .without(tests::Role::Counters)
        .start()
        .await;
    let ada = wanderer(&app).await;
    let hook = json!({"url": "https://example.org/hook", "types": ["jonquil.playlist.deleted.v1"],
        "description": "of zq-wanderer"});
    ada.http.post("/api/v1/webhooks/", &hook).await.is(201);
    let track = "SELECT id FROM tracks WHERE title = 'Igra'";
    let track: uuid::Uuid = app.sql().query_one(track, &[]).await.unwrap().get(0);
    let report = json!({"type": "track", "id": track, "reason": "Not theirs."});
    ada.http.post("/api/v1/reports", &report).await.is(201);
    app.settle_without(&["search", "counters"]).await;
    let listener = pseudonym(&app, &ada).await;
    let files = exported(&ada).await;
    let file = |name: &str| {
        let found = files.iter().find(|(file, _)| file == name);
        &found.unwrap_or_else(|| panic!("{name} is not there")).1
    };
    tests::shows(
        &file("account.jsonl")[0],
        json!({"username": NAME, "email": EMAIL, "display_name": SHOWN}),
    );
    assert_eq!(file("favourites.jsonl").len(), 1);
    assert_eq!(file("following.jsonl").len(), 1);
    assert_eq!(file("playlists.jsonl").len(), 1);
    assert_eq!(file("playlist_items.jsonl").len(), 1);
    assert_eq!(file("queue.jsonl")[0]["track_ids"].as_array().unwrap().len(), 1);
    assert_eq!(file("preferences.jsonl").len(), 1);
    assert_eq!(file("api_keys.jsonl")[0]["name"], "of zq-wanderer");
    assert_eq!(file("sessions.jsonl").len(), 1);
    assert_eq!(file("addresses.jsonl")[0]["address"], "127.0.0.1");
    tests::shows(
        &file("reports.jsonl")[0],
        json!({"kind": "track", "reason": "Not theirs."}),
    );
    tests::shows(
        &file("webhooks.jsonl")[0],
        json!({"url": "https://example.org/hook", "description": "of zq-wanderer"}),
    );
    assert_eq!(file("artists.jsonl")[0]["name"], "Own");
    // A listen that is hidden is one's own all the same.
    assert_eq!(file("hidden_listens.jsonl").len(), 1);
    assert_eq!(file("searches.jsonl")[0]["query"], "zq igra");
    let listens = file("listens-1.jsonl");
    assert_eq!(listens.len(), 5);
    assert!(
        listens
            .iter()
            .all(|listen| listen["event_id"].is_string() && listen["track_id"].is_string())
    );
    let all = format!("{files:?}");
    assert!(!all.contains(&listener) && !all.contains("password"), "{all}");
}

/// Rows of a person, more than one page of each kind; those of kinds that have an id.
const MANY: [(&str, &str); 7] = [
    (
        "favourites.jsonl",
        "INSERT INTO favourites (user_id, kind, id, added_at) \
         SELECT $1, 'track', gen_random_uuid(), now() FROM generate_series(1, 2001)",
    ),
    (
        "artists.jsonl",
        "INSERT INTO artists (id, name, name_key, genres, external_ids, created_by, version, created_at, updated_at) \
         SELECT gen_random_uuid(), 'A', 'a', '{}', '{}', $1, 1, now(), now() FROM generate_series(1, 2001)",
    ),
    (
        "following.jsonl",
        "INSERT INTO following (user_id, artist_id, followed_at) SELECT $1, id, now() FROM artists",
    ),
    (
        "playlists.jsonl",
        "INSERT INTO playlists (id, owner_id, title, visibility, tracks_count, duration_ms, version, created_at, updated_at) \
         SELECT gen_random_uuid(), $1, 'P', 'private', 1, 0, 1, now(), now() FROM generate_series(1, 2001)",
    ),
    (
        "playlist_items.jsonl",
        "INSERT INTO playlist_items (id, playlist_id, rank, track_id, title, added_at) \
         SELECT gen_random_uuid(), id, 1, gen_random_uuid(), 'T', now() FROM playlists WHERE owner_id = $1",
    ),
    (
        "hidden_listens.jsonl",
        "INSERT INTO hidden_listens (user_id, event_id) SELECT $1, gen_random_uuid() FROM generate_series(1, 2001)",
    ),
    (
        "reports.jsonl",
        "INSERT INTO reports (id, kind, work_id, reason, reported_by, created_at) \
         SELECT gen_random_uuid(), 'track', gen_random_uuid(), 'R', $1, now() FROM generate_series(1, 2001)",
    ),
];

#[tokio::test]
async fn an_export_has_everything_where_there_is_more_than_a_page_of_it() {
    let app = App::builder()
        .without(tests::Role::Search)
        .without(tests::Role::Counters)
        .start()
        .await;
    let (label, ada) = (app.artist_account("label").await, app.listener("ada").await);
    let track = label.creates_track(label.creates_artist("Kino").await, "Igra").await;
    // A page of listens is 4,000, and one of searches 100.
    let listen = json!({"track_id": track, "ms_played": 180_000});
    for _ in 0..5 {
        ada.posts(&vec![listen.clone(); 1_000]).await.is(202);
    }
    for number in 0..101 {
        let search = json!({"query": format!("q{number}"), "results_count": 0});
        ada.http.post("/api/v1/analytics/events/search", &search).await.is(202);
    }
    for (name, insert) in MANY {
        app.sql().execute(insert, &[&ada.id.0]).await.expect(name);
    }
    app.settle_without(&["search", "counters"]).await;
    let files = exported(&ada).await;
    // Rows that differ: none is there twice.
    let rows = |name: &str| {
        let rows = &files.iter().find(|(file, _)| file == name).expect(name).1;
        let different: BTreeSet<String> = rows.iter().map(Value::to_string).collect();
        assert_eq!(different.len(), rows.len(), "{name}");
        rows.len()
    };
    for (name, _) in MANY {
        // The label's artist is followed too.
        let more = usize::from(name == "following.jsonl");
        assert_eq!(rows(name), 2_001 + more, "{name}");
    }
    assert_eq!((rows("listens-1.jsonl"), rows("searches.jsonl")), (5_000, 101));
}

#[tokio::test]
async fn an_export_is_for_its_owner_and_for_a_day() {
    let app = App::builder()
        .without(tests::Role::Search)
        .without(tests::Role::Counters)
        .start()
        .await;
    let (ada, bob, root) = (
        app.listener("ada").await,
        app.listener("bob").await,
        app.admin("root").await,
    );
    let job = ada.http.post(&of(&ada, "export"), &json!({})).await.is(202);
    let id = job.id();
    for person in [&bob, &root] {
        let refused: Problem = person.http.post(&of(&ada, "export"), &json!({})).await.is(403).parse();
        assert!(refused.detail.contains("nobody else"), "{refused:?}");
        person.http.get(&of(&ada, &format!("export/{id}"))).await.is(403);
        // Somebody else's job under one's own account.
        person.http.get(&of(person, &format!("export/{id}"))).await.is(404);
    }
    app.http().get(&of(&ada, &format!("export/{id}"))).await.is(401);
    ada.http.get(&of(&ada, &format!("export/{}", new_id()))).await.is(404);
    eventually("it can be downloaded", async || {
        let answer = ada.http.get(&of(&ada, &format!("export/{id}"))).await;
        (answer.status == 200).then_some(())
    })
    .await;
    app.sql()
        .execute("UPDATE jobs SET finished_at = now() - interval '24 hours'", &[])
        .await
        .unwrap();
    ada.http.get(&of(&ada, &format!("export/{id}"))).await.is(404);
}
