use super::*;

fn place_of(partition: i32, offset: i64) -> EventPlace {
    EventPlace {
        topic: Topic::Listens,
        partition,
        offset,
    }
}

#[test]
fn a_token_survives_the_wire() {
    for token in [
        ConsistencyToken::Transaction(0),
        ConsistencyToken::Transaction(i64::MAX),
        ConsistencyToken::Places(vec![place_of(0, 0), place_of(11, 1_000_000)]),
    ] {
        assert_eq!(token.to_string().parse(), Ok(token));
    }
}

#[test]
fn what_no_command_has_answered_is_refused() {
    for plain in [
        "",
        "x",
        "-1",
        "99999999999999999999",
        "jonquil.listens.v1:0",
        "jonquil.listens.v1:0:1:2",
        "jonquil.listens.v1:-1:1",
        "jonquil.listens.v1:0:9223372036854775807",
        "jonquil.nothing.v1:0:1",
    ] {
        assert_eq!(
            URL_SAFE_NO_PAD.encode(plain).parse::<ConsistencyToken>(),
            Err(NotAToken),
            "{plain}"
        );
    }
    assert_eq!("not base64!".parse::<ConsistencyToken>(), Err(NotAToken));
    let many = vec!["jonquil.listens.v1:0:1"; MAX_PLACES + 1].join(",");
    assert_eq!(URL_SAFE_NO_PAD.encode(many).parse::<ConsistencyToken>(), Err(NotAToken));
}

#[test]
fn of_several_events_in_a_partition_the_last_one_counts() {
    let marks = store::Marks::default();
    for place in [place_of(1, 7), place_of(1, 5), place_of(0, 3)] {
        marks.published(place);
    }
    let token = ConsistencyToken::of(marks.marked());
    assert_eq!(
        token,
        Some(ConsistencyToken::Places(vec![place_of(1, 7), place_of(0, 3)]))
    );
    assert_eq!(ConsistencyToken::of(Marked::default()), None);
}
