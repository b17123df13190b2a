//! Tags of MP4 files: the items of `moov/udta/meta/ilst`, each with its values in boxes `data`
//! (<https://developer.apple.com/documentation/quicktime-file-format/metadata_atoms_and_types>). Read here because lofty gives
//! up the whole list at the first item that is cut or claims too much.

use std::io;

use lofty::id3::v1::GENRES;

use super::{
    encoding,
    scan::Scan,
    tag::{Field, RawTag, Tag},
};

const MAX_ITEMS: usize = 1000;
/// Bytes of all values together, most of which are pictures.
const MAX_BYTES: u64 = 32 * 1024 * 1024;
/// Size and kind.
const HEADER: u64 = 8;
/// Type and language of a value stand before it.
const VALUE_HEADER: u64 = 8;
/// Of the well-known types, the one that is neither UTF-8 nor a number or a picture.
const UTF16: u32 = 2;

/// Reads the items from here to `end`.
pub(super) fn tag(scan: &mut Scan<'_>, end: u64) -> io::Result<Tag> {
    let mut items = Items {
        scan,
        tag: RawTag::default(),
        bytes_left: MAX_BYTES,
        genre: None,
        has_genre: false,
    };
    for _ in 0..MAX_ITEMS {
        let Some((kind, size)) = items.header(end)? else {
            break;
        };
        items.item(kind, size, end)?;
    }
    if let Some(genre) = items.genre.filter(|_| !items.has_genre) {
        items.tag.text(Field::Genre, genre);
    }
    Ok(items.tag.decoded())
}

struct Items<'a, 'f> {
    scan: &'a mut Scan<'f>,
    tag: RawTag,
    bytes_left: u64,
    /// By its number; one that is written out is better.
    genre: Option<&'static str>,
    has_genre: bool,
}

impl Items<'_, '_> {
    /// Kind and size of the box here, which may claim more than there is; `None` where none begins before `end`.
    fn header(&mut self, end: u64) -> io::Result<Option<([u8; 4], u64)>> {
        if self.scan.position().saturating_add(HEADER) > end {
            return Ok(None);
        }
        let header = self.scan.peek::<8>(0)?;
        let parts = header.map(|[s0, s1, s2, s3, kind @ ..]| (kind, u32::from_be_bytes([s0, s1, s2, s3]).into()));
        Ok(parts.filter(|(_, size)| *size >= HEADER))
    }

    fn item(&mut self, kind: [u8; 4], size: u64, end: u64) -> io::Result<()> {
        let claimed_end = self.scan.position().saturating_add(size);
        let item_end = claimed_end.min(end);
        self.scan.take(HEADER)?;
        let mut field = field(kind);
        while let Some((inner, size)) = self.header(item_end)? {
            let inner_end = self.scan.position().saturating_add(size).min(item_end);
            self.scan.take(HEADER)?;
            match &inner {
                b"name" => field = self.free_name(inner_end)?,
                b"data" => self.value(kind, field, inner_end)?,
                _ => {}
            }
            self.go_to(inner_end)?;
            // The size of the item is wrong: what follows its value is the next one, most likely.
            if &inner == b"data" && claimed_end > end {
                return Ok(());
            }
        }
        self.go_to(item_end)
    }

    fn go_to(&mut self, position: u64) -> io::Result<()> {
        self.scan.take(position.saturating_sub(self.scan.position()))
    }

    /// The field of an item `----`, after version and flags. What has an item of its own is read from there.
    fn free_name(&mut self, end: u64) -> io::Result<Option<Field>> {
        self.scan.take(4)?;
        let name = self.content(end)?;
        let field = Field::named(&String::from_utf8_lossy(&name));
        let is_only_free = |field: &Field| {
            matches!(
                field,
                Field::Artists
                    | Field::AlbumArtists
                    | Field::ReleaseDate
                    | Field::OriginalDate
                    | Field::RecordingId
                    | Field::ReleaseId
                    | Field::ArtistId
                    | Field::ReleaseArtistId
                    | Field::Isrc
            )
        };
        Ok(field.filter(is_only_free))
    }

    fn value(&mut self, kind: [u8; 4], field: Option<Field>, end: u64) -> io::Result<()> {
        let well_known = self.scan.peek::<4>(0)?.map_or(0, u32::from_be_bytes) & 0x00ff_ffff;
        let is_read = field.is_some() || matches!(&kind, b"covr" | b"gnre");
        if !is_read {
            return Ok(());
        }
        self.scan.take(VALUE_HEADER)?;
        let content = self.content(end)?;
        match (&kind, field) {
            // MP4 has no kinds of pictures: the first one is the cover.
            (b"covr", _) => self.tag.picture(3, content),
            (b"gnre", _) => {
                let number = number(&content, 0).and_then(|number| usize::from(number).checked_sub(1));
                self.genre = number.and_then(|index| GENRES.get(index)).copied();
            }
            (b"trkn" | b"disk", Some(field)) => {
                // The number, and how many there are.
                if let Some(number) = number(&content, 2).filter(|number| *number > 0) {
                    self.tag.text(field, number.to_string());
                }
            }
            (b"cpil", Some(field)) => {
                let is_set = content.iter().any(|byte| *byte != 0);
                self.tag.text(field, if is_set { "1" } else { "0" });
            }
            (_, Some(field)) => {
                self.has_genre |= field == Field::Genre;
                match well_known {
                    UTF16 => {
                        for text in encoding::utf16(&content, true) {
                            self.tag.text(field, text);
                        }
                    }
                    // UTF-8 by its type, which old programs do not keep to.
                    _ => self.tag.bytes(field, &content),
                }
            }
            (_, None) => {}
        }
        Ok(())
    }

    /// The bytes from here to `end`, none where there are too many.
    fn content(&mut self, end: u64) -> io::Result<Vec<u8>> {
        let bytes = end.saturating_sub(self.scan.position()).min(self.scan.left());
        let Some(left) = self.bytes_left.checked_sub(bytes) else {
            return Ok(Vec::new());
        };
        self.bytes_left = left;
        let mut content = vec![0; usize::try_from(bytes).map_err(io::Error::other)?];
        self.scan.peek_into(0, &mut content)?;
        Ok(content)
    }
}

fn field(kind: [u8; 4]) -> Option<Field> {
    Some(match &kind {
        b"\xa9nam" => Field::Title,
        b"\xa9ART" => Field::Artist,
        b"\xa9alb" => Field::Album,
        b"aART" => Field::AlbumArtist,
        b"\xa9gen" => Field::Genre,
        b"\xa9day" => Field::RecordingDate,
        b"trkn" => Field::TrackNumber,
        b"disk" => Field::DiscNumber,
        b"cpil" => Field::Compilation,
        _ => return None,
    })
}

fn number(content: &[u8], at: usize) -> Option<u16> {
    content.get(at..)?.first_chunk().map(|bytes| u16::from_be_bytes(*bytes))
}
