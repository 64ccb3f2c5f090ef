//! All cryptography: values that must be read again are sealed, all others are hashed.
//!
//! Sealing is XChaCha20-Poly1305 under the current key of the keyring, bound by its associated data
//! to institution, user and purpose: a row copied to another user does not open. Hashing is
//! HMAC-SHA-256 under one hash key, which is stored in the database, sealed under the keyring. So a
//! key rotation seals one row again, and no hash has to be made again.

use std::fmt;

use argon2::{Algorithm, Argon2, Params, Version};
use hmac::{Hmac, KeyInit, Mac};
use rand::CryptoRng;
use sha2::Sha256;
use twofactor_contract::{Secret, UserKey};
use zeroize::Zeroizing;

pub use crate::keyring::{Keyring, KeyringError, OpenError, Sealed};
pub use crate::purpose::{HashPurpose, Purpose};

/// A keyed hash.
pub type Hash = [u8; 32];

/// The keyring with the hash key that it opened.
pub struct Keys {
    keyring: Keyring,
    hash_key: Zeroizing<Vec<u8>>,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.keyring.fmt(f)
    }
}

impl Keys {
    /// Opens the hash key.
    pub fn new(keyring: Keyring, hash_key: &Sealed) -> Result<Self, OpenError> {
        let hash_key = keyring.open(&Purpose::HashKey.bound_to(&[]), hash_key)?;
        Ok(Self { keyring, hash_key })
    }

    /// Seals a value of a user.
    pub fn seal(
        &self,
        purpose: Purpose,
        user: &UserKey,
        plain: &[u8],
        rng: &mut dyn CryptoRng,
    ) -> Sealed {
        self.keyring.seal(&bound_to_user(purpose, user), plain, rng)
    }

    /// Opens a value of a user.
    pub fn open(
        &self,
        purpose: Purpose,
        user: &UserKey,
        sealed: &Sealed,
    ) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        self.keyring.open(&bound_to_user(purpose, user), sealed)
    }

    /// Opens a value of a user that is a string.
    pub fn open_string(
        &self,
        purpose: Purpose,
        user: &UserKey,
        sealed: &Sealed,
    ) -> Result<Secret<String>, OpenError> {
        let plain = self.open(purpose, user, sealed)?;
        let string = std::str::from_utf8(&plain).map_err(|_| OpenError::NotUtf8)?;
        Ok(Secret::new(string.to_owned()))
    }

    /// Seals the same value of a user again, under the current key.
    pub fn reseal(
        &self,
        purpose: Purpose,
        user: &UserKey,
        sealed: &Sealed,
        rng: &mut dyn CryptoRng,
    ) -> Result<Sealed, OpenError> {
        let plain = self.open(purpose, user, sealed)?;
        Ok(self.seal(purpose, user, &plain, rng))
    }

    /// Returns the keyring.
    pub fn keyring(&self) -> &Keyring {
        &self.keyring
    }

    /// Returns the HMAC-SHA-256 of the parts, for one purpose.
    pub fn hash(&self, purpose: HashPurpose, parts: &[&str]) -> Hash {
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&self.hash_key)
            .expect("HMAC takes a key of any length");
        for (length, part) in purpose.input(parts) {
            mac.update(&length);
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }

    /// Returns the Argon2id of a backup code, keyed and salted.
    ///
    /// A backup code has 80 random bits, so it cannot be enumerated at any speed (NIST SP 800-63B,
    /// look-up secrets). A slower hash would only delay the other events of the batch.
    pub fn hash_backup_code(&self, salt: &[u8; 16], code: &str) -> Hash {
        let params = Params::new(BACKUP_KIB, 1, 1, Some(32)).expect("fixed parameters");
        let argon =
            Argon2::new_with_secret(&self.hash_key, Algorithm::Argon2id, Version::V0x13, params)
                .expect("the hash key is 32 bytes");
        let mut hash = [0; 32];
        argon
            .hash_password_into(code.as_bytes(), salt, &mut hash)
            .expect("fixed sizes");
        hash
    }
}

/// Memory of the Argon2id hash of a backup code, in KiB.
const BACKUP_KIB: u32 = 256;

fn bound_to_user(purpose: Purpose, user: &UserKey) -> Vec<u8> {
    purpose.bound_to(&[user.tenant.as_str(), user.user.as_str()])
}

#[cfg(test)]
pub(crate) mod tests {
    use twofactor_contract::{TenantId, UserId};

    use super::*;

