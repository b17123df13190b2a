//! API keys: named, with the scopes that their owner gives them, until a day or for ever.

use events::{Role, Time};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{Checks, Fault, Invalid, Scope, ScopeName, Scopes, text::line};

/// Keys of one account.
pub const MAX_API_KEYS: i64 = 50;
/// Characters of a name.
const MAX_NAME: usize = 100;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ApiKeyId(pub Uuid);

impl From<Uuid> for ApiKeyId {
    fn from(id: Uuid) -> Self {
        Self(id)
    }
}

/// A key that is asked for.
#[derive(Clone, Debug, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiKeyFields {
    /// What it is for.
    #[schema(
        example = "scrobbler at home",
        min_length = 1,
        max_length = 100,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
    )]
    pub name: String,
    /// What it may do, which is no more than its owner may.
    #[schema(value_type = Vec<ScopeName>, example = json!(["events:write"]), min_items = 1, max_items = 7)]
    pub scopes: Vec<String>,
    /// When it ends; never when absent.
    pub expires_at: Option<Time>,
}

impl ApiKeyFields {
    /// The same, valid, and its scopes.
    ///
    /// # Errors
    /// Every fault.
    pub fn checked(self, role: Role, now: Time) -> Result<(Self, Scopes), Invalid> {
        let mut checks = Checks::default();
        let name = checks.value(line("name", &self.name, MAX_NAME));
        let scopes = checks.value(scopes(&self.scopes, role));
        let is_ahead = self.expires_at.is_none_or(|expires| expires > now);
        checks.that(is_ahead, "expires_at", "must be in the future");
        checks.finish((Self { name, ..self }, scopes))
    }
}

fn scopes(names: &[String], role: Role) -> Result<Scopes, Fault> {
    let fault = |message: String| Fault {
        field: "scopes",
        message,
    };
    if names.is_empty() || names.len() > Scope::ALL.len() {
        return Err(fault(format!("must have 1 to {} scopes", Scope::ALL.len())));
    }
    let allowed = Scopes::of_role(role);
    let mut scopes = Vec::with_capacity(names.len());
    for name in names {
        match Scope::by_name(name) {
            Some(scope) if allowed.contains(scope) => scopes.push(scope),
            Some(_) => return Err(fault(format!("{name} is more than this account may do"))),
            None => {
                let known = Scope::ALL.map(Scope::name).join(", ");
                return Err(fault(format!("each must be one of {known}")));
            }
        }
    }
    Ok(scopes.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(scopes: &[&str], expires_at: Option<i64>) -> ApiKeyFields {
        ApiKeyFields {
            name: " home ".to_owned(),
            scopes: scopes.iter().map(|&name| name.to_owned()).collect(),
            expires_at: expires_at.map(Time::from_millis),
        }
    }

    #[test]
    fn a_key_may_do_what_its_owner_may() {
        let now = Time::from_millis(1_000);
        let (key, scopes) = asked(&["library", "events:write", "library"], Some(1_001))
            .checked(Role::Listener, now)
            .unwrap();
        assert_eq!(key.name, "home");
        let scopes: Vec<_> = scopes.iter().collect();
        assert_eq!(scopes, [Scope::Library, Scope::EventsWrite]);
        assert!(asked(&["admin:read"], None).checked(Role::Admin, now).is_ok());
    }

    #[test]
    fn what_is_not_valid_is_named() {
        let faults = |key: ApiKeyFields| {
            let refused = key.checked(Role::Listener, Time::from_millis(1_000)).unwrap_err();
            refused.0.into_iter().map(|fault| fault.field).collect::<Vec<_>>()
        };
        assert_eq!(faults(asked(&[], None)), ["scopes"]);
        assert_eq!(faults(asked(&["root"], None)), ["scopes"]);
        assert_eq!(faults(asked(&["catalogue:write"], None)), ["scopes"]);
        assert_eq!(faults(asked(&["library"; 8], None)), ["scopes"]);
        let nameless = ApiKeyFields {
            name: "\n".to_owned(),
            ..asked(&["library"], Some(1_000))
        };
        assert_eq!(faults(nameless), ["name", "expires_at"]);
    }
}
