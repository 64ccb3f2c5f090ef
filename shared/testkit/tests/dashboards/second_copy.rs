//! A second copy of the login worker, whose broker is encrypted and shows a certificate that ends
//! in two days.
//!
//! It runs beside the stack, so that it can be killed alone.

use std::fs;

use jiff::{SignedDuration, Timestamp};
use nix::sys::signal::Signal;
use serde_json::json;
use twofactor_contract::Service;
use twofactor_stack::stack::Stack;
use twofactor_stack::{database, part::Part, rabbitmq, workers};
use twofactor_testkit::{Authority, Encrypted, Greeting, Worker};

/// Lets the stack's Prometheus read a worker that is not the stack's.
pub fn show_to_prometheus(stack: &Stack, worker: &Worker) {
    let shown = worker.url().trim_start_matches("http://");
    // Prometheus reads every file that its configuration names again when it changes.
    let targets = stack.directory().path("prometheus").join("workers.json");
    let content = fs::read(&targets).expect("a list of targets");
    let mut list: serde_json::Value = serde_json::from_slice(&content).expect("JSON");
    list.as_array_mut()
        .expect("a list")
        .push(json!({ "targets": [shown] }));
    fs::write(&targets, list.to_string()).expect("written");
}

/// A running copy, and its encrypted connection to the broker.
pub struct SecondCopy {
    worker: Worker,
    _way: Encrypted,
}

impl SecondCopy {
    /// Starts it beside a stack, and shows it to the stack's Prometheus.
    pub async fn beside(stack: &Stack) -> Self {
        let folder = stack.directory().root();
        let authority = Authority::new(folder).expect("an authority");
        let place = stack.address(Part::RabbitMq);
        let end = Timestamp::now() + SignedDuration::from_hours(48);
        let way = Encrypted::way_to(&place, Greeting::None, &authority, end).await;
        let way = way.expect("a port");
        let settings = stack.settings();
        let broker = rabbitmq::url(settings, "login");
        let broker = broker
            .replace("amqp://", "amqps://")
            .replace(&place, &way.host());
        let own = [
            ("AMQP_URL", broker),
            ("DATABASE_URL", database::url(settings, "twofactor_login")),
            ("SSL_CERT_FILE", authority.file().display().to_string()),
        ];
        let own = own.map(|(name, value)| (name.to_owned(), value));
        let shared = workers::shared_settings(stack.directory(), settings);
        let all: Vec<(String, String)> = shared.into_iter().chain(own).collect();
        let log = stack.directory().log_file("second-copy");
        let mut worker = Worker::spawn(Service::Login, &log, &all).expect("it starts");
        worker.ready().await.expect("it is ready");
        show_to_prometheus(stack, &worker);
        Self { worker, _way: way }
    }

    /// Suspends it.
    pub fn freeze(&mut self) {
        let stopped = self.worker.program().signal(Signal::SIGSTOP);
        stopped.expect("it runs");
    }

    /// Ends it as a crash would.
    pub fn kill(&mut self) {
        self.worker.kill();
    }
}
