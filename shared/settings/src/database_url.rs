//! `DATABASE_URL`: one database, on one host or several.

use twofactor_contract::Secret;

use crate::database_address::DatabaseAddress;
use crate::environment::Environment;
use crate::plaintext;
use crate::table::DATABASE_URL;

/// Returns the URL with its password; `None` where something is wrong, which is noted.
pub fn database_url(env: &mut Environment) -> Option<Secret<String>> {
    plaintext::allows_plaintext(env);
    let url = env.required(&DATABASE_URL)?;
    match DatabaseAddress::parse(url.expose()) {
        Ok(address) => plaintext::check_database(address.route(), env),
        // Its sentence names the setting, and says which of two things is wrong.
        Err(error) => {
            env.note(format!("{error}."));
            return None;
        }
    }
    Some(url)
}
