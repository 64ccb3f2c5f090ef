//! The metrics for operators, with their labels and buckets.
//!
//! Labels come from closed sets alone: never a tenant, a user or a mobile number. This module knows
//! what is counted, not when: the name of each function says when to call it.

mod describe;
mod names;
mod preregister;

use std::collections::BTreeSet;
use std::time::Duration;

use metrics::{Histogram, Label, counter, gauge, histogram};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use twofactor_contract::{Event, RefusalReason, Service};
use twofactor_rules::trail::{Notes, TextCall};
use twofactor_store::Connections;

use names::{
    BATCH, BLOCKED, BUILD, CERTIFICATE, CONNECTIONS, CONSUMING, DEAD, DEAD_LOST, DECLINED,
    DUPLICATES, EVENT_AGE, EVENT_SECONDS, EVENTS, ISOLATED, KEY_HELD, KEY_ROWS, OLDEST,
    REDELIVERIES, SEAL_AGE, SKEW, TEXT_SECONDS, TEXTS, TOTP_OFFSET, UNROUTABLE,
};

/// Buckets in seconds: milliseconds for a decision, up to a minute for a slow text.
const SECONDS: [f64; 16] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0, 30.0, 60.0,
];
/// Buckets in seconds, up to an outage of a day.
const AGES: [f64; 14] = [
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0, 120.0, 600.0, 3600.0, 86_400.0,
];
/// Buckets in events, up to the largest `BATCH_MAX`.
const SIZES: [f64; 11] = [
    1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0,
];

/// Labels and measures of one decided event.
#[derive(Clone, Debug)]
pub struct Tally {
    /// Type of the event, or `other`.
    pub event_type: &'static str,
    /// Type of the outcome.
    pub outcome: &'static str,
    /// Reason of a rejection or refusal; empty if there is none.
    pub reason: &'static str,
    /// Proof or waiver of the second factor; empty if there is none.
    pub via: &'static str,
    /// Time from the event to its decision.
    pub age: Option<Duration>,
    /// Offset of a TOTP code, in steps of 30 s.
    pub totp_offset: Option<i8>,
    /// Call of the provider.
    pub text: Option<TextCall>,
}

impl Tally {
    /// Makes the tally of an outcome that the rules decided.
    pub fn of(event_type: Option<&str>, outcome: &'static str, notes: &Notes) -> Self {
        Self {
            event_type: known_type(event_type),
            outcome,
            reason: notes.reason.map_or("", twofactor_contract::Reason::as_str),
            via: notes.via.map_or("", twofactor_contract::Via::as_str),
            age: None,
            totp_offset: notes.measured_offset(),
            text: notes.text.clone(),
        }
    }
}

/// Returns the type as a label: one of the contract's, or `other`.
pub fn known_type(event_type: Option<&str>) -> &'static str {
    event_type
        .and_then(Event::find)
        .map_or("other", |known| known.name)
}

/// Metrics of one worker.
#[derive(Clone, Debug)]
pub struct Metrics {
    service: &'static str,
    countries: BTreeSet<String>,
    // Those of each event, found once.
    event_seconds: Histogram,
    event_age: Histogram,
}

/// Starts measuring, for the life of the process.
pub fn start() -> Result<PrometheusHandle, BuildError> {
    let recorder = builder()?.build_recorder();
    let handle = recorder.handle();
    // A second recorder would be refused; the first one stays.
    if metrics::set_global_recorder(recorder).is_ok() {
        describe::all();
    }
    Ok(handle)
}

fn builder() -> Result<PrometheusBuilder, BuildError> {
    let buckets: [(&str, &[f64]); 4] = [
        (EVENT_SECONDS, &SECONDS),
        (TEXT_SECONDS, &SECONDS),
        (EVENT_AGE, &AGES),
        (BATCH, &SIZES),
    ];
    buckets
        .iter()
        .try_fold(PrometheusBuilder::new(), |builder, (name, values)| {
            builder.set_buckets_for_metric(Matcher::Full((*name).to_owned()), values)
        })
}

impl Metrics {
    /// Registers the counters at 0, so that a rate sees the first event of each series.
    pub fn new(service: Service, countries: BTreeSet<String>, schema: &str) -> Self {
        preregister::all(service, &countries);
        let service = service.name();
        for reason in RefusalReason::ALL {
            let labels = [("service", service), ("reason", reason.as_str())];
            counter!(DEAD, &labels).increment(0);
        }
        let version = env!("CARGO_PKG_VERSION");
        let schema = schema.to_owned();
        gauge!(BUILD, "service" => service, "version" => version, "schema" => schema).set(1);
        let metrics = Self {
            service,
            countries,
            event_seconds: histogram!(EVENT_SECONDS, "service" => service),
            event_age: histogram!(EVENT_AGE, "service" => service),
        };
        metrics.set_consuming(false);
        metrics
    }

