//! `jonquil doctor`: what it says of a service that is well, and of one that is not.

use events::Topic;
use serde_json::Value;
use tests::{App, Engine, Role};

/// The checks by name: state, what was seen, what to do.
fn looked(app: &App, broken: bool) -> Vec<(String, String, String)> {
    let printed = if broken {
        app.fails(&["doctor", "--json"])
    } else {
        app.runs(&["doctor", "--json"])
    };
    let diagnosis: Value = serde_json::from_str(&printed).expect("JSON");
    let text = |check: &Value, field: &str| check[field].as_str().unwrap_or_default().to_owned();
    let checks = diagnosis["checks"].as_array().expect("checks").iter();
    checks
        .map(|check| {
            let about = text(check, "about");
            assert_eq!(check["advice"].is_null(), check["state"] == "ok", "{check}");
            (about, text(check, "state"), text(check, "seen"))
        })
        .collect()
}

fn states(checks: &[(String, String, String)], state: &str) -> Vec<String> {
    let of_state = checks.iter().filter(|(_, is, _)| is == state);
    of_state.map(|(about, ..)| about.clone()).collect()
}

#[tokio::test]
async fn a_service_that_is_well_has_nothing_to_do() {
    let app = App::start().await;
    let label = app.artist_account("label").await;
    label.creates_artist("Kino").await;
    app.settle().await;
    let checks = looked(&app, false);
    let about: Vec<&str> = checks.iter().map(|(about, ..)| about.as_str()).collect();
    let all = [
        "postgres",
        "schema",
        "clock",
        "outbox",
        "refused events",
        "jobs",
        "kafka",
        "topics",
        "search",
        "analytics",
        "counters",
        "webhooks",
        "s3",
        "upload folder",
    ];
    assert!(all.iter().all(|name| about.contains(name)), "{about:?}");
    assert_eq!(states(&checks, "broken"), Vec::<String>::new(), "{checks:?}");
    let said = app.runs(&["doctor"]);
    assert!(
        said.contains("ok       search         generation 1 serves, 0 events behind"),
        "{said}"
    );
}

#[tokio::test]
async fn what_is_wrong_is_named_with_what_to_do_and_the_rest_is_looked_at_too() {
    let mut builder = App::builder();
    for engine in [Engine::Elasticsearch, Engine::Redis, Engine::S3] {
        builder = builder.behind_proxy(engine);
    }
    let app = builder.without(Role::Relay).start().await;
    app.proxy(Engine::Elasticsearch).refuse();
    app.proxy(Engine::Redis).hang();
    app.proxy(Engine::S3).refuse();
    app.deletes_topic(Topic::Searches).await;
    let refused = "INSERT INTO outbox_refused (id, topic, key, payload, headers, reason, refused_at) \
                   VALUES (1, 'jonquil.tracks.v1', 'a', '', '{}', 'too large', now())";
    app.sql().batch_execute(refused).await.expect("a row");
    let checks = looked(&app, true);
    let broken = states(&checks, "broken");
    for name in ["search", "counters", "s3", "topics", "refused events"] {
        assert!(broken.iter().any(|about| about == name), "{name}: {checks:?}");
    }
    assert!(states(&checks, "ok").contains(&"postgres".to_owned()), "{checks:?}");
    let topics = checks.iter().find(|(about, ..)| about == "topics").expect("a check");
    assert!(topics.2.ends_with("jonquil.searches.v1 is missing"), "{topics:?}");
    // Nobody publishes: nothing waits for long yet, so it is a warning.
    assert_eq!(states(&checks, "warning"), ["outbox"], "{checks:?}");
}

#[tokio::test]
async fn a_database_without_the_schema_and_one_that_is_away_are_told_apart() {
    let app = App::builder()
        .without_roles()
        .behind_proxy(Engine::Postgres)
        .start()
        .await;
    let last =
        "DELETE FROM __diesel_schema_migrations WHERE version = (SELECT max(version) FROM __diesel_schema_migrations)";
    app.sql().batch_execute(last).await.expect("one less");
    let checks = looked(&app, true);
    let schema = checks.iter().find(|(about, ..)| about == "schema").expect("a check");
    assert_eq!(schema.2, "1 migrations are pending");
    app.proxy(Engine::Postgres).refuse();
    let checks = looked(&app, true);
    assert!(states(&checks, "broken").contains(&"postgres".to_owned()), "{checks:?}");
    assert!(!checks.iter().any(|(about, ..)| about == "schema"), "{checks:?}");
}
