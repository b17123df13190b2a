//! Files of the same kinds as those of `tests/fixtures/faults`, with their faults at other places, in other containers and
//! in other encodings.

#![expect(clippy::cast_possible_truncation, reason = "files made here are small")]

use std::{fs, path::Path};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use image::{ImageFormat, RgbImage};
use media::{AudioFormat, Parsed};
use tests::Container;

use super::media_tags::{chunk, id3, mp3, read, text, wav};

fn title(bytes: &[u8]) -> Option<String> {
    read(bytes).expect("sound").tags.title
}

fn texts(parsed: &Parsed) -> [Option<&str>; 3] {
    let tags = &parsed.tags;
    [&tags.title, &tags.artist, &tags.album].map(Option::as_deref)
}

fn with(tag: &[u8]) -> Parsed {
    read(&[tag, &mp3(100)].concat()).expect("an MP3")
}

fn picture(format: ImageFormat) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    RgbImage::from_pixel(40, 40, image::Rgb([200, 30, 30]))
        .write_to(&mut bytes, format)
        .expect("a picture");
    bytes.into_inner()
}

/// A frame of version 2.3 whose header says that it has `size` bytes.
fn claims(id: [u8; 4], size: u32, content: &[u8]) -> Vec<u8> {
    [id.as_slice(), &size.to_be_bytes(), &[0, 0], content].concat()
}

fn beside(damaged: Vec<u8>) -> Vec<u8> {
    let right = [text("TIT2", "Beside"), text("TPE1", "Band"), text("TALB", "LP")];
    let [title, artist, album] = right;
    id3(&[title, damaged, artist, album])
}

#[test]
fn whatever_is_wrong_with_a_frame_the_others_are_read() {
    let damaged: Vec<(&str, Vec<u8>)> = vec![
        ("longer than the tag", claims(*b"COMM", 0x00ff_ffff, b"\0eng\0comment")),
        ("the largest size", claims(*b"PRIV", u32::MAX, b"owner\0data")),
        ("no content", claims(*b"TCON", 0, b"")),
        ("shorter than it is", claims(*b"TCOM", 3, b"\0A longer composer")),
        ("an encoding that is none", claims(*b"TCOM", 5, b"\x09Name")),
        ("UTF-16 of one byte", claims(*b"TCOM", 2, b"\x01\xff")),
        ("big-endian and odd", claims(*b"TCOM", 6, b"\x01\xfe\xff\0N\0")),
        ("a description without end", claims(*b"TXXX", 9, b"\0no value")),
        ("a picture of nothing", claims(*b"APIC", 14, b"\0image/png\0\x03\0\0")),
        (
            "a picture's media type without end",
            claims(*b"APIC", 10, b"\0image/png"),
        ),
        ("an id that is no text", claims(*b"\xff\xfe\x00T", 4, b"data")),
        ("an id of digits", claims(*b"1234", 4, b"data")),
        ("an id with a sign", claims(*b"T-T2", 5, b"\0Sign")),
        ("zeros between frames", vec![0; 37]),
        ("a counter of no bytes", claims(*b"PCNT", 0, b"")),
        ("an empty owner", claims(*b"UFID", 1, b"\0")),
    ];
    for (what, damaged) in damaged {
        let parsed = with(&beside(damaged));
        assert_eq!(texts(&parsed), [Some("Beside"), Some("Band"), Some("LP")], "{what}");
        assert_eq!(parsed.properties.duration_ms, Some(2612), "{what}");
    }
}

