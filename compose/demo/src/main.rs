//! `cargo xtask demo`: a day of two institutions, played through the broker by the contract
//! alone.
//!
//! It starts the stack, plays the acts, shows which promises were kept and what Prometheus
//! counted, and stops everything. It succeeds only if every step has the expected outcome.

mod acts;
mod cast;
mod facts;
mod figures;
mod inspection;
mod promises;
mod screen;
mod search;
mod stage;
mod step;
mod story;
mod trail;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tokio::runtime::Runtime;
use twofactor_stack::interrupt;
use twofactor_testkit::{Crm, Observer, SmsSandbox};

use acts::neighbours::Addresses;
use cast::Cast;
use figures::Prometheus;
use promises::PROMISES;
use screen::{Screen, Style, duration, show};
use search::WorkerOutput;
use stage::Stage;
use story::Story;
use trail::Auditor;

/// The throttle in place of five minutes.
const SHORT_THROTTLE: Duration = Duration::from_secs(2);
const POLL: Duration = Duration::from_millis(50);

fn main() -> ExitCode {
    interrupt::run(run)
}

/// Plays the whole demonstration.
fn run() -> Result<()> {
    let started = Instant::now();
    let screen = Screen::of_process();
    screen.headline(
        "Two-factor authentication, seen from the CRM",
        "A private RabbitMQ, Postgres and Prometheus, an inbox instead of phones, and two copies \
         of every worker. Nothing leaves this machine, and all of it is stopped at the end.",
    );
    show("");
    let setting = Instant::now();
    let mut stage = Stage::set(screen)?;
    let ready = format!("ready after {}", duration(setting.elapsed()));
    show(&screen.paint(Style::Dim, &format!("   {ready}")));
    let runtime = Runtime::new().context("cannot start the demonstration")?;
    let played = runtime.block_on(async {
        tokio::select! {
            played = play(&mut stage, screen) => played,
            error = interrupted() => Err(error),
        }
    });
    let is_good = matches!(played, Ok(true));
    let logs = (!is_good && !interrupt::is_raised()).then(|| stage.keep_logs());
    // The CRM's connections end before their broker does.
    drop(runtime);
    drop(stage);
    show(&format!(
        "   Everything is stopped, after {} in all.",
        duration(started.elapsed())
    ));
    if let Some(logs) = logs {
        show(&format!("   The logs are kept in {logs}"));
    }
    if !played? {
        bail!("not every step came out as expected: see the marks ✗ above");
    }
    Ok(())
}

async fn play(stage: &mut Stage, screen: Screen) -> Result<bool> {
    let crm = Crm::connect(&stage.crm_url()).await?;
    let observer = Observer::connect(&stage.observer_url()).await?;
    let auditor = Auditor::connect(&stage.auditor_url()).await?;
    let sms = SmsSandbox::at(&stage.sandbox_url());
    let prometheus = Prometheus::at(&stage.prometheus_url());
    let mut story = Story::begin(crm, observer, sms, screen);
    show("");
    explain(screen);
    let mut cast = Cast::assemble();
    let played = acts(&mut story, &mut cast, stage, &auditor, &prometheus).await;
    if let Err(error) = &played {
        show("");
        let sentence = format!("   ✗ The story ends early: {error:#}");
        show(&screen.paint(Style::Bad, &sentence));
    }
    show_promises(&story);
    show_total(&story);
    Ok(played.is_ok() && story.failures() == 0 && story.ledger.all_kept())
}

async fn acts(
    story: &mut Story,
    cast: &mut Cast,
    stage: &mut Stage,
    auditor: &Auditor,
    prometheus: &Prometheus,
) -> Result<()> {
    acts::first_login::play(story, cast).await?;
    acts::wrong_codes::play(story, cast).await?;
    acts::texts::play(story, cast).await?;
    acts::lost_phone::play(story, cast, auditor).await?;
    acts::brook::play(story, cast).await?;
    let handled_before = five_minutes_pass(story, stage, prometheus).await?;
    let session = acts::five_minutes_later::play(story, cast, SHORT_THROTTLE).await?;
    acts::both_methods::play(story, cast, &session, SHORT_THROTTLE).await?;
    acts::guessing::play(story, cast).await?;
    acts::refused::play(story, cast).await?;
    let addresses = Addresses {
        crm: stage.crm_url(),
        observer: stage.observer_url(),
        metrics: stage.metrics_urls(),
    };
    acts::neighbours::play(story, cast, &addresses).await?;
    let output = WorkerOutput {
        logs: stage.logs(),
        metrics: stage.metrics_urls(),
    };
    acts::secrecy::play(story, &output, auditor).await?;
    let handled = handled_before + figures::handled_by(&stage.metrics_urls()).await?;
    acts::operators::play(story, prometheus, handled).await
}

