//! What operators see: the figures that Prometheus holds at the end of the day.
//!
//! Workers come and go during the day, so every series counts with its last value. It knows
//! its queries, and the metrics that the contract names.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;
use twofactor_testkit::{http, worker};

use super::screen::{Screen, Style, show};

const EVENTS: &str = "twofactor_events_total";
/// A range longer than a demonstration takes.
const DAY: &str = "[1h]";
const PATIENCE: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(200);

/// A Prometheus that reads the workers.
pub struct Prometheus {
    url: String,
}

/// One row of an answer: some labels, and the value.
struct Row {
    labels: Vec<String>,
    value: f64,
}

impl Prometheus {
    /// Returns the Prometheus at that address, without a path.
    pub fn at(url: &str) -> Self {
        Self {
            url: url.to_owned(),
        }
    }

    /// Waits until it has read so many events; returns how many it has.
    pub async fn wait_for_events(&self, expected: f64) -> Result<f64> {
        let query = format!("sum(last_over_time({EVENTS}{DAY}))");
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            let rows = self.rows(&query, &[]).await?;
            let seen = rows.first().map_or(0.0, |row| row.value);
            if seen >= expected || tokio::time::Instant::now() > deadline {
                return Ok(seen);
            }
            // It reads the workers at its own interval, and has no event for it.
            tokio::time::sleep(POLL).await;
        }
    }

    /// Shows the figures of the day.
    pub async fn show(&self, screen: Screen) -> Result<()> {
        let labels = ["service", "type", "outcome"];
        let by = labels.join(", ");
        let query = format!("sum by ({by}) (last_over_time({EVENTS}{DAY})) > 0");
        show("");
        let head = format!(
            "   {:<12} {:<37} {:<31} {:>7}",
            "service", "event", "outcome", "events"
        );
        show(&screen.paint(Style::Dim, &head));
        for row in self.rows(&query, &labels).await? {
            let [service, event, outcome] = row.labels.as_slice() else {
                bail!("Prometheus left labels out");
            };
            show(&format!(
                "   {service:<12} {event:<37} {outcome:<31} {:>7.0}",
                row.value
            ));
        }
        self.show_seconds(screen).await?;
        self.show_texts(screen).await
    }

    async fn show_seconds(&self, screen: Screen) -> Result<()> {
        let quantile = |share: &str| {
            let buckets = format!("last_over_time(twofactor_event_seconds_bucket{DAY})");
            format!("histogram_quantile({share}, sum by (service, le) ({buckets}))")
        };
        let half = self.rows(&quantile("0.5"), &["service"]).await?;
        let most = self.rows(&quantile("0.99"), &["service"]).await?;
        show("");
        let head = format!(
            "   {:<12} {:>24} {:>20}",
            "service", "half handled within", "99 of 100 within"
        );
        show(&screen.paint(Style::Dim, &head));
        for (half, most) in half.iter().zip(&most) {
            let service = half.labels.join(" ");
            let half = half.value * 1000.0;
            let most = most.value * 1000.0;
            show(&format!("   {service:<12} {half:>21.1} ms {most:>17.1} ms"));
        }
        Ok(())
    }

    async fn show_texts(&self, screen: Screen) -> Result<()> {
        let labels = ["purpose", "country", "result"];
        let by = labels.join(", ");
        let query = format!("sum by ({by}) (last_over_time(twofactor_sms_total{DAY})) > 0");
        show("");
        let head = format!(
            "   {:<12} {:<10} {:<26} {:>7}",
            "texts for", "country", "result", "texts"
        );
        show(&screen.paint(Style::Dim, &head));
        for row in self.rows(&query, &labels).await? {
            let [purpose, country, result] = row.labels.as_slice() else {
                bail!("Prometheus left labels out");
            };
            let texts = row.value;
            show(&format!(
                "   {purpose:<12} {country:<10} {result:<26} {texts:>7.0}"
            ));
        }
        Ok(())
    }

    /// Returns the answer to an instant query, sorted by these labels.
    async fn rows(&self, query: &str, labels: &[&str]) -> Result<Vec<Row>> {
        let url = format!("{}/api/v1/query?query={}", self.url, escape(query));
        let body = http::get(&http::client(), &url).await?;
        let answer: Value = serde_json::from_str(&body).context("Prometheus sent no JSON")?;
        let series = answer["data"]["result"]
            .as_array()
            .context("Prometheus sent no list of series")?;
        let mut rows = Vec::new();
        for one in series {
            let value = one["value"][1].as_str().unwrap_or_default();
            let label = |name: &&str| one["metric"][*name].as_str().unwrap_or_default().to_owned();
            rows.push(Row {
                labels: labels.iter().map(label).collect(),
                value: value
                    .parse()
                    .context("Prometheus sent a value that is no number")?,
            });
        }
        rows.sort_by(|a, b| a.labels.cmp(&b.labels));
        Ok(rows)
    }
}

/// Returns how many events these workers have handled, by their metrics.
pub async fn handled_by(workers: &[String]) -> Result<f64> {
    sum(workers, EVENTS).await
}

/// Returns the sum of a metric over these workers.
pub async fn sum(workers: &[String], metric: &str) -> Result<f64> {
    let client = http::client();
    let mut sum = 0.0;
    for url in workers {
        let body = http::get(&client, &format!("{url}/metrics")).await?;
        sum += worker::sum(&worker::read_metrics(&body), metric, &[]);
    }
    Ok(sum)
}

fn escape(query: &str) -> String {
    let escape = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    query.bytes().map(escape).collect()
}
