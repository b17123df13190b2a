//! Tags in WAV files: chunks between the sound (<https://www.loc.gov/preservation/digital/formats/fdd/fdd000025.shtml>).

use std::{fs::File, io};

use super::{id3, scan::Scan};

const MAX_LIST_BYTES: u64 = 1024 * 1024;
const MAX_CHUNKS: usize = 1000;

/// The two kinds of tags that WAV files carry.
#[derive(Default)]
pub(super) struct Chunks {
    /// A WAV file of the first INFO list and nothing else; empty without one.
    pub(super) info: Vec<u8>,
    /// An `ID3v2` tag, safe to read.
    pub(super) id3: Vec<u8>,
}

pub(super) fn chunks(file: &mut File, size: u64) -> io::Result<Chunks> {
    let mut scan = Scan::new(file, size, 0)?;
    let mut chunks = Chunks::default();
    scan.take(12)?;
    for _ in 0..MAX_CHUNKS {
        let Some([a, b, c, d, size @ ..]) = scan.peek::<8>(0)? else {
            break;
        };
        let size = u64::from(u32::from_le_bytes(size));
        match &[a, b, c, d] {
            b"LIST" if chunks.info.is_empty() && size <= MAX_LIST_BYTES => chunks.info = list(&mut scan, size)?,
            b"id3 " | b"ID3 " if chunks.id3.is_empty() => {
                scan.take(8)?;
                chunks.id3 = id3::inner(&mut scan)?;
                scan.take(size + size % 2)?;
                continue;
            }
            _ => {}
        }
        scan.take(8 + size + size % 2)?;
    }
    Ok(chunks)
}

/// A WAV file of one list.
fn list(scan: &mut Scan<'_>, size: u64) -> io::Result<Vec<u8>> {
    let mut chunk = vec![0; usize::try_from(8 + size).map_err(io::Error::other)?];
    if !scan.peek_into(0, &mut chunk)? || chunk.get(8..12) != Some(b"INFO") {
        return Ok(Vec::new());
    }
    chunk.resize(chunk.len().next_multiple_of(2), 0);
    let length = u32::try_from(chunk.len() + 4).map_err(io::Error::other)?;
    Ok([b"RIFF", length.to_le_bytes().as_slice(), b"WAVE", &chunk].concat())
}
