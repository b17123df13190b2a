//! Private sessions are not recorded, and a hidden listen is not shown.

use std::time::Duration;

use events::{Event, Topic};
use http_kit::History;
use read_api::{Listen, ListeningStats, NamedTrack, UserAnalytics, UserStats};
use representations::Preferences;
use reqwest::Method;
use serde_json::json;
use tests::{App, Person, Record, eventually, eventually_within, new_id, now};
use write_api::BatchOutcome;

fn of(person: &Person, rest: &str) -> String {
    format!("/api/v1/users/{}/{rest}", person.id)
}

async fn is_private_for(person: &Person, seconds: i64) {
    let until = now().plus(chrono::TimeDelta::seconds(seconds));
    let preferences = json!({ "private_session_until": until });
    person.http.put(&of(person, "preferences"), &preferences).await.is(200);
}

async fn history(person: &Person, query: &str) -> History<Listen> {
    person
        .http
        .read_as(&of(person, &format!("listening-history{query}")))
        .await
}

#[tokio::test]
async fn a_private_session_is_accepted_and_not_recorded() {
    let app = App::builder().apis(2).without(tests::Role::Search).start().await;
    let (label, ada, root) = (
        app.artist_account("label").await,
        app.listener("ada").await,
        app.admin("root").await,
    );
    let track = label.creates_track(label.creates_artist("Kino").await, "Igra").await;
    let there = ada.at(&app.api(1));
    there.hears(track).await;
    is_private_for(&ada, 3_600).await;
    ada.hears(track).await;
    let event = json!({"track_id": track, "ms_played": 180_000});
    let outcome: BatchOutcome = ada.posts(&[event.clone(), event.clone()]).await.is(202).parse();
    assert_eq!((outcome.accepted, outcome.private, outcome.rejected.len()), (0, 2, 0));
    assert!(outcome.events.iter().all(Option::is_some));
    // Also when an admin posts for her, and in another process within 5 s.
    let for_ada = json!({"track_id": track, "ms_played": 180_000, "user_id": ada.id});
    let outcome: BatchOutcome = root.posts(&[for_ada, event.clone()]).await.is(202).parse();
    assert_eq!((outcome.accepted, outcome.private), (1, 1));
    eventually_within(Duration::from_millis(5_500), "the other process knows", async || {
        let outcome: BatchOutcome = there.posts(std::slice::from_ref(&event)).await.is(202).parse();
        (outcome.private == 1).then_some(())
    })
    .await;
    let before = app.events_on(Topic::Listens).await;
    there.hears(track).await;
    assert_eq!(app.events_on(Topic::Listens).await, before);

    searches(&ada, "kept apart").await;

    ada.http
        .put(&of(&ada, "preferences"), &json!({"private_session_until": null}))
        .await
        .is(200);
    ada.hears(track).await;
    assert_eq!(app.events_on(Topic::Listens).await, before + 1);
    // Recorded in the order of their coming: were the others recorded, they would be there before these.
    searches(&ada, "not apart").await;
    eventually("both searches are recorded", async || {
        (app.events_on(Topic::Searches).await >= 2).then_some(())
    })
    .await;
    let recorded = app.records(Topic::Searches).await;
    let queries: Vec<String> = recorded.iter().filter_map(query_of).collect();
    assert_eq!(queries, ["not apart", "not apart"]);
}

/// Once as a search is recorded by itself, and once as a client reports it.
async fn searches(person: &Person, words: &str) {
    let search = person.http.request(Method::GET, "/api/v1/artists/search/");
    person.http.send(search.query(&[("q", words)])).await.is(200);
    let report = json!({"query": words, "results_count": 0});
    person
        .http
        .post("/api/v1/analytics/events/search", &report)
        .await
        .is(202);
}

fn query_of(record: &Record) -> Option<String> {
    match record.event().1 {
        Event::Searched(search) => Some(search.query),
        _ => None,
    }
}

