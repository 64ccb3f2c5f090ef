//! `import`: checked whole, written once, resumed, and good for a login.

use std::fmt::Write as _;
use std::path::Path;

use tokio::sync::watch;
use twofactor_testkit::{Authenticator, Institution, Role, World};

use crate::{RunOutput, ctl};

const SECRET: &str = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
const SINCE: &str = "2024-09-01T08:00:00Z";

async fn import(world: &World, file: &Path, more: &[&str]) -> RunOutput {
    let keyring = world.folder().join("keyring.json").display().to_string();
    let url = world.database.url(Role::Owner);
    let settings = [("DATABASE_URL", url.as_str()), ("KEYRING_FILE", &keyring)];
    let file = file.to_str().expect("UTF-8");
    ctl(&settings, &[&["import", file, "--json"], more].concat()).await
}

fn totp(tenant: &str, user: &str) -> String {
    format!(
        r#"{{"tenant_id": "{tenant}", "user_id": "{user}", "totp": {{"secret": "{SECRET}", "set_up_at": "{SINCE}"}}}}"#
    )
}

fn sms(tenant: &str, user: &str, number: &str) -> String {
    format!(
        r#"{{"tenant_id": "{tenant}", "user_id": "{user}", "sms": {{"mobile_number": "{number}", "set_up_at": "{SINCE}"}}}}"#
    )
}

fn write(world: &World, lines: &[String]) -> std::path::PathBuf {
    let path = world.folder().join("people.jsonl");
    std::fs::write(&path, lines.join("\n")).expect("a file");
    path
}

async fn count(world: &World, sql: &str) -> i64 {
    let owner = world.database.connect(Role::Owner).await;
    owner.query_one(sql, &[]).await.expect("a row").get(0)
}

const IMPORTED: &str = "select count(*) from audit.enrollment_log where event_type = 'import'";

