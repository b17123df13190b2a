//! The queries over HTTP: what of the catalogue is shown to whom, searched, ranked, streamed and counted.
//!
//! It owns the operations that change nothing, their parameters and the bodies they answer. Which things an answer holds
//! comes from one read model; what is shown of them from Postgres, batched, with one call to Redis for the plays. It must
//! not know commands, how a read model is kept, or the environment.

mod binary;
mod by_id;
mod catalogue_item;
mod charts;
mod dashboard;
mod history;
mod input;
mod lists;
mod pages;
mod playlists;
mod queries;
mod routes;
mod shared;
mod spans;
mod totals;
mod viewer;

pub use by_id::ById;
pub use catalogue_item::{NamedArtist, NamedTrack};
pub use charts::{Chart, Ranked};
pub use dashboard::{CatalogueState, DashboardCounts};
pub use history::{HistoryTrack, Listen, Played, UserStats};
pub use queries::{Plays, Queries};
pub use routes::clickhouse::{ArtistListeningStats, ListeningStats};
pub use routes::health::{Checks, EngineStatus, RoleState, Roles};
pub use routes::listeners::{UserAnalytics, UserPicture};
pub use routes::listening::{Studio, TrackAnalytics};
pub use routes::playlists::{OpenPlaylist, PlaylistItems};
pub use routes::projections::{GenerationState, ProjectionName, ProjectionState};
pub use routes::realtime::PlatformStats;
pub use routes::search::MultiAnswer;
pub use routes::statistics::{Dashboard, Trends};
pub use totals::Totals;
pub use viewer::Viewer;

http_kit::operations! {
    routes::service::get_root => Any,
    routes::service::get_ping => Any,
    routes::health::get_health => Any,
    routes::health::get_ready => Any,
    routes::artists::list_artists => Any,
    routes::artists::search_artists => Any,
    routes::artists::chart_artists => Any,
    routes::artists::get_artist_of_user => Any,
    routes::artists::get_artist => Any,
    routes::artists::list_tracks_of_artist => Any,
    routes::artists::list_albums_of_artist => Any,
    routes::albums::list_albums => Any,
    routes::albums::search_albums => Any,
    routes::albums::chart_albums => Any,
    routes::albums::list_recent_albums => Any,
    routes::albums::list_albums_by_artist => Any,
    routes::albums::get_album => Any,
    routes::albums::list_tracks_of_album => Any,
    routes::tracks::list_tracks => Any,
    routes::tracks::search_tracks => Any,
    routes::tracks::chart_tracks => Any,
    routes::tracks::get_track => Any,
    routes::stream::stream_track => User,
    routes::stream::head_track_stream => User,
    routes::covers::get_cover => Any,
    routes::search::search_all => Any,
    routes::playlists::list_playlists => User,
    routes::playlists::list_playlists_of_user => Any,
    routes::playlist_export::export_playlist => Owner,
    routes::playlists::get_playlist => Any,
    routes::playlists::list_playlist_items => Any,
    routes::jobs::list_jobs => Admin,
    routes::jobs::get_job => Owner,
    routes::jobs::get_upload_job => Owner,
    routes::users::get_user => Any,
    routes::users::get_listening_history => Oneself,
    routes::users::get_user_stats => Oneself,
    routes::analytics::get_track_chart => Any,
    routes::analytics::get_artist_chart => Any,
    routes::analytics::get_history_of_user => Oneself,
    routes::analytics::get_stats_of_user => Oneself,
    routes::statistics::get_genre_stats => Any,
    routes::statistics::get_trends => Any,
    routes::statistics::get_dashboard => Admin,
    routes::listeners::get_own_analytics => User,
    routes::listeners::get_picture_of_user => Oneself,
    routes::listeners::get_user_analytics => Oneself,
    routes::listening::get_track_analytics => Any,
    routes::listening::get_studio => Owner,
    routes::realtime::get_platform_stats => Any,
    routes::realtime::count_active_users => Any,
    routes::clickhouse::get_track_stats => Any,
    routes::clickhouse::get_artist_stats => Any,
    routes::clickhouse::get_clickhouse_health => Any,
    routes::projections::list_projections => Admin,
    routes::projections::rebuild_projection => Admin,
}
