//! Publishing the present state of every aggregate once more: heals a topic that was lost, re-keyed or left stale.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use events::{Change, Kind};
use uuid::Uuid;

use crate::{
    StoreError, Unit,
    schema::{albums, artists, playlists, tracks},
};

/// Aggregates of one unit of work.
const STEP: i64 = 500;

/// What is published again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aggregates {
    /// Of a kind of the catalogue.
    Of(Kind),
    Playlists,
}

/// How one step ended.
#[derive(Clone, Copy, Debug)]
pub struct Republished {
    pub count: usize,
    /// Where the next step begins; none when there is nothing more.
    pub next: Option<Uuid>,
}

/// Holds the next aggregates until the commit, so that no newer state can be recorded before this one.
macro_rules! hold_next {
    ($unit:ident, $table:ident, $after:ident, $bump:ident) => {{
        let next = $table::table
            .filter($table::id.gt($after))
            .order($table::id)
            .limit(STEP)
            .select($table::id);
        let ids: Vec<Uuid> = next.for_update().load($unit.connection()?).await?;
        diesel::update($table::table.filter($table::id.eq_any(&ids)))
            .set($table::version.eq($table::version + $bump))
            .execute($unit.connection()?)
            .await?;
        ids
    }};
}

impl Unit {
    /// Records an event for each of these after `after`, in the order of ids; `bump` is added to every version.
    pub async fn republish(&mut self, of: Aggregates, after: Uuid, bump: i64) -> Result<Republished, StoreError> {
        let ids = match of {
            Aggregates::Of(Kind::Artist) => {
                let ids = hold_next!(self, artists, after, bump);
                self.record_artists(&ids, Change::Updated).await?;
                ids
            }
            Aggregates::Of(Kind::Album) => {
                let ids = hold_next!(self, albums, after, bump);
                self.record_albums(&ids, Change::Updated).await?;
                ids
            }
            Aggregates::Of(Kind::Track) => {
                let ids = hold_next!(self, tracks, after, bump);
                self.record_tracks(&ids, Change::Updated).await?;
                ids
            }
            Aggregates::Playlists => {
                let ids = hold_next!(self, playlists, after, bump);
                self.record_playlists(&ids).await?;
                ids
            }
        };
        Ok(Republished {
            count: ids.len(),
            next: ids.last().copied(),
        })
    }
}
