//! The queries over HTTP: what of the catalogue is shown to whom, searched, ranked, streamed and counted.
//!
//! It owns the operations that change nothing, their parameters and the bodies they answer. Which things an answer holds
//! comes from one read model; what is shown of them from Postgres, batched, with one call to Redis for the plays. It must
//! not know commands, how a read model is kept, or the environment.

mod binary;
mod by_id;
mod catalogue_item;
mod charts;
mod consistency;
mod dashboard;
mod for_many;
mod history;
mod input;
mod lag;
mod lists;
mod live;
mod pages;
mod playlists;
mod queries;
mod recommended;
mod recording;
mod routes;
mod spans;
mod totals;
mod viewer;
mod webhook_feed;

pub use by_id::{ById, CatalogueReplica};
pub use catalogue_item::{NamedArtist, NamedTrack};
pub use charts::{Chart, Ranked};
pub use consistency::{Positions, wait_for_read_models};
pub use dashboard::{CatalogueState, DashboardCounts};
pub use history::{HistoryTrack, Listen, Played, UserStats};
pub use lag::{ProjectionLag, VisibleAfter};
pub use live::Live;
pub use pages::SearchHit;
pub use queries::{Plays, Queries};
pub use recording::SearchRecorder;
pub use routes::clickhouse::{ArtistListeningStats, ListeningStats};
pub use routes::health::{Checks, EngineStatus, RoleState, Roles};
pub use routes::listeners::{UserAnalytics, UserPicture};
pub use routes::own::{FavouriteIds, LikedItem, QueuedTracks};
pub use routes::playlists::{OpenPlaylist, PlaylistItems};
pub use routes::projections::{GenerationState, ProjectionName, ProjectionState, ReadModelName};
pub use routes::realtime::PlatformStats;
pub use routes::recommendations::{Recommendation, Recommendations, SimilarUser};
pub use routes::requests::{ApiStats, PerformanceSummary};
pub use routes::s3::{KindUsage, Orphans, SignedUrl, StorageStats, UserUsage};
pub use routes::search::MultiAnswer;
pub use routes::similar::{Similar, SimilarItem};
pub use routes::statistics::{Dashboard, Trends};
pub use routes::suggest::{SuggestedItem, Suggestions};
pub use routes::waveform::Waveform;
pub use routes::works::{Studio, TrackAnalytics};
pub use totals::Totals;
pub use viewer::Viewer;
pub use webhook_feed::FeedState;

http_kit::operations! {
    routes::service::get_root => Any,
    routes::service::get_ping => Any,
    routes::service::get_problem_type => Any,
    routes::health::get_health => Any,
    routes::health::get_ready => Any,
    routes::artists::list_artists => Any from List,
    routes::artists::search_artists => Any from Search,
    routes::artists::chart_artists => Any from Analytics & Counters,
    routes::artists::get_artist_of_user => Any from Catalogue,
    routes::artists::get_artist => Any from Catalogue,
    routes::artists::list_tracks_of_artist => Any from Catalogue,
    routes::similar::list_similar_artists => Any from Catalogue,
    routes::artists::list_albums_of_artist => Any from Catalogue,
    routes::albums::list_albums => Any from List,
    routes::albums::search_albums => Any from Search,
    routes::albums::chart_albums => Any from Analytics & Counters,
    routes::albums::list_recent_albums => Any from Catalogue,
    routes::albums::list_albums_by_artist => Any from Catalogue,
    routes::albums::get_album => Any from Catalogue,
    routes::albums::list_tracks_of_album => Any from Catalogue,
    routes::tracks::list_tracks => Any from List,
    routes::tracks::search_tracks => Any from Search,
    routes::tracks::chart_tracks => Any from Analytics & Counters,
    routes::recommendations::recommend_tracks => Oneself from Analytics,
    routes::tracks::get_track => Any from Catalogue,
    routes::similar::list_similar_tracks => Any from Catalogue,
    routes::stream::stream_track => User,
    routes::stream::head_track_stream => User,
    routes::waveform::get_waveform => Any,
    routes::covers::get_cover => Any,
    routes::s3::get_s3_health => Any,
    routes::s3::get_storage_stats => Admin,
    routes::s3::list_audio_objects => Oneself,
    routes::s3::get_audio_object_url => User,
    routes::s3::stream_audio_object => User,
    routes::s3::head_audio_object => User,
    routes::search::search_all => Any from Search,
    routes::playlists::list_playlists => User,
    routes::playlists::list_playlists_of_user => Any,
    routes::playlist_export::export_playlist => Owner from Catalogue,
    routes::playlists::get_playlist => Any from Catalogue,
    routes::playlists::list_playlist_items => Any from Catalogue,
    routes::suggest::suggest => Any from Search & Counters,
    routes::moderation::list_reports => Admin,
    routes::moderation::list_takedowns => Admin,
    routes::moderation::list_own_takedowns => Oneself,
    routes::jobs::list_jobs => Admin,
    routes::jobs::get_job => Owner,
    routes::jobs::get_upload_job => Owner,
    routes::users::list_users => Admin,
    routes::users::get_user => Any,
    routes::users::get_listening_history => Oneself from Analytics,
    routes::own::list_favourite_ids => Oneself,
    routes::own::list_favourites => Oneself from Catalogue,
    routes::own::get_favourite => Oneself,
    routes::own::list_following => Oneself from Catalogue,
    routes::own::get_following => Oneself,
    routes::own::list_new_releases => Oneself from Catalogue,
    routes::own::get_queue => Oneself,
    routes::own::list_queued_tracks => Oneself from Catalogue,
    routes::own::get_preferences => Oneself,
    routes::export::get_export => OnlyOneself,
    routes::users::get_user_stats => Oneself from Analytics,
    routes::analytics::get_track_chart => Any from Analytics & Counters,
    routes::analytics::get_artist_chart => Any from Analytics & Counters,
    routes::analytics::get_history_of_user => Oneself from Analytics,
    routes::analytics::get_stats_of_user => Oneself from Analytics,
    routes::statistics::get_genre_stats => Any from Analytics,
    routes::statistics::get_trends => Any from Analytics,
    routes::statistics::get_dashboard => Admin from Analytics,
    routes::listeners::get_own_analytics => User from Analytics,
    routes::searches::get_search_history => User from Analytics,
    routes::listeners::get_picture_of_user => Oneself from Analytics,
    routes::listeners::get_user_analytics => Oneself from Analytics,
    routes::works::get_track_analytics => Any from Analytics,
    routes::works::get_studio => Owner from Analytics,
    routes::recommendations::list_similar_users => Oneself,
    routes::realtime::get_platform_stats => Any from Counters,
    routes::realtime::count_active_users => Any from Counters,
    routes::realtime::stream_platform_stats => Any,
    routes::requests::get_api_stats => Admin,
    routes::requests::get_performance_summary => Admin,
    routes::clickhouse::get_track_stats => Any from Analytics,
    routes::clickhouse::get_artist_stats => Any from Analytics,
    routes::clickhouse::get_clickhouse_health => Any,
    routes::dead_letters::list_dead_letters => Admin,
    routes::dead_letters::get_dead_letter => Admin,
    routes::webhooks::list_webhooks => User,
    routes::webhooks::get_webhook => OnlyOneself,
    routes::webhooks::list_deliveries => OnlyOneself,
    routes::webhooks::get_delivery => OnlyOneself,
    routes::projections::list_projections => Admin,
    routes::projections::rebuild_projection => Admin,
}
