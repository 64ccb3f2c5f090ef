//! At the end of the day: who could have seen a number or a code?

use anyhow::Result;

use crate::search::{self, WorkerOutput};
use crate::story::Story;
use crate::trail::Auditor;

/// Plays the act.
pub async fn play(story: &mut Story, output: &WorkerOutput, auditor: &Auditor) -> Result<()> {
    story.act(
        "At the end of the day: who could have seen a number or a code?",
        "All that was entered or handed out today is searched for wherever others can look.",
    );
    let secrets = story.secrets().clone();
    let broadcasts = story.observer.everything();
    let metrics = output.metrics().await?;
    let (trail, rows) = auditor.everything().await?;
    let logs = output.logs();
    let sizes = [
        format!("{} broadcasts", story.observer.all().len()),
        format!("{rows} rows of the trail, as an auditor reads them"),
        format!("{} lines of the workers’ logs", logs.lines().count()),
        format!("{} lines of the workers’ metrics", metrics.lines().count()),
    ];
    let sentence = format!(
        "An observer searches everything for the {} numbers, codes, keys and tokens of the day.",
        secrets.len()
    );
    let mut look = story.look(&sentence, &[6, 20]);
    for (content, size) in [broadcasts, trail, logs, metrics].iter().zip(sizes) {
        let found = secrets
            .iter()
            .filter(|secret| search::holds(content, secret))
            .count();
        look = look.finds(&format!("none of them is in {size}"), found == 0);
    }
    look.done();

    let texts = auditor.texts().await?;
    let outcomes = story.observer.all();
    let billed = outcomes.iter().filter(|outcome| outcome.has("billed_to"));
    let by_system = billed
        .clone()
        .all(|outcome| outcome.str("billed_to") == "system");
    let mut look = story.look("The auditor counts the texts of the day.", &[8]);
    for text in &texts {
        look = look.sees(text);
    }
    look.finds(
        "all are billed to the system, never to an institution",
        by_system,
    )
    .done();
    Ok(())
}
