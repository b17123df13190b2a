//! Commands past the service: what another process does at the same time.

use std::time::Duration;

use store::{CommandContext, Store, StoreConfig, Unit};

use crate::{App, new_id, now};

/// What a command carries when no request began it.
#[must_use]
pub fn command_context() -> CommandContext {
    CommandContext {
        now: now(),
        new_id,
        trace: events::Trace::default(),
        marks: store::Marks::default(),
    }
}

impl App {
    /// Without the projectors: for stories about commands.
    pub async fn without_read_models() -> Self {
        Self::builder().without_read_models().start().await
    }

    /// A pool beside those of the service, on its database.
    #[must_use]
    pub fn store(&self, connections: usize) -> Store {
        let config = StoreConfig {
            url: self.setting("JONQUIL_POSTGRES_URL").to_owned(),
            tls: None,
            connections,
            acquire: Duration::from_secs(5),
            statement: Duration::from_secs(5),
        };
        Store::new(&config).expect("a pool")
    }

    /// A command of another process, not yet committed.
    pub async fn begins(&self) -> Unit {
        self.store(1).begin(command_context()).await.expect("a unit")
    }

    /// Statements that wait for the lock of another one.
    pub async fn waiting(&self) -> i64 {
        let waiting = "SELECT count(*) FROM pg_stat_activity \
            WHERE datname = current_database() AND wait_event_type = 'Lock'";
        self.number(waiting).await
    }
}
