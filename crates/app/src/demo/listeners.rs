//! Twenty generated listeners: makes their accounts and posts their history through the API, labelled as generated.

use events::Time;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use rand::{TryRngCore as _, rngs::OsRng};
use serde_json::{Value, json};

use super::{
    DemoError,
    api::Api,
    history::{self, Listen},
    music::DemoTrack,
    progress::Progress,
};

/// `source` and `device` of every listen.
const LABEL: &str = "demo-generator";
/// Below the limit of concurrent sign-ins from one address.
const AT_ONCE: usize = 4;
/// The most events the API takes in one request.
const BATCH: usize = 1_000;

const NAMES: [&str; 20] = [
    "ada", "boris", "chidi", "dana", "emil", "fatou", "goran", "hana", "igor", "jaya", "kofi", "lena", "mirza",
    "nadia", "omar", "petra", "quinn", "rosa", "sven", "tamar",
];

/// Makes the accounts and posts their listens; returns how many were accepted. An account that exists has its listens
/// from an earlier run and is skipped.
pub(super) async fn post(api: &Api, tracks: &[DemoTrack], days: u32, seed: u64) -> Result<u64, DemoError> {
    let lengths: Vec<i64> = tracks.iter().map(|track| track.duration_ms).collect();
    let now = now();
    let mut progress = Progress::new("listeners", NAMES.len());
    let posts = NAMES.iter().map(async |name| -> Result<(&str, u64), DemoError> {
        let username = format!("demo-{name}");
        let password = password()?;
        if !api.register(&username, &password).await? {
            return Ok((*name, 0));
        }
        let token = api.sign_in(&username, &password).await?;
        let listens = history::listens(seed, &username, days, now, &lengths);
        let mut accepted = 0;
        for batch in listens.chunks(BATCH) {
            let events: Vec<Value> = batch.iter().map(|listen| event(listen, tracks)).collect();
            accepted += api.listened(&token, &events).await?;
        }
        Ok((*name, accepted))
    });
    let mut posts = stream::iter(posts).buffer_unordered(AT_ONCE);
    let mut all = 0;
    while let Some((name, accepted)) = posts.try_next().await? {
        all += accepted;
        progress.step(name);
    }
    Ok(all)
}

fn event(listen: &Listen, tracks: &[DemoTrack]) -> Value {
    json!({
        "event_id": listen.event_id,
        "track_id": tracks[listen.track].id,
        "listened_at": listen.listened_at,
        "ms_played": listen.ms_played,
        "source": LABEL,
        "device": LABEL,
    })
}

/// A random password that is not stored: nobody signs in to these accounts later.
fn password() -> Result<String, DemoError> {
    let mut bytes = [0_u8; 16];
    OsRng
        .try_fill_bytes(&mut bytes)
        .map_err(|error| DemoError::Random(error.to_string()))?;
    Ok(uuid::Uuid::from_bytes(bytes).to_string())
}

#[expect(clippy::disallowed_methods, reason = "the command line is where time comes from")]
fn now() -> Time {
    Time::from(chrono::Utc::now())
}
