//! Bodies, queries, forms and ids from outside. What does not fit is a problem that names the field.

use std::{pin::Pin, time::Duration};

use actix_web::{FromRequest, HttpMessage as _, HttpRequest, dev::Payload, error::PayloadError, web::BytesMut};
use bytes::Bytes;
use futures_util::StreamExt as _;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::{Error, FieldError};

type Extracting<T> = Pin<Box<dyn Future<Output = Result<T, Error>>>>;

/// How long a body may take to come in; less than the edge's deadline, so that a slow client learns why.
const PATIENCE: Duration = Duration::from_secs(8);

/// Largest body, in bytes, where a route does not take more.
pub const MAX_BODY: usize = 256 * 1024;

/// The bytes of a body, at most `MAX` of them. The handler parses them once it knows who may, so that 401, 403 and 404 come
/// before what is wrong with the body.
pub struct Body<const MAX: usize = MAX_BODY> {
    bytes: Bytes,
    is_json: bool,
}

/// A body of `application/x-www-form-urlencoded`.
pub struct FromForm<T>(pub T);

pub struct FromQuery<T>(pub T);

/// The last path parameter as an id; what is no UUID names nothing: 404.
pub struct Id<T>(pub T);

impl<const MAX: usize> Body<MAX> {
    /// The bytes of a JSON object. An array would be read as the fields of a struct in their order, which is nobody's
    /// contract.
    pub fn object(&self) -> Result<&[u8], Error> {
        if !self.is_json {
            return Err(Error::unsupported_type("application/json"));
        }
        if self.bytes.trim_ascii_start().first() != Some(&b'{') {
            return Err(Error::invalid("body", "must be a JSON object"));
        }
        Ok(&self.bytes)
    }

    /// The JSON object as that type. Unknown fields and wrong types are 422, naming the field.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let mut deserializer = serde_json::Deserializer::from_slice(self.object()?);
        let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| named(&error, "body"))?;
        let end = deserializer.end();
        end.map_err(|error| Error::invalid("body", format!("must be one JSON value: {error}")))?;
        Ok(value)
    }

    /// As [`Body::parse`]; no body, or null, is the default.
    pub fn parse_or_default<T: DeserializeOwned + Default>(&self) -> Result<T, Error> {
        match self.bytes.trim_ascii() {
            b"" | b"null" => Ok(T::default()),
            _ => self.parse(),
        }
    }
}

impl<const MAX: usize> FromRequest for Body<MAX> {
    type Error = Error;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let content_type = request.content_type().to_ascii_lowercase();
        let bytes = receive(payload.take(), MAX);
        Box::pin(async move {
            Ok(Self {
                bytes: bytes.await?,
                is_json: content_type == "application/json" || content_type.ends_with("+json"),
            })
        })
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for FromForm<T> {
    type Error = Error;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        const FORM: &str = "application/x-www-form-urlencoded";
        let is_form = request.content_type().eq_ignore_ascii_case(FORM);
        let bytes = receive(payload.take(), MAX_BODY);
        Box::pin(async move {
            let bytes = bytes.await?;
            if !is_form {
                return Err(Error::unsupported_type(FORM));
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
        let id = id.map(|id| Self(T::from(id)));
        std::future::ready(id.ok_or_else(|| Error::not_found("thing; an id is a UUID")))
    }
}

/// The body, once it has come in.
async fn receive(payload: Payload, max: usize) -> Result<Bytes, Error> {
    let received = tokio::time::timeout(PATIENCE, collect(payload, max)).await;
    received.unwrap_or_else(|_| Err(Error::slow_body()))
}

async fn collect(mut payload: Payload, max: usize) -> Result<Bytes, Error> {
    let mut bytes = BytesMut::new();
    while let Some(piece) = payload.next().await {
        let piece = piece.map_err(|error| match error {
            PayloadError::Overflow => too_large(),
            _ => Error::broken_body("the body did not arrive whole"),
        })?;
        if bytes.len() + piece.len() > max {
            return Err(too_large());
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes.freeze())
}

fn too_large() -> Error {
    Error::too_large("the body is larger than this route takes")
}

/// The pairs of a form or a query string; `of` is what is at fault when no field is.
fn pairs<T: DeserializeOwned>(text: &[u8], of: &str) -> Result<T, Error> {
    let deserializer = serde_urlencoded::Deserializer::new(form_urlencoded::parse(text));
    serde_path_to_error::deserialize(deserializer).map_err(|error| named(&error, of))
}

/// Names the field: where the fault lies, or, for unknown, missing and repeated fields, what serde names between
/// backticks.
fn named<E: std::error::Error>(error: &serde_path_to_error::Error<E>, of: &str) -> Error {
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
    Error::invalid_fields(vec![FieldError { field, message }])
}
