//! Covers: one object for each size.

use futures_util::future::{join_all, try_join_all};

use super::{ObjectError, ObjectInfo, Objects};
use crate::{Cover, CoverSize, keys_of};

const JPEG: &str = "image/jpeg";

impl Objects {
    /// Stores every size; answers the largest, whose key names them all.
    pub async fn put_cover(&self, key: &str, cover: &Cover) -> Result<ObjectInfo, ObjectError> {
        let put = CoverSize::ALL.map(|size| {
            let (key, jpeg) = (size.key(key), cover.size(size).clone());
            async move { self.put_bytes(&key, jpeg, JPEG).await }
        });
        let mut stored = try_join_all(put).await?;
        // The largest is the last.
        let large = stored.pop();
        large.ok_or_else(|| ObjectError::Refused("a cover has no size".to_owned()))
    }

    /// Stores one size, where the others are there.
    pub async fn put_size(&self, key: &str, cover: &Cover, size: CoverSize) -> Result<ObjectInfo, ObjectError> {
        self.put_bytes(&size.key(key), cover.size(size).clone(), JPEG).await
    }

    /// Removes a thing under all of its keys; a missing one is no error.
    pub async fn delete_whole(&self, key: &str) -> Result<(), ObjectError> {
        let keys = keys_of(key);
        let deletions = keys.iter().map(|key| self.delete(key));
        join_all(deletions).await.into_iter().collect()
    }
}
