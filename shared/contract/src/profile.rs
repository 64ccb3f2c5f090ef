//! Viewing a profile, one's own or another person's, and many profiles at once.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

use crate::declaration::{
    About, Audited, AuditedMethod, EventData, NoSecrets, OutcomeData, PossibleOutcome,
    SecretMembers,
};
use crate::enrollment::EnrollmentRejected;
use crate::field_error::FieldError;
use crate::reason::vocabulary;
use crate::subject::Subject;
use crate::{
    BrowserId, Language, Method, Reason, Service, SessionId, TenantId, UserId, UtcTime, ViewerId,
};

/// A viewer asks for a user's second factors: the user, who sees everything, or an administrator,
/// who sees since when each method is set up.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProfileRequested {
    /// The institution.
    pub tenant_id: TenantId,
    /// The user whose profile it is.
    pub user_id: UserId,
    /// The person who asks for the profile.
    pub viewer_id: ViewerId,
    /// The viewer's login session; required where the viewer is the user.
    #[serde(default, deserialize_with = "crate::fields::present")]
    pub session_id: Option<SessionId>,
}

impl ProfileRequested {
    /// Returns whether the viewer is the owner.
    pub fn is_by_owner(&self) -> bool {
        self.viewer_id.as_str() == self.user_id.as_str()
    }
}

impl EventData for ProfileRequested {
    const TYPE: &'static str = "profile.requested.v1";
    const SERVICE: Service = Service::Enrollment;
    const OUTCOMES: &'static [PossibleOutcome] = &[
        PossibleOutcome::plain::<Profile>(),
        PossibleOutcome::because::<EnrollmentRejected>(&[Reason::LoginRequired]),
    ];
    const AUDITED: Audited = Audited {
        method: AuditedMethod::None,
        admin_reason: false,
    };

    fn about(&self) -> About<'_> {
        About {
            session: self.session_id.as_ref(),
            ..About::user(&self.tenant_id, &self.user_id)
        }
    }

    fn language(&self) -> Language {
        Language::En
    }

    fn answer_has_secrets(&self) -> bool {
        true
    }

    fn check(&self) -> Result<(), FieldError> {
        if self.is_by_owner() && self.session_id.is_none() {
            let must = "must name the login of the user who looks at the own profile";
            return Err(FieldError::at("/data/session_id", must));
        }
        Ok(())
    }
}

/// An administrator asks for the second factors of many users at once, to find users without one.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProfileListRequested {
    /// The institution.
    pub tenant_id: TenantId,
    /// The person who asks for the profile.
    pub viewer_id: ViewerId,
    /// The users, 1 to 500.
    #[serde(deserialize_with = "crate::fields::user_ids")]
    #[schemars(length(min = 1, max = 500), extend("examples" = [["u-4711", "u-4712"]]))]
    pub user_ids: Vec<UserId>,
}

impl EventData for ProfileListRequested {
    const TYPE: &'static str = "profile.list.requested.v1";
    const SERVICE: Service = Service::Enrollment;
    const OUTCOMES: &'static [PossibleOutcome] = &[PossibleOutcome::plain::<ProfileList>()];
    const AUDITED: Audited = Audited {
        method: AuditedMethod::None,
        admin_reason: false,
    };

    fn about(&self) -> About<'_> {
        About::tenant(&self.tenant_id)
    }

    fn language(&self) -> Language {
        Language::En
    }

    fn answer_has_secrets(&self) -> bool {
        false
    }

    fn check(&self) -> Result<(), FieldError> {
        Ok(())
    }
}

vocabulary!(closed
    /// The viewer of a profile.
    Viewer {
        /// Its owner.
        Owner = "self",
        /// Anyone else.
        Other = "other",
    }
);

/// A method that is set up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct MethodSince {
    /// The method: `totp` or `sms`.
    pub method: Method,
    /// Time of the set-up.
    pub set_up_at: UtcTime,
}

/// A set-up under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct PendingSince {
    /// The method that is being set up: `totp` or `sms`.
    pub method: Method,
    /// Time until which it can be confirmed.
    pub expires_at: UtcTime,
}

/// A remembered browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct RememberedBrowser {
    /// Its id, for `enrollment.browsers.forgotten.v1`.
    pub browser_id: BrowserId,
    /// Time since which it is remembered.
    pub since: UtcTime,
    /// Time until which it is remembered.
    pub until: UtcTime,
}

/// The part of a user's second factors that every viewer may see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PublicProfile {
    /// The methods that are set up.
    pub methods: Vec<MethodSince>,
    /// `true` if the institution requires a second factor.
    #[schemars(example = true)]
    pub required: bool,
    /// `true` if codes are refused after too many failures.
    #[schemars(example = false)]
    pub locked: bool,
    /// Deadline for setting up a method, while grace runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub set_up_by: Option<UtcTime>,
}

/// A user's second factors, as the viewer may see them.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Profile {
    /// The user whose profile it is.
    #[serde(flatten)]
    pub subject: Subject,
    /// The person who asks for the profile.
    pub viewer: Viewer,
    /// The part that every viewer may see.
    #[serde(flatten)]
    pub public: PublicProfile,
}

/// The secret members of a profile, for its owner alone.
#[derive(Serialize, JsonSchema)]
pub struct ProfileSecrets {
    /// Set-ups under way.
    pub pending: Vec<PendingSince>,
    /// The mobile number, E.164, if one is set up.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"+447400123456")]
    pub mobile_number: Option<String>,
    /// Count of backup codes left.
    #[schemars(example = 9)]
    pub backup_codes_left: usize,
    /// Remembered browsers, oldest first.
    pub remembered_browsers: Vec<RememberedBrowser>,
}

impl Zeroize for ProfileSecrets {
    fn zeroize(&mut self) {
        self.pending.clear();
        self.mobile_number.zeroize();
        self.backup_codes_left.zeroize();
        self.remembered_browsers.clear();
    }
}

impl SecretMembers for ProfileSecrets {}

impl OutcomeData for Profile {
    const TYPE: &'static str = "profile.v1";
    type Secrets = ProfileSecrets;
}

/// A user in a list, as others see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct ListedProfile {
    /// The user.
    pub user_id: UserId,
    /// The part that every viewer may see.
    #[serde(flatten)]
    pub public: PublicProfile,
}

/// Many users' second factors, as others see them.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ProfileList {
    /// The institution.
    pub tenant_id: TenantId,
    /// The users, in the order of the request.
    pub users: Vec<ListedProfile>,
}

impl OutcomeData for ProfileList {
    const TYPE: &'static str = "profile.list.v1";
    type Secrets = NoSecrets;
}
