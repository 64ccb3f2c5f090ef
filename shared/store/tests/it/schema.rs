//! `migrations/schema.sql`, where the schema can be read, is what the migrations make; and what a row
//! must be.

use std::fs;
use std::path::Path;

use tokio_postgres::error::SqlState;
use twofactor_testkit::{Database, Role, schema};

#[tokio::test]
async fn the_generated_schema_is_that_of_the_migrations() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations/schema.sql");
    let written = fs::read_to_string(file).unwrap_or_default();
    let database = Database::create().await;
    let schema = schema::describe(&database.superuser_url()).await;
    assert!(
        schema.expect("it can be described") == written,
        "migrations/schema.sql is stale: run `cargo xtask schema`"
    );
}

#[tokio::test]
async fn a_method_is_there_with_all_that_belongs_to_it_or_not_at_all() {
    let database = Database::create().await;
    let client = database.connect(Role::Login).await;
    let insert = "insert into twofactor.users (tenant_id, user_id, ever_set_up, login_failures,
        confirm_failures, totp_secret, totp_set_up_at, totp_spent_steps)
        values ('t', 'u', true, 0, 0, '\\x00', now(), '{}')";
    client.execute(insert, &[]).await.expect("a whole method");
    for half in [
        "totp_secret = null",
        "totp_set_up_at = null",
        "totp_spent_steps = null",
        "number = '\\x00'",
        "number_lookup = sha256('')",
        "backup_hashes = sha256(''), backup_spent = 0",
        "backup_salt = sha256(''), backup_hashes = sha256(''), backup_spent = 0",
        "backup_spent = 0",
        "pending_totp_secret = '\\x00'",
        "pending_sms_text = gen_random_uuid()",
        "number = '\\x00', number_lookup = '\\x00', number_country = 'GB', sms_set_up_at = now()",
    ] {
        let update = format!("update twofactor.users set {half}");
        let error = client.execute(&update, &[]).await.expect_err(half);
        assert_eq!(error.code(), Some(&SqlState::CHECK_VIOLATION), "{half}");
    }
}
