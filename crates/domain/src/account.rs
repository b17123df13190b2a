//! Accounts: names, addresses and passwords.

use std::fmt;

use email_address::{EmailAddress, Options};
use unicode_normalization::UnicodeNormalization as _;

use crate::{Checks, Fault, Invalid, text::line};

/// Characters of a password that are judged. The judge's time grows faster than the length: 256 took 600 ms.
const MAX_JUDGED: usize = 64;

/// `[a-z0-9_.-]{3,32}`, case folded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Username(String);

impl Username {
    fn parse(text: &str) -> Result<Self, Fault> {
        let name = text.trim().to_ascii_lowercase();
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'.' | b'-');
        if (3..=32).contains(&name.len()) && name.bytes().all(allowed) {
            return Ok(Self(name));
        }
        Err(Fault {
            field: "username",
            message: "must be 3 to 32 characters of a-z, 0-9, _, . and -".to_owned(),
        })
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An e-mail address (RFC 5322), case folded. Whether it exists, only a message to it would show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    /// As it is stored, or what is wrong with it.
    pub fn checked(text: &str) -> Result<Self, Invalid> {
        Self::parse(text).map_err(|fault| Invalid(vec![fault]))
    }

    pub(crate) fn parse(text: &str) -> Result<Self, Fault> {
        let address = line("email", text, 254)?.to_lowercase();
        let options = Options::default()
            .with_required_tld()
            .without_domain_literal()
            .without_display_text();
        let well_formed =
            !address.contains(char::is_whitespace) && EmailAddress::parse_with_options(&address, options).is_ok();
        if well_formed {
            return Ok(Self(address));
        }
        Err(Fault {
            field: "email",
            message: "must be an e-mail address, as name@example.org".to_owned(),
        })
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A password that may be set: 10 to 256 characters as typed, not easily guessed; kept in NFKC. Never printed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Password(String);

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl Password {
    /// What a person typed, made comparable (NIST SP 800-63B, 3.1.1.2: normalise before hashing).
    #[must_use]
    pub fn normalised(text: &str) -> String {
        text.nfkc().collect()
    }

    /// Checks a new password of an account. It takes as long as a hash.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn checked(text: &str, username: &str, email: &str) -> Result<Self, Invalid> {
        let parsed = Self::parse(text, &[username, email, "jonquil"]);
        parsed.map_err(|fault| Invalid(vec![fault]))
    }

    fn parse(text: &str, personal: &[&str]) -> Result<Self, Fault> {
        let fault = |message: String| Fault {
            field: "password",
            message,
        };
        let password = Self::normalised(text);
        // As typed: NFKC makes one letter of two, and two of one.
        if !(10..=256).contains(&text.chars().count()) {
            return Err(fault("must have 10 to 256 characters".to_owned()));
        }
        let judged: String = password.chars().take(MAX_JUDGED).collect();
        let estimate = zxcvbn::zxcvbn(&judged, personal);
        if estimate.score() >= zxcvbn::Score::Three {
            return Ok(Self(password));
        }
        let why = estimate
            .feedback()
            .and_then(zxcvbn::feedback::Feedback::warning)
            .map(|warning| warning.to_string());
        Err(fault(format!(
            "is too easy to guess: {}",
            why.unwrap_or_else(|| "add another word or two".to_owned())
        )))
    }

    /// The password, for hashing.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

#[derive(Clone, Debug)]
pub struct Account {
    pub username: Username,
    pub email: Email,
    pub password: Password,
}

impl Account {
    /// Checks what a person registers with.
    ///
    /// # Errors
    /// Every fault.
    pub fn parse(username: &str, email: &str, password: &str) -> Result<Self, Invalid> {
        let mut checks = Checks::default();
        let account = Self {
            username: checks.value(Username::parse(username)),
            email: checks.value(Email::parse(email)),
            password: checks.value(Password::parse(password, &[username, email, "jonquil"])),
        };
        checks.finish(account)
    }
}
