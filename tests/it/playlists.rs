//! Playlists: made, changed, filled, ordered, emptied; who sees them; what a deleted track leaves.

use std::collections::{BTreeSet, HashSet};

use events::{Event, PlaylistItemId, Topic, TrackId, Visibility};
use futures_util::future::join_all;
use http_kit::{Page, Problem};
use read_api::{OpenPlaylist, PlaylistItems};
use representations::Playlist;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, App, Person, Record, new_id, patient};
use uuid::Uuid;
use write_api::GrownPlaylist;

const PLAYLISTS: &str = "/api/v1/playlists/";

fn path(playlist: Uuid) -> String {
    format!("/api/v1/playlists/{playlist}")
}

/// Somebody with tracks of these titles.
async fn with_tracks(app: &App, titles: &[&str]) -> (Person, Vec<TrackId>) {
    let ada = app.artist_account("ada").await;
    let kino = ada.creates_artist("Kino").await;
    let mut tracks = Vec::new();
    for title in titles {
        tracks.push(ada.creates_track(kino, title).await);
    }
    (ada, tracks)
}

async fn creates(person: &Person, fields: &Value) -> Playlist {
    person.http.post(PLAYLISTS, fields).await.is(201).parse()
}

async fn adds(person: &Person, playlist: Uuid, body: &Value) -> GrownPlaylist {
    let path = format!("{}/tracks", path(playlist));
    person.http.post(&path, body).await.is(200).parse()
}

async fn moves(person: &Person, playlist: Uuid, body: &Value) -> Answer {
    person.http.put(&format!("{}/tracks/order", path(playlist)), body).await
}

async fn removes(person: &Person, playlist: Uuid, body: &Value) -> Answer {
    let path = format!("{}/tracks", path(playlist));
    person
        .http
        .send(person.http.request(Method::DELETE, &path).json(body))
        .await
}

/// The titles in their order, page by page.
async fn titles(person: &Person, playlist: Uuid) -> Vec<String> {
    let (mut titles, mut cursor) = (Vec::new(), String::new());
    loop {
        let page: PlaylistItems = person
            .http
            .read_as(&format!("{}/items?limit=2{cursor}", path(playlist)))
            .await;
        for item in page.items {
            assert_eq!(item.position, i64::try_from(titles.len()).unwrap());
            titles.push(
                item.track
                    .map_or_else(|| format!("({})", item.title.unwrap()), |track| track.title),
            );
        }
        match page.next_cursor {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return titles,
        }
    }
}

#[tokio::test]
async fn a_playlist_is_made_read_changed_and_deleted() {
    let app = App::start().await;
    let (ada, tracks) = with_tracks(&app, &["Noch", "Igra"]).await;
    let new = json!({"title": " Road ", "description": "far\naway", "track_ids": [tracks[1], tracks[0], tracks[1]]});
    let made = ada.http.post(PLAYLISTS, &new).await.is(201);
    let playlist: Playlist = made.parse();
    assert_eq!(made.header("etag"), format!("\"{}\"", playlist.version));
    assert_eq!((playlist.title.as_str(), playlist.owner.id), ("Road", ada.id));
    assert_eq!((playlist.visibility, playlist.tracks_count), (Visibility::Private, 3));
    assert_eq!(
        (playlist.duration_ms, playlist.owner.username.as_str()),
        (540_000, "ada")
    );

    let id = playlist.id.0;
    let open: OpenPlaylist = ada.http.read_as(&path(id)).await;
    assert_eq!(open.playlist, playlist);
    let shown = open
        .items
        .iter()
        .map(|item| (item.position, item.track.as_ref().unwrap().id));
    assert_eq!(
        shown.collect::<Vec<_>>(),
        [(0, tracks[1]), (1, tracks[0]), (2, tracks[1])]
    );
    assert!(
        open.items
            .iter()
            .all(|item| item.added_by == playlist.owner && item.title.is_none())
    );
    assert_eq!(open.items_next_cursor, None);

    let changes = json!({"title": "Far", "description": null, "visibility": "public"});
    let stale = ada
        .http
        .request(Method::PUT, &path(id))
        .header("if-match", "\"1\"")
        .json(&changes);
    ada.http.send(stale).await.is(412);
    let after: Playlist = ada.http.put(&path(id), &changes).await.is(200).parse();
    assert_eq!((after.title.as_str(), after.description), ("Far", None));
    assert_eq!(
        (after.visibility, after.version),
        (Visibility::Public, playlist.version + 1)
    );

    ada.http.delete(&path(id)).await.is(204);
    ada.http.get(&path(id)).await.is(404);
    ada.http.delete(&path(id)).await.is(404);
    assert_eq!(app.number("SELECT count(*) FROM playlist_items").await, 0);
}

