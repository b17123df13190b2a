//! Things by id with their plays: whoever asks while a lookup is under way is answered by the next one, together.

use read_counters::Counters;
use representations::{Album, Artist, Track, plays_or_none};
use store::{AlbumView, ArtistView, Gathered, Reader, Replica, TrackView};
use uuid::Uuid;

use crate::{catalogue_item::CatalogueItem, queries::Plays};

/// What Postgres has of a thing, and its plays of all time; none while they are not known.
pub(crate) type WithPlays<V> = (V, Option<u64>);

/// The lookups of one worker.
pub struct ById {
    pub(crate) artists: Gathered<WithPlays<ArtistView>>,
    pub(crate) albums: Gathered<WithPlays<AlbumView>>,
    pub(crate) tracks: Gathered<WithPlays<TrackView>>,
}

impl ById {
    #[must_use]
    pub fn new(reader: &Reader, counters: &Counters) -> Self {
        Self {
            artists: gathered::<Artist>(reader, counters),
            albums: gathered::<Album>(reader, counters),
            tracks: gathered::<Track>(reader, counters),
        }
    }
}

/// The same of a replica, whose lookups never mix with those of the primary.
pub struct CatalogueReplica {
    pub(crate) replica: Replica,
    pub(crate) by_id: ById,
}

impl CatalogueReplica {
    #[must_use]
    pub fn new(replica: Replica, counters: &Counters) -> Self {
        Self {
            by_id: ById::new(replica.reader(), counters),
            replica,
        }
    }
}

/// One query and one call for the plays, at the same time.
fn gathered<S: CatalogueItem + 'static>(reader: &Reader, counters: &Counters) -> Gathered<WithPlays<S::View>> {
    let (reader, counters) = (reader.clone(), counters.clone());
    Gathered::new(reader.limit(), move |ids: Vec<Uuid>| {
        let (reader, plays) = (reader.clone(), Plays(counters.clone()));
        async move {
            let (views, plays) = tokio::join!(S::views(&reader, &ids), plays_or_none(&plays, S::KIND, &ids));
            let mut plays = ids.into_iter().zip(plays);
            let view = |view: S::View| {
                let id = S::id_of(&view);
                // Both are in the order of the ids; there may be fewer views.
                let plays = plays.find(|(of, _)| *of == id);
                (id, (view, plays.and_then(|(_, plays)| plays)))
            };
            Ok(views?.into_iter().map(view).collect())
        }
    })
}
