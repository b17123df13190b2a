//! Errors as RFC 9457 problems. Each kind of problem has one constructor, and its status stands in one match.

use std::{borrow::Cow, fmt};

use actix_web::{HttpResponse, ResponseError, http::StatusCode};
use domain::{Fault, Invalid, Refusal};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use store::{Constraint, StoreError};
use utoipa::ToSchema;

use crate::Standing;

/// The media type of a problem (RFC 9457, 3).
pub const PROBLEM_JSON: &str = "application/problem+json";

/// Seconds after which asking again makes sense while an engine is unavailable.
const RETRY_AFTER: u64 = 2;

/// What kind of fault a field has, for programs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FaultCode {
    /// It is there, and not valid.
    #[default]
    Invalid,
    Missing,
    /// There is no such field or parameter.
    Unknown,
    /// It was given more than once.
    Repeated,
    /// It names a thing that is not there.
    NoSuchThing,
}

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldError {
    /// The field, as a path where it is nested.
    #[schema(example = "title")]
    pub field: String,
    /// What would be right.
    #[schema(example = "must have 1 to 300 characters")]
    pub message: String,
    /// The same for programs.
    #[serde(default)]
    pub code: FaultCode,
}

impl FieldError {
    #[must_use]
    pub fn new(field: impl Into<String>, message: impl Into<String>, code: FaultCode) -> Self {
        Self {
            field: field.into(),
            message: message.into(),
            code,
        }
    }
}

