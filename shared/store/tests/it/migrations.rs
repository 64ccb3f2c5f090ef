//! Migrations: applied once, by several processes and in several databases of a server at once.

use futures::future::join_all;
use twofactor_store::{Fate, SCHEMA, Store, migrate};
use twofactor_testkit::{Database, Role};

use crate::cast::{Stage, needs, user};

#[tokio::test]
async fn a_second_run_finds_nothing_to_do() {
    let database = Database::create_empty().await;
    let url = database.url(Role::Owner);
    let store = Store::new(&url, 1).expect("a URL");
    assert_eq!(store.schema_version().await, Ok(0));
    assert_eq!(
        migrate(&url).await.expect("it migrates"),
        ["V1__state", "V2__trail", "V3__seals", "V4__retention"]
    );
    assert!(migrate(&url).await.expect("it migrates").is_empty());
    assert_eq!(store.schema_version().await, Ok(SCHEMA));
}

#[tokio::test]
async fn workers_read_the_schema_version() {
    let database = Database::create().await;
    for role in Role::WORKERS {
        let store = Store::new(&database.url(role), 1).expect("a URL");
        assert_eq!(store.schema_version().await, Ok(SCHEMA));
    }
}

#[tokio::test]
async fn several_may_migrate_one_database_and_several_databases_at_once() {
    let databases = join_all((0..3).map(|_| Database::create_empty())).await;
    let urls: Vec<_> = databases
        .iter()
        .map(|database| database.url(Role::Owner))
        .collect();
    let runs = urls.iter().chain(&urls).map(|url| migrate(url));
    let applied: Vec<_> = join_all(runs)
        .await
        .into_iter()
        .map(|run| run.expect("it migrates").len())
        .collect();
    let each = usize::try_from(SCHEMA).expect("a small number");
    assert_eq!(applied.iter().sum::<usize>(), 3 * each, "{applied:?}");
}

#[tokio::test]
async fn a_plan_older_than_a_migration_is_made_anew_and_the_batch_decided_again() {
    let stage = Stage::new().await;
    stage.play(&user("ann"), vec![]).await;
    let owner = stage.database.connect(Role::Owner).await;
    let narrow = "alter table twofactor.policies alter column set_by type varchar(200)";
    owner.batch_execute(narrow).await.expect("the owner may");
    let begun = stage.store.begin(&needs([&user("ann")])).await;
    let error = begun.err().expect("its plan is older");
    assert_eq!(error.fate(), Fate::DecideAgain, "{error}");
    assert_eq!(error.code(), Some("0A000"));
    let turn = stage.store.begin(&needs([&user("ann")])).await;
    turn.expect("a new connection has it anew")
        .roll_back()
        .await;
}
