//! One institution’s CRM and an observer make mistakes, and another institution logs in meanwhile.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use twofactor_testkit::{CrmEvent, FullQueue, ReplyPath};

use crate::cast::{Cast, Person};
use crate::figures;
use crate::screen::duration;
use crate::story::Story;

/// Logins on either side.
const LOGINS: usize = 20;
/// A direct reply-to address of a node that this broker does not know: it closes the connection of
/// a client that publishes there.
const ELSEWHERE: &str =
    "amq.rabbitmq.reply-to.g1h2AA5yZXBseUA5Mzc1ODg2OAAAAqwAAAAAawrTmA==.dFdDn3hwAzKs24bdoZd0/Q==";
const FULL_REPLY_QUEUE: &str = "crm.reply.full";
const FULL_OBSERVER: &str = "observer.full";
/// The time that a login of the other institution may take.
const LONGEST: Duration = Duration::from_secs(1);
/// The time until a failed reply (2 s) or broadcast (5 s) is counted.
const COUNTED_WITHIN: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(100);

const UNANSWERED: &str = "twofactor_replies_unroutable_total";
const DECLINED: &str = "twofactor_broadcasts_declined_total";

/// The broker's address for those who make the mistakes, and the workers' metrics that count them.
pub struct Addresses {
    /// The CRM's address of the broker.
    pub crm: String,
    /// An observer's address of the broker.
    pub observer: String,
    /// The address of every worker, without a path.
    pub metrics: Vec<String>,
}

/// Plays the act.
pub async fn play(story: &mut Story, cast: &Cast, addresses: &Addresses) -> Result<()> {
    story.act(
        "Brook’s mistakes are not Ashford’s",
        "Omar of Brook logs in 20 times, and something is wrong with each receiver of his outcomes. After \
         each of his logins Ben of Ashford logs in, and the time to his answer is measured.",
    );
    let missed = a_node_that_is_not_there(story, cast, addresses).await?;
    a_full_reply_queue(story, cast, addresses).await?;
    a_full_observer(story, cast, addresses).await?;
    story
        .step(
            "Brook’s CRM corrects its address and sends Omar’s first login again: the outcome was kept.",
            &[],
        )
        .asks(missed.again(), "login.accepted.v1")
        .with("via", "grace")
        .play()
        .await?;
    Ok(())
}

async fn a_node_that_is_not_there(
    story: &mut Story,
    cast: &Cast,
    addresses: &Addresses,
) -> Result<CrmEvent> {
    let before = figures::sum(&addresses.metrics, UNANSWERED).await?;
    let path = ReplyPath::Named(ELSEWHERE.to_owned());
    let (omars, times) = side_by_side(story, cast, &path).await?;
    let given_up = counted(addresses, UNANSWERED, before, LOGINS).await?;
    let is_dropped = given_up < 1.0;
    let fate = if is_dropped {
        format!("{LOGINS} answers to Brook are dropped by the broker itself")
    } else {
        format!("{given_up:.0} answers to Brook are given up, and counted")
    };
    story
        .look(
            "Brook’s CRM wants its answers at a node of the broker that is not there. RabbitMQ 3 closes \
             the connection of their sender, RabbitMQ 4 drops them.",
            &[],
        )
        .finds(&fate, is_dropped || reaches(given_up, LOGINS))
        .finds(&fast(&times), are_fast(&times))
        .done();
    omars.into_iter().next().context("Omar did not log in")
}

async fn a_full_reply_queue(story: &mut Story, cast: &Cast, addresses: &Addresses) -> Result<()> {
    let queue = FullQueue::declare(&addresses.crm, FULL_REPLY_QUEUE).await?;
    let before = figures::sum(&addresses.metrics, UNANSWERED).await?;
    let path = ReplyPath::Named(FULL_REPLY_QUEUE.to_owned());
    let (_, times) = side_by_side(story, cast, &path).await?;
    let given_up = counted(addresses, UNANSWERED, before, LOGINS - 1).await?;
    queue.delete().await?;
    story
        .look(
            "Brook’s CRM does not read its reply queue, which is full with one answer and declines \
             the others.",
            &[],
        )
        .finds(
            &format!("{given_up:.0} answers to Brook are given up, and counted"),
            reaches(given_up, LOGINS - 1),
        )
        .finds(&fast(&times), are_fast(&times))
        .done();
    Ok(())
}

async fn a_full_observer(story: &mut Story, cast: &Cast, addresses: &Addresses) -> Result<()> {
    let queue = FullQueue::declare(&addresses.observer, FULL_OBSERVER).await?;
    queue.observe_everything().await?;
    let before = figures::sum(&addresses.metrics, DECLINED).await?;
    let (_, times) = side_by_side(story, cast, &ReplyPath::None).await?;
    let all = 2 * LOGINS - 1;
    let declined = counted(addresses, DECLINED, before, all).await?;
    queue.delete().await?;
    story
        .look(
            "An observer does not read its queue, which is full with one outcome and declines \
             everybody’s.",
            &[],
        )
        .finds(
            &format!(
                "{declined:.0} outcomes are missing there, and counted; the other observer has all"
            ),
            reaches(declined, all),
        )
        .finds(&fast(&times), are_fast(&times))
        .done();
    Ok(())
}

/// Logs Omar in by Brook's CRM, with that reply address, and Ben right after him, again and
/// again. Returns Omar's events, and the time of each of Ben's, shortest first.
async fn side_by_side(
    story: &mut Story,
    cast: &Cast,
    path: &ReplyPath,
) -> Result<(Vec<CrmEvent>, Vec<Duration>)> {
    let omar: &Person = &cast.omar;
    let ben: &Person = &cast.ben;
    let mut omars = Vec::with_capacity(LOGINS);
    let mut times = Vec::with_capacity(LOGINS);
    for _ in 0..LOGINS {
        let event = omar.logs_in(&omar.session());
        story.crm.send(&event.letter(), path).await?;
        story.keep_secrets(&event, &[]);
        omars.push(event);
        let login = ben.logs_in(&ben.session());
        let answer = story.ask(&login).await?;
        let kind = answer.outcome.kind();
        ensure!(kind == "login.challenged.v1", "Ben got {kind}");
        times.push(answer.took);
        story.keep_secrets(&login, &[answer]);
    }
    for event in &omars {
        story.observer.wait_for(event.outcome_id()).await?;
    }
    times.sort();
    Ok((omars, times))
}

/// Waits until the workers have counted at least so much more than before, and returns how much.
async fn counted(addresses: &Addresses, name: &str, before: f64, least: usize) -> Result<f64> {
    let deadline = Instant::now() + COUNTED_WITHIN;
    loop {
        let more = figures::sum(&addresses.metrics, name).await? - before;
        if reaches(more, least) || Instant::now() > deadline {
            return Ok(more);
        }
        tokio::time::sleep(POLL).await;
    }
}

#[expect(clippy::cast_precision_loss, reason = "a few logins")]
fn reaches(counted: f64, least: usize) -> bool {
    counted >= least as f64
}

fn fast(times: &[Duration]) -> String {
    let half = times.get(times.len() / 2).copied().unwrap_or_default();
    let slowest = times.last().copied().unwrap_or_default();
    let half = duration(half);
    let slowest = duration(slowest);
    let logins = times.len();
    format!(
        "Ben’s {logins} logins are answered meanwhile, half within {half}, the slowest after {slowest}"
    )
}

fn are_fast(times: &[Duration]) -> bool {
    times.last().is_some_and(|slowest| *slowest < LONGEST)
}
