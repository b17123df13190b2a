//! What a playlist takes and refuses, and that ranks always lie between their neighbours.

use std::collections::HashMap;

use events::{PlaylistId, PlaylistItemId, Role, Time, TrackId, UserId, Visibility};
use proptest::prelude::*;
use serde_json::Value;
use utoipa::PartialSchema;
use uuid::Uuid;

use super::*;

const NOW: i64 = 1_790_000_000_000;

fn ada() -> Actor {
    Actor {
        user_id: UserId(Uuid::from_u128(1)),
        role: Role::Listener,
    }
}

fn playlist(fields: PlaylistFields) -> Result<Playlist, Refusal> {
    Playlist::create(PlaylistId(Uuid::from_u128(2)), fields, ada(), 0, Time::from_millis(NOW))
}

fn empty() -> Playlist {
    playlist(PlaylistFields::new("Road".to_owned())).unwrap()
}

fn track(n: u128) -> TrackId {
    TrackId(Uuid::from_u128(n))
}

fn known() -> HashMap<TrackId, ListedTrack> {
    let listed = |duration_ms| ListedTrack {
        title: "Igra".to_owned(),
        duration_ms,
    };
    HashMap::from([(track(1), listed(Some(60_000))), (track(2), listed(None))])
}

fn adds(playlist: Playlist, tracks: &[u128], position: Option<u32>) -> Result<Added, Refusal> {
    let asked = AddedTracks {
        track_ids: tracks.iter().map(|n| track(*n)).collect(),
        position,
    };
    let mut next = 100;
    let new_id = || {
        next += 1;
        Uuid::from_u128(next)
    };
    playlist.add(&asked, &known(), new_id, Time::from_millis(NOW + 1))
}

