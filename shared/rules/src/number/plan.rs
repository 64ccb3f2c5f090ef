//! The number plan of a country, from libphonenumber's metadata: which of its numbers are mobile
//! phones, and what is dialled before a number there.
//!
//! The metadata is that of the crate `phonenumber`; its parser and its checks are not used, for
//! they change some numbers and refuse others:
//!
//! - It looks a number's kind up without its leading zeros. So no mobile number of Benin, Congo,
//!   Côte d'Ivoire or Gabon is one.
//! - A region beside E.164 lends its national prefix to the number of another country. So
//!   `+62 881 …` beside `LT`, where one dials 8 first, becomes `+62 81 …`: somebody else's.
//! - A national prefix is taken off twice: by the pattern for it, then by its own digits.
//! - A pattern counts as matched where it matches the beginning of a number.
//!
//! It knows no setting, no spelling and no state.

use std::collections::HashMap;
use std::sync::{LazyLock, OnceLock};

use phonenumber::Metadata;
use phonenumber::metadata::{DATABASE, Descriptor};
use regex::{Captures, Regex, RegexBuilder};

/// What is no country: `001` stands for services of no country, such as satellite telephones.
const NO_COUNTRY: &str = "001";

/// The plans, each made ready when it is first asked: patterns are dear to compile.
static PLANS: LazyLock<HashMap<&'static str, Plan>> = LazyLock::new(|| {
    let countries = DATABASE.iter().filter(|meta| meta.id() != NO_COUNTRY);
    countries.map(|meta| (meta.id(), Plan::new(meta))).collect()
});

/// The number plan of a country.
pub(super) struct Plan {
    meta: &'static Metadata,
    patterns: OnceLock<Patterns>,
}

struct Patterns {
    general: Regex,
    mobile: Option<Regex>,
    /// Kinds that outrank `mobile` where both match, such as premium numbers.
    others: Vec<(&'static [u16], Regex)>,
    national_prefix: Option<Regex>,
    international_prefix: Option<Regex>,
}

impl Plan {
    const fn new(meta: &'static Metadata) -> Self {
        Self {
            meta,
            patterns: OnceLock::new(),
        }
    }

    /// The plan of an ISO 3166 country.
    pub(super) fn of(country: &str) -> Option<&'static Self> {
        PLANS.get(country)
    }

    /// The plans of the countries that share a calling code, the one it is named after first.
    pub(super) fn of_code(code: u16) -> Vec<&'static Self> {
        let regions = DATABASE.region(&code).unwrap_or_default();
        regions.into_iter().filter_map(Self::of).collect()
    }

    /// The country, ISO 3166.
    pub(super) fn country(&self) -> &'static str {
        self.meta.id()
    }

    /// Its calling code.
    pub(super) fn calling_code(&self) -> u16 {
        self.meta.country_code()
    }

    /// Whether a national number, with nothing dialled before it, can be a mobile phone's here.
    /// Where a country's numbers do not tell mobile from fixed, each can be.
    pub(super) fn is_mobile(&self, national: &str) -> bool {
        let patterns = self.patterns();
        let kinds = self.meta.descriptors();
        let is = |lengths: &[u16], pattern: &Regex| {
            let has_length = lengths.is_empty()
                || u16::try_from(national.len()).is_ok_and(|length| lengths.contains(&length));
            has_length && pattern.is_match(national)
        };
        let is_other = || {
            let mut others = patterns.others.iter();
            others.any(|(lengths, pattern)| is(lengths, pattern))
        };
        let mobile = kinds.mobile().zip(patterns.mobile.as_ref());
        is(kinds.general().possible_length(), &patterns.general)
            && mobile.is_some_and(|(kind, pattern)| is(kind.possible_length(), pattern))
            && !is_other()
    }

    /// The number without what is dialled before it within the country: `0` in most, a carrier's
    /// code too in some; in Argentina the mark of a mobile number moves. None where nothing is.
    pub(super) fn without_prefix(&self, digits: &str) -> Option<String> {
        let prefix = self.patterns().national_prefix.as_ref()?;
        let found = prefix.captures(digits)?;
        let whole = found.get(0)?;
        if whole.is_empty() {
            return None;
        }
        let rest = &digits[whole.end()..];
        let last = found.len() - 1;
        match self.meta.national_prefix_transform_rule() {
            Some(rule) if last > 0 && found.get(last).is_some() => {
                Some(changed(rule, &found) + rest)
            }
            _ => Some(rest.to_owned()),
        }
    }

    /// The digits after what is dialled here to call abroad, such as `00`.
    pub(super) fn without_international_prefix<'a>(&self, digits: &'a str) -> Option<&'a str> {
        let prefix = self.patterns().international_prefix.as_ref()?;
        digits.get(prefix.find(digits)?.end()..)
    }

    fn patterns(&self) -> &Patterns {
        self.patterns.get_or_init(|| {
            let meta = self.meta;
            let kinds = meta.descriptors();
            let outrank = [
                kinds.premium_rate(),
                kinds.toll_free(),
                kinds.shared_cost(),
                kinds.voip(),
                kinds.personal_number(),
                kinds.pager(),
                kinds.uan(),
                kinds.voicemail(),
            ];
            let others = outrank.into_iter().flatten();
            // Without a pattern of its own the prefix is one.
            let prefix = match meta.national_prefix_for_parsing() {
                Some(pattern) => Some(pattern.as_str()),
                None => meta.national_prefix(),
            };
            Patterns {
                general: whole(kinds.general()),
                mobile: kinds.mobile().map(whole),
                others: others
                    .map(|kind| (kind.possible_length(), whole(kind)))
                    .collect(),
                national_prefix: prefix.map(beginning),
                international_prefix: meta
                    .international_prefix()
                    .map(|pattern| beginning(pattern.as_str())),
            }
        })
    }
}

/// What a rule makes of a number's beginning: its digits, and `$1` for what was found.
fn changed(rule: &str, found: &Captures<'_>) -> String {
    let mut out = String::with_capacity(rule.len() + found[0].len());
    let mut signs = rule.chars();
    while let Some(sign) = signs.next() {
        if sign == '$' {
            let group = signs.next().and_then(|digit| digit.to_digit(10));
            let group = group.and_then(|at| found.get(at as usize));
            out.push_str(group.map_or("", |group| group.as_str()));
        } else {
            out.push(sign);
        }
    }
    out
}

fn whole(kind: &Descriptor) -> Regex {
    compile(&format!("^(?:{})$", kind.national_number().as_str()))
}

fn beginning(pattern: &str) -> Regex {
    compile(&format!("^(?:{pattern})"))
}

/// The metadata breaks its patterns over lines.
fn compile(pattern: &str) -> Regex {
    let compiled = RegexBuilder::new(pattern).ignore_whitespace(true).build();
    compiled.expect("the crate checked its patterns when it was built")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every plan is made ready here, so that no number is the first to find a broken one.
    #[test]
    fn every_pattern_compiles() {
        assert!(PLANS.len() > 240, "{}", PLANS.len());
        for plan in PLANS.values() {
            plan.patterns();
        }
    }
}
