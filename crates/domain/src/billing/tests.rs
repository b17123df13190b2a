use events::CreditRole::{self, Featured, Main};
use proptest::prelude::*;

use super::{BilledArtist, MAX_ARTISTS, MAX_NAME_CHARS, billing};
use crate::name_key;

type Names = &'static [&'static str];

fn list(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn bill(artist: &str, artists: &[&str], title: &str) -> Vec<(String, CreditRole)> {
    let bill = billing(Some(artist), &list(artists), Some(title));
    bill.into_iter().map(|billed| (billed.name, billed.role)).collect()
}

fn main_and_featured(main: &[&str], featured: &[&str]) -> Vec<(String, CreditRole)> {
    let main = main.iter().map(|name| ((*name).to_owned(), Main));
    let featured = featured.iter().map(|name| ((*name).to_owned(), Featured));
    main.chain(featured).collect()
}

/// The line of artists; `|` stands where it is left to whoever shows it.
fn line(bill: &[BilledArtist]) -> String {
    let mut line = String::new();
    for (index, billed) in bill.iter().enumerate() {
        line.push_str(billed.credited_as.as_ref().unwrap_or(&billed.name));
        let last = index + 1 == bill.len();
        line.push_str(billed.join_phrase.as_deref().unwrap_or(if last { "" } else { "|" }));
    }
    line
}

#[test]
fn texts_are_divided_at_featuring_only() {
    let table: [(&str, &str, Names, Names); 24] = [
        ("Kino", "Blood Type", &["Kino"], &[]),
        ("Simon & Garfunkel", "", &["Simon & Garfunkel"], &[]),
        ("AC/DC", "", &["AC/DC"], &[]),
        ("Earth, Wind & Fire", "", &["Earth, Wind & Fire"], &[]),
        ("Florence + The Machine", "", &["Florence + The Machine"], &[]),
        ("A feat. B", "", &["A"], &["B"]),
        ("A FT. B", "", &["A"], &["B"]),
        ("A Featuring B & C", "", &["A"], &["B & C"]),
        ("A (feat. B)", "", &["A"], &["B"]),
        ("A [ft. B (UK)] & C", "", &["A"], &["B (UK)"]),
        ("A（feat. Б）", "", &["A"], &["Б"]),
        ("A, feat. B, ft. C", "", &["A"], &["B", "C"]),
        ("A & feat.B", "", &["A"], &["B"]),
        (
            "Defeat. Of The Left. Featurings",
            "",
            &["Defeat. Of The Left. Featurings"],
            &[],
        ),
        ("A", "Song (feat. B)", &["A"], &["B"]),
        ("A", "Song feat. B [Live]", &["A"], &["B"]),
        ("A", "Song feat. B - Radio Edit", &["A"], &["B"]),
        ("A", "Song [Live featuring B & C] (x)", &["A"], &["B & C"]),
        ("A", "Song (B feat. C Remix)", &["A"], &[]),
        ("A", "Featuring You", &["A"], &[]),
        ("A", "(feat. B) Song", &["A"], &["B"]),
        ("A feat. B", "Song (feat.  b )", &["A"], &["B"]),
        ("A feat. a", "Song ft. A", &["A"], &[]),
        ("feat. B", "Song", &[], &["B"]),
    ];
    for (artist, title, main, featured) in table {
        let expected = main_and_featured(main, featured);
        assert_eq!(bill(artist, &[], title), expected, "{artist} / {title}");
    }
}

#[test]
fn a_list_names_main_artists_and_the_texts_say_who_of_them_is_a_guest() {
    let table: [(&str, Names, &str, Names, Names); 14] = [
        ("A & B", &["A", "B"], "", &["A", "B"], &[]),
        ("A", &["A", "B"], "", &["A", "B"], &[]),
        ("", &["A", "B"], "", &["A", "B"], &[]),
        ("A feat. B & C", &["A", "B", "C"], "", &["A"], &["B", "C"]),
        ("A feat. B", &["B", "A"], "", &["A"], &["B"]),
        ("A feat. B & D", &["A", "B"], "", &["A"], &["B"]),
        ("A feat. D", &["A", "B"], "", &["A", "B"], &["D"]),
        ("A", &["A", "B", "C"], "Song (feat. B & C)", &["A"], &["B", "C"]),
        ("A & B", &["A", "B"], "Song (feat. B)", &["A", "B"], &[]),
        ("", &["A feat. B", "C"], "", &["A", "C"], &["B"]),
        ("B", &["B"], "Song (feat. B)", &["B"], &[]),
        ("feat. B", &["B"], "", &["B"], &[]),
        (
            "Earth, Wind & Fire feat. Fire",
            &["Fire", "Earth, Wind & Fire"],
            "",
            &["Earth, Wind & Fire"],
            &["Fire"],
        ),
        ("Somebody", &[" a ", "A", "", "\t"], "", &["a"], &[]),
    ];
    for (artist, artists, title, main, featured) in table {
        let expected = main_and_featured(main, featured);
        assert_eq!(
            bill(artist, artists, title),
            expected,
            "{artist} / {artists:?} / {title}"
        );
    }
}

#[test]
fn the_line_reads_as_the_display_text_where_it_has_the_names_in_order() {
    let table: [(&str, Names, &str, &str); 12] = [
        ("A & B feat. C", &["A", "B", "C"], "", "A & B feat. C"),
        ("A x B (Live)", &["A", "B"], "", "A x B (Live)"),
        ("A (feat. B)", &[], "", "A (feat. B)"),
        ("a  &  B", &["A", "B"], "", "a  &  B"),
        ("İstanbul & KINO", &["İSTANBUL", "Kino"], "", "İstanbul & KINO"),
        ("İstanbul & KINO", &["istanbul", "Kino"], "", "istanbul|KINO"),
        ("A", &["A", "B"], "", "A|B"),
        ("B & A", &["A", "B"], "", "A|B"),
        ("The A & B", &["A", "B"], "", "A|B"),
        ("A", &[], "Song (feat. B)", "A feat. B"),
        ("A & B", &["A", "B"], "Song (feat. C)", "A & B feat. C"),
        ("A (Live)", &["A"], "Song (feat. C)", "A feat. C"),
    ];
    for (artist, artists, title, expected) in table {
        let bill = billing(Some(artist), &list(artists), Some(title));
        let shown = line(&bill);
        assert_eq!(shown, expected, "{artist} / {artists:?} / {title}: {bill:?}");
    }
}

#[test]
fn another_spelling_is_kept_beside_the_name() {
    let bill = billing(Some("КИНО & Ёлка"), &list(&["Кино", "Ёлка"]), None);
    assert_eq!(bill[0].credited_as.as_deref(), Some("КИНО"));
    assert_eq!(bill[1].credited_as, None);
}

#[test]
fn what_says_nothing_bills_nobody() {
    for artist in [
        None,
        Some(""),
        Some(" "),
        Some("feat."),
        Some("(ft. )"),
        Some("\u{3000}feat.\u{a0}"),
    ] {
        let bill = billing(artist, &list(&[" ", "feat."]), Some(" feat. "));
        assert_eq!(bill, [], "{artist:?}");
    }
}

#[test]
fn there_are_bounds() {
    let many: Vec<String> = (0..1000).map(|n| format!("Artist {n}")).collect();
    assert_eq!(billing(Some(&many.join(" & ")), &many, None).len(), MAX_ARTISTS);
    let long = "ё".repeat(1000);
    let bill = billing(Some(&long), &[], None);
    assert_eq!(bill[0].name.chars().count(), MAX_NAME_CHARS);
}

/// Pieces of which tags are made, and what folds into another length.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("feat. ".to_owned()),
        Just(" FT.".to_owned()),
        Just(" featuring ".to_owned()),
        "[A-C]",
        " ?[&,/+()\\[\\]] ?",
        "[ İßſΣςﬁ\u{301}\u{3000}]",
        "\\PC{0,3}",
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

/// A name that is no word between names: who is called Vs is not known from one.
fn name() -> impl Strategy<Value = String> {
    let is_word = |name: &String| ["Vs", "Ft", "Feat"].contains(&name.as_str());
    "[A-Z][a-zé]{1,6}( [0-9]{1,3})?".prop_filter("a word between names", move |name| !is_word(name))
}

proptest! {
    #[test]
    fn nothing_is_invented(
        artist in prop::option::of(text()),
        artists in prop::collection::vec(text(), 0..5),
        title in prop::option::of(text()),
    ) {
        let bill = billing(artist.as_deref(), &artists, title.as_deref());
        let texts: Vec<&str> = artists.iter().chain(&artist).chain(&title).map(String::as_str).collect();
        for billed in &bill {
            prop_assert!(texts.iter().any(|text| text.contains(&billed.name)), "{:?}", billed);
            prop_assert!(!billed.name.is_empty() && billed.name.trim() == billed.name);
            prop_assert!(billed.name.chars().count() <= MAX_NAME_CHARS);
            prop_assert!(billed.credited_as.as_ref() != Some(&billed.name));
        }
        let mut keys: Vec<String> = bill.iter().map(|billed| name_key(&billed.name)).collect();
        keys.sort();
        keys.dedup();
        prop_assert_eq!(keys.len(), bill.len());
        prop_assert!(bill.len() <= MAX_ARTISTS);
        prop_assert!(bill.is_sorted_by_key(|billed| billed.role != Main));
    }

    #[test]
    fn a_text_of_listed_names_reads_the_same(
        main in prop::collection::btree_set(name(), 1..6),
        guests in prop::collection::btree_set("[К-Я][а-я]{1,6}", 0..4),
        joiner in prop::sample::select(vec![" & ", ", ", " / ", " + ", " vs. "]),
        word in prop::sample::select(vec![" feat. ", " ft. ", " Featuring ", " (feat. "]),
    ) {
        let names: Vec<String> = main.iter().chain(&guests).cloned().collect();
        let join = |names: &std::collections::BTreeSet<String>| names.iter().cloned().collect::<Vec<_>>().join(joiner);
        let text = match guests.len() {
            0 => join(&main),
            _ if word.contains('(') => format!("{}{word}{})", join(&main), join(&guests)),
            _ => format!("{}{word}{}", join(&main), join(&guests)),
        };
        let bill = billing(Some(&text), &names, None);
        let roles: Vec<_> = bill.iter().map(|billed| (billed.name.clone(), billed.role)).collect();
        let expected: Vec<_> = main.iter().map(|name| (name.clone(), Main))
            .chain(guests.iter().map(|name| (name.clone(), Featured))).collect();
        prop_assert_eq!(roles, expected);
        prop_assert_eq!(line(&bill), text);
    }
}
