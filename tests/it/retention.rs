//! `docs/retention.md`: every topic and table is there, and what it says of topics is what the brokers are given.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use toml::Table;

fn file(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)).expect(path)
}

/// Cells by the first one, which is in backticks, of the table under a heading.
fn rows(heading: &str) -> BTreeMap<String, Vec<String>> {
    let page = file("docs/retention.md");
    let (_, part) = page.split_once(&format!("\n## {heading}\n")).expect(heading);
    let part = part.split("\n## ").next().unwrap_or_default();
    let mut rows = BTreeMap::new();
    for line in part.lines().filter(|line| line.starts_with("| `")) {
        let mut cells = line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned());
        let name = cells.next().expect("a name").trim_matches('`').to_owned();
        let before = rows.insert(name.clone(), cells.collect());
        assert!(before.is_none(), "{name} is there twice");
    }
    rows
}

fn names(rows: &BTreeMap<String, Vec<String>>) -> BTreeSet<String> {
    rows.keys().cloned().collect()
}

/// In the words of the page.
fn kept(settings: &Table) -> String {
    let text = |name: &str| settings.get(name).and_then(toml::Value::as_str);
    match (text("cleanup.policy"), text("retention.ms")) {
        (Some("compact"), None) => "compacted".to_owned(),
        (Some("delete"), Some("-1")) => "for ever".to_owned(),
        (Some("delete"), Some(millis)) => format!("{} days", millis.parse::<u64>().expect("a number") / 86_400_000),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_page_says_of_each_topic_what_the_brokers_are_given() {
    let topics: Table = file("kafka/topics.toml").parse().expect("TOML");
    let part = |name: &str| topics[name].as_table().expect(name).clone();
    let (settings, topics) = (part("settings"), part("topics"));
    let given: BTreeMap<String, String> = topics
        .iter()
        .map(|(topic, entry)| {
            let of = entry["settings"].as_str().expect("a name");
            (topic.clone(), kept(settings[of].as_table().expect("settings")))
        })
        .collect();
    let said = rows("Topics").into_iter();
    let said: BTreeMap<String, String> = said.map(|(topic, cells)| (topic, cells[0].clone())).collect();
    assert_eq!(said, given);
}

#[tokio::test]
async fn the_page_has_every_table_and_what_goes_with_a_person_does_so_in_the_schema() {
    let app = tests::App::builder().without_roles().start().await;
    let tables = "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public' \
                  AND table_type = 'BASE TABLE' AND table_name <> '__diesel_schema_migrations'";
    let found = app.sql().query(tables, &[]).await.unwrap();
    let found: BTreeSet<String> = found.iter().map(|row| row.get(0)).collect();
    let said = rows("Postgres");
    assert_eq!(names(&said), found);

    // Whatever refers to an account goes with it, or forgets it.
    let cascades = "SELECT DISTINCT conrelid::regclass::text FROM pg_constraint \
                    WHERE contype = 'f' AND confrelid = 'users'::regclass AND confdeltype = 'c'";
    for row in app.sql().query(cascades, &[]).await.unwrap() {
        let table: String = row.get(0);
        assert_eq!(said[&table][2], "goes", "{table} goes by ON DELETE CASCADE");
    }

    app.analytics().install_fits().await.expect("ClickHouse answers");
    let database = app.setting("JONQUIL_CLICKHOUSE_DATABASE");
    let tables = format!(
        "SELECT DISTINCT name FROM system.tables WHERE startsWith(database, '{database}') \
         AND engine LIKE '%MergeTree' FORMAT TSV"
    );
    let found: BTreeSet<String> = app.analytics_sql(&tables).await.lines().map(str::to_owned).collect();
    let said = rows("ClickHouse");
    assert_eq!(names(&said), found);

    // A table has the days that the page says, and no others have any.
    let days = format!(
        "SELECT DISTINCT name || ' ' || extract(create_table_query, 'TTL .* toIntervalDay\\\\((\\\\d+)\\\\)') || ' days' \
         FROM system.tables WHERE startsWith(database, '{database}') AND position(create_table_query, ' TTL ') > 0 FORMAT TSV"
    );
    let given: BTreeSet<String> = app.analytics_sql(&days).await.lines().map(str::to_owned).collect();
    let has_days =
        |(table, cells): (&String, &Vec<String>)| cells[0].ends_with(" days").then(|| format!("{table} {}", cells[0]));
    assert_eq!(said.iter().filter_map(has_days).collect::<BTreeSet<_>>(), given);
}
