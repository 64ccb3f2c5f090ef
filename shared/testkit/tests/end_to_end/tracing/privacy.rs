//! Flows with secrets and names that the test knows; then every byte that a collector received is
//! searched for them.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use twofactor_contract::Service;
use twofactor_testkit::person::ADMIN;
use twofactor_testkit::{CrmEvent, Institution, Person, THROTTLE, World};

use crate::tracing::traced;

const REASON: &str = "lost it, call 07700 900 123";
const CANARY: &str = "c0rrect-h0rse-battery";

/// The secrets that must be found nowhere, each with its name.
#[derive(Default)]
struct Hidden(Vec<(&'static str, String)>);

impl Hidden {
    fn add(&mut self, name: &'static str, value: impl Into<String>) {
        let value = value.into();
        assert!(value.len() >= 4, "{name} is too short to look for");
        self.0.push((name, value));
    }

    fn person(&mut self, person: &Person) {
        self.add("the tenant", &person.tenant);
        self.add("the user", &person.user);
        self.add("the session", &person.session);
        self.add("the address", &person.ip);
        self.add("the number", &person.number[3..]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_about_a_person_is_sent() {
    let (collector, plan) = traced().await;
    let world = plan.start().await.expect("a world");
    let mut hidden = Hidden::default();
    for service in Service::ALL {
        for (name, value) in world.settings(service) {
            match name.as_str() {
                "AMQP_URL" | "DATABASE_URL" => hidden.add("a password", password(&value)),
                "TWILIO_AUTH_TOKEN" | "TWILIO_ACCOUNT_SID" => hidden.add("the account", value),
                _ => {}
            }
        }
    }
    hidden.add("the administrator", ADMIN);
    hidden.add("a reason", "call 07700");
    hidden.add("a password", CANARY);
    hidden.add("the reply queue", world.crm.reply_queue());
    for last in everything(&world, &mut hidden).await {
        collector.spans_of(&last).await;
    }

    let received = collector.received();
    let sent: Vec<u8> = received
        .requests
        .iter()
        .flat_map(|(_, body)| body.to_vec())
        .collect();
    for known in [
        "login.accepted.v1",
        "sms.sent.v1",
        "reset.completed.v1",
        "provider",
    ] {
        assert!(is_in(&sent, known), "the search sees {known}");
    }
    let found: Vec<_> = hidden
        .0
        .iter()
        .filter(|(_, value)| is_in(&sent, value))
        .collect();
    assert!(found.is_empty(), "{found:?}");
    assert!(hidden.0.len() > 40, "the flows wrote down what they know");
}

/// Sends every kind of event, and notes the secrets in it; returns the last one of
/// each worker.
async fn everything(world: &World, hidden: &mut Hidden) -> Vec<CrmEvent> {
    let crm = &world.crm;
    let institution = Institution::strict(crm).await.expect("a policy");
    let person = institution.person();
    hidden.person(&person);
    codes(world, &person, hidden).await;
    bad_input(world, &person).await;
    let until = Timestamp::now() + SignedDuration::from_hours(24);
    let exempt = person.colleague().exempt(REASON, until);
    crm.ask(&exempt).await.expect("an outcome");
    let reset = person.reset(REASON);
    let reset = crm.ask_for(&reset, "reset.completed.v1").await;
    reset.expect("reset");
    let profiles = institution.list_profiles(ADMIN, &json!([person.user]));
    crm.ask(&profiles).await.expect("an outcome");
    let someone = person.colleague();
    let last = vec![
        someone.login(),
        someone.request_text(),
        someone.own_profile(),
        person.erase(REASON),
    ];
    for event in &last {
        crm.ask(event).await.expect("an outcome");
    }
    last
}

async fn codes(world: &World, person: &Person, hidden: &mut Hidden) {
    let crm = &world.crm;
    let (app, done) = person.set_up_totp(crm).await.expect("an app");
    for code in done.backup_codes() {
        hidden.add("a backup code", code);
    }
    let login = person.anew();
    hidden.person(&login);
    let event = login.login_by_app(&app, 0);
    let code = event.data()["code"]["value"].as_str().expect("a code");
    hidden.add("a code", code);
    let event = event.with_data("remember_me", json!(true));
    let accepted = crm.ask_for(&event, "login.accepted.v1").await;
    let accepted = accepted.expect("accepted");
    let token = accepted.str("remember_token");
    hidden.add("a token", token);
    let remembered = login.anew().login();
    let remembered = remembered.with_data("remember_token", json!(token));
    crm.ask(&remembered).await.expect("an outcome");
    crm.ask(&event.again()).await.expect("an outcome");

    let set_up = login.set_up_sms(crm, &world.sms).await;
    set_up.expect("a number");
    world.database.let_pass(THROTTLE).await;
    let texted = person.anew();
    hidden.person(&texted);
    let code = texted.texted_code(crm, &world.sms).await.expect("a code");
    let text = world.sms.newest_to(&person.number).await.expect("a text");
    hidden.add("a text", &text.body);
    hidden.add("the code of a text", &code);
    let accepted = crm.ask(&texted.login_by("sms", &code)).await;
    assert_eq!(accepted.expect("an outcome")["via"], "sms");
    let code = app.wrong_code_at(Timestamp::now());
    hidden.add("a wrong code", &code);
    let wrong = texted.anew().login_by("totp", &code);
    crm.ask(&wrong).await.expect("an outcome");
    crm.ask(&texted.own_profile()).await.expect("an outcome");
}

/// Sends secrets where they do not belong.
async fn bad_input(world: &World, person: &Person) {
    let source = format!("https://crm:{CANARY}@crm.example");
    let event_type = format!("login.{CANARY}.v1");
    for event in [
        person.login().with_data("password", json!(CANARY)),
        person.login().with_data(CANARY, json!(1)),
        person.login().with("type", json!(event_type)),
        person.login().with("traceparent", json!(CANARY)),
        person.login().from(&source),
    ] {
        world.crm.ask(&event).await.expect("an outcome");
    }
}

fn password(url: &str) -> &str {
    let (before, _) = url.rsplit_once('@').expect("a URL with credentials");
    before.rsplit_once(':').expect("a password").1
}

/// Is a value somewhere in the bytes? A short one must be a word of its own there,
/// since ids of messages look like codes too.
fn is_in(bytes: &[u8], value: &str) -> bool {
    let length = value.len();
    let is_word = |at: usize| {
        let before = at.checked_sub(1).and_then(|at| bytes.get(at));
        let around = [before, bytes.get(at + length)];
        length >= 8
            || around
                .iter()
                .flatten()
                .all(|byte| !byte.is_ascii_alphanumeric())
    };
    let mut windows = bytes.windows(length).enumerate();
    windows.any(|(at, window)| window == value.as_bytes() && is_word(at))
}
