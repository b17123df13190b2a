//! Going through a file from header to header without reading what lies between them.

use std::{
    fs::File,
    io::{self, BufReader, ErrorKind, Read, Seek, SeekFrom},
};

/// Junk that is looked through for the next header before the file counts as ended.
const MAX_JUNK_BYTES: u64 = 128 * 1024;

pub(super) struct Scan<'a> {
    reader: BufReader<&'a mut File>,
    position: u64,
    size: u64,
    /// Bytes since the last header that was right.
    junk: u64,
}

impl<'a> Scan<'a> {
    pub(super) fn new(file: &'a mut File, size: u64, position: u64) -> io::Result<Self> {
        file.seek(SeekFrom::Start(position))?;
        Ok(Self {
            reader: BufReader::with_capacity(64 * 1024, file),
            position,
            size,
            junk: 0,
        })
    }

    /// Bytes from here to the end of the file.
    pub(super) fn left(&self) -> u64 {
        self.size.saturating_sub(self.position)
    }

    /// The bytes `ahead` of the position, which stays; `None` at the end of the file.
    pub(super) fn peek<const N: usize>(&mut self, ahead: u64) -> io::Result<Option<[u8; N]>> {
        let mut bytes = [0; N];
        Ok(self.peek_into(ahead, &mut bytes)?.then_some(bytes))
    }

    /// Fills `bytes` like [`Scan::peek`]; `false` at the end of the file.
    pub(super) fn peek_into(&mut self, ahead: u64, bytes: &mut [u8]) -> io::Result<bool> {
        let end = ahead.saturating_add(bytes.len() as u64);
        if end > self.left() {
            return Ok(false);
        }
        let (ahead, end) = (offset(ahead)?, offset(end)?);
        self.reader.seek_relative(ahead)?;
        match self.reader.read_exact(bytes) {
            Ok(()) => self.reader.seek_relative(-end).map(|()| true),
            // The file became shorter meanwhile.
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Goes past what was recognised.
    pub(super) fn take(&mut self, bytes: u64) -> io::Result<()> {
        self.junk = 0;
        self.skip(bytes)
    }

    /// Goes one byte on in search of a header; `false` when there has been too much junk.
    pub(super) fn miss(&mut self) -> io::Result<bool> {
        self.junk += 1;
        self.skip(1)?;
        Ok(self.junk < MAX_JUNK_BYTES)
    }

    fn skip(&mut self, bytes: u64) -> io::Result<()> {
        let bytes = bytes.min(self.left());
        self.reader.seek_relative(offset(bytes)?)?;
        self.position += bytes;
        Ok(())
    }
}

fn offset(bytes: u64) -> io::Result<i64> {
    i64::try_from(bytes).map_err(io::Error::other)
}
