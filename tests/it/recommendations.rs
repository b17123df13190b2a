//! Recommendations: fitted by the job from what people played, and what is near, next and similar by them.

use std::{collections::HashSet, sync::Arc};

use events::{ArtistId, TrackId};
use jobs::Kinds;
use read_api::{NamedArtist, NamedTrack, Recommendations, Similar, SimilarUser};
use recommend::{CoListening, Fit, FitLimits, Fitter};
use representations::ArtistRef;
use serde_json::{Value, json};
use tests::{App, Engine, Person, Role, eventually};

use crate::job_kinds::{Worker, enqueue, store};

/// Fits once, to the end.
async fn fits(app: &App) -> Value {
    let fitter = Fitter {
        analytics: app.analytics().clone(),
        model: Arc::new(CoListening::default()),
        limits: FitLimits {
            // More pages than one.
            listeners_at_once: 2,
            ..FitLimits::default()
        },
    };
    let id = enqueue(&store(app), &Fit {}, None).await;
    let worker = Worker::start(app, "fitter", Kinds::default().with(fitter));
    let query = format!("SELECT result FROM jobs WHERE id = '{id}' AND status = 'done'");
    let result = eventually("the fit ends", async || {
        let row = app.sql().query_opt(&query, &[]).await.unwrap();
        row.map(|row| row.get::<_, Value>(0))
    })
    .await;
    drop(worker);
    result
}

async fn prefers(person: &Person, changes: &Value) {
    let path = format!("/api/v1/users/{}/preferences", person.id);
    person.http.put(&path, changes).await.is(200);
}

struct Music {
    artists: Vec<ArtistId>,
    /// Three of each artist.
    tracks: Vec<Vec<TrackId>>,
}

/// Two artists of rock and two of jazz.
async fn music(app: &App) -> Music {
    let label = app.artist_account("label").await;
    let (mut artists, mut tracks) = (Vec::new(), Vec::new());
    for (name, genre) in [("Kino", "rock"), ("Alisa", "rock"), ("Monk", "jazz"), ("Evans", "jazz")] {
        let artist = label.creates_artist(name).await;
        let mut of_artist = Vec::new();
        for number in 1..=3 {
            let track = json!({"title": format!("{name} {number}"), "artist_id": artist, "genres": [genre]});
            of_artist.push(label.creates_track_with(&track).await);
        }
        artists.push(artist);
        tracks.push(of_artist);
    }
    Music { artists, tracks }
}

/// Three people of each taste, who played everything of it.
async fn people(app: &App, music: &Music) -> Vec<Person> {
    let mut people = Vec::new();
    for (number, artists) in [[0, 1], [0, 1], [0, 1], [2, 3], [2, 3], [2, 3]].iter().enumerate() {
        let person = app.listener(&format!("listener{number}")).await;
        for artist in artists {
            for track in &music.tracks[*artist] {
                person.hears(*track).await;
            }
        }
        people.push(person);
    }
    people
}

fn tracks(of: &Recommendations) -> Vec<TrackId> {
    of.items.iter().map(|item| item.track.id).collect()
}

fn near(of: &Similar<NamedTrack>) -> Vec<TrackId> {
    of.items.iter().map(|near| near.item.track.id).collect()
}

#[tokio::test]
async fn what_the_same_people_play_is_near_and_comes_next() {
    let app = App::builder().without(Role::Jobs).start().await;
    let music = music(&app).await;
    people(&app, &music).await;
    let newcomer = app.listener("newcomer").await;
    newcomer.hears(music.tracks[0][0]).await;
    app.settle().await;
    let fit = fits(&app).await;
    assert_eq!((&fit["listeners"], &fit["pairs"]), (&json!(7), &json!(37)));

    let generation = fit["generation"].as_u64();
    let rock = [&music.tracks[0][1..], &music.tracks[1][..]].concat();
    near_is_of_the_same_taste(&app, &music, &rock, generation).await;
    // Next for somebody: not what they heard, at most two of an artist, and why.
    let path = format!("/api/v1/tracks/recommendations/{}", newcomer.id);
    let next: Recommendations = newcomer.http.read_as(&path).await;
    let first = tracks(&next);
    assert!(!first.contains(&music.tracks[0][0]));
    assert_eq!((next.strategy.as_str(), next.generation), ("co-listening", generation));
    assert!(rock.contains(&first[0]), "{first:?}");
    assert_eq!(next.items[0].because[0].id, music.tracks[0][0]);
    for artist in &music.artists {
        let of_artist = next.items.iter().filter(|item| item.track.artist.id == *artist);
        assert!(of_artist.count() <= 2);
    }
    let one: Recommendations = newcomer.http.read_as(&format!("{path}?limit=1")).await;
    assert_eq!(one.items.len(), 1);

    // Nothing new: the fit that is there stays.
    assert_eq!(fits(&app).await, json!({"unchanged": true}));
    newcomer.hears(music.tracks[2][0]).await;
    app.settle().await;
    let later = fits(&app).await["generation"].as_u64();
    assert!(later > generation);
    assert_eq!(newcomer.http.read_as::<Recommendations>(&path).await.generation, later);
}

