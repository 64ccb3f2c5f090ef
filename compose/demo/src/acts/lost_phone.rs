//! Anna has lost her phone, and a user administrator resets her.

use anyhow::{Context, Result};
use serde_json::{Value, json};
use twofactor_testkit::CrmEvent;

use crate::cast::{Cast, Person, Phone};
use crate::story::Story;
use crate::trail::Auditor;

/// The address of a friend's home.
const AT_A_FRIENDS: &str = "203.0.113.80";

/// Plays the act.
pub async fn play(story: &mut Story, cast: &mut Cast, auditor: &Auditor) -> Result<()> {
    story.act(
        "Anna’s phone is stolen, and her backup codes were in the same bag",
        "She asks Morris, who sees her 2FA tab as administrators do and can reset it.",
    );
    let anna = &mut cast.anna;
    let (session, token) = at_a_friends(story, anna).await?;
    forgets_the_friends_browser(story, anna, &session, &token).await?;
    who_sees_what(story, anna).await?;
    reset(story, anna).await?;
    nothing_holds(story, anna).await?;
    on_record(story, anna, auditor).await?;
    starts_afresh(story, anna).await
}

/// Returns the session, and the token that the friend's browser was given.
async fn at_a_friends(story: &mut Story, anna: &Person) -> Result<(String, Value)> {
    let session = anna.session();
    let code = anna.backup_code(2)?;
    let remember = anna
        .logs_in_with(&session, "backup", &code)
        .with_data("ip", json!(AT_A_FRIENDS))
        .with_data("remember_me", json!(true));
    let accepted = story
        .step(
            "Anna logs in once more, the evening before, at a friend’s. ‘Remember me’ was ticked by mistake. \
             She gets an e-mail that a backup code was used.",
            &[9, 17],
        )
        .asks(remember, "login.accepted.v1")
        .with("via", "backup")
        .telling("A backup code was used")
        .having("remember_token")
        .play()
        .await?;
    Ok((session, accepted["remember_token"].clone()))
}

async fn forgets_the_friends_browser(
    story: &mut Story,
    anna: &Person,
    session: &str,
    token: &Value,
) -> Result<()> {
    let profile = story
        .step(
            "Her own 2FA tab shows everything, to her alone: both browsers, too.",
            &[6, 16],
        )
        .asks(own_profile(anna, session), "profile.v1")
        .with("viewer", "self")
        .with("mobile_number", anna.number)
        .with("backup_codes_left", 7)
        .that("two browsers are remembered", |outcome| {
            let browsers = outcome["remembered_browsers"].as_array();
            browsers.is_some_and(|browsers| browsers.len() == 2)
        })
        .play()
        .await?;
    let browsers = profile["remembered_browsers"].as_array();
    let newest = browsers.and_then(|browsers| {
        let since = |browser: &&Value| browser["since"].as_str().map(str::to_owned);
        browsers.iter().max_by_key(since)
    });
    let newest = newest.context("no browser is remembered: an earlier step failed")?;
    let forgotten = json!({ "browser_id": newest["browser_id"] });
    story
        .step(
            "She lets the friend’s browser be forgotten, and no other.",
            &[17],
        )
        .asks(
            anna.event("enrollment.browsers.forgotten.v1", forgotten),
            "enrollment.browsers_forgotten.v1",
        )
        .with("count", 1)
        .play()
        .await?;
    let at_a_friends = anna
        .logs_in(&anna.session())
        .with_data("ip", json!(AT_A_FRIENDS))
        .with_data("remember_token", token.clone());
    story
        .step("The friend’s browser asks for a code again.", &[17])
        .asks(at_a_friends, "login.challenged.v1")
        .with("remembered", "unknown")
        .with("next", "enter_code")
        .play()
        .await?;
    story
        .step("The one in her office does not.", &[17])
        .asks(
            anna.logs_in_remembered(&anna.session()),
            "login.accepted.v1",
        )
        .with("via", "remembered")
        .play()
        .await?;
    Ok(())
}

fn own_profile(anna: &Person, session: &str) -> CrmEvent {
    let members = json!({ "viewer_id": anna.user, "session_id": session });
    anna.event("profile.requested.v1", members)
}

