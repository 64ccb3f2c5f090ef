//! The keyring of a stack: one random key, made at the first start and kept.
//!
//! It knows the file's form, and nothing of what the key seals.

use anyhow::{Context, Result};
use data_encoding::BASE64;
use jiff::Timestamp;
use serde_json::json;

use crate::directory::{Directory, write_private};

const FILE: &str = "keyring.json";

/// Makes the keyring where there is none yet.
pub fn ensure(directory: &Directory) -> Result<()> {
    let path = directory.path(FILE);
    if path.exists() {
        return Ok(());
    }
    let name = Timestamp::now().strftime("%Y-%m").to_string();
    let key = BASE64.encode(&rand::random::<[u8; 32]>());
    let keyring = json!({ "current": name, "keys": { name.as_str(): key } });
    let bytes = serde_json::to_vec_pretty(&keyring).context("cannot write the keyring as JSON")?;
    write_private(&path, &bytes)
}

/// Returns the path of the keyring.
pub fn path(directory: &Directory) -> String {
    directory.path(FILE).display().to_string()
}
