//! The start of a life: some users have methods, as if set up before.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::Value;
use twofactor_contract::enrollment::BackupCodes;
use twofactor_contract::{Secret, UserKey};
use twofactor_rules::backup_code;
use twofactor_rules::failures::Failures;
use twofactor_rules::keys::Purpose;
use twofactor_rules::number::Mobile;
use twofactor_rules::policy::Policy;
use twofactor_rules::state::{BackupSet, SentText, Sms, TextFate, TextPurpose, Totp};
use uuid::Uuid;

use crate::life::Life;
use crate::model;
use crate::pick::NUMBERS;
use crate::spell::{TENANTS, USERS};
use crate::step::Start;
use crate::support::{keys, seeded_rng};
use crate::texts::{Sent, SentFate};

/// One set of backup codes per user for all lives, since hashing a set takes longer than a life.
static SETS: LazyLock<[(BackupSet, Secret<BackupCodes>); 4]> = LazyLock::new(|| {
    [10, 11, 12, 13].map(|seed| backup_code::issue(keys(), &mut seeded_rng(seed)))
});

fn known_id<T: TryFrom<Value>>(id: &str) -> T {
    let Ok(id) = T::try_from(Value::from(id)) else {
        panic!("{id} is not an id")
    };
    id
}

/// Applies the start to a life.
pub fn apply(life: &mut Life, start: &Start) {
    let now = life.worker.now;
    let tenants = if start.south_has_a_policy { 2 } else { 1 };
    for (at, tenant) in TENANTS.iter().enumerate().take(tenants) {
        let policy = Policy {
            required: start.required,
            grace_days: start.grace_days,
            required_since: start.required.then_some(now),
            set_by: known_id("root"),
            set_at: now,
        };
        life.policies[at] = Some(model::Policy {
            required: start.required,
            grace_days: start.grace_days.into(),
            since: policy.required_since,
        });
        life.worker.state.policies.insert(known_id(tenant), policy);
    }
    for (who, (app, number)) in start.methods.iter().enumerate() {
        if *app {
            give_app(life, who);
        }
        if *number {
            give_number(life, who);
        }
        if *app || *number {
            give_backup_codes(life, who);
            give_failures(life, who, start.failures[who]);
            give_texts(life, who, start.texts[who]);
        }
    }
}

fn give_failures(life: &mut Life, who: usize, count: u32) {
    let last_at = Some(life.worker.now - model::seconds(60));
    let user = life.worker.state.users.entry(key(who)).or_default();
    user.login_failures = Failures { count, last_at };
    life.users[who].failures = model::Failures::of(count, last_at);
}

fn key(who: usize) -> UserKey {
    UserKey {
        tenant: known_id(TENANTS[who / 2]),
        user: known_id(USERS[who]),
    }
}

fn give_app(life: &mut Life, who: usize) {
    let secret = format!("the secret of user {who}.").into_bytes();
    let sealed = keys().seal(
        Purpose::TotpSecret,
        &key(who),
        &secret,
        &mut life.worker.rng,
    );
    let user = life.worker.state.users.entry(key(who)).or_default();
    user.totp = Some(Totp {
        secret: sealed,
        set_up_at: life.worker.now,
        spent_steps: BTreeSet::new(),
    });
    life.users[who].app = Some(secret.clone());
    life.known[who].apps.push(secret);
}

fn give_number(life: &mut Life, who: usize) {
    let number = NUMBERS[who % 2];
    let mobile = Mobile::parse(number, None, &life.worker.limits).expect("a mobile number");
    let key = key(who);
    let lookup = mobile.lookup(keys());
    let rng = &mut life.worker.rng;
    let sealed = keys().seal(Purpose::MobileNumber, &key, number.as_bytes(), rng);
    let state = &mut life.worker.state;
    let owner = (key.tenant.clone(), lookup);
    state.number_owners.insert(owner, key.user.clone());
    state.users.entry(key).or_default().sms = Some(Sms {
        number: sealed,
        lookup,
        country: mobile.country,
        set_up_at: life.worker.now,
    });
    life.users[who].number = Some(number.to_owned());
}

fn give_backup_codes(life: &mut Life, who: usize) {
    let (set, codes) = &SETS[who];
    let user = life.worker.state.users.entry(key(who)).or_default();
    user.ever_set_up = true;
    user.backup = Some(set.clone());
    life.users[who].had_method = true;
    life.users[who]
        .backup
        .clone_from(&codes.expose().backup_codes);
    life.known[who]
        .backup
        .extend_from_slice(&codes.expose().backup_codes);
}

/// Adds texts of the hours before, ten minutes apart, with unknown codes.
fn give_texts(life: &mut Life, who: usize, count: u8) {
    for minutes in (1..=i64::from(count)).map(|text| 10 * text) {
        let id = Uuid::from_u128(u128::from(minutes.unsigned_abs()) * 4 + who as u128);
        let at = life.worker.now - model::seconds(60 * minutes);
        let text = SentText {
            session: known_id("before"),
            purpose: TextPurpose::Login,
            code: [0; 32],
            taken_at: at,
            expires_at: at + model::seconds(600),
            fate: TextFate::Accepted,
            end: None,
            lookup: [0; 32],
            number_ref: [0; 32],
            country: "GB".to_owned(),
        };
        let user = life.worker.state.users.entry(key(who)).or_default();
        user.texts.insert(id, text);
        life.texts.went_out(Sent {
            id,
            who,
            to: NUMBERS[who % 2].to_owned(),
            code: String::new(),
            session: "before".to_owned(),
            is_for_login: true,
            at,
            fate: SentFate::Sent,
            has_ended: true,
        });
    }
}
