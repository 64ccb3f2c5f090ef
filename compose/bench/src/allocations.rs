//! `twofactor-allocations`: how often one login by an app's code asks for memory, and for how much,
//! from its bytes to its outcome. Prints one line of JSON.
//!
//! It counts what the contract and the rules do. What the broker's and the database's clients do
//! around it differs from moment to moment, and is not counted.

use std::collections::BTreeSet;
use std::process::ExitCode;

use anyhow::{Context, Result};
use jiff::Timestamp;
use serde_json::json;
use twofactor_bench::deciding::{decided, incoming};
use twofactor_contract::{AdminId, Service, TenantId, UserId, UserKey};
use twofactor_rules::keys::Purpose;
use twofactor_rules::policy::Policy;
use twofactor_rules::state::Totp;
use twofactor_rules::{Keyring, Keys, Limits, Moment, State, User};
use twofactor_testkit::{Authenticator, CrmEvent};

/// How often it is done; the last is counted, so that what is made once is there.
const TIMES: usize = 3;
/// `GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ`, the secret of RFC 6238, appendix B.
const SECRET: &[u8] = b"12345678901234567890";
const SECRET_BASE32: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
/// A keyring that guards nothing.
const KEYRING: &str = r#"{"current": "bench", "keys":
    {"bench": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}}"#;

fn main() -> ExitCode {
    match count() {
        Ok(line) => {
            println!("{line}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn count() -> Result<String> {
    let mut rng = rand::rng();
    let keyring = Keyring::parse(KEYRING)?;
    let hash_key = keyring.new_hash_key(&mut rng);
    let keys = Keys::new(keyring, &hash_key)?;
    let limits = Limits::default();
    // A whole second in the middle of a step, so that every run counts the same.
    let now = Timestamp::from_second(1_764_000_015)?;
    let code = Authenticator::from_base32(SECRET_BASE32)?.code_at(now);
    let user = UserKey {
        tenant: TenantId::parse("uni-north").context("an institution")?,
        user: UserId::parse("user-0001").context("a user")?,
    };
    let data = json!({
        "tenant_id": "uni-north", "user_id": "user-0001", "session_id": "session-0001",
        "ip": "203.0.113.7", "code": { "method": "totp", "value": code },
    });
    let event = CrmEvent::new("login.attempted.v1", data).at(now);
    let body = event.letter().body().to_vec();
    let mut counted = None;
    for _ in 0..TIMES {
        let mut state = state(&user, &keys, now, &mut rng)?;
        let mut moment = Moment {
            now,
            rng: &mut rng,
            keys: &keys,
            limits: &limits,
        };
        let mut outcome = None;
        let asked = allocation_counter::measure(|| {
            let read = incoming(Service::Login, "login.attempted.v1", &body);
            outcome = Some(read.and_then(|incoming| {
                decided(Service::Login, &incoming, None, &mut state, &mut moment)
            }));
        });
        let outcome = outcome.context("it was decided")??;
        anyhow::ensure!(outcome.outcome.outcome_type == "login.accepted.v1");
        counted = Some(asked);
    }
    let counted = counted.context("it was counted")?;
    let line = json!({ "allocations": counted.count_total, "bytes": counted.bytes_total });
    Ok(line.to_string())
}

/// A user with an app, at an institution that requires a second factor.
fn state(
    user: &UserKey,
    keys: &Keys,
    now: Timestamp,
    rng: &mut dyn rand::CryptoRng,
) -> Result<State> {
    let mut state = State::default();
    let policy = Policy {
        required: true,
        grace_days: 0,
        required_since: Some(now),
        set_by: AdminId::parse("admin-1").context("an administrator")?,
        set_at: now,
    };
    state.policies.insert(user.tenant.clone(), policy);
    let totp = Totp {
        secret: keys.seal(Purpose::TotpSecret, user, SECRET, rng),
        set_up_at: now,
        spent_steps: BTreeSet::new(),
    };
    let known = User {
        first_login_at: Some(now),
        ever_set_up: true,
        totp: Some(totp),
        ..User::default()
    };
    state.users.insert(user.clone(), known);
    Ok(state)
}
