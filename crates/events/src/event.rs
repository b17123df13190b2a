//! The table of events: each type's name, topic, data, example and schema, once. A new kind or event is one entry here,
//! and what the compiler then names.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::{
    AlbumState, ArtistState, Change, Contract, Credit, Deleted, Favourite, ItemMoved, ItemRemoved, ItemsAdded, Listen,
    Malformed, Meta, PlaylistActivity, PlaylistState, Searched, Served, Topic, TrackState, UserState,
    envelope::payload, examples,
};

/// What an event carries.
trait Data: Serialize + DeserializeOwned {
    /// The Kafka key. None: it may go to any partition.
    fn key(&self) -> Option<Uuid>;

    /// The data of an older writer, with what it did not say yet.
    #[must_use]
    fn completed(self) -> Self {
        self
    }
}

macro_rules! events {
    (
        aggregates {$(
            $(#[$doc:meta])*
            $kind:ident($state:ty) on $topic:ident, like $example:ident:
            created $created:literal, updated $updated:literal, deleted $deleted:literal;
        )*}
        facts {$(
            $(#[$fact_doc:meta])*
            $fact:ident($data:ty) on $fact_topic:ident, like $fact_example:ident: $name:literal;
        )*}
    ) => {
        /// An event of the contract.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Event {
            $($(#[$doc])* $kind(Change<$state>),)*
            $($(#[$fact_doc])* $fact(Box<$data>),)*
        }

        impl Event {
            /// The versioned type, as `jonquil.track.updated.v1`.
            #[must_use]
            pub fn type_name(&self) -> &'static str {
                match self {
                    $(Self::$kind(Change::Created(_)) => $created,
                    Self::$kind(Change::Updated(_)) => $updated,
                    Self::$kind(Change::Deleted(_)) => $deleted,)*
                    $(Self::$fact(_) => $name,)*
                }
            }

            /// The topic it belongs to.
            #[must_use]
            pub fn topic(&self) -> Topic {
                match self {
                    $(Self::$kind(_) => Topic::$topic,)*
                    $(Self::$fact(_) => Topic::$fact_topic,)*
                }
            }

            /// The Kafka key: the aggregate's id, or the listener's. None: it may go to any partition.
            #[must_use]
            pub fn key(&self) -> Option<Uuid> {
                match self {
                    $(Self::$kind(Change::Created(data) | Change::Updated(data)) => data.key(),
                    Self::$kind(Change::Deleted(data)) => data.key(),)*
                    $(Self::$fact(data) => data.key(),)*
                }
            }

            /// Whether it changes an aggregate, so that it has a version.
            pub(crate) fn is_of_aggregate(&self) -> bool {
                match self {
                    $(Self::$kind(_) => true,)*
                    $(Self::$fact(_) => false,)*
                }
            }

            pub(crate) fn write(&self, meta: &Meta, key: Option<&str>) -> Result<Vec<u8>, serde_json::Error> {
                let name = self.type_name();
                match self {
                    $(Self::$kind(Change::Created(data) | Change::Updated(data)) => payload(name, meta, key, data),
                    Self::$kind(Change::Deleted(data)) => payload(name, meta, key, data),)*
                    $(Self::$fact(data) => payload(name, meta, key, data),)*
                }
            }

            pub(crate) fn read(type_name: &str, data: &RawValue) -> Result<Self, Malformed> {
                Ok(match type_name {
                    $($created => Self::$kind(Change::Created(parse(data)?)),
                    $updated => Self::$kind(Change::Updated(parse(data)?)),
                    $deleted => Self::$kind(Change::Deleted(parse(data)?)),)*
                    $($name => Self::$fact(Box::new(parse(data)?)),)*
                    unknown => return Err(Malformed::UnknownType(unknown.to_owned())),
                })
            }
        }

        /// Every event type, in the order of its name.
        #[must_use]
        pub fn contracts() -> Vec<Contract> {
            let mut all = vec![
                $(Contract::of::<$state>(Event::$kind(Change::Created(examples::$example()))),
                Contract::of::<$state>(Event::$kind(Change::Updated(examples::$example()))),
                Contract::of::<Deleted>(Event::$kind(Change::Deleted(Deleted { id: examples::$example().key().unwrap_or_default() }))),)*
                $(Contract::of::<$data>(Event::$fact(Box::new(examples::$fact_example()))),)*
            ];
            all.sort_by_key(|contract| contract.type_name);
            all
        }
    };
}

events! {
    aggregates {
        /// Something happened to an artist.
        Artist(ArtistState) on Artists, like artist:
            created "jonquil.artist.created.v1", updated "jonquil.artist.updated.v1", deleted "jonquil.artist.deleted.v1";
        /// Something happened to an album.
        Album(AlbumState) on Albums, like album:
            created "jonquil.album.created.v1", updated "jonquil.album.updated.v1", deleted "jonquil.album.deleted.v1";
        /// Something happened to a track.
        Track(TrackState) on Tracks, like track:
            created "jonquil.track.created.v1", updated "jonquil.track.updated.v1", deleted "jonquil.track.deleted.v1";
        /// Something happened to an account.
        User(UserState) on Users, like user:
            created "jonquil.user.registered.v1", updated "jonquil.user.updated.v1", deleted "jonquil.user.deleted.v1";
        /// Something happened to a playlist.
        Playlist(PlaylistState) on Playlists, like playlist:
            created "jonquil.playlist.created.v1", updated "jonquil.playlist.updated.v1", deleted "jonquil.playlist.deleted.v1";
    }
    facts {
        /// A track was played.
        Listened(Listen) on Listens, like listen: "jonquil.listened.v1";
        /// Tracks were added to a playlist.
        ItemsAdded(ItemsAdded) on PlaylistItems, like items_added: "jonquil.playlist.items_added.v1";
        /// Items of a playlist were removed.
        ItemRemoved(ItemRemoved) on PlaylistItems, like item_removed: "jonquil.playlist.item_removed.v1";
        /// Items of a playlist were moved.
        ItemMoved(ItemMoved) on PlaylistItems, like item_moved: "jonquil.playlist.item_moved.v1";
        /// Somebody did something with a playlist.
        PlaylistActivity(PlaylistActivity) on PlaylistActivity, like playlist_activity: "jonquil.playlist.activity.v1";
        /// Somebody searched.
        Searched(Searched) on Searches, like searched: "jonquil.searched.v1";
        /// Requests were answered.
        Served(Served) on Requests, like served: "jonquil.served.v1";
        /// Somebody likes something.
        FavouriteAdded(Favourite) on Favourites, like favourite: "jonquil.favourite.added.v1";
        /// Somebody likes something no longer.
        FavouriteRemoved(Favourite) on Favourites, like favourite: "jonquil.favourite.removed.v1";
    }
}

fn parse<D: Data>(data: &RawValue) -> Result<D, serde_json::Error> {
    serde_json::from_str(data.get()).map(D::completed)
}

impl Data for ArtistState {
    fn key(&self) -> Option<Uuid> {
        Some(self.id.0)
    }
}

impl Data for AlbumState {
    fn key(&self) -> Option<Uuid> {
        Some(self.id.0)
    }

    fn completed(mut self) -> Self {
        if self.credits.is_empty() {
            self.credits.push(Credit::main(self.artist.clone()));
        }
        self
    }
}

impl Data for TrackState {
    fn key(&self) -> Option<Uuid> {
        Some(self.id.0)
    }

    fn completed(mut self) -> Self {
        if self.credits.is_empty() {
            self.credits.push(Credit::main(self.artist.clone()));
        }
        self
    }
}

impl Data for UserState {
    fn key(&self) -> Option<Uuid> {
        Some(self.user_id.0)
    }
}

impl Data for Deleted {
    fn key(&self) -> Option<Uuid> {
        Some(self.id)
    }
}

impl Data for Listen {
    fn key(&self) -> Option<Uuid> {
        Some(self.listener_id.0)
    }

    fn completed(mut self) -> Self {
        if self.artist_ids.is_empty() {
            self.artist_ids.push(self.artist_id);
        }
        self
    }
}

impl Data for PlaylistState {
    fn key(&self) -> Option<Uuid> {
        Some(self.id.0)
    }
}

impl Data for ItemsAdded {
    fn key(&self) -> Option<Uuid> {
        Some(self.playlist_id.0)
    }
}

impl Data for ItemRemoved {
    fn key(&self) -> Option<Uuid> {
        Some(self.playlist_id.0)
    }
}

impl Data for ItemMoved {
    fn key(&self) -> Option<Uuid> {
        Some(self.playlist_id.0)
    }
}

impl Data for PlaylistActivity {
    fn key(&self) -> Option<Uuid> {
        Some(self.playlist_id.0)
    }
}

impl Data for Searched {
    fn key(&self) -> Option<Uuid> {
        self.listener_id.map(|listener| listener.0)
    }
}

impl Data for Served {
    fn key(&self) -> Option<Uuid> {
        None
    }
}

impl Data for Favourite {
    fn key(&self) -> Option<Uuid> {
        Some(self.listener_id.0)
    }
}
