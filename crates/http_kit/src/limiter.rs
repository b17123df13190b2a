//! The one limiter: how often, and how much at once, somebody may do something. In memory, for this process; sign-ins that
//! failed are counted in Postgres as well, for all processes.

use std::{
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use actix_web::{
    HttpMessage as _, HttpRequest,
    http::header::{HeaderMap, HeaderName, HeaderValue},
};
use moka::sync::Cache;
use uuid::Uuid;

use crate::{ClientAddress, Error, RequestContext};

#[cfg(test)]
mod tests;

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
/// Addresses and persons that are remembered; the one not seen for the longest time is forgotten first.
const MAX_REMEMBERED: u64 = 100_000;

/// What is limited. A new limit is an entry here and in [`Action::limit`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Asking for a password to be verified.
    SignIn,
    /// Opening an account.
    Register,
    /// Asking for new tokens.
    Refresh,
    /// Asking for a mail.
    Mail,
    /// Sending audio.
    Upload,
    /// Hearing audio.
    Stream,
    /// Following what happens right now.
    Follow,
    /// Having something sent to an address of one's own.
    Webhook,
}

/// Who is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Who {
    Address(ClientAddress),
    Person(Uuid),
}

/// How much somebody may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Limit {
    /// So many at once after a rest.
    burst: u32,
    /// Time until one more may be done.
    refill: Duration,
    /// So many at the same time.
    at_once: u32,
    too_many: &'static str,
}

impl Action {
    /// As headers say it.
    fn name(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::Register => "register",
            Self::Refresh => "refresh",
            Self::Mail => "mail",
            Self::Upload => "upload",
            Self::Stream => "stream",
            Self::Follow => "follow",
            Self::Webhook => "webhook",
        }
    }

    fn limit(self) -> Limit {
        match self {
            Self::SignIn => Limit {
                burst: 500,
                refill: Duration::from_millis(20),
                at_once: 200,
                too_many: "too many sign-ins from this address; wait a moment",
            },
            Self::Register => Limit {
                burst: 500,
                refill: Duration::from_secs(1),
                at_once: 500,
                too_many: "too many registrations from this address; wait a moment",
            },
            Self::Refresh => Limit {
                burst: 500,
                refill: Duration::from_millis(20),
                at_once: 200,
                too_many: "too many refreshes from this address; wait a moment",
            },
            Self::Mail => Limit {
                burst: 20,
                refill: Duration::from_secs(30),
                at_once: 20,
                too_many: "too many mails were asked for from this address; wait a moment",
            },
            Self::Upload => Limit {
                burst: 1_000,
                refill: Duration::from_millis(500),
                at_once: 8,
                too_many: "too many uploads of yours at once; wait until one of them is done",
            },
            Self::Stream => Limit {
                burst: 2_000,
                refill: Duration::from_millis(5),
                at_once: 512,
                too_many: "too many streams of yours at once; end one of them",
            },
            Self::Follow => Limit {
                burst: 200,
                refill: Duration::from_millis(200),
                at_once: 50,
                too_many: "too many live streams from this address at once; end one of them",
            },
            Self::Webhook => Limit {
                burst: 200,
                refill: Duration::from_millis(500),
                at_once: 8,
                too_many: "too much is sent to your webhooks; wait a moment",
            },
        }
    }
}

/// Counts what is done; clones share it.
#[derive(Clone)]
pub struct Limiter(Cache<(Action, Who), Arc<Mutex<Bucket>>>);

/// What somebody may still do.
#[derive(Debug)]
struct Bucket {
    tokens: f64,
    filled: Instant,
    running: u32,
}

/// While it is held, what it was given for counts as running.
#[derive(Debug)]
pub struct Permit(Arc<Mutex<Bucket>>);

/// How much of a limit somebody has left, as the headers `RateLimit` and `RateLimit-Policy` say it
/// (draft-ietf-httpapi-ratelimit-headers).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    action: Action,
    left: u32,
    /// Seconds until the whole burst is there again.
    full_in: u64,
}

