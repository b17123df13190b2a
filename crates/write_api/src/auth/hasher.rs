//! Argon2id on a bounded number of blocking threads (OWASP Password Storage: 19 MiB, t = 2, p = 1).

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use argon2::{
    Algorithm, Argon2, Block, Params, PasswordHash, Version,
    password_hash::{Output, ParamsString, SaltString},
};
use http_kit::Error;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How long a sign-in waits for its turn before it is refused.
const PATIENCE: Duration = Duration::from_secs(5);

type Memory = Vec<Block>;

/// Hashes and verifies passwords, a few at a time: each takes 19 MiB and some 20 ms of a core.
#[derive(Clone)]
pub struct Hasher {
    sign_ins: Arc<Semaphore>,
    /// Of their own: however many register, no sign-in waits for them.
    registrations: Arc<Semaphore>,
    /// What hashes work in, used again: given back to the allocator, blocks of this size stay with it, one for each thread.
    memories: Arc<Mutex<Vec<Memory>>>,
    /// Of no account: verified in place of an unknown one's, so that both take the same time.
    nobody: Arc<str>,
}

/// A turn at hashing: as many passwords are hashed at once as there are turns.
pub(crate) struct Turn {
    _permit: OwnedSemaphorePermit,
}

impl Turn {
    /// The turn goes with the work, which ends even if nobody waits for it any more.
    async fn run<T: Send + 'static>(self, work: impl FnOnce() -> T + Send + 'static) -> Result<(T, Self), Error> {
        let done = tokio::task::spawn_blocking(move || (work(), self));
        done.await.map_err(Error::defect)
    }
}

impl Hasher {
    /// A hasher for `permits` sign-ins at once, and half as many registrations. `salt` is any 16 random bytes.
    pub fn new(permits: usize, salt: &[u8]) -> Result<Self, Error> {
        let mut memory = Memory::new();
        let nobody = hash("of nobody", salt, &mut memory)?.into();
        Ok(Self {
            sign_ins: Arc::new(Semaphore::new(permits)),
            registrations: Arc::new(Semaphore::new((permits / 2).max(1))),
            memories: Arc::new(Mutex::new(vec![memory])),
            nobody,
        })
    }

    /// Waits for a turn to verify; 503 when too many wait.
    pub(crate) async fn turn(&self) -> Result<Turn, Error> {
        turn(&self.sign_ins, "the sign-in service").await
    }

    async fn registration_turn(&self) -> Result<Turn, Error> {
        turn(&self.registrations, "the registration").await
    }

    /// Runs work that is as dear as a hash: judging a new password's strength.
    pub(crate) async fn judge<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
        let (value, turn) = self.registration_turn().await?.run(work).await?;
        drop(turn);
        Ok(value)
    }

    /// A new password's hash in PHC form; 503 when too many wait.
    pub async fn hash(&self, password: String, salt: [u8; 32]) -> Result<String, Error> {
        let turn = self.registration_turn().await?;
        let (hash, turn) = self
            .run_in_memory(turn, move |memory| hash(&password, &salt[..16], memory))
            .await?;
        drop(turn);
        hash
    }

    /// Whether the password fits; without a hash, false after the same time. The turn comes back, so that the caller can
    /// record a failure before the next password has its turn.
    pub(crate) async fn verify(
        &self,
        turn: Turn,
        password: String,
        stored: Option<String>,
    ) -> Result<(bool, Turn), Error> {
        let known = stored.is_some();
        let stored = stored.unwrap_or_else(|| self.nobody.to_string());
        // `&` and not `&&`: an unknown name takes as long as a known one.
        self.run_in_memory(turn, move |memory| known & fits(&password, &stored, memory))
            .await
    }

    async fn run_in_memory<T: Send + 'static>(
        &self,
        turn: Turn,
        work: impl FnOnce(&mut Memory) -> T + Send + 'static,
    ) -> Result<(T, Turn), Error> {
        let memories = Arc::clone(&self.memories);
        turn.run(move || {
            let free = memories.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let mut memory = free.unwrap_or_default();
            let value = work(&mut memory);
            memories.lock().unwrap_or_else(PoisonError::into_inner).push(memory);
            value
        })
        .await
    }
}

async fn turn(permits: &Arc<Semaphore>, what: &'static str) -> Result<Turn, Error> {
    match tokio::time::timeout(PATIENCE, Arc::clone(permits).acquire_owned()).await {
        Ok(Ok(permit)) => Ok(Turn { _permit: permit }),
        _ => Err(Error::unavailable(what, "too many passwords to hash at once")),
    }
}

fn digest(password: &str, salt: &[u8], params: Params, memory: &mut Memory) -> argon2::Result<Output> {
    let blocks = params.block_count();
    if memory.len() < blocks {
        memory.resize(blocks, Block::default());
    }
    let mut digest = [0; Params::DEFAULT_OUTPUT_LEN];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    argon2.hash_password_into_with_memory(password.as_bytes(), salt, &mut digest, &mut memory[..blocks])?;
    Output::new(&digest).map_err(|_| argon2::Error::OutputTooLong)
}

fn hash(password: &str, salt: &[u8], memory: &mut Memory) -> Result<String, Error> {
    let params = Params::new(19 * 1024, 2, 1, None).map_err(Error::defect)?;
    let hash = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(&params).map_err(Error::defect)?,
        hash: Some(digest(password, salt, params, memory).map_err(Error::defect)?),
        salt: None,
    };
    let salt = SaltString::encode_b64(salt).map_err(Error::defect)?;
    Ok(PasswordHash {
        salt: Some(salt.as_salt()),
        ..hash
    }
    .to_string())
}

/// Parameters come from the stored hash, so that raising them does not lock anybody out.
fn fits(password: &str, stored: &str, memory: &mut Memory) -> bool {
    let Ok(stored) = PasswordHash::new(stored) else {
        return false;
    };
    let (Ok(params), Some(salt), Some(expected)) = (Params::try_from(&stored), stored.salt, stored.hash) else {
        return false;
    };
    let mut bytes = [0; 64];
    let Ok(salt) = salt.decode_b64(&mut bytes) else {
        return false;
    };
    // `Output` compares in constant time.
    digest(password, salt, params, memory).is_ok_and(|found| found == expected)
}
