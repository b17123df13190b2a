//! What is written is read again, and no bytes make a reader panic.

use proptest::prelude::*;

use super::*;

fn entry(title: &str, artist: Option<&str>) -> PlaylistEntry {
    PlaylistEntry {
        title: Some(title.to_owned()),
        artist: artist.map(str::to_owned),
        album: Some("Noch & <Day>".to_owned()),
        duration_ms: Some(240_000),
        identifiers: vec!["urn:uuid:01901b2c-0000-7000-8000-000000000003".to_owned()],
        locations: vec!["http://127.0.0.1/a?b=1&c=2".to_owned()],
    }
}

fn file() -> PlaylistFile {
    PlaylistFile {
        title: Some("Road \"1\"".to_owned()),
        description: Some("a < b\nand more".to_owned()),
        entries: vec![entry("Игра", Some("Кино")), entry("Song", None)],
    }
}

#[test]
fn what_is_written_is_read_again() {
    for format in [PlaylistFormat::Xspf, PlaylistFormat::Jspf] {
        assert_eq!(read_playlist(write_playlist(format, &file()).as_bytes()), Ok(file()));
    }
    // M3U has no place for a description and for identifiers.
    let mut plain = file();
    plain.description = None;
    plain.entries.iter_mut().for_each(|entry| entry.identifiers.clear());
    assert_eq!(
        read_playlist(write_playlist(PlaylistFormat::M3u8, &file()).as_bytes()),
        Ok(plain)
    );
}

#[test]
fn an_m3u_needs_no_description_of_its_lines() {
    let bytes = b"C:\\Music\\Kino - Igra.mp3\r\n\r\n# a comment\r\n/home/ada/song.ogg\r\n";
    let read = read_playlist(bytes).unwrap();
    let names: Vec<_> = read
        .entries
        .iter()
        .map(|entry| (entry.artist.as_deref(), entry.title.as_deref()))
        .collect();
    assert_eq!(names, [(Some("Kino"), Some("Igra")), (None, Some("song"))]);
}

#[test]
fn an_old_m3u_is_read_in_its_encoding() {
    let (bytes, _, _) =
        encoding_rs::WINDOWS_1251.encode("#EXTM3U\n#EXTINF:10,Виктор Цой - Звезда по имени Солнце\n1.mp3\n");
    let read = read_playlist(&bytes).unwrap();
    assert_eq!(read.entries[0].title.as_deref(), Some("Звезда по имени Солнце"));
}

#[test]
fn what_is_no_playlist_is_refused() {
    assert_eq!(read_playlist(b""), Err(PlaylistFileError::Unknown));
    assert_eq!(read_playlist(b"a\0b"), Err(PlaylistFileError::Unknown));
    for broken in [
        "<html/>",
        "<playlist>",
        "{}",
        "{\"playlist\": 1}",
        "<!DOCTYPE p [<!ENTITY a \"b\">]><playlist>&a;</playlist>",
    ] {
        let refused = read_playlist(broken.as_bytes());
        assert!(
            matches!(refused, Err(PlaylistFileError::Broken(..))),
            "{broken}: {refused:?}"
        );
    }
    let long = "1.mp3\n".repeat(MAX_ENTRIES + 1);
    assert_eq!(read_playlist(long.as_bytes()), Err(PlaylistFileError::TooMany));
}

proptest! {
    #[test]
    fn no_bytes_make_a_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), start in prop::sample::select(vec!["", "<playlist><trackList><track>", "{\"playlist\":{\"track\":[", "#EXTINF:"])) {
        let _ = read_playlist(&[start.as_bytes(), &bytes].concat());
    }

    #[test]
    fn any_title_survives(title in "[ -~а-яё日本]{1,60}") {
        let file = PlaylistFile { entries: vec![PlaylistEntry { title: Some(title.clone()), ..PlaylistEntry::default() }], ..PlaylistFile::default() };
        let expected = text(&title);
        for format in [PlaylistFormat::Xspf, PlaylistFormat::Jspf] {
            let read = read_playlist(write_playlist(format, &file).as_bytes()).unwrap();
            prop_assert_eq!(&read.entries[0].title, &expected);
        }
    }
}
