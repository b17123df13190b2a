//! Artists, albums and tracks: what their fields may hold, who may change them, and what follows from it.

mod album;
mod artist;
mod credits;
mod parents;
mod rules;
mod track;

#[cfg(test)]
mod tests;

pub use album::{Album, AlbumChanges, AlbumFields};
pub use artist::{Artist, ArtistChanges, ArtistFields, CreditedWorks};
pub use credits::{CreditFields, artist_line};
pub use parents::Parents;
pub use rules::{country, genre};
pub use track::{MAX_DISC_NUMBER, MAX_TRACK_NUMBER, StoredAudio, Track, TrackChanges, TrackFields};
