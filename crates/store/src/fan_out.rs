//! What a change of a parent does to its dependants: their events carry its name, so they get a new version each.
//!
//! Rows are locked in the order album → track, ids ascending, by a statement of its own after the parent's row was
//! taken: so it sees every dependant that was committed before. Names are read after the dependants' rows are held:
//! whoever renames another parent meanwhile comes to these rows after us, and tells them again.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::{dsl::exists, prelude::*};
use diesel_async::RunQueryDsl;
use events::{AlbumState, Change, Deleted, Event, TrackState};
use uuid::Uuid;

use crate::{
    Album, StoreError, Track, Unit, Works,
    schema::{albums, artists, tracks},
};

/// Tells albums and tracks of an artist that its name changed.
pub(crate) async fn artist_renamed(unit: &mut Unit, artist: Uuid) -> Result<(), StoreError> {
    let ids = lock_albums_of(unit, artist).await?;
    bump_albums(unit, &ids).await?;
    let query = tracks::table
        .filter(tracks::artist_id.eq(artist))
        .order(tracks::id)
        .select(tracks::id)
        .for_update();
    let ids = query.load(unit.connection()?).await?;
    bump_tracks(unit, &ids).await
}

/// Tells an album's tracks that its title or release changed.
pub(crate) async fn album_changed(unit: &mut Unit, album: Uuid) -> Result<(), StoreError> {
    let ids = lock_tracks_on(unit, &[album]).await?;
    bump_tracks(unit, &ids).await
}

/// Takes every track off an album that is about to go.
pub(crate) async fn leave_album(unit: &mut Unit, album: Uuid) -> Result<(), StoreError> {
    let ids = lock_tracks_on(unit, &[album]).await?;
    clear_album(unit, &ids).await
}

/// Whether an artist has albums or tracks that do not go with it.
pub(crate) async fn has_works(unit: &mut Unit, artist: Uuid, going: Works) -> Result<bool, StoreError> {
    // An account that is gone has no id left: its works are others' too.
    let own = match going {
        Works::Stay => Uuid::nil(),
        Works::OfAccount(user) => user.0,
        Works::All => return Ok(false),
    };
    let albums = albums::table.filter(albums::artist_id.eq(artist));
    let albums = diesel::select(exists(albums.filter(albums::created_by.is_distinct_from(own))));
    let tracks = tracks::table.filter(tracks::artist_id.eq(artist));
    let tracks = diesel::select(exists(tracks.filter(tracks::created_by.is_distinct_from(own))));
    let connection = unit.connection()?;
    Ok(albums.get_result::<bool>(connection).await? || tracks.get_result::<bool>(connection).await?)
}

/// Deletes an artist's albums and tracks; others' tracks on those albums stay, without album.
pub(crate) async fn delete_works_of(unit: &mut Unit, artist: Uuid) -> Result<(), StoreError> {
    let gone_albums = lock_albums_of(unit, artist).await?;
    let query = tracks::table
        .filter(tracks::artist_id.eq(artist).or(tracks::album_id.eq_any(&gone_albums)))
        .order(tracks::id)
        .select((tracks::id, tracks::artist_id))
        .for_update();
    let held: Vec<(Uuid, Uuid)> = query.load(unit.connection()?).await?;
    let (own, others): (Vec<_>, Vec<_>) = held.into_iter().partition(|(_, of)| *of == artist);
    let others: Vec<Uuid> = others.into_iter().map(|(id, _)| id).collect();
    clear_album(unit, &others).await?;
    let own: Vec<Uuid> = own.into_iter().map(|(id, _)| id).collect();
    let gone = diesel::delete(tracks::table.filter(tracks::id.eq_any(&own))).returning((tracks::id, tracks::version));
    for (id, version) in gone.load::<(Uuid, i64)>(unit.connection()?).await? {
        unit.tell(&Event::Track(Change::Deleted(Deleted { id })), version + 1)?;
    }
    let gone = diesel::delete(albums::table.filter(albums::id.eq_any(&gone_albums)));
    let gone = gone.returning((albums::id, albums::version));
    for (id, version) in gone.load::<(Uuid, i64)>(unit.connection()?).await? {
        unit.tell(&Event::Album(Change::Deleted(Deleted { id })), version + 1)?;
    }
    Ok(())
}

