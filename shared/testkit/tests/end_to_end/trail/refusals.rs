//! Refused events are in the trail too, with what could be read of them; duplicates never are.

use serde_json::{Value, json};
use twofactor_testkit::event::CONTENT_TYPE;
use twofactor_testkit::{CrmEvent, Letter, Outcome, ReplyPath, World};

use crate::trail::{ask, auditor, has, only_row, rows, world};

/// Returns the row about an outcome whose event could not be read.
async fn row_of(world: &World, log: &str, outcome: &Outcome) -> Value {
    let auditor = auditor(world).await;
    let id = outcome.attribute("id");
    let mut found = rows(&auditor, log, "outcome_id::text", id).await;
    assert_eq!(found.len(), 1, "one row of {log}");
    found.remove(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_event_has_a_row_with_what_could_be_read() {
    let (world, institution) = world().await;
    let person = institution.person();
    let readable = [
        (
            person.login().with_data("ip", json!("nowhere")),
            "invalid_field",
        ),
        (
            person.login().with_data("ipp", json!("203.0.113.7")),
            "invalid_field",
        ),
        (person.login().without("specversion"), "malformed"),
        (
            person.login().with_data("tenant_id", json!("nobody-knows")),
            "unknown_tenant",
        ),
        (
            person.login().with("time", json!("2020-01-01T00:00:00Z")),
            "too_old",
        ),
        (
            person.login().with("type", json!("login.attemptedd.v1")),
            "unknown_type",
        ),
    ];
    for (event, reason) in readable {
        let outcome = ask(&world, &event).await;
        assert_eq!(outcome.kind(), "event.rejected.v1", "{reason}");
        let row = row_of(&world, "login_log", &outcome).await;
        let ip = event.data()["ip"].as_str().filter(|ip| *ip != "nowhere");
        has(
            &row,
            &json!({
                "event_id": event.id(), "source": "/crm", "event_type": event.event_type(),
                "outcome_type": "event.rejected.v1", "reason": reason,
                "tenant_id": event.data()["tenant_id"], "user_id": person.user,
                "actor_id": person.user, "session_id": person.session,
                "ip": ip, "via": null, "method": null,
            }),
        );
    }
    let letter = Letter::new("login.attempted.v1", "{ no JSON")
        .content_type(CONTENT_TYPE)
        .correlated("unreadable");
    let outcome = world.crm.ask_by(&letter, &ReplyPath::Direct).await;
    let outcome = outcome.expect("an outcome");
    let row = row_of(&world, "login_log", &outcome).await;
    let nothing = json!({
        "event_id": null, "source": null, "event_type": null, "occurred_at": null,
        "tenant_id": null, "user_id": null, "reason": "malformed",
    });
    has(&row, &nothing);
    // Types that no queue is bound to are the login worker's to answer.
    let misspelt = CrmEvent::new("logon.attempted.v1", json!({}));
    let outcome = ask(&world, &misspelt).await;
    let row = row_of(&world, "login_log", &outcome).await;
    has(
        &row,
        &json!({ "event_type": "logon.attempted.v1", "reason": "unknown_type" }),
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_event_has_what_its_type_tells_besides() {
    let (world, institution) = world().await;
    let person = institution.person();
    let until = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24);
    let reason = "lost phone 07400123456";
    let table = [
        ("login_log", person.login_by("totp", "123456"), "totp"),
        ("sms_log", person.request_text(), "sms"),
        ("enrollment_log", person.start_totp(), "totp"),
        ("enrollment_log", person.give_up("sms"), "sms"),
        ("enrollment_log", person.exempt(reason, until), ""),
        ("reset_log", person.reset(reason), ""),
        ("reset_log", person.erase(reason), ""),
    ];
    for (log, event, method) in table {
        let unknown_tenant = event.clone().with_data("tenant_id", json!("nobody-knows"));
        let unknown_member = event.again().with_data("colour", json!("red"));
        for refused in [unknown_tenant, unknown_member] {
            let outcome = ask(&world, &refused).await;
            assert_eq!(outcome.kind(), "event.rejected.v1");
            let row = row_of(&world, log, &outcome).await;
            match method {
                "" => has(&row, &json!({ "admin_reason": "lost phone [removed]" })),
                method => has(&row, &json!({ "method": method })),
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_duplicate_has_no_row_of_its_own() {
    let (world, institution) = world().await;
    let person = institution.person();
    let events = [
        ("login_log", person.login()),
        ("sms_log", person.request_text()),
        ("enrollment_log", person.start_totp()),
        ("reset_log", person.reset("lost phone")),
        (
            "reset_log",
            person.reset("lost phone").without("specversion"),
        ),
        ("login_log", person.login().with_data("ip", json!(7))),
    ];
    let auditor = auditor(&world).await;
    for (log, event) in &events {
        let first = ask(&world, event).await;
        for _ in 0..3 {
            let again = ask(&world, &event.again()).await;
            assert_eq!(again.id(), first.id());
        }
        only_row(&auditor, log, event).await;
    }
    // Other content under the same id is another event that is refused.
    let (log, event) = &events[0];
    let other = event.again().with_data("ip", json!("203.0.113.99"));
    let outcome = ask(&world, &other).await;
    assert_eq!(outcome["reason"], "id_conflict");
    let both = rows(&auditor, log, "event_id", event.id()).await;
    assert_eq!(both.len(), 2);
    assert_eq!(both[1]["reason"], "id_conflict");
}
