//! Events that a projector refused: an operator sees them, removes the cause, and hands them back.

use bus::Message;
use events::{Kind, Topic, TrackId};
use http_kit::{Page, Problem};
use read_api::{ListeningStats, NamedTrack};
use representations::{DeadLetter, DeadLetterBytes};
use serde_json::{Value, json};
use tests::{App, Http, Person, eventually, new_id};

const LETTERS: &str = "/api/v1/admin/dead-letters";

async fn one_track(app: &App) -> (Person, TrackId) {
    let label = app.artist_account("label").await;
    let kino = label.creates_artist("Kino").await;
    let track = label.creates_track(kino, "Igra").await;
    (label, track)
}

/// Waits until so many are listed.
async fn letters(admin: &Http, filter: &str, count: usize) -> Vec<DeadLetter> {
    eventually("the dead letters are listed", async || {
        let page: Page<DeadLetter> = admin.read_as(&format!("{LETTERS}?limit=100{filter}")).await;
        (page.items.len() == count).then_some(page.items)
    })
    .await
}

async fn plays(app: &App, track: TrackId) -> (u64, u64) {
    let path = format!("/api/v1/analytics/clickhouse/track/{track}/stats");
    let stats: ListeningStats<NamedTrack> = app.http().read_as(&path).await;
    let counted = app.counters().plays(Kind::Track, &[track.0]).await.unwrap()[0];
    (stats.stats.plays, counted)
}

/// Three listens that the engine of the analytics refuses, because of a bug.
async fn three_are_refused(app: &App, label: &Person, track: TrackId, admin: &Http) -> Vec<DeadLetter> {
    label.hears(track).await;
    app.settle().await;
    let bug = "ALTER TABLE listens ADD CONSTRAINT no_listen CHECK ms_played < 0";
    assert_eq!(app.analytics_sql(bug).await, "");
    for _ in 0..3 {
        label.hears(track).await;
    }
    app.settle().await;
    let lacking = plays(app, track).await;
    assert_eq!(lacking, (1, 4), "the analytics lack them, the counters do not");
    let refused = letters(admin, "", 3).await;
    for letter in &refused {
        let said = (
            letter.projector.as_str(),
            letter.reason.as_str(),
            letter.r#type.as_deref(),
        );
        assert_eq!(said, ("analytics", "refused", Some("jonquil.listened.v1")));
    }
    refused
}

#[tokio::test]
async fn a_replay_heals_what_an_engine_refused_without_a_rebuild() {
    let app = App::start().await;
    let (label, track) = one_track(&app).await;
    let admin = app.admin("admin").await.http;
    let refused = three_are_refused(&app, &label, track, &admin).await;
    let one = format!("{LETTERS}/{}", refused[0].id);
    let shown: DeadLetterBytes = admin.read_as(&one).await;
    assert_eq!(shown.event.unwrap()["data"]["track_id"], json!(track));
    let known = (shown.malformed, shown.letter.topic.as_str());
    assert_eq!(known, (None, "jonquil.listens.v1"));
    assert!(shown.letter.error.contains("no_listen"), "{}", shown.letter.error);

    // Too early: it is refused again, as the same letter.
    let replay = format!("{one}/replay");
    let handed = admin.post(&replay, &Value::Null).await.is(202);
    handed.shows(json!({"replayed": 1}));
    eventually("it was refused again", async || {
        let again: DeadLetterBytes = admin.read_as(&one).await;
        (again.letter.times == 2 && again.letter.replayed_at.is_none()).then_some(())
    })
    .await;
    letters(&admin, "", 3).await;

    // The bug is mended.
    let mended = "ALTER TABLE listens DROP CONSTRAINT no_listen";
    assert_eq!(app.analytics_sql(mended).await, "");
    let chosen = json!({"projector": "analytics", "type": "jonquil.listened.v1"});
    letters(&admin, "&type=jonquil.listened.v1", 3).await;
    letters(&admin, "&type=jonquil.searched.v1", 0).await;
    let replayed = admin.post(&format!("{LETTERS}/replay"), &chosen).await.is(202);
    replayed.shows(json!({"replayed": 3, "more": false}));
    app.settle().await;
    assert_eq!(plays(&app, track).await, (4, 4));
    letters(&admin, "&state=replayed", 3).await;
    // Handed back once more, nothing counts twice, and nothing came into the topic of listens.
    admin.post(&replay, &Value::Null).await.is(202);
    app.settle().await;
    assert_eq!(plays(&app, track).await, (4, 4));
    assert_eq!(app.events_on(Topic::Listens).await, 4);
    let open = admin
        .post(&format!("{LETTERS}/replay"), &json!({"all": true}))
        .await
        .is(202);
    open.shows(json!({"replayed": 0}));
    what_a_filter_chooses_is_forgotten(&admin).await;
}

/// Three letters of listens, which the analytics refused.
async fn what_a_filter_chooses_is_forgotten(admin: &Http) {
    let whole = json!({"projector": "analytics", "topic": "jonquil.listens.v1", "type": "jonquil.listened.v1",
        "reason": "refused"});
    for (name, other) in [
        ("projector", "search"),
        ("topic", "jonquil.tracks.v1"),
        ("type", "jonquil.searched.v1"),
        ("reason", "malformed"),
    ] {
        let mut choice = whole.clone();
        choice[name] = json!(other);
        let purged = admin.post(&format!("{LETTERS}/purge"), &choice).await.is(200);
        purged.shows(json!({"purged": 0, "more": false}));
    }
    let purged = admin.post(&format!("{LETTERS}/purge"), &whole).await.is(200);
    purged.shows(json!({"purged": 3, "more": false}));
    letters(admin, "", 0).await;
}

