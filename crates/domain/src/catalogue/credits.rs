//! Who made a work, in what role, and the line of artists that is shown.

use std::collections::HashSet;

use events::{ArtistId, Credit, CreditRole};
use serde::Deserialize;
use utoipa::ToSchema;

use super::rules::MAX_NAME;
use crate::{Checks, Fault, Patch, text};

pub(super) const MAX_CREDITS: usize = 50;
const MAX_JOIN: usize = 60;

/// One artist's part in a work, as a client writes it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreditFields {
    pub artist_id: ArtistId,
    /// `main` when absent.
    #[serde(default = "main_role")]
    pub role: CreditRole,
    /// The name on this work, where it is another than the artist's.
    #[schema(
        min_length = 1,
        max_length = 300,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
    )]
    pub credited_as: Option<String>,
    /// What stands between this name and the next one, with its spaces, as in " & ".
    #[schema(
        example = " feat. ",
        min_length = 1,
        max_length = 60,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*$"
    )]
    pub join_phrase: Option<String>,
}

fn main_role() -> CreditRole {
    CreditRole::Main
}

impl CreditFields {
    #[must_use]
    pub fn main(artist_id: ArtistId) -> Self {
        Self {
            artist_id,
            role: CreditRole::Main,
            credited_as: None,
            join_phrase: None,
        }
    }

    fn checked(&self) -> Result<Self, Fault> {
        let name = |name: &String| text::line("credits", name, MAX_NAME);
        Ok(Self {
            artist_id: self.artist_id,
            role: self.role,
            credited_as: self.credited_as.as_ref().map(name).transpose()?,
            join_phrase: self.join_phrase.as_deref().map(join_phrase).transpose()?,
        })
    }
}

/// Its spaces at both ends belong to it.
fn join_phrase(phrase: &str) -> Result<String, Fault> {
    let fits = (1..=MAX_JOIN).contains(&phrase.chars().count()) && !phrase.chars().any(char::is_control);
    if fits {
        return Ok(phrase.to_owned());
    }
    Err(fault(
        "a join_phrase must have 1 to 60 characters, none of them a control character",
    ))
}

fn fault(message: &str) -> Fault {
    Fault {
        field: "credits",
        message: message.to_owned(),
    }
}

/// A work's credits: at least one main artist, each artist once a role, and main or featured but not both.
fn checked(credits: &[CreditFields]) -> Result<Vec<CreditFields>, Fault> {
    if credits.len() > MAX_CREDITS {
        return Err(fault("must be 50 at most"));
    }
    if !credits.iter().any(|credit| credit.role == CreditRole::Main) {
        return Err(fault("must name a main artist"));
    }
    let mut seen = HashSet::new();
    for credit in credits {
        // A play counts once for whoever performs, so main and featured are one here.
        let role = if credit.role.performs() {
            CreditRole::Main
        } else {
            credit.role
        };
        if !seen.insert((credit.artist_id, role)) {
            return Err(fault(
                "must name an artist once for each role, and as main or featured but not both",
            ));
        }
    }
    credits.iter().map(CreditFields::checked).collect()
}

/// Settles the two ways in which a work names its artists: `credits`, or `artist_id` for one main artist. After it both are
/// there, and `artist_id` is the first main artist.
pub(super) fn settle(artist_id: &mut Option<ArtistId>, credits: &mut Vec<CreditFields>, checks: &mut Checks) {
    match *artist_id {
        None if credits.is_empty() => {
            checks.that(false, "artist_id", "is missing: name the artist, or send credits");
        }
        Some(artist) if credits.is_empty() => credits.push(CreditFields::main(artist)),
        Some(artist) if first_main(credits) != Some(artist) => {
            checks.that(
                false,
                "artist_id",
                "must not be given together with credits of another artist",
            );
        }
        _ => {
            *credits = checks.value(checked(credits));
            *artist_id = first_main(credits);
        }
    }
}

fn first_main(credits: &[CreditFields]) -> Option<ArtistId> {
    credits
        .iter()
        .find(|credit| credit.role == CreditRole::Main)
        .map(|credit| credit.artist_id)
}

/// Before a change is applied: what it names anew replaces what was settled from the other way.
pub(super) fn forget_replaced(
    changes: (&Patch<ArtistId>, &Patch<Vec<CreditFields>>),
    artist_id: &mut Option<ArtistId>,
    credits: &mut Vec<CreditFields>,
) {
    match changes {
        (Patch::Keep, Patch::Keep) => {}
        (Patch::Keep, _) => *artist_id = None,
        _ => credits.clear(),
    }
}

/// The artists as one line of text: "A & B feat. C". Main and featured ones are in it.
#[must_use]
pub fn artist_line(credits: &[Credit]) -> String {
    let shown: Vec<&Credit> = credits.iter().filter(|credit| credit.role.performs()).collect();
    let mut line = String::new();
    for (at, credit) in shown.iter().enumerate() {
        line.push_str(credit.credited_as.as_deref().unwrap_or(&credit.artist.name));
        let Some(next) = shown.get(at + 1) else { break };
        let last_of_its_role = shown.get(at + 2).is_none_or(|after| after.role != next.role);
        line.push_str(match credit.join_phrase.as_deref() {
            Some(phrase) => phrase,
            None if next.role != credit.role && next.role == CreditRole::Featured => " feat. ",
            None if last_of_its_role => " & ",
            None => ", ",
        });
    }
    line
}
