//! One trace, from the request through outbox and Kafka until what it did is visible; the collector is the story's own.

use std::{collections::BTreeSet, time::Duration};

use events::Topic;
use futures_util::future::join_all;
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use tests::{App, Builder, Person, Role, eventually, free_address, metrics};
use tokio::net::TcpListener;

use crate::webhook_receiver::Receiver;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";

fn given() -> String {
    format!("00-{TRACE}-{CALLER}-01")
}

/// A span as a collector reads it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Span {
    trace_id: String,
    span_id: String,
    parent_span_id: Option<String>,
    name: String,
    kind: u8,
    start_time_unix_nano: String,
    end_time_unix_nano: String,
    attributes: Vec<Value>,
    #[serde(default)]
    links: Vec<Link>,
    status: Option<Value>,
}

#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase")]
struct Link {
    trace_id: String,
    span_id: String,
}

impl Span {
    fn attribute(&self, name: &str) -> Value {
        let found = self.attributes.iter().find(|one| one["key"] == name);
        let value = found.unwrap_or_else(|| panic!("{name} in {self:?}"))["value"].clone();
        value
            .as_object()
            .expect("a value")
            .values()
            .next()
            .cloned()
            .expect("a value")
    }

    fn times(&self) -> (u64, u64) {
        let time = |text: &str| text.parse().expect("nanoseconds");
        (time(&self.start_time_unix_nano), time(&self.end_time_unix_nano))
    }

    fn is(&self, name: &str, group: &str) -> bool {
        self.name == name && self.attribute("messaging.consumer.group.name") == group
    }
}

/// Every span that came in.
fn spans(collector: &Receiver) -> Vec<Span> {
    let mut spans = Vec::new();
    for sent in collector.hooks() {
        assert_eq!(
            (sent.path.as_str(), sent.headers["content-type"].as_str()),
            ("/v1/traces", "application/json")
        );
        let sent = sent.event();
        let of_service = &sent["resourceSpans"][0];
        let service = json!({"key": "service.name", "value": {"stringValue": "jonquil"}});
        assert_eq!(of_service["resource"]["attributes"][0], service);
        let listed = of_service["scopeSpans"][0]["spans"].clone();
        spans.extend(serde_json::from_value::<Vec<Span>>(listed).expect("spans"));
    }
    spans
}

/// The spans of a trace, once those of these names are there; of projectors by their group.
async fn trace(collector: &Receiver, id: &str, wanted: &[(&str, &str)]) -> Vec<Span> {
    let is_there = |spans: &[Span], (name, group): &(&str, &str)| {
        let is_it = |span: &&Span| {
            if group.is_empty() {
                span.name == *name
            } else {
                span.is(name, group)
            }
        };
        spans.iter().any(|span| is_it(&span))
    };
    eventually(&format!("{wanted:?} are in the trace"), async || {
        let spans: Vec<Span> = spans(collector)
            .into_iter()
            .filter(|span| span.trace_id == id)
            .collect();
        wanted.iter().all(|one| is_there(&spans, one)).then_some(spans)
    })
    .await
}

fn named<'a>(spans: &'a [Span], name: &str) -> &'a Span {
    let found = spans.iter().find(|span| span.name == name);
    found.unwrap_or_else(|| panic!("{name} in {spans:?}"))
}

fn traced(collector: &Receiver) -> Builder {
    App::builder().setting("JONQUIL_OTLP_URL", &format!("http://{}", collector.address))
}

/// Nothing but what brings a `traceparent` is recorded.
fn traced_by_callers(collector: &Receiver) -> Builder {
    traced(collector).setting("JONQUIL_TRACE_RATIO", "0")
}

async fn sends(person: &Person, method: Method, path: &str, body: &Value, traceparent: &str) {
    let request = person.http.request(method, path).header("traceparent", traceparent);
    let answer = person.http.send(request.json(body)).await;
    assert!((200..300).contains(&answer.status), "{answer:?}");
}

