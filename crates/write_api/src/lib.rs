//! Commands over HTTP: accounts, the catalogue, uploads, listens. Extract, load, decide, record, commit, answer.
//!
//! It must not know any read model or projector; what a command shows of them comes through traits of `http_kit`.

mod auth;
mod catalogue;
mod commands;
mod listens;
mod problems;
mod upload;

pub use auth::{Hasher, new_account};
pub use commands::{Commands, Settings};
pub use listens::KnownTracks;

use actix_web::{
    guard::Post,
    web::{PayloadConfig, ServiceConfig, resource},
};
use utoipa::OpenApi;

/// The operations of this crate.
#[derive(OpenApi)]
#[openapi(paths(
    auth::register::register,
    auth::login::login,
    auth::login::login_json,
    auth::refresh::refresh,
    auth::refresh::logout,
    auth::me::me,
    catalogue::artists::create,
    catalogue::artists::update,
    catalogue::artists::delete,
    catalogue::albums::create,
    catalogue::albums::update,
    catalogue::albums::delete,
    catalogue::tracks::create,
    catalogue::tracks::update,
    catalogue::tracks::delete,
    upload::upload_file,
    listens::listen::listen,
    listens::listen::play,
    listens::batch::listening_events,
))]
pub struct ApiDoc;

/// Adds the routes.
pub fn configure(config: &mut ServiceConfig) {
    config
        .service(auth::register::register)
        .service(auth::login::login)
        .service(auth::login::login_json)
        .service(auth::refresh::refresh)
        .service(auth::refresh::logout)
        .service(auth::me::me)
        .service(catalogue::artists::create)
        .service(catalogue::artists::update)
        .service(catalogue::artists::delete)
        .service(catalogue::albums::create)
        .service(catalogue::albums::update)
        .service(catalogue::albums::delete)
        .service(catalogue::tracks::create)
        .service(catalogue::tracks::update)
        .service(catalogue::tracks::delete)
        .service(upload::upload_file)
        .service(listens::listen::listen)
        .service(listens::listen::play)
        .service(
            resource("/api/v1/analytics/listening-events")
                .app_data(PayloadConfig::new(listens::batch::MAX_BODY))
                // A guard of the resource: another method goes on to the answer that knows all of the path's methods.
                .guard(Post())
                .to(listens::batch::listening_events),
        );
}
