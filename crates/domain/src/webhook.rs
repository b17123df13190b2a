//! Webhooks: which events go to which address, and when one is given up.

use std::time::Duration;

use events::{Time, UserId};
use serde::{Deserialize, Serialize};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};
use uuid::Uuid;

use crate::{Actor, Checks, Fault, Invalid, Patch, Refusal, text::line};

/// Webhooks of one person, and of the platform.
pub const MAX_WEBHOOKS: i64 = 10;
/// How long a secret is still good after it was replaced.
pub const OLD_SECRET_KEPT: chrono::TimeDelta = chrono::TimeDelta::days(1);
/// Secrets that are good at the same time: more signatures would not fit into a header.
pub const MAX_SECRETS: usize = 4;
/// The type of the event that one sends to oneself.
pub const WEBHOOK_TEST: &str = "jonquil.webhook.test.v1";
const MAX_DESCRIPTION: usize = 200;
/// Rests of an address that does not answer.
const MAX_REST: Duration = Duration::from_mins(10);
/// Longest time for which a receiver can ask to be left alone at once; after it, it is asked again.
const MAX_ASKED: Duration = Duration::from_hours(1);

/// Events of the catalogue: one's own, or all of them for a webhook of the platform.
const OF_CATALOGUE: [&str; 9] = [
    "jonquil.album.created.v1",
    "jonquil.album.deleted.v1",
    "jonquil.album.updated.v1",
    "jonquil.artist.created.v1",
    "jonquil.artist.deleted.v1",
    "jonquil.artist.updated.v1",
    "jonquil.track.created.v1",
    "jonquil.track.deleted.v1",
    "jonquil.track.updated.v1",
];
/// Events that are for the person whom they concern.
const OF_PERSON: [&str; 8] = [
    "jonquil.favourite.added.v1",
    "jonquil.favourite.removed.v1",
    "jonquil.playlist.created.v1",
    "jonquil.playlist.deleted.v1",
    "jonquil.playlist.item_moved.v1",
    "jonquil.playlist.item_removed.v1",
    "jonquil.playlist.items_added.v1",
    "jonquil.playlist.updated.v1",
];

/// Every type that a webhook can ask for.
fn known_types() -> impl Iterator<Item = &'static str> + Clone {
    OF_CATALOGUE.into_iter().chain(OF_PERSON)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct WebhookId(pub Uuid);

impl From<Uuid> for WebhookId {
    fn from(id: Uuid) -> Self {
        Self(id)
    }
}

/// For the OpenAPI document: the name of a type of event.
pub enum WebhookTypeName {}

impl PartialSchema for WebhookTypeName {
    fn schema() -> RefOr<Schema> {
        let names = ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("A type of event."))
            .enum_values(Some(known_types()));
        RefOr::T(Schema::Object(names.into()))
    }
}

impl ToSchema for WebhookTypeName {}

/// A webhook that is asked for.
#[derive(Clone, Debug, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWebhook {
    /// Where events are sent: `https`, at a public address.
    #[schema(example = "https://example.org/hooks/jonquil", min_length = 10, max_length = 2048)]
    pub url: String,
    /// Which events.
    #[schema(value_type = Vec<WebhookTypeName>, example = json!(["jonquil.track.created.v1"]), min_items = 1, max_items = 17)]
    pub types: Vec<String>,
    /// What it is for.
    #[schema(
        example = "posts new tracks to the band's site",
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
    )]
    pub description: Option<String>,
    /// Whether it is of the platform: for the whole catalogue, and seen by every admin. Only admins may make one.
    #[serde(default)]
    pub platform: bool,
}

/// What to change of a webhook. An absent field stays, null clears.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookChanges {
    /// Where events are sent: `https`, at a public address.
    #[serde(default, deserialize_with = "crate::patch::not_null")]
    #[schema(value_type = String, nullable = false, example = "https://example.org/hooks/jonquil", min_length = 10, max_length = 2048)]
    pub url: Patch<String>,
    /// Which events.
    #[serde(default, deserialize_with = "crate::patch::not_null")]
    #[schema(value_type = Vec<WebhookTypeName>, nullable = false, example = json!(["jonquil.track.created.v1"]), min_items = 1,
        max_items = 17)]
    pub types: Patch<Vec<String>>,
    /// What it is for.
    #[serde(default)]
    #[schema(
        value_type = Option<String>,
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
    )]
    pub description: Patch<String>,
    /// While it is true, nothing is sent, and no event is kept for it. False also begins again what the service gave up.
    #[serde(default, deserialize_with = "crate::patch::not_null")]
    #[schema(value_type = bool, nullable = false)]
    pub is_paused: Patch<bool>,
}

