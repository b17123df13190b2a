//! Small files of each container that is taken, tagged as the programs of the field tag them: a key with several values
//! has all of them. The sound is silence or nothing.

use super::chunk;

/// A kind of file, and of tags in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Container {
    /// MP3 with `ID3v2.4`: NUL stands between the values of a frame.
    Mp3,
    /// MP3 with `ID3v2.3`, which has no standard way for several values: a frame for each.
    OldMp3,
    /// FLAC with a Vorbis comment.
    Flac,
    /// Vorbis in Ogg.
    Ogg,
    /// Opus in Ogg.
    Opus,
    /// AAC in MP4.
    M4a,
    /// WAV with a chunk of `ID3v2.4`.
    Wav,
}

/// Keys of [`Container::bytes`], and what they are in Vorbis comments, in ID3 (long ones in TXXX) and in MP4 (long ones
/// in freeform atoms of iTunes), as `MusicBrainz` Picard maps them
/// (<https://picard-docs.musicbrainz.org/en/appendices/tag_mapping.html>).
const KEYS: [(&str, [&str; 3]); 13] = [
    ("title", ["TITLE", "TIT2", "\u{a9}nam"]),
    ("artist", ["ARTIST", "TPE1", "\u{a9}ART"]),
    ("artists", ["ARTISTS"; 3]),
    ("album", ["ALBUM", "TALB", "\u{a9}alb"]),
    ("album_artist", ["ALBUMARTIST", "TPE2", "aART"]),
    ("album_artists", ["ALBUMARTISTS"; 3]),
    ("date", ["DATE", "TDRC", "\u{a9}day"]),
    ("compilation", ["COMPILATION", "TCMP", "cpil"]),
    ("track", ["TRACKNUMBER", "TRCK", "trkn"]),
    ("disc", ["DISCNUMBER", "TPOS", "disk"]),
    (
        "album_id",
        ["MUSICBRAINZ_ALBUMID", "MusicBrainz Album Id", "MusicBrainz Album Id"],
    ),
    (
        "artist_id",
        ["MUSICBRAINZ_ARTISTID", "MusicBrainz Artist Id", "MusicBrainz Artist Id"],
    ),
    (
        "album_artist_id",
        [
            "MUSICBRAINZ_ALBUMARTISTID",
            "MusicBrainz Album Artist Id",
            "MusicBrainz Album Artist Id",
        ],
    ),
];

impl Container {
    /// Each of them.
    pub const ALL: [Self; 7] = [
        Self::Mp3,
        Self::OldMp3,
        Self::Flac,
        Self::Ogg,
        Self::Opus,
        Self::M4a,
        Self::Wav,
    ];

    /// The file with these tags: keys are `title`, `artist`, `artists`, `album`, `album_artist`, `album_artists`, `date`,
    /// `compilation`, `track`, `disc`, `album_id`, `artist_id` and `album_artist_id`; a key that stands several times has
    /// several values. The numbers of an MP4 are no text: a story of `track` and `disc` takes another container.
    #[must_use]
    pub fn bytes(self, tags: &[(&str, &str)]) -> Vec<u8> {
        match self {
            Self::Mp3 => [id3v24(&grouped(tags, 1)), mpeg_frames()].concat(),
            Self::OldMp3 => [id3v23(&grouped(tags, 1)), mpeg_frames()].concat(),
            Self::Flac => flac(&comments(&grouped(tags, 0))),
            Self::Ogg => vorbis(&comments(&grouped(tags, 0))),
            Self::Opus => opus(&comments(&grouped(tags, 0))),
            Self::M4a => m4a(&grouped(tags, 2)),
            Self::Wav => wav(&id3v24(&grouped(tags, 1))),
        }
    }

    /// Extension of such a file.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Mp3 | Self::OldMp3 => "mp3",
            Self::Flac => "flac",
            Self::Ogg => "ogg",
            Self::Opus => "opus",
            Self::M4a => "m4a",
            Self::Wav => "wav",
        }
    }
}

type Values<'a> = (&'static str, Vec<&'a str>);

