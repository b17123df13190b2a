//! Bodies, queries, forms and ids from outside: whatever does not fit is a problem that names the field.

use std::{future::Future, pin::Pin, time::Duration};

use actix_web::{
    FromRequest, HttpMessage as _, HttpRequest,
    dev::Payload,
    http::{StatusCode, header},
    web,
};
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::{Error, FieldError};

type Extracting<T> = Pin<Box<dyn Future<Output = Result<T, Error>>>>;

/// How long a body may take to come in; less than the edge's deadline, so that a slow client is told so.
const PATIENCE: Duration = Duration::from_secs(8);

/// The bytes of a body that says it is JSON and begins as an object, for routes that read it piece by piece.
pub struct JsonObject(pub web::Bytes);

/// A JSON body. Unknown fields and wrong types are 422, naming the field.
pub struct Body<T>(pub T);

/// A JSON body that may be absent altogether; then it is the default.
pub struct OptionalBody<T>(pub T);

/// A body of `application/x-www-form-urlencoded`.
pub struct FromForm<T>(pub T);

/// The query string.
pub struct FromQuery<T>(pub T);

/// The last path parameter as an id; what is no UUID names nothing: 404.
pub struct Id<T>(pub T);

impl FromRequest for JsonObject {
    type Error = Error;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let json = is_json(request);
        let bytes = whole(request, payload);
        Box::pin(async move { object(bytes.await?, json).map(Self) })
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for Body<T> {
    type Error = Error;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = JsonObject::from_request(request, payload);
        Box::pin(async move { parse(&body.await?.0).map(Self) })
    }
}

impl<T: DeserializeOwned + Default + 'static> FromRequest for OptionalBody<T> {
    type Error = Error;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let json = is_json(request);
        let bytes = whole(request, payload);
        Box::pin(async move {
            let bytes = bytes.await?;
            if matches!(bytes.trim_ascii(), b"" | b"null") {
                return Ok(Self(T::default()));
            }
            parse(&object(bytes, json)?).map(Self)
        })
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for FromForm<T> {
    type Error = Error;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let form = request
            .content_type()
            .eq_ignore_ascii_case("application/x-www-form-urlencoded");
        let bytes = whole(request, payload);
        Box::pin(async move {
            let bytes = bytes.await?;
            if !form {
                return Err(unsupported("application/x-www-form-urlencoded"));
            }
            pairs(&bytes, "body").map(Self)
        })
    }
}

impl<T: DeserializeOwned> FromRequest for FromQuery<T> {
    type Error = Error;
    type Future = std::future::Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(pairs(request.query_string().as_bytes(), "query").map(Self))
    }
}

impl<T: From<Uuid>> FromRequest for Id<T> {
    type Error = Error;
    type Future = std::future::Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let last = request.match_info().iter().last().map(|(_, value)| value);
        let id = last.and_then(|text| Uuid::try_parse(text).ok());
        std::future::ready(
            id.map(|id| Self(T::from(id)))
                .ok_or_else(|| Error::no_such("thing; an id is a UUID")),
        )
    }
}

/// The body, once it has come in.
fn whole(request: &HttpRequest, payload: &mut Payload) -> impl Future<Output = Result<web::Bytes, Error>> + 'static {
    let bytes = web::Bytes::from_request(request, payload);
    async move {
        match tokio::time::timeout(PATIENCE, bytes).await {
            Ok(bytes) => bytes.map_err(|error| refused_payload(&error)),
            Err(_) => Err(Error::Refused(
                StatusCode::REQUEST_TIMEOUT,
                "the body took too long to come in".into(),
            )),
        }
    }
}

/// An array would be read as the fields of a struct in their order, which is nobody's contract.
fn object(bytes: web::Bytes, json: bool) -> Result<web::Bytes, Error> {
    if !json {
        return Err(unsupported("application/json"));
    }
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        return Err(Error::invalid("body", "must be a JSON object"));
    }
    Ok(bytes)
}

/// The pairs of a form or a query string; `of` is what is at fault when no field is.
fn pairs<T: DeserializeOwned>(text: &[u8], of: &str) -> Result<T, Error> {
    let deserializer = serde_urlencoded::Deserializer::new(form_urlencoded::parse(text));
    serde_path_to_error::deserialize(deserializer).map_err(|error| from_path(&error, of))
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| from_path(&error, "body"))?;
    deserializer
        .end()
        .map_err(|error| Error::invalid("body", format!("must be one JSON value: {error}")))?;
    Ok(value)
}

/// Names the field: where the fault lies, or, for unknown, missing and repeated fields, what serde names between
/// backticks.
fn from_path<E: std::error::Error>(error: &serde_path_to_error::Error<E>, of: &str) -> Error {
    let path = error.path().to_string();
    let message = error.inner().to_string();
    let named = ["unknown field", "missing field", "duplicate field"].map(|fault| message.starts_with(fault));
    let name = named.contains(&true).then(|| message.split('`').nth(1)).flatten();
    let field = match (path.as_str(), name) {
        (path, Some(name)) if path.ends_with(name) => path.to_owned(),
        (".", Some(name)) => name.to_owned(),
        (path, Some(name)) => format!("{path}.{name}"),
        (".", None) => of.to_owned(),
        (path, None) => path.to_owned(),
    };
    Error::Invalid(vec![FieldError { field, message }])
}

fn is_json(request: &HttpRequest) -> bool {
    let kind = request.content_type();
    kind.eq_ignore_ascii_case("application/json") || kind.to_ascii_lowercase().ends_with("+json")
}

fn unsupported(right: &str) -> Error {
    let detail = format!("the {} must be {right}", header::CONTENT_TYPE);
    Error::Refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail.into())
}

fn refused_payload(error: &actix_web::Error) -> Error {
    let status = error.as_response_error().status_code();
    if status == StatusCode::PAYLOAD_TOO_LARGE {
        return Error::Refused(status, "the body is larger than this route takes".into());
    }
    Error::Refused(StatusCode::BAD_REQUEST, "the body did not arrive whole".into())
}
