//! Files that are compressed and hashed as they are written, and checked before they are read.

use std::{
    fs::{self, File},
    io::{self, BufRead as _, BufReader, BufWriter, Read as _, Write},
    path::{Path, PathBuf},
};

use bytes::Bytes;
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest as _, Sha256};

use super::{BackupError, at, manifest::PackedFile};

/// Bytes that are read at a time.
const PIECE: usize = 64 * 1024;

/// A file that is being written.
pub(super) struct PackedWriter {
    out: GzEncoder<Hashed>,
    path: PathBuf,
    name: String,
}

struct Hashed {
    file: BufWriter<File>,
    hash: Sha256,
    bytes: u64,
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hash.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl PackedWriter {
    /// `name` is that below `root`; its folder is made.
    pub(super) fn create(root: &Path, name: &str) -> Result<Self, BackupError> {
        let path = root.join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(at(folder))?;
        }
        let file = File::create(&path).map_err(at(&path))?;
        let hashed = Hashed {
            file: BufWriter::new(file),
            hash: Sha256::new(),
            bytes: 0,
        };
        Ok(Self {
            out: GzEncoder::new(hashed, Compression::fast()),
            path,
            name: name.to_owned(),
        })
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), BackupError> {
        self.out.write_all(bytes).map_err(at(&self.path))
    }

    /// As JSON, a line.
    pub(super) fn write_line(&mut self, line: &impl Serialize) -> Result<(), BackupError> {
        let mut text = serde_json::to_vec(line)
            .map_err(io::Error::from)
            .map_err(at(&self.path))?;
        text.push(b'\n');
        self.write(&text)
    }

    pub(super) fn finish(self) -> Result<PackedFile, BackupError> {
        let mut hashed = self.out.finish().map_err(at(&self.path))?;
        hashed.flush().map_err(at(&self.path))?;
        Ok(PackedFile {
            name: self.name,
            bytes: hashed.bytes,
            sha256: format!("{:x}", hashed.hash.finalize()),
        })
    }
}

/// A file that is being read.
pub(super) struct PackedReader {
    lines: BufReader<GzDecoder<BufReader<File>>>,
    path: PathBuf,
}

impl PackedReader {
    pub(super) fn open(root: &Path, file: &PackedFile) -> Result<Self, BackupError> {
        let path = root.join(&file.name);
        let opened = File::open(&path).map_err(at(&path))?;
        let lines = GzDecoder::new(BufReader::with_capacity(PIECE, opened));
        Ok(Self {
            lines: BufReader::with_capacity(PIECE, lines),
            path,
        })
    }

    /// The next bytes; none at the end.
    pub(super) fn piece(&mut self) -> Result<Option<Bytes>, BackupError> {
        let read = self.lines.fill_buf().map_err(at(&self.path))?;
        let piece = Bytes::copy_from_slice(read);
        self.lines.consume(piece.len());
        Ok(Some(piece).filter(|piece| !piece.is_empty()))
    }

    /// The next line, which is JSON; none at the end.
    pub(super) fn line<T: DeserializeOwned>(&mut self) -> Result<Option<T>, BackupError> {
        let mut text = Vec::new();
        let read = self.lines.read_until(b'\n', &mut text).map_err(at(&self.path))?;
        if read == 0 {
            return Ok(None);
        }
        let parsed = serde_json::from_slice(&text).map_err(io::Error::from);
        parsed.map(Some).map_err(at(&self.path))
    }
}

/// Refuses a file that is not as it was written.
pub(super) fn check(root: &Path, file: &PackedFile) -> Result<(), BackupError> {
    let path = root.join(&file.name);
    let (bytes, sha256) = hash(&path)?;
    if bytes == file.bytes && sha256 == file.sha256 {
        return Ok(());
    }
    Err(damaged(&path))
}

pub(super) fn damaged(path: &Path) -> BackupError {
    BackupError::Refused(format!(
        "{} is damaged: it is not the file that the backup wrote",
        path.display()
    ))
}

/// Length and hash of any file.
pub(super) fn hash(path: &Path) -> Result<(u64, String), BackupError> {
    let mut file = File::open(path).map_err(at(path))?;
    let (mut bytes, mut hash, mut piece) = (0, Sha256::new(), vec![0; PIECE]);
    loop {
        let read = file.read(&mut piece).map_err(at(path))?;
        if read == 0 {
            return Ok((bytes, format!("{:x}", hash.finalize())));
        }
        hash.update(&piece[..read]);
        bytes += read as u64;
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{PackedReader, PackedWriter, check};

    #[test]
    fn a_file_is_read_as_it_was_written_and_refused_once_a_byte_of_it_is_another() {
        let folder = tempfile::tempdir().unwrap();
        let mut out = PackedWriter::create(folder.path(), "run/a.gz").unwrap();
        for number in 0..30_000_u32 {
            out.write_line(&number).unwrap();
        }
        let file = out.finish().unwrap();
        check(folder.path(), &file).unwrap();
        let mut lines = PackedReader::open(folder.path(), &file).unwrap();
        for number in 0..30_000_u32 {
            assert_eq!(lines.line::<u32>().unwrap(), Some(number));
        }
        assert_eq!(lines.line::<u32>().unwrap(), None);
        let mut pieces = PackedReader::open(folder.path(), &file).unwrap();
        let mut text = Vec::new();
        while let Some(piece) = pieces.piece().unwrap() {
            text.extend_from_slice(&piece);
        }
        assert!(text.starts_with(b"0\n1\n") && text.ends_with(b"29999\n"));

        let path = folder.path().join("run/a.gz");
        let mut bytes = fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(&path, bytes).unwrap();
        assert!(check(folder.path(), &file).is_err());
    }
}
