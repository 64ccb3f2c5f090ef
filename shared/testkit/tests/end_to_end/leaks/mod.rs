//! Every flow is run with secrets that the test knows, all at `LOG=trace`; then everything that
//! is stored or sent to many is searched for them, plain, encoded and hashed.
//!
//! What is searched: logs, broadcasts, metrics, dead letters, and the whole database.

mod flows;
mod search;

use twofactor_contract::Service;
use twofactor_testkit::{Plan, World};

use flows::Flows;
use search::{Secret, Written, squashed};

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_found_anywhere() {
    let plan = Plan::default().set("LOG", "trace");
    let mut world = plan.start().await.expect("a world");
    let mut flows = Flows::of(&world).await;
    flows.run(&mut world).await;
    let everything = everything_written(&world).await;
    let contents = everything.iter().map(|written| written.content.as_str());
    let all: String = contents.collect();
    for known in [
        flows.user(),
        "login.accepted.v1",
        "sms.sent.v1",
        "[removed]",
    ] {
        assert!(all.contains(known), "the search sees {known}");
    }
    assert!(
        flows.strings.len() > 60,
        "the flows wrote down their secrets"
    );
    assert!(flows.numbers.len() > 4 && flows.bytes.len() > 1);
    let database = world.database.connect_superuser().await;
    let mut found = Vec::new();
    for (name, value) in &flows.strings {
        let secret = Secret::string(name, value, &database).await;
        found.extend(everything.iter().filter_map(|one| secret.found_in(one)));
    }
    for (name, bytes) in &flows.bytes {
        let secret = Secret::bytes(name, bytes, &database).await;
        found.extend(everything.iter().filter_map(|one| secret.found_in(one)));
    }
    for (name, digits) in &flows.numbers {
        let secret = Secret::string(name, digits, &database).await;
        let squashed: Vec<Written> = everything.iter().map(squashed).collect();
        found.extend(squashed.iter().filter_map(|one| secret.found_in(one)));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Returns all that many can read, and all that is stored.
async fn everything_written(world: &World) -> Vec<Written> {
    let mut all = vec![Written::new("a broadcast", world.observer.everything())];
    for worker in &world.workers {
        let name = worker.service.name();
        all.push(Written::new(&format!("the log of {name}"), worker.log()));
        if let Ok(metrics) = worker.metrics_text().await {
            all.push(Written::new(&format!("the metrics of {name}"), metrics));
        }
    }
    let operator = world.operator().await.expect("an operator");
    for service in Service::ALL {
        let letters = operator.take_all(service).await.expect("the letters");
        let letters = letters.iter().map(|letter| {
            let id = &letter.message_id;
            let headers = &letter.headers;
            format!("{} {id:?} {headers:?}\n", letter.as_string())
        });
        let name = format!("the dead letters of {}", service.name());
        all.push(Written::new(&name, letters.collect()));
    }
    let kept = world.database.everything_kept().await;
    assert!(kept.len() > 12, "all tables are read");
    let kept = kept.into_iter();
    all.extend(kept.map(|(name, rows)| Written::new(&name, rows)));
    all
}