    /// Counts a batch that was taken.
    pub fn took_batch(&self, events: usize, redelivered: usize) {
        #[expect(
            clippy::cast_precision_loss,
            reason = "a batch has a thousand events at most"
        )]
        histogram!(BATCH, "service" => self.service).record(events as f64);
        if redelivered > 0 {
            counter!(REDELIVERIES, "service" => self.service).increment(redelivered as u64);
        }
    }

    /// Counts a duplicate that was answered as before.
    pub fn repeated(&self) {
        counter!(DUPLICATES, "service" => self.service).increment(1);
    }

    /// Counts a decision that was committed.
    pub fn decided(&self, tally: &Tally) {
        let labels = [
            ("service", self.service),
            ("type", tally.event_type),
            ("outcome", tally.outcome),
            ("reason", tally.reason),
            ("via", tally.via),
        ];
        counter!(EVENTS, &labels).increment(1);
        if let Some(age) = tally.age {
            self.event_age.record(age);
        }
        if let Some(offset) = tally.totp_offset {
            counter!(TOTP_OFFSET, "offset" => offset.to_string()).increment(1);
        }
    }

    /// Counts a call of the provider that was settled.
    pub fn settled_text(&self, provider: &'static str, call: &TextCall) {
        let country = match self.countries.get(&call.country) {
            Some(country) => country.clone(),
            None => "other".to_owned(),
        };
        let labels = vec![
            Label::from_static_parts("provider", provider),
            Label::from_static_parts("purpose", call.purpose.as_str()),
            Label::from_static_parts("result", call.result),
            Label::new("country", country),
        ];
        counter!(TEXTS, labels).increment(1);
    }

    /// Records the duration of a call of the provider.
    pub fn called_provider(provider: &'static str, took: Duration) {
        histogram!(TEXT_SECONDS, "provider" => provider).record(took);
    }

    /// Counts a message that was set aside.
    pub fn set_aside(&self, reason: RefusalReason) {
        let labels = [("service", self.service), ("reason", reason.as_str())];
        counter!(DEAD, &labels).increment(1);
    }

    /// Counts replies that were given up.
    pub fn gave_up_replies(&self, replies: usize) {
        counter!(UNROUTABLE, "service" => self.service).increment(replies as u64);
    }

    /// Counts broadcasts that were given up.
    pub fn gave_up_broadcasts(&self, broadcasts: usize) {
        counter!(DECLINED, "service" => self.service).increment(broadcasts as u64);
    }

    /// Counts a refused message whose dead letter could not be published.
    pub fn lost_dead_letter(&self) {
        counter!(DEAD_LOST, "service" => self.service).increment(1);
    }

    /// Counts a delivery that broke every connection and was set aside.
    pub fn isolated_delivery(&self) {
        counter!(ISOLATED, "service" => self.service).increment(1);
    }

    /// Records the time from a delivery to its acknowledgement.
    pub fn acknowledged(&self, since_delivery: Duration) {
        self.event_seconds.record(since_delivery);
    }

    /// Shows if an event that is published now would be answered.
    pub fn set_consuming(&self, is: bool) {
        gauge!(CONSUMING, "service" => self.service).set(u8::from(is));
    }

    /// Shows the age of the oldest event in hand.
    pub fn set_oldest_event(&self, age: Duration) {
        gauge!(OLDEST, "service" => self.service).set(age.as_secs_f64());
    }

    /// Shows if the broker blocks publishing.
    pub fn set_blocked(&self, is: bool) {
        gauge!(BLOCKED, "service" => self.service).set(u8::from(is));
    }

    /// Shows how far this machine's clock is ahead of the database's, in seconds.
    pub fn clock_skew(&self, seconds: f64) {
        gauge!(SKEW, "service" => self.service).set(seconds);
    }

    /// Shows that the keyring has a key of that id.
    pub fn holds_key(key: &str) {
        gauge!(KEY_HELD, "key" => key.to_owned()).set(1);
    }

    /// Shows the counts of connections to the database.
    pub fn connections(&self, pool: Connections) {
        let states = [
            ("open", pool.open),
            ("used", pool.used),
            ("waiting", pool.waiting),
        ];
        for (state, count) in states {
            #[expect(clippy::cast_precision_loss, reason = "a pool is small")]
            gauge!(CONNECTIONS, "service" => self.service, "state" => state).set(count as f64);
        }
    }

    /// Shows the end of the first certificate of a peer's chain to end, in seconds since 1970.
    pub fn certificate_ends(service: Service, peer: &'static str, at: i64) {
        #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
        gauge!(CERTIFICATE, "service" => service.name(), "peer" => peer).set(at as f64);
    }

    /// Shows the age of the oldest unsealed row of the trail, in seconds.
    pub fn seal_age(seconds: f64) {
        gauge!(SEAL_AGE).set(seconds);
    }

    /// Shows the count of values that are sealed under a key.
    pub fn key_rows(key: &str, rows: f64) {
        gauge!(KEY_ROWS, "key" => key.to_owned()).set(rows);
    }
}

#[cfg(test)]
mod tests;
