//! The ways in which the sandbox can be made to fail, until it is set to work again.
//!
//! It knows their names, and not how a request is answered.

use std::sync::Mutex;

use serde::{Deserialize, Serialize};

/// A fault of the provider.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fault {
    /// It works.
    #[default]
    None,
    /// It answers 503 and takes nothing.
    Unavailable,
    /// It takes the text and never answers.
    Hang,
    /// It takes the text and drops the connection.
    Lost,
    /// It refuses every text: the recipient has unsubscribed (21610).
    Refuse,
}

impl Fault {
    /// Returns the name in the `kind` of a request.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Unavailable => "unavailable",
            Self::Hang => "hang",
            Self::Lost => "lost",
            Self::Refuse => "refuse",
        }
    }
}

/// The current fault.
#[derive(Default)]
pub struct CurrentFault(Mutex<Fault>);

impl CurrentFault {
    /// Returns the fault.
    pub fn get(&self) -> Fault {
        *self
            .0
            .lock()
            .expect("nothing panics while it holds the fault")
    }

    /// Sets the fault from now on.
    pub fn set(&self, fault: Fault) {
        *self
            .0
            .lock()
            .expect("nothing panics while it holds the fault") = fault;
    }
}