/// The body of every answer that is no success (RFC 9457).
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// Kind of problem, as a URI that never changes: what a program decides by.
    #[schema(example = "urn:jonquil:problem:invalid")]
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
    pub more: Map<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum ProblemKind {
    BrokenBody,
    Unauthorized,
    Forbidden,
    NotFound,
    /// The methods that the path takes, for `Allow`.
    WrongMethod(String),
    SlowBody,
    Conflict,
    /// The same request is still running.
    Running,
    Stale,
    TooLarge,
    UnsupportedType,
    Invalid(Vec<FieldError>),
    /// Seconds to wait, and how much of the limit is left.
    TooMany(u64, Option<Box<Standing>>),
    /// Of a part of actix.
    Foreign(StatusCode),
    Unavailable(&'static str),
    Defect,
}

/// Why a request was not answered with success.
#[derive(Clone, Debug)]
pub struct Error {
    kind: ProblemKind,
    /// A kind of its own within the kind.
    name: Option<&'static str>,
    /// For the client.
    detail: Cow<'static, str>,
    /// For the log only.
    reason: String,
    more: Map<String, Value>,
}

impl Error {
    fn new(kind: ProblemKind, detail: impl Into<Cow<'static, str>>) -> Self {
        Self {
            kind,
            name: None,
            detail: detail.into(),
            reason: String::new(),
            more: Map::new(),
        }
    }

    /// The same problem under a name of its own: `type` is `urn:jonquil:problem:` and the name. Names are lower case words
    /// with hyphens, and never change.
    #[must_use]
    pub fn named(self, name: &'static str) -> Self {
        Self {
            name: Some(name),
            ..self
        }
    }

    /// The body did not arrive whole.
    #[must_use]
    pub fn broken_body(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ProblemKind::BrokenBody, detail)
    }

    #[must_use]
    pub fn unauthorized(detail: &'static str) -> Self {
        Self::new(ProblemKind::Unauthorized, detail)
    }

    #[must_use]
    pub fn forbidden(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ProblemKind::Forbidden, detail)
    }

    #[must_use]
    pub fn not_found(thing: &str) -> Self {
        Self::new(ProblemKind::NotFound, format!("there is no such {thing}"))
    }

    /// The thing is there, but not the part asked for.
    #[must_use]
    pub fn lacking(detail: &'static str) -> Self {
        Self::new(ProblemKind::NotFound, detail)
    }

    /// `allow` are the methods that the path takes.
    #[must_use]
    pub(crate) fn wrong_method(allow: String) -> Self {
        let detail = format!("this path takes {allow}");
        Self::new(ProblemKind::WrongMethod(allow), detail)
    }

    #[must_use]
    pub fn slow_body() -> Self {
        Self::new(ProblemKind::SlowBody, "the body comes in too slowly")
    }

    #[must_use]
    pub fn conflict(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ProblemKind::Conflict, detail)
    }

    /// The same command, with the same `Idempotency-Key`, has not ended.
    #[must_use]
    pub fn running() -> Self {
        Self::new(
            ProblemKind::Running,
            "the same request with this Idempotency-Key is still running; send it again in a moment",
        )
    }

    #[must_use]
    pub fn stale() -> Self {
        Self::new(
            ProblemKind::Stale,
            "If-Match names another version than the present one; read it again and decide anew",
        )
    }

    #[must_use]
    pub fn too_large(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ProblemKind::TooLarge, detail)
    }

    /// `right` is the type that the body must have.
    #[must_use]
    pub fn unsupported_type(right: &str) -> Self {
        Self::new(
            ProblemKind::UnsupportedType,
            format!("the content-type must be {right}"),
        )
    }

    /// The body is compressed, or otherwise encoded.
    #[must_use]
    pub(crate) fn encoded() -> Self {
        Self::new(
            ProblemKind::UnsupportedType,
            "the body must come as it is, without Content-Encoding",
        )
    }

    #[must_use]
    pub fn invalid(field: &str, message: impl Into<String>) -> Self {
        Self::invalid_fields(vec![FieldError::new(field, message, FaultCode::Invalid)])
    }

    #[must_use]
    pub fn invalid_fields(errors: Vec<FieldError>) -> Self {
        let fields: Vec<String> = errors.iter().map(|e| format!("{}: {}", e.field, e.message)).collect();
        Self::new(ProblemKind::Invalid(errors), fields.join("; "))
    }

    /// Too often, or too many at once; come back after so many seconds.
    #[must_use]
    pub fn too_many(seconds: u64, detail: &'static str) -> Self {
        Self::new(ProblemKind::TooMany(seconds, None), detail)
    }

    /// As [`Error::too_many`], of the limiter.
    pub(crate) fn over_limit(seconds: u64, detail: &'static str, standing: Standing) -> Self {
        Self::new(ProblemKind::TooMany(seconds, Some(Box::new(standing))), detail)
    }

    /// How much of its limit the client has left, where that is why.
    pub(crate) fn standing(&self) -> Option<&Standing> {
        match &self.kind {
            ProblemKind::TooMany(_, standing) => standing.as_deref(),
            _ => None,
        }
    }

    /// An engine, or a part of us, does not answer; the reason is for the log.
    #[must_use]
    pub fn unavailable(engine: &'static str, reason: impl fmt::Display) -> Self {
        Self::unavailable_with(engine, reason, [])
    }

    /// As [`Error::unavailable`], with further members of the problem.
    #[must_use]
    pub fn unavailable_with<const N: usize>(
        engine: &'static str,
        reason: impl fmt::Display,
        more: [(&str, Value); N],
    ) -> Self {
        let detail = format!("{engine} is not available at the moment; try again shortly");
        Self {
            reason: reason.to_string(),
            more: more.map(|(name, value)| (name.to_owned(), value)).into_iter().collect(),
            ..Self::new(ProblemKind::Unavailable(engine), detail)
        }
    }

    /// A defect of ours; the reason is for the log.
    #[must_use]
    pub fn defect(reason: impl fmt::Display) -> Self {
        let detail = "something went wrong on our side; please report the request_id";
        Self {
            reason: reason.to_string(),
            ..Self::new(ProblemKind::Defect, detail)
        }
    }

    /// The problem of a status that a part of actix answered.
    pub(crate) fn foreign(status: StatusCode) -> Self {
        if status.is_server_error() {
            return Self::defect(format_args!("a bare {status}"));
        }
        let detail = match status {
            StatusCode::NOT_FOUND => "nothing is served at this path; see /docs",
            StatusCode::METHOD_NOT_ALLOWED => "this path does not take this method; see /docs",
            StatusCode::PAYLOAD_TOO_LARGE => "the body is larger than this route takes",
            StatusCode::RANGE_NOT_SATISFIABLE => "the range lies outside of the file",
            _ => status.canonical_reason().unwrap_or("the request was refused"),
        };
        Self::new(ProblemKind::Foreign(status), detail)
    }

    /// Whether an engine did not answer, so that it is not known what it did.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        matches!(self.kind, ProblemKind::Unavailable(_))
    }

    /// The faults of an input; none for another problem.
    #[must_use]
    pub fn field_errors(&self) -> &[FieldError] {
        match &self.kind {
            ProblemKind::Invalid(errors) => errors,
            _ => &[],
        }
    }

    /// Seconds for `Retry-After`.
    pub(crate) fn retry_after(&self) -> Option<u64> {
        match self.kind {
            ProblemKind::TooMany(seconds, _) => Some(seconds),
            ProblemKind::Running => Some(1),
            ProblemKind::Unavailable(_) => Some(RETRY_AFTER),
            _ => None,
        }
    }

    /// Methods for `Allow`.
    pub(crate) fn allow(&self) -> Option<&str> {
        match &self.kind {
            ProblemKind::WrongMethod(allow) => Some(allow),
            _ => None,
        }
    }

    /// What of it an operator should know.
    pub(crate) fn log(&self, path: &str, request_id: &str) {
        let reason = &self.reason;
        match self.kind {
            ProblemKind::Defect => tracing::error!(path, reason, request_id, "a defect"),
            ProblemKind::Unavailable(engine) => {
                tracing::warn!(path, engine, reason, request_id, "an engine is unavailable");
            }
            _ => {}
        }
    }

    pub(crate) fn problem(&self, instance: &str, request_id: &str) -> Problem {
        let status = self.status_code();
        Problem {
            r#type: format!("urn:jonquil:problem:{}", self.name.unwrap_or(self.kind.name())),
            title: status.canonical_reason().unwrap_or("Error").to_owned(),
            status: status.as_u16(),
            detail: self.detail.to_string(),
            instance: instance.to_owned(),
            errors: self.field_errors().to_vec(),
            request_id: request_id.to_owned(),
            more: self.more.clone(),
        }
    }
}

