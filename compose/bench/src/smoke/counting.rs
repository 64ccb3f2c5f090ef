//! The scenarios that are counted: events that come one by one, and logins that wait in the queue.
//!
//! Of single events the median counts, so that the worker's housekeeping between two of them does
//! not; of full batches the median transaction, and the sum of all bytes over all logins.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use tokio::time::sleep;
use tokio_postgres::{Client, NoTls};
use twofactor_stack::interrupt;

use super::broker::{self, Shared, Sums};
use super::database::{self, Transaction, Transactions};
use super::limits::Counts;
use super::tap::Tap;
use crate::measuring::figure::percentile;
use crate::measuring::load::{Load, Message};
use crate::measuring::people::People;
use crate::measuring::stage::{ACCEPTED, CHALLENGED, Stage};

/// The worker under a name of its own, since it talks by way of relays.
const WORKER: &str = "login-counted";
const USERS: usize = 300;
/// Events of each kind that come one by one.
const SINGLE: usize = 80;
/// Logins that wait: twelve batches of the largest size.
const WAITING: usize = 12 * 128;
const PATIENCE: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_micros(200);

/// The beginning of each statement of one event, or of one batch, by scenario.
pub type Statements = BTreeMap<String, Vec<String>>;

/// What an event costs, and the statements of one.
type Counted = (BTreeMap<String, f64>, Vec<String>);

