//! The artists and albums that a work names. Its events show their names, so they are held while it is written.

use std::collections::BTreeSet;

use events::{AlbumId, ArtistId};

use super::{
    AlbumChanges, AlbumFields, TrackChanges, TrackFields,
    credits::{CreditFields, MAX_CREDITS},
};
use crate::Patch;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parents {
    pub artists: BTreeSet<ArtistId>,
    pub albums: BTreeSet<AlbumId>,
}

impl Parents {
    fn new(artist: Option<ArtistId>, credits: &[CreditFields], album: Option<AlbumId>) -> Self {
        // A change is not checked yet when its parents are asked for; more credits than these are refused.
        let credited = credits.iter().take(MAX_CREDITS).map(|credit| credit.artist_id);
        Self {
            artists: credited.chain(artist).collect(),
            albums: album.into_iter().collect(),
        }
    }

    #[must_use]
    pub fn and(mut self, other: &Self) -> Self {
        self.artists.extend(&other.artists);
        self.albums.extend(&other.albums);
        self
    }

    #[must_use]
    pub fn contains(&self, other: &Self) -> bool {
        self.artists.is_superset(&other.artists) && self.albums.is_superset(&other.albums)
    }
}

impl AlbumFields {
    #[must_use]
    pub fn parents(&self) -> Parents {
        Parents::new(self.artist_id, &self.credits, None)
    }
}

impl TrackFields {
    #[must_use]
    pub fn parents(&self) -> Parents {
        Parents::new(self.artist_id, &self.credits, self.album_id)
    }
}

impl AlbumChanges {
    /// Those that the change names.
    #[must_use]
    pub fn parents(&self) -> Parents {
        Parents::new(self.artist_id.set().copied(), credited(&self.credits), None)
    }
}

impl TrackChanges {
    /// Those that the change names.
    #[must_use]
    pub fn parents(&self) -> Parents {
        let album = self.album_id.set().copied();
        Parents::new(self.artist_id.set().copied(), credited(&self.credits), album)
    }
}

fn credited(credits: &Patch<Vec<CreditFields>>) -> &[CreditFields] {
    credits.set().map(Vec::as_slice).unwrap_or_default()
}
