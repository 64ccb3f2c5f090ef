//! `dead`: reading changes nothing, discarding takes out what was chosen, as the operator.

use serde_json::Value;
use twofactor_contract::Service;
use twofactor_testkit::{CrmEvent, DeadLetters, Institution, Letter, ReplyPath, Role, World};

use crate::{RunOutput, ctl, set_aside};

async fn dead(world: &World, arguments: &[&str]) -> RunOutput {
    let broker = world.vhost.url("operator");
    let url = world.database.url(Role::Owner);
    let settings = [
        ("AMQP_URL", broker.as_str()),
        ("DATABASE_URL", url.as_str()),
    ];
    ctl(&settings, &[&["dead"], arguments].concat()).await
}

/// Returns the ids of the letters of the login worker, in their order.
async fn ids(world: &World) -> Vec<String> {
    let said = dead(world, &["list", "--service", "login", "--json"]).await;
    assert_eq!(said.code, 0, "{}", said.err);
    let id = |object: serde_json::Value| object["id"].as_str().expect("an id").to_owned();
    said.objects().into_iter().map(id).collect()
}

/// Has five logins set aside; returns the ids of their outcomes and of the events.
async fn refuse_five(world: &World) -> (Vec<String>, Vec<String>) {
    let institution = Institution::strict(&world.crm).await.expect("a policy");
    let mut outcomes = Vec::new();
    let mut events = Vec::new();
    for _ in 0..5 {
        let wrong = institution
            .person()
            .login()
            .with_data("ip", "hunter2".into());
        events.push(wrong.id().to_owned());
        let outcome = world.crm.ask(&wrong).await.expect("an outcome");
        assert_eq!(outcome.kind(), "event.rejected.v1");
        outcomes.push(outcome.attribute("id").to_owned());
    }
    set_aside(world, Service::Login, 5).await;
    (outcomes, events)
}

#[tokio::test(flavor = "multi_thread")]
async fn letters_are_read_in_their_order_and_discarded_by_choice() {
    let world = World::start().await.expect("a world");
    let (outcomes, events) = refuse_five(&world).await;
    for _ in 0..3 {
        assert_eq!(ids(&world).await, outcomes, "reading changes nothing");
    }
    let said = dead(&world, &["show", &outcomes[1], "--json"]).await;
    let letter = said.object(0);
    assert_eq!(letter["headers"]["reason"], "invalid_field");
    assert_eq!(letter["headers"]["field"], "/data/ip");
    assert_eq!(letter["event_id"], events[1], "as its publisher knows it");
    assert_eq!(letter["event_source"], "/crm");
    assert!(!said.out.contains("hunter2"));
    let said = dead(&world, &["show", &outcomes[1]]).await;
    let event = format!("\nevent_id: {}\nevent_source: /crm\n", events[1]);
    assert!(said.out.contains(&event), "{}", said.out);
    let said = dead(&world, &["list"]).await;
    let lines: Vec<&str> = said.out.lines().collect();
    assert_eq!(lines.len(), 5, "{}", said.out);
    for (line, event) in lines.iter().zip(&events) {
        assert!(line.ends_with(&format!("{event} from /crm")), "{line}");
    }

    let said = dead(&world, &["discard", &outcomes[1]]).await;
    assert_eq!(said.code, 2, "there is no terminal to ask on");
    let said = dead(&world, &["discard", "--all", "--dry-run", "--json"]).await;
    assert_eq!(said.object(1)["letters"], 5);
    let said = dead(&world, &["discard", &outcomes[1], "nobody", "--yes"]).await;
    assert_eq!(said.code, 4, "{}", said.err);
    assert_eq!(ids(&world).await, outcomes);

    let said = dead(
        &world,
        &["discard", &outcomes[1], &outcomes[3], "--yes", "--json"],
    )
    .await;
    assert_eq!(said.object(0)["discarded"], 2);
    let left = [&outcomes[0], &outcomes[2], &outcomes[4]].map(String::clone);
    assert_eq!(ids(&world).await, left);
    let said = dead(&world, &["discard", "--all", "--yes", "--json"]).await;
    assert_eq!(said.object(0)["discarded"], 3);
    let said = dead(&world, &["discard", "--all", "--yes", "--json"]).await;
    assert_eq!(said.object(0)["discarded"], 0);
    let operator = DeadLetters::connect(&world.vhost.url("operator")).await;
    let left = operator.expect("the operator").count(Service::Login).await;
    assert_eq!(left.expect("a count"), 0);

    let wrong = world.vhost.url("crm");
    let said = ctl(&[("AMQP_URL", &wrong)], &["dead", "list"]).await;
    assert_eq!(said.code, 4, "the CRM may not look: {}", said.err);
    assert!(said.err.contains("operator"), "{}", said.err);

    let first = format!("2 letters: {}, {}", outcomes[1], outcomes[3]);
    two_runs_are_recorded(&world, &first).await;
}

/// Checks that two runs are in the trail, the first with this detail.
async fn two_runs_are_recorded(world: &World, detail: &str) {
    let owner = world.database.connect(Role::Owner).await;
    let sql = "select detail from audit.operator_log where command = 'dead discard' order by seq";
    let rows = owner.query(sql, &[]).await.expect("the trail");
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0].get::<_, &str>(0), detail);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_without_a_readable_id_is_listed_without_one() {
    let world = World::start().await.expect("a world");
    let nameless = Letter::new("login.attempted.v1", "{}");
    let wrong = institution_login(&world).await;
    let wrong = wrong
        .with("id", "a b".into())
        .from("/a".repeat(200).as_str());
    for letter in [nameless, wrong.letter()] {
        let sent = world.crm.send(&letter, &ReplyPath::None).await;
        sent.expect("it is sent");
    }
    set_aside(&world, Service::Login, 2).await;
    for letter in dead(&world, &["list", "--json"]).await.objects() {
        assert_eq!(letter["event_id"], Value::Null, "{letter}");
        assert_eq!(letter["event_source"], Value::Null, "{letter}");
    }
    let said = dead(&world, &["list"]).await;
    assert!(
        said.out.lines().all(|line| line.ends_with("  - from -")),
        "{}",
        said.out
    );
}

async fn institution_login(world: &World) -> CrmEvent {
    let institution = Institution::strict(&world.crm).await.expect("a policy");
    institution.person().login()
}
