//! What the `type` of a problem can be. This list is the only one: statuses, the OpenAPI document and `GET /problems/{name}`
//! come from it. A name is never changed or given another meaning.

use actix_web::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{
    ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};

macro_rules! problem_types {
    ($($variant:ident = $name:literal, $status:ident, $about:literal;)*) => {
        /// A kind of problem that a program may treat by itself.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum ProblemType { $(#[doc = $about] $variant,)* }

        impl ProblemType {
            /// Every one.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The value of `type`: a reference relative to the service.
            #[must_use]
            pub fn uri(self) -> &'static str {
                match self { $(Self::$variant => concat!("/problems/", $name),)* }
            }

            /// The status that it comes with.
            #[must_use]
            pub fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status,)* }
            }

            fn about(self) -> &'static str {
                match self { $(Self::$variant => $about,)* }
            }
        }
    };
}

problem_types! {
    BrokenBody = "broken-body", BAD_REQUEST, "The body did not arrive whole.";
    Refused = "refused", BAD_REQUEST, "The request cannot be read, or the server refuses it before it is looked at. Also with other statuses of 4xx.";
    Unauthorized = "unauthorized", UNAUTHORIZED, "There is no token where one is needed, or one that is not valid.";
    WrongCredentials = "wrong-credentials", UNAUTHORIZED, "The name or the password is wrong, or the link has ended.";
    TotpRequired = "totp-required", UNAUTHORIZED, "The password is right, and the account has a second factor: send `code` or `recovery_code` as well.";
    WrongCode = "wrong-code", UNAUTHORIZED, "The code of the second factor is wrong, or was used before.";
    Forbidden = "forbidden", FORBIDDEN, "It belongs to or concerns somebody else, or needs another role.";
    ScopeMissing = "scope-missing", FORBIDDEN, "The API key lacks the scope that the operation needs.";
    SignInNeeded = "sign-in-needed", FORBIDDEN, "No API key may do this; it needs somebody who signed in.";
    SecondFactorNeeded = "second-factor-needed", FORBIDDEN, "The account must have a second factor and has none: set one up at `/api/v1/auth/totp`.";
    NotFound = "not-found", NOT_FOUND, "There is no such thing, or not for whoever asks.";
    WrongMethod = "wrong-method", METHOD_NOT_ALLOWED, "The path takes other methods; `Allow` names them.";
    SlowBody = "slow-body", REQUEST_TIMEOUT, "The body comes in too slowly.";
    Conflict = "conflict", CONFLICT, "What is there already stands in the way.";
    StillRunning = "still-running", CONFLICT, "The same request with this `Idempotency-Key` is still running.";
    UsernameTaken = "username-taken", CONFLICT, "Another account has this username.";
    EmailTaken = "email-taken", CONFLICT, "Another account has this e-mail address.";
    ProfileExists = "profile-exists", CONFLICT, "The account has an artist profile already.";
    AudioExists = "audio-exists", CONFLICT, "A track has the same audio already.";
    HasWorks = "has-works", CONFLICT, "The artist has albums or tracks.";
    HasWorksOfOthers = "has-works-of-others", CONFLICT, "Others have albums or tracks of this artist.";
    TooManyPlaylists = "too-many-playlists", CONFLICT, "The account has as many playlists as it may have.";
    TooManyKeys = "too-many-keys", CONFLICT, "The account has as many API keys as it may have.";
    TooManyReports = "too-many-reports", CONFLICT, "The account has as many unanswered reports as it may have.";
    ReportExists = "report-exists", CONFLICT, "The account reported this already, and nobody has looked at it yet.";
    ReportResolved = "report-resolved", CONFLICT, "The report was answered already.";
    TakenDown = "taken-down", CONFLICT, "An admin took the work down.";
    ListIsFull = "list-is-full", CONFLICT, "The list has as many entries as it may have.";
    ObjectInUse = "object-in-use", CONFLICT, "Something uses the object.";
    JobHasEnded = "job-has-ended", CONFLICT, "The job has ended already.";
    JobMustFinish = "job-must-finish", CONFLICT, "The job finishes what a command began, so it cannot be cancelled.";
    NothingToReplay = "nothing-to-replay", CONFLICT, "The dead letter has no bytes to hand back.";
    StaleVersion = "stale-version", PRECONDITION_FAILED, "`If-Match` names another version than the present one.";
    TooLarge = "too-large", PAYLOAD_TOO_LARGE, "The body is larger than the operation takes.";
    UnsupportedType = "unsupported-type", UNSUPPORTED_MEDIA_TYPE, "The body is of another type than the operation takes, or encoded.";
    RangeOutside = "range-outside", RANGE_NOT_SATISFIABLE, "The range lies outside of the file.";
    Invalid = "invalid", UNPROCESSABLE_ENTITY, "Fields or parameters are not valid; `errors` names them.";
    TooMany = "too-many", TOO_MANY_REQUESTS, "Too often, or too many at once; wait `Retry-After` seconds.";
    Defect = "defect", INTERNAL_SERVER_ERROR, "A defect of the service; please report the `request_id`.";
    Unavailable = "unavailable", SERVICE_UNAVAILABLE, "An engine that this needs is unavailable; try again after `Retry-After` seconds.";
}

/// A kind of problem in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AboutProblem {
    /// As in the problems of this kind.
    #[schema(example = "/problems/stale-version")]
    pub r#type: String,
    /// The status that it comes with.
    #[schema(example = 412)]
    pub status: u16,
    /// What it means.
    pub description: String,
}

impl ProblemType {
    /// The kind of that name, which is the end of its `type`.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        let mut all = Self::ALL.iter().copied();
        all.find(|kind| kind.uri().strip_prefix("/problems/") == Some(name))
    }

    /// Of what a part of actix answered.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => Self::WrongMethod,
            StatusCode::PAYLOAD_TOO_LARGE => Self::TooLarge,
            StatusCode::RANGE_NOT_SATISFIABLE => Self::RangeOutside,
            _ => Self::Refused,
        }
    }

    /// Itself in words.
    #[must_use]
    pub fn described(self) -> AboutProblem {
        AboutProblem {
            r#type: self.uri().to_owned(),
            status: self.status().as_u16(),
            description: self.about().to_owned(),
        }
    }
}

/// The schema of `type`, with every value and what it means.
pub(crate) fn schema() -> RefOr<Schema> {
    let head = "Kind of problem, which a program decides by; relative to the service, where it is described. New ones may \
                     come: an unknown one is as its status says.\n";
    let line = |kind: &ProblemType| format!("- `{}` ({}): {}", kind.uri(), kind.status().as_u16(), kind.about());
    let lines: Vec<String> = ProblemType::ALL.iter().map(line).collect();
    let about = format!("{head}\n{}", lines.join("\n"));
    let names = ProblemType::ALL.iter().map(|kind| kind.uri());
    let schema = ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(names))
        .description(Some(about))
        .examples([ProblemType::Invalid.uri()]);
    schema.build().into()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_words_with_hyphens_and_each_is_found() {
        let mut seen = BTreeSet::new();
        for kind in ProblemType::ALL {
            let name = kind.uri().trim_start_matches("/problems/");
            assert!(
                name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'),
                "{name}"
            );
            assert_eq!(ProblemType::by_name(name), Some(*kind));
            assert!(seen.insert(name), "{name} stands twice");
        }
        assert_eq!(ProblemType::by_name("blank"), None);
    }
}
