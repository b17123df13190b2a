//! The checker: what was acknowledged is there, once, in every store, and nothing else is.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use events::{Event, Kind, Topic};
use projector::{ReadModel, generations::serving};
use read_analytics::Analytics;
use read_counters::Counters;
use read_search::Search;
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    book::Fate,
    events_checks::{self, own_events},
    faults::MARK,
    system::System,
};

/// Every store.
pub(super) async fn everything(system: &System) {
    events_checks::topics(system).await;
    commands(system).await;
    objects(system).await;
    dead_letters(system).await;
    let failed = "SELECT kind || ': ' || coalesce(refusal, last_error, '') FROM jobs WHERE status = 'failed'";
    for row in system.rows(failed).await {
        system
            .log
            .finds("half-done", format!("job {}", row.get::<_, String>(0)));
    }
    read_models(system).await;
}

/// What was acknowledged against Postgres.
async fn commands(system: &System) {
    let mut rows: HashMap<Uuid, (i64, String)> = HashMap::new();
    let all = "SELECT id, version, name FROM artists UNION ALL SELECT id, version, title FROM albums UNION ALL \
               SELECT id, version, title FROM tracks UNION ALL SELECT id, version, title FROM playlists";
    for row in system.rows(all).await {
        rows.insert(row.get(0), (row.get(1), row.get(2)));
    }
    let items = system.rows("SELECT id, playlist_id FROM playlist_items").await;
    let items: HashMap<Uuid, Uuid> = items.iter().map(|row| (row.get(0), row.get(1))).collect();
    let favourites = system.rows("SELECT user_id, id FROM favourites").await;
    let favourites: HashSet<(Uuid, Uuid)> = favourites.iter().map(|row| (row.get(0), row.get(1))).collect();
    let (log, book) = (&system.log, system.log.book());
    for (id, thing) in &book.things {
        let what = format!("{} {id} {:?}", thing.kind, thing.names);
        match (rows.get(id), thing.fate) {
            (None, Fate::There) => log.finds("lost", format!("{what} was acknowledged and is not there")),
            (Some(_), Fate::Gone) => log.finds(
                "lost",
                format!("{what}: its deletion was acknowledged, and it is there"),
            ),
            (Some((version, name)), Fate::There) => {
                if *version < thing.version {
                    log.finds(
                        "lost",
                        format!("{what}: version {} was acknowledged, it is {version}", thing.version),
                    );
                }
                if !thing.names.contains(name) {
                    log.finds("lost", format!("{what} is called {name:?}"));
                }
            }
            _ => {}
        }
    }
    for (playlist, wanted) in &book.items {
        let there = book.things.get(playlist).is_some_and(|thing| thing.fate == Fate::There);
        for (item, fate) in wanted.iter().filter(|_| there) {
            if (*fate == Fate::There && !items.contains_key(item)) || (*fate == Fate::Gone && items.contains_key(item))
            {
                log.finds("lost", format!("item {item} of playlist {playlist} should be {fate:?}"));
            }
        }
    }
    for (favourite, fate) in &book.favourites {
        let is = favourites.contains(favourite);
        if (*fate == Fate::There && !is) || (*fate == Fate::Gone && is) {
            log.finds("lost", format!("favourite {favourite:?} should be {fate:?}"));
        }
    }
    imported_whole(system, &book, &items);
    created_once(system, &book, &rows);
}

/// A playlist that was imported has what its file had, beside what was added later.
fn imported_whole(system: &System, book: &super::book::Book, items: &HashMap<Uuid, Uuid>) {
    for (playlist, found) in &book.imported {
        let added = book.items.get(playlist);
        let is_of_file = |item| added.is_none_or(|added| !added.contains_key(item));
        let of = items.iter().filter(|(item, of)| *of == playlist && is_of_file(*item));
        let (of, is_there) = (of.count(), book.things[playlist].fate == Fate::There);
        if is_there && of < *found {
            let finding = format!("playlist {playlist} was imported with {found} items, and has {of} of them");
            system.log.finds("lost", finding);
        }
    }
}

