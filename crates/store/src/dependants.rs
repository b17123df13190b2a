//! The works that a change of an artist or an album reaches, batch by batch. Their events carry its name, so each gets a
//! new version and an event.
//!
//! Rows are locked in the order album → track, ids ascending, by a statement of its own after the parent's row was taken:
//! so it sees every dependant that was committed before. Names are read after the dependants' rows are held. Whoever
//! renames another parent meanwhile comes to these rows after us and records them again, so the last event of each has the
//! last names.

use diesel::{
    prelude::*,
    sql_types::{BigInt, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use events::{Change, Deleted, Event};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    FanOut, StoreError, Unit,
    rows::Count,
    schema::{album_credits, albums, artists, track_credits, tracks},
};

/// Where the next batch begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FanOutPlace {
    stage: Stage,
    after: Uuid,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Stage {
    #[default]
    Albums,
    Tracks,
    /// The albums that a deleted artist led: their tracks are off by now.
    LedAlbums,
    /// The parent itself, if it is deleted.
    Parent,
    End,
}

impl FanOutPlace {
    #[must_use]
    pub fn is_end(self) -> bool {
        self.stage == Stage::End
    }

    fn at(stage: Stage) -> Self {
        Self {
            stage,
            after: Uuid::nil(),
        }
    }

    /// After a batch of at most `limit`: behind its last one, or at the next stage when it was not full.
    fn after(self, batch: &[Uuid], limit: i64, next: Stage) -> Self {
        let is_full = i64::try_from(batch.len()).is_ok_and(|count| count >= limit);
        match batch.last() {
            Some(last) if is_full => Self { after: *last, ..self },
            _ => Self::at(next),
        }
    }
}

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

/// Works that credit an artist, and works that it leads: those of a process of the version before have no rows of credits.
/// Of each kind no more than are counted.
const OF_ARTIST: &str = "(SELECT DISTINCT album_id AS id FROM album_credits WHERE artist_id = $1 LIMIT $2) \
    UNION (SELECT id FROM albums WHERE artist_id = $1 LIMIT $2) \
    UNION (SELECT DISTINCT track_id FROM track_credits WHERE artist_id = $1 LIMIT $2) \
    UNION (SELECT id FROM tracks WHERE artist_id = $1 LIMIT $2)";
const ON_LED_ALBUMS: &str = "(SELECT tracks.id FROM tracks JOIN albums ON albums.id = tracks.album_id \
    WHERE albums.artist_id = $1 LIMIT $2)";
/// As [`OF_ARTIST`], the next ones in the order of ids. Each part is read from an index as far as the batch needs it.
const TRACKS_CREDITING: &str = "(SELECT DISTINCT track_id AS id FROM track_credits \
        WHERE artist_id = $1 AND track_id > $2 ORDER BY id LIMIT $3) \
    UNION (SELECT id FROM tracks WHERE artist_id = $1 AND id > $2 ORDER BY id LIMIT $3)";

/// A work's id, and its first main artist.
type Held = (Uuid, Uuid);

impl Unit {
    /// The works that the change reaches, counted up to `limit`.
    pub async fn count_dependants(&mut self, change: FanOut, limit: i64) -> Result<i64, StoreError> {
        let (parent, works) = match change {
            FanOut::ArtistRenamed(id) => (id.0, OF_ARTIST.to_owned()),
            // Others' tracks on its albums lose their album, whether they credit it or not.
            FanOut::ArtistDeleted(id) => (id.0, format!("{OF_ARTIST} UNION {ON_LED_ALBUMS}")),
            FanOut::AlbumChanged(id) | FanOut::AlbumDeleted(id) => {
                (id.0, "SELECT id FROM tracks WHERE album_id = $1".to_owned())
            }
        };
        let count = diesel::sql_query(format!("SELECT count(*) AS count FROM ({works} LIMIT $2) AS works"));
        let count = count.bind::<SqlUuid, _>(parent).bind::<BigInt, _>(limit);
        Ok(count.get_result::<Count>(self.connection()?).await?.count)
    }

    /// Does the next batch, of at most `limit` works; where the one after it begins, and how many works this one had.
    pub async fn fan_out(
        &mut self,
        change: FanOut,
        place: FanOutPlace,
        limit: i64,
    ) -> Result<(FanOutPlace, i64), StoreError> {
        let (next, works) = match (place.stage, change) {
            (Stage::Albums, FanOut::ArtistRenamed(id)) => {
                let batch = albums_crediting(self, id.0, place.after, limit).await?;
                let held = hold_albums(self, &batch).await?;
                bump_albums(self, &ids(&held)).await?;
                (place.after(&batch, limit, Stage::Tracks), held.len())
            }
            (Stage::Albums, FanOut::ArtistDeleted(id)) => {
                let batch = albums_crediting(self, id.0, place.after, limit).await?;
                let held = hold_albums(self, &batch).await?;
                let others = remove_from_albums(self, id.0, &held).await?;
                (place.after(&batch, limit, Stage::Tracks), others)
            }
            (Stage::Albums, FanOut::AlbumChanged(_) | FanOut::AlbumDeleted(_)) => (FanOutPlace::at(Stage::Tracks), 0),
            (Stage::Tracks, FanOut::ArtistRenamed(id)) => {
                let batch = tracks_crediting(self, id.0, place.after, limit).await?;
                let held = hold_tracks(self, &batch).await?;
                bump_tracks(self, &ids(&held)).await?;
                (place.after(&batch, limit, Stage::End), held.len())
            }
            (Stage::Tracks, FanOut::ArtistDeleted(id)) => {
                let batch = tracks_of(self, id.0, place.after, limit).await?;
                let held = hold_tracks(self, &batch).await?;
                remove_from_tracks(self, id.0, &held).await?;
                (place.after(&batch, limit, Stage::LedAlbums), held.len())
            }
            (Stage::Tracks, FanOut::AlbumChanged(id)) => {
                let batch = tracks_on(self, &[id.0], place.after, limit).await?;
                let held = hold_tracks(self, &batch).await?;
                bump_tracks(self, &ids(&held)).await?;
                (place.after(&batch, limit, Stage::End), held.len())
            }
            (Stage::Tracks, FanOut::AlbumDeleted(id)) => {
                let batch = tracks_on(self, &[id.0], place.after, limit).await?;
                let held = hold_tracks(self, &batch).await?;
                take_off_album(self, &ids(&held)).await?;
                (place.after(&batch, limit, Stage::Parent), held.len())
            }
            (Stage::LedAlbums, FanOut::ArtistDeleted(id)) => delete_led_albums(self, id.0, limit).await?,
            (Stage::LedAlbums | Stage::Parent | Stage::End, change) => {
                delete_parent(self, change).await?;
                (FanOutPlace::at(Stage::End), 0)
            }
        };
        Ok((next, i64::try_from(works).unwrap_or(i64::MAX)))
    }
}

fn ids(held: &[Held]) -> Vec<Uuid> {
    held.iter().map(|(id, _)| *id).collect()
}

/// The works that this artist leads, and the others.
fn split(held: &[Held], artist: Uuid) -> (Vec<Uuid>, Vec<Uuid>) {
    let (led, others): (Vec<Held>, Vec<Held>) = held.iter().partition(|(_, first)| *first == artist);
    (ids(&led), ids(&others))
}

async fn albums_crediting(unit: &mut Unit, artist: Uuid, after: Uuid, limit: i64) -> Result<Vec<Uuid>, StoreError> {
    let works = "(SELECT DISTINCT album_id AS id FROM album_credits WHERE artist_id = $1 AND album_id > $2 \
            ORDER BY id LIMIT $3) \
        UNION (SELECT id FROM albums WHERE artist_id = $1 AND id > $2 ORDER BY id LIMIT $3)";
    next_works(unit, works, artist, after, limit).await
}

async fn tracks_crediting(unit: &mut Unit, artist: Uuid, after: Uuid, limit: i64) -> Result<Vec<Uuid>, StoreError> {
    next_works(unit, TRACKS_CREDITING, artist, after, limit).await
}

/// Tracks that credit the artist, or are on an album that it leads.
async fn tracks_of(unit: &mut Unit, artist: Uuid, after: Uuid, limit: i64) -> Result<Vec<Uuid>, StoreError> {
    let works = format!(
        "{TRACKS_CREDITING} UNION (SELECT tracks.id FROM tracks JOIN albums ON albums.id = tracks.album_id \
            WHERE albums.artist_id = $1 AND tracks.id > $2 ORDER BY id LIMIT $3)"
    );
    next_works(unit, &works, artist, after, limit).await
}

async fn next_works(
    unit: &mut Unit,
    works: &str,
    artist: Uuid,
    after: Uuid,
    limit: i64,
) -> Result<Vec<Uuid>, StoreError> {
    let query = diesel::sql_query(format!("{works} ORDER BY id LIMIT $3"))
        .bind::<SqlUuid, _>(artist)
        .bind::<SqlUuid, _>(after)
        .bind::<BigInt, _>(limit);
    let rows: Vec<Id> = query.load(unit.connection()?).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

async fn tracks_on(unit: &mut Unit, on: &[Uuid], after: Uuid, limit: i64) -> Result<Vec<Uuid>, StoreError> {
    let query = tracks::table.filter(tracks::album_id.eq_any(on).and(tracks::id.gt(after)));
    let query = query.order(tracks::id).limit(limit).select(tracks::id);
    Ok(query.load(unit.connection()?).await?)
}

async fn hold_albums(unit: &mut Unit, ids: &[Uuid]) -> Result<Vec<Held>, StoreError> {
    let query = albums::table.filter(albums::id.eq_any(ids)).order(albums::id);
    let query = query.select((albums::id, albums::artist_id)).for_update();
    Ok(query.load(unit.connection()?).await?)
}

async fn hold_tracks(unit: &mut Unit, ids: &[Uuid]) -> Result<Vec<Held>, StoreError> {
    let query = tracks::table.filter(tracks::id.eq_any(ids)).order(tracks::id);
    let query = query.select((tracks::id, tracks::artist_id)).for_update();
    Ok(query.load(unit.connection()?).await?)
}

/// The artist's credit goes from the albums that others lead; those it leads go later, without tracks. How many of others.
async fn remove_from_albums(unit: &mut Unit, artist: Uuid, held: &[Held]) -> Result<usize, StoreError> {
    let (_, others) = split(held, artist);
    let credits = album_credits::table.filter(album_credits::artist_id.eq(artist));
    diesel::delete(credits.filter(album_credits::album_id.eq_any(&others)))
        .execute(unit.connection()?)
        .await?;
    bump_albums(unit, &others).await?;
    Ok(others.len())
}

/// Deletes the tracks that the artist leads; the others lose its credit, and an album that it leads, with one event.
async fn remove_from_tracks(unit: &mut Unit, artist: Uuid, held: &[Held]) -> Result<(), StoreError> {
    let (led, others) = split(held, artist);
    let credits = track_credits::table.filter(track_credits::artist_id.eq(artist));
    diesel::delete(credits.filter(track_credits::track_id.eq_any(&others)))
        .execute(unit.connection()?)
        .await?;
    let led_albums = albums::table.filter(albums::artist_id.eq(artist));
    let led_albums = led_albums.select(albums::id.nullable());
    let on_led_album = tracks::id.eq_any(&others).and(tracks::album_id.eq_any(led_albums));
    diesel::update(tracks::table.filter(on_led_album))
        .set(tracks::album_id.eq(None::<Uuid>))
        .execute(unit.connection()?)
        .await?;
    bump_tracks(unit, &others).await?;
    let gone = diesel::delete(tracks::table.filter(tracks::id.eq_any(&led)));
    let gone = gone.returning((tracks::id, tracks::version, tracks::audio_key, tracks::cover_key));
    let gone: Vec<(Uuid, i64, Option<String>, Option<String>)> = gone.load(unit.connection()?).await?;
    let mut unused = Vec::new();
    for (id, version, audio, cover) in gone {
        // One above the last state: read models let an equal version in, so a repeat of that state would undo the
        // deletion.
        unit.record_event(&Event::Track(Change::Deleted(Deleted { id })), version + 1)?;
        unused.extend(audio.into_iter().chain(cover));
    }
    unit.let_go_of_objects(&unused).await
}

/// The next albums that the artist leads. A track that was being put on one while the artist was deleted is taken off.
async fn delete_led_albums(unit: &mut Unit, artist: Uuid, limit: i64) -> Result<(FanOutPlace, usize), StoreError> {
    let led = albums::table.filter(albums::artist_id.eq(artist)).order(albums::id);
    let led: Vec<Uuid> = led.select(albums::id).limit(limit).load(unit.connection()?).await?;
    let led = ids(&hold_albums(unit, &led).await?);
    if led.is_empty() {
        return Ok((FanOutPlace::at(Stage::Parent), 0));
    }
    let on = tracks_on(unit, &led, Uuid::nil(), limit).await?;
    if !on.is_empty() {
        let held = ids(&hold_tracks(unit, &on).await?);
        take_off_album(unit, &held).await?;
        // The same stage again: the albums go once nothing is on them.
        return Ok((FanOutPlace::at(Stage::LedAlbums), held.len()));
    }
    let gone = diesel::delete(albums::table.filter(albums::id.eq_any(&led)));
    let gone = gone.returning((albums::id, albums::version, albums::cover_key));
    let gone: Vec<(Uuid, i64, Option<String>)> = gone.load(unit.connection()?).await?;
    let mut covers = Vec::new();
    for (id, version, cover) in gone {
        unit.record_event(&Event::Album(Change::Deleted(Deleted { id })), version + 1)?;
        covers.extend(cover);
    }
    unit.let_go_of_objects(&covers).await?;
    Ok((FanOutPlace::at(Stage::LedAlbums), led.len()))
}

/// Its event was recorded by the command.
async fn delete_parent(unit: &mut Unit, change: FanOut) -> Result<(), StoreError> {
    let cover: Option<Option<String>> = match change {
        FanOut::ArtistDeleted(id) => {
            let row = diesel::delete(artists::table.find(id.0)).returning(artists::cover_key);
            row.get_result(unit.connection()?).await.optional()?
        }
        FanOut::AlbumDeleted(id) => {
            let row = diesel::delete(albums::table.find(id.0)).returning(albums::cover_key);
            row.get_result(unit.connection()?).await.optional()?
        }
        FanOut::ArtistRenamed(_) | FanOut::AlbumChanged(_) => None,
    };
    let cover: Vec<String> = cover.flatten().into_iter().collect();
    unit.let_go_of_objects(&cover).await
}

/// Publishes held albums with what is said of them now.
pub(crate) async fn bump_albums(unit: &mut Unit, ids: &[Uuid]) -> Result<(), StoreError> {
    diesel::update(albums::table.filter(albums::id.eq_any(ids)))
        .set(albums::version.eq(albums::version + 1))
        .execute(unit.connection()?)
        .await?;
    unit.record_albums(ids, Change::Updated).await.map(drop)
}

/// As [`bump_albums`].
pub(crate) async fn bump_tracks(unit: &mut Unit, ids: &[Uuid]) -> Result<(), StoreError> {
    diesel::update(tracks::table.filter(tracks::id.eq_any(ids)))
        .set(tracks::version.eq(tracks::version + 1))
        .execute(unit.connection()?)
        .await?;
    unit.record_tracks(ids, Change::Updated).await.map(drop)
}

async fn take_off_album(unit: &mut Unit, ids: &[Uuid]) -> Result<(), StoreError> {
    diesel::update(tracks::table.filter(tracks::id.eq_any(ids)))
        .set(tracks::album_id.eq(None::<Uuid>))
        .execute(unit.connection()?)
        .await?;
    bump_tracks(unit, ids).await
}
