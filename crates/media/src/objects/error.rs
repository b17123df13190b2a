//! Errors of the S3 server, by what the caller can do about them.

use std::{error::Error, io};

use aws_sdk_s3::{
    config::http::HttpResponse,
    error::{ProvideErrorMetadata, SdkError},
};

/// Why an object could not be stored or read.
#[derive(Debug, thiserror::Error)]
pub enum ObjectError {
    /// There is no such object, or no such bucket.
    #[error("there is no such object")]
    NotFound,
    #[error("the range lies outside the object")]
    OutOfRange,
    /// No answer, or a status that asks to try again later.
    #[error("the S3 server is unavailable: {0}")]
    Unavailable(String),
    /// Trying again would not help: wrong keys, no rights, or an answer that is not S3.
    #[error("the S3 server refuses: {0}")]
    Refused(String),
    #[error("the file to store could not be read: {0}")]
    File(#[from] io::Error),
}

impl<E> From<SdkError<E, HttpResponse>> for ObjectError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    fn from(error: SdkError<E, HttpResponse>) -> Self {
        let status = error.raw_response().map(|response| response.status().as_u16());
        let code = error.code().unwrap_or_default();
        match (&error, status) {
            (SdkError::ConstructionFailure(_), _) => Self::Refused(causes(&error)),
            (SdkError::ServiceError(_), Some(404)) => Self::NotFound,
            (SdkError::ServiceError(_), Some(416)) => Self::OutOfRange,
            // 408 and 429 ask to try again later.
            (SdkError::ServiceError(_), Some(status @ (300..=407 | 409..=428 | 430..=499))) => Self::Refused(format!(
                "status {status} {code} {}",
                error.message().unwrap_or_default()
            )),
            _ => Self::Unavailable(causes(&error)),
        }
    }
}

/// An error and what caused it, in one line.
pub(super) fn causes(error: &dyn Error) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let text = inner.to_string();
        // Many errors repeat what is inside them.
        if !line.ends_with(&text) {
            line.push_str(": ");
            line.push_str(&text);
        }
        cause = inner.source();
    }
    line
}
