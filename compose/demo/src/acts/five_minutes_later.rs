//! Codes by text with a throttle of seconds, since nobody watches a demonstration for 5 minutes.

use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::json;

use crate::cast::{Cast, Person};
use crate::story::Story;

/// Plays the act, with the throttle that the workers were started anew with; returns the session in
/// which Ben is logged in at its end.
pub async fn play(story: &mut Story, cast: &mut Cast, throttle: Duration) -> Result<String> {
    story.wait(throttle).await;
    let session = cast.ben.session();
    asks_for_a_text(story, &cast.ben, &session).await?;
    types_it_wrong(story, &cast.ben, &session).await?;
    asks_again_twice(story, &cast.ben, &session, throttle).await?;
    logs_in(story, &cast.ben, &session).await?;
    lends_the_phone(story, &cast.ben, &cast.cleo).await?;
    Ok(session)
}

async fn asks_for_a_text(story: &mut Story, ben: &Person, session: &str) -> Result<()> {
    story
        .step(
            "Ben enters e-mail and password. His page is in Welsh.",
            &[2, 3],
        )
        .asks(ben.logs_in(session), "login.challenged.v1")
        .with("methods", json!(["sms", "backup"]))
        .with("next", "enter_code")
        .saying("Rhowch god er mwyn mewngofnodi.")
        .play()
        .await?;
    story
        .step("He asks for a text.", &[2, 8])
        .asks(requests(ben, session), "sms.sent.v1")
        .with("billed_to", "system")
        .with("delivery", "accepted")
        .with("next", "enter_code")
        .play()
        .await?;
    let text = story.sms.newest_to(ben.number).await?;
    story
        .look("His phone buzzes.", &[2])
        .reads(&text.body)
        .done();
    Ok(())
}

async fn types_it_wrong(story: &mut Story, ben: &Person, session: &str) -> Result<()> {
    let right = newest_code(story, ben).await?;
    story
        .step(
            "Caps lock is on: the page says so, and the text is still good.",
            &[5],
        )
        .asks(
            ben.logs_in_with(session, "sms", &right.to_uppercase()),
            "login.rejected.v1",
        )
        .with("reason", "malformed_code")
        .saying("Diffoddwch Caps Lock")
        .play()
        .await?;
    story
        .step(
            "He mistypes one letter: the page says so, and asks him to request a new code.",
            &[11],
        )
        .asks(
            ben.logs_in_with(session, "sms", &mistyped(&right)),
            "login.rejected.v1",
        )
        .with("reason", "wrong_code")
        .with("next", "request_new_code")
        .play()
        .await?;
    story
        .step(
            "Now he types it right, but a wrong entry spends a text: nobody gets two guesses.",
            &[11],
        )
        .asks(
            ben.logs_in_with(session, "sms", &right),
            "login.rejected.v1",
        )
        .with("next", "request_new_code")
        .play()
        .await?;
    Ok(())
}

async fn asks_again_twice(
    story: &mut Story,
    ben: &Person,
    session: &str,
    throttle: Duration,
) -> Result<()> {
    story.wait(throttle).await;
    let before = story.sms.texts_to(ben.number).await?.len();
    story
        .step(
            "He waits as told, asks for a new code and clicks twice: one text is sent, not two.",
            &[11, 12],
        )
        .asks_at_once(
            vec![requests(ben, session), requests(ben, session)],
            &["sms.sent.v1", "sms.throttled.v1"],
        )
        .await?;
    let texts = story.sms.texts_to(ben.number).await?;
    story
        .look("Ben looks at his phone.", &[12])
        .finds("there is one text more", texts.len() == before + 1)
        .reads(&texts.last().context("no text reached Ben")?.body)
        .done();
    Ok(())
}

async fn logs_in(story: &mut Story, ben: &Person, session: &str) -> Result<()> {
    let code = newest_code(story, ben).await?;
    let enters = || ben.logs_in_with(session, "sms", &code);
    story
        .step(
            "He enters the new code and clicks twice on ‘Log in’: it is accepted once.",
            &[2, 13, 19],
        )
        .asks_at_once(
            vec![enters(), enters()],
            &["login.accepted.v1", "login.rejected.v1 code_used"],
        )
        .await?;
    Ok(())
}

async fn lends_the_phone(story: &mut Story, ben: &Person, cleo: &Person) -> Result<()> {
    let session = cleo.session();
    let started = cleo.event(
        "enrollment.sms.started.v1",
        json!({ "session_id": session, "mobile_number": ben.number }),
    );
    story
        .step("Cleo wants to share Ben’s phone and sets up texts to his number. Nothing shows her that it is known.", &[18])
        .asks(started, "enrollment.pending.v1")
        .with("method", "sms")
        .play()
        .await?;
    let code = newest_code(story, ben).await?;
    let confirmed = cleo.event(
        "enrollment.sms.confirmed.v1",
        json!({ "session_id": session, "code": code }),
    );
    story
        .step(
            "Ben reads the code out to her. A number serves one person, so it is not accepted.",
            &[18],
        )
        .asks(confirmed, "enrollment.rejected.v1")
        .with("reason", "number_not_accepted")
        .with("next", "use_another_method")
        .play()
        .await?;
    Ok(())
}

fn requests(person: &Person, session: &str) -> twofactor_testkit::CrmEvent {
    person.event("sms.requested.v1", json!({ "session_id": session }))
}

async fn newest_code(story: &Story, person: &Person) -> Result<String> {
    let text = story.sms.newest_to(person.number).await?;
    Ok(text.code().to_owned())
}

/// Returns the code with another last character.
fn mistyped(code: &str) -> String {
    let other = if code.ends_with('a') { 'b' } else { 'a' };
    let mut typed: String = code.chars().take(5).collect();
    typed.push(other);
    typed
}
