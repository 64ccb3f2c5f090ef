//! The rows of users, and of their texts, sessions and browsers.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use twofactor_contract::{SessionId, UserKey};
use twofactor_rules::User;
use twofactor_rules::keys::Hash;
use twofactor_rules::state::{BackupSet, Browser, SentText, Session, Totp};
use uuid::Uuid;

use crate::clock::{stored, stored_up};
use crate::columns::Columns;
use crate::connection::Request;
use crate::draft::Draft;
use crate::names;
use crate::sql::{self, Sql};

/// Adds the deletions: of users that were reset or erased, of users whose browsers were all forgotten, and of
/// single browsers.
pub(crate) fn deletions<'a>(draft: &'a Draft, requests: &mut Vec<Request<'a>>) {
    let of_users = |users: &'a BTreeSet<UserKey>, sql: &'static Sql| {
        let rows: Vec<&UserKey> = users.iter().collect();
        Columns::of(&rows)
            .with(|key| key.tenant.as_str())
            .with(|key| key.user.as_str())
            .request(sql)
    };
    requests.extend(of_users(&draft.dirty.wiped, &sql::WIPE_SECRETS));
    requests.extend(of_users(&draft.dirty.wiped, &sql::DELETE_SESSIONS));
    requests.extend(of_users(&draft.dirty.erased, &sql::VOID_TEXTS));
    requests.extend(of_users(&draft.dirty.forgotten, &sql::DELETE_BROWSERS));
    let is_gone = |(key, token): &&(UserKey, Hash)| browser_of(draft, key, token).is_none();
    let rows: Vec<_> = draft.dirty.browsers.iter().filter(is_gone).collect();
    let gone = Columns::of(&rows)
        .with(|(key, _)| key.tenant.as_str())
        .with(|(key, _)| key.user.as_str())
        .with(|(_, token)| token.as_slice());
    requests.extend(gone.request(&sql::DELETE_BROWSER));
}

/// Adds the rows of users that are new or changed.
pub(crate) fn users<'a>(draft: &'a Draft, requests: &mut Vec<Request<'a>>) {
    requests.extend(user_rows(draft));
    requests.extend(logins(draft));
    requests.extend(texts(draft));
    sessions(draft, requests);
    requests.extend(browsers(draft));
}

/// Writes the whole row of each user that is new, or changed in more than a login changes.
fn user_rows(draft: &Draft) -> Option<Request<'_>> {
    let new = draft.dirty.logins.difference(&draft.dirty.users);
    let new = new.filter(|key| !draft.known.contains(*key));
    let rows: Vec<(&UserKey, &User)> = (draft.dirty.users.iter().chain(new))
        .filter_map(|key| Some((key, draft.state.users.get(key)?)))
        .collect();
    let columns = Columns::of(&rows)
        .with(|(key, _)| key.tenant.as_str())
        .with(|(key, _)| key.user.as_str())
        .with(|(_, user)| user.first_login_at.map(stored))
        .with(|(_, user)| user.ever_set_up)
        .with(|(_, user)| user.reset_since.map(stored_up))
        .with(|(_, user)| user.exempt_until.map(stored))
        .with(|(_, user)| i64::from(user.login_failures.count))
        .with(|(_, user)| user.login_failures.last_at.map(stored))
        .with(|(_, user)| i64::from(user.confirm_failures.count))
        .with(|(_, user)| user.confirm_failures.last_at.map(stored));
    pending(methods(columns)).request(&sql::UPSERT_USERS)
}

/// Writes what a login changes, for users that have a row.
fn logins(draft: &Draft) -> Option<Request<'_>> {
    let changed = draft.dirty.logins.difference(&draft.dirty.users);
    let rows: Vec<(&UserKey, &User)> = changed
        .filter(|key| draft.known.contains(*key))
        .filter_map(|key| Some((key, draft.state.users.get(key)?)))
        .collect();
    Columns::of(&rows)
        .with(|(key, _)| key.tenant.as_str())
        .with(|(key, _)| key.user.as_str())
        .with(|(_, user)| user.first_login_at.map(stored))
        .with(|(_, user)| i64::from(user.login_failures.count))
        .with(|(_, user)| user.login_failures.last_at.map(stored))
        .with(|(_, user)| user.totp.as_ref().map(steps))
        .with(|(_, user)| user.backup.as_ref().map(spent))
        .request(&sql::UPDATE_LOGINS)
}

type UserColumns<'r, 'a> = Columns<'r, 'a, (&'a UserKey, &'a User)>;

fn methods<'r, 'a>(columns: UserColumns<'r, 'a>) -> UserColumns<'r, 'a> {
    columns
        .with(|(_, user)| user.totp.as_ref().map(|totp| totp.secret.as_bytes()))
        .with(|(_, user)| user.totp.as_ref().map(|totp| stored(totp.set_up_at)))
        .with(|(_, user)| user.totp.as_ref().map(steps))
        .with(|(_, user)| user.sms.as_ref().map(|sms| sms.number.as_bytes()))
        .with(|(_, user)| user.sms.as_ref().map(|sms| sms.lookup.as_slice()))
        .with(|(_, user)| user.sms.as_ref().map(|sms| sms.country.as_str()))
        .with(|(_, user)| user.sms.as_ref().map(|sms| stored(sms.set_up_at)))
        .with(|(_, user)| user.backup.as_ref().map(|set| set.salt.as_slice()))
        .with(|(_, user)| user.backup.as_ref().map(hashes))
        .with(|(_, user)| user.backup.as_ref().map(spent))
}

