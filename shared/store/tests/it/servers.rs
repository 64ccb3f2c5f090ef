//! The choice of the server: the fit primary, whichever host it is, and no other.

use std::path::Path;
use std::time::{Duration, Instant};

use tokio::net::TcpListener;
use twofactor_rules::Change;
use twofactor_rules::keys::Sealed;
use twofactor_store::{Fate, SCHEMA, Store, StoreError, drop_months, migrate};
use twofactor_testkit::OwnPostgres;

use crate::cast::{changed, commit, needs, sealed, user};

async fn own(name: &str) -> OwnPostgres {
    let parent = Path::new(env!("CARGO_TARGET_TMPDIR"));
    OwnPostgres::start(parent, name).await.expect("a server")
}

fn store(url: &str) -> Store {
    Store::new(url, 2).expect("a URL")
}

/// One batch that writes.
async fn work(store: &Store) -> Result<(), StoreError> {
    let ann = user("ann");
    let mut turn = store.begin(&needs([&ann])).await?;
    let at = turn.draft.now;
    let counted = vec![Change::CountLoginFailure { at }];
    turn.draft.change(&changed(&ann, counted));
    commit(turn).await
}

/// Everything else that writes.
async fn every_other_way(store: &Store, url: &str) -> Vec<(&'static str, StoreError)> {
    let ann = user("ann");
    let spacing = Duration::ZERO;
    let keep = jiff::SignedDuration::from_hours(24);
    let key = sealed(1);
    let other: Sealed = sealed(2);
    let migrated = migrate(url).await.expect_err("it cannot migrate");
    let migrated = match migrated {
        twofactor_store::MigrateError::Store(error) => error,
        other => panic!("{other}"),
    };
    let mut reseal = |_, _: &_, _: &_| Ok(sealed(3));
    let again = |result: Result<(), StoreError>| result.expect_err("it cannot write");
    vec![
        ("seal", again(store.seal(spacing).await.map(drop))),
        ("sweep", again(store.sweep().await.map(drop))),
        (
            "keep_seal_broadcast",
            again(store.keep_seal_broadcast(1).await),
        ),
        ("hash_key", again(store.hash_key(&key).await.map(drop))),
        (
            "reseal_hash_key",
            again(store.reseal_hash_key(&key, &other).await.map(drop)),
        ),
        (
            "reseal_users",
            again(
                store
                    .reseal_users(&[ann], "k2", &mut reseal)
                    .await
                    .map(drop),
            ),
        ),
        ("record_run", again(store.record_run("a", "b", "c").await)),
        (
            "key_rows",
            again(store.shared_key_rows(spacing, spacing).await.map(drop)),
        ),
        ("clock", again(store.clock().await.map(drop))),
        ("standing", again(store.standing().await)),
        ("drop_months", again(drop_months(url, keep).await.map(drop))),
        ("migrate", migrated),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standby_is_waited_for_until_it_is_the_primary() {
    let server = own("store-standby").await;
    let store = store(&server.url());
    work(&store).await.expect("a primary is worked with");
    assert_eq!(store.standing().await, Ok(()));
    server.become_standby().expect("a standby");
    // The first finds its connection closed, the second meets the standby.
    let _ = work(&store).await;
    let error = work(&store).await.expect_err("a standby takes nothing");
    assert_eq!(error.fate(), Fate::Wait, "{error}");
    assert!(error.to_string().contains("in recovery"), "{error}");
    assert!(error.is_unreachable(), "{error}");
    for (way, error) in every_other_way(&store, &server.url()).await {
        assert_eq!(error.fate(), Fate::Wait, "{way}: {error}");
        assert!(error.to_string().contains("in recovery"), "{way}: {error}");
    }
    assert_eq!(store.connections().open, 0, "none of them is kept");
    let reader = Store::of_reader(&server.url()).expect("a URL");
    reader.verify_seals().await.expect("a standby may be read");
    server.promote().expect("it is promoted");
    work(&store).await.expect("a primary is worked with");
    assert_eq!(store.standing().await, Ok(()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_turns_read_only_is_noticed_by_connections_that_are_open() {
    let server = own("store-read-only").await;
    let store = store(&server.url());
    work(&store).await.expect("it takes writes");
    let set = |value: &str| {
        let sql = format!(
            "alter system set default_transaction_read_only = {value}; select pg_reload_conf()"
        );
        // As the server's administrator, whom the setting would stop too.
        server
            .run(&format!("set transaction_read_only = off; {sql}"))
            .expect("it is set");
    };
    set("on");
    let error = loop {
        // The server reads its settings anew when it gets to it.
        match work(&store).await {
            Ok(()) => tokio::time::sleep(Duration::from_millis(20)).await,
            Err(error) => break error,
        }
    };
    assert_eq!(error.fate(), Fate::Wait, "{error}");
    assert!(error.to_string().contains("read-only"), "{error}");
    assert_eq!(store.connections().open, 0, "it is not kept");
    for (way, error) in every_other_way(&store, &server.url()).await {
        assert_eq!(error.fate(), Fate::Wait, "{way}: {error}");
        assert!(error.to_string().contains("read-only"), "{way}: {error}");
    }
    set("off");
    while let Err(error) = work(&store).await {
        assert_eq!(error.fate(), Fate::Wait, "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_primary_of_several_hosts_is_found_whichever_comes_first() {
    let one = own("store-host-1").await;
    let two = own("store-host-2").await;
    for server in [&one, &two] {
        let role = format!(
            "create role either superuser login password '{}'",
            one.password()
        );
        server.run(&role).expect("a role with one password on both");
    }
    let url = |hosts: [u16; 2]| {
        format!(
            "postgres://either:{}@127.0.0.1:{},127.0.0.1:{}/twofactor\
             ?target_session_attrs=read-write",
            one.password(),
            hosts[0],
            hosts[1],
        )
    };
    one.become_standby().expect("a standby");
    let orders = [[one.port(), two.port()], [two.port(), one.port()]];
    let stores = orders.map(|hosts| store(&url(hosts)));
    for store in &stores {
        work(store).await.expect("the second is the primary");
    }
    assert_eq!(failures(&two), "2");
    two.become_standby().expect("a standby");
    for store in &stores {
        let _ = work(store).await;
        let error = work(store).await.expect_err("there is no primary");
        assert!(error.to_string().contains("in recovery"), "{error}");
    }
    one.promote().expect("it is promoted");
    for store in &stores {
        work(store).await.expect("the first is the primary");
    }
    assert_eq!(failures(&one), "2");
    two.stop().expect("it stops");
    migrate(&url(orders[1]))
        .await
        .expect("the other is migrated");
}

fn failures(server: &OwnPostgres) -> String {
    let sql = "select login_failures from twofactor.users where user_id = 'ann'";
    server.run(sql).expect("a count")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_takes_connections_and_never_answers_does_not_block_the_next() {
    let server = own("store-frozen-host").await;
    let frozen = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!(
        "postgres://postgres:{}@127.0.0.1:{},127.0.0.1:{}/twofactor",
        server.password(),
        frozen.local_addr().expect("an address").port(),
        server.port(),
    );
    let store = store(&url);
    let begun = Instant::now();
    work(&store).await.expect("the second serves");
    assert!(
        begun.elapsed() < Duration::from_secs(9),
        "{:?}",
        begun.elapsed()
    );
    let begun = Instant::now();
    // Two at once, so that a second connection is opened.
    let (first, second) = tokio::join!(store.clock(), store.clock());
    first.and(second).expect("they are answered");
    assert!(
        begun.elapsed() < Duration::from_secs(3),
        "it is asked first"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_another_encoding_is_refused_in_a_sentence() {
    let server = own("store-latin1").await;
    server
        .run(
            "create database latin encoding 'LATIN1' lc_collate 'C' lc_ctype 'C' \
             template template0",
        )
        .expect("a database");
    let url = server.url().replace("/twofactor", "/latin");
    let migrated = migrate(&url).await.expect_err("it is not migrated");
    let worked = store(&url)
        .clock()
        .await
        .expect_err("it is not worked with");
    for sentence in [migrated.to_string(), worked.to_string()] {
        assert!(sentence.contains("encoding LATIN1"), "{sentence}");
        assert!(sentence.contains("encoding 'UTF8'"), "{sentence}");
    }
    assert_eq!(worked.fate(), Fate::Wait);
    let tables = "select count(*) from pg_namespace where nspname in ('twofactor', 'audit')";
    let url = url.replace("/latin", "/latin?application_name=look");
    let (client, driver) = tokio_postgres::connect(&url, tokio_postgres::NoTls)
        .await
        .expect("a connection");
    tokio::spawn(driver);
    let found: i64 = client.query_one(tables, &[]).await.expect("a count").get(0);
    assert_eq!(found, 0, "nothing was made");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_names_what_does_not_fit() {
    let server = own("store-unfit").await;
    server.run("create database empty").expect("a database");
    let url = server.url();
    let table = [
        (
            url.replace("/twofactor", "/empty"),
            "the schema is version 0",
        ),
        (
            url.replace("/twofactor", "/nowhere"),
            "check the database name",
        ),
        (
            url.replace(server.password(), "wrong"),
            "check the user and the password",
        ),
        (
            url.replace("/twofactor", "/twofactor?sslmode=require"),
            "has TLS",
        ),
        (
            "postgres://u:p@127.0.0.1:1/d".to_owned(),
            "the database is away",
        ),
    ];
    for (url, sentence) in table {
        let error = store(&url).standing().await.expect_err("it does not fit");
        assert_eq!(error.fate(), Fate::Wait, "{error}");
        assert!(error.to_string().contains(sentence), "{error}");
    }
    let newest = "delete from twofactor.schema_history where version = ";
    server
        .run(&format!("{newest}{SCHEMA}"))
        .expect("an old schema");
    let error = store(&url).standing().await.expect_err("it is too old");
    let sentence = format!("the schema is version {}", SCHEMA - 1);
    assert!(error.to_string().contains(&sentence), "{error}");
}
