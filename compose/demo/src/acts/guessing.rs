//! Somebody has Ben's password and guesses codes.

use anyhow::Result;
use serde_json::json;
use twofactor_testkit::CrmEvent;

use crate::cast::{Cast, Person};
use crate::story::Story;

/// The address of the guesser.
const ELSEWHERE: &str = "203.0.113.200";
/// Guesses without a wait.
const FREE: usize = 4;

/// Plays the act.
pub async fn play(story: &mut Story, cast: &mut Cast) -> Result<()> {
    story.act(
        "Somebody has Ben’s password and guesses",
        "From the fifth wrong code in a row on, each further try waits: 30 s, 60 s, up to 15 minutes.",
    );
    let ben = &mut cast.ben;
    guesses(story, ben).await?;
    is_not_shut_out(story, ben).await
}

async fn guesses(story: &mut Story, ben: &mut Person) -> Result<()> {
    let wrong = ben.phone()?.wrong_code();
    let guess = || -> CrmEvent {
        ben.logs_in_by_app(&ben.session(), &wrong)
            .with_data("ip", json!(ELSEWHERE))
    };
    story
        .step(
            "Four guesses at the same instant, in four windows: none is right.",
            &[3],
        )
        .asks_at_once(
            (0..FREE).map(|_| guess()).collect(),
            &["login.rejected.v1 wrong_code"; FREE],
        )
        .await?;
    story
        .step("The fifth is wrong as well. It starts a wait.", &[3, 10])
        .asks(guess(), "login.rejected.v1")
        .with("reason", "wrong_code")
        .waiting(25..=30)
        .play()
        .await?;
    let right = ben.phone()?.shown_code();
    let lucky = ben
        .logs_in_by_app(&ben.session(), &right)
        .with_data("ip", json!(ELSEWHERE));
    story
        .step(
            "The sixth would be right. During the wait no code of app or text is even checked.",
            &[3],
        )
        .asks(lucky, "login.rejected.v1")
        .with("reason", "too_many_failures")
        .with("next", "wait")
        .waiting(1..=30)
        .play()
        .await?;
    Ok(())
}

async fn is_not_shut_out(story: &mut Story, ben: &Person) -> Result<()> {
    let code = ben.backup_code(0)?;
    story
        .step(
            "Ben himself is not locked out: a backup code lets him in at once, and ends the wait.",
            &[9, 13],
        )
        .asks(
            ben.logs_in_with(&ben.session(), "backup", &code),
            "login.accepted.v1",
        )
        .with("via", "backup")
        .play()
        .await?;
    Ok(())
}
