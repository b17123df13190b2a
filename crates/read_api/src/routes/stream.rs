//! A track's audio, straight through from the object store: memory stays flat, a seek is one request for its bytes.

use std::convert::Infallible;

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    body::SizedStream,
    get, head,
    http::{
        StatusCode,
        header::{ACCEPT_RANGES, CACHE_CONTROL, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderName, IF_RANGE, RANGE},
    },
    web::Bytes,
};
use domain::StoredAudio;
use events::{TrackId, UserId};
use futures_util::{StreamExt as _, stream};
use http_kit::{Action, ByIdProblems, Error, FromQuery, Id, Permit, RangeProblem, TooManyProblem, Who};
use media::{ObjectError, ObjectStream, range};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{Queries, Viewer, binary::Binary};

/// Seconds that audio is kept by whoever asked with a token. It never changes but by a new upload, which has another tag.
pub(crate) const KEPT: i64 = 3_600;
const UNKNOWN: &str = "application/octet-stream";

/// What `stream_url` carries in place of a token.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Signed {
    /// When the address ends, in seconds since 1970.
    exp: Option<String>,
    /// By whom and for what it was signed.
    sig: Option<String>,
}

pub(crate) struct Audio {
    /// Who hears it.
    pub(crate) by: UserId,
    pub(crate) key: String,
    pub(crate) size_bytes: u64,
    pub(crate) etag: String,
    /// Seconds that it may be kept: as long as its signed address is good.
    pub(crate) kept: i64,
}

/// A track's audio
///
/// One `Range` is served; several, or another unit, get the whole. Send a token, or use the track's `stream_url`.
#[utoipa::path(tag = "tracks", security(("bearer" = []), ()),
    params(("track_id" = TrackId, Path, description = "track", example = "019ab0f4-7c3e-7d15-8a52-0c9d7a3f1b13"), Signed,
        ("Range" = Option<String>, Header, description = "bytes wanted", example = "bytes=0-65535"),
        ("If-Range" = Option<String>, Header, description = "the ETag the range belongs to")),
    responses((status = 200, description = "all of it", body = Binary, content_type = "audio/*",
            headers(("ETag" = String, description = "SHA-256 of the file"))),
        (status = 206, description = "the bytes asked for", body = Binary, content_type = "audio/*",
            headers(("Content-Range" = String))),
        RangeProblem, ByIdProblems, TooManyProblem))]
#[get("/api/v1/tracks/{track_id}/stream")]
pub(crate) async fn stream_track(
    viewer: Viewer,
    Id(id): Id<TrackId>,
    signed: FromQuery<Signed>,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    let audio = audio(&viewer, id, signed.valid()?).await?;
    send_audio(&viewer.queries, audio, &request).await
}

/// All of it, or the range asked for.
pub(crate) async fn send_audio(queries: &Queries, audio: Audio, request: &HttpRequest) -> Result<HttpResponse, Error> {
    let range = match requested(request, &audio) {
        range::Requested::Whole => None,
        range::Requested::Part(range) => Some(range),
        range::Requested::Unsatisfiable => return Ok(unsatisfiable(audio.size_bytes)),
    };
    let permit = queries
        .limiter
        .permit(Action::Stream, Who::Person(audio.by.0), request)?;
    let object = match queries.objects.get(&audio.key, range).await {
        Err(ObjectError::OutOfRange) => return Ok(unsatisfiable(audio.size_bytes)),
        got => got.map_err(not_read)?,
    };
    Ok(send(object, &audio, permit))
}

/// The object's bytes as they come; the whole, or the part that was asked for. The permit lasts until the last byte.
fn send(object: ObjectStream, audio: &Audio, permit: Permit) -> HttpResponse {
    let content_type = object.content_type.as_deref();
    let (mut answer, length) = match object.range {
        None => (answer(StatusCode::OK, audio, content_type), object.size_bytes),
        Some(part) => {
            let mut answer = answer(StatusCode::PARTIAL_CONTENT, audio, content_type);
            answer.insert_header((CONTENT_RANGE, part.content_range(object.size_bytes)));
            (answer, part.len())
        }
    };
    let bytes = object.stream.inspect(move |piece| {
        let _held = &permit;
        log_failure(piece);
    });
    answer.body(SizedStream::new(length, bytes))
}

