//! The contract: what is generated is fresh, what is written by hand is true.
//!
//! `JONQUIL_UPDATE_SCHEMAS=1 cargo xtask test contract` writes `schemas/` in place of comparing it.

use std::{
    any::type_name,
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use diesel::{pg::Pg, query_builder::AsQuery};
use events::{Credit, CreditRole, Event, Topic, asyncapi, breaking_changes, contracts};
use serde_json::{Value, json};
use store::schema;
use tests::{App, Role, data_in};

const UPDATE: &str = "JONQUIL_UPDATE_SCHEMAS";

fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

fn is_fresh(name: &str, content: &Value) {
    is_fresh_text(name, &format!("{content:#}\n"));
}

fn is_fresh_text(name: &str, text: &str) {
    let path = file("schemas").join(name);
    if env::var_os(UPDATE).is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        return;
    }
    let stored = fs::read_to_string(&path).unwrap_or_default();
    let how = format!("run `{UPDATE}=1 cargo xtask test contract` and look at what changed");
    assert!(stored == text, "schemas/{name} is not what the code says; {how}");
}

#[test]
fn the_schemas_of_the_events_are_fresh_and_of_events_there_are() {
    let mut known = BTreeSet::new();
    for contract in contracts() {
        let encoded = contract.example.encode(&contract.meta).unwrap();
        let example: Value = serde_json::from_slice(&encoded.payload).unwrap();
        for (ending, content) in [("json", &contract.schema), ("example.json", &example)] {
            let name = format!("{}.{ending}", contract.type_name);
            is_fresh(&format!("events/{name}"), content);
            known.insert(name);
        }
    }
    for entry in fs::read_dir(file("schemas/events")).expect("schemas/events") {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        assert!(
            known.contains(&name),
            "schemas/events/{name} belongs to no event; remove it"
        );
    }
}

#[test]
fn the_asyncapi_document_is_fresh() {
    is_fresh_text("asyncapi.yaml", &asyncapi());
}

/// Against the last commit, and the last commit against the one before it: what is checked out may be either.
#[test]
fn no_event_schema_breaks_those_who_read_the_one_before() {
    let committed = |commit: &str, type_name: &str| {
        let object = format!("{commit}:schemas/events/{type_name}.json");
        let output = Command::new("git")
            .args(["show", &object])
            .current_dir(file(""))
            .output();
        let output = output.expect("git").stdout;
        serde_json::from_slice::<Value>(&output).ok()
    };
    let mut compared = 0;
    for contract in contracts() {
        let (last, before) = (
            committed("HEAD", contract.type_name),
            committed("HEAD~1", contract.type_name),
        );
        let steps = [(&before, last.as_ref()), (&last, Some(&contract.schema))];
        for (before, after) in steps {
            if let (Some(before), Some(after)) = (before, after) {
                compared += 1;
                assert_eq!(
                    breaking_changes(before, after),
                    Vec::<String>::new(),
                    "{}",
                    contract.type_name
                );
            }
        }
    }
    assert!(compared > 0, "no schema of a commit before was found");
}

#[test]
fn the_openapi_document_is_fresh() {
    is_fresh("openapi.json", &serde_json::to_value(jonquil::openapi()).unwrap());
}

#[test]
fn every_example_fits_its_schema_and_survives_the_wire() {
    for contract in contracts() {
        let validator = jsonschema::validator_for(&contract.schema).expect("a schema");
        let encoded = contract.example.encode(&contract.meta).unwrap();
        let example: Value = serde_json::from_slice(&encoded.payload).unwrap();
        let faults: Vec<String> = validator.iter_errors(&example).map(|fault| fault.to_string()).collect();
        assert_eq!(faults, Vec::<String>::new(), "{}", contract.type_name);
        let decoded = Event::decode(Some(&encoded.payload)).unwrap();
        assert_eq!(decoded, (contract.meta.clone(), contract.example.clone()));
        assert_eq!(decoded.1.encode(&decoded.0).unwrap(), encoded);
        assert_eq!(example["subject"], json!(encoded.key));

        // A consumer of today reads what a writer of tomorrow adds.
        let mut later = example.clone();
        later["novelty"] = json!(1);
        later["data"]["novelty"] = json!({"a": 1});
        assert_eq!(Event::decode(Some(later.to_string().as_bytes())).unwrap(), decoded);
        assert!(validator.is_valid(&later), "{}", contract.type_name);
        let has_key = !matches!(contract.type_name, "jonquil.searched.v1" | "jonquil.served.v1");
        for field in ["id", "type", "data"].into_iter().chain(has_key.then_some("subject")) {
            let mut lacking = example.clone();
            lacking.as_object_mut().unwrap().remove(field);
            assert!(!validator.is_valid(&lacking), "{} without {field}", contract.type_name);
        }
    }
}

