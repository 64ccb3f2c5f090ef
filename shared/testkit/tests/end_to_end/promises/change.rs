//! M14, M15, M17, M18: resets, remembered browsers, and one number for one person.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;
use twofactor_testkit::{Institution, Role, THROTTLE};

use crate::promises::{
    ask, expect, let_in, person_with_app, person_with_number, refused, world, world_without_texts,
};

#[tokio::test(flavor = "multi_thread")]
async fn m14_an_administrator_resets_everything_in_one_step() {
    let (world, institution) = world().await;
    let (person, app, codes) = person_with_app(&world, &institution).await;
    let completed = person.set_up_sms(&world.crm, &world.sms).await;
    completed.expect("a number");
    world.database.let_pass(THROTTLE).await;
    let remembering = person.anew().login_by_app(&app, 0);
    let remembering = remembering.with_data("remember_me", json!(true));
    let accepted = let_in(&world, remembering, "totp").await;
    let token = accepted.str("remember_token").to_owned();
    let waiting = person.anew();
    let texted = waiting.texted_code(&world.crm, &world.sms).await;
    let texted = texted.expect("a code");

    let done = expect(&world, person.reset("lost the phone"), "reset.completed.v1").await;
    let all = json!(["totp", "sms", "backup_codes", "remembered_browsers"]);
    assert_eq!(done["removed"], all);
    assert_eq!(done["admin_id"], "admin-1");
    let challenged = expect(&world, person.anew().login(), "login.challenged.v1").await;
    assert_eq!(challenged["next"], "set_up");
    assert_eq!(challenged["methods"], json!([]));
    let late = [
        person.anew().login_by_app(&app, 1),
        person.anew().login_by("backup", &codes[0]),
        waiting.login_by("sms", &texted),
        person.login().with_data("remember_token", json!(token)),
    ];
    for event in late {
        expect(&world, event, "login.challenged.v1").await;
    }
    // Even after another set-up nothing old works.
    let person = person.anew();
    let (new_app, completed) = person.set_up_totp(&world.crm).await.expect("an app");
    assert_eq!(completed.list("backup_codes").len(), 10);
    let old = person.anew().login_by("backup", &codes[0]);
    refused(&world, old, "wrong_code", "try_another_code").await;
    let old = person
        .anew()
        .login()
        .with_data("remember_token", json!(token));
    let challenged = expect(&world, old, "login.challenged.v1").await;
    assert_eq!(challenged["remembered"], "unknown");
    let_in(&world, person.anew().login_by_app(&new_app, 1), "totp").await;

    let auditor = world.database.connect(Role::Auditor).await;
    let rows = auditor
        .query(
            "select actor_id, admin_reason from audit.reset_log where user_id = $1",
            &[&person.user],
        )
        .await
        .expect("the trail can be read");
    let [row] = rows.as_slice() else {
        panic!("{} rows", rows.len())
    };
    assert_eq!(row.get::<_, &str>(0), "admin-1");
    assert_eq!(row.get::<_, &str>(1), "lost the phone");
}

#[tokio::test(flavor = "multi_thread")]
async fn m14_a_reset_cancels_what_was_under_way() {
    let (world, institution) = world().await;
    let person = institution.person();
    let app = person.scan_picture(&world.crm).await.expect("a picture");
    let code = person.receive_code(&world.crm, &world.sms).await;
    let code = code.expect("a code");
    let sent_before = person.confirm_sms(&code);
    let done = expect(&world, person.reset("wrong person"), "reset.completed.v1").await;
    assert_eq!(done["removed"], json!(["pending"]));
    refused(&world, sent_before, "reset_since", "try_again").await;
    let now = Timestamp::now();
    let confirmed = person.confirm_totp(&app.code_at(now)).at(now);
    refused(&world, confirmed, "not_started", "set_up").await;
    let confirmed = person.confirm_sms(&code);
    refused(&world, confirmed, "not_started", "set_up").await;
    // To reset nothing is allowed; to reset oneself is not.
    let done = expect(&world, person.reset("once more"), "reset.completed.v1").await;
    assert_eq!(done["removed"], json!([]));
    let oneself = person.reset("me").with_data("admin_id", json!(person.user));
    let no = expect(&world, oneself, "event.rejected.v1").await;
    assert_eq!(no["reason"], "invalid_field");
    assert_eq!(no["field"], "/data/admin_id");
}

