//! `twofactor-ctl migrate` as an operator runs it.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use twofactor_testkit::{Database, Role};

fn migrate(settings: &[(&str, &str)]) -> Output {
    let names = ["DATABASE_URL", "DATABASE_URL_FILE", "ALLOW_PLAINTEXT"];
    let mut command = Command::new(env!("CARGO_BIN_EXE_twofactor-ctl"));
    for name in names {
        command.env_remove(name);
    }
    command.arg("migrate").envs(settings.iter().copied());
    command.output().expect("the program starts")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.as_slice(), &output.stderr].concat()).into_owned()
}

#[tokio::test]
async fn it_migrates_once_and_puts_that_on_record() {
    let database = Database::create_empty().await;
    let url = database.url(Role::Owner);
    let first = migrate(&[("DATABASE_URL", &url)]);
    assert_eq!(first.status.code(), Some(0), "{}", said(&first));
    assert!(
        said(&first).contains("applied V1__state"),
        "{}",
        said(&first)
    );
    let second = migrate(&[("DATABASE_URL", &url)]);
    assert_eq!(second.status.code(), Some(0));
    assert!(said(&second).contains("up to date"));

    let client = database.connect(Role::Owner).await;
    let rows = client
        .query(
            "select actor_id, command, detail from audit.operator_log",
            &[],
        )
        .await;
    let rows = rows.expect("the owner reads the trail");
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].get::<_, &str>(0), Role::Owner.name());
    assert_eq!(rows[0].get::<_, &str>(1), "migrate");
    assert_eq!(
        rows[0].get::<_, &str>(2),
        "V1__state, V2__trail, V3__seals, V4__retention"
    );
}

#[tokio::test]
async fn several_deployments_may_migrate_at_once() {
    let database = Database::create_empty().await;
    let url = database.url(Role::Owner);
    let start = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_twofactor-ctl"));
        command
            .arg("migrate")
            .env("DATABASE_URL", &url)
            .env_remove("DATABASE_URL_FILE");
        command
            .stdout(Stdio::null())
            .spawn()
            .expect("the program starts")
    };
    let all: Vec<_> = std::iter::repeat_with(start).take(3).collect();
    for mut one in all {
        assert_eq!(one.wait().expect("the program ends").code(), Some(0));
    }
    let client = database.connect(Role::Owner).await;
    let rows = client.query("select from audit.operator_log", &[]).await;
    assert_eq!(rows.expect("the owner reads the trail").len(), 1);
}

#[tokio::test]
async fn the_url_may_rest_in_a_file() {
    let database = Database::create_empty().await;
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    writeln!(file, "{}", database.url(Role::Owner)).expect("it takes the URL");
    let path = file.path().to_str().expect("a path in UTF-8");
    let output = migrate(&[("DATABASE_URL_FILE", path)]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
}

#[test]
fn what_goes_wrong_has_an_exit_status_and_a_sentence_without_secrets() {
    let nobody = "postgres://owner:hunter2@127.0.0.1:1/twofactor";
    let clear = "postgres://owner:hunter2@db.example/twofactor?sslmode=disable";
    let table = [
        (
            None,
            2,
            "DATABASE_URL is missing; set it, or DATABASE_URL_FILE.",
        ),
        (Some(("DATABASE_URL", "hunter2")), 2, "must look like"),
        (
            Some(("DATABASE_URL_FILE", "/nowhere/at/all")),
            2,
            "cannot be read",
        ),
        (Some(("DATABASE_URL", clear)), 2, "ALLOW_PLAINTEXT"),
        (Some(("DATABASE_URL", nobody)), 3, "the database is away"),
    ];
    for (setting, code, sentence) in table {
        let output = migrate(setting.as_slice());
        assert_eq!(
            output.status.code(),
            Some(code),
            "{sentence}: {}",
            said(&output)
        );
        assert!(said(&output).contains(sentence), "{}", said(&output));
        assert!(!said(&output).contains("hunter2"), "{}", said(&output));
    }
}

#[tokio::test]
async fn a_role_that_may_not_migrate_is_refused() {
    let database = Database::create().await;
    let empty = Database::create_empty().await;
    drop(database);
    let output = migrate(&[("DATABASE_URL", &empty.url(Role::Login))]);
    assert_eq!(output.status.code(), Some(4), "{}", said(&output));
    assert!(said(&output).contains("42501"), "{}", said(&output));
}
