//! M10 to M13, M19: wrong codes, the pace of texts, backup codes, and that a code works once.

use futures::future::join_all;
use jiff::Timestamp;
use serde_json::json;
use twofactor_contract::Service;
use twofactor_testkit::{Institution, Outcome, Plan, THROTTLE};

use crate::promises::{
    expect, let_in, person_with_app, person_with_number, refused, world, world_without_texts,
};

#[tokio::test(flavor = "multi_thread")]
async fn m10_after_a_wrong_app_code_one_is_asked_to_try_another() {
    let (world, institution) = world_without_texts().await;
    let (person, app, _) = person_with_app(&world, &institution).await;
    let person = person.anew();
    let wrong = app.wrong_code_at(Timestamp::now());
    let entered = person.login_by("totp", &wrong);
    let rejected = refused(&world, entered, "wrong_code", "try_another_code").await;
    assert_eq!(rejected.kind(), "login.rejected.v1");
    assert_eq!(rejected["methods"], json!(["totp", "backup"]));
    assert!(rejected.str("message").contains("not right"));
    // The phone's clock may be the reason, and then the message says so.
    let early = person.login_by_app(&app, 4);
    let rejected = refused(&world, early, "wrong_code", "try_another_code").await;
    let message = rejected.str("message");
    assert!(message.contains("2 minutes ahead"), "{message}");
    let_in(&world, person.login_by_app(&app, 0), "totp").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn m11_after_a_wrong_text_code_one_is_asked_to_request_another() {
    let (world, institution) = world().await;
    let (person, _) = person_with_number(&world, &institution).await;
    let person = person.anew();
    let code = person.texted_code(&world.crm, &world.sms).await;
    let code = code.expect("a code");
    let wrong = if code == "aaaaaa" { "bbbbbb" } else { "aaaaaa" };
    let entered = person.login_by("sms", wrong);
    let rejected = refused(&world, entered, "wrong_code", "request_new_code").await;
    assert!(rejected.str("message").contains("Request a new code"));
    // The wrong entry has spent the code.
    let entered = person.login_by("sms", &code);
    refused(&world, entered, "no_code_sent", "request_new_code").await;
    world.database.let_pass(THROTTLE).await;
    let newer = person.texted_code(&world.crm, &world.sms).await;
    let newer = newer.expect("a new code");
    assert_ne!(newer, code);
    let_in(&world, person.login_by("sms", &newer), "sms").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn m12_at_most_one_text_in_five_minutes_over_two_copies_of_the_worker() {
    let plan = Plan::default().copies(2);
    let plan = plan.only(&[Service::Sms, Service::Enrollment]);
    let world = plan.start().await.expect("a world");
    let institution = Institution::strict(&world.crm).await.expect("a policy");
    let person = institution.person();
    let completed = person.set_up_sms(&world.crm, &world.sms).await;
    completed.expect("a number");
    // The text of the set-up counts.
    let first = person.anew();
    let throttled = expect(&world, first.request_text(), "sms.throttled.v1").await;
    assert_eq!(throttled["next"], "wait");
    let wait = throttled.integer("retry_after_seconds").expect("a wait");
    assert!((280..=300).contains(&wait), "{wait}");

    for round in 2..4_usize {
        world.database.let_pass(THROTTLE).await;
        let requests = (0..20).map(|_| {
            let world = &world;
            let request = person.anew().request_text();
            async move { world.crm.ask(&request).await.expect("an outcome") }
        });
        let outcomes = join_all(requests).await;
        let of = |kind: &str| {
            let of_kind = |outcome: &&Outcome| outcome.kind() == kind;
            outcomes.iter().filter(of_kind).count()
        };
        assert_eq!(of("sms.sent.v1"), 1);
        assert_eq!(of("sms.throttled.v1"), 19);
        for throttled in outcomes.iter().filter(|outcome| !outcome.has("delivery")) {
            let wait = throttled.integer("retry_after_seconds").expect("a wait");
            assert!((280..=300).contains(&wait), "{wait}");
        }
        let texts = world.sms.texts_to(&person.number).await.expect("an inbox");
        assert_eq!(texts.len(), round, "one for the set-up, one a round");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn m13_each_backup_code_of_the_set_works_once() {
    let (world, institution) = world_without_texts().await;
    let (person, _, codes) = person_with_app(&world, &institution).await;
    assert_eq!(codes.len(), 10);
    // As people write them, and two at the same instant.
    let first = &codes[0];
    let spelt = codes[0].to_ascii_lowercase().replace('-', " ");
    let one = person.anew().login_by("backup", first);
    let other = person.anew().login_by("backup", &spelt);
    let outcomes = tokio::try_join!(world.crm.ask(&one), world.crm.ask(&other));
    let outcomes = <[Outcome; 2]>::from(outcomes.expect("two outcomes"));
    let accepted = outcomes.iter().filter(|outcome| outcome["via"] == "backup");
    assert_eq!(accepted.count(), 1);
    let used = outcomes
        .iter()
        .filter(|outcome| outcome["reason"] == "code_used");
    assert_eq!(used.count(), 1);
    for (spent, code) in codes.iter().enumerate().skip(1) {
        let entered = person.anew().login_by("backup", code);
        let accepted = let_in(&world, entered, "backup").await;
        assert_eq!(accepted["backup_codes_left"], 9 - spent);
    }
    let challenged = expect(&world, person.anew().login(), "login.challenged.v1").await;
    assert_eq!(challenged["methods"], json!(["totp"]), "no code is left");
    for code in &codes {
        let again = person.anew().login_by("backup", code);
        refused(&world, again, "code_used", "try_another_code").await;
    }
    // A new set may be asked for, also when the old one is spent.
    let request = person.request_backup_codes();
    let issued = expect(&world, request, "enrollment.backup_codes.v1").await;
    let fresh = issued.list("backup_codes");
    assert_eq!(fresh.len(), 10);
    assert!(codes.iter().all(|code| !fresh.contains(&code.as_str())));
    let_in(&world, person.anew().login_by("backup", fresh[0]), "backup").await;
    let old = person.anew().login_by("backup", &codes[1]);
    refused(&world, old, "wrong_code", "try_another_code").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn m19_every_code_is_accepted_once_ever() {
    let (world, institution) = world().await;
    let (person, app, codes) = person_with_app(&world, &institution).await;
    let completed = person.set_up_sms(&world.crm, &world.sms).await;
    completed.expect("a number");
    world.database.let_pass(THROTTLE).await;

    let now = Timestamp::now();
    let code = app.code_at(now);
    let_in(
        &world,
        person.anew().login_by("totp", &code).at(now),
        "totp",
    )
    .await;
    let again = person.anew().login_by("totp", &code).at(now);
    refused(&world, again, "code_used", "try_another_code").await;
    // Another step is another code, also an older one.
    let_in(&world, person.anew().login_by_app(&app, 1), "totp").await;

    let person = person.anew();
    let texted = person.texted_code(&world.crm, &world.sms).await;
    let texted = texted.expect("a code");
    let_in(&world, person.login_by("sms", &texted), "sms").await;
    let again = person.login_by("sms", &texted);
    refused(&world, again, "code_used", "request_new_code").await;
    let elsewhere = person.anew().login_by("sms", &texted);
    refused(&world, elsewhere, "no_code_sent", "request_new_code").await;

    let_in(&world, person.login_by("backup", &codes[3]), "backup").await;
    let again = person.anew().login_by("backup", &codes[3]);
    refused(&world, again, "code_used", "try_another_code").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn m19_the_code_that_confirmed_an_app_is_spent_by_it() {
    let (world, institution) = world_without_texts().await;
    let person = institution.person();
    let app = person.scan_picture(&world.crm).await.expect("a picture");
    let now = Timestamp::now();
    let code = app.code_at(now);
    let confirmed = person.confirm_totp(&code).at(now);
    expect(&world, confirmed, "enrollment.completed.v1").await;
    let again = person.anew().login_by("totp", &code).at(now);
    refused(&world, again, "code_used", "try_another_code").await;
}
