//! The command line.

use crate::fault::{Explain, Fault, Result};

/// What `cargo xtask help` says.
pub const HELP: &str = "\
Jonquil on this machine, without containers.

  cargo xtask up [--detach] [--no-demo] [--json]   engines, build, migrations, every role, demo; Ctrl-C stops it
  cargo xtask status [--json]                      what runs, and whether it is well
  cargo xtask down                                 stops what `up` started
  cargo xtask reset [--yes]                        down, and deletes all data
  cargo xtask engines                              just the engines; prints what to export for clients
  cargo xtask test [--keep] [FILTER …]             tidy, format, clippy and all tests on real engines; with a FILTER those tests only
  cargo xtask bench NAME [--keep] [ARGUMENT …]     a measurement, release build
  cargo xtask tidy                                 the rules of the house that a machine can check

  --port-base N    first port of the engines (default 18100, and the HTTP API at 8080; else the API is at N + 80);
                   the last one used is remembered. Also JONQUIL_PORT_BASE.
  --keep           leave engines running that the command started

An engine of your own: set JONQUIL_POSTGRES_URL, JONQUIL_REDIS_URL, JONQUIL_KAFKA_URL, JONQUIL_ELASTICSEARCH_URL,
JONQUIL_CLICKHOUSE_URL or JONQUIL_S3_URL (with JONQUIL_S3_ACCESS_KEY, _SECRET_KEY, _REGION), and none is started for it.
Folders: .engines and .jonquil in the checkout; downloads in JONQUIL_CACHE (~/.cache/jonquil, as root /var/cache/jonquil).";

/// What follows the command's name.
pub struct Arguments {
    /// `--port-base N`.
    pub port_base: Option<u16>,
    flags: Vec<String>,
    /// What is not ours: passed on.
    pub rest: Vec<String>,
}

impl Arguments {
    /// Reads `given`. `flags` are the ones this command knows; anything else is passed on or, unless `passes_on`, refused.
    pub fn read(given: impl Iterator<Item = String>, flags: &[&str], passes_on: bool) -> Result<Self> {
        let mut arguments = Self {
            port_base: None,
            flags: Vec::new(),
            rest: Vec::new(),
        };
        let mut given = given.peekable();
        while let Some(argument) = given.next() {
            if let Some(base) = argument.strip_prefix("--port-base") {
                let text = base
                    .strip_prefix('=')
                    .map(str::to_owned)
                    .or_else(|| given.next())
                    .unwrap_or_default();
                arguments.port_base = Some(
                    text.parse()
                        .explain(format_args!("--port-base needs a port, not \"{text}\""))?,
                );
            } else if flags.contains(&argument.as_str()) {
                arguments.flags.push(argument);
            } else if passes_on {
                arguments.rest.push(argument);
            } else {
                return Err(Fault::new(format!(
                    "what is \"{argument}\"? `cargo xtask help` tells what there is"
                )));
            }
        }
        Ok(arguments)
    }

    /// Whether a flag was given.
    pub fn has(&self, flag: &str) -> bool {
        self.flags.iter().any(|given| given == flag)
    }
}
