//! A session of somebody else that holds a lock on a row.

use std::time::Instant;

use twofactor_testkit::{Institution, World};

use crate::{Others, SEEN_WITHIN};

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_somebody_locks_delays_its_own_user_alone() {
    let world = World::start().await.expect("a world");
    let others = Others::of(&world).await;
    let institution = Institution::strict(&world.crm).await.expect("a policy");
    let person = institution.person();
    let set_up = person.set_up_totp(&world.crm).await;
    let (app, _) = set_up.expect("an app");
    let locking = world.database.connect_superuser().await;
    let lock = "begin; select from twofactor.users for update";
    locking.batch_execute(lock).await.expect("it is locked");
    let login = person.anew().login_by_app(&app, 1);
    world.crm.tell(&login).await.expect("published");
    let begun = Instant::now();
    for _ in 0..3 {
        let answer = others.crm.ask(&others.person.colleague().login()).await;
        assert_eq!(answer.expect("an answer")["via"], "not_required");
    }
    let took = begun.elapsed();
    println!("a locked row: 3 of 3 others answered in {took:?}");
    assert!(took < SEEN_WITHIN, "{took:?}");
    locking.batch_execute("commit").await.expect("it ends");
    let outcome = world.observer.wait_for(login.outcome_id()).await;
    assert_eq!(outcome.expect("an outcome")["via"], "totp");
}