#[test]
fn versions_and_sizes_that_programs_mix_up_are_told_apart() {
    let long = "x".repeat(200);
    let synchsafe = |size: usize| [21, 14, 7, 0].map(|shift| (size >> shift & 0x7f) as u8);
    let frame = |id: &str, size: [u8; 4], text: &str| [id.as_bytes(), &size, &[0, 0], b"\0", text.as_bytes()].concat();
    let tag = |version: u8, frames: &[Vec<u8>]| {
        let frames = frames.concat();
        [b"ID3".as_slice(), &[version, 0, 0], &synchsafe(frames.len()), &frames].concat()
    };
    // iTunes wrote plain sizes into 2.4, others synchsafe ones into 2.3.
    let plain = |size: usize| (size as u32).to_be_bytes();
    let in_24 = tag(
        4,
        &[frame("TALB", plain(201), &long), frame("TIT2", plain(7), "Beside")],
    );
    assert_eq!(with(&in_24).tags.title.as_deref(), Some("Beside"));
    let in_23 = tag(
        3,
        &[
            frame("TALB", synchsafe(201), &long),
            frame("TIT2", synchsafe(7), "Beside"),
        ],
    );
    assert_eq!(with(&in_23).tags.title.as_deref(), Some("Beside"));
    // Version 2.2, its first frame damaged.
    let old = |id: &str, size: u8, text: &str| [id.as_bytes(), &[0, 0, size], b"\0", text.as_bytes()].concat();
    let in_22 = tag(
        2,
        &[
            old("PIC", 200, "PNG\x03"),
            old("TT2", 7, "Beside"),
            old("TP1", 5, "Band"),
        ],
    );
    assert_eq!(texts(&with(&in_22))[..2], [Some("Beside"), Some("Band")]);
    // Two tags in a row: the first one says nothing of the title.
    let two = [
        id3(&[text("TPE1", "Band")]),
        id3(&[text("TIT2", "Second"), text("TPE1", "Other")]),
    ]
    .concat();
    assert_eq!(texts(&with(&two))[..2], [Some("Second"), Some("Band")]);
    // A tag that says it is longer than it is, over the beginning of the sound.
    let mut longer = id3(&[text("TIT2", "Beside")]);
    longer[9] += 40;
    let parsed = with(&longer);
    assert_eq!(parsed.tags.title.as_deref(), Some("Beside"));
    assert!(parsed.properties.duration_ms.expect("a length") > 2500);
}

#[test]
fn a_damaged_item_of_any_container_loses_itself_alone() {
    let tags = [("artist", "Band"), ("album", "@@@@@@@@"), ("title", "Beside")];
    // Bytes that are no UTF-8.
    for container in Container::ALL {
        let mut file = container.bytes(&tags);
        let letter: &[u8] = if container == Container::OldMp3 { b"@\0" } else { b"@" };
        let album = letter.repeat(8);
        let at = file
            .windows(album.len())
            .position(|bytes| bytes == album)
            .expect("the album");
        file[at] = 0xe9;
        let parsed = read(&file).unwrap_or_else(|error| panic!("{container:?}: {error}"));
        assert_eq!(texts(&parsed)[..2], [Some("Beside"), Some("Band")], "{container:?}");
        assert_eq!(
            parsed.tags.album.map(|album| album.chars().count()),
            Some(8),
            "{container:?}"
        );
    }
}

#[test]
fn sound_of_each_container_is_found_behind_tags_and_junk() {
    let tag = id3(&[text("TPE1", "Band")]);
    let leads: [(&str, Vec<u8>); 5] = [
        ("nothing", Vec::new()),
        ("a tag", tag.clone()),
        (
            "a tag and zeros that it does not count",
            [tag.clone(), vec![0; 5000]].concat(),
        ),
        ("junk", b"HTTP/1.1 200 OK\r\nContent-Type: audio\r\n\r\n".to_vec()),
        ("a tag and junk", [tag, b"junk ".repeat(30_000)].concat()),
    ];
    // MP4 names places by their distance from its beginning: behind anything else no player finds its sound.
    for container in Container::ALL.into_iter().filter(|one| *one != Container::M4a) {
        let file = container.bytes(&[("title", "Song")]);
        let right = read(&file).expect("sound");
        // Players look for frames of MP3 behind whatever stands before them, and for nothing else.
        let known = if right.properties.format == AudioFormat::Mp3 {
            5
        } else {
            3
        };
        for (what, lead) in &leads[..known] {
            let parsed = read(&[lead.as_slice(), &file].concat());
            let parsed = parsed.unwrap_or_else(|error| panic!("{container:?} behind {what}: {error}"));
            assert_eq!(
                parsed.properties.format, right.properties.format,
                "{container:?} behind {what}"
            );
            assert_eq!(
                parsed.properties.duration_ms, right.properties.duration_ms,
                "{container:?} behind {what}"
            );
            // An ID3 tag in the junk's place is not at the beginning: MP3 loses it.
            if !matches!(container, Container::Mp3 | Container::OldMp3) {
                assert_eq!(
                    parsed.tags.title.as_deref(),
                    Some("Song"),
                    "{container:?} behind {what}"
                );
            }
        }
    }
}

