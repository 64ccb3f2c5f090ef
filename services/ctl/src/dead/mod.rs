//! `twofactor-ctl dead`: what the workers set aside, looked at and discarded.
//!
//! The operator may only read at the broker. Reading takes letters without acknowledging them and
//! then closes, so that the broker puts them back in their order; discarding acknowledges.

mod error;
mod letter;
mod queue;

use serde_json::{Value, json};
use twofactor_contract::Service;

use crate::cli::{DeadCommand, Discard, Worker};
use crate::database::Database;
use crate::dead::letter::Letter;
use crate::dead::queue::BrokerNodes;
use crate::failure::{Done, Failure};
use crate::output::{self, Output};
use crate::settings;

/// Letters that are read of one queue, at most.
const MOST: u32 = 10_000;
/// Ids that the trail row of a run names.
const NAMED: usize = 20;

/// Runs one of the commands.
pub async fn run(command: &DeadCommand, output: Output) -> Result<Done, Failure> {
    match command {
        DeadCommand::List { service, limit } => list(&broker()?, *service, *limit, output).await,
        DeadCommand::Show { id } => show(&broker()?, id, output).await,
        DeadCommand::Discard(which) => {
            let (nodes, url) = settings::read(|env| {
                let nodes = twofactor_settings::amqp_url(env);
                let url = twofactor_settings::database_url(env);
                nodes.zip(url)
            })?;
            let database = Database::at(url)?.checked().await?;
            discard(&BrokerNodes::new(nodes), &database, which, output).await
        }
    }
}

/// Returns the broker of `AMQP_URL`.
fn broker() -> Result<BrokerNodes, Failure> {
    settings::read(twofactor_settings::amqp_url).map(BrokerNodes::new)
}

fn services(worker: Option<Worker>) -> Vec<Service> {
    worker.map_or_else(|| Service::ALL.to_vec(), |worker| vec![worker.service()])
}

async fn list(
    broker: &BrokerNodes,
    worker: Option<Worker>,
    limit: u32,
    output: Output,
) -> Result<Done, Failure> {
    let mut shown = 0_usize;
    for service in services(worker) {
        let queue = broker.open(service).await?;
        let letters = queue.letters(limit).await?;
        for letter in &letters {
            output.put(&letter.line(), &letter.summary())?;
        }
        shown += letters.len();
        let left = queue.waiting().saturating_sub(limit);
        queue.put_back().await;
        if left > 0 {
            let name = service.name();
            eprintln!("twofactor-ctl: {left} letters more of {name}; give --limit to see them.");
        }
    }
    eprintln!("Letters: {shown}.");
    Ok(Done::Success)
}

async fn show(broker: &BrokerNodes, id: &str, output: Output) -> Result<Done, Failure> {
    for service in Service::ALL {
        let queue = broker.open(service).await?;
        let letters = queue.letters(MOST).await?;
        let found = letters.into_iter().find(|letter| letter.id == id);
        queue.put_back().await;
        if let Some(letter) = found {
            output.put(&letter.whole(), &letter.object())?;
            return Ok(Done::Success);
        }
    }
    Err(Failure::Refused(missing(&[id.to_owned()])))
}

async fn discard(
    broker: &BrokerNodes,
    database: &Database,
    which: &Discard,
    output: Output,
) -> Result<Done, Failure> {
    let mut queues = Vec::new();
    let mut chosen = Vec::new();
    for service in services(which.service) {
        let queue = broker.open(service).await?;
        let letters = queue.letters(MOST).await?;
        let is_chosen = |letter: &Letter| which.all || which.ids.contains(&letter.id);
        chosen.extend(letters.into_iter().filter(is_chosen));
        queues.push(queue);
    }
    let is_there = |id: &&String| chosen.iter().any(|letter| letter.id == **id);
    let gone: Vec<String> = which
        .ids
        .iter()
        .filter(|id| !is_there(id))
        .cloned()
        .collect();
    let done = if !gone.is_empty() {
        let sentence = missing(&gone);
        Err(Failure::Refused(format!(
            "{sentence} Nothing was discarded."
        )))
    } else if chosen.is_empty() || which.dry_run {
        let count = chosen.len();
        let words = match count {
            0 => "There is no letter to discard.".to_owned(),
            _ => format!("{} would be discarded.", letters(count)),
        };
        output
            .put(&words, &discarded(count, 0, which.dry_run))
            .map(|()| Done::found(count > 0))
    } else {
        acknowledge(database, broker, &chosen, output).await
    };
    for queue in queues {
        queue.put_back().await;
    }
    done
}

/// Records the run in the trail, then takes the letters out for good.
async fn acknowledge(
    database: &Database,
    broker: &BrokerNodes,
    chosen: &[Letter],
    output: Output,
) -> Result<Done, Failure> {
    let count = chosen.len();
    output.confirm(&format!(
        "{} of the {broker} will be discarded for good.",
        letters(count)
    ))?;
    let ids: Vec<&str> = chosen.iter().map(|letter| letter.id.as_str()).collect();
    let named = ids[..ids.len().min(NAMED)].join(", ");
    let more = match count.saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let detail = format!("{}: {named}{more}", letters(count));
    database
        .store(1)?
        .record_run(&output::actor(), "dead discard", &detail)
        .await?;
    for letter in chosen {
        letter.discard().await?;
    }
    let words = format!("{} discarded.", letters(count));
    output.put(&words, &discarded(count, count, false))?;
    Ok(Done::Success)
}

fn letters(count: usize) -> String {
    output::counted(count as u64, "letter")
}

/// Returns the result of discarding, for scripts.
fn discarded(letters: usize, discarded: usize, dry_run: bool) -> Value {
    json!({ "letters": letters, "discarded": discarded, "dry_run": dry_run })
}

fn missing(ids: &[String]) -> String {
    let ids = ids.join(", ");
    format!("There is no letter {ids} among those set aside; see twofactor-ctl dead list.")
}
