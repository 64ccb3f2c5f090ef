//! The number plan of a country, from libphonenumber's metadata: which of its numbers are mobile,
//! and which prefixes are dialled there.
//!
//! The metadata is that of the crate `phonenumber`. Its parser and its checks are not used, since
//! they change some numbers and refuse others:
//!
//! - It looks a number's kind up without its leading zeros. So no mobile number of Benin, Congo,
//!   Côte d'Ivoire or Gabon is one.
//! - A region beside E.164 lends its national prefix to the number of another country. So
//!   `+62 881 …` beside `LT`, where one dials 8 first, becomes `+62 81 …`: somebody else's.
//! - A national prefix is taken off twice: by the pattern for it, then by its own digits.
//! - A pattern counts as matched where it matches the beginning of a number.
//!
//! This module knows no setting, no spelling and no state.

use std::collections::HashMap;
use std::sync::{LazyLock, OnceLock};

use phonenumber::Metadata;
use phonenumber::metadata::{DATABASE, Descriptor};
use regex::{Captures, Regex, RegexBuilder};

/// The code for services without a country, such as satellite telephones.
const NO_COUNTRY: &str = "001";

/// The plans. Each compiles its patterns on first use, since that is slow.
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

    /// Returns the plan of an ISO 3166 country.
    pub(super) fn of(country: &str) -> Option<&'static Self> {
        PLANS.get(country)
    }

    /// Returns the plans of the countries that share a calling code, the main country first.
    pub(super) fn of_code(code: u16) -> Vec<&'static Self> {
        let regions = DATABASE.region(&code).unwrap_or_default();
        regions.into_iter().filter_map(Self::of).collect()
    }

    /// Returns the country, as an ISO 3166 code.
    pub(super) fn country(&self) -> &'static str {
        self.meta.id()
    }

    /// Returns its calling code.
    pub(super) fn calling_code(&self) -> u16 {
        self.meta.country_code()
    }

    /// Returns whether a national number without a prefix can be a mobile number here. If a
    /// country's numbers do not distinguish mobile from fixed, every number can be.
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

    /// Returns the number without its national prefix: `0` in most countries, with a carrier code
    /// in some; in Argentina the mobile prefix moves. `None` if there is no prefix.
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
                Some(transformed(rule, &found) + rest)
            }
            _ => Some(rest.to_owned()),
        }
    }

    /// Returns the digits after the international prefix of this country, such as `00`.
    pub(super) fn without_international_prefix<'a>(&self, digits: &'a str) -> Option<&'a str> {
        let prefix = self.patterns().international_prefix.as_ref()?;
        digits.get(prefix.find(digits)?.end()..)
    }

    fn patterns(&self) -> &Patterns {
        self.patterns.get_or_init(|| {
            let meta = self.meta;
            let kinds = meta.descriptors();
            let outranking = [
                kinds.premium_rate(),
                kinds.toll_free(),
                kinds.shared_cost(),
                kinds.voip(),
                kinds.personal_number(),
                kinds.pager(),
                kinds.uan(),
                kinds.voicemail(),
            ];
            let others = outranking.into_iter().flatten();
            // Without a pattern for parsing, the prefix itself is the pattern.
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

/// Applies a transform rule to the prefix of a number: its digits, with `$1` for the captured
/// group.
fn transformed(rule: &str, found: &Captures<'_>) -> String {
    let mut out = String::with_capacity(rule.len() + found[0].len());
    let mut chars = rule.chars();
    while let Some(c) = chars.next() {
        if c == '$' {
            let group = chars.next().and_then(|digit| digit.to_digit(10));
            let group = group.and_then(|at| found.get(at as usize));
            out.push_str(group.map_or("", |group| group.as_str()));
        } else {
            out.push(c);
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

/// Compiles a pattern. The metadata breaks its patterns over lines.
fn compile(pattern: &str) -> Regex {
    let compiled = RegexBuilder::new(pattern).ignore_whitespace(true).build();
    compiled.expect("the crate checked its patterns when it was built")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every pattern is compiled here, so that a broken one is found before a number needs it.
    #[test]
    fn every_pattern_compiles() {
        assert!(PLANS.len() > 240, "{}", PLANS.len());
        for plan in PLANS.values() {
            plan.patterns();
        }
    }
}
