//! Tags of MP4 files: lists whose items are damaged, and what each kind of item says.

#![expect(clippy::cast_possible_truncation, reason = "files made here are small")]

use media::{MusicBrainzIds, Tags};

use super::{media_faults::fixture, media_tags::read};

fn sized(kind: [u8; 4], content: &[u8]) -> Vec<u8> {
    [&(content.len() as u32 + 8).to_be_bytes(), &kind, content].concat()
}

fn value(well_known: u32, content: &[u8]) -> Vec<u8> {
    sized(*b"data", &[&well_known.to_be_bytes(), &[0; 4], content].concat())
}

fn item(kind: [u8; 4], content: &[u8]) -> Vec<u8> {
    sized(kind, &value(1, content))
}

fn free_item(name: &[u8], values: &[&[u8]]) -> Vec<u8> {
    let mean = sized(*b"mean", b"\0\0\0\0com.apple.iTunes");
    let name = sized(*b"name", &[b"\0\0\0\0", name].concat());
    let values: Vec<u8> = values.iter().flat_map(|one| value(1, one)).collect();
    sized(*b"----", &[mean, name, values].concat())
}

/// A real file with this list as its tag.
fn tagged(items: &[Vec<u8>]) -> Vec<u8> {
    let mut mp4 = fixture("m4a-fragmented.m4a");
    let find = |mp4: &[u8], kind: &[u8]| mp4.windows(4).position(|four| four == kind);
    if let Some(own) = find(&mp4, b"udta") {
        mp4[own..own + 4].copy_from_slice(b"free");
    }
    let meta = [vec![0; 4], sized(*b"hdlr", &[0; 25]), sized(*b"ilst", &items.concat())].concat();
    let tag = sized(*b"udta", &sized(*b"meta", &meta));
    let moov = find(&mp4, b"moov").expect("a movie") - 4;
    let size = u32::from_be_bytes(mp4[moov..moov + 4].try_into().expect("four bytes"));
    mp4[moov..moov + 4].copy_from_slice(&(size + tag.len() as u32).to_be_bytes());
    let end = moov + size as usize;
    mp4.splice(end..end, tag);
    mp4
}

#[test]
fn a_damaged_item_of_an_mp4_loses_itself_and_not_the_tag() {
    let title = item(*b"\xa9nam", b"Song");
    let artist = item(*b"\xa9ART", b"Somebody");
    let with_size = |item: &[u8], at: usize, size: u32| {
        let mut changed = item.to_vec();
        changed[at..at + 4].copy_from_slice(&size.to_be_bytes());
        changed
    };
    let album = item(*b"\xa9alb", b"Album");
    for (what, damaged) in [
        ("not UTF-8", item(*b"\xa9cmt", b"\xff\xfe\xfd")),
        ("no value", sized(*b"\xa9alb", b"")),
        ("a value of another kind", sized(*b"\xa9alb", &sized(*b"what", b"ever"))),
        ("a value that is cut", sized(*b"\xa9alb", b"\0\0\0\x20da")),
        ("a value that claims more than its item", with_size(&album, 8, 4000)),
        ("a value that claims less than its header", with_size(&album, 8, 3)),
        (
            "an item that claims more than there is",
            with_size(&album, 0, 0x7fff_ffff),
        ),
        ("a cover that is none", sized(*b"covr", &value(13, b"not a picture"))),
        ("a number that is cut", sized(*b"trkn", &value(0, b"\0"))),
        ("a genre that does not exist", sized(*b"gnre", &value(0, &[1, 0]))),
    ] {
        let parsed = read(&tagged(&[title.clone(), damaged, artist.clone()])).expect("an MP4");
        let found = (parsed.tags.title.as_deref(), parsed.tags.artist.as_deref());
        assert_eq!(found, (Some("Song"), Some("Somebody")), "{what}");
    }
    // From an item without a size on nothing can be found; what stood before it stays.
    let cut = with_size(&album, 0, 5);
    let parsed = read(&tagged(&[title, cut, artist])).expect("an MP4");
    assert_eq!(parsed.tags.title.as_deref(), Some("Song"));
}

#[test]
fn the_items_of_an_mp4_are_read_by_their_types() {
    let utf16: Vec<u8> = "Песня".encode_utf16().flat_map(u16::to_be_bytes).collect();
    let id = "2f2bd6ba-9b6b-4c0e-8d1d-0d3f3a3bd0a5";
    let parsed = read(&tagged(&[
        sized(*b"\xa9nam", &value(2, &utf16)),
        item(*b"\xa9ART", "Исполнитель".as_bytes()),
        item(*b"aART", b"Various Artists"),
        item(*b"\xa9day", b"2009-11-25T08:00:00Z"),
        sized(*b"trkn", &value(0, &[0, 0, 0, 3, 0, 12, 0, 0])),
        sized(*b"disk", &value(0, &[0, 0, 0, 2, 0, 2])),
        sized(*b"gnre", &value(0, &[0, 18])),
        sized(*b"cpil", &value(21, &[1])),
        free_item(b"ARTISTS", &[b"One", b"Two"]),
        free_item(b"MusicBrainz Track Id", &[id.as_bytes()]),
        free_item(b"TITLE", &[b"Another title"]),
    ]))
    .expect("an MP4");
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    let expected = Tags {
        title: Some("Песня".to_owned()),
        artist: Some("Исполнитель".to_owned()),
        artists: texts(&["One", "Two"]),
        album_artist: Some("Various Artists".to_owned()),
        genres: texts(&["Rock"]),
        date: Some("2009-11-25".to_owned()),
        track_number: Some(3),
        disc_number: Some(2),
        compilation: true,
        musicbrainz: MusicBrainzIds {
            recording: Some(id.parse().expect("an id")),
            ..MusicBrainzIds::default()
        },
        ..Tags::default()
    };
    assert_eq!(parsed.tags, expected);
}
