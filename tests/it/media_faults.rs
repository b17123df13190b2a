//! Files that are not as their formats say: what the kinds of `tests/fixtures/faults` are besides the cases there.

#![expect(clippy::cast_possible_truncation, reason = "files made here are small")]

use std::{cell::Cell, fs, io::Cursor, panic, path::Path, sync::Once};

use image::{ImageFormat, RgbaImage};
use media::{AudioFormat, Parsed};
use proptest::prelude::*;

use super::media_tags::{chunk, id3, mp3, picture, read, text, wav};

pub(super) fn fixture(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/faults/files");
    fs::read(folder.join(name)).expect("a fixture")
}

fn duration(bytes: &[u8]) -> u64 {
    read(bytes).expect("sound").properties.duration_ms.expect("a length")
}

fn titled(parsed: &Parsed) -> (Option<&str>, Option<&str>) {
    (parsed.tags.title.as_deref(), parsed.tags.artist.as_deref())
}

/// 26.12 ms each.
fn of_frames(count: u64) -> u64 {
    count * 1152 * 1000 / 44_100
}

#[test]
fn sound_is_found_behind_junk_of_any_length_and_of_any_kind() {
    let tag = id3(&[text("TIT2", "Song")]);
    // Single bytes and pairs of bytes that begin like frames.
    let noise: Vec<u8> = (0..2_000_000_u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    for junk in [
        vec![0; 3000],
        vec![0; 400_000],
        b"junk ".repeat(50_000),
        vec![0xff; 65_535],
        noise,
    ] {
        for before in [Vec::new(), tag.clone()] {
            let parsed = read(&[before.clone(), junk.clone(), mp3(100)].concat()).expect("an MP3");
            assert_eq!(parsed.properties.format, AudioFormat::Mp3);
            assert_eq!(parsed.properties.duration_ms, Some(of_frames(100)));
            assert_eq!(parsed.tags.title.is_some(), !before.is_empty());
        }
    }
    assert_eq!(
        duration(&[mp3(100), b"junk".repeat(100_000), mp3(50)].concat()),
        of_frames(150)
    );
}

fn ape(items: &[(&str, u32, &[u8])], with_header: bool) -> Vec<u8> {
    let item = |(key, flags, value): &(&str, u32, &[u8])| {
        let length = (value.len() as u32).to_le_bytes();
        [&length, &flags.to_le_bytes(), key.as_bytes(), b"\0", value].concat()
    };
    let body: Vec<u8> = items.iter().flat_map(item).collect();
    let edge = |flags: u32| {
        let numbers = [2000, body.len() as u32 + 32, items.len() as u32, flags].map(u32::to_le_bytes);
        [b"APETAGEX".as_slice(), &numbers.concat(), &[0; 8]].concat()
    };
    let flags = if with_header { 1 << 31 } else { 0 };
    let header = if with_header { edge(flags | 1 << 29) } else { Vec::new() };
    [header, body.clone(), edge(flags)].concat()
}

#[test]
fn tags_at_the_end_are_no_sound_and_ape_goes_before_the_old_tag() {
    let cover = [b"c.jpg\0".as_slice(), &mp3(3), &vec![0xff; 1_500_000], &mp3(3)].concat();
    let mut old = [b"TAG".as_slice(), b"Old", &[0; 27], b"Old Band", &[0; 22]].concat();
    old.resize(128, 0);
    for with_header in [true, false] {
        let items = [
            ("Title", 0, b"Ape".as_slice()),
            ("Artist", 0, b"Ape Band"),
            ("Cover Art (Front)", 2, &cover),
        ];
        let ape = ape(&items, with_header);
        for tail in [[ape.clone(), old.clone()].concat(), ape.clone()] {
            let parsed = read(&[mp3(100), tail].concat()).expect("an MP3");
            assert_eq!(parsed.properties.duration_ms, Some(of_frames(100)));
            assert_eq!(titled(&parsed), (Some("Ape"), Some("Ape Band")));
        }
    }
    let lyrics = [b"LYRICSBEGIN".as_slice(), &mp3(2), b"000636LYRICS200"].concat();
    let parsed = read(&[mp3(100), lyrics, old].concat()).expect("an MP3");
    assert_eq!(titled(&parsed), (Some("Old"), Some("Old Band")));
}

#[test]
fn an_old_tag_has_the_code_page_of_a_computer() {
    let mut old = b"TAG\xc7\xe2\xe5\xe7\xe4\xe0 \xef\xee \xe8\xec\xe5\xed\xe8".to_vec();
    old.resize(33, 0);
    old.extend(b"\xca\xe8\xed\xee");
    old.resize(128, 0);
    let parsed = read(&[mp3(100), old].concat()).expect("an MP3");
    assert_eq!(titled(&parsed), (Some("Звезда по имени"), Some("Кино")));
}

#[test]
fn a_wav_whose_header_says_nothing_of_its_length_is_as_long_as_its_sound() {
    let mut sound = wav(1000, 0, &[]);
    let at = sound.len() - 16_000;
    sound[at..].fill(0xee);
    assert_eq!(duration(&sound), 1000);
    // Chunks follow: it is empty indeed.
    let empty = [wav(0, 0, &[]), chunk(b"LIST", b"INFO")].concat();
    assert!(read(&empty).is_err());
}

fn wav_of(info: &[(&[u8], &[u8])], more: &[u8]) -> Parsed {
    let items: Vec<u8> = info.iter().flat_map(|(id, text)| chunk(id, text)).collect();
    let list = chunk(b"LIST", &[b"INFO".as_slice(), &items].concat());
    read(&wav(100, 1600, &[more, &list].concat())).expect("a WAV")
}

#[test]
fn lists_of_a_wav_are_in_many_code_pages() {
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
    let code_page = |number: u16| chunk(b"CSET", &[&number.to_le_bytes(), [0; 6].as_slice()].concat());
    let table: [(&[u8], &[u8], _, _, _); 7] = [
        (b"Caf\xe9\0", b"Band", vec![], "Café", "Band"),
        ("Café".as_bytes(), "Чиж".as_bytes(), vec![], "Café", "Чиж"),
        (
            b"\xc7\xe2\xe5\xe7\xe4\xe0\0",
            b"\xca\xe8\xed\xee\0",
            vec![],
            "Звезда",
            "Кино",
        ),
        (&utf16("Café"), &utf16("Band"), vec![], "Café", "Band"),
        (b"\xc0", b"\xdf", code_page(1251), "А", "Я"),
        (b"\x80", b"\x81", code_page(866), "А", "Б"),
        (
            b"\xb4\xf3\xd4\xd5\xc7\xac\xd4\xaa\0",
            b"\xc2\xe5\xcc\xec\xd2\xc0\0",
            vec![],
            "大哉乾元",
            "洛天依",
        ),
    ];
    for (title, artist, more, right_title, right_artist) in table {
        let parsed = wav_of(&[(b"INAM", title), (b"IART", artist)], &more);
        assert_eq!(titled(&parsed), (Some(right_title), Some(right_artist)));
    }
}

#[test]
fn lists_of_a_wav_are_read_without_their_padding() {
    let item = |id: &[u8], text: &[u8]| [id, &(text.len() as u32).to_le_bytes(), text].concat();
    let list = [b"INFO".to_vec(), item(b"INAM", b"Odd"), item(b"IART", b"Odder")].concat();
    let odd = item(b"LIST", &list);
    assert_eq!(list.len() % 2, 0);
    let odd_chunk = item(b"junk", b"odd");
    for chunks in [odd.clone(), [odd_chunk, odd].concat()] {
        let parsed = read(&wav(100, 1600, &chunks)).expect("a WAV");
        assert_eq!(titled(&parsed), (Some("Odd"), Some("Odder")));
    }
}

#[test]
fn the_length_of_a_flac_is_that_of_its_frames() {
    let flac = fixture("flac-no-total.flac");
    let mut known = flac.clone();
    // The total is the last 36 bits of the description.
    known[22..26].copy_from_slice(&132_300_u32.to_be_bytes());
    assert_eq!((duration(&flac), duration(&known)), (3000, 3000));
    let cut = duration(&known[..known.len() / 2]);
    assert!((1000..2000).contains(&cut), "{cut}");
    let mut old = b"TAG".to_vec();
    old.resize(128, 0);
    assert_eq!(duration(&[flac, old].concat()), 3000);
}

#[test]
fn the_length_of_an_mp4_is_that_of_its_fragments() {
    let mp4 = fixture("m4a-fragmented.m4a");
    assert!(duration(&mp4).abs_diff(12_000) < 150);
    let cut = duration(&mp4[..mp4.len() / 2]);
    assert!((3000..9000).contains(&cut), "{cut}");
}

#[test]
fn a_piece_of_an_ogg_is_as_long_as_the_piece() {
    let ogg = fixture("vorbis-cropped.ogg");
    assert!(duration(&ogg).abs_diff(8000) < 1100);
}

#[test]
fn covers_are_taken_in_each_kind_that_browsers_show() {
    let picture_of = |format: ImageFormat, side: u32| {
        let mut bytes = Cursor::new(Vec::new());
        let image = RgbaImage::from_pixel(side, side, image::Rgba([200, 30, 30, 255]));
        let image = image::DynamicImage::from(image).into_rgb8();
        image.write_to(&mut bytes, format).expect("a picture");
        bytes.into_inner()
    };
    for format in [
        ImageFormat::Gif,
        ImageFormat::Bmp,
        ImageFormat::WebP,
        ImageFormat::Jpeg,
        ImageFormat::Png,
    ] {
        let tag = id3(&[picture(3, &picture_of(format, 40))]);
        let cover = read(&[tag, mp3(10)].concat()).expect("an MP3").cover;
        assert_eq!(
            cover.map(|cover| (cover.width, cover.height)),
            Some((40, 40)),
            "{format:?}"
        );
    }
    let tag = id3(&[picture(3, &picture_of(ImageFormat::Png, 5000))]);
    let cover = read(&[tag, mp3(10)].concat()).expect("an MP3").cover.expect("a cover");
    assert_eq!((cover.width, cover.height), (1000, 1000));
    // A bomb: a small file of a very large picture.
    let mut bomb = picture_of(ImageFormat::Png, 40);
    bomb[16..24].copy_from_slice(&[0, 1, 0, 0, 0, 1, 0, 0]);
    assert!(
        read(&[id3(&[picture(3, &bomb)]), mp3(10)].concat())
            .expect("an MP3")
            .cover
            .is_none()
    );
}

/// Whether the file is read to an answer of whatever kind. The reader itself turns a panic into an error, so they are
/// counted where they happen.
pub(super) fn reads_without_panic(bytes: &[u8]) -> bool {
    static HOOK: Once = Once::new();
    thread_local! {
        static PANICS: Cell<u32> = const { Cell::new(0) };
    }
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            PANICS.set(PANICS.get() + 1);
            before(info);
        }));
    });
    let before = PANICS.get();
    // Any answer is right.
    drop(read(bytes));
    PANICS.get() == before
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn damage_anywhere_in_real_files_is_an_answer_and_no_panic(
        name in prop::sample::select(vec![
            "bad-frame-apic-broken.mp3", "album-two-mbids.1.mp3", "id3-23-with-22-ids.mp3", "cover-webp.mp3", "m4a-fragmented.m4a",
            "vorbis-cropped.ogg", "wav-latin1.wav", "flac-no-total.flac",
        ]),
        at_start in prop::collection::vec((0_usize..1500, any::<u8>()), 0..30),
        anywhere in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..30),
        taken in prop::option::of((any::<prop::sample::Index>(), 1_usize..300)),
        cut: prop::sample::Index,
    ) {
        let mut bytes = fixture(name);
        if let Some((at, count)) = taken {
            let at = at.index(bytes.len());
            bytes.drain(at..(at + count).min(bytes.len()));
        }
        for (at, byte) in at_start {
            bytes[at] = byte;
        }
        for (at, byte) in anywhere {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        prop_assert!(reads_without_panic(&bytes));
        bytes.truncate(cut.index(bytes.len()));
        prop_assert!(reads_without_panic(&bytes));
    }
}
