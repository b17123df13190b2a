//! What a change of an artist or an album does to its dependants. Their events carry its name, so each gets a new version
//! and an event in the same transaction.
//!
//! Rows are locked in the order album → track, ids ascending, by a statement of its own after the parent's row was taken:
//! so it sees every dependant that was committed before. Names are read after the dependants' rows are held. Whoever
//! renames another parent meanwhile comes to these rows after us and records them again, so the last event of each has the
//! last names.

use diesel::{dsl::exists, prelude::*};
use diesel_async::RunQueryDsl;
use domain::CreditedWorks;
use events::{Change, Deleted, Event};
use uuid::Uuid;

use crate::{
    StoreError, Unit,
    schema::{album_credits, albums, track_credits, tracks},
};

/// Every album and track that credits the artist shows its name.
pub(crate) async fn artist_renamed(unit: &mut Unit, artist: Uuid) -> Result<(), StoreError> {
    let albums = hold_albums_crediting(unit, artist).await?;
    bump_albums(unit, &ids(&albums)).await?;
    let tracks = hold_tracks_crediting(unit, artist, &[]).await?;
    bump_tracks(unit, &ids(&tracks)).await
}

/// Every track of the album shows its title and its day of release.
pub(crate) async fn album_changed(unit: &mut Unit, album: Uuid) -> Result<(), StoreError> {
    let tracks = hold_tracks_on(unit, album).await?;
    bump_tracks(unit, &tracks).await
}

/// Takes every track off an album that is about to go.
pub(crate) async fn leave_album(unit: &mut Unit, album: Uuid) -> Result<(), StoreError> {
    let tracks = hold_tracks_on(unit, album).await?;
    clear_album(unit, &tracks).await
}

/// The works that credit an artist, as the decision whether it may be deleted needs them.
pub(crate) async fn credited_works(unit: &mut Unit, artist: Uuid, by: Uuid) -> Result<CreditedWorks, StoreError> {
    let credited_albums = album_credits::table.filter(album_credits::artist_id.eq(artist));
    let credited_tracks = track_credits::table.filter(track_credits::artist_id.eq(artist));
    // An account that is gone has no id left: its works are others' too.
    let led_albums = albums::table.filter(albums::artist_id.eq(artist));
    let led_albums = led_albums.filter(albums::created_by.is_distinct_from(by));
    let led_tracks = tracks::table.filter(tracks::artist_id.eq(artist));
    let led_tracks = led_tracks.filter(tracks::created_by.is_distinct_from(by));
    let query = diesel::select((
        exists(credited_albums),
        exists(credited_tracks),
        exists(led_albums),
        exists(led_tracks),
    ));
    let (albums, tracks, led_albums, led_tracks): (bool, bool, bool, bool) =
        query.get_result(unit.connection()?).await?;
    Ok(CreditedWorks {
        any: albums || tracks,
        led_of_others: led_albums || led_tracks,
    })
}

/// Deletes the works that an artist leads, and its credits on the others. Others' tracks on those albums stay, without
/// album.
pub(crate) async fn remove_from_works(unit: &mut Unit, artist: Uuid) -> Result<(), StoreError> {
    let albums = hold_albums_crediting(unit, artist).await?;
    let (led_albums, other_albums) = split(&albums, artist);
    let tracks = hold_tracks_crediting(unit, artist, &led_albums).await?;
    let (led_tracks, other_tracks) = split(&tracks, artist);
    delete_credits(unit, artist).await?;
    bump_albums(unit, &other_albums).await?;
    // One event for each: a track may lose its album and a credit at once.
    let lost_album = tracks::album_id.eq_any(&led_albums);
    diesel::update(tracks::table.filter(tracks::id.eq_any(&other_tracks).and(lost_album)))
        .set(tracks::album_id.eq(None::<Uuid>))
        .execute(unit.connection()?)
        .await?;
    bump_tracks(unit, &other_tracks).await?;
    let gone = diesel::delete(tracks::table.filter(tracks::id.eq_any(&led_tracks)));
    let gone = gone.returning((tracks::id, tracks::version));
    for (id, version) in gone.load::<(Uuid, i64)>(unit.connection()?).await? {
        unit.record_event(&Event::Track(Change::Deleted(Deleted { id })), version + 1)?;
    }
    let gone = diesel::delete(albums::table.filter(albums::id.eq_any(&led_albums)));
    let gone = gone.returning((albums::id, albums::version));
    for (id, version) in gone.load::<(Uuid, i64)>(unit.connection()?).await? {
        unit.record_event(&Event::Album(Change::Deleted(Deleted { id })), version + 1)?;
    }
    Ok(())
}

