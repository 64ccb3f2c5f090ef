//! Descriptions of the metrics, for the `# HELP` lines of `/metrics`.

use metrics::{describe_counter, describe_gauge, describe_histogram};

use super::names::{
    BATCH, BLOCKED, BUILD, CERTIFICATE, CONNECTIONS, CONSUMING, DEAD, DEAD_LOST, DECLINED,
    DUPLICATES, EVENT_AGE, EVENT_SECONDS, EVENTS, ISOLATED, KEY_HELD, KEY_ROWS, OLDEST,
    REDELIVERIES, SEAL_AGE, SKEW, TEXT_SECONDS, TEXTS, TOTP_OFFSET, UNROUTABLE,
};

/// Describes every metric.
pub(super) fn all() {
    counters();
    histograms();
    gauges();
}

fn counters() {
    describe_counter!(EVENTS, "Events that were decided, by outcome.");
    describe_counter!(DUPLICATES, "Events that were answered as before.");
    describe_counter!(
        REDELIVERIES,
        "Deliveries that the broker had delivered before."
    );
    describe_counter!(TEXTS, "Calls of the provider of texts, by result.");
    describe_counter!(TOTP_OFFSET, "Steps of 30 s that a TOTP code was off.");
    describe_counter!(DEAD, "Messages that were set aside in the dead queue.");
    describe_counter!(
        UNROUTABLE,
        "Replies that were given up: declined, returned, not confirmed, or refused by the broker."
    );
    describe_counter!(
        DECLINED,
        "Broadcasts that a queue declined or that were not confirmed in time."
    );
    describe_counter!(
        DEAD_LOST,
        "Messages that were refused and whose dead letter could not be published."
    );
    describe_counter!(
        ISOLATED,
        "Deliveries that broke every connection and were set aside."
    );
}

fn histograms() {
    describe_histogram!(
        EVENT_SECONDS,
        "Seconds from a delivery to its acknowledgement."
    );
    describe_histogram!(EVENT_AGE, "Seconds from the event's time to its decision.");
    describe_histogram!(BATCH, "Events in one transaction.");
    describe_histogram!(TEXT_SECONDS, "Seconds that a call of the provider took.");
}

fn gauges() {
    describe_gauge!(
        CONSUMING,
        "1 if an event that is published now would be answered, else 0."
    );
    describe_gauge!(
        OLDEST,
        "Seconds since a batch took the oldest unacknowledged event; 0 if there is none."
    );
    describe_gauge!(
        BLOCKED,
        "1 while the broker blocks publishing because its memory or its disk runs out, else 0."
    );
    describe_gauge!(
        SKEW,
        "Seconds that this machine's clock is ahead of the database's."
    );
    describe_gauge!(
        SEAL_AGE,
        "Age in seconds of the oldest unsealed row of the trail; 0 if all are sealed."
    );
    describe_gauge!(
        KEY_ROWS,
        "Values that are sealed under a key of the keyring."
    );
    describe_gauge!(KEY_HELD, "1 for each key that the keyring holds.");
    describe_gauge!(
        CONNECTIONS,
        "Connections to the database that are open, in use, and waited for."
    );
    describe_gauge!(
        CERTIFICATE,
        "When the first certificate of a peer's chain ends, in seconds since 1970."
    );
    describe_gauge!(
        BUILD,
        "The version that runs, and the schema that it needs."
    );
}
