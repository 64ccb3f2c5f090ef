//! The trail beside the logs of events: calls of the provider, changes of a policy, and people who
//! were let in without a code.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use twofactor_testkit::person::ADMIN;
use twofactor_testkit::{Fault, Institution, THROTTLE};

use crate::trail::{ask, auditor, columns, has, rows, world};

#[tokio::test(flavor = "multi_thread")]
async fn every_call_of_the_provider_has_a_row() {
    let (world, institution) = world().await;
    let auditor = auditor(&world).await;
    let person = institution.person();
    let completed = person.set_up_sms(&world.crm, &world.sms).await;
    completed.expect("a number");
    let throttled = person.anew().request_text();
    ask(&world, &throttled).await;
    let no_call = rows(&auditor, "text_log", "event_id", throttled.id()).await;
    assert!(no_call.is_empty(), "the provider was not called");
    let faults = [
        (Fault::None, "accepted", "sms.sent.v1"),
        (Fault::Lost, "unknown", "sms.sent.v1"),
        (Fault::Refuse, "number_rejected", "sms.failed.v1"),
        (Fault::Unavailable, "provider_unavailable", "sms.failed.v1"),
    ];
    for (fault, result, kind) in faults {
        world.database.let_pass(THROTTLE).await;
        world.sms.set_fault(fault).await.expect("a fault");
        let person = person.anew();
        let request = person.request_text();
        let outcome = ask(&world, &request).await;
        assert_eq!(outcome.kind(), kind, "{result}");
        let calls = rows(&auditor, "text_log", "event_id", request.id()).await;
        assert_eq!(calls.len(), 1, "{result}");
        let expected = json!({
            "tenant_id": institution.id, "user_id": person.user, "session_id": person.session,
            "purpose": "login", "country": "GB", "provider": "twilio", "result": result,
        });
        has(&calls[0], &expected);
        assert_eq!(calls[0]["provider_ref"].is_string(), fault == Fault::None);
    }
    let calls = rows(&auditor, "text_log", "user_id", &person.user).await;
    assert_eq!(calls.len(), 5);
    assert_eq!(calls[0]["purpose"], "enrollment");
    let names = "country event_id number_ref provider provider_ref purpose recorded_at result seq \
                 session_id tenant_id user_id";
    assert_eq!(columns(&calls[0]).join(" "), names);
    for call in &calls {
        assert_eq!(call["number_ref"], calls[0]["number_ref"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn equal_numbers_look_equal_and_tell_nothing_else() {
    let (world, institution) = world().await;
    let auditor = auditor(&world).await;
    let first = institution.person();
    let elsewhere = Institution::strict(&world.crm).await.expect("a policy");
    let mut same = elsewhere.person();
    same.number = format!("0{}", first.number.trim_start_matches("+44"));
    let other = institution.person();
    let mut references = Vec::new();
    let starts = [
        first.start_sms(),
        same.start_sms().with_data("region", json!("GB")),
        other.start_sms(),
    ];
    for start in starts {
        let pending = ask(&world, &start).await;
        assert_eq!(pending.kind(), "enrollment.pending.v1");
        let calls = rows(&auditor, "text_log", "event_id", start.id()).await;
        let reference = calls[0]["number_ref"].as_str().expect("a text").to_owned();
        assert!(!reference.contains(&first.number[3..]));
        references.push(reference);
        world.database.let_pass(THROTTLE).await;
    }
    assert_eq!(references[0], references[1]);
    assert_ne!(references[0], references[2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_of_a_policy_has_a_row_with_what_was_before() {
    let (world, institution) = world().await;
    let auditor = auditor(&world).await;
    for policy in [(true, 14), (true, 14), (false, 0)] {
        let set = ask(&world, &institution.policy(policy.0, policy.1)).await;
        assert_eq!(set.kind(), "enrollment.policy.v1");
    }
    let changes = rows(&auditor, "policy_log", "tenant_id", &institution.id).await;
    let expected = [
        (true, 0, json!(null), json!(null)),
        (true, 14, json!(true), json!(0)),
        (true, 14, json!(true), json!(14)),
        (false, 0, json!(true), json!(14)),
    ];
    assert_eq!(changes.len(), expected.len());
    for (change, (required, grace_days, required_before, grace_days_before)) in
        changes.iter().zip(expected)
    {
        let expected = json!({
            "actor_id": ADMIN, "required": required, "grace_days": grace_days,
            "required_before": required_before, "grace_days_before": grace_days_before,
        });
        has(change, &expected);
    }
    let names = "actor_id grace_days grace_days_before recorded_at required required_before seq \
                 tenant_id";
    assert_eq!(columns(&changes[0]).join(" "), names);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_let_in_without_a_code_is_listed() {
    let (world, institution) = world().await;
    let lenient = Institution::lenient(&world.crm).await.expect("a policy");
    let patient = Institution::with_policy(&world.crm, true, 7).await;
    let patient = patient.expect("a policy");
    let exempt = institution.person();
    let until = Timestamp::now() + SignedDuration::from_hours(24);
    ask(&world, &exempt.exempt("no phone", until)).await;
    let person = institution.person();
    let (app, _) = person.set_up_totp(&world.crm).await.expect("an app");
    let by_code = person.anew().login_by_app(&app, 0);
    let by_code = by_code.with_data("remember_me", json!(true));
    let accepted = ask(&world, &by_code).await;
    let token = json!(accepted.str("remember_token"));
    let logins = [
        ("not_required", lenient.person().login()),
        ("grace", patient.person().login()),
        ("exempt", exempt.login()),
        (
            "remembered",
            person.anew().login().with_data("remember_token", token),
        ),
    ];
    for (via, login) in &logins {
        assert_eq!(ask(&world, login).await["via"], *via);
    }
    let auditor = auditor(&world).await;
    for (via, login) in &logins {
        let listed = rows(&auditor, "logins_without_code", "event_id", login.id()).await;
        assert_eq!(listed.len(), 1, "{via}");
        let logged = rows(&auditor, "login_log", "event_id", login.id()).await;
        assert_eq!(listed, logged, "the view shows the rows as they are");
        assert_eq!(logged[0]["policy_required"], *via != "not_required");
    }
    let listed = rows(&auditor, "logins_without_code", "event_id", by_code.id()).await;
    assert!(listed.is_empty());
}