fn ape(version: u32, items: &[(&str, &[u8])], counted: u32, flags: u32) -> Vec<u8> {
    let item = |(key, value): &(&str, &[u8])| {
        [
            &(value.len() as u32).to_le_bytes(),
            [0; 4].as_slice(),
            key.as_bytes(),
            b"\0",
            value,
        ]
        .concat()
    };
    let body: Vec<u8> = items.iter().flat_map(item).collect();
    let numbers = [version, body.len() as u32 + counted, items.len() as u32, flags].map(u32::to_le_bytes);
    [body, [b"APETAGEX".as_slice(), &numbers.concat(), &[0; 8]].concat()].concat()
}

#[test]
fn tags_of_ape_are_read_in_each_version_and_before_the_old_one_wherever_it_stands() {
    let mut old = [b"TAG".as_slice(), b"Old", &[0; 27], b"Old Band", &[0; 22]].concat();
    old.resize(128, 0);
    let items: [(&str, &[u8]); 2] = [("TITLE", b"Ape"), ("artist", b"Ape Band")];
    let first = ape(1000, &items, 32, 0);
    let second = ape(2000, &items, 32, 0);
    for (what, tail) in [
        ("version 1", first.clone()),
        ("version 2 without header", second.clone()),
        ("before the old tag", [first, old.clone()].concat()),
        ("behind the old tag", [old.clone(), second.clone()].concat()),
        ("zeros behind it", [second.clone(), vec![0; 300]].concat()),
        ("with a header it counts in", {
            let header = [b"APETAGEX".as_slice(), &[0; 24]].concat();
            [header, ape(2000, &items, 64, 1 << 31)].concat()
        }),
    ] {
        let parsed = read(&[mp3(100), tail].concat()).expect("an MP3");
        assert_eq!(texts(&parsed)[..2], [Some("Ape"), Some("Ape Band")], "{what}");
        assert_eq!(parsed.properties.duration_ms, Some(2612), "{what}");
    }
    let cyrillic: [(&str, &[u8]); 2] = [("Title", b"\xc7\xe2\xe5\xe7\xe4\xe0"), ("Artist", b"\xca\xe8\xed\xee")];
    let parsed = read(&[mp3(100), ape(2000, &cyrillic, 32, 0)].concat()).expect("an MP3");
    assert_eq!(texts(&parsed)[..2], [Some("Звезда"), Some("Кино")]);
    let flac = [Container::Flac.bytes(&[("title", "Comment")]), second].concat();
    assert_eq!(
        texts(&read(&flac).expect("a FLAC"))[..2],
        [Some("Comment"), Some("Ape Band")]
    );
}

fn fixture(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/faults/files");
    fs::read(folder.join(name)).expect("a fixture")
}

