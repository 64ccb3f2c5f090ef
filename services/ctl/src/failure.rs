//! How a command ends: what it found, or why it failed, as a sentence and as an exit status.

use std::process::ExitCode;

use twofactor_store::StoreError;

/// The exit status of a command that an operator ended early.
pub const INTERRUPTED: u8 = 130;

/// The end of a command that did what it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// Done, or there was nothing to do: 0.
    Success,
    /// It found something that somebody must look at: 1.
    Found,
}

impl Done {
    /// Returns the exit status: 0 or 1.
    pub fn exit_code(self) -> ExitCode {
        ExitCode::from(match self {
            Self::Success => 0,
            Self::Found => 1,
        })
    }

    /// Returns [`Done::Found`] where there is something.
    pub const fn found(something: bool) -> Self {
        if something {
            Self::Found
        } else {
            Self::Success
        }
    }
}

/// The reason why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The command line or a setting is missing or wrong.
    #[error("{0}")]
    Setting(String),
    /// Something that the command needs cannot be reached.
    #[error("{0}")]
    Unreachable(String),
    /// It was reached, and refused.
    #[error("{0}")]
    Refused(String),
    /// The operator was asked, and did not say yes.
    #[error("Nothing was changed, as asked.")]
    Declined,
}

impl Failure {
    /// Returns the exit status: 2, 3, 4 or 130.
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Setting(_) => 2,
            Self::Unreachable(_) => 3,
            Self::Refused(_) => 4,
            Self::Declined => INTERRUPTED,
        })
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        if error.is_unreachable() {
            Self::Unreachable(format!("{error}."))
        } else {
            Self::Refused(format!("{error}."))
        }
    }
}
