//! The parts of a stack and their names.
//!
//! It knows the parts and the order in which they can start. How a part is started is in its
//! module.

use std::{fmt, str::FromStr};

use anyhow::{Error, bail};

/// The workers, by name.
pub const WORKERS: [&str; 4] = ["login", "sms", "enrollment", "reset"];

/// One program of a stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The broker.
    RabbitMq,
    /// The database.
    Postgres,
    /// The server that reads the metrics.
    Prometheus,
    /// The text provider that sends nothing.
    SmsSandbox,
    /// A copy of a worker.
    Worker {
        /// One of [`WORKERS`].
        name: &'static str,
        /// Counted from 1.
        copy: u16,
    },
    /// The CRM to click through.
    DemoCrm,
}

impl Part {
    /// Returns all parts that a CRM needs, with so many copies of each worker.
    pub fn all(copies: u16) -> Vec<Self> {
        let others = [
            Self::SmsSandbox,
            Self::RabbitMq,
            Self::Postgres,
            Self::Prometheus,
        ];
        others.into_iter().chain(Self::workers(copies)).collect()
    }

    /// Returns the same parts and the demo CRM.
    pub fn with_demo_crm(copies: u16) -> Vec<Self> {
        let mut parts = Self::all(copies);
        parts.push(Self::DemoCrm);
        parts
    }

    /// Returns so many copies of each worker.
    pub fn workers(copies: u16) -> impl Iterator<Item = Self> {
        (1..=copies).flat_map(|copy| WORKERS.map(|name| Self::Worker { name, copy }))
    }

    /// Is it one of our workers, which need the other parts?
    pub fn is_worker(self) -> bool {
        matches!(self, Self::Worker { .. })
    }
}

impl fmt::Display for Part {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RabbitMq => formatter.pad("rabbitmq"),
            Self::Postgres => formatter.pad("postgres"),
            Self::Prometheus => formatter.pad("prometheus"),
            Self::SmsSandbox => formatter.pad("sms-sandbox"),
            Self::DemoCrm => formatter.pad("demo-crm"),
            Self::Worker { name, copy: 1 } => formatter.pad(name),
            Self::Worker { name, copy } => formatter.pad(&format!("{name}-{copy}")),
        }
    }
}

impl FromStr for Part {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        if let Some(part) = Self::with_demo_crm(1)
            .into_iter()
            .find(|part| part.to_string() == name)
        {
            return Ok(part);
        }
        if let Some((worker, copy)) = name.rsplit_once('-')
            && let Some(name) = WORKERS.into_iter().find(|name| *name == worker)
            && let Ok(copy) = copy.parse()
            && copy > 1
        {
            return Ok(Self::Worker { name, copy });
        }
        let all = Self::with_demo_crm(1);
        let names: Vec<String> = all.iter().map(ToString::to_string).collect();
        bail!(
            "there is no part {name}: name one of {}, login-2 …",
            names.join(", ")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written() {
        for part in Part::with_demo_crm(3) {
            assert_eq!(part.to_string().parse::<Part>().expect("a part"), part);
        }
        for name in ["", "epmd", "login-1", "login-0", "login-x", "postgres-2"] {
            assert!(name.parse::<Part>().is_err(), "{name}");
        }
    }
}
