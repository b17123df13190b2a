//! A zip file of JSON lines, written to disk on the blocking pool (APPNOTE 6.3.10). Each file's sizes are written behind it
//! (a data descriptor), so nothing is written twice.

use std::io::{self, BufWriter, Write};

use chrono::{Datelike as _, Timelike as _};
use events::Time;
use flate2::{Compression, Crc, write::DeflateEncoder};
use media::Scratch;
use serde_json::Value;

/// Sizes follow the data, and names are UTF-8 (APPNOTE, 4.4.4).
const FLAGS: u16 = 1 << 3 | 1 << 11;
const DEFLATE: u16 = 8;
/// PKZIP 2.0: deflate.
const VERSION: u16 = 20;

/// A file that is complete.
struct Entry {
    name: String,
    crc: u32,
    compressed: u32,
    size: u32,
    offset: u32,
}

/// A file that is being written.
struct Open {
    name: String,
    offset: u32,
    begin: u64,
    crc: Crc,
    data: DeflateEncoder<Counted>,
}

/// Where the bytes go, and how many there were.
struct Counted {
    out: BufWriter<Scratch>,
    count: u64,
}

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.count += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

enum State {
    Between(Counted),
    Within(Box<Open>),
}

pub(super) struct Archive {
    state: State,
    entries: Vec<Entry>,
    /// Date and time of MS-DOS, as the format has them.
    made: (u16, u16),
}

impl Archive {
    pub(super) fn new(scratch: Scratch, now: Time) -> Self {
        let out = BufWriter::new(scratch);
        Self {
            state: State::Between(Counted { out, count: 0 }),
            entries: Vec::new(),
            made: dos(now),
        }
    }

    /// Begins the next file.
    pub(super) async fn begin(self, name: &str) -> io::Result<Self> {
        let name = name.to_owned();
        blocking(move || {
            let (mut out, entries, made) = self.close()?;
            let offset = small(out.count)?;
            let mut header = Vec::with_capacity(30 + name.len());
            header.extend_from_slice(b"PK\x03\x04");
            shorts(&mut header, &[VERSION, FLAGS, DEFLATE, made.1, made.0]);
            // CRC and sizes follow the data.
            longs(&mut header, &[0, 0, 0]);
            shorts(&mut header, &[length(&name)?, 0]);
            header.extend_from_slice(name.as_bytes());
            out.write_all(&header)?;
            let begin = out.count;
            let open = Open {
                name,
                offset,
                begin,
                crc: Crc::new(),
                data: DeflateEncoder::new(out, Compression::default()),
            };
            let state = State::Within(Box::new(open));
            Ok(Self { state, entries, made })
        })
        .await
    }

    /// Adds lines to the file that was begun.
    pub(super) async fn add(mut self, lines: Vec<Value>) -> io::Result<Self> {
        blocking(move || {
            let State::Within(open) = &mut self.state else {
                return Err(io::Error::other("no file of the archive was begun"));
            };
            for line in lines {
                let mut text = serde_json::to_vec(&line)?;
                text.push(b'\n');
                open.crc.update(&text);
                open.data.write_all(&text)?;
            }
            Ok(self)
        })
        .await
    }

    /// Writes the list of files; the archive is whole now.
    pub(super) async fn finish(self) -> io::Result<Scratch> {
        blocking(move || {
            let (mut out, entries, made) = self.close()?;
            let start = small(out.count)?;
            for entry in &entries {
                out.write_all(&listed(entry, made)?)?;
            }
            let size = small(out.count)? - start;
            let count = u16::try_from(entries.len()).map_err(io::Error::other)?;
            let mut end = Vec::with_capacity(22);
            end.extend_from_slice(b"PK\x05\x06");
            shorts(&mut end, &[0, 0, count, count]);
            longs(&mut end, &[size, start]);
            shorts(&mut end, &[0]);
            out.write_all(&end)?;
            out.out.into_inner().map_err(io::IntoInnerError::into_error)
        })
        .await
    }

    /// Ends the open file, if there is one.
    fn close(self) -> io::Result<(Counted, Vec<Entry>, (u16, u16))> {
        let Self {
            state,
            mut entries,
            made,
        } = self;
        let open = match state {
            State::Between(out) => return Ok((out, entries, made)),
            State::Within(open) => open,
        };
        let mut out = open.data.finish()?;
        let entry = Entry {
            name: open.name,
            crc: open.crc.sum(),
            compressed: small(out.count - open.begin)?,
            // The sum of a `Crc` counts modulo 2^32; `LISTENS_OF_FILE` keeps files far below.
            size: open.crc.amount(),
            offset: open.offset,
        };
        let mut descriptor = Vec::with_capacity(16);
        descriptor.extend_from_slice(b"PK\x07\x08");
        longs(&mut descriptor, &[entry.crc, entry.compressed, entry.size]);
        out.write_all(&descriptor)?;
        entries.push(entry);
        Ok((out, entries, made))
    }
}

/// A file in the central directory.
fn listed(entry: &Entry, made: (u16, u16)) -> io::Result<Vec<u8>> {
    let mut header = Vec::with_capacity(46 + entry.name.len());
    header.extend_from_slice(b"PK\x01\x02");
    shorts(&mut header, &[VERSION, VERSION, FLAGS, DEFLATE, made.1, made.0]);
    longs(&mut header, &[entry.crc, entry.compressed, entry.size]);
    shorts(&mut header, &[length(&entry.name)?, 0, 0, 0, 0]);
    longs(&mut header, &[0, entry.offset]);
    header.extend_from_slice(entry.name.as_bytes());
    Ok(header)
}

fn shorts(out: &mut Vec<u8>, values: &[u16]) {
    for value in values {
        out.extend_from_slice(&value.to_le_bytes());
    }
}

fn longs(out: &mut Vec<u8>, values: &[u32]) {
    for value in values {
        out.extend_from_slice(&value.to_le_bytes());
    }
}

fn length(name: &str) -> io::Result<u16> {
    u16::try_from(name.len()).map_err(io::Error::other)
}

/// Without the extension for archives of 4 GiB and more.
fn small(bytes: u64) -> io::Result<u32> {
    u32::try_from(bytes).map_err(|_| io::Error::other("the archive has more than 4 GiB"))
}

/// From 1980 on, in steps of two seconds.
fn dos(now: Time) -> (u16, u16) {
    let now = now.utc();
    let year = u32::try_from(now.year()).unwrap_or(1980).clamp(1980, 2107) - 1980;
    let date = (year << 9) | (now.month() << 5) | now.day();
    let time = (now.hour() << 11) | (now.minute() << 5) | (now.second() / 2);
    let short = |value: u32| u16::try_from(value).unwrap_or(u16::MAX);
    (short(date), short(time))
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_packed_as_ms_dos_does() {
        // 2026-11-26 05:40:22
        let now = Time::from_millis(1_795_671_622_000);
        assert_eq!(dos(now), (0x5d7a, 0x2d0b));
    }
}