#[test]
fn every_topic_has_its_settings_and_every_setting_its_topic() {
    let topics: toml::Table = toml::from_str(&fs::read_to_string(file("kafka/topics.toml")).unwrap()).unwrap();
    let set: BTreeSet<&str> = topics["topics"]
        .as_table()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(set, Topic::ALL.iter().map(|topic| topic.name()).collect());
}

/// What other projects are promised (method, path).
const PROMISED: &[&str] = &[
    "get /",
    "get /ping",
    "get /health",
    "get /api/v1/search/multi",
    "post /api/v1/auth/login",
    "post /api/v1/auth/login-json",
    "post /api/v1/auth/register",
    "post /api/v1/auth/refresh",
    "get /api/v1/auth/me",
    "get /api/v1/tracks",
    "post /api/v1/tracks",
    "get /api/v1/tracks/search",
    "get /api/v1/tracks/{}",
    "put /api/v1/tracks/{}",
    "delete /api/v1/tracks/{}",
    "post /api/v1/tracks/{}/listen",
    "get /api/v1/tracks/popular",
    "get /api/v1/artists",
    "post /api/v1/artists",
    "get /api/v1/artists/search",
    "get /api/v1/artists/{}",
    "put /api/v1/artists/{}",
    "delete /api/v1/artists/{}",
    "get /api/v1/artists/{}/tracks",
    "get /api/v1/artists/{}/albums",
    "get /api/v1/artists/popular",
    "get /api/v1/artists/by-user/{}",
    "get /api/v1/albums",
    "post /api/v1/albums",
    "get /api/v1/albums/search",
    "get /api/v1/albums/{}",
    "put /api/v1/albums/{}",
    "delete /api/v1/albums/{}",
    "get /api/v1/albums/{}/tracks",
    "get /api/v1/albums/artist/{}",
    "get /api/v1/albums/popular",
    "get /api/v1/albums/recent",
    "post /api/v1/upload/uploadfile",
    "get /api/v1/users/{}",
    "get /api/v1/users/{}/listening-history",
    "get /api/v1/users/{}/stats",
    "post /api/v1/analytics/listening-events",
    "get /api/v1/analytics/popular-tracks",
    "get /api/v1/analytics/popular-artists",
    "get /api/v1/analytics/user/{}/stats",
    "get /api/v1/analytics/user/{}/listening-history",
    "get /api/v1/analytics/user/{}",
    "get /api/v1/analytics/user/analytics",
    "get /api/v1/analytics/genres/stats",
    "get /api/v1/analytics/trends",
    "get /api/v1/analytics/dashboard",
    "get /api/v1/analytics/advanced/track-analytics/{}",
    "get /api/v1/analytics/advanced/user-analytics/{}",
    "get /api/v1/analytics/user/search-history",
    "get /api/v1/analytics/performance/summary",
    "get /api/v1/analytics/clickhouse/api-stats",
    "post /api/v1/analytics/events/search",
    "post /api/v1/analytics/clickhouse/search",
    "get /api/v1/analytics/realtime/platform-stats",
    "get /api/v1/analytics/realtime/active-users",
    "get /api/v1/analytics/clickhouse/track/{}/stats",
    "get /api/v1/analytics/clickhouse/artist/{}/stats",
    "post /api/v1/analytics/clickhouse/track/{}/play",
    "get /api/v1/analytics/clickhouse/health",
    "get /api/v1/tracks/{}/stream",
    "get /ready",
    "get /api/v1/playlists",
    "post /api/v1/playlists",
    "get /api/v1/playlists/{}",
    "put /api/v1/playlists/{}",
    "delete /api/v1/playlists/{}",
    "post /api/v1/playlists/{}/tracks",
    "delete /api/v1/playlists/{}/tracks/{}",
    "post /api/v1/analytics/events/playlist",
    "delete /api/v1/s3/tracks/{}",
    "delete /api/v1/users/{}",
    "get /api/v1/analytics/recommendations/similar-users/{}",
    "get /api/v1/s3/health",
    "get /api/v1/s3/storage/stats",
    "get /api/v1/s3/tracks/user/{}",
    "get /api/v1/s3/tracks/{}/stream",
    "get /api/v1/s3/tracks/{}/url",
    "get /api/v1/tracks/recommendations/{}",
    "get /api/v1/users",
    "post /api/v1/s3/covers/upload",
    "post /api/v1/s3/maintenance/cleanup-temp",
    "post /api/v1/s3/tracks/upload",
    "post /api/v1/tracks/upload-from-url",
    "post /api/v1/upload/uploadalbum",
    "post /api/v1/users",
    "put /api/v1/users/{}",
];

