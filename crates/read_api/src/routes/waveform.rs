//! The waveform of a track's audio.

use actix_web::{
    HttpRequest, HttpResponse, get,
    http::header::{CACHE_CONTROL, ETAG},
    web::Data,
};
use events::TrackId;
use http_kit::{ByIdProblems, Error, Id, is_known};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Queries;

/// A track may get other audio.
const CACHED: &str = "public, max-age=3600";
/// Of the body's form.
const VERSION: u8 = 1;

/// How loud a track is in each of 800 parts of its length.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Waveform {
    /// Of this form.
    #[schema(example = 1)]
    pub version: u8,
    /// Length of the track in milliseconds; null where it is not known.
    pub duration_ms: Option<i64>,
    /// 0 is silence, 255 full scale.
    #[schema(min_items = 800, max_items = 800, example = json!([0, 17, 203]))]
    pub peaks: Vec<u8>,
}

/// A track's waveform
///
/// Made once, at the upload; of long tracks some minutes later. 204 until then, and where the audio cannot be decoded.
#[utoipa::path(tag = "tracks", security((), ("bearer" = [])),
    params(("track_id" = TrackId, Path, description = "track", example = "019ab0f4-7c3e-7d15-8a52-0c9d7a3f1b13"),
        ("If-None-Match" = Option<String>, Header, description = "the ETag that the caller has")),
    responses((status = 200, description = "its waveform", body = Waveform, headers(("ETag" = String))),
        (status = 204, description = "the track has audio, and no waveform"),
        (status = 304, description = "the caller has it"), ByIdProblems))]
#[get("/api/v1/tracks/{track_id}/waveform")]
pub(crate) async fn get_waveform(
    viewer: crate::Viewer,
    Id(id): Id<TrackId>,
    request: HttpRequest,
    queries: Data<Queries>,
) -> Result<HttpResponse, Error> {
    let track = queries.reader.waveform_of(id, viewer.sight()).await?;
    let track = track.ok_or_else(|| Error::not_found("track"))?;
    let sha256 = track.sha256.ok_or_else(|| Error::lacking("this track has no audio"))?;
    let Some(store::Waveform::Peaks(peaks)) = track.waveform else {
        return Ok(HttpResponse::NoContent().finish());
    };
    let waveform = Waveform {
        version: VERSION,
        duration_ms: track.duration_ms,
        peaks,
    };
    Ok(answer(&request, &format!("\"{VERSION}-{sha256}\""), &waveform))
}

fn answer(request: &HttpRequest, etag: &str, waveform: &Waveform) -> HttpResponse {
    let is_known = is_known(request, etag);
    let mut answer = if is_known {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    answer
        .insert_header((ETAG, etag))
        .insert_header((CACHE_CONTROL, CACHED));
    if is_known {
        return answer.finish();
    }
    answer.json(waveform)
}
