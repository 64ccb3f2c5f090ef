//! What a batch locks: users, policies, numbers, each as one 64-bit advisory lock.
//!
//! An advisory lock needs no row, so a user that nobody has heard of is locked like any other.
//! All kinds are sorted together, so that two workers never wait for each other. Two names that
//! meet in one number only wait for no reason.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};
use twofactor_rules::Needs;

/// The locks of a batch, in the order in which they are taken.
pub(crate) fn keys(needs: &Needs) -> Vec<i64> {
    let users = needs.users.iter().map(|key| {
        number(
            b"user",
            &[key.tenant.as_str().as_bytes(), key.user.as_str().as_bytes()],
        )
    });
    let policies = needs
        .policies
        .iter()
        .map(|tenant| number(b"policy", &[tenant.as_str().as_bytes()]));
    let numbers = needs
        .numbers
        .iter()
        .map(|lookup| number(b"number", &[lookup]));
    let sorted: BTreeSet<i64> = users.chain(policies).chain(numbers).collect();
    sorted.into_iter().collect()
}

fn number(kind: &[u8], names: &[&[u8]]) -> i64 {
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
    fn kinds_and_names_are_kept_apart() {
        let all = [
            number(b"user", &[b"a", b"bc"]),
            number(b"user", &[b"ab", b"c"]),
            number(b"policy", &[b"a"]),
            number(b"number", &[b"a"]),
        ];
        assert_eq!(BTreeSet::from(all).len(), all.len());
    }
}
