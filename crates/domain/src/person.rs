//! An account, as commands change it.

use events::{Role, Time, UserId};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{Actor, Checks, Email, Invalid, Password, Patch, Refusal, patch::not_null, text::line};

/// Characters of a name as shown.
const MAX_DISPLAY_NAME: usize = 100;
/// Characters of the present password as it is typed: more than any that can be set, before it is normalised.
const MAX_TYPED_PASSWORD: usize = 1024;

/// An account, without what nobody but Postgres knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub id: UserId,
    pub username: String,
    pub display_name: String,
    pub email: String,
    /// Whether the address is proved.
    pub email_verified: bool,
    pub role: Role,
    /// Whether it may sign in.
    pub is_active: bool,
    pub created_at: Time,
    pub version: i64,
}

/// What is to be changed of an account. Whoever is not an admin may change nothing but one's own name, address and password.
#[derive(Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonChanges {
    /// Name as shown; null: the username.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "Ada", min_length = 1, max_length = 100,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$")]
    pub display_name: Patch<String>,
    /// E-mail address. A new one is not proved yet; it needs `current_password`.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(value_type = String, nullable = false, format = Email, max_length = 254, example = "ada@example.org")]
    pub email: Patch<String>,
    /// A new password; needs `current_password`. Every other session ends.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(value_type = String, nullable = false, min_length = 10, max_length = 256)]
    pub password: Patch<String>,
    /// The password of the account until now, whoever changes it.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(value_type = String, nullable = false, max_length = 1024)]
    pub current_password: Patch<String>,
    /// What it may do; by an admin only.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(value_type = Role, nullable = false)]
    pub role: Patch<Role>,
    /// Whether it may sign in; by an admin only. False ends every session.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(value_type = bool, nullable = false)]
    pub is_active: Patch<bool>,
}

/// The password until now, which must be right, and the new one if there is one.
pub struct Confirmation {
    /// Comparable.
    pub current: String,
    pub new: Option<String>,
}

impl PersonChanges {
    /// What must be confirmed: whoever has a session for a moment, also an admin's, must not take the account by a new
    /// password, nor by a new address that a link for a new password is sent to.
    ///
    /// # Errors
    /// `current_password` is missing.
    pub fn confirmation(&self, of: &Person) -> Result<Option<Confirmation>, Invalid> {
        let new = self.password.set();
        let is_other = |email: &String| Email::parse(email).is_ok_and(|email| email.as_str() != of.email);
        let moves = self.email.set().is_some_and(is_other);
        match (new.is_some() || moves, self.current_password.set()) {
            (false, _) => Ok(None),
            (true, Some(current)) => Ok(Some(Confirmation {
                current: Password::normalised(current),
                new: new.cloned(),
            })),
            (true, None) => Err(Invalid::one(
                "current_password",
                "is missing: a new password or e-mail address needs the present one",
            )),
        }
    }
}

impl Person {
    /// Whether this person may change it at all: its owner, and admins.
    ///
    /// # Errors
    /// [`Refusal::NotOneself`].
    pub fn may_be_changed(id: UserId, by: Actor) -> Result<(), Refusal> {
        if by.is_self_or_admin(id) {
            return Ok(());
        }
        Err(Refusal::NotOneself)
    }

    /// With a new password, which is not part of it.
    #[must_use]
    pub fn set_password(self) -> Self {
        Self {
            version: self.version + 1,
            ..self
        }
    }

    /// With its address proved, if that is still the address.
    #[must_use]
    pub fn prove_email(self, email: &str) -> Option<Self> {
        (self.email == email).then(|| Self {
            email_verified: true,
            version: self.version + 1,
            ..self
        })
    }

