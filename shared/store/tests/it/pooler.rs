//! A real PgBouncer before the database: in session mode it serves, in every other it is refused in
//! a sentence, and nothing is written through it.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use twofactor_rules::Change;
use twofactor_stack::account::Account;
use twofactor_stack::programs;
use twofactor_store::{Fate, Store, StoreError, migrate};
use twofactor_testkit::OwnPostgres;

use crate::cast::{changed, commit, needs, user};

/// A PgBouncer, ended when it is dropped.
struct Pooler {
    program: Child,
    port: u16,
    _folder: TempDir,
}

impl Pooler {
    fn start(server: &OwnPostgres, settings: &str) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = free.local_addr().expect("an address").port();
        drop(free);
        let folder = TempDir::new().expect("a folder");
        let account = Account::unprivileged("postgres").expect("an account");
        let file = folder.path().join("pgbouncer.ini");
        let database = format!(
            "host=127.0.0.1 port={} dbname=twofactor user=postgres password={}",
            server.port(),
            server.password(),
        );
        let content = format!(
            "[databases]\ntwofactor = {database}\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
             listen_port = {port}\nunix_socket_dir =\nauth_type = any\n{settings}\n"
        );
        fs::write(&file, content).expect("a file");
        account.own(folder.path()).expect("its folder");
        account.own(&file).expect("its file");
        let pgbouncer = programs::pgbouncer().expect("PgBouncer is installed");
        let program = account
            .command(&pgbouncer, &file)
            .arg("--quiet")
            .arg(&file)
            .stdin(Stdio::null())
            .spawn()
            .expect("it starts");
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(10), "it listens");
            std::thread::sleep(Duration::from_millis(10));
        }
        Self {
            program,
            port,
            _folder: folder,
        }
    }

    fn url(&self) -> String {
        format!("postgres://postgres:any@127.0.0.1:{}/twofactor", self.port)
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

async fn work(store: &Store) -> Result<(), StoreError> {
    let ann = user("ann");
    let mut turn = store.begin(&needs([&ann])).await?;
    let at = turn.draft.now;
    let counted = vec![Change::CountLoginFailure { at }];
    turn.draft.change(&changed(&ann, counted));
    commit(turn).await
}

async fn own(name: &str) -> OwnPostgres {
    let parent = Path::new(env!("CARGO_TARGET_TMPDIR"));
    OwnPostgres::start(parent, name).await.expect("a server")
}

fn failures(server: &OwnPostgres) -> String {
    let sql = "select coalesce(sum(login_failures), 0) from twofactor.users";
    server.run(sql).expect("a count")
}

#[tokio::test(flavor = "multi_thread")]
async fn in_session_mode_it_serves() {
    let server = own("store-pooler-session").await;
    let pooler = Pooler::start(&server, "pool_mode = session");
    // Those of one worker, of another, and then of one that comes when the first is gone.
    for expected in ["2", "4"] {
        let stores = [(); 2].map(|()| Store::new(&pooler.url(), 3).expect("a URL"));
        for store in &stores {
            assert_eq!(store.standing().await, Ok(()));
            work(store).await.expect("it serves");
        }
        assert_eq!(failures(&server), expected);
    }
    migrate(&pooler.url()).await.expect("it migrates");
}

#[tokio::test(flavor = "multi_thread")]
async fn in_transaction_and_statement_mode_it_is_refused_and_nothing_is_written() {
    let server = own("store-pooler-others").await;
    let modes = [
        "pool_mode = transaction",
        "pool_mode = transaction\nignore_startup_parameters = options",
        "pool_mode = transaction\ndefault_pool_size = 1",
        "pool_mode = transaction\nserver_reset_query_always = 1",
        "pool_mode = statement",
    ];
    for mode in modes {
        let pooler = Pooler::start(&server, mode);
        let store = Store::new(&pooler.url(), 3).expect("a URL");
        for error in [
            work(&store).await.expect_err("it is refused"),
            store.standing().await.expect_err("it is refused"),
        ] {
            assert_eq!(error.fate(), Fate::Wait, "{mode}: {error}");
            assert!(
                error.to_string().contains("session mode"),
                "{mode}: {error}"
            );
        }
        migrate(&pooler.url()).await.expect_err("it is refused");
        assert_eq!(store.connections().open, 0, "{mode}: none is kept");
    }
    assert_eq!(failures(&server), "0");
    let locks = "select count(*) from pg_locks where locktype = 'advisory'";
    assert_eq!(
        server.run(locks).expect("a count"),
        "0",
        "no lock is left behind"
    );
}
