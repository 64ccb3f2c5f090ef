//! A valid event of any type. The declaration of a type stands beside its struct.

use schemars::{JsonSchema as _, Schema, SchemaGenerator};
use serde_json::Value;

use crate::declaration::{Audited, EventData, OutcomeData, PossibleOutcome};
use crate::enrollment::{
    BackupCodesIssued, BackupCodesRequested, BrowsersForgotten, BrowsersForgottenDone,
    EnrollmentCompleted, EnrollmentPending, EnrollmentRejected, EnrollmentRemoved, Exempted,
    ExemptionSet, MethodReset, PolicyRequested, PolicySet, PolicyShown, SmsConfirmed, SmsStarted,
    TotpConfirmed, TotpStarted,
};
use crate::field_error::FieldError;
use crate::fields::read_data;
use crate::login::{LoginAccepted, LoginAttempted, LoginChallenged, LoginRejected};
use crate::profile::{Profile, ProfileList, ProfileListRequested, ProfileRequested};
use crate::reset::{ResetCompleted, ResetErased, ResetRequested, ResetUserErased};
use crate::sealed::AuditSealed;
use crate::sms::{SmsFailed, SmsRequested, SmsSent, SmsThrottled};
use crate::{About, Language, Refusal, Service, SessionId, TenantId, UserId, UserKey, members};

/// An event type as a value: its declaration, and how its `data` is read.
#[derive(Clone, Copy)]
pub struct EventType {
    /// The CloudEvents type.
    pub name: &'static str,
    /// The worker that answers it.
    pub service: Service,
    /// Possible outcomes, besides `event.rejected.v1`.
    pub outcomes: &'static [PossibleOutcome],
    /// Members that the trail repeats.
    pub audited: Audited,
    /// Member names of its `data`.
    pub members: fn() -> &'static [&'static str],
    /// JSON Schema of its `data`.
    pub schema: fn(&mut SchemaGenerator) -> Schema,
    read: fn(Value, &dyn Fn() -> Value) -> Result<Event, FieldError>,
}

impl EventType {
    const fn of<T: EventData + Into<Event>>() -> Self {
        Self {
            name: T::TYPE,
            service: T::SERVICE,
            outcomes: T::OUTCOMES,
            audited: T::AUDITED,
            members: members::of::<T>,
            schema: |generator| T::json_schema(generator),
            read: |data, again| {
                let data: T = read_data(data, again)?;
                data.check()?;
                Ok(data.into())
            },
        }
    }
}

/// An outcome type as a value.
#[derive(Clone, Copy)]
pub struct OutcomeType {
    /// The CloudEvents type.
    pub name: &'static str,
    /// JSON Schema of the members of `data` that everybody may see.
    pub schema: fn(&mut SchemaGenerator) -> Schema,
    /// JSON Schema of the members that only the reply carries.
    pub secrets: fn(&mut SchemaGenerator) -> Schema,
}

impl OutcomeType {
    const fn of<T: OutcomeData>() -> Self {
        Self {
            name: T::TYPE,
            schema: |generator| T::json_schema(generator),
            secrets: |generator| T::Secrets::json_schema(generator),
        }
    }
}

/// Declares [`Event`], which forwards each call to the struct that it holds.
macro_rules! events {
    ($dollar:tt $($variant:ident,)+) => {
        /// A valid event.
        #[derive(Clone, Debug)]
        pub enum Event {
            $(#[doc = concat!("See [`", stringify!($variant), "`].")] $variant($variant),)+
        }

        $(impl From<$variant> for Event {
            fn from(data: $variant) -> Self {
                Self::$variant(data)
            }
        })+

        impl Event {
            /// Every event type.
            pub const TYPES: &[EventType] = &[$(EventType::of::<$variant>()),+];

            /// The CloudEvents type.
            pub const fn event_type(&self) -> &'static str {
                match self { $(Self::$variant(_) => $variant::TYPE),+ }
            }

            /// Returns the institution, user and login session that it is about.
            pub fn about(&self) -> About<'_> {
                match self { $(Self::$variant(data) => data.about()),+ }
            }

            /// Returns the language of the sentences in its answer.
            pub fn language(&self) -> Language {
                match self { $(Self::$variant(data) => data.language()),+ }
            }

            /// Returns whether the answer may have secret members, so that the event needs a
            /// `reply_to`.
            pub fn answer_has_secrets(&self) -> bool {
                match self { $(Self::$variant(data) => data.answer_has_secrets()),+ }
            }
        }

        /// Evaluates an expression with the data of an event, of whichever type it is:
        /// `with_data!(event, data => data.about())`.
        #[macro_export]
        macro_rules! with_data {
            ($dollar event:expr, $dollar data:ident => $dollar body:expr) => {
                match $dollar event { $($crate::Event::$variant($dollar data) => $dollar body),+ }
            };
        }
    };
}