fn field(refusal: &Refusal) -> Vec<&'static str> {
    match refusal {
        Refusal::Invalid(invalid) => invalid.0.iter().map(|fault| fault.field).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn a_playlist_is_private_unless_it_is_said_to_be_public() {
    assert_eq!(empty().fields.visibility, Visibility::Private);
    let nobody = Sight::default();
    assert!(!empty().is_seen_by(nobody));
    assert!(empty().is_seen_by(ada().into()));
    let admin = Sight {
        user_id: None,
        is_admin: true,
    };
    assert!(empty().is_seen_by(admin));
    let public = PlaylistChanges {
        visibility: crate::Patch::Set(Visibility::Public),
        ..PlaylistChanges::default()
    };
    let public = empty().change(public, Time::from_millis(NOW + 5)).unwrap();
    assert!(public.is_seen_by(nobody));
    assert_eq!((public.version, public.updated_at.millis()), (2, NOW + 5));
    assert!(public.may_be_changed_by(ada()).is_ok());
    let bob = Actor {
        user_id: UserId(Uuid::from_u128(9)),
        role: Role::Artist,
    };
    assert_eq!(public.may_be_changed_by(bob), Err(Refusal::NotOwner));
}

#[test]
fn a_title_is_one_line_and_an_account_has_a_thousand_playlists() {
    for title in ["", " ", "a\nb", &"x".repeat(301)] {
        let refused = playlist(PlaylistFields::new(title.to_owned())).unwrap_err();
        assert_eq!(field(&refused), ["title"], "{title}");
    }
    let fields = PlaylistFields::new("Road".to_owned());
    let created = |owned| Playlist::create(empty().id, fields.clone(), ada(), owned, Time::from_millis(NOW));
    assert!(created(999).is_ok());
    assert_eq!(created(1_000), Err(Refusal::TooManyPlaylists));
}

#[test]
fn tracks_come_in_where_they_are_put() {
    let added = adds(empty(), &[1, 2, 1], None).unwrap();
    assert_eq!((added.playlist.tracks_count, added.playlist.duration_ms), (3, 120_000));
    assert_eq!((added.position, added.playlist.version), (0, 2));
    let more = |position| adds(added.playlist.clone(), &[2], position).unwrap().position;
    assert_eq!(
        [None, Some(0), Some(2), Some(3), Some(9_999)].map(more),
        [3, 0, 2, 3, 3]
    );
    let moved = |position| {
        added
            .playlist
            .clone()
            .move_items(position, vec![added.items[0].id], Time::from_millis(NOW))
    };
    assert_eq!([0, 2, 3].map(|position| moved(position).position), [0, 2, 2]);
    let left = added
        .playlist
        .clone()
        .remove(&[Some(60_000), None], Time::from_millis(NOW));
    assert_eq!((left.tracks_count, left.duration_ms), (1, 60_000));
}

#[test]
fn unknown_tracks_and_too_many_are_refused() {
    assert_eq!(field(&adds(empty(), &[], None).unwrap_err()), ["track_ids"]);
    assert_eq!(field(&adds(empty(), &[1], Some(10_001)).unwrap_err()), ["position"]);
    let unknown = adds(empty(), &[1, 7, 8], None).unwrap_err();
    assert_eq!(field(&unknown), ["track_ids", "track_ids"]);
    assert!(unknown.to_string().contains("which stands at 1"), "{unknown}");
    let full = Playlist {
        tracks_count: 9_999,
        ..empty()
    };
    assert!(adds(full.clone(), &[1], None).is_ok());
    assert_eq!(field(&adds(full, &[1, 1], None).unwrap_err()), ["track_ids"]);
}

#[test]
fn items_are_named_in_one_way_and_each_once() {
    let one = PlaylistItemId(Uuid::from_u128(1));
    let asked = |item_id, item_ids| MovedItems {
        item_id,
        item_ids,
        position: 0,
    };
    assert_eq!(asked(Some(one), None).checked(), Ok(vec![one]));
    assert_eq!(asked(None, Some(vec![one, one])).checked(), Ok(vec![one]));
    let beyond = MovedItems {
        position: 10_001,
        ..asked(Some(one), None)
    };
    for wrong in [
        beyond,
        asked(None, None),
        asked(Some(one), Some(vec![one])),
        asked(None, Some(Vec::new())),
        asked(None, Some(vec![one; 501])),
    ] {
        assert!(wrong.checked().is_err());
    }
}

proptest! {
    #[test]
    fn ranks_lie_between_their_neighbours_and_rise(before in any::<Option<i64>>(), after in any::<Option<i64>>(), count in 1..600_usize) {
        let (before, after) = match (before, after) {
            (Some(a), Some(b)) => (Some(a.min(b)), Some(a.max(b))),
            other => other,
        };
        if let Some(ranks) = ranks_between(before, after, count) {
            prop_assert_eq!(ranks.len(), count);
            prop_assert!(ranks.windows(2).all(|pair| pair[0] < pair[1]));
            prop_assert!(before.is_none_or(|before| before < ranks[0]));
            prop_assert!(after.is_none_or(|after| ranks[count - 1] < after));
        } else {
            // Only where there is no room: at the ends of the numbers, or between close neighbours.
            let wide = |before: i64, after: i64| i128::from(after) - i128::from(before) > 600 && i128::from(after) - i128::from(before) <= i128::from(i64::MAX);
            prop_assert!(!before.zip(after).is_some_and(|(before, after)| wide(before, after)));
        }
    }

    #[test]
    fn ten_thousand_items_have_room_after_new_ranks(at in 0..9_999_i64, count in 1..10_000_usize) {
        prop_assert!(ranks_between(Some(at * RANK_GAP), Some((at + 1) * RANK_GAP), count).is_some());
        prop_assert!(ranks_between(Some(10_000 * RANK_GAP), None, count).is_some());
        prop_assert!(ranks_between(None, Some(RANK_GAP), count).is_some());
    }
}

#[test]
fn some_forty_additions_at_one_place_fit() {
    let (mut before, after) = (0, RANK_GAP);
    let mut fits = 0;
    while let Some(ranks) = ranks_between(Some(before), Some(after), 1) {
        before = ranks[0];
        fits += 1;
    }
    assert_eq!(fits, 40);
}

/// The fields of a body, as the document describes them.
fn properties<T: PartialSchema>() -> serde_json::Map<String, Value> {
    let schema = serde_json::to_value(T::schema()).unwrap();
    schema["properties"].as_object().unwrap().clone()
}

#[test]
fn a_new_playlist_takes_the_fields_of_a_playlist_as_they_are_and_tracks() {
    let mut new = properties::<NewPlaylist>();
    assert!(new.remove("track_ids").is_some());
    assert_eq!(new, properties::<PlaylistFields>());
}
