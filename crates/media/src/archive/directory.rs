//! The directory at the end of an archive (APPNOTE 4.3.12 and 4.3.16).

use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
};

use super::ArchiveError;

/// Bytes of the record at the very end, without its comment.
const END_BYTES: usize = 22;
const MAX_COMMENT: u64 = 65_535;
const MAX_TAIL: u64 = END_BYTES as u64 + MAX_COMMENT;
/// Of a directory: names of 255 bytes and more with extra fields.
const MAX_DIRECTORY: u64 = 4 * 1024 * 1024;
const HEADER_BYTES: usize = 46;
const LOCAL_BYTES: u64 = 30;
/// Bit 0: encrypted; 6: strongly; 13: the directory, too.
const ENCRYPTED: u16 = 1 | 1 << 6 | 1 << 13;
const MAX_NAME: usize = 1_024;

/// A file of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchiveEntry {
    /// As the archive has it, with folders; never a path of ours.
    pub name: String,
    pub size_bytes: u64,
    pub(super) compressed_bytes: u64,
    pub(super) crc32: u32,
    pub(super) is_deflated: bool,
    /// Where its bytes begin.
    pub(super) start: u64,
}

pub(super) struct Directory {
    bytes: Vec<u8>,
    count: usize,
    start: u64,
}

/// Little-endian numbers of a record.
pub(super) struct Record<'a>(pub(super) &'a [u8]);

impl Record<'_> {
    pub(super) fn u16(&self, at: usize) -> u16 {
        let bytes = self.0.get(at..at + 2).and_then(|bytes| bytes.try_into().ok());
        bytes.map_or(0, u16::from_le_bytes)
    }

    pub(super) fn u32(&self, at: usize) -> u32 {
        let bytes = self.0.get(at..at + 4).and_then(|bytes| bytes.try_into().ok());
        bytes.map_or(0, u32::from_le_bytes)
    }
}

fn read_at(file: &mut File, start: u64, bytes: u64) -> Result<Vec<u8>, ArchiveError> {
    let mut read = Vec::new();
    file.seek(SeekFrom::Start(start))?;
    file.take(bytes).read_to_end(&mut read)?;
    if read.len() as u64 != bytes {
        return Err(ArchiveError::Damaged("it is cut off"));
    }
    Ok(read)
}

impl Directory {
    pub(super) fn read(file: &mut File, max_entries: usize) -> Result<Self, ArchiveError> {
        let size = file.metadata()?.len();
        let tail = read_at(file, size.saturating_sub(MAX_TAIL), size.min(MAX_TAIL))?;
        // The comment ends with the file: a record inside of a comment is none.
        let is_end = |at: &usize| {
            let record = Record(&tail[*at..]);
            record.u32(0) == 0x0605_4b50 && at + END_BYTES + usize::from(record.u16(20)) == tail.len()
        };
        let last = tail.len().checked_sub(END_BYTES);
        let mut found = (0..=last.ok_or(ArchiveError::Damaged("it has no end"))?).filter(is_end);
        let at = found.next().ok_or(ArchiveError::Damaged("it has no end"))?;
        if found.next().is_some() {
            return Err(ArchiveError::Damaged("it has two ends"));
        }
        let (record, end) = (Record(&tail[at..]), size - tail.len() as u64 + at as u64);
        let is_split = record.u16(4) != 0 || record.u16(6) != 0 || record.u16(8) != record.u16(10);
        let is_large = record.u16(10) == u16::MAX || record.u32(12) == u32::MAX || record.u32(16) == u32::MAX;
        if is_split || is_large {
            return Err(ArchiveError::Unsupported("is split, or larger than 4 GiB"));
        }
        let count = usize::from(record.u16(10));
        if count > max_entries {
            return Err(ArchiveError::TooLarge(format!("holds more than {max_entries} files")));
        }
        let (bytes, start) = (u64::from(record.u32(12)), u64::from(record.u32(16)));
        if start + bytes != end || bytes > MAX_DIRECTORY {
            return Err(ArchiveError::Damaged("its directory is not where it should be"));
        }
        Ok(Self {
            bytes: read_at(file, start, bytes)?,
            count,
            start,
        })
    }

