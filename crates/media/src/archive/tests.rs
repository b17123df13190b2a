//! Archives made by hand, since no program writes the bad ones.

use std::io::Write as _;

use flate2::{Compression, Crc, write::DeflateEncoder};
use proptest::prelude::*;
use tempfile::NamedTempFile;

use super::*;

const LIMITS: ArchiveLimits = ArchiveLimits {
    max_entries: 5,
    max_total_bytes: 8 * 1024 * 1024,
};

/// A file for an archive, and what its header says of it.
#[derive(Clone)]
struct Packed {
    name: Vec<u8>,
    bytes: Vec<u8>,
    is_deflated: bool,
    flags: u16,
    /// Of Unix.
    mode: u32,
    says_size: Option<u32>,
}

fn packed(name: &str, bytes: &[u8]) -> Packed {
    Packed {
        name: name.as_bytes().to_vec(),
        bytes: bytes.to_vec(),
        is_deflated: true,
        flags: 0,
        mode: 0o100_644,
        says_size: None,
    }
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zip(files: &[Packed]) -> Vec<u8> {
    let (mut archive, mut directory) = (Vec::new(), Vec::new());
    for file in files {
        let packed = if file.is_deflated {
            deflated(&file.bytes)
        } else {
            file.bytes.clone()
        };
        let mut crc = Crc::new();
        crc.update(&file.bytes);
        let size = file.says_size.unwrap_or(u32::try_from(file.bytes.len()).unwrap());
        let local = u32::try_from(archive.len()).unwrap();
        let mut shared = Vec::new();
        shared.extend(20_u16.to_le_bytes());
        shared.extend(file.flags.to_le_bytes());
        shared.extend(if file.is_deflated { 8_u16 } else { 0 }.to_le_bytes());
        shared.extend([0; 4]);
        shared.extend(crc.sum().to_le_bytes());
        shared.extend(u32::try_from(packed.len()).unwrap().to_le_bytes());
        shared.extend(size.to_le_bytes());
        shared.extend(u16::try_from(file.name.len()).unwrap().to_le_bytes());
        shared.extend([0; 2]);
        archive.extend(b"PK\x03\x04");
        archive.extend(&shared);
        archive.extend(&file.name);
        archive.extend(&packed);
        directory.extend(b"PK\x01\x02\x14\x03");
        directory.extend(&shared);
        directory.extend([0; 6]);
        directory.extend((file.mode << 16).to_le_bytes());
        directory.extend(local.to_le_bytes());
        directory.extend(&file.name);
    }
    let start = u32::try_from(archive.len()).unwrap();
    archive.extend(&directory);
    archive.extend(b"PK\x05\x06\0\0\0\0");
    let count = u16::try_from(files.len()).unwrap().to_le_bytes();
    archive.extend([count, count].concat());
    archive.extend(u32::try_from(directory.len()).unwrap().to_le_bytes());
    archive.extend(start.to_le_bytes());
    archive.extend([0; 2]);
    archive
}

fn file(bytes: &[u8]) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    file
}

fn listed(bytes: &[u8]) -> Result<Vec<ArchiveEntry>, String> {
    list(file(bytes).path(), LIMITS).map_err(|error| error.to_string())
}

fn contents(bytes: &[u8]) -> Result<Vec<(String, Vec<u8>)>, String> {
    let file = file(bytes);
    let entries = list(file.path(), LIMITS).map_err(|error| error.to_string())?;
    let read_whole = |entry: &ArchiveEntry| {
        let mut whole = Vec::new();
        read(file.path(), entry, |piece| {
            whole.extend_from_slice(piece);
            Ok(())
        })
        .map_err(|error| error.to_string())?;
        Ok((entry.name.clone(), whole))
    };
    entries.iter().map(read_whole).collect()
}

#[test]
fn files_come_out_as_they_went_in() {
    let stored = Packed {
        is_deflated: false,
        ..packed("CD1/02 Игра.wav", b"RIFF and so on")
    };
    let archive = zip(&[
        packed("CD1/", b""),
        packed("CD1/01.mp3", &[7; 5_000]),
        stored,
        packed("__MACOSX/._01.mp3", b"x"),
        packed(".DS_Store", b"x"),
    ]);
    assert!(is_archive(file(&archive).path()).unwrap());
    let found = contents(&archive).unwrap();
    let right = [
        ("CD1/01.mp3".to_owned(), vec![7; 5_000]),
        ("CD1/02 Игра.wav".to_owned(), b"RIFF and so on".to_vec()),
    ];
    assert_eq!(found, right);
    assert_eq!(listed(&archive).unwrap()[0].file_name(), "01.mp3");
}

