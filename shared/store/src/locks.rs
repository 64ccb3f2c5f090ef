//! Locks of a batch: users, policies and numbers, each as one 64-bit advisory lock.
//!
//! An advisory lock needs no row, so a user that has no row yet is locked like any other. All
//! kinds are sorted together, so that two workers never wait for each other. If two names have
//! the same key, one batch waits without need, and nothing else happens.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};
use twofactor_rules::Needs;

/// Returns the keys of the locks of a batch, in the order in which they are taken.
pub(crate) fn keys(needs: &Needs) -> Vec<i64> {
    let users = needs.users.iter().map(|key| {
        lock_key(
            b"user",
            &[key.tenant.as_str().as_bytes(), key.user.as_str().as_bytes()],
        )
    });
    let policies = needs
        .policies
        .iter()
        .map(|tenant| lock_key(b"policy", &[tenant.as_str().as_bytes()]));
    let numbers = needs
        .numbers
        .iter()
        .map(|lookup| lock_key(b"number", &[lookup]));
    let sorted: BTreeSet<i64> = users.chain(policies).chain(numbers).collect();
    sorted.into_iter().collect()
}

/// Hashes a kind and the names of one thing to the key of its lock.
fn lock_key(kind: &[u8], names: &[&[u8]]) -> i64 {
    let mut hash = Sha256::new();
    hash.update(kind);
    for name in names {
        // No id contains a zero byte, so no two lists of names have the same bytes.
        hash.update([0]);
        hash.update(name);
    }
    let digest: [u8; 32] = hash.finalize().into();
    let (first, _) = digest.split_first_chunk().expect("a digest has 32 bytes");
    i64::from_be_bytes(*first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn different_kinds_and_names_have_different_keys() {
        let all = [
            lock_key(b"user", &[b"a", b"bc"]),
            lock_key(b"user", &[b"ab", b"c"]),
            lock_key(b"policy", &[b"a"]),
            lock_key(b"number", &[b"a"]),
        ];
        assert_eq!(BTreeSet::from(all).len(), all.len());
    }
}
