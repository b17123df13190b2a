//! What is read from audio files: made by hand here, and real ones where `../shared/data` is found.

#![expect(clippy::expect_used, reason = "a helper of tests that fails is a failed test")]
#![expect(clippy::cast_possible_truncation, reason = "files made here are small")]

use std::{
    fs,
    io::Cursor,
    path::{Path, PathBuf},
};

use image::{ImageFormat, RgbaImage};
use media::{AudioError, AudioFormat, Parsed, Tags};
use proptest::prelude::*;
use tempfile::NamedTempFile;
use tests::{Container, Wav};

pub(super) fn read(bytes: &[u8]) -> Result<Parsed, AudioError> {
    let file = NamedTempFile::new().expect("a file");
    fs::write(file.path(), bytes).expect("written");
    media::read(file.path())
}

/// A chunk of RIFF.
pub(super) fn chunk(name: &[u8], body: &[u8]) -> Vec<u8> {
    let padding = vec![0; body.len() % 2];
    [name, &(body.len() as u32).to_le_bytes(), body, &padding].concat()
}

/// 16 bit mono of 8,000 Hz: 16 bytes a millisecond. `claimed` is what the header says of the sound's length.
pub(super) fn wav(ms: usize, claimed: u32, chunks: &[u8]) -> Vec<u8> {
    let format = [1, 0, 1, 0, 0x40, 0x1f, 0, 0, 0x80, 0x3e, 0, 0, 2, 0, 16, 0];
    let data = [b"data".as_slice(), &claimed.to_le_bytes(), &vec![0; ms * 16]].concat();
    let body = [b"WAVE".as_slice(), &chunk(b"fmt ", &format), chunks, &data].concat();
    [b"RIFF".as_slice(), &(body.len() as u32).to_le_bytes(), &body].concat()
}

/// Silent frames of layer III: MPEG 1, 44,100 Hz, mono, of 128 kbit/s or of 64 kbit/s in turn; 26.12 ms each.
pub(super) fn mp3(frames: usize) -> Vec<u8> {
    let frame = |index: usize| {
        let (bitrate, bytes) = if index.is_multiple_of(2) {
            (0x90, 417)
        } else {
            (0x50, 208)
        };
        let mut frame = vec![0; bytes];
        frame[..4].copy_from_slice(&[0xff, 0xfb, bitrate, 0xc4]);
        frame
    };
    (0..frames).flat_map(frame).collect()
}

fn synchsafe(size: usize) -> [u8; 4] {
    [21, 14, 7, 0].map(|shift| (size >> shift & 0x7f) as u8)
}

/// An ID3v2.3 frame with its format flags.
fn frame(id: &str, flags: u8, content: &[u8]) -> Vec<u8> {
    [
        id.as_bytes(),
        &(content.len() as u32).to_be_bytes(),
        &[0, flags],
        content,
    ]
    .concat()
}

pub(super) fn text(id: &str, text: &str) -> Vec<u8> {
    frame(id, 0, &[&[0], text.as_bytes()].concat())
}

pub(super) fn id3(frames: &[Vec<u8>]) -> Vec<u8> {
    let frames = frames.concat();
    [b"ID3\x03\0\0".as_slice(), &synchsafe(frames.len()), &frames].concat()
}

fn png(width: u32, height: u32) -> Vec<u8> {
    let mut png = Cursor::new(Vec::new());
    RgbaImage::new(width, height)
        .write_to(&mut png, ImageFormat::Png)
        .expect("a picture");
    png.into_inner()
}

pub(super) fn picture(kind: u8, picture: &[u8]) -> Vec<u8> {
    frame("APIC", 0, &[b"\0image/png\0".as_slice(), &[kind, 0], picture].concat())
}

#[test]
fn a_wav_has_the_length_of_its_sound_whatever_its_header_claims() {
    for claimed in [16_000, u32::MAX, 1 << 30] {
        let parsed = read(&wav(1000, claimed, &[])).expect("a WAV");
        assert_eq!(parsed.properties.format, AudioFormat::Wav);
        assert_eq!(parsed.properties.codec, "pcm");
        assert_eq!(
            (parsed.properties.sample_rate_hz, parsed.properties.channels),
            (8000, 1)
        );
        let ms = parsed.properties.duration_ms.expect("a length");
        assert_eq!(ms, 1000, "{claimed}");
    }
}

