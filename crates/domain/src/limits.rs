//! How much one person keeps. `store` compares while it holds the account, so that two commands at once keep to it.

/// Favourites.
pub const MAX_FAVOURITES: i64 = 20_000;
/// Artists that a person follows.
pub const MAX_FOLLOWED: i64 = 5_000;
/// Listens hidden from one's own history.
pub const MAX_HIDDEN_LISTENS: i64 = 1_000;
/// Jobs that have not ended.
pub const MAX_UNFINISHED_JOBS: i64 = 20;
