//! What a caller may do. A sign-in may do what its account's role allows; an API key may do less.

use events::Role;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// One's own history, favourites, queue and preferences.
    Library,
    /// One's own playlists.
    Playlists,
    /// To post listens, searches and what is done with playlists.
    EventsWrite,
    /// To hear audio, and to see one's own objects.
    CatalogueRead,
    /// To put music into the catalogue.
    CatalogueWrite,
    /// To look at what admins see.
    AdminRead,
    /// To do what admins do.
    Admin,
}

/// Some scopes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scopes(u8);

impl Scope {
    /// From the least to the most.
    pub const ALL: [Self; 7] = [
        Self::Library,
        Self::Playlists,
        Self::EventsWrite,
        Self::CatalogueRead,
        Self::CatalogueWrite,
        Self::AdminRead,
        Self::Admin,
    ];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Library => "library",
            Self::Playlists => "playlists",
            Self::EventsWrite => "events:write",
            Self::CatalogueRead => "catalogue:read",
            Self::CatalogueWrite => "catalogue:write",
            Self::AdminRead => "admin:read",
            Self::Admin => "admin",
        }
    }

    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.name() == name)
    }
}

impl Scopes {
    /// What a sign-in to an account of this role may do.
    #[must_use]
    pub fn of_role(role: Role) -> Self {
        let count = match role {
            Role::Listener => 4,
            Role::Artist => 5,
            Role::Admin => 7,
        };
        Scope::ALL.into_iter().take(count).collect()
    }

    #[must_use]
    pub fn contains(self, scope: Scope) -> bool {
        self.0 & bit(scope) != 0
    }

    /// What both may do.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The role that may do no more than this. Whoever acts under a key acts with this role.
    #[must_use]
    pub fn role(self) -> Role {
        if self.contains(Scope::Admin) {
            Role::Admin
        } else if self.contains(Scope::CatalogueWrite) {
            Role::Artist
        } else {
            Role::Listener
        }
    }

    /// From the least to the most.
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.into_iter().filter(move |scope| self.contains(*scope))
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        let mut all = Self::default();
        for scope in scopes {
            all.0 |= bit(scope);
            // Whoever may do it may look at it.
            all.0 |= if scope == Scope::Admin {
                bit(Scope::AdminRead)
            } else {
                0
            };
        }
        all
    }
}

fn bit(scope: Scope) -> u8 {
    1 << scope as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_has_the_scopes_of_the_ones_before() {
        let names = |role| Scopes::of_role(role).iter().map(Scope::name).collect::<Vec<_>>();
        let listener = ["library", "playlists", "events:write", "catalogue:read"];
        assert_eq!(names(Role::Listener), listener);
        assert_eq!(names(Role::Artist)[4..], ["catalogue:write"]);
        assert_eq!(names(Role::Admin)[5..], ["admin:read", "admin"]);
        for role in Role::ALL {
            assert_eq!(Scopes::of_role(role).role(), role);
        }
    }

    #[test]
    fn a_key_may_do_no_more_than_its_scopes_and_its_owner() {
        let key: Scopes = [Scope::Admin, Scope::Library].into_iter().collect();
        assert!(key.contains(Scope::AdminRead));
        let of_listener = key.and(Scopes::of_role(Role::Listener));
        assert_eq!(of_listener.iter().collect::<Vec<_>>(), [Scope::Library]);
        assert_eq!(of_listener.role(), Role::Listener);
        let reading: Scopes = [Scope::AdminRead].into_iter().collect();
        assert_eq!(reading.role(), Role::Listener, "it changes nothing as an admin");
    }

    #[test]
    fn a_scope_is_found_by_its_name() {
        for scope in Scope::ALL {
            assert_eq!(Scope::by_name(scope.name()), Some(scope));
        }
        assert_eq!(Scope::by_name("Admin"), None);
    }
}