impl WebhookChanges {
    /// The address that is asked for, if it is to be another one.
    #[must_use]
    pub fn new_url(&self) -> Option<&str> {
        self.url.set().map(String::as_str)
    }
}

/// A webhook; its fields are valid.
#[derive(Clone, Debug, PartialEq)]
pub struct Webhook {
    pub id: WebhookId,
    /// None: of the platform.
    pub owner: Option<UserId>,
    /// Whom to write to.
    pub created_by: Option<UserId>,
    pub url: String,
    pub types: Vec<String>,
    pub description: Option<String>,
    pub is_paused: bool,
    /// Why the service paused it; none where its owner did.
    pub paused_because: Option<String>,
    /// Its secret is made of this and the service's own.
    pub nonce: Vec<u8>,
    /// Nonces of secrets that were replaced, and until when each is good, oldest first.
    pub old_nonces: Vec<(Vec<u8>, Time)>,
    pub version: i64,
    pub created_at: Time,
    pub updated_at: Time,
}

impl Webhook {
    /// `owned` are those that the person, or the platform, has already. The address was checked by whoever can.
    pub fn create(
        (id, nonce): (WebhookId, [u8; 32]),
        fields: NewWebhook,
        by: Actor,
        owned: i64,
        now: Time,
    ) -> Result<Self, Refusal> {
        let is_refused = fields.platform && !by.is_admin();
        let webhook = Self {
            id,
            owner: (!fields.platform).then_some(by.user_id),
            created_by: Some(by.user_id),
            url: fields.url,
            types: fields.types,
            description: fields.description,
            is_paused: false,
            paused_because: None,
            nonce: nonce.to_vec(),
            old_nonces: Vec::new(),
            version: 1,
            created_at: now,
            updated_at: now,
        };
        let webhook = webhook.checked(is_refused)?;
        if owned >= MAX_WEBHOOKS {
            return Err(Refusal::ListIsFull);
        }
        Ok(webhook)
    }

    pub fn change(mut self, changes: WebhookChanges, now: Time) -> Result<Self, Refusal> {
        changes.url.replace(&mut self.url);
        changes.types.replace(&mut self.types);
        changes.description.change(&mut self.description);
        changes.is_paused.replace(&mut self.is_paused);
        if !self.is_paused {
            self.paused_because = None;
        }
        Ok(self.checked(false)?.touched(now))
    }

    /// Its owner sees it, and of the platform's every admin; to others it does not exist.
    #[must_use]
    pub fn is_seen_by(&self, by: Actor) -> bool {
        self.owner.map_or(by.is_admin(), |owner| owner == by.user_id)
    }

    /// With a new secret. The one before is good for a day.
    #[must_use]
    pub fn with_new_secret(mut self, nonce: [u8; 32], now: Time) -> Self {
        let old = std::mem::replace(&mut self.nonce, nonce.to_vec());
        self.old_nonces.retain(|(_, until)| *until > now);
        self.old_nonces.push((old, now.plus(OLD_SECRET_KEPT)));
        // A request that is sent again must not end the secret that receivers know: the newest go first.
        self.old_nonces.truncate(MAX_SECRETS - 1);
        self.touched(now)
    }

    /// Nonces of the secrets that are good, the newest first.
    pub fn good_nonces(&self, now: Time) -> impl Iterator<Item = &[u8]> {
        let old = self.old_nonces.iter().rev().filter(move |(_, until)| *until > now);
        std::iter::once(self.nonce.as_slice()).chain(old.map(|(nonce, _)| nonce.as_slice()))
    }

    fn touched(mut self, now: Time) -> Self {
        self.version += 1;
        self.updated_at = now;
        self
    }

    fn checked(self, is_refused: bool) -> Result<Self, Invalid> {
        let mut checks = Checks::default();
        checks.that(!is_refused, "platform", "is for admins");
        let types = checks.value(types(&self.types, self.owner.is_none()));
        let description = self.description.as_deref();
        let description = checks.optional(description.map(|text| line("description", text, MAX_DESCRIPTION)));
        checks.finish(Self {
            types,
            description,
            ..self
        })
    }
}

