//! Holding the artists and albums that a work names: before the work itself, artists first, ids ascending.

use diesel::{dsl::exists, prelude::*};
use diesel_async::RunQueryDsl;
use domain::Parents;
use events::{AlbumId, ArtistId};
use uuid::Uuid;

use crate::{
    Constraint, StoreError, Unit,
    albums::seen_leader,
    schema::{albums, artists},
};

impl Unit {
    /// Keeps them from being renamed or deleted until this unit ends. Violates [`Constraint::ArtistExists`] or
    /// [`Constraint::AlbumExists`] when one is not there.
    pub(crate) async fn share_parents(&mut self, parents: &Parents) -> Result<(), StoreError> {
        let there = self.share_parents_that_exist(parents).await?;
        if !there.artists.is_superset(&parents.artists) {
            return Err(StoreError::Violated(Constraint::ArtistExists));
        }
        if !there.albums.is_superset(&parents.albums) {
            return Err(StoreError::Violated(Constraint::AlbumExists));
        }
        Ok(())
    }

    pub(crate) async fn share_parents_that_exist(&mut self, parents: &Parents) -> Result<Parents, StoreError> {
        let mut there = Parents::default();
        if !parents.artists.is_empty() {
            let query = artists::table
                .filter(artists::id.eq_any(parents.artists.iter().map(|id| id.0)))
                .filter(artists::deleted_at.is_null())
                .order(artists::id)
                .select(artists::id);
            let held: Vec<Uuid> = query.for_share().load(self.connection()?).await?;
            there.artists = held.into_iter().map(ArtistId).collect();
        }
        if !parents.albums.is_empty() {
            let query = albums::table
                .filter(albums::id.eq_any(parents.albums.iter().map(|id| id.0)))
                .filter(albums::deleted_at.is_null().and(exists(seen_leader())))
                .order(albums::id)
                .select(albums::id);
            let held: Vec<Uuid> = query.for_share().load(self.connection()?).await?;
            there.albums = held.into_iter().map(AlbumId).collect();
        }
        Ok(there)
    }
}
