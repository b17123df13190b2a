//! Twenty listeners who never were: their accounts, and their history posted through the API, labelled as generated.

use events::Time;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use rand::{TryRngCore as _, rngs::OsRng};
use serde_json::{Value, json};

use super::{
    Failure,
    api::Api,
    history::{self, Heard},
    music::Known,
    progress::Progress,
};

/// `source` and `device` of every listen.
const LABEL: &str = "demo-generator";
/// Fewer than the sign-ins that may be under way from one address.
const AT_ONCE: usize = 4;
/// As many as the API takes in a request.
const BATCH: usize = 1_000;

const NAMES: [&str; 20] = [
    "ada", "boris", "chidi", "dana", "emil", "fatou", "goran", "hana", "igor", "jaya", "kofi", "lena", "mirza",
    "nadia", "omar", "petra", "quinn", "rosa", "sven", "tamar",
];

/// Opens the accounts and posts their listens; the number of accepted listens. An account that is there already has its
/// listens from before: it is left alone.
pub(super) async fn post(api: &Api, tracks: &[Known], days: u32, seed: u64) -> Result<u64, Failure> {
    let lengths: Vec<i64> = tracks.iter().map(|track| track.duration_ms).collect();
    let now = now();
    let mut progress = Progress::new("listeners", NAMES.len());
    let posts = NAMES.iter().map(async |name| -> Result<(&str, u64), Failure> {
        let username = format!("demo-{name}");
        let password = password()?;
        if !api.register(&username, &password).await? {
            return Ok((*name, 0));
        }
        let token = api.sign_in(&username, &password).await?;
        let heard = history::heard(seed, &username, days, now, &lengths);
        let mut accepted = 0;
        for batch in heard.chunks(BATCH) {
            let events: Vec<Value> = batch.iter().map(|heard| event(heard, tracks)).collect();
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

fn event(heard: &Heard, tracks: &[Known]) -> Value {
    json!({
        "event_id": heard.event_id,
        "track_id": tracks[heard.track].id,
        "listened_at": heard.listened_at,
        "ms_played": heard.ms_played,
        "source": LABEL,
        "device": LABEL,
    })
}

/// Kept nowhere: nobody ever signs in with it again.
fn password() -> Result<String, Failure> {
    let mut bytes = [0_u8; 16];
    OsRng
        .try_fill_bytes(&mut bytes)
        .map_err(|error| Failure::Random(error.to_string()))?;
    Ok(uuid::Uuid::from_bytes(bytes).to_string())
}

#[expect(clippy::disallowed_methods, reason = "the command line is where time comes from")]
fn now() -> Time {
    Time::from(chrono::Utc::now())
}
