//! An exemption by an administrator, for a user who can use neither method.

use twofactor_contract::declaration::EventData;
use twofactor_contract::enrollment::{Exempted, ExemptionSet};
use twofactor_contract::subject::{PerhapsInSession, Subject};
use twofactor_contract::{Outcome, Reason, Refusal};

use super::outcome_of;
use crate::blank::blank_numbers;
use crate::catalogue::Sentence;
use crate::decider::{Case, Decider};
use crate::decision::{Decision, Undecidable};
use crate::failures::Failures;
use crate::needs::Needs;
use crate::rejection::Rejection;
use crate::trail::Notes;
use crate::{Change, Keys, Limits, Moment, User};
use jiff::Timestamp;

impl Decider for Exempted {
    fn needs(&self, _: &Keys, _: &Limits, _: &mut Needs) {}

    fn out_of_range(&self, now: Timestamp, _: &Limits) -> Option<Refusal> {
        let is_too_far = self.until.0 > now + Limits::EXEMPTION;
        let sentence = "until must lie 30 days ahead at most.";
        is_too_far.then(|| Refusal::field("/data/until", sentence))
    }

    fn failures(&self, _: &User, _: &Limits) -> Option<Failures> {
        None
    }

    fn decide(&self, case: &Case<'_>, moment: &mut Moment<'_>) -> Result<Decision, Undecidable> {
        Ok(exempted(case.user, self, moment))
    }
}

/// Decides `enrollment.exempted.v1`.
fn exempted(user: &User, event: &Exempted, moment: &Moment<'_>) -> Decision {
    let admin_reason = Some(blank_numbers(event.reason.as_str()));
    if user.has_method() {
        let subject = PerhapsInSession::of(&event.tenant_id, &event.user_id, None);
        let rejection =
            Rejection::new(Reason::AlreadySetUp, None).saying(Sentence::AlreadySetUpExemption);
        let (outcome, notes) = outcome_of(&rejection, subject, None, event.language());
        let notes = Notes {
            admin_reason,
            ..notes
        };
        return Decision::answered(outcome, Vec::new(), notes);
    }
    let until = (event.until.0 > moment.now).then_some(event.until.0);
    let notice = match until {
        Some(_) => Sentence::NoticeExempted,
        None => Sentence::NoticeExemptionEnded,
    };
    let exemption = ExemptionSet {
        subject: Subject::of(&event.tenant_id, &event.user_id),
        until: event.until,
        notice: notice.in_language(event.language()),
    };
    let notes = Notes {
        admin_reason,
        ..Notes::default()
    };
    Decision::answered(
        Outcome::of(&exemption),
        vec![Change::Exempt { until }],
        notes,
    )
}
