//! `cargo xtask bench NAME`: how good Jonquil is, measured against a peer that takes turns with it on the same engines.
//!
//! The program starts itself again as the process under test (`serve`) and as the peer (`peer`), so that each has its own
//! CPU time and memory to read.

mod bare;
mod drive;
mod http;
mod ingest;
mod listens;
mod process;
mod report;
mod service;
mod stage;
mod topic;

use std::{env, io::Write as _, process::ExitCode};

/// Why a measurement could not be made, for a person.
type Failure = Box<dyn std::error::Error + Send + Sync>;

const HELP: &str = "\
cargo xtask bench ingest [--rounds N] [--seconds N]
    listens over HTTP against a bare rdkafka loop: batches of 50, and one a request";

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let ended = match arguments.first().map(String::as_str) {
        Some("ingest") => ingest::run(&arguments[1..]).await,
        Some("serve") => service::serve().await,
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

/// A line of the answer. A reader that has gone away is no fault.
fn say(text: &str) {
    let _gone = writeln!(std::io::stdout(), "{text}");
}
