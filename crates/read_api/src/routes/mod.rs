//! The operations, one file for each group of the contract.

pub mod albums;
pub mod analytics;
pub mod artists;
pub mod clickhouse;
pub mod covers;
pub mod dead_letters;
pub mod health;
pub mod jobs;
pub mod listeners;
pub mod listening;
pub mod playlists;
pub mod projections;
pub mod realtime;
pub mod search;
pub mod service;
pub mod statistics;
pub mod stream;
pub mod tracks;
pub mod users;
