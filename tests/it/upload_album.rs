//! Albums: several files, or one archive, become tracks in order; a bad file is refused by name, a hostile archive whole.

use std::io::Write as _;

use flate2::{Compression, Crc, write::DeflateEncoder};
use http_kit::Page;
use representations::{Album, Track};
use reqwest::{
    Method,
    multipart::{Form, Part},
};
use tests::{Answer, App, Container, Person, Wav};
use write_api::{RejectedFile, UploadedAlbumAnswer};

const PATH: &str = "/api/v1/upload/uploadalbum/";
const KNOWN: &str = "/problems/audio-exists";

/// A song of an album: its place is a tag of RIFF.
fn song(seed: u32, title: &str, artist: &str, place: Option<u32>) -> Vec<u8> {
    let mut wav = Wav::named(1_000, seed, title, artist);
    wav.tags.push(("IPRD", "Группа крови".to_owned()));
    if let Some(place) = place {
        wav.tags.push(("ITRK", place.to_string()));
    }
    wav.bytes()
}

fn form(files: &[(&str, Vec<u8>)]) -> Form {
    let part = |(name, bytes): &(&str, Vec<u8>)| Part::bytes(bytes.clone()).file_name((*name).to_owned());
    files
        .iter()
        .fold(Form::new(), |form, file| form.part("files", part(file)))
}

async fn sends(by: &Person, form: Form) -> Answer {
    by.http.send(by.http.request(Method::POST, PATH).multipart(form)).await
}

fn titles(answer: &UploadedAlbumAnswer) -> Vec<(&str, Option<i16>)> {
    let shown = answer.tracks.iter();
    shown.map(|track| (track.title.as_str(), track.track_number)).collect()
}

