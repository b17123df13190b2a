//! `jonquil`: the command line of every role and every operator's command.

mod operator;

use std::{io::IsTerminal as _, path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};
use events::Kind;
use jonquil::{Config, ExportOptions, NewAccount, RestoreOptions, Role, RunError, Running, demo};
use store::Aggregates;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// A self-hosted online music service. It is configured by environment variables; `jonquil settings` lists them.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run roles in this process: all of them, or those named.
    Run {
        /// A role; may be repeated.
        #[arg(long = "role", value_enum)]
        roles: Vec<Role>,
    },
    /// Create or update schema, topics, indexes, tables and bucket for this version.
    Migrate,
    /// Copy everything that cannot be made again into a folder: Postgres, the objects, and the topics. Run again it brings the
    /// folder up to now; it may be stopped at any time. The service goes on meanwhile.
    Backup {
        /// A folder of its own. It is made if it is not there.
        folder: PathBuf,
    },
    /// Fill empty stores from a backup. It may be stopped and run again; no role may run meanwhile.
    Restore(RestoreOptions),
    /// Manage accounts.
    Users {
        #[command(subcommand)]
        command: Users,
    },
    /// Publish the present state of every artist, album or track again; repairs a topic or an index.
    Republish {
        /// artists, albums, tracks or playlists.
        #[arg(value_parser = plural)]
        kind: Aggregates,
        /// Added to every version; needed after a Postgres restore.
        #[arg(long, default_value_t = 0)]
        bump: i64,
    },
    /// Make a read model anew from the topics, beside the one that serves. The running workers do it, and readers go over
    /// to it once it has caught up. May be stopped and run again: it joins what is under way.
    Rebuild {
        /// search, analytics or counters.
        #[arg(value_enum)]
        model: jonquil::Model,
    },
    /// Look at events that a projector refused, hand them back, or forget them.
    DeadLetters {
        #[command(subcommand)]
        command: operator::DeadLetters,
    },
    /// Load real music and a made-up listening history through the HTTP API.
    Demo {
        /// Address of the service.
        #[arg(long, default_value = "http://127.0.0.1:8080")]
        url: String,
        /// Username of an artist account; its password is read from `JONQUIL_DEMO_PASSWORD`.
        #[arg(long)]
        username: String,
        /// Days of listening history.
        #[arg(long, default_value_t = 30)]
        days: u32,
        /// Random seed of the history.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Look at every engine, topic, read model and folder, and say what to do about what is found. It changes nothing, and
    /// fails when something does not work.
    Doctor {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Write a data set as Parquet files and a manifest into a folder. The same range gives the same files.
    Export(ExportOptions),
    /// List the settings.
    Settings,
    /// Print the OpenAPI document.
    Openapi,
}

#[derive(Subcommand)]
enum Users {
    /// Create an account; its password is read from `JONQUIL_NEW_PASSWORD`.
    Create {
        /// Name to sign in with.
        #[arg(long)]
        username: String,
        /// E-mail address.
        #[arg(long)]
        email: String,
        /// listener, artist or admin.
        #[arg(long, value_parser = role)]
        role: events::Role,
        /// Succeed if the account exists already.
        #[arg(long)]
        if_missing: bool,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    // Fires only in a binary built for tests.
    let failpoints = fail::has_failpoints().then(fail::FailScenario::setup);
    let arguments = Arguments::parse();
    start_log();
    let ended = run_command(arguments.command).await;
    drop(failpoints);
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("jonquil: {reason}");
            ExitCode::FAILURE
        }
    }
}

async fn run_command(command: Command) -> Result<(), Box<dyn std::error::Error>> {
    match command {
        Command::Run { roles } => Ok(run(if roles.is_empty() { Role::ALL.to_vec() } else { roles }).await?),
        Command::Migrate => Ok(jonquil::migrate(&config()?).await?),
        Command::Backup { folder } => operator::backup(&config()?, &folder).await,
        Command::Restore(options) => operator::restore(&config()?, &options).await,
        Command::Users {
            command:
                Users::Create {
                    username,
                    email,
                    role,
                    if_missing,
                },
        } => {
            let password = environment("JONQUIL_NEW_PASSWORD").ok_or("JONQUIL_NEW_PASSWORD is missing")?;
            let account = NewAccount {
                username,
                email,
                password,
                role,
            };
            match jonquil::create_user(&config()?, account).await? {
                true => eprintln!("account created"),
                false if if_missing => eprintln!("account exists already"),
                false => return Err("the username or the e-mail address is taken".into()),
            }
            Ok(())
        }
        Command::Republish { kind, bump } => {
            let count = jonquil::republish(&config()?, kind, bump, |count| eprint!("\r{count}")).await?;
            eprintln!("\r{count} republished");
            Ok(())
        }
        Command::Rebuild { model } => rebuild(model).await,
        Command::DeadLetters { command } => print(&operator::dead_letters(command, &config()?).await?),
        Command::Demo {
            url,
            username,
            days,
            seed,
        } => {
            let password = environment("JONQUIL_DEMO_PASSWORD").ok_or("JONQUIL_DEMO_PASSWORD is missing")?;
            Ok(demo::run(demo::Options {
                url,
                username,
                password,
                days,
                seed,
            })
            .await?)
        }
        Command::Doctor { json } => doctor(json).await,
        Command::Export(options) => export(&options).await,
        Command::Settings => print(&settings()),
        Command::Openapi => print(&jonquil::openapi().to_pretty_json()?),
    }
}

