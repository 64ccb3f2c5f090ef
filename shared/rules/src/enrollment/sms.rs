//! Setting up a mobile number: a code is texted to it, then the person confirms it with the code.
//!
//! Whether another user of the institution has the number is decided at the confirmation, so that a
//! start does not reveal whether a number is known.

use jiff::Timestamp;
use twofactor_contract::declaration::EventData;
use twofactor_contract::enrollment::{EnrollmentPending, SmsConfirmed, SmsStarted};
use twofactor_contract::sms::BilledTo;
use twofactor_contract::{Method, Outcome, Reason, UserKey};
use uuid::Uuid;

use super::{Enrollment, confirm_failures};
use crate::catalogue::Sentence;
use crate::decider::{Case, Decider};
use crate::decision::{Decision, OutcomeAndNotes, Undecidable};
use crate::facts::Facts;
use crate::failures::Failures;
use crate::needs::Needs;
use crate::number::Mobile;
use crate::purpose::Purpose;
use crate::rejection::Rejection;
use crate::text::{ProviderAnswer, TextOrder};
use crate::user::{CodeEnd, PendingSms, SentText, Sms, TextFate, TextPurpose};
use crate::{Change, Keys, Limits, Moment, State, User, sms_code, throttle};

const METHOD: Method = Method::Sms;

impl Decider for SmsStarted {
    fn needs(&self, keys: &Keys, limits: &Limits, needs: &mut Needs) {
        if let Ok(mobile) = Mobile::of(self, limits) {
            needs.numbers.insert(mobile.lookup(keys));
        }
        let key = UserKey::of(&self.tenant_id, &self.user_id);
        needs.texts.insert(key);
    }

    fn failures(&self, user: &User, limits: &Limits) -> Option<Failures> {
        Some(confirm_failures(user, limits))
    }

    fn decide(&self, case: &Case<'_>, moment: &mut Moment<'_>) -> Result<Decision, Undecidable> {
        Ok(started(case, self, moment))
    }

    fn settle(
        &self,
        case: &Case<'_>,
        sent: &SentText,
        answer: &ProviderAnswer,
        moment: &Moment<'_>,
    ) -> Option<(OutcomeAndNotes, Vec<Change>)> {
        Some(settled(case, self, sent, answer, moment))
    }
}

impl Decider for SmsConfirmed {
    fn needs(&self, _: &Keys, _: &Limits, needs: &mut Needs) {
        let key = UserKey::of(&self.tenant_id, &self.user_id);
        needs.texts.insert(key.clone());
        needs.number_owners.insert(key);
    }

    fn failures(&self, user: &User, limits: &Limits) -> Option<Failures> {
        Some(confirm_failures(user, limits))
    }

    fn decide(&self, case: &Case<'_>, moment: &mut Moment<'_>) -> Result<Decision, Undecidable> {
        Ok(confirmed(case.state, case.user, self, case.time, moment))
    }
}

/// Decides `enrollment.sms.started.v1`.
fn started(case: &Case<'_>, event: &SmsStarted, moment: &mut Moment<'_>) -> Decision {
    let user = case.user;
    let enrollment = of_started(user, event, case.time);
    if let Some(reason) = enrollment.cannot_set_up(METHOD, moment) {
        return enrollment.rejected(&enrollment.because(reason));
    }
    let Ok(mobile) = Mobile::of(event, moment.limits) else {
        return enrollment.rejected(&enrollment.because(Reason::InvalidNumber));
    };
    let lookup = mobile.lookup(moment.keys);
    let of_number = case
        .state
        .number_texts
        .get(&lookup)
        .and_then(|texts| throttle::number_waits(texts, moment.now, moment.limits));
    let of_user = throttle::user_waits(&user.texts, moment.now, moment.limits);
    if let Some(by) = of_user.max(of_number) {
        let rejection = Rejection::throttled(by, moment.now, moment.limits);
        let mut throttled = enrollment.rejected(&rejection);
        throttled.facts().throttled = Some(by);
        return throttled;
    }
    hold(&enrollment, &mobile, case.id, moment)
}

fn of_started<'a>(user: &'a User, event: &'a SmsStarted, time: Timestamp) -> Enrollment<'a> {
    Enrollment {
        user,
        tenant_id: &event.tenant_id,
        user_id: &event.user_id,
        session_id: &event.session_id,
        method: Some(METHOD),
        language: event.language(),
        time,
    }
}

/// Takes the slot, makes the code, and keeps the number pending as long as the code is valid.
fn hold(
    enrollment: &Enrollment<'_>,
    mobile: &Mobile,
    id: Uuid,
    moment: &mut Moment<'_>,
) -> Decision {
    let key = enrollment.key();
    let now = moment.now;
    let session = enrollment.session_id;
    let code = sms_code::Code::generate(moment.rng);
    let lookup = mobile.lookup(moment.keys);
    let expires_at = now + moment.limits.sms_code_ttl;
    let text = SentText {
        session: session.clone(),
        purpose: TextPurpose::Enrollment,
        code: code.hash(moment.keys, &key, session),
        taken_at: now,
        expires_at,
        fate: TextFate::Held,
        end: None,
        lookup,
        number_ref: mobile.trail_ref(moment.keys),
        country: mobile.country.clone(),
    };
    let number = mobile.e164.expose().as_bytes();
    let pending = PendingSms {
        number: moment
            .keys
            .seal(Purpose::MobileNumber, &key, number, moment.rng),
        lookup,
        country: mobile.country.clone(),
        text: id,
        expires_at,
    };
    let order = TextOrder {
        id,
        to: mobile.e164.clone(),
        body: code.text_body(moment.limits, enrollment.language),
    };
    let changes = vec![Change::HoldText { id, text }, Change::StartSms { pending }];
    Decision::Held {
        order: Box::new(order),
        changes,
        facts: Facts::default(),
    }
}

