//! Which playlists are public, remembered for a moment: listens name only those.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use events::{Context, ContextType, Listen, PlaylistId};
use moka::sync::Cache;
use store::{Reader, StoreError};

/// One that becomes private is not named any more after this time.
const REMEMBERED: Duration = Duration::from_secs(5);
const MAX_REMEMBERED: u64 = 100_000;

/// Playlists looked up lately, and whether they were public; shared by all workers.
#[derive(Clone)]
pub struct KnownPlaylists(Cache<PlaylistId, bool>);

impl Default for KnownPlaylists {
    fn default() -> Self {
        Self(
            Cache::builder()
                .max_capacity(MAX_REMEMBERED)
                .time_to_live(REMEMBERED)
                .build(),
        )
    }
}

impl KnownPlaylists {
    /// Takes the ids of playlists that are not public out of listens. A private one has one listener, and once it is public
    /// its owner is known: both together would name the listener.
    pub(crate) async fn hide_private(&self, reader: &Reader, listens: &mut [Listen]) -> Result<(), StoreError> {
        let named: HashSet<PlaylistId> = listens
            .iter()
            .filter_map(|listen| played_from(listen.context.as_ref()))
            .collect();
        if named.is_empty() {
            return Ok(());
        }
        let public = self.which_are_public(reader, named).await?;
        for context in listens.iter_mut().filter_map(|listen| listen.context.as_mut()) {
            if played_from(Some(context)).is_some_and(|id| !public[&id]) {
                context.id = None;
            }
        }
        Ok(())
    }

    /// The unknown ones are asked for in one query.
    async fn which_are_public(
        &self,
        reader: &Reader,
        ids: HashSet<PlaylistId>,
    ) -> Result<HashMap<PlaylistId, bool>, StoreError> {
        let mut known: HashMap<PlaylistId, bool> = ids.iter().filter_map(|id| Some((*id, self.0.get(id)?))).collect();
        let unknown: Vec<PlaylistId> = ids.into_iter().filter(|id| !known.contains_key(id)).collect();
        if !unknown.is_empty() {
            let public = reader.which_are_public(&unknown).await?;
            for id in unknown {
                self.0.insert(id, public.contains(&id));
                known.insert(id, public.contains(&id));
            }
        }
        Ok(known)
    }
}

/// The playlist that a context names.
fn played_from(context: Option<&Context>) -> Option<PlaylistId> {
    let context = context.filter(|context| context.kind == ContextType::Playlist)?;
    context.id.map(PlaylistId)
}
