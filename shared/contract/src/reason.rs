//! The vocabularies of outcomes: methods, ways in, reasons, next steps, languages.

/// Declares an enum whose variants have one name, in snake case, on the wire, in metrics and in the
/// trail. An `open` enum may gain members in outcomes, so consumers must expect unknown ones.
macro_rules! vocabulary {
    ($openness:ident $(#[doc = $doc:literal])+ $name:ident {
        $($(#[doc = $variant_doc:literal])+ $variant:ident = $wire_name:literal,)+
    }) => {
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[derive(serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "serde_json::Value")]
        pub enum $name { $($(#[doc = $variant_doc])+ #[serde(rename = $wire_name)] $variant,)+ }

        impl $name {
            /// Every member, in the contract's order.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Returns the name on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $wire_name),+ }
            }

            /// Returns the member of that name.
            pub fn parse(name: &str) -> Option<Self> {
                match name { $($wire_name => Some(Self::$variant),)+ _ => None }
            }
        }

        impl TryFrom<serde_json::Value> for $name {
            type Error = String;

            fn try_from(value: serde_json::Value) -> Result<Self, Self::Error> {
                let member = value.as_str().and_then(Self::parse);
                member.ok_or_else(|| $crate::reason::must(&[$($wire_name),+]))
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
                    "enum": [$($wire_name),+],
                    "x-enum-descriptions": { $($wire_name: concat!($($variant_doc),+).trim()),+ },
                    "x-open": stringify!($openness) == "open",
                })
            }
        }
    };
}
pub(crate) use vocabulary;

/// Returns the rule for a member of a list, as part of a sentence.
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
    /// The factor or exception by which a login was accepted.
    Via {
        /// A code from the authenticator app.
        Totp = "totp",
        /// A code sent by text.
        Sms = "sms",
        /// A backup code.
        Backup = "backup",
        /// A remembered browser.
        Remembered = "remembered",
        /// The login session has just set up a method.
        Enrolled = "enrolled",
        /// No method is set up yet, and grace runs.
        Grace = "grace",
        /// No method; exempted by an administrator for a limited time.
        Exempt = "exempt",
        /// No method, and the institution requires none.
        NotRequired = "not_required",
    }
);

vocabulary!(closed
    /// The language of sentences and texts (RFC 5646).
    Language {
        /// English.
        En = "en",
        /// Welsh.
        Cy = "cy",
    }
);

vocabulary!(open
    /// The next step that a page should offer.
    Next {
        /// A field for a code.
        EnterCode = "enter_code",
        /// The set-up of a method.
        SetUp = "set_up",
        /// The same field again, for another code.
        TryAnotherCode = "try_another_code",
        /// A button that requests a new text.
        RequestNewCode = "request_new_code",
        /// The other methods.
        UseAnotherMethod = "use_another_method",
        /// A wait of `retry_after_seconds`.
        Wait = "wait",
        /// How to reach a user administrator.
        AskAdmin = "ask_admin",
        /// The same step from its start; a login starts with the password.
        TryAgain = "try_again",
    }
);

vocabulary!(open
    /// The reason for a rejection.
    Reason {
        /// The event waited for longer than `EVENT_MAX_AGE`.
        StaleEvent = "stale_event",
        /// The user was reset after the event.
        ResetSince = "reset_since",
        /// The user has not set that method up.
        MethodNotSetUp = "method_not_set_up",
        /// Too many wrong codes in a row: a backup code or a reset is needed.
        Locked = "locked",
        /// A wait after wrong codes is running.
        TooManyFailures = "too_many_failures",
        /// The entry cannot be a code of that method.
        MalformedCode = "malformed_code",
        /// The code is well-formed, but not valid.
        WrongCode = "wrong_code",
        /// The code was accepted before.
        CodeUsed = "code_used",
        /// The code of a text that is too old, or that a newer text replaced.
        CodeExpired = "code_expired",
        /// There is no unspent code by text for this login session.
        NoCodeSent = "no_code_sent",
        /// The throttle holds the text back.
        Throttled = "throttled",
        /// The provider refused the number.
        NumberRejected = "number_rejected",
        /// The provider did not accept the text.
        ProviderUnavailable = "provider_unavailable",
        /// The login session was not accepted by a second factor.
        LoginRequired = "login_required",
        /// The method is set up already.
        AlreadySetUp = "already_set_up",
        /// Not a mobile number, or one outside `SMS_COUNTRIES`.
        InvalidNumber = "invalid_number",
        /// No set-up is pending.
        NotStarted = "not_started",
        /// The number cannot be used for this user.
        NumberNotAccepted = "number_not_accepted",
    }
);
