//! What people like and whom they follow: rows of one's own. A favourite is published under the pseudonym.

use chrono::{DateTime, Utc};
use diesel::{
    dsl::exists,
    prelude::*,
    sql_types::{BigInt, Bool, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use domain::{MAX_FAVOURITES, MAX_FOLLOWED};
use events::{ArtistId, Event, Favourite, ItemType, ListenerId, Time, UserId, Visibility};
use uuid::Uuid;

use crate::{
    Reader, StoreError, Unit,
    fixed::fixed,
    moderation::{ALBUM_IS_SHOWN, TRACK_IS_SHOWN},
    rows::Count,
    schema::{albums, artists, favourites, following, playlists, tracks, users},
};

/// What somebody likes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Liked {
    pub kind: ItemType,
    pub id: Uuid,
}

/// What came of adding to a list of one's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// When it was added, now or before.
    At(Time),
    /// There is no such thing.
    NoSuchThing,
    /// The list is full.
    TooMany,
}

impl Unit {
    /// Holds the account: what a person adds and takes away is published in the order of the rows.
    pub(crate) async fn hold_account(&mut self, user: UserId) -> Result<(), StoreError> {
        let account = users::table.find(user.0).select(users::id).for_no_key_update();
        let held: Option<Uuid> = account.first(self.connection()?).await.optional()?;
        held.map(drop)
            .ok_or(StoreError::Violated(crate::Constraint::ActorExists))
    }

    /// Doing it twice changes nothing.
    pub async fn add_favourite(
        &mut self,
        user: UserId,
        listener: ListenerId,
        liked: Liked,
    ) -> Result<Added, StoreError> {
        self.hold_account(user).await?;
        if let Some(at) = self.favourite_since(user, liked).await? {
            return Ok(Added::At(at));
        }
        if !self.is_there(user, liked).await? {
            return Ok(Added::NoSuchThing);
        }
        let count = favourites::table.filter(favourites::user_id.eq(user.0)).count();
        if count.get_result::<i64>(self.connection()?).await? >= MAX_FAVOURITES {
            return Ok(Added::TooMany);
        }
        let now = self.context.now;
        let row = (
            favourites::user_id.eq(user.0),
            favourites::kind.eq(liked.kind.name()),
            favourites::id.eq(liked.id),
            favourites::added_at.eq(now.utc()),
        );
        diesel::insert_into(favourites::table)
            .values(row)
            .execute(self.connection()?)
            .await?;
        self.record_fact(&Event::FavouriteAdded(Box::new(published(listener, liked))))?;
        Ok(Added::At(now))
    }

    /// False when it was none.
    pub async fn remove_favourite(
        &mut self,
        user: UserId,
        listener: ListenerId,
        liked: Liked,
    ) -> Result<bool, StoreError> {
        self.hold_account(user).await?;
        let row = favourites::table.find((user.0, liked.kind.name(), liked.id));
        let was_one = diesel::delete(row).execute(self.connection()?).await? > 0;
        if was_one {
            self.record_fact(&Event::FavouriteRemoved(Box::new(published(listener, liked))))?;
        }
        Ok(was_one)
    }

    async fn favourite_since(&mut self, user: UserId, liked: Liked) -> Result<Option<Time>, StoreError> {
        let row = favourites::table.find((user.0, liked.kind.name(), liked.id));
        let at: Option<DateTime<Utc>> = row
            .select(favourites::added_at)
            .first(self.connection()?)
            .await
            .optional()?;
        Ok(at.map(Time::from))
    }

    async fn is_there(&mut self, user: UserId, liked: Liked) -> Result<bool, StoreError> {
        let artist = artists::table.filter(artists::deleted_at.is_null());
        let connection = self.connection()?;
        Ok(match liked.kind {
            ItemType::Artist => {
                let artist = artist.filter(artists::id.eq(liked.id));
                diesel::select(exists(artist)).get_result(connection).await?
            }
            ItemType::Album => {
                let album = albums::table.inner_join(artists::table);
                let album = album.filter(albums::id.eq(liked.id).and(albums::deleted_at.is_null()));
                let album = album.filter(artists::deleted_at.is_null().and(fixed::<Bool>(ALBUM_IS_SHOWN)));
                diesel::select(exists(album)).get_result(connection).await?
            }
            ItemType::Track => {
                let track = tracks::table.inner_join(artists::table);
                let track = track.filter(tracks::id.eq(liked.id).and(artists::deleted_at.is_null()));
                let track = track.filter(fixed::<Bool>(TRACK_IS_SHOWN));
                diesel::select(exists(track)).get_result(connection).await?
            }
            ItemType::Playlist => {
                let playlist = playlists::table.filter(playlists::id.eq(liked.id));
                let is_public = playlists::visibility.eq(Visibility::Public.name());
                let playlist = playlist.filter(is_public.or(playlists::owner_id.eq(user.0)));
                diesel::select(exists(playlist)).get_result(connection).await?
            }
        })
    }

    /// Doing it twice changes nothing.
    pub async fn follow(&mut self, user: UserId, artist: ArtistId) -> Result<Added, StoreError> {
        self.hold_account(user).await?;
        let row = following::table.find((user.0, artist.0));
        let since: Option<DateTime<Utc>> = row
            .select(following::followed_at)
            .first(self.connection()?)
            .await
            .optional()?;
        if let Some(since) = since {
            return Ok(Added::At(since.into()));
        }
        let liked = Liked {
            kind: ItemType::Artist,
            id: artist.0,
        };
        if !self.is_there(user, liked).await? {
            return Ok(Added::NoSuchThing);
        }
        let count = following::table.filter(following::user_id.eq(user.0)).count();
        if count.get_result::<i64>(self.connection()?).await? >= MAX_FOLLOWED {
            return Ok(Added::TooMany);
        }
        let now = self.context.now;
        let row = (
            following::user_id.eq(user.0),
            following::artist_id.eq(artist.0),
            following::followed_at.eq(now.utc()),
        );
        diesel::insert_into(following::table)
            .values(row)
            .execute(self.connection()?)
            .await?;
        Ok(Added::At(now))
    }

