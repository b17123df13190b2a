//! What the files of an album agree on: its title, its order, whose it is. Pure.

use std::{cmp::Ordering, collections::HashMap};

use domain::{AlbumFields, line, name_key};
use events::{AlbumType, CreditRole};
use http_kit::Error;
use store::{Reference, UploadedAlbum, UploadedCredit};

use super::files::Looked;
use crate::upload::plan::{Plan, various_artists};

/// By disc and place, then by name with its numbers as numbers: tracks without tags keep the order of their files.
pub(super) fn sort(files: &mut [Looked]) {
    files.sort_by(|a, b| {
        let place = |file: &Looked| {
            (
                file.tags.disc_number.unwrap_or(1),
                file.tags.track_number.unwrap_or(u32::MAX),
            )
        };
        place(a).cmp(&place(b)).then_with(|| by_number(&a.name, &b.name))
    });
}

/// `2.mp3` before `10.mp3`.
fn by_number(a: &str, b: &str) -> Ordering {
    let digits = |text: &str| text.chars().take_while(char::is_ascii_digit).count();
    let (mut a, mut b) = (a, b);
    loop {
        let (of_a, of_b) = (digits(a), digits(b));
        if of_a > 0 && of_b > 0 {
            let (number_a, number_b) = (a[..of_a].trim_start_matches('0'), b[..of_b].trim_start_matches('0'));
            let order = number_a.len().cmp(&number_b.len()).then_with(|| number_a.cmp(number_b));
            if order.is_ne() {
                return order;
            }
            (a, b) = (&a[of_a..], &b[of_b..]);
            continue;
        }
        let (mut rest_a, mut rest_b) = (a.chars(), b.chars());
        match (rest_a.next(), rest_b.next()) {
            (Some(next_a), Some(next_b)) if next_a == next_b => (a, b) = (rest_a.as_str(), rest_b.as_str()),
            (next_a, next_b) => return next_a.cmp(&next_b),
        }
    }
}

/// The one that most files name; of two as often, that of the first file.
pub(super) fn title(files: &[Looked]) -> Option<String> {
    let named = |file: &Looked| line("title", file.tags.album.as_deref()?, 300).ok();
    let titles: Vec<String> = files.iter().filter_map(named).collect();
    let mut count: HashMap<String, usize> = HashMap::new();
    for title in &titles {
        *count.entry(name_key(title)).or_default() += 1;
    }
    let most = count.values().max().copied()?;
    titles
        .into_iter()
        .find(|title| count.get(&name_key(title)) == Some(&most))
}

/// The album of all of them: that of the first file, by various artists where they have several and no album artist.
pub(super) fn album(plans: &[(Looked, Plan)]) -> Result<Option<UploadedAlbum>, Error> {
    let first = plans.iter().find_map(|(_, plan)| match &plan.parents.album {
        Some(Reference::Named(album)) => Some(album.clone()),
        _ => None,
    });
    let Some(first) = first else { return Ok(None) };
    let has_album_artist = plans
        .iter()
        .any(|(file, _)| file.tags.album_artist.is_some() || !file.tags.album_artists.is_empty());
    let mut leaders = plans.iter().filter_map(|(_, plan)| {
        plan.parents
            .credits
            .iter()
            .find(|credit| credit.role == CreditRole::Main)
            .map(leader)
    });
    let leader = leaders.next();
    let is_of_several = leaders.any(|other| Some(other) != leader);
    if has_album_artist || !is_of_several {
        // One whose files do not all name the album's artist is that of the file that does.
        let named = plans.iter().find(|(file, _)| file.tags.album_artist.is_some());
        let named = named.and_then(|(_, plan)| match &plan.parents.album {
            Some(Reference::Named(album)) => Some(album.clone()),
            _ => None,
        });
        return Ok(Some(named.unwrap_or(first)));
    }
    Ok(Some(UploadedAlbum {
        fields: AlbumFields {
            album_type: AlbumType::Compilation,
            ..first.fields
        },
        credits: vec![various_artists()?],
    }))
}

fn leader(credit: &UploadedCredit) -> String {
    match &credit.artist {
        Reference::Id(id) => id.to_string(),
        Reference::Named(fields) => name_key(&fields.name),
    }
}

#[cfg(test)]
mod tests {
    use super::by_number;

    #[test]
    fn numbers_in_names_are_numbers() {
        let mut names = [
            "10.mp3",
            "2.mp3",
            "CD2/1.mp3",
            "CD1/11.mp3",
            "CD1/02.mp3",
            "1.mp3",
            "a",
            "",
        ];
        names.sort_by(|a, b| by_number(a, b));
        assert_eq!(
            names,
            [
                "",
                "1.mp3",
                "2.mp3",
                "10.mp3",
                "CD1/02.mp3",
                "CD1/11.mp3",
                "CD2/1.mp3",
                "a"
            ]
        );
    }
}
