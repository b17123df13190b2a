//! A reader that gives out: what a file makes a parser read, and so keep, is bounded.

use std::io::{self, Read, Seek, SeekFrom};

/// Lets `left` bytes through, then fails. Seeking is free: parsers skip the sound itself.
pub(super) struct Budget<R> {
    inner: R,
    left: usize,
}

impl<R> Budget<R> {
    pub(super) fn new(inner: R, left: usize) -> Self {
        Self { inner, left }
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
        self.inner.seek(to)
    }
}
