//! What operators measure: every metric of the contract, its labels and its buckets.
//!
//! Labels come from closed sets alone: never a tenant, a user, a number. This module knows what
//! is counted, not when; who counts calls it at the moment that the name of a function says.

mod describe;
mod names;
mod preregister;

use std::collections::BTreeSet;
use std::time::Duration;

use metrics::{Label, counter, gauge, histogram};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use twofactor_contract::{Event, RefusalReason, Service};
use twofactor_rules::trail::{Notes, TextCall};
use twofactor_store::Connections;

use names::{
    BATCH, BLOCKED, BUILD, CERTIFICATE, CONNECTIONS, CONSUMING, DEAD, DEAD_LOST, DECLINED,
    DUPLICATES, EVENT_AGE, EVENT_SECONDS, EVENTS, ISOLATED, KEY_HELD, KEY_ROWS, OLDEST,
    REDELIVERIES, SEAL_AGE, SKEW, TEXT_SECONDS, TEXTS, TOTP_OFFSET, UNROUTABLE,
};

/// Milliseconds for a decision, a minute for a text during trouble.
const SECONDS: [f64; 16] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0, 30.0, 60.0,
];
/// Up to an outage of a day.
const AGES: [f64; 14] = [
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0, 120.0, 600.0, 3600.0, 86_400.0,
];
/// Up to the largest `BATCH_MAX`.
const SIZES: [f64; 11] = [
    1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0,
];

/// What is counted of one event that was decided.
#[derive(Clone, Debug)]
pub struct Tally {
    /// The event's type, or `other`.
    pub event_type: &'static str,
    /// The outcome's type.
    pub outcome: &'static str,
    /// Why not; empty where there is no reason.
    pub reason: &'static str,
    /// What waived or was the second factor; empty where nothing did.
    pub via: &'static str,
    /// From the event's time to the decision.
    pub age: Option<Duration>,
    /// How many steps a TOTP code was off.
    pub totp_offset: Option<i8>,
    /// The call of the provider.
    pub text: Option<TextCall>,
}

impl Tally {
    /// What is counted of an outcome that the rules decided.
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

/// The type as a label: one of the contract's, or `other`.
pub fn known_type(event_type: Option<&str>) -> &'static str {
    event_type
        .and_then(Event::find)
        .map_or("other", |known| known.name)
}

/// The metrics of one worker.
#[derive(Clone, Debug)]
pub struct Metrics {
    service: &'static str,
    countries: BTreeSet<String>,
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
    /// Counters with a closed set of labels are registered at 0, so that a rate sees the first of each.
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
        let metrics = Self { service, countries };
        metrics.set_consuming(false);
        metrics
    }

    /// A batch was taken.
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

    /// An event was answered as before.
    pub fn repeated(&self) {
        counter!(DUPLICATES, "service" => self.service).increment(1);
    }

    /// A decision was committed.
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
            histogram!(EVENT_AGE, "service" => self.service).record(age);
        }
        if let Some(offset) = tally.totp_offset {
            counter!(TOTP_OFFSET, "offset" => offset.to_string()).increment(1);
        }
    }

    /// A call of the provider was settled.
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

    /// The provider answered, or did not in time.
    pub fn called_provider(provider: &'static str, took: Duration) {
        histogram!(TEXT_SECONDS, "provider" => provider).record(took);
    }

    /// A message was set aside.
    pub fn set_aside(&self, reason: RefusalReason) {
        let labels = [("service", self.service), ("reason", reason.as_str())];
        counter!(DEAD, &labels).increment(1);
    }

    /// Replies were given up.
    pub fn gave_up_replies(&self, replies: usize) {
        counter!(UNROUTABLE, "service" => self.service).increment(replies as u64);
    }

    /// Broadcasts were given up.
    pub fn gave_up_broadcasts(&self, broadcasts: usize) {
        counter!(DECLINED, "service" => self.service).increment(broadcasts as u64);
    }

    /// A message was refused, and its dead letter could not be laid down.
    pub fn lost_dead_letter(&self) {
        counter!(DEAD_LOST, "service" => self.service).increment(1);
    }

    /// A delivery that broke every session was set aside.
    pub fn isolated_delivery(&self) {
        counter!(ISOLATED, "service" => self.service).increment(1);
    }

    /// A delivery was acknowledged.
    pub fn acknowledged(&self, since_delivery: Duration) {
        histogram!(EVENT_SECONDS, "service" => self.service).record(since_delivery);
    }

    /// Whether an event that is published now would be answered.
    pub fn set_consuming(&self, is: bool) {
        gauge!(CONSUMING, "service" => self.service).set(u8::from(is));
    }

    /// How long the oldest event is in hand.
    pub fn set_oldest_event(&self, age: Duration) {
        gauge!(OLDEST, "service" => self.service).set(age.as_secs_f64());
    }

    /// Whether the broker blocks publishing.
    pub fn set_blocked(&self, is: bool) {
        gauge!(BLOCKED, "service" => self.service).set(u8::from(is));
    }

    /// How far this machine's clock is ahead of the database's.
    pub fn clock_skew(&self, seconds: f64) {
        gauge!(SKEW, "service" => self.service).set(seconds);
    }

    /// The keyring has a key of that id.
    pub fn holds_key(key: &str) {
        gauge!(KEY_HELD, "key" => key.to_owned()).set(1);
    }

    /// How the pool of connections to the database stands.
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

    /// When the first certificate of a peer's chain ends, in seconds since 1970.
    pub fn certificate_ends(service: Service, peer: &'static str, at: i64) {
        #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
        gauge!(CERTIFICATE, "service" => service.name(), "peer" => peer).set(at as f64);
    }

    /// How long the oldest row of the trail waits for a seal.
    pub fn seal_age(seconds: f64) {
        gauge!(SEAL_AGE).set(seconds);
    }

    /// How many values are sealed under a key.
    pub fn key_rows(key: &str, rows: f64) {
        gauge!(KEY_ROWS, "key" => key.to_owned()).set(rows);
    }
}

#[cfg(test)]
mod tests;
