//! The world that a test needs: which workers, how many of each, with which settings.
//!
//! It knows names of settings and nothing of what they do.

use twofactor_contract::Service;

/// A world before it starts. All four workers, one of each, with the product's own limits.
#[derive(Clone, Debug)]
pub struct Plan {
    pub(crate) services: Vec<Service>,
    pub(crate) copies: usize,
    pub(crate) settings: Vec<(String, String)>,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            services: Service::ALL.to_vec(),
            copies: 1,
            settings: Vec::new(),
        }
    }
}

impl Plan {
    /// Sets the count of copies of each worker.
    #[must_use]
    pub fn copies(mut self, copies: usize) -> Self {
        self.copies = copies;
        self
    }

    /// Restricts the world to these workers.
    #[must_use]
    pub fn only(mut self, services: &[Service]) -> Self {
        self.services = services.to_vec();
        self
    }

    /// Sets a setting for every worker.
    #[must_use]
    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets a setting that breaks a promise, such as a shorter throttle; only a test may.
    #[must_use]
    pub fn bend(self, name: &str, value: &str) -> Self {
        self.set("TWOFACTOR_TESTING", "1").set(name, value)
    }
}
