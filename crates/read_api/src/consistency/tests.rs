use super::*;

#[test]
fn a_list_waits_for_what_serves_it() {
    let artist = "artist_id=0198f3a0-0000-7000-8000-000000000001";
    for (kind, query, reads) in [
        ("tracks", "", None),
        ("artists", "limit=5&offset=10&sort=created_at", None),
        ("tracks", "sort=duration", None),
        ("tracks", artist, None),
        ("tracks", &format!("sort=duration&{artist}"), Some(Reads::Search)),
        ("albums", "sort=title", Some(Reads::Search)),
        ("tracks", "genre=rock", Some(Reads::Search)),
        ("tracks", "sort=plays&limit=5", Some(Reads::Counters)),
        // Where an index of Postgres has the filter alone.
        ("artists", "country=RU", None),
        ("albums", "type=single&limit=2", None),
        ("albums", "year=1988&sort=created_at", None),
        ("albums", "year=1988&sort=release_date", Some(Reads::Search)),
        ("albums", "year=1988&type=single", Some(Reads::Search)),
        ("albums", "year=1988&genre=rock", Some(Reads::Search)),
        ("tracks", "year=1988", Some(Reads::Search)),
    ] {
        assert_eq!(pages::reads(&format!("/api/v1/{kind}"), query), reads, "{kind} {query}");
    }
}

#[test]
fn a_read_model_waits_for_its_own_topics_only() {
    let place = |topic, offset| EventPlace {
        topic,
        partition: 3,
        offset,
    };
    let places = [place(Topic::Artists, 7), place(Topic::Users, 9)];
    let until = until(Reads::Search, &places);
    assert_eq!(until.len(), 1);
    assert_eq!(
        (until[0].topic, until[0].partition, until[0].next),
        (Topic::Artists, 3, 8)
    );
}