async fn trace_of_row(app: &App, topic: Topic) -> Vec<Option<String>> {
    let select = "SELECT headers ->> 'traceparent' FROM outbox WHERE topic = $1 ORDER BY id";
    let rows = app.sql().query(select, &[&topic.name()]).await.expect("the outbox");
    rows.iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn one_trace_id_is_followed_from_the_request_through_outbox_and_kafka_until_its_event_is_visible() {
    let collector = Receiver::start().await;
    let app = traced_by_callers(&collector).start().await;
    let label = app.artist_account("label").await;
    let kino = label.creates_artist("Kino").await;
    let track = json!({"title": "Igra", "artist_id": kino});
    sends(&label, Method::POST, "/api/v1/tracks/", &track, &given()).await;
    app.settle().await;

    let wanted = [
        ("POST /api/v1/tracks", ""),
        ("send jonquil.tracks.v1", ""),
        ("process jonquil.tracks.v1", "search.g1"),
        ("process jonquil.tracks.v1", "analytics.g1"),
    ];
    let found = trace(&collector, TRACE, &wanted).await;
    let request = named(&found, "POST /api/v1/tracks");
    assert_eq!((request.kind, request.parent_span_id.as_deref()), (2, Some(CALLER)));
    assert_eq!(request.attribute("http.response.status_code"), "201");
    assert!(request.status.is_none(), "{request:?}");

    // What the request wrote goes on under its span: in the row, in Kafka's header, and in the envelope.
    let carried = format!("00-{TRACE}-{}-01", request.span_id);
    let rows = trace_of_row(&app, Topic::Tracks).await;
    assert_eq!(rows, [Some(carried.clone())]);
    let records = app.records(Topic::Tracks).await;
    assert_eq!(records[0].header("traceparent"), carried);
    assert_eq!(records[0].event().0.traceparent.as_deref(), Some(&*carried));

    let sent = named(&found, "send jonquil.tracks.v1");
    assert_eq!(
        (sent.kind, sent.parent_span_id.as_deref()),
        (4, Some(&*request.span_id))
    );
    assert_eq!(sent.attribute("messaging.kafka.offset"), records[0].offset.to_string());
    for group in ["search.g1", "analytics.g1"] {
        let shown = found
            .iter()
            .find(|span| span.name.starts_with("process") && span.is("process jonquil.tracks.v1", group));
        let shown = shown.expect("it is in the trace");
        assert_eq!(
            (shown.kind, shown.parent_span_id.as_deref()),
            (5, Some(&*request.span_id))
        );
        assert!(
            request.times().0 <= shown.times().0 && shown.times().0 <= shown.times().1,
            "{shown:?}"
        );
        assert!(sent.times().1 <= shown.times().1, "it is visible before it was sent");
        // The batch has a trace of its own, and the two know each other.
        let batch = eventually("its batch comes in", async || {
            let is_it = |span: &Span| span.is_batch_of(group, &shown.links);
            spans(&collector).into_iter().find(is_it)
        })
        .await;
        assert_ne!(batch.trace_id, TRACE);
        assert!(batch.links.iter().any(|link| link.trace_id == TRACE), "{batch:?}");
    }
}

impl Span {
    fn is_batch_of(&self, group: &str, links: &[Link]) -> bool {
        let here = Link {
            trace_id: self.trace_id.clone(),
            span_id: self.span_id.clone(),
        };
        self.name == format!("process {group}") && links == [here]
    }
}

#[tokio::test]
async fn a_listen_is_followed_in_a_trace_of_its_request_and_never_in_one_that_may_name_an_account() {
    let collector = Receiver::start().await;
    let app = traced(&collector).start().await;
    let (label, ada) = (app.artist_account("label").await, app.listener("ada").await);
    let track = label.creates_track(label.creates_artist("Kino").await, "Igra").await;
    ada.hears(track).await;
    ada.http.get("/api/v1/search/multi/?q=igra").await.is(200);
    let path = format!("/api/v1/tracks/{track}/listen");
    sends(&ada, Method::POST, &path, &json!({}), &given()).await;
    let like = format!("/api/v1/users/{}/favourites/track/{track}", ada.id);
    sends(&ada, Method::PUT, &like, &json!({}), &given()).await;
    app.settle().await;

    let listens = app.records(Topic::Listens).await;
    let own: BTreeSet<&str> = listens.iter().map(|listen| listen.header("traceparent")).collect();
    assert_eq!((listens.len(), own.len()), (2, 2));
    assert!(own.contains(""), "the caller's trace stands at a listen: {own:?}");
    let id = own
        .iter()
        .find_map(|header| header.get(3..35))
        .expect("a trace of its own");
    let wanted = [
        ("POST /api/v1/tracks/{track_id}/listen", ""),
        ("process jonquil.listens.v1", "counters.g1"),
        ("process jonquil.listens.v1", "analytics.g1"),
    ];
    let found = trace(&collector, id, &wanted).await;
    let request = named(&found, "POST /api/v1/tracks/{track_id}/listen");
    assert_eq!(request.parent_span_id, None, "it began here");
    for topic in [Topic::Listens, Topic::Favourites, Topic::Searches] {
        for record in app.records(topic).await {
            let envelope = record.event().0.traceparent.unwrap_or_default();
            assert_eq!(record.header("traceparent"), envelope);
            assert!(!envelope.contains(TRACE), "{topic:?}: {envelope}");
        }
    }
    let searched = app.records(Topic::Searches).await;
    assert_eq!(
        searched[0].header("traceparent").len(),
        55,
        "a search carries its request's trace"
    );
}

#[tokio::test]
async fn a_job_goes_on_with_the_trace_of_the_command_that_enqueued_it() {
    let collector = Receiver::start().await;
    let app = traced_by_callers(&collector)
        .setting("JONQUIL_MAX_FAN_OUT", "0")
        .start()
        .await;
    let label = app.artist_account("label").await;
    let kino = label.creates_artist("Kino").await;
    label.creates_track(kino, "Igra").await;
    let path = format!("/api/v1/artists/{kino}");
    sends(&label, Method::PUT, &path, &json!({"name": "Кино"}), &given()).await;

    let wanted = [("job fan_out", ""), ("process jonquil.tracks.v1", "search.g1")];
    let found = trace(&collector, TRACE, &wanted).await;
    let (request, job) = (
        named(&found, "PUT /api/v1/artists/{artist_id}"),
        named(&found, "job fan_out"),
    );
    assert_eq!(job.parent_span_id.as_deref(), Some(&*request.span_id));
    assert_eq!(job.attribute("jonquil.job.end"), "done");
    let shown = named(&found, "process jonquil.tracks.v1");
    assert_eq!(shown.parent_span_id.as_deref(), Some(&*job.span_id));
}

#[tokio::test]
async fn what_becomes_of_a_dead_letter_that_is_handed_back_is_in_the_trace_of_its_events_request() {
    let collector = Receiver::start().await;
    let app = traced(&collector).start().await;
    let (label, admin) = (app.artist_account("label").await, app.admin("root").await);
    let track = label.creates_track(label.creates_artist("Kino").await, "Igra").await;
    app.settle().await;
    let bug = "ALTER TABLE listens ADD CONSTRAINT no_listen CHECK ms_played < 0";
    assert_eq!(app.analytics_sql(bug).await, "");
    label.hears(track).await;
    app.settle().await;
    let listens = app.records(Topic::Listens).await;
    let id = listens[0].header("traceparent")[3..35].to_owned();
    let refused = ("process jonquil.listens.v1", "analytics.g1");
    let found = trace(&collector, &id, &[refused]).await;
    let span = found
        .iter()
        .find(|span| span.is(refused.0, refused.1))
        .expect("it was refused");
    let status = span.status.as_ref().expect("it failed");
    assert_eq!(status["message"], "dead letter: refused");

    assert_eq!(
        app.analytics_sql("ALTER TABLE listens DROP CONSTRAINT no_listen").await,
        ""
    );
    let replay = "/api/v1/admin/dead-letters/replay";
    let is_replayed = async || {
        let answer = admin.http.post(replay, &json!({"all": true})).await.is(202);
        (answer.json()["replayed"] == 1).then_some(())
    };
    eventually("the letter is listed, and handed back", is_replayed).await;
    let healed = ("process jonquil.replays.v1", "analytics.g1");
    let found = trace(&collector, &id, &[("send jonquil.replays.v1", ""), healed]).await;
    let request = named(&found, "POST /api/v1/tracks/{track_id}/listen");
    let span = found
        .iter()
        .find(|span| span.is(healed.0, healed.1))
        .expect("it is visible");
    assert_eq!(span.parent_span_id.as_deref(), Some(&*request.span_id));
    assert!(span.status.is_none(), "{span:?}");
    // The one projector that had refused it.
    let others = found
        .iter()
        .filter(|span| span.name == healed.0 && !span.is(healed.0, healed.1));
    assert_eq!(others.count(), 0, "{found:?}");
}

#[tokio::test]
async fn without_a_collector_a_callers_trace_is_passed_on_and_none_is_made() {
    let app = App::builder().without_read_models().start().await;
    let label = app.artist_account("label").await;
    let not_recorded = given().replace("-01", "-00");
    for (name, sent) in [
        ("A", given()),
        ("B", not_recorded.clone()),
        ("C", given().to_uppercase()),
    ] {
        sends(&label, Method::POST, "/api/v1/artists/", &json!({"name": name}), &sent).await;
    }
    let request = label
        .http
        .request(Method::POST, "/api/v1/artists/")
        .json(&json!({"name": "D"}));
    let twice = request.header("traceparent", given()).header("traceparent", given());
    label.http.send(twice).await.is(201);
    let rows = trace_of_row(&app, Topic::Artists).await;
    assert_eq!(rows, [Some(given()), Some(not_recorded), None, None]);
}

#[tokio::test]
async fn spans_that_a_collector_has_no_time_for_come_again_and_those_that_it_refuses_are_counted() {
    let collector = Receiver::answering(&["503 Service Unavailable", "204 No Content", "400 Bad Request"]).await;
    let shown = free_address();
    let app = traced(&collector)
        .without_read_models()
        .setting("JONQUIL_METRICS_ADDRESS", &shown)
        .start()
        .await;
    app.http().get("/ping").await.is(200);
    let sent = collector.takes(2).await;
    assert_eq!(sent[0].body, sent[1].body, "the same spans again");
    app.http().get("/ping").await.is(200);
    collector.takes(3).await;
    // A pause, and each request is answered all the same.
    eventually("the refused ones are counted", async || {
        let dropped = "jonquil_trace_spans_dropped_total{reason=\"collector\"}";
        metrics(&shown)
            .await
            .get(dropped)
            .filter(|count| **count >= 1.0)
            .copied()
    })
    .await;
    app.http().get("/api/v1/artists/").await;
    collector.takes(4).await;
}

#[tokio::test]
async fn a_collector_that_is_away_harms_no_request_and_no_shutdown() {
    let nobody = format!("http://{}", free_address());
    let app = App::builder().setting("JONQUIL_OTLP_URL", &nobody).start().await;
    let label = app.artist_account("label").await;
    let kino = label.creates_artist("Kino").await;
    app.settle().await;
    assert_eq!(app.search("kino").await.artists, [kino]);
}

#[tokio::test]
async fn a_collector_that_never_answers_costs_spans_and_neither_a_request_nor_the_shutdown_waits_for_it() {
    // The system takes connections, and nobody ever reads them.
    let collector = TcpListener::bind("127.0.0.1:0").await.expect("an address");
    let url = format!("http://{}", collector.local_addr().expect("an address"));
    let shown = free_address();
    let mut app = App::builder()
        .setting("JONQUIL_OTLP_URL", &url)
        .setting("JONQUIL_METRICS_ADDRESS", &shown)
        .without_read_models()
        .start()
        .await;
    let http = app.http();
    // More than a batch and the queue hold.
    for _ in 0..60 {
        let answers = join_all((0..50).map(|_| http.get("/ping"))).await;
        assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
    }
    let dropped = metrics(&shown).await;
    let dropped = dropped.get("jonquil_trace_spans_dropped_total{reason=\"queue\"}");
    assert!(dropped.is_some_and(|count| *count >= 1.0), "{dropped:?}");
    // Sooner than one request to the collector is given up.
    let stopped = tokio::time::timeout(Duration::from_secs(9), app.stops(Role::Api)).await;
    stopped.expect("it ends by itself");
}
