//! Every flow is run with secrets that the test knows, all at `LOG=trace`; then everything that
//! rests or is told to many is searched for them, plain, encoded and hashed.
//!
//! What is searched: logs, broadcasts, metrics, dead letters, and the whole database.

mod flows;
mod search;

use twofactor_contract::Service;
use twofactor_testkit::{Plan, World};

use flows::Flows;
use search::{Place, Secret, squashed};

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_found_anywhere() {
    let plan = Plan::default().set("LOG", "trace");
    let mut world = plan.start().await.expect("a world");
    let mut flows = Flows::of(&world).await;
    flows.run(&mut world).await;
    let places = everywhere(&world).await;
    let all: String = places.iter().map(|place| place.text.as_str()).collect();
    for known in [
        flows.user(),
        "login.accepted.v1",
        "sms.sent.v1",
        "[removed]",
    ] {
        assert!(all.contains(known), "the search sees {known}");
    }
    assert!(flows.texts.len() > 60, "the flows wrote down their secrets");
    assert!(flows.numbers.len() > 4 && flows.bytes.len() > 1);
    let database = world.database.connect_superuser().await;
    let mut found = Vec::new();
    for (name, text) in &flows.texts {
        let secret = Secret::text(name, text, &database).await;
        found.extend(places.iter().filter_map(|place| secret.found_in(place)));
    }
    for (name, bytes) in &flows.bytes {
        let secret = Secret::bytes(name, bytes, &database).await;
        found.extend(places.iter().filter_map(|place| secret.found_in(place)));
    }
    for (name, digits) in &flows.numbers {
        let secret = Secret::text(name, digits, &database).await;
        let squashed: Vec<Place> = places.iter().map(squashed).collect();
        found.extend(squashed.iter().filter_map(|place| secret.found_in(place)));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// All that many can read, and all that rests.
async fn everywhere(world: &World) -> Vec<Place> {
    let mut places = vec![Place::new("a broadcast", world.observer.everything())];
    for worker in &world.workers {
        let name = worker.service.name();
        places.push(Place::new(&format!("the log of {name}"), worker.log()));
        if let Ok(metrics) = worker.metrics_text().await {
            places.push(Place::new(&format!("the metrics of {name}"), metrics));
        }
    }
    let operator = world.operator().await.expect("an operator");
    for service in Service::ALL {
        let letters = operator.take_all(service).await.expect("the letters");
        let texts = letters.iter().map(|letter| {
            let id = &letter.message_id;
            let headers = &letter.headers;
            format!("{} {id:?} {headers:?}\n", letter.text())
        });
        let name = format!("the dead letters of {}", service.name());
        places.push(Place::new(&name, texts.collect()));
    }
    let kept = world.database.everything_kept().await;
    assert!(kept.len() > 12, "all tables are read");
    let kept = kept.into_iter();
    places.extend(kept.map(|(name, rows)| Place::new(&name, rows)));
    places
}
