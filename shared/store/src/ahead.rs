//! Moments ahead of the database's clock, because that clock was set back, are brought to now.
//!
//! A failover to a machine whose clock is behind, or a clock that was wrong for a while, leaves
//! moments in the tables that lie in the future. A limit that counts from one would hold its user
//! for as long as the clock went back, and a reset in the future would refuse all that the user
//! does. So each is brought to now when it is first loaded, and written with the batch: a limit
//! then runs once, for its full length, from now. An end moves back by as much as its beginning.
//!
//! Only users that are locked are changed; it knows no limit.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use twofactor_contract::UserKey;
use twofactor_rules::User;

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
            let by = ahead(text.taken_at, now);
            if by > SignedDuration::ZERO {
                text.taken_at -= by;
                text.expires_at -= by;
                draft.dirty.texts.insert((key.clone(), *id));
                if let Some(texts) = draft.state.number_texts.get_mut(&text.lookup)
                    && let Some(taken_at) = texts.get_mut(id)
                {
                    *taken_at = now;
                }
            }
        }
        for (id, session) in &mut user.sessions {
            let moments = [
                &mut session.accepted_at,
                &mut session.remembered_at,
                &mut session.set_up_at,
            ];
            if to_now(moments, now) {
                draft.dirty.sessions.insert((key.clone(), id.clone()));
            }
        }
        for (token, browser) in &mut user.browsers {
            let by = ahead(browser.since, now);
            if by > SignedDuration::ZERO {
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
    let moments = [
        &mut user.first_login_at,
        &mut user.reset_since,
        &mut user.login_failures.last_at,
        &mut user.confirm_failures.last_at,
    ];
    to_now(moments, now)
}

fn to_now<const N: usize>(moments: [&mut Option<Timestamp>; N], now: Timestamp) -> bool {
    let mut changed = false;
    for moment in moments.into_iter().flatten() {
        if *moment > now {
            *moment = now;
            changed = true;
        }
    }
    changed
}

/// Returns how far a moment is ahead of `now`; zero if it is not.
fn ahead(moment: Timestamp, now: Timestamp) -> SignedDuration {
    moment.duration_since(now).max(SignedDuration::ZERO)
}
