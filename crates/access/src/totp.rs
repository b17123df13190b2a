//! Codes of authenticator apps (RFC 6238): HMAC-SHA-1, six digits, 30 s. Other hashes are ignored by common apps, and an
//! HMAC does not need the collision resistance that SHA-1 lacks. Written out, because the crate for it would be the second
//! version of half of our hashes.

use domain::Proof;
use events::{Time, UserId};
use subtle::ConstantTimeEq as _;

use crate::{Keys, tokens::mac};

/// A time step, in seconds (RFC 6238, 5.2).
const STEP_SECONDS: i64 = 30;
const SECRET_BYTES: usize = 20;
/// Bytes of a block of SHA-1.
const BLOCK: usize = 64;
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

impl Keys {
    /// The secret of a person's app, made from a nonce: it is stored nowhere.
    fn totp_secret(&self, user: UserId, nonce: &[u8]) -> [u8; SECRET_BYTES] {
        let derived = mac(&self.totp, &[user.0.as_bytes(), nonce]);
        let mut secret = [0; SECRET_BYTES];
        secret.copy_from_slice(&derived[..SECRET_BYTES]);
        secret
    }

    /// As a person types it into an app.
    #[must_use]
    pub fn totp_text(&self, user: UserId, nonce: &[u8]) -> String {
        base32(&self.totp_secret(user, nonce))
    }

    /// What the app shows at a moment.
    #[must_use]
    pub fn totp_code(&self, user: UserId, nonce: &[u8], at: Time) -> String {
        digits(&self.totp_secret(user, nonce), step_of(at))
    }

    /// What a code proves. A clock may be a step ahead or behind (RFC 6238, 5.2).
    #[must_use]
    pub fn totp_proof(&self, user: UserId, nonce: &[u8], code: &str, now: Time) -> Proof {
        let secret = self.totp_secret(user, nonce);
        let steps = [0, -1, 1].map(|from_now| step_of(now) + from_now);
        let fits = |step: &i64| bool::from(digits(&secret, *step).as_bytes().ct_eq(code.as_bytes()));
        steps.into_iter().find(fits).map_or(Proof::Wrong, Proof::Code)
    }

    /// What a recovery code proves, and what is stored of it.
    #[must_use]
    pub fn recovery_mac(&self, user: UserId, code: &str) -> Vec<u8> {
        let letters: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
        mac(
            &self.totp,
            &[b"recovery", user.0.as_bytes(), letters.to_ascii_uppercase().as_bytes()],
        )
        .to_vec()
    }
}

/// A recovery code of 24 random letters and digits: 120 bits (ASVS 6.5.2 asks for 112).
#[must_use]
pub fn recovery_code(random: [u8; 32]) -> String {
    let text = base32(&random[..15]);
    text.as_bytes()
        .chunks(4)
        .map(String::from_utf8_lossy)
        .collect::<Vec<_>>()
        .join("-")
}

/// RFC 4648, 6, without padding: our lengths need none.
fn base32(bytes: &[u8]) -> String {
    let bit = |at: usize| bytes[at / 8] >> (7 - at % 8) & 1;
    let letter = |from: usize| (from..from + 5).fold(0, |five, at| five << 1 | bit(at));
    let letters = (0..bytes.len() * 8 / 5).map(|at| BASE32[usize::from(letter(5 * at))]);
    letters.map(char::from).collect()
}

fn step_of(at: Time) -> i64 {
    at.millis().div_euclid(1_000 * STEP_SECONDS)
}

/// RFC 4226, 5.3.
fn digits(secret: &[u8], step: i64) -> String {
    let hash = hmac_sha1(secret, &step.to_be_bytes());
    let offset = usize::from(hash[19] & 15);
    let mut four = [0; 4];
    four.copy_from_slice(&hash[offset..offset + 4]);
    format!("{:06}", (u32::from_be_bytes(four) & 0x7fff_ffff) % 1_000_000)
}

/// RFC 2104, of a key that is no longer than a block.
fn hmac_sha1(key: &[u8], message: &[u8]) -> [u8; 20] {
    let pad = |with: u8| {
        let mut block = [with; BLOCK];
        block.iter_mut().zip(key).for_each(|(byte, key)| *byte ^= key);
        block
    };
    let inner = sha1(&[&pad(0x36), message].concat());
    sha1(&[pad(0x5c).as_slice(), &inner].concat())
}

