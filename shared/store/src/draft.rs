//! The state that one batch works on, and what it will write.
//!
//! A draft is pure memory. [`Draft::change`] lets a change take effect for the next event of the
//! batch and marks the rows that it touches, so that neither can be forgotten. It knows no SQL.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::Timestamp;
use twofactor_contract::{RefusalReason, SessionId, TenantId, UserId, UserKey};
use twofactor_rules::answer::{Answer, KeptOutcome};
use twofactor_rules::facts::Facts;
use twofactor_rules::trail::TrailRow;
use twofactor_rules::{Changed, Needs, State, User};
use uuid::Uuid;

use crate::dirty::Dirty;

/// Answer to an event, to be kept: a new one, or that of a held text.
#[derive(Clone, Debug, PartialEq)]
pub struct NewAnswer {
    /// Id of the outcome.
    pub id: Uuid,
    /// Institution.
    pub tenant: TenantId,
    /// User, if it is about one: a reset of that user wipes its secrets.
    pub user: Option<UserId>,
    /// Answer itself.
    pub answer: Answer,
    /// Facts that the decision saw. Those of a held text are from the hold; settling adds none.
    pub facts: Facts,
}

/// Refusal, to be kept so that the same bytes get it again.
#[derive(Clone, Debug, PartialEq)]
pub struct NewRefusal {
    /// Id of the outcome, derived from the bytes.
    pub id: Uuid,
    /// Reason of the refusal.
    pub reason: RefusalReason,
    /// Time of the refusal, by the database's clock.
    pub refused_at: Timestamp,
    /// Outcome; it has no secrets.
    pub outcome: KeptOutcome,
}

/// State and decisions of one batch.
#[derive(Debug)]
pub struct Draft {
    /// Time of the batch, by the database's clock, read after the locks were taken.
    pub now: Timestamp,
    /// State for the rules, with every recorded change in effect.
    pub state: State,
    /// Earlier answers, and those of this batch, by outcome id.
    pub answers: HashMap<Uuid, Answer>,
    /// Earlier refusals that [`crate::Turn::load_refusals`] found, and those of this batch.
    pub refusals: HashMap<(Uuid, RefusalReason), KeptOutcome>,
    /// Users that have a row.
    pub(crate) known: HashSet<UserKey>,
    /// Login sessions that have a row.
    pub(crate) known_sessions: HashSet<(UserKey, SessionId)>,
    /// User of each answer, by outcome id.
    pub(crate) owners: HashMap<Uuid, UserKey>,
    /// Answers that the database holds without an outcome.
    pub(crate) held: HashSet<Uuid>,
    pub(crate) dirty: Dirty,
    pub(crate) new_answers: BTreeMap<Uuid, NewAnswer>,
    pub(crate) new_refusals: Vec<NewRefusal>,
    pub(crate) trail: Vec<TrailRow>,
}

impl Draft {
    /// Makes an empty draft; [`crate::Store::begin`] makes a loaded one.
    pub fn new(now: Timestamp) -> Self {
        Self {
            now,
            state: State::default(),
            answers: HashMap::new(),
            refusals: HashMap::new(),
            known: HashSet::new(),
            known_sessions: HashSet::new(),
            owners: HashMap::new(),
            held: HashSet::new(),
            dirty: Dirty::default(),
            new_answers: BTreeMap::new(),
            new_refusals: Vec::new(),
            trail: Vec::new(),
        }
    }

    /// Makes room for what a batch loads and answers, so that it is not moved as it grows.
    pub(crate) fn make_room(&mut self, needs: &Needs) {
        let users = needs.users.len() + needs.listed.len();
        let sessions = needs.sessions.len();
        let answers = needs.answers.len();
        self.state.users.reserve(users.max(sessions));
        self.known.reserve(users.max(sessions));
        self.known_sessions.reserve(sessions);
        self.answers.reserve(answers);
        self.owners.reserve(answers);
        self.trail.reserve(answers);
    }

    /// Returns a user that is loaded, or is empty.
    pub(crate) fn user_mut(&mut self, key: UserKey) -> &mut User {
        self.state.users.entry(key).or_default()
    }

    /// Applies the changes of a decision, and marks their rows to be written.
    pub fn change(&mut self, changed: &Changed) {
        self.state.apply(changed);
        if let Some(user) = self.dirty.mark(changed) {
            self.wipe_secrets(&user);
        }
    }

    /// Keeps an answer; an equal event later in the batch finds it.
    pub fn answer(&mut self, new: NewAnswer) {
        self.answers.insert(new.id, new.answer.clone());
        if let Some(user) = new.user.clone() {
            self.owners.insert(
                new.id,
                UserKey {
                    tenant: new.tenant.clone(),
                    user,
                },
            );
        }
        self.new_answers.insert(new.id, new);
    }

    /// Keeps a refusal; the same bytes later in the batch find it.
    pub fn refuse(&mut self, new: NewRefusal) {
        let earlier = self
            .refusals
            .insert((new.id, new.reason), new.outcome.clone());
        if earlier.is_none() {
            self.new_refusals.push(new);
        }
    }

    /// Adds a row to the trail.
    pub fn trail(&mut self, row: TrailRow) {
        self.trail.push(row);
    }

    /// Returns `true` if there is nothing to write.
    pub fn is_unchanged(&self) -> bool {
        self.dirty.is_empty()
            && self.new_answers.is_empty()
            && self.new_refusals.is_empty()
            && self.trail.is_empty()
    }

    /// Wipes the secrets of every earlier answer to that user, those of this batch too.
    fn wipe_secrets(&mut self, user: &UserKey) {
        let wipe = |answer: &mut Answer| {
            if let Some(outcome) = &mut answer.outcome {
                outcome.secrets = None;
            }
        };
        let owners = &self.owners;
        let is_theirs = |id: &Uuid| owners.get(id) == Some(user);
        self.answers
            .iter_mut()
            .filter(|(id, _)| is_theirs(id))
            .for_each(|(_, old)| wipe(old));
        let new = self.new_answers.iter_mut().filter(|(id, _)| is_theirs(id));
        new.for_each(|(_, new)| wipe(&mut new.answer));
    }
}
