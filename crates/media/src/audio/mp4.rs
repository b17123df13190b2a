//! The boxes of MP4 files (ISO 14496-12): their true length, and their tag.
//!
//! The length is that of the tables and fragments that describe each sample: headers of live recordings and of fragmented files
//! say zero. Without such tables, the first header that says more counts.

use std::{fs::File, io};

use super::{ilst, scan::Scan, tag::Tag};

const MAX_BOXES: usize = 200_000;
const MAX_TRACKS: usize = 32;
/// Bytes of one table that is read.
const MAX_TABLE_BYTES: u64 = 8 * 1024 * 1024;

#[derive(Default)]
struct Track {
    id: u32,
    is_sound: bool,
    /// Units in one second.
    timescale: u32,
    /// As the header says.
    claimed: u64,
    /// By the table of samples, and by fragments.
    counted: u64,
}

/// What the boxes say.
pub(super) struct Boxes {
    /// Length of the first track of sound; `None` where no table knows it.
    pub(super) duration_ms: Option<u64>,
    pub(super) tag: Option<Tag>,
}

pub(super) fn boxes(file: &mut File, size: u64) -> io::Result<Boxes> {
    let scan = Scan::new(file, size, 0)?;
    let mut walk = Walk {
        scan,
        boxes_left: MAX_BOXES,
        tracks: Vec::new(),
        movie: (0, 0),
        fragment: 0,
        fragment_default: 0,
        defaults: Vec::new(),
        tag: None,
    };
    walk.boxes(size, 0)?;
    let track = walk.tracks.iter().find(|track| track.is_sound);
    let lengths = track.map(|track| [(track.counted, track.timescale), (track.claimed, track.timescale)]);
    let lengths = lengths.into_iter().flatten().chain([walk.movie]);
    let duration_ms = lengths
        .filter(|(units, timescale)| *units > 0 && *timescale > 0)
        .map(|(units, timescale)| u128::from(units) * 1000 / u128::from(timescale))
        .find_map(|ms| u64::try_from(ms).ok().filter(|ms| *ms > 0));
    Ok(Boxes {
        duration_ms,
        tag: walk.tag,
    })
}

struct Walk<'a> {
    scan: Scan<'a>,
    boxes_left: usize,
    tracks: Vec<Track>,
    /// Length and timescale of all tracks together.
    movie: (u64, u32),
    /// Index of the track of the present fragment, from 1; 0 for none.
    fragment: usize,
    fragment_default: u32,
    /// Track id and default length, which may stand before or after the tracks.
    defaults: Vec<(u32, u32)>,
    tag: Option<Tag>,
}