    /// Returns a random generator with a fixed seed, which yields the same sequence each time.
    pub(crate) fn seeded_rng() -> impl CryptoRng {
        <rand::rngs::StdRng as rand::SeedableRng>::seed_from_u64(1)
    }

    /// Returns a keyring with one fixed key, and its own hash key.
    pub(crate) fn keys() -> Keys {
        let base64 = data_encoding::BASE64.encode(&[7; 32]);
        let json = format!(r#"{{"current": "2026-11", "keys": {{"2026-11": "{base64}"}}}}"#);
        let keyring = Keyring::parse(&json).expect("a keyring");
        let hash_key = keyring.new_hash_key(&mut seeded_rng());
        Keys::new(keyring, &hash_key).expect("its own hash key")
    }

    fn user(tenant: &str, user: &str) -> UserKey {
        let tenant = TenantId::parse(tenant).expect("an id");
        UserKey {
            tenant,
            user: UserId::parse(user).expect("an id"),
        }
    }

    #[test]
    fn a_sealed_value_opens_for_its_own_row_alone() {
        let keys = keys();
        let anna = user("north", "anna");
        let sealed = keys.seal(
            Purpose::MobileNumber,
            &anna,
            b"+447400123456",
            &mut seeded_rng(),
        );
        let opened = keys
            .open(Purpose::MobileNumber, &anna, &sealed)
            .expect("opens");
        assert_eq!(&opened[..], b"+447400123456");
        let wrong = Err(OpenError::DoesNotOpen);
        for other in [
            user("north", "ben"),
            user("south", "anna"),
            user("nort", "hanna"),
        ] {
            assert_eq!(
                keys.open(Purpose::MobileNumber, &other, &sealed)
                    .map(|_| ()),
                wrong
            );
        }
        assert_eq!(
            keys.open(Purpose::TotpSecret, &anna, &sealed).map(|_| ()),
            wrong
        );
        let mut bytes = sealed.as_bytes().to_vec();
        *bytes.last_mut().expect("bytes") ^= 1;
        let changed = Sealed::from_bytes(bytes);
        assert_eq!(
            keys.open(Purpose::MobileNumber, &anna, &changed)
                .map(|_| ()),
            wrong
        );
        let cut = Sealed::from_bytes(vec![7, b'x']);
        assert_eq!(
            keys.open(Purpose::MobileNumber, &anna, &cut).map(|_| ()),
            wrong
        );
    }

    #[test]
    fn a_key_that_is_gone_is_named() {
        let base64 = data_encoding::BASE64.encode(&[8; 32]);
        let json = format!(r#"{{"current": "old", "keys": {{"old": "{base64}"}}}}"#);
        let old = Keyring::parse(&json).expect("a keyring");
        let hash_key = old.new_hash_key(&mut seeded_rng());
        let old = Keys::new(old, &hash_key).expect("keys");
        let anna = user("north", "anna");
        let sealed = old.seal(Purpose::TotpSecret, &anna, b"x", &mut seeded_rng());
        let error = keys().open(Purpose::TotpSecret, &anna, &sealed).map(|_| ());
        assert_eq!(error, Err(OpenError::KeyMissing("old".into())));
    }

    #[test]
    fn hashes_depend_on_purpose_and_on_where_parts_end() {
        let keys = keys();
        let hash = |purpose, parts: &[&str]| keys.hash(purpose, parts);
        assert_eq!(
            hash(HashPurpose::SmsCode, &["a", "b"]),
            hash(HashPurpose::SmsCode, &["a", "b"])
        );
        assert_ne!(
            hash(HashPurpose::SmsCode, &["a", "b"]),
            hash(HashPurpose::SmsCode, &["ab", ""])
        );
        assert_ne!(
            hash(HashPurpose::SmsCode, &["a"]),
            hash(HashPurpose::RememberToken, &["a"])
        );
    }

    #[test]
    fn a_wrong_keyring_is_refused_with_a_sentence_that_shows_no_key() {
        let table = [
            ("", KeyringError::NotAKeyring),
            (
                r#"{"current": "a", "keys": {}}"#,
                KeyringError::NoCurrent("a".into()),
            ),
            (
                r#"{"current": "a", "keys": {"a": "c2VjcmV0"}}"#,
                KeyringError::WrongKey("a".into()),
            ),
            (
                r#"{"current": "a b", "keys": {"a b": "c2VjcmV0"}}"#,
                KeyringError::WrongId,
            ),
        ];
        for (json, expected) in table {
            let error = Keyring::parse(json).map(|_| ()).expect_err("refused");
            assert_eq!(error, expected);
            assert!(!error.to_string().contains("c2VjcmV0"));
        }
    }
}