fn plain(path: &str) -> String {
    let parts = path
        .split('/')
        .map(|part| if part.starts_with('{') { "{}" } else { part });
    let path = parts.collect::<Vec<_>>().join("/");
    if path.len() > 1 {
        path.trim_end_matches('/').to_owned()
    } else {
        path
    }
}

#[test]
fn what_is_promised_is_served_and_described() {
    let document = serde_json::to_value(jonquil::openapi()).unwrap();
    let mut served = BTreeSet::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            served.insert(format!("{method} {}", plain(path)));
            let named = |field: &str| {
                operation
                    .get(field)
                    .is_some_and(|value| !value.as_str().unwrap_or("x").is_empty())
            };
            for field in ["summary", "tags", "responses", "operationId", "security"] {
                assert!(named(field), "{method} {path} has no {field}");
            }
            let statuses = operation["responses"].as_object().unwrap();
            let succeeds = statuses.keys().any(|status| status.starts_with('2'));
            assert!(succeeds, "{method} {path} says nothing about success");
            assert_eq!(
                operation["tags"].as_array().map(Vec::len),
                Some(1),
                "{method} {path} has one tag"
            );
        }
    }
    let missing: Vec<_> = PROMISED
        .iter()
        .filter(|promised| !served.contains(**promised))
        .collect();
    assert_eq!(missing, Vec::<&&str>::new());
}

/// The list stands beside the repository, and the promises hold where it does not.
#[test]
fn what_is_required_is_promised() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/check");
    let Some(list) = data_in(&folder, "required-endpoints.txt", false) else {
        return;
    };
    let list = fs::read_to_string(list).expect("the list");
    let mut required = 0;
    for line in list.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (method, path) = line.split_once(' ').expect("a method and a path");
        let promise = format!("{} {}", method.to_lowercase(), plain(path));
        assert!(PROMISED.contains(&promise.as_str()), "{promise}");
        required += 1;
    }
    assert!(required >= 89, "{required}");
}

