//! `jonquil dead-letters`: looking at events that projectors refused, handing them back, forgetting them. `jonquil backup` and
//! `jonquil restore`.

use std::path::Path;

use clap::{Args, Subcommand};
use jonquil::{BackupProgress, Config, RestoreOptions};
use store::DeadLetterFilter;
use uuid::Uuid;

#[derive(Subcommand)]
pub enum DeadLetters {
    /// List the newest ones, a line each.
    List {
        #[command(flatten)]
        which: Which,
    },
    /// Show one with its bytes, as JSON.
    Show { id: Uuid },
    /// Hand some back, each to the projector that refused it.
    Replay {
        #[command(flatten)]
        which: Which,
        /// Every one that was not handed back yet.
        #[arg(long)]
        all: bool,
    },
    /// Forget some; the topic keeps its copies for 30 days.
    Purge {
        #[command(flatten)]
        which: Which,
        /// Every one.
        #[arg(long)]
        all: bool,
    },
}

/// Which dead letters: those that fit everything given.
#[derive(Args)]
pub struct Which {
    #[arg(long)]
    id: Option<Uuid>,
    /// search, analytics or counters.
    #[arg(long)]
    projector: Option<String>,
    /// As jonquil.listens.v1.
    #[arg(long)]
    topic: Option<String>,
    /// Of the event, as jonquil.listened.v1.
    #[arg(long = "type")]
    event_type: Option<String>,
    /// malformed, unprojectable or refused.
    #[arg(long)]
    reason: Option<String>,
}

impl Which {
    fn filter(self) -> DeadLetterFilter {
        DeadLetterFilter {
            ids: self.id.map(|id| vec![id]),
            projector: self.projector,
            topic: self.topic,
            event_type: self.event_type,
            reason: self.reason,
            replayed: None,
        }
    }

    /// A mistyped command must not reach every letter.
    fn chosen(self, all: bool) -> Result<DeadLetterFilter, String> {
        let filter = self.filter();
        if all == (filter == DeadLetterFilter::default()) {
            return Ok(filter);
        }
        Err("give --all, or which: --id, --projector, --topic, --type, --reason".to_owned())
    }
}

/// What to print.
pub async fn dead_letters(command: DeadLetters, config: &Config) -> Result<String, Box<dyn std::error::Error>> {
    match command {
        DeadLetters::List { which } => Ok(jonquil::list_dead_letters(config, &which.filter()).await?),
        DeadLetters::Show { id } => {
            let shown = jonquil::show_dead_letter(config, id).await?;
            Ok(shown.ok_or("there is no such dead letter")?)
        }
        DeadLetters::Replay { which, all } => {
            let replayed = jonquil::replay_dead_letters(config, &which.chosen(all)?).await?;
            Ok(format!("{replayed} handed back"))
        }
        DeadLetters::Purge { which, all } => {
            let purged = jonquil::purge_dead_letters(config, &which.chosen(all)?).await?;
            Ok(format!("{purged} forgotten"))
        }
    }
}

pub async fn backup(config: &Config, folder: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let contents = Box::pin(jonquil::backup(config, folder, &mut BackupProgress::new(&mut show))).await?;
    eprintln!("\r{}: {contents}", folder.display());
    Ok(())
}

pub async fn restore(config: &Config, options: &RestoreOptions) -> Result<(), Box<dyn std::error::Error>> {
    let restored = Box::pin(jonquil::restore(config, options, &mut BackupProgress::new(&mut show))).await?;
    eprintln!("\rrestored {restored}");
    eprintln!("next: jonquil migrate, start the roles, jonquil republish each kind (see docs/operations.md)");
    Ok(())
}

fn show(line: &str) {
    eprint!("\r{line:<70}");
}