#[tokio::test]
async fn what_a_playlist_cannot_take_is_refused_by_name() {
    let app = App::start().await;
    let (ada, tracks) = with_tracks(&app, &["Noch"]).await;
    let refused = async |body: Value| ada.http.post(PLAYLISTS, &body).await.is(422).faults();
    assert_eq!(refused(json!({})).await, ["title"]);
    assert_eq!(refused(json!({"title": ""})).await, ["title"]);
    assert_eq!(
        refused(json!({"title": "Road", "visibility": "secret"})).await,
        ["visibility"]
    );
    assert_eq!(refused(json!({"title": "Road", "colour": "red"})).await, ["colour"]);
    assert_eq!(
        refused(json!({"title": "Road", "track_ids": [new_id()]})).await,
        ["track_ids"]
    );
    assert_eq!(app.number("SELECT count(*) FROM playlists").await, 0);

    let id = creates(&ada, &json!({"title": "Road", "track_ids": tracks})).await.id.0;
    let adding = format!("{}/tracks", path(id));
    let refused = async |body: Value| ada.http.post(&adding, &body).await.is(422).faults();
    assert_eq!(refused(json!({})).await, ["track_ids"]);
    assert_eq!(refused(json!({"track_ids": []})).await, ["track_ids"]);
    assert_eq!(
        refused(json!({"track_ids": [tracks[0], new_id(), new_id()]})).await,
        ["track_ids", "track_ids"]
    );
    assert_eq!(
        refused(json!({"track_ids": tracks, "position": -1})).await,
        ["position"]
    );
    moves(&ada, id, &json!({"position": 0})).await.is(422);
    moves(&ada, id, &json!({"item_id": new_id(), "position": 0}))
        .await
        .is(404);
    removes(&ada, id, &json!({"item_ids": []})).await.is(422);
    removes(&ada, id, &json!({"item_ids": [new_id()]})).await.is(404);
    ada.http.delete(&format!("{adding}/{}", new_id())).await.is(404);
    ada.http.delete(&format!("{adding}/nonsense")).await.is(404);
    ada.http
        .get(&format!("{}/items?cursor=nonsense", path(id)))
        .await
        .is(422);
    ada.http.get(&format!("{}/items?limit=501", path(id))).await.is(422);
    assert_eq!(titles(&ada, id).await, ["Noch"]);
}

#[tokio::test]
async fn tracks_are_added_moved_and_removed_at_any_place() {
    let app = App::start().await;
    let (ada, tracks) = with_tracks(&app, &["a", "b", "c", "d", "e"]).await;
    let id = creates(&ada, &json!({"title": "Road"})).await.id.0;
    let grown = adds(&ada, id, &json!({"track_ids": [tracks[0], tracks[4]]})).await;
    assert_eq!((grown.playlist.tracks_count, grown.item_ids.len()), (2, 2));
    let more = adds(&ada, id, &json!({"track_ids": [tracks[1], tracks[2]], "position": 1})).await;
    adds(&ada, id, &json!({"track_ids": [tracks[3]], "position": 0})).await;
    assert_eq!(titles(&ada, id).await, ["d", "a", "b", "c", "e"]);

    let (a, e, b, c) = (grown.item_ids[0], grown.item_ids[1], more.item_ids[0], more.item_ids[1]);
    for (items, position, expected) in [
        (json!({"item_id": e}), 0, ["e", "d", "a", "b", "c"]),
        (json!({"item_id": e}), 2, ["d", "a", "e", "b", "c"]),
        (json!({"item_id": e}), 99, ["d", "a", "b", "c", "e"]),
        (json!({"item_ids": [c, a]}), 1, ["d", "c", "a", "b", "e"]),
        (json!({"item_ids": [b, new_id(), c]}), 3, ["d", "a", "e", "b", "c"]),
        (json!({"item_ids": [a]}), 1, ["d", "a", "e", "b", "c"]),
    ] {
        let mut body = items.clone();
        body["position"] = json!(position);
        moves(&ada, id, &body).await.is(200);
        assert_eq!(titles(&ada, id).await, expected, "{items} to {position}");
    }

    let gone = ada.http.delete(&format!("{}/tracks/{a}", path(id))).await.is(204);
    let left: Playlist = ada.http.read_as(&path(id)).await;
    assert_eq!(gone.header("etag"), format!("\"{}\"", left.version));
    assert_eq!((left.tracks_count, left.duration_ms), (4, 720_000));
    removes(&ada, id, &json!({"item_ids": [b, e, a]})).await.is(204);
    assert_eq!(titles(&ada, id).await, ["d", "c"]);
    items_stay_for_whoever_saw_another_version(&ada, &left, (tracks[0], c)).await;
    assert_eq!(titles(&ada, id).await, ["d", "c"]);
}

