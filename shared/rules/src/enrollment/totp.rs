//! Setting an authenticator app up: a secret and its picture, then the first code of the app.

use std::collections::BTreeSet;

use jiff::Timestamp;
use twofactor_contract::enrollment::{EnrollmentPending, Label, TotpConfirmed, TotpStarted};
use twofactor_contract::{Method, Outcome, Reason, Refusal};

use super::{
    Person, answered, cannot_confirm, cannot_set_up, completed, rejected, wrong_confirmation,
};
use crate::decision::{Decision, Undecidable};
use crate::keys::Purpose;
use crate::trail::Notes;
use crate::user::{PendingTotp, Totp};
use crate::words::{self, No};
use crate::{Change, Limits, Moment, User, totp};

const METHOD: Method = Method::Totp;

/// `enrollment.totp.started.v1`.
pub fn started(
    user: &User,
    event: &TotpStarted,
    time: Timestamp,
    moment: &mut Moment<'_>,
) -> Decision {
    let person = Person::of(&event.tenant_id, &event.user_id, Some(&event.session_id));
    if let Some(reason) = cannot_set_up(user, METHOD, &event.session_id, time, moment) {
        return rejected(person, Some(METHOD), No::new(reason, Some(METHOD)));
    }
    let secret = totp::new_secret(moment.rng);
    let dressed = totp::provision(
        &secret,
        issuer(event, moment.limits),
        event.account.as_str(),
    );
    let expires_at = super::totp_pends_until(moment);
    let sealed = moment
        .keys
        .seal(Purpose::TotpSecret, &person.key(), &secret, moment.rng);
    let outcome = EnrollmentPending {
        tenant_id: event.tenant_id.clone(),
        user_id: event.user_id.clone(),
        session_id: event.session_id.clone(),
        method: METHOD,
        expires_at,
        otpauth_uri: Some(dressed.uri),
        secret: Some(dressed.base32),
        qr_png: Some(dressed.qr_png),
        next_request_at: None,
        billed_to: None,
        delivery: None,
    };
    let pending = PendingTotp {
        secret: sealed,
        expires_at,
    };
    let notes = Notes {
        method: Some(METHOD),
        ..Notes::default()
    };
    answered(
        Outcome::of(&outcome),
        vec![Change::StartTotp { pending }],
        notes,
    )
}

/// What the app shows for the institution.
fn issuer<'a>(event: &'a TotpStarted, limits: &'a Limits) -> &'a str {
    let own = event.issuer.as_ref().map(Label::as_str);
    own.unwrap_or(&limits.issuer)
}

/// What is wrong with the names that the app is to show: too long for its picture. The member to
/// shorten is named: the issuer, which stands in the picture twice, where the event has one.
pub(crate) fn unfit(event: &TotpStarted, limits: &Limits) -> Option<Refusal> {
    if totp::fits_a_picture(issuer(event, limits), event.account.as_str()) {
        return None;
    }
    let sentence = "issuer and account together are too long for a QR picture; shorten one, or \
                    use fewer letters other than a to z.";
    let field = match event.issuer {
        Some(_) => "/data/issuer",
        None => "/data/account",
    };
    Some(Refusal::field(field, sentence))
}

/// `enrollment.totp.confirmed.v1`. The code that confirms is spent by it.
pub fn confirmed(
    user: &User,
    event: &TotpConfirmed,
    time: Timestamp,
    moment: &mut Moment<'_>,
) -> Result<Decision, Undecidable> {
    let person = Person::of(&event.tenant_id, &event.user_id, Some(&event.session_id));
    let no = |reason| No::new(reason, Some(METHOD));
    if let Some(no) = cannot_confirm(user, METHOD, &event.session_id, time, moment) {
        return Ok(rejected(person, Some(METHOD), no));
    }
    let pending = user
        .pending_totp
        .as_ref()
        .filter(|pending| pending.expires_at > moment.now);
    let Some(pending) = pending else {
        return Ok(rejected(person, Some(METHOD), no(Reason::NotStarted)));
    };
    let Some(code) = totp::Code::parse(event.code.expose()) else {
        return Ok(rejected(person, Some(METHOD), no(Reason::MalformedCode)));
    };
    let secret = moment
        .keys
        .open(Purpose::TotpSecret, &person.key(), &pending.secret)?;
    let judged = totp::judge(&secret, &code, time.min(moment.now), &BTreeSet::new());
    let (step, offset) = match judged {
        totp::Judgement::Holds { step, offset } => (step, offset),
        totp::Judgement::Off { offset } => {
            let no = no(Reason::WrongCode).saying(words::clock_is_off(offset));
            let mut wrong = wrong_confirmation(user, person, METHOD, no, Vec::new(), moment);
            wrong.facts().totp_offset = Some(offset);
            return Ok(wrong);
        }
        totp::Judgement::Used { .. } | totp::Judgement::Wrong => {
            let no = no(Reason::WrongCode);
            return Ok(wrong_confirmation(
                user,
                person,
                METHOD,
                no,
                Vec::new(),
                moment,
            ));
        }
    };
    let app = Totp {
        secret: pending.secret.clone(),
        set_up_at: moment.now,
        spent_steps: BTreeSet::from([step]),
    };
    let changes = vec![Change::SetUpTotp { totp: app }];
    let notes = Notes {
        totp_offset: Some(offset),
        ..Notes::default()
    };
    Ok(completed(
        user,
        person,
        &event.session_id,
        METHOD,
        changes,
        notes,
        moment,
    ))
}
