//! What a caller may do.

use events::Role;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// One's own account, history and playlists.
    Library,
    /// To post listens.
    EventsWrite,
    /// To put music into the catalogue.
    CatalogueWrite,
    Admin,
}

impl Scope {
    /// From the least to the most.
    const ALL: [Self; 4] = [Self::Library, Self::EventsWrite, Self::CatalogueWrite, Self::Admin];

    /// What a sign-in to an account of this role may do.
    #[must_use]
    pub fn of_role(role: Role) -> &'static [Self] {
        match role {
            Role::Listener => &Self::ALL[..2],
            Role::Artist => &Self::ALL[..3],
            Role::Admin => &Self::ALL,
        }
    }

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Library => "library",
            Self::EventsWrite => "events:write",
            Self::CatalogueWrite => "catalogue:write",
            Self::Admin => "admin",
        }
    }
}
