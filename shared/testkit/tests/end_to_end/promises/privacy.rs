//! M6 to M8, M16, M20: privacy, the cost of a text, and what never crosses the broker.

use data_encoding::HEXLOWER;
use serde_json::{Value, json};
use twofactor_testkit::person::fresh_number;
use twofactor_testkit::{Role, THROTTLE, World};

use crate::promises::{
    expect, let_in, person_with_app, person_with_number, refused, world, world_without_texts,
};

/// Returns everything in the database as text, the trail too.
async fn everything_kept(world: &World) -> String {
    let kept = world.database.everything_kept().await;
    kept.into_iter().map(|(_, rows)| rows + "\n").collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn m06_the_number_is_hidden_from_everyone_but_its_owner() {
    let (world, institution) = world().await;
    let (person, _) = person_with_number(&world, &institution).await;
    let person = person.anew();
    let code = person.texted_code(&world.crm, &world.sms).await;
    let code = code.expect("a code");
    let_in(&world, person.login_by("sms", &code), "sms").await;
    let own = expect(&world, person.own_profile(), "profile.v1").await;
    assert_eq!(own["mobile_number"], person.number);
    let for_admin = person.profile_for("admin-1");
    let shown = expect(&world, for_admin, "profile.v1").await;
    let completed = expect(&world, person.reset("lost phone"), "reset.completed.v1").await;
    let broadcast = completed.id().expect("an id");
    let broadcast = world.observer.wait_for(broadcast).await;
    broadcast.expect("the last broadcast");

    let mut metrics = String::new();
    for worker in &world.workers {
        metrics += &worker.metrics_text().await.expect("the metrics");
    }
    let places = [
        ("an administrator's view", shown.as_string()),
        ("the broadcasts", world.observer.everything()),
        ("the logs", world.logs()),
        ("the metrics", metrics),
        ("the database", everything_kept(&world).await),
    ];
    let national = person.number.trim_start_matches("+44");
    let hex = HEXLOWER.encode(national.as_bytes());
    for (place, content) in &places {
        assert!(!content.contains(national), "{place} shows the number");
        assert!(!content.contains(&hex), "{place} shows the number in hex");
    }
    let (_, broadcasts) = &places[1];
    assert!(broadcasts.contains("sms.sent.v1"), "it was looked at");
}

#[tokio::test(flavor = "multi_thread")]
async fn m07_the_number_is_the_enrolled_one_whatever_the_profile_card_says() {
    let (world, institution) = world().await;
    let (person, _) = person_with_number(&world, &institution).await;
    // The CRM has no way to name another number for a login.
    let person = person.anew();
    let card = fresh_number();
    let elsewhere = person
        .request_text()
        .with_data("mobile_number", json!(card));
    let rejected = expect(&world, elsewhere, "event.rejected.v1").await;
    assert_eq!(rejected["reason"], "invalid_field");
    assert!(!rejected.as_string().contains(&card[3..]));
    let code = person.texted_code(&world.crm, &world.sms).await;
    let code = code.expect("a code");
    let to_card = world.sms.texts_to(&card).await.expect("the inbox");
    assert!(to_card.is_empty());
    let_in(&world, person.login_by("sms", &code), "sms").await;

    // Its owner may change it, and then the old one gets nothing more.
    expect(&world, person.give_up("sms"), "enrollment.removed.v1").await;
    world.database.let_pass(THROTTLE).await;
    let old = person.number.clone();
    let texts = world.sms.texts_to(&old).await.expect("the inbox").len();
    let mut person = person.anew();
    person.number = card;
    let completed = person.set_up_sms(&world.crm, &world.sms).await;
    completed.expect("the new number");
    world.database.let_pass(THROTTLE).await;
    let person = person.anew();
    let code = person.texted_code(&world.crm, &world.sms).await;
    let code = code.expect("a code");
    let_in(&world, person.login_by("sms", &code), "sms").await;
    let now = world.sms.texts_to(&old).await.expect("the inbox").len();
    assert_eq!(now, texts);
}

#[tokio::test(flavor = "multi_thread")]
async fn m08_texts_use_no_credit() {
    let (world, institution) = world().await;
    let person = institution.person();
    let pending = expect(&world, person.start_sms(), "enrollment.pending.v1").await;
    assert_eq!(pending["billed_to"], "system");
    let text = world.sms.newest_to(&person.number).await.expect("a text");
    let confirmed = person.confirm_sms(text.code());
    expect(&world, confirmed, "enrollment.completed.v1").await;
    world.database.let_pass(THROTTLE).await;
    let sent = expect(&world, person.anew().request_text(), "sms.sent.v1").await;
    assert_eq!(sent["billed_to"], "system");
    // No balance is kept anywhere.
    let client = world.database.connect(Role::Owner).await;
    let columns = client
        .query(
            "select column_name::text from information_schema.columns
             where table_schema in ('twofactor', 'audit')
             and column_name ~ 'credit|balance|cost|price'",
            &[],
        )
        .await;
    assert!(columns.expect("the columns can be listed").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn m16_administrators_see_when_and_never_what() {
    let (world, institution) = world().await;
    let (person, _, _) = person_with_app(&world, &institution).await;
    let completed = person.set_up_sms(&world.crm, &world.sms).await;
    let completed = completed.expect("a number");
    let for_admin = person.profile_for("admin-1");
    let shown = expect(&world, for_admin, "profile.v1").await;
    let members = |value: &Value| {
        let object = value.as_object().expect("an object");
        let mut names: Vec<_> = object.keys().cloned().collect();
        names.sort();
        names.join(" ")
    };
    assert_eq!(
        members(shown.data()),
        "locked methods required tenant_id user_id viewer"
    );
    assert_eq!(shown["viewer"], "other");
    assert_eq!(members(&shown["methods"][0]), "method set_up_at");
    assert_eq!(shown["methods"][0]["method"], "totp");
    assert_eq!(shown["methods"][1]["method"], "sms");
    assert_eq!(shown["methods"][1]["set_up_at"], completed["set_up_at"]);

    // A list shows who has no method.
    let nobody = institution.person();
    let request = person
        .event("profile.list.requested.v1", &json!({}))
        .with_data("viewer_id", json!("admin-1"))
        .with_data("user_ids", json!([person.user, nobody.user]));
    let refused = expect(&world, request, "event.rejected.v1").await;
    assert_eq!(refused["field"], "/data/user_id", "it has user_ids instead");
    let request = institution.list_profiles("admin-1", &json!([person.user, nobody.user]));
    let list = expect(&world, request, "profile.list.v1").await;
    assert_eq!(list["users"][0]["methods"], shown["methods"]);
    assert_eq!(list["users"][1]["methods"], json!([]));

    // The owner sees the details, in a session that was let in, and nobody else by that name.
    let own = expect(&world, person.own_profile(), "profile.v1").await;
    assert_eq!(own["viewer"], "self");
    assert_eq!(own["mobile_number"], person.number);
    assert_eq!(own["backup_codes_left"], 10);
    refused_profile(&world, &person).await;
    let broadcast = world.observer.wait_for(own.id().expect("an id")).await;
    let broadcast = broadcast.expect("a broadcast");
    for secret in [
        "mobile_number",
        "backup_codes_left",
        "remembered_browsers",
        "pending",
    ] {
        assert!(own.has(secret) && !broadcast.has(secret), "{secret}");
    }
}

async fn refused_profile(world: &World, person: &twofactor_testkit::Person) {
    let elsewhere = person.anew().own_profile();
    let no = refused(world, elsewhere, "login_required", "try_again").await;
    assert_eq!(no.kind(), "enrollment.rejected.v1");
    let without_session = person.profile_for(&person.user);
    let no = expect(world, without_session, "event.rejected.v1").await;
    assert_eq!(no["reason"], "invalid_field");
}

#[tokio::test(flavor = "multi_thread")]
async fn m20_a_password_never_crosses_the_broker() {
    let (world, institution) = world_without_texts().await;
    let person = institution.person();
    let secret = "correct horse battery staple";
    let cases = [
        (
            person.login().with_data("password", json!(secret)),
            "/data/password",
        ),
        (
            person.login().with_data("New-Pass_Word", json!(secret)),
            "/data/New-Pass_Word",
        ),
        (
            person
                .login()
                .with_data("code", json!({ "method": "totp", "pwd": [secret] })),
            "/data/code/pwd",
        ),
        (
            person.login().with("userpassphrase", json!(secret)),
            "/userpassphrase",
        ),
    ];
    for (event, field) in cases {
        let rejected = expect(&world, event, "event.rejected.v1").await;
        assert_eq!(rejected["reason"], "invalid_field", "{field}");
        let broadcast = world.observer.wait_for(rejected.id().expect("an id")).await;
        let broadcast = broadcast.expect("a broadcast");
        assert!(!rejected.as_string().contains("horse"), "{field}");
        assert!(!broadcast.as_string().contains("horse"), "{field}");
    }
    assert!(!world.logs().contains("horse"));
    assert!(!everything_kept(&world).await.contains("horse"));
    // The next good event is answered.
    expect(&world, person.login(), "login.challenged.v1").await;
}