#[test]
fn a_wav_carries_tags_of_both_kinds() {
    let list = [
        b"INFO".as_slice(),
        &chunk(b"INAM", b"Listed\0"),
        &chunk(b"IPRD", b"Album\0"),
    ]
    .concat();
    let tag = id3(&[text("TIT2", "Tagged"), text("TPE1", "Kino")]);
    let parsed = read(&wav(100, 1600, &[chunk(b"LIST", &list), chunk(b"id3 ", &tag)].concat())).expect("a WAV");
    assert_eq!(parsed.tags.title.as_deref(), Some("Tagged"));
    assert_eq!(parsed.tags.artist.as_deref(), Some("Kino"));
    assert_eq!(parsed.tags.album.as_deref(), Some("Album"));
}

#[test]
fn an_mp3_without_a_table_of_contents_has_the_length_of_its_frames() {
    let parsed = read(&[mp3(400), b"TAG".to_vec(), vec![0; 125]].concat()).expect("an MP3");
    assert_eq!(parsed.properties.format, AudioFormat::Mp3);
    assert_eq!(parsed.properties.duration_ms, Some(400 * 1152 * 1000 / 44_100));
    assert_eq!(parsed.properties.bitrate_kbps, 95);
    assert_eq!(parsed.properties.channels, 1);
}

#[test]
fn tags_are_cleaned_of_what_people_and_programs_write_into_them() {
    let tag = id3(&[
        text("TIT2", "  Группа\u{7}\0".replace("Группа", "Blood\nType").as_str()),
        text("TPE1", "Unknown"),
        text("TALB", "   "),
        text("TRCK", "7/13"),
        text("TPOS", "0"),
        text("TYER", "1988"),
        text("TDAT", "0501"),
        text("TCON", "Rock; Post-Punk ;rock"),
        text("TSRC", "us-ab1-88-00007"),
        frame(
            "UFID",
            0,
            b"http://musicbrainz.org\0f9b7d6e0-6b1c-4d0e-9d3a-2b6a5b1f7e11",
        ),
        frame("TXXX", 0, b"\0MusicBrainz Album Id\0not a uuid"),
    ]);
    let tags = read(&[tag, mp3(10)].concat()).expect("an MP3").tags;
    assert_eq!(tags.title.as_deref(), Some("Blood Type"));
    assert_eq!(tags.artist.as_deref(), Some("Unknown"));
    assert_eq!(tags.album, None);
    assert_eq!((tags.track_number, tags.disc_number), (Some(7), None));
    assert_eq!(tags.date.as_deref(), Some("1988-01-05"));
    assert_eq!(tags.genres, ["Rock", "Post-Punk"]);
    assert_eq!(tags.isrc.as_deref(), Some("USAB18800007"));
    assert!(tags.musicbrainz.recording.is_some());
    assert_eq!(tags.musicbrainz.release, None);
}

#[test]
fn compressed_frames_are_left_out_and_the_rest_is_read() {
    // zlib's own wrapping of five stored bytes: encoding 0 and "Bomb".
    let zlib = b"\x78\x01\x01\x05\x00\xfa\xff\0Bomb\x04\x3b\x01\x8a";
    let packed = frame("TIT2", 0x80, &[&[0, 0, 0, 5], zlib.as_slice()].concat());
    let tags = read(&[id3(&[packed, text("TPE1", "Kino")]), mp3(10)].concat())
        .expect("an MP3")
        .tags;
    assert_eq!((tags.title, tags.artist.as_deref()), (None, Some("Kino")));
}

#[test]
fn a_tag_of_ape_at_the_end_has_lists_too() {
    let item = |key: &str, value: &str| {
        let length = (value.len() as u32).to_le_bytes();
        [&length, &[0; 4], key.as_bytes(), b"\0", value.as_bytes()].concat()
    };
    let items = [item("Artist", "A & B"), item("Artists", "A\0B")].concat();
    let footer = |flags: u32| {
        let size = (items.len() as u32 + 32).to_le_bytes();
        let numbers = [2000_u32.to_le_bytes(), size, 2_u32.to_le_bytes(), flags.to_le_bytes()];
        [b"APETAGEX".as_slice(), &numbers.concat(), &[0; 8]].concat()
    };
    let ape = [footer(0xa000_0000), items.clone(), footer(0x8000_0000)].concat();
    let tags = read(&[mp3(10), ape].concat()).expect("an MP3").tags;
    assert_eq!(tags.artist.as_deref(), Some("A & B"));
    assert_eq!(tags.artists, ["A", "B"]);
}

