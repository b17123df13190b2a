//! Who looks. What is private is shown to whom it concerns and to admins; queries filter by this.

use events::UserId;

use crate::Actor;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sight {
    /// None: nobody who is known.
    pub user_id: Option<UserId>,
    pub is_admin: bool,
}

impl Sight {
    #[must_use]
    pub fn is_owner_or_admin(self, owner: Option<UserId>) -> bool {
        self.is_admin || (owner.is_some() && self.user_id == owner)
    }
}

impl From<Actor> for Sight {
    fn from(actor: Actor) -> Self {
        Self {
            user_id: Some(actor.user_id),
            is_admin: actor.is_admin(),
        }
    }
}
