//! Who is billed on a work, from what the tags of its file say. The tags' title is not changed.

mod featuring;
mod folded;
#[cfg(test)]
mod tests;
mod various;

use std::{cmp::Reverse, ops::Range};

use events::CreditRole;

pub use self::various::{VARIOUS_ARTISTS, VARIOUS_ARTISTS_MBID, is_various_artists};
use self::{
    featuring::{Parts, guests_of_title, head, parts},
    folded::Folded,
};
use crate::name_key;

const MAX_ARTISTS: usize = 50;
const MAX_NAME_CHARS: usize = 255;
/// What is longer holds more than a joining word; the line of artists then uses its default.
const MAX_PHRASE_CHARS: usize = 60;
/// Between the last main artist and the first guest, where the display text does not say it.
const FEATURING: &str = " feat. ";

/// One artist as the tags name them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BilledArtist {
    /// A part of one of the texts, 1 to 255 characters, trimmed.
    pub name: String,
    /// Main or featured.
    pub role: CreditRole,
    /// The spelling of the display text, where it is another than the name.
    pub credited_as: Option<String>,
    /// What follows the name in the display text; `None` leaves it to the line of artists.
    pub join_phrase: Option<String>,
}

/// The artists of a work: main ones first, each once, 50 at most.
///
/// `artist` is the display text ("A & B feat. C"), `artists` the names of a multi-value tag. Only names of the list
/// and "feat.", "ft." or "featuring" divide a text: "&", ",", "/" and "+" stand in names too. The list wins over the
/// text. Where only a title names somebody, there are guests and no main artist.
#[must_use]
pub fn billing(artist: Option<&str>, artists: &[String], title: Option<&str>) -> Vec<BilledArtist> {
    let text = artist.unwrap_or_default().trim();
    let title = title.unwrap_or_default();
    let parts = parts(text);
    let title_guests = guests_of_title(title);
    let mut bill = Bill::of_list(artists);
    let listed = bill.entries.len();
    bill.locate(&Folded::new(text));
    bill.assign_roles(&parts, &title_guests);
    if listed == 0
        && let Some(lead) = &parts.lead
    {
        bill.add(text, lead, CreditRole::Main, true);
    }
    for guest in &parts.guests {
        if !bill.entries[..listed].iter().any(|entry| entry.is_within(guest)) {
            bill.add(text, guest, CreditRole::Featured, true);
        }
    }
    for guest in title_guests {
        let folded = Folded::new(guest);
        let names_listed = |entry: &Entry| folded.find(entry.name, &[]).is_some();
        if !bill.entries[..listed].iter().any(names_listed) {
            bill.add(guest, &(0..guest.len()), CreditRole::Featured, false);
        }
    }
    bill.entries.sort_by_key(|entry| entry.role != CreditRole::Main);
    bill.entries.truncate(MAX_ARTISTS);
    bill.finish(text)
}

struct Entry<'a> {
    name: &'a str,
    role: CreditRole,
    /// Where the display text has the name.
    span: Option<Range<usize>>,
}

impl Entry<'_> {
    fn is_within(&self, part: &Range<usize>) -> bool {
        self.span
            .as_ref()
            .is_some_and(|span| part.start <= span.start && span.end <= part.end)
    }
}

struct Bill<'a> {
    entries: Vec<Entry<'a>>,
    keys: Vec<String>,
}

impl<'a> Bill<'a> {
    /// The names of a multi-value tag. Some programs write "A feat. B" into one of its values.
    fn of_list(artists: &'a [String]) -> Self {
        let mut bill = Bill {
            entries: Vec::new(),
            keys: Vec::new(),
        };
        for artist in artists {
            let parts = parts(artist);
            if let Some(lead) = &parts.lead {
                bill.add(artist, lead, CreditRole::Main, false);
            }
            for guest in &parts.guests {
                bill.add(artist, guest, CreditRole::Featured, false);
            }
            if bill.entries.len() >= MAX_ARTISTS {
                break;
            }
        }
        bill
    }

