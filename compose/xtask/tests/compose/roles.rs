//! `compose/postgres/roles.sh` on a real server: its roles, a second run, and a missing password.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;
use twofactor_stack::{part::Part, postgres, programs, stack::Stack};

const NAMES: [&str; 7] = [
    "superuser",
    "owner",
    "login",
    "sms",
    "enrollment",
    "reset",
    "auditor",
];

/// A server, and a folder with a password for everybody.
struct Server {
    stack: Stack,
    passwords: TempDir,
}

impl Server {
    fn start(parent: &Path) -> Self {
        let mut stack = Stack::throwaway(parent, "stack", Path::new("/nowhere")).expect("a folder");
        let parts = [Part::Postgres];
        stack
            .prepare(&parts, 1, BTreeMap::new())
            .expect("everything is there");
        stack.start_all(&parts).expect("the database starts");
        let server = Self {
            stack,
            passwords: tempfile::tempdir().expect("a folder"),
        };
        for name in NAMES {
            server.set_password(name, &format!("{name}-1"));
        }
        let superuser = server.stack.settings().password(postgres::SUPERUSER);
        server.set_password("superuser", superuser);
        server
    }

    fn password_file(&self, name: &str) -> PathBuf {
        self.passwords.path().join(format!("postgres_{name}"))
    }

    fn set_password(&self, name: &str, password: &str) {
        fs::write(self.password_file(name), password).expect("written");
    }

    fn psql_environment(&self, command: &mut Command, user: &str, database: &str) {
        let folder = programs::postgres_folder().expect("Postgres");
        command
            .env_clear()
            .env("PATH", format!("{}:/usr/bin:/bin", folder.display()))
            .env("PGHOST", "127.0.0.1")
            .env(
                "PGPORT",
                self.stack.settings().port(postgres::NAME).to_string(),
            )
            .env("PGUSER", user)
            .env("PGDATABASE", database);
    }

    fn run_script(&self) -> Output {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../postgres/roles.sh");
        let mut sh = Command::new("sh");
        self.psql_environment(&mut sh, postgres::SUPERUSER, "postgres");
        sh.arg(script).env("PASSWORDS", self.passwords.path());
        sh.output().expect("sh")
    }

    /// Runs SQL as one of the roles, with the password of the folder.
    fn query(&self, name: &str, sql: &str) -> Result<String, String> {
        let mut psql = Command::new("psql");
        self.psql_environment(&mut psql, &format!("twofactor_{name}"), "twofactor");
        let password = fs::read_to_string(self.password_file(name)).expect("a password");
        let output = psql
            .env("PGPASSWORD", password)
            .args([
                "--no-psqlrc",
                "--tuples-only",
                "--no-align",
                "--command",
                sql,
            ])
            .output()
            .expect("psql");
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
        } else {
            Err(String::from_utf8_lossy(&output.stderr).into_owned())
        }
    }
}

#[test]
fn every_role_logs_in_with_its_password_of_the_folder_and_the_owner_owns() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(folder.path());
    for round in ["1", "it's \"2\" \\ $HOME"] {
        for name in &NAMES[1..] {
            server.set_password(name, &format!("{name}-{round}"));
        }
        let output = server.run_script();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        assert_eq!((said.as_ref(), output.stdout.len()), ("", 0));
        for name in &NAMES[1..] {
            let user = server.query(name, "select current_user");
            assert_eq!(user, Ok(format!("twofactor_{name}")), "{round}");
        }
    }
    server.set_password("login", "login-1");
    assert!(
        server.query("login", "select 1").is_err(),
        "an old password"
    );

    // As the migrations do: other roles, with rights for those that were made here.
    let migrates = "create schema twofactor; create role twofactor_worker nologin;
        grant twofactor_worker to twofactor_login; grant usage on schema twofactor to
        twofactor_worker; revoke all on database twofactor from public";
    assert_eq!(server.query("owner", migrates).map(drop), Ok(()));
    assert!(server.query("sms", "create table x (y int)").is_err());
}

#[test]
fn a_missing_password_changes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(folder.path());
    server.set_password("reset", "");
    let output = server.run_script();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("postgres_reset is missing"));
    assert!(server.query("owner", "select 1").is_err());
}
