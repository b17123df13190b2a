//! What queries read by id, and the tracks of an album.

use std::{collections::HashMap, time::Duration};

use diesel::{
    dsl::{auto_type, exists},
    prelude::*,
    sql_types::{Array, Bool, Uuid as SqlUuid},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::{Sight, StoredAudio};
use events::{AlbumId, ArtistId, Role, TrackId, UserId};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    AlbumView, ArtistView, Reader, StoreError, TrackView, Unit, albums as album_rows, artists as artist_rows,
    fixed::fixed,
    gathered::Gathered,
    moderation::TRACK_IS_SHOWN,
    pool::Connections,
    schema::{albums, artists, tracks, users},
    tracks as track_rows,
};

/// What a listen says of its track.
#[derive(Clone, Debug, Queryable)]
pub struct ListenFacts {
    id: Uuid,
    artist_id: Uuid,
    artist_ids: Vec<Uuid>,
    album_id: Option<Uuid>,
    /// Lower case.
    pub genres: Vec<String>,
    /// In milliseconds.
    pub duration_ms: Option<i64>,
}

impl ListenFacts {
    #[must_use]
    pub fn track_id(&self) -> TrackId {
        TrackId(self.id)
    }

    /// The first main artist.
    #[must_use]
    pub fn artist_id(&self) -> ArtistId {
        ArtistId(self.artist_id)
    }

    /// Main and featured artists: a play counts once for each.
    #[must_use]
    pub fn artist_ids(&self) -> Vec<ArtistId> {
        self.artist_ids.iter().copied().map(ArtistId).collect()
    }

    #[must_use]
    pub fn album_id(&self) -> Option<AlbumId> {
        self.album_id.map(AlbumId)
    }
}

#[derive(Clone, Debug)]
pub struct TrackAudio {
    /// None for a track without audio.
    pub stored: Option<StoredAudio>,
    owner: Option<UserId>,
    is_taken_down: bool,
}

impl TrackAudio {
    /// What was taken down is for its owner and admins.
    #[must_use]
    pub fn is_heard_by(&self, sight: Sight) -> bool {
        !self.is_taken_down || sight.is_owner_or_admin(self.owner)
    }
}

/// The album, unless it is deleted. It does not depend on the row: Postgres looks once, and keeps the order of the index.
#[auto_type]
fn seen_album(id: Uuid) -> _ {
    let album = albums::table.inner_join(artists::table).filter(albums::id.eq(id));
    album
        .filter(albums::deleted_at.is_null())
        .filter(artists::deleted_at.is_null())
}

async fn artist_of(connection: &mut AsyncPgConnection, user: UserId) -> Result<Option<ArtistId>, StoreError> {
    let query = artists::table.filter(artists::user_id.eq(user.0)).select(artists::id);
    Ok(query.first(connection).await.optional()?.map(ArtistId))
}

impl Unit {
    /// The artist profile of an account.
    pub async fn artist_of_user(&mut self, user: UserId) -> Result<Option<ArtistId>, StoreError> {
        artist_of(self.connection()?, user).await
    }

    /// The role of an account that may sign in; none where there is no such account.
    pub async fn active_role(&mut self, user: UserId) -> Result<Option<Role>, StoreError> {
        let query = users::table.find(user.0).filter(users::is_active).select(users::role);
        let role: Option<String> = query.first(self.connection()?).await.optional()?;
        Ok(role.as_deref().and_then(Role::by_name))
    }

    /// An album as it is shown.
    pub async fn album_view(&mut self, id: AlbumId) -> Result<Option<AlbumView>, StoreError> {
        Ok(album_rows::views(self.connection()?, &[id.0]).await?.pop())
    }
}

impl Reader {
    /// In the order asked for; what is not there is left out.
    pub async fn artists(&self, ids: &[Uuid]) -> Result<Vec<ArtistView>, StoreError> {
        artist_rows::views(&mut *self.connection().await?, ids).await
    }

    /// In the order asked for; what is not there, or was taken down, is left out.
    pub async fn albums(&self, ids: &[Uuid]) -> Result<Vec<AlbumView>, StoreError> {
        let mut views = album_rows::views(&mut *self.connection().await?, ids).await?;
        views.retain(|album| album.taken_down.is_none());
        Ok(views)
    }

    /// In the order asked for; what is not there, or was taken down, is left out.
    pub async fn tracks(&self, ids: &[Uuid]) -> Result<Vec<TrackView>, StoreError> {
        let mut views = track_rows::views(&mut *self.connection().await?, ids).await?;
        views.retain(|track| track.taken_down.is_none());
        Ok(views)
    }

    /// An album that was taken down, for its owner and admins.
    pub async fn taken_down_album(&self, id: AlbumId, sight: Sight) -> Result<Option<AlbumView>, StoreError> {
        let view = album_rows::views(&mut *self.connection().await?, &[id.0]).await?.pop();
        Ok(view.filter(|album| album.taken_down.as_ref().is_some_and(|it| it.is_seen_by(sight))))
    }

    /// A track that was taken down, for its owner and admins.
    pub async fn taken_down_track(&self, id: TrackId, sight: Sight) -> Result<Option<TrackView>, StoreError> {
        let view = track_rows::views(&mut *self.connection().await?, &[id.0]).await?.pop();
        Ok(view.filter(|track| track.taken_down.as_ref().is_some_and(|it| it.is_seen_by(sight))))
    }

