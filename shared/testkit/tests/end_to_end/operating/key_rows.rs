//! Counting the values under each key reads whole tables, so a worker that starts shows the count of
//! the last hour, unless that does not know its key.

use std::time::Duration;

use twofactor_contract::Service;
use twofactor_testkit::{Plan, Worker};

const SHOWN_WITHIN: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(20);

/// Returns the count that a worker shows under its key, once it shows one.
async fn shown(worker: &Worker) -> f64 {
    let shown = tokio::time::timeout(SHOWN_WITHIN, async {
        loop {
            let values = worker.metric("twofactor_key_rows", &[("key", "test")]);
            let values = values.await.expect("metrics");
            if values > 0.0 {
                break values;
            }
            // A page cannot be awaited.
            tokio::time::sleep(POLL).await;
        }
    });
    shown.await.expect("it is shown")
}

/// Returns what a worker shows that starts beside a count of that age for that key.
async fn shown_beside(age: &str, key: &str) -> f64 {
    let world = Plan::default().only(&[Service::Reset]).start().await;
    let mut world = world.expect("a world");
    shown(&world.workers[0]).await;
    let client = world.database.connect_superuser().await;
    let count = "update twofactor.key_rows
        set counted_at = now() - $1::text::interval, keys = array[$2], counts = array[7]";
    let updated = client.execute(count, &[&age, &key]).await;
    assert_eq!(updated.expect("a count"), 1);
    let place = world.add_worker(Service::Login, &[]).await;
    shown(&world.workers[place.expect("a worker")]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_starts_shows_the_count_of_the_last_hour() {
    for (age, key, expected) in [
        ("59 minutes", "test", 7.0),
        // The hash key alone is sealed here.
        ("61 minutes", "test", 1.0),
        ("59 minutes", "another", 1.0),
    ] {
        let shown = shown_beside(age, key).await;
        assert!(
            (shown - expected).abs() < f64::EPSILON,
            "{age}, {key}: {shown}"
        );
    }
}