/// Each file with the type of its problem.
fn refused(files: &[RejectedFile]) -> Vec<(&str, &str)> {
    let types = files.iter().map(|file| (file.file.as_str(), file.r#type.as_str()));
    types.collect()
}

#[tokio::test]
async fn files_become_an_album_in_the_order_of_their_tags() {
    let app = App::without_read_models().await;
    let label = app.artist_account("label").await;
    let files = [
        ("b.wav", song(2, "Zakroy za mnoy dver", "Кино", Some(2))),
        ("notes.txt", b"recorded in 1987".to_vec()),
        ("a.wav", song(1, "Gruppa krovi", "Кино", Some(1))),
        ("again.wav", song(1, "Gruppa krovi", "Кино", Some(1))),
    ];
    let mut picture = std::io::Cursor::new(Vec::new());
    let image = image::RgbImage::from_pixel(90, 90, image::Rgb([9, 9, 9]));
    image.write_to(&mut picture, image::ImageFormat::Png).unwrap();
    let form = form(&files).part("cover", Part::bytes(picture.into_inner()).file_name("front.png"));
    let answer: UploadedAlbumAnswer = sends(&label, form).await.is(201).parse();
    assert_eq!(
        titles(&answer),
        [("Gruppa krovi", Some(1)), ("Zakroy za mnoy dver", Some(2))]
    );
    assert_eq!(
        (answer.album.title.as_str(), answer.album.artist.name.as_str()),
        ("Группа крови", "Кино")
    );
    assert!(
        answer
            .tracks
            .iter()
            .all(|track| track.album.as_ref().is_some_and(|on| on.id == answer.album.id))
    );
    let types = [("notes.txt", "/problems/invalid"), ("again.wav", KNOWN)];
    assert_eq!(refused(&answer.rejected), types);
    let first = answer.tracks[0].id.to_string();
    assert!(
        answer.rejected[1].reason.contains(&first),
        "it names the track: {:?}",
        answer.rejected
    );
    let album: Album = app.http().read_as(&format!("/api/v1/albums/{}", answer.album.id)).await;
    assert_eq!(album.tracks_count, 2);
    let cover = album.cover_url.expect("the cover that was sent");
    app.http().get(&format!("{cover}?size=64")).await.is(200);

    // The same again: nothing goes in, each file is named.
    let again = sends(&label, self::form(&files)).await.is(422);
    assert_eq!(again.faults().len(), 4);
    let rejected: Vec<RejectedFile> = serde_json::from_value(again.json()["rejected"].clone()).unwrap();
    assert_eq!(refused(&rejected).iter().filter(|(_, kind)| *kind == KNOWN).count(), 3);
    assert_eq!(app.number("SELECT count(*) FROM tracks").await, 2);
    // More of it joins the same album.
    let more = [("c.wav", song(3, "Voyna", "Кино", Some(3)))];
    let more: UploadedAlbumAnswer = sends(&label, self::form(&more)).await.is(201).parse();
    assert_eq!(more.album.id, answer.album.id);
}

#[tokio::test]
async fn discs_stand_one_after_the_other_each_in_its_own_order() {
    let app = App::without_read_models().await;
    let label = app.artist_account("label").await;
    let song = |title: &str, disc: &str, track: &str| {
        let tags = [
            ("title", title),
            ("artist", "Kino"),
            ("album", "Noch"),
            ("disc", disc),
            ("track", track),
        ];
        Container::Flac.bytes(&tags)
    };
    let files = [
        ("1.flac", song("Second of two", "2/2", "2")),
        ("2.flac", song("First of two", "2/2", "1")),
        ("3.flac", song("Second of one", "1/2", "2")),
        ("4.flac", song("First of one", "1/2", "1/2")),
    ];
    let answer: UploadedAlbumAnswer = sends(&label, form(&files)).await.is(201).parse();
    let order = |tracks: &[Track]| -> Vec<(String, Option<i16>, Option<i16>)> {
        let places = tracks.iter();
        places
            .map(|track| (track.title.clone(), track.disc_number, track.track_number))
            .collect()
    };
    let expected = [
        ("First of one", 1, 1),
        ("Second of one", 1, 2),
        ("First of two", 2, 1),
        ("Second of two", 2, 2),
    ];
    let expected = expected.map(|(title, disc, track)| (title.to_owned(), Some(disc), Some(track)));
    assert_eq!(order(&answer.tracks), expected);
    // As the album is listed.
    let path = format!("/api/v1/albums/{}/tracks", answer.album.id);
    let listed: Page<Track> = app.http().read_as(&path).await;
    assert_eq!(order(&listed.items), expected);
}

#[tokio::test]
async fn an_album_of_several_artists_is_a_compilation_and_the_form_wins() {
    let app = App::without_read_models().await;
    let label = app.artist_account("label").await;
    let files = [
        ("10.wav", song(1, "Ten", "Кино", None)),
        ("2.wav", song(2, "Two", "Аквариум", None)),
    ];
    let answer: UploadedAlbumAnswer = sends(&label, form(&files)).await.is(201).parse();
    assert_eq!(titles(&answer), [("Two", None), ("Ten", None)], "by their names");
    assert_eq!(answer.album.artist.name, "Various Artists");
    assert_eq!(serde_json::to_value(&answer.album.album_type).unwrap(), "compilation");

    let mine = label.creates_artist("Moye").await;
    let files = [("x.wav", song(5, "X", "Кино", None))];
    let form = form(&files).text("title", "Mine").text("artist_id", mine.to_string());
    let answer: UploadedAlbumAnswer = sends(&label, form).await.is(201).parse();
    assert_eq!((answer.album.title.as_str(), answer.album.artist.id), ("Mine", mine));
    assert_eq!(answer.tracks[0].artist.id, mine);
}

#[tokio::test]
async fn what_is_no_album_is_refused_and_leaves_nothing() {
    let app = App::without_read_models().await;
    let (label, ada) = (app.artist_account("label").await, app.listener("ada").await);
    let wav = song(1, "Igra", "Kino", None);
    sends(&ada, form(&[("a.wav", wav.clone())])).await.is(403);
    assert_eq!(
        sends(&label, Form::new().text("title", "x")).await.is(422).faults(),
        ["files"]
    );
    let none = sends(&label, form(&[("a.txt", b"a".to_vec()), ("b.txt", b"b".to_vec())])).await;
    assert_eq!(none.is(422).faults(), ["a.txt", "b.txt"]);
    let untitled = Wav::named(1_000, 1, "Igra", "Kino").bytes();
    assert_eq!(
        sends(&label, form(&[("a.wav", untitled)])).await.is(422).faults(),
        ["title"]
    );
    assert_eq!(
        sends(&label, form(&[("a.wav", wav.clone())]).text("titel", "x"))
            .await
            .is(422)
            .faults(),
        ["titel"]
    );
    let bad_cover = form(&[("a.wav", wav)]).part("cover", Part::bytes(b"no picture".to_vec()).file_name("x.png"));
    assert_eq!(sends(&label, bad_cover).await.is(422).faults(), ["cover"]);
    assert_eq!(app.object_keys().await, Vec::<String>::new());
    assert_eq!(app.number("SELECT count(*) FROM objects").await, 0);
}

/// A file of an archive: name, bytes, mode of Unix, flags.
type Packed<'a> = (&'a str, Vec<u8>, u32, u16);

fn plain<'a>(name: &'a str, bytes: &[u8]) -> Packed<'a> {
    (name, bytes.to_vec(), 0o100_644, 0)
}

