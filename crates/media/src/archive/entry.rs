//! One file of an archive.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
};

use flate2::{Crc, read::DeflateDecoder};

use super::{ArchiveEntry, ArchiveError};

/// Bytes read at a time.
const PIECE_BYTES: usize = 128 * 1024;
/// How archives begin: ZIP, RAR, 7z, gzip, xz, bzip2, Zstandard.
const ARCHIVES: [&[u8]; 8] = [
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"Rar!\x1a\x07",
    b"7z\xbc\xaf\x27\x1c",
    b"\x1f\x8b\x08",
    b"\xfd7zXZ\0",
    b"BZh",
    b"\x28\xb5\x2f\xfd",
];
/// A tar has its sign further in.
const TAR: (usize, &[u8]) = (257, b"ustar");

impl ArchiveEntry {
    /// The name without folders.
    #[must_use]
    pub fn file_name(&self) -> &str {
        self.name.rsplit(['/', '\\']).next().unwrap_or_default()
    }

    /// What systems add by themselves.
    pub(super) fn is_of_a_system(&self) -> bool {
        let name = self.file_name().to_ascii_lowercase();
        self.name.starts_with("__MACOSX/")
            || name.starts_with("._")
            || matches!(&*name, ".ds_store" | "thumbs.db" | "desktop.ini")
    }

    /// Refuses an archive inside of an archive.
    pub(super) fn is_no_archive(&self, file: &mut File) -> Result<(), ArchiveError> {
        let mut start = Vec::new();
        let mut reader = self.reader(file)?;
        // A file whose first bytes cannot be inflated is found out when it is read.
        drop(reader.by_ref().take(512).read_to_end(&mut start));
        let (at, sign) = TAR;
        let is_tar = start.get(at..at + sign.len()) == Some(sign);
        if is_tar || ARCHIVES.iter().any(|sign| start.starts_with(sign)) {
            return Err(ArchiveError::Forbidden {
                name: self.name.clone(),
                what: "is an archive itself",
            });
        }
        Ok(())
    }

    fn reader<'a>(&self, file: &'a mut File) -> io::Result<Box<dyn Read + 'a>> {
        file.seek(SeekFrom::Start(self.start))?;
        let packed = file.take(self.compressed_bytes);
        // One byte more than there may be shows that there are too many.
        Ok(if self.is_deflated {
            Box::new(DeflateDecoder::new(packed).take(self.size_bytes + 1))
        } else {
            Box::new(packed)
        })
    }

    pub(super) fn read(
        &self,
        file: &mut File,
        piece: &mut dyn FnMut(&[u8]) -> io::Result<()>,
    ) -> Result<(), ArchiveError> {
        let (mut buffer, mut crc, mut so_far) = (vec![0; PIECE_BYTES], Crc::new(), 0_u64);
        let mut reader = self.reader(file)?;
        loop {
            let read = match reader.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) if self.is_deflated && error.raw_os_error().is_none() => {
                    return Err(ArchiveError::Damaged("a file in it cannot be unpacked"));
                }
                Err(error) => return Err(error.into()),
            };
            so_far += read as u64;
            if so_far > self.size_bytes {
                return Err(ArchiveError::Damaged("a file in it is larger than it says"));
            }
            crc.update(&buffer[..read]);
            piece(&buffer[..read])?;
        }
        if so_far != self.size_bytes || crc.sum() != self.crc32 {
            return Err(ArchiveError::Damaged("a file in it is not what it says"));
        }
        Ok(())
    }
}

pub(super) fn starts_with(file: &mut File, signs: &[&[u8]]) -> io::Result<bool> {
    let mut start = Vec::new();
    file.take(8).read_to_end(&mut start)?;
    Ok(signs.iter().any(|sign| start.starts_with(sign)))
}