/// Each once, in the order of their names.
fn types(names: &[String], is_platform: bool) -> Result<Vec<String>, Fault> {
    let fault = |message: String| Fault {
        field: "types",
        message,
    };
    if names.is_empty() || names.len() > known_types().count() {
        return Err(fault(format!("must have 1 to {} types", known_types().count())));
    }
    for name in names {
        if known_types().all(|known| known != name) {
            let nearest = known_types().min_by_key(|known| strsim::damerau_levenshtein(known, &shortened(name)));
            let nearest = nearest.unwrap_or_default();
            return Err(fault(format!(
                "{} is no type of a webhook; did you mean {nearest}?",
                shortened(name)
            )));
        }
        if is_platform && !OF_CATALOGUE.contains(&name.as_str()) {
            return Err(fault(format!(
                "{name} is for the person whom it concerns, not for the platform"
            )));
        }
    }
    let mut types = names.to_vec();
    types.sort_unstable();
    types.dedup();
    Ok(types)
}

/// What is echoed of a name that is not known.
fn shortened(name: &str) -> String {
    name.chars().take(60).collect()
}

/// How a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryStatus {
    /// Waits for its first or its next try.
    Waiting,
    /// The receiver has it.
    Delivered,
    /// Tried too often, or the receiver is gone.
    Failed,
}

impl DeliveryStatus {
    const ALL: [Self; 3] = [Self::Waiting, Self::Delivered, Self::Failed];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }

    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }
}

/// What a receiver answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WebhookAnswer {
    /// A status of HTTP.
    Status(u16),
    /// It could not be reached, or did not answer in time.
    None,
}

/// What becomes of a delivery after a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterTry {
    Delivered,
    /// Tried again after this time.
    Again(Duration),
    /// No more tries.
    Failed,
    /// The receiver wants nothing any more (410).
    Gone,
}

impl WebhookAnswer {
    /// `tries` has this one in it; `pauses` are those between two tries.
    #[must_use]
    pub fn decide(self, tries: usize, pauses: &[Duration]) -> AfterTry {
        match self {
            Self::Status(200..=299) => AfterTry::Delivered,
            Self::Status(410) => AfterTry::Gone,
            Self::Status(_) | Self::None => {
                let pause = tries.checked_sub(1).and_then(|before| pauses.get(before));
                pause.map_or(AfterTry::Failed, |pause| AfterTry::Again(*pause))
            }
        }
    }

    /// Whether the receiver is not there, or has too much to do: then other events of the webhook wait too.
    #[must_use]
    pub fn is_away(self) -> bool {
        matches!(self, Self::None | Self::Status(429 | 502..=504))
    }
}

impl AfterTry {
    /// The same, and not again before the time that the receiver asked for (`Retry-After`), an hour at most.
    #[must_use]
    pub fn not_before(self, asked: Option<Duration>) -> Self {
        match (self, asked) {
            (Self::Again(pause), Some(asked)) => Self::Again(pause.max(asked.min(MAX_ASKED))),
            (other, _) => other,
        }
    }
}

/// How long an address rests that was away so many times in a row, and asked for this time.
#[must_use]
pub fn webhook_rest(times: usize, pauses: &[Duration], asked: Option<Duration>) -> Duration {
    let place = times.saturating_sub(1).min(pauses.len().saturating_sub(1));
    let rest = pauses.get(place).copied().unwrap_or(MAX_REST).min(MAX_REST);
    rest.max(asked.unwrap_or_default().min(MAX_ASKED))
}

#[cfg(test)]
mod tests {
    use events::Role;

    use super::*;

    const NOW: i64 = 1_000;

    fn actor(role: Role) -> Actor {
        Actor {
            user_id: UserId(Uuid::from_u128(1)),
            role,
        }
    }

    fn asked(types: &[&str], platform: bool) -> NewWebhook {
        NewWebhook {
            url: "https://example.org/".to_owned(),
            types: types.iter().map(|&name| name.to_owned()).collect(),
            description: None,
            platform,
        }
    }

    fn created(fields: NewWebhook, role: Role, owned: i64) -> Result<Webhook, Refusal> {
        let id = WebhookId(Uuid::from_u128(2));
        Webhook::create((id, [0; 32]), fields, actor(role), owned, Time::from_millis(NOW))
    }