impl ProblemKind {
    /// The end of `type`; what a part of actix answers has the name of its status.
    fn name(&self) -> &'static str {
        match self {
            Self::BrokenBody => "broken-body",
            Self::Unauthorized => "unauthorized",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not-found",
            Self::WrongMethod(_) => "wrong-method",
            Self::SlowBody => "slow-body",
            Self::Conflict => "conflict",
            Self::Running => "still-running",
            Self::Stale => "stale-version",
            Self::TooLarge => "too-large",
            Self::UnsupportedType => "unsupported-type",
            Self::Invalid(_) => "invalid",
            Self::TooMany(..) => "too-many",
            Self::Foreign(StatusCode::NOT_FOUND) => "not-found",
            Self::Foreign(StatusCode::METHOD_NOT_ALLOWED) => "wrong-method",
            Self::Foreign(StatusCode::PAYLOAD_TOO_LARGE) => "too-large",
            Self::Foreign(StatusCode::RANGE_NOT_SATISFIABLE) => "range-outside",
            Self::Foreign(_) => "refused",
            Self::Unavailable(_) => "unavailable",
            Self::Defect => "defect",
        }
    }
}

fn no_such(field: &str, message: &str) -> Error {
    Error::invalid_fields(vec![FieldError::new(field, message, FaultCode::NoSuchThing)])
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ProblemKind::Unavailable(engine) => write!(f, "{engine} is unavailable: {}", self.reason),
            ProblemKind::Defect => f.write_str(&self.reason),
            _ => f.write_str(&self.detail),
        }
    }
}

impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        match self.kind {
            ProblemKind::BrokenBody => StatusCode::BAD_REQUEST,
            ProblemKind::Unauthorized => StatusCode::UNAUTHORIZED,
            ProblemKind::Forbidden => StatusCode::FORBIDDEN,
            ProblemKind::NotFound => StatusCode::NOT_FOUND,
            ProblemKind::WrongMethod(_) => StatusCode::METHOD_NOT_ALLOWED,
            ProblemKind::SlowBody => StatusCode::REQUEST_TIMEOUT,
            ProblemKind::Conflict | ProblemKind::Running => StatusCode::CONFLICT,
            ProblemKind::Stale => StatusCode::PRECONDITION_FAILED,
            ProblemKind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            ProblemKind::UnsupportedType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            ProblemKind::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            ProblemKind::TooMany(..) => StatusCode::TOO_MANY_REQUESTS,
            ProblemKind::Foreign(status) => status,
            ProblemKind::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            ProblemKind::Defect => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The status only; `edge` writes the body, since it knows the request.
    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status_code())
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self::invalid(fault.field, fault.message)
    }
}

impl From<Invalid> for Error {
    fn from(invalid: Invalid) -> Self {
        let field = |fault: Fault| FieldError::new(fault.field, fault.message, FaultCode::Invalid);
        Self::invalid_fields(invalid.0.into_iter().map(field).collect())
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Invalid(invalid) => invalid.into(),
            Refusal::NotOwner | Refusal::NotOwnAccount => Self::forbidden(refusal.to_string()),
            Refusal::HasWorks => Self::conflict(refusal.to_string()).named("has-works"),
            Refusal::HasWorksOfOthers => Self::conflict(refusal.to_string()).named("has-works-of-others"),
            Refusal::NoBytes => Self::conflict(refusal.to_string()).named("nothing-to-replay"),
            Refusal::JobHasEnded => Self::conflict(refusal.to_string()).named("job-has-ended"),
            Refusal::JobMustFinish => Self::conflict(refusal.to_string()).named("job-must-finish"),
            Refusal::TooManyPlaylists => Self::conflict(refusal.to_string()).named("too-many-playlists"),
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(reason) => Self::unavailable("the database", reason),
            StoreError::Conflict => Self::unavailable("the database", "too many writers at once"),
            StoreError::Violated(constraint) => constraint.into(),
            StoreError::Defect(reason) => Self::defect(reason),
        }
    }
}

impl From<Constraint> for Error {
    fn from(constraint: Constraint) -> Self {
        match constraint {
            Constraint::UniqueUsername => Self::conflict("this username is taken").named("username-taken"),
            Constraint::UniqueEmail => {
                Self::conflict("there is an account with this e-mail address already").named("email-taken")
            }
            Constraint::UniqueProfile => {
                Self::conflict("this account has an artist profile already").named("profile-exists")
            }
            Constraint::UniqueAudio => Self::conflict("the same audio is there already").named("audio-exists"),
            Constraint::ArtistExists => no_such("artist_id", "names nothing in the catalogue"),
            Constraint::AlbumExists => no_such("album_id", "names nothing in the catalogue"),
            Constraint::AccountExists => no_such("user_id", "names no account"),
            Constraint::ActorExists => Self::unauthorized("this account is gone"),
        }
    }
}