/// What a track's audio is, without it
#[utoipa::path(tag = "tracks", security(("bearer" = []), ()),
    params(("track_id" = TrackId, Path, description = "track", example = "019ab0f4-7c3e-7d15-8a52-0c9d7a3f1b13"), Signed),
    responses((status = 200, description = "the headers of GET without a range"), ByIdProblems))]
#[head("/api/v1/tracks/{track_id}/stream")]
pub(crate) async fn head_track_stream(
    viewer: Viewer,
    Id(id): Id<TrackId>,
    signed: FromQuery<Signed>,
) -> Result<HttpResponse, Error> {
    let audio = audio(&viewer, id, signed.valid()?).await?;
    send_head(&viewer.queries, &audio).await
}

pub(crate) async fn send_head(queries: &Queries, audio: &Audio) -> Result<HttpResponse, Error> {
    let object = queries.objects.head(&audio.key).await.map_err(not_read)?;
    let nothing = stream::empty::<Result<Bytes, Infallible>>();
    let mut answer = answer(StatusCode::OK, audio, object.content_type.as_deref());
    Ok(answer.body(SizedStream::new(object.size_bytes, nothing)))
}

/// Who may hear it: whoever is signed in, or holds an address signed for this track.
async fn audio(viewer: &Viewer, track: TrackId, signed: &Signed) -> Result<Audio, Error> {
    let now = (viewer.queries.ambient.now)().millis() / 1_000;
    let (by, kept) = match (viewer.by, &signed.exp, &signed.sig) {
        (Some(by), _, _) => (Some(by), KEPT),
        (None, Some(exp), Some(sig)) => {
            let until: i64 = exp.parse().unwrap_or(now);
            (viewer.access.by_address(track, exp, sig).await?, until - now)
        }
        (None, _, _) => (None, 0),
    };
    let missing = "sign in, or use the track's stream_url, which is good for some hours";
    let by = by.ok_or_else(|| Error::unauthorized(missing))?;
    let audio = viewer.queries.reader.audio_of(track).await?;
    let audio = audio.filter(|audio| audio.is_heard_by(by.sight()));
    let audio = audio.ok_or_else(|| Error::not_found("track"))?;
    let StoredAudio { key, state } = audio.stored.ok_or_else(|| Error::lacking("this track has no audio"))?;
    Ok(Audio {
        by: by.user_id,
        key,
        size_bytes: state.size_bytes.try_into().unwrap_or(0),
        etag: format!("\"{}\"", state.sha256),
        kept,
    })
}

fn requested(request: &HttpRequest, audio: &Audio) -> range::Requested {
    let header = |name: HeaderName| request.headers().get(name).and_then(|value| value.to_str().ok());
    let Some(asked) = header(RANGE) else {
        return range::Requested::Whole;
    };
    let applies = match header(IF_RANGE) {
        Some(condition) => range::if_range(condition, Some(&audio.etag), None),
        None => true,
    };
    if applies {
        range::parse(asked, audio.size_bytes)
    } else {
        range::Requested::Whole
    }
}

fn answer(status: StatusCode, audio: &Audio, content_type: Option<&str>) -> HttpResponseBuilder {
    let mut answer = HttpResponse::build(status);
    answer
        .insert_header((CONTENT_TYPE, content_type.unwrap_or(UNKNOWN)))
        .insert_header((ETAG, audio.etag.as_str()))
        .insert_header((ACCEPT_RANGES, "bytes"))
        .insert_header((CACHE_CONTROL, format!("private, max-age={}", audio.kept)));
    answer
}

/// 416, with the length (RFC 9110, 15.5.17); the edge writes the body.
fn unsatisfiable(size_bytes: u64) -> HttpResponse {
    HttpResponse::RangeNotSatisfiable()
        .insert_header((CONTENT_RANGE, range::unsatisfied(size_bytes)))
        .finish()
}

/// What the object store's failures are to a client.
pub(crate) fn not_read(error: ObjectError) -> Error {
    match error {
        ObjectError::NotFound | ObjectError::OutOfRange => Error::not_found("object in the store"),
        ObjectError::Unavailable(reason) => Error::unavailable("the object store", reason),
        ObjectError::Refused(reason) => Error::defect(reason),
        ObjectError::File(error) => Error::defect(error),
    }
}

/// The client sees a connection that ends early; why is for the log.
pub(crate) fn log_failure(piece: &Result<Bytes, ObjectError>) {
    if let Err(error) = piece {
        tracing::warn!(%error, "reading an object failed on its way to a client");
    }
}
