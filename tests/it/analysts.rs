//! The queries of docs/analytics.md, run as they are written by somebody who may only read. The answers are those counted by hand.

use std::{fs, path::Path};

use events::{ArtistId, TrackId};
use serde_json::{Value, json};
use tests::{App, new_id};

use crate::rollups::all_made;

/// Heading of a query, and its answer in the world below. KINO and MU are ids.
const ANSWERS: [(&str, &str); 11] = [
    ("Top tracks of a week", "luna\t4\t3\nigra\t3\t2\nplain\t2\t2"),
    (
        "Listeners by day in a time zone",
        "2026-03-02\t2\t6\n2026-03-04\t1\t1\n2026-03-05\t1\t1\n2026-03-07\t1\t1",
    ),
    // Of seven listens one is of 30 s and one of 90 s; five heard 162 s or more.
    ("Completion of a track", "7\t6\t0.714\t0.143"),
    (
        "Drop-off of a track",
        "10\t1\n20\t0.857\n30\t0.857\n40\t0.857\n50\t0.857\n60\t0.714\n70\t0.714\n80\t0.714\n90\t0.714\n100\t0.571",
    ),
    // Ada came back; of bob, cleo and dave two did.
    (
        "Retention of listeners by week",
        "2026-02-23\t0\t1\t1\n2026-02-23\t1\t1\t1\n2026-03-02\t0\t3\t1\n2026-03-02\t1\t2\t0.667",
    ),
    // In the second week only ada's Igra was known, in the third only bob's.
    (
        "Discovery by week",
        "2026-02-23\t1\t1\t1\t1\n2026-03-02\t4\t8\t7\t0.875\n2026-03-09\t2\t2\t1\t0.5",
    ),
    // Ten plays: the deleted track is one of rock, and two have no genre.
    ("Genre share", "rock\t8\t0.8\npop\t4\t0.4"),
    // Ada 30.5, 3 and 3.3 minutes, bob 3, 8.3 and 2.8, cleo 3, dave 3.3; eleven listens.
    ("Sessions", "8\t1.38\t7.2\t30.5"),
    ("Next tracks", "luna\t2"),
    (
        "An artist's first week",
        "KINO\t2026-02-24 09:00:00.000\t3\t2\nMU\t2026-03-02 00:00:00.000\t6\t3",
    ),
    (
        "Days from the rollups",
        "2026-03-02\t6\t7\t2\t0.29\n2026-03-03\t1\t1\t1\t0.06\n2026-03-05\t1\t1\t1\t0.06\n2026-03-07\t1\t1\t1\t0.05\n\
         2026-03-08\t1\t1\t1\t0.05",
    ),
];
/// How the document finds the generation that is read.
const GENERATION: &str = "SELECT max(number) FROM jonquil.generations FINAL WHERE stage = 2";

fn document() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/analytics.md");
    fs::read_to_string(path).expect("docs/analytics.md")
}

/// Heading and text of each query.
fn queries(document: &str) -> Vec<(&str, &str)> {
    let queries: Vec<_> = document.split("\n#### ").skip(1).map(query).collect();
    let blocks = document.matches("```sql\n").count();
    assert_eq!(queries.len(), blocks, "each query has a heading of its own");
    queries
}

fn query(part: &str) -> (&str, &str) {
    let (heading, text) = part.split_once('\n').expect("a heading");
    let (_, block) = text.split_once("```sql\n").expect(heading);
    let (sql, _) = block.split_once("```").expect(heading);
    (heading, sql)
}

fn listen(track: TrackId, at: &str, seconds: u32) -> Value {
    json!({"event_id": new_id(), "track_id": track, "listened_at": at, "ms_played": seconds * 1000})
}

/// Three weeks of four listeners; one of the four tracks is deleted afterwards. Each listen comes twice.
async fn world() -> (App, ArtistId, ArtistId) {
    let app = App::start().await;
    let label = app.artist_account("label").await;
    let kino = label.creates_artist("Kino").await;
    let mu = label.creates_artist("Mú").await;
    let track = async |artist: ArtistId, title: &str, seconds: u32, genres: &[&str]| {
        let fields = json!({"title": title, "artist_id": artist, "duration_ms": seconds * 1000, "genres": genres});
        label.creates_track_with(&fields).await
    };
    let igra = track(kino, "Igra", 180, &["rock"]).await;
    let luna = track(mu, "Lúna", 200, &["rock", "pop"]).await;
    let plain = track(mu, "Plain", 180, &[]).await;
    let gone = track(kino, "Gone", 180, &["rock"]).await;
    let of_ada = vec![
        listen(igra, "2026-02-24T09:00:00.000Z", 180),
        listen(igra, "2026-03-02T10:00:00.000Z", 180),
        // Half of it: counts.
        listen(luna, "2026-03-02T10:03:00.000Z", 100),
        // Skipped, 25 minutes after the end of the one before.
        listen(igra, "2026-03-02T10:30:00.000Z", 30),
        listen(plain, "2026-03-02T12:00:00.000Z", 180),
        // In Berlin it is the fourth of March.
        listen(luna, "2026-03-03T23:30:00.000Z", 200),
    ];
    let of_bob = vec![
        listen(plain, "2026-03-02T00:00:00.000Z", 180),
        listen(igra, "2026-03-02T10:00:00.000Z", 180),
        listen(luna, "2026-03-02T10:05:00.000Z", 200),
        // In Berlin the week is over.
        listen(igra, "2026-03-08T23:59:59.999Z", 170),
        listen(igra, "2026-03-09T00:00:00.000Z", 180),
    ];
    let of_cleo = vec![
        listen(gone, "2026-03-07T08:00:00.000Z", 180),
        listen(igra, "2026-03-10T08:00:00.000Z", 90),
    ];
    let of_dave = vec![listen(luna, "2026-03-05T20:00:00.000Z", 200)];
    for (name, listens) in [("ada", of_ada), ("bob", of_bob), ("cleo", of_cleo), ("dave", of_dave)] {
        let listener = app.listener(name).await;
        for _ in 0..2 {
            listener.posts(&listens).await.is(202);
        }
    }
    label.deletes_track(gone).await;
    app.settle().await;
    (app, kino, mu)
}

#[tokio::test]
async fn every_query_for_analysts_runs_as_written_and_answers_what_was_counted_by_hand() {
    let document = document();
    let queries = queries(&document);
    assert!(queries.len() >= 10, "{} queries", queries.len());
    let headings: Vec<&str> = queries.iter().map(|(heading, _)| *heading).collect();
    assert_eq!(headings, ANSWERS.map(|(heading, _)| heading));
    let (app, kino, mu) = world().await;
    all_made(&app).await;
    for ((heading, sql), (_, answer)) in queries.iter().zip(ANSWERS) {
        let answer = answer.replace("KINO", &kino.to_string()).replace("MU", &mu.to_string());
        assert_eq!(app.analytics_reads(sql).await, answer, "{heading}");
    }

    assert!(document.contains(GENERATION), "it says which generation is read");
    let base = app.setting("JONQUIL_CLICKHOUSE_DATABASE");
    let number = app
        .analytics_reads(&GENERATION.replace("jonquil.", &format!("{base}.")))
        .await;
    assert_eq!(app.analytics().database(), format!("{base}_g{number}"));
    let refused = app.analytics_reads("TRUNCATE TABLE listens").await;
    assert!(refused.contains("(READONLY)"), "{refused}");
}
