//! Sessions: one pair of tokens at a time, whoever asks how often, and an end that reaches every token.

use std::{collections::BTreeSet, time::Duration};

use access::{Keys, Tokens};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::Refresh;
use futures_util::future::join_all;
use http_kit::Problem;
use serde_json::json;
use tests::{Answer, App, Http, PASSWORD, Person, eventually_within, now};

async fn refreshes(http: &Http, token: &str) -> Answer {
    http.post("/api/v1/auth/refresh", &json!({"refresh_token": token}))
        .await
}

async fn refreshed(http: &Http, token: &str) -> Tokens {
    refreshes(http, token).await.is(200).parse()
}

async fn signs_in(app: &App, person: &Person) -> Tokens {
    let account = json!({"username": person.username, "password": PASSWORD});
    app.http()
        .post("/api/v1/auth/login-json", &account)
        .await
        .is(200)
        .parse()
}

async fn me(http: &Http, tokens: &Tokens) -> u16 {
    http.with(&tokens.access_token).get("/api/v1/auth/me").await.status
}

/// Ends everywhere: here at once, in another process with its next look.
async fn is_over(app: &App, tokens: &Tokens) {
    refreshes(&app.http(), &tokens.refresh_token).await.is(401);
    assert_eq!(me(&app.http(), tokens).await, 401, "the process that ended it");
    eventually_within(Duration::from_millis(5_500), "the other process stops it", async || {
        (me(&app.api(1), tokens).await == 401).then_some(())
    })
    .await;
}

async fn sql(app: &App, statement: &str) {
    app.sql().execute(statement, &[]).await.unwrap();
}

const SESSIONS: &str = "SELECT count(*) FROM sessions";
const LATER: &str = "UPDATE sessions SET turned_at = turned_at - interval '11 seconds'";

#[tokio::test]
async fn a_refresh_turns_the_session_and_inserts_nothing() {
    let app = App::start().await;
    let ada = app.listener("ada").await;
    assert_eq!(app.number(SESSIONS).await, 1);
    let mut token = ada.refresh_token.clone();
    let mut seen = BTreeSet::from([token.clone()]);
    for generation in 1..=20 {
        let tokens = refreshed(&app.http(), &token).await;
        assert_eq!(me(&app.http(), &tokens).await, 200);
        assert!((890..=900).contains(&tokens.expires_in), "{}", tokens.expires_in);
        token = tokens.refresh_token;
        assert!(seen.insert(token.clone()), "each turn has its own token");
        assert_eq!(app.number("SELECT generation FROM sessions").await, generation);
    }
    assert_eq!(app.number(SESSIONS).await, 1);
}

#[tokio::test]
async fn the_token_before_is_answered_with_the_same_pair_and_ten_seconds_later_ends_the_session() {
    let app = App::builder().apis(2).start().await;
    let ada = app.listener("ada").await;
    let other = signs_in(&app, &ada).await;
    let first = refreshed(&app.http(), &ada.refresh_token).await;
    // A lost answer, a second tab, another process.
    for http in [app.http(), app.api(1)] {
        let again = refreshed(&http, &ada.refresh_token).await;
        assert_eq!(again.refresh_token, first.refresh_token);
        assert_eq!(again.access_token, first.access_token);
        assert_eq!(me(&http, &again).await, 200);
    }
    sql(&app, LATER).await;
    refreshes(&app.http(), &ada.refresh_token).await.is(401);
    is_over(&app, &first).await;
    refreshes(&app.http(), &ada.refresh_token).await.is(401);
    assert_eq!(me(&app.http(), &other).await, 200, "her other session goes on");
    refreshed(&app.http(), &other.refresh_token).await;
}

#[tokio::test]
async fn twenty_refreshes_at_once_give_one_pair() {
    let app = App::builder().apis(2).start().await;
    let ada = app.listener("ada").await;
    let asked = (0..20).map(|number| {
        let http = app.api(number % 2);
        let token = ada.refresh_token.clone();
        async move { refreshed(&http, &token).await }
    });
    let answered = join_all(asked).await;
    let pairs: BTreeSet<(String, String)> = answered
        .into_iter()
        .map(|tokens| (tokens.access_token, tokens.refresh_token))
        .collect();
    assert_eq!(pairs.len(), 1);
    assert_eq!(app.number("SELECT generation FROM sessions").await, 1);
    let (_, token) = pairs.into_iter().next().unwrap();
    refreshed(&app.http(), &token).await;
}

#[tokio::test]
async fn an_older_token_ends_the_session_at_once() {
    let app = App::builder().apis(2).start().await;
    let ada = app.listener("ada").await;
    let first = refreshed(&app.http(), &ada.refresh_token).await;
    let second = refreshed(&app.http(), &first.refresh_token).await;
    assert_eq!(me(&app.api(1), &second).await, 200);
    let reused: Problem = refreshes(&app.http(), &ada.refresh_token).await.is(401).parse();
    assert!(reused.detail.contains("used before"), "{reused:?}");
    is_over(&app, &second).await;
    is_over(&app, &first).await;
    assert_eq!(app.number(SESSIONS).await, 0);
}