/// RFC 3174, 6.1.
fn sha1(message: &[u8]) -> [u8; 20] {
    let mut padded = message.to_vec();
    padded.push(0x80);
    while padded.len() % BLOCK != 56 {
        padded.push(0);
    }
    padded.extend_from_slice(&(message.len() as u64 * 8).to_be_bytes());
    let mut state: [u32; 5] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];
    for block in padded.chunks_exact(BLOCK) {
        state = sha1_block(state, block);
    }
    let mut hash = [0; 20];
    for (bytes, word) in hash.chunks_exact_mut(4).zip(state) {
        bytes.copy_from_slice(&word.to_be_bytes());
    }
    hash
}

fn sha1_block(state: [u32; 5], block: &[u8]) -> [u32; 5] {
    let mut words = [0_u32; 80];
    for (word, bytes) in words.iter_mut().zip(block.chunks_exact(4)) {
        *word = bytes.iter().fold(0, |word, byte| word << 8 | u32::from(*byte));
    }
    for at in 16..80 {
        words[at] = (words[at - 3] ^ words[at - 8] ^ words[at - 14] ^ words[at - 16]).rotate_left(1);
    }
    let mut work = state;
    for (at, word) in words.into_iter().enumerate() {
        let [first, second, third, fourth, last] = work;
        let (mixed, constant) = match at / 20 {
            0 => (second & third | !second & fourth, 0x5a82_7999),
            1 => (second ^ third ^ fourth, 0x6ed9_eba1),
            2 => (second & third | second & fourth | third & fourth, 0x8f1b_bcdc),
            _ => (second ^ third ^ fourth, 0xca62_c1d6_u32),
        };
        let sum = first.rotate_left(5).wrapping_add(mixed).wrapping_add(last);
        work = [
            sum.wrapping_add(word).wrapping_add(constant),
            first,
            second.rotate_left(30),
            third,
            fourth,
        ];
    }
    let mut sum = state;
    sum.iter_mut()
        .zip(work)
        .for_each(|(sum, word)| *sum = sum.wrapping_add(word));
    sum
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn hex(bytes: &[u8]) -> String {
        let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
    }

    #[test]
    fn the_examples_of_the_rfcs_hold() {
        // RFC 3174, 7.3; RFC 2202, 3.
        assert_eq!(hex(&sha1(b"abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
        let long = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
        assert_eq!(hex(&sha1(long.as_bytes())), "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
        let hash = hmac_sha1(&[0x0b; 20], b"Hi There");
        assert_eq!(hex(&hash), "b617318655057264e28bc0b6fb378c8ef146be00");
        // RFC 6238, appendix B, of which six digits are shown.
        for (seconds, code) in [(59, "287082"), (1_111_111_109, "081804"), (20_000_000_000, "353130")] {
            assert_eq!(digits(b"12345678901234567890", seconds / STEP_SECONDS), code);
        }
        // RFC 4648, 10.
        assert_eq!(base32(b"fooba"), "MZXW6YTB");
    }

    #[test]
    fn a_code_is_right_for_a_step_before_and_after() {
        let keys = Keys::new(b"a secret of thirty-two characters");
        let user = UserId(Uuid::from_u128(1));
        let code = digits(&keys.totp_secret(user, b"nonce"), 100);
        let at = |step: i64| keys.totp_proof(user, b"nonce", &code, Time::from_millis(step * 30_000));
        for step in [99, 100, 101] {
            assert_eq!(at(step), Proof::Code(100));
        }
        assert_eq!((at(98), at(102)), (Proof::Wrong, Proof::Wrong));
        let others = keys.totp_proof(
            UserId(Uuid::from_u128(2)),
            b"nonce",
            &code,
            Time::from_millis(3_000_000),
        );
        assert_eq!(others, Proof::Wrong);
    }

    #[test]
    fn a_recovery_code_may_be_typed_in_any_case_and_without_dashes() {
        let keys = Keys::new(b"a secret of thirty-two characters");
        let user = UserId(Uuid::from_u128(1));
        let code = recovery_code([0xa5; 32]);
        assert_eq!(code.len(), 29);
        let typed = code.to_lowercase().replace('-', " ");
        assert_eq!(keys.recovery_mac(user, &typed), keys.recovery_mac(user, &code));
    }
}
