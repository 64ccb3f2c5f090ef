//! Many people with an app and a number, imported by `twofactor-ctl import`.

use std::fs;

use anyhow::{Context, Result};
use jiff::Timestamp;
use serde_json::json;
use twofactor_testkit::{Authenticator, Institution, Person};
use uuid::Uuid;

use super::ground::Ground;

/// The alphabet of base32, for the secrets of authenticator apps.
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// 160 bits.
const SECRET_LENGTH: usize = 32;

/// People and their apps, and the file that an import reads.
pub struct People {
    /// The people, each with an authenticator app.
    pub all: Vec<(Person, Authenticator)>,
    /// The path of the file.
    pub file: String,
}

impl People {
    /// Returns so many people of an institution, in a file on that ground; not yet imported.
    pub fn invent(ground: &Ground, institution: &Institution, count: usize) -> Result<Self> {
        let set_up_at = Timestamp::now().to_string();
        let mut lines = String::new();
        let mut all = Vec::with_capacity(count);
        for _ in 0..count {
            let person = institution.person();
            let secret = secret();
            let line = json!({
                "tenant_id": person.tenant, "user_id": person.user,
                "totp": { "secret": secret, "set_up_at": set_up_at },
                "sms": { "mobile_number": person.number, "set_up_at": set_up_at },
            });
            lines.push_str(&line.to_string());
            lines.push('\n');
            all.push((person, Authenticator::from_base32(&secret)?));
        }
        let file = ground.file(&format!("people-{}.jsonl", Uuid::new_v4()));
        fs::write(&file, lines).context("cannot write the people down")?;
        let file = file.display().to_string();
        Ok(Self { all, file })
    }

    /// Returns the same, imported.
    pub fn imported(ground: &Ground, institution: &Institution, count: usize) -> Result<Self> {
        let people = Self::invent(ground, institution, count)?;
        ground.ctl(&["import", "--yes", &people.file])?;
        Ok(people)
    }
}

fn secret() -> String {
    let random = [Uuid::new_v4(), Uuid::new_v4(), Uuid::new_v4()];
    let bytes = random.iter().flat_map(|one| *one.as_bytes());
    bytes
        .take(SECRET_LENGTH)
        .map(|byte| char::from(BASE32[usize::from(byte % 32)]))
        .collect()
}
