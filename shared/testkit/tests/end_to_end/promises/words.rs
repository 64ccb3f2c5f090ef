//! Words that people read: in the language that the event names, and by e-mail after a change.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use twofactor_testkit::{CrmEvent, World};

use crate::promises::{
    expect, let_in, person_with_app, person_with_number, refused, world, world_without_texts,
};

fn in_welsh(event: CrmEvent) -> CrmEvent {
    event.with_data("language", json!("cy"))
}

#[tokio::test(flavor = "multi_thread")]
async fn who_reads_welsh_is_answered_and_texted_in_welsh() {
    let (world, institution) = world().await;
    let (person, _) = person_with_number(&world, &institution).await;
    let person = person.anew();
    let in_english = expect(&world, person.login(), "login.challenged.v1").await;
    assert_eq!(in_english["message"], "Enter a code to log in.");
    let named = person.login().with_data("language", json!("en"));
    let named = expect(&world, named, "login.challenged.v1").await;
    assert_eq!(named["message"], in_english["message"]);
    let challenged = expect(&world, in_welsh(person.login()), "login.challenged.v1").await;
    assert_eq!(challenged["message"], "Rhowch god er mwyn mewngofnodi.");

    let sent = expect(&world, in_welsh(person.request_text()), "sms.sent.v1").await;
    let message = sent.str("message");
    assert!(
        message.starts_with("Rydym wedi anfon neges destun"),
        "{message}"
    );
    let text = world.sms.newest_to(&person.number).await.expect("a text");
    assert!(
        text.body.contains("yw eich cod Student CRM."),
        "{}",
        text.body
    );
    let throttled = expect(&world, in_welsh(person.request_text()), "sms.throttled.v1").await;
    let message = throttled.str("message");
    assert!(
        message.ends_with("5 munud, os gwelwch yn dda."),
        "{message}"
    );

    let wrong = if text.code() == "aaaaaa" {
        "bbbbbb"
    } else {
        "aaaaaa"
    };
    let wrong = in_welsh(person.login_by("sms", wrong));
    let rejected = refused(&world, wrong, "wrong_code", "request_new_code").await;
    let message = rejected.str("message");
    assert!(
        message.starts_with("Nid yw'r cod hwnnw'n gywir"),
        "{message}"
    );

    let unknown = person.login().with_data("language", json!("de"));
    let refusal = expect(&world, unknown, "event.rejected.v1").await;
    assert_eq!(refusal["field"], "/data/language");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_reported_in_a_notice_that_everybody_may_see() {
    let (world, institution) = world_without_texts().await;
    let person = institution.person();
    let app = person.scan_picture(&world.crm).await.expect("a picture");
    let now = Timestamp::now();
    let confirmed = in_welsh(person.confirm_totp(&app.code_at(now)).at(now));
    let completed = expect(&world, confirmed, "enrollment.completed.v1").await;
    let codes = completed.backup_codes();
    assert!(completed.str("notice").starts_with("Sefydlwyd ap dilysu"));
    has_notice_for_all(&world, &completed, &codes).await;
    let accepted = let_in(&world, person.login(), "enrolled").await;
    assert!(!accepted.has("notice"), "nothing changed");

    let by_backup_code = person.anew().login_by("backup", &codes[0]);
    let accepted = let_in(&world, by_backup_code, "backup").await;
    assert!(accepted.str("notice").starts_with("A backup code was used"));
    has_notice_for_all(&world, &accepted, &codes).await;
    let kind = "enrollment.backup_codes.v1";
    let issued = expect(&world, person.request_backup_codes(), kind).await;
    has_notice_for_all(&world, &issued, &issued.backup_codes()).await;
    let removed = expect(&world, person.give_up("totp"), "enrollment.removed.v1").await;
    has_notice_for_all(&world, &removed, &codes).await;

    let until = now + SignedDuration::from_hours(24);
    let exempted = person.exempt("a secret reason", until);
    let exempted = expect(&world, exempted, "enrollment.exemption.v1").await;
    has_notice_for_all(&world, &exempted, &["a secret reason".to_owned()]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_is_reported_in_a_notice_without_the_administrators_reason() {
    let (world, institution) = world().await;
    let (person, _, _) = person_with_app(&world, &institution).await;
    let reset = in_welsh(person.reset("a secret reason"));
    let completed = expect(&world, reset, "reset.completed.v1").await;
    let notice = completed.str("notice");
    assert!(
        notice.starts_with("Mae gweinyddwr defnyddwyr wedi ailosod"),
        "{notice}"
    );
    has_notice_for_all(&world, &completed, &["a secret reason".to_owned()]).await;
}

/// Checks that the broadcast has the notice of the reply, and the notice has none of these.
async fn has_notice_for_all(
    world: &World,
    outcome: &twofactor_testkit::Outcome,
    secrets: &[String],
) {
    let kind = outcome.kind();
    let notice = outcome.str("notice");
    assert!(notice.ends_with('.'), "{kind} has no notice");
    let broadcast = world.observer.wait_for(outcome.id().expect("an id")).await;
    let broadcast = broadcast.expect("a broadcast");
    assert_eq!(broadcast["notice"], notice, "{kind}");
    for secret in secrets {
        assert!(
            !broadcast.as_string().contains(secret),
            "{kind} shows a secret"
        );
    }
    assert!(
        !notice.chars().any(|c| c.is_ascii_digit()),
        "{kind}: {notice}"
    );
}
