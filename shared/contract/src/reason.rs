//! The closed vocabularies of outcomes: methods, reasons, what waived a code, what to offer next.

/// Declares an enum whose variants have one name, in snake case, on the wire, in metrics and in the
/// trail. An `open` one may gain members in outcomes, so consumers must expect others.
macro_rules! vocabulary {
    ($openness:ident $(#[doc = $doc:literal])+ $name:ident {
        $($(#[doc = $variant_doc:literal])+ $variant:ident = $text:literal,)+
    }) => {
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[derive(serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "serde_json::Value")]
        pub enum $name { $($(#[doc = $variant_doc])+ #[serde(rename = $text)] $variant,)+ }

        impl $name {
            /// Every member, in the contract's order.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The name on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// The member of that name.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)+ _ => None }
            }
        }

        impl TryFrom<serde_json::Value> for $name {
            type Error = String;

            fn try_from(value: serde_json::Value) -> Result<Self, Self::Error> {
                value.as_str().and_then(Self::parse).ok_or_else(|| $crate::reason::must(&[$($text),+]))
            }
        }

        impl schemars::JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({
                    "type": "string",
                    "enum": [$($text),+],
                    "x-enum-descriptions": { $($text: concat!($($variant_doc),+).trim()),+ },
                    "x-open": stringify!($openness) == "open",
                })
            }
        }
    };
}
pub(crate) use vocabulary;

/// What a member of a closed list must be, as a sentence.
pub(crate) fn must(names: &[&str]) -> String {
    match names {
        [] => "must be absent".to_owned(),
        [only] => format!("must be {only}"),
        [first @ .., last] => format!("must be {} or {last}", first.join(", ")),
    }
}

vocabulary!(open
    /// A second factor that a person can hold.
    Method {
        /// An authenticator app (RFC 6238).
        Totp = "totp",
        /// A code by text message.
        Sms = "sms",
        /// A backup code (a look-up secret of NIST SP 800-63B).
        Backup = "backup",
    }
);

vocabulary!(open
    /// What let a login in.
    Via {
        /// A code of the authenticator app.
        Totp = "totp",
        /// A code sent by text.
        Sms = "sms",
        /// A backup code.
        Backup = "backup",
        /// A remembered browser.
        Remembered = "remembered",
        /// This session has just set a method up.
        Enrolled = "enrolled",
        /// No method yet, within the days of grace.
        Grace = "grace",
        /// No method, excused by an administrator for a time.
        Exempt = "exempt",
        /// No method, and the institution requires none.
        NotRequired = "not_required",
    }
);

vocabulary!(closed
    /// A language that people are answered in (RFC 5646).
    Language {
        /// English.
        En = "en",
        /// Welsh.
        Cy = "cy",
    }
);

vocabulary!(open
    /// What the page should offer.
    Next {
        /// A field for a code.
        EnterCode = "enter_code",
        /// The set-up of a method.
        SetUp = "set_up",
        /// The same field again, with another code.
        TryAnotherCode = "try_another_code",
        /// A button that requests a new text.
        RequestNewCode = "request_new_code",
        /// The other methods.
        UseAnotherMethod = "use_another_method",
        /// Waiting, for `retry_after_seconds`.
        Wait = "wait",
        /// The way to a user administrator.
        AskAdmin = "ask_admin",
        /// Starting this step again, from the password where it is a login.
        TryAgain = "try_again",
    }
);

vocabulary!(open
    /// Why an event was answered with no.
    Reason {
        /// The event waited for longer than `EVENT_MAX_AGE`.
        StaleEvent = "stale_event",
        /// The user was reset after the event.
        ResetSince = "reset_since",
        /// The user has not set that method up.
        MethodNotSetUp = "method_not_set_up",
        /// Too many wrong codes in a row: a backup code or a reset is needed.
        Locked = "locked",
        /// A wait after wrong codes runs.
        TooManyFailures = "too_many_failures",
        /// It cannot be a code of that method.
        MalformedCode = "malformed_code",
        /// A well-formed code that does not hold.
        WrongCode = "wrong_code",
        /// This very code was accepted before.
        CodeUsed = "code_used",
        /// The right SMS code, too late or replaced by a newer one.
        CodeExpired = "code_expired",
        /// No unspent SMS code of this session.
        NoCodeSent = "no_code_sent",
        /// The throttle of texts.
        Throttled = "throttled",
        /// The provider refused the number.
        NumberRejected = "number_rejected",
        /// The provider did not take the text.
        ProviderUnavailable = "provider_unavailable",
        /// The session was not let in by a second factor.
        LoginRequired = "login_required",
        /// The method is set up already.
        AlreadySetUp = "already_set_up",
        /// No mobile number, or outside `SMS_COUNTRIES`.
        InvalidNumber = "invalid_number",
        /// No set-up is pending.
        NotStarted = "not_started",
        /// The number cannot serve this user.
        NumberNotAccepted = "number_not_accepted",
    }
);