#[tokio::test(flavor = "multi_thread")]
async fn m15_a_person_resets_one_method_and_starts_again() {
    let (world, institution) = world().await;
    let (person, app, codes) = person_with_app(&world, &institution).await;
    let completed = person.set_up_sms(&world.crm, &world.sms).await;
    completed.expect("a number");
    // A session that only knows the password may not.
    let stranger = person.anew().give_up("totp");
    refused(&world, stranger, "login_required", "try_again").await;
    let removed = expect(&world, person.give_up("totp"), "enrollment.removed.v1").await;
    assert_eq!(removed["method"], "totp");
    let challenged = expect(&world, person.anew().login(), "login.challenged.v1").await;
    assert_eq!(challenged["methods"], json!(["sms", "backup"]));
    let old = person.anew().login_by_app(&app, 1);
    refused(&world, old, "method_not_set_up", "use_another_method").await;
    let again = person.give_up("totp");
    refused(&world, again, "method_not_set_up", "use_another_method").await;
    let (app, completed) = person.set_up_totp(&world.crm).await.expect("a new app");
    assert!(
        !completed.has("backup_codes"),
        "the old ones are still good"
    );
    let_in(&world, person.anew().login_by_app(&app, 0), "totp").await;
    let_in(
        &world,
        person.anew().login_by("backup", &codes[0]),
        "backup",
    )
    .await;
    // With the last method the backup codes go too.
    for method in ["totp", "sms"] {
        expect(&world, person.give_up(method), "enrollment.removed.v1").await;
    }
    let challenged = expect(&world, person.anew().login(), "login.challenged.v1").await;
    assert_eq!(challenged["methods"], json!([]));
    assert_eq!(challenged["next"], "set_up");
}

#[tokio::test(flavor = "multi_thread")]
async fn m17_a_remembered_browser_needs_no_code_for_thirty_days_at_its_address() {
    let (world, institution) = world_without_texts().await;
    let (person, app, _) = person_with_app(&world, &institution).await;
    let login = person.anew().login_by_app(&app, 0);
    let accepted = let_in(&world, login.with_data("remember_me", json!(true)), "totp").await;
    let token = json!(accepted.str("remember_token"));
    let until: Timestamp = accepted.str("remembered_until").parse().expect("a time");
    let days = until.duration_since(Timestamp::now()).as_secs_f64() / 86_400.0;
    assert!((29.99..=30.0).contains(&days), "{days}");
    let with_token = |ip: &str| {
        let login = person.anew().at_ip(ip).login();
        login.with_data("remember_token", token.clone())
    };
    let_in(&world, with_token(&person.ip), "remembered").await;
    let challenged = expect(&world, with_token("198.51.100.9"), "login.challenged.v1").await;
    assert_eq!(challenged["remembered"], "other_ip");
    assert_eq!(challenged["next"], "enter_code");
    // It stays valid at its own address, in any spelling of it, and for no other user.
    let_in(&world, with_token("::ffff:203.0.113.7"), "remembered").await;
    let (other, _, _) = person_with_app(&world, &institution).await;
    let borrowed = other
        .anew()
        .login()
        .with_data("remember_token", token.clone());
    let challenged = expect(&world, borrowed, "login.challenged.v1").await;
    assert_eq!(challenged["remembered"], "unknown");

    let almost = Duration::from_mins(30 * 24 * 60 - 1);
    world.database.let_pass(almost).await;
    let_in(&world, with_token(&person.ip), "remembered").await;
    world.database.let_pass(Duration::from_mins(1)).await;
    let challenged = expect(&world, with_token(&person.ip), "login.challenged.v1").await;
    assert_eq!(challenged["remembered"], "expired");
}

#[tokio::test(flavor = "multi_thread")]
async fn m17_a_remembered_browser_is_forgotten_at_once_where_its_owner_says_so() {
    let (world, institution) = world_without_texts().await;
    let (person, app, _) = person_with_app(&world, &institution).await;
    let login = person.anew().login_by_app(&app, 0);
    let accepted = let_in(&world, login.with_data("remember_me", json!(true)), "totp").await;
    let token = json!(accepted.str("remember_token"));
    let own = expect(&world, person.own_profile(), "profile.v1").await;
    assert_eq!(own["remembered_browsers"].as_array().map(Vec::len), Some(1));
    let forget = person.forget_browsers();
    let forgotten = expect(&world, forget, "enrollment.browsers_forgotten.v1").await;
    assert_eq!(forgotten["count"], 1);
    let login = person.anew().login().with_data("remember_token", token);
    let challenged = expect(&world, login, "login.challenged.v1").await;
    assert_eq!(challenged["remembered"], "unknown");
}

