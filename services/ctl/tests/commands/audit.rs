//! `audit` and `explain`: what auditors take away, and what an operator is told of one event.

use serde_json::Value;
use twofactor_testkit::{Institution, Role, World};

use crate::{Said, ctl};

async fn run(world: &World, role: Role, arguments: &[&str]) -> Said {
    let url = world.database.url(role);
    ctl(&[("DATABASE_URL", &url)], arguments).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_verified_without_a_database_and_a_changed_row_is_found() {
    let world = World::start().await.expect("a world");
    let institution = Institution::strict(&world.crm).await.expect("a policy");
    let person = institution.person();
    person.set_up_totp(&world.crm).await.expect("an app");
    world
        .crm
        .ask(&person.reset("lost, \"stolen\""))
        .await
        .expect("an outcome");

    let sealed = run(&world, Role::Owner, &["audit", "seal", "--json"])
        .await
        .object(0);
    assert!(sealed["rows"].as_i64() > Some(3));
    let said = run(&world, Role::Auditor, &["audit", "verify", "--json"])
        .await
        .object(0);
    assert_eq!(said["first_wrong"], Value::Null);

    let export = run(&world, Role::Auditor, &["audit", "export"]).await;
    assert_eq!(export.code, 0, "{}", export.err);
    let file = world.folder().join("trail.jsonl");
    let path = file.display().to_string();
    std::fs::write(&file, &export.out).expect("a file");
    let said = ctl(&[], &["audit", "verify", &path, "--json"])
        .await
        .object(0);
    assert!(said["rows"].as_i64() >= sealed["rows"].as_i64());
    std::fs::write(&file, export.out.replace("stolen", "sold")).expect("a file");
    let said = ctl(&[], &["audit", "verify", &path, "--json"])
        .await
        .object(1);
    assert_eq!(said["first_wrong"], sealed["from_seq"]);

    let csv = ["audit", "export", "--format", "csv", "--log", "reset"];
    let csv = run(&world, Role::Auditor, &csv).await;
    assert_eq!(csv.out.lines().count(), 2, "{}", csv.out);
    assert!(csv.out.contains("\"lost, \"\"stolen\"\"\""), "{}", csv.out);
}

#[tokio::test]
async fn months_are_dropped_by_the_owner_alone() {
    let database = twofactor_testkit::Database::create().await;
    let (owner, auditor) = (database.url(Role::Owner), database.url(Role::Auditor));
    let run = async |url: &str, keep: &str, more: &[&str]| {
        let settings = [("DATABASE_URL", url), ("AUDIT_KEEP", keep)];
        ctl(&settings, &[&["audit", "drop", "--json"], more].concat()).await
    };
    assert_eq!(
        run(&owner, "400d", &[]).await.code,
        2,
        "there is no terminal to ask on"
    );
    let said = run(&owner, "soon", &["--yes"]).await;
    assert!(
        said.code == 2 && said.err.contains("AUDIT_KEEP"),
        "{}",
        said.err
    );
    assert_eq!(run(&auditor, "400d", &["--yes"]).await.code, 4);
    let said = run(&owner, "400d", &["--yes"]).await.object(0);
    assert_eq!(
        (&said["dropped"], &said["keep_days"]),
        (&0.into(), &400.into())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_explained_by_the_rows_that_tell_of_it() {
    let world = World::start().await.expect("a world");
    let institution = Institution::strict(&world.crm).await.expect("a policy");
    let person = institution.person();
    person.set_up_totp(&world.crm).await.expect("an app");
    let wrong = "000000";
    for _ in 0..2 {
        world
            .crm
            .ask(&person.login_by("totp", wrong))
            .await
            .expect("an outcome");
    }
    let third = person.login_by("totp", wrong);
    world.crm.ask(&third).await.expect("an outcome");
    let said = run(&world, Role::Owner, &["explain", third.id(), "--json"]).await;
    assert!(!said.out.contains(wrong), "{}", said.out);
    let object = said.object(0);
    let fact = |name: &str| {
        object["facts"][name]["fact"]
            .as_str()
            .unwrap_or("not known")
    };
    assert_eq!(object["reason"], "wrong_code");
    assert!(fact("rule").starts_with("wrong_code: "));
    assert_eq!(fact("wrong_codes_before"), "2 in a row");
    assert!(fact("policy_then").starts_with("required, 0 days of grace"));
    assert!(fact("waited").contains(" s from"));
    assert_eq!(fact("step_s_offset"), "not known");
    assert!(fact("what_was_said").len() > 10);

    let said = run(&world, Role::Auditor, &["explain", third.id(), "--json"])
        .await
        .object(0);
    assert_eq!(
        said["facts"]["what_was_said"]["fact"],
        Value::Null,
        "the state is not theirs"
    );
    let said = run(&world, Role::Owner, &["explain", "nobody"]).await;
    assert_eq!((said.code, said.out.as_str()), (1, ""));

    let texted = institution.person();
    texted
        .set_up_sms(&world.crm, &world.sms)
        .await
        .expect("a number");
    let again = texted.anew().request_text();
    world.crm.ask(&again).await.expect("an outcome");
    let object = run(&world, Role::Owner, &["explain", again.id(), "--json"])
        .await
        .object(0);
    assert_eq!(object["reason"], "throttled");
    let before = object["facts"]["text_before"]["fact"]
        .as_str()
        .expect("a text");
    assert!(before.starts_with("enrollment text at"), "{before}");
}
