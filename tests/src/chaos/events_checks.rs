//! Postgres against Kafka: every change has its event, every event its change, in the order of the outbox.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use events::{Event, ItemType, Meta, Open, Topic};
use uuid::Uuid;

use super::{book::Log, faults::MARK, system::System};
use crate::Record;

/// What the relay publishes.
const OF_THE_OUTBOX: [Topic; 7] = [
    Topic::Artists,
    Topic::Albums,
    Topic::Tracks,
    Topic::Users,
    Topic::Playlists,
    Topic::PlaylistItems,
    Topic::Favourites,
];

/// An event as it came first.
pub(super) struct Published {
    pub key: String,
    pub meta: Meta,
    pub event: Event,
}

/// The service's own events of a topic, each where it came first. A relay that dies between publishing and marking
/// publishes again: that is no finding.
pub(super) async fn own_events(system: &System, topic: Topic) -> Vec<Published> {
    let records = system.app.records(topic).await;
    let mut seen = HashSet::new();
    let own = records.into_iter().filter(|record| record.header(MARK).is_empty());
    let events = own.map(|record: Record| {
        let (meta, event) = record.event();
        let key = record.key;
        Published { key, meta, event }
    });
    events.filter(|published| seen.insert(published.meta.id)).collect()
}

/// Compares every topic of the outbox.
pub(super) async fn topics(system: &System) {
    let rows = "SELECT topic, key, payload, published_at IS NULL FROM outbox ORDER BY id";
    let mut recorded: HashMap<String, Vec<(String, Uuid)>> = HashMap::new();
    for row in system.rows(rows).await {
        let (topic, key, payload): (String, String, Vec<u8>) = (row.get(0), row.get(1), row.get(2));
        let (meta, _) = Event::decode(Some(&payload)).expect("an event of the contract");
        if row.get(3) {
            system
                .log
                .finds("lost", format!("{topic} {key}: event {} is not published", meta.id));
        }
        recorded.entry(topic).or_default().push((key, meta.id));
    }
    for row in system
        .rows("SELECT topic || ' ' || key || ': ' || reason FROM outbox_refused")
        .await
    {
        system
            .log
            .finds("lost", format!("the broker refused {}", row.get::<_, String>(0)));
    }
    for topic in OF_THE_OUTBOX {
        let published = own_events(system, topic).await;
        let recorded = recorded.remove(topic.name()).unwrap_or_default();
        in_the_same_order(&system.log, topic, &recorded, &published);
        if [Topic::Artists, Topic::Albums, Topic::Tracks, Topic::Playlists].contains(&topic) {
            as_the_rows(system, topic, &published).await;
        }
        match topic {
            Topic::PlaylistItems => items(system, &published).await,
            Topic::Favourites => favourites(system, &published).await,
            _ => {}
        }
    }
}

fn in_the_same_order(log: &Log, topic: Topic, recorded: &[(String, Uuid)], published: &[Published]) {
    let of_outbox: HashSet<Uuid> = recorded.iter().map(|(_, id)| *id).collect();
    let on_topic: HashSet<Uuid> = published.iter().map(|one| one.meta.id).collect();
    for (key, id) in recorded.iter().filter(|(_, id)| !on_topic.contains(id)) {
        log.finds(
            "lost",
            format!("{} {key}: event {id} is not on the topic", topic.name()),
        );
    }
    for one in published.iter().filter(|one| !of_outbox.contains(&one.meta.id)) {
        log.finds(
            "orphan",
            format!("{} {}: no transaction wrote {}", topic.name(), one.key, one.meta.id),
        );
    }
    let mut first: BTreeMap<&str, Vec<Uuid>> = BTreeMap::new();
    for one in published {
        first.entry(&one.key).or_default().push(one.meta.id);
    }
    let mut wanted: BTreeMap<&str, Vec<Uuid>> = BTreeMap::new();
    for (key, id) in recorded.iter().filter(|(_, id)| on_topic.contains(id)) {
        wanted.entry(key).or_default().push(*id);
    }
    for (key, order) in wanted {
        if first.get(key) != Some(&order) {
            log.finds(
                "inversion",
                format!("{} {key}: another order than that of the outbox", topic.name()),
            );
        }
    }
}