#[test]
fn lengths_that_no_header_says_are_those_of_the_sound() {
    let duration = |bytes: &[u8]| read(bytes).expect("sound").properties.duration_ms.expect("a length");
    let flac = fixture("flac-no-total.flac");
    assert_eq!(
        duration(&[id3(&[text("TIT2", "Song")]), flac.clone()].concat()),
        3000,
        "FLAC behind a tag"
    );
    assert_eq!(
        duration(&[flac, ape(2000, &[("Title", b"Song")], 32, 0)].concat()),
        3000,
        "FLAC before a tag"
    );
    // A WAV of a pipe: no length anywhere, with and without chunks behind its sound.
    let list = chunk(b"LIST", &[b"INFO".as_slice(), &chunk(b"INAM", b"Listed\0")].concat());
    for claimed in [0, u32::MAX, u32::MAX - 1] {
        let mut sound = wav(1000, claimed, &list);
        sound[4..8].copy_from_slice(&claimed.to_le_bytes());
        assert_eq!(duration(&sound), 1000, "WAV that claims {claimed}");
        assert_eq!(title(&sound).as_deref(), Some("Listed"));
        // Sound may begin with bytes that could be letters.
        let at = sound.len() - 16_000;
        sound[at..at + 8].copy_from_slice(b"loudness");
        assert_eq!(duration(&sound), 1000, "WAV that claims {claimed}, of letters");
    }
    for magic in [b"RF64", b"BW64"] {
        let mut long = wav(
            1000,
            u32::MAX,
            &chunk(b"ds64", &[[0; 8], 16_000_u64.to_le_bytes(), [0; 8]].concat()),
        );
        long[..4].copy_from_slice(magic);
        long.extend(&list);
        assert_eq!((duration(&long), title(&long).as_deref()), (1000, Some("Listed")));
    }
    let mp4 = fixture("m4a-fragmented.m4a");
    let mut unknown = mp4.clone();
    for (name, at) in [(b"mvhd", 20), (b"mdhd", 20)] {
        let place = unknown.windows(4).position(|bytes| bytes == name).expect("a header") + at;
        unknown[place..place + 4].copy_from_slice(&u32::MAX.to_be_bytes());
    }
    assert!(
        duration(&unknown).abs_diff(12_000) < 150,
        "all bits set: {}",
        duration(&unknown)
    );
    // An MP3 whose table promises a hundred times as much.
    let mut promised = mp3(100);
    promised[21..25].copy_from_slice(b"Xing");
    promised[25..33].copy_from_slice(&[0, 0, 0, 1, 0, 0, 39, 16]);
    assert!(duration(&promised).abs_diff(2612) < 30);
}

#[test]
fn pictures_are_read_however_programs_write_them() {
    let gif = picture(ImageFormat::Gif);
    let cover = |bytes: &[u8]| {
        read(bytes)
            .expect("sound")
            .cover
            .map(|cover| (cover.width, cover.height))
    };
    // Media types that are wrong, empty, or of version 2.2.
    for head in [
        b"\0image/jpg\0\x03\0".as_slice(),
        b"\0\0\x03\0",
        b"\0PNG\0\x03\0",
        b"\0image/gif\0\x03a cover\0",
        b"\x01image/gif\0\x03\xff\xfea\0\0\0",
        b"\x03image/gif\0\0no end of the description",
    ] {
        let content = [head, &gif].concat();
        let tag = id3(&[claims(*b"APIC", content.len() as u32, &content), text("TIT2", "Song")]);
        assert_eq!(cover(&[tag.clone(), mp3(10)].concat()), Some((40, 40)), "{head:?}");
        assert_eq!(title(&[tag, mp3(10)].concat()).as_deref(), Some("Song"));
    }
    let parts = |bytes: &[u8]| [&(bytes.len() as u32).to_be_bytes(), bytes].concat();
    let block = [
        vec![0, 0, 0, 3],
        parts(b"image/gif"),
        parts(b""),
        vec![0; 16],
        parts(&gif),
    ]
    .concat();
    let text = BASE64_STANDARD.encode(block);
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(76)
        .map(|line| str::from_utf8(line).unwrap())
        .collect();
    for (what, text) in [
        ("in lines", lines.join("\n")),
        ("without padding", text.trim_end_matches('=').to_owned()),
        ("as it should be", text.clone()),
    ] {
        let comment = [b"METADATA_BLOCK_PICTURE=".as_slice(), text.as_bytes()].concat();
        let flac = flac_with(&[b"TITLE=Song", &comment]);
        assert_eq!(cover(&flac), Some((40, 40)), "{what}");
        assert_eq!(title(&flac).as_deref(), Some("Song"));
    }
}

