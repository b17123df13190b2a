//! The template database: migrated once, copied for every application.

use std::{
    fs,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    path::Path,
    time::Duration,
};

use tokio::sync::OnceCell;
use tokio_postgres::{Client, NoTls};

use crate::{cleanup, engines::Engines, eventually, names};

/// Any number that nobody else locks: one process makes the template, others wait.
const LOCK: i64 = 7_110_099;

static TEMPLATE: OnceCell<String> = OnceCell::const_new();

/// A connection whose driver runs on the present runtime.
pub(crate) async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("Postgres answers");
    tokio::spawn(async move {
        // Ends when the client is dropped, or with the server's connection, which the next query finds.
        let _ = connection.await;
    });
    client
}

/// A database for one application.
pub(crate) async fn database(engines: &Engines, name: &str) {
    let template = TEMPLATE.get_or_init(|| make(engines)).await;
    let client = connect(&engines.postgres).await;
    let statement = format!("CREATE DATABASE {name} TEMPLATE {template}");
    eventually("the template can be copied", async || {
        client.batch_execute(&statement).await.ok()
    })
    .await;
}

/// A database for the one application on a Postgres of its own.
pub(crate) async fn migrated(engines: &Engines, name: &str) {
    let client = connect(&engines.postgres).await;
    let made = client.batch_execute(&format!("CREATE DATABASE {name}")).await;
    made.expect("a database");
    migrate(engines, name).await;
}

/// Its name shows the migrations it has. It gets that name when it is finished, so one that is there is whole.
async fn make(engines: &Engines) -> String {
    let name = format!("jqtest_template_{:016x}", migrations());
    let client = connect(&engines.postgres).await;
    let lock = format!("SELECT pg_advisory_lock({LOCK})");
    client.batch_execute(&lock).await.expect("the lock");
    cleanup::leftovers(engines).await;
    let there = client
        .query_opt("SELECT 1 FROM pg_database WHERE datname = $1", &[&name])
        .await;
    if there.expect("an answer").is_none() {
        let unfinished = names::plain(&names::next());
        client
            .batch_execute(&format!("CREATE DATABASE {unfinished}"))
            .await
            .expect("a database");
        migrate(engines, &unfinished).await;
        let rename = format!("ALTER DATABASE {unfinished} RENAME TO {name}");
        eventually("the template is let go of", async || {
            client.batch_execute(&rename).await.ok()
        })
        .await;
    }
    name
}

async fn migrate(engines: &Engines, database: &str) {
    let config = store::StoreConfig {
        url: engines.database(database),
        tls: None,
        connections: 1,
        acquire: Duration::from_secs(10),
        statement: Duration::from_secs(30),
    };
    store::migrate(&config).await.expect("migrated");
}

fn migrations() -> u64 {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations");
    let mut folders: Vec<_> = fs::read_dir(folder)
        .expect("migrations/")
        .map(|entry| entry.unwrap().path())
        .collect();
    folders.sort();
    let mut hasher = DefaultHasher::new();
    for folder in folders {
        folder.file_name().hash(&mut hasher);
        fs::read_to_string(folder.join("up.sql"))
            .unwrap_or_default()
            .hash(&mut hasher);
    }
    hasher.finish()
}