#[test]
fn an_old_tag_at_the_end_is_read_too() {
    let mut old = [b"TAG".as_slice(), b"Blood Type", &[0; 20], b"Kino", &[0; 26]].concat();
    old.resize(128, 0);
    let tags = read(&[mp3(10), old].concat()).expect("an MP3").tags;
    assert_eq!(
        (tags.title.as_deref(), tags.artist.as_deref()),
        (Some("Blood Type"), Some("Kino"))
    );
}

#[test]
fn the_front_cover_is_kept_as_a_jpeg_of_bounded_size() {
    let tag = id3(&[picture(4, &png(10, 10)), picture(3, &png(1500, 900))]);
    let cover = read(&[tag, mp3(10)].concat()).expect("an MP3").cover.expect("a cover");
    assert_eq!((cover.width, cover.height), (1000, 600));
    assert_eq!(image::guess_format(&cover.jpeg).expect("a picture"), ImageFormat::Jpeg);
    // What was transparent is white.
    let pixel = *image::load_from_memory(&cover.jpeg)
        .expect("a picture")
        .into_rgb8()
        .get_pixel(500, 300);
    assert!(pixel.0.iter().all(|channel| *channel > 250), "{pixel:?}");
}

#[test]
fn a_broken_or_huge_cover_is_no_reason_to_refuse_the_music() {
    let broken = &png(100, 100)[..60];
    for bad in [broken, &png(10_001, 1), b"", b"GIF89a"] {
        let parsed = read(&[id3(&[picture(3, bad), text("TIT2", "Song")]), mp3(10)].concat()).expect("an MP3");
        assert!(parsed.cover.is_none());
        assert_eq!(parsed.tags.title.as_deref(), Some("Song"));
    }
    // Another picture stands in for a broken one.
    let tag = id3(&[picture(3, broken), picture(2, &png(10, 10))]);
    assert!(read(&[tag, mp3(10)].concat()).expect("an MP3").cover.is_some());
}

#[test]
fn a_flac_is_read_with_or_without_a_tag_before_it() {
    let mut info = vec![16, 0, 16, 0, 0, 0, 0, 0, 0, 0];
    // 20 bits: 44,100 Hz (0xac44); 3: two channels; 5: 16 bits; 36: 441,000 samples (0x6baa8).
    let packed: u64 = 0xac44 << 44 | 1 << 41 | 15 << 36 | 0x6_baa8;
    info.extend(packed.to_be_bytes());
    info.extend([0; 16]);
    let comments = [b"\0\0\0\0\x01\0\0\0\x0a\0\0\0TITLE=Song".as_slice()].concat();
    let block = |kind: u8, body: &[u8]| [&[kind, 0, 0, body.len() as u8], body].concat();
    let flac = [
        b"fLaC".to_vec(),
        block(0, &info),
        block(0x84, &comments),
        vec![0xff, 0xf8, 0, 0],
    ]
    .concat();
    let tagged = [id3(&[text("TIT2", "Other"), text("TPE1", "Kino")]), flac.clone()].concat();

    for (bytes, artist) in [(flac, None), (tagged, Some("Kino"))] {
        let parsed = read(&bytes).expect("a FLAC");
        assert_eq!(parsed.properties.format, AudioFormat::Flac);
        assert_eq!(parsed.properties.duration_ms, Some(10_000));
        assert_eq!(
            (parsed.tags.title.as_deref(), parsed.tags.artist.as_deref()),
            (Some("Song"), artist)
        );
    }
}

#[test]
fn what_is_no_audio_is_refused_with_what_would_be_right() {
    let page = b"<!doctype html><title>Not found</title>".repeat(100);
    for bytes in [
        b"".as_slice(),
        b"x",
        &page,
        &png(300, 300),
        &[0; 5000],
        &[0xff; 5000],
        b"ID3",
        b"OggS",
        b"RIFF",
    ] {
        let error = read(bytes).expect_err("no audio");
        assert!(matches!(error, AudioError::Unknown), "{error:?}");
        assert!(error.to_string().contains("FLAC"));
    }
    let cut = &wav(10, 160, &[])[..30];
    assert!(matches!(
        read(cut),
        Err(AudioError::Damaged {
            format: AudioFormat::Wav,
            ..
        })
    ));
    assert!(matches!(
        read(b"FORM\0\0\0\0AIFF"),
        Err(AudioError::Unsupported("AIFF"))
    ));
}

