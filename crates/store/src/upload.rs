//! Finding or creating the artists and the album that an uploaded file names.

use diesel::{prelude::*, sql_types::BigInt};
use diesel_async::RunQueryDsl;
use domain::{Actor, Album, AlbumFields, Artist, ArtistFields, CreditFields, Refusal, name_key};
use events::{AlbumId, ArtistId, CreditRole};
use uuid::Uuid;

use crate::{
    StoreError, Unit,
    schema::{albums, artists},
};

/// The advisory lock of uploads.
const UPLOADS: i64 = 7_110_012;

/// A thing that an upload refers to.
#[derive(Clone, Debug)]
pub enum Reference<I, F> {
    Id(I),
    /// The one of this name, created from these where there is none.
    Named(F),
}

/// A credit whose artist may not be there yet.
#[derive(Clone, Debug)]
pub struct UploadedCredit {
    pub artist: Reference<ArtistId, ArtistFields>,
    pub role: CreditRole,
    pub credited_as: Option<String>,
    pub join_phrase: Option<String>,
}

/// An album as the file's tags know it; its fields have no credits yet.
#[derive(Clone, Debug)]
pub struct UploadedAlbum {
    pub fields: AlbumFields,
    pub credits: Vec<UploadedCredit>,
}

/// Where an uploaded file belongs, as the client and its tags say.
#[derive(Clone, Debug)]
pub struct UploadedParents {
    pub credits: Vec<UploadedCredit>,
    pub album: Option<Reference<AlbumId, UploadedAlbum>>,
    /// Key of the cover, for an album that is created now.
    pub cover_key: Option<String>,
}

/// Where it belongs, as the catalogue knows it.
#[derive(Clone, Debug)]
pub struct ResolvedParents {
    pub credits: Vec<CreditFields>,
    pub album_id: Option<AlbumId>,
}

/// Why an upload's parents could not be found or created.
#[derive(Debug, thiserror::Error)]
pub enum ResolveError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Refused(#[from] Refusal),
}

impl Unit {
    /// The artists and the album of these names, created where there are none. Two uploads at once make one of each.
    pub async fn resolve(&mut self, parents: UploadedParents, by: Actor) -> Result<ResolvedParents, ResolveError> {
        // One lock for all of it, before any row: uploads that create the same names go one after another, and locks
        // taken name by name could meet crosswise.
        diesel::sql_query("SELECT pg_advisory_xact_lock($1)")
            .bind::<BigInt, _>(UPLOADS)
            .execute(self.connection()?)
            .await
            .map_err(StoreError::from)?;
        let credits = self.resolve_credits(parents.credits, by).await?;
        let album_id = match parents.album {
            None => None,
            Some(Reference::Id(id)) => Some(id),
            Some(Reference::Named(album)) => Some(self.album_named(album, parents.cover_key, by).await?),
        };
        Ok(ResolvedParents { credits, album_id })
    }

    async fn resolve_credits(
        &mut self,
        credits: Vec<UploadedCredit>,
        by: Actor,
    ) -> Result<Vec<CreditFields>, ResolveError> {
        let mut resolved: Vec<CreditFields> = Vec::with_capacity(credits.len());
        for credit in credits {
            let artist_id = match credit.artist {
                Reference::Id(id) => id,
                Reference::Named(fields) => self.artist_named(fields, by).await?,
            };
            // Two spellings may be one artist.
            if resolved.iter().any(|other| other.artist_id == artist_id) {
                continue;
            }
            resolved.push(CreditFields {
                artist_id,
                role: credit.role,
                credited_as: credit.credited_as,
                join_phrase: credit.join_phrase,
            });
        }
        Ok(resolved)
    }

    async fn artist_named(&mut self, fields: ArtistFields, by: Actor) -> Result<ArtistId, ResolveError> {
        let query = artists::table
            .filter(artists::name_key.eq(name_key(&fields.name)))
            .order((artists::created_at, artists::id))
            .select(artists::id);
        let found = query.first::<Uuid>(self.connection()?).await.optional();
        if let Some(id) = found.map_err(StoreError::from)? {
            return Ok(ArtistId(id));
        }
        let id = ArtistId((self.context.new_id)());
        let artist = Artist::create(id, fields, by, self.context.now)?;
        self.create_artist(&artist).await?;
        Ok(id)
    }

    /// An album is the one of its title and its first main artist.
    async fn album_named(
        &mut self,
        album: UploadedAlbum,
        cover_key: Option<String>,
        by: Actor,
    ) -> Result<AlbumId, ResolveError> {
        let credits = self.resolve_credits(album.credits, by).await?;
        let id = AlbumId((self.context.new_id)());
        let fields = AlbumFields {
            credits,
            ..album.fields
        };
        let album = Album {
            cover_key,
            ..Album::create(id, fields, by, self.context.now)?
        };
        let first = album.fields.artist_id.map(|id| id.0);
        let query = albums::table
            .filter(albums::artist_id.nullable().eq(first))
            .filter(albums::title_key.eq(name_key(&album.fields.title)))
            .order((albums::created_at, albums::id))
            .select(albums::id);
        let found = query.first::<Uuid>(self.connection()?).await.optional();
        if let Some(id) = found.map_err(StoreError::from)? {
            return Ok(AlbumId(id));
        }
        self.create_album(&album).await?;
        Ok(id)
    }
}