#[tokio::test]
async fn router_and_document_have_the_same_operations() {
    let mut app = App::builder();
    for role in Role::ALL.into_iter().filter(|role| *role != Role::Api) {
        app = app.without(role);
    }
    let app = app.start().await;
    let document = serde_json::to_value(jonquil::openapi()).unwrap();
    let mut documented = 0;
    for (path, operations) in document["paths"].as_object().unwrap() {
        for method in operations.as_object().unwrap().keys() {
            documented += 1;
            let method = reqwest::Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let path = path.split('/').map(|part| {
                if part.starts_with('{') {
                    "00000000-0000-0000-0000-000000000000"
                } else {
                    part
                }
            });
            let path = path.collect::<Vec<_>>().join("/");
            if path.ends_with("/realtime/stream") {
                // It has no end; the story `live` reads it.
                continue;
            }
            let answer = app.http().send(app.http().request(method.clone(), &path)).await;
            let nothing = String::from_utf8_lossy(&answer.bytes).contains("nothing is served");
            assert!(
                answer.status != 405 && !nothing,
                "{method} {path} is documented and not served"
            );
        }
    }
    // The other way: every handler that has a route is documented. Both come from one list in each `lib.rs`.
    let mut routed = 0;
    for side in ["read_api", "write_api"] {
        for source in sources(&file("crates").join(side).join("src")) {
            let source = fs::read_to_string(source).unwrap();
            let is_route = |line: &&str| {
                ["#[get(", "#[head(", "#[post(", "#[put(", "#[delete("]
                    .iter()
                    .any(|route| line.starts_with(route))
            };
            routed += source.lines().filter(is_route).count();
        }
    }
    assert_eq!(
        routed, documented,
        "a route without its document, or the other way round"
    );
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let (folders, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    let below = folders.iter().flat_map(|folder| sources(folder));
    files.into_iter().chain(below).collect()
}

#[test]
fn every_field_that_the_api_shows_or_takes_is_described() {
    let document = serde_json::to_value(jonquil::openapi()).unwrap();
    let says = |field: &Value| {
        field["description"]
            .as_str()
            .is_some_and(|text| !text.trim().is_empty())
    };
    // What is only a reference is described where it points to.
    let points = |field: &Value| {
        let ways = ["allOf", "oneOf"].map(|ways| field[ways].as_array().cloned().unwrap_or_default());
        field["$ref"].is_string() || ways.concat().iter().any(|way| way["$ref"].is_string())
    };
    let mut silent = Vec::new();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        for (field, value) in schema["properties"].as_object().into_iter().flatten() {
            if !says(value) && !points(value) {
                silent.push(format!("{name}.{field}"));
            }
        }
    }
    assert!(silent.is_empty(), "without a description: {silent:?}");
}

/// Events as they were written: committed once, never made anew. From before there were credits they read as works of one
/// main artist.
#[test]
fn events_of_yesterday_read_as_they_were_meant() {
    let frozen = fs::read_dir(file("schemas/frozen")).expect("schemas/frozen");
    let mut names = BTreeSet::new();
    for entry in frozen {
        let path = entry.unwrap().path();
        let (meta, event) = Event::decode(Some(&fs::read(&path).unwrap())).expect("an event of yesterday");
        names.insert(event.type_name());
        let contract = contracts()
            .into_iter()
            .find(|contract| contract.type_name == event.type_name());
        assert_eq!(meta, contract.expect("a type that is still there").meta, "{path:?}");
        let credits = match &event {
            Event::Album(change) => change.state().map(|album| (&album.artist, &album.credits)),
            Event::Track(change) => change.state().map(|track| (&track.artist, &track.credits)),
            _ => None,
        };
        let has_credits = path.to_string_lossy().ends_with(".credits.json");
        if let Some((artist, credits)) = credits {
            let first = Credit::main(artist.clone());
            let roles: Vec<CreditRole> = credits.iter().filter_map(|credit| credit.role.known()).collect();
            if has_credits {
                assert_eq!(roles, [CreditRole::Main, CreditRole::Featured], "{path:?}");
                assert_eq!(credits[0].artist, first.artist, "{path:?}");
                assert_eq!(credits[1].credited_as.as_deref(), Some("Звуки My"), "{path:?}");
            } else {
                assert_eq!(*credits, [first], "{path:?}");
            }
        }
        if let Event::Listened(listen) = &event {
            assert_eq!(listen.artist_ids.len(), if has_credits { 2 } else { 1 }, "{path:?}");
            assert_eq!(listen.artist_ids[0], listen.artist_id, "{path:?}");
        }
    }
    assert_eq!(names.len(), contracts().len(), "a type without a frozen example");
}

/// A table as diesel sees it: its name, its SELECT of all columns, its columns' types.
macro_rules! described {
    ($($table:ident),* $(,)?) => {
        [$((
            stringify!($table),
            diesel::debug_query::<Pg, _>(&schema::$table::table.as_query()).to_string(),
            type_name::<<schema::$table::table as AsQuery>::SqlType>(),
        )),*]
    };
}