/// Everything that counts.
pub struct Counter<'a> {
    stage: &'a Stage<'a>,
    people: People,
    load: Load,
    wal: Client,
    transactions: Transactions,
    sums: Shared,
    urls: [(&'static str, String); 2],
}

/// The counters at one moment.
struct Moment {
    sums: Sums,
    wal: i64,
}

impl<'a> Counter<'a> {
    /// Puts relays before the servers; no worker runs yet.
    pub async fn prepare(stage: &'a Stage<'a>) -> Result<Self> {
        let people = stage.people(USERS).await?;
        let load = stage.load().await?;
        let url = stage.ground.variable("SUPERUSER_DATABASE_URL")?;
        let (wal, connection) = tokio_postgres::connect(&url, NoTls).await?;
        tokio::spawn(connection);
        let settings = stage.ground.worker_settings("login");
        let setting = |name: &str| settings.get(name).context("a worker has an address");
        let transactions = Transactions::default();
        let finished = transactions.clone();
        let database = setting("DATABASE_URL")?;
        let listener = move || database::Conversation::new(&finished);
        let database_tap = Tap::before(database, listener).await?;
        let sums = Shared::default();
        let added = sums.clone();
        let amqp = setting("AMQP_URL")?;
        let amqp_tap = Tap::before(amqp, move || broker::Conversation::new(&added)).await?;
        let urls = [
            ("DATABASE_URL", database_tap.url(database)?),
            ("AMQP_URL", amqp_tap.url(amqp)?),
        ];
        Ok(Self {
            stage,
            people,
            load,
            wal,
            transactions,
            sums,
            urls,
        })
    }

    /// Counts every scenario.
    pub async fn count(mut self) -> Result<(Counts, Statements)> {
        self.start().await?;
        let by_code = self.singles(ACCEPTED, People::login).await?;
        let without = self.singles(CHALLENGED, |people| Ok(people.ask())).await?;
        self.stage.ground.stop_own(WORKER)?;
        let batches = self.batches().await?;
        self.stage.ground.stop_own(WORKER)?;
        let mut counts = Counts::new();
        let mut statements = Statements::new();
        for (scenario, (counted, sent)) in [
            ("login by code, alone", by_code),
            ("login without a code, alone", without),
            ("login by code, in full batches", batches),
        ] {
            counts.insert(scenario.to_owned(), counted);
            statements.insert(scenario.to_owned(), sent);
        }
        Ok((counts, statements))
    }

    async fn start(&self) -> Result<()> {
        self.stage
            .ground
            .start_worker(WORKER, "login", &self.urls)?;
        self.stage.broker.is_consumed("login").await
    }

    /// Events one by one: the median of each number.
    async fn singles(
        &mut self,
        kind: &str,
        mut message: impl FnMut(&mut People) -> Result<Message>,
    ) -> Result<Counted> {
        let mut sent = Vec::new();
        let mut all: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        for number in 0..SINGLE {
            interrupt::check()?;
            let event = message(&mut self.people)?;
            let before = self.moment().await?;
            self.forget();
            let mut event = Some(event);
            let next = || event.take().context("one event is published");
            self.load.pour(1, next).await?;
            self.load.collect(1, &[kind]).await?;
            self.is_acknowledged(before.sums.acknowledged + 1).await?;
            let after = self.moment().await?;
            // The first finds a worker that has just begun.
            if number > 0 {
                let taken = self.taken();
                let counted = each(&taken, &before, &after, 1);
                let statements = taken.into_iter().flat_map(|one| one.statements);
                sent.push(statements.collect::<Vec<_>>());
                for (name, value) in counted {
                    all.entry(name).or_default().push(value);
                }
            }
        }
        let median = |(name, mut values): (String, Vec<f64>)| (name, percentile(&mut values, 50));
        Ok((all.into_iter().map(median).collect(), usual(sent)))
    }

    /// Logins that wait: what one costs, and the median of the transactions of many.
    async fn batches(&mut self) -> Result<Counted> {
        let people = &mut self.people;
        self.load.pour(WAITING, || people.login()).await?;
        let before = self.moment().await?;
        self.forget();
        self.start().await?;
        self.load.collect(WAITING, &[ACCEPTED]).await?;
        self.stage.broker.is_empty("login").await?;
        let after = self.moment().await?;
        let taken = self.taken();
        let largest = taken.iter().map(|one| one.bytes).max().unwrap_or_default();
        let full: Vec<&Transaction> = taken.iter().filter(|one| one.bytes * 2 > largest).collect();
        let median = |number: fn(&Transaction) -> usize| {
            let mut values: Vec<f64> = full.iter().map(|one| real(number(one))).collect();
            percentile(&mut values, 50)
        };
        let mut counted = each(&taken, &before, &after, WAITING);
        counted.retain(|name, _| !["statements", "round_trips"].contains(&name.as_str()));
        let statements = median(|one| one.completed);
        counted.insert("statements_a_batch".to_owned(), statements);
        let round_trips = median(|one| one.round_trips);
        counted.insert("round_trips_a_batch".to_owned(), round_trips);
        // An acknowledgement is for as many as were there.
        counted.remove("acknowledgements");
        let sent = full.iter().map(|one| one.statements.clone()).collect();
        Ok((counted, usual(sent)))
    }

    async fn moment(&self) -> Result<Moment> {
        let sql = "select (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint";
        let row = self.wal.query_one(sql, &[]).await?;
        Ok(Moment {
            sums: *self.sums.lock().expect("nobody panics"),
            wal: row.get(0),
        })
    }

    /// Waits until the worker has acknowledged so often.
    async fn is_acknowledged(&self, times: usize) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        while self.sums.lock().expect("nobody panics").acknowledged < times {
            ensure!(Instant::now() < deadline, "an event is not acknowledged");
            sleep(POLL).await;
        }
        Ok(())
    }

    fn forget(&self) {
        self.transactions.lock().expect("nobody panics").clear();
    }

    fn taken(&self) -> Vec<Transaction> {
        std::mem::take(&mut *self.transactions.lock().expect("nobody panics"))
    }
}

/// What one of so many events has cost between two moments.
fn each(
    transactions: &[Transaction],
    before: &Moment,
    after: &Moment,
    events: usize,
) -> BTreeMap<String, f64> {
    let sum = |number: fn(&Transaction) -> usize| transactions.iter().map(number).sum::<usize>();
    let wal = usize::try_from(after.wal - before.wal).unwrap_or_default();
    let numbers = [
        ("statements", sum(|one| one.completed)),
        ("round_trips", sum(|one| one.round_trips)),
        ("database_bytes", sum(|one| one.bytes)),
        ("broker_bytes_up", after.sums.up - before.sums.up),
        ("broker_bytes_down", after.sums.down - before.sums.down),
        ("messages", after.sums.published - before.sums.published),
        (
            "acknowledgements",
            after.sums.acknowledged - before.sums.acknowledged,
        ),
        ("wal_bytes", wal),
    ];
    let events = real(events);
    let numbers = numbers.map(|(name, value)| (name.to_owned(), real(value) / events));
    numbers.into()
}

/// Of many lists of statements one of the middling length.
fn usual(mut sent: Vec<Vec<String>>) -> Vec<String> {
    sent.sort_by_key(Vec::len);
    let middle = sent.len() / 2;
    sent.into_iter().nth(middle).unwrap_or_default()
}

fn real(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
