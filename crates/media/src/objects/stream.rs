//! Reading an object as a stream.

use std::time::Duration;

use aws_sdk_s3::operation::get_object::GetObjectOutput;
use bytes::Bytes;
use futures_util::{
    StreamExt,
    stream::{self, BoxStream},
};
use tokio::time::timeout;

use super::{ObjectError, error::causes};
use crate::ByteRange;

/// An object or a part of it.
pub struct ObjectStream {
    /// Of the whole object.
    pub size_bytes: u64,
    /// The part that `stream` yields; `None`: all of it.
    pub range: Option<ByteRange>,
    /// Media type the object was stored with.
    pub content_type: Option<String>,
    /// Entity tag with its quotes.
    pub etag: Option<String>,
    /// Ends with an error when the server stalls or the connection breaks, never silently early.
    pub stream: BoxStream<'static, Result<Bytes, ObjectError>>,
}

impl ObjectStream {
    pub(super) fn new(answer: GetObjectOutput, asked: Option<ByteRange>, stall: Duration) -> Result<Self, ObjectError> {
        let length = length(answer.content_length)?;
        let (size_bytes, range) = match (asked, answer.content_range.as_deref()) {
            (None, _) => (length, None),
            (Some(asked), Some(header)) => {
                let (range, size) = content_range(header)?;
                if range.first() != asked.first() || range.len() != length {
                    return Err(ObjectError::Refused(format!(
                        "asked for {}, sent {header}",
                        asked.header()
                    )));
                }
                (size, Some(range))
            }
            // Servers may ignore ranges; with one that does, a seek would start the track anew.
            (Some(_), None) => return Err(ObjectError::Refused("it ignores ranges".to_owned())),
        };
        let pieces = stream::unfold(Some(answer.body), move |body| async move {
            let mut body = body?;
            let piece = match timeout(stall, body.next()).await {
                Ok(None) => return None,
                Ok(Some(Ok(piece))) => return Some((Ok(piece), Some(body))),
                Ok(Some(Err(error))) => causes(&error),
                Err(_) => format!("nothing came for {} s", stall.as_secs()),
            };
            // Dropping the body closes its connection; after an error the stream has ended.
            Some((Err(ObjectError::Unavailable(piece)), None))
        });
        let (content_type, etag) = (answer.content_type, answer.e_tag);
        Ok(Self {
            size_bytes,
            range,
            content_type,
            etag,
            stream: pieces.boxed(),
        })
    }
}

/// A length that the server must name.
pub(super) fn length(header: Option<i64>) -> Result<u64, ObjectError> {
    header
        .and_then(|length| u64::try_from(length).ok())
        .ok_or_else(|| ObjectError::Refused("it does not name the length of the object".to_owned()))
}

/// `bytes 0-9/100` (RFC 9110, section 14.4).
fn content_range(header: &str) -> Result<(ByteRange, u64), ObjectError> {
    let parse = || {
        let (range, size) = header.strip_prefix("bytes ")?.split_once('/')?;
        let (first, last) = range.split_once('-')?;
        let range = ByteRange::new(first.parse().ok()?, last.parse().ok()?)?;
        Some((range, size.parse().ok()?))
    };
    parse().ok_or_else(|| ObjectError::Refused(format!("not a content range: {header}")))
}
