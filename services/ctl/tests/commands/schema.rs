//! A database whose schema this release does not know is refused by every command that needs one,
//! but for `migrate`, which a deployment runs that goes back a release.

use twofactor_testkit::{Database, Role};

use crate::{ctl, write_keyring};

#[tokio::test]
async fn an_older_or_a_newer_database_is_refused_with_a_sentence() {
    let older = Database::create_empty().await;
    let newer = later().await;
    let folder = tempfile::tempdir().expect("a folder");
    let keyring = folder.path().join("keyring.json");
    let file = folder.path().join("a.jsonl");
    write_keyring(&keyring, &["a"]);
    std::fs::write(&file, "").expect("a file");
    let keyring = keyring.display().to_string();
    let file = file.display().to_string();
    let table: [&[&str]; 8] = [
        &["keys", "status"],
        &["keys", "rotate", "--dry-run"],
        &["explain", "1"],
        &["import", &file],
        &["audit", "export"],
        &["audit", "verify"],
        &["audit", "seal"],
        &["audit", "drop", "--yes"],
    ];
    for arguments in table {
        for (database, sentence) in [
            (&older, "has schema 0, and this release needs"),
            (&newer, "has schema 99, and this release knows"),
        ] {
            let url = database.url(Role::Owner);
            let settings = [("DATABASE_URL", url.as_str()), ("KEYRING_FILE", &keyring)];
            let said = ctl(&settings, arguments).await;
            assert_eq!(
                (said.code, said.out.as_str()),
                (4, ""),
                "{arguments:?}: {}",
                said.err
            );
            assert!(said.err.contains(sentence), "{arguments:?}: {}", said.err);
        }
    }
}

#[tokio::test]
async fn migrate_leaves_the_schema_of_a_later_release_as_it_is() {
    let database = later().await;
    let url = database.url(Role::Owner);
    let said = ctl(&[("DATABASE_URL", url.as_str())], &["migrate"]).await;
    assert_eq!(said.code, 0, "{}", said.err);
    let sentence = "The database has schema 99, of a later release; the workers of this one run on \
        it as it is.\n";
    assert_eq!(said.out, sentence);
    let rows = "select count(*) from audit.operator_log where command = 'migrate'";
    let rows = database.count(rows, &[]).await;
    assert_eq!(rows, 1, "nothing was changed, so nothing is recorded");
}

/// Returns a database that a later release has migrated.
async fn later() -> Database {
    let database = Database::create().await;
    let owner = database.connect(Role::Owner).await;
    let later = "insert into twofactor.schema_history (version, name, applied_on, checksum)
        values (99, 'later', '2030-01-01T00:00:00Z', '0')";
    owner.execute(later, &[]).await.expect("the owner may");
    database
}
