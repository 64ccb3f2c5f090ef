//! What scripts read: the JSON of every command, member by member, against a file each, and byte
//! for byte the same with and without a terminal.
//!
//! Ids, moments and counts that differ from run to run are named and not shown. With `GOLDEN=write`
//! in the environment the files are written anew; the difference is then looked at by a person.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::{Value, json};
use twofactor_contract::Service;
use twofactor_testkit::{Institution, Person, Role, World};
use uuid::Uuid;

use crate::terminal::Terminal;
use crate::{RunOutput, ctl, set_aside};

/// The secret that is imported, in base32.
const SECRET: &str = "JBSWY3DPEHPK3PXP";

/// A world in which every command has something to tell.
struct Stage {
    world: World,
    settings: Vec<(&'static str, String)>,
    person: Person,
    login: String,
    letter: String,
    people: String,
    trail: String,
    capture: String,
}

impl Stage {
    async fn set() -> Self {
        let world = World::start().await.expect("a world");
        let institution = Institution::strict(&world.crm).await.expect("a policy");
        let person = institution.person();
        let (app, _) = person.set_up_totp(&world.crm).await.expect("an app");
        let login = person.login();
        let code = app.wrong_code_at(login.time());
        let login = person.login_by("totp", &code);
        world.crm.ask(&login).await.expect("an outcome");
        let wrong = person.login().with_data("ip", "nowhere".into());
        let refusal = world.crm.ask(&wrong).await.expect("an outcome");
        set_aside(&world, Service::Login, 1).await;
        let tenant = &institution.id;
        let line = format!(
            r#"{{"tenant_id": "{tenant}", "user_id": "import-1", "totp": {{"secret": "{SECRET}", "set_up_at": "2024-09-01T08:00:00Z"}}}}"#
        );
        let names = ["people.jsonl", "trail.jsonl", "capture.jsonl"];
        let [people, trail, capture] = names.map(|name| world.folder().join(name));
        std::fs::write(&people, line).expect("a file");
        std::fs::write(&capture, capture_of_all()).expect("a file");
        let keyring = world.folder().join("keyring.json").display().to_string();
        let settings = vec![
            ("DATABASE_URL", world.database.url(Role::Owner)),
            ("AMQP_URL", world.vhost.url("operator")),
            ("KEYRING_FILE", keyring),
        ];
        Self {
            login: login.id().to_owned(),
            letter: refusal.attribute("id").to_owned(),
            people: people.display().to_string(),
            trail: trail.display().to_string(),
            capture: capture.display().to_string(),
            world,
            settings,
            person,
        }
    }

    fn settings(&self) -> Vec<(&str, &str)> {
        let each = self.settings.iter();
        each.map(|(name, value)| (*name, value.as_str())).collect()
    }

    /// Runs a command with `--json`.
    async fn run(&self, arguments: &[&str]) -> RunOutput {
        ctl(&self.settings(), &[arguments, &["--json"]].concat()).await
    }

    /// Returns the commands that only look, with the names of their files.
    fn looks(&self) -> Vec<(&'static str, Vec<&str>)> {
        vec![
            ("migrate", vec!["migrate"]),
            ("keys_status", vec!["keys", "status"]),
            ("keys_rotate_dry_run", vec!["keys", "rotate", "--dry-run"]),
            ("dead_list", vec!["dead", "list"]),
            ("dead_show", vec!["dead", "show", &self.letter]),
            (
                "dead_discard_dry_run",
                vec!["dead", "discard", "--all", "--dry-run"],
            ),
            ("explain", vec!["explain", &self.login]),
            ("lint", vec!["lint", &self.capture]),
            ("import_dry_run", vec!["import", &self.people, "--dry-run"]),
            ("audit_export", vec!["audit", "export", "--log", "login"]),
            ("audit_verify", vec!["audit", "verify"]),
            ("audit_verify_file", vec!["audit", "verify", &self.trail]),
            ("audit_drop_dry_run", vec!["audit", "drop", "--dry-run"]),
            ("completions", vec!["completions", "fish"]),
            ("man", vec!["man"]),
            ("show_config", vec!["--show-config"]),
        ]
    }

    /// Checks that no account of a URL, no key and no imported secret is in the output.
    fn hides_secrets_in(&self, name: &str, said: &RunOutput) {
        let keyring = self.world.folder().join("keyring.json");
        let keyring = std::fs::read_to_string(keyring).expect("a keyring");
        let keyring: Value = serde_json::from_str(&keyring).expect("JSON");
        let key = keyring["keys"]["test"].as_str().expect("a key");
        let urls = self
            .settings
            .iter()
            .filter(|(name, _)| name.ends_with("_URL"));
        let accounts = urls.map(|(_, url)| {
            let (_, rest) = url.split_once("://").expect("a URL");
            rest.split_once('@').expect("an account").0
        });
        for secret in accounts.chain([key, SECRET]) {
            let is_shown = said.out.contains(secret) || said.err.contains(secret);
            assert!(!is_shown, "{name} shows a secret");
        }
    }

