//! The accounts that `up` creates.

use serde_json::{Value, json};

use crate::checkout::Checkout;
use crate::error::{Context, Error, Result};
use crate::files;
use crate::report;
use crate::roles;
use crate::tool;

/// Usernames and roles, one account of each role. The demo's music belongs to the artist.
const ACCOUNTS: [(&str, &str); 3] = [("admin", "admin"), ("artist", "artist"), ("listener", "listener")];

pub struct Account {
    pub username: String,
    /// Random.
    pub password: String,
    /// admin, artist or listener.
    pub role: String,
}

impl Account {
    pub fn to_json(&self) -> Value {
        json!({ "username": self.username, "password": self.password, "role": self.role })
    }
}

/// The accounts in the ignored file; none before the first `up`.
pub fn known(checkout: &Checkout) -> Result<Vec<Account>> {
    let Some(text) = files::read_if_there(&checkout.state().join("accounts.json"))? else {
        return Ok(Vec::new());
    };
    let all: Value =
        serde_json::from_str(&text).context("accounts.json is damaged; `cargo xtask reset` creates a new one")?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let account = |entry: &Value| Account {
        username: text(&entry["username"]),
        password: text(&entry["password"]),
        role: text(&entry["role"]),
    };
    Ok(all.as_array().into_iter().flatten().map(account).collect())
}

/// Creates the accounts that are missing. The file is written first, so that a run after a kill uses the same passwords.
pub fn create(checkout: &Checkout) -> Result<Vec<Account>> {
    let mut accounts = known(checkout)?;
    if accounts.is_empty() {
        for (username, role) in ACCOUNTS {
            accounts.push(Account {
                username: username.to_owned(),
                password: files::random_hex(12)?,
                role: role.to_owned(),
            });
        }
        let file = checkout.state().join("accounts.json");
        files::make_folder(&checkout.state())?;
        let all: Value = accounts.iter().map(Account::to_json).collect();
        files::write(&file, &format!("{all:#}\n"), 0o600)?;
    }
    report::with_progress("creating the accounts", || {
        accounts.iter().try_for_each(|account| create_one(checkout, account))
    })?;
    Ok(accounts)
}

fn create_one(checkout: &Checkout, account: &Account) -> Result<()> {
    let mut command = roles::jonquil(checkout, "users")?;
    let email = format!("{}@example.org", account.username);
    command.args([
        "users",
        "create",
        "--if-missing",
        "--username",
        &account.username,
        "--email",
        &email,
        "--role",
        &account.role,
    ]);
    // The password is in the environment: arguments can be read by every user of the machine.
    tool::run(
        command.env("JONQUIL_NEW_PASSWORD", &account.password),
        &checkout.state().join("accounts.log"),
    )
}

/// The account whose music the demo is.
pub fn artist(accounts: &[Account]) -> Result<&Account> {
    accounts
        .iter()
        .find(|account| account.role == "artist")
        .ok_or_else(|| Error::new("accounts.json has no artist; `cargo xtask reset` creates a new one"))
}
