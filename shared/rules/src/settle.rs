//! Settling: the fate of a text decides the outcome of the event that asked for it.
//!
//! The slot was committed before the provider was called. Any answer of the provider, or none, is
//! settled here, under the user's lock again.

use twofactor_contract::{Incoming, with_data};

use crate::decider::{Case, Decider as _};
use crate::decision::{Decision, Undecidable};
use crate::text::ProviderAnswer;
use crate::trail::{Notes, TextCall};
use crate::user::SentText;
use crate::{Change, Moment, State};

/// Decides the outcome of an event whose text was held, by the answer of the named provider.
/// `state` must be loaded again, under the user's lock.
pub fn settle(
    state: &State,
    incoming: &Incoming,
    answer: &ProviderAnswer,
    provider: &'static str,
    moment: &mut Moment<'_>,
) -> Result<Decision, Undecidable> {
    let id = incoming.outcome_id();
    let user = incoming.event.user().and_then(|key| state.users.get(&key));
    let text = user.and_then(|user| user.texts.get(&id));
    let (Some(user), Some(text)) = (user, text) else {
        return Err(Undecidable::NoText);
    };
    let case = Case {
        state,
        user,
        time: incoming.envelope.time,
        id,
    };
    let event = &incoming.event;
    let settled = with_data!(event, data => data.settle(&case, text, answer, moment));
    let Some(((outcome, notes), more)) = settled else {
        return Err(Undecidable::NoText);
    };
    let fate = answer.fate();
    let mut changes = vec![Change::SettleText { id, fate }];
    changes.extend(more);
    let notes = Notes {
        text: Some(call(text, answer, provider)),
        ..notes
    };
    Ok(Decision::answered(outcome, changes, notes))
}

fn call(text: &SentText, answer: &ProviderAnswer, provider: &'static str) -> TextCall {
    let provider_ref = match answer {
        ProviderAnswer::Accepted { provider_ref } => provider_ref.clone(),
        ProviderAnswer::NumberRejected | ProviderAnswer::Unavailable | ProviderAnswer::Unknown => {
            None
        }
    };
    TextCall {
        purpose: text.purpose,
        number_ref: text.number_ref,
        country: text.country.clone(),
        provider,
        provider_ref,
        result: answer.as_str(),
    }
}
