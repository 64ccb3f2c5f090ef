//! Questions to a Prometheus.
//!
//! It knows Prometheus' HTTP API and no figure.

use anyhow::{Context, Result, ensure};
use reqwest::{Client, Url};
use serde_json::Value;
use twofactor_testkit::http;

/// A running Prometheus.
pub struct Prometheus {
    url: String,
    client: Client,
}

impl Prometheus {
    /// Returns the one at that address, without a path.
    pub fn at(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            client: http::client(),
        }
    }

    /// Returns the values that an expression has now; not a number is none.
    pub async fn values(&self, expr: &str) -> Result<Vec<f64>> {
        let answer = self.read("/api/v1/query", &[("query", expr)]).await;
        let data = answer.with_context(|| format!("in {expr}"))?;
        let series = data["result"].as_array().context("a vector")?;
        let values = series.iter().filter_map(|one| one["value"][1].as_str());
        let values = values.filter_map(|value| value.parse::<f64>().ok());
        Ok(values.filter(|value| !value.is_nan()).collect())
    }

    /// Returns the values that a label has in what an expression gives now.
    pub async fn values_of(&self, label: &str, expr: &str) -> Result<Vec<String>> {
        let data = self.read("/api/v1/query", &[("query", expr)]).await?;
        let series = data["result"].as_array().context("a vector")?;
        let values = series
            .iter()
            .filter_map(|one| one["metric"][label].as_str());
        Ok(values.map(str::to_owned).collect())
    }

    /// Returns the names of all metrics that it has read or made.
    pub async fn names(&self) -> Result<Vec<String>> {
        let data = self.read("/api/v1/label/__name__/values", &[]).await?;
        serde_json::from_value(data).context("a list of names")
    }

    /// Returns the alerts that fire.
    pub async fn firing(&self) -> Result<Vec<Value>> {
        let data = self.read("/api/v1/alerts", &[]).await?;
        let alerts = data["alerts"].as_array().context("a list of alerts")?;
        let firing = alerts.iter().filter(|alert| alert["state"] == "firing");
        Ok(firing.cloned().collect())
    }

    /// Returns a page at an address that it gave.
    pub async fn page(&self, url: &str) -> Result<String> {
        http::get(&self.client, url).await
    }

    async fn read(&self, path: &str, query: &[(&str, &str)]) -> Result<Value> {
        let url = Url::parse_with_params(&format!("{}{path}", self.url), query)?;
        let answer = http::get(&self.client, url.as_str()).await?;
        let mut answer: Value = serde_json::from_str(&answer)?;
        ensure!(answer["status"] == "success", "{answer}");
        Ok(answer["data"].take())
    }
}
