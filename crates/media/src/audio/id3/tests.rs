use proptest::prelude::*;

use super::*;

const BAND: &[u8] = b"\x01\xff\xfeB\0a\0n\0d\0";

fn header(version: u8) -> Header {
    Header {
        version,
        flags: 0,
        size: 0,
    }
}

/// Versions 2.3 and 2.4: below 128 bytes they write a size alike.
fn frame(id: &[u8], content: &[u8]) -> Vec<u8> {
    let size = u32::try_from(content.len()).expect("a small frame");
    [id, &size.to_be_bytes(), &[0, 0], content].concat()
}

fn old_frame(id: &[u8], content: &[u8]) -> Vec<u8> {
    let size = u32::try_from(content.len()).expect("a small frame");
    [id, &size.to_be_bytes()[1..], content].concat()
}

fn texts(tag: &Tag, field: Field) -> Vec<&str> {
    tag.texts(field).collect()
}

#[test]
fn a_damaged_frame_loses_itself_only() {
    let after = [frame(b"TPE1", BAND), frame(b"TALB", b"\x00LP")].concat();
    let (huge, small) = (
        frame(b"TIT2", &vec![b'x'; 70_000]),
        frame(b"TIT2", b"\x00Title of a song"),
    );
    let with_size = |size: u32| {
        let mut damaged = small.clone();
        damaged[4..8].copy_from_slice(&size.to_be_bytes());
        damaged
    };
    let damaged = [
        frame(b"TPUB", b"\x01L\0a\0b\0"),
        frame(b"APIC", b"\0image"),
        frame(b"APIC", b""),
        frame(b"UFID", b"\0"),
        frame(b"TXXX", b"\x01\xff\xfe"),
        frame(b"TXXX", b""),
        frame(b"TDRC", b""),
        frame(b"COMM", b"\x01e"),
        frame(b"tpub", b"\0x"),
        frame(b"TS2 ", b"\0Band, The"),
        frame(b"T\xff\xff\xff", b"\0x"),
        frame(b"\xe9\xe9\xe9\xe9", b"\0x"),
        vec![0; 100],
        b"junk between the frames".to_vec(),
        huge,
        with_size(3),
        with_size(17),
        with_size(40),
        with_size(0),
        with_size(0x7fff_ffff),
        with_size(u32::MAX),
    ];
    for (case, damaged) in damaged.into_iter().enumerate() {
        for version in [3, 4] {
            let tag = parse(header(version), [damaged.clone(), after.clone()].concat());
            let found = (texts(&tag, Field::Artist), texts(&tag, Field::Album));
            assert_eq!(found, (vec!["Band"], vec!["LP"]), "case {case} in version {version}");
        }
    }
}

#[test]
fn a_last_text_that_is_cut_off_is_read_as_far_as_it_goes() {
    let whole = frame(b"TIT2", b"\0A long title");
    let tag = parse(header(3), whole[..18].to_vec());
    assert_eq!(texts(&tag, Field::Title), ["A long "]);
}

#[test]
fn ids_of_version_2_2_are_known_in_later_tags() {
    for end in [b'\0', b' '] {
        let id = |id: &[u8]| [id, &[end]].concat();
        let body = [
            frame(&id(b"TT2"), b"\0Title"),
            frame(&id(b"TP1"), b"\0Band"),
            frame(&id(b"TAL"), b"\0LP"),
            frame(&id(b"TRK"), b"\x004"),
            frame(&id(b"PIC"), b"\0PNG\x03\0\x89PNG"),
        ];
        let tag = parse(header(3), body.concat());
        assert_eq!(texts(&tag, Field::Title), ["Title"]);
        assert_eq!(texts(&tag, Field::Artist), ["Band"]);
        assert_eq!(texts(&tag, Field::Album), ["LP"]);
        assert_eq!(texts(&tag, Field::TrackNumber), ["4"]);
        assert_eq!(tag.pictures.len(), 1);
    }
    let body = [
        old_frame(b"TT2", b"\0Title"),
        old_frame(b"XYZ", b"?"),
        old_frame(b"TP1", BAND),
    ];
    let tag = parse(header(2), body.concat());
    assert_eq!(
        (texts(&tag, Field::Title), texts(&tag, Field::Artist)),
        (vec!["Title"], vec!["Band"])
    );
}

#[test]
fn texts_are_read_whatever_their_encoding_byte_says() {
    let table: [(&[u8], &[&str]); 12] = [
        (b"\0Caf\xe9\0", &["Café"]),
        (b"\0Caf\xc3\xa9", &["Café"]),
        (b"\x01\xfe\xff\0A\0\0\xff\xfeB\0", &["A", "B"]),
        (b"\x01A\0b\0c\0", &["Abc"]),
        (b"\x01\xff\xfeA\0b\0\0", &["Ab"]),
        (b"\x01Abc", &["Abc"]),
        (b"\0\xff\xfeA\0b\0", &["Ab"]),
        (b"\x02\0A\0b", &["Ab"]),
        (b"\x03A\0B\0", &["A", "B"]),
        (b"\x03caf\xe9", &["café"]),
        (b"\x09Abc", &["Abc"]),
        (b"No encoding", &["No encoding"]),
    ];
    for (content, expected) in table {
        let tag = parse(header(4), frame(b"TIT2", content));
        assert_eq!(texts(&tag, Field::Title), expected, "{content:?}");
    }
}

#[test]
fn genres_by_number_have_their_names() {
    for (text, expected) in [
        ("(17)", vec!["Rock"]),
        ("17", vec!["Rock"]),
        ("(17)Hard Rock", vec!["Hard Rock"]),
        ("(17)(7)", vec!["Rock", "Hip-Hop"]),
        ("(RX)", vec!["Remix"]),
        ("((I think)", vec!["(I think)"]),
        ("(Live)", vec!["(Live)"]),
        ("Rock\0Pop", vec!["Rock", "Pop"]),
        ("999", vec!["999"]),
        ("()", vec!["()"]),
    ] {
        let tag = parse(header(3), frame(b"TCON", format!("\0{text}").as_bytes()));
        assert_eq!(texts(&tag, Field::Genre), expected, "{text}");
    }
}

#[test]
fn a_flag_of_an_extended_header_that_is_not_there_loses_nothing() {
    let flagged = Header {
        flags: 0x40,
        ..header(3)
    };
    let title = frame(b"TIT2", b"\0Title");
    let extended = [&[0, 0, 0, 6, 0, 0, 0, 0, 0, 0], title.as_slice()].concat();
    for body in [title, extended] {
        assert_eq!(texts(&parse(flagged, body), Field::Title), ["Title"]);
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic_or_hang(
        version in 0_u8..6,
        flags: u8,
        parts in prop::collection::vec(prop_oneof![
            prop::collection::vec(any::<u8>(), 0..40),
            (prop::sample::select(vec![b"TIT2", b"TXXX", b"APIC", b"UFID", b"TCON", b"TYER", b"TT2\0", b"COMM"]), prop::collection::vec(any::<u8>(), 0..40))
                .prop_map(|(id, content)| frame(id, &content)),
        ], 0..12),
        cut: prop::sample::Index,
    ) {
        let mut body = parts.concat();
        body.truncate(cut.index(body.len() + 1));
        let tag = parse(Header { version, flags, size: 0 }, body.clone());
        prop_assert!(tag.pictures.iter().all(|picture| picture.image.len() <= body.len()));
    }
}
