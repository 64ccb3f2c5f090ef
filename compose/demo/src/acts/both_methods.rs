//! Ben adds the app, uses either method, and resets one of them.

use std::time::Duration;

use anyhow::Result;
use serde_json::json;
use twofactor_testkit::Authenticator;

use crate::cast::{Cast, Person, Phone};
use crate::story::Story;

const NEW_NUMBER: &str = "+447400345678";

/// Plays the act. Ben has logged in by text; the workers throttle texts by that time.
pub async fn play(
    story: &mut Story,
    cast: &mut Cast,
    session: &str,
    throttle: Duration,
) -> Result<()> {
    story.act(
        "Ben gets a smartphone",
        "He has logged in by text just now, so his 2FA tab lets him in.",
    );
    let ben = &mut cast.ben;
    adds_the_app(story, ben, session).await?;
    uses_the_app(story, ben).await?;
    story.wait(throttle).await;
    changes_the_number(story, ben, session).await
}

async fn adds_the_app(story: &mut Story, ben: &mut Person, session: &str) -> Result<()> {
    let started = ben.event(
        "enrollment.totp.started.v1",
        json!({ "session_id": session, "account": "ben@ashford.example" }),
    );
    let pending = story
        .step("He adds the authenticator app and keeps texts.", &[4, 9])
        .asks(started, "enrollment.pending.v1")
        .with("method", "totp")
        .play()
        .await?;
    let mut phone = Phone::with(Authenticator::scan(pending.str("qr_png"))?);
    let code = phone.fresh_code().await;
    ben.phone = Some(phone);
    let confirmed = ben.event(
        "enrollment.totp.confirmed.v1",
        json!({ "session_id": session, "code": code.digits }),
    );
    story
        .step(
            "He scans the picture and confirms. His backup codes stay as they are.",
            &[1, 4, 9],
        )
        .asks(confirmed.at(code.seen_at), "enrollment.completed.v1")
        .with("method", "totp")
        .without("backup_codes")
        .play()
        .await?;
    Ok(())
}

async fn uses_the_app(story: &mut Story, ben: &mut Person) -> Result<()> {
    let session = ben.session();
    story
        .step("Now he has the choice: this morning it was a text …", &[9])
        .asks(ben.logs_in(&session), "login.challenged.v1")
        .with("methods", json!(["totp", "sms", "backup"]))
        .play()
        .await?;
    let code = ben.phone()?.fresh_code().await;
    story
        .step("… and now it is the app.", &[1, 9])
        .asks(ben.logs_in_by_app(&session, &code), "login.accepted.v1")
        .with("via", "totp")
        .play()
        .await?;
    Ok(())
}

async fn changes_the_number(story: &mut Story, ben: &mut Person, session: &str) -> Result<()> {
    let removed = json!({ "session_id": session, "method": "sms" });
    story
        .step(
            "The old phone goes. In his 2FA tab he resets texts himself, and texts only.",
            &[15],
        )
        .asks(
            ben.event("enrollment.method.reset.v1", removed),
            "enrollment.removed.v1",
        )
        .with("method", "sms")
        .play()
        .await?;
    ben.number = NEW_NUMBER;
    let started = json!({ "session_id": session, "mobile_number": ben.number });
    story
        .step("He sets texts up again, to his new number.", &[15])
        .asks(
            ben.event("enrollment.sms.started.v1", started),
            "enrollment.pending.v1",
        )
        .with("billed_to", "system")
        .play()
        .await?;
    let text = story.sms.newest_to(ben.number).await?;
    let confirmed = json!({ "session_id": session, "code": text.code() });
    story
        .step("The text comes to the new number, and he confirms.", &[15])
        .asks(
            ben.event("enrollment.sms.confirmed.v1", confirmed),
            "enrollment.completed.v1",
        )
        .with("method", "sms")
        .play()
        .await?;
    Ok(())
}