    fn fault(refused: Result<Webhook, Refusal>) -> String {
        match refused {
            Err(Refusal::Invalid(invalid)) => invalid.to_string(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_type_that_is_not_known_is_named_with_the_nearest_one() {
        let refused = fault(created(asked(&["jonquil.track.create.v1"], false), Role::Listener, 0));
        assert!(refused.ends_with("did you mean jonquil.track.created.v1?"), "{refused}");
        assert!(fault(created(asked(&[], false), Role::Listener, 0)).contains("1 to 17"));
        let listened = fault(created(asked(&["jonquil.listened.v1"], false), Role::Admin, 0));
        assert!(listened.contains("is no type of a webhook"), "{listened}");
    }

    #[test]
    fn the_platforms_are_for_admins_and_have_no_events_of_a_person() {
        assert!(fault(created(asked(&["jonquil.track.created.v1"], true), Role::Artist, 0)).contains("platform"));
        let of_person = fault(created(asked(&["jonquil.playlist.created.v1"], true), Role::Admin, 0));
        assert!(of_person.contains("not for the platform"), "{of_person}");
        let made = created(asked(&["jonquil.track.created.v1"; 2], true), Role::Admin, 9).unwrap();
        assert_eq!((made.owner, made.types.len()), (None, 1));
        let full = created(asked(&["jonquil.track.created.v1"], false), Role::Admin, 10);
        assert_eq!(full, Err(Refusal::ListIsFull));
    }

    #[test]
    fn an_old_secret_is_good_for_a_day_whatever_is_rotated_meanwhile() {
        let day = |days: i64| Time::from_millis(NOW).plus(chrono::TimeDelta::days(days));
        let mut hook = created(asked(&["jonquil.track.created.v1"], false), Role::Listener, 0).unwrap();
        for nonce in 1..=6 {
            hook = hook.with_new_secret([nonce; 32], day(0));
        }
        let good = |hook: &Webhook, at: Time| hook.good_nonces(at).map(|nonce| nonce[0]).collect::<Vec<_>>();
        assert_eq!(good(&hook, day(0)), [6, 2, 1, 0]);
        assert_eq!(good(&hook, day(1)), [6]);
        assert_eq!(good(&hook.with_new_secret([7; 32], day(1)), day(1)), [7, 6]);
    }

    #[test]
    fn what_is_not_taken_is_tried_again_until_the_pauses_are_used_up() {
        let pauses = [Duration::from_secs(5), Duration::from_mins(1)];
        let failed = WebhookAnswer::Status(500);
        assert_eq!(failed.decide(1, &pauses), AfterTry::Again(pauses[0]));
        assert_eq!(WebhookAnswer::None.decide(2, &pauses), AfterTry::Again(pauses[1]));
        assert_eq!(failed.decide(3, &pauses), AfterTry::Failed);
        assert_eq!(
            WebhookAnswer::Status(302).decide(1, &pauses),
            AfterTry::Again(pauses[0])
        );
        assert_eq!(WebhookAnswer::Status(410).decide(1, &pauses), AfterTry::Gone);
        assert_eq!(WebhookAnswer::Status(204).decide(9, &pauses), AfterTry::Delivered);
    }

    #[test]
    fn an_address_that_is_away_rests_longer_each_time_up_to_a_bound() {
        let pauses = [Duration::from_secs(5), Duration::from_mins(1), Duration::from_hours(12)];
        let seconds = [1, 2, 3, 9].map(|times| webhook_rest(times, &pauses, None).as_secs());
        assert_eq!(seconds, [5, 60, 600, 600]);
        assert!(WebhookAnswer::Status(503).is_away() && !WebhookAnswer::Status(500).is_away());
    }

    #[test]
    fn a_receiver_that_says_when_is_not_asked_before_that_for_an_hour_at_most() {
        let pauses = [Duration::from_secs(5)];
        let (soon, later, never) = <(_, _, _)>::from([1, 1_800, u64::MAX].map(Duration::from_secs));
        for (asked, waits) in [(None, 5), (Some(soon), 5), (Some(later), 1_800), (Some(never), 3_600)] {
            let after = WebhookAnswer::Status(429).decide(1, &pauses).not_before(asked);
            assert_eq!(after, AfterTry::Again(Duration::from_secs(waits)));
            assert_eq!(webhook_rest(1, &pauses, asked), Duration::from_secs(waits));
        }
        for last in [AfterTry::Failed, AfterTry::Delivered, AfterTry::Gone] {
            assert_eq!(last.not_before(Some(later)), last, "no further try");
        }
    }

    #[test]
    fn pausing_ends_with_its_reason() {
        let mut hook = created(asked(&["jonquil.track.created.v1"], false), Role::Listener, 0).unwrap();
        (hook.is_paused, hook.paused_because) = (true, Some("410".to_owned()));
        let kept = hook
            .clone()
            .change(WebhookChanges::default(), Time::from_millis(NOW))
            .unwrap();
        assert_eq!(
            (kept.is_paused, kept.paused_because.is_some(), kept.version),
            (true, true, 2)
        );
        let begun = WebhookChanges {
            is_paused: Patch::Set(false),
            ..WebhookChanges::default()
        };
        let begun = hook.change(begun, Time::from_millis(NOW)).unwrap();
        assert_eq!((begun.is_paused, begun.paused_because), (false, None));
    }
}
