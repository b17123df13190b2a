//! The three kinds of the catalogue, so that lists, searches and charts are written once.

use domain::Sight;
use events::{AlbumId, ArtistId, Kind, TrackId};
use representations::{Album, AlbumRef, Artist, Track};
use serde::{Deserialize, Serialize};
use store::{AlbumView, ArtistView, Gathered, Reader, StoreError, TrackView};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    by_id::{ById, WithPlays},
    viewer::Viewer,
};

/// A kind of the catalogue, as it is shown.
pub(crate) trait CatalogueItem: Sized {
    type Id: Copy + Into<Uuid>;
    const KIND: Kind;
    /// What Postgres has of it.
    type View: Clone + Send + Sync + 'static;
    /// It, under its own name in an answer: `{"track": …}`.
    type Named: From<Self>;

    /// In the order asked for.
    fn views(reader: &Reader, ids: &[Uuid]) -> impl Future<Output = Result<Vec<Self::View>, StoreError>> + Send;
    /// One that was taken down, for its owner and admins.
    fn taken_down(
        reader: &Reader,
        id: Self::Id,
        sight: Sight,
    ) -> impl Future<Output = Result<Option<Self::View>, StoreError>> + Send;
    fn looked_up(by_id: &ById) -> &Gathered<WithPlays<Self::View>>;
    fn id_of(view: &Self::View) -> Uuid;
    fn shown(view: Self::View, plays: Option<u64>, viewer: &Viewer) -> Self;
    fn id(&self) -> Uuid;
    fn label(&self) -> Label<'_>;
}

/// What a thing is known by.
pub(crate) struct Label<'a> {
    pub title: &'a str,
    /// Of whom it is, as one line.
    pub artist: Option<&'a str>,
    /// Of a track.
    pub album: Option<&'a AlbumRef>,
    pub cover_url: Option<&'a str>,
}

impl<'a> Label<'a> {
    /// Every name that a search looks into.
    pub(crate) fn names(&self) -> Vec<&'a str> {
        [
            Some(self.title),
            self.artist,
            self.album.map(|album| album.title.as_str()),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// An artist, under its name.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct NamedArtist {
    pub artist: Artist,
}

/// An album, under its name.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct NamedAlbum {
    pub album: Album,
}

/// A track, under its name.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct NamedTrack {
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

impl CatalogueItem for Artist {
    type Id = ArtistId;
    const KIND: Kind = Kind::Artist;
    type View = ArtistView;
    type Named = NamedArtist;

    async fn views(reader: &Reader, ids: &[Uuid]) -> Result<Vec<ArtistView>, StoreError> {
        reader.artists(ids).await
    }

    /// Works are taken down, artists are not.
    async fn taken_down(_: &Reader, _: ArtistId, _: Sight) -> Result<Option<ArtistView>, StoreError> {
        Ok(None)
    }

    fn looked_up(by_id: &ById) -> &Gathered<WithPlays<ArtistView>> {
        &by_id.artists
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

    fn label(&self) -> Label<'_> {
        Label {
            title: &self.name,
            artist: None,
            album: None,
            cover_url: self.image_url.as_deref(),
        }
    }
}

impl CatalogueItem for Album {
    type Id = AlbumId;
    const KIND: Kind = Kind::Album;
    type View = AlbumView;
    type Named = NamedAlbum;

    async fn views(reader: &Reader, ids: &[Uuid]) -> Result<Vec<AlbumView>, StoreError> {
        reader.albums(ids).await
    }

    async fn taken_down(reader: &Reader, id: AlbumId, sight: Sight) -> Result<Option<AlbumView>, StoreError> {
        reader.taken_down_album(id, sight).await
    }

    fn looked_up(by_id: &ById) -> &Gathered<WithPlays<AlbumView>> {
        &by_id.albums
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

    fn label(&self) -> Label<'_> {
        Label {
            title: &self.title,
            artist: Some(&self.artist_line),
            album: None,
            cover_url: self.cover_url.as_deref(),
        }
    }
}

impl CatalogueItem for Track {
    type Id = TrackId;
    const KIND: Kind = Kind::Track;
    type View = TrackView;
    type Named = NamedTrack;

    async fn views(reader: &Reader, ids: &[Uuid]) -> Result<Vec<TrackView>, StoreError> {
        reader.tracks(ids).await
    }

    async fn taken_down(reader: &Reader, id: TrackId, sight: Sight) -> Result<Option<TrackView>, StoreError> {
        reader.taken_down_track(id, sight).await
    }

    fn looked_up(by_id: &ById) -> &Gathered<WithPlays<TrackView>> {
        &by_id.tracks
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

    fn label(&self) -> Label<'_> {
        Label {
            title: &self.title,
            artist: Some(&self.artist_line),
            album: self.album.as_ref(),
            cover_url: self.cover_url.as_deref(),
        }
    }
}
