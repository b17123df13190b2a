//! The files of an album, looked at before one of them goes in: they were sent one by one, or they are in an archive, out of
//! which one at a time is taken.

use std::{io, sync::Arc};

use bytes::Bytes;
use domain::line;
use futures_util::stream;
use http_kit::{Error, ProblemType};
use media::{
    ArchiveEntry, ArchiveError, ArchiveLimits, AudioError, Cover, Received, SpoolError, Tags, list_archive,
    read_archive,
};
use tokio::{sync::mpsc, task::spawn_blocking};
use uuid::Uuid;

use super::{RejectedFile, form::MAX_FILES};
use crate::upload::{Ingest, ingest::duration_ms};

/// All files of an archive together, inflated: an album of lossless sound on several discs.
const MAX_TOTAL_BYTES: u64 = 4 * 1024 * 1024 * 1024;
/// Pieces between who inflates and who writes.
const AHEAD: usize = 2;
const MAX_COVER_BYTES: u64 = 16 * 1024 * 1024;
/// Names that pictures of covers have, and how they end.
const COVERS: [&str; 4] = ["cover", "folder", "front", "album"];
const PICTURES: [&str; 5] = ["jpg", "jpeg", "png", "webp", "bmp"];

/// A file that is audio.
pub(super) struct Looked {
    /// Place among the files.
    at: usize,
    pub(super) name: String,
    /// Without folders.
    pub(super) file_name: String,
    pub(super) tags: Tags,
    pub(super) duration_ms: Option<i64>,
}

impl Looked {
    pub(super) fn rejected(&self, error: &Error) -> RejectedFile {
        reject(&self.name, error)
    }
}

pub(super) enum Files {
    Sent(Vec<(String, Option<Received>)>),
    Archive {
        /// As it was sent.
        name: String,
        archive: Arc<Received>,
        entries: Vec<ArchiveEntry>,
        person: Uuid,
    },
}

impl Files {
    /// One file that is an archive is taken apart; whatever in it is there to do harm refuses it.
    pub(super) async fn open(mut sent: Vec<(String, Received)>, person: Uuid, ingest: &Ingest) -> Result<Self, Error> {
        if let [(_, file)] = sent.as_slice() {
            let path = file.path().to_owned();
            let is_archive = blocking(move || media::is_archive(&path).map_err(ArchiveError::from)).await?;
            if is_archive && let Some((name, archive)) = sent.pop() {
                let limits = ArchiveLimits {
                    max_entries: MAX_FILES,
                    max_total_bytes: MAX_TOTAL_BYTES.max(ingest.max_upload_bytes),
                };
                let path = archive.path().to_owned();
                let list = move || list_archive(&path, limits).inspect_err(|error| log_hostile(error, person));
                let entries = blocking(list).await?;
                return Ok(Self::Archive {
                    name,
                    archive: Arc::new(archive),
                    entries,
                    person,
                });
            }
        }
        Ok(Self::Sent(
            sent.into_iter().map(|(name, file)| (name, Some(file))).collect(),
        ))
    }

    /// Every file that is audio, and those that are not, with the reason.
    pub(super) async fn look(&mut self, ingest: &Ingest) -> Result<(Vec<Looked>, Vec<RejectedFile>), Error> {
        let (mut looked, mut rejected) = (Vec::new(), Vec::new());
        for at in 0..self.count() {
            let Some(name) = self.name_of_audio(at) else { continue };
            let parsed = match self {
                Self::Sent(files) => match files.get(at) {
                    Some((_, Some(file))) => ingest.parser.parse(file).await,
                    _ => continue,
                },
                Self::Archive { .. } => match self.extract(at, ingest).await {
                    Ok(file) => ingest.parser.parse(&file).await,
                    Err(Extracting::Rejected(reason)) => {
                        rejected.push(reject(&name, &reason));
                        continue;
                    }
                    Err(Extracting::Failed(error)) => return Err(error),
                },
            };
            match parsed {
                Ok(parsed) => looked.push(Looked {
                    at,
                    file_name: name.rsplit(['/', '\\']).next().unwrap_or_default().to_owned(),
                    duration_ms: duration_ms(&parsed),
                    tags: parsed.tags,
                    name,
                }),
                Err(AudioError::Unreadable(error)) => return Err(Error::unavailable("the upload folder", error)),
                Err(refused) => rejected.push(reject(&name, &unreadable(&refused))),
            }
        }
        Ok((looked, rejected))
    }

    /// A file that was looked at, to be stored.
    pub(super) async fn take(&mut self, file: &Looked, ingest: &Ingest) -> Result<Received, Error> {
        match self {
            Self::Sent(files) => {
                let received = files.get_mut(file.at).and_then(|(_, received)| received.take());
                received.ok_or_else(|| Error::defect("a file of an album was taken twice"))
            }
            Self::Archive { .. } => self.extract(file.at, ingest).await.map_err(|error| match error {
                Extracting::Rejected(error) => Error::invalid("files", error.detail()),
                Extracting::Failed(error) => error,
            }),
        }
    }

