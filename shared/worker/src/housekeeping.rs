//! Work besides the events: deleting what was kept long enough, and measuring.
//!
//! Each worker does it; the store ensures that they do not block each other. A failure is tried
//! again at the next interval.

use std::collections::BTreeSet;
use std::time::Duration;

use metrics_exporter_prometheus::PrometheusHandle;
use tokio::time::{MissedTickBehavior, interval};
use twofactor_store::{KeyRows, Store, StoreError};

use crate::clock;
use crate::metrics::Metrics;

/// Time between two upkeeps of the histograms.
const UPKEEP: Duration = Duration::from_secs(5);
/// Time between two measurements.
const MEASURE: Duration = Duration::from_secs(15);
/// Time between two sweeps.
const SWEEP: Duration = Duration::from_mins(1);

/// Time between two readings of the counts of values under each key.
const LOOK: Duration = Duration::from_mins(1);
/// Time between two counts of them, by all workers together.
const COUNT: Duration = Duration::from_hours(1);
/// Maximum time of a count.
const COUNTING: Duration = Duration::from_secs(30);

/// Starts all work besides the events; `current` is the id of the key that this worker seals under.
pub fn start(store: &Store, metrics: &Metrics, handle: PrometheusHandle, current: &str) {
    tokio::spawn(keep(store.clone(), metrics.clone(), handle));
    tokio::spawn(keep_showing_key_rows(store.clone(), current.to_owned()));
}

/// Sweeps and measures, for the life of the process.
async fn keep(store: Store, metrics: Metrics, handle: PrometheusHandle) {
    let mut upkeep = interval(UPKEEP);
    let mut measure = interval(MEASURE);
    let mut sweep = interval(SWEEP);
    for every in [&mut upkeep, &mut measure, &mut sweep] {
        every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    }
    loop {
        let kept = tokio::select! {
            _ = upkeep.tick() => {
                handle.run_upkeep();
                Ok(())
            }
            _ = measure.tick() => {
                metrics.connections(store.connections());
                measure_clock(&store, &metrics).await
            }
            _ = sweep.tick() => clean(&store).await,
        };
        if let Err(error) = kept {
            tracing::debug!(%error, "housekeeping is put off");
        }
    }
}

/// Measures how far this machine's clock is ahead, halfway through a query of the database's clock.
async fn measure_clock(store: &Store, metrics: &Metrics) -> Result<(), StoreError> {
    let asked = clock::now();
    let theirs = store.clock().await?;
    let answered = clock::now();
    let halfway = asked + answered.duration_since(asked) / 2;
    metrics.clock_skew(halfway.duration_since(theirs).as_secs_f64());
    Ok(())
}

async fn clean(store: &Store) -> Result<(), StoreError> {
    let policies = store.bring_back_policies().await?;
    if policies > 0 {
        tracing::warn!(
            policies,
            "the database's clock was set back: grace counts from now where it began in the future"
        );
    }
    loop {
        let swept = store.sweep().await?;
        tracing::debug!(?swept, "deleted what was kept long enough");
        if !swept.is_unfinished() {
            return Ok(());
        }
    }
}

/// Shows the count of values under each key, for the life of the process. Counting reads whole
/// tables, so one worker counts for all, once an hour. That is too seldom while a new key spreads:
/// a worker whose current key is not among the counts wants a count of the last minute.
async fn keep_showing_key_rows(store: Store, current: String) {
    let mut look = interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut shown = BTreeSet::new();
    loop {
        look.tick().await;
        match key_rows(&store, &current).await {
            Ok(Some(rows)) => show_key_rows(rows, &mut shown),
            Ok(None) => {}
            Err(error) => tracing::debug!(%error, "counting the values under each key is put off"),
        }
    }
}

async fn key_rows(store: &Store, current: &str) -> Result<Option<KeyRows>, StoreError> {
    let rows = store.shared_key_rows(COUNT, COUNTING).await?;
    let has_current = |rows: &KeyRows| rows.iter().any(|(key, _)| key == current);
    if rows.as_ref().is_some_and(has_current) {
        return Ok(rows);
    }
    store.shared_key_rows(LOOK, COUNTING).await
}

fn show_key_rows(rows: KeyRows, shown: &mut BTreeSet<String>) {
    // A key that no value uses any more must show 0, for then it can be dropped.
    for key in shown
        .iter()
        .filter(|key| !rows.iter().any(|(used, _)| used == *key))
    {
        Metrics::key_rows(key, 0.0);
    }
    for (key, count) in rows {
        #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
        Metrics::key_rows(&key, count as f64);
        shown.insert(key);
    }
}
