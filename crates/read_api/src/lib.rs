//! The queries over HTTP: what of the catalogue is shown to whom, searched, ranked, streamed and counted.
//!
//! It owns the operations that change nothing, their parameters and the bodies they answer. Which things an answer holds
//! comes from one read model; what is shown of them from Postgres, batched, with one call to Redis for the plays. It must
//! not know commands, the domain's rules, how a read model is kept, or the environment.

mod charts;
mod input;
mod listening;
mod listing;
mod problems;
mod queries;
mod routes;
mod shape;
mod viewer;

use actix_web::web::ServiceConfig;
use http_kit::{FieldError, Problem};
use utoipa::OpenApi;

use routes::{albums, analytics, artists, covers, realtime, search, service, stream, tracks, users, warehouse};

pub use queries::{Plays, Queries};
pub use routes::health::Checks;
pub use viewer::Viewer;

/// The queries' part of the OpenAPI document. The scheme `bearer` is the application's to add.
#[derive(OpenApi)]
#[openapi(
    tags(
        (name = "service", description = "The service itself."),
        (name = "artists", description = "Who made the music."),
        (name = "albums", description = "What tracks are released on."),
        (name = "tracks", description = "What is played."),
        (name = "search", description = "Finding, whatever the script and the slips."),
        (name = "users", description = "People, and what they heard."),
        (name = "analytics", description = "Charts and statistics."),
        (name = "s3", description = "Audio and covers as objects."),
    ),
    paths(
        service::get_root, service::get_ping, routes::health::get_health, routes::health::get_ready,
        artists::list_artists, artists::search_artists, artists::popular_artists, artists::artist_of_user,
        artists::get_artist, artists::tracks_of_artist, artists::albums_of_artist,
        albums::list_albums, albums::search_albums, albums::popular_albums, albums::recent_albums,
        albums::albums_by_artist, albums::get_album, albums::tracks_of_album,
        tracks::list_tracks, tracks::search_tracks, tracks::popular_tracks, tracks::get_track,
        stream::stream_track, stream::head_track_stream, covers::get_cover, search::search_all,
        users::get_user, users::listening_history, users::user_stats,
        analytics::track_chart, analytics::artist_chart, analytics::history_of_user, analytics::stats_of_user,
        realtime::platform_stats, realtime::active_users,
        warehouse::track_stats, warehouse::artist_stats, warehouse::warehouse_health,
    ),
    components(schemas(Problem, FieldError))
)]
pub struct ApiDoc;

/// Registers every query. What is more particular comes first: `/artists/popular` before `/artists/{artist_id}`.
pub fn configure(config: &mut ServiceConfig) {
    config
        .service(service::get_root)
        .service(service::get_ping)
        .service(routes::health::get_health)
        .service(routes::health::get_ready)
        .service(artists::list_artists)
        .service(artists::search_artists)
        .service(artists::popular_artists)
        .service(artists::artist_of_user)
        .service(artists::get_artist)
        .service(artists::tracks_of_artist)
        .service(artists::albums_of_artist)
        .service(albums::list_albums)
        .service(albums::search_albums)
        .service(albums::popular_albums)
        .service(albums::recent_albums)
        .service(albums::albums_by_artist)
        .service(albums::get_album)
        .service(albums::tracks_of_album)
        .service(tracks::list_tracks)
        .service(tracks::search_tracks)
        .service(tracks::popular_tracks)
        .service(tracks::get_track)
        .service(stream::stream_track)
        .service(stream::head_track_stream)
        .service(covers::get_cover)
        .service(search::search_all)
        .configure(people_and_figures);
}

fn people_and_figures(config: &mut ServiceConfig) {
    config
        .service(users::get_user)
        .service(users::listening_history)
        .service(users::user_stats)
        .service(analytics::track_chart)
        .service(analytics::artist_chart)
        .service(analytics::history_of_user)
        .service(analytics::stats_of_user)
        .service(realtime::platform_stats)
        .service(realtime::active_users)
        .service(warehouse::track_stats)
        .service(warehouse::artist_stats)
        .service(warehouse::warehouse_health);
}
