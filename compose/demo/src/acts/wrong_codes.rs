//! An ordinary morning with the app: wrong codes, used codes, and a browser that is remembered.

use anyhow::Result;
use serde_json::json;

use crate::cast::{Cast, Person};
use crate::story::Story;

/// Plays the act.
pub async fn play(story: &mut Story, cast: &mut Cast) -> Result<()> {
    story.act(
        "The next morning: Anna, her app, and what can go wrong with it",
        "The app shows a code for 30 seconds; one step either side is good as well.",
    );
    logs_in(story, &mut cast.anna).await?;
    uses_twice(story, &mut cast.anna).await?;
    is_remembered(story, &cast.anna).await
}

async fn logs_in(story: &mut Story, anna: &mut Person) -> Result<()> {
    let session = anna.session();
    story
        .step("Anna enters e-mail and password.", &[3])
        .asks(anna.logs_in(&session), "login.challenged.v1")
        .with("next", "enter_code")
        .with("methods", json!(["totp", "backup"]))
        .play()
        .await?;

    let wrong = anna.phone()?.wrong_code();
    story
        .step("She mistypes the code.", &[3, 10])
        .asks(anna.logs_in_by_app(&session, &wrong), "login.rejected.v1")
        .with("reason", "wrong_code")
        .with("next", "try_another_code")
        .saying("next code")
        .play()
        .await?;

    let code = anna.phone()?.fresh_code().await;
    let remember = anna
        .logs_in_by_app(&session, &code)
        .with_data("remember_me", json!(true));
    let accepted = story
        .step(
            "She enters the code right, with ‘remember me’ ticked. The browser keeps the token.",
            &[1, 10, 17],
        )
        .asks(remember, "login.accepted.v1")
        .with("via", "totp")
        .having("remember_token")
        .that("it is remembered for 30 days", |outcome| {
            let until = outcome.str("remembered_until").parse::<jiff::Timestamp>();
            let days = until.map(|until| until.duration_since(jiff::Timestamp::now()).as_hours());
            days.is_ok_and(|hours| (719..=720).contains(&hours))
        })
        .play()
        .await?;

    let other = anna.session();
    story
        .step(
            "Somebody has watched her and enters the very same code at once.",
            &[19],
        )
        .asks(anna.logs_in_by_app(&other, &code), "login.rejected.v1")
        .with("reason", "code_used")
        .with("next", "try_another_code")
        .play()
        .await?;
    accepted
        .str("remember_token")
        .clone_into(&mut anna.remember_token);
    Ok(())
}

async fn uses_twice(story: &mut Story, anna: &mut Person) -> Result<()> {
    let code = anna.phone()?.fresh_code().await;
    let windows = [anna.session(), anna.session()];
    let events = windows.map(|session| anna.logs_in_by_app(&session, &code));
    story
        .step("One fresh code in two windows at the same instant. Two copies of the worker run; one window is let in.", &[13, 19])
        .asks_at_once(events.to_vec(), &["login.accepted.v1", "login.rejected.v1 code_used"])
        .await?;
    Ok(())
}

async fn is_remembered(story: &mut Story, anna: &Person) -> Result<()> {
    story
        .step(
            "After lunch she logs in at the same browser: no code is asked for.",
            &[17],
        )
        .asks(
            anna.logs_in_remembered(&anna.session()),
            "login.accepted.v1",
        )
        .with("via", "remembered")
        .play()
        .await?;
    let elsewhere = anna
        .logs_in_remembered(&anna.session())
        .with_data("ip", json!("203.0.113.77"));
    story
        .step("In a café the same browser has another address: a code is asked for, the token is kept.", &[17])
        .asks(elsewhere, "login.challenged.v1")
        .with("remembered", "other_ip")
        .with("next", "enter_code")
        .play()
        .await?;
    Ok(())
}
