//! The parts of an upload's form.

use std::{io::ErrorKind, str::FromStr};

use access::Principal;
use actix_multipart::{Field, Multipart, MultipartError};
use actix_web::error::PayloadError;
use futures_util::TryStreamExt as _;
use http_kit::Error;
use media::{AudioError, Received, Spool, SpoolError};

const MAX_PARTS: usize = 40;
const MAX_TEXT: usize = 4 * 1024;
/// Seconds until another upload of the same person may be done.
const SHARE_SECONDS: u64 = 5;
const SHARE: &str = "your other uploads in progress take all the room that is yours; wait until one of them is done";

pub(crate) struct Form {
    pub(crate) file: Received,
    pub(super) details: Details,
}

/// What a client says of a file.
#[derive(Clone, Debug, Default)]
pub(super) struct Details {
    /// The file's name as the client has it: a title of last resort, never part of a key.
    pub(super) file_name: Option<String>,
    pub(super) texts: Vec<(String, String)>,
}

impl Details {
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        let text = self
            .texts
            .iter()
            .find(|(field, _)| field == name)
            .map(|(_, text)| text.trim());
        text.filter(|text| !text.is_empty())
    }

    /// A text part as something else.
    pub(super) fn parsed<T: FromStr>(&self, name: &str, right: &str) -> Result<Option<T>, Error> {
        let parse = |text: &str| {
            text.parse()
                .map_err(|_| Error::invalid(name, format!("must be {right}")))
        };
        self.text(name).map(parse).transpose()
    }
}

/// Reads the whole form, of a file of at most `max` bytes and these texts; the file goes into the spool as it comes.
pub(crate) async fn read(
    mut parts: Multipart,
    texts_taken: &[&str],
    max: u64,
    by: &Principal,
    spool: &Spool,
) -> Result<Form, Error> {
    let (mut file, mut file_name, mut texts) = (None, None, Vec::new());
    let mut count = 0;
    while let Some(mut part) = parts.try_next().await.map_err(|error| broken(&error))? {
        count += 1;
        let name = part.name().unwrap_or_default().to_owned();
        match name.as_str() {
            _ if count > MAX_PARTS => {
                return Err(Error::invalid("body", format!("must have {MAX_PARTS} parts at most")));
            }
            "file" if file.is_some() => return Err(Error::invalid("file", "must be one file")),
            "file" => {
                file_name = part
                    .content_disposition()
                    .and_then(|it| it.get_filename())
                    .map(str::to_owned);
                let spooled = spool.receive(part, max, by.user_id.0).await;
                file = Some(spooled.map_err(not_spooled)?);
            }
            known if texts_taken.contains(&known) => texts.push((name, text(&mut part).await?)),
            unknown => {
                let taken: Vec<&str> = ["file"].into_iter().chain(texts_taken.iter().copied()).collect();
                return Err(http_kit::unknown_field(unknown, &taken));
            }
        }
    }
    let file = file.ok_or_else(|| Error::invalid("file", "is missing: send the file in this part"))?;
    let details = Details { file_name, texts };
    Ok(Form { file, details })
}

pub(super) async fn text(part: &mut Field) -> Result<String, Error> {
    let name = part.name().unwrap_or_default().to_owned();
    let mut bytes = Vec::new();
    while let Some(chunk) = part.try_next().await.map_err(|error| broken(&error))? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > MAX_TEXT {
            return Err(Error::invalid(&name, format!("must have {MAX_TEXT} bytes at most")));
        }
    }
    String::from_utf8(bytes).map_err(|_| Error::invalid(&name, "must be UTF-8"))
}

pub(super) fn broken(error: &MultipartError) -> Error {
    use MultipartError as E;
    let detail = match error {
        E::BoundaryMissing | E::ContentTypeIncompatible | E::ContentTypeMissing | E::ContentTypeParse => {
            return Error::unsupported_type("multipart/form-data with a boundary");
        }
        E::Incomplete => "the form ends before its last boundary",
        E::Payload(PayloadError::Io(error)) if error.kind() == ErrorKind::TimedOut => return Error::slow_body(),
        E::Payload(_) => "the form did not arrive whole",
        E::ContentDispositionMissing | E::ContentDispositionNameMissing => {
            "a part of the form has no name: its Content-Disposition must be form-data with a name"
        }
        _ => "the form is not what multipart/form-data must be (RFC 7578)",
    };
    Error::broken_body(detail)
}

pub(super) fn not_spooled(error: SpoolError<MultipartError>) -> Error {
    match error {
        SpoolError::TooLarge { .. } => Error::too_large(error.to_string()),
        SpoolError::Interrupted(error) => broken(&error),
        SpoolError::Share => Error::too_many(SHARE_SECONDS, SHARE),
        SpoolError::Full => Error::unavailable("room for more uploads", error),
        SpoolError::Disk(_) => Error::unavailable("the upload folder", error),
    }
}

/// What is wrong with a file that is no audio.
pub(crate) fn not_audio(error: AudioError) -> Error {
    match error {
        AudioError::Unreadable(error) => Error::unavailable("the upload folder", error),
        refused => Error::invalid("file", refused.to_string()),
    }
}
