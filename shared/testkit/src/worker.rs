//! One copy of a worker as a child process: its readiness, its metrics, its end.
//!
//! It knows the addresses that every worker serves. What the worker needs is given by the world.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitStatus;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;
use nix::sys::signal::Signal;
use reqwest::Client;
use twofactor_contract::Service;
use twofactor_stack::ports::Ports;

use crate::failing;
use crate::http;
use crate::program::Program;

const READY_WITHIN: Duration = Duration::from_secs(30);
/// The contract gives a worker 30 s to finish what it has begun.
const ENDS_WITHIN: Duration = Duration::from_secs(32);

/// Ports, shared so that two workers of one process never choose the same one.
static PORTS: LazyLock<Mutex<Ports>> = LazyLock::new(Mutex::default);

/// A running worker.
pub struct Worker {
    /// The service that it runs.
    pub service: Service,
    program: Program,
    metrics_url: String,
    client: Client,
}

impl Worker {
    /// Starts it on a free port with these settings; it may not be ready yet.
    pub fn spawn(service: Service, log: &Path, settings: &[(String, String)]) -> Result<Self> {
        let port = PORTS
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .choose()?;
        let address = format!("127.0.0.1:{port}");
        let mut settings = settings.to_vec();
        settings.push(("METRICS_ADDR".to_owned(), address.clone()));
        let name = format!("twofactor-{}", service.name());
        let fails = settings.iter().any(|(name, _)| name == failing::SETTING);
        let file = if fails { failing::PROGRAM } else { &name };
        let program = Program::start_as(&name, file, log, &settings)?;
        Ok(Self {
            service,
            program,
            metrics_url: format!("http://{address}"),
            client: http::client(),
        })
    }

    /// Waits until `/readyz` answers that it is ready.
    pub async fn ready(&mut self) -> Result<()> {
        let client = &self.client;
        let url = format!("{}/readyz", self.metrics_url);
        self.program
            .wait_until(READY_WITHIN, async || http::get(client, &url).await.ok())
            .await
            .map(drop)
    }

    /// Is it ready now, by `/readyz`?
    pub async fn is_ready(&self) -> bool {
        let url = format!("{}/readyz", self.metrics_url);
        http::get(&self.client, &url).await.is_ok()
    }

    /// Returns the answer of `/readyz`, ready or not.
    pub async fn readiness(&self) -> Result<String> {
        let answer = self
            .client
            .get(format!("{}/readyz", self.metrics_url))
            .send();
        Ok(answer.await?.text().await?)
    }

    /// Returns its address, without a path.
    pub fn url(&self) -> &str {
        &self.metrics_url
    }

    /// Returns the process.
    pub fn program(&mut self) -> &mut Program {
        &mut self.program
    }

    /// Asks it to finish, and waits until it has.
    pub async fn terminate(&mut self) -> Result<ExitStatus> {
        self.program.signal(Signal::SIGTERM)?;
        self.program.ends_within(ENDS_WITHIN).await
    }

    /// Ends it at once, as a crash would.
    pub fn kill(&mut self) {
        self.program.kill();
    }

    /// Returns everything that it has logged.
    pub fn log(&self) -> String {
        self.program.log()
    }

    /// `/metrics` as it is.
    pub async fn metrics_text(&self) -> Result<String> {
        http::get(&self.client, &format!("{}/metrics", self.metrics_url)).await
    }

    /// `/metrics`, by series as written there: `name{label="value",…}`.
    pub async fn metrics(&self) -> Result<BTreeMap<String, f64>> {
        Ok(read_metrics(&self.metrics_text().await?))
    }

    /// Returns the sum of all series of that name that have all of these labels.
    pub async fn metric(&self, name: &str, labels: &[(&str, &str)]) -> Result<f64> {
        let metrics = self.metrics().await?;
        Ok(sum(&metrics, name, labels))
    }
}

/// Returns the series of a page in Prometheus' format.
pub fn read_metrics(page: &str) -> BTreeMap<String, f64> {
    let lines = page.lines().filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| {
            let (series, value) = line.rsplit_once(' ')?;
            Some((series.to_owned(), value.parse().ok()?))
        })
        .collect()
}

/// Returns the sum of all series of that name that have all of these labels.
pub fn sum(metrics: &BTreeMap<String, f64>, name: &str, labels: &[(&str, &str)]) -> f64 {
    let wanted = metrics.iter().filter(|(series, _)| {
        let (own_name, own_labels) = series.split_once('{').unwrap_or((series, ""));
        let has = |(label, value): &(&str, &str)| {
            let pair = format!("{label}=\"{value}\"");
            own_labels.starts_with(&pair) || own_labels.contains(&format!(",{pair}"))
        };
        own_name == name && labels.iter().all(has)
    });
    wanted.map(|(_, value)| value).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn series_are_summed_by_their_labels() {
        let page =
            "# TYPE a counter\na{x=\"1\",y=\"2\"} 3\na{x=\"1\",y=\"3\"} 4\nab{x=\"1\"} 9\nb 5";
        let metrics = read_metrics(page);
        let is = |name: &str, labels: &[(&str, &str)], expected: f64| {
            let found = sum(&metrics, name, labels);
            assert!((found - expected).abs() < f64::EPSILON, "{name} {labels:?}");
        };
        is("a", &[], 7.0);
        is("a", &[("y", "3")], 4.0);
        is("a", &[("x", "1"), ("y", "2")], 3.0);
        is("a", &[("x", "2")], 0.0);
        is("b", &[], 5.0);
    }
}
