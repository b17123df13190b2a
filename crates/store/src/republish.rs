//! Telling the present state of every aggregate again: heals a topic that was lost, re-keyed or left stale.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use events::Change;
use uuid::Uuid;

use crate::{
    Album, Artist, StoreError, Track, Unit, fan_out,
    schema::{albums, artists, tracks},
};

/// Aggregates told in one unit of work.
const STEP: i64 = 500;

/// How one step ended.
#[derive(Clone, Copy, Debug)]
pub struct Republished {
    /// Aggregates told.
    pub count: usize,
    /// Where the next step begins; none when there is nothing more.
    pub next: Option<Uuid>,
}

macro_rules! republish {
    ($unit:ident, $table:ident, $row:ty, $after:ident, $bump:ident) => {{
        let ids = $table::table
            .filter($table::id.gt($after))
            .order($table::id)
            .limit(STEP)
            .select($table::id);
        // The rows are held until the commit, so no newer state can be told before this one.
        let ids: Vec<Uuid> = ids.for_update().load($unit.connection()?).await?;
        let rows: Vec<$row> = diesel::update($table::table.filter($table::id.eq_any(&ids)))
            .set($table::version.eq($table::version + $bump))
            .returning(<$row>::as_returning())
            .load($unit.connection()?)
            .await?;
        (
            rows,
            Republished {
                count: ids.len(),
                next: ids.last().copied(),
            },
        )
    }};
}

impl Unit {
    /// Tells the artists after `after`, in the order of ids; `bump` is added to every version.
    ///
    /// # Errors
    /// Postgres unavailable.
    pub async fn republish_artists(&mut self, after: Uuid, bump: i64) -> Result<Republished, StoreError> {
        let (rows, step) = republish!(self, artists, Artist, after, bump);
        for row in rows {
            self.tell(&events::Event::Artist(Change::Updated(row.state())), row.version)?;
        }
        Ok(step)
    }

    /// As [`Unit::republish_artists`], for albums.
    ///
    /// # Errors
    /// Postgres unavailable.
    pub async fn republish_albums(&mut self, after: Uuid, bump: i64) -> Result<Republished, StoreError> {
        let (rows, step) = republish!(self, albums, Album, after, bump);
        fan_out::tell_albums(self, &rows, Change::Updated).await?;
        Ok(step)
    }

    /// As [`Unit::republish_artists`], for tracks.
    ///
    /// # Errors
    /// Postgres unavailable.
    pub async fn republish_tracks(&mut self, after: Uuid, bump: i64) -> Result<Republished, StoreError> {
        let (rows, step) = republish!(self, tracks, Track, after, bump);
        fan_out::tell_tracks(self, &rows, Change::Updated).await?;
        Ok(step)
    }
}
