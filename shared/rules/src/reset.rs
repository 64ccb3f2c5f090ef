//! An administrator's reset, which removes everything in one step, and the erasure of a user.

use jiff::Timestamp;
use twofactor_contract::declaration::EventData;
use twofactor_contract::reset::{
    Removed, ResetCompleted, ResetErased, ResetRequested, ResetUserErased,
};
use twofactor_contract::subject::Subject;
use twofactor_contract::{Method, Outcome, UserKey};

use crate::blank::blank_numbers;
use crate::catalogue::Sentence;
use crate::decider::{Case, Decider};
use crate::decision::{Decision, Undecidable};
use crate::failures::Failures;
use crate::needs::Needs;
use crate::trail::Notes;
use crate::{Change, Keys, Limits, Moment, User};

impl Decider for ResetRequested {
    fn needs(&self, _: &Keys, _: &Limits, needs: &mut Needs) {
        let key = UserKey::of(&self.tenant_id, &self.user_id);
        needs.texts.insert(key.clone());
        needs.browsers.insert(key);
    }

    fn failures(&self, _: &User, _: &Limits) -> Option<Failures> {
        None
    }

    fn decide(&self, case: &Case<'_>, moment: &mut Moment<'_>) -> Result<Decision, Undecidable> {
        Ok(requested(case.user, self, case.time, moment))
    }
}

impl Decider for ResetUserErased {
    fn needs(&self, _: &Keys, _: &Limits, needs: &mut Needs) {
        let key = UserKey::of(&self.tenant_id, &self.user_id);
        needs.texts.insert(key);
    }

    fn failures(&self, _: &User, _: &Limits) -> Option<Failures> {
        None
    }

    fn decide(&self, case: &Case<'_>, moment: &mut Moment<'_>) -> Result<Decision, Undecidable> {
        Ok(erased(self, case.time, moment))
    }
}

/// Removes every method, backup code, remembered browser, pending set-up and unspent code.
fn requested(
    user: &User,
    event: &ResetRequested,
    time: Timestamp,
    moment: &Moment<'_>,
) -> Decision {
    let outcome = ResetCompleted {
        subject: Subject::of(&event.tenant_id, &event.user_id),
        admin_id: event.admin_id.clone(),
        reset_at: moment.now.into(),
        removed: removed(user, moment.now),
        notice: Sentence::NoticeReset.in_language(event.language()),
    };
    // Events are compared by their publishers' clock, so the reset counts from its own `time`, also
    // where that is ahead of the database's clock.
    let change = Change::Reset { since: time };
    answered(Outcome::of(&outcome), change, event.reason.as_str())
}

/// Removes all state of a user.
fn erased(event: &ResetUserErased, time: Timestamp, moment: &Moment<'_>) -> Decision {
    let outcome = ResetErased {
        subject: Subject::of(&event.tenant_id, &event.user_id),
        erased_at: moment.now.into(),
    };
    let change = Change::Erase { since: time };
    answered(Outcome::of(&outcome), change, event.reason.as_str())
}

fn removed(user: &User, now: Timestamp) -> Vec<Removed> {
    let there = [
        (Removed::Totp, user.totp.is_some()),
        (Removed::Sms, user.sms.is_some()),
        (Removed::BackupCodes, user.backup.is_some()),
        (
            Removed::RememberedBrowsers,
            user.browsers.values().any(|browser| browser.until > now),
        ),
        (
            Removed::Pending,
            user.is_pending(Method::Totp, now) || user.is_pending(Method::Sms, now),
        ),
    ];
    there
        .into_iter()
        .filter_map(|(what, is)| is.then_some(what))
        .collect()
}

fn answered(outcome: Outcome, change: Change, reason: &str) -> Decision {
    let notes = Notes {
        admin_reason: Some(blank_numbers(reason)),
        ..Notes::default()
    };
    Decision::answered(outcome, vec![change], notes)
}
