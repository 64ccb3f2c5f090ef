//! Many people with an app and a number, in the database by `twofactor-ctl import`, and their
//! logins by codes that nobody has used.
//!
//! It knows that a code is good once, and nothing of how it is judged.

use std::collections::VecDeque;
use std::fs;

use anyhow::{Context, Result};
use jiff::Timestamp;
use serde_json::json;
use tokio::task::block_in_place;
use twofactor_testkit::authenticator::STEP;
use twofactor_testkit::{Authenticator, CrmEvent, Institution, Person};
use uuid::Uuid;

use super::ground::Ground;
use super::load::Message;

/// What makes a secret of an authenticator app out of random bytes.
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// 160 bits.
const SECRET_LENGTH: usize = 32;
/// The oldest code that is used, in steps of 30 s: it may still wait for two minutes then.
const OLDEST: i64 = 14;
/// Codes of one user that are remembered, so that none is used again while a worker still knows its
/// digits as spent: for an hour and the oldest code.
const REMEMBERED: usize = 160;

/// A person with an app.
pub struct Holder {
    /// Who it is.
    pub person: Person,
    /// The app.
    pub app: Authenticator,
    next_step: i64,
    used: VecDeque<String>,
}

/// People of one institution.
pub struct People {
    /// Who they are.
    pub all: Vec<Holder>,
    /// Where the file is that an import reads.
    pub file: String,
    at: usize,
}

impl People {
    /// So many people of an institution, in a file on that ground; not yet imported.
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
            all.push(Holder {
                person,
                app: Authenticator::from_base32(&secret)?,
                next_step: 0,
                used: VecDeque::new(),
            });
        }
        let file = ground.file(&format!("people-{}.jsonl", Uuid::new_v4()));
        fs::write(&file, lines).context("cannot write the people down")?;
        let file = file.display().to_string();
        Ok(Self { all, file, at: 0 })
    }

    /// The same, imported.
    pub fn imported(ground: &Ground, institution: &Institution, count: usize) -> Result<Self> {
        let people = Self::invent(ground, institution, count)?;
        block_in_place(|| ground.ctl(&["import", "--yes", &people.file]))?;
        Ok(people)
    }

    /// A login by a right code, of one after the other.
    pub fn login(&mut self) -> Result<Message> {
        let now = Timestamp::now().as_second().div_euclid(STEP);
        for _ in 0..self.all.len() {
            let at = self.at;
            self.at = (self.at + 1) % self.all.len();
            let holder = &mut self.all[at];
            if let Some(event) = holder.login(now)? {
                return Ok(event.into());
            }
        }
        anyhow::bail!("every code of everybody is used: more people are needed")
    }

    /// A login without a code, of one after the other.
    pub fn ask(&mut self) -> Message {
        let holder = &self.all[self.at];
        self.at = (self.at + 1) % self.all.len();
        holder.person.anew().login().into()
    }
}

impl Holder {
    /// A login in a session of its own by the oldest code that was not used; none where all were.
    fn login(&mut self, now: i64) -> Result<Option<CrmEvent>> {
        let mut step = self.next_step.max(now - OLDEST);
        while step <= now {
            let middle = Timestamp::from_second(step * STEP + STEP / 2)?;
            let code = self.app.code_at(middle);
            step += 1;
            if !self.used.contains(&code) {
                self.next_step = step;
                if self.used.len() == REMEMBERED {
                    self.used.pop_front();
                }
                let event = self.person.anew().login_by("totp", &code).at(middle);
                self.used.push_back(code);
                return Ok(Some(event));
            }
        }
        self.next_step = step;
        Ok(None)
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
