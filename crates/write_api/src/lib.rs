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
mod moderation;
mod once;
mod people;
mod playlists;
mod s3;
mod searches;
mod upload;
mod webhooks;

pub use auth::{
    ApiKey, ApiKeys, Hasher, NewApiKey, RecoveryCodes, SignInSession, SignInSessions, TotpSecret, TotpState,
    new_account,
};
pub use commands::{Commands, Settings};
pub use dead_letters::{Purged, Replayed};
pub use listens::{BatchOutcome, KnownTracks, ListenIdentity, RejectedListen};
pub use people::{links::OneTimeLink, mailed::LinkMailer};
pub use playlists::{
    activity::RecordedEvent,
    import::{ImportedPlaylist, MatchedEntry, MissedEntry},
    items::GrownPlaylist,
    known::KnownPlaylists,
};
pub use s3::cleanup::CleanedUp;
pub use searches::RecordedSearch;
pub use upload::{Ingest, RejectedFile, UploadedAlbumAnswer, UrlUploader};
pub use webhooks::deliveries::{Redelivery, TestDelivery};

http_kit::operations! {
    auth::register::register => Any,
    auth::login::log_in => Any,
    auth::login::log_in_with_json => Any,
    auth::refresh::refresh => Any,
    auth::logout::log_out => User,
    auth::me::get_me => User,
    auth::sessions::list_sessions => User,
    auth::sessions::end_session => OnlyOneself,
    auth::totp::get_totp => User,
    auth::totp::begin_totp => User,
    auth::totp::confirm_totp => User,
    auth::totp::end_totp => User,
    people::mailed::send_password_link => Any,
    people::mailed::send_email_link => User,
    people::links::reset_password => Any,
    people::links::confirm_email => Any,
    people::links::create_password_link => Admin,
    people::links::create_email_link => Admin,
    auth::api_keys::list_api_keys => User,
    auth::api_keys::create_api_key => User,
    auth::api_keys::delete_api_key => OnlyOneself,
    people::users::create_user => Admin,
    people::users::change_user => Oneself,
    people::users::delete_user => Oneself,
    people::favourites::add_favourite => Oneself,
    people::favourites::remove_favourite => Oneself,
    people::favourites::follow_artist => Oneself,
    people::favourites::unfollow_artist => Oneself,
    people::own::change_queue => Oneself,
    people::own::change_preferences => Oneself,
    people::own::hide_listen => Oneself,
    people::export::export_person => OnlyOneself,
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
    playlists::import::import_playlist => User,
    playlists::change::create_playlist => User,
    playlists::change::change_playlist => Owner,
    playlists::change::delete_playlist => Owner,
    playlists::items::add_playlist_tracks => Owner,
    playlists::items::remove_playlist_items => Owner,
    playlists::items::move_playlist_items => Owner,
    playlists::items::remove_playlist_item => Owner,
    upload::album::upload_album => Artist,
    upload::from_url::upload_from_url => Artist,
    s3::upload::upload_audio_object => Artist,
    s3::upload::upload_cover_object => Artist,
    s3::cleanup::clean_up_objects => Admin,
    s3::delete::delete_audio_object => Owner,
    playlists::activity::post_playlist_event => User,
    moderation::reports::report_work => User,
    moderation::reports::resolve_report => Admin,
    moderation::takedowns::take_work_down => Admin,
    moderation::takedowns::put_work_back => Admin,
    jobs::cancel_job => Owner,
    webhooks::change::create_webhook => User,
    webhooks::change::change_webhook => OnlyOneself,
    webhooks::change::delete_webhook => OnlyOneself,
    webhooks::change::rotate_webhook_secret => OnlyOneself,
    webhooks::deliveries::test_webhook => OnlyOneself,
    webhooks::deliveries::replay_deliveries => OnlyOneself,
    webhooks::deliveries::replay_delivery => OnlyOneself,
    dead_letters::replay_dead_letters => Admin,
    dead_letters::purge_dead_letters => Admin,
    dead_letters::replay_dead_letter => Admin,
    listens::listen::listen => User,
    listens::listen::record_play => User,
    listens::batch::post_listening_events => Producer,
    searches::report_search => User,
    searches::record_search => User,
}
