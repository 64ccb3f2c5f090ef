//! One row for each event that was handled, with everything that the contract names.

use jiff::Timestamp;
use serde_json::{Value, json};
use tokio_postgres::Client;
use twofactor_testkit::person::ADMIN;
use twofactor_testkit::{CrmEvent, Institution, Outcome, Person, THROTTLE, World};

use crate::trail::{ask, auditor, columns, has, only_row, world};

const COMMON: [&str; 14] = [
    "actor_id",
    "event_id",
    "event_type",
    "method",
    "occurred_at",
    "outcome_id",
    "outcome_type",
    "reason",
    "recorded_at",
    "seq",
    "session_id",
    "source",
    "tenant_id",
    "user_id",
];

/// One person in the trail: every event is sent and its row checked, one after the other.
struct Life {
    world: World,
    auditor: Client,
    last_seq: i64,
}

impl Life {
    /// Sends the event, and fails if its row differs from the event, the outcome and these members.
    async fn ask(&mut self, log: &str, event: &CrmEvent, expected: Value) -> Outcome {
        let outcome = ask(&self.world, event).await;
        let row = only_row(&self.auditor, log, event).await;
        let more: &[&str] = match log {
            "login_log" => &["ip", "via", "policy_required"],
            "enrollment_log" | "reset_log" => &["admin_reason"],
            _ => &[],
        };
        let mut names: Vec<&str> = COMMON.iter().chain(more).copied().collect();
        names.sort_unstable();
        assert_eq!(columns(&row), names, "{log}");
        let actor = ["admin_id", "viewer_id", "user_id"]
            .into_iter()
            .map(|name| event.data()[name].clone())
            .find(|id| !id.is_null());
        has(
            &row,
            &json!({
                "event_id": event.id(), "source": "/crm", "event_type": event.event_type(),
                "outcome_id": event.outcome_id(), "outcome_type": outcome.kind(),
                "tenant_id": event.data()["tenant_id"], "user_id": event.data()["user_id"],
                "session_id": event.data()["session_id"], "actor_id": actor,
            }),
        );
        if expected.get("reason").is_none() {
            has(&row, &json!({ "reason": outcome["reason"] }));
        }
        has(&row, &expected);
        let moment = |value: &Value| -> Timestamp {
            let text = value.as_str().expect("a text");
            text.parse().expect("a time")
        };
        let occurred = moment(&row["occurred_at"]).duration_since(event.time());
        assert!(occurred.abs().as_micros() <= 1, "occurred at {occurred}");
        let recorded = moment(&row["recorded_at"]).duration_since(event.time());
        assert!(
            (0..30).contains(&recorded.as_secs()),
            "recorded after {recorded}"
        );
        let seq = row["seq"].as_i64().expect("a number");
        assert!(seq > self.last_seq, "one sequence numbers them all");
        self.last_seq = seq;
        outcome
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_event_has_one_row() {
    let (world, institution) = world().await;
    let auditor = auditor(&world).await;
    let mut life = Life {
        world,
        auditor,
        last_seq: 0,
    };
    let person = institution.person();
    let backup_code = set_up(&mut life, &person).await;
    log_in(&mut life, &person, &backup_code).await;
    look(&mut life, &institution, &person).await;
    take_away(&mut life, &institution, &person).await;
}

async fn set_up(life: &mut Life, person: &Person) -> String {
    let log = "enrollment_log";
    let start = person.start_totp();
    let pending = life.ask(log, &start, json!({ "method": "totp" })).await;
    let app = twofactor_testkit::Authenticator::scan(pending.str("qr_png")).expect("a picture");
    let wrong = person.confirm_totp(&app.wrong_code_at(Timestamp::now()));
    let no = json!({ "method": "totp", "reason": "wrong_code" });
    life.ask(log, &wrong, no).await;
    let now = Timestamp::now();
    let confirm = person.confirm_totp(&app.code_at(now)).at(now);
    let completed = life.ask(log, &confirm, json!({ "method": "totp" })).await;
    let in_set_up = json!({ "via": "enrolled", "method": null, "ip": "203.0.113.7" });
    life.ask("login_log", &person.login(), in_set_up).await;
    let start = person.start_sms();
    life.ask(log, &start, json!({ "method": "sms" })).await;
    let text = life.world.sms.newest_to(&person.number).await;
    let confirm = person.confirm_sms(text.expect("a text").code());
    life.ask(log, &confirm, json!({ "method": "sms" })).await;
    let again = person.start_totp();
    let no = json!({ "method": "totp", "reason": "already_set_up" });
    life.ask(log, &again, no).await;
    completed.list("backup_codes")[0].to_owned()
}

async fn log_in(life: &mut Life, person: &Person, backup_code: &str) {
    let person = person.anew();
    let challenge = json!({ "via": null, "method": null, "policy_required": true });
    life.ask("login_log", &person.login(), challenge).await;
    let throttled = json!({ "method": "sms", "reason": "throttled" });
    life.ask("sms_log", &person.request_text(), throttled).await;
    life.world.database.let_pass(THROTTLE).await;
    let sent = json!({ "method": "sms", "reason": null });
    life.ask("sms_log", &person.request_text(), sent).await;
    let text = life.world.sms.newest_to(&person.number).await;
    let login = person.login_by("sms", text.expect("a text").code());
    life.ask(
        "login_log",
        &login,
        json!({ "via": "sms", "method": "sms" }),
    )
    .await;
    let login = person.at_ip("2001:db8::7").login_by("backup", "not a code");
    let no = json!({
        "via": null, "method": "backup", "reason": "malformed_code", "ip": "2001:db8::7",
    });
    life.ask("login_log", &login, no).await;
    let login = person.login_by("backup", backup_code);
    let in_by = json!({ "via": "backup", "method": "backup", "policy_required": true });
    life.ask("login_log", &login, in_by).await;
}

async fn look(life: &mut Life, institution: &Institution, person: &Person) {
    let log = "enrollment_log";
    let own = life.ask(log, &person.own_profile(), json!({})).await;
    assert_eq!(own["viewer"], "self");
    life.ask(
        log,
        &person.profile_for(ADMIN),
        json!({ "actor_id": ADMIN }),
    )
    .await;
    let list = institution.list_profiles("viewer-9", &json!([person.user]));
    life.ask(
        log,
        &list,
        json!({ "actor_id": "viewer-9", "user_id": null }),
    )
    .await;
    let policy = json!({ "tenant_id": institution.id, "viewer_id": "viewer-9" });
    let policy = CrmEvent::new("enrollment.policy.requested.v1", policy);
    life.ask(log, &policy, json!({ "actor_id": "viewer-9" }))
        .await;
    let set = institution.policy(true, 5);
    life.ask(log, &set, json!({ "actor_id": ADMIN, "user_id": null }))
        .await;
}

async fn take_away(life: &mut Life, institution: &Institution, person: &Person) {
    let log = "enrollment_log";
    let codes = person.request_backup_codes();
    life.ask(log, &codes, json!({ "method": "backup" })).await;
    let forget = person.forget_browsers();
    life.ask(log, &forget, json!({ "method": null })).await;
    life.ask(log, &person.give_up("sms"), json!({ "method": "sms" }))
        .await;
    let until = Timestamp::now() + jiff::SignedDuration::from_hours(24);
    let reason = "no phone, call +44 7400 123456\u{0}\u{7}or 1234567";
    let exempt = institution.person().exempt(reason, until);
    let blanked = json!({
        "actor_id": ADMIN, "admin_reason": "no phone, call +[removed]  or [removed]",
    });
    life.ask(log, &exempt, blanked.clone()).await;
    let exempt = person.exempt(reason, until);
    let no = life.ask(log, &exempt, blanked).await;
    assert_eq!(no["reason"], "already_set_up");
    let reset = person.reset("lost phone\n07400123456");
    let why = json!({ "actor_id": ADMIN, "admin_reason": "lost phone [removed]" });
    life.ask("reset_log", &reset, why).await;
    let erase = person.erase("left");
    let erase = erase.with_data("admin_id", json!("admin-2"));
    let why = json!({ "actor_id": "admin-2", "admin_reason": "left", "session_id": null });
    life.ask("reset_log", &erase, why).await;
}
