//! The same event many times at once is one event: one row of the trail, one effect, and replies
//! that are equal, with their secrets.

use jiff::Timestamp;
use serde_json::json;
use twofactor_contract::Service::{Enrollment, Login, Reset, Sms};
use twofactor_testkit::{CrmEvent, Outcome, THROTTLE, World};

use crate::races::{all_at_once, two_of_each};

const COPIES: usize = 20;

/// Sends an event many times at once; returns the one outcome that all replies carry.
async fn sent_many_times(world: &World, event: &CrmEvent, table: &str) -> Outcome {
    let copies: Vec<CrmEvent> = (0..COPIES).map(|_| event.again()).collect();
    let mut outcomes = all_at_once(world, &copies).await;
    let first = outcomes.remove(0);
    assert_eq!(first.id(), Some(event.outcome_id()));
    for other in &outcomes {
        assert_eq!(other.event, first.event, "all replies are equal");
        assert_eq!(other.expiration, first.expiration);
    }
    let broadcast = world.observer.wait_for(event.outcome_id()).await;
    let broadcast = broadcast.expect("a broadcast").event.clone();
    for copy in world.observer.copies(event.outcome_id()) {
        assert_eq!(copy.event, broadcast, "all broadcasts are equal");
    }
    let rows = world.database.rows_of(table, event.id()).await;
    assert_eq!(rows, 1, "one row of {table}");
    first
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_is_decided_once() {
    let (world, institution) = two_of_each(&[Login, Enrollment]).await;
    let person = institution.person();
    let (app, _) = person.set_up_totp(&world.crm).await.expect("an app");
    let now = Timestamp::now();
    let login = person.anew().login_by("totp", &app.code_at(now)).at(now);
    let login = login.with_data("remember_me", json!(true));
    let accepted = sent_many_times(&world, &login, "login_log").await;
    assert_eq!(accepted["via"], "totp");
    assert!(accepted.has("remember_token"));
    let profile = world.crm.ask(&person.profile_for("admin-1")).await;
    assert_eq!(profile.expect("an outcome").kind(), "profile.v1");
    let browsers = "select count(*) from twofactor.browsers";
    assert_eq!(world.database.count(browsers, &[]).await, 1);
    // A wrong code is counted once too.
    let wrong = person.anew().login_by("totp", &app.wrong_code_at(now));
    let rejected = sent_many_times(&world, &wrong, "login_log").await;
    assert_eq!(rejected["reason"], "wrong_code");
    let failures = "select login_failures from twofactor.users where user_id = $1";
    assert_eq!(world.database.count(failures, &[&person.user]).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_is_sent_once() {
    let (world, institution) = two_of_each(&[Sms, Enrollment]).await;
    let person = institution.person();
    let start = person.start_sms();
    let pending = sent_many_times(&world, &start, "enrollment_log").await;
    assert_eq!(pending.kind(), "enrollment.pending.v1");
    assert_eq!(world.database.rows_of("text_log", start.id()).await, 1);
    let texts = world.sms.wait_for(&person.number, 1).await;
    let texts = texts.expect("a text");
    assert_eq!(texts.len(), 1);
    let confirmed = person.confirm_sms(texts[0].code());
    let completed = sent_many_times(&world, &confirmed, "enrollment_log").await;
    assert_eq!(completed.list("backup_codes").len(), 10);

    world.database.let_pass(THROTTLE).await;
    let request = person.anew().request_text();
    let sent = sent_many_times(&world, &request, "sms_log").await;
    assert_eq!(sent.kind(), "sms.sent.v1");
    assert_eq!(sent["delivery"], "accepted");
    assert_eq!(world.database.rows_of("text_log", request.id()).await, 1);
    let texts = world.sms.texts_to(&person.number).await.expect("an inbox");
    assert_eq!(texts.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_set_up_and_a_reset_happen_once() {
    let (world, institution) = two_of_each(&[Enrollment, Reset]).await;
    let policy = institution.policy(true, 3);
    let set = sent_many_times(&world, &policy, "enrollment_log").await;
    assert_eq!(set["grace_days"], 3);
    let person = institution.person();
    let started = sent_many_times(&world, &person.start_totp(), "enrollment_log").await;
    assert!(started.has("secret"));
    let reset = person.reset("lost phone");
    let completed = sent_many_times(&world, &reset, "reset_log").await;
    assert_eq!(completed["removed"], json!(["pending"]));
    let changes = "select count(*) from audit.policy_log where tenant_id = $1";
    let changes = world.database.count(changes, &[&institution.id]).await;
    assert_eq!(changes, 2, "when it was made, and once more");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_id_with_other_content_is_refused_beside_the_first() {
    let (world, institution) = two_of_each(&[Login, Enrollment]).await;
    let person = institution.person();
    let first = person.login();
    let events: Vec<CrmEvent> = (0..COPIES)
        .map(|at| {
            let ip = format!("203.0.113.{at}");
            first.again().with_data("ip", json!(ip))
        })
        .collect();
    let outcomes = all_at_once(&world, &events).await;
    let is = |kind: &str| outcomes.iter().filter(|one| one.kind() == kind).count();
    assert_eq!(is("login.challenged.v1"), 1);
    assert_eq!(is("event.rejected.v1"), COPIES - 1);
    let refused = outcomes
        .iter()
        .filter(|one| one.kind() == "event.rejected.v1");
    for outcome in refused {
        assert_eq!(outcome["reason"], "id_conflict");
        assert_ne!(outcome.id(), Some(first.outcome_id()));
    }
}
