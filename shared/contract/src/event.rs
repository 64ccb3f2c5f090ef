//! Every event type, the worker that answers it, and what the contract says of it as a whole.

use serde_json::Value;

use crate::enrollment::{
    BackupCodesRequested, BrowsersForgotten, Exempted, MethodReset, PolicyRequested, PolicySet,
    SmsConfirmed, SmsStarted, TotpConfirmed, TotpStarted,
};
use crate::fields::{FieldError, read_data};
use crate::login::LoginAttempted;
use crate::profile::{ProfileListRequested, ProfileRequested};
use crate::reset::{ResetRequested, ResetUserErased};
use crate::sms::SmsRequested;
use crate::{SessionId, TenantId, UserId, UserKey, members};

/// A worker: one queue, one source of outcomes, one log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Service {
    /// Logins.
    Login,
    /// Codes by text.
    Sms,
    /// Set-ups, profiles and policies.
    Enrollment,
    /// Administrators' resets.
    Reset,
}

impl Service {
    /// All four.
    pub const ALL: [Self; 4] = [Self::Login, Self::Sms, Self::Enrollment, Self::Reset];

    /// The name in queues, metrics and roles.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Sms => "sms",
            Self::Enrollment => "enrollment",
            Self::Reset => "reset",
        }
    }

    /// The CloudEvents `source` of its outcomes.
    pub const fn source(self) -> &'static str {
        match self {
            Self::Login => "/twofactor/login",
            Self::Sms => "/twofactor/sms",
            Self::Enrollment => "/twofactor/enrollment",
            Self::Reset => "/twofactor/reset",
        }
    }

    /// The binding keys of its queue on `crm.auth`.
    pub const fn bindings(self) -> &'static [&'static str] {
        match self {
            Self::Login => &["login.#"],
            Self::Sms => &["sms.#"],
            Self::Enrollment => &["enrollment.#", "profile.#"],
            Self::Reset => &["reset.#"],
        }
    }
}

