//! Dangerous commands at a terminal: they name the target and the count, take no for an answer,
//! and when they are interrupted they say how to go on, which then works.

use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt;

use twofactor_contract::Service;
use twofactor_testkit::{Institution, Role, World};

use crate::terminal::Terminal;
use crate::{ctl, set_aside};

const SECRET: &str = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";

/// A world with a file of so many people, and the settings of every command.
struct ImportWorld {
    world: World,
    settings: Vec<(&'static str, String)>,
    file: String,
}

impl ImportWorld {
    async fn with_people(count: usize) -> Self {
        let world = World::start().await.expect("a world");
        let institution = Institution::strict(&world.crm).await.expect("a policy");
        let tenant = &institution.id;
        let mut content = String::new();
        for at in 0..count {
            let _ = writeln!(
                content,
                r#"{{"tenant_id": "{tenant}", "user_id": "import-{at}", "totp": {{"secret": "{SECRET}", "set_up_at": "2024-09-01T08:00:00Z"}}}}"#
            );
        }
        let file = world.folder().join("people.jsonl");
        std::fs::write(&file, content).expect("a file");
        let keyring = world.folder().join("keyring.json").display().to_string();
        let settings = vec![
            ("DATABASE_URL", world.database.url(Role::Owner)),
            ("AMQP_URL", world.vhost.url("operator")),
            ("KEYRING_FILE", keyring),
        ];
        let file = file.display().to_string();
        Self {
            world,
            settings,
            file,
        }
    }

    fn settings(&self) -> Vec<(&str, &str)> {
        let each = self.settings.iter();
        each.map(|(name, value)| (*name, value.as_str())).collect()
    }

    fn terminal(&self, arguments: &[&str]) -> Terminal {
        Terminal::run(&self.settings(), arguments)
    }

    async fn count(&self, sql: &str) -> i64 {
        let owner = self.world.database.connect(Role::Owner).await;
        owner.query_one(sql, &[]).await.expect("a row").get(0)
    }

