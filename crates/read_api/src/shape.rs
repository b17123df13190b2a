//! The three kinds of the catalogue, so that lists, searches and charts are written once.

use events::{AlbumId, ArtistId, Kind, TrackId};
use http_kit::{Album, Artist, Track};
use serde::Serialize;
use store::{AlbumView, ArtistView, Reader, StoreError, TrackView};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::viewer::Viewer;

/// A kind of the catalogue.
pub(crate) trait Shape: Sized {
    /// Which one.
    const KIND: Kind;
    /// Its name in messages.
    const NAME: &'static str;
    /// What Postgres has of it.
    type View;
    /// It, under its own name in an answer: `{"track": …}`.
    type Named: From<Self>;

    /// The rows, in the order asked for.
    async fn views(reader: &Reader, ids: &[Uuid]) -> Result<Vec<Self::View>, StoreError>;
    /// A row's id.
    fn id_of(view: &Self::View) -> Uuid;
    /// The row as shown.
    fn shown(view: Self::View, plays: Option<u64>, viewer: &Viewer) -> Self;
    /// Its id.
    fn id(&self) -> Uuid;
}

/// An artist, under its name.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NamedArtist {
    /// The artist.
    pub artist: Artist,
}

/// An album, under its name.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NamedAlbum {
    /// The album.
    pub album: Album,
}

/// A track, under its name.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NamedTrack {
    /// The track.
    pub track: Track,
}

impl From<Artist> for NamedArtist {
    fn from(artist: Artist) -> Self {
        Self { artist }
    }
}

impl From<Album> for NamedAlbum {
    fn from(album: Album) -> Self {
        Self { album }
    }
}

impl From<Track> for NamedTrack {
    fn from(track: Track) -> Self {
        Self { track }
    }
}

impl Shape for Artist {
    const KIND: Kind = Kind::Artist;
    const NAME: &'static str = "artist";
    type View = ArtistView;
    type Named = NamedArtist;

    async fn views(reader: &Reader, ids: &[Uuid]) -> Result<Vec<ArtistView>, StoreError> {
        let ids: Vec<ArtistId> = ids.iter().copied().map(ArtistId).collect();
        reader.artists(&ids).await
    }

    fn id_of(view: &ArtistView) -> Uuid {
        view.state.id.0
    }

    fn shown(view: ArtistView, plays: Option<u64>, _: &Viewer) -> Self {
        Self::new(view, plays)
    }

    fn id(&self) -> Uuid {
        self.id.0
    }
}

impl Shape for Album {
    const KIND: Kind = Kind::Album;
    const NAME: &'static str = "album";
    type View = AlbumView;
    type Named = NamedAlbum;

    async fn views(reader: &Reader, ids: &[Uuid]) -> Result<Vec<AlbumView>, StoreError> {
        let ids: Vec<AlbumId> = ids.iter().copied().map(AlbumId).collect();
        reader.albums(&ids).await
    }

    fn id_of(view: &AlbumView) -> Uuid {
        view.state.id.0
    }

    fn shown(view: AlbumView, plays: Option<u64>, _: &Viewer) -> Self {
        Self::new(view, plays)
    }

    fn id(&self) -> Uuid {
        self.id.0
    }
}

impl Shape for Track {
    const KIND: Kind = Kind::Track;
    const NAME: &'static str = "track";
    type View = TrackView;
    type Named = NamedTrack;

    async fn views(reader: &Reader, ids: &[Uuid]) -> Result<Vec<TrackView>, StoreError> {
        let ids: Vec<TrackId> = ids.iter().copied().map(TrackId).collect();
        reader.tracks(&ids).await
    }

    fn id_of(view: &TrackView) -> Uuid {
        view.state.id.0
    }

    fn shown(view: TrackView, plays: Option<u64>, viewer: &Viewer) -> Self {
        Self::new(view, plays, viewer.by.as_ref(), &viewer.access)
    }

    fn id(&self) -> Uuid {
        self.id.0
    }
}