#[tokio::test(flavor = "multi_thread")]
async fn m17_one_remembered_browser_is_forgotten_and_the_others_are_kept() {
    let (world, institution) = world_without_texts().await;
    let (person, _, codes) = person_with_app(&world, &institution).await;
    let (other, _, _) = person_with_app(&world, &institution).await;
    let mut tokens = Vec::new();
    for code in &codes[..2] {
        let login = person.anew().login_by("backup", code);
        let login = login.with_data("remember_me", json!(true));
        let accepted = let_in(&world, login, "backup").await;
        tokens.push(json!(accepted.str("remember_token")));
    }
    // They are shown to their owner alone, and their tokens to nobody.
    let own = expect(&world, person.own_profile(), "profile.v1").await;
    let mut browsers = own["remembered_browsers"]
        .as_array()
        .expect("a list")
        .clone();
    browsers.sort_by_key(|browser| browser["since"].to_string());
    let ids = [0, 1].map(|at: usize| {
        browsers[at]["browser_id"]
            .as_str()
            .expect("an id")
            .to_owned()
    });
    assert_eq!(browsers.len(), 2);
    assert_ne!(ids[0], ids[1]);
    let shown = expect(&world, person.profile_for("admin-1"), "profile.v1").await;
    let broadcast = world.observer.wait_for(own.id().expect("an id")).await;
    let broadcast = broadcast.expect("a broadcast").as_string();
    for id in &ids {
        assert!(!shown.as_string().contains(id) && !broadcast.contains(id));
    }
    for token in &tokens {
        assert!(!own.as_string().contains(token.as_str().expect("a token")));
    }

    let kind = "enrollment.browsers_forgotten.v1";
    for nobodys in [
        other.forget_browser(&ids[0]),
        person.forget_browser("b-unknown"),
    ] {
        assert_eq!(expect(&world, nobodys, kind).await["count"], 0);
    }
    let forgotten = expect(&world, person.forget_browser(&ids[0]), kind).await;
    assert_eq!(forgotten["count"], 1);
    let with_token = |at: usize| {
        let login = person.anew().login();
        login.with_data("remember_token", tokens[at].clone())
    };
    let challenged = expect(&world, with_token(0), "login.challenged.v1").await;
    assert_eq!(challenged["remembered"], "unknown");
    let_in(&world, with_token(1), "remembered").await;
    let own = expect(&world, person.own_profile(), "profile.v1").await;
    assert_eq!(own["remembered_browsers"], json!([browsers[1]]));
}

#[tokio::test(flavor = "multi_thread")]
async fn m18_a_number_serves_one_person_of_an_institution() {
    let (world, institution) = world().await;
    let (owner, _) = person_with_number(&world, &institution).await;
    let mut second = institution.person();
    second.number.clone_from(&owner.number);
    // A start does not show whether the number is known.
    let code = second.receive_code(&world.crm, &world.sms).await;
    let confirmed = second.confirm_sms(&code.expect("a code"));
    let no = refused(
        &world,
        confirmed,
        "number_not_accepted",
        "use_another_method",
    )
    .await;
    assert!(!no.as_string().contains(&owner.user));
    let challenged = ask(&world, second.anew().login()).await;
    assert_eq!(challenged["methods"], json!([]));

    // Another institution is separate.
    world.database.let_pass(THROTTLE).await;
    let elsewhere = Institution::strict(&world.crm).await.expect("a policy");
    let mut namesake = elsewhere.person();
    namesake.number.clone_from(&owner.number);
    let completed = namesake.set_up_sms(&world.crm, &world.sms).await;
    completed.expect("the number is free there");
    // Once its owner gives it up, it is free here.
    expect(&world, owner.give_up("sms"), "enrollment.removed.v1").await;
    world.database.let_pass(THROTTLE).await;
    let mut third = institution.person();
    third.number.clone_from(&owner.number);
    let completed = third.set_up_sms(&world.crm, &world.sms).await;
    completed.expect("the number is free again");
}