/// `("id", "uuid", false)`: name, Postgres' type, whether it may be null.
type Column = (String, String, bool);

fn columns(select: &str, types: &str) -> Vec<Column> {
    let (list, _) = select.strip_prefix("SELECT ").unwrap().split_once(" FROM ").unwrap();
    let names = list
        .split(", ")
        .map(|column| column.rsplit('.').next().unwrap().trim_matches('"').to_owned());
    let types = types
        .trim_start_matches('(')
        .trim_end_matches(')')
        .split(", ")
        .map(postgres_type);
    names
        .zip(types)
        .map(|(name, (kind, nullable))| (name, kind, nullable))
        .collect()
}

fn postgres_type(of: &str) -> (String, bool) {
    let last = of
        .trim_end_matches('>')
        .trim_end_matches(',')
        .rsplit("::")
        .next()
        .unwrap();
    let name = match last {
        "BigInt" => "int8",
        "Integer" => "int4",
        "SmallInt" => "int2",
        "Binary" | "Bytea" => "bytea",
        other => &other.to_lowercase(),
    };
    let array = if of.contains("Array<") { "_" } else { "" };
    (format!("{array}{name}"), of.contains("Nullable<"))
}

/// A table as Postgres itself describes it.
async fn there(app: &App, table: &str) -> Vec<Column> {
    let rows = "SELECT column_name::text, udt_name::text, is_nullable::text = 'YES' FROM information_schema.columns \
                WHERE table_schema = 'public' AND table_name = $1 ORDER BY ordinal_position";
    let rows = app.sql().query(rows, &[&table]).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect()
}

/// Its engines with their schemas, and no process.
async fn without_roles() -> App {
    let mut quiet = App::builder();
    for role in Role::ALL {
        quiet = quiet.without(role);
    }
    quiet.start().await
}

#[tokio::test]
async fn the_tables_are_as_diesel_sees_them() {
    let app = without_roles().await;
    let tables = described![
        users,
        sessions,
        sign_in_addresses,
        login_failures,
        artists,
        albums,
        tracks,
        album_credits,
        track_credits,
        outbox,
        outbox_refused,
        relay_leader,
        jobs,
        idempotency_keys,
        dead_letters,
        dead_letter_positions,
        schedules,
        objects,
        waveforms,
        playlists,
        playlist_items,
        api_keys,
        favourites,
        following,
        play_queues,
        preferences,
        hidden_listens,
        second_factors,
        takedowns,
        reports,
        one_time_links,
        webhooks,
        webhook_deliveries,
        webhook_positions,
        webhook_deletions,
    ];
    for (table, select, types) in &tables {
        assert_eq!(columns(select, types), there(&app, table).await, "{table}");
    }
    let known = tables.len();
    let written = fs::read_to_string(file("crates/store/src/schema.rs")).unwrap();
    assert_eq!(
        written.matches("diesel::table! {").count(),
        known,
        "schema.rs has a table that is not compared here"
    );
    let all = "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public' AND table_name NOT LIKE '\\_\\_diesel%'";
    assert_eq!(app.number(all).await, i64::try_from(known).unwrap());
    let (_, select, types) = tables.iter().find(|(table, ..)| *table == "artists").unwrap();
    a_change_on_one_side_is_seen(&app, &columns(select, types)).await;
}

async fn a_change_on_one_side_is_seen(app: &App, artists: &[Column]) {
    for change in [
        "ADD COLUMN novelty text",
        "DROP COLUMN novelty, ALTER COLUMN bio SET NOT NULL",
        "ALTER COLUMN bio DROP NOT NULL, ALTER COLUMN country TYPE bytea USING NULL",
        "ALTER COLUMN country TYPE text USING NULL, DROP COLUMN external_ids",
    ] {
        let change = format!("ALTER TABLE artists {change}");
        app.sql().batch_execute(&change).await.unwrap();
        assert_ne!(artists, there(app, "artists").await, "{change}");
    }
}
