//! Random passwords, and the salted hash in which RabbitMQ takes them.
//!
//! It knows nothing about the users of the passwords.

use data_encoding::{BASE64, HEXLOWER};
use sha2::{Digest, Sha256};

/// Returns a password of 128 random bits, safe in a URL, a shell line and SQL.
pub fn random() -> String {
    HEXLOWER.encode(&rand::random::<[u8; 16]>())
}

/// RabbitMQ's `rabbit_password_hashing_sha256`: base64 of a salt of four bytes and the digest.
pub fn rabbitmq_hash(password: &str) -> String {
    rabbitmq_hash_with(rand::random(), password)
}

fn rabbitmq_hash_with(salt: [u8; 4], password: &str) -> String {
    let digest = Sha256::new()
        .chain_update(salt)
        .chain_update(password)
        .finalize();
    BASE64.encode(&[salt.as_slice(), digest.as_slice()].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_the_one_of_rabbitmqs_manual() {
        let salt = [0x90, 0x8d, 0xc6, 0x0a];
        assert_eq!(
            rabbitmq_hash_with(salt, "test12"),
            "kI3GCqW5JLMJa4iX1lo7X4D6XbYqlLgxIs30+P6tENUV2POR"
        );
    }

    #[test]
    fn passwords_differ_and_need_no_quoting() {
        let password = random();
        assert_eq!(password.len(), 32);
        assert!(password.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        assert_ne!(password, random());
    }
}
