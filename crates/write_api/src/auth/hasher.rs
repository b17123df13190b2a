//! Argon2id on a bounded number of blocking threads (OWASP Password Storage: 19 MiB, t = 2, p = 1).

use std::{sync::Arc, time::Duration};

use argon2::{
    Algorithm, Argon2, Params, PasswordHash, PasswordHasher as _, PasswordVerifier as _, Version,
    password_hash::SaltString,
};
use http_kit::Error;
use tokio::sync::Semaphore;

/// How long a sign-in waits for its turn before it is told to come again.
const PATIENCE: Duration = Duration::from_secs(5);

/// Hashes and verifies passwords, so many at a time and no more: each takes 19 MiB and some 20 ms of a core.
#[derive(Clone)]
pub struct Hasher {
    permits: Arc<Semaphore>,
    /// Of no account: verified in place of an unknown one's, so that both take the same time.
    nobody: Arc<str>,
}

impl Hasher {
    /// A hasher for `permits` passwords at once. `salt` is any 16 random bytes.
    ///
    /// # Errors
    /// Never for these parameters.
    pub fn new(permits: usize, salt: &[u8]) -> Result<Self, Error> {
        let nobody = hash("of nobody", salt)?.into();
        Ok(Self {
            permits: Arc::new(Semaphore::new(permits)),
            nobody,
        })
    }

    /// Runs work that is as dear as a hash, such as judging a password's strength.
    pub(crate) async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
        let waiting = tokio::time::timeout(PATIENCE, Arc::clone(&self.permits).acquire_owned()).await;
        let Ok(Ok(permit)) = waiting else {
            return Err(Error::away("the sign-in service", "too many passwords to hash at once"));
        };
        let done = tokio::task::spawn_blocking(move || {
            let value = work();
            drop(permit);
            value
        });
        done.await.map_err(|error| Error::Defect(error.to_string()))
    }

    /// The password's hash in PHC form.
    ///
    /// # Errors
    /// 503 when too many wait.
    pub async fn hash(&self, password: String, salt: [u8; 32]) -> Result<String, Error> {
        self.run(move || hash(&password, &salt[..16])).await?
    }

    /// Whether the password fits; without a hash, false after the same time.
    pub(crate) async fn verify(&self, password: String, stored: Option<String>) -> Result<bool, Error> {
        let known = stored.is_some();
        let stored = stored.unwrap_or_else(|| self.nobody.to_string());
        self.run(move || known & fits(&password, &stored)).await
    }
}

fn argon2() -> Result<Argon2<'static>, Error> {
    let params = Params::new(19 * 1024, 2, 1, None).map_err(|error| Error::Defect(error.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash(password: &str, salt: &[u8]) -> Result<String, Error> {
    let defect = |error: argon2::password_hash::Error| Error::Defect(error.to_string());
    let salt = SaltString::encode_b64(salt).map_err(defect)?;
    Ok(argon2()?
        .hash_password(password.as_bytes(), &salt)
        .map_err(defect)?
        .to_string())
}

fn fits(password: &str, stored: &str) -> bool {
    let Ok(stored) = PasswordHash::new(stored) else {
        return false;
    };
    // Parameters come from the stored hash, so that raising them does not lock anybody out.
    Argon2::default().verify_password(password.as_bytes(), &stored).is_ok()
}
