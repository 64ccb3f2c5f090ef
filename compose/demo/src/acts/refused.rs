//! What the workers refuse from a CRM that makes mistakes, and what they forgive.

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::cast::Cast;
use crate::story::Story;

/// Plays the act.
pub async fn play(story: &mut Story, cast: &mut Cast) -> Result<()> {
    story.act(
        "The CRM makes mistakes",
        "Every message is answered, a wrong one too, and none of its values is kept.",
    );
    wrong_events(story, cast).await?;
    sent_again(story, cast).await
}

async fn wrong_events(story: &mut Story, cast: &Cast) -> Result<()> {
    let ben = &cast.ben;
    let password = ben
        .logs_in(&ben.session())
        .with_data("password", json!("correct horse battery staple"));
    story.keep_secret(&json!("correct horse battery staple"));
    story
        .step(
            "A developer sends the password along. It is refused, anywhere in the event.",
            &[20],
        )
        .asks(password, "event.rejected.v1")
        .with("reason", "invalid_field")
        .with("field", "/data/password")
        .play()
        .await?;
    let misspelt = ben.event("login.atempted.v1", json!({ "session_id": ben.session() }));
    story
        .step("A misspelt event type is answered, not lost.", &[])
        .asks(misspelt, "event.rejected.v1")
        .with("reason", "unknown_type")
        .play()
        .await?;
    let late = Timestamp::now() - SignedDuration::from_mins(3);
    story
        .step(
            "A login that was delayed for three minutes is not accepted.",
            &[3],
        )
        .asks(ben.logs_in(&ben.session()).at(late), "login.rejected.v1")
        .with("reason", "stale_event")
        .with("next", "try_again")
        .play()
        .await?;
    Ok(())
}

async fn sent_again(story: &mut Story, cast: &mut Cast) -> Result<()> {
    let ben = &mut cast.ben;
    let code = ben.phone()?.fresh_code().await;
    let event = ben.logs_in_by_app(&ben.session(), &code);
    let first = story
        .step(
            "Ben logs in with his new app, but the CRM loses the reply.",
            &[9],
        )
        .asks(event.clone(), "login.accepted.v1")
        .with("via", "totp")
        .play()
        .await?;
    let id = first.id();
    story
        .step(
            "So it sends the same event again, and gets the same outcome. The code was spent once.",
            &[19],
        )
        .asks(event.again(), "login.accepted.v1")
        .with("via", "totp")
        .that("it is the first outcome again", move |outcome| {
            outcome.id() == id
        })
        .play()
        .await?;
    Ok(())
}
