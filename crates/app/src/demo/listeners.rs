//! Twenty generated listeners: makes their accounts and posts their history through the API, labelled as generated.

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
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

/// Who posts which history.
pub(super) struct Plan<'a> {
    /// The password of the artist's account. Those of the listeners are derived from it.
    pub(super) secret: &'a str,
    pub(super) days: u32,
    pub(super) seed: u64,
}

/// Makes the accounts that are missing and posts the listens of all; returns how many there are.
///
/// A history ends when its account was made. So the next run generates the same listens with the same ids, sends them
/// again, and each counts once: what a run that was killed has left out is completed. 0: the accounts have passwords of
/// another artist's demo.
pub(super) async fn post(api: &Api, tracks: &[DemoTrack], plan: &Plan<'_>) -> Result<u64, DemoError> {
    let lengths: Vec<i64> = tracks.iter().map(|track| track.duration_ms).collect();
    let mut progress = Progress::new("listeners", NAMES.len());
    let posts = NAMES.iter().map(async |name| -> Result<(&str, u64), DemoError> {
        let username = format!("demo-{name}");
        let password = password(plan.secret, &username);
        api.register(&username, &password).await?;
        let token = api.sign_in(&username, &password).await?;
        fail::fail_point!("demo::listener");
        let end = api.account_since(&token).await?;
        let listens = history::listens(plan.seed, &username, plan.days, end, &lengths);
        let mut accepted = 0;
        for batch in listens.chunks(BATCH) {
            let events: Vec<Value> = batch.iter().map(|listen| event(listen, tracks)).collect();
            accepted += api.listened(&token, &events).await?;
        }
        Ok((*name, accepted))
    });
    let mut posts = stream::iter(posts).buffer_unordered(AT_ONCE);
    let mut all = 0;
    loop {
        match posts.try_next().await {
            Ok(Some((name, accepted))) => {
                all += accepted;
                progress.step(name);
            }
            Ok(None) => return Ok(all),
            // Going on would only make the address wait for its failed sign-ins.
            Err(DemoError::Refused { status: 401, .. }) => return Ok(0),
            Err(error) => return Err(error),
        }
    }
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

/// The same in each run, and known only to who knows the artist's password.
fn password(secret: &str, username: &str) -> String {
    let key = blake3::derive_key("jonquil 2026-11-26 password of a demo listener", secret.as_bytes());
    blake3::keyed_hash(&key, username.as_bytes()).to_hex()[..32].to_owned()
}
