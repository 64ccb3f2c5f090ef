//! What the product promises to people: one test a promise, through the broker, with the real
//! workers, the real database and a text provider that shows its inbox.
//!
//! M1 to M20 are the promises of the CRM's help article about two-factor authentication, in its
//! order. Other words that people read are in `words`.

mod change;
mod codes;
mod privacy;
mod set_up;
mod words;

use twofactor_contract::Service;
use twofactor_testkit::{
    Authenticator, CrmEvent, Institution, Outcome, Person, Plan, THROTTLE, World,
};

/// Workers that decide logins, texts and set-ups, and an institution that requires a second factor.
async fn world() -> (World, Institution) {
    started(&Service::ALL).await
}

/// Workers for logins and set-ups alone.
async fn world_without_texts() -> (World, Institution) {
    started(&[Service::Login, Service::Enrollment]).await
}

async fn started(services: &[Service]) -> (World, Institution) {
    let plan = Plan::default().only(services);
    let world = plan.start().await.expect("a world");
    let institution = Institution::strict(&world.crm).await.expect("a policy");
    (world, institution)
}

/// Returns the outcome of an event.
async fn ask(world: &World, event: CrmEvent) -> Outcome {
    world.crm.ask(&event).await.expect("an outcome")
}

/// Returns the outcome of an event, which must be of that kind.
async fn expect(world: &World, event: CrmEvent, kind: &str) -> Outcome {
    let outcome = ask(world, event).await;
    assert_eq!(outcome.kind(), kind, "{}", outcome["reason"]);
    outcome
}

/// Returns the outcome of a login, which must let the person in that way.
async fn let_in(world: &World, event: CrmEvent, via: &str) -> Outcome {
    let outcome = expect(world, event, "login.accepted.v1").await;
    assert_eq!(outcome["via"], via);
    outcome
}

/// Returns the outcome of an event, which must be a rejection with that reason and that offer.
async fn refused(world: &World, event: CrmEvent, reason: &str, next: &str) -> Outcome {
    let outcome = ask(world, event).await;
    assert_eq!(outcome["reason"], reason, "{}", outcome.kind());
    assert_eq!(outcome["next"], next);
    assert!(
        outcome.str("message").ends_with('.'),
        "a page can show a sentence"
    );
    outcome
}

/// Returns a person with an app, in a session that was let in by it.
async fn person_with_app(
    world: &World,
    institution: &Institution,
) -> (Person, Authenticator, Vec<String>) {
    let person = institution.person();
    let (app, completed) = person.set_up_totp(&world.crm).await.expect("an app");
    let entered = person.enter_after_set_up(&world.crm).await;
    assert_eq!(entered.expect("let in")["via"], "enrolled");
    (person, app, completed.backup_codes())
}

/// Returns a person with a number, in a session that was let in by it; the throttle is over.
async fn person_with_number(world: &World, institution: &Institution) -> (Person, Vec<String>) {
    let person = institution.person();
    let completed = person.set_up_sms(&world.crm, &world.sms).await;
    let completed = completed.expect("a number");
    let entered = person.enter_after_set_up(&world.crm).await;
    assert_eq!(entered.expect("let in")["via"], "enrolled");
    world.database.let_pass(THROTTLE).await;
    (person, completed.backup_codes())
}
