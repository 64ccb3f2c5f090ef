//! `KEYRING_FILE`: read only if nobody but its owner may read it.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use twofactor_rules::{Keyring, utf8_file};

use crate::environment::Environment;
use crate::table::KEYRING_FILE;

/// Returns the keyring; `None` where something is wrong, which is noted.
pub fn keyring(env: &mut Environment) -> Option<Keyring> {
    let name = KEYRING_FILE.name;
    let path = env.required(&KEYRING_FILE)?;
    let about = fs::metadata(path.expose())
        .map_err(|error| env.refuse_file(name, &error))
        .ok()?;
    if about.permissions().mode() & 0o077 != 0 {
        let what = "may be read by others than its owner; make it chmod 600";
        env.refuse(name, what);
        return None;
    }
    let bytes = env.bytes_of_file(name)?;
    let keyring = match utf8_file::read(&bytes) {
        Ok(content) => {
            Keyring::parse(content).map_err(|error| format!("does not hold a keyring: {error}"))
        }
        Err(error) => Err(format!("names a file that {error}")),
    };
    keyring.map_err(|what| env.refuse(name, &what)).ok()
}