    pub(super) fn entries(&self, file: &mut File) -> Result<Vec<ArchiveEntry>, ArchiveError> {
        let (mut entries, mut rest) = (Vec::with_capacity(self.count), self.bytes.as_slice());
        let mut taken: Vec<(u64, u64)> = Vec::with_capacity(self.count);
        for _ in 0..self.count {
            let record = Record(rest);
            if rest.len() < HEADER_BYTES || record.u32(0) != 0x0201_4b50 {
                return Err(ArchiveError::Damaged("its directory is cut off"));
            }
            let (name, extra, comment) = (record.u16(28), record.u16(30), record.u16(32));
            let length = HEADER_BYTES + usize::from(name) + usize::from(extra) + usize::from(comment);
            let header = rest
                .get(..length)
                .ok_or(ArchiveError::Damaged("its directory is cut off"))?;
            rest = &rest[length..];
            let name = &header[HEADER_BYTES..HEADER_BYTES + usize::from(name)];
            if let Some(entry) = self.entry(&Record(header), name, file)? {
                taken.push((entry.start, entry.start + entry.compressed_bytes));
                entries.push(entry);
            }
        }
        if !rest.is_empty() {
            return Err(ArchiveError::Damaged("its directory is longer than it says"));
        }
        // Files that share bytes make a bomb without any ratio.
        taken.sort_unstable();
        let overlaps = taken.windows(2).any(|pair| pair[1].0 < pair[0].1);
        if overlaps {
            return Err(ArchiveError::Damaged("files in it overlap"));
        }
        Ok(entries)
    }

    /// None for a folder.
    fn entry(
        &self,
        record: &Record<'_>,
        raw_name: &[u8],
        file: &mut File,
    ) -> Result<Option<ArchiveEntry>, ArchiveError> {
        let name = String::from_utf8_lossy(raw_name).into_owned();
        let forbidden = |what| ArchiveError::Forbidden {
            name: name.chars().take(200).collect(),
            what,
        };
        if let Some(what) = bad_name(&name) {
            return Err(forbidden(what));
        }
        // Of Unix; others leave it 0. A link or a device, whatever system it says it is of.
        let kind = record.u32(38) >> 16 & 0o170_000;
        if !matches!(kind, 0 | 0o100_000 | 0o040_000) {
            return Err(forbidden("is a link or a device"));
        }
        if record.u16(8) & ENCRYPTED != 0 {
            return Err(forbidden("is encrypted"));
        }
        let is_deflated = match record.u16(10) {
            0 => false,
            8 => true,
            _ => return Err(ArchiveError::Unsupported("is packed in an unusual way")),
        };
        let (compressed, size) = (record.u32(20), record.u32(24));
        let local = record.u32(42);
        if compressed == u32::MAX || size == u32::MAX || local == u32::MAX || record.u16(34) != 0 {
            return Err(ArchiveError::Unsupported("is split, or larger than 4 GiB"));
        }
        if !is_deflated && compressed != size {
            return Err(ArchiveError::Damaged("a file in it has two sizes"));
        }
        if name.ends_with(['/', '\\']) || kind == 0o040_000 {
            return Ok(None);
        }
        let start = self.bytes_of(u64::from(local), raw_name, file)?;
        let entry = ArchiveEntry {
            size_bytes: size.into(),
            compressed_bytes: compressed.into(),
            crc32: record.u32(16),
            is_deflated,
            start,
            name,
        };
        if entry.start + entry.compressed_bytes > self.start {
            return Err(ArchiveError::Damaged("a file in it reaches into the directory"));
        }
        Ok(Some(entry))
    }

    /// Where the bytes of a file begin, behind its own header (APPNOTE 4.3.7), which must be of the same file.
    fn bytes_of(&self, local: u64, raw_name: &[u8], file: &mut File) -> Result<u64, ArchiveError> {
        if local + LOCAL_BYTES > self.start {
            return Err(ArchiveError::Damaged("a file in it is not where it should be"));
        }
        let header = read_at(file, local, LOCAL_BYTES)?;
        let header = Record(&header);
        let (name, extra) = (u64::from(header.u16(26)), u64::from(header.u16(28)));
        let is_same = header.u32(0) == 0x0403_4b50 && name == raw_name.len() as u64;
        if !is_same || read_at(file, local + LOCAL_BYTES, name)? != raw_name {
            return Err(ArchiveError::Damaged("a file in it has two names"));
        }
        Ok(local + LOCAL_BYTES + name + extra)
    }
}

/// What is wrong with a name. Nothing is written by it; but an archive with such a name is no album.
fn bad_name(name: &str) -> Option<&'static str> {
    if name.is_empty() || name.len() > MAX_NAME {
        return Some("has no name, or one that is too long");
    }
    if name.contains('\0') {
        return Some("has a NUL in its name");
    }
    let is_drive = name.as_bytes().get(1) == Some(&b':');
    if name.starts_with(['/', '\\']) || is_drive {
        return Some("is an absolute path");
    }
    let leaves = name.split(['/', '\\']).any(|part| part == "..");
    leaves.then_some("leads out of the archive")
}
