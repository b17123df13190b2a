//! The operations, one file for each group of the contract.

pub mod albums;
pub mod analytics;
pub mod artists;
pub mod clickhouse;
pub mod covers;
pub mod export;
pub mod health;
pub mod jobs;
pub mod listeners;
pub mod listening;
pub mod own;
pub mod playlists;
pub mod projections;
pub mod realtime;
pub mod requests;
pub mod recommendations;
pub mod search;
pub mod searches;
pub mod service;
pub mod similar;
pub mod statistics;
pub mod stream;
pub mod suggest;
pub mod tracks;
pub mod users;
