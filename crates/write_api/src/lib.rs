//! Commands over HTTP: accounts, the catalogue, uploads, listens, jobs. A handler extracts, loads, asks the domain, records,
//! commits and answers.
//!
//! It must not know any read model or projector; the plays it shows come through a trait of `representations`.

mod auth;
mod catalogue;
mod commands;
mod jobs;
mod listens;
mod upload;

pub use auth::{Hasher, new_account};
pub use commands::{Commands, Settings};
pub use listens::{BatchOutcome, KnownTracks, ListenIdentity, RejectedListen};

http_kit::operations! {
    auth::register::register,
    auth::login::log_in,
    auth::login::log_in_with_json,
    auth::refresh::refresh,
    auth::logout::log_out,
    auth::me::get_me,
    catalogue::artists::create_artist,
    catalogue::artists::change_artist,
    catalogue::artists::delete_artist,
    catalogue::albums::create_album,
    catalogue::albums::change_album,
    catalogue::albums::delete_album,
    catalogue::tracks::create_track,
    catalogue::tracks::change_track,
    catalogue::tracks::delete_track,
    upload::upload_file,
    jobs::cancel_job,
    listens::listen::listen,
    listens::listen::record_play,
    listens::batch::post_listening_events,
}
