//! A broker, a database, a sandbox and the four workers for the suites, and the environment variables
//! of a suite.
//!
//! It knows the names of the variables. Faults are left to the control server.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use tokio::task::spawn_blocking;
use twofactor_stack::part::Part;
use twofactor_stack::programs::Needed;
use twofactor_stack::stack::Stack;
use twofactor_stack::{apt, rabbitmq};

use super::faults::Faults;
use super::{Language, control};
use crate::environment;

/// A running stack, stopped and deleted when it and the runtime that started it are dropped.
pub struct ClientStack {
    stack: Arc<Stack>,
    control: String,
}

impl ClientStack {
    /// Starts all parts in a folder below `parent`, after deleting what an earlier run left there.
    /// Installs what the suites of these languages need and the machine lacks.
    pub async fn start(parent: &Path, languages: &[Language]) -> Result<Self> {
        let parent = parent.to_owned();
        let needed = languages.iter().flat_map(|language| language.needs());
        let needed: Vec<Needed> = needed.copied().collect();
        let starting = spawn_blocking(move || start_parts(&parent, &needed));
        let stack = Arc::new(starting.await??);
        let control = control::serve(Faults::of(Arc::clone(&stack))).await?;
        Ok(Self { stack, control })
    }

    /// Returns the environment variables of a suite.
    pub fn variables(&self) -> Vec<(String, String)> {
        let crm = rabbitmq::url(self.stack.settings(), "crm");
        let sandbox = self.stack.address(Part::SmsSandbox);
        [
            ("CRM_AMQP_URL", crm),
            ("SMS_SANDBOX_URL", sandbox),
            ("CONTROL_URL", self.control.clone()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec()
    }

    /// Returns the folder with the logs of all parts.
    pub fn folder(&self) -> &Path {
        self.stack.directory().root()
    }
}

fn start_parts(parent: &Path, needed: &[Needed]) -> Result<Stack> {
    let parts: Vec<Part> = Part::all(1)
        .into_iter()
        .filter(|part| *part != Part::Prometheus)
        .collect();
    let mut stack = Stack::throwaway(parent, "clients", &environment::binary_folder())?;
    apt::ensure(stack.directory(), needed)?;
    stack.prepare(&parts, 1, BTreeMap::new())?;
    stack.start_all(&parts)?;
    Ok(stack)
}
