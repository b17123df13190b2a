//! The engines over TLS, with certificates of an authority that only the story knows.

use serde_json::json;
use tests::{App, Authority, Brokers, Role};

const NOT_TRUSTED: &str = "from an authority that is not trusted: name it by JONQUIL_CA_FILE";

#[tokio::test]
async fn the_whole_service_works_with_every_engine_over_tls_and_a_password_for_kafka() {
    let authority = Authority::default();
    let brokers = Brokers::with_a_password(&authority).await;
    let app = App::builder().on(&brokers).over_tls(&authority).start().await;
    let label = app.artist_account("label").await;
    let kino = label.creates_artist("Kino").await;
    let track = label.creates_track(kino, "Gruppa krovi").await;
    app.listener("ear").await.hears(track).await;
    app.settle().await;
    assert_eq!(app.search("kino").await.artists, [kino]);
    let shown = app.http().get(&format!("/api/v1/tracks/{track}")).await.is(200);
    shown.shows(json!({"title": "Gruppa krovi", "plays": 1}));
    let healthy = app.http().get("/health").await.is(200);
    healthy.shows(json!({"status": "ok"}));
    let doctor = app.runs(&["doctor"]);
    assert!(!doctor.contains("BROKEN"), "{doctor}");
    // Tables are copied over a connection of their own.
    let folder = tempfile::tempdir().expect("a folder");
    let backup = folder.path().join("backup");
    let _said = app.runs(&["backup", &backup.to_string_lossy()]);

    let wrong = brokers.properties("guessed");
    let refused = app.fails_with(&["doctor"], &[("JONQUIL_KAFKA_PROPERTIES", &wrong)]);
    assert!(
        refused.contains("kafka is unavailable: the broker refuses the user or the password"),
        "{refused}"
    );
    let stranger = Authority::default();
    let file = stranger.file();
    let refused = app.fails_with(&["doctor"], &[("JONQUIL_CA_FILE", &file.to_string_lossy())]);
    for engine in ["postgres", "kafka", "search", "analytics", "counters", "s3"] {
        let line = refused
            .lines()
            .find(|line| line.starts_with("BROKEN") && line.contains(engine));
        let line = line.unwrap_or_else(|| panic!("{engine} is trusted: {refused}"));
        assert!(line.contains(NOT_TRUSTED), "{line}");
    }
}

#[tokio::test]
async fn a_process_that_is_to_speak_tls_never_speaks_without() {
    let app = App::builder()
        .without(Role::Api)
        .without_read_models()
        .without(Role::Relay)
        .start()
        .await;
    let encrypted = |name: &str, from: &str, to: &str| app.setting(name).replacen(from, to, 1);
    let postgres = format!("{}?sslmode=require", app.setting("JONQUIL_POSTGRES_URL"));
    let redis = encrypted("JONQUIL_REDIS_URL", "redis:", "rediss:");
    let clickhouse = encrypted("JONQUIL_CLICKHOUSE_URL", "http:", "https:");
    let elasticsearch = encrypted("JONQUIL_ELASTICSEARCH_URL", "http:", "https:");
    let s3 = encrypted("JONQUIL_S3_URL", "http:", "https:");
    let variables = [
        ("JONQUIL_POSTGRES_URL", postgres.as_str()),
        ("JONQUIL_REDIS_URL", &redis),
        ("JONQUIL_CLICKHOUSE_URL", &clickhouse),
        ("JONQUIL_ELASTICSEARCH_URL", &elasticsearch),
        ("JONQUIL_S3_URL", &s3),
        ("JONQUIL_KAFKA_PROPERTIES", "security.protocol=ssl"),
    ];
    let doctor = app.fails_with(&["doctor"], &variables);
    for engine in ["postgres", "kafka", "search", "analytics", "counters", "s3"] {
        let is_broken = |line: &str| line.starts_with("BROKEN") && line.contains(engine);
        assert!(
            doctor.lines().any(is_broken),
            "{engine} was spoken to without TLS: {doctor}"
        );
    }
}
