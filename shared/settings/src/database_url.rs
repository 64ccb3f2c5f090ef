//! `DATABASE_URL`: one database, on one host or several.

use twofactor_contract::Secret;

use crate::environment::Environment;
use crate::plaintext;
use crate::table::DATABASE_URL;

/// Returns the URL with its password; `None` where something is wrong, which is noted.
pub fn database_url(env: &mut Environment) -> Option<Secret<String>> {
    plaintext::allows_plaintext(env);
    let url = env.required(&DATABASE_URL)?;
    match twofactor_store::route(url.expose()) {
        Ok(route) => plaintext::check_database(route, env),
        // The store's sentence names the setting, and says more than one thing.
        Err(error) => {
            env.note(format!("{error}."));
            return None;
        }
    }
    Some(url)
}
