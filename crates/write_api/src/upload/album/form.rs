//! The form of an album.

use access::Principal;
use actix_multipart::{Field, Multipart};
use domain::line;
use events::ArtistId;
use futures_util::TryStreamExt as _;
use http_kit::Error;
use media::{Received, Spool, SpoolError};

use super::super::form::{broken, not_spooled, text};

/// Files of an album, and entries of an archive.
pub(super) const MAX_FILES: usize = 200;
const MAX_PARTS: usize = MAX_FILES + 20;
const MAX_TITLE: usize = 300;
const MAX_COVER_BYTES: usize = 16 * 1024 * 1024;
const FIELDS: [&str; 4] = ["files", "cover", "title", "artist_id"];

/// What came in.
pub(super) struct AlbumForm {
    /// Each with its name as it was sent.
    pub(super) files: Vec<(String, Received)>,
    pub(super) cover: Option<Vec<u8>>,
    pub(super) title: Option<String>,
    pub(super) artist_id: Option<ArtistId>,
}

/// Reads the whole form; files go into the spool as they come, all of them together at most the person's share of it.
pub(super) async fn read(
    mut parts: Multipart,
    by: &Principal,
    spool: &Spool,
    max_file: u64,
) -> Result<AlbumForm, Error> {
    let mut form = AlbumForm {
        files: Vec::new(),
        cover: None,
        title: None,
        artist_id: None,
    };
    let mut count = 0;
    while let Some(mut part) = parts.try_next().await.map_err(|error| broken(&error))? {
        count += 1;
        if count > MAX_PARTS {
            return Err(Error::invalid("body", format!("must have {MAX_PARTS} parts at most")));
        }
        match part.name().unwrap_or_default() {
            "files" if form.files.len() == MAX_FILES => {
                return Err(Error::invalid("files", format!("must be {MAX_FILES} files at most")));
            }
            "files" => {
                let file = file(part, form.files.len(), by, (spool, max_file)).await?;
                form.files.push(file);
            }
            "cover" => form.cover = Some(bytes(&mut part).await?),
            "title" => form.title = title(&text(&mut part).await?)?,
            "artist_id" => form.artist_id = artist_id(&text(&mut part).await?)?,
            unknown => return Err(http_kit::unknown_field(unknown, &FIELDS)),
        }
    }
    Ok(form)
}

/// Nothing but spaces is as good as none.
fn title(text: &str) -> Result<Option<String>, Error> {
    let text = text.trim();
    let title = (!text.is_empty()).then(|| line("title", text, MAX_TITLE));
    Ok(title.transpose()?)
}

fn artist_id(text: &str) -> Result<Option<ArtistId>, Error> {
    let text = text.trim();
    let id = (!text.is_empty()).then(|| text.parse().map(ArtistId));
    let wrong = |_| Error::invalid("artist_id", "must be the id of an artist, which is a UUID");
    id.transpose().map_err(wrong)
}

async fn file(
    part: Field,
    place: usize,
    by: &Principal,
    (spool, max_file): (&Spool, u64),
) -> Result<(String, Received), Error> {
    let name = part
        .content_disposition()
        .and_then(|it| it.get_filename())
        .map(str::to_owned);
    let name = name
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| format!("file {}", place + 1));
    // An archive may be larger than one file: it holds many.
    let is_archive = place == 0 && name.to_ascii_lowercase().ends_with(".zip");
    let room = spool.share_bytes();
    let max = if is_archive {
        room.saturating_sub(max_file).max(max_file)
    } else {
        max_file
    };
    match spool.receive(part, max, by.user_id.0).await {
        Ok(received) => Ok((name, received)),
        Err(SpoolError::TooLarge { limit }) => Err(Error::too_large(format!("{name} is larger than {limit} bytes"))),
        // It may be others' uploads of the same person; more often it is this one.
        Err(SpoolError::Share) if place > 0 => Err(Error::too_large(format!(
            "the files of an album may have {room} bytes together"
        ))),
        Err(error) => Err(not_spooled(error)),
    }
}

async fn bytes(part: &mut Field) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    while let Some(chunk) = part.try_next().await.map_err(|error| broken(&error))? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > MAX_COVER_BYTES {
            return Err(Error::too_large(format!(
                "the cover is larger than {MAX_COVER_BYTES} bytes"
            )));
        }
    }
    Ok(bytes)
}
