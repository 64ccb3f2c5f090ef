//! A database of its own for each test, copied from a template that is migrated once.
//!
//! The template's name carries a hash of the migrations, so a changed migration makes a new one.
//! Test processes that start together take turns under an advisory lock. Roles belong to the
//! whole server; their passwords are set under the same lock.

use std::net::IpAddr;

use tokio_postgres::config::Host;
use tokio_postgres::{Client, Config, NoTls};
use uuid::Uuid;

/// A role that connects to a test's database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The role that migrates and owns everything: no superuser.
    Owner,
    /// The login worker.
    Login,
    /// The worker of texts.
    Sms,
    /// The enrollment worker.
    Enrollment,
    /// The reset worker.
    Reset,
    /// The role that reads the trail.
    Auditor,
}

impl Role {
    /// The roles of the four workers.
    pub const WORKERS: [Self; 4] = [Self::Login, Self::Sms, Self::Enrollment, Self::Reset];

    /// Returns the name in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Owner => "twofactor_test_owner",
            Self::Login => "twofactor_login",
            Self::Sms => "twofactor_sms",
            Self::Enrollment => "twofactor_enrollment",
            Self::Reset => "twofactor_reset",
            Self::Auditor => "twofactor_auditor",
        }
    }
}

/// A private database, dropped at the end of the test.
#[derive(Debug)]
pub struct Database {
    name: String,
    server: Server,
}

impl Database {
    /// Returns a migrated database.
    pub async fn create() -> Self {
        let server = Server::from_env();
        let template = format!("twofactor_template_{}", twofactor_store::fingerprint());
        let super_user = server.connect().await;
        run(&super_user, &format!("select pg_advisory_lock({LOCK})")).await;
        prepare_owner(&super_user).await;
        if !is_template(&super_user, &template).await {
            make_template(&super_user, &server, &template).await;
        }
        run(&super_user, &format!("select pg_advisory_unlock({LOCK})")).await;
        Self::from(server, &super_user, &template).await
    }

    /// Returns a database without a table.
    pub async fn create_empty() -> Self {
        let server = Server::from_env();
        let super_user = server.connect().await;
        run(&super_user, &format!("select pg_advisory_lock({LOCK})")).await;
        prepare_owner(&super_user).await;
        run(&super_user, &format!("select pg_advisory_unlock({LOCK})")).await;
        Self::from(server, &super_user, EMPTY).await
    }

    /// Returns the URL for one of the roles.
    pub fn url(&self, role: Role) -> String {
        self.server.url(role.name(), PASSWORD, &self.name)
    }

    /// Returns the URL for the superuser.
    pub fn superuser_url(&self) -> String {
        self.server
            .url(&self.server.user, &self.server.password, &self.name)
    }

    /// Returns a connection of one of the roles.
    pub async fn connect(&self, role: Role) -> Client {
        connect(&self.url(role)).await
    }

    /// Returns a connection of the superuser.
    pub async fn connect_superuser(&self) -> Client {
        connect(&self.superuser_url()).await
    }

    async fn from(server: Server, super_user: &Client, template: &str) -> Self {
        let name = format!("twofactor_test_{}", Uuid::new_v4().simple());
        let owner = Role::Owner.name();
        run(
            super_user,
            &format!("create database {name} template {template} owner {owner}"),
        )
        .await;
        if template != EMPTY {
            // A copy has everything of its template but the rights on the database itself.
            run(
                super_user,
                &format!(
                    "revoke all on database {name} from public;
                     grant connect on database {name} to twofactor_worker, twofactor_auditor"
                ),
            )
            .await;
        }
        Self { name, server }
    }
}

