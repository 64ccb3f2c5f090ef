//! Every example of the help is run as it stands, by a shell at a terminal.

use std::path::Path;

use tokio::process::Command;
use twofactor_contract::Service;
use twofactor_testkit::{Institution, Letter, ReplyPath, Role, World};

use crate::terminal::Terminal;
use crate::{ctl, set_aside};

/// Every command that does something, and the exit status of its example in the world below.
pub const COMMANDS: [(&[&str], i32); 16] = [
    (&[], 0),
    (&["migrate"], 0),
    (&["keys", "status"], 0),
    (&["keys", "rotate"], 0),
    (&["dead", "list"], 0),
    (&["dead", "show"], 0),
    (&["dead", "discard"], 0),
    (&["explain"], 0),
    (&["lint"], 0),
    // People would be imported.
    (&["import"], 1),
    (&["audit", "export"], 0),
    (&["audit", "seal"], 0),
    (&["audit", "verify"], 0),
    (&["audit", "drop"], 0),
    (&["completions"], 0),
    (&["man"], 0),
];

/// Returns the example that the long help of a command begins with.
pub async fn example(command: &[&str]) -> String {
    let said = ctl(&[], &[command, &["--help"]].concat()).await;
    assert_eq!(said.code, 0, "{command:?}");
    let mut lines = said.out.lines();
    assert_eq!(
        lines.next(),
        Some("Example:"),
        "{command:?} begins with its example"
    );
    let example = lines.next().expect("an example").trim().to_owned();
    let name = [&["twofactor-ctl"], command].concat().join(" ");
    assert!(example.starts_with(&name), "{example} is of {name}");
    example
}

#[tokio::test(flavor = "multi_thread")]
async fn every_example_runs_as_it_stands() {
    let world = World::start().await.expect("a world");
    let institution = Institution::strict(&world.crm).await.expect("a policy");
    let event_id = example(&["explain"]).await;
    let event_id = event_id.split(' ').nth(2).expect("an id");
    let login = institution.person().login().under(event_id).from("/crm");
    world.crm.ask(&login).await.expect("an outcome");
    // The id of a refusal is made of the bytes that were refused.
    let letter = Letter::new("login.attempted.v1", "{}");
    let sent = world.crm.send(&letter, &ReplyPath::None).await;
    sent.expect("it is sent");
    set_aside(&world, Service::Login, 1).await;

    let folder = tempfile::tempdir().expect("a folder");
    let tenant = &institution.id;
    let line = format!(
        r#"{{"tenant_id": "{tenant}", "user_id": "anna", "totp": {{"secret": "JBSWY3DPEHPK3PXP", "set_up_at": "2024-09-01T08:00:00Z"}}}}"#
    );
    std::fs::write(folder.path().join("people.jsonl"), line).expect("a file");
    let capture = crate::lint::login().to_string();
    std::fs::write(folder.path().join("capture.jsonl"), capture).expect("a file");
    std::fs::write(folder.path().join("trail.jsonl"), sealed(&world).await).expect("a file");
    for (command, code) in COMMANDS {
        let example = example(command).await;
        let mut terminal = Terminal::start(shell(&example, folder.path(), &world));
        // Whatever asks waits for it.
        terminal.types("y");
        let said = terminal.ends().await;
        assert_eq!(said.code, code, "{example}: {}{}", said.out, said.err);
        let is_told = !said.out.is_empty() || example.contains(" > ");
        assert!(is_told, "{example} says something");
    }
    for file in ["twofactor-ctl.bash", "twofactor-ctl.1"] {
        let content = std::fs::read_to_string(folder.path().join(file)).expect("a file");
        assert!(content.contains("rotate"), "{file}");
    }
}

/// Returns the trail as an export, with a seal over all of it.
async fn sealed(world: &World) -> String {
    let url = world.database.url(Role::Owner);
    let settings = [("DATABASE_URL", url.as_str())];
    assert_eq!(ctl(&settings, &["audit", "seal"]).await.code, 0);
    ctl(&settings, &["audit", "export"]).await.out
}

/// Returns a shell that knows the program and the settings, and nothing else.
fn shell(line: &str, folder: &Path, world: &World) -> Command {
    let program = Path::new(env!("CARGO_BIN_EXE_twofactor-ctl"));
    let path = program.parent().expect("a folder");
    let mut command = Command::new("/bin/bash");
    command.args(["-c", line]).current_dir(folder).env_clear();
    command
        .env("PATH", path)
        .env("DATABASE_URL", world.database.url(Role::Owner))
        .env("AMQP_URL", world.vhost.url("operator"))
        .env("KEYRING_FILE", world.folder().join("keyring.json"));
    command
}
