//! The SMS sandbox from outside: its inbox and its faults.
//!
//! It knows the sandbox's addresses and where the code is in a text.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use jiff::Timestamp;
use reqwest::{Client, Method};
use serde::Deserialize;

use crate::http;

const PATIENCE: Duration = Duration::from_mins(1);
const POLL: Duration = Duration::from_millis(20);
const CODE_LENGTH: usize = 6;

/// A client of a running sandbox.
#[derive(Clone)]
pub struct SmsSandbox {
    url: String,
    client: Client,
}

/// A text that the sandbox took.
#[derive(Clone, Debug, Deserialize)]
pub struct Text {
    /// The number, E.164.
    pub to: String,
    /// The words of the text.
    pub body: String,
    /// Time of its arrival.
    pub at: Timestamp,
}

impl Text {
    /// Returns the code, with which every text begins.
    pub fn code(&self) -> &str {
        self.body.get(..CODE_LENGTH).unwrap_or_default()
    }
}

/// A fault of the sandbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It works.
    None,
    /// It answers 503.
    Unavailable,
    /// It takes the text and never answers.
    Hang,
    /// It takes the text and drops the connection.
    Lost,
    /// It refuses with 400.
    Refuse,
}

impl Fault {
    const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Unavailable => "unavailable",
            Self::Hang => "hang",
            Self::Lost => "lost",
            Self::Refuse => "refuse",
        }
    }
}

impl SmsSandbox {
    /// Returns the sandbox at that address, without a path.
    pub fn at(url: &str) -> Self {
        Self {
            url: url.trim_end_matches('/').to_owned(),
            client: http::client(),
        }
    }

    /// Returns its address, without a path.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the texts to a number, newest last.
    pub async fn texts_to(&self, number: &str) -> Result<Vec<Text>> {
        let number = number.replace('+', "%2B");
        self.read(&format!("{}/messages?to={number}", self.url))
            .await
    }

    /// Returns all texts, newest last.
    pub async fn all_texts(&self) -> Result<Vec<Text>> {
        self.read(&format!("{}/messages", self.url)).await
    }

    /// Returns the newest text to a number.
    pub async fn newest_to(&self, number: &str) -> Result<Text> {
        let newest = self.texts_to(number).await?.pop();
        newest.context("no text was sent to that number")
    }

    /// Returns the texts to a number, once there are so many.
    pub async fn wait_for(&self, number: &str, count: usize) -> Result<Vec<Text>> {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            let texts = self.texts_to(number).await?;
            if texts.len() >= count {
                return Ok(texts);
            }
            if tokio::time::Instant::now() > deadline {
                bail!("{} texts to that number instead of {count}", texts.len());
            }
            // The sandbox has no event to wait for.
            tokio::time::sleep(POLL).await;
        }
    }

    /// Makes it fail, or work again.
    pub async fn set_fault(&self, fault: Fault) -> Result<()> {
        let url = format!("{}/fault?kind={}", self.url, fault.name());
        http::send(&self.client, Method::PUT, &url, None)
            .await
            .map(drop)
    }

    async fn read(&self, url: &str) -> Result<Vec<Text>> {
        let texts = http::get(&self.client, url).await?;
        serde_json::from_str(&texts).context("the sandbox's inbox is no list of texts")
    }
}