fn zip(files: &[Packed<'_>]) -> Vec<u8> {
    let (mut archive, mut directory) = (Vec::new(), Vec::new());
    for (name, bytes, mode, flags) in files {
        let mut deflated = DeflateEncoder::new(Vec::new(), Compression::default());
        deflated.write_all(bytes).unwrap();
        let deflated = deflated.finish().unwrap();
        let mut crc = Crc::new();
        crc.update(bytes);
        let length = |bytes: usize| u32::try_from(bytes).unwrap().to_le_bytes();
        let local = length(archive.len());
        let shared = [
            20_u16.to_le_bytes().as_slice(),
            &flags.to_le_bytes(),
            &8_u16.to_le_bytes(),
            &[0; 4],
            &crc.sum().to_le_bytes(),
            &length(deflated.len()),
            &length(bytes.len()),
            &u16::try_from(name.len()).unwrap().to_le_bytes(),
            &[0; 2],
        ]
        .concat();
        archive.extend([b"PK\x03\x04".as_slice(), &shared, name.as_bytes(), &deflated].concat());
        let mode = (mode << 16).to_le_bytes();
        directory.extend(
            [
                b"PK\x01\x02\x14\x03".as_slice(),
                &shared,
                &[0; 6],
                &mode,
                &local,
                name.as_bytes(),
            ]
            .concat(),
        );
    }
    let (start, bytes) = (
        u32::try_from(archive.len()).unwrap(),
        u32::try_from(directory.len()).unwrap(),
    );
    let count = u16::try_from(files.len()).unwrap().to_le_bytes();
    let end = [
        b"PK\x05\x06\0\0\0\0".as_slice(),
        &count,
        &count,
        &bytes.to_le_bytes(),
        &start.to_le_bytes(),
        &[0; 2],
    ];
    [archive, directory, end.concat()].concat()
}

#[tokio::test]
async fn an_archive_becomes_an_album_with_its_picture() {
    let app = App::without_read_models().await;
    let label = app.artist_account("label").await;
    let mut picture = std::io::Cursor::new(Vec::new());
    let image = image::RgbImage::from_pixel(500, 500, image::Rgb([200, 9, 9]));
    image.write_to(&mut picture, image::ImageFormat::Jpeg).unwrap();
    let archive = zip(&[
        plain("Gruppa krovi/", b""),
        plain("Gruppa krovi/2.wav", &song(2, "Dver", "Кино", Some(2))),
        plain("Gruppa krovi/1.wav", &song(1, "Krov", "Кино", Some(1))),
        plain("Gruppa krovi/broken.flac", b"fLaC and nothing"),
        plain("Gruppa krovi/Cover.jpg", &picture.into_inner()),
        plain("__MACOSX/Gruppa krovi/._1.wav", b"x"),
    ]);
    let answer: UploadedAlbumAnswer = sends(&label, form(&[("album.zip", archive)])).await.is(201).parse();
    assert_eq!(titles(&answer), [("Krov", Some(1)), ("Dver", Some(2))]);
    let rejected: Vec<_> = answer.rejected.iter().map(|file| file.file.as_str()).collect();
    assert_eq!(rejected, ["Gruppa krovi/broken.flac"]);
    let untitled = zip(&[plain("1.wav", &Wav::named(1_000, 7, "Noch", "Кино").bytes())]);
    let named: UploadedAlbumAnswer = sends(&label, form(&[("45. Leto.zip", untitled)])).await.is(201).parse();
    assert_eq!(
        named.album.title, "45. Leto",
        "by its own name, where nothing else says it"
    );
    let cover = app
        .http()
        .get(&answer.album.cover_url.expect("its picture"))
        .await
        .is(200);
    assert_eq!(image::load_from_memory(&cover.bytes).unwrap().width(), 500);
    let stream = format!("/api/v1/tracks/{}/stream", answer.tracks[0].id);
    assert_eq!(
        label.http.get(&stream).await.is(200).bytes,
        song(1, "Krov", "Кино", Some(1))
    );
}

#[tokio::test]
async fn a_hostile_archive_is_refused_whole() {
    let app = App::without_read_models().await;
    let label = app.artist_account("label").await;
    let good = || plain("good.wav", &song(1, "Krov", "Кино", Some(1)));
    let inner = zip(&[plain("x.wav", b"x")]);
    for (reason, bad) in [
        ("absolute", plain("/etc/cron.d/x", b"x")),
        ("leads out", plain("a/../../x.wav", b"x")),
        ("link", ("x.wav", b"/etc/passwd".to_vec(), 0o120_777, 0)),
        ("encrypted", ("x.wav", b"x".to_vec(), 0o100_644, 1)),
        ("archive itself", plain("more.wav", &inner)),
        ("hundred times", plain("bomb.wav", &vec![0; 4 * 1024 * 1024])),
    ] {
        let answer = sends(&label, form(&[("album.zip", zip(&[good(), bad]))])).await.is(422);
        let shown = answer.json().to_string();
        assert!(shown.contains(reason), "{reason}: {shown}");
        assert_eq!(answer.faults(), ["files"]);
    }
    let cut = zip(&[good()]);
    sends(&label, form(&[("album.zip", cut[..cut.len() - 9].to_vec())]))
        .await
        .is(422);
    assert_eq!(app.object_keys().await, Vec::<String>::new());
    assert_eq!(app.number("SELECT count(*) FROM tracks").await, 0);
}
