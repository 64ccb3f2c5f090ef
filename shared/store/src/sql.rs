//! The statements, one file each, named after what they do.

/// A statement and its name, which errors show.
#[derive(Debug)]
pub(crate) struct Sql {
    pub name: &'static str,
    pub text: &'static str,
}

macro_rules! statements {
    ($($constant:ident = $name:literal;)+) => {
        $(pub(crate) static $constant: Sql =
            Sql { name: $name, text: include_str!(concat!("../sql/", $name, ".sql")) };)+

        /// All of them: prepared once for each connection, so that no later round trip is lost.
        pub(crate) static ALL: &[&Sql] = &[$(&$constant),+];
    };
}

statements! {
    LOCK = "lock";
    CLOCK = "clock";
    LOAD_POLICIES = "load_policies";
    LOAD_USERS = "load_users";
    LOAD_TEXTS = "load_texts";
    LOAD_BROWSERS = "load_browsers";
    LOAD_SESSIONS = "load_sessions";
    LOAD_NUMBER_OWNERS = "load_number_owners";
    LOAD_NUMBER_TEXTS = "load_number_texts";
    LOAD_ANSWERS = "load_answers";
    LOAD_REFUSALS = "load_refusals";
    WIPE_SECRETS = "wipe_secrets";
    DELETE_SESSIONS = "delete_sessions";
    DELETE_BROWSERS = "delete_browsers";
    DELETE_BROWSER = "delete_browser";
    UPSERT_POLICIES = "upsert_policies";
    UPSERT_USERS = "upsert_users";
    UPSERT_TEXTS = "upsert_texts";
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
    SWEEP_ANSWERS = "sweep_answers";
    SWEEP_REFUSALS = "sweep_refusals";
    SWEEP_SECRETS = "sweep_secrets";
    SWEEP_SESSIONS = "sweep_sessions";
    SWEEP_TEXTS = "sweep_texts";
    SWEEP_VOID_TEXTS = "sweep_void_texts";
    SWEEP_BROWSERS = "sweep_browsers";
}
