//! M1 to M5, M9: which methods there are, how they are set up, and that a login needs one.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;
use twofactor_testkit::{Authenticator, Institution, THROTTLE};

use crate::promises::{
    ask, expect, let_in, person_with_app, person_with_number, refused, world, world_without_texts,
};

#[tokio::test(flavor = "multi_thread")]
async fn m01_any_authenticator_app_works() {
    let (world, institution) = world_without_texts().await;
    let person = institution.person();
    let pending = expect(&world, person.start_totp(), "enrollment.pending.v1").await;
    assert_eq!(pending["method"], "totp");
    // The app of this test is as strict as the strictest: SHA-1, 6 digits, 30 s.
    let app = Authenticator::scan(pending.str("qr_png")).expect("a picture that apps scan");
    assert_eq!(app.issuer, "Student CRM");
    assert_eq!(app.account, "anna@example.org");
    let typed = Authenticator::from_base32(pending.str("secret")).expect("a key to type in");
    let link = Authenticator::from_uri(pending.str("otpauth_uri")).expect("a link");
    assert_eq!(pending.str("secret").len(), 32, "160 bits");
    let now = Timestamp::now();
    let code = app.code_at(now);
    assert_eq!(typed.code_at(now), code);
    assert_eq!(link.code_at(now), code);
    let confirmed = person.confirm_totp(&code).at(now);
    expect(&world, confirmed, "enrollment.completed.v1").await;
    let person = person.anew();
    let_in(&world, person.login_by_app(&app, 1), "totp").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn m02_a_code_by_text_lets_in() {
    let (world, institution) = world().await;
    let (person, _) = person_with_number(&world, &institution).await;
    let person = person.anew();
    let challenged = expect(&world, person.login(), "login.challenged.v1").await;
    assert_eq!(challenged["methods"], json!(["sms", "backup"]));
    assert_eq!(challenged["next"], "enter_code");
    let sent = expect(&world, person.request_text(), "sms.sent.v1").await;
    assert_eq!(sent["delivery"], "accepted");
    assert_eq!(sent["next"], "enter_code");
    let text = world.sms.newest_to(&person.number).await.expect("a text");
    assert!(text.body.contains("Student CRM"), "{}", text.body);
    let code = text.code().to_owned();
    let_in(&world, person.login_by("sms", &code), "sms").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn m03_a_login_needs_a_code_where_it_is_on() {
    let (world, institution) = world_without_texts().await;
    let nobody = institution.person();
    let challenged = expect(&world, nobody.login(), "login.challenged.v1").await;
    assert_eq!(challenged["next"], "set_up");
    assert_eq!(challenged["methods"], json!([]));
    let guess = nobody.login_by("totp", "123456");
    expect(&world, guess, "login.challenged.v1").await;

    let (person, app, _) = person_with_app(&world, &institution).await;
    let person = person.anew();
    let challenged = expect(&world, person.login(), "login.challenged.v1").await;
    assert_eq!(challenged["next"], "enter_code");
    assert_eq!(challenged["methods"], json!(["totp", "backup"]));
    let token = json!("A".repeat(43));
    let by_token = person.login().with_data("remember_token", token);
    let challenged = expect(&world, by_token, "login.challenged.v1").await;
    assert_eq!(challenged["remembered"], "unknown");
    let wrong = app.wrong_code_at(Timestamp::now());
    let wrong = person.login_by("totp", &wrong);
    refused(&world, wrong, "wrong_code", "try_another_code").await;
    let none_set_up = person.login_by("sms", "abcdef");
    refused(
        &world,
        none_set_up,
        "method_not_set_up",
        "use_another_method",
    )
    .await;

    // Another institution requires nothing, until a user there sets a method up.
    let lenient = Institution::lenient(&world.crm).await.expect("a policy");
    let_in(&world, lenient.person().login(), "not_required").await;
    let (careful, _, _) = person_with_app(&world, &lenient).await;
    expect(&world, careful.anew().login(), "login.challenged.v1").await;
    // A user in the days of grace is let in, and the answer has their end.
    let patient = Institution::with_policy(&world.crm, true, 7).await;
    let patient = patient.expect("a policy").person();
    let accepted = let_in(&world, patient.login(), "grace").await;
    assert!(accepted.has("set_up_by"));
    world.database.let_pass(Duration::from_hours(24 * 7)).await;
    expect(&world, patient.login(), "login.challenged.v1").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn m04_nothing_counts_before_it_is_confirmed() {
    let (world, institution) = world().await;
    let person = institution.person();
    let app = person.scan_picture(&world.crm).await.expect("a picture");
    let by_app = person.login_by_app(&app, 0);
    let challenged = expect(&world, by_app, "login.challenged.v1").await;
    assert_eq!(challenged["next"], "set_up");
    let wrong = app.wrong_code_at(Timestamp::now());
    let confirmed = person.confirm_totp(&wrong);
    refused(&world, confirmed, "wrong_code", "try_another_code").await;
    let now = Timestamp::now();
    let confirmed = person.confirm_totp(&app.code_at(now)).at(now);
    let completed = expect(&world, confirmed, "enrollment.completed.v1").await;
    assert_eq!(completed["method"], "totp");
    assert_eq!(completed.list("backup_codes").len(), 10);
    let_in(&world, person.login(), "enrolled").await;

    // The second method is set up the same way; it brings no second set of backup codes.
    let pending = expect(&world, person.start_sms(), "enrollment.pending.v1").await;
    assert_eq!(pending["method"], "sms");
    let challenged = expect(&world, person.anew().login(), "login.challenged.v1").await;
    assert_eq!(challenged["methods"], json!(["totp", "backup"]));
    let text = world.sms.newest_to(&person.number).await.expect("a text");
    let confirmed = person.confirm_sms(text.code());
    let completed = expect(&world, confirmed, "enrollment.completed.v1").await;
    assert!(!completed.has("backup_codes"));
    let profile = expect(&world, person.own_profile(), "profile.v1").await;
    assert_eq!(profile["methods"][0]["method"], "totp");
    assert_eq!(profile["methods"][1]["method"], "sms");
    assert_eq!(profile["pending"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn m05_text_codes_are_all_lowercase() {
    let (world, institution) = world().await;
    let (person, _) = person_with_number(&world, &institution).await;
    for _ in 0..10 {
        let anybody = institution.person();
        expect(&world, anybody.start_sms(), "enrollment.pending.v1").await;
    }
    let person = person.anew();
    let texted = person.texted_code(&world.crm, &world.sms).await;
    let code = texted.expect("a code");
    let alike = "abcdefghijkmnpqrstuvwxyz23456789";
    for text in world.sms.all_texts().await.expect("the inbox") {
        let is_one = text.code().chars().all(|c| alike.contains(c));
        assert!(is_one && text.code().len() == 6, "{}", text.body);
    }
    let shouted = if code.bytes().any(|b| b.is_ascii_lowercase()) {
        code.to_ascii_uppercase()
    } else {
        "ABCDEF".to_owned()
    };
    let entered = person.login_by("sms", &shouted);
    let rejected = refused(&world, entered, "malformed_code", "try_another_code").await;
    assert!(rejected.str("message").contains("caps lock"));
    // It spent nothing.
    let_in(&world, person.login_by("sms", &code), "sms").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn m09_both_methods_may_be_set_up_and_either_serves() {
    let (world, institution) = world().await;
    let (person, app, codes) = person_with_app(&world, &institution).await;
    let completed = person.set_up_sms(&world.crm, &world.sms).await;
    completed.expect("a number");
    world.database.let_pass(THROTTLE).await;

    let by_app = person.anew();
    let challenged = expect(&world, by_app.login(), "login.challenged.v1").await;
    assert_eq!(challenged["methods"], json!(["totp", "sms", "backup"]));
    let_in(&world, by_app.login_by_app(&app, 0), "totp").await;
    let by_text = person.anew();
    let texted = by_text.texted_code(&world.crm, &world.sms).await;
    let code = texted.expect("a code");
    let_in(&world, by_text.login_by("sms", &code), "sms").await;
    let by_backup_code = person.anew().login_by("backup", &codes[0]);
    let accepted = let_in(&world, by_backup_code, "backup").await;
    assert_eq!(accepted["backup_codes_left"], 9);
    // A code of the one is none of the other.
    let mixed = person
        .anew()
        .login_by("sms", &app.code_at(Timestamp::now()));
    let rejected = ask(&world, mixed).await;
    assert_eq!(rejected.kind(), "login.rejected.v1");
}
