//! Every flow is run with secrets that the test knows, all at `LOG=trace`; then everything that
//! rests or is told to many is searched for them, plain, encoded and hashed.
//!
//! What is searched: logs, broadcasts, metrics, dead letters, and the whole database.

mod flows;
mod search;

use twofactor_contract::Service;
use twofactor_testkit::{DeadLetters, Plan, Role, World};

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
    let operator = DeadLetters::connect(&world.vhost.url("operator")).await;
    let operator = operator.expect("an operator");
    for service in Service::ALL {
        let letters = operator.take_all(service).await.expect("the letters");
        let texts = letters.iter().map(|letter| {
            let (id, headers) = (&letter.message_id, &letter.headers);
            format!("{} {id:?} {headers:?}\n", letter.text())
        });
        let name = format!("the dead letters of {}", service.name());
        places.push(Place::new(&name, texts.collect()));
    }
    places.extend(tables(world).await);
    places
}

/// Every row of every table: bytes are shown in hex. The trail is read as an auditor reads it.
async fn tables(world: &World) -> Vec<Place> {
    let all = world.database.connect_superuser().await;
    let auditor = world.database.connect(Role::Auditor).await;
    let sql = "select table_schema::text, table_name::text from information_schema.tables
        where table_schema not in ('pg_catalog', 'information_schema')";
    let names = all.query(sql, &[]).await.expect("the tables");
    let mut places = Vec::new();
    for name in &names {
        let (schema, table): (String, String) = (name.get(0), name.get(1));
        let name = format!("{schema}.{table}");
        let rows = format!("select coalesce(string_agg(t::text, E'\\n'), '') from {name} t");
        let reader = if schema == "audit" { &auditor } else { &all };
        let row = reader.query_one(&rows, &[]).await;
        let row = row.unwrap_or_else(|error| panic!("{name} cannot be read: {error}"));
        places.push(Place::new(&name, row.get(0)));
    }
    assert!(places.len() > 12, "all tables are read");
    places
}