impl Walk<'_> {
    /// Goes through the boxes up to `end`.
    fn boxes(&mut self, end: u64, depth: u8) -> io::Result<()> {
        while self.scan.position() < end && self.boxes_left > 0 {
            self.boxes_left -= 1;
            let begin = self.scan.position();
            let Some([s0, s1, s2, s3, kind @ ..]) = self.scan.peek::<8>(0)? else {
                break;
            };
            let (header, size) = match u32::from_be_bytes([s0, s1, s2, s3]) {
                0 => (8, end - begin),
                1 => match self.scan.peek(8)?.map(u64::from_be_bytes) {
                    Some(size) => (16, size),
                    None => break,
                },
                size => (8, size.into()),
            };
            if size < header {
                break;
            }
            let box_end = begin.saturating_add(size).min(end);
            self.scan.take(header)?;
            match &kind {
                // A file may nest boxes without end, and each is a call of this function.
                b"moov" | b"trak" | b"mdia" | b"minf" | b"stbl" | b"mvex" | b"moof" | b"traf" if depth < 8 => {
                    if &kind == b"trak" && self.tracks.len() < MAX_TRACKS {
                        self.tracks.push(Track::default());
                    }
                    self.boxes(box_end, depth + 1)?;
                }
                // Those of the movie; a track may have some of its own.
                b"udta" if depth == 1 => self.boxes(box_end, depth + 1)?,
                b"meta" if depth == 2 => {
                    // QuickTime writes it without version and flags.
                    if self.scan.peek(4)? != Some(*b"hdlr") {
                        self.scan.take(4)?;
                    }
                    self.boxes(box_end, depth + 1)?;
                }
                b"ilst" if depth == 3 && self.tag.is_none() => self.tag = Some(ilst::tag(&mut self.scan, box_end)?),
                b"mvhd" | b"tkhd" | b"mdhd" | b"hdlr" | b"stts" | b"trex" | b"tfhd" | b"trun" => {
                    let bytes = (box_end - self.scan.position().min(box_end)).min(MAX_TABLE_BYTES);
                    let mut body = vec![0; usize::try_from(bytes).map_err(io::Error::other)?];
                    self.scan.peek_into(0, &mut body)?;
                    // A box that is too short says nothing.
                    let _read: Option<()> = self.full_box(kind, &body);
                }
                _ => {}
            }
            self.scan.take(box_end.saturating_sub(self.scan.position()))?;
        }
        Ok(())
    }

    /// Reads a box of version, flags and numbers.
    fn full_box(&mut self, kind: [u8; 4], body: &[u8]) -> Option<()> {
        let flags = number(body, 0)?;
        let wide = flags >> 24 == 1;
        match &kind {
            b"trex" => self.defaults.push((number(body, 4)?, number(body, 12)?)),
            b"tfhd" => {
                let id = number(body, 4)?;
                self.fragment = self
                    .tracks
                    .iter()
                    .position(|track| track.id == id)
                    .map_or(0, |index| index + 1);
                let known = self.defaults.iter().find(|(track, _)| *track == id);
                self.fragment_default = known.map_or(0, |(_, default)| *default);
                if flags & 8 != 0 {
                    let before = if flags & 1 == 0 { 0 } else { 8 } + if flags & 2 == 0 { 0 } else { 4 };
                    self.fragment_default = number(body, 8 + before)?;
                }
            }
            b"trun" => {
                let length = run_length(flags, body, self.fragment_default)?;
                let track = self.tracks.get_mut(self.fragment.checked_sub(1)?)?;
                track.counted = track.counted.saturating_add(length);
            }
            b"tkhd" => self.tracks.last_mut()?.id = number(body, if wide { 20 } else { 12 })?,
            // A track may have several, and so has the tag.
            b"hdlr" => self.tracks.last_mut()?.is_sound |= body.get(8..12)? == b"soun",
            b"mvhd" => self.movie = claimed(wide, body)?,
            b"mdhd" => {
                let track = self.tracks.last_mut()?;
                (track.claimed, track.timescale) = claimed(wide, body)?;
            }
            b"stts" => {
                let (pairs, _) = body.get(8..)?.as_chunks::<8>();
                let length = |pair: &[u8; 8]| Some(u64::from(number(pair, 0)?) * u64::from(number(pair, 4)?));
                let count = usize::try_from(number(body, 4)?).ok()?;
                let lengths = pairs.iter().take(count).filter_map(length);
                self.tracks.last_mut()?.counted = lengths.fold(0, u64::saturating_add);
            }
            _ => {}
        }
        Some(())
    }
}

/// Length and timescale by a header; all bits of the length are set where it is unknown.
fn claimed(wide: bool, body: &[u8]) -> Option<(u64, u32)> {
    if wide {
        let length = u64::from(number(body, 24)?) << 32 | u64::from(number(body, 28)?);
        return Some((if length == u64::MAX { 0 } else { length }, number(body, 20)?));
    }
    let length = number(body, 16)?;
    Some((if length == u32::MAX { 0 } else { length.into() }, number(body, 12)?))
}

/// Length of a run of samples: the sum of their own ones, or the default for each.
fn run_length(flags: u32, body: &[u8], default: u32) -> Option<u64> {
    let count = number(body, 4)?;
    if flags & 0x100 == 0 {
        return Some(u64::from(count) * u64::from(default));
    }
    let before = 8 + 4 * (flags & 5).count_ones() as usize;
    // Length, size, flags and time of a sample, those that are there; the length is the first.
    let each = 4 * (flags & 0xf00).count_ones() as usize;
    // At least 4, since the length is there: a size of 0 would panic.
    let samples = body.get(before..)?.chunks_exact(each).take(count as usize);
    Some(
        samples
            .filter_map(|sample| number(sample, 0))
            .map(u64::from)
            .fold(0, u64::saturating_add),
    )
}

fn number(body: &[u8], at: usize) -> Option<u32> {
    body.get(at..)?.first_chunk().map(|bytes| u32::from_be_bytes(*bytes))
}
