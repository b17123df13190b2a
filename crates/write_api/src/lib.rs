//! Commands over HTTP: accounts, the catalogue, uploads, listens, jobs. A handler extracts, loads, asks the domain, records,
//! commits and answers.
//!
//! It must not know any read model or projector; the plays it shows come through a trait of `representations`.

mod auth;
mod catalogue;
mod commands;
mod dead_letters;
mod idempotency_key;
mod jobs;
mod listens;
mod once;
mod playlists;
mod upload;

pub use auth::{Hasher, new_account};
pub use commands::{Commands, Settings};
pub use dead_letters::{Purged, Replayed};
pub use listens::{BatchOutcome, KnownTracks, ListenIdentity, RejectedListen};
pub use playlists::items::GrownPlaylist;

http_kit::operations! {
    auth::register::register => Any,
    auth::login::log_in => Any,
    auth::login::log_in_with_json => Any,
    auth::refresh::refresh => Any,
    auth::logout::log_out => User,
    auth::me::get_me => User,
    catalogue::artists::create_artist => Artist,
    catalogue::artists::change_artist => Owner,
    catalogue::artists::delete_artist => Owner,
    catalogue::albums::create_album => Artist,
    catalogue::albums::change_album => Owner,
    catalogue::albums::delete_album => Owner,
    catalogue::tracks::create_track => Artist,
    catalogue::tracks::change_track => Owner,
    catalogue::tracks::delete_track => Owner,
    upload::upload_file => Artist,
    playlists::change::create_playlist => User,
    playlists::change::change_playlist => Owner,
    playlists::change::delete_playlist => Owner,
    playlists::items::add_playlist_tracks => Owner,
    playlists::items::remove_playlist_items => Owner,
    playlists::items::move_playlist_items => Owner,
    playlists::items::remove_playlist_item => Owner,
    jobs::cancel_job => Owner,
    dead_letters::replay_dead_letters => Admin,
    dead_letters::purge_dead_letters => Admin,
    dead_letters::replay_dead_letter => Admin,
    listens::listen::listen => User,
    listens::listen::record_play => User,
    listens::batch::post_listening_events => Producer,
}
