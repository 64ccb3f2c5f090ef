//! `keys status` and `keys rotate`, at rest and while people log in.

use serde_json::{Value, json};
use tokio::sync::watch;
use twofactor_contract::Service;
use twofactor_testkit::{Authenticator, Database, Institution, Person, Role, World};

use crate::{RunOutput, ctl, write_keyring, write_keys};

async fn keys(url: &str, keyring: &str, arguments: &[&str]) -> RunOutput {
    let settings = [("DATABASE_URL", url), ("KEYRING_FILE", keyring)];
    ctl(&settings, &[&["keys"], arguments].concat()).await
}

/// Returns how many values are sealed under a key.
fn values(status: &RunOutput, key: &str) -> i64 {
    let objects = status.objects();
    let found = objects.iter().find(|object| object["key"] == key);
    found.map_or(0, |object| object["values"].as_i64().expect("a count"))
}

#[tokio::test]
async fn a_dry_run_counts_and_without_a_terminal_nothing_happens_unasked() {
    let database = Database::create().await;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("keyring.json");
    let keyring = path.to_str().expect("UTF-8");
    let url = database.url(Role::Owner);

    write_keyring(&path, &["a"]);
    let nobody = folder.path().join("nobody.jsonl");
    std::fs::write(&nobody, "").expect("a file");
    let settings = [("DATABASE_URL", url.as_str()), ("KEYRING_FILE", keyring)];
    let nobody = nobody.to_str().expect("UTF-8");
    // Makes the hash key, as the first worker would.
    let said = ctl(&settings, &["import", nobody]).await;
    assert_eq!(said.code, 0, "{}", said.err);
    let said = keys(&url, keyring, &["rotate", "--json"]).await;
    assert_eq!(said.object(0)["resealed"], 0);

    write_keyring(&path, &["a", "b"]);
    let said = keys(&url, keyring, &["rotate", "--dry-run", "--json"]).await;
    assert_eq!(said.object(1)["left"], 1, "the hash key");
    let said = keys(&url, keyring, &["rotate"]).await;
    assert_eq!(said.code, 2);
    assert!(said.err.contains("--yes"), "{}", said.err);

    write_keyring(&path, &["b"]);
    let said = keys(&url, keyring, &["status", "--json"]).await;
    assert_eq!(said.code, 1, "a key is missing: {}", said.out);
    let said = keys(&url, keyring, &["rotate", "--yes"]).await;
    assert_eq!(said.code, 2, "{}", said.err);
    assert!(said.err.contains("\"a\""), "{}", said.err);

    write_keyring(&path, &["a", "b"]);
    let said = keys(&url, keyring, &["rotate", "--yes", "--json"]).await;
    assert_eq!(said.object(0)["resealed"], 1);
    write_keyring(&path, &["b"]);
    let said = keys(&url, keyring, &["status", "--json"]).await;
    assert_eq!((said.code, values(&said, "b")), (0, 1));

    // Workers show what the rotation found, rather than what was counted before it.
    let kept = "select count(*) from twofactor.key_rows where keys = '{b}' and counts = '{1}'";
    assert_eq!(database.count(kept, &[]).await, 1);
    let owner = database.connect(Role::Owner).await;
    let rows = owner
        .query(
            "select detail from audit.operator_log where command = 'keys rotate'",
            &[],
        )
        .await
        .expect("the owner reads the trail");
    assert_eq!(rows.len(), 1, "runs that changed nothing are not recorded");
    assert_eq!(rows[0].get::<_, &str>(0), "to b, 1 value");
}

/// Restarts every worker, which then reads the keyring anew.
async fn restart(world: &mut World) {
    for mut worker in std::mem::take(&mut world.workers) {
        worker.terminate().await.expect("it finishes");
        world
            .add_worker(worker.service, &[])
            .await
            .expect("it starts again");
    }
}

