//! Every statement, each in a file named after what it does. It knows no parameters and no rows.

/// Statement and its name, which errors show.
#[derive(Debug)]
pub(crate) struct Sql {
    pub name: &'static str,
    pub text: &'static str,
}

/// Declares a list of statements, each with the text of the file of its name.
macro_rules! sql {
    ($(#[$about:meta])+ $list:ident: $($constant:ident = $name:literal;)+) => {
        $(pub(crate) static $constant: Sql =
            Sql { name: $name, text: include_str!(concat!("../sql/", $name, ".sql")) };)+

        $(#[$about])+
        pub(crate) static $list: &[&Sql] = &[$(&$constant),+];
    };
}

sql! {
    /// Statements of workers: prepared once for each connection, so that no later round trip is
    /// lost.
    OF_WORKERS:
    LOCK = "lock";
    CLOCK = "clock";
    LOAD = "load";
    LOAD_TEXTS = "load_texts";
    LOAD_BROWSERS = "load_browsers";
    LOAD_NUMBER_OWNERS = "load_number_owners";
    LOAD_NUMBER_TEXTS = "load_number_texts";
    LOAD_REFUSALS = "load_refusals";
    WIPE_SECRETS = "wipe_secrets";
    VOID_TEXTS = "void_texts";
    DELETE_SESSIONS = "delete_sessions";
    DELETE_BROWSERS = "delete_browsers";
    DELETE_BROWSER = "delete_browser";
    UPSERT_POLICIES = "upsert_policies";
    UPSERT_USERS = "upsert_users";
    UPDATE_LOGINS = "update_logins";
    UPSERT_TEXTS = "upsert_texts";
    INSERT_SESSIONS = "insert_sessions";
    UPSERT_SESSIONS = "upsert_sessions";
    UPSERT_BROWSERS = "upsert_browsers";
    INSERT_ANSWERS = "insert_answers";
    SETTLE_ANSWERS = "settle_answers";
    INSERT_REFUSALS = "insert_refusals";
    INSERT_LOGIN_LOG = "insert_login_log";
    INSERT_SMS_LOG = "insert_sms_log";
    INSERT_ENROLLMENT_LOG = "insert_enrollment_log";
    INSERT_RESET_LOG = "insert_reset_log";
    INSERT_TEXT_LOG = "insert_text_log";
    INSERT_POLICY_LOG = "insert_policy_log";
    KEEP_HASH_KEY = "keep_hash_key";
    LOAD_HASH_KEY = "load_hash_key";
    SEAL = "seal";
    SEAL_AGE = "seal_age";
    LOAD_SEALS_TO_BROADCAST = "load_seals_to_broadcast";
    KEEP_SEAL_BROADCAST = "keep_seal_broadcast";
    SCHEMA_VERSION = "schema_version";
    BRING_BACK_POLICIES = "bring_back_policies";
    SWEEP_ANSWERS = "sweep_answers";
    SWEEP_REFUSALS = "sweep_refusals";
    SWEEP_SECRETS = "sweep_secrets";
    SWEEP_SESSIONS = "sweep_sessions";
    SWEEP_TEXTS = "sweep_texts";
    SWEEP_VOID_TEXTS = "sweep_void_texts";
    SWEEP_BROWSERS = "sweep_browsers";
}

sql! {
    /// Rare statements, and those of operators' commands: prepared at their first use, since a
    /// worker has no right to some of them.
    #[cfg(test)]
    OF_OPERATORS:
    CHECK_IMPORT = "check_import";
    CREATE_SCHEMA = "create_schema";
    DROP_MONTHS = "drop_months";
    EXPLAIN_CAUSE = "explain_cause";
    EXPLAIN_EVENT = "explain_event";
    EXPLAIN_FACTS = "explain_facts";
    EXPLAIN_LOGINS_AND_RESETS = "explain_logins_and_resets";
    EXPLAIN_OUTCOME = "explain_outcome";
    EXPLAIN_POLICY = "explain_policy";
    EXPLAIN_TEXT_BEFORE = "explain_text_before";
    EXPLAIN_TEXT_CALL = "explain_text_call";
    EXPORT_LINES = "export_lines";
    EXPORT_RANGE = "export_range";
    EXPORT_SEAL_LINES = "export_seal_lines";
    KEEP_KEY_ROWS = "keep_key_rows";
    KEY_ROWS = "key_rows";
    LIST_ANSWERS_TO_RESEAL = "list_answers_to_reseal";
    LIST_USERS_TO_RESEAL = "list_users_to_reseal";
    LOAD_KEY_ROWS = "load_key_rows";
    LOCK_KEY_ROWS = "lock_key_rows";
    LOCK_MIGRATIONS = "lock_migrations";
    MAKE_MONTHS = "make_months";
    OLD_MONTHS = "old_months";
    RECORD_MIGRATION = "record_migration";
    RECORD_RUN = "record_run";
    RESEAL_ANSWERS = "reseal_answers";
    RESEAL_HASH_KEY = "reseal_hash_key";
    VERIFY_SEALS = "verify_seals";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    fn all() -> impl Iterator<Item = &'static Sql> {
        OF_WORKERS.iter().chain(OF_OPERATORS).copied()
    }

    #[test]
    fn every_file_is_a_statement_that_is_declared_once() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("sql");
        let files = std::fs::read_dir(folder).expect("the folder is there");
        let files: BTreeSet<String> = files
            .map(|file| file.expect("a file").file_name().into_string())
            .map(|name| name.expect("a name in UTF-8"))
            .collect();
        let declared: Vec<String> = all().map(|sql| format!("{}.sql", sql.name)).collect();
        assert_eq!(declared.len(), files.len());
        assert_eq!(declared.into_iter().collect::<BTreeSet<_>>(), files);
    }

    #[test]
    fn no_statement_has_a_figure_of_the_rules() {
        for sql in all() {
            // The trail is kept by calendar months.
            let text = sql.text.replace("interval '1 month'", "a month");
            let has_interval = text.contains("interval '");
            assert!(!has_interval, "{}: make it a parameter", sql.name);
            let mut words = text.split_whitespace();
            while let Some(word) = words.next() {
                let is_figure = word == "limit"
                    && words
                        .next()
                        .is_some_and(|rows| rows != "1" && rows.starts_with(char::is_numeric));
                assert!(!is_figure, "{}: make its limit a parameter", sql.name);
            }
        }
    }
}
