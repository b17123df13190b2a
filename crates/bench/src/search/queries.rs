//! Seeded queries: what a person types who looks for one track.

use std::collections::HashSet;

use crate::search::catalogue::Song;

/// Numbers that are the same in each run (splitmix64).
pub struct Draw(u64);

impl Draw {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// From 0 up to `most`, without it.
    pub fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^= mixed >> 31;
        usize::try_from(mixed % most.max(1) as u64).unwrap_or_default()
    }
}

/// Each way to type a title.
pub const WAYS: [(&str, Way); 7] = [
    ("exact", exact),
    ("title + artist", with_artist),
    ("one typo", |song, draw| typos(&song.title, 1, draw)),
    ("two typos", |song, draw| typos(&song.title, 2, draw)),
    ("title + artist, two typos", |song, draw| {
        typos(&with_artist(song, draw), 2, draw)
    }),
    ("words swapped", swapped),
    ("prefix of 60 %", prefix),
];

pub type Way = fn(&Song, &mut Draw) -> String;

/// So many titles of four letters or more, each with one of the songs that are called so.
pub fn sample<'a>(songs: &'a [Song], count: usize, draw: &mut Draw) -> Vec<&'a Song> {
    let mut titles = HashSet::new();
    let mut left: Vec<&Song> = songs
        .iter()
        .filter(|song| letters(&song.title) >= 4 && titles.insert(song.title.to_lowercase()))
        .collect();
    let mut picked = Vec::with_capacity(count);
    while picked.len() < count && !left.is_empty() {
        picked.push(left.swap_remove(draw.below(left.len())));
    }
    picked
}

fn letters(text: &str) -> usize {
    text.chars().filter(|c| c.is_alphabetic()).count()
}

fn exact(song: &Song, _: &mut Draw) -> String {
    song.title.clone()
}

fn with_artist(song: &Song, _: &mut Draw) -> String {
    format!("{} {}", song.title, song.artist)
}

fn swapped(song: &Song, draw: &mut Draw) -> String {
    let mut words: Vec<&str> = song.title.split_whitespace().collect();
    if words.len() > 1 {
        let (a, b) = (draw.below(words.len()), draw.below(words.len() - 1));
        let b = if b >= a { b + 1 } else { b };
        words.swap(a, b);
    }
    words.join(" ")
}

fn prefix(song: &Song, _: &mut Draw) -> String {
    let count = song.title.chars().count();
    let kept = (count * 6).div_ceil(10).max(3);
    song.title.chars().take(kept).collect::<String>().trim_end().to_owned()
}

/// Slips at different places, in words of four letters or more (three where there is none), never in a first letter.
fn typos(text: &str, count: usize, draw: &mut Draw) -> String {
    let mut words: Vec<Vec<char>> = text.split_whitespace().map(|word| word.chars().collect()).collect();
    let mut used = Vec::new();
    for _ in 0..count {
        let long = |least: usize, used: &[usize]| -> Vec<usize> {
            (0..words.len())
                .filter(|at| words[*at].len() >= least && !used.contains(at))
                .collect()
        };
        // The second slip is in another word, or in the same one where only that is long enough for two.
        let mut places = long(4, &used);
        if places.is_empty() {
            places = long(6, &[]);
        }
        if places.is_empty() {
            places = long(3, &used);
        }
        let Some(&word) = places.get(draw.below(places.len())) else {
            continue;
        };
        used.push(word);
        slip(&mut words[word], draw);
    }
    let words: Vec<String> = words.into_iter().map(String::from_iter).collect();
    words.join(" ")
}

fn slip(word: &mut Vec<char>, draw: &mut Draw) {
    let at = 1 + draw.below(word.len() - 1);
    let letter = char::from(b'a' + u8::try_from(draw.below(26)).unwrap_or_default());
    match draw.below(4) {
        0 => word[at] = letter,
        1 => word.insert(at, letter),
        2 => {
            word.remove(at);
        }
        _ if at + 1 < word.len() => word.swap(at, at + 1),
        _ => word[at] = letter,
    }
}