/// Declares [`Event`] and everything that is a table over its types.
macro_rules! events {
    ($($name:literal $service:ident $variant:ident,)+) => {
        /// A valid event.
        #[derive(Clone, Debug)]
        pub enum Event {
            $(#[doc = concat!("`", $name, "`.")] $variant($variant),)+
        }

        impl Event {
            /// Every event type with the worker that answers it.
            pub const TYPES: &[(&'static str, Service)] = &[$(($name, Service::$service)),+];

            /// Reads the `data` of an event of a known type.
            pub(crate) fn read(event_type: &str, data: Value) -> Result<Self, FieldError> {
                match event_type {
                    $($name => read_data(data).map(Self::$variant),)+
                    _ => Err(FieldError::at("/type", "must be a known event type")),
                }
            }

            /// The members that `data` of a type knows; none for a type that nobody knows.
            pub(crate) fn members(event_type: &str) -> &'static [&'static str] {
                match event_type {
                    $($name => members::of::<$variant>(),)+
                    _ => &[],
                }
            }

            /// The CloudEvents type.
            pub const fn event_type(&self) -> &'static str {
                match self { $(Self::$variant(_) => $name),+ }
            }
        }
    };
}

events! {
    "login.attempted.v1" Login LoginAttempted,
    "sms.requested.v1" Sms SmsRequested,
    "enrollment.totp.started.v1" Enrollment TotpStarted,
    "enrollment.totp.confirmed.v1" Enrollment TotpConfirmed,
    "enrollment.sms.started.v1" Enrollment SmsStarted,
    "enrollment.sms.confirmed.v1" Enrollment SmsConfirmed,
    "enrollment.backup_codes.requested.v1" Enrollment BackupCodesRequested,
    "enrollment.method.reset.v1" Enrollment MethodReset,
    "enrollment.browsers.forgotten.v1" Enrollment BrowsersForgotten,
    "enrollment.exempted.v1" Enrollment Exempted,
    "enrollment.policy.set.v1" Enrollment PolicySet,
    "enrollment.policy.requested.v1" Enrollment PolicyRequested,
    "profile.requested.v1" Enrollment ProfileRequested,
    "profile.list.requested.v1" Enrollment ProfileListRequested,
    "reset.requested.v1" Reset ResetRequested,
    "reset.user.erased.v1" Reset ResetUserErased,
}

impl Event {
    /// The worker that answers a type, or `None` where no worker knows it.
    pub fn service_of(event_type: &str) -> Option<(&'static str, Service)> {
        Self::TYPES
            .iter()
            .copied()
            .find(|(name, _)| *name == event_type)
    }

    /// Whether the answer may hold secrets, so that it needs a `reply_to`.
    pub fn needs_reply(&self) -> bool {
        match self {
            Self::LoginAttempted(login) => login.remember_me,
            Self::TotpStarted(_)
            | Self::TotpConfirmed(_)
            | Self::SmsConfirmed(_)
            | Self::BackupCodesRequested(_)
            | Self::ProfileRequested(_) => true,
            _ => false,
        }
    }

    /// Whether a person sent it to change something, so that it can become stale.
    pub fn is_by_person(&self) -> bool {
        !matches!(
            self,
            Self::BrowsersForgotten(_)
                | Self::Exempted(_)
                | Self::PolicySet(_)
                | Self::PolicyRequested(_)
                | Self::ProfileRequested(_)
                | Self::ProfileListRequested(_)
                | Self::ResetRequested(_)
                | Self::ResetUserErased(_)
        )
    }

    /// The institution.
    pub fn tenant(&self) -> &TenantId {
        match self {
            Self::LoginAttempted(event) => &event.tenant_id,
            Self::SmsRequested(event) => &event.tenant_id,
            Self::TotpStarted(event) => &event.tenant_id,
            Self::TotpConfirmed(event) => &event.tenant_id,
            Self::SmsStarted(event) => &event.tenant_id,
            Self::SmsConfirmed(event) => &event.tenant_id,
            Self::BackupCodesRequested(event) => &event.tenant_id,
            Self::MethodReset(event) => &event.tenant_id,
            Self::BrowsersForgotten(event) => &event.tenant_id,
            Self::Exempted(event) => &event.tenant_id,
            Self::PolicySet(event) => &event.tenant_id,
            Self::PolicyRequested(event) => &event.tenant_id,
            Self::ProfileRequested(event) => &event.tenant_id,
            Self::ProfileListRequested(event) => &event.tenant_id,
            Self::ResetRequested(event) => &event.tenant_id,
            Self::ResetUserErased(event) => &event.tenant_id,
        }
    }

    /// The one user it is about, if it is about one.
    pub fn user_id(&self) -> Option<&UserId> {
        match self {
            Self::LoginAttempted(event) => Some(&event.user_id),
            Self::SmsRequested(event) => Some(&event.user_id),
            Self::TotpStarted(event) => Some(&event.user_id),
            Self::TotpConfirmed(event) => Some(&event.user_id),
            Self::SmsStarted(event) => Some(&event.user_id),
            Self::SmsConfirmed(event) => Some(&event.user_id),
            Self::BackupCodesRequested(event) => Some(&event.user_id),
            Self::MethodReset(event) => Some(&event.user_id),
            Self::BrowsersForgotten(event) => Some(&event.user_id),
            Self::Exempted(event) => Some(&event.user_id),
            Self::ProfileRequested(event) => Some(&event.user_id),
            Self::ResetRequested(event) => Some(&event.user_id),
            Self::ResetUserErased(event) => Some(&event.user_id),
            Self::PolicySet(_) | Self::PolicyRequested(_) | Self::ProfileListRequested(_) => None,
        }
    }

    /// The user's key, if it is about one user.
    pub fn user(&self) -> Option<UserKey> {
        let user = self.user_id()?.clone();
        Some(UserKey {
            tenant: self.tenant().clone(),
            user,
        })
    }

    /// The person's login, where the event names one.
    pub fn session(&self) -> Option<&SessionId> {
        match self {
            Self::LoginAttempted(event) => Some(&event.session_id),
            Self::SmsRequested(event) => Some(&event.session_id),
            Self::TotpStarted(event) => Some(&event.session_id),
            Self::TotpConfirmed(event) => Some(&event.session_id),
            Self::SmsStarted(event) => Some(&event.session_id),
            Self::SmsConfirmed(event) => Some(&event.session_id),
            Self::BackupCodesRequested(event) => Some(&event.session_id),
            Self::MethodReset(event) => Some(&event.session_id),
            Self::ProfileRequested(event) => event.session_id.as_ref(),
            _ => None,
        }
    }

    /// What no single member can show: members that must differ, or must come together.
    pub(crate) fn check(&self) -> Result<(), FieldError> {
        match self {
            Self::ResetRequested(event) if event.admin_id.as_str() == event.user_id.as_str() => {
                let must = "must be somebody else: nobody resets themself as an administrator";
                Err(FieldError::at("/data/admin_id", must))
            }
            Self::ProfileRequested(event) if event.is_by_owner() && event.session_id.is_none() => {
                let must = "must name the login of the user who looks at the own profile";
                Err(FieldError::at("/data/session_id", must))
            }
            _ => Ok(()),
        }
    }
}
