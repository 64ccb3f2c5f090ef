//! Ashford switches two-factor authentication on, and Anna sets an authenticator app up.

use anyhow::{Context, Result};
use serde_json::json;
use twofactor_testkit::{Authenticator, CrmEvent, Outcome};

use crate::cast::{Cast, Person, Phone};
use crate::story::Story;

/// Plays the act.
pub async fn play(story: &mut Story, cast: &mut Cast) -> Result<()> {
    story.act(
        "Ashford University switches two-factor authentication on",
        "Morris is a user administrator there. Anna has a password and nothing else yet.",
    );
    let anna = &mut cast.anna;
    let session = anna.session();
    password_alone(story, anna, &session).await?;
    let pending = starts(story, anna, &session).await?;
    scans(story, anna, &pending)?;
    confirms(story, anna, &session).await
}

async fn password_alone(story: &mut Story, anna: &Person, session: &str) -> Result<()> {
    let policy = CrmEvent::new(
        "enrollment.policy.set.v1",
        json!({
            "tenant_id": anna.tenant, "admin_id": "morris", "required": true, "grace_days": 0,
        }),
    );
    story
        .step(
            "Morris requires a second factor from everybody, at once.",
            &[3],
        )
        .asks(policy, "enrollment.policy.v1")
        .with("required", true)
        .with("grace_days", 0)
        .play()
        .await?;
    story
        .step(
            "Anna enters e-mail and password. The CRM accepts them and asks what is missing.",
            &[3],
        )
        .asks(anna.logs_in(session), "login.challenged.v1")
        .with("next", "set_up")
        .with("methods", json!([]))
        .play()
        .await?;
    Ok(())
}

async fn starts(story: &mut Story, anna: &Person, session: &str) -> Result<Outcome> {
    let started = anna.event(
        "enrollment.totp.started.v1",
        json!({ "session_id": session, "account": "anna@ashford.example" }),
    );
    story
        .step(
            "She opens the 2FA tab of her profile and chooses the authenticator app.",
            &[1, 4],
        )
        .asks(started, "enrollment.pending.v1")
        .with("method", "totp")
        .having("qr_png")
        .having("secret")
        .that("the picture is in the reply alone", |outcome| {
            outcome.expiration.is_some() && !outcome.is_persistent
        })
        .play()
        .await
}

fn scans(story: &mut Story, anna: &mut Person, pending: &Outcome) -> Result<()> {
    let app =
        Authenticator::scan(pending.str("qr_png")).context("the picture cannot be scanned")?;
    let by_hand = Authenticator::from_base32(pending.str("secret"))?;
    let now = jiff::Timestamp::now();
    story
        .look("She scans the picture with the app on her phone.", &[1])
        .sees(&format!(
            "the app shows “{}” and “{}”",
            app.issuer, app.account
        ))
        .finds(
            "the picture asks for nothing that common apps do not know: SHA-1, 6 digits, 30 s",
            app.issuer == "Student CRM" && app.account == "anna@ashford.example",
        )
        .finds(
            "the key typed by hand gives the same codes",
            by_hand.code_at(now) == app.code_at(now),
        )
        .done();
    anna.phone = Some(Phone::with(app));
    Ok(())
}

async fn confirms(story: &mut Story, anna: &mut Person, session: &str) -> Result<()> {
    let other_window = anna.session();
    story
        .step(
            "In another window she tries to log in: what is not confirmed counts for nothing.",
            &[4],
        )
        .asks(anna.logs_in(&other_window), "login.challenged.v1")
        .with("next", "set_up")
        .play()
        .await?;

    let wrong = anna.phone()?.wrong_code();
    let confirmed = |code: &str| {
        anna.event(
            "enrollment.totp.confirmed.v1",
            json!({ "session_id": session, "code": code }),
        )
    };
    story
        .step("She mistypes the code that confirms the app.", &[4, 10])
        .asks(
            confirmed(&wrong.digits).at(wrong.seen_at),
            "enrollment.rejected.v1",
        )
        .with("reason", "wrong_code")
        .with("next", "try_another_code")
        .play()
        .await?;

    let code = anna.phone()?.fresh_code().await;
    let event = anna.event(
        "enrollment.totp.confirmed.v1",
        json!({ "session_id": session, "code": code.digits }),
    );
    let completed = story
        .step("She enters the code that the app shows. It is her first method: backup codes come with it.", &[4, 13])
        .asks(event.at(code.seen_at), "enrollment.completed.v1")
        .with("method", "totp")
        .that("there are 10 backup codes", |outcome| outcome.list("backup_codes").len() == 10)
        .play()
        .await?;
    anna.keep_backup_codes(&completed);

    story
        .step(
            "Her login goes on: a person who has just set a method up needs no second code.",
            &[4],
        )
        .asks(anna.logs_in(session), "login.accepted.v1")
        .with("via", "enrolled")
        .play()
        .await?;
    Ok(())
}