async fn who_sees_what(story: &mut Story, anna: &Person) -> Result<()> {
    story
        .step(
            "Morris sees when each method was set up, and no detail of it.",
            &[6, 16],
        )
        .asks(anna.looked_at_by("morris"), "profile.v1")
        .with("viewer", "other")
        .having("methods")
        .without("mobile_number")
        .without("backup_codes_left")
        .without("remembered_browsers")
        .without("pending")
        .play()
        .await?;
    story
        .step(
            "A thief with her password alone cannot open her 2FA tab: it asks for a second factor first.",
            &[3, 6],
        )
        .asks(
            own_profile(anna, &anna.session()),
            "enrollment.rejected.v1",
        )
        .with("reason", "login_required")
        .without("mobile_number")
        .play()
        .await?;
    Ok(())
}

async fn reset(story: &mut Story, anna: &Person) -> Result<()> {
    let by_herself = anna.event(
        "reset.requested.v1",
        json!({ "admin_id": anna.user, "reason": "I am an administrator as well" }),
    );
    story
        .step(
            "An administrator cannot reset his own account by that button.",
            &[14],
        )
        .asks(by_herself, "event.rejected.v1")
        .with("reason", "invalid_field")
        .with("field", "/data/admin_id")
        .play()
        .await?;
    story.keep_secret(&json!("+447400555444"));
    let reset = anna.event(
        "reset.requested.v1",
        json!({ "admin_id": "morris", "reason": "Bag stolen in Leeds, call her at 07400555444" }),
    );
    story
        .step(
            "Morris clicks on ‘reset this user’s 2FA’ and says why.",
            &[14],
        )
        .asks(reset, "reset.completed.v1")
        .with("admin_id", "morris")
        .with(
            "removed",
            json!(["totp", "sms", "backup_codes", "remembered_browsers"]),
        )
        .telling("A user administrator has reset")
        .play()
        .await?;
    Ok(())
}

async fn nothing_holds(story: &mut Story, anna: &mut Person) -> Result<()> {
    let code = anna.phone()?.shown_code();
    let thief = anna.logs_in_by_app(&anna.session(), &code);
    story
        .step(
            "The thief has her password and her unlocked phone. The app’s code gets nobody in.",
            &[3, 14],
        )
        .asks(thief, "login.challenged.v1")
        .with("next", "set_up")
        .with("methods", json!([]))
        .play()
        .await?;
    let code = anna.backup_code(3)?;
    let thief = anna.logs_in_with(&anna.session(), "backup", &code);
    story
        .step("A backup code from the bag does not either.", &[14])
        .asks(thief, "login.challenged.v1")
        .with("next", "set_up")
        .play()
        .await?;
    Ok(())
}

async fn on_record(story: &mut Story, anna: &Person, auditor: &Auditor) -> Result<()> {
    let rows = auditor.resets(anna.tenant, anna.user).await?;
    let mut look = story.look("An auditor reads the log of resets.", &[6, 14]);
    for row in &rows {
        look = look.sees(&format!(
            "{} {}: {} by {}, “{}”",
            row.recorded_at, row.outcome_type, anna.user, row.actor, row.reason
        ));
    }
    let completed = rows
        .iter()
        .find(|row| row.outcome_type == "reset.completed.v1");
    let is_named = completed.is_some_and(|row| row.actor == "morris");
    let is_blanked = completed.is_some_and(|row| !row.reason.contains("07400555444"));
    look.finds("it says who and why", is_named)
        .finds("a telephone number in the reason was blanked", is_blanked)
        .done();
    Ok(())
}

async fn starts_afresh(story: &mut Story, anna: &mut Person) -> Result<()> {
    let session = anna.session();
    let started = anna.event(
        "enrollment.totp.started.v1",
        json!({ "session_id": session, "account": "anna@ashford.example" }),
    );
    let pending = story
        .step("With a new phone Anna starts afresh.", &[14])
        .asks(started, "enrollment.pending.v1")
        .play()
        .await?;
    let mut phone = Phone::with(twofactor_testkit::Authenticator::scan(
        pending.str("qr_png"),
    )?);
    let code = phone.fresh_code().await;
    anna.phone = Some(phone);
    let confirmed = anna
        .event(
            "enrollment.totp.confirmed.v1",
            json!({ "session_id": session, "code": code.digits }),
        )
        .at(code.seen_at);
    let completed = story
        .step("She confirms and gets new backup codes.", &[13, 14])
        .asks(confirmed, "enrollment.completed.v1")
        .having("backup_codes")
        .play()
        .await?;
    anna.keep_backup_codes(&completed);
    story
        .step(
            "The browser in her office was remembered before the reset. It is not any more.",
            &[14, 17],
        )
        .asks(
            anna.logs_in_remembered(&anna.session()),
            "login.challenged.v1",
        )
        .with("remembered", "unknown")
        .with("next", "enter_code")
        .play()
        .await?;
    Ok(())
}
