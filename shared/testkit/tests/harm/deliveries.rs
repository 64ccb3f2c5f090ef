//! Deliveries that the client library cannot read, or could not hold.

use std::time::{Duration, Instant};

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use twofactor_contract::Service;
use twofactor_testkit::{
    Institution, Letter, Person, Plan, RawProperties, RawPublisher, ReplyPath, World, failing,
    nested_headers,
};

use uuid::Uuid;

use crate::{Others, SEEN_WITHIN, counts, peak_mebibytes};

/// A UUID as Java and Erlang clients send it.
const RAW: [u8; 16] = [
    0xc0, 0xff, 0xee, 0x80, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 0xfe,
];

async fn world() -> (World, Others, Person, RawPublisher) {
    let world = World::start().await.expect("a world");
    let others = Others::of(&world).await;
    let institution = Institution::lenient(&world.crm).await.expect("a policy");
    let raw = RawPublisher::connect(&world.vhost.url("crm")).await;
    (
        world,
        others,
        institution.person(),
        raw.expect("a connection"),
    )
}

/// Returns the properties of an event that can be read.
fn properties() -> RawProperties {
    RawProperties {
        content_type: Some(b"application/cloudevents+json".to_vec()),
        correlation_id: Some(b"c-1".to_vec()),
        reply_to: Some(b"crm.reply.gone".to_vec()),
        ..RawProperties::default()
    }
}

/// Properties of which one cannot be read, and which one.
fn unreadable() -> [(&'static str, RawProperties); 9] {
    let bytes = || Some(RAW.to_vec());
    let with = |edit: &dyn Fn(&mut RawProperties)| {
        let mut all = properties();
        edit(&mut all);
        all
    };
    [
        ("content_type", with(&|all| all.content_type = bytes())),
        ("correlation_id", with(&|all| all.correlation_id = bytes())),
        ("reply_to", with(&|all| all.reply_to = bytes())),
        ("message_id", with(&|all| all.message_id = bytes())),
        ("type", with(&|all| all.kind = bytes())),
        ("app_id", with(&|all| all.app_id = bytes())),
        (
            "a header's name",
            with(&|all| all.headers = Some(b"\x02\xc0\xffV".to_vec())),
        ),
        (
            "400 headers deep",
            with(&|all| all.headers = Some(nested_headers(400))),
        ),
        (
            "5,000 headers deep",
            with(&|all| all.headers = Some(nested_headers(5_000))),
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn raw_bytes_in_any_property_are_malformed_and_harm_nobody() {
    let (world, others, person, mut raw) = world().await;
    let operator = world.operator().await.expect("an operator");
    for (what, properties) in unreadable() {
        let letter = person.anew().login().letter();
        let key = letter.routing_key().as_bytes();
        let published = raw.publish(key, &properties, letter.body()).await;
        published.unwrap_or_else(|error| panic!("{what}: {error}"));
        is_malformed(&world, what, letter.body()).await;
    }
    let letter = person.anew().login().letter();
    let key = [b"login.".as_slice(), &RAW].concat();
    let published = raw.publish(&key, &properties(), letter.body()).await;
    published.expect("published");
    is_malformed(&world, "the routing key", letter.body()).await;
    others.are_answered("raw bytes in properties").await;
    assert_eq!(operator.count(Service::Login).await.expect("a count"), 10);
}

fn sha256(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes))
}

/// Checks that the refusal of these bytes is broadcast.
async fn is_malformed(world: &World, what: &str, body: &[u8]) {
    let name = format!("sha256:{}", sha256(body));
    let id = Uuid::new_v5(&Uuid::NAMESPACE_URL, name.as_bytes());
    let refused = world.observer.wait_for(id).await;
    let refused = refused.unwrap_or_else(|error| panic!("{what}: {error}"));
    assert_eq!(refused.kind(), "event.rejected.v1", "{what}");
    assert_eq!(
        refused["reason"],
        "malformed",
        "{what}: {}",
        refused.as_string()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_beyond_the_limit_are_refused_and_take_no_memory() {
    let (mut world, others, _, _) = world().await;
    let large = vec![b'x'; 8 * 1024 * 1024];
    let letter = Letter::new("login.attempted.v1", large)
        .content_type("application/cloudevents+json")
        .correlated("large");
    let answer = world.crm.ask_by(&letter, &ReplyPath::Direct).await;
    let answer = answer.expect("an answer");
    assert_eq!(answer["reason"], "too_large");
    for _ in 0..30 {
        let sent = world.crm.send(&letter, &ReplyPath::None).await;
        sent.expect("published");
    }
    others.are_answered("30 bodies of 8 MiB").await;
    let mebibytes = peak_mebibytes(world.worker(Service::Login).program().pid());
    println!("the worker used {mebibytes} MiB at most");
    assert!(mebibytes < 128, "{mebibytes} MiB");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unforeseen_delivery_is_isolated_and_set_aside() {
    let plan = Plan::default().bend(failing::SETTING, "unreadable_delivery");
    let mut world = plan.start().await.expect("a world");
    let operator = world.operator().await.expect("an operator");
    let others = Others::of(&world).await;
    let culprit = others.person.login().letter();
    let culprit = culprit.edited(|all| all.with_app_id("unreadable_delivery".into()));
    let innocent: Vec<_> = (0..30).map(|_| others.person.colleague().login()).collect();
    let published = Instant::now();
    let (before, after) = innocent.split_at(10);
    for event in before {
        others.crm.tell(event).await.expect("published");
    }
    let sent = others.crm.send(&culprit, &ReplyPath::None).await;
    sent.expect("published");
    for event in after {
        others.crm.tell(event).await.expect("published");
    }
    for event in &innocent {
        let outcome = world.observer.wait_for(event.outcome_id()).await;
        assert_eq!(outcome.expect("an outcome")["via"], "not_required");
    }
    println!(
        "30 innocent events were answered in {:?}",
        published.elapsed()
    );
    assert!(published.elapsed() < SEEN_WITHIN);
    counts(&mut world, "twofactor_deliveries_isolated_total", 1.0).await;
    let letter = operator.next(Service::Login).await.expect("a dead letter");
    assert_eq!(letter.event["length"], culprit.body().len());
    let digest = sha256(culprit.body());
    assert_eq!(letter.event["sha256"], digest.as_str());
    let reason = letter.headers.iter().find(|(name, _)| name == "reason");
    assert_eq!(
        reason.map(|(_, value)| value.as_str()),
        Some("internal_error")
    );
    assert_eq!(
        operator.count(Service::Login).await.expect("a count"),
        0,
        "it alone"
    );
    assert!(
        world.worker(Service::Login).log().contains(&digest),
        "it is logged"
    );
    others.are_answered("after it was set aside").await;
    let worker = world.worker(Service::Login);
    let deadline = Instant::now() + SEEN_WITHIN;
    while !worker.log().contains("at full width again") {
        assert!(Instant::now() < deadline, "{}", worker.log());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