    /// The changed account, a version later.
    ///
    /// # Errors
    /// Role and state are an admin's to change; and what is not valid.
    pub fn change(self, changes: &PersonChanges, by: Actor) -> Result<Self, Refusal> {
        Self::may_be_changed(self.id, by)?;
        let is_admins = changes.role.set().is_some() || changes.is_active.set().is_some();
        if is_admins && !by.is_admin() {
            return Err(Refusal::AdminOnly);
        }
        let mut checks = Checks::default();
        let name = changes.display_name.set();
        let name = checks.optional(name.map(|name| line("display_name", name, MAX_DISPLAY_NAME)));
        let email = checks.optional(changes.email.set().map(|email| Email::parse(email)));
        let present = changes.current_password.set();
        let is_short = present.is_none_or(|password| password.chars().count() <= MAX_TYPED_PASSWORD);
        let too_long = format!("must have {MAX_TYPED_PASSWORD} characters at most");
        checks.that(is_short, "current_password", too_long);
        checks.finish(())?;
        let mut person = self;
        if matches!(changes.display_name, Patch::Clear) {
            person.display_name.clone_from(&person.username);
        }
        person.display_name = name.unwrap_or(person.display_name);
        if let Some(email) = email.filter(|email| email.as_str() != person.email) {
            email.as_str().clone_into(&mut person.email);
            person.email_verified = false;
        }
        changes.role.clone().replace(&mut person.role);
        changes.is_active.clone().replace(&mut person.is_active);
        person.version += 1;
        Ok(person)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn user(n: u128) -> UserId {
        UserId(Uuid::from_u128(n))
    }

    fn ada() -> Person {
        Person {
            id: user(1),
            username: "ada".to_owned(),
            display_name: "Ada".to_owned(),
            email: "ada@example.org".to_owned(),
            email_verified: true,
            role: Role::Listener,
            is_active: true,
            created_at: Time::from_millis(0),
            version: 3,
        }
    }

    fn by(n: u128, role: Role) -> Actor {
        Actor { user_id: user(n), role }
    }

    fn changes(json: &str) -> PersonChanges {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_person_changes_name_and_address_and_nobody_else_does() {
        let changed = ada().change(&changes(r#"{"display_name": " Lady Ada "}"#), by(1, Role::Listener));
        let changed = changed.unwrap();
        assert_eq!((changed.display_name.as_str(), changed.version), ("Lady Ada", 4));
        assert!(changed.email_verified);
        let changed = ada().change(&changes(r#"{"display_name": null}"#), by(1, Role::Listener));
        assert_eq!(changed.unwrap().display_name, "ada");
        let refused = ada().change(&changes("{}"), by(2, Role::Artist));
        assert_eq!(refused, Err(Refusal::NotOneself));
    }

    #[test]
    fn a_new_address_is_not_proved() {
        let change = |json: &str| ada().change(&changes(json), by(1, Role::Listener)).unwrap();
        let changed = change(r#"{"email": "Ada@Example.com"}"#);
        assert_eq!(
            (changed.email.as_str(), changed.email_verified),
            ("ada@example.com", false)
        );
        assert!(change(r#"{"email": "ADA@example.org"}"#).email_verified, "the same one");
    }

    #[test]
    fn role_and_state_are_for_admins() {
        for json in [r#"{"role": "admin"}"#, r#"{"is_active": true}"#] {
            assert_eq!(
                ada().change(&changes(json), by(1, Role::Artist)),
                Err(Refusal::AdminOnly)
            );
        }
        let changed = ada().change(
            &changes(r#"{"role": "artist", "is_active": false}"#),
            by(9, Role::Admin),
        );
        let changed = changed.unwrap();
        assert_eq!((changed.role, changed.is_active), (Role::Artist, false));
    }

    #[test]
    fn every_fault_is_named_and_null_clears_only_the_name() {
        let refused = ada().change(&changes(r#"{"display_name": "", "email": "x"}"#), by(1, Role::Listener));
        let Err(Refusal::Invalid(invalid)) = refused else {
            panic!("{refused:?}")
        };
        let fields: Vec<_> = invalid.0.iter().map(|fault| fault.field).collect();
        assert_eq!(fields, ["display_name", "email"]);
        for json in [r#"{"email": null}"#, r#"{"role": null}"#, r#"{"password": null}"#] {
            assert!(serde_json::from_str::<PersonChanges>(json).is_err(), "{json}");
        }
    }

    #[test]
    fn a_new_password_and_a_new_address_need_the_present_password() {
        let of = |json: &str| changes(json).confirmation(&ada());
        for json in ["{}", r#"{"email": "ADA@example.org"}"#, r#"{"display_name": "A"}"#] {
            assert!(of(json).unwrap().is_none(), "{json}");
        }
        for json in [r#"{"password": "x"}"#, r#"{"email": "eve@example.org"}"#] {
            assert!(of(json).is_err(), "{json}");
        }
        let change = of(r#"{"password": "x", "current_password": "ﬁ"}"#).unwrap().unwrap();
        assert_eq!((change.current.as_str(), change.new.as_deref()), ("fi", Some("x")));
    }
}