/// A name is given to one creation. Two rows of it: the command ran twice. One that nobody asked for: an orphan.
fn created_once(system: &System, book: &super::book::Book, rows: &HashMap<Uuid, (i64, String)>) {
    let mut first: BTreeMap<&str, Uuid> = BTreeMap::new();
    for (id, (_, name)) in rows {
        let name = name.trim_end_matches('\'');
        // The artist of the uploads is found or created by its name.
        let is_found_by_name = name.ends_with(" artist");
        if !book.asked_names.contains(name) && !is_found_by_name {
            system
                .log
                .finds("orphan", format!("{id} is called {name:?}, and nobody asked for it"));
        }
        if let Some(other) = first.insert(name, *id) {
            system
                .log
                .finds("doubled", format!("{name:?} was created as {other} and as {id}"));
        }
    }
}

/// Rows of objects and the bucket.
async fn objects(system: &System) {
    let keys: HashSet<String> = system.app.object_keys().await.into_iter().collect();
    let rows = system.rows("SELECT key, stored_at IS NOT NULL FROM objects").await;
    let rows: HashMap<String, bool> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    for key in keys.iter().filter(|key| !rows.contains_key(*key)) {
        // Sizes of a cover have no row of their own; these sounds have no cover.
        system.log.finds("orphan", format!("object {key} has no row"));
    }
    for (key, _) in rows.iter().filter(|(key, stored)| **stored && !keys.contains(*key)) {
        system.log.finds("lost", format!("object {key} is not in the bucket"));
    }
    whole(system).await;
    let tracks = system
        .rows("SELECT id, audio_key FROM tracks WHERE audio_key IS NOT NULL")
        .await;
    for row in tracks {
        let (id, key): (Uuid, String) = (row.get(0), row.get(1));
        if !keys.contains(&key) {
            system
                .log
                .finds("lost", format!("track {id} has no audio in the bucket"));
        }
    }
}

/// What is said to be stored is what was uploaded, and not the first half of it.
async fn whole(system: &System) {
    let stored = "SELECT key, sha256 FROM objects WHERE stored_at IS NOT NULL ORDER BY key";
    for row in system.rows(stored).await {
        let (key, wanted): (String, String) = (row.get(0), row.get(1));
        let Some(bytes) = system.app.object(&key).await else {
            continue;
        };
        let there = Sha256::digest(&bytes)
            .iter()
            .fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
        if there != wanted {
            system.log.finds(
                "half-done",
                format!("object {key}: {} other bytes than were uploaded", bytes.len()),
            );
        }
    }
}

/// Every dead letter is one of those that the run put there itself.
async fn dead_letters(system: &System) {
    for letter in system.app.records(Topic::DeadLetters).await {
        if letter.payload != b"no event" {
            let (reason, error) = (letter.header("reason"), letter.header("error"));
            system.log.finds(
                "lost",
                format!(
                    "{} refused {}: {reason} {error}",
                    letter.header("projector"),
                    letter.key
                ),
            );
        }
    }
    let mut wanted = BTreeSet::new();
    for topic in [Topic::Tracks, Topic::Listens] {
        let records = system.app.records(topic).await;
        let own = records.iter().filter(|record| record.header(MARK) == "no event");
        wanted.extend(own.map(|record| (topic.name().to_owned(), record.partition, record.offset)));
    }
    let letters = system.app.records(Topic::DeadLetters).await;
    for (topic, partition, offset) in wanted {
        let is_it = |letter: &&crate::Record| {
            letter.header("topic").ends_with(&topic)
                && letter.header("partition") == partition.to_string()
                && letter.header("offset") == offset.to_string()
        };
        if !letters.iter().any(|letter| is_it(&letter)) {
            system.log.finds(
                "lost",
                format!("{topic}/{partition} {offset} is no event and has no dead letter"),
            );
        }
    }
}

