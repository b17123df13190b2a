//! Objects that nothing uses, page by page of the bucket. A row is deleted before its object is, so that nobody can bring it
//! into use meanwhile; after a kill in between, the object is one without a row, which the next sweep removes.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use media::{ListedObject, ObjectError, Objects, key_of_whole};
use store::{StoreError, SweptObjects, Unit};

/// Objects deleted at once.
const DELETIONS: usize = 8;

/// Removes what nothing uses.
pub struct OrphanSweep<'a> {
    pub objects: &'a Objects,
    /// How long nothing must have used an object.
    pub grace: TimeDelta,
    /// Only counts.
    pub dry_run: bool,
}

/// What a page of the bucket had.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SweptPage {
    pub deleted: u64,
    pub freed_bytes: u64,
    pub listed: u64,
    /// Where the next page begins; none: this was the last.
    pub next: Option<String>,
}

/// Why a page could not be swept.
#[derive(Debug, thiserror::Error)]
pub enum OrphanError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Objects(#[from] ObjectError),
}

impl OrphanSweep<'_> {
    /// Sweeps the objects after that key; `unit` is committed before an object is deleted.
    pub async fn page(
        &self,
        mut unit: Unit,
        now: DateTime<Utc>,
        after: Option<&str>,
    ) -> Result<SweptPage, OrphanError> {
        let listed = self.objects.list(after).await?;
        let mut wholes: BTreeMap<String, Vec<&ListedObject>> = BTreeMap::new();
        for object in &listed {
            wholes.entry(key_of_whole(&object.key)).or_default().push(object);
        }
        let keys: Vec<&str> = wholes.keys().map(String::as_str).collect();
        let swept = unit.sweep_objects(&keys, self.grace, self.dry_run).await?;
        unit.commit().await?;
        fail::fail_point!("jobs::rows_deleted");
        let gone: Vec<&ListedObject> = self.gone(&wholes, &swept, now).collect();
        if !self.dry_run {
            let keys: BTreeSet<String> = gone.iter().map(|object| object.key.clone()).collect();
            let deletions = stream::iter(keys).map(|key| async move { self.objects.delete(&key).await });
            deletions.buffer_unordered(DELETIONS).try_collect::<Vec<()>>().await?;
        }
        Ok(SweptPage {
            deleted: gone.len() as u64,
            freed_bytes: gone.iter().map(|object| object.size_bytes).sum(),
            listed: listed.len() as u64,
            next: listed.last().map(|object| object.key.clone()),
        })
    }

    fn gone<'a>(
        &'a self,
        wholes: &'a BTreeMap<String, Vec<&'a ListedObject>>,
        swept: &'a SweptObjects,
        now: DateTime<Utc>,
    ) -> impl Iterator<Item = &'a ListedObject> {
        let before = now - self.grace;
        let is_old = move |object: &ListedObject| object.stored_at.is_some_and(|stored| stored <= before);
        wholes.iter().flat_map(move |(whole, objects)| {
            let objects = objects.iter().copied();
            let (unused, stray) = (swept.unused.contains(whole), swept.strays.contains(whole));
            // A stray may be in the hands of a process of a version before, which stores first and has no row for it.
            objects.filter(move |object| unused || (stray && is_old(object)))
        })
    }
}