/// Decides the outcome once the text of a set-up is settled.
fn settled(
    case: &Case<'_>,
    event: &SmsStarted,
    sent: &SentText,
    answer: &ProviderAnswer,
    moment: &Moment<'_>,
) -> (OutcomeAndNotes, Vec<Change>) {
    let user = case.user;
    let enrollment = of_started(user, event, case.time);
    let is_pending = user
        .pending_sms
        .as_ref()
        .is_some_and(|pending| pending.text == case.id);
    if let Some(reason) = answer.refusal() {
        let cancel = is_pending.then_some(Change::CancelPending { method: METHOD });
        let waits = throttle::waits_after_refusal(&user.texts, moment.now, moment.limits);
        let rejection = enrollment.because(reason);
        let rejection = rejection.waiting_until(waits.map(|by| by.until), moment.now);
        return (
            enrollment.outcome_of(&rejection),
            cancel.into_iter().collect(),
        );
    }
    if !is_pending && sent.end == Some(CodeEnd::Void) {
        let rejection = enrollment.because(Reason::ResetSince);
        return (enrollment.outcome_of(&rejection), Vec::new());
    }
    let next_request_at = throttle::next_request_at(sent, &user.texts, moment.now, moment.limits);
    let outcome = EnrollmentPending {
        subject: enrollment.subject(),
        method: METHOD,
        expires_at: sent.expires_at.into(),
        next_request_at: Some(next_request_at.into()),
        billed_to: Some(BilledTo::System),
        delivery: Some(answer.delivery()),
    };
    ((Outcome::of(&outcome), enrollment.notes()), Vec::new())
}

/// Decides `enrollment.sms.confirmed.v1`. A wrong entry spends the code, and with it the set-up.
fn confirmed(
    state: &State,
    user: &User,
    event: &SmsConfirmed,
    time: Timestamp,
    moment: &mut Moment<'_>,
) -> Decision {
    let enrollment = Enrollment {
        user,
        tenant_id: &event.tenant_id,
        user_id: &event.user_id,
        session_id: &event.session_id,
        method: Some(METHOD),
        language: event.language(),
        time,
    };
    if let Some(rejection) = enrollment.cannot_confirm(METHOD, moment) {
        return enrollment.rejected(&rejection);
    }
    let because = |reason| enrollment.because(reason);
    let Some(pending) = &user.pending_sms else {
        return enrollment.rejected(&because(Reason::NotStarted));
    };
    let code = match sms_code::Code::parse(event.code.expose()) {
        sms_code::Entry::Code(code) => code,
        sms_code::Entry::UpperCase => {
            let capitals = because(Reason::MalformedCode).saying(Sentence::MalformedCodeCapitals);
            return enrollment.rejected(&capitals);
        }
        sms_code::Entry::Malformed => {
            return enrollment.rejected(&because(Reason::MalformedCode));
        }
    };
    let end_code = |end| Change::EndCode {
        text: pending.text,
        end,
    };
    let cancel = Change::CancelPending { method: METHOD };
    match judge(user, pending, &code, &enrollment, moment) {
        Judgement::Expired => enrollment.rejected(&because(Reason::CodeExpired)),
        Judgement::Wrong => {
            let changes = vec![end_code(CodeEnd::WrongEntry), cancel];
            enrollment.wrong_confirmation(because(Reason::WrongCode), changes, moment)
        }
        Judgement::Holds if is_of_another(state, pending, event) => {
            let (outcome, notes) = enrollment.outcome_of(&because(Reason::NumberNotAccepted));
            Decision::answered(outcome, vec![end_code(CodeEnd::Used), cancel], notes)
        }
        Judgement::Holds => {
            let sms = Sms {
                number: pending.number.clone(),
                lookup: pending.lookup,
                country: pending.country.clone(),
                set_up_at: moment.now,
            };
            let changes = vec![end_code(CodeEnd::Used), Change::SetUpSms { sms }];
            enrollment.completed(METHOD, changes, enrollment.notes(), moment)
        }
    }
}

/// The verdict on a code.
enum Judgement {
    /// It confirms the number.
    Holds,
    /// It was right, but is too old or was replaced by a newer one.
    Expired,
    /// It was never sent.
    Wrong,
}

/// Judges a code for a pending set-up.
fn judge(
    user: &User,
    pending: &PendingSms,
    code: &sms_code::Code,
    enrollment: &Enrollment<'_>,
    moment: &Moment<'_>,
) -> Judgement {
    let key = enrollment.key();
    let is_right = |text: &SentText| text.code == code.hash(moment.keys, &key, &text.session);
    let replaced = user.texts.iter().any(|(id, text)| {
        text.purpose == TextPurpose::Enrollment && *id != pending.text && is_right(text)
    });
    if pending.expires_at <= moment.now || replaced {
        return Judgement::Expired;
    }
    let sent = user.texts.get(&pending.text);
    if sent.is_some_and(|text| text.end.is_none() && is_right(text)) {
        Judgement::Holds
    } else {
        Judgement::Wrong
    }
}

/// Returns whether another user of the institution has the number.
fn is_of_another(state: &State, pending: &PendingSms, event: &SmsConfirmed) -> bool {
    let number = (event.tenant_id.clone(), pending.lookup);
    let owner = state.number_owners.get(&number);
    owner.is_some_and(|owner| *owner != event.user_id)
}
