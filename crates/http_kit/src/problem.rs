//! Errors as RFC 9457 problems. Each kind of problem has one constructor; its type and status are in `problem_type.rs`.

use std::{borrow::Cow, fmt, time::Instant};

use actix_web::{HttpResponse, ResponseError, http::StatusCode};
use domain::{Fault, Invalid, Refusal};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use store::{Constraint, StoreError};
use utoipa::ToSchema;

use crate::{ProblemType, RequestContext, problem_type, unavailable::Unavailable};

/// The media type of a problem (RFC 9457, 3).
pub const PROBLEM_JSON: &str = "application/problem+json";

static UNAVAILABLE: Unavailable = Unavailable::new();

/// What is logged of clients: guesses, forbidden things, floods.
const REFUSALS: [StatusCode; 3] = [
    StatusCode::UNAUTHORIZED,
    StatusCode::FORBIDDEN,
    StatusCode::TOO_MANY_REQUESTS,
];

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
    /// Kind of problem, one of [`ProblemType`].
    #[schema(schema_with = problem_type::schema)]
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

/// What a problem has beside its words.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Nothing,
    /// The methods that the path takes, for `Allow`.
    Methods(String),
    Faults(Vec<FieldError>),
    /// Seconds to wait.
    Wait(u64),
    /// Of a part of actix.
    Status(StatusCode),
    /// What is unavailable.
    Engine(&'static str),
}

/// Why a request was not answered with success.
#[derive(Clone, Debug)]
pub struct Error {
    kind: ProblemType,
    part: Part,
    /// For the client.
    detail: Cow<'static, str>,
    /// For the log only.
    reason: String,
    more: Map<String, Value>,
}

impl Error {
    /// A problem of that kind, for a kind that has no constructor of its own.
    #[must_use]
    pub fn of(kind: ProblemType, detail: impl Into<Cow<'static, str>>) -> Self {
        Self {
            kind,
            part: Part::Nothing,
            detail: detail.into(),
            reason: String::new(),
            more: Map::new(),
        }
    }

    fn with(self, part: Part) -> Self {
        Self { part, ..self }
    }

    /// The body did not arrive whole.
    #[must_use]
    pub fn broken_body(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::of(ProblemType::BrokenBody, detail)
    }

    #[must_use]
    pub fn unauthorized(detail: &'static str) -> Self {
        Self::of(ProblemType::Unauthorized, detail)
    }

    /// The password is right, and the account has a second factor.
    #[must_use]
    pub fn totp_required() -> Self {
        Self::of(
            ProblemType::TotpRequired,
            "this account has a second factor; send code or recovery_code as well",
        )
    }

    #[must_use]
    pub fn forbidden(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::of(ProblemType::Forbidden, detail)
    }

    #[must_use]
    pub fn not_found(thing: &str) -> Self {
        Self::of(ProblemType::NotFound, format!("there is no such {thing}"))
    }

    /// The thing is there, but not the part asked for.
    #[must_use]
    pub fn lacking(detail: &'static str) -> Self {
        Self::of(ProblemType::NotFound, detail)
    }

    /// `allow` are the methods that the path takes.
    #[must_use]
    pub(crate) fn wrong_method(allow: String) -> Self {
        let detail = format!("this path takes {allow}");
        Self::of(ProblemType::WrongMethod, detail).with(Part::Methods(allow))
    }

    #[must_use]
    pub fn slow_body() -> Self {
        Self::of(ProblemType::SlowBody, "the body comes in too slowly")
    }

    #[must_use]
    pub fn conflict(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::of(ProblemType::Conflict, detail)
    }

    /// The same command, with the same `Idempotency-Key`, has not ended.
    #[must_use]
    pub fn running() -> Self {
        Self::of(
            ProblemType::StillRunning,
            "the same request with this Idempotency-Key is still running; send it again in a moment",
        )
        .with(Part::Wait(1))
    }

    #[must_use]
    pub fn stale() -> Self {
        Self::of(
            ProblemType::StaleVersion,
            "If-Match names another version than the present one; read it again and decide anew",
        )
    }

    #[must_use]
    pub fn too_large(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::of(ProblemType::TooLarge, detail)
    }

    /// `right` is the type that the body must have.
    #[must_use]
    pub fn unsupported_type(right: &str) -> Self {
        Self::of(
            ProblemType::UnsupportedType,
            format!("the content-type must be {right}"),
        )
    }

    /// The body is compressed, or otherwise encoded.
    #[must_use]
    pub(crate) fn encoded() -> Self {
        Self::of(
            ProblemType::UnsupportedType,
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
        Self::of(ProblemType::Invalid, fields.join("; ")).with(Part::Faults(errors))
    }

    /// With a further member of the problem.
    #[must_use]
    pub fn with_member(mut self, name: &str, value: Value) -> Self {
        self.more.insert(name.to_owned(), value);
        self
    }

    /// Too often, or too many at once; come back after so many seconds.
    #[must_use]
    pub fn too_many(seconds: u64, detail: &'static str) -> Self {
        Self::of(ProblemType::TooMany, detail).with(Part::Wait(seconds))
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
            ..Self::of(ProblemType::Unavailable, detail).with(Part::Engine(engine))
        }
    }

