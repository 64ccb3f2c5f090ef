//! A broker, a database, a sandbox and two copies of each worker for one outage.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::task::block_in_place;
use twofactor_contract::Service;
use twofactor_stack::part::Part;
use twofactor_stack::process::{self, Identity};
use twofactor_stack::stack::Stack;
use twofactor_stack::{http, postgres, rabbitmq};
use twofactor_testkit::own_postgres::make_standby;
use twofactor_testkit::rabbitmqctl;
use twofactor_testkit::sandbox::Text;
use twofactor_testkit::{DeadLetters, SmsSandbox, environment};

const COPIES: u16 = 2;
/// The time within which redelivered events must be acknowledged.
const SETTLES_WITHIN: Duration = Duration::from_secs(20);

/// A private stack. Everything is stopped and deleted when it is dropped.
pub struct OwnStack {
    stack: Arc<Stack>,
    workers: Vec<(String, Identity)>,
}

impl OwnStack {
    /// Starts everything; deletes what an earlier run of that name left behind first.
    pub fn start(name: &str) -> Self {
        let parent = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let parts: Vec<Part> = Part::all(COPIES)
            .into_iter()
            .filter(|part| *part != Part::Prometheus)
            .collect();
        block_in_place(|| {
            let stack = Stack::throwaway(parent, name, &environment::binary_folder());
            let mut stack = stack.expect("a folder");
            stack
                .prepare(&parts, COPIES, BTreeMap::new())
                .expect("RabbitMQ and Postgres are installed");
            stack.start_all(&parts).expect("everything starts");
            let workers = running(&stack);
            let stack = Arc::new(stack);
            Self { stack, workers }
        })
    }

    /// Returns the AMQP URL of a user of the product.
    pub fn amqp_url(&self, user: &str) -> String {
        rabbitmq::url(self.stack.settings(), user)
    }

    /// Stops a part in good order; the load goes on meanwhile.
    pub async fn stop(&self, part: Part) {
        let ran = self.meanwhile(move |stack| stack.stop(part)).await;
        assert!(ran, "{part} ran");
    }

    /// Ends a part as a power cut would.
    pub async fn kill(&self, part: Part) {
        let ran = self.meanwhile(move |stack| stack.kill(part)).await;
        assert!(ran, "{part} ran");
    }

    /// Starts a part again, on the same data.
    pub async fn begin(&self, part: Part) {
        self.meanwhile(move |stack| stack.start(part)).await;
    }

    /// Stops Postgres and starts it again as a standby, on the same data.
    pub async fn become_standby(&self) {
        self.stop(Part::Postgres).await;
        self.meanwhile(make_standby).await;
        self.begin(Part::Postgres).await;
    }

    /// Makes the broker block every publisher, or go on.
    pub async fn block_publishing(&self, blocks: bool) {
        self.meanwhile(move |stack| {
            if blocks {
                rabbitmqctl::leave_no_memory(stack);
            } else {
                rabbitmqctl::leave_enough_memory(stack);
            }
            Ok(())
        })
        .await;
    }

    /// Makes a queue take messages and confirm none, or go on.
    pub async fn let_queue_stand(&self, queue: &'static str, stands: bool) {
        self.meanwhile(move |stack| {
            rabbitmqctl::let_queue_stand(stack, queue, stands);
            Ok(())
        })
        .await;
    }

    /// Returns the answer of the first copy of a worker on one of its pages.
    pub fn page(&self, name: &str, path: &str) -> anyhow::Result<String> {
        let part: Part = name.parse().expect("a worker");
        let url = format!("{}{path}", self.stack.address(part));
        block_in_place(|| http::get_any(&url))
    }

    /// Stops each worker and starts it again, one copy after the other, as a new release would be
    /// rolled out; each is ready before the next is stopped.
    pub async fn roll_workers(&mut self) {
        for part in Part::workers(COPIES) {
            self.stop(part).await;
            self.begin(part).await;
        }
        self.workers = running(&self.stack);
    }

