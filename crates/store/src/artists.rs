//! Artists: the row, how they are read, and the commands on them.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::{dsl::count_star, prelude::*, sql_types::Bool};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::{Actor, Artist, ArtistFields, Changed, CreditedWorks, name_key};
use events::{ArtistId, ArtistState, Change, Deleted, Event, UserId};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    FanOut, StoreError, Unit,
    credits::{PERFORMED_ALBUM, PERFORMED_TRACK},
    fan_out,
    fixed::fixed,
    moderation::{CREDITED_ALBUM_IS_SHOWN, CREDITED_TRACK_IS_SHOWN},
    rows::{external_ids, in_order, one, to_json},
    schema::{album_credits, artists, track_credits},
};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = artists, check_for_backend(diesel::pg::Pg), treat_none_as_null = true)]
pub(crate) struct ArtistRow {
    id: Uuid,
    name: String,
    name_key: String,
    bio: Option<String>,
    country: Option<String>,
    genres: Vec<String>,
    user_id: Option<Uuid>,
    external_ids: Value,
    created_by: Option<Uuid>,
    version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    cover_key: Option<String>,
}

/// An artist as shown, without plays.
#[derive(Clone, Debug)]
pub struct ArtistView {
    pub state: ArtistState,
    pub version: i64,
    /// Tracks on which it is main or featured.
    pub tracks_count: i64,
    /// Albums on which it is main or featured.
    pub albums_count: i64,
}

impl ArtistRow {
    fn new(artist: &Artist) -> Self {
        let Artist { id, fields, .. } = artist;
        Self {
            id: id.0,
            name: fields.name.clone(),
            name_key: name_key(&fields.name),
            bio: fields.bio.clone(),
            country: fields.country.clone(),
            genres: fields.genres.clone(),
            user_id: fields.user_id.map(|id| id.0),
            external_ids: to_json(&fields.external_ids),
            created_by: artist.created_by.map(|id| id.0),
            version: artist.version,
            created_at: artist.created_at.utc(),
            updated_at: artist.updated_at.utc(),
            cover_key: fields.cover_key.clone(),
        }
    }

    fn artist(self) -> Result<Artist, StoreError> {
        Ok(Artist {
            id: ArtistId(self.id),
            fields: ArtistFields {
                name: self.name,
                genres: self.genres,
                external_ids: external_ids(self.external_ids)?,
                bio: self.bio,
                country: self.country,
                cover_key: self.cover_key,
                user_id: self.user_id.map(UserId),
            },
            created_by: self.created_by.map(UserId),
            version: self.version,
            created_at: self.created_at.into(),
            updated_at: self.updated_at.into(),
        })
    }

    fn state(self) -> Result<ArtistState, StoreError> {
        Ok(ArtistState {
            id: ArtistId(self.id),
            name: self.name,
            bio: self.bio,
            country: self.country,
            genres: self.genres,
            cover_key: self.cover_key,
            user_id: self.user_id.map(UserId),
            external_ids: external_ids(self.external_ids)?,
            created_at: self.created_at.into(),
            updated_at: self.updated_at.into(),
        })
    }
}

async fn load(connection: &mut AsyncPgConnection, ids: &[Uuid]) -> Result<Vec<ArtistRow>, StoreError> {
    let query = artists::table.filter(artists::id.eq_any(ids).and(artists::deleted_at.is_null()));
    Ok(query.select(ArtistRow::as_select()).load(connection).await?)
}

