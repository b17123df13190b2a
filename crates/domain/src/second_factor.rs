//! The second factor of a sign-in: a code of an authenticator app (RFC 6238), or a recovery code. Each is good once.

use std::str::FromStr;

use events::Role;

/// Recovery codes that a person gets.
pub const RECOVERY_CODES: usize = 10;

/// The second factor of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecondFactor {
    /// What its secret is made from.
    pub nonce: Vec<u8>,
    /// Whether its owner has shown a code of it. Before that no sign-in needs it.
    pub is_confirmed: bool,
    /// The time step of the last code that was taken.
    pub last_step: i64,
    /// MACs of the recovery codes that are left.
    pub recovery: Vec<Vec<u8>>,
}

/// Who must have a second factor. Others decide themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SecondFactorFor {
    #[default]
    Nobody,
    Admins,
    Everybody,
}

impl SecondFactorFor {
    #[must_use]
    pub fn holds_for(self, role: Role) -> bool {
        match self {
            Self::Nobody => false,
            Self::Admins => role == Role::Admin,
            Self::Everybody => true,
        }
    }
}

impl FromStr for SecondFactorFor {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "nobody" => Ok(Self::Nobody),
            "admins" => Ok(Self::Admins),
            "everybody" => Ok(Self::Everybody),
            _ => Err(()),
        }
    }
}

/// What somebody shows beside the password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// A right code of the app, and its time step.
    Code(i64),
    /// The MAC of a recovery code.
    Recovery(Vec<u8>),
    /// A code that is not right.
    Wrong,
}

impl SecondFactor {
    #[must_use]
    pub fn new(nonce: Vec<u8>) -> Self {
        Self {
            nonce,
            is_confirmed: false,
            last_step: 0,
            recovery: Vec::new(),
        }
    }

    /// The same with this proof used up; none when it is not right, or was used before.
    #[must_use]
    pub fn accept(mut self, proof: &Proof) -> Option<Self> {
        match proof {
            Proof::Code(step) if *step > self.last_step => self.last_step = *step,
            Proof::Recovery(mac) if self.is_confirmed => {
                let at = self.recovery.iter().position(|known| known == mac)?;
                self.recovery.swap_remove(at);
            }
            Proof::Code(_) | Proof::Recovery(_) | Proof::Wrong => return None,
        }
        Some(self)
    }

    /// From now on sign-ins need it. None unless a code of it was shown.
    #[must_use]
    pub fn confirm(self, proof: &Proof, recovery: Vec<Vec<u8>>) -> Option<Self> {
        let confirmed = self.accept(proof)?;
        Some(Self {
            is_confirmed: true,
            recovery,
            ..confirmed
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn confirmed() -> SecondFactor {
        let new = SecondFactor::new(vec![7]);
        new.confirm(&Proof::Code(5), vec![vec![1], vec![2]]).unwrap()
    }

    #[test]
    fn a_code_is_good_once() {
        let used = confirmed().accept(&Proof::Code(6)).unwrap();
        assert_eq!(used.clone().accept(&Proof::Code(6)), None);
        assert_eq!(used.accept(&Proof::Code(5)), None, "an older one neither");
        assert_eq!(
            confirmed().accept(&Proof::Code(5)),
            None,
            "nor the one that confirmed it"
        );
        assert_eq!(confirmed().accept(&Proof::Wrong), None);
    }

    #[test]
    fn a_recovery_code_is_good_once() {
        let used = confirmed().accept(&Proof::Recovery(vec![2])).unwrap();
        assert_eq!(used.recovery, [vec![1]]);
        assert_eq!(used.accept(&Proof::Recovery(vec![2])), None);
    }

    #[test]
    fn what_is_not_confirmed_has_no_recovery_codes() {
        let new = SecondFactor::new(vec![7]);
        assert_eq!(new.clone().accept(&Proof::Recovery(Vec::new())), None);
        assert_eq!(new.confirm(&Proof::Wrong, Vec::new()), None);
    }
}
