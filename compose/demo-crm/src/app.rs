//! What all pages share: the people, the sessions, and the way to the workers.

use std::sync::Arc;

use twofactor_client::Client;

use crate::people::People;
use crate::phone::Phones;
use crate::second_factor::SecondFactor;
use crate::session::Sessions;

/// What all pages share.
pub struct App {
    /// Institutions and people.
    pub people: Arc<People>,
    /// The sessions of browsers.
    pub sessions: Sessions,
    /// The way to the workers.
    pub second_factor: SecondFactor,
}

impl App {
    /// A CRM that asks through that client, and finds the people's texts at that sandbox.
    pub fn new(client: Client, sandbox: &str) -> Self {
        // Another part of the process may have chosen already; either choice is good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let run: u32 = rand::random();
        let people = Arc::new(People::new(&format!("{run:08x}")));
        let phones = Phones::new(people.all.iter().map(AsRef::as_ref), sandbox);
        Self {
            second_factor: SecondFactor::new(client, phones),
            people,
            sessions: Sessions::default(),
        }
    }
}
