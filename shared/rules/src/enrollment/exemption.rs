//! An exemption by an administrator, for a user who can use neither method.

use twofactor_contract::enrollment::{Exempted, ExemptionSet};
use twofactor_contract::subject::{PerhapsInSession, Subject};
use twofactor_contract::{Outcome, Reason};

use super::rejection;
use crate::blank::blank_numbers;
use crate::decision::Decision;
use crate::trail::Notes;
use crate::words::No;
use crate::{Change, Moment, User};

/// `enrollment.exempted.v1`.
pub fn exempted(user: &User, event: &Exempted, moment: &Moment<'_>) -> Decision {
    let admin_reason = Some(blank_numbers(event.reason.as_str()));
    if user.has_method() {
        let subject = PerhapsInSession::of(&event.tenant_id, &event.user_id, None);
        let no = No::new(Reason::AlreadySetUp, None)
            .saying("This user has set a method up, so there is nothing to be exempted from.");
        let (outcome, notes) = rejection(subject, None, no);
        let notes = Notes {
            admin_reason,
            ..notes
        };
        return Decision::answered(outcome, Vec::new(), notes);
    }
    let exemption = ExemptionSet {
        subject: Subject::of(&event.tenant_id, &event.user_id),
        until: event.until,
    };
    let until = (event.until.0 > moment.now).then_some(event.until.0);
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
