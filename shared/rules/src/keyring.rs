//! The keyring: sealing values under the current key, opening them under any.

use std::collections::BTreeMap;
use std::fmt;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use rand::CryptoRng;
use serde::Deserialize;
use twofactor_contract::Secret;
use zeroize::Zeroizing;

use crate::purpose::Purpose;

/// A sealed value: the length and id of its key, a nonce, and the ciphertext. Safe to store.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(Vec<u8>);

impl Sealed {
    /// Takes the bytes that the database holds.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// Returns the bytes for the database.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Returns the id of the key that sealed it; `None` if the bytes are not a sealed value.
    pub fn key_id(&self) -> Option<&str> {
        self.parts().map(|(id, _, _)| id)
    }

    fn parts(&self) -> Option<(&str, &[u8], &[u8])> {
        let (length, rest) = self.0.split_first()?;
        let (id, rest) = rest.split_at_checked(usize::from(*length))?;
        let (nonce, ciphertext) = rest.split_at_checked(24)?;
        Some((std::str::from_utf8(id).ok()?, nonce, ciphertext))
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealed")
    }
}

/// The reason why a sealed value does not open. Only an operator can help, not another attempt.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The key is not in the keyring.
    #[error("a value is sealed under the key {0:?}, which KEYRING_FILE does not hold; add it back")]
    KeyMissing(String),
    /// Wrong user, wrong purpose, or changed bytes.
    #[error("a sealed value does not open: it was changed, or belongs to another row")]
    DoesNotOpen,
    /// It opens, but is not UTF-8.
    #[error("a sealed value opens, but is not UTF-8; the row holds what no release wrote")]
    NotUtf8,
}

/// The error in the content of a keyring file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyringError {
    /// It is not the expected JSON.
    #[error(
        "it must be JSON such as {{\"current\": \"2026-11\", \"keys\": {{\"2026-11\": \"<base64 of 32 bytes>\"}}}}"
    )]
    NotAKeyring,
    /// A key does not have 32 bytes.
    #[error("the key {0:?} must be the base64 of 32 bytes")]
    WrongKey(String),
    /// A key id cannot be stored.
    #[error("a key id must be 1 to 64 characters of A-Z a-z 0-9 . _ -")]
    WrongId,
    /// The current key is not among the keys.
    #[error("its current key {0:?} is not among its keys")]
    NoCurrent(String),
}

/// The keys that seal: the current one, and older ones that only open what they sealed.
pub struct Keyring {
    current: String,
    keys: BTreeMap<String, XChaCha20Poly1305>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyringFile {
    current: String,
    keys: BTreeMap<String, Secret<String>>,
}

impl Keyring {
    /// Reads the content of `KEYRING_FILE`.
    pub fn parse(json: &str) -> Result<Self, KeyringError> {
        let file: KeyringFile =
            serde_json::from_str(json).map_err(|_| KeyringError::NotAKeyring)?;
        let mut keys = BTreeMap::new();
        for (id, base64) in file.keys {
            let named = (1..=64).contains(&id.len())
                && id
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
            if !named {
                return Err(KeyringError::WrongId);
            }
            let bytes = data_encoding::BASE64
                .decode(base64.expose().as_bytes())
                .map(Zeroizing::new);
            let cipher = bytes
                .ok()
                .and_then(|key| XChaCha20Poly1305::new_from_slice(&key).ok());
            let cipher = cipher.ok_or_else(|| KeyringError::WrongKey(id.clone()))?;
            keys.insert(id, cipher);
        }
        if !keys.contains_key(&file.current) {
            return Err(KeyringError::NoCurrent(file.current));
        }
        Ok(Self {
            current: file.current,
            keys,
        })
    }

    /// Returns the id of the key that seals.
    pub fn current(&self) -> &str {
        &self.current
    }

    /// Returns the ids of all its keys.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.keys.keys().map(String::as_str)
    }

    pub(crate) fn seal(&self, bound_to: &[u8], plain: &[u8], rng: &mut dyn CryptoRng) -> Sealed {
        let mut nonce = [0; 24];
        rng.fill_bytes(&mut nonce);
        let payload = Payload {
            msg: plain,
            aad: bound_to,
        };
        let ciphertext = self.keys[&self.current]
            .encrypt(&XNonce::from(nonce), payload)
            .expect("a value of a few KiB always seals");
        let id = self.current.as_bytes();
        let length = u8::try_from(id.len()).expect("a key id has 64 characters at most");
        let mut sealed = Vec::with_capacity(1 + id.len() + 24 + ciphertext.len());
        sealed.push(length);
        sealed.extend_from_slice(id);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(&ciphertext);
        Sealed(sealed)
    }

    pub(crate) fn open(
        &self,
        bound_to: &[u8],
        sealed: &Sealed,
    ) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let (id, nonce, ciphertext) = sealed.parts().ok_or(OpenError::DoesNotOpen)?;
        let key = self
            .keys
            .get(id)
            .ok_or_else(|| OpenError::KeyMissing(id.to_owned()))?;
        let nonce = XNonce::try_from(nonce).map_err(|_| OpenError::DoesNotOpen)?;
        key.decrypt(
            &nonce,
            Payload {
                msg: ciphertext,
                aad: bound_to,
            },
        )
        .map(Zeroizing::new)
        .map_err(|_| OpenError::DoesNotOpen)
    }

    /// Returns whether it holds a key of that id.
    pub fn holds(&self, id: &str) -> bool {
        self.keys.contains_key(id)
    }

    /// Seals the same hash key again, under the current key.
    pub fn reseal_hash_key(
        &self,
        sealed: &Sealed,
        rng: &mut dyn CryptoRng,
    ) -> Result<Sealed, OpenError> {
        let bound = Purpose::HashKey.bound_to(&[]);
        let key = self.open(&bound, sealed)?;
        Ok(self.seal(&bound, &key, rng))
    }

    /// Makes a new hash key, sealed for the database.
    pub fn new_hash_key(&self, rng: &mut dyn CryptoRng) -> Sealed {
        let mut key = Zeroizing::new([0; 32]);
        rng.fill_bytes(key.as_mut());
        self.seal(&Purpose::HashKey.bound_to(&[]), key.as_ref(), rng)
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyring")
            .field("current", &self.current)
            .finish_non_exhaustive()
    }
}
