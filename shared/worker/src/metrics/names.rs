//! Names of all metrics. Dashboards and alerts rely on them.

pub const EVENTS: &str = "twofactor_events_total";
pub const EVENT_SECONDS: &str = "twofactor_event_seconds";
pub const EVENT_AGE: &str = "twofactor_event_age_seconds";
pub const BATCH: &str = "twofactor_batch_events";
pub const DUPLICATES: &str = "twofactor_duplicates_total";
pub const REDELIVERIES: &str = "twofactor_redeliveries_total";
pub const TEXTS: &str = "twofactor_sms_total";
pub const TEXT_SECONDS: &str = "twofactor_sms_seconds";
pub const TOTP_OFFSET: &str = "twofactor_totp_step_offset_total";
pub const DEAD: &str = "twofactor_dead_total";
pub const UNROUTABLE: &str = "twofactor_replies_unroutable_total";
pub const DECLINED: &str = "twofactor_broadcasts_declined_total";
pub const DEAD_LOST: &str = "twofactor_dead_letters_lost_total";
pub const ISOLATED: &str = "twofactor_deliveries_isolated_total";
pub const OLDEST: &str = "twofactor_oldest_event_seconds";
pub const BLOCKED: &str = "twofactor_broker_blocked";
pub const CONSUMING: &str = "twofactor_consuming";
pub const SKEW: &str = "twofactor_clock_skew_seconds";
pub const SEAL_AGE: &str = "twofactor_seal_age_seconds";
pub const KEY_ROWS: &str = "twofactor_key_rows";
pub const KEY_HELD: &str = "twofactor_key_held";
pub const CONNECTIONS: &str = "twofactor_db_connections";
pub const CERTIFICATE: &str = "twofactor_certificate_expiry_timestamp_seconds";
pub const BUILD: &str = "twofactor_build_info";
