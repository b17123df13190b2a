//! Vorbis comments, as FLAC and Ogg have them (<https://xiph.org/vorbis/doc/v-comment.html>), and FLAC's pictures (RFC
//! 9639, section 8.8). Read here because lofty drops texts that are not UTF-8.

use base64::{
    Engine as _,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

use super::tag::{Field, RawTag};

const MAX_COMMENTS: usize = 5000;
const MAX_PICTURE_BYTES: usize = 16 * 1024 * 1024;

/// Adds the comments to the tag, as many as are whole.
pub(super) fn comments(bytes: &[u8], tag: &mut RawTag) {
    let Some((_vendor, rest)) = sized(bytes) else { return };
    let Some((count, mut rest)) = rest.split_first_chunk() else {
        return;
    };
    let count = usize::try_from(u32::from_le_bytes(*count)).unwrap_or(usize::MAX);
    for _ in 0..count.min(MAX_COMMENTS) {
        let Some((comment, after)) = sized(rest) else { break };
        rest = after;
        comment_into(comment, tag);
    }
}

fn comment_into(comment: &[u8], tag: &mut RawTag) {
    let Some(at) = comment.iter().position(|byte| *byte == b'=') else {
        return;
    };
    let (Ok(key), value) = (str::from_utf8(&comment[..at]), &comment[at + 1..]) else {
        return;
    };
    if let Some(field) = Field::named(key) {
        tag.bytes(field, value);
    } else if key.eq_ignore_ascii_case("METADATA_BLOCK_PICTURE") {
        picture(&base64(value), tag);
    } else if key.eq_ignore_ascii_case("COVERART") {
        tag.picture(0, base64(value));
    }
}

/// Some programs leave out the padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// With line breaks or without. Nothing where it is damaged.
fn base64(text: &[u8]) -> Vec<u8> {
    let letters: Vec<u8> = text
        .iter()
        .copied()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    BASE64.decode(letters).unwrap_or_default()
}

/// Adds the picture of a FLAC block: kind, media type, description, four numbers, and the picture.
pub(super) fn picture(block: &[u8], tag: &mut RawTag) {
    let image = || -> Option<(u32, &[u8])> {
        let (kind, rest) = block.split_first_chunk()?;
        let (_media_type, rest) = sized_be(rest)?;
        let (_description, rest) = sized_be(rest)?;
        let (_numbers, rest) = rest.split_first_chunk::<16>()?;
        let (size, rest) = rest.split_first_chunk()?;
        // Some programs write a wrong length.
        let size = usize::try_from(u32::from_be_bytes(*size)).ok()?.min(rest.len());
        Some((u32::from_be_bytes(*kind), &rest[..size]))
    };
    if let Some((kind, image)) = image().filter(|(_, image)| image.len() <= MAX_PICTURE_BYTES) {
        tag.picture(kind, image.to_vec());
    }
}

/// Bytes after their length, and what follows them.
fn sized(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (size, rest) = bytes.split_first_chunk()?;
    rest.split_at_checked(usize::try_from(u32::from_le_bytes(*size)).ok()?)
}

fn sized_be(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (size, rest) = bytes.split_first_chunk()?;
    rest.split_at_checked(usize::try_from(u32::from_be_bytes(*size)).ok()?)
}
