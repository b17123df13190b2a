//! Search inside scripts that put no spaces between words, and by signs that stand beside words.

use events::{ArtistId, TrackId};
use http_kit::Page;
use read_api::SearchHit;
use representations::Track;
use tests::{App, Person};

/// Who has them, and the tracks of these titles, searchable.
async fn tracks(app: &App, titles: &[&str]) -> Vec<TrackId> {
    let label = app.artist_account("label").await;
    let various = label.creates_artist("Various").await;
    let mut ids = Vec::new();
    for title in titles {
        ids.push(label.creates_track(various, title).await);
    }
    app.settle().await;
    ids
}

/// What is found of tracks, best first: ids and highlights.
async fn found(app: &App, words: &str) -> Vec<(String, Option<String>)> {
    let request = app
        .http()
        .request(reqwest::Method::GET, "/api/v1/tracks/search/")
        .query(&[("q", words), ("limit", "100")]);
    let page: Page<SearchHit<Track>> = app.http().send(request).await.is(200).parse();
    let hit = |hit: SearchHit<Track>| (hit.item.title, hit.relevance.highlight);
    page.items.into_iter().map(hit).collect()
}

#[tokio::test]
async fn a_part_of_a_run_without_spaces_finds_it() {
    let app = App::start().await;
    // Script by script: a title, a part from inside it, and what of the title is meant.
    let table = [
        ("ฉันรักเธอเสมอ", "รักเธอ", "ฉัน<em>รักเธอ</em>เสมอ"),
        ("ສະບາຍດີລາວ", "ບາຍດີ", "ສະ<em>ບາຍດີ</em>ລາວ"),
        ("ស្រឡាញ់អូន", "ឡាញ់", "ស្រ<em>ឡាញ់</em>អូន"),
        ("さくらんぼ", "くらん", "さ<em>くらん</em>ぼ"),
        ("ビートルズ", "トル", "ビー<em>トル</em>ズ"),
        ("보고싶다", "고싶", "보<em>고싶</em>다"),
        ("明天会更好", "会更", "明天<em>会</em><em>更</em>好"),
    ];
    let titles: Vec<&str> = table.iter().map(|(title, ..)| *title).collect();
    tracks(&app, &titles).await;
    for (title, part, marked) in table {
        let hits = found(&app, part).await;
        assert_eq!(
            hits.first(),
            Some(&(title.to_owned(), Some(marked.to_owned()))),
            "{part}: {hits:?}"
        );
        assert!(hits.len() == 1, "{part} finds more: {hits:?}");
        assert_eq!(found(&app, title).await[0].0, title);
    }
    // In the other kana, and across a border of scripts.
    assert_eq!(found(&app, "クラン").await[0].0, "さくらんぼ");
    assert_eq!(found(&app, "びーとる").await[0].0, "ビートルズ");
}

#[tokio::test]
async fn spaces_and_other_scripts_beside_a_run_do_not_hide_it() {
    let app = App::start().await;
    let titles = ["방탄 소년단 BTS", "ぱみゅぱみゅPONPON", "明天会更好", "天明"];
    tracks(&app, &titles).await;
    for (words, title) in [
        ("방탄소년단", titles[0]),
        ("소년단", titles[0]),
        ("bts", titles[0]),
        ("ponpon", titles[1]),
        ("みゅぱ", titles[1]),
        ("会更", titles[2]),
        // Both have both ideographs; side by side they stand in one of them.
        ("明天", titles[2]),
        ("天明", titles[3]),
        ("ming tian hui", titles[2]),
    ] {
        assert_eq!(found(&app, words).await[0].0, title, "{words}");
    }
}

#[tokio::test]
async fn a_sign_beside_words_is_found() {
    let app = App::start().await;
    tracks(&app, &["Deluxe", "÷ (Deluxe)", "= (Deluxe)", "A + B", "A B", "÷"]).await;
    let titles =
        async |words: &str| -> Vec<String> { found(&app, words).await.into_iter().map(|(title, _)| title).collect() };
    assert_eq!(titles("÷").await, ["÷", "÷ (Deluxe)"]);
    assert_eq!(titles("=").await, ["= (Deluxe)"]);
    assert_eq!(titles("＋").await, ["A + B"]);
    assert_eq!(titles("÷ deluxe").await[0], "÷ (Deluxe)");
    assert_eq!(titles("deluxe =").await[0], "= (Deluxe)");
    assert_eq!(titles("a + b").await[0], "A + B");
    // A sign that is not there hides nothing.
    assert_eq!(titles("deluxe +").await.len(), 3);
    let (_, highlight) = &found(&app, "÷ deluxe").await[0];
    assert_eq!(highlight.as_deref(), Some("<em>÷</em> (<em>Deluxe</em>)"));
}

#[tokio::test]
async fn names_of_signs_alone_and_signs_within_names_are_found() {
    let app = App::start().await;
    let names = [
        "!!!",
        "+/-",
        "☆",
        "$",
        "P!nk",
        "AC/DC",
        "Ke$ha",
        "M.I.A.",
        "မြန်မာသီချင်း",
        "ﾋﾞｰﾄﾙｽﾞ",
    ];
    tracks(&app, &names).await;
    for (words, title) in [
        ("!!!", "!!!"),
        ("+/-", "+/-"),
        ("☆", "☆"),
        ("$", "$"),
        ("p!nk", "P!nk"),
        ("ac/dc", "AC/DC"),
        ("ac dc", "AC/DC"),
        ("ke$ha", "Ke$ha"),
        ("m.i.a.", "M.I.A."),
        ("သီချင်း", "မြန်မာသီချင်း"),
        ("ートル", "ﾋﾞｰﾄﾙｽﾞ"),
    ] {
        let hits = found(&app, words).await;
        assert_eq!(
            hits.first().map(|(found, _)| found.as_str()),
            Some(title),
            "{words}: {hits:?}"
        );
    }
}

#[tokio::test]
async fn a_name_inside_a_run_finds_artists_and_their_works() {
    let app = App::start().await;
    let label: Person = app.artist_account("label").await;
    let artist: ArtistId = label.creates_artist("คาราบาวแดง").await;
    let track = label.creates_track(artist, "Made in Thailand").await;
    app.settle().await;
    let found = app.search("บาวแดง").await;
    assert_eq!((found.artists, found.tracks), (vec![artist], vec![track]));
}