/// A work's id, and its first main artist.
type Held = (Uuid, Uuid);

fn ids(held: &[Held]) -> Vec<Uuid> {
    held.iter().map(|(id, _)| *id).collect()
}

/// The works that this artist leads, and the others.
fn split(held: &[Held], artist: Uuid) -> (Vec<Uuid>, Vec<Uuid>) {
    let (led, others): (Vec<Held>, Vec<Held>) = held.iter().partition(|(_, first)| *first == artist);
    (ids(&led), ids(&others))
}

async fn hold_albums_crediting(unit: &mut Unit, artist: Uuid) -> Result<Vec<Held>, StoreError> {
    let crediting = album_credits::table.filter(album_credits::artist_id.eq(artist));
    let crediting = crediting.select(album_credits::album_id);
    let query = albums::table
        .filter(albums::id.eq_any(crediting))
        .order(albums::id)
        .select((albums::id, albums::artist_id))
        .for_update();
    Ok(query.load(unit.connection()?).await?)
}

/// Tracks that credit the artist, or are on one of these albums.
async fn hold_tracks_crediting(unit: &mut Unit, artist: Uuid, on: &[Uuid]) -> Result<Vec<Held>, StoreError> {
    let crediting = track_credits::table.filter(track_credits::artist_id.eq(artist));
    let crediting = crediting.select(track_credits::track_id);
    let mut held: Vec<Uuid> = crediting.load(unit.connection()?).await?;
    if !on.is_empty() {
        let query = tracks::table.filter(tracks::album_id.eq_any(on)).select(tracks::id);
        held.extend(query.load::<Uuid>(unit.connection()?).await?);
    }
    let query = tracks::table
        .filter(tracks::id.eq_any(held))
        .order(tracks::id)
        .select((tracks::id, tracks::artist_id))
        .for_update();
    Ok(query.load(unit.connection()?).await?)
}

async fn hold_tracks_on(unit: &mut Unit, album: Uuid) -> Result<Vec<Uuid>, StoreError> {
    let query = tracks::table
        .filter(tracks::album_id.eq(album))
        .order(tracks::id)
        .select(tracks::id)
        .for_update();
    Ok(query.load(unit.connection()?).await?)
}

async fn delete_credits(unit: &mut Unit, artist: Uuid) -> Result<(), StoreError> {
    let credits = album_credits::table.filter(album_credits::artist_id.eq(artist));
    diesel::delete(credits).execute(unit.connection()?).await?;
    let credits = track_credits::table.filter(track_credits::artist_id.eq(artist));
    diesel::delete(credits).execute(unit.connection()?).await?;
    Ok(())
}

async fn bump_albums(unit: &mut Unit, ids: &[Uuid]) -> Result<(), StoreError> {
    diesel::update(albums::table.filter(albums::id.eq_any(ids)))
        .set(albums::version.eq(albums::version + 1))
        .execute(unit.connection()?)
        .await?;
    unit.record_albums(ids, Change::Updated).await.map(drop)
}

async fn bump_tracks(unit: &mut Unit, ids: &[Uuid]) -> Result<(), StoreError> {
    diesel::update(tracks::table.filter(tracks::id.eq_any(ids)))
        .set(tracks::version.eq(tracks::version + 1))
        .execute(unit.connection()?)
        .await?;
    unit.record_tracks(ids, Change::Updated).await.map(drop)
}

async fn clear_album(unit: &mut Unit, ids: &[Uuid]) -> Result<(), StoreError> {
    diesel::update(tracks::table.filter(tracks::id.eq_any(ids)))
        .set(tracks::album_id.eq(None::<Uuid>))
        .execute(unit.connection()?)
        .await?;
    bump_tracks(unit, ids).await
}
