//! A reader with a limit: what a file makes a parser read, and so keep, is bounded.

use std::io::{self, Read, Seek, SeekFrom};

/// The file from `start` on. Fails after `left` bytes. Seeking costs nothing: parsers skip the sound itself.
pub(super) struct Budget<R> {
    inner: R,
    start: u64,
    left: usize,
}

impl<R: Seek> Budget<R> {
    pub(super) fn new(mut inner: R, start: u64, left: usize) -> io::Result<Self> {
        inner.seek(SeekFrom::Start(start))?;
        Ok(Self { inner, start, left })
    }
}

impl<R: Read> Read for Budget<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 && !buffer.is_empty() {
            return Err(io::Error::other("its tags are too large"));
        }
        let most = buffer.len().min(self.left);
        let read = self.inner.read(&mut buffer[..most])?;
        self.left -= read;
        Ok(read)
    }
}

impl<R: Seek> Seek for Budget<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let to = match to {
            SeekFrom::Start(offset) => SeekFrom::Start(self.start.saturating_add(offset)),
            to => to,
        };
        let before = self.inner.stream_position()?;
        let position = self.inner.seek(to)?;
        if let Some(position) = position.checked_sub(self.start) {
            return Ok(position);
        }
        self.inner.seek(SeekFrom::Start(before))?;
        Err(io::ErrorKind::InvalidInput.into())
    }
}