    fn add(&mut self, text: &'a str, part: &Range<usize>, role: CreditRole, is_display_text: bool) {
        let name = head(&text[part.clone()], MAX_NAME_CHARS).trim();
        let key = name_key(name);
        if key.is_empty() || self.keys.contains(&key) {
            return;
        }
        let span = is_display_text.then(|| part.start..part.start + name.len());
        self.keys.push(key);
        self.entries.push(Entry { name, role, span });
    }

    /// Finds the names in the display text. Long names first: "Fire" is not in "Earth, Wind & Fire" where both are listed.
    fn locate(&mut self, text: &Folded) {
        let mut longest_first: Vec<&mut Entry> = self.entries.iter_mut().collect();
        longest_first.sort_by_key(|entry| Reverse(entry.name.len()));
        let mut taken: Vec<Range<usize>> = Vec::new();
        for entry in longest_first {
            entry.span = text.find(entry.name, &taken);
            taken.extend(entry.span.clone());
        }
    }

    /// A listed artist is a guest where the display text says so, or, of those it does not name, where the title does.
    fn assign_roles(&mut self, text: &Parts, title_guests: &[&str]) {
        let titles: Vec<Folded> = title_guests.iter().map(|guest| Folded::new(guest)).collect();
        let is_guest = |entry: &Entry| match &entry.span {
            Some(_) => text.guests.iter().any(|guest| entry.is_within(guest)),
            None => titles.iter().any(|title| title.find(entry.name, &[]).is_some()),
        };
        let is_main = |entry: &Entry| entry.role == CreditRole::Main && !is_guest(entry);
        // A list of guests only is a list of the main artists: nobody else could be one.
        if !self.entries.iter().any(is_main) {
            return;
        }
        for index in 0..self.entries.len() {
            if is_guest(&self.entries[index]) {
                self.entries[index].role = CreditRole::Featured;
            }
        }
    }

    fn finish(self, text: &str) -> Vec<BilledArtist> {
        let mut phrases = self.phrases(text);
        for (index, pair) in self.entries.windows(2).enumerate() {
            if pair[0].role == CreditRole::Main && pair[1].role != CreditRole::Main {
                phrases[index].get_or_insert(FEATURING);
            }
        }
        let entries = self.entries.into_iter().zip(phrases);
        entries
            .map(|(entry, phrase)| BilledArtist {
                name: entry.name.to_owned(),
                role: entry.role,
                credited_as: entry
                    .span
                    .and_then(|span| text.get(span))
                    .filter(|spelling| *spelling != entry.name && spelling.chars().count() <= MAX_NAME_CHARS)
                    .map(str::to_owned),
                join_phrase: phrase.map(str::to_owned),
            })
            .collect()
    }

    /// What stands after each name, where the display text begins with the names in this order.
    fn phrases<'t>(&self, text: &'t str) -> Vec<Option<&'t str>> {
        let mut phrases = vec![None; self.entries.len()];
        let spans: Vec<&Range<usize>> = self.entries.iter().map_while(|entry| entry.span.as_ref()).collect();
        let all = self.entries.iter().filter(|entry| entry.span.is_some()).count();
        let in_order = spans.windows(2).all(|pair| pair[0].end <= pair[1].start);
        if spans.len() < all || !in_order || spans.first().is_none_or(|first| first.start > 0) {
            return phrases;
        }
        for (index, span) in spans.iter().enumerate() {
            let end = match spans.get(index + 1) {
                Some(next) => next.start,
                None if index + 1 == self.entries.len() => text.len(),
                None => break,
            };
            phrases[index] = text
                .get(span.end..end)
                .filter(|phrase| !phrase.is_empty() && phrase.chars().count() <= MAX_PHRASE_CHARS);
        }
        phrases
    }
}