events! { $
    LoginAttempted,
    SmsRequested,
    TotpStarted,
    TotpConfirmed,
    SmsStarted,
    SmsConfirmed,
    BackupCodesRequested,
    MethodReset,
    BrowsersForgotten,
    Exempted,
    PolicySet,
    PolicyRequested,
    ProfileRequested,
    ProfileListRequested,
    ResetRequested,
    ResetUserErased,
}

/// Every outcome type, also those that answer no event of one type.
pub const OUTCOME_TYPES: &[OutcomeType] = &[
    OutcomeType::of::<LoginAccepted>(),
    OutcomeType::of::<LoginChallenged>(),
    OutcomeType::of::<LoginRejected>(),
    OutcomeType::of::<SmsSent>(),
    OutcomeType::of::<SmsThrottled>(),
    OutcomeType::of::<SmsFailed>(),
    OutcomeType::of::<EnrollmentPending>(),
    OutcomeType::of::<EnrollmentCompleted>(),
    OutcomeType::of::<EnrollmentRemoved>(),
    OutcomeType::of::<EnrollmentRejected>(),
    OutcomeType::of::<BackupCodesIssued>(),
    OutcomeType::of::<BrowsersForgottenDone>(),
    OutcomeType::of::<ExemptionSet>(),
    OutcomeType::of::<PolicyShown>(),
    OutcomeType::of::<Profile>(),
    OutcomeType::of::<ProfileList>(),
    OutcomeType::of::<ResetCompleted>(),
    OutcomeType::of::<ResetErased>(),
    OutcomeType::of::<Refusal>(),
    OutcomeType::of::<AuditSealed>(),
];

impl Event {
    /// Returns the declaration of a type; `None` if no worker knows it.
    pub fn find(event_type: &str) -> Option<&'static EventType> {
        Self::TYPES.iter().find(|known| known.name == event_type)
    }

    /// Reads the `data` of an event of that type; `again` returns it once more, to find what is wrong.
    pub(crate) fn read(
        event_type: &EventType,
        data: Value,
        again: &dyn Fn() -> Value,
    ) -> Result<Self, FieldError> {
        (event_type.read)(data, again)
    }

    /// Returns the names of the members of a type's `data`; none for an unknown type.
    pub(crate) fn members(event_type: &str) -> &'static [&'static str] {
        Self::find(event_type).map_or(&[], |known| (known.members)())
    }

    /// The institution.
    pub fn tenant(&self) -> &TenantId {
        self.about().tenant
    }

    /// Returns the id of the user, if it is about a single one.
    pub fn user_id(&self) -> Option<&UserId> {
        self.about().user
    }

    /// Returns the key of the user, if it is about a single one.
    pub fn user(&self) -> Option<UserKey> {
        let about = self.about();
        Some(UserKey {
            tenant: about.tenant.clone(),
            user: about.user?.clone(),
        })
    }

    /// Returns the person's login session, if the event names one.
    pub fn session(&self) -> Option<&SessionId> {
        self.about().session
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_outcome_that_an_event_declares_is_one() {
        let known: BTreeSet<_> = OUTCOME_TYPES.iter().map(|known| known.name).collect();
        assert_eq!(known.len(), OUTCOME_TYPES.len(), "a type twice");
        let declared = Event::TYPES.iter().flat_map(|known| known.outcomes);
        let mut declared: BTreeSet<_> = declared.map(|outcome| outcome.outcome_type).collect();
        declared.extend(["event.rejected.v1", "audit.sealed.v1"]);
        assert_eq!(declared, known);
    }

    #[test]
    fn the_binding_keys_of_a_worker_take_its_types() {
        for known in Event::TYPES {
            let area = known.name.split('.').next().unwrap_or_default();
            let bindings = known.service.bindings();
            assert!(
                bindings.contains(&format!("{area}.#").as_str()),
                "{}",
                known.name
            );
        }
    }
}