    async fn meanwhile<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Stack) -> anyhow::Result<T> + Send + 'static,
    ) -> T {
        let stack = Arc::clone(&self.stack);
        let done = tokio::task::spawn_blocking(move || work(&stack)).await;
        done.expect("it does not panic").expect("it works")
    }

    /// Suspends every process of Postgres, or lets it go on.
    pub fn freeze_postgres(&self, stands: bool) {
        let server = process::find(self.stack.directory(), postgres::NAME).expect("it runs");
        let signal = if stands {
            Signal::SIGSTOP
        } else {
            Signal::SIGCONT
        };
        let main = server.pid();
        // The main process first, so that it starts no more of them.
        for pid in std::iter::once(main).chain(children(main)) {
            // One that has ended meanwhile needs no signal.
            let _ = kill(Pid::from_raw(pid), signal);
        }
    }

    /// Does the first copy of a worker say that it is ready?
    pub fn is_ready(&self, name: &str) -> bool {
        let part: Part = name.parse().expect("a worker");
        let url = format!("{}/readyz", self.stack.address(part));
        block_in_place(|| http::get(&url)).is_ok()
    }

    /// Waits until the first copy of a worker says that it is ready again.
    pub async fn recovers(&self, name: &str) {
        let begun = Instant::now();
        while !self.is_ready(name) {
            assert!(
                begun.elapsed() < SETTLES_WITHIN,
                "{name} is not ready again"
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Checks that no worker has ended since the start.
    pub fn all_are_alive(&self) {
        for (name, worker) in &self.workers {
            assert!(worker.is_alive(), "{name} has ended: {}", self.log(name));
        }
    }

    /// Returns the count that a query gives.
    pub fn count(&self, sql: &str) -> usize {
        block_in_place(|| sql_on(&self.stack, sql).expect("an answer"))
            .parse()
            .expect("a count")
    }

    /// Runs a statement; the load goes on meanwhile.
    pub async fn run(&self, sql: String) {
        self.meanwhile(move |stack| sql_on(stack, &sql)).await;
    }

    /// Returns everything that the sandbox took.
    pub async fn texts(&self) -> Vec<Text> {
        let sandbox = SmsSandbox::at(&self.stack.address(Part::SmsSandbox));
        sandbox.all_texts().await.expect("the inbox")
    }

    /// Checks that nothing was set aside, and that nothing waits.
    pub async fn nothing_is_left_in_the_queues(&self) {
        let operator = DeadLetters::connect(&self.amqp_url("operator")).await;
        let operator = operator.expect("an operator");
        for service in Service::ALL {
            let dead = operator.take(service).await.expect("a look");
            let dead = dead.map(|letter| (letter.as_string(), letter.headers));
            assert!(dead.is_none(), "{} set aside {dead:?}", service.name());
            operator
                .is_drained(service, SETTLES_WITHIN)
                .await
                .expect("everything is acknowledged");
        }
    }

    fn log(&self, name: &str) -> String {
        let path = self.stack.directory().log_file(name);
        fs::read_to_string(path).unwrap_or_default()
    }
}

fn sql_on(stack: &Stack, sql: &str) -> anyhow::Result<String> {
    postgres::run_sql(stack.settings(), postgres::SUPERUSER, "twofactor", sql)
}

/// Returns the workers by name, as they run now.
fn running(stack: &Stack) -> Vec<(String, Identity)> {
    let workers = Part::workers(COPIES).map(|part| {
        let name = part.to_string();
        let identity = process::find(stack.directory(), &name);
        (name, identity.expect("it runs"))
    });
    workers.collect()
}

fn children(pid: i32) -> Vec<i32> {
    let path = format!("/proc/{pid}/task/{pid}/children");
    let list = fs::read_to_string(path).expect("the kernel lists children");
    list.split_whitespace()
        .filter_map(|pid| pid.parse().ok())
        .collect()
}
