//! Finding or creating the artist and the album that an uploaded file names in its tags.

use diesel::{prelude::*, sql_types::BigInt};
use diesel_async::RunQueryDsl;
use domain::{AlbumFields, ArtistFields, name_key};
use events::{AlbumId, ArtistId, UserId};
use uuid::Uuid;

use crate::{
    StoreError, Unit,
    schema::{albums, artists},
};

/// A thing told by id, or by what is known of it.
#[derive(Clone, Debug)]
pub enum Credit<I, F> {
    /// This one.
    Id(I),
    /// The one of this name, created with these fields where there is none.
    Named(F),
}

/// Where an uploaded file belongs, as the client and its tags say.
#[derive(Clone, Debug)]
pub struct Credits {
    /// The track's artist.
    pub artist: Credit<ArtistId, ArtistFields>,
    /// The album, if there is one; a named one comes with its artist, where that is another than the track's.
    pub album: Option<Credit<AlbumId, (Option<ArtistFields>, AlbumFields)>>,
    /// Key of the cover, for an album that is created now.
    pub cover_key: Option<String>,
}

/// Where a file belongs.
#[derive(Clone, Copy, Debug)]
pub struct Resolved {
    /// Its artist.
    pub artist_id: ArtistId,
    /// Its album.
    pub album_id: Option<AlbumId>,
}

impl Unit {
    /// The artist and album of these names, created where there are none. Two uploads at once make one of each.
    ///
    /// # Errors
    /// Postgres unavailable.
    pub async fn resolve(&mut self, credits: Credits, by: UserId) -> Result<Resolved, StoreError> {
        // One lock for all of it, before any row: uploads that create the same names go one after another, and locks
        // taken name by name could meet crosswise.
        diesel::sql_query("SELECT pg_advisory_xact_lock($1)")
            .bind::<BigInt, _>(UPLOADS)
            .execute(self.connection()?)
            .await?;
        let artist_id = match credits.artist {
            Credit::Id(id) => id,
            Credit::Named(fields) => self.artist_named(fields, by).await?,
        };
        let album_id = match credits.album {
            None => None,
            Some(Credit::Id(id)) => Some(id),
            Some(Credit::Named((of, album))) => {
                let of = match of {
                    Some(fields) => self.artist_named(fields, by).await?,
                    None => artist_id,
                };
                Some(self.album_named(of, album, credits.cover_key, by).await?)
            }
        };
        Ok(Resolved { artist_id, album_id })
    }

    async fn artist_named(&mut self, fields: ArtistFields, by: UserId) -> Result<ArtistId, StoreError> {
        let query = artists::table
            .filter(artists::name_key.eq(name_key(&fields.name)))
            .order((artists::created_at, artists::id))
            .select(artists::id);
        if let Some(id) = query.first::<Uuid>(self.connection()?).await.optional()? {
            return Ok(ArtistId(id));
        }
        let id = ArtistId((self.context.new_id)());
        self.create_artist(id, fields, by).await?;
        Ok(id)
    }

    async fn album_named(
        &mut self,
        artist: ArtistId,
        fields: AlbumFields,
        cover_key: Option<String>,
        by: UserId,
    ) -> Result<AlbumId, StoreError> {
        let query = albums::table
            .filter(albums::artist_id.eq(artist.0))
            .filter(albums::title_key.eq(name_key(&fields.title)))
            .order((albums::created_at, albums::id))
            .select(albums::id);
        if let Some(id) = query.first::<Uuid>(self.connection()?).await.optional()? {
            return Ok(AlbumId(id));
        }
        let id = AlbumId((self.context.new_id)());
        self.create_album(
            id,
            AlbumFields {
                artist_id: artist,
                ..fields
            },
            cover_key,
            by,
        )
        .await?;
        Ok(id)
    }
}

/// The advisory lock of uploads.
const UPLOADS: i64 = 7_110_012;
