//! Somebody signed in.

use access::Tokens;
use domain::Actor;
use events::{AlbumId, ArtistId, Role, TrackId, UserId};
use serde_json::{Value, json};
use uuid::Uuid;
use write_api::ListenIdentity;

use crate::{Answer, Http, app::field};

/// Everybody's password in the stories.
pub const PASSWORD: &str = "violet steam engine 1843";

/// An account with its access token.
#[derive(Clone)]
pub struct Person {
    /// The account.
    pub id: UserId,
    /// The name it signs in with.
    pub username: String,
    /// Good for one refresh.
    pub refresh_token: String,
    /// Requests in its name.
    pub http: Http,
}

impl Person {
    /// As the domain knows it, with the role artist.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor {
            user_id: self.id,
            role: Role::Artist,
        }
    }

    pub(crate) async fn registered(http: &Http, username: &str, role: &str) -> Self {
        let email = format!("{username}@example.org");
        let account = json!({"username": username, "email": email, "password": PASSWORD, "role": role});
        let id = http.post("/api/v1/auth/register", &account).await.is(201).id();
        let tokens = http
            .post(
                "/api/v1/auth/login-json",
                &json!({"username": username, "password": PASSWORD}),
            )
            .await;
        let tokens: Tokens = tokens.is(200).parse();
        Self {
            id: UserId(id),
            username: username.to_owned(),
            http: http.with(&tokens.access_token),
            refresh_token: tokens.refresh_token,
        }
    }

    /// The same person at another API process.
    #[must_use]
    pub fn at(&self, http: &Http) -> Self {
        Self {
            http: self.http.moved_to(http),
            ..self.clone()
        }
    }

    /// Creates an artist.
    pub async fn creates_artist(&self, name: &str) -> ArtistId {
        ArtistId(
            self.http
                .post("/api/v1/artists/", &field("name", name))
                .await
                .is(201)
                .id(),
        )
    }

    /// Creates an album.
    pub async fn creates_album(&self, artist: ArtistId, title: &str) -> AlbumId {
        let album = json!({"title": title, "artist_id": artist, "album_type": "album"});
        AlbumId(self.http.post("/api/v1/albums/", &album).await.is(201).id())
    }

    /// Creates a track of three minutes.
    pub async fn creates_track(&self, artist: ArtistId, title: &str) -> TrackId {
        self.creates_track_with(&json!({"title": title, "artist_id": artist, "duration_ms": 180_000}))
            .await
    }

    /// Creates a track with these fields.
    pub async fn creates_track_with(&self, fields: &Value) -> TrackId {
        TrackId(self.http.post("/api/v1/tracks/", fields).await.is(201).id())
    }

    /// Gives an artist another name.
    pub async fn renames(&self, artist: ArtistId, name: &str) {
        self.http
            .put(&format!("/api/v1/artists/{artist}"), &field("name", name))
            .await
            .is(200);
    }

    /// Gives a track another title.
    pub async fn retitles(&self, track: TrackId, title: &str) {
        self.http
            .put(&format!("/api/v1/tracks/{track}"), &field("title", title))
            .await
            .is(200);
    }

    /// Deletes a track.
    pub async fn deletes_track(&self, track: TrackId) {
        self.http.delete(&format!("/api/v1/tracks/{track}")).await.is(204);
    }

    /// Hears a track to its end, just now; the event's id.
    pub async fn hears(&self, track: TrackId) -> Uuid {
        let path = format!("/api/v1/tracks/{track}/listen");
        let accepted: ListenIdentity = self.http.post(&path, &json!({})).await.is(202).parse();
        accepted.event_id
    }

    /// Posts listens; the answer as it is.
    pub async fn posts(&self, events: &[Value]) -> Answer {
        self.http
            .post("/api/v1/analytics/listening-events", &json!({ "events": events }))
            .await
    }
}