    /// Returns the name of the database, which every URL ends with.
    fn database(&self) -> String {
        let url = self.world.database.url(Role::Owner);
        let name = url.rsplit('/').next().expect("a name");
        name.split('?').next().expect("a name").to_owned()
    }
}

const IMPORTED: &str = "select count(*) from twofactor.users where totp_secret is not null";
const RUNS: &str = "select count(*) from audit.operator_log where command <> 'migrate'";

#[tokio::test(flavor = "multi_thread")]
async fn target_and_count_are_named_and_no_is_an_answer() {
    let fixture = ImportWorld::with_people(3).await;
    let institution = Institution::strict(&fixture.world.crm).await;
    let stranger = institution.expect("a policy").person().login();
    let wrong = stranger.with_data("ip", "nowhere".into());
    fixture.world.crm.ask(&wrong).await.expect("an outcome");
    set_aside(&fixture.world, Service::Login, 1).await;
    let target = format!("database {} at 127.0.0.1", fixture.database());
    let import = ["import", fixture.file.as_str()];
    let keyring = fixture.world.folder().join("keyring.json");
    let table: [(&[&str], String); 3] = [
        (
            &import,
            format!(
                "3 people of {} will be imported into the {target}",
                fixture.file
            ),
        ),
        (
            &["keys", "rotate"],
            format!("1 value of the {target} will be sealed anew under z."),
        ),
        (
            &["dead", "discard", "--all"],
            "1 letter of the broker at 127.0.0.1".to_owned(),
        ),
    ];
    for (arguments, question) in table {
        if arguments[0] == "keys" {
            let content = std::fs::read_to_string(&keyring).expect("a keyring");
            let mut keys: serde_json::Value = serde_json::from_str(&content).expect("JSON");
            keys["keys"]["z"] = crate::base64(&[7; 32]).into();
            keys["current"] = "z".into();
            std::fs::write(&keyring, keys.to_string()).expect("a file");
        }
        let mut terminal = fixture.terminal(arguments);
        terminal.shows(&question).await;
        terminal.shows("Go on? [y/N] ").await;
        terminal.types("n");
        let said = terminal.ends().await;
        assert_eq!((said.code, said.out.as_str()), (130, ""), "{}", said.err);
        assert!(
            said.err.ends_with("Nothing was changed, as asked.\n"),
            "{}",
            said.err
        );

        let said = ctl(&fixture.settings(), arguments).await;
        assert_eq!((said.code, said.out.as_str()), (2, ""), "{}", said.err);
        assert!(said.err.contains(&question), "{}", said.err);
        assert!(said.err.contains("give --yes"), "{}", said.err);
    }
    assert_eq!(fixture.count(IMPORTED).await + fixture.count(RUNS).await, 0);

    let mut terminal = fixture.terminal(&import);
    terminal.shows("Go on? [y/N] ").await;
    terminal.types("y");
    let said = terminal.ends().await;
    assert_eq!(said.code, 0, "{}", said.err);
    assert_eq!(said.out, "3 people imported; 0 already were.\n");
    assert_eq!(fixture.count(IMPORTED).await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_import_or_rotation_goes_on_by_the_command_that_it_prints() {
    let fixture = ImportWorld::with_people(20_000).await;
    let file = fixture.file.as_str();
    // While it asks.
    let mut terminal = fixture.terminal(&["import", file]);
    terminal.shows("Go on? [y/N] ").await;
    terminal.interrupts();
    let said = terminal.ends().await;
    assert_eq!((said.code, said.out.as_str()), (130, ""), "{}", said.err);
    assert!(
        said.err
            .ends_with(&format!("\n  twofactor-ctl import {file}\n")),
        "{}",
        said.err
    );
    assert_eq!(fixture.count(RUNS).await, 0);

    // While it works.
    let mut terminal = fixture.terminal(&["import", file, "--yes"]);
    terminal.shows("] people imported: ").await;
    terminal.interrupts();
    let said = terminal.ends().await;
    assert_eq!((said.code, said.out.as_str()), (130, ""), "{}", said.err);
    let again = format!("\n  twofactor-ctl import {file} --yes\n");
    assert!(said.err.ends_with(&again), "{}", said.err);
    let before = fixture.count(IMPORTED).await;
    assert!((1..20_000).contains(&before), "{before}");
    let said = ctl(&fixture.settings(), &["import", file, "--yes", "--json"]).await;
    let object = said.object(0);
    assert_eq!(object["already"], before);
    assert_eq!(object["imported"], 20_000 - before);
    assert_eq!(fixture.count(IMPORTED).await, 20_000);

    let keyring = fixture.world.folder().join("both.json");
    let content = std::fs::read_to_string(fixture.world.folder().join("keyring.json"));
    let mut keys: serde_json::Value =
        serde_json::from_str(&content.expect("a keyring")).expect("JSON");
    keys["keys"]["z"] = crate::base64(&[7; 32]).into();
    keys["current"] = "z".into();
    let keys = keys.to_string();
    std::fs::write(&keyring, keys).expect("a file");
    let private = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(&keyring, private).expect("rights");
    let url = fixture.world.database.url(Role::Owner);
    let keyring = keyring.display().to_string();
    let settings = [("DATABASE_URL", url.as_str()), ("KEYRING_FILE", &keyring)];
    let mut terminal = Terminal::run(&settings, &["keys", "rotate", "--yes"]);
    terminal.shows("] sealed anew: ").await;
    terminal.interrupts();
    let said = terminal.ends().await;
    assert_eq!((said.code, said.out.as_str()), (130, ""), "{}", said.err);
    let again = "\n  twofactor-ctl keys rotate --yes\n";
    assert!(said.err.ends_with(again), "{}", said.err);
    let said = ctl(&settings, &["keys", "rotate", "--yes", "--json"]).await;
    let object = said.object(0);
    assert_eq!(object["left"], 0);
    assert!(
        (1..20_000).contains(&object["resealed"].as_i64().expect("a count")),
        "{object}"
    );
}
