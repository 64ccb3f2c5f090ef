//! `KEYRING_FILE`: read only where nobody but its owner may.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use twofactor_rules::{Keyring, text_file};
use zeroize::Zeroizing;

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
    let Ok(bytes) = fs::read(path.expose()).map(Zeroizing::new) else {
        env.refuse(NAME, "must name a file that this worker may read");
        return None;
    };
    let keyring = match text_file::read(&bytes) {
        Ok(text) => {
            Keyring::parse(text).map_err(|error| format!("does not hold a keyring: {error}"))
        }
        Err(error) => Err(format!("names a file that {error}")),
    };
    keyring.map_err(|what| env.refuse(NAME, &what)).ok()
}