fn pending<'r, 'a>(columns: UserColumns<'r, 'a>) -> UserColumns<'r, 'a> {
    columns
        .with(|(_, user)| {
            user.pending_totp
                .as_ref()
                .map(|pending| pending.secret.as_bytes())
        })
        .with(|(_, user)| {
            user.pending_totp
                .as_ref()
                .map(|pending| stored(pending.expires_at))
        })
        .with(|(_, user)| {
            user.pending_sms
                .as_ref()
                .map(|pending| pending.number.as_bytes())
        })
        .with(|(_, user)| {
            user.pending_sms
                .as_ref()
                .map(|pending| pending.lookup.as_slice())
        })
        .with(|(_, user)| {
            user.pending_sms
                .as_ref()
                .map(|pending| pending.country.as_str())
        })
        .with(|(_, user)| user.pending_sms.as_ref().map(|pending| pending.text))
        .with(|(_, user)| {
            user.pending_sms
                .as_ref()
                .map(|pending| stored(pending.expires_at))
        })
}

/// Spells spent steps as a Postgres array literal.
fn steps(totp: &Totp) -> String {
    let mut literal = String::from("{");
    for (at, step) in totp.spent_steps.iter().enumerate() {
        let comma = if at == 0 { "" } else { "," };
        write!(literal, "{comma}{step}").expect("writing to a string does not fail");
    }
    literal.push('}');
    literal
}

/// Joins the hashes of a set.
fn hashes(set: &BackupSet) -> Vec<u8> {
    set.codes.iter().flat_map(|code| code.hash).collect()
}

/// Sets one bit for each spent code; the first code has the lowest. The table refuses sets of over
/// 63 codes.
fn spent(set: &BackupSet) -> i64 {
    let bits = set.codes.iter().take(63).enumerate();
    bits.filter(|(_, code)| code.spent)
        .fold(0, |sum, (at, _)| sum | 1 << at)
}

fn texts(draft: &Draft) -> Option<Request<'_>> {
    let texts_of = |key: &UserKey| draft.state.users.get(key).map(|user| &user.texts);
    let mut keys: BTreeSet<(&UserKey, Uuid)> = draft
        .dirty
        .texts
        .iter()
        .map(|(key, id)| (key, *id))
        .collect();
    for key in &draft.dirty.wiped {
        keys.extend(
            texts_of(key)
                .into_iter()
                .flatten()
                .map(|(id, _)| (key, *id)),
        );
    }
    let rows: Vec<(&UserKey, Uuid, &SentText)> = keys
        .into_iter()
        .filter_map(|(key, id)| Some((key, id, texts_of(key)?.get(&id)?)))
        .collect();
    Columns::of(&rows)
        .with(|(key, ..)| key.tenant.as_str())
        .with(|(key, ..)| key.user.as_str())
        .with(|(_, id, _)| *id)
        .with(|(.., text)| text.session.as_str())
        .with(|(.., text)| text.purpose.as_str())
        .with(|(.., text)| text.code.as_slice())
        .with(|(.., text)| stored(text.taken_at))
        .with(|(.., text)| stored(text.expires_at))
        .with(|(.., text)| names::of_fate(text.fate))
        .with(|(.., text)| text.end.map(names::of_end))
        .with(|(.., text)| text.lookup.as_slice())
        .with(|(.., text)| text.number_ref.as_slice())
        .with(|(.., text)| text.country.as_str())
        .request(&sql::UPSERT_TEXTS)
}

/// Adds the login sessions: those that have a row, and new ones.
fn sessions<'a>(draft: &'a Draft, requests: &mut Vec<Request<'a>>) {
    let session = |key: &UserKey, id: &SessionId| draft.state.users.get(key)?.sessions.get(id);
    let rows = draft.dirty.sessions.iter();
    let rows = rows.filter_map(|dirty @ (key, id)| Some((dirty, session(key, id)?)));
    let (known, new): (Vec<SessionRow<'_>>, Vec<_>) =
        rows.partition(|(dirty, _)| draft.known_sessions.contains(*dirty));
    requests.extend(session_columns(&known).request(&sql::UPSERT_SESSIONS));
    requests.extend(session_columns(&new).request(&sql::INSERT_SESSIONS));
}

/// A login session, with its user and its id.
type SessionRow<'a> = (&'a (UserKey, SessionId), &'a Session);

fn session_columns<'r, 'a>(rows: &'r [SessionRow<'a>]) -> Columns<'r, 'a, SessionRow<'a>> {
    Columns::of(rows)
        .with(|((key, _), _)| key.tenant.as_str())
        .with(|((key, _), _)| key.user.as_str())
        .with(|((_, id), _)| id.as_str())
        .with(|(_, session)| session.accepted_at.map(stored))
        .with(|(_, session)| session.remembered_at.map(stored))
        .with(|(_, session)| session.set_up_at.map(stored))
}

fn browsers(draft: &Draft) -> Option<Request<'_>> {
    let rows: Vec<(&UserKey, &Hash, &Browser)> = draft
        .dirty
        .browsers
        .iter()
        .filter_map(|(key, token)| Some((key, token, browser_of(draft, key, token)?)))
        .collect();
    Columns::of(&rows)
        .with(|(key, ..)| key.tenant.as_str())
        .with(|(key, ..)| key.user.as_str())
        .with(|(_, token, _)| token.as_slice())
        .with(|(.., browser)| browser.net.to_string())
        .with(|(.., browser)| stored(browser.since))
        .with(|(.., browser)| stored(browser.until))
        .request(&sql::UPSERT_BROWSERS)
}

fn browser_of<'a>(draft: &'a Draft, key: &UserKey, token: &Hash) -> Option<&'a Browser> {
    draft.state.users.get(key)?.browsers.get(token)
}