async fn lock_albums_of(unit: &mut Unit, artist: Uuid) -> Result<Vec<Uuid>, StoreError> {
    let query = albums::table
        .filter(albums::artist_id.eq(artist))
        .order(albums::id)
        .select(albums::id)
        .for_update();
    Ok(query.load(unit.connection()?).await?)
}

async fn lock_tracks_on(unit: &mut Unit, albums: &[Uuid]) -> Result<Vec<Uuid>, StoreError> {
    let query = tracks::table
        .filter(tracks::album_id.eq_any(albums))
        .order(tracks::id)
        .select(tracks::id)
        .for_update();
    Ok(query.load(unit.connection()?).await?)
}

async fn bump_albums(unit: &mut Unit, ids: &[Uuid]) -> Result<(), StoreError> {
    let bump = diesel::update(albums::table.filter(albums::id.eq_any(ids)))
        .set(albums::version.eq(albums::version + 1))
        .returning(Album::as_returning());
    let changed: Vec<Album> = bump.load(unit.connection()?).await?;
    tell_albums(unit, &changed, Change::Updated).await
}

async fn bump_tracks(unit: &mut Unit, ids: &[Uuid]) -> Result<(), StoreError> {
    let bump = diesel::update(tracks::table.filter(tracks::id.eq_any(ids)))
        .set(tracks::version.eq(tracks::version + 1))
        .returning(Track::as_returning());
    let changed: Vec<Track> = bump.load(unit.connection()?).await?;
    tell_tracks(unit, &changed, Change::Updated).await
}

async fn clear_album(unit: &mut Unit, ids: &[Uuid]) -> Result<(), StoreError> {
    let clear = diesel::update(tracks::table.filter(tracks::id.eq_any(ids)))
        .set((
            tracks::version.eq(tracks::version + 1),
            tracks::album_id.eq(None::<Uuid>),
        ))
        .returning(Track::as_returning());
    let changed: Vec<Track> = clear.load(unit.connection()?).await?;
    tell_tracks(unit, &changed, Change::Updated).await
}

/// Notes an event for each album; the artists' names come in one query.
pub(crate) async fn tell_albums(
    unit: &mut Unit,
    rows: &[Album],
    change: fn(AlbumState) -> Change<AlbumState>,
) -> Result<(), StoreError> {
    let names = artist_names(unit, rows.iter().map(|album| album.artist_id)).await?;
    for album in rows {
        let name = names.get(&album.artist_id).cloned().unwrap_or_default();
        unit.tell(&Event::Album(change(album.state(name))), album.version)?;
    }
    Ok(())
}

/// Notes an event for each track; the parents' names come in one query each.
pub(crate) async fn tell_tracks(
    unit: &mut Unit,
    rows: &[Track],
    change: fn(TrackState) -> Change<TrackState>,
) -> Result<(), StoreError> {
    let names = artist_names(unit, rows.iter().map(|track| track.artist_id)).await?;
    let mut ids: Vec<Uuid> = rows.iter().filter_map(|track| track.album_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let titles: HashMap<Uuid, (String, Option<NaiveDate>)> = if ids.is_empty() {
        HashMap::new()
    } else {
        let query = albums::table.filter(albums::id.eq_any(&ids));
        let query = query.select((albums::id, (albums::title, albums::release_date)));
        query.load(unit.connection()?).await?.into_iter().collect()
    };
    for track in rows {
        let name = names.get(&track.artist_id).cloned().unwrap_or_default();
        let album = track.album_id.and_then(|id| titles.get(&id).cloned());
        unit.tell(&Event::Track(change(track.state(name, album))), track.version)?;
    }
    Ok(())
}

async fn artist_names(unit: &mut Unit, ids: impl Iterator<Item = Uuid>) -> Result<HashMap<Uuid, String>, StoreError> {
    let mut ids: Vec<Uuid> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let query = artists::table
        .filter(artists::id.eq_any(&ids))
        .select((artists::id, artists::name));
    Ok(query.load(unit.connection()?).await?.into_iter().collect())
}