/// Logs in with the code of this step, or of a step beside it if that one is spent.
async fn log_in(world: &World, person: &Person, app: &Authenticator) -> String {
    let mut reason = String::new();
    for steps in [0, 1, -1] {
        let login = person.anew().login_by_app(app, steps);
        let outcome = world.crm.ask(&login).await.expect("an outcome");
        if outcome.kind() == "login.accepted.v1" {
            return "accepted".to_owned();
        }
        outcome.str("reason").clone_into(&mut reason);
        assert_eq!(reason, "code_used", "nothing else may keep them out");
    }
    reason
}

/// Imports so many people that sealing their secrets anew takes longer than a login.
async fn import_many(world: &World, institution: &Institution) {
    let line = |at: usize| {
        json!({
            "tenant_id": institution.id, "user_id": format!("import-{at}"),
            "totp": { "secret": "JBSWY3DPEHPK3PXP", "set_up_at": "2024-09-01T08:00:00Z" },
        })
    };
    let lines: Vec<String> = (0..3_000).map(|at| line(at).to_string()).collect();
    let file = world.folder().join("many.jsonl").display().to_string();
    std::fs::write(&file, lines.join("\n")).expect("a file");
    let keyring = world.folder().join("keyring.json").display().to_string();
    let url = world.database.url(Role::Owner);
    let settings = [("DATABASE_URL", url.as_str()), ("KEYRING_FILE", &keyring)];
    let said = ctl(&settings, &["import", &file, "--yes"]).await;
    assert_eq!(said.code, 0, "{}", said.err);
}

/// Sets up so many people with an app.
async fn people_with_apps(
    world: &World,
    institution: &Institution,
    count: usize,
) -> Vec<(Person, Authenticator)> {
    let mut people = Vec::new();
    for _ in 0..count {
        let person = institution.person();
        let (app, _) = person.set_up_totp(&world.crm).await.expect("an app");
        people.push((person, app));
    }
    people
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_sealed_anew_while_people_log_in() {
    let mut world = World::start().await.expect("a world");
    let institution = Institution::strict(&world.crm).await.expect("a policy");
    let people = people_with_apps(&world, &institution, 40).await;
    let path = world.folder().join("keyring.json");
    import_many(&world, &institution).await;
    let old: Value =
        serde_json::from_slice(&std::fs::read(&path).expect("a keyring")).expect("JSON");
    let mut both = old["keys"].as_object().expect("keys").clone();
    both.insert("tomorrow".to_owned(), crate::base64(&[7; 32]).into());
    write_keys(&path, &both);
    restart(&mut world).await;

    let keyring = path.display().to_string();
    let url = world.database.url(Role::Owner);
    let before = keys(&url, &keyring, &["status", "--json"]).await;
    assert!(values(&before, "test") > 40, "{}", before.out);

    let (stop, stopped) = watch::channel(false);
    let logins = async {
        let mut accepted = 0;
        for (person, app) in people.iter().cycle() {
            let reason = log_in(&world, person, app).await;
            if *stopped.borrow() {
                break;
            }
            accepted += usize::from(reason == "accepted");
        }
        accepted
    };
    let rotation = async {
        let said = keys(&url, &keyring, &["rotate", "--yes", "--json"]).await;
        stop.send_replace(true);
        said
    };
    let (accepted, said) = tokio::join!(logins, rotation);
    assert!(accepted > 0, "nobody was let in meanwhile");
    let object = said.object(0);
    assert_eq!(object["left"], 0, "{}", said.err);
    assert!(object["resealed"].as_i64() > Some(3_000), "{object}");

    both.remove("test");
    write_keys(&path, &both);
    restart(&mut world).await;
    let after = keys(&url, &keyring, &["status", "--json"]).await;
    assert_eq!(
        (after.code, values(&after, "test")),
        (0, 0),
        "{}",
        after.out
    );
    let newcomer = institution.person();
    let (app, _) = newcomer.set_up_totp(&world.crm).await.expect("an app");
    assert_eq!(log_in(&world, &newcomer, &app).await, "accepted");
    let (person, app) = &people[0];
    let reason = log_in(&world, person, app).await;
    assert!(
        ["accepted", "code_used"].contains(&reason.as_str()),
        "{reason}"
    );
    assert!(
        world
            .workers
            .iter()
            .any(|worker| worker.service == Service::Login)
    );
}