const KINO: &str = "f9b7d6e0-6b1c-4d0e-9d3a-2b6a5b1f7e11";
const ALISA: &str = "0b1c2d3e-6b1c-4d0e-9d3a-2b6a5b1f7e22";

fn tagged(container: Container, tags: &[(&str, &str)]) -> Tags {
    let parsed = read(&container.bytes(tags)).expect("a file that is taken");
    assert_eq!(parsed.properties.format.extension(), container.extension());
    parsed.tags
}

#[test]
fn the_values_of_a_multi_value_tag_are_read_one_by_one_from_each_container() {
    for container in Container::ALL {
        let tags = tagged(
            container,
            &[
                ("title", "Song"),
                ("artist", "Кино & AC/DC feat. Алиса"),
                ("artists", "Кино"),
                ("artists", "AC/DC"),
                ("artists", "Алиса"),
                ("album_artist", "Кино & AC/DC"),
                ("album_artists", "Кино"),
                ("album_artists", "AC/DC"),
                ("artist_id", KINO),
                ("artist_id", ALISA),
                ("album_artist_id", KINO),
            ],
        );
        assert_eq!(tags.title.as_deref(), Some("Song"), "{container:?}");
        assert_eq!(
            tags.artist.as_deref(),
            Some("Кино & AC/DC feat. Алиса"),
            "{container:?}"
        );
        assert_eq!(tags.artists, ["Кино", "AC/DC", "Алиса"], "{container:?}");
        assert_eq!(tags.album_artist.as_deref(), Some("Кино & AC/DC"), "{container:?}");
        assert_eq!(tags.album_artists, ["Кино", "AC/DC"], "{container:?}");
        let ids = |texts: &[&str]| -> Vec<String> { texts.iter().map(|id| (*id).to_owned()).collect() };
        let found = |found: &[uuid::Uuid]| -> Vec<String> { found.iter().map(ToString::to_string).collect() };
        assert_eq!(found(&tags.musicbrainz.artists), ids(&[KINO, ALISA]), "{container:?}");
        assert_eq!(found(&tags.musicbrainz.release_artists), ids(&[KINO]), "{container:?}");
    }
}

#[test]
fn several_plain_values_are_a_list_and_one_is_none() {
    for container in Container::ALL {
        let several = tagged(
            container,
            &[
                ("artist", "A"),
                ("artist", "B & C"),
                ("album_artist", "D"),
                ("album_artist", "E"),
            ],
        );
        assert_eq!(several.artist.as_deref(), Some("A"), "{container:?}");
        assert_eq!(several.artists, ["A", "B & C"], "{container:?}");
        assert_eq!(several.album_artists, ["D", "E"], "{container:?}");

        let one = tagged(
            container,
            &[("artist", "A & B/C"), ("artists", "A & B/C"), ("album_artist", "A")],
        );
        assert_eq!(one.artist.as_deref(), Some("A & B/C"), "{container:?}");
        assert_eq!((one.artists, one.album_artists), (vec![], vec![]), "{container:?}");
    }
}

#[test]
fn a_list_in_one_text_is_divided_where_each_name_has_an_id() {
    for (names, separator) in [("AC/DC; Кино", "; "), ("AC/DC; Кино", "/"), ("Алиса/Кино", "/")] {
        let ids = [KINO, ALISA].join(separator);
        let tags = tagged(
            Container::OldMp3,
            &[("artist", names), ("artists", names), ("artist_id", &ids)],
        );
        assert_eq!(tags.artist.as_deref(), Some(names));
        assert_eq!(tags.artists.len(), 2, "{names}: {:?}", tags.artists);
        assert_eq!(tags.artists[1], "Кино");
        assert_eq!(tags.musicbrainz.artists.len(), 2);
    }
}

#[test]
fn a_list_of_artists_has_bounds() {
    let names: Vec<String> = (0..80).map(|n| format!("{n} {}", "ё".repeat(300))).collect();
    let values: Vec<(&str, &str)> = names.iter().map(|name| ("artists", name.as_str())).collect();
    for container in [Container::Mp3, Container::Ogg, Container::M4a] {
        let artists = tagged(container, &values).artists;
        assert_eq!(artists.len(), 50, "{container:?}");
        assert!(artists.iter().all(|name| name.chars().count() == 255));
    }
}

