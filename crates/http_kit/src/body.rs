//! Bodies, queries, forms and ids from outside. What does not fit is a problem that names the field.

use std::{pin::Pin, time::Duration};

use actix_web::{
    FromRequest, HttpMessage as _, HttpRequest,
    dev::Payload,
    error::PayloadError,
    http::header::{CONTENT_ENCODING, HeaderMap},
    web::BytesMut,
};
use bytes::Bytes;
use futures_util::StreamExt as _;
use serde::de::DeserializeOwned;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{Error, FaultCode, FieldError, words};

type Extracting<T> = Pin<Box<dyn Future<Output = Result<T, Error>>>>;

/// How long a body may take to come in; less than the edge's deadline, so that a slow client learns why.
const PATIENCE: Duration = Duration::from_secs(8);

/// Largest body, in bytes, where a route does not take more.
pub const MAX_BODY: usize = 256 * 1024;

/// A body of at most `MAX` bytes, or why it did not come in. What is wrong with it shows when the handler asks for it, which
/// it does once it knows who may: so 401, 403 and 404 come before 400, 408, 413, 415 and 422.
pub struct Body<const MAX: usize = MAX_BODY> {
    bytes: Result<Bytes, Error>,
    is_json: bool,
}

/// A body of `application/x-www-form-urlencoded`.
pub struct FromForm<T>(pub T);

/// The parameters of the query string, or what is wrong with them. As with [`Body`], a fault shows when the handler asks.
pub struct FromQuery<T>(Result<T, Error>);

/// The last path parameter as an id; what is no UUID names nothing: 404.
pub struct Id<T>(pub T);

/// The first and the last path parameter as ids, as [`Id`].
pub struct Ids<A, B>(pub A, pub B);

impl<const MAX: usize> Body<MAX> {
    /// The bytes of a JSON object. An array would be read as the fields of a struct in their order, which is nobody's
    /// contract.
    pub fn object(&self) -> Result<&Bytes, Error> {
        let bytes = self.bytes()?;
        if !self.is_json {
            return Err(Error::unsupported_type("application/json"));
        }
        if bytes.trim_ascii_start().first() != Some(&b'{') {
            return Err(Error::invalid("body", "must be a JSON object"));
        }
        Ok(bytes)
    }

    /// The JSON object as that type. Unknown fields and wrong types are 422, naming the field.
    pub fn parse<T: DeserializeOwned + ToSchema>(&self) -> Result<T, Error> {
        from_json(self.object()?).map_err(|fault| Error::invalid_fields(vec![fault]))
    }

    /// As [`Body::parse`]; no body, or null, is the default.
    pub fn parse_or_default<T: DeserializeOwned + ToSchema + Default>(&self) -> Result<T, Error> {
        if self.is_empty()? {
            return Ok(T::default());
        }
        self.parse()
    }

    /// Whether nothing was sent, or null.
    pub fn is_empty(&self) -> Result<bool, Error> {
        Ok(matches!(self.bytes()?.trim_ascii(), b"" | b"null"))
    }

    /// The bytes as they came.
    pub fn bytes(&self) -> Result<&Bytes, Error> {
        self.bytes.as_ref().map_err(Clone::clone)
    }
}

impl<T> FromQuery<T> {
    pub fn valid(&self) -> Result<&T, Error> {
        self.0.as_ref().map_err(Clone::clone)
    }
}

/// A whole JSON text as that type, or its first fault. `3.0` is a whole number, as JSON Schema says: some languages write them
/// so.
pub fn from_json<T: DeserializeOwned + ToSchema>(bytes: &[u8]) -> Result<T, FieldError> {
    parse(bytes).or_else(|fault| match whole_numbers(bytes) {
        Some(bytes) => parse(&bytes),
        None => Err(fault),
    })
}