    /// Replaces what differs from run to run by its kind.
    fn normal(&self, member: &str, value: &Value) -> Value {
        match value {
            Value::Object(members) => {
                let each = members.iter();
                let normal = each.map(|(name, value)| (name.clone(), self.normal(name, value)));
                Value::Object(normal.collect())
            }
            Value::Array(items) => items.iter().map(|item| self.normal(member, item)).collect(),
            Value::Number(_) if COUNTED.contains(&member) => json!("<number>"),
            // The manual and the completions have tests of their own.
            Value::String(_) if member == "text" => json!("<text>"),
            Value::String(string) => self.words(string).into(),
            other => other.clone(),
        }
    }

    fn words(&self, string: &str) -> String {
        let folder = self.world.folder().display().to_string();
        let named = string
            .replace(&self.person.user, "<user>")
            .replace(&self.person.session, "<session>")
            .replace(&self.person.tenant, "<institution>")
            .replace(&folder, "<folder>");
        let mut before = "";
        let each = named.split_inclusive([' ', ',', ';']).map(|word| {
            let end = word.trim_end_matches([' ', ',', ';']);
            let normal = normal_word(end, before);
            before = end;
            format!("{normal}{}", &word[end.len()..])
        });
        each.collect()
    }
}

/// One message of each kind that `lint` tells apart.
fn capture_of_all() -> String {
    let right = crate::lint::login();
    let mut wrong = right.clone();
    wrong["data"]["ip"] = SECRET.into();
    wrong["data"]["colour"] = SECRET.into();
    let outcome = json!({ "type": "login.accepted.v1", "source": "/twofactor/login" });
    format!("{right}\n{wrong}\n{{\"id\": {SECRET}\n{outcome}\n")
}

/// Members whose numbers depend on what else happened in the world.
const COUNTED: [&str; 11] = [
    "seq",
    "from_seq",
    "to_seq",
    "rows",
    "values",
    "resealed",
    "left",
    "seals",
    "unsealed",
    "begins_after",
    "length",
];

fn normal_word<'a>(word: &'a str, before: &str) -> &'a str {
    let is_number = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
    if word.parse::<Uuid>().is_ok() {
        "<id>"
    } else if word.parse::<Timestamp>().is_ok() {
        "<moment>"
    } else if word.len() == 64 && word.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        "<digest>"
    } else if is_number && before == "seq" {
        "<seq>"
    } else if word.contains('.') && word.parse::<f64>().is_ok() {
        "<seconds>"
    } else {
        word
    }
}

fn golden(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/commands/golden");
    folder.join(format!("{name}.json"))
}

#[expect(
    clippy::disallowed_methods,
    reason = "a person asks for it, no setting"
)]
fn is_to_be_written() -> bool {
    std::env::var_os("GOLDEN").is_some_and(|value| value == "write")
}

/// Compares what was said with its file.
fn compare(stage: &Stage, name: &str, said: &RunOutput) {
    let lines = said.out.lines().map(serde_json::from_str);
    let objects: Result<Vec<Value>, _> = lines.collect();
    let objects = objects.expect("lines of JSON");
    // An export has its schema in the first line, since its rows stay as they are sealed.
    assert_eq!(objects[0]["schema"], 1, "{name}: {}", said.err);
    stage.hides_secrets_in(name, said);
    let normal: Value = objects
        .iter()
        .map(|object| stage.normal("", object))
        .collect();
    let string = serde_json::to_string_pretty(&normal).expect("JSON") + "\n";
    let path = golden(name);
    if is_to_be_written() {
        std::fs::write(&path, &string).expect("a file");
    }
    let file = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(string, file, "{name}: {}", said.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn json_is_as_promised_and_the_same_at_a_terminal() {
    let stage = Stage::set().await;
    let export = ctl(&stage.settings(), &["audit", "export"]).await;
    std::fs::write(&stage.trail, export.out).expect("a file");
    compare(&stage, "audit_seal", &stage.run(&["audit", "seal"]).await);
    for (name, arguments) in stage.looks() {
        let said = stage.run(&arguments).await;
        compare(&stage, name, &said);
        let arguments = [&arguments[..], &["--json"]].concat();
        let seen = Terminal::run(&stage.settings(), &arguments).ends().await;
        assert_eq!((seen.code, &seen.out), (said.code, &said.out), "{name}");
    }
    for (name, arguments) in [
        ("keys_rotate", &["keys", "rotate", "--yes"][..]),
        ("dead_discard", &["dead", "discard", &stage.letter, "--yes"]),
        ("import", &["import", &stage.people, "--yes"]),
        ("audit_drop", &["audit", "drop", "--yes"]),
    ] {
        compare(&stage, name, &stage.run(arguments).await);
    }
}
