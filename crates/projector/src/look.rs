//! A look at something that others change, shared by all who ask within a moment.

use std::time::{Duration, Instant};

use tokio::sync::Mutex;

/// What was seen, and since when that is certain.
pub struct Look<T>(Mutex<Option<(Instant, T)>>);

impl<T> Default for Look<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<T: Clone> Look<T> {
    /// What was seen less than `age` ago, if it is what is meant; else what `look` sees now. Held while it looks, so that
    /// whoever waits finds what is new.
    ///
    /// # Errors
    /// That of `look`.
    pub async fn within<E>(
        &self,
        age: Duration,
        is_meant: impl Fn(&T) -> bool,
        look: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let mut seen = self.0.lock().await;
        if let Some((at, seen)) = &*seen
            && at.elapsed() < age
            && is_meant(seen)
        {
            return Ok(seen.clone());
        }
        // From before it: what changes while it looks may be missed.
        let at = Instant::now();
        let found = look.await?;
        *seen = Some((at, found.clone()));
        Ok(found)
    }

    /// Who asks from now on looks anew.
    pub async fn forget(&self) {
        *self.0.lock().await = None;
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, convert::Infallible};

    use super::*;

    const LONG: Duration = Duration::from_hours(1);

    #[tokio::test]
    async fn what_was_seen_a_moment_ago_is_not_looked_at_again() {
        let (look, looks) = (Look::default(), Cell::new(0));
        let sees = async |age| {
            let see = async {
                looks.set(looks.get() + 1);
                Ok::<_, Infallible>(looks.get())
            };
            look.within(age, |_| true, see).await
        };
        assert_eq!([sees(LONG).await, sees(LONG).await], [Ok(1), Ok(1)]);
        assert_eq!(sees(Duration::ZERO).await, Ok(2));
        assert_eq!(sees(LONG).await, Ok(2), "the last look");
        look.forget().await;
        assert_eq!(sees(LONG).await, Ok(3));
        let other = look.within(LONG, |seen| *seen == 4, async { Ok::<_, Infallible>(4) });
        assert_eq!(other.await, Ok(4), "what was seen is not meant");
    }

    #[tokio::test]
    async fn a_look_that_failed_is_not_kept() {
        let look = Look::default();
        assert_eq!(look.within(LONG, |_| true, async { Err("away") }).await, Err("away"));
        assert_eq!(look.within(LONG, |_| true, async { Ok::<_, &str>(1) }).await, Ok(1));
    }
}