/// Exchanges the workers that throttle texts; returns how many events those had handled.
async fn five_minutes_pass(
    story: &mut Story,
    stage: &mut Stage,
    prometheus: &Prometheus,
) -> Result<f64> {
    let seconds = SHORT_THROTTLE.as_secs();
    story.act(
        "Five minutes later",
        &format!(
            "Nobody watches a demonstration for five minutes. So the workers for texts and set-ups \
             are stopped in good order and others take over, with SMS_THROTTLE={seconds}s instead \
             of 5m. They accept that under TWOFACTOR_TESTING=1 only. All else stays as it was."
        ),
    );
    // So that nothing that they counted is lost.
    let handled = figures::handled_by(&stage.metrics_urls()).await?;
    prometheus.wait_for_events(handled).await?;
    let leaving = figures::handled_by(&stage.leaving_metrics_urls()).await?;
    let throttle = format!("{seconds}s");
    tokio::task::block_in_place(|| stage.shorten_throttle(&throttle))?;
    Ok(leaving)
}

async fn interrupted() -> anyhow::Error {
    loop {
        if let Err(error) = interrupt::check() {
            return error;
        }
        // A signal raises a flag; there is nothing to await.
        tokio::time::sleep(POLL).await;
    }
}

fn explain(screen: Screen) {
    for line in [
        "   How to read it: a step is a sentence, with the promises that it shows at the right end.",
        "   →  the event that the CRM publishes     ←  the outcome that comes back, and how fast",
        "   “  what the page can show, as it is     *  in the reply alone, broadcast to nobody     (UTC)",
        "   @  what the CRM sends to the person by e-mail, as it is",
    ] {
        show(&screen.paint(Style::Dim, line));
    }
}

fn show_promises(story: &Story) {
    let screen = story.screen;
    screen.headline(
        "What is promised to people, and where it was shown",
        "Each promise is one of the help-centre article that the product stands behind.",
    );
    show("");
    for (promise, words) in PROMISES {
        let (mark, style) = if story.ledger.is_kept(promise) {
            ("✓", Style::Good)
        } else {
            ("✗", Style::Bad)
        };
        let steps = story.ledger.steps(promise);
        let steps: Vec<String> = steps.iter().map(ToString::to_string).collect();
        let steps = if steps.is_empty() {
            "never shown".to_owned()
        } else {
            format!("{:>15}", shorten(&steps))
        };
        let name = format!("M{promise}");
        let mark = screen.paint(style, mark);
        let steps = screen.paint(Style::Dim, &steps);
        show(&format!("   {mark} {name:<4} {words:<74}{steps}"));
    }
}

/// Returns four steps at most, and the count of the others.
fn shorten(steps: &[String]) -> String {
    let shown = steps.len().min(4);
    let more = steps.len() - shown;
    let list = steps[..shown].join(" ");
    if more == 0 {
        list
    } else {
        format!("{list} +{more}")
    }
}

fn show_total(story: &Story) {
    let screen = story.screen;
    let kept = PROMISES
        .iter()
        .filter(|(promise, _)| story.ledger.is_kept(*promise));
    let steps = story.steps();
    let failures = story.failures();
    let verdict = match failures {
        0 => "all as expected".to_owned(),
        some => format!("{some} not as expected"),
    };
    let style = if failures == 0 {
        Style::Good
    } else {
        Style::Bad
    };
    show("");
    let total = format!(
        "   {steps} steps with {} events, {verdict} · {} of {} promises kept",
        story.events(),
        kept.count(),
        PROMISES.len()
    );
    show(&screen.paint(style, &total));
}