#[test]
fn the_list_of_a_wav_may_name_several_artists() {
    let mut wav = Wav::new(100, 1);
    wav.tags = ["A", "B & C"].map(|name| ("IART", name.to_owned())).to_vec();
    let tags = read(&wav.bytes()).expect("a WAV").tags;
    assert_eq!(tags.artist.as_deref(), Some("A"));
    assert_eq!(tags.artists, ["A", "B & C"]);
}

fn shared(folder: &Path, name: &str) -> Parsed {
    let mut files = fs::read_dir(folder)
        .expect("the folder")
        .map(|entry| entry.expect("an entry").path());
    let is_named = |path: &PathBuf| path.to_string_lossy().contains(name) && path.extension() == Some("ogg".as_ref());
    media::read(&files.find(is_named).expect("the file")).expect("an Ogg")
}

#[test]
fn real_files_are_read_as_their_readme_describes_them() {
    let Some(folder) = tests::shared_data("audio") else {
        return;
    };
    // Name, milliseconds, title, track number, date.
    let table = [
        ("Vibe_Ace", 61_500, Some("Vibe Ace"), None),
        ("Sugar_Plum", 119_900, Some("Dance of the Sugar Plum Fairy"), None),
        ("Karissa_Hobbs", 133_000, Some("Let's Go Fishin'"), Some(9)),
        ("Hungarian_Dance", 45_800, Some("Hungarian Dance"), Some(7)),
        ("solo-trumpet", 5_300, None, None),
    ];
    for (name, length, title, track_number) in table {
        let Parsed { properties, tags, .. } = shared(&folder, name);
        assert_eq!((properties.format, properties.codec), (AudioFormat::Ogg, "vorbis"));
        let ms = properties.duration_ms.expect("a length");
        assert!(ms.abs_diff(length) < 100, "{name}: {ms}");
        let found = tags.title.as_deref().unwrap_or_default();
        assert!(
            found.contains(title.unwrap_or_default()) && found.is_empty() == title.is_none(),
            "{name}: {found}"
        );
        assert_eq!(tags.track_number, track_number, "{name}");
        assert!(
            tags.date.is_none_or(|date| date.len() == 10 || date.len() == 4),
            "{name}"
        );
    }
}

#[test]
fn a_cover_is_found_under_another_type_than_the_front_cover() {
    let Some(folder) = tests::shared_data("audio") else {
        return;
    };
    let cover = shared(&folder, "Vibe_Ace").cover.expect("a cover");
    assert_eq!((cover.width, cover.height), (720, 720));
}

#[test]
fn a_real_file_that_was_cut_is_as_long_as_what_is_left_of_it() {
    let Some(folder) = tests::shared_data("audio") else {
        return;
    };
    let name = folder.join("Kevin_MacLeod_-_Vibe_Ace.hq.ogg");
    let bytes = fs::read(name).expect("the file");
    let whole = read(&bytes).expect("an Ogg").properties.duration_ms.expect("a length");
    let half = read(&bytes[..bytes.len() / 2])
        .expect("an Ogg")
        .properties
        .duration_ms
        .expect("a length");
    assert!((whole / 3..whole * 2 / 3).contains(&half), "{half} of {whole}");
    let twice = read(&[bytes.clone(), bytes].concat())
        .expect("an Ogg")
        .properties
        .duration_ms
        .expect("a length");
    assert_eq!(twice, whole * 2);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn damage_anywhere_is_an_error_and_no_panic(
        which in 0_usize..4,
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..20),
        cut: prop::sample::Index,
    ) {
        let tag = id3(&[text("TIT2", "Song"), picture(3, &png(20, 20)), text("TYER", "1988")]);
        let list = [b"INFO".as_slice(), &chunk(b"INAM", b"Listed\0")].concat();
        let mut bytes = match which {
            0 => wav(20, 320, &[chunk(b"LIST", &list), chunk(b"id3 ", &tag)].concat()),
            1 => [tag, mp3(20)].concat(),
            2 => [b"OggS\0\x02".as_slice(), &[0; 20], &[1, 30, 1], b"vorbis", &[0; 60]].concat(),
            _ => [b"\0\0\0\x20ftypM4A ".as_slice(), &[0; 100], b"moov", &[1; 100]].concat(),
        };
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.truncate(cut.index(bytes.len()) + 1);
        prop_assert!(super::media_faults::reads_without_panic(&bytes));
    }
}