impl Standing {
    pub(crate) fn show(&self, headers: &mut HeaderMap) {
        let (name, limit) = (self.action.name(), self.action.limit());
        let window = (limit.refill * limit.burst).as_secs().max(1);
        let policy = format!("\"{name}\";q={};w={window}", limit.burst);
        let now = format!("\"{name}\";r={};t={}", self.left, self.full_in);
        for (header, value) in [(RATE_LIMIT_POLICY, policy), (RATE_LIMIT, now)] {
            if let Ok(value) = HeaderValue::try_from(value) {
                headers.insert(header, value);
            }
        }
    }
}

impl Default for Limiter {
    fn default() -> Self {
        // A bucket that rested so long is full again, and what it lets run is over: the slowest reader takes the largest
        // file in less than three days.
        let rest = Duration::from_hours(72);
        Self(Cache::builder().max_capacity(MAX_REMEMBERED).time_to_idle(rest).build())
    }
}

impl Limiter {
    /// Counts one more; 429, with the time to wait, when it is too much. Either way the answer of this request says how much
    /// is left: of its first limit, if it has several.
    pub fn permit(&self, action: Action, who: Who, request: &HttpRequest) -> Result<Permit, Error> {
        let (permit, standing) = self.permit_at(action, who, Instant::now());
        if let Some(context) = request.extensions().get::<RequestContext>() {
            context.standing.get_or_init(|| standing);
        }
        permit
    }

    fn permit_at(&self, action: Action, who: Who, now: Instant) -> (Result<Permit, Error>, Standing) {
        let limit = action.limit();
        let fresh = || {
            let bucket = Bucket {
                tokens: f64::from(limit.burst),
                filled: now,
                running: 0,
            };
            Arc::new(Mutex::new(bucket))
        };
        let bucket = self.0.get_with((action, who), fresh);
        let (taken, mut standing) = {
            let mut bucket = lock(&bucket);
            (bucket.take(&limit, now), bucket.standing(action))
        };
        if taken.is_err() {
            // Also where it is the number at once that is too much.
            standing.left = 0;
        }
        let permit = taken.map_err(|wait| Error::too_many(wait, limit.too_many));
        (permit.map(|()| Permit(bucket)), standing)
    }
}

impl Bucket {
    /// Takes one, or says how many seconds to wait.
    fn take(&mut self, limit: &Limit, now: Instant) -> Result<(), u64> {
        let refill = limit.refill.as_secs_f64();
        let rested = now.saturating_duration_since(self.filled).as_secs_f64();
        self.tokens = (self.tokens + rested / refill).min(f64::from(limit.burst));
        self.filled = now;
        if self.running >= limit.at_once {
            // When one of them ends nobody knows, and a wait has whole seconds.
            return Err(1);
        }
        if self.tokens < 1.0 {
            let wait = Duration::from_secs_f64((1.0 - self.tokens) * refill);
            return Err(wait.as_secs() + 1);
        }
        self.tokens -= 1.0;
        self.running += 1;
        Ok(())
    }

    fn standing(&self, action: Action) -> Standing {
        let limit = action.limit();
        let lacking = (f64::from(limit.burst) - self.tokens).max(0.0);
        Standing {
            action,
            left: whole(self.tokens),
            full_in: Duration::from_secs_f64(lacking * limit.refill.as_secs_f64()).as_secs() + 1,
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        lock(&self.0).running -= 1;
    }
}

/// Between 0 and a burst.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a number of tokens is between 0 and a burst"
)]
fn whole(tokens: f64) -> u32 {
    tokens as u32
}

fn lock(bucket: &Mutex<Bucket>) -> std::sync::MutexGuard<'_, Bucket> {
    bucket.lock().unwrap_or_else(PoisonError::into_inner)
}
