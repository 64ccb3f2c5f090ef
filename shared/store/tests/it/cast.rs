//! What the tests work with: a store of its own, users, hashes, sealed values.

use jiff::{SignedDuration, Timestamp};
use twofactor_contract::{AdminId, SessionId, TenantId, UserId, UserKey};
use twofactor_rules::answer::{Answer, KeptOutcome};
use twofactor_rules::facts::Facts;
use twofactor_rules::keys::{Hash, Sealed};
use twofactor_rules::policy::Policy;
use twofactor_rules::state::{
    BackupCode, BackupSet, Browser, PendingSms, PendingTotp, SentText, Sms, TextFate, TextPurpose,
    Totp,
};
use twofactor_rules::{Change, Changed, Needs};
use twofactor_store::{NewAnswer, Store, StoreError, Turn};
use twofactor_testkit::{Database, Role};
use uuid::Uuid;

/// A database and a worker's store on it.
pub struct Stage {
    pub database: Database,
    pub store: Store,
}

impl Stage {
    pub async fn new() -> Self {
        let database = Database::create().await;
        let store = Store::new(&database.url(Role::Login), 4).expect("a URL");
        Self { database, store }
    }

    /// Plays changes of one user as one batch.
    pub async fn play(&self, user: &UserKey, changes: Vec<Change>) {
        let mut turn = self.store.begin(&needs([user])).await.expect("a turn");
        turn.draft.change(&changed(user, changes));
        commit(turn).await.expect("it commits");
    }
}

pub async fn commit(turn: Turn) -> Result<(), StoreError> {
    turn.commit().await
}

pub fn tenant() -> TenantId {
    TenantId::parse("uni").expect("an id")
}

pub fn user(name: &str) -> UserKey {
    UserKey {
        tenant: tenant(),
        user: UserId::parse(name).expect("an id"),
    }
}

pub fn session(name: &str) -> SessionId {
    SessionId::parse(name).expect("an id")
}

/// Everything about the users, with the sessions `s1` and `s2`.
pub fn needs<'a>(users: impl IntoIterator<Item = &'a UserKey>) -> Needs {
    let mut needs = Needs::default();
    for key in users {
        needs.users.insert(key.clone());
        needs.texts.insert(key.clone());
        needs.browsers.insert(key.clone());
        needs.number_owners.insert(key.clone());
        needs.tenants.insert(key.tenant.clone());
        for name in ["s1", "s2"] {
            needs.sessions.insert((key.clone(), session(name)));
        }
    }
    needs.numbers.insert(hash(7));
    needs
}

pub fn changed(user: &UserKey, changes: Vec<Change>) -> Changed {
    Changed {
        tenant: user.tenant.clone(),
        user: Some(user.user.clone()),
        changes,
    }
}

pub fn hash(seed: u8) -> Hash {
    [seed; 32]
}

/// Bytes as the keyring makes them, sealed under a key named `k1`.
pub fn sealed(seed: u8) -> Sealed {
    let mut bytes = b"\x02k1".to_vec();
    bytes.extend([seed; 40]);
    Sealed::from_bytes(bytes)
}

pub fn minutes(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

pub fn totp(now: Timestamp) -> Totp {
    Totp {
        secret: sealed(1),
        set_up_at: now,
        spent_steps: [58_000_000, 58_000_002].into(),
    }
}

pub fn sms(lookup: Hash, now: Timestamp) -> Sms {
    Sms {
        number: sealed(2),
        lookup,
        country: "GB".to_owned(),
        set_up_at: now,
    }
}

pub fn backup() -> BackupSet {
    let codes = (0..10)
        .map(|n| BackupCode {
            hash: hash(100 + n),
            spent: n == 3,
        })
        .collect();
    BackupSet {
        salt: [9; 16],
        codes,
    }
}

pub fn pending_totp(now: Timestamp) -> PendingTotp {
    PendingTotp {
        secret: sealed(3),
        expires_at: now + minutes(15),
    }
}

pub fn pending_sms(text: Uuid, lookup: Hash, now: Timestamp) -> PendingSms {
    let expires_at = now + minutes(10);
    PendingSms {
        number: sealed(4),
        lookup,
        country: "GB".to_owned(),
        text,
        expires_at,
    }
}

pub fn text(purpose: TextPurpose, now: Timestamp) -> SentText {
    SentText {
        session: session("s1"),
        purpose,
        code: hash(5),
        taken_at: now,
        expires_at: now + minutes(10),
        fate: TextFate::Held,
        end: None,
        lookup: hash(7),
        number_ref: hash(8),
        country: "GB".to_owned(),
    }
}

pub fn browser(net: &str, now: Timestamp) -> Browser {
    let until = now + SignedDuration::from_hours(720);
    Browser {
        net: net.parse().expect("a net"),
        since: now,
        until,
    }
}

pub fn policy(required: bool, now: Timestamp) -> Policy {
    Policy {
        required,
        grace_days: 14,
        required_since: required.then_some(now),
        set_by: AdminId::parse("admin").expect("an id"),
        set_at: now,
    }
}

pub fn outcome(secrets: Option<u8>) -> KeptOutcome {
    KeptOutcome {
        outcome_type: "enrollment.pending.v1".into(),
        public: r#"{"data":{"odd":"\u0000"}}"#.into(),
        secrets: secrets.map(sealed),
        had_secrets: secrets.is_some(),
    }
}

pub fn answer(id: Uuid, user: &UserKey, now: Timestamp, outcome: Option<KeptOutcome>) -> NewAnswer {
    NewAnswer {
        id,
        tenant: user.tenant.clone(),
        user: Some(user.user.clone()),
        answer: Answer {
            content: hash(6),
            decided_at: now,
            outcome,
        },
        facts: Facts::default(),
    }
}