/// In the order asked for; what is not there is left out.
pub(crate) async fn views(connection: &mut AsyncPgConnection, ids: &[Uuid]) -> Result<Vec<ArtistView>, StoreError> {
    let rows = load(connection, ids).await?;
    let tracks = track_credits::table
        .filter(track_credits::artist_id.eq_any(ids))
        .filter(fixed::<Bool>(PERFORMED_TRACK).and(fixed::<Bool>(CREDITED_TRACK_IS_SHOWN)))
        .group_by(track_credits::artist_id)
        .select((track_credits::artist_id, count_star()));
    let tracks: HashMap<Uuid, i64> = tracks.load(connection).await?.into_iter().collect();
    let albums = album_credits::table
        .filter(album_credits::artist_id.eq_any(ids))
        .filter(fixed::<Bool>(PERFORMED_ALBUM).and(fixed::<Bool>(CREDITED_ALBUM_IS_SHOWN)))
        .group_by(album_credits::artist_id)
        .select((album_credits::artist_id, count_star()));
    let albums: HashMap<Uuid, i64> = albums.load(connection).await?.into_iter().collect();
    let view = |row: ArtistRow| {
        let (id, version) = (row.id, row.version);
        let view = ArtistView {
            state: row.state()?,
            version,
            tracks_count: tracks.get(&id).copied().unwrap_or(0),
            albums_count: albums.get(&id).copied().unwrap_or(0),
        };
        Ok((id, view))
    };
    let views: HashMap<_, _> = rows.into_iter().map(view).collect::<Result<_, StoreError>>()?;
    Ok(in_order(ids, views))
}

impl Unit {
    /// The artist as it is now, held until this unit ends: commands on one artist wait for each other, instead of finding
    /// at the end that another one was first. An artist comes first in the order of locks, so nothing else is held yet.
    pub async fn artist(&mut self, id: ArtistId) -> Result<Option<Artist>, StoreError> {
        let query = artists::table.find(id.0).filter(artists::deleted_at.is_null());
        let query = query.select(ArtistRow::as_select());
        let row = query.for_no_key_update().first(self.connection()?).await.optional()?;
        row.map(ArtistRow::artist).transpose()
    }

    pub async fn create_artist(&mut self, artist: &Artist) -> Result<ArtistView, StoreError> {
        diesel::insert_into(artists::table)
            .values(ArtistRow::new(artist))
            .execute(self.connection()?)
            .await?;
        one(self.record_artists(&[artist.id.0], Change::Created).await?)
    }

    /// [`StoreError::Conflict`] when it was changed since it was read.
    pub async fn update_artist(&mut self, changed: &Changed<Artist>) -> Result<ArtistView, StoreError> {
        let artist = &changed.thing;
        let row = artists::table
            .find(artist.id.0)
            .filter(artists::version.eq(artist.version - 1));
        let update = diesel::update(row).set(ArtistRow::new(artist));
        if update.execute(self.connection()?).await? == 0 {
            return Err(StoreError::Conflict);
        }
        let view = one(self.record_artists(&[artist.id.0], Change::Updated).await?)?;
        if changed.fans_out {
            fan_out::reach_dependants(self, FanOut::ArtistRenamed(artist.id)).await?;
        }
        Ok(view)
    }

    /// The works that credit an artist. It was loaded by this unit, so it is held: none can be added meanwhile.
    pub async fn credited_works(&mut self, artist: ArtistId, by: Actor) -> Result<CreditedWorks, StoreError> {
        fan_out::credited_works(self, artist.0, by.user_id.0).await
    }

    /// Deletes an artist that was loaded by this unit, the works that it leads, and its credits on others. Where these are
    /// many, the row is marked and a job does it: nobody sees the artist or what it leads from then on.
    pub async fn delete_artist(&mut self, artist: &Artist) -> Result<(), StoreError> {
        if !fan_out::reach_dependants(self, FanOut::ArtistDeleted(artist.id)).await? {
            // Its account may have another profile at once.
            let marks = (
                artists::deleted_at.eq(self.context.now.utc()),
                artists::version.eq(artist.version + 1),
                artists::user_id.eq(None::<Uuid>),
            );
            diesel::update(artists::table.find(artist.id.0))
                .set(marks)
                .execute(self.connection()?)
                .await?;
        }
        self.record_event(
            &Event::Artist(Change::Deleted(Deleted { id: artist.id.0 })),
            artist.version + 1,
        )
    }

    pub(crate) async fn record_artists(
        &mut self,
        ids: &[Uuid],
        change: fn(ArtistState) -> Change<ArtistState>,
    ) -> Result<Vec<ArtistView>, StoreError> {
        let views = views(self.connection()?, ids).await?;
        for view in &views {
            self.record_event(&Event::Artist(change(view.state.clone())), view.version)?;
        }
        Ok(views)
    }
}
