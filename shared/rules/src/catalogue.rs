//! The catalogue: every sentence that a person sees, in English and in Welsh.
//!
//! A [`Sentence`] holds its variable parts, and becomes words in the language of its reader. The
//! words stand in one table, `sentences.rs`, both languages side by side: a translator edits them
//! there and nowhere else. `choice.rs` chooses the sentence. This module knows no state and no
//! clock, and no sentence reveals whether another user exists.
//!
//! # Welsh
//!
//! People are addressed as *chi*. The terms are those of public services in Wales:
//!
//! | English | Welsh |
//! |---|---|
//! | two-factor authentication | dilysu dau ffactor |
//! | authenticator app | ap dilysu (m.) |
//! | text message, text | neges destun (f.), negeseuon testun |
//! | code | cod (m.), codau |
//! | code by text message | cod a anfonir drwy neges destun |
//! | codes by text message (the method) | y dull o gael codau drwy neges destun |
//! | backup code | cod wrth gefn |
//! | method | dull (m.), dulliau |
//! | mobile number | rhif ffôn symudol (m.) |
//! | to set up, the set-up | sefydlu, y broses sefydlu (f.) |
//! | to reset, to remove, to cancel | ailosod, tynnu oddi ar, canslo |
//! | to log in, a login | mewngofnodi |
//! | user administrator | gweinyddwr defnyddwyr (m.) |
//! | exemption, to exempt from | eithriad (m.), eithrio rhag |
//! | lower-case letters | llythrennau bach |
//! | account | cyfrif (m.) |
//!
//! A placeholder stands where what replaces it begins with a digit or is a name, since neither
//! mutates, and never after a word whose own form depends on what follows (*na* or *nag*, *a* or
//! *ac*). The body of a text uses no letter that GSM-7 lacks: of the accented letters of Welsh it
//! has à è é ì ò ù and those with a diaeresis over a, o and u, but none with a circumflex.

use std::borrow::Cow;

use twofactor_contract::{Language, Method, Next, Reason, Secret};

mod choice;
mod duration;
#[cfg(test)]
mod tests;

pub use duration::Duration;
pub use sentences::Sentence;

use crate::next;

/// The use of a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// `message` of a rejection for this reason. A sentence with a method is for an attempt with
    /// that method, and has precedence over one for the same reason without a method.
    Rejection(Reason, Option<Method>),
    /// `message` of an outcome other than a rejection, with the next step that the page should
    /// offer.
    Answer(Next),
    /// Follows another sentence in `message`.
    Addition,
    /// `notice`, which is sent to the person by e-mail.
    Notice,
    /// The body of a text.
    Text,
}

/// A sentence as a translator sees it, for the published catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The name of the sentence, unique and stable.
    pub key: &'static str,
    /// Its use.
    pub role: Role,
    /// The English template.
    pub en: &'static str,
    /// The Welsh template.
    pub cy: &'static str,
    /// The names of the placeholders, in braces in both templates.
    pub placeholders: &'static [&'static str],
}

impl Entry {
    /// Returns the template in a language.
    pub const fn template(&self, language: Language) -> &'static str {
        match language {
            Language::En => self.en,
            Language::Cy => self.cy,
        }
    }

    /// Returns the member that carries it: `message`, `notice`, or `text` for the body of a text.
    pub const fn kind(&self) -> &'static str {
        match self.role {
            Role::Rejection(..) | Role::Answer(_) | Role::Addition => "message",
            Role::Notice => "notice",
            Role::Text => "text",
        }
    }

    /// Returns the reason that it explains, and the method if it is for a single one.
    pub const fn reason(&self) -> Option<(Reason, Option<Method>)> {
        match self.role {
            Role::Rejection(reason, method) => Some((reason, method)),
            Role::Answer(_) | Role::Addition | Role::Notice | Role::Text => None,
        }
    }

    /// Returns the next step that the page should offer with it.
    pub const fn next(&self) -> Option<Next> {
        match self.role {
            Role::Rejection(reason, method) => Some(next::next(reason, method)),
            Role::Answer(next) => Some(next),
            Role::Addition | Role::Notice | Role::Text => None,
        }
    }
}

/// A value that can replace a placeholder.
trait InWords {
    fn in_words(&self, language: Language) -> Cow<'_, str>;
}

impl InWords for Duration {
    fn in_words(&self, language: Language) -> Cow<'_, str> {
        Cow::Owned(Duration::in_words(*self, language))
    }
}

impl InWords for usize {
    fn in_words(&self, _: Language) -> Cow<'_, str> {
        Cow::Owned(self.to_string())
    }
}

impl InWords for String {
    fn in_words(&self, _: Language) -> Cow<'_, str> {
        Cow::Borrowed(self)
    }
}

impl InWords for Secret<String> {
    fn in_words(&self, _: Language) -> Cow<'_, str> {
        Cow::Borrowed(self.expose())
    }
}

/// Puts the values into a template. Values are not searched for placeholders, and the string is
/// allocated at its full size, so that growing leaves no copy of a secret in memory.
fn fill(template: &str, values: &[(&str, Cow<'_, str>)]) -> String {
    let room = values.iter().map(|(_, value)| value.len()).sum::<usize>();
    let mut filled = String::with_capacity(template.len() + room);
    let mut rest = template;
    while let Some((before, placeholder)) = rest.split_once('{') {
        let (name, after) = placeholder
            .split_once('}')
            .expect("a test reads every template");
        let value = values.iter().find(|(known, _)| *known == name);
        let (_, value) = value.expect("a test compares every template with its placeholders");
        filled.push_str(before);
        filled.push_str(value);
        rest = after;
    }
    filled.push_str(rest);
    filled
}

/// Declares [`Sentence`] from the table: a variant for each sentence, with a field for each
/// placeholder, its key, its role and its words.
macro_rules! sentences {
    ($(
        $variant:ident $({ $($field:ident: $type:ty),+ })? = $key:literal, $role:expr => {
            en: $en:literal,
            cy: $cy:literal,
        }
    )+) => {
        /// A sentence that a person sees, with its variable parts.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Sentence {
            $(
                #[doc = $en]
                $variant $({ $(
                    #[doc = concat!("Stands for `{", stringify!($field), "}`.")]
                    $field: $type,
                )+ })?,
            )+
        }

        impl Sentence {
            /// Every sentence, for the published catalogue.
            pub const ALL: &[Entry] = &[$(
                Entry {
                    key: $key,
                    role: $role,
                    en: $en,
                    cy: $cy,
                    placeholders: &[$($(stringify!($field)),+)?],
                },
            )+];

            /// Returns the key of the sentence.
            pub const fn key(&self) -> &'static str {
                match self {
                    $(Self::$variant $({ $($field: _),+ })? => $key,)+
                }
            }

            /// Returns the sentence in a language.
            pub fn in_language(&self, language: Language) -> String {
                match self {
                    $(Self::$variant $({ $($field),+ })? => {
                        let template = match language {
                            Language::En => $en,
                            Language::Cy => $cy,
                        };
                        fill(template, &[
                            $($((stringify!($field), $field.in_words(language))),+)?
                        ])
                    })+
                }
            }
        }
    };
}

mod sentences;
