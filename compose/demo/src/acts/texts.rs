//! Codes by text, with the product's own throttle of five minutes.

use anyhow::{Context, Result};
use serde_json::json;
use twofactor_testkit::sandbox::Text;

use crate::cast::{Cast, Person};
use crate::story::Story;

/// Anna's number on the CRM's profile card. No event ever carries it.
const ON_THE_PROFILE_CARD: &str = "+447400999888";

/// The words after the code in a Welsh text.
const WELSH: &str = "yw eich cod Student CRM";

/// Plays the act.
pub async fn play(story: &mut Story, cast: &mut Cast) -> Result<()> {
    story.act(
        "Codes by text message",
        "Texts go to an inbox that stands in for the phones. The throttle is the real one: 5 minutes. \
         Ben’s pages are in Welsh, so the CRM says `language: cy` in his events.",
    );
    adds_texts(story, &mut cast.anna).await?;
    waits_and_uses_a_backup_code(story, &cast.anna).await?;
    clicks_twice(story, &mut cast.ben).await
}

async fn adds_texts(story: &mut Story, anna: &mut Person) -> Result<()> {
    let session = anna.session();
    let code = anna.backup_code(0)?;
    story
        .step(
            "Anna logs in with the first of her backup codes, as her phone is charging.",
            &[9, 13],
        )
        .asks(
            anna.logs_in_with(&session, "backup", &code),
            "login.accepted.v1",
        )
        .with("via", "backup")
        .with("backup_codes_left", 9)
        .play()
        .await?;

    let started = anna.event(
        "enrollment.sms.started.v1",
        json!({ "session_id": session, "mobile_number": "07400 123456", "region": "GB" }),
    );
    story
        .step(
            "She sets up texts as well, with another number than the CRM’s profile card shows.",
            &[7, 8, 9],
        )
        .asks(started, "enrollment.pending.v1")
        .with("method", "sms")
        .with("billed_to", "system")
        .with("delivery", "accepted")
        .play()
        .await?;
    let text = reads_text(story, anna).await?;

    let confirms = |code: &str| {
        anna.event(
            "enrollment.sms.confirmed.v1",
            json!({ "session_id": session, "code": code }),
        )
    };
    let loud = text.code().to_uppercase();
    story
        .step("She types it with caps lock on. That spends nothing.", &[5])
        .asks(confirms(&loud), "enrollment.rejected.v1")
        .with("reason", "malformed_code")
        .saying("caps lock")
        .play()
        .await?;
    story
        .step(
            "She types it as it is. Backup codes came with the first method, so none come now.",
            &[4, 5, 9],
        )
        .asks(confirms(text.code()), "enrollment.completed.v1")
        .with("method", "sms")
        .without("backup_codes")
        .play()
        .await?;
    Ok(())
}

async fn reads_text(story: &mut Story, anna: &Person) -> Result<Text> {
    let text = story.sms.newest_to(anna.number).await?;
    let to_the_card = story.sms.texts_to(ON_THE_PROFILE_CARD).await?;
    let is_quiet = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    story
        .look("Her phone buzzes.", &[2, 5, 7])
        .reads(&text.body)
        .finds(
            "the text begins with 6 lower-case letters and digits",
            text.code().len() == 6 && text.code().chars().all(is_quiet),
        )
        .finds(
            "none of them looks like another",
            !text.code().contains(['l', 'o', '0', '1']),
        )
        .finds(
            "nothing went to the number on the profile card",
            to_the_card.is_empty(),
        )
        .done();
    Ok(text)
}

async fn waits_and_uses_a_backup_code(story: &mut Story, anna: &Person) -> Result<()> {
    let session = anna.session();
    story
        .step(
            "At home she logs in again. The page can offer all that she has set up.",
            &[9],
        )
        .asks(anna.logs_in(&session), "login.challenged.v1")
        .with("methods", json!(["totp", "sms", "backup"]))
        .play()
        .await?;
    let requested = anna.event("sms.requested.v1", json!({ "session_id": session }));
    story
        .step(
            "She asks for a text. The last one is not five minutes old.",
            &[12],
        )
        .asks(requested, "sms.throttled.v1")
        .with("next", "wait")
        .waiting(200..=300)
        .play()
        .await?;
    let code = anna.backup_code(1)?;
    let typed = code.replace('-', " ").to_lowercase();
    story
        .step(
            "She would rather not wait, and types a backup code in her own way.",
            &[9, 13],
        )
        .asks(
            anna.logs_in_with(&session, "backup", &typed),
            "login.accepted.v1",
        )
        .with("via", "backup")
        .with("backup_codes_left", 8)
        .play()
        .await?;
    story
        .step("The same backup code once more.", &[13, 19])
        .asks(
            anna.logs_in_with(&anna.session(), "backup", &code),
            "login.rejected.v1",
        )
        .with("reason", "code_used")
        .play()
        .await?;
    Ok(())
}

async fn clicks_twice(story: &mut Story, ben: &mut Person) -> Result<()> {
    let session = ben.session();
    let started = || {
        ben.event(
            "enrollment.sms.started.v1",
            json!({ "session_id": session, "mobile_number": ben.number }),
        )
    };
    story
        .step(
            "Ben has no smartphone and sets up texts. He clicks twice: one text is sent, not two.",
            &[12],
        )
        .asks_at_once(
            vec![started(), started()],
            &["enrollment.pending.v1", "enrollment.rejected.v1 throttled"],
        )
        .await?;
    let texts = story.sms.texts_to(ben.number).await?;
    let text = texts.first().context("no text reached Ben")?;
    story
        .look("Ben looks at his phone.", &[12])
        .reads(&text.body)
        .finds("there is one text", texts.len() == 1)
        .finds("it is in Welsh", text.body.contains(WELSH))
        .done();
    let code = text.code().to_owned();
    let confirmed = ben.event(
        "enrollment.sms.confirmed.v1",
        json!({ "session_id": session, "code": code }),
    );
    let completed = story
        .step(
            "He confirms. It is his first method: backup codes come with it, and an e-mail in Welsh \
             says what was set up.",
            &[4, 13],
        )
        .asks(confirmed, "enrollment.completed.v1")
        .with("method", "sms")
        .telling("Sefydlwyd y dull o gael codau drwy neges destun")
        .that("there are 10 backup codes", |outcome| {
            outcome.list("backup_codes").len() == 10
        })
        .play()
        .await?;
    ben.keep_backup_codes(&completed);
    Ok(())
}