    /// None where there is no such track.
    pub async fn audio_of(&self, id: TrackId) -> Result<Option<TrackAudio>, StoreError> {
        let found = self.audio.of(&[id.0]).await?;
        Ok(found.get(&id.0).cloned())
    }

    /// What listens say of these tracks, in any order; what is not there is left out.
    pub async fn listen_facts(&self, ids: &[TrackId]) -> Result<Vec<ListenFacts>, StoreError> {
        let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
        let found = self.facts.of(&ids).await?;
        Ok(ids.iter().filter_map(|id| found.get(id).cloned()).collect())
    }

    /// The artist profile of an account.
    pub async fn artist_of_user(&self, user: UserId) -> Result<Option<ArtistId>, StoreError> {
        artist_of(&mut *self.connection().await?, user).await
    }

    /// A page of an album's tracks in disc and track order, and how many there are.
    pub async fn tracks_of_album(&self, id: AlbumId, limit: i64, offset: i64) -> Result<(Vec<Uuid>, i64), StoreError> {
        let connection = &mut *self.connection().await?;
        let of = tracks::table.filter(tracks::album_id.eq(id.0));
        let of = of.filter(exists(seen_album(id.0)).and(fixed::<Bool>(TRACK_IS_SHOWN)));
        let total = of.count().get_result(connection).await?;
        let order = (tracks::disc_number.asc(), tracks::track_number.asc(), tracks::id.asc());
        let page = of.order(order).select(tracks::id);
        let ids = page.limit(limit).offset(offset).load(connection).await?;
        Ok((ids, total))
    }

    /// The same of an album that was taken down: those of its tracks that this person sees, as their owner or an admin.
    pub async fn tracks_of_taken_down_album(
        &self,
        id: AlbumId,
        sight: Sight,
        (limit, offset): (i64, i64),
    ) -> Result<(Vec<TrackView>, i64), StoreError> {
        let connection = &mut *self.connection().await?;
        let of = tracks::table.filter(tracks::album_id.eq(id.0));
        let by = sight.user_id.map(|user| user.0).unwrap_or_default();
        let is_seen = tracks::created_by.assume_not_null().eq(by);
        let is_seen = is_seen.or(sight.is_admin.into_sql::<Bool>());
        let of = of.filter(exists(seen_album(id.0)).and(is_seen));
        let total = of.count().get_result(connection).await?;
        let order = (tracks::disc_number.asc(), tracks::track_number.asc(), tracks::id.asc());
        let page = of.order(order).select(tracks::id);
        let ids: Vec<Uuid> = page.limit(limit).offset(offset).load(connection).await?;
        Ok((track_rows::views(connection, &ids).await?, total))
    }
}

/// The stored audio of tracks, looked up together.
pub(crate) fn gathered_audio(connections: &Connections, limit: Duration) -> Gathered<TrackAudio> {
    let connections = connections.clone();
    Gathered::new(limit, move |ids| {
        let connections = connections.clone();
        async move { audio(&mut *connections.get().await?, &ids).await }
    })
}

/// The track, the key and the state of its audio, its owner, and whether it is shown.
type AudioRow = (Uuid, Option<String>, Option<Value>, Option<Uuid>, bool);

async fn audio(connection: &mut AsyncPgConnection, ids: &[Uuid]) -> Result<HashMap<Uuid, TrackAudio>, StoreError> {
    let query = tracks::table.inner_join(artists::table).filter(tracks::id.eq_any(ids));
    let query = query.filter(artists::deleted_at.is_null());
    let is_shown = fixed::<Bool>(TRACK_IS_SHOWN);
    let query = query.select((
        tracks::id,
        tracks::audio_key,
        tracks::audio,
        tracks::created_by,
        is_shown,
    ));
    let rows: Vec<AudioRow> = query.load(connection).await?;
    let audio = |(id, key, state, owner, is_shown): AudioRow| {
        let stored = key.zip(track_rows::audio_state(state)?);
        let audio = TrackAudio {
            stored: stored.map(|(key, state)| StoredAudio { key, state }),
            owner: owner.map(UserId),
            is_taken_down: !is_shown,
        };
        Ok((id, audio))
    };
    rows.into_iter().map(audio).collect()
}

/// What listens say of tracks, looked up together.
pub(crate) fn gathered_facts(connections: &Connections, limit: Duration) -> Gathered<ListenFacts> {
    let connections = connections.clone();
    Gathered::new(limit, move |ids| {
        let connections = connections.clone();
        async move { facts(&mut *connections.get().await?, &ids).await }
    })
}

async fn facts(connection: &mut AsyncPgConnection, ids: &[Uuid]) -> Result<HashMap<Uuid, ListenFacts>, StoreError> {
    let artist_ids = fixed::<Array<SqlUuid>>(
        "coalesce((SELECT array_agg(credit.artist_id ORDER BY credit.position) FROM track_credits credit \
         WHERE credit.track_id = tracks.id AND credit.role IN ('main', 'featured')), ARRAY[tracks.artist_id])",
    );
    let query = tracks::table.inner_join(artists::table).filter(tracks::id.eq_any(ids));
    let query = query.filter(fixed::<Bool>(TRACK_IS_SHOWN));
    let query = query.filter(artists::deleted_at.is_null()).select((
        tracks::id,
        tracks::artist_id,
        artist_ids,
        tracks::album_id,
        tracks::genres,
        tracks::duration_ms,
    ));
    let facts: Vec<ListenFacts> = query.load(connection).await?;
    Ok(facts.into_iter().map(|facts| (facts.id, facts)).collect())
}
