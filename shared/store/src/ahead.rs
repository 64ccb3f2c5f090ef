//! Moments ahead of the database's clock, because that clock was set back, are brought to now.
//!
//! A failover to a machine whose clock is behind, or a clock that was wrong for a while, leaves
//! moments in the tables that lie in the future. A limit that counts from one would hold its user
//! for as long as the clock went back, and a reset in the future would refuse all that the user
//! does. So each is brought to now when it is first loaded, and written with the batch: a limit
//! then runs once, for its full length, from now. An end moves back by as much as its beginning;
//! one without a beginning is at most its full length away.
//!
//! A moment stays if it is no further ahead than the time of an event may be. The clock is soon
//! past it, and what was brought back would count for less once the clock is put right: an event
//! from before a reset would be taken for one after it.
//!
//! Only users that are locked are changed. Policies, which no batch locks that only reads them, are
//! brought back by the [sweep](crate::sweep).

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use twofactor_contract::UserKey;
use twofactor_rules::{Limits, User};

use crate::draft::Draft;

/// Brings every future moment of the locked users to the draft's now.
pub(crate) fn bring_back(draft: &mut Draft, locked: &BTreeSet<UserKey>) {
    let now = draft.now;
    for key in locked {
        let Some(user) = draft.state.users.get_mut(key) else {
            continue;
        };
        if user_itself(user, now) {
            draft.dirty.users.insert(key.clone());
        }
        for (id, text) in &mut user.texts {
            if let Some(by) = ahead(text.taken_at, now) {
                text.taken_at -= by;
                text.expires_at -= by;
                draft.dirty.texts.insert((key.clone(), *id));
                if let Some(pending) = &mut user.pending_sms
                    && pending.text == *id
                {
                    pending.expires_at = text.expires_at;
                    draft.dirty.users.insert(key.clone());
                }
                if let Some(texts) = draft.state.number_texts.get_mut(&text.lookup)
                    && let Some(taken_at) = texts.get_mut(id)
                {
                    *taken_at = now;
                }
            }
        }
        for (id, session) in &mut user.sessions {
            let moments = [
                session.accepted_at.as_mut(),
                session.remembered_at.as_mut(),
                session.set_up_at.as_mut(),
            ];
            if bring_to(now, moments) {
                draft.dirty.sessions.insert((key.clone(), id.clone()));
            }
        }
        for (token, browser) in &mut user.browsers {
            if let Some(by) = ahead(browser.since, now) {
                browser.since -= by;
                browser.until -= by;
                draft.dirty.browsers.insert((key.clone(), *token));
            }
        }
    }
}

/// Brings back the moments of the user's own row; `true` if one changed. The time of a set-up is
/// only shown, and stays as it is.
fn user_itself(user: &mut User, now: Timestamp) -> bool {
    let beginnings = [
        user.first_login_at.as_mut(),
        user.reset_since.as_mut(),
        user.login_failures.last_at.as_mut(),
        user.confirm_failures.last_at.as_mut(),
    ];
    let set_up = user.pending_totp.as_mut();
    let set_up = set_up.map(|pending| &mut pending.expires_at);
    let beginnings = bring_to(now, beginnings);
    let exemption = bring_to(now + Limits::EXEMPTION, [user.exempt_until.as_mut()]);
    let set_up = bring_to(now + Limits::TOTP_PENDING, [set_up]);
    beginnings | exemption | set_up
}

/// Brings every moment that is ahead of `latest` to it; `true` if there was one.
fn bring_to<const N: usize>(latest: Timestamp, moments: [Option<&mut Timestamp>; N]) -> bool {
    let mut changed = false;
    for moment in moments.into_iter().flatten() {
        if let Some(by) = ahead(*moment, latest) {
            *moment -= by;
            changed = true;
        }
    }
    changed
}

/// Returns how far a moment is ahead of `now`, if that is further than the time of an event may be.
fn ahead(moment: Timestamp, now: Timestamp) -> Option<SignedDuration> {
    let by = moment.duration_since(now);
    (by > Limits::CLOCK_LEAD).then_some(by)
}
