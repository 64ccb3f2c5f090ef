//! The other institution, with a policy of its own.

use anyhow::Result;
use serde_json::json;
use twofactor_testkit::CrmEvent;

use crate::cast::Cast;
use crate::story::Story;

/// Plays the act.
pub async fn play(story: &mut Story, cast: &Cast) -> Result<()> {
    story.act(
        "Meanwhile at Brook College",
        "Every institution has a policy of its own. Bailey is a user administrator there.",
    );
    step_by_step(story, cast).await?;
    an_exemption(story, cast).await
}

async fn step_by_step(story: &mut Story, cast: &Cast) -> Result<()> {
    let omar = &cast.omar;
    story
        .step("Brook has not switched two-factor authentication on.", &[3])
        .asks(policy(false, 0), "enrollment.policy.v1")
        .with("required", false)
        .play()
        .await?;
    story
        .step(
            "Omar’s password is enough there, and the outcome says so.",
            &[3],
        )
        .asks(omar.logs_in(&omar.session()), "login.accepted.v1")
        .with("via", "not_required")
        .play()
        .await?;
    story
        .step(
            "Bailey switches it on, with two weeks for everybody to set a method up.",
            &[3],
        )
        .asks(policy(true, 14), "enrollment.policy.v1")
        .with("required", true)
        .with("grace_days", 14)
        .play()
        .await?;
    story
        .step("Omar is let in, and the page says until when.", &[3])
        .asks(omar.logs_in(&omar.session()), "login.accepted.v1")
        .with("via", "grace")
        .having("set_up_by")
        .play()
        .await?;
    Ok(())
}

async fn an_exemption(story: &mut Story, cast: &Cast) -> Result<()> {
    let priya = &cast.priya;
    let until = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(7 * 24);
    let exempted = priya.event(
        "enrollment.exempted.v1",
        json!({
            "admin_id": "bailey", "until": until.to_string(),
            "reason": "Her phone is being repaired",
        }),
    );
    story
        .step("Priya can use neither method this week. Bailey exempts her, for days only, and the trail has it.", &[3])
        .asks(exempted, "enrollment.exemption.v1")
        .having("until")
        .play()
        .await?;
    story
        .step("Priya logs in.", &[3])
        .asks(priya.logs_in(&priya.session()), "login.accepted.v1")
        .with("via", "exempt")
        .play()
        .await?;
    let list = CrmEvent::new(
        "profile.list.requested.v1",
        json!({ "tenant_id": "brook", "viewer_id": "bailey", "user_ids": ["omar", "priya"] }),
    );
    story
        .step("Bailey looks up who has set nothing up yet.", &[16])
        .asks(list, "profile.list.v1")
        .that("neither has a method", |outcome| {
            let users = outcome["users"].as_array().cloned().unwrap_or_default();
            users.len() == 2 && users.iter().all(|user| user["methods"] == json!([]))
        })
        .play()
        .await?;
    Ok(())
}

fn policy(required: bool, grace_days: u8) -> CrmEvent {
    CrmEvent::new(
        "enrollment.policy.set.v1",
        json!({
            "tenant_id": "brook", "admin_id": "bailey", "required": required,
            "grace_days": grace_days,
        }),
    )
}