#[test]
fn what_is_there_to_do_harm_is_refused_by_name() {
    type Case = (&'static str, fn(&mut Packed));
    let with = |change: fn(&mut Packed)| {
        let mut bad = packed("a.mp3", b"sound");
        change(&mut bad);
        listed(&zip(&[packed("good.mp3", b"sound"), bad])).unwrap_err()
    };
    let cases: &[Case] = &[
        ("absolute", |it| it.name = b"/etc/passwd".to_vec()),
        ("absolute", |it| it.name = b"\\\\server\\share".to_vec()),
        ("absolute", |it| it.name = b"C:\\x.mp3".to_vec()),
        ("leads out", |it| it.name = b"a/../../x.mp3".to_vec()),
        ("leads out", |it| it.name = b"a\\..\\..\\x.mp3".to_vec()),
        ("NUL", |it| it.name = b"x.mp3\0.txt".to_vec()),
        ("link", |it| it.mode = 0o120_777),
        ("device", |it| it.mode = 0o020_666),
        ("encrypted", |it| it.flags = 1),
        ("archive itself", |it| it.bytes = zip(&[packed("x", b"y")])),
        ("archive itself", |it| it.bytes = b"Rar!\x1a\x07\x01\0".to_vec()),
        ("archive itself", |it| it.bytes = b"\x1f\x8b\x08 and so on".to_vec()),
        ("hundred times", |it| it.bytes = vec![0; 2 * 1024 * 1024]),
    ];
    for (reason, change) in cases {
        let refused = with(*change);
        assert!(refused.contains(reason), "{reason}: {refused}");
    }
}

#[test]
fn a_file_that_lies_about_its_size_is_not_read_further() {
    let mut liar = packed("a.mp3", &[1, 2, 3, 4, 5, 6, 7, 8]);
    liar.says_size = Some(4);
    assert!(
        contents(&zip(&[liar.clone()]))
            .unwrap_err()
            .contains("larger than it says")
    );
    liar.says_size = Some(9);
    assert!(contents(&zip(&[liar])).unwrap_err().contains("not what it says"));
}

#[test]
fn an_archive_is_bounded_before_it_is_read() {
    let many: Vec<Packed> = (0..6).map(|n| packed(&format!("{n}.mp3"), b"sound")).collect();
    assert!(listed(&zip(&many)).unwrap_err().contains("more than 5 files"));
    let noise = |seed: u32| -> Vec<u8> {
        let next = |state: &u32| Some(state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223));
        let states = std::iter::successors(Some(seed), next);
        states
            .take(3 * 1024 * 1024)
            .map(|state| state.to_be_bytes()[0])
            .collect()
    };
    let large: Vec<Packed> = (1..4).map(|n| packed(&format!("{n}.mp3"), &noise(n))).collect();
    assert!(listed(&zip(&large)).unwrap_err().contains("more than 8388608 bytes"));
}

#[test]
fn files_that_share_bytes_are_refused() {
    let archive = zip(&[packed("a.mp3", b"sound"), packed("a.mp3", b"sound")]);
    let mut overlapping = archive.clone();
    // The second entry of the directory names the first file's place.
    let second = archive.windows(4).rposition(|sign| sign == b"PK\x01\x02").unwrap();
    overlapping[second + 42..second + 46].fill(0);
    assert!(listed(&archive).is_ok());
    assert!(listed(&overlapping).unwrap_err().contains("overlap"));
}

#[test]
fn what_is_cut_or_joined_is_refused() {
    let archive = zip(&[packed("a.mp3", b"sound")]);
    for cut in 0..archive.len() {
        assert!(listed(&archive[..cut]).is_err(), "{cut}");
    }
    // Something before it shifts every place.
    assert!(listed(&[b"junk".as_slice(), &archive].concat()).is_err());
}

proptest! {
    #[test]
    fn a_broken_archive_is_refused_or_read_within_its_limits(at: prop::sample::Index, bytes: [u8; 2]) {
        let mut archive = zip(&[packed("a.mp3", &[3; 300]), packed("b/c.flac", b"fLaC")]);
        let at = at.index(archive.len() - 1);
        archive[at..at + 2].copy_from_slice(&bytes);
        if let Ok(found) = contents(&archive) {
            prop_assert!(found.iter().all(|(name, bytes)| bytes.len() <= 300 && !name.contains("..")));
        }
    }
}