/// Each key of this column once, with its values in order.
fn grouped<'a>(tags: &[(&str, &'a str)], column: usize) -> Vec<Values<'a>> {
    let values_of = |key: &str| tags.iter().filter(|tag| tag.0 == key).map(|tag| tag.1).collect();
    assert!(
        tags.iter().all(|tag| KEYS.iter().any(|(key, _)| *key == tag.0)),
        "unknown key in {tags:?}"
    );
    KEYS.iter()
        .map(|(key, names)| (names[column], values_of(key)))
        .filter(|(_, values): &Values<'_>| !values.is_empty())
        .collect()
}

fn length(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).expect("a small file")
}

fn synchsafe(bytes: &[u8]) -> [u8; 4] {
    [21, 14, 7, 0].map(|shift| u8::try_from(length(bytes) >> shift & 0x7f).expect("7 bits"))
}

fn id3v24(tags: &[Values<'_>]) -> Vec<u8> {
    let frame = |(key, values): &Values<'_>| {
        let text = values.join("\0");
        let (id, text) = match key.len() {
            4 => (*key, text),
            _ => ("TXXX", format!("{key}\0{text}")),
        };
        let content = [b"\x03".as_slice(), text.as_bytes()].concat();
        [id.as_bytes(), &synchsafe(&content), &[0, 0], &content].concat()
    };
    let frames: Vec<u8> = tags.iter().flat_map(frame).collect();
    [b"ID3\x04\0\0".as_slice(), &synchsafe(&frames), &frames].concat()
}

