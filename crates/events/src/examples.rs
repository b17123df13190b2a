//! One example of each event's data, for `schemas/events/`.

use uuid::Uuid;

use crate::{
    AlbumId, AlbumState, AlbumType, ArtistId, ArtistState, AudioState, Clicked, Context, ContextType, Credit,
    CreditRole, ExternalIds, Favourite, ItemMoved, ItemRemoved, ItemType, ItemsAdded, Listen, ListenerId, Named,
    PlacedTrack, PlaylistAction, PlaylistActivity, PlaylistId, PlaylistItemId, PlaylistState, Role, Searched, Served,
    ServedRequest, Time, TrackId, TrackState, UserId, UserState, Visibility,
};

pub(crate) fn id(n: u128) -> Uuid {
    Uuid::from_u128(0x0190_1b2c_0000_7000_8000_0000_0000_0000 + n)
}

pub(crate) fn moment() -> Time {
    Time::from_millis(1_767_225_600_000)
}

fn external(scheme: &str, value: &str) -> ExternalIds {
    ExternalIds::from([(scheme.to_owned(), value.to_owned())])
}

pub(crate) fn artist() -> ArtistState {
    ArtistState {
        id: ArtistId(id(1)),
        name: "Кино".to_owned(),
        bio: Some("A band from Leningrad.".to_owned()),
        country: Some("RU".to_owned()),
        genres: vec!["rock".to_owned()],
        cover_key: Some("covers/10/019ab0f4-7c3e-7d15-8a52-0c9d7a3f1b10.jpg".to_owned()),
        user_id: None,
        external_ids: external("mbid", "65da8ff8-1d3f-4a9f-b5d6-9d3d0c4f3b8d"),
        created_at: moment(),
        updated_at: moment(),
    }
}

fn kino() -> Named<ArtistId> {
    Named {
        id: ArtistId(id(1)),
        name: "Кино".to_owned(),
    }
}

pub(crate) fn album() -> AlbumState {
    AlbumState {
        id: AlbumId(id(2)),
        title: "Группа крови".to_owned(),
        artist: kino(),
        credits: vec![Credit::main(kino())],
        album_type: AlbumType::Album.into(),
        release_date: chrono::NaiveDate::from_ymd_opt(1988, 1, 5),
        genres: vec!["rock".to_owned()],
        cover_key: None,
        external_ids: ExternalIds::new(),
        taken_down: false,
        created_at: moment(),
        updated_at: moment(),
    }
}

impl TrackState {
    /// That of the contract.
    #[must_use]
    pub fn example() -> Self {
        track()
    }
}

pub(crate) fn track() -> TrackState {
    TrackState {
        id: TrackId(id(3)),
        title: "Спокойная ночь".to_owned(),
        artist: kino(),
        credits: vec![
            Credit {
                join_phrase: Some(" & ".to_owned()),
                ..Credit::main(kino())
            },
            Credit {
                artist: Named {
                    id: ArtistId(id(6)),
                    name: "Звуки Му".to_owned(),
                },
                role: CreditRole::Featured.into(),
                credited_as: Some("Звуки My".to_owned()),
                join_phrase: None,
            },
        ],
        album: Some(Named {
            id: AlbumId(id(2)),
            name: "Группа крови".to_owned(),
        }),
        duration_ms: Some(367_000),
        track_number: Some(4),
        disc_number: Some(1),
        genres: vec!["rock".to_owned()],
        explicit: false,
        external_ids: external("isrc", "FR10S8800004"),
        audio: Some(AudioState {
            format: "ogg".to_owned(),
            codec: "vorbis".to_owned(),
            bitrate_kbps: Some(192),
            sample_rate_hz: Some(44_100),
            channels: Some(2),
            size_bytes: 8_808_000,
            sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".to_owned(),
        }),
        cover_key: None,
        release_date: chrono::NaiveDate::from_ymd_opt(1988, 1, 5),
        taken_down: false,
        created_at: moment(),
        updated_at: moment(),
    }
}

pub(crate) fn user() -> UserState {
    UserState {
        user_id: UserId(id(4)),
        role: Role::Artist.into(),
        created_at: moment(),
    }
}

pub(crate) fn listen() -> Listen {
    Listen {
        event_id: id(9),
        listener_id: ListenerId(id(5)),
        track_id: TrackId(id(3)),
        artist_id: ArtistId(id(1)),
        artist_ids: vec![ArtistId(id(1)), ArtistId(id(6))],
        album_id: Some(AlbumId(id(2))),
        genres: vec!["rock".to_owned()],
        duration_ms: Some(367_000),
        listened_at: moment(),
        ms_played: 240_000,
        counted: true,
        source: Some("jonquil-web".to_owned()),
        device: Some("Firefox on Linux".to_owned()),
        context: Some(Context {
            kind: ContextType::Album.into(),
            id: Some(id(2)),
        }),
    }
}

pub(crate) fn playlist() -> PlaylistState {
    PlaylistState {
        id: PlaylistId(id(7)),
        visibility: Visibility::Public.into(),
        title: Some("Songs for a long road".to_owned()),
        owner_id: Some(UserId(id(4))),
        tracks_count: 1,
        duration_ms: 367_000,
        created_at: moment(),
        updated_at: moment(),
    }
}

pub(crate) fn items_added() -> ItemsAdded {
    ItemsAdded {
        playlist_id: PlaylistId(id(7)),
        position: 0,
        items: vec![PlacedTrack {
            item_id: PlaylistItemId(id(8)),
            track_id: TrackId(id(3)),
        }],
    }
}

pub(crate) fn item_removed() -> ItemRemoved {
    ItemRemoved {
        playlist_id: PlaylistId(id(7)),
        item_ids: vec![PlaylistItemId(id(8))],
    }
}

pub(crate) fn item_moved() -> ItemMoved {
    ItemMoved {
        playlist_id: PlaylistId(id(7)),
        position: 4,
        item_ids: vec![PlaylistItemId(id(8))],
    }
}

pub(crate) fn playlist_activity() -> PlaylistActivity {
    PlaylistActivity {
        event_id: id(9),
        playlist_id: PlaylistId(id(7)),
        action: PlaylistAction::Played.into(),
        track_id: Some(TrackId(id(3))),
        occurred_at: moment(),
    }
}

pub(crate) fn searched() -> Searched {
    Searched {
        listener_id: Some(ListenerId(id(5))),
        query: "кино".to_owned(),
        results_count: 12,
        clicked: Some(Clicked {
            kind: ItemType::Track.into(),
            id: id(3),
            position: 1,
        }),
    }
}

pub(crate) fn served() -> Served {
    Served {
        requests: vec![ServedRequest {
            at: moment(),
            route: "/api/v1/tracks/{track_id}".to_owned(),
            method: "GET".to_owned(),
            status: 200,
            duration_us: 3_200,
        }],
    }
}

pub(crate) fn favourite() -> Favourite {
    Favourite {
        listener_id: ListenerId(id(5)),
        kind: ItemType::Track.into(),
        id: id(3),
    }
}
