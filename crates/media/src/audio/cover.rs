//! Covers come from strangers, so they are decoded within limits and encoded anew.

use std::{
    fmt,
    io::Cursor,
    sync::{Mutex, PoisonError},
};

use bytes::Bytes;
use image::{
    DynamicImage, ImageDecoder, ImageReader, Limits, Rgb, RgbImage, codecs::jpeg::JpegEncoder, metadata::Orientation,
};
use sha2::{Digest as _, Sha256};

use super::tag::{Picture, Tag};
use crate::{CoverSize, spool::hex};

/// Pixels that each side of a picture may have.
const MAX_SIDE: u32 = 10_000;
/// Bytes of a decoded picture, and the decoder's own: a JPEG of 6000×6000 pixels, a PNG with transparency of 5000×5000.
const MAX_DECODED_BYTES: u64 = 112 * 1024 * 1024;
/// A larger picture is decoded while no other one is.
const LARGE_BYTES: u64 = 32 * 1024 * 1024;
const JPEG_QUALITY: u8 = 85;
/// Held while a large picture is decoded: a progressive JPEG takes three times its pixels.
static LARGE: Mutex<()> = Mutex::new(());
/// Pictures of one file that are tried.
const MAX_TRIES: usize = 3;

/// A cover as it is stored: a JPEG in each size, without the metadata of its source.
#[derive(Clone)]
pub struct Cover {
    /// The largest: at most 1000×1000 pixels.
    pub jpeg: Bytes,
    pub width: u32,
    pub height: u32,
    medium: Bytes,
    small: Bytes,
}

impl Cover {
    /// Reads a JPEG, PNG, WebP, GIF or BMP of up to 25 million pixels or more; `None` when it is none, larger, or broken.
    /// Blocking.
    #[must_use]
    pub fn from_image(bytes: &[u8]) -> Option<Self> {
        Self::decode(bytes)
            .inspect_err(|error| tracing::debug!(%error, "a cover could not be read"))
            .ok()
    }

    #[must_use]
    pub fn size(&self, size: CoverSize) -> &Bytes {
        match size {
            CoverSize::Small => &self.small,
            CoverSize::Medium => &self.medium,
            CoverSize::Large => &self.jpeg,
        }
    }

    /// Of the largest, in hexadecimal digits.
    #[must_use]
    pub fn sha256_hex(&self) -> String {
        hex(Sha256::digest(&self.jpeg).into())
    }

    /// The front cover, else whatever picture there is: many files carry their cover under another type.
    pub(super) fn choose(tags: &[Tag]) -> Option<Self> {
        let mut pictures: Vec<&Picture> = tags.iter().flat_map(|tag| &tag.pictures).collect();
        pictures.sort_by_key(|picture| !picture.is_front_cover);
        pictures
            .into_iter()
            .take(MAX_TRIES)
            .find_map(|picture| Self::from_image(&picture.image))
    }

    fn decode(bytes: &[u8]) -> image::ImageResult<Self> {
        let mut limits = Limits::default();
        limits.max_image_width = Some(MAX_SIDE);
        limits.max_image_height = Some(MAX_SIDE);
        limits.max_alloc = Some(MAX_DECODED_BYTES);
        let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format()?;
        reader.limits(limits.clone());
        let mut decoder = reader.into_decoder()?;
        limits.reserve(decoder.total_bytes())?;
        let _alone =
            (decoder.total_bytes() > LARGE_BYTES).then(|| LARGE.lock().unwrap_or_else(PoisonError::into_inner));
        // Cameras and phones store the picture as the sensor saw it, and how to turn it.
        let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
        let mut picture = DynamicImage::from_decoder(decoder)?;
        picture = at_most(picture, CoverSize::Large);
        picture.apply_orientation(orientation);
        let large = DynamicImage::from(on_white(picture));
        let jpeg = encode(&large)?;
        let (width, height) = (large.width(), large.height());
        let medium = at_most(large, CoverSize::Medium);
        let of_medium = encode(&medium)?;
        let small = encode(&at_most(medium, CoverSize::Small))?;
        Ok(Self {
            jpeg,
            width,
            height,
            medium: of_medium,
            small,
        })
    }
}

/// Smaller, where it is larger than that.
fn at_most(picture: DynamicImage, size: CoverSize) -> DynamicImage {
    let most = size.pixels();
    if picture.width() > most || picture.height() > most {
        return picture.thumbnail(most, most);
    }
    picture
}

fn encode(picture: &DynamicImage) -> image::ImageResult<Bytes> {
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, JPEG_QUALITY).encode_image(picture)?;
    Ok(jpeg.into())
}

/// JPEG has no transparency.
fn on_white(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let picture = picture.into_rgba8();
    let mut opaque = RgbImage::new(picture.width(), picture.height());
    for (to, from) in opaque.pixels_mut().zip(picture.pixels()) {
        let [color @ .., alpha] = from.0.map(u32::from);
        let blend = |channel: u32| u8::try_from((channel * alpha + 255 * (255 - alpha)) / 255).unwrap_or(u8::MAX);
        *to = Rgb(color.map(blend));
    }
    opaque
}

impl fmt::Debug for Cover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cover({}×{}, {} bytes)", self.width, self.height, self.jpeg.len())
    }
}