impl Drop for Database {
    /// Best effort: a database that stays does no harm.
    fn drop(&mut self) {
        let url = self.server.url_of_superuser();
        let name = self.name.clone();
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            let Ok(runtime) = runtime else { return };
            runtime.block_on(async {
                if let Ok((client, connection)) = tokio_postgres::connect(&url, NoTls).await {
                    let running = tokio::spawn(connection);
                    let sql = format!("drop database if exists {name} with (force)");
                    drop(client.batch_execute(&sql).await);
                    drop(client);
                    drop(running.await);
                }
            });
        });
        drop(dropping.join());
    }
}

/// The template of a database without a table.
const EMPTY: &str = "template0";

/// The advisory lock of tests that make roles and templates.
const LOCK: i64 = 0x7465_7374;

/// The password of every role on a server that exists for tests alone.
const PASSWORD: &str = "test";

/// The server that `cargo xtask test` started.
#[derive(Debug)]
struct Server {
    host: String,
    port: u16,
    user: String,
    password: String,
}

impl Server {
    fn from_env() -> Self {
        let url = crate::environment::database_url().expect("tests have a database server");
        let config: Config = url
            .parse()
            .expect("TEST_DATABASE_URL is the URL of a database");
        let host = match config.get_hosts() {
            [Host::Tcp(name)] => match name.parse() {
                Ok(IpAddr::V6(address)) => format!("[{address}]"),
                _ => name.clone(),
            },
            other => panic!(
                "TEST_DATABASE_URL names one host by TCP, not {}",
                other.len()
            ),
        };
        let password = config.get_password().unwrap_or_default();
        Self {
            host,
            port: config.get_ports().first().copied().unwrap_or(5432),
            user: config.get_user().unwrap_or("postgres").to_owned(),
            password: String::from_utf8_lossy(password).into_owned(),
        }
    }

    fn url(&self, user: &str, password: &str, database: &str) -> String {
        let Self { host, port, .. } = self;
        format!(
            "postgres://{}:{}@{host}:{port}/{database}",
            encoded(user),
            encoded(password)
        )
    }

    fn url_of_superuser(&self) -> String {
        self.url(&self.user, &self.password, "postgres")
    }

    async fn connect(&self) -> Client {
        connect(&self.url_of_superuser()).await
    }
}

/// Percent-encodes characters that have a meaning in a URL.
fn encoded(value: &str) -> String {
    let encode = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    value.bytes().map(encode).collect()
}

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls)
        .await
        .expect("the test database accepts the role");
    // Ends when the client is dropped.
    tokio::spawn(connection);
    client
}

async fn run(client: &Client, sql: &str) {
    client
        .batch_execute(sql)
        .await
        .expect("the superuser may prepare databases");
}

async fn prepare_owner(super_user: &Client) {
    let owner = Role::Owner.name();
    let exists = super_user
        .query("select from pg_roles where rolname = $1", &[&owner])
        .await;
    if exists.expect("roles can be read").is_empty() {
        run(
            super_user,
            &format!("create role {owner} login createrole password '{PASSWORD}'"),
        )
        .await;
    }
}

async fn is_template(super_user: &Client, name: &str) -> bool {
    let sql = "select from pg_database where datname = $1 and datistemplate";
    let rows = super_user.query(sql, &[&name]).await;
    !rows.expect("databases can be read").is_empty()
}

/// The mark of a template is set last, so that an unfinished one is made again.
async fn make_template(super_user: &Client, server: &Server, name: &str) {
    let owner = Role::Owner.name();
    run(
        super_user,
        &format!("drop database if exists {name} with (force)"),
    )
    .await;
    run(
        super_user,
        &format!("create database {name} template template0 owner {owner}"),
    )
    .await;
    let url = server.url(owner, PASSWORD, name);
    twofactor_store::migrate(&url)
        .await
        .expect("an empty database can be migrated");
    for role in Role::WORKERS.into_iter().chain([Role::Auditor]) {
        run(
            super_user,
            &format!("alter role {} password '{PASSWORD}'", role.name()),
        )
        .await;
    }
    run(
        super_user,
        &format!("alter database {name} is_template true"),
    )
    .await;
}