/// In UTF-16, as most programs write this version.
fn id3v23(tags: &[Values<'_>]) -> Vec<u8> {
    let utf16 = |text: &str| -> Vec<u8> {
        let text = format!("\u{feff}{text}");
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    };
    let frame = |key: &str, value: &str| {
        let (id, content) = match key.len() {
            4 => (key, utf16(value)),
            _ => ("TXXX", [utf16(key), vec![0, 0], utf16(value)].concat()),
        };
        let content = [vec![1], content].concat();
        [id.as_bytes(), &length(&content).to_be_bytes(), &[0, 0], &content].concat()
    };
    let frames: Vec<u8> = tags
        .iter()
        .flat_map(|(key, values)| values.iter().map(move |value| (key, value)))
        .flat_map(|(key, value)| frame(key, value))
        .collect();
    [b"ID3\x03\0\0".as_slice(), &synchsafe(&frames), &frames].concat()
}

/// Silent frames of layer III: MPEG 1, 44,100 Hz, mono, 128 kbit/s, 26 ms each.
fn mpeg_frames() -> Vec<u8> {
    let mut frame = vec![0; 417];
    frame[..4].copy_from_slice(&[0xff, 0xfb, 0x90, 0xc4]);
    frame.repeat(40)
}

/// A Vorbis comment without signature and framing bit (<https://xiph.org/vorbis/doc/v-comment.html>).
fn comments(tags: &[Values<'_>]) -> Vec<u8> {
    let text = |text: &str| [&length(text.as_bytes()).to_le_bytes(), text.as_bytes()].concat();
    let all: Vec<Vec<u8>> = tags
        .iter()
        .flat_map(|(key, values)| values.iter().map(move |value| text(&format!("{key}={value}"))))
        .collect();
    let count = u32::try_from(all.len()).expect("few tags").to_le_bytes();
    [text("jonquil"), count.to_vec(), all.concat()].concat()
}

fn flac(comments: &[u8]) -> Vec<u8> {
    let mut info = vec![16, 0, 16, 0, 0, 0, 0, 0, 0, 0];
    // 20 bits: 44,100 Hz (0xac44); 3: two channels; 5: 16 bits; 36: 441,000 samples (0x6baa8).
    info.extend((0xac44_u64 << 44 | 1 << 41 | 15 << 36 | 0x6_baa8).to_be_bytes());
    info.extend([0; 16]);
    let block = |kind: u8, body: &[u8]| [&[kind], &length(body).to_be_bytes()[1..], body].concat();
    [b"fLaC", &*block(0, &info), &block(0x84, comments), &[0xff, 0xf8, 0, 0]].concat()
}

/// A page of Ogg (RFC 3533, section 6), its checksum left out: nobody here looks at it.
fn page(kind: u8, number: u8, position: u64, packets: &[&[u8]]) -> Vec<u8> {
    let lacing: Vec<u8> = packets
        .iter()
        .flat_map(|packet| {
            let last = u8::try_from(packet.len() % 255).expect("below 255");
            std::iter::repeat_n(255, packet.len() / 255).chain([last])
        })
        .collect();
    let segments = u8::try_from(lacing.len()).expect("a small page");
    let header = [
        b"OggS\0".as_slice(),
        &[kind],
        &position.to_le_bytes(),
        b"song",
        &[number, 0, 0, 0],
        &[0; 4],
        &[segments],
        &lacing,
    ];
    [header.concat(), packets.concat()].concat()
}

/// Three headers (Vorbis I, section 4.2) and a second of nothing.
fn vorbis(comments: &[u8]) -> Vec<u8> {
    let head = [
        b"\x01vorbis\0\0\0\0\x01".as_slice(),
        &48_000_u32.to_le_bytes(),
        &[0; 4],
        &64_000_u32.to_le_bytes(),
        &[0; 4],
        b"\xb8\x01",
    ]
    .concat();
    let comments = [b"\x03vorbis", comments, b"\x01"].concat();
    [
        page(2, 0, 0, &[&head]),
        page(0, 1, 0, &[&comments, b"\x05vorbis"]),
        page(4, 2, 48_000, &[&[0; 40]]),
    ]
    .concat()
}

/// Two headers (RFC 7845, section 5) and a second of nothing.
fn opus(comments: &[u8]) -> Vec<u8> {
    let head = [b"OpusHead\x01\x01\0\0".as_slice(), &48_000_u32.to_le_bytes(), &[0; 3]].concat();
    [
        page(2, 0, 0, &[&head]),
        page(0, 1, 0, &[&[b"OpusTags", comments].concat()]),
        page(4, 2, 48_000, &[&[0; 40]]),
    ]
    .concat()
}

fn atom(name: &str, parts: &[&[u8]]) -> Vec<u8> {
    // The sign of copyright is one byte in names of atoms.
    let name: Vec<u8> = name.chars().map(|c| u8::try_from(c).expect("Latin-1")).collect();
    let body = parts.concat();
    [(length(&body) + 8).to_be_bytes().as_slice(), &name, &body].concat()
}

/// `moov` with one track of AAC and the tags, and a `mdat` (ISO 14496-12; tags as iTunes writes them).
fn m4a(tags: &[Values<'_>]) -> Vec<u8> {
    let number = u32::to_be_bytes;
    let item = |(key, values): &Values<'_>| {
        let data = |value: &&str| atom("data", &[&number(1), &[0; 4], value.as_bytes()]);
        let data: Vec<u8> = values.iter().flat_map(data).collect();
        if key.chars().count() == 4 {
            return atom(key, &[&data]);
        }
        let mean = atom("mean", &[&[0; 4], b"com.apple.iTunes"]);
        let name = atom("name", &[&[0; 4], key.as_bytes()]);
        atom("----", &[&mean, &name, &data])
    };
    let items: Vec<u8> = tags.iter().flat_map(item).collect();
    let handler = |kind: &[u8]| atom("hdlr", &[&[0; 8], kind, &[0; 13]]);
    let meta = atom("meta", &[&[0; 4], &handler(b"mdir"), &atom("ilst", &[&items])]);
    let sound = atom(
        "mp4a",
        &[
            &[0, 0, 0, 0, 0, 0, 0, 1],
            &[0; 8],
            &[0, 2, 0, 16, 0, 0, 0, 0],
            &number(44_100 << 16),
        ],
    );
    let table = atom("stbl", &[&atom("stsd", &[&[0; 4], &number(1), &sound])]);
    let header = atom("mdhd", &[&[0; 12], &number(44_100), &number(441_000), &[0; 4]]);
    let media = atom("mdia", &[&header, &handler(b"soun"), &atom("minf", &[&table])]);
    let movie = atom("moov", &[&atom("trak", &[&media]), &atom("udta", &[&meta])]);
    let kind = atom("ftyp", &[b"M4A \0\0\0\0M4A isom"]);
    [kind, movie, atom("mdat", &[&[0; 100]])].concat()
}

/// A tenth of a second of 16 bit mono, 8,000 Hz.
fn wav(id3: &[u8]) -> Vec<u8> {
    let format = [1, 0, 1, 0, 0x40, 0x1f, 0, 0, 0x80, 0x3e, 0, 0, 2, 0, 16, 0];
    let chunks = [chunk(b"fmt ", &format), chunk(b"id3 ", id3), chunk(b"data", &[0; 1600])];
    chunk(b"RIFF", &[b"WAVE", &*chunks.concat()].concat())
}