#[tokio::test]
async fn a_refresh_whose_process_died_before_it_answered_is_answered_by_another() {
    let app = App::start().await;
    let ada = app.listener("ada").await;
    let keys = Keys::new(app.setting("JONQUIL_SECRET").as_bytes());
    // What the handler does, up to the commit.
    let mut unit = app.begins().await;
    let (id, generation) = keys.verify_refresh(&ada.refresh_token).expect("a token of ours");
    let session = unit.session(id).await.unwrap().expect("the session");
    let Refresh::Turned(turned) = session.refresh(generation, now()) else {
        panic!("the present generation turns it")
    };
    unit.turn_session(&turned).await.unwrap();
    unit.commit().await.unwrap();

    let lost = keys.tokens_of(&turned, now()).unwrap();
    let again = refreshed(&app.http(), &ada.refresh_token).await;
    assert_eq!(again.refresh_token, lost.refresh_token);
    assert_eq!(again.access_token, lost.access_token);
}

#[tokio::test]
async fn a_refresh_token_that_was_made_up_is_refused_and_harms_nobody() {
    let app = App::start().await;
    let ada = app.listener("ada").await;
    let bytes = URL_SAFE_NO_PAD.decode(&ada.refresh_token).unwrap();
    assert_eq!(bytes.len(), 16 + 8 + 32, "session, generation, MAC");
    let mut forged: Vec<String> = (0..bytes.len())
        .map(|at| {
            let mut other = bytes.clone();
            other[at] ^= 1;
            URL_SAFE_NO_PAD.encode(other)
        })
        .collect();
    for short in [0, 16, 24, 55] {
        forged.push(URL_SAFE_NO_PAD.encode(&bytes[..short]));
    }
    forged.push(format!("{}A", ada.refresh_token));
    forged.push("a token of the version before, 43 characters".to_owned());
    let other = Keys::new(b"another secret, of the same length as that");
    assert_eq!(other.verify_refresh(&ada.refresh_token), None);
    for token in &forged {
        refreshes(&app.http(), token).await.is(401);
        drop(app.http().with(token).get("/api/v1/auth/me").await.is(401));
    }
    let turned = refreshed(&app.http(), &ada.refresh_token).await;
    assert_eq!(me(&app.http(), &turned).await, 200);
    // An access token is no refresh token.
    refreshes(&app.http(), &turned.access_token).await.is(401);
}

#[tokio::test]
async fn signing_out_has_no_body_and_ends_ones_own_session_and_no_other() {
    let app = App::builder().apis(2).start().await;
    let (ada, bob) = (app.listener("ada").await, app.listener("bob").await);
    let (here, elsewhere) = (signs_in(&app, &ada).await, signs_in(&app, &ada).await);
    let log_out = async |http: &Http| {
        let request = http.request(reqwest::Method::POST, "/api/v1/auth/logout");
        http.send(request).await
    };
    log_out(&app.http()).await.is(401);
    for wrong in ["x", &here.refresh_token, &format!("{}x", here.access_token)] {
        log_out(&app.http().with(wrong)).await.is(401);
    }
    assert_eq!(me(&app.api(1), &here).await, 200);
    let turned = refreshed(&app.http(), &here.refresh_token).await;

    let answer = log_out(&app.http().with(&here.access_token)).await.is(204);
    assert!(answer.bytes.is_empty());
    // The access token from before the refresh, and the one from it.
    is_over(&app, &here).await;
    is_over(&app, &turned).await;
    log_out(&app.http().with(&here.access_token)).await.is(401);
    for living in [&elsewhere, &refreshed(&app.http(), &ada.refresh_token).await] {
        assert_eq!(me(&app.http(), living).await, 200);
    }
    bob.http.get("/api/v1/auth/me").await.is(200);
}

#[tokio::test]
async fn a_session_ends_after_thirty_days_unused_and_ninety_in_all() {
    let app = App::start().await;
    let ada = app.listener("ada").await;
    let turned = refreshed(&app.http(), &ada.refresh_token).await;
    sql(
        &app,
        "UPDATE sessions SET turned_at = turned_at - interval '29 days 23 hours'",
    )
    .await;
    let turned = refreshed(&app.http(), &turned.refresh_token).await;
    sql(&app, "UPDATE sessions SET turned_at = turned_at - interval '30 days'").await;
    refreshes(&app.http(), &turned.refresh_token).await.is(401);

    let tokens = signs_in(&app, &ada).await;
    sql(&app, "UPDATE sessions SET created_at = created_at - interval '90 days'").await;
    refreshes(&app.http(), &tokens.refresh_token).await.is(401);
    assert_eq!(app.number(SESSIONS).await, 0, "what ended is gone");
}

#[tokio::test]
async fn sessions_that_ended_are_forgotten_at_the_next_sign_in() {
    let app = App::start().await;
    let (ada, _) = (app.listener("ada").await, app.listener("bob").await);
    signs_in(&app, &ada).await;
    sql(&app, "UPDATE sessions SET turned_at = turned_at - interval '31 days'").await;
    signs_in(&app, &ada).await;
    assert_eq!(app.number(SESSIONS).await, 2, "hers of now, and bob's");
    // However often somebody signs in.
    let many = "INSERT INTO sessions SELECT gen_random_uuid(), id, now(), 0, now() - n * interval '1 minute' \
                FROM users, generate_series(1, 300) n WHERE username = 'ada'";
    sql(&app, many).await;
    signs_in(&app, &ada).await;
    assert_eq!(app.number(SESSIONS).await, 200 + 1);
}