/// The last event of each key is the row; the versions before it are all there.
async fn as_the_rows(system: &System, topic: Topic, published: &[Published]) {
    let (table, name) = match topic {
        Topic::Artists => ("artists", "name"),
        Topic::Albums => ("albums", "title"),
        Topic::Tracks => ("tracks", "title"),
        _ => ("playlists", "title"),
    };
    let mut sequences: HashMap<Uuid, Vec<i64>> = HashMap::new();
    let mut last: HashMap<Uuid, &Event> = HashMap::new();
    for one in published {
        let Ok(id) = one.key.parse() else { continue };
        sequences.entry(id).or_default().extend(one.meta.sequence);
        last.insert(id, &one.event);
    }
    let mut living = HashSet::new();
    for row in system.rows(&format!("SELECT id, version, {name} FROM {table}")).await {
        let (id, version, name): (Uuid, i64, String) = (row.get(0), row.get(1), row.get(2));
        living.insert(id);
        let seen = sequences.get(&id).cloned().unwrap_or_default();
        if seen != (1..=version).collect::<Vec<_>>() {
            let what = format!("{table} {id} is at version {version}, its events are {seen:?}");
            system.log.finds("lost", what);
        }
        let shown = last.get(&id).and_then(|event| name_of(event));
        if shown.is_some_and(|shown| shown != name) {
            system.log.finds(
                "wrong",
                format!("{table} {id} is {name:?}, its last event says otherwise"),
            );
        }
    }
    for (id, event) in last {
        let is_deleted = is_deletion(event);
        if is_deleted == living.contains(&id) {
            let what = format!(
                "{table} {id}: its last event is {}, and it has a row: {}",
                event.type_name(),
                !is_deleted
            );
            system.log.finds(if is_deleted { "wrong" } else { "lost" }, what);
        }
    }
}

fn is_deletion(event: &Event) -> bool {
    event.type_name().contains(".deleted.")
}

fn name_of(event: &Event) -> Option<&str> {
    match event {
        Event::Artist(change) => change.state().map(|state| state.name.as_str()),
        Event::Album(change) => change.state().map(|state| state.title.as_str()),
        Event::Track(change) => change.state().map(|state| state.title.as_str()),
        Event::Playlist(change) => change.state().and_then(|state| state.title.as_deref()),
        _ => None,
    }
}

/// The items of each playlist, in their order, made from the events alone.
async fn items(system: &System, published: &[Published]) {
    let mut made: HashMap<Uuid, Vec<Uuid>> = HashMap::new();
    let place = |position: i64, length: usize| usize::try_from(position).unwrap_or(0).min(length);
    for one in published {
        match &one.event {
            Event::ItemsAdded(it) => {
                let items = made.entry(it.playlist_id.0).or_default();
                let at = place(it.position, items.len());
                items.splice(at..at, it.items.iter().map(|item| item.item_id.0));
            }
            Event::ItemRemoved(it) => {
                let items = made.entry(it.playlist_id.0).or_default();
                items.retain(|item| !it.item_ids.iter().any(|gone| gone.0 == *item));
            }
            Event::ItemMoved(it) => {
                let items = made.entry(it.playlist_id.0).or_default();
                items.retain(|item| !it.item_ids.iter().any(|moved| moved.0 == *item));
                let at = place(it.position, items.len());
                items.splice(at..at, it.item_ids.iter().map(|item| item.0));
            }
            _ => {}
        }
    }
    let rows = "SELECT p.id, array_remove(array_agg(i.id ORDER BY i.rank, i.id), NULL) FROM playlists p \
                LEFT JOIN playlist_items i ON i.playlist_id = p.id GROUP BY p.id";
    for row in system.rows(rows).await {
        let (id, there): (Uuid, Vec<Uuid>) = (row.get(0), row.get(1));
        let from_events = made.remove(&id).unwrap_or_default();
        if from_events != there {
            let what = format!(
                "playlist {id} has {} items, its events make {}",
                there.len(),
                from_events.len()
            );
            system.log.finds("wrong", what);
        }
    }
}

/// Who likes what, made from the events alone.
async fn favourites(system: &System, published: &[Published]) {
    let mut made = BTreeSet::new();
    for one in published {
        match &one.event {
            Event::FavouriteAdded(it) => made.insert((it.listener_id.0, kind(&it.kind), it.id)),
            Event::FavouriteRemoved(it) => made.remove(&(it.listener_id.0, kind(&it.kind), it.id)),
            _ => false,
        };
    }
    let rows = "SELECT u.listener_id, f.kind, f.id FROM favourites f JOIN users u ON u.id = f.user_id";
    let rows = system.rows(rows).await;
    let there: BTreeSet<(Uuid, String, Uuid)> = rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect();
    for (_, kind, id) in there.symmetric_difference(&made) {
        system
            .log
            .finds("wrong", format!("favourite {kind} {id}: row and events differ"));
    }
}

fn kind(kind: &Open<ItemType>) -> String {
    kind.name().to_owned()
}