/// A FLAC with these comments, whatever they hold.
fn flac_with(comments: &[&[u8]]) -> Vec<u8> {
    let sized = |bytes: &[u8]| [&(bytes.len() as u32).to_le_bytes(), bytes].concat();
    let all: Vec<u8> = comments.iter().flat_map(|comment| sized(comment)).collect();
    let body = [sized(b"jonquil"), (comments.len() as u32).to_le_bytes().to_vec(), all].concat();
    let plain = Container::Flac.bytes(&[]);
    let at = plain
        .windows(11)
        .position(|bytes| bytes.ends_with(b"jonquil"))
        .expect("the comments");
    let info = &plain[..at - 4];
    let length = (body.len() as u32).to_be_bytes();
    [info, &[0x84], &length[1..], &body, &[0xff, 0xf8, 0, 0]].concat()
}

#[test]
fn texts_that_were_encoded_twice_are_read_and_true_ones_stay() {
    // The code page of Windows for Cyrillic has its letters in their order.
    let cp1251 = |text: &str| -> Vec<u8> {
        let byte = |c: char| {
            if c.is_ascii() {
                c as u8
            } else {
                (c as u32 - 0x410 + 0xc0) as u8
            }
        };
        text.chars().map(byte).collect()
    };
    let as_latin = |bytes: &[u8]| bytes.iter().map(|byte| char::from(*byte)).collect::<String>();
    for container in Container::ALL {
        let read_as = |title: &str, artist: &str| {
            let parsed = read(&container.bytes(&[("title", title), ("artist", artist)])).expect("sound");
            (
                parsed.tags.title.unwrap_or_default(),
                parsed.tags.artist.unwrap_or_default(),
            )
        };
        let right = |title: &str, artist: &str| (title.to_owned(), artist.to_owned());
        // UTF-8 taken for Latin-1 and encoded again, by both readings of Latin-1.
        for twice in [as_latin("Café Größe".as_bytes()), "CafÃ© GrÃ¶ÃŸe".to_owned()] {
            assert_eq!(read_as(&twice, "Band"), right("Café Größe", "Band"), "{container:?}");
        }
        // A code page taken for Latin-1 and encoded.
        let (title, artist) = (as_latin(&cp1251("Звезда по имени Солнце")), as_latin(&cp1251("Кино")));
        assert_eq!(
            read_as(&title, &artist),
            right("Звезда по имени Солнце", "Кино"),
            "{container:?}"
        );
        for (title, artist) in [
            ("Ágætis byrjun", "Sigur Rós"),
            ("ÄÖÜß", "Æøå"),
            ("Звезда", "Кино"),
            ("Ça va? Où ça…", "Édith Piaf"),
            ("÷", "×"),
            ("Â", "Ã"),
            ("日本語", "Čeština"),
        ] {
            assert_eq!(read_as(title, artist), right(title, artist), "{container:?}");
        }
    }
}

