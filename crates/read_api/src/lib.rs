//! The queries over HTTP: what of the catalogue is shown to whom, searched, ranked, streamed and counted.
//!
//! It owns the operations that change nothing, their parameters and the bodies they answer. Which things an answer holds
//! comes from one read model; what is shown of them from Postgres, batched, with one call to Redis for the plays. It must
//! not know commands, how a read model is kept, or the environment.

mod binary;
mod catalogue_item;
mod charts;
mod history;
mod input;
mod lists;
mod pages;
mod queries;
mod routes;
mod totals;
mod viewer;

pub use catalogue_item::{NamedArtist, NamedTrack};
pub use charts::{Chart, Ranked};
pub use history::{HistoryTrack, Listen, Played, UserStats};
pub use queries::{Plays, Queries};
pub use routes::clickhouse::{ArtistListeningStats, ListeningStats};
pub use routes::health::{Checks, EngineStatus, RoleState, Roles};
pub use routes::projections::{GenerationState, ProjectionName, ProjectionState};
pub use routes::realtime::PlatformStats;
pub use routes::search::MultiAnswer;
pub use totals::Totals;
pub use viewer::Viewer;

http_kit::operations! {
    routes::service::get_root,
    routes::service::get_ping,
    routes::health::get_health,
    routes::health::get_ready,
    routes::artists::list_artists,
    routes::artists::search_artists,
    routes::artists::chart_artists,
    routes::artists::get_artist_of_user,
    routes::artists::get_artist,
    routes::artists::list_tracks_of_artist,
    routes::artists::list_albums_of_artist,
    routes::albums::list_albums,
    routes::albums::search_albums,
    routes::albums::chart_albums,
    routes::albums::list_recent_albums,
    routes::albums::list_albums_by_artist,
    routes::albums::get_album,
    routes::albums::list_tracks_of_album,
    routes::tracks::list_tracks,
    routes::tracks::search_tracks,
    routes::tracks::chart_tracks,
    routes::tracks::get_track,
    routes::stream::stream_track,
    routes::stream::head_track_stream,
    routes::covers::get_cover,
    routes::search::search_all,
    routes::jobs::list_jobs,
    routes::jobs::get_job,
    routes::jobs::get_upload_job,
    routes::users::get_user,
    routes::users::get_listening_history,
    routes::users::get_user_stats,
    routes::analytics::get_track_chart,
    routes::analytics::get_artist_chart,
    routes::analytics::get_history_of_user,
    routes::analytics::get_stats_of_user,
    routes::realtime::get_platform_stats,
    routes::realtime::count_active_users,
    routes::clickhouse::get_track_stats,
    routes::clickhouse::get_artist_stats,
    routes::clickhouse::get_clickhouse_health,
    routes::projections::list_projections,
    routes::projections::rebuild_projection,
}