async fn run(roles: Vec<Role>) -> Result<(), Box<dyn std::error::Error>> {
    // Before the roles start: a signal during the start must not kill the process half-way.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut running = Running::start(config()?, &roles).await?;
    let failed: Result<(), RunError> = tokio::select! {
        failed = running.failed() => failed,
        _ = terminate.recv() => Ok(()),
        _ = interrupt.recv() => Ok(()),
    };
    tracing::info!("shutting down: finishing requests and batches in flight");
    // A second signal ends the process without waiting. That is safe: it is the same as a kill.
    tokio::select! {
        () = running.stop() => {}
        _ = terminate.recv() => tracing::warn!("second signal, exiting now"),
        _ = interrupt.recv() => tracing::warn!("second signal, exiting now"),
    }
    Ok(failed?)
}

async fn rebuild(model: jonquil::Model) -> Result<(), Box<dyn std::error::Error>> {
    let show = |at: jonquil::RebuildProgress| {
        let left = at
            .seconds_left()
            .map_or_else(String::new, |left| format!(", {left} s left"));
        let (generation, done, of, rate) = (at.generation, at.done, at.of, at.events_per_second);
        eprint!("\rgeneration {generation}: {done} of {of} events, {rate:.0}/s{left}   ");
    };
    let generation = jonquil::rebuild(&config()?, model, show).await?;
    eprintln!("\rgeneration {generation} serves from now on                    ");
    Ok(())
}

async fn doctor(json: bool) -> Result<(), Box<dyn std::error::Error>> {
    let diagnosis = Box::pin(jonquil::doctor(&config()?)).await;
    print(&if json {
        serde_json::to_string_pretty(&diagnosis)?
    } else {
        diagnosis.text()
    })?;
    if diagnosis.is_broken() {
        return Err("something does not work, see above".into());
    }
    Ok(())
}

async fn export(options: &ExportOptions) -> Result<(), Box<dyn std::error::Error>> {
    let show = |name: &str, rows: u64| eprintln!("  {name}: {rows} rows");
    let rows = jonquil::export(&config()?, options, show).await?;
    eprintln!("{rows} rows in {}", options.folder.display());
    Ok(())
}

fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn config() -> Result<Config, jonquil::InvalidConfig> {
    Config::from_lookup(environment)
}

fn role(name: &str) -> Result<events::Role, String> {
    events::Role::by_name(name).ok_or_else(|| "must be listener, artist or admin".to_owned())
}

fn settings() -> String {
    let line = |(name, meaning): &(&str, &str)| format!("{name:34} {meaning}\n");
    jonquil::SETTINGS.iter().map(line).collect()
}

fn print(text: &str) -> Result<(), Box<dyn std::error::Error>> {
    use std::io::Write as _;
    Ok(writeln!(std::io::stdout(), "{}", text.trim_end())?)
}

fn start_log() {
    // These libraries are noisy at the default level. JONQUIL_LOG comes last and wins.
    let quiet =
        "actix_http=off,actix_server=warn,aws_config=error,aws_smithy_runtime=error,librdkafka=warn,lofty=error";
    let ours = environment("JONQUIL_LOG").unwrap_or_else(|| "info".to_owned());
    let filter = format!("{quiet},{ours}");
    let log = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(filter))
        .with_writer(std::io::stderr);
    if environment("JONQUIL_LOG_FORMAT").as_deref() == Some("json") {
        log.json().init();
    } else {
        log.with_ansi(std::io::stderr().is_terminal()).init();
    }
}

/// What is republished, by the name of many of it.
fn plural(name: &str) -> Result<Aggregates, String> {
    if name == "playlists" {
        return Ok(Aggregates::Playlists);
    }
    let kind = Kind::ALL.into_iter().find(|kind| format!("{}s", kind.name()) == name);
    kind.map(Aggregates::Of)
        .ok_or_else(|| "must be artists, albums, tracks or playlists".to_owned())
}
