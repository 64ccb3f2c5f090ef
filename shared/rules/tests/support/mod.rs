//! Support for both suites: fixed keys, a seeded random source, an authenticator app, and events
//! that are read from bytes, as a worker reads them.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use jiff::Timestamp;
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use twofactor_contract::{
    Event, Incoming, Message, RefusedMessage, SessionId, TenantId, UserKey, read,
};
use twofactor_rules::keys::Hash;
use twofactor_rules::{Change, Keyring, Keys, Limits, Needs, State, User};

/// Returns a random generator with a fixed seed, which yields the same sequence each time.
pub fn seeded_rng(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}

/// Returns a keyring with one key, and its hash key.
pub fn keys() -> &'static Keys {
    static KEYS: LazyLock<Keys> = LazyLock::new(|| {
        let base64 = data_encoding::BASE64.encode(&[7; 32]);
        let json = format!(r#"{{"current": "2026-11", "keys": {{"2026-11": "{base64}"}}}}"#);
        let keyring = Keyring::parse(&json).expect("a keyring");
        let hash_key = keyring.new_hash_key(&mut seeded_rng(1));
        Keys::new(keyring, &hash_key).expect("its own hash key")
    });
    &KEYS
}

/// Returns the code that an authenticator app with that secret shows at a time.
pub fn app_code(secret: &[u8], at: Timestamp) -> String {
    let app = totp_rs::Builder::new()
        .with_algorithm(totp_rs::Algorithm::SHA1)
        .with_digits(6)
        .with_step_duration(30)
        .with_skew(0)
        .with_secret(secret.to_vec())
        .build_noncompliant();
    let second = u64::try_from(at.as_second()).expect("a moment after 1970");
    app.generate(second).to_string()
}

/// Returns what a worker loads of a state before it decides an event: what its needs name, and
/// nothing else. A rule that reads what its needs do not name decides wrongly here.
pub fn as_loaded(state: &State, incoming: &Incoming, limits: &Limits) -> State {
    let needs = needs_of(incoming, limits);
    let policies = needs.tenants.union(&needs.policies);
    let policy = |tenant: &TenantId| Some((tenant.clone(), state.policies.get(tenant)?.clone()));
    let user = |key: &UserKey| {
        Some((
            key.clone(),
            user_as_loaded(key, state.users.get(key)?, &needs),
        ))
    };
    let owner = |key: &UserKey| {
        let pending = state.users.get(key)?.pending_sms.as_ref()?;
        let number = (key.tenant.clone(), pending.lookup);
        let owner = state.number_owners.get(&number)?.clone();
        Some((number, owner))
    };
    let texts = |number: &Hash| Some((*number, state.number_texts.get(number)?.clone()));
    State {
        policies: policies.filter_map(policy).collect(),
        users: needs.users.union(&needs.listed).filter_map(user).collect(),
        number_owners: needs.number_owners.iter().filter_map(owner).collect(),
        number_texts: needs.numbers.iter().filter_map(texts).collect(),
    }
}

fn needs_of(incoming: &Incoming, limits: &Limits) -> Needs {
    let mut needs = Needs::default();
    twofactor_rules::needs(incoming, keys(), limits, &mut needs);
    needs
}

/// Checks that what the changes of an event write was loaded, as the store takes it for granted:
/// it writes whole rows, and no row that it does not know.
pub fn check_needs(incoming: &Incoming, changes: &[Change], limits: &Limits) {
    let needs = needs_of(incoming, limits);
    let user = incoming.event.user();
    let has = |set: &BTreeSet<UserKey>| user.as_ref().is_some_and(|key| set.contains(key));
    let has_session = |session: &SessionId| {
        let key = user.clone().map(|key| (key, session.clone()));
        key.is_some_and(|key| needs.sessions.contains(&key))
    };
    for change in changes {
        let is_loaded = match change {
            Change::SetPolicy { .. } => needs.policies.contains(incoming.event.tenant()),
            Change::EndCode { .. }
            | Change::SettleText { .. }
            | Change::Reset { .. }
            | Change::Erase { .. } => has(&needs.texts),
            Change::AcceptSession { session, .. }
            | Change::RememberSession { session, .. }
            | Change::MarkSetUp { session, .. }
            | Change::UseSetUp { session } => has_session(session),
            Change::RecordFirstLogin { .. }
            | Change::SpendTotpStep { .. }
            | Change::SpendBackupCode { .. }
            | Change::CountLoginFailure { .. }
            | Change::ClearLoginFailures
            | Change::CountConfirmFailure { .. }
            | Change::ClearConfirmFailures
            | Change::RememberBrowser { .. }
            | Change::ForgetBrowser { .. }
            | Change::ForgetBrowsers
            | Change::HoldText { .. }
            | Change::StartTotp { .. }
            | Change::StartSms { .. }
            | Change::CancelPending { .. }
            | Change::SetUpTotp { .. }
            | Change::SetUpSms { .. }
            | Change::RemoveMethod { .. }
            | Change::IssueBackupCodes { .. }
            | Change::Exempt { .. } => has(&needs.users),
        };
        assert!(
            is_loaded,
            "the needs of the event do not name what it writes: {change:?}"
        );
    }
}

fn user_as_loaded(key: &UserKey, user: &User, needs: &Needs) -> User {
    let wanted = |id: &SessionId| needs.sessions.contains(&(key.clone(), id.clone()));
    let sessions = user.sessions.iter().filter(|(id, _)| wanted(id));
    let texts = needs.texts.contains(key).then(|| user.texts.clone());
    let browsers = needs.browsers.contains(key).then(|| user.browsers.clone());
    User {
        first_login_at: user.first_login_at,
        ever_set_up: user.ever_set_up,
        reset_since: user.reset_since,
        exempt_until: user.exempt_until,
        login_failures: user.login_failures,
        confirm_failures: user.confirm_failures,
        totp: user.totp.clone(),
        sms: user.sms.clone(),
        backup: user.backup.clone(),
        pending_totp: user.pending_totp.clone(),
        pending_sms: user.pending_sms.clone(),
        texts: texts.unwrap_or_default(),
        sessions: sessions
            .map(|(id, session)| (id.clone(), *session))
            .collect(),
        browsers: browsers.unwrap_or_default(),
    }
}

/// An event as the CRM publishes it.
pub struct Published<'a> {
    pub id: &'a str,
    pub event_type: &'a str,
    pub data: &'a Value,
    pub time: Timestamp,
    pub has_reply_to: bool,
}

/// Reads an event as a worker does.
pub fn receive(published: &Published<'_>) -> Result<Box<Incoming>, Box<RefusedMessage>> {
    let body = json!({
        "specversion": "1.0",
        "id": published.id,
        "source": "/crm",
        "type": published.event_type,
        "time": published.time,
        "data": published.data,
    });
    let service = Event::find(published.event_type)
        .expect("a known type")
        .service;
    read(
        service,
        Message {
            body: body.to_string().as_bytes(),
            content_type: Some("application/cloudevents+json"),
            routing_key: published.event_type,
            reply_to: published.has_reply_to.then_some("crm.reply.1"),
            properties_are_utf8: true,
        },
    )
}
