//! Folding: what meets across accents, scripts and habits of Romanisation, and what holds for any text.

use proptest::prelude::*;
use read_search::fold::{exact, fold, nfc, skeleton, sort_key, words};

fn folded(text: &str) -> String {
    fold(text).join(" ")
}

fn skeletons(text: &str) -> String {
    fold(text)
        .iter()
        .map(|word| skeleton(word))
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn accents_case_and_width_do_not_matter() {
    for (shown, typed) in [
        ("Björk", "bjork"),
        ("Sigur Rós", "sigur ros"),
        ("MOTÖRHEAD", "motorhead"),
        ("Beyonce\u{301}", "beyonce"),
        ("Straße", "strasse"),
        ("Łódź", "lodz"),
        ("Ｋｉｎｏ", "kino"),
        ("İstanbul", "istanbul"),
    ] {
        assert_eq!(folded(shown), typed, "{shown}");
    }
}

#[test]
fn scripts_meet_in_latin_letters() {
    for (shown, typed) in [
        ("Кино", "kino"),
        ("Группа крови", "gruppa krovi"),
        ("Ёлка", "elka"),
        ("и\u{306}од", "yod"),
        ("Щенки", "shchenki"),
        ("キノ", "kino"),
        ("明天", "ming tian"),
        ("Океан Ельзи", "okean elzi"),
    ] {
        assert_eq!(folded(shown), typed, "{shown}");
    }
}

#[test]
fn habits_of_romanisation_meet_in_the_skeleton() {
    for habits in [
        &["Цой", "tsoy", "tsoi", "tsoj", "coy", "coj"][..],
        &["Хаски", "khaski", "haski", "haskij"],
        &["Щенки", "shchenki", "schenki", "shenki"],
        &["Новые", "novye", "novyye", "novie"],
        &["Ёлка", "yolka", "jolka", "elka"],
        &["Россия", "rossiya", "rossija", "rosia"],
        &["Осень", "osen", "osen'"],
        &["Группа", "gruppa", "grupa"],
        &["Žižek", "zhizhek", "Жижек"],
        &["Юля", "yulya", "julja", "iulia"],
    ] {
        for habit in habits {
            assert_eq!(skeletons(habit), skeletons(habits[0]), "{habit} of {habits:?}");
        }
    }
}

#[test]
fn punctuation_parts_words_and_an_apostrophe_does_not() {
    assert_eq!(folded("AC/DC"), "ac dc");
    assert_eq!(exact("AC/DC"), exact("acdc"));
    assert_eq!(folded("Don’t Stop"), "dont stop");
    assert_eq!(folded("Guns N' Roses"), "guns n roses");
    assert_eq!(folded("I ♥ NY"), "i hearts ny");
    assert_eq!(folded("  «—…!»  "), "");
}

#[test]
fn a_name_without_words_is_its_own_key() {
    assert_eq!(exact("!!!"), "!!!");
    assert_eq!(exact(" ÷ "), "÷");
    assert_eq!(sort_key("???"), "???");
    assert_eq!(exact(" \t"), "");
}

#[test]
fn digits_are_kept_apart_from_each_other() {
    assert_ne!(skeleton("1999"), skeleton("199"));
    assert_ne!(skeleton("22"), skeleton("2"));
}

#[test]
fn a_word_knows_where_it_stands() {
    let text = nfc("«Группа крови» – Don't");
    let found: Vec<&str> = words(&text, 10).iter().map(|word| &text[word.range.clone()]).collect();
    assert_eq!(found, ["Группа", "крови", "Don't"]);
    assert_eq!(words(&text, 2).len(), 2);
}

proptest! {
    #[test]
    fn folding_twice_changes_nothing(text in any::<String>()) {
        let once = folded(&text);
        prop_assert_eq!(folded(&once), once);
    }

    #[test]
    fn words_stand_in_order_inside_the_text(text in any::<String>()) {
        let text = nfc(&text);
        let mut end = 0;
        for word in words(&text, usize::MAX) {
            prop_assert!(word.range.start >= end && word.range.start < word.range.end);
            prop_assert!(text.get(word.range.clone()).is_some());
            prop_assert!(!word.folded.is_empty() && word.folded.chars().all(char::is_alphanumeric));
            end = word.range.end;
        }
    }

    #[test]
    fn keys_and_words_are_bounded(text in "\\PC{0,2000}") {
        prop_assert!(exact(&text).chars().count() <= 256);
        prop_assert!(sort_key(&text).chars().count() <= 256);
        prop_assert!(fold(&text).iter().all(|word| word.chars().count() <= 64));
    }

    #[test]
    fn case_does_not_matter_in_the_scripts_we_know(text in "[a-zа-яёіїєґA-ZА-ЯЁІЇЄҐ0-9 ]{0,60}") {
        prop_assert_eq!(folded(&text.to_uppercase()), folded(&text.to_lowercase()));
    }

    #[test]
    fn a_skeleton_is_no_longer_than_its_word_but_for_x(word in "[a-z0-9]{1,40}") {
        let grown = word.matches('x').count();
        prop_assert!(skeleton(&word).len() <= word.len() + grown);
        prop_assert!(!skeleton(&word).is_empty());
    }
}
