//! Addresses at the object store itself, signed for a while: whoever has one needs no token.

use std::time::Duration;

use aws_sdk_s3::presigning::PresigningConfig;
use chrono::{DateTime, Utc};

use super::{ObjectError, Objects};

impl Objects {
    /// Where the object can be read for so long from `now` on. Nothing is asked of the server.
    pub async fn presigned(&self, key: &str, now: DateTime<Utc>, lasts: Duration) -> Result<String, ObjectError> {
        let signing = PresigningConfig::builder()
            .start_time(now.into())
            .expires_in(lasts)
            .build();
        let signing = signing.map_err(|error| ObjectError::Refused(error.to_string()))?;
        let request = self.public.get_object().bucket(&*self.bucket).key(key);
        Ok(request.presigned(signing).await?.uri().to_owned())
    }
}