/// A track and an artist: of the same taste, and nothing of the other.
async fn near_is_of_the_same_taste(app: &App, music: &Music, rock: &[TrackId], generation: Option<u64>) {
    let path = format!("/api/v1/tracks/{}/similar", music.tracks[0][0]);
    let similar: Similar<NamedTrack> = app.http().read_as(&path).await;
    let near = near(&similar);
    assert!(near.iter().all(|id| rock.contains(id)), "{near:?}");
    // At most two of an artist.
    assert_eq!(
        (near.len(), similar.strategy.as_str(), similar.generation),
        (4, "co-listening", generation)
    );
    let path = format!("/api/v1/artists/{}/similar", music.artists[2]);
    let similar: Similar<NamedArtist> = app.http().read_as(&path).await;
    let artists: Vec<ArtistId> = similar.items.iter().map(|near| near.item.artist.id).collect();
    assert_eq!(artists, [music.artists[3]]);
}

#[tokio::test]
async fn who_agreed_is_found_and_what_is_hidden_is_not_recommended() {
    let app = App::builder().without(Role::Jobs).start().await;
    let music = music(&app).await;
    let people = people(&app, &music).await;
    let newcomer = app.listener("newcomer").await;
    newcomer.hears(music.tracks[0][0]).await;
    app.settle().await;
    fits(&app).await;
    let path = format!("/api/v1/analytics/recommendations/similar-users/{}", newcomer.id);
    assert_eq!(newcomer.http.read(&path).await, json!([]), "nobody has agreed");

    for person in [&people[1], &people[4]] {
        prefers(person, &json!({"similar_users": true})).await;
    }
    let found: Vec<SimilarUser> = newcomer.http.read_as(&path).await;
    let names: Vec<&str> = found.iter().map(|one| one.user.username.as_str()).collect();
    // The other one plays jazz only.
    assert_eq!(names, ["listener1"]);
    let kino = ArtistRef {
        id: music.artists[0],
        name: "Kino".to_owned(),
    };
    assert_eq!(found[0].shared_artists, [kino]);
    // One artist against two played alike: the cosine is 1/√2.
    assert!(
        (found[0].score - std::f32::consts::FRAC_1_SQRT_2).abs() < 0.001,
        "{found:?}"
    );
    prefers(&people[1], &json!({"similar_users": false})).await;
    assert_eq!(newcomer.http.read(&path).await, json!([]), "not any more");

    let hides = json!({"hidden_track_ids": [music.tracks[0][1]], "hidden_artist_ids": [music.artists[1]]});
    prefers(&newcomer, &hides).await;
    let path = format!("/api/v1/tracks/recommendations/{}", newcomer.id);
    let next = tracks(&newcomer.http.read_as(&path).await);
    assert_eq!(next.first(), Some(&music.tracks[0][2]));
    let hidden = [&music.tracks[1][..], &music.tracks[0][1..2]].concat();
    assert!(next.iter().all(|id| !hidden.contains(id)), "{next:?}");
}

#[tokio::test]
async fn what_one_hid_recommends_nothing_and_is_not_recommended_again() {
    let app = App::builder().without(Role::Jobs).start().await;
    let music = music(&app).await;
    let people = people(&app, &music).await;
    let ada = app.listener("ada").await;
    ada.hears(music.tracks[0][0]).await;
    let jazz = music.tracks[2][0];
    let hidden = [ada.hears(jazz).await, ada.hears(jazz).await];
    app.settle().await;
    fits(&app).await;
    let next = async || -> Recommendations {
        let path = format!("/api/v1/tracks/recommendations/{}", ada.id);
        ada.http.read_as(&path).await
    };
    let because = |next: &Recommendations| {
        let reasons = next.items.iter().flat_map(|item| &item.because);
        reasons.map(|track| track.id).collect::<HashSet<_>>()
    };
    assert_eq!(because(&next().await), HashSet::from([music.tracks[0][0], jazz]));
    let similar = format!("/api/v1/analytics/recommendations/similar-users/{}", ada.id);
    for person in [&people[1], &people[4]] {
        prefers(person, &json!({"similar_users": true})).await;
    }
    let names = async || -> Vec<String> {
        let found: Vec<SimilarUser> = ada.http.read_as(&similar).await;
        found.into_iter().map(|one| one.user.username).collect()
    };
    assert_eq!(names().await, ["listener4", "listener1"], "more of jazz");

    for event in hidden {
        let path = format!("/api/v1/users/{}/listening-history/{event}", ada.id);
        ada.http.delete(&path).await.is(204);
    }
    let rock = next().await;
    assert_eq!(because(&rock), HashSet::from([music.tracks[0][0]]));
    let with_reason = rock.items.iter().filter(|item| !item.because.is_empty());
    let artists: HashSet<ArtistId> = with_reason.map(|item| item.track.artist.id).collect();
    assert_eq!(artists, HashSet::from([music.artists[0], music.artists[1]]));
    assert!(!tracks(&rock).contains(&jazz), "it was just heard");
    assert_eq!(names().await, ["listener1"]);
    // With as many as one may hide.
    let many = "INSERT INTO hidden_listens SELECT $1, gen_random_uuid() FROM generate_series(1, 998)";
    app.sql().execute(many, &[&ada.id.0]).await.unwrap();
    assert_eq!(tracks(&next().await), tracks(&rock));
}

