//! The four workers, as the wire, the metrics and the trail name them.

/// A worker: one queue, one source of outcomes, one log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Service {
    /// Logins.
    Login,
    /// Codes by text message.
    Sms,
    /// Set-ups, profiles and policies.
    Enrollment,
    /// Administrators' resets.
    Reset,
}

impl Service {
    /// All four.
    pub const ALL: [Self; 4] = [Self::Login, Self::Sms, Self::Enrollment, Self::Reset];

    /// Returns the name in queues, metrics and roles.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Sms => "sms",
            Self::Enrollment => "enrollment",
            Self::Reset => "reset",
        }
    }

    /// Returns the CloudEvents `source` of its outcomes.
    pub const fn source(self) -> &'static str {
        match self {
            Self::Login => "/twofactor/login",
            Self::Sms => "/twofactor/sms",
            Self::Enrollment => "/twofactor/enrollment",
            Self::Reset => "/twofactor/reset",
        }
    }

    /// Returns the binding keys of its queue on `crm.auth`.
    pub const fn bindings(self) -> &'static [&'static str] {
        match self {
            Self::Login => &["login.#"],
            Self::Sms => &["sms.#"],
            Self::Enrollment => &["enrollment.#", "profile.#"],
            Self::Reset => &["reset.#"],
        }
    }
}
