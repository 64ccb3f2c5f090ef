//! Support for both suites: fixed keys, a seeded random source, an authenticator app, and events
//! that are read from bytes, as a worker reads them.

use std::collections::HashSet;
use std::sync::LazyLock;

use jiff::Timestamp;
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use twofactor_contract::{Event, Incoming, Message, RefusedMessage, read};
use twofactor_rules::{Keyring, Keys, Limits, Needs, State};

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
    let mut needs = Needs::default();
    twofactor_rules::needs(incoming, keys(), limits, &mut needs);
    let mut loaded = state.clone();
    loaded
        .policies
        .retain(|tenant, _| needs.tenants.contains(tenant) || needs.policies.contains(tenant));
    loaded
        .users
        .retain(|key, _| needs.users.contains(key) || needs.listed.contains(key));
    let mut owned = HashSet::new();
    for (key, user) in &mut loaded.users {
        user.sessions
            .retain(|id, _| needs.sessions.contains(&(key.clone(), id.clone())));
        if !needs.texts.contains(key) {
            user.texts.clear();
        }
        if !needs.browsers.contains(key) {
            user.browsers.clear();
        }
        if let (Some(pending), true) = (&user.pending_sms, needs.number_owners.contains(key)) {
            owned.insert((key.tenant.clone(), pending.lookup));
        }
    }
    loaded
        .number_owners
        .retain(|number, _| owned.contains(number));
    loaded
        .number_texts
        .retain(|number, _| needs.numbers.contains(number));
    loaded
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
