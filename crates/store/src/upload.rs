//! Finding or creating the artists and the album that an uploaded file names.

use diesel::{
    dsl::{exists, sql},
    prelude::*,
    sql_types::{BigInt, Bool, Text},
};
use diesel_async::RunQueryDsl;
use domain::{Actor, Album, AlbumFields, Artist, ArtistFields, CreditFields, Refusal, name_key};
use events::{AlbumId, ArtistId, CreditRole};
use uuid::Uuid;

use crate::{
    StoreError, Unit,
    albums::seen_leader,
    schema::{albums, artists},
};

/// The advisory lock of uploads.
const UPLOADS: i64 = 7_110_012;
/// The scheme of ids at `MusicBrainz`.
const MBID: &str = "mbid";
const MBID_IS: &str = "external_ids ->> 'mbid' = ";
const WITHOUT_MBID: &str = "external_ids ->> 'mbid' IS NULL";
/// Albums of one artist and one title that are looked at.
const MAX_NAMESAKES: i64 = 50;

/// A thing that an upload refers to.
#[derive(Clone, Debug)]
pub enum Reference<I, F> {
    Id(I),
    /// The one of this id at `MusicBrainz`, else of this name, created from these where there is none.
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
            let mut credited_as = credit.credited_as;
            let artist_id = match credit.artist {
                Reference::Id(id) => id,
                Reference::Named(fields) => {
                    let name = fields.name.clone();
                    let (id, is_renamed) = self.artist_named(fields, by).await?;
                    // Found by its id: the work shows the name that the file has.
                    credited_as = credited_as.or_else(|| is_renamed.then_some(name));
                    id
                }
            };
            // Two spellings may be one artist.
            if resolved.iter().any(|other| other.artist_id == artist_id) {
                continue;
            }
            resolved.push(CreditFields {
                artist_id,
                role: credit.role,
                credited_as,
                join_phrase: credit.join_phrase,
            });
        }
        Ok(resolved)
    }

    /// The artist with the id that the file names, else of the name; whether its name is another one than the file's.
    async fn artist_named(&mut self, fields: ArtistFields, by: Actor) -> Result<(ArtistId, bool), ResolveError> {
        let key = name_key(&fields.name);
        let mbid = fields.external_ids.get(MBID).cloned();
        if let Some(mbid) = &mbid {
            let query = artists::table.filter(sql::<Bool>(MBID_IS).bind::<Text, _>(mbid));
            let query = query.filter(artists::deleted_at.is_null());
            let query = query.order((artists::created_at, artists::id));
            let query = query.select((artists::id, artists::name_key));
            let found = query.first::<(Uuid, String)>(self.connection()?).await.optional();
            if let Some((id, known)) = found.map_err(StoreError::from)? {
                return Ok((ArtistId(id), known != key));
            }
        }
        let seen = artists::name_key.eq(key).and(artists::deleted_at.is_null());
        let mut query = artists::table.filter(seen).into_boxed();
        if mbid.is_some() {
            // One of this name that has another id is another artist.
            query = query.filter(sql::<Bool>(WITHOUT_MBID));
        }
        let query = query.order((artists::created_at, artists::id)).select(artists::id);
        let found = query.first::<Uuid>(self.connection()?).await.optional();
        if let Some(id) = found.map_err(StoreError::from)? {
            if let Some(mbid) = mbid {
                self.identify_artist(ArtistId(id), mbid, by).await?;
            }
            return Ok((ArtistId(id), false));
        }
        let id = ArtistId((self.context.new_id)());
        let artist = Artist::create(id, fields, by, self.context.now)?;
        self.create_artist(&artist).await?;
        Ok((id, false))
    }

    /// Keeps the id, so that the next file that has another one is another artist's.
    async fn identify_artist(&mut self, id: ArtistId, mbid: String, by: Actor) -> Result<(), ResolveError> {
        let now = self.context.now;
        let artist = self.artist(id).await?.ok_or(StoreError::Conflict)?;
        if let Some(changed) = artist.identify(mbid, by, now) {
            self.update_artist(&changed).await?;
        }
        Ok(())
    }

    /// An album is the one of its id, else of its title and its first main artist.
    async fn album_named(
        &mut self,
        album: UploadedAlbum,
        cover_key: Option<String>,
        by: Actor,
    ) -> Result<AlbumId, ResolveError> {
        let mbid = album.fields.external_ids.get(MBID).cloned();
        if let Some(mbid) = &mbid {
            let query = albums::table.filter(sql::<Bool>(MBID_IS).bind::<Text, _>(mbid));
            let query = query.filter(albums::deleted_at.is_null().and(exists(seen_leader())));
            let query = query.order((albums::created_at, albums::id));
            let found = query
                .select(albums::id)
                .first::<Uuid>(self.connection()?)
                .await
                .optional();
            if let Some(id) = found.map_err(StoreError::from)? {
                return Ok(AlbumId(id));
            }
        }
        let credits = self.resolve_credits(album.credits, by).await?;
        let id = AlbumId((self.context.new_id)());
        let fields = AlbumFields {
            credits,
            cover_key,
            ..album.fields
        };
        let album = Album::create(id, fields, by, self.context.now)?;
        if let Some(known) = self.same_album(&album).await? {
            let known_id = known.id;
            if let Some(changed) = mbid.and_then(|mbid| known.identify(mbid, self.context.now)) {
                self.update_album(&changed).await?;
            }
            return Ok(known_id);
        }
        self.create_album(&album).await?;
        Ok(id)
    }

    /// The oldest album of this title and first main artist that is the same.
    async fn same_album(&mut self, album: &Album) -> Result<Option<Album>, ResolveError> {
        let Some(first) = album.fields.artist_id else {
            return Ok(None);
        };
        let query = albums::table.inner_join(artists::table);
        let query = query.filter(albums::artist_id.eq(first.0));
        let query = query.filter(albums::title_key.eq(name_key(&album.fields.title)));
        let query = query.order((albums::created_at, albums::id)).limit(MAX_NAMESAKES);
        let found: Vec<(Uuid, String)> = query
            .select((albums::id, artists::name))
            .load(self.connection()?)
            .await
            .map_err(StoreError::from)?;
        let (ids, names): (Vec<Uuid>, Vec<String>) = found.into_iter().unzip();
        let Some(artist) = names.as_slice().first() else {
            return Ok(None);
        };
        let known = self.albums(&ids).await?;
        Ok(known.into_iter().find(|known| known.is_same(album, artist)))
    }
}
