//! `KEYRING_FILE`: read only where nobody but its owner may.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use twofactor_contract::Secret;
use twofactor_rules::Keyring;

use super::environment::Environment;

const NAME: &str = "KEYRING_FILE";

/// The keyring, or a problem noted.
pub(super) fn read(env: &mut Environment) -> Option<Keyring> {
    let path = env.required(NAME)?;
    let Ok(about) = fs::metadata(path.expose()) else {
        env.refuse(
            NAME,
            "must name a file that exists and that this worker may read",
        );
        return None;
    };
    if about.permissions().mode() & 0o077 != 0 {
        env.refuse(
            NAME,
            "may be read by others than its owner; make it chmod 600",
        );
        return None;
    }
    let Ok(text) = fs::read_to_string(path.expose()).map(Secret::new) else {
        env.refuse(
            NAME,
            "must name a file that this worker may read, with JSON in it",
        );
        return None;
    };
    match Keyring::parse(text.expose()) {
        Ok(keyring) => Some(keyring),
        Err(error) => {
            env.refuse(NAME, &format!("does not hold a keyring: {error}"));
            None
        }
    }
}