#[tokio::test(flavor = "multi_thread")]
async fn people_are_imported_once_and_can_log_in() {
    let world = World::start().await.expect("a world");
    let institution = Institution::strict(&world.crm).await.expect("a policy");
    let anna = institution.person();
    let ben = institution.person();
    let lines = [
        totp(&anna.tenant, &anna.user),
        sms(&ben.tenant, &ben.user, &ben.number),
    ];
    let file = write(&world, &lines);

    let said = import(&world, &file, &["--dry-run"]).await.object(1);
    assert_eq!((&said["new"], &said["already"]), (&2.into(), &0.into()));
    assert_eq!(count(&world, IMPORTED).await, 0);
    let said = import(&world, &file, &[]).await;
    assert_eq!((said.code, said.out.as_str()), (2, ""), "{}", said.err);
    let said = import(&world, &file, &["--yes"]).await.object(0);
    assert_eq!(said["imported"], 2);
    let said = import(&world, &file, &["--yes"]).await.object(0);
    assert_eq!(
        (&said["imported"], &said["already"]),
        (&0.into(), &2.into())
    );
    assert_eq!(count(&world, IMPORTED).await, 2);
    let runs = "select count(*) from audit.operator_log where command = 'import'";
    assert_eq!(count(&world, runs).await, 1);

    let app = Authenticator::from_base32(SECRET).expect("a secret");
    let outcome = world
        .crm
        .ask(&anna.login_by_app(&app, 0))
        .await
        .expect("an outcome");
    assert_eq!(outcome.kind(), "login.accepted.v1");
    let code = ben
        .texted_code(&world.crm, &world.sms)
        .await
        .expect("a text");
    let outcome = world
        .crm
        .ask(&ben.login_by("sms", &code))
        .await
        .expect("an outcome");
    assert_eq!(outcome.kind(), "login.accepted.v1");

    // What was reset since does not come back with the same file.
    world
        .crm
        .ask(&anna.reset("lost phone"))
        .await
        .expect("an outcome");
    let said = import(&world, &file, &["--yes"]).await.object(0);
    assert_eq!(said["already"], 2);
    let set_up = "select count(*) from twofactor.users where totp_secret is not null";
    assert_eq!(count(&world, set_up).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_written_while_a_line_is_wrong() {
    let world = World::start().await.expect("a world");
    let institution = Institution::strict(&world.crm).await.expect("a policy");
    let stranger = Institution::unheard_of().person();
    let [anna, ben, cleo, dan, eve] = [(); 5].map(|()| institution.person());
    ben.set_up_totp(&world.crm).await.expect("an app");
    cleo.set_up_sms(&world.crm, &world.sms)
        .await
        .expect("a number");
    world
        .crm
        .ask(&eve.reset("moved"))
        .await
        .expect("an outcome");
    let lines = [
        totp(&anna.tenant, &anna.user),
        totp(&anna.tenant, &anna.user),
        totp(&ben.tenant, &ben.user),
        sms(&dan.tenant, &dan.user, &cleo.number),
        sms(&dan.tenant, "someone", &dan.number),
        sms(&dan.tenant, "another", &dan.number),
        totp(&stranger.tenant, &stranger.user),
        totp(&eve.tenant, &eve.user),
        "{".to_owned(),
        format!(r#"{{"tenant_id": "{0}", "tenant_id": "{0}"}}"#, dan.tenant),
    ];
    let file = write(&world, &lines);
    let said = import(&world, &file, &["--yes"]).await;
    assert_eq!((said.code, said.out.as_str()), (4, ""), "{}", said.err);
    let expected = [
        ":2: is about the same person as line 1".to_owned(),
        format!(":3: {} has totp set up already", ben.user),
        format!(":4: has a mobile number that serves {}", cleo.user),
        ":6: shares its mobile number with line 5 (someone)".to_owned(),
        format!(":7: {} has no policy yet", stranger.tenant),
        format!(":8: {} was reset at", eve.user),
        ":9: is no JSON (column 1)".to_owned(),
        ":10: has a member twice".to_owned(),
        "8 problems".to_owned(),
    ];
    for sentence in expected {
        assert!(said.err.contains(&sentence), "{sentence}: {}", said.err);
    }
    assert!(!said.err.contains(SECRET) && !said.err.contains(&cleo.number));
    assert_eq!(count(&world, IMPORTED).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_are_imported_while_others_log_in() {
    let world = World::start().await.expect("a world");
    let institution = Institution::strict(&world.crm).await.expect("a policy");
    let mut content = String::new();
    for at in 0..3_000 {
        let number = format!("+4474000{at:05}");
        let tenant = &institution.id;
        let _ = writeln!(
            content,
            r#"{{"tenant_id": "{tenant}", "user_id": "import-{at}", "totp": {{"secret": "{SECRET}", "set_up_at": "{SINCE}"}}, "sms": {{"mobile_number": "{number}", "set_up_at": "{SINCE}"}}}}"#
        );
    }
    let file = write(&world, &[content]);
    let (done, is_done) = watch::channel(false);
    let logins = async {
        let mut during = 0;
        while !*is_done.borrow() {
            let person = institution.person();
            let (app, _) = person.set_up_totp(&world.crm).await.expect("an app");
            let login = person.anew().login_by_app(&app, 0);
            let wrong = person
                .anew()
                .login_by("totp", &app.wrong_code_at(login.time()));
            let outcome = world.crm.ask(&wrong).await.expect("an outcome");
            assert_eq!(outcome.str("reason"), "wrong_code");
            let outcome = world.crm.ask(&login).await.expect("an outcome");
            assert_eq!(outcome.kind(), "login.accepted.v1");
            if !*is_done.borrow() {
                during += 1;
            }
        }
        during
    };
    let importing = async {
        let said = import(&world, &file, &["--yes"]).await;
        done.send_replace(true);
        said
    };
    let (said, during) = tokio::join!(importing, logins);
    assert_eq!(said.object(0)["imported"], 3_000);
    assert!(during > 0, "nobody logged in meanwhile");
    assert_eq!(count(&world, IMPORTED).await, 3_000);
}

/// Secrets as other systems hand them over, and what an app would show for each; the app's is
/// written without stray bits, so that it owes the product nothing.
#[tokio::test(flavor = "multi_thread")]
async fn secrets_of_every_usual_form_are_imported_and_their_codes_accepted() {
    let world = World::start().await.expect("a world");
    let institution = Institution::strict(&world.crm).await.expect("a policy");
    let long = |last: char| format!("{}{last}", "7".repeat(204));
    let spaced = "jbsw y3dp-ehpk 3pxp======".to_owned();
    let secrets = [
        (
            "ABCDEFGHIJKLMNOPQRSTUVWXYZ".to_owned(),
            "ABCDEFGHIJKLMNOPQRSTUVWXYY".to_owned(),
        ),
        (long('7'), long('6')),
        (spaced, "JBSWY3DPEHPK3PXP".to_owned()),
    ];
    let people = secrets.map(|(given, app)| (institution.person(), given, app));
    let lines: Vec<String> = people
        .iter()
        .map(|(person, given, _)| totp(&person.tenant, &person.user).replace(SECRET, given))
        .collect();
    // As Windows saves it: a byte order mark, and both signs at the end of a line.
    let file = world.folder().join("windows.jsonl");
    let content = format!("\u{feff}{}\r\n", lines.join("\r\n"));
    std::fs::write(&file, &content).expect("a file");
    let said = import(&world, &file, &["--yes"]).await.object(0);
    assert_eq!(said["imported"], 3);
    for (person, given, app) in &people {
        let app = Authenticator::from_base32(app).expect("a secret");
        let login = person.login_by_app(&app, 0);
        let outcome = world.crm.ask(&login).await.expect("an outcome");
        assert_eq!(outcome.kind(), "login.accepted.v1", "{given}");
    }

    let wide: Vec<u8> = content.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (name, bytes) in [("marked", &wide[..]), ("bare", &wide[2..])] {
        let file = world.folder().join(name);
        std::fs::write(&file, bytes).expect("a file");
        let said = import(&world, &file, &["--dry-run"]).await;
        assert_eq!((said.code, said.out.as_str()), (4, ""), "{}", said.err);
        assert!(
            said.err.contains("is in UTF-16; save it as UTF-8."),
            "{}",
            said.err
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_file_ends_a_dry_run_as_the_help_says() {
    let world = World::start().await.expect("a world");
    let institution = Institution::strict(&world.crm).await.expect("a policy");
    let person = institution.person();
    let right = write(&world, &[totp(&person.tenant, &person.user)]);
    assert_eq!(import(&world, &right, &["--dry-run"]).await.code, 1);
    let short = totp(&person.tenant, &person.user).replace(SECRET, "JBSWY3DP");
    let wrong = write(&world, &[short]);
    let said = import(&world, &wrong, &["--dry-run"]).await;
    assert_eq!(said.code, 4, "{}", said.err);
    let sentence = ":1: totp.secret must have 80 to 1,024 bits: 16 to 205 characters of base32.";
    assert!(said.err.contains(sentence), "{}", said.err);
    let help = ctl(&[], &["import", "--help"]).await.out;
    assert!(
        help.contains("1 where people would be imported, 4 where a line is wrong"),
        "{help}"
    );
}
