//! The law of the store, seen from Kafka: the events of one aggregate come in the order of its versions, without a gap.

use std::{collections::HashMap, time::Duration};

use domain::{ArtistFields, TrackFields};
use events::{ArtistId, Topic, TrackId, UserId};
use store::{CommandContext, Store, StoreConfig, StoreError};
use tests::{App, Role, new_id, now};

const WRITERS: u64 = 32;
const ROUNDS: u64 = 12;

fn context() -> CommandContext {
    CommandContext {
        now: now(),
        new_id,
        traceparent: None,
    }
}

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }

    async fn pauses(&mut self) {
        tokio::time::sleep(Duration::from_micros(self.below(4_000))).await;
    }
}

fn track(artist: ArtistId, title: String) -> TrackFields {
    TrackFields {
        title,
        artist_id: artist,
        album_id: None,
        duration_ms: None,
        track_number: None,
        disc_number: None,
        genres: Vec::new(),
        explicit: false,
        external_ids: events::ExternalIds::new(),
    }
}

/// One command with pauses where a slow writer would be caught; false when another one came first.
async fn write(
    store: &Store,
    dice: &mut Dice,
    artists: &[ArtistId],
    tracks: &[TrackId],
    by: UserId,
) -> Result<(), StoreError> {
    let mut unit = store.begin(context()).await?;
    let pick = |dice: &mut Dice, most: usize| usize::try_from(dice.below(most as u64)).unwrap();
    let (artist, title) = (
        artists[pick(dice, artists.len())],
        format!("Title {}", dice.below(1000)),
    );
    match dice.below(4) {
        0 => {
            let found = unit.artist(artist).await?.expect("the artist");
            dice.pauses().await;
            unit.update_artist(
                found,
                ArtistFields {
                    name: title,
                    ..ArtistFields::default()
                },
            )
            .await?;
        }
        1 => drop(
            unit.create_track(TrackId(new_id()), track(artist, title), None, by)
                .await?,
        ),
        _ => {
            let found = unit.track(tracks[pick(dice, tracks.len())]).await?.expect("the track");
            dice.pauses().await;
            unit.update_track(found, track(artist, title)).await?;
        }
    }
    dice.pauses().await;
    unit.commit().await
}

async fn writes(store: Store, seed: u64, artists: Vec<ArtistId>, tracks: Vec<TrackId>, by: UserId) -> u64 {
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
    let app = App::builder()
        .without(Role::Search)
        .without(Role::Analytics)
        .without(Role::Counters)
        .start()
        .await;
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
        connections: 32,
        acquire: Duration::from_secs(20),
        statement: Duration::from_secs(20),
    });
    let store = store.expect("a pool");
    let writers: Vec<_> = (0..WRITERS)
        .map(|seed| tokio::spawn(writes(store.clone(), seed, artists.clone(), tracks.clone(), label.id)))
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
    let mut told: HashMap<String, Vec<i64>> = HashMap::new();
    for topic in [Topic::Artists, Topic::Tracks] {
        for record in app.records(topic).await {
            told.entry(record.key.clone())
                .or_default()
                .push(record.event().0.sequence.expect("a sequence"));
        }
    }
    assert_eq!(told.len(), versions.len());
    for (key, sequences) in told {
        let expected: Vec<i64> = (1..=versions[&key]).collect();
        assert_eq!(sequences, expected, "{key}");
    }
}
