//! What operators see of the day.

use anyhow::Result;

use crate::figures::Prometheus;
use crate::story::Story;

/// Plays the act. The workers say that they have handled so many events.
pub async fn play(story: &mut Story, prometheus: &Prometheus, handled: f64) -> Result<()> {
    story.act(
        "What operators see",
        "The figures that Prometheus holds now. Dashboards and alerts are made of these.",
    );
    let seen = prometheus.wait_for_events(handled).await?;
    story
        .look("Prometheus has read every worker.", &[])
        .finds(
            &format!("it has counted {seen:.0} events, as many as the workers have handled"),
            (seen - handled).abs() < 0.5,
        )
        .done();
    prometheus.show(story.screen).await
}
