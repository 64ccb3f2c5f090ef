//! The demo CRM in a real browser: every story, every state of a page, and the 25 points that its
//! pages must keep.
//!
//! What is clicked and what must be seen stands in `compose/demo-crm/browser`. This program starts
//! what that needs, runs it, and ends all of it.

mod control;
mod suite;

use std::sync::Arc;

use twofactor_testkit::Plan;

use control::Control;

/// So many wrong codes lock a user: what 100 do is too long to click.
const LOCKED_AFTER: &str = "7";

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_crm_keeps_its_stories_in_a_browser() {
    suite::prepare().await.expect("what the suite needs");
    let plan = Plan::default().bend("GUESS_LIMIT", LOCKED_AFTER);
    let world = plan.start().await.expect("a world");
    let sandbox = world.sms.url().to_owned();
    let control = Control::serve(Arc::new(world)).await;
    let variables = [
        ("CONTROL_URL", control.expect("a control server")),
        ("SMS_SANDBOX_URL", sandbox),
    ];
    suite::run(&variables).await.expect("every story holds");
}
