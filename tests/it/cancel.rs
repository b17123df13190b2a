//! A command dropped at any await point leaves a whole or nothing, and the connections stay good.

use std::{
    pin::{Pin, pin},
    task::{Context, Poll},
    time::Duration,
};

use domain::{Actor, Artist, ArtistChanges, ArtistFields, Patch};
use events::{ArtistId, TrackId};
use serde_json::json;
use store::{Store, StoreError};
use tests::{App, Role, command_context, eventually, new_id, now};

/// A future that is dropped when it waits for the `left`th time.
struct Dropped<F> {
    work: Pin<Box<F>>,
    left: usize,
}

impl<F: Future> Future for Dropped<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.work.as_mut().poll(context) {
            Poll::Ready(done) => Poll::Ready(Some(done)),
            Poll::Pending if self.left == 0 => Poll::Ready(None),
            Poll::Pending => {
                self.left -= 1;
                Poll::Pending
            }
        }
    }
}

/// As the handlers do it: a new artist, and a new name for one with tracks.
async fn command(store: &Store, id: ArtistId, known: ArtistId, name: &str, by: Actor) -> Result<(), StoreError> {
    let mut unit = store.begin(command_context()).await?;
    let new = Artist::create(id, ArtistFields::named(name), by, now()).expect("an artist");
    unit.create_artist(&new).await?;
    let artist = unit.artist(known).await?.expect("the artist");
    let changes = ArtistChanges {
        name: Patch::Set(name.to_owned()),
        ..ArtistChanges::default()
    };
    let renamed = artist.change(changes, by, now()).expect("a new name");
    unit.update_artist(&renamed).await?;
    unit.commit().await
}

/// Rows without their events, and events without their rows.
const HALVES: &str = "SELECT count(*) FROM \
    (SELECT id::text AS id, version FROM artists UNION ALL SELECT id::text, version FROM tracks) AS rows \
    FULL JOIN (SELECT key AS id, max(sequence) AS version FROM outbox \
               WHERE topic IN ('jonquil.artists.v1', 'jonquil.tracks.v1') GROUP BY key) AS events USING (id) \
    WHERE rows.version IS DISTINCT FROM events.version";

const IN_TRANSACTION: &str = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
    AND state LIKE 'idle in transaction%'";

/// Commands under way, and what they wait for.
const BUSY: &str = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
    AND pid <> pg_backend_pid() AND state <> 'idle'";

#[tokio::test]
async fn a_command_dropped_at_any_await_point_leaves_a_whole_or_nothing() {
    let app = App::builder().without(Role::Relay).start().await;
    let label = app.artist_account("label").await;
    let known = label.creates_artist("Known").await;
    let track: TrackId = label.creates_track(known, "Song").await;
    let store = app.store(3);
    let mut points = 0;
    loop {
        let (id, name) = (ArtistId(new_id()), format!("Name {points}"));
        let work = Box::pin(command(&store, id, known, &name, label.actor()));
        let ended = pin!(Dropped { work, left: points }).await;
        assert_eq!(app.number(HALVES).await, 0, "dropped at await point {points}");
        if let Some(done) = ended {
            done.expect("the command");
            break;
        }
        points += 1;
    }
    assert!(
        points > 5,
        "only {points} await points: the command was not dropped in the middle"
    );
    eventually("nothing is left open", async || {
        (app.number(IN_TRANSACTION).await == 0).then_some(())
    })
    .await;
    assert_eq!(app.number(HALVES).await, 0);

    for number in 0..100 {
        let name = format!("After {number}");
        command(&store, ArtistId(new_id()), known, &name, label.actor())
            .await
            .expect("the pool has good connections");
    }
    let read = app.http().get(&format!("/api/v1/tracks/{track}")).await.is(200);
    read.shows(json!({"artist": {"name": "After 99"}}));
}

