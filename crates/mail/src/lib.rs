//! Mail by SMTP (RFC 5321): one plain text to one person, over one connection.
//!
//! It owns the server's address and the sender. It must not know what mail is about, nor keep any: who sends through it does so
//! again after an error that may pass.

use std::{fmt, time::Duration};

use lettre::{
    AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor,
    message::{Mailbox, header::ContentType},
    transport::smtp::Error as SmtpError,
};

/// Who sends, and through which server.
#[derive(Clone)]
pub struct Mailer {
    server: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl fmt::Debug for Mailer {
    /// Without the server, whose address holds a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mailer")
            .field("from", &self.from)
            .finish_non_exhaustive()
    }
}

/// What a setting must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSetting {
    #[error("must be smtps://user:password@host or smtp://host:port, with ?tls=required for STARTTLS")]
    Server,
    #[error("must be an address, as Jonquil <music@example.org>")]
    From,
}

/// Why a mail was not sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotSent {
    /// The server, or the address, will not have it.
    #[error("{0}")]
    Refused(String),
    /// It may go better later.
    #[error("{0}")]
    Unavailable(String),
}

/// What is sent.
#[derive(Clone, Copy, Debug)]
pub struct Letter<'a> {
    /// An e-mail address.
    pub to: &'a str,
    pub subject: &'a str,
    pub text: &'a str,
    /// The same each time that it is sent, so that mailboxes show it once.
    pub id: &'a str,
}

impl Mailer {
    /// `timeout` is for each step of the conversation.
    pub fn new(server: &str, from: &str, timeout: Duration) -> Result<Self, BadSetting> {
        let server = AsyncSmtpTransport::<Tokio1Executor>::from_url(server).map_err(|_| BadSetting::Server)?;
        Ok(Self {
            server: server.timeout(Some(timeout)).build(),
            from: from.parse().map_err(|_| BadSetting::From)?,
        })
    }

    /// Returns when the server has taken it.
    pub async fn send(&self, letter: Letter<'_>) -> Result<(), NotSent> {
        let refused = |error: &dyn fmt::Display| NotSent::Refused(error.to_string());
        let to = letter.to.parse::<Mailbox>().map_err(|error| refused(&error))?;
        let id = format!("<{}@{}>", letter.id, self.from.email.domain());
        let message = Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(letter.subject)
            .message_id(Some(id))
            .header(ContentType::TEXT_PLAIN)
            .body(letter.text.to_owned())
            .map_err(|error| refused(&error))?;
        self.server.send(message).await.map(drop).map_err(NotSent::from)
    }
}

impl From<SmtpError> for NotSent {
    /// 5xx is final (RFC 5321, 4.2.1).
    fn from(error: SmtpError) -> Self {
        if error.is_permanent() {
            return Self::Refused(error.to_string());
        }
        Self::Unavailable(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mailer(server: &str, from: &str) -> Result<Mailer, BadSetting> {
        Mailer::new(server, from, Duration::from_secs(1))
    }

    #[test]
    fn servers_and_senders_are_checked_and_no_password_is_shown() {
        let good = mailer(
            "smtps://jonquil:hunter2@mail.example.org",
            "Jonquil <music@example.org>",
        )
        .unwrap();
        assert!(!format!("{good:?}").contains("hunter2"));
        assert_eq!(
            mailer("https://mail.example.org", "music@example.org").err(),
            Some(BadSetting::Server)
        );
        assert_eq!(mailer("smtp://127.0.0.1:25", "nobody").err(), Some(BadSetting::From));
    }
}
