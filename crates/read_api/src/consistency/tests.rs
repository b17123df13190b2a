use super::*;

#[test]
fn a_list_waits_for_what_serves_it() {
    for (query, reads) in [
        ("", None),
        ("limit=5&offset=10&sort=created_at", None),
        ("sort=duration", None),
        ("artist_id=0198f3a0-0000-7000-8000-000000000001", None),
        (
            "sort=duration&artist_id=0198f3a0-0000-7000-8000-000000000001",
            Some(Reads::Search),
        ),
        ("sort=title", Some(Reads::Search)),
        ("genre=rock", Some(Reads::Search)),
        ("sort=plays&limit=5", Some(Reads::Counters)),
    ] {
        assert_eq!(pages::reads(query), reads, "{query}");
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
