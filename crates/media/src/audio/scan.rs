//! Going through a file from header to header without reading what lies between them.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom},
};

pub(super) struct Scan<'a> {
    reader: BufReader<&'a mut File>,
    position: u64,
    size: u64,
}

impl<'a> Scan<'a> {
    pub(super) fn new(file: &'a mut File, size: u64, position: u64) -> io::Result<Self> {
        file.seek(SeekFrom::Start(position))?;
        Ok(Self {
            reader: BufReader::with_capacity(64 * 1024, file),
            position,
            size,
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

    pub(super) fn position(&self) -> u64 {
        self.position
    }

    /// Goes past what was recognised.
    pub(super) fn take(&mut self, bytes: u64) -> io::Result<()> {
        let bytes = bytes.min(self.left());
        self.reader.seek_relative(offset(bytes)?)?;
        self.position += bytes;
        Ok(())
    }

    /// Goes past zeros.
    pub(super) fn take_while_zero(&mut self) -> io::Result<()> {
        self.go_to::<1>(|byte| byte != [0]).map(|_| ())
    }

    /// Goes to the next place after this one where such bytes stand, however far it is; `false` at the end of the file.
    pub(super) fn find<const N: usize>(&mut self, is_wanted: impl Fn(&[u8]) -> bool) -> io::Result<bool> {
        self.take(1)?;
        self.go_to::<N>(is_wanted)
    }

    fn go_to<const N: usize>(&mut self, is_wanted: impl Fn(&[u8]) -> bool) -> io::Result<bool> {
        loop {
            let left = usize::try_from(self.left()).unwrap_or(usize::MAX);
            let bytes = self.reader.fill_buf()?;
            let bytes = &bytes[..left.min(bytes.len())];
            if bytes.len() >= N {
                let found = bytes.windows(N).position(&is_wanted);
                let passed = found.unwrap_or(bytes.len() - N + 1);
                self.reader.consume(passed);
                self.position += passed as u64;
                if found.is_some() {
                    return Ok(true);
                }
                continue;
            }
            // At the end of what is buffered, or of the file.
            match self.peek::<N>(0)? {
                Some(bytes) if is_wanted(&bytes) => return Ok(true),
                Some(_) => self.take(1)?,
                None => return Ok(false),
            }
        }
    }
}

fn offset(bytes: u64) -> io::Result<i64> {
    i64::try_from(bytes).map_err(io::Error::other)
}
