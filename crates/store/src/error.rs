//! What can go wrong with Postgres, told apart by what the caller can do about it.

use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error as Diesel};

/// Why a statement or a unit of work failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Postgres does not answer, or no connection was free in time. Try later.
    #[error("postgres is unavailable: {0}")]
    Unavailable(String),
    /// Somebody else changed the row meanwhile, or a deadlock was broken at our cost. Try again at once.
    #[error("the row was changed by somebody else meanwhile")]
    Conflict,
    /// A unique constraint, by its name.
    #[error("{0} is taken")]
    Taken(String),
    /// A row that the new one refers to is not there, by the constraint's name.
    #[error("{0} refers to nothing")]
    Missing(String),
    /// A defect of ours: a statement that Postgres refuses, or a row that this version cannot read.
    #[error("{0}")]
    Defect(String),
}

impl From<Diesel> for StoreError {
    fn from(error: Diesel) -> Self {
        match error {
            Diesel::DatabaseError(kind, info) => from_database(kind, &*info),
            Diesel::BrokenTransactionManager => {
                Self::Unavailable("the connection broke inside a transaction".to_owned())
            }
            other => Self::Defect(other.to_string()),
        }
    }
}

fn from_database(kind: DatabaseErrorKind, info: &(dyn DatabaseErrorInformation + Send + Sync)) -> StoreError {
    let constraint = || info.constraint_name().unwrap_or("a constraint").to_owned();
    match kind {
        DatabaseErrorKind::UniqueViolation => StoreError::Taken(constraint()),
        DatabaseErrorKind::ForeignKeyViolation => StoreError::Missing(constraint()),
        DatabaseErrorKind::SerializationFailure => StoreError::Conflict,
        // diesel has no kind for 40P01.
        _ if info.message().contains("deadlock detected") => StoreError::Conflict,
        DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand => {
            StoreError::Unavailable(info.message().to_owned())
        }
        // What the server says while it stops or starts, and what tokio-postgres says of a broken connection.
        _ if is_away(info.message()) => StoreError::Unavailable(info.message().to_owned()),
        _ => StoreError::Defect(info.message().to_owned()),
    }
}

fn is_away(message: &str) -> bool {
    const SIGNS: [&str; 8] = [
        "connection closed",
        "terminating connection",
        "error communicating with the server",
        "the database system is",
        "too many clients",
        "remaining connection slots",
        "statement timeout",
        "lock timeout",
    ];
    SIGNS.iter().any(|sign| message.contains(sign))
}
