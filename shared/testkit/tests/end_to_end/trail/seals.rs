//! The trail is sealed, and each seal is broadcast: again if it is not sure that it was.

use std::sync::Arc;

use serde_json::json;
use twofactor_testkit::{Observer, Outcome, Role, World};
use uuid::Uuid;

use crate::trail::{auditor, world};

const SEALED: &str = "audit.sealed.v1";

/// Puts the database back into the state before the broadcast.
async fn forget(world: &World) {
    let owner = world.database.connect(Role::Owner).await;
    let sql = "update twofactor.seal_broadcast set to_seq = 0";
    owner.execute(sql, &[]).await.expect("it is forgotten");
}

/// Returns the broadcast of the first seal, which the workers make as soon as they start.
async fn first_seal(world: &World) -> Arc<Outcome> {
    // It may have come before the observer.
    forget(world).await;
    let is_seal = |outcome: &Outcome| outcome.kind() == SEALED;
    let sealed = world.observer.wait_until("of a seal", is_seal);
    sealed.await.expect("a seal")
}

/// Returns the broadcast after it was forgotten. A worker that broadcast it before may keep that
/// only after it was forgotten, so once may not be enough.
async fn broadcast_again(world: &World, later: &Observer, id: Uuid) -> Arc<Outcome> {
    for _ in 0..3 {
        forget(world).await;
        if let Ok(again) = later.wait_for(id).await {
            return again;
        }
    }
    panic!("the seal does not come once more");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seal_is_broadcast_and_broadcast_again_where_that_was_not_kept() {
    let (world, _) = world().await;
    let sealed = first_seal(&world).await;
    let auditor = auditor(&world).await;
    let sql = "select from_seq, to_seq, rows, encode(digest, 'hex'), audit.moment(sealed_at)
        from audit.seals order by from_seq limit 1";
    let seal = auditor.query_one(sql, &[]).await.expect("the first seal");
    let to_seq: i64 = seal.get(1);
    let rows: i64 = seal.get(2);
    let digest: &str = seal.get(3);
    let data = json!({"from_seq": 1, "to_seq": to_seq, "rows": rows, "digest": digest});
    assert_eq!(sealed.data(), &data);
    let name = format!("/twofactor/audit#{to_seq}");
    let id = Uuid::new_v5(&Uuid::NAMESPACE_URL, name.as_bytes());
    assert_eq!(sealed.id(), Some(id));
    assert_eq!(sealed.message_id, Some(id.to_string()));
    assert_eq!(sealed.routing_key, SEALED);
    assert_eq!(sealed.attribute("source"), "/twofactor/audit");
    for absent in ["subject", "causationid", "causationsource"] {
        assert_eq!(sealed.event.get(absent), None, "{absent}");
    }
    assert!(sealed.is_persistent);

    let later = Observer::connect(&world.vhost.url("observer")).await;
    let later = later.expect("another observer");
    assert_eq!(
        broadcast_again(&world, &later, id).await.bytes,
        sealed.bytes
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_say_how_long_rows_wait_for_a_seal() {
    let (world, _) = world().await;
    first_seal(&world).await;
    for worker in &world.workers {
        let metrics = worker.metrics_text().await.expect("metrics");
        let mut lines = metrics.lines();
        let age = lines.find_map(|line| line.strip_prefix("twofactor_seal_age_seconds "));
        let age: f64 = age.expect("an age").parse().expect("a number");
        assert!(age >= 0.0, "{age}");
    }
}