#[tokio::test]
async fn the_fit_is_scheduled_and_runs_in_the_role_jobs() {
    let app = App::start().await;
    let music = music(&app).await;
    people(&app, &music).await;
    let ada = app.listener("ada").await;
    ada.hears(music.tracks[0][0]).await;
    app.settle().await;
    eventually("the schedule is there", async || {
        let due = "UPDATE schedules SET next_at = now() WHERE kind = 'fit_recommendations' AND next_at > now()";
        (app.sql().execute(due, &[]).await.unwrap() == 1).then_some(())
    })
    .await;
    let path = format!("/api/v1/tracks/recommendations/{}", ada.id);
    eventually("recommendations are of a fit", async || {
        let next: Recommendations = ada.http.read_as(&path).await;
        next.generation.filter(|_| next.strategy == "co-listening")
    })
    .await;
}

#[tokio::test]
async fn before_there_is_a_fit_there_is_what_is_popular_and_what_is_new() {
    let app = App::builder().without(Role::Jobs).start().await;
    let music = music(&app).await;
    let person = app.listener("person").await;
    let path = format!("/api/v1/tracks/recommendations/{}", person.id);
    // Nobody has played anything: what is new.
    let next: Recommendations = person.http.read_as(&path).await;
    assert_eq!((next.strategy.as_str(), next.generation), ("newest", None));
    assert_eq!(next.items.len(), 8, "two of each artist");

    let other = app.listener("other").await;
    other.hears(music.tracks[2][0]).await;
    app.settle().await;
    let next: Recommendations = person.http.read_as(&path).await;
    assert_eq!(
        (next.strategy.as_str(), tracks(&next).first()),
        ("popular", Some(&music.tracks[2][0]))
    );

    // Who likes jazz gets jazz.
    for track in &music.tracks[0] {
        other.hears(*track).await;
        other.hears(*track).await;
    }
    person.hears(music.tracks[3][0]).await;
    app.settle().await;
    let next: Recommendations = person.http.read_as(&path).await;
    assert_eq!(
        (next.strategy.as_str(), tracks(&next).first()),
        ("popular-in-genres", Some(&music.tracks[2][0]))
    );
    let path = format!("/api/v1/tracks/{}/similar", music.tracks[3][0]);
    let similar: Similar<NamedTrack> = app.http().read_as(&path).await;
    assert_eq!(
        (similar.strategy.as_str(), near(&similar)),
        ("popular-in-genres", music.tracks[2][..1].to_vec())
    );
}

#[tokio::test]
async fn it_is_nobody_elses_and_of_things_there_are() {
    let app = App::builder()
        .without(Role::Jobs)
        .behind_proxy(Engine::ClickHouse)
        .start()
        .await;
    let (person, other) = (app.listener("person").await, app.listener("other").await);
    let label = app.artist_account("label").await;
    let kino = label.creates_artist("Kino").await;
    for path in ["tracks/recommendations", "analytics/recommendations/similar-users"] {
        let path = format!("/api/v1/{path}/{}", person.id);
        app.http().get(&path).await.is(401);
        other.http.get(&path).await.is(403);
        other.http.get(&format!("{path}?limit=0")).await.is(403);
        person.http.get(&format!("{path}?limit=51")).await.is(422);
        person.http.get(&path).await.is(200);
    }
    let nobody = tests::new_id();
    for path in ["tracks", "artists"] {
        app.http()
            .get(&format!("/api/v1/{path}/{nobody}/similar"))
            .await
            .is(404);
    }
    app.proxy(Engine::ClickHouse).refuse();
    for path in [
        format!("tracks/recommendations/{}", person.id),
        format!("analytics/recommendations/similar-users/{}", person.id),
        format!("artists/{kino}/similar"),
    ] {
        let answer = person.http.get(&format!("/api/v1/{path}")).await.is(503);
        assert!(answer.headers.contains_key("retry-after"), "{path}");
    }
}