    /// A defect of ours; the reason is for the log.
    #[must_use]
    pub fn defect(reason: impl fmt::Display) -> Self {
        let detail = "something went wrong on our side; please report the request_id";
        Self {
            reason: reason.to_string(),
            ..Self::of(ProblemType::Defect, detail)
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
        Self::of(ProblemType::of_status(status), detail).with(Part::Status(status))
    }

    /// Whether an engine did not answer, so that it is not known what it did.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        matches!(self.part, Part::Engine(_))
    }

    /// Which problem it is.
    #[must_use]
    pub fn problem_type(&self) -> ProblemType {
        self.kind
    }

    /// What went wrong, in the words that the client gets.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The faults of an input; none for another problem.
    #[must_use]
    pub fn field_errors(&self) -> &[FieldError] {
        match &self.part {
            Part::Faults(errors) => errors,
            _ => &[],
        }
    }

    /// Seconds for `Retry-After`.
    pub(crate) fn retry_after(&self) -> Option<u64> {
        match self.part {
            Part::Wait(seconds) => Some(seconds),
            Part::Engine(_) => Some(RETRY_AFTER),
            _ => None,
        }
    }

    /// Methods for `Allow`.
    pub(crate) fn allow(&self) -> Option<&str> {
        match &self.part {
            Part::Methods(allow) => Some(allow),
            _ => None,
        }
    }

    /// What of it an operator should know.
    pub(crate) fn log(&self, path: &str, context: &RequestContext) {
        let (reason, request_id) = (&self.reason, &*context.request_id);
        if let Part::Engine(engine) = self.part {
            if let Some(requests) = UNAVAILABLE.line(engine, Instant::now()) {
                tracing::warn!(path, engine, reason, request_id, requests, "an engine is unavailable");
            }
        } else if self.kind == ProblemType::Defect {
            tracing::error!(path, reason, request_id, "a defect");
        } else if REFUSALS.contains(&self.status_code()) {
            // ASVS 16.3: who was refused, where and why; no name and no token.
            tracing::info!(path, problem = self.kind.uri(), client = %context.client, request_id, "request refused");
        }
    }

    pub(crate) fn problem(&self, instance: &str, request_id: &str) -> Problem {
        let status = self.status_code();
        Problem {
            r#type: self.kind.uri().to_owned(),
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

fn no_such(field: &str, message: &str) -> Error {
    Error::invalid_fields(vec![FieldError::new(field, message, FaultCode::NoSuchThing)])
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.part {
            Part::Engine(engine) => write!(f, "{engine} is unavailable: {}", self.reason),
            _ if self.kind == ProblemType::Defect => f.write_str(&self.reason),
            _ => f.write_str(&self.detail),
        }
    }
}

impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        match self.part {
            Part::Status(status) => status,
            _ => self.kind.status(),
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
        let kind = match refusal {
            Refusal::Invalid(invalid) => return invalid.into(),
            Refusal::NotOwner
            | Refusal::NotOwnAccount
            | Refusal::NotOneself
            | Refusal::OnlyOneself
            | Refusal::AdminOnly => ProblemType::Forbidden,
            Refusal::HasWorks => ProblemType::HasWorks,
            Refusal::HasWorksOfOthers => ProblemType::HasWorksOfOthers,
            Refusal::TooManyPlaylists => ProblemType::TooManyPlaylists,
            Refusal::ObjectInUse => ProblemType::ObjectInUse,
            Refusal::NoBytes => ProblemType::NothingToReplay,
            Refusal::JobHasEnded => ProblemType::JobHasEnded,
            Refusal::JobMustFinish => ProblemType::JobMustFinish,
            Refusal::ListIsFull => ProblemType::ListIsFull,
            Refusal::TooManyReports => ProblemType::TooManyReports,
            Refusal::ReportIsResolved => ProblemType::ReportResolved,
            Refusal::AlbumIsTakenDown => ProblemType::TakenDown,
            Refusal::TooManyKeys => ProblemType::TooManyKeys,
        };
        Self::of(kind, refusal.to_string())
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
            Constraint::UniqueUsername => Self::of(ProblemType::UsernameTaken, "this username is taken"),
            Constraint::UniqueEmail => Self::of(
                ProblemType::EmailTaken,
                "there is an account with this e-mail address already",
            ),
            Constraint::UniqueProfile => {
                Self::of(ProblemType::ProfileExists, "this account has an artist profile already")
            }
            Constraint::UniqueAudio => Self::of(ProblemType::AudioExists, "the same audio is there already"),
            Constraint::UniqueReport => Self::of(
                ProblemType::ReportExists,
                "you reported this already; somebody will look at it",
            ),
            Constraint::UniqueTakedown => Self::of(ProblemType::TakenDown, "this is taken down already"),
            Constraint::ArtistExists => no_such("artist_id", "names nothing in the catalogue"),
            Constraint::AlbumExists => no_such("album_id", "names nothing in the catalogue"),
            Constraint::AccountExists => no_such("user_id", "names no account"),
            Constraint::ActorExists => Self::unauthorized("this account is gone"),
        }
    }
}