    /// False when the artist was not followed.
    pub async fn unfollow(&mut self, user: UserId, artist: ArtistId) -> Result<bool, StoreError> {
        // The account is not held: nothing is published of it, and a list that gets shorter passes no limit.
        let row = following::table.find((user.0, artist.0));
        Ok(diesel::delete(row).execute(self.connection()?).await? > 0)
    }
}

fn published(listener_id: ListenerId, liked: Liked) -> Favourite {
    Favourite {
        listener_id,
        kind: liked.kind.into(),
        id: liked.id,
    }
}

impl Reader {
    /// Since when it is a favourite.
    pub async fn favourite(&self, user: UserId, liked: Liked) -> Result<Option<Time>, StoreError> {
        let row = favourites::table.find((user.0, liked.kind.name(), liked.id));
        let row = row.select(favourites::added_at);
        let at: Option<DateTime<Utc>> = row.first(&mut self.connection().await?).await.optional()?;
        Ok(at.map(Time::from))
    }

    /// A person's favourites after a place, the newest first.
    pub async fn favourites(
        &self,
        user: UserId,
        kind: Option<ItemType>,
        after: Option<(Time, Uuid)>,
        limit: i64,
    ) -> Result<Vec<(Liked, Time)>, StoreError> {
        let mut query = favourites::table
            .filter(favourites::user_id.eq(user.0))
            .order((favourites::added_at.desc(), favourites::id.desc()))
            .select((favourites::kind, favourites::id, favourites::added_at))
            .limit(limit)
            .into_boxed();
        if let Some(kind) = kind {
            query = query.filter(favourites::kind.eq(kind.name()));
        }
        if let Some((at, id)) = after {
            let at = at.utc();
            let same = favourites::added_at.eq(at).and(favourites::id.lt(id));
            query = query.filter(favourites::added_at.lt(at).or(same));
        }
        let rows: Vec<(String, Uuid, DateTime<Utc>)> = query.load(&mut self.connection().await?).await?;
        let known = rows.into_iter().filter_map(|(kind, id, at)| {
            let kind = ItemType::by_name(&kind)?;
            Some((Liked { kind, id }, at.into()))
        });
        Ok(known.collect())
    }

    /// All favourites of a person, without an order.
    pub async fn favourite_ids(&self, user: UserId) -> Result<Vec<Liked>, StoreError> {
        let query = favourites::table.filter(favourites::user_id.eq(user.0));
        let query = query.select((favourites::kind, favourites::id));
        let rows: Vec<(String, Uuid)> = query.load(&mut self.connection().await?).await?;
        let known = rows.into_iter();
        let known = known.filter_map(|(kind, id)| ItemType::by_name(&kind).map(|kind| Liked { kind, id }));
        Ok(known.collect())
    }

    /// Since when an artist is followed.
    pub async fn follows(&self, user: UserId, artist: ArtistId) -> Result<Option<Time>, StoreError> {
        let row = following::table.find((user.0, artist.0)).select(following::followed_at);
        let at: Option<DateTime<Utc>> = row.first(&mut self.connection().await?).await.optional()?;
        Ok(at.map(Time::from))
    }

    /// A page of the artists that a person follows, the latest first, and how many there are.
    pub async fn followed(&self, user: UserId, limit: i64, offset: i64) -> Result<(Vec<Uuid>, i64), StoreError> {
        let connection = &mut *self.connection().await?;
        let seen = following::table
            .inner_join(artists::table)
            .filter(following::user_id.eq(user.0).and(artists::deleted_at.is_null()));
        let total = seen.count().get_result(connection).await?;
        let order = (following::followed_at.desc(), following::artist_id.desc());
        let page = seen.order(order).select(following::artist_id);
        Ok((page.limit(limit).offset(offset).load(connection).await?, total))
    }

    /// A page of the albums of artists that a person follows, the latest release first, and how many there are.
    pub async fn new_releases(&self, user: UserId, limit: i64, offset: i64) -> Result<(Vec<Uuid>, i64), StoreError> {
        let connection = &mut *self.connection().await?;
        let total: Count = diesel::sql_query(format!("SELECT count(*) AS count FROM {RELEASES}"))
            .bind::<SqlUuid, _>(user.0)
            .get_result(connection)
            .await?;
        let page = format!(
            "SELECT albums.id FROM {RELEASES} ORDER BY albums.release_date DESC NULLS LAST, albums.id DESC \
             LIMIT $2 OFFSET $3"
        );
        let rows: Vec<Release> = diesel::sql_query(page)
            .bind::<SqlUuid, _>(user.0)
            .bind::<BigInt, _>(limit)
            .bind::<BigInt, _>(offset)
            .load(connection)
            .await?;
        Ok((rows.into_iter().map(|row| row.id).collect(), total.count))
    }
}

/// `$1` follows. An album of two followed artists is one release.
const RELEASES: &str = "albums JOIN artists ON artists.id = albums.artist_id WHERE albums.deleted_at IS NULL \
    AND artists.deleted_at IS NULL AND albums.id NOT IN (SELECT id FROM takedowns) \
    AND albums.id IN (SELECT credit.album_id FROM album_credits credit \
    JOIN following ON following.artist_id = credit.artist_id \
    WHERE following.user_id = $1 AND credit.role IN ('main', 'featured'))";

#[derive(QueryableByName)]
struct Release {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}