/// Elasticsearch, ClickHouse and Redis against the topics.
pub(super) async fn read_models(system: &System) {
    for (topic, index) in [
        (Topic::Artists, "artists"),
        (Topic::Albums, "albums"),
        (Topic::Tracks, "tracks"),
        (Topic::Playlists, "playlists"),
    ] {
        documents(system, topic, index).await;
    }
    listens(system).await;
}

async fn generation<M: ReadModel>(model: &M) -> u32 {
    let register = model.generations().await.expect("the register");
    serving(&register, M::SCHEMA).expect("a generation serves").number
}

/// Each document has the version of the last event of its key.
async fn documents(system: &System, topic: Topic, index: &str) {
    let mut wanted: HashMap<String, (i64, bool)> = HashMap::new();
    for one in own_events(system, topic).await {
        let is_private =
            matches!(&one.event, Event::Playlist(change) if change.state().is_some_and(|it| it.title.is_none()));
        let is_deleted = is_private || one.event.type_name().contains(".deleted.");
        wanted.insert(one.key, (one.meta.sequence.unwrap_or_default(), is_deleted));
    }
    let prefix = system.app.setting("JONQUIL_INDEX_PREFIX").to_owned();
    let generation = generation::<Search>(&system.app.parts().reads.index).await;
    let url = format!(
        "{}/{prefix}{index}-g{generation}/_search?version=true&size=10000",
        system.app.direct_elasticsearch()
    );
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let answer: Value = client
        .get(url)
        .send()
        .await
        .expect("an answer")
        .json()
        .await
        .expect("JSON");
    let hits = answer["hits"]["hits"].as_array().expect("hits");
    for hit in hits {
        let id = hit["_id"].as_str().unwrap_or_default();
        let there = (
            hit["_version"].as_i64().unwrap_or(-1),
            hit["_source"]["deleted"] == true,
        );
        match wanted.remove(id) {
            None => system
                .log
                .finds("orphan", format!("{index} {id} is indexed and has no event")),
            Some(last) if last != there => {
                system.log.finds(
                    "lost",
                    format!("{index} {id} is indexed as {there:?}, its last event is {last:?}"),
                );
            }
            Some(_) => {}
        }
    }
    for (id, last) in wanted {
        system.log.finds(
            "lost",
            format!("{index} {id} is not indexed, its last event is {last:?}"),
        );
    }
}

type Identity = (Uuid, Uuid, String);

/// Each listen once, in the topic, in ClickHouse and in Redis.
async fn listens(system: &System) {
    let mut published: HashMap<Identity, (Uuid, bool)> = HashMap::new();
    for one in own_events_with_copies(system).await {
        let identity = (one.listener_id.0, one.event_id, one.listened_at.day().to_string());
        published.entry(identity).or_insert((one.track_id.0, one.counted));
    }
    against_the_book(system, &published);
    let analytics = &system.app.parts().reads.analytics;
    let database = analytics
        .at(generation::<Analytics>(analytics).await)
        .database()
        .to_owned();
    for table in ["listens", "listens_by_listener"] {
        in_clickhouse(system, &format!("{database}.{table}"), &published).await;
    }
    in_redis(system, &published).await;
}

/// Listens of the topic, copies included.
async fn own_events_with_copies(system: &System) -> Vec<events::Listen> {
    let records = system.app.records(Topic::Listens).await;
    let events = records.iter().filter(|record| record.header(MARK) != "no event");
    let listens = events.filter_map(|record| match record.event().1 {
        Event::Listened(listen) => Some(*listen),
        _ => None,
    });
    listens.collect()
}

