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

/// Columns that belong to no method or set-up, or that the table itself checks with the method.
const OF_NO_METHOD: [&str; 12] = [
    "tenant_id",
    "user_id",
    "first_login_at",
    "ever_set_up",
    "reset_since",
    "exempt_until",
    "login_failures",
    "login_failed_at",
    "confirm_failures",
    "confirm_failed_at",
    "totp_spent_steps",
    "backup_spent",
];

/// A column that is new and forgotten in the trigger would be checked at insertions alone.
#[tokio::test]
async fn a_change_of_any_column_of_a_method_is_checked() {
    let database = Database::create().await;
    let unchecked = "select count(*) from pg_attribute
        where attrelid = 'twofactor.users'::regclass and attnum > 0 and not attisdropped
            and attname <> all ($1) and not attnum = any (
                (select tgattr from pg_trigger where tgname = 'users_methods')::int2[])";
    let names = OF_NO_METHOD.as_slice();
    assert_eq!(database.count(unchecked, &[&names]).await, 0);
    let exempted = "select count(*) from pg_attribute
        where attrelid = 'twofactor.users'::regclass and attname = any ($1) and not attnum = any (
            (select tgattr from pg_trigger where tgname = 'users_methods')::int2[])";
    assert_eq!(database.count(exempted, &[&names]).await, 12);
}

/// The order of a locale changes with an upgrade of the system's C library, and the index is wrong then.
#[tokio::test]
async fn no_index_is_ordered_by_a_locale() {
    let database = Database::create().await;
    let by_locale = "select count(*) from pg_index, unnest(indcollation) as ordering
        where indrelid::regclass::text ~ '^(twofactor|audit)[.]'
            and ordering not in (0, '\"C\"'::regcollation)";
    assert_eq!(database.count(by_locale, &[]).await, 0);
    let by_bytes = by_locale.replace("not in (0, '\"C\"'", "in ('\"C\"'");
    assert!(database.count(&by_bytes, &[]).await > 20);
}
