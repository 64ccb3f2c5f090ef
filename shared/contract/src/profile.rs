//! Looking at a profile, one's own or another's, and at many at once.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

use crate::outcome::OutcomeData;
use crate::{Method, Secret, SessionId, TenantId, UserId, ViewerId};

/// `profile.requested.v1`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProfileRequested {
    /// The institution.
    pub tenant_id: TenantId,
    /// Whose profile.
    pub user_id: UserId,
    /// Who looks.
    pub viewer_id: ViewerId,
    /// The viewer's login, where the viewer is the user.
    #[serde(default, deserialize_with = "crate::fields::present")]
    pub session_id: Option<SessionId>,
}

impl ProfileRequested {
    /// Whether the owner looks.
    pub fn is_by_owner(&self) -> bool {
        self.viewer_id.as_str() == self.user_id.as_str()
    }
}

/// `profile.list.requested.v1`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProfileListRequested {
    /// The institution.
    pub tenant_id: TenantId,
    /// Who looks.
    pub viewer_id: ViewerId,
    /// 1 to 500 users.
    #[serde(deserialize_with = "crate::fields::user_ids")]
    pub user_ids: Vec<UserId>,
}

/// Who looks at a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Viewer {
    /// Its owner.
    #[serde(rename = "self")]
    Owner,
    /// Anyone else.
    Other,
}

/// A method and since when it is set up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MethodSince {
    /// `totp` or `sms`.
    pub method: Method,
    /// Since when.
    #[serde(serialize_with = "crate::timestamp::write")]
    pub set_up_at: Timestamp,
}

/// A set-up under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PendingSince {
    /// `totp` or `sms`.
    pub method: Method,
    /// Until when it can be confirmed.
    #[serde(serialize_with = "crate::timestamp::write")]
    pub expires_at: Timestamp,
}

/// A remembered browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RememberedBrowser {
    /// Since when.
    #[serde(serialize_with = "crate::timestamp::write")]
    pub since: Timestamp,
    /// Until when.
    #[serde(serialize_with = "crate::timestamp::write")]
    pub until: Timestamp,
}

/// What anybody may see of a user's second factors.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PublicProfile {
    /// Since when which method is set up.
    pub methods: Vec<MethodSince>,
    /// Whether the institution requires a second factor.
    pub required: bool,
    /// Whether codes are refused after too many failures.
    pub locked: bool,
    /// Until when a method must be set up, where grace runs.
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "crate::timestamp::write_if_any"
    )]
    pub set_up_by: Option<Timestamp>,
}

/// `profile.v1`.
#[derive(Clone, Debug, Serialize)]
pub struct Profile {
    /// The institution.
    pub tenant_id: TenantId,
    /// Whose profile.
    pub user_id: UserId,
    /// Who looks.
    pub viewer: Viewer,
    /// What anybody may see.
    #[serde(flatten)]
    pub public: PublicProfile,
    /// Set-ups under way; to the owner alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pending: Option<Secret<Pending>>,
    /// The mobile number, E.164; to the owner alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mobile_number: Option<Secret<String>>,
    /// To the owner alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_codes_left: Option<Secret<u64>>,
    /// To the owner alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remembered_browsers: Option<Secret<RememberedBrowsers>>,
}

/// Set-ups under way.
#[derive(Clone, Debug, Serialize)]
pub struct Pending(pub Vec<PendingSince>);

/// Remembered browsers, oldest first.
#[derive(Clone, Debug, Serialize)]
pub struct RememberedBrowsers(pub Vec<RememberedBrowser>);

impl Zeroize for Pending {
    fn zeroize(&mut self) {
        self.0.clear();
    }
}

impl Zeroize for RememberedBrowsers {
    fn zeroize(&mut self) {
        self.0.clear();
    }
}

/// A user of `profile.list.v1`, as others see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ListedProfile {
    /// Whose profile.
    pub user_id: UserId,
    /// What anybody may see.
    #[serde(flatten)]
    pub public: PublicProfile,
}

/// `profile.list.v1`.
#[derive(Clone, Debug, Serialize)]
pub struct ProfileList {
    /// The institution.
    pub tenant_id: TenantId,
    /// In the order of the request.
    pub users: Vec<ListedProfile>,
}

impl OutcomeData for Profile {
    const TYPE: &'static str = "profile.v1";
}
impl OutcomeData for ProfileList {
    const TYPE: &'static str = "profile.list.v1";
}