fn against_the_book(system: &System, published: &HashMap<Identity, (Uuid, bool)>) {
    let (log, book) = (&system.log, system.log.book());
    let there: HashMap<(Uuid, &str), Uuid> = published
        .iter()
        .map(|((_, event, day), (track, _))| ((*event, day.as_str()), *track))
        .collect();
    for (event_id, sent) in book.listens.iter().filter(|(_, sent)| sent.acknowledged) {
        let day = sent.listened_at.day().to_string();
        match there.get(&(*event_id, day.as_str())) {
            Some(track) if *track == sent.track => {}
            found => log.finds(
                "lost",
                format!("listen {event_id} of {day} was acknowledged, on the topic: {found:?}"),
            ),
        }
    }
    let now = crate::now();
    for (_, event_id, day) in published.keys() {
        match book.listens.get(event_id) {
            None => log.finds("orphan", format!("listen {event_id} of {day} was never sent")),
            Some(sent) if sent.is_ahead(now) => {
                log.finds(
                    "wrong",
                    format!("listen {event_id} of {day} is of the future, and was taken"),
                );
            }
            Some(_) => {}
        }
    }
    if there.len() != published.len() {
        log.finds(
            "doubled",
            format!("{} listens under {} identities", there.len(), published.len()),
        );
    }
}

async fn in_clickhouse(system: &System, table: &str, published: &HashMap<Identity, (Uuid, bool)>) {
    let query = format!("SELECT listener_id, event_id, toString(day), track_id, counted FROM {table} FINAL FORMAT TSV");
    let text = system.app.clickhouse_sql(&query).await;
    let mut seen = HashSet::new();
    for line in text.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let [listener, event, day, track, counted] = fields[..] else {
            panic!("{table}: {line}");
        };
        let id = |text: &str| text.parse::<Uuid>().expect("an id");
        let identity = (id(listener), id(event), day.to_owned());
        match published.get(&identity) {
            None => system.log.finds("orphan", format!("{table}: {line}")),
            Some(listen) if *listen != (id(track), counted == "true") => {
                system
                    .log
                    .finds("wrong", format!("{table}: {line}, on the topic {listen:?}"));
            }
            Some(_) => {}
        }
        if !seen.insert(identity) {
            system.log.finds("doubled", format!("{table}: {line}"));
        }
    }
    for identity in published.keys().filter(|identity| !seen.contains(*identity)) {
        system.log.finds("lost", format!("{table} lacks {identity:?}"));
    }
}

async fn in_redis(system: &System, published: &HashMap<Identity, (Uuid, bool)>) {
    let mut plays: BTreeMap<Uuid, u64> = BTreeMap::new();
    for (track, counted) in published.values() {
        *plays.entry(*track).or_default() += u64::from(*counted);
    }
    let tracks: Vec<Uuid> = plays.keys().copied().collect();
    let counters = &system.app.parts().reads.counters;
    let deleted = deleted_plays(system, counters).await;
    let counted = counters.plays(Kind::Track, &tracks).await.expect("Redis answers");
    for (track, there) in tracks.iter().zip(counted) {
        // What is deleted has its plays in a set of its own.
        let there = there + deleted.get(track).copied().unwrap_or_default();
        let wanted = plays[track];
        if there != wanted {
            let law = if there > wanted { "doubled" } else { "lost" };
            system.log.finds(
                law,
                format!("Redis counts {there} plays of track {track}, the topic holds {wanted}"),
            );
        }
    }
}

async fn deleted_plays(system: &System, counters: &Counters) -> HashMap<Uuid, u64> {
    let generation = generation::<Counters>(counters).await;
    let key = format!("{}g{generation}:gone:t", system.app.setting("JONQUIL_KEY_PREFIX"));
    let mut redis = system.app.direct_redis().await;
    let mut command = redis::cmd("ZRANGE");
    command.arg(&key).arg(0).arg(-1).arg("WITHSCORES");
    let found: Vec<(Vec<u8>, u64)> = command.query_async(&mut redis).await.expect("Redis answers");
    let plays = found
        .into_iter()
        .filter_map(|(id, plays)| Some((Uuid::from_slice(&id).ok()?, plays)));
    plays.collect()
}
