//! Where time, ids and randomness come from; the application decides, so that tests can too.

use events::Time;
use uuid::Uuid;

#[derive(Clone, Copy)]
pub struct Ambient {
    pub now: fn() -> Time,
    /// A new `UUIDv7`.
    pub new_id: fn() -> Uuid,
    /// 32 bytes that nobody can guess.
    pub random: fn() -> [u8; 32],
}
