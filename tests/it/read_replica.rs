//! A streaming replica of Postgres answers what everybody sees, and never hides from anybody what they wrote.

use std::time::Duration;

use events::ArtistId;
use reqwest::Method;
use serde_json::json;
use tests::{App, Http, Person, PostgresServer, eventually, eventually_within};

/// Above what a replica may be behind.
const LEFT_OUT: Duration = Duration::from_secs(20);

/// A catalogue on a primary, and who looks at it.
struct Scene {
    app: App,
    label: Person,
    ear: Person,
    kino: ArtistId,
}

impl Scene {
    async fn on(primary: &PostgresServer, replica: &PostgresServer) -> Self {
        let app = App::builder().on_postgres(primary, replica).start().await;
        let (label, ear) = (app.artist_account("label").await, app.listener("ear").await);
        let kino = label.creates_artist("Kino").await;
        Self { app, label, ear, kino }
    }

    async fn name(&self, http: &Http) -> String {
        let shown = http.get(&format!("/api/v1/artists/{}", self.kino)).await.is(200);
        shown.json()["name"].as_str().expect("a name").to_owned()
    }

    /// Renames the artist while the replica stands still, again and again until the replica is seen to answer: before it was
    /// looked at it does not. The name before, and the token of the change.
    async fn renames_behind(&self, primary: &PostgresServer, replica: &PostgresServer) -> (String, String) {
        let (path, nobody) = (format!("/api/v1/artists/{}", self.kino), self.app.http());
        let mut round = 0;
        eventually("the replica answers", async || {
            round += 1;
            replica.resumes().await;
            replica.has_all_of(primary).await;
            let before = self.name(&nobody).await;
            replica.pauses().await;
            let renamed = json!({"name": format!("{before} {round}")});
            let renamed = self.label.http.put(&path, &renamed).await.is(200);
            let is_behind = self.name(&nobody).await == before && self.name(&self.ear.http).await == before;
            is_behind.then(|| (before, renamed.header("x-consistency-token").to_owned()))
        })
        .await
    }
}

#[tokio::test]
async fn a_replica_answers_what_everybody_sees_and_never_hides_what_one_wrote() {
    let primary = PostgresServer::start().await;
    let mut replica = primary.replica().await;
    let scene = Scene::on(&primary, &replica).await;
    let (app, nobody, ear) = (&scene.app, scene.app.http(), &scene.ear.http);

    let (before, token) = scene.renames_behind(&primary, &replica).await;
    let now = scene.name(&scene.label.http).await;
    assert_ne!(before, now, "whoever may change the catalogue reads the primary");
    for path in ["/api/v1/artists/", &format!("/api/v1/artists/{}", scene.kino)] {
        for http in [&nobody, ear] {
            let request = http.request(Method::GET, path).header("x-consistency-token", &token);
            let shown = http.send(request).await.is(200).json().to_string();
            assert!(shown.contains(&now), "{path}: {shown}");
        }
    }
    let alisa = scene.label.creates_artist("Alisa").await;
    let shown = nobody.get(&format!("/api/v1/artists/{alisa}")).await.is(200);
    shown.shows(json!({"name": "Alisa"}));
    eventually_within(LEFT_OUT, "a replica that is too far behind is left out", async || {
        (scene.name(&nobody).await == now).then_some(())
    })
    .await;

    scene.renames_behind(&primary, &replica).await;
    let doctor = app.runs(&["doctor"]);
    assert!(doctor.contains("bytes behind"), "{doctor}");
    let signs_out = ear.request(Method::POST, "/api/v1/auth/logout");
    ear.send(signs_out).await.is(204);
    ear.get("/api/v1/auth/me").await.is(401);
    replica.kill();
    let now = scene.name(&scene.label.http).await;
    assert_eq!(scene.name(&nobody).await, now, "the primary answers at once");
    let doctor = app.runs(&["doctor"]);
    let line = doctor.lines().find(|line| line.contains("read replica"));
    assert!(line.is_some_and(|line| line.starts_with("warning")), "{doctor}");
}
