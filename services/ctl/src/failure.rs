//! Why a command failed, as a sentence and as an exit status.

use std::process::ExitCode;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A setting is missing or wrong.
    #[error("{0}")]
    Setting(String),
    /// What the command needs cannot be reached.
    #[error("{0}")]
    Unreachable(String),
    /// It was reached, and refused.
    #[error("{0}")]
    Refused(String),
}

impl Failure {
    /// 2, 3 or 4.
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Setting(_) => 2,
            Self::Unreachable(_) => 3,
            Self::Refused(_) => 4,
        })
    }
}
