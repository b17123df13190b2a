//! `cargo xtask bench NAME`: measures Jonquil against a peer on the same engines.
//!
//! The program starts itself again as the process under test (`serve`) and as the peer (`peer`), so that CPU time and
//! memory are read for each process alone.

mod bare;
mod crowd;
mod document;
mod drive;
mod fresh;
mod generated;
mod growth;
mod http;
mod ingest;
mod listens;
mod peer;
mod playlists;
mod process;
mod projectors;
mod read;
mod read_report;
mod rebuild;
mod recommend;
mod relay;
mod report;
mod requests;
mod search;
mod service;
mod stage;
mod topic;
mod uploads;

use std::{env, io::Write as _, process::ExitCode};

/// Only ever printed.
type BenchError = Box<dyn std::error::Error + Send + Sync>;

const HELP: &str = "\
cargo xtask bench ingest [--rounds N] [--seconds N]
    listens over HTTP against a bare rdkafka loop: batches of 50, and one a request
cargo xtask bench crowd
    sign-ins beside 2,000 registrations, 400 at once; memory with 500 slow readers and 11 uploads that trickle in
cargo xtask bench playlists [--asked N]
    a playlist of 100 items beside one of 10,000: read, pages, one item more, less and moved
cargo xtask bench uploads [--rounds N] [--seconds N] [--seeks N] [--reading SECONDS]
    memory of an upload of 200 MB and of 500 slow readers; ranges of audio against the S3 server read directly
cargo xtask bench search [--generated N] [--titles N]
    recall, rank and time of seeded searches for 300 titles; suggestions; with N generated tracks more
cargo xtask bench recommend [--train FILE --test FILE]
    NDCG, recall and coverage on hetrec2011-lastfm-2k
cargo xtask bench read [--rounds N] [--seconds N]
    reads over HTTP against the FastAPI peer in JONQUIL_PEERS, on the same engines and the same 28,356 tracks
cargo xtask bench fresh [--probes N] [--per-second N] [--idle SECONDS]
    how soon a listen is in the charts and a new track in the lists while listens come in; then what all roles cost when idle
cargo xtask bench growth [--listens N,N,…] [--asked N]
    charts and statistics with so many generated listens (0,1000000,2000000,10000000)
cargo xtask bench rebuild [--listens N]
    each read model made anew while readers go on: time, failed reads, and whether it answers what it answered before
cargo xtask bench relay [--rounds N] [--seconds N]
    outbox → Kafka: rows a second, and from commit to acknowledged, against a naive SKIP LOCKED poller
cargo xtask bench projectors [--rounds N] [--listens N] [--tracks N]
    topic → ClickHouse against its own Kafka engine, topic → Elasticsearch against a bare _bulk loop, topic → Redis";

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let ended = match arguments.first().map(String::as_str) {
        Some("fresh") => fresh::run(&arguments[1..]).await,
        Some("growth") => growth::run(&arguments[1..]).await,
        Some("crowd") => crowd::run().await,
        Some("ingest") => ingest::run(&arguments[1..]).await,
        Some("playlists") => playlists::run(&arguments[1..]).await,
        Some("projectors") => projectors::run(&arguments[1..]).await,
        Some("read") => read::run(&arguments[1..]).await,
        Some("rebuild") => rebuild::run(&arguments[1..]).await,
        Some("recommend") => recommend::run(&arguments[1..]),
        Some("relay") => relay::run(&arguments[1..]).await,
        Some("search") => search::run(&arguments[1..]).await,
        Some("uploads") => uploads::run(&arguments[1..]).await,
        Some("serve") => service::serve(&arguments[1..]).await,
        Some("poller") => relay::poller(&arguments[1..]).await,
        Some("peer") => bare::peer(&arguments[1..]).await,
        _ => {
            say(HELP);
            return ExitCode::FAILURE;
        }
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

/// Prints a line. A closed stdout is no error: `| head`.
fn say(text: &str) {
    let _gone = writeln!(std::io::stdout(), "{text}");
}
