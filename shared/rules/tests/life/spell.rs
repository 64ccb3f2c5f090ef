//! The values of codes and tokens, from the person's knowledge at that moment.

use crate::life::Life;
use crate::model::seconds;
use crate::pick::{Pick, Token};
use crate::step::Step;
use crate::support::app_code;

pub const TENANTS: [&str; 2] = ["north", "south"];
pub const USERS: [&str; 4] = ["anna", "ben", "anna", "ben"];

impl Life {
    /// Returns the code that a person enters.
    pub fn spell(&mut self, step: &Step, pick: Pick) -> String {
        let time = self.worker.now - seconds(step.age);
        let shown = |app: Option<&Vec<u8>>, steps: i64| {
            app.map(|app| app_code(app, time + seconds(30 * steps)))
        };
        let back = |list: &[String], back: usize| list.iter().rev().nth(back).cloned();
        let own = &self.known[step.who];
        let other = &self.known[(step.who + 1) % 4];
        let entered = match pick {
            Pick::App(steps) => shown(own.apps.last(), steps),
            Pick::OldApp(steps) => shown(own.apps.first(), steps),
            Pick::Texted(at) => back(&own.texted, at),
            Pick::Backup(at) => back(&own.backup, at),
            Pick::OthersApp => shown(other.apps.last(), 0),
            Pick::OthersText => back(&other.texted, 0),
            Pick::Last => Some(own.last_entered.clone()),
            Pick::Junk(entry) => Some(entry.to_owned()),
        };
        let entered = entered.unwrap_or_else(|| "222222".to_owned());
        self.known[step.who].last_entered.clone_from(&entered);
        entered
    }

    /// Returns the token that a browser sends.
    pub fn spell_token(&self, who: usize, token: Token) -> String {
        let last = |who: usize, back: usize| self.known[who].tokens.iter().rev().nth(back).cloned();
        let token = match token {
            Token::Own(back) => last(who, back),
            Token::Others => last((who + 1) % 4, 0),
            Token::MadeUp => None,
        };
        token.unwrap_or_else(|| "made-up".to_owned())
    }
}
