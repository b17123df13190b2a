//! The law of the store, seen from Kafka: the events of one aggregate come in the order of its versions, without a gap.

use std::{collections::HashMap, time::Duration};

use domain::{Actor, ArtistChanges, CreditFields, Patch, Track, TrackChanges, TrackFields};
use events::{ArtistId, Topic, TrackId};
use store::{Store, StoreConfig, StoreError};
use tests::{App, command_context, new_id, now};

const WRITERS: u64 = 32;
const ROUNDS: u64 = 12;

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, max: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % max
    }

    async fn pauses(&mut self) {
        tokio::time::sleep(Duration::from_micros(self.below(4_000))).await;
    }
}

/// One command with pauses where a slow writer would be caught; false when another one came first.
async fn write(
    store: &Store,
    dice: &mut Dice,
    artists: &[ArtistId],
    tracks: &[TrackId],
    by: Actor,
) -> Result<(), StoreError> {
    let mut unit = store.begin(command_context()).await?;
    let pick = |dice: &mut Dice, max: usize| usize::try_from(dice.below(max as u64)).unwrap();
    let (artist, title) = (
        artists[pick(dice, artists.len())],
        format!("Title {}", dice.below(1000)),
    );
    match dice.below(4) {
        0 => {
            let found = unit.artist(artist).await?.expect("the artist");
            dice.pauses().await;
            let changes = ArtistChanges {
                name: Patch::Set(title),
                ..ArtistChanges::default()
            };
            let renamed = found.change(changes, by, now()).expect("a new name");
            unit.update_artist(&renamed).await?;
        }
        1 => {
            let fields = TrackFields::titled(title, vec![CreditFields::main(artist)]);
            let track = Track::create(TrackId(new_id()), fields, by, now()).expect("a track");
            unit.create_track(&track).await?;
        }
        _ => {
            let changes = TrackChanges {
                title: Patch::Set(title),
                artist_id: Patch::Set(artist),
                ..TrackChanges::default()
            };
            let track = tracks[pick(dice, tracks.len())];
            let found = unit.track(track, &changes.parents()).await?.expect("the track");
            dice.pauses().await;
            let renamed = found.change(changes, by, now()).expect("a new title");
            unit.update_track(&renamed).await?;
        }
    }
    dice.pauses().await;
    unit.commit().await
}

async fn writes(store: Store, seed: u64, artists: Vec<ArtistId>, tracks: Vec<TrackId>, by: Actor) -> u64 {
    let (mut dice, mut done) = (Dice(seed), 0);
    for _ in 0..ROUNDS {
        match write(&store, &mut dice, &artists, &tracks, by).await {
            Ok(()) => done += 1,
            Err(StoreError::Conflict) => {}
            Err(error) => panic!("{error}"),
        }
        dice.pauses().await;
    }
    done
}

#[tokio::test]
async fn of_one_aggregate_no_event_overtakes_another_and_none_is_missing() {
    let app = App::builder().without_read_models().start().await;
    let label = app.artist_account("label").await;
    let mut artists = Vec::new();
    for number in 0..3 {
        artists.push(label.creates_artist(&format!("Artist {number}")).await);
    }
    let mut tracks = Vec::new();
    for artist in &artists {
        tracks.push(label.creates_track(*artist, "First").await);
    }
    let store = Store::new(&StoreConfig {
        url: app.setting("JONQUIL_POSTGRES_URL").to_owned(),
        tls: None,
        connections: 32,
        acquire: Duration::from_secs(20),
        statement: Duration::from_secs(20),
    });
    let store = store.expect("a pool");
    let writers: Vec<_> = (0..WRITERS)
        .map(|seed| {
            tokio::spawn(writes(
                store.clone(),
                seed,
                artists.clone(),
                tracks.clone(),
                label.actor(),
            ))
        })
        .collect();
    let mut done = 0;
    for writer in writers {
        done += writer.await.expect("no writer panics");
    }
    assert!(done > WRITERS, "only {done} commands came through");
    app.settle_outbox().await;

    let rows = "SELECT id::text, version FROM artists UNION ALL SELECT id::text, version FROM tracks";
    let rows = app.sql().query(rows, &[]).await.expect("versions");
    let versions: HashMap<String, i64> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    let mut published: HashMap<String, Vec<i64>> = HashMap::new();
    for topic in [Topic::Artists, Topic::Tracks] {
        for record in app.records(topic).await {
            published
                .entry(record.key.clone())
                .or_default()
                .push(record.event().0.sequence.expect("a sequence"));
        }
    }
    assert_eq!(published.len(), versions.len());
    for (key, sequences) in published {
        let expected: Vec<i64> = (1..=versions[&key]).collect();
        assert_eq!(sequences, expected, "{key}");
    }
}