/// The same JSON text with whole numbers without a fraction; none where there is nothing to change.
fn whole_numbers(bytes: &[u8]) -> Option<Vec<u8>> {
    /// Up to here each is exact.
    const MAX: f64 = 9_007_199_254_740_992.0;
    fn change(value: &mut Value) -> bool {
        match value {
            Value::Number(number) => {
                let whole = number
                    .as_f64()
                    .filter(|float| float.fract() == 0.0 && float.abs() <= MAX);
                let Some(whole) = whole.filter(|_| number.is_f64()) else {
                    return false;
                };
                #[expect(clippy::cast_possible_truncation, reason = "whole, and bounded")]
                let whole = whole as i64;
                *number = whole.into();
                true
            }
            Value::Array(items) => items.iter_mut().fold(false, |changed, item| change(item) | changed),
            Value::Object(fields) => fields
                .values_mut()
                .fold(false, |changed, field| change(field) | changed),
            Value::Null | Value::Bool(_) | Value::String(_) => false,
        }
    }
    let mut value = serde_json::from_slice(bytes).ok()?;
    if change(&mut value) {
        serde_json::to_vec(&value).ok()
    } else {
        None
    }
}

fn parse<T: DeserializeOwned + ToSchema>(bytes: &[u8]) -> Result<T, FieldError> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let read = serde_path_to_error::deserialize(&mut deserializer);
    let value = read.map_err(|error| words::json_fault::<T>(bytes, &error))?;
    let trailing = "must be one JSON value; something follows it";
    deserializer
        .end()
        .map_err(|_| FieldError::new("body", trailing, FaultCode::Invalid))?;
    Ok(value)
}

/// 415 for a body that is compressed: nothing here takes it apart, so its bytes would be read as something else.
pub fn not_encoded(headers: &HeaderMap) -> Result<(), Error> {
    let plain = |value: &actix_web::http::header::HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"identity");
    if headers.get_all(CONTENT_ENCODING).all(plain) {
        return Ok(());
    }
    Err(Error::encoded())
}

impl<const MAX: usize> FromRequest for Body<MAX> {
    type Error = Error;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let content_type = request.content_type().to_ascii_lowercase();
        let not_encoded = not_encoded(request.headers());
        let received = receive(payload.take(), MAX);
        Box::pin(async move {
            let bytes = match not_encoded {
                Ok(()) => received.await,
                Err(error) => Err(error),
            };
            Ok(Self {
                bytes,
                is_json: content_type == "application/json" || content_type.ends_with("+json"),
            })
        })
    }
}

impl<T: DeserializeOwned + ToSchema + 'static> FromRequest for FromForm<T> {
    type Error = Error;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        const FORM: &str = "application/x-www-form-urlencoded";
        let is_form = request.content_type().eq_ignore_ascii_case(FORM);
        let not_encoded = not_encoded(request.headers());
        let received = receive(payload.take(), MAX_BODY);
        Box::pin(async move {
            not_encoded?;
            let bytes = received.await?;
            if !is_form {
                return Err(Error::unsupported_type(FORM));
            }
            let read = pairs(&bytes).map_err(|error| words::form_fault::<T, _>(&error));
            read.map(Self).map_err(|fault| Error::invalid_fields(vec![fault]))
        })
    }
}

impl<T: DeserializeOwned + IntoParams> FromRequest for FromQuery<T> {
    type Error = Error;
    type Future = std::future::Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let read = pairs(request.query_string().as_bytes()).map_err(|error| words::query_fault::<T, _>(&error));
        let read = read.map_err(|fault| Error::invalid_fields(vec![fault]));
        std::future::ready(Ok(Self(read)))
    }
}

impl<T: From<Uuid>> FromRequest for Id<T> {
    type Error = Error;
    type Future = std::future::Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let last = request.match_info().iter().last().map(|(_, value)| value);
        std::future::ready(id(last).map(|id| Self(T::from(id))))
    }
}

impl<A: From<Uuid>, B: From<Uuid>> FromRequest for Ids<A, B> {
    type Error = Error;
    type Future = std::future::Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let mut values = request.match_info().iter().map(|(_, value)| value);
        let (first, last) = (values.next(), values.last());
        let ids = id(first).and_then(|first| Ok(Self(A::from(first), B::from(id(last)?))));
        std::future::ready(ids)
    }
}

fn id(text: Option<&str>) -> Result<Uuid, Error> {
    let id = text.and_then(|text| Uuid::try_parse(text).ok());
    id.ok_or_else(|| Error::not_found("thing; an id is a UUID"))
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

type PairsError = serde_path_to_error::Error<serde_urlencoded::de::Error>;

/// The pairs of a form or a query string.
fn pairs<T: DeserializeOwned>(text: &[u8]) -> Result<T, PairsError> {
    serde_path_to_error::deserialize(serde_urlencoded::Deserializer::new(form_urlencoded::parse(text)))
}