#[test]
fn dates_and_numbers_are_read_in_the_forms_of_many_countries() {
    let date = |text: &str| {
        read(&flac_with(&[format!("DATE={text}").as_bytes()]))
            .expect("a FLAC")
            .tags
            .date
    };
    for (written, right) in [
        ("25-11-2009", "2009-11-25"),
        ("25 novembre 2009", "2009-11-25"),
        ("25 de noviembre de 2009", "2009-11-25"),
        ("3 enero 2009", "2009-01-03"),
        ("abril de 2009", "2009-04-01"),
        ("3 giugno 2009", "2009-06-03"),
        ("luglio 2009", "2009-07-01"),
        ("settembre 2009", "2009-09-01"),
        ("dicembre 2009", "2009-12-01"),
        ("gennaio 2009", "2009-01-01"),
        ("1 maggio 2009", "2009-05-01"),
        ("outubro de 2009", "2009-10-01"),
        ("maart 2009", "2009-03-01"),
        ("mei 2009", "2009-05-01"),
        ("1er août 2009", "2009-08-01"),
        ("aout 2009", "2009-08-01"),
        ("Sept. 5, 2009", "2009-09-05"),
        ("2nd of May 2009", "2009-05-02"),
        ("c. 1975", "1975"),
        ("[1975]", "1975"),
        ("1975?", "1975"),
        ("２００９年１１月２５日", "2009-11-25"),
        ("2009-25-11", "2009"),
        ("Wed Nov 25 10:11:12 2009", "2009-11-25"),
    ] {
        assert_eq!(date(written).as_deref(), Some(right), "{written}");
    }
    let number = |text: &str| {
        let comment = format!("TRACK={text}");
        read(&flac_with(&[comment.as_bytes()]))
            .expect("a FLAC")
            .tags
            .track_number
    };
    for (written, right) in [
        ("3 von 12", Some(3)),
        ("03 of 12", Some(3)),
        ("(3/12)", Some(3)),
        ("３", Some(3)),
        ("Nº 3", Some(3)),
        ("Piste 3", Some(3)),
        ("трек 3", Some(3)),
        ("Spur 3", Some(3)),
        ("none", None),
        ("B2", None),
    ] {
        assert_eq!(number(written), right, "{written}");
    }
}

#[test]
fn ids_of_musicbrainz_are_read_from_each_form() {
    let (first, second) = (
        "f9b7d6e0-6b1c-4d0e-9d3a-2b6a5b1f7e11",
        "0b1c2d3e-6b1c-4d0e-9d3a-2b6a5b1f7e22",
    );
    for written in [
        format!("{first}\\\\{second}"),
        format!("{{{first}}}, {{{second}}}"),
        format!("urn:uuid:{first};urn:uuid:{second}"),
        format!("https://musicbrainz.org/artist/{first} https://musicbrainz.org/artist/{second}"),
        format!("{}|{}", first.to_uppercase(), second.to_uppercase()),
        format!("{first}\n{second}"),
    ] {
        let parsed = read(&flac_with(&[format!("MUSICBRAINZ_ARTISTID={written}").as_bytes()])).expect("a FLAC");
        let found: Vec<String> = parsed
            .tags
            .musicbrainz
            .artists
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(found, [first, second], "{written}");
    }
}

#[test]
fn lists_of_a_wav_are_read_in_unicode_and_under_other_names() {
    let of = |items: &[(&[u8], &[u8])]| {
        let items: Vec<u8> = items.iter().flat_map(|(id, text)| chunk(id, text)).collect();
        read(&wav(100, 1600, &chunk(b"LIST", &[b"INFO".as_slice(), &items].concat()))).expect("a WAV")
    };
    let parsed = of(&[
        (b"INAM", b"\xef\xbb\xbfCaf\xc3\xa9\0"),
        (b"IART", b"Band\0\0\0"),
        (b"ITRK", b"3/12\0"),
    ]);
    assert_eq!(texts(&parsed)[..2], [Some("Café"), Some("Band")]);
    assert_eq!(parsed.tags.track_number, Some(3));
    let parsed = of(&[
        (b"INAM", b"Song\0"),
        (b"ICRD", b"25.11.2009\0"),
        (b"IGNR", b"Rock\0"),
        (b"IPRT", b"4\0"),
    ]);
    assert_eq!(
        (parsed.tags.date.as_deref(), parsed.tags.track_number),
        (Some("2009-11-25"), Some(4))
    );
    // An item that says it is longer than the list.
    let items = [
        chunk(b"INAM", b"Song\0"),
        [b"IART".as_slice(), &[0xff, 0xff, 0, 0], b"Band\0"].concat(),
    ]
    .concat();
    let list = chunk(b"LIST", &[b"INFO".as_slice(), &items].concat());
    let parsed = read(&wav(100, 1600, &list)).expect("a WAV");
    assert_eq!(texts(&parsed)[..2], [Some("Song"), Some("Band")]);
    assert_eq!(parsed.properties.format, AudioFormat::Wav);
}
