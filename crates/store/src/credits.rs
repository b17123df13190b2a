//! Credits of albums and tracks: their rows, and how they are read inside of one query.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::CreditFields;
use events::{AlbumId, ArtistId, Credit, Named, TrackId};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    StoreError, Unit,
    schema::{album_credits, track_credits},
};

/// A work's credits with the artists' present names, as a JSON array in the form of [`Credit`]: one query for a page.
macro_rules! credits_json {
    ($credits:literal, $work_id:literal, $work:literal) => {
        crate::fixed::fixed::<diesel::sql_types::Jsonb>(concat!(
            "(SELECT coalesce(jsonb_agg(jsonb_build_object(",
            "'artist', jsonb_build_object('id', credited.id, 'name', credited.name), 'role', credit.role, ",
            "'credited_as', credit.credited_as, 'join_phrase', credit.join_phrase) ORDER BY credit.position), '[]') ",
            "FROM ",
            $credits,
            " credit JOIN artists credited ON credited.id = credit.artist_id ",
            "WHERE credited.deleted_at IS NULL AND credit.",
            $work_id,
            " = ",
            $work,
            ".id)"
        ))
    };
}

pub(crate) use credits_json;

/// The roles in which a work is listed with an artist and counts for it ([`events::CreditRole::performs`]). Spelt out and
/// not bound, so that Postgres takes the partial index of these roles.
pub(crate) const PERFORMED_ALBUM: &str = "album_credits.role IN ('main', 'featured')";
/// As [`PERFORMED_ALBUM`].
pub(crate) const PERFORMED_TRACK: &str = "track_credits.role IN ('main', 'featured')";

/// A work that a process of the version before created, while it is being replaced, has no rows of credits: then it has
/// one main artist.
pub(crate) fn parse(credits: Value, id: Uuid, name: &str) -> Result<Vec<Credit>, StoreError> {
    let mut credits: Vec<Credit> =
        serde_json::from_value(credits).map_err(|error| StoreError::Defect(format!("credits of a work: {error}")))?;
    if credits.is_empty() {
        credits.push(Credit::main(Named {
            id: ArtistId(id),
            name: name.to_owned(),
        }));
    }
    Ok(credits)
}

/// What is written of credits that were read.
pub(crate) fn fields(credits: Vec<Credit>) -> Result<Vec<CreditFields>, StoreError> {
    let fields = |credit: Credit| {
        let unknown = || StoreError::Defect(format!("unknown role of a credit: {}", credit.role.name()));
        Ok(CreditFields {
            artist_id: credit.artist.id,
            role: credit.role.known().ok_or_else(unknown)?,
            credited_as: credit.credited_as,
            join_phrase: credit.join_phrase,
        })
    };
    credits.into_iter().map(fields).collect()
}

/// Writes the credits of a work, whose row must be held. Albums and tracks have a table of credits each, of one form.
macro_rules! credits_of {
    ($table:ident, $work_id:ident, $Id:ty, $insert:ident, $replace:ident) => {
        impl Unit {
            pub(crate) async fn $insert(&mut self, work: $Id, credits: &[CreditFields]) -> Result<(), StoreError> {
                let rows = credits.iter().enumerate().map(|(at, credit)| {
                    (
                        $table::$work_id.eq(work.0),
                        // Its place in the list.
                        $table::position.eq(i16::try_from(at).unwrap_or(i16::MAX)),
                        $table::artist_id.eq(credit.artist_id.0),
                        $table::role.eq(credit.role.name()),
                        $table::credited_as.eq(credit.credited_as.as_deref()),
                        $table::join_phrase.eq(credit.join_phrase.as_deref()),
                    )
                });
                let insert = diesel::insert_into($table::table).values(rows.collect::<Vec<_>>());
                insert.execute(self.connection()?).await?;
                Ok(())
            }

            /// Also where they did not change: a work that a process of the version before created gets its rows here.
            pub(crate) async fn $replace(&mut self, work: $Id, credits: &[CreditFields]) -> Result<(), StoreError> {
                let old = diesel::delete($table::table.filter($table::$work_id.eq(work.0)));
                old.execute(self.connection()?).await?;
                self.$insert(work, credits).await
            }
        }
    };
}

credits_of!(
    album_credits,
    album_id,
    AlbumId,
    insert_album_credits,
    replace_album_credits
);
credits_of!(
    track_credits,
    track_id,
    TrackId,
    insert_track_credits,
    replace_track_credits
);

/// The first main artist of a valid work.
pub(crate) fn first_main(artist: Option<ArtistId>) -> Result<Uuid, StoreError> {
    artist
        .map(|id| id.0)
        .ok_or_else(|| StoreError::Defect("a work without its first main artist".to_owned()))
}

#[cfg(test)]
mod tests {
    use events::CreditRole;

    use super::*;

    #[test]
    fn the_performing_roles_are_those_of_the_contract() {
        let performing = CreditRole::ALL.into_iter().filter(|role| role.performs());
        let names: Vec<String> = performing.map(|role| format!("'{}'", role.name())).collect();
        assert!(PERFORMED_TRACK.ends_with(&format!("({})", names.join(", "))));
        assert_eq!(PERFORMED_ALBUM, PERFORMED_TRACK.replace("track", "album"));
    }
}
