//! The command line.

use crate::error::{Context, Error, Result};

/// The output of `cargo xtask help`.
pub const HELP: &str = "\
Jonquil on this machine, without containers.

  cargo xtask up [--detach] [--no-demo] [--json]   starts engines and every role, loads the demo; Ctrl-C stops all
  cargo xtask status [--json]                      shows what runs and whether it is healthy
  cargo xtask down                                 stops what `up` started
  cargo xtask reset [--yes]                        stops everything and deletes all data
  cargo xtask engines                              starts the engines only; prints the variables for clients
  cargo xtask test [--keep] [FILTER …]             tidy, format, clippy and all tests on real engines; with FILTER only those tests
  cargo xtask fuzz [--keep] [SECONDS]              requests made from the OpenAPI document, as every role at once, so long (default 60)
  cargo xtask bench NAME [--keep] [ARGUMENT …]     runs a benchmark in a release build
  cargo xtask chaos [--seed N|A..B] [--minutes M]  load and faults on engines of its own, which it kills; then every store is checked;
                    [--brokers 3]                  with three brokers, killed in turn
  cargo xtask page [--keep]                        the stories of web/ in a real browser, on a system of their own
  cargo xtask screenshots                          pictures of every page of web/ in both themes, in .jonquil/screenshots
  cargo xtask tidy                                 checks the rules of this repository

  --port-base N    first port of the engines (default 18100 with the HTTP API at 8080; otherwise the API is at N + 80).
                   The last value is remembered. JONQUIL_PORT_BASE sets it too.
  --keep           keep the engines running that the command started

To use engines that run elsewhere, set JONQUIL_POSTGRES_URL, JONQUIL_REDIS_URL, JONQUIL_KAFKA_URL, JONQUIL_ELASTICSEARCH_URL,
JONQUIL_CLICKHOUSE_URL or JONQUIL_S3_URL (with JONQUIL_S3_ACCESS_KEY, _SECRET_KEY, _REGION), and xtask starts none.
Folders: .engines and .jonquil in the checkout; downloads in JONQUIL_CACHE (~/.cache/jonquil, as root /var/cache/jonquil).";

/// The arguments after the command's name.
pub struct Arguments {
    pub port_base: Option<u16>,
    flags: Vec<String>,
    /// Arguments for the program that is started.
    pub rest: Vec<String>,
}

impl Arguments {
    /// Parses `given`. `flags` are those the command knows. Other arguments go to `rest` if `passes_on`, else they are an error.
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
                        .context(format_args!("--port-base needs a port, not \"{text}\""))?,
                );
            } else if flags.contains(&argument.as_str()) {
                arguments.flags.push(argument);
            } else if passes_on {
                arguments.rest.push(argument);
            } else {
                return Err(Error::new(format!(
                    "unknown argument \"{argument}\"; `cargo xtask help` lists the arguments"
                )));
            }
        }
        Ok(arguments)
    }

    pub fn has(&self, flag: &str) -> bool {
        self.flags.iter().any(|given| given == flag)
    }
}