#[tokio::test]
async fn clients_that_hang_up_leave_a_whole_or_nothing() {
    let app = App::start().await;
    let label = app.artist_account("label").await;
    let known = label.creates_artist("Known").await;
    for millis in 0..60 {
        let request = label
            .http
            .request(reqwest::Method::PUT, &format!("/api/v1/artists/{known}"));
        let request = request.json(&json!({"name": format!("Name {millis}")}));
        // Whether it was answered in time does not matter.
        drop(request.timeout(Duration::from_micros(millis * 300)).send().await);
    }
    // Sixty commands on one artist wait for each other; more than a request may wait, on a busy machine.
    eventually("the commands of those who hung up have ended", async || {
        (app.number(BUSY).await == 0).then_some(())
    })
    .await;
    for number in 0..100 {
        label.renames(known, &format!("After {number}")).await;
    }
    assert_eq!(app.number(HALVES).await, 0);
    app.settle().await;
    assert_eq!(app.search("after 99").await.artists, [known]);
    eventually("nothing is left open", async || {
        (app.number(IN_TRANSACTION).await == 0).then_some(())
    })
    .await;
}

#[tokio::test]
async fn two_api_processes_write_the_same_things() {
    let app = App::builder().apis(2).start().await;
    let here = app.artist_account("label").await;
    let there = here.at(&app.api(1));
    let kino = here.creates_artist("Kino").await;
    let path = format!("/api/v1/artists/{kino}");
    let writes = async |by: &tests::Person, side: &str| {
        let mut done = 0;
        for number in 0..30 {
            let answer = by.http.put(&path, &json!({"name": format!("{side} {number}")})).await;
            // Three tries of each command; a fourth collision is answered.
            assert!([200, 503].contains(&answer.status), "{answer:?}");
            done += i64::from(answer.status == 200);
        }
        done
    };
    let (one, other) = tokio::join!(writes(&here, "Here"), writes(&there, "There"));
    let read: representations::Artist = there.http.read_as(&path).await;
    assert_eq!(read.version, 1 + one + other);
    assert_eq!(app.number(HALVES).await, 0);
    app.settle().await;
    assert_eq!(app.search(&read.name).await.artists, [kino]);
}

#[tokio::test]
async fn a_refused_command_gives_its_connection_back() {
    // Nothing but the commands takes connections.
    let alone = App::builder().without_read_models().without(Role::Relay);
    let app = alone.without(Role::Jobs).start().await;
    let (label, other) = (app.artist_account("label").await, app.artist_account("other").await);
    let kino = label.creates_artist("Kino").await;
    label.creates_track(kino, "Igra").await;
    let path = format!("/api/v1/artists/{kino}");
    let refused = async || {
        other.http.put(&path, &json!({"name": "Stolen"})).await.is(403);
        label.http.put(&path, &json!({"name": ""})).await.is(422);
        label
            .http
            .delete("/api/v1/tracks/00000000-0000-0000-0000-000000000000")
            .await
            .is(404);
        label.http.delete(&path).await.is(409);
        let changed_meanwhile = label
            .http
            .request(reqwest::Method::PUT, &path)
            .header("If-Match", "\"9\"");
        label
            .http
            .send(changed_meanwhile.json(&json!({"name": "Kino"})))
            .await
            .is(412);
    };
    // Every worker has its connections by now.
    for _ in 0..10 {
        refused().await;
    }
    // Neither does Postgres itself count: it vacuums when it likes.
    let opened = "SELECT count(*) FROM pg_stat_activity \
                  WHERE datname = current_database() AND backend_type = 'client backend' AND backend_start > ";
    let now = app
        .sql()
        .query_one("SELECT clock_timestamp()::text", &[])
        .await
        .unwrap();
    let opened = format!("{opened}'{}'", now.get::<_, String>(0));
    for _ in 0..20 {
        refused().await;
    }
    assert_eq!(app.number(&opened).await, 0, "a refusal opened a connection");
    assert_eq!(app.number(HALVES).await, 0);
}