    /// The picture in an archive that is named as covers are.
    pub(super) async fn cover(&mut self, ingest: &Ingest) -> Result<Option<Cover>, Error> {
        let Self::Archive { entries, .. } = self else {
            return Ok(None);
        };
        let found = entries
            .iter()
            .position(|entry| is_cover(entry.file_name()) && entry.size_bytes <= MAX_COVER_BYTES);
        let Some(at) = found else { return Ok(None) };
        let Ok(file) = self.extract(at, ingest).await else {
            return Ok(None);
        };
        let picture = tokio::fs::read(file.path()).await;
        let picture = picture.map_err(|error| Error::unavailable("the upload folder", error))?;
        ingest.parser.cover(picture.into()).await.map_err(Error::defect)
    }

    /// The archive's name without its ending: a title of last resort.
    pub(super) fn archive_title(&self) -> Option<String> {
        let Self::Archive { name, .. } = self else { return None };
        let stem = name.rsplit_once('.').map_or(name.as_str(), |(stem, _)| stem);
        line("title", stem, 300).ok()
    }

    fn count(&self) -> usize {
        match self {
            Self::Sent(files) => files.len(),
            Self::Archive { entries, .. } => entries.len(),
        }
    }

    /// None for a picture of a cover.
    fn name_of_audio(&self, at: usize) -> Option<String> {
        match self {
            Self::Sent(files) => files.get(at).map(|(name, _)| name.clone()),
            Self::Archive { entries, .. } => {
                let entry = entries.get(at)?;
                (!is_cover(entry.file_name())).then(|| entry.name.clone())
            }
        }
    }

    /// Takes one file out of the archive, into the spool.
    async fn extract(&self, at: usize, ingest: &Ingest) -> Result<Received, Extracting> {
        let Self::Archive {
            archive,
            entries,
            person,
            ..
        } = self
        else {
            return Err(Extracting::Failed(Error::defect("not an archive")));
        };
        let entry = entries.get(at).cloned();
        let entry = entry.ok_or_else(|| Extracting::Failed(Error::defect("no such file in the archive")))?;
        if entry.size_bytes > ingest.max_upload_bytes {
            let most = ingest.max_upload_bytes;
            return Err(Extracting::Rejected(larger_than(most)));
        }
        let (pieces, received) = mpsc::channel::<Bytes>(AHEAD);
        let from = Arc::clone(archive);
        let reading = spawn_blocking(move || {
            read_archive(from.path(), &entry, |piece| {
                // Nobody takes it any more: the spool has said why.
                let sent = pieces.blocking_send(Bytes::copy_from_slice(piece));
                sent.map_err(|_| io::ErrorKind::BrokenPipe.into())
            })
        });
        let stream = stream::unfold(received, |mut received| async move {
            let piece = received.recv().await?;
            Some((Ok::<_, std::convert::Infallible>(piece), received))
        });
        let spooled = ingest.spool.receive(stream, ingest.max_upload_bytes, *person).await;
        let read = reading
            .await
            .map_err(|error| Extracting::Failed(Error::defect(error)))?;
        match (spooled, read) {
            (Ok(file), Ok(())) => Ok(file),
            (Ok(_), Err(ArchiveError::Unreadable(error))) => {
                Err(Extracting::Failed(Error::unavailable("the upload folder", error)))
            }
            (Ok(_), Err(refused)) => Err(Extracting::Rejected(unreadable(&refused))),
            (Err(SpoolError::Interrupted(never)), _) => match never {},
            (Err(SpoolError::TooLarge { limit }), _) => Err(Extracting::Rejected(larger_than(limit))),
            (Err(SpoolError::Share), _) => Err(Extracting::Failed(Error::too_large(
                "the archive and the largest file in it do not fit into the room for your uploads",
            ))),
            (Err(error @ SpoolError::Full), _) => {
                Err(Extracting::Failed(Error::unavailable("room for more uploads", error)))
            }
            (Err(error @ SpoolError::Disk(_)), _) => {
                Err(Extracting::Failed(Error::unavailable("the upload folder", error)))
            }
        }
    }
}

/// Why a file was not taken out.
enum Extracting {
    /// This one is bad.
    Rejected(Error),
    Failed(Error),
}

fn is_cover(file_name: &str) -> bool {
    let name = file_name.to_ascii_lowercase();
    name.rsplit_once('.')
        .is_some_and(|(stem, end)| PICTURES.contains(&end) && COVERS.contains(&stem))
}

fn unreadable(refused: &impl ToString) -> Error {
    Error::of(ProblemType::Invalid, refused.to_string())
}

fn larger_than(most: u64) -> Error {
    Error::too_large(format!("is larger than {most} bytes"))
}

fn reject(name: &str, error: &Error) -> RejectedFile {
    RejectedFile {
        file: name.chars().take(300).collect(),
        r#type: error.problem_type().uri().to_owned(),
        reason: error.detail().to_owned(),
    }
}

/// ASVS 16.3.3: without names of files, which are the person's own.
fn log_hostile(error: &ArchiveError, person: Uuid) {
    if let ArchiveError::Forbidden { what, .. } = error {
        tracing::warn!(user_id = %person, what, "an archive that is there to do harm was refused");
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ArchiveError> + Send + 'static,
) -> Result<T, Error> {
    let done = spawn_blocking(work).await.map_err(Error::defect)?;
    done.map_err(|error| match error {
        ArchiveError::Unreadable(error) => Error::unavailable("the upload folder", error),
        ArchiveError::TooLarge(_) => Error::too_large(error.to_string()),
        refused => Error::invalid("files", refused.to_string()),
    })
}