#[tokio::test]
async fn preferences_are_kept_and_checked() {
    let app = App::without_read_models().await;
    let (ada, bob) = (app.listener("ada").await, app.listener("bob").await);
    let path = of(&ada, "preferences");
    let none = ada.http.get(&path).await.is(200);
    none.shows(json!({"private_session_until": null, "similar_users": false, "hidden_track_ids": [], "version": 0}));
    let (track, artist) = (new_id(), new_id());
    let changes = json!({"similar_users": true, "hidden_track_ids": [track]});
    assert_eq!(ada.http.put(&path, &changes).await.is(200).header("etag"), "\"1\"");
    ada.http
        .put(&path, &json!({"hidden_artist_ids": [artist]}))
        .await
        .is(200);
    ada.http.get(&path).await.is(200).shows(json!({
        "similar_users": true, "hidden_track_ids": [track], "hidden_artist_ids": [artist], "version": 2,
    }));
    let stale = ada.http.request(Method::PUT, &path).header("If-Match", "\"1\"");
    ada.http
        .send(stale.json(&json!({"similar_users": false})))
        .await
        .is(412);
    for (body, field) in [
        (
            json!({"private_session_until": "2020-01-01T00:00:00Z"}),
            "private_session_until",
        ),
        (
            json!({"private_session_until": "2999-01-01T00:00:00Z"}),
            "private_session_until",
        ),
        (json!({"similar_users": null}), "similar_users"),
        (json!({"hidden_track_ids": ["x"]}), "hidden_track_ids[0]"),
        (json!({"version": 7}), "version"),
    ] {
        assert_eq!(ada.http.put(&path, &body).await.is(422).faults(), [field], "{body}");
    }
    bob.http.put(&path, &json!({})).await.is(403);
    // What is over is not shown.
    is_private_for(&ada, 3_600).await;
    app.sql()
        .execute("UPDATE users SET private_until = now() - interval '1 second'", &[])
        .await
        .unwrap();
    assert_eq!(ada.http.read_as::<Preferences>(&path).await.private_session_until, None);
}

#[tokio::test]
async fn a_hidden_listen_is_not_in_ones_history() {
    let app = App::builder().without(tests::Role::Search).start().await;
    let (label, ada, bob) = (
        app.artist_account("label").await,
        app.listener("ada").await,
        app.listener("bob").await,
    );
    let track = label.creates_track(label.creates_artist("Kino").await, "Igra").await;
    let mut events = Vec::new();
    for minute in 0..6 {
        let at = now().plus(chrono::TimeDelta::minutes(minute - 60));
        let event = json!({"track_id": track, "ms_played": 180_000, "listened_at": at});
        let outcome: BatchOutcome = ada.posts(&[event]).await.is(202).parse();
        events.push(outcome.event_ids[0].unwrap());
    }
    app.settle_without(&["search"]).await;
    assert_eq!(history(&ada, "").await.items.len(), 6);
    bob.http
        .delete(&of(&ada, &format!("listening-history/{}", events[5])))
        .await
        .is(403);
    for hidden in [5, 5, 4, 2] {
        ada.http
            .delete(&of(&ada, &format!("listening-history/{}", events[hidden])))
            .await
            .is(204);
    }
    let seen = async |query: &str| {
        let page = history(&ada, query).await;
        (
            page.items
                .iter()
                .map(|listen| listen.listen.event_id)
                .collect::<Vec<_>>(),
            page.next_cursor,
        )
    };
    assert_eq!(seen("").await.0, [events[3], events[1], events[0]]);
    // Nor in one's own figures; the track's own count it.
    let played = ada.http.read_as::<UserStats>(&of(&ada, "stats")).await.totals.played;
    assert_eq!((played.plays, played.listened_ms), (3, 540_000));
    let habits = format!("/api/v1/analytics/advanced/user-analytics/{}", ada.id);
    assert_eq!(ada.http.read_as::<UserAnalytics>(&habits).await.habits.plays, 3);
    let of_track = format!("/api/v1/analytics/clickhouse/track/{track}/stats");
    let of_track: ListeningStats<NamedTrack> = app.http().read_as(&of_track).await;
    assert_eq!(of_track.stats.plays, 6);
    // A page is full while there is something to fill it with.
    let (first, cursor) = seen("?limit=2").await;
    assert_eq!(first, [events[3], events[1]]);
    let (rest, end) = seen(&format!("?limit=2&cursor={}", cursor.unwrap())).await;
    assert_eq!((rest, end), (vec![events[0]], None));
    let many = "INSERT INTO hidden_listens SELECT id, gen_random_uuid() FROM users, generate_series(1, 1000) \
                WHERE username = 'bob'";
    app.sql().execute(many, &[]).await.unwrap();
    bob.http
        .delete(&of(&bob, &format!("listening-history/{}", new_id())))
        .await
        .is(409);
}