#[tokio::test]
async fn a_replay_is_for_the_one_projector_that_refused_and_under_its_versions() {
    let app = App::start().await;
    let (label, track) = one_track(&app).await;
    app.settle().await;
    let admin = app.admin("admin").await.http;
    let first = app.records(Topic::Tracks).await.remove(0);
    label.retitles(track, "Noch").await;
    app.settle().await;
    // An old state of the track that a read model had refused.
    let place = [("topic", "jonquil.tracks.v1"), ("partition", "0"), ("offset", "0")];
    let message = |projector: &'static str| Message {
        topic: Topic::Replays,
        key: Some(projector.as_bytes()),
        payload: Some(&first.payload),
        headers: [("projector", projector)]
            .iter()
            .chain(&place)
            .map(|(name, value)| (*name, value.as_bytes().into()))
            .collect(),
    };
    app.publishes_messages(vec![message("search"), message("nobody")]).await;
    app.settle().await;
    assert_eq!(app.search("noch").await.tracks, [track], "a newer version stays");
    assert!(app.search("igra").await.tracks.is_empty());
    let none = admin.get(LETTERS).await.is(200);
    none.shows(json!({"items": [], "total": 0}));
}

#[tokio::test]
async fn bytes_that_are_no_event_are_shown_chosen_and_forgotten() {
    let app = App::start().await;
    let (_, track) = one_track(&app).await;
    let admin = app.admin("admin").await.http;
    let key = track.to_string();
    let garbage = Message {
        topic: Topic::Tracks,
        key: Some(key.as_bytes()),
        payload: Some(b"no \0 event"),
        headers: Vec::new(),
    };
    app.publishes_messages(vec![garbage]).await;
    app.settle().await;
    // Three read models read the topic.
    let refused = letters(&admin, "", 3).await;
    let of_search = letters(&admin, "&projector=search&reason=malformed&topic=jonquil.tracks.v1", 1).await;
    let shown: DeadLetterBytes = admin.read_as(&format!("{LETTERS}/{}", of_search[0].id)).await;
    assert_eq!((shown.event, shown.letter.r#type), (None, None));
    assert_eq!(
        (shown.letter.key, shown.base64.as_deref()),
        (Some(key.clone()), Some("bm8gACBldmVudA=="))
    );
    assert!(shown.malformed.is_some());

    let of_one = json!({"ids": [of_search[0].id]});
    let purged = admin.post(&format!("{LETTERS}/purge"), &of_one).await.is(200);
    purged.shows(json!({"purged": 1}));
    admin.get(&format!("{LETTERS}/{}", of_search[0].id)).await.is(404);
    let list = app.runs(&["dead-letters", "list"]);
    assert!(list.ends_with("2 in all\n") && !list.contains(" search "), "{list}");
    let other = refused.iter().find(|letter| letter.projector == "counters").unwrap();
    let other = other.id.to_string();
    assert!(app.runs(&["dead-letters", "show", &other]).contains("bm8gACBldmVudA=="));
    assert_eq!(app.runs(&["dead-letters", "replay", "--id", &other]), "1 handed back\n");
    eventually("it is refused again", async || {
        let again: DeadLetterBytes = admin.read_as(&format!("{LETTERS}/{other}")).await;
        (again.letter.times == 2).then_some(())
    })
    .await;
    assert_eq!(app.runs(&["dead-letters", "purge", "--all"]), "2 forgotten\n");
}

#[tokio::test]
async fn a_choice_of_dead_letters_names_something() {
    let app = App::without_read_models().await;
    let admin = app.admin("admin").await.http;
    for (body, field) in [
        (json!({}), "all"),
        (json!({"all": true, "projector": "search"}), "all"),
        (json!({"projector": "nobody"}), "projector"),
        (json!({"topics": "x"}), "topics"),
        (json!({"ids": []}), "ids"),
    ] {
        for action in ["replay", "purge"] {
            let answer = admin.post(&format!("{LETTERS}/{action}"), &body).await.is(422);
            assert_eq!(answer.faults(), [field], "{action} {body}");
        }
    }
    admin
        .post(&format!("{LETTERS}/{}/replay", new_id()), &Value::Null)
        .await
        .is(404);
    assert_eq!(
        admin.get(&format!("{LETTERS}?projector=nobody")).await.is(422).faults(),
        ["projector"]
    );
    // A tombstone has nothing to hand back.
    let empty = new_id();
    let letter = "INSERT INTO dead_letters (id, projector, topic, kafka_partition, kafka_offset, reason, error, \
                  failed_at, letter_offset) VALUES ($1, 'search', 'none', 0, 0, 'malformed', '', now(), 0)";
    app.sql().execute(letter, &[&empty]).await.unwrap();
    let refused = admin
        .post(&format!("{LETTERS}/{empty}/replay"), &Value::Null)
        .await
        .is(409);
    assert_eq!(refused.parse::<Problem>().r#type, "/problems/nothing-to-replay");
}