/// Each command on items, of somebody who saw the playlist as it was before.
async fn items_stay_for_whoever_saw_another_version(
    ada: &Person,
    before: &Playlist,
    (track, item): (TrackId, PlaylistItemId),
) {
    let tracks = format!("{}/tracks", path(before.id.0));
    let items = json!({ "item_ids": [item] });
    for (method, path, body) in [
        (Method::POST, tracks.clone(), json!({ "track_ids": [track] })),
        (
            Method::PUT,
            format!("{tracks}/order"),
            json!({"item_id": item, "position": 0}),
        ),
        (Method::DELETE, tracks.clone(), items),
        (Method::DELETE, format!("{tracks}/{item}"), Value::Null),
    ] {
        let request = ada.http.request(method.clone(), &path);
        let stale = request.header("If-Match", format!("\"{}\"", before.version));
        let stale = if body.is_null() { stale } else { stale.json(&body) };
        let refused: Problem = ada.http.send(stale).await.is(412).parse();
        assert_eq!(refused.r#type, "/problems/stale-version", "{method} {path}");
    }
}

#[tokio::test]
async fn an_item_put_at_one_place_again_and_again_still_stands_where_it_was_put() {
    let app = App::start().await;
    let (ada, tracks) = with_tracks(&app, &["first", "new", "last"]).await;
    let id = creates(&ada, &json!({"title": "Road", "track_ids": [tracks[0], tracks[2]]}))
        .await
        .id
        .0;
    // More than the room between two neighbours takes, so all items get new ranks on the way.
    for _ in 0..45 {
        adds(&ada, id, &json!({"track_ids": [tracks[1]], "position": 1})).await;
    }
    let before: OpenPlaylist = ada.http.read_as(&path(id)).await;
    assert_eq!(before.items.len(), 47);
    let newest = before.items[1].item_id;
    assert!(before.items[2..46].iter().all(|item| item.item_id < newest));
    assert_eq!(before.items[46].track.as_ref().unwrap().title, "last");
    for number in 0..45 {
        let item = before.items[46 - number % 2].item_id;
        moves(&ada, id, &json!({"item_id": item, "position": 1})).await.is(200);
    }
    let after: OpenPlaylist = ada.http.read_as(&path(id)).await;
    assert_eq!(after.items[1].item_id, before.items[46].item_id);
    let ids = |playlist: &OpenPlaylist| playlist.items.iter().map(|item| item.item_id).collect::<BTreeSet<_>>();
    assert_eq!(ids(&after), ids(&before));
}

#[tokio::test]
async fn many_at_once_lose_no_item() {
    let app = patient().start().await;
    let (ada, tracks) = with_tracks(&app, &["a", "b"]).await;
    let id = creates(&ada, &json!({"title": "Road", "track_ids": vec![tracks[0]; 20]}))
        .await
        .id
        .0;
    let start: OpenPlaylist = ada.http.read_as(&path(id)).await;
    let items: Vec<PlaylistItemId> = start.items.iter().map(|item| item.item_id).collect();
    let adding = (0..10).map(|at| {
        let (ada, body) = (ada.clone(), json!({"track_ids": [tracks[1]], "position": at}));
        async move { adds(&ada, id, &body).await.item_ids }
    });
    let removing = items[..5].iter().map(|item| {
        let (ada, item) = (ada.clone(), format!("{}/tracks/{item}", path(id)));
        async move { ada.http.delete(&item).await.is(204) }
    });
    let moving = items[5..15].iter().map(|item| {
        let (ada, body) = (ada.clone(), json!({"item_id": item, "position": 3}));
        async move { moves(&ada, id, &body).await.is(200) }
    });
    let (added, ..) = tokio::join!(join_all(adding), join_all(removing), join_all(moving));
    let end: OpenPlaylist = ada.http.read_as(&path(id)).await;
    let there: HashSet<PlaylistItemId> = end.items.iter().map(|item| item.item_id).collect();
    let expected: HashSet<PlaylistItemId> = items[5..].iter().copied().chain(added.into_iter().flatten()).collect();
    assert_eq!((there, end.playlist.tracks_count), (expected, 25));
    assert_eq!(end.playlist.version, start.playlist.version + 25);
}

#[tokio::test]
async fn a_private_playlist_is_there_for_its_owner_and_admins_only() {
    let app = App::start().await;
    let (ada, tracks) = with_tracks(&app, &["Noch"]).await;
    let (bob, admin) = (app.listener("bob").await, app.admin("root").await);
    let private = creates(&ada, &json!({"title": "Mine", "track_ids": tracks})).await.id.0;
    let public = creates(
        &ada,
        &json!({"title": "Ours", "visibility": "public", "track_ids": tracks}),
    )
    .await
    .id
    .0;
    for http in [app.http(), bob.http.clone()] {
        http.get(&path(private)).await.is(404);
        http.get(&format!("{}/items", path(private))).await.is(404);
        http.get(&path(public)).await.is(200);
        let of_ada: Page<Playlist> = http.read_as(&format!("/api/v1/playlists/user/{}", ada.id)).await;
        assert_eq!((of_ada.total, of_ada.items[0].id.0), (1, public));
    }
    let title = json!({"title": "Yours"});
    let tracks = json!({"track_ids": tracks});
    bob.http.put(&path(private), &title).await.is(404);
    bob.http.put(&path(public), &title).await.is(403);
    bob.http
        .post(&format!("{}/tracks", path(private)), &tracks)
        .await
        .is(404);
    bob.http
        .post(&format!("{}/tracks", path(public)), &tracks)
        .await
        .is(403);
    bob.http.delete(&path(private)).await.is(404);
    bob.http.delete(&path(public)).await.is(403);
    app.http().get("/api/v1/playlists/").await.is(401);

    for person in [&ada, &admin] {
        let of_ada: Page<Playlist> = person.http.read_as(&format!("/api/v1/playlists/user/{}", ada.id)).await;
        let ids: Vec<Uuid> = of_ada.items.iter().map(|playlist| playlist.id.0).collect();
        assert_eq!(ids, [public, private], "newest first");
    }
    let own: Page<Playlist> = bob.http.read_as(PLAYLISTS).await;
    assert_eq!(own.total, 0);
    let everybodys: Page<Playlist> = bob.http.read_as("/api/v1/playlists/?scope=public").await;
    assert_eq!((everybodys.total, everybodys.items[0].id.0), (1, public));
    app.http()
        .get(&format!("/api/v1/playlists/user/{}", new_id()))
        .await
        .is(404);

    // What an admin adds is the admin's.
    adds(&admin, private, &tracks).await;
    let open: OpenPlaylist = ada.http.read_as(&path(private)).await;
    let by = open.items.iter().map(|item| item.added_by.username.as_str());
    assert_eq!(by.collect::<Vec<_>>(), ["ada", "root"]);
}

#[tokio::test]
async fn a_list_of_playlists_is_walked_by_cursors_and_offsets() {
    let app = App::start().await;
    let ada = app.listener("ada").await;
    let mut made = Vec::new();
    for number in 0..5 {
        made.insert(0, creates(&ada, &json!({"title": format!("{number}")})).await.id);
    }
    let read = async |part: &str| -> Page<Playlist> { ada.http.read_as(&format!("{PLAYLISTS}?limit=2{part}")).await };
    let (mut walked, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = read(&cursor).await;
        assert_eq!(page.total, 5);
        walked.extend(page.items.iter().map(|playlist| playlist.id));
        match page.next_cursor {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(walked, made);
    let last = read("&offset=4").await;
    assert_eq!((last.items[0].id, last.total, last.next_cursor), (made[4], 5, None));
    ada.http.get(&format!("{PLAYLISTS}?cursor=x")).await.is(422);
}

#[tokio::test]
async fn a_deleted_track_leaves_a_gap_that_can_be_moved_and_removed() {
    let app = App::start().await;
    let (ada, tracks) = with_tracks(&app, &["Noch", "Igra", "Pesnya"]).await;
    let id = creates(&ada, &json!({"title": "Road", "track_ids": tracks})).await.id.0;
    ada.deletes_track(tracks[1]).await;
    ada.retitles(tracks[0], "Spokoynaya noch").await;
    assert_eq!(titles(&ada, id).await, ["Spokoynaya noch", "(Igra)", "Pesnya"]);
    let open: OpenPlaylist = ada.http.read_as(&path(id)).await;
    let gap = &open.items[1];
    assert_eq!(
        (&gap.track, gap.title.as_deref(), open.playlist.tracks_count),
        (&None, Some("Igra"), 3)
    );
    moves(&ada, id, &json!({"item_id": gap.item_id, "position": 0}))
        .await
        .is(200);
    assert_eq!(titles(&ada, id).await, ["(Igra)", "Spokoynaya noch", "Pesnya"]);
    ada.http
        .delete(&format!("{}/tracks/{}", path(id), gap.item_id))
        .await
        .is(204);
    assert_eq!(titles(&ada, id).await, ["Spokoynaya noch", "Pesnya"]);
}

#[tokio::test]
async fn pages_of_items_go_on_where_they_ended_whatever_is_changed_between_them() {
    let app = App::start().await;
    let (ada, tracks) = with_tracks(&app, &["a", "b", "c", "d"]).await;
    let id = creates(&ada, &json!({"title": "Road", "track_ids": tracks})).await.id.0;
    let read =
        async |part: &str| -> PlaylistItems { ada.http.read_as(&format!("{}/items?limit=2{part}", path(id))).await };
    let first = read("").await;
    let next = format!("&cursor={}", first.next_cursor.as_ref().unwrap());
    let rest = async || {
        let shown = read(&next).await.items.into_iter();
        shown
            .map(|item| (item.position, item.track.unwrap().title))
            .collect::<Vec<_>>()
    };
    assert_eq!(rest().await, [(2, "c".to_owned()), (3, "d".to_owned())]);
    ada.http
        .delete(&format!("{}/tracks/{}", path(id), first.items[0].item_id))
        .await
        .is(204);
    assert_eq!(rest().await, [(1, "c".to_owned()), (2, "d".to_owned())]);
    adds(&ada, id, &json!({"track_ids": [tracks[0]], "position": 0})).await;
    assert_eq!(rest().await, [(2, "c".to_owned()), (3, "d".to_owned())]);
    ada.http
        .delete(&format!("{}/tracks/{}", path(id), first.items[1].item_id))
        .await
        .is(204);
    // The item is gone; the place is what is left to go by.
    assert_eq!(rest().await, [(2, "d".to_owned())]);
}

#[tokio::test]
async fn topics_see_a_title_and_an_owner_only_while_a_playlist_is_public() {
    let app = App::start().await;
    let (ada, tracks) = with_tracks(&app, &["Noch"]).await;
    let id = creates(&ada, &json!({"title": "Mine"})).await.id;
    ada.http
        .put(&path(id.0), &json!({"visibility": "public"}))
        .await
        .is(200);
    let grown = adds(&ada, id.0, &json!({"track_ids": vec![tracks[0]; 2]})).await;
    let (one, two) = (grown.item_ids[0], grown.item_ids[1]);
    moves(&ada, id.0, &json!({"item_id": two, "position": 0})).await.is(200);
    ada.http.delete(&format!("{}/tracks/{one}", path(id.0))).await.is(204);
    ada.http
        .put(&path(id.0), &json!({"visibility": "private"}))
        .await
        .is(200);
    ada.http.delete(&path(id.0)).await.is(204);
    app.settle_outbox().await;

    let records = app.records(Topic::Playlists).await;
    assert!(records.iter().all(|record| record.key == id.to_string()));
    let mut seen = Vec::new();
    for (at, record) in records.iter().enumerate() {
        let (meta, event) = record.event();
        assert_eq!(meta.sequence, i64::try_from(at + 1).ok());
        let Event::Playlist(change) = event else {
            panic!("{event:?}")
        };
        seen.push(
            change
                .state()
                .map(|state| (state.title.clone(), state.owner_id, state.tracks_count)),
        );
    }
    let public = |count| Some((Some("Mine".to_owned()), Some(ada.id), count));
    let private = |count| Some((None, None, count));
    assert_eq!(
        seen,
        [private(0), public(0), public(2), public(2), public(1), private(1), None]
    );

    topics_see_what_happened_to_items(&app, id.0, tracks[0], [one, two]).await;
}

async fn topics_see_what_happened_to_items(app: &App, id: Uuid, track: TrackId, [one, two]: [PlaylistItemId; 2]) {
    let items = app.records(Topic::PlaylistItems).await;
    assert!(items.iter().all(|record| record.key == id.to_string()));
    let items: Vec<(Option<i64>, Event)> = items
        .iter()
        .map(Record::event)
        .map(|(meta, event)| (meta.sequence, event))
        .collect();
    let [
        (Some(3), Event::ItemsAdded(added)),
        (Some(4), Event::ItemMoved(moved)),
        (Some(5), Event::ItemRemoved(removed)),
    ] = &items[..]
    else {
        panic!("{items:?}")
    };
    let placed: Vec<_> = added.items.iter().map(|item| (item.item_id, item.track_id)).collect();
    assert_eq!((added.position, placed), (0, vec![(one, track), (two, track)]));
    assert_eq!((moved.position, &moved.item_ids[..]), (0, &[two][..]));
    assert_eq!(removed.item_ids, [one]);
}

#[tokio::test]
async fn ten_thousand_items_fit_and_one_more_does_not() {
    let app = App::start().await;
    let (ada, tracks) = with_tracks(&app, &["Noch", "Igra"]).await;
    let many = vec![tracks[0]; 9_999];
    let playlist = creates(&ada, &json!({"title": "Long", "track_ids": many})).await;
    let id = playlist.id.0;
    assert_eq!((playlist.tracks_count, playlist.duration_ms), (9_999, 9_999 * 180_000));
    let adding = format!("{}/tracks", path(id));
    ada.http
        .post(&adding, &json!({"track_ids": vec![tracks[0]; 2]}))
        .await
        .is(422);
    let last = adds(&ada, id, &json!({"track_ids": [tracks[1]]})).await.item_ids[0];
    ada.http.post(&adding, &json!({"track_ids": [tracks[0]]})).await.is(422);
    moves(&ada, id, &json!({"item_id": last, "position": 5_000}))
        .await
        .is(200);
    let (mut at, mut seen, mut cursor) = (None, 0, String::new());
    loop {
        let page: PlaylistItems = ada.http.read_as(&format!("{}/items?limit=500{cursor}", path(id))).await;
        seen += page.items.len();
        at = at.or(page
            .items
            .iter()
            .find(|item| item.item_id == last)
            .map(|item| item.position));
        match page.next_cursor {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!((seen, at), (10_000, Some(5_000)));
    // An event speaks of 500 items at most.
    app.settle_outbox().await;
    let mut added = 0;
    for record in app.records(Topic::PlaylistItems).await {
        if let (_, Event::ItemsAdded(event)) = record.event() {
            assert!(event.items.len() <= 500);
            assert!(added == usize::try_from(event.position).unwrap());
            added += event.items.len();
        }
    }
    assert_eq!(added, 10_000);
}
