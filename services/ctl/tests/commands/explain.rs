//! `explain`: what an operator learns of one event, each fact with its source.

use serde_json::Value;
use twofactor_contract::Service;
use twofactor_testkit::{CrmEvent, Institution, ReplyPath, Role, World};

use crate::{RunOutput, ctl, set_aside};

async fn explain(world: &World, role: Role, id: &str) -> RunOutput {
    let url = world.database.url(role);
    ctl(&[("DATABASE_URL", &url)], &["explain", id, "--json"]).await
}

/// An explained event.
struct Explanation(Value);

impl Explanation {
    async fn of(world: &World, event: &CrmEvent) -> Self {
        world.crm.ask(event).await.expect("an outcome");
        Self(explain(world, Role::Owner, event.id()).await.object(0))
    }

    fn member(&self, fact: &str, member: &str) -> &str {
        self.0["facts"][fact][member].as_str().unwrap_or("null")
    }

    fn fact(&self, name: &str) -> &str {
        self.member(name, "fact")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_is_explained_with_offset_and_count_and_without_its_code() {
    let world = World::start().await.expect("a world");
    let institution = Institution::strict(&world.crm).await.expect("a policy");
    let person = institution.person();
    let (app, _) = person.set_up_totp(&world.crm).await.expect("an app");
    let attempt = |steps: i64| {
        let login = person.anew().login();
        let code = app.code_steps_from(login.time(), steps);
        let coded = serde_json::json!({ "method": "totp", "value": code });
        (login.with_data("code", coded), code)
    };

    let (ahead, code) = attempt(4);
    let shown = Explanation::of(&world, &ahead).await;
    assert_eq!(shown.0["reason"], "wrong_code");
    assert!(
        !shown.0.to_string().contains(&format!("\"{code}\"")),
        "{}",
        shown.0
    );
    assert!(shown.fact("rule").starts_with("wrong_code: "));
    assert_eq!(shown.fact("wrong_codes_before"), "0 in a row");
    assert_eq!(
        shown.fact("step_offset"),
        "4: 4 steps (120 s) ahead of the event's time"
    );
    let answers = format!("twofactor.answers, {}", ahead.outcome_id());
    assert_eq!(shown.member("step_offset", "source"), answers);
    assert!(
        shown
            .fact("policy_then")
            .starts_with("required, 0 days of grace")
    );
    assert!(
        shown
            .member("policy_then", "source")
            .starts_with("audit.policy_log, seq ")
    );
    assert!(shown.fact("waited").contains(" s from"));
    assert!(shown.fact("what_was_said").contains("clock"), "{}", shown.0);

    for before in 1..5 {
        let login = person.login();
        let wrong = app.wrong_code_at(login.time());
        let shown = Explanation::of(&world, &person.login_by("totp", &wrong)).await;
        assert_eq!(
            shown.fact("wrong_codes_before"),
            format!("{before} in a row")
        );
        assert!(
            shown.fact("step_offset").starts_with("none: it matched"),
            "{}",
            shown.0
        );
        assert_eq!(shown.fact("wait_then"), "none ran");
    }
    let shown = Explanation::of(&world, &attempt(0).0).await;
    assert_eq!(shown.0["reason"], "too_many_failures");
    assert_eq!(shown.fact("wrong_codes_before"), "5 in a row");
    assert!(
        shown.fact("wait_then").starts_with("one ran until 2"),
        "{}",
        shown.0
    );
    assert_eq!(shown.fact("step_offset"), "none: no code was compared");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_id_of_an_outcome_is_accepted_and_an_unknown_id_is_reported() {
    let world = World::start().await.expect("a world");
    let institution = Institution::strict(&world.crm).await.expect("a policy");
    let login = institution.person().login();
    let shown = Explanation::of(&world, &login).await;
    let outcome_id = login.outcome_id().to_string();
    let said = explain(&world, Role::Owner, &outcome_id).await;
    assert!(said.err.contains("is the id of an outcome"), "{}", said.err);
    assert_eq!(said.object(0), shown.0);

    // A refusal's id too, though its event is no other than that of an answer.
    let other = login.again().with_data("session_id", "another".into());
    let refusal = world.crm.ask(&other).await.expect("an outcome");
    assert_eq!(refusal.str("reason"), "id_conflict");
    set_aside(&world, Service::Login, 1).await;
    let said = explain(&world, Role::Owner, refusal.attribute("id")).await;
    let object = said.object(0);
    assert_eq!(object["reason"], "id_conflict");
    assert_eq!(object["facts"]["wait_then"]["fact"], Value::Null);
    let why = object["facts"]["wait_then"]["why"].as_str().expect("why");
    assert!(why.contains("8 days"), "{why}");

    // The state is not the auditor's.
    let said = explain(&world, Role::Auditor, login.id()).await.objects();
    assert_eq!(said.len(), 2, "the event, and the one that was refused");
    for fact in ["what_was_said", "wait_then"] {
        let why = said[0]["facts"][fact]["why"].as_str().expect("why");
        assert!(
            why.contains("the role of DATABASE_URL may not read it"),
            "{why}"
        );
    }
    // What an earlier release decided.
    let owner = world.database.connect(Role::Owner).await;
    let earlier = "update twofactor.answers set failures_before = null";
    owner.execute(earlier, &[]).await.expect("the owner may");
    let said = explain(&world, Role::Owner, login.id()).await.objects();
    let facts = &said[0]["facts"];
    let why = facts["wait_then"]["why"].as_str().expect("why");
    assert!(why.contains("an earlier release"), "{why}");
    assert_eq!(facts["wrong_codes_before"]["fact"], "0 in a row");

    for nobody in ["nobody", "5f0e7b52-6a5e-5b0a-8b1a-9e8f0d3c2b1a"] {
        let said = explain(&world, Role::Owner, nobody).await;
        assert_eq!((said.code, said.out.as_str()), (1, ""));
        assert!(said.err.contains("dead list"), "{}", said.err);
    }
}

/// An event that a shovel or a person moved: its routing key is the queue's name.
#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_was_moved_is_explained_to_have_a_foreign_routing_key() {
    let world = World::start().await.expect("a world");
    let institution = Institution::strict(&world.crm).await.expect("a policy");
    let login = institution.person().login();
    let moved = login.letter().routed_by("twofactor.login");
    let refusal = world.crm.ask_by(&moved, &ReplyPath::Direct).await;
    let refusal = refusal.expect("an outcome");
    assert_eq!(refusal.str("reason"), "malformed");
    set_aside(&world, Service::Login, 1).await;

    let sentence = "The routing key must be the event's type.";
    let shown = Explanation(explain(&world, Role::Owner, login.id()).await.object(0));
    assert_eq!(
        shown.fact("what_was_said"),
        format!("{sentence} (field /type)")
    );
    assert!(
        shown
            .fact("rule")
            .contains("its routing key was not its type"),
        "{}",
        shown.0
    );
    let operator = world.vhost.url("operator");
    let show = ["dead", "show", refusal.attribute("id"), "--json"];
    let letter = ctl(&[("AMQP_URL", &operator)], &show).await.object(0);
    assert_eq!(letter["headers"]["message"], sentence);
    assert_eq!(letter["headers"]["field"], "/type");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_is_explained_by_the_throttle_and_the_provider() {
    let world = World::start().await.expect("a world");
    let institution = Institution::strict(&world.crm).await.expect("a policy");
    let person = institution.person();
    let set_up = person.set_up_sms(&world.crm, &world.sms).await;
    set_up.expect("a number");
    let shown = Explanation::of(&world, &person.anew().request_text()).await;
    assert_eq!(shown.0["reason"], "throttled");
    let before = shown.fact("text_before");
    assert!(before.starts_with("enrollment text at"), "{before}");
    let throttle = shown.fact("throttle_then");
    assert!(throttle.starts_with("held back until 2"), "{throttle}");
    assert!(throttle.ends_with("the last text to the user was within SMS_THROTTLE"));
    assert_eq!(shown.fact("provider_answer"), "it was not called");

    let other = institution.person().start_sms();
    let shown = Explanation::of(&world, &other).await;
    assert_eq!(shown.fact("throttle_then"), "the throttle allowed the text");
    assert!(
        shown.fact("provider_answer").starts_with("accepted, "),
        "{}",
        shown.0
    );
}
