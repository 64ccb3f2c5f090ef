//! Profiles: the owner sees the details, everyone else sees since when each method is set up.

use jiff::Timestamp;
use twofactor_contract::declaration::EventData;
use twofactor_contract::profile::{
    ListedProfile, MethodSince, PendingSince, Profile, ProfileList, ProfileListRequested,
    ProfileRequested, ProfileSecrets, PublicProfile, RememberedBrowser, Viewer,
};
use twofactor_contract::subject::{PerhapsInSession, Subject};
use twofactor_contract::{Method, Outcome, Reason, Secret, UserKey};

use crate::decider::{Case, Decider};
use crate::decision::{Decision, Undecidable};
use crate::failures::Failures;
use crate::needs::Needs;
use crate::policy::Policy;
use crate::purpose::Purpose;
use crate::rejection::Rejection;
use crate::trail::Notes;
use crate::{Keys, Limits, Moment, State, User, browser, enrollment};

impl Decider for ProfileRequested {
    fn needs(&self, _: &Keys, _: &Limits, needs: &mut Needs) {
        if self.is_by_owner() {
            let key = UserKey::of(&self.tenant_id, &self.user_id);
            needs.browsers.insert(key);
        }
    }

    fn failures(&self, _: &User, _: &Limits) -> Option<Failures> {
        None
    }

    fn decide(&self, case: &Case<'_>, moment: &mut Moment<'_>) -> Result<Decision, Undecidable> {
        requested(case.state, case.user, self, moment)
    }
}

impl Decider for ProfileListRequested {
    fn needs(&self, _: &Keys, _: &Limits, needs: &mut Needs) {
        let key = |user| UserKey::of(&self.tenant_id, user);
        needs.listed.extend(self.user_ids.iter().map(key));
    }

    fn failures(&self, _: &User, _: &Limits) -> Option<Failures> {
        None
    }

    fn decide(&self, case: &Case<'_>, moment: &mut Moment<'_>) -> Result<Decision, Undecidable> {
        Ok(list_requested(case.state, self, moment))
    }
}

/// Decides `profile.requested.v1`. An owner with a method must have been accepted by a second
/// factor.
fn requested(
    state: &State,
    user: &User,
    event: &ProfileRequested,
    moment: &Moment<'_>,
) -> Result<Decision, Undecidable> {
    let now = moment.now;
    let policy = state.policies.get(&event.tenant_id);
    let profile = |viewer| Profile {
        subject: Subject::of(&event.tenant_id, &event.user_id),
        viewer,
        public: public(user, policy, now, moment.limits),
    };
    if !event.is_by_owner() {
        return Ok(answered(Outcome::of(&profile(Viewer::Other))));
    }
    let session = event.session_id.as_ref();
    let let_in = session.is_some_and(|session| user.is_accepted_or_remembered(session, now));
    if user.has_method() && !let_in {
        let rejection = Rejection::new(Reason::LoginRequired, None);
        let subject = PerhapsInSession::of(&event.tenant_id, &event.user_id, session);
        let (outcome, notes) = enrollment::outcome_of(&rejection, subject, None, event.language());
        return Ok(Decision::answered(outcome, Vec::new(), notes));
    }
    let secrets = Secret::new(ProfileSecrets {
        pending: pending(user, now),
        mobile_number: mobile_number(user, event, moment)?,
        backup_codes_left: user.backup_codes_left(),
        remembered_browsers: browsers(user, now),
    });
    Ok(answered(Outcome::with_secrets(
        &profile(Viewer::Owner),
        &secrets,
    )))
}

/// Decides `profile.list.requested.v1`: each user as others see them.
fn list_requested(state: &State, event: &ProfileListRequested, moment: &Moment<'_>) -> Decision {
    let unknown = User::default();
    let policy = state.policies.get(&event.tenant_id);
    let users = event.user_ids.iter().map(|user_id| {
        let key = UserKey::of(&event.tenant_id, user_id);
        let user = state.users.get(&key).unwrap_or(&unknown);
        let public = public(user, policy, moment.now, moment.limits);
        ListedProfile {
            user_id: user_id.clone(),
            public,
        }
    });
    let list = ProfileList {
        tenant_id: event.tenant_id.clone(),
        users: users.collect(),
    };
    answered(Outcome::of(&list))
}

fn answered(outcome: Outcome) -> Decision {
    Decision::answered(outcome, Vec::new(), Notes::default())
}

fn public(user: &User, policy: Option<&Policy>, now: Timestamp, limits: &Limits) -> PublicProfile {
    let totp = user
        .totp
        .as_ref()
        .map(|totp| (Method::Totp, totp.set_up_at));
    let sms = user.sms.as_ref().map(|sms| (Method::Sms, sms.set_up_at));
    let since = |(method, set_up_at): (Method, Timestamp)| MethodSince {
        method,
        set_up_at: set_up_at.into(),
    };
    let in_grace = !user.has_method() && !user.ever_set_up;
    let set_up_by = policy
        .filter(|_| in_grace)
        .zip(user.first_login_at)
        .and_then(|(policy, first_login_at)| policy.set_up_by(first_login_at))
        .filter(|by| *by > now);
    PublicProfile {
        methods: [totp, sms].into_iter().flatten().map(since).collect(),
        required: policy.is_some_and(|policy| policy.required),
        locked: user.login_failures.is_locked(limits) || user.confirm_failures.is_locked(limits),
        set_up_by: set_up_by.map(Into::into),
    }
}

fn pending(user: &User, now: Timestamp) -> Vec<PendingSince> {
    let totp = user
        .pending_totp
        .as_ref()
        .map(|pending| (Method::Totp, pending.expires_at));
    let sms = user
        .pending_sms
        .as_ref()
        .map(|pending| (Method::Sms, pending.expires_at));
    let live = [totp, sms]
        .into_iter()
        .flatten()
        .filter(|(_, expires_at)| *expires_at > now);
    live.map(|(method, expires_at)| PendingSince {
        method,
        expires_at: expires_at.into(),
    })
    .collect()
}

fn browsers(user: &User, now: Timestamp) -> Vec<RememberedBrowser> {
    let live = user
        .browsers
        .iter()
        .filter(|(_, browser)| browser.until > now);
    let mut live: Vec<_> = live
        .map(|(token, browser)| RememberedBrowser {
            browser_id: browser::id(token),
            since: browser.since.into(),
            until: browser.until.into(),
        })
        .collect();
    live.sort_by_key(|browser| browser.since);
    live
}

fn mobile_number(
    user: &User,
    event: &ProfileRequested,
    moment: &Moment<'_>,
) -> Result<Option<String>, Undecidable> {
    let Some(sms) = &user.sms else {
        return Ok(None);
    };
    let key = UserKey::of(&event.tenant_id, &event.user_id);
    let number = moment
        .keys
        .open_string(Purpose::MobileNumber, &key, &sms.number)?;
    Ok(Some(number.expose().clone()))
}
