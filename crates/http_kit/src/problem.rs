//! Errors as RFC 9457 `application/problem+json`.

use std::{borrow::Cow, fmt};

use actix_web::{HttpResponse, ResponseError, http::StatusCode};
use domain::Invalid;
use serde::{Deserialize, Serialize};
use store::StoreError;
use utoipa::ToSchema;

/// Seconds after which asking again makes sense while an engine is unavailable.
const RETRY_AFTER: u64 = 2;

/// One field's fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldError {
    /// The field, as a path where it is nested.
    #[schema(example = "title")]
    pub field: String,
    /// What would be right.
    #[schema(example = "must have 1 to 300 characters")]
    pub message: String,
}

/// The body of every answer that is no success (RFC 9457).
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// Kind of problem, as a URI.
    #[schema(example = "about:blank")]
    pub r#type: String,
    /// The status in words.
    #[schema(example = "Unprocessable Entity")]
    pub title: String,
    /// The HTTP status.
    #[schema(example = 422)]
    pub status: u16,
    /// What went wrong, for a person.
    pub detail: String,
    /// The path asked for.
    pub instance: String,
    /// The faults, field by field.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// What to name when asking for help; also in `X-Request-Id`.
    pub request_id: String,
    /// More, depending on the problem.
    #[serde(flatten)]
    pub more: serde_json::Map<String, serde_json::Value>,
}

/// Why a request was not answered with success.
#[derive(Debug)]
pub enum Error {
    /// 422: the input's faults.
    Invalid(Vec<FieldError>),
    /// Another 4xx, with what to say.
    Refused(StatusCode, Cow<'static, str>),
    /// 429: come back after so many seconds.
    TooMany(u64, &'static str),
    /// 503: an engine is unavailable; its name, the reason for the log, and further members of the problem.
    Unavailable(&'static str, String, serde_json::Map<String, serde_json::Value>),
    /// 500: a defect of ours; the text is for the log only.
    Defect(String),
}

impl Error {
    /// 404 for a thing of that kind.
    #[must_use]
    pub fn no_such(thing: &'static str) -> Self {
        Self::Refused(StatusCode::NOT_FOUND, format!("there is no such {thing}").into())
    }

    /// 401.
    #[must_use]
    pub fn unauthorized(detail: &'static str) -> Self {
        Self::Refused(StatusCode::UNAUTHORIZED, detail.into())
    }

    /// 403.
    #[must_use]
    pub fn forbidden(detail: &'static str) -> Self {
        Self::Refused(StatusCode::FORBIDDEN, detail.into())
    }

    /// 409.
    #[must_use]
    pub fn conflict(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::Refused(StatusCode::CONFLICT, detail.into())
    }

    /// 412.
    #[must_use]
    pub fn stale() -> Self {
        let detail = "If-Match names another version than the present one; read it again and decide anew";
        Self::Refused(StatusCode::PRECONDITION_FAILED, detail.into())
    }

    /// 422 for one field.
    #[must_use]
    pub fn invalid(field: &str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError {
            field: field.to_owned(),
            message: message.into(),
        }])
    }

    fn missing(field: &str) -> Self {
        Self::invalid(field, "names nothing in the catalogue")
    }

    /// 503 for an engine.
    #[must_use]
    pub fn unavailable(engine: &'static str, reason: impl fmt::Display) -> Self {
        Self::Unavailable(engine, reason.to_string(), serde_json::Map::new())
    }

    /// Seconds for `Retry-After`.
    pub(crate) fn retry_after(&self) -> Option<u64> {
        match self {
            Self::TooMany(seconds, _) => Some(*seconds),
            Self::Unavailable(..) => Some(RETRY_AFTER),
            _ => None,
        }
    }

    pub(crate) fn problem(&self, instance: &str, request_id: &str) -> Problem {
        let status = self.status_code();
        let (detail, errors, more) = match self {
            Self::Invalid(errors) => {
                let fields: Vec<String> = errors.iter().map(|e| format!("{}: {}", e.field, e.message)).collect();
                (fields.join("; "), errors.clone(), serde_json::Map::new())
            }
            Self::Refused(_, detail) => (detail.to_string(), Vec::new(), serde_json::Map::new()),
            Self::TooMany(_, detail) => ((*detail).to_owned(), Vec::new(), serde_json::Map::new()),
            Self::Unavailable(engine, _, more) => (
                format!("{engine} is not available at the moment; try again shortly"),
                Vec::new(),
                more.clone(),
            ),
            Self::Defect(_) => (
                "something went wrong on our side; please report the request_id".to_owned(),
                Vec::new(),
                serde_json::Map::new(),
            ),
        };
        Problem {
            r#type: "about:blank".to_owned(),
            title: status.canonical_reason().unwrap_or("Error").to_owned(),
            status: status.as_u16(),
            detail,
            instance: instance.to_owned(),
            errors,
            request_id: request_id.to_owned(),
            more,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(errors) => write!(f, "invalid input in {} fields", errors.len()),
            Self::Refused(_, detail) => f.write_str(detail),
            Self::TooMany(_, detail) => f.write_str(detail),
            Self::Unavailable(engine, reason, _) => write!(f, "{engine} is unavailable: {reason}"),
            Self::Defect(reason) => f.write_str(reason),
        }
    }
}

impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Refused(status, _) => *status,
            Self::TooMany(..) => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable(..) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Defect(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The status only; `edge` writes the body, since it knows the request.
    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status_code())
    }
}

impl From<Invalid> for Error {
    fn from(invalid: Invalid) -> Self {
        let field = |fault: domain::Fault| FieldError {
            field: fault.field.to_owned(),
            message: fault.message,
        };
        Self::Invalid(invalid.0.into_iter().map(field).collect())
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(reason) => Self::unavailable("the database", reason),
            StoreError::Conflict => Self::unavailable("the database", "too many writers at once"),
            // Deleted a moment ago, while its token was still good.
            StoreError::Missing(what) if what.contains("created_by") || what.contains("sessions") => {
                Self::unauthorized("this account is gone")
            }
            StoreError::Missing(what) if what.contains("artist_id") => Self::missing("artist_id"),
            StoreError::Missing(what) if what.contains("album_id") => Self::missing("album_id"),
            StoreError::Missing(what) if what.contains("user_id") => Self::invalid("user_id", "names no account"),
            StoreError::Taken(what) if what == "artists_of_user" => {
                Self::conflict("this account has an artist profile already")
            }
            StoreError::Taken(what) => Self::conflict(format!("{what} is taken")),
            StoreError::Missing(what) => Self::conflict(format!("{what} refers to nothing")),
            StoreError::Defect(reason) => Self::Defect(reason),
        }
    }
}
