//! The declaration of a setting: what is known before anybody sets it.
//!
//! It knows no environment and no particular setting.

use std::fmt;

use jiff::SignedDuration;
use twofactor_contract::Service;

/// A program that reads settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// `twofactor-login`
    Login,
    /// `twofactor-sms`
    Sms,
    /// `twofactor-enrollment`
    Enrollment,
    /// `twofactor-reset`
    Reset,
    /// `twofactor-ctl`
    Ctl,
    /// `sms-sandbox`
    Sandbox,
}

impl Reader {
    /// The four workers.
    pub const WORKERS: [Self; 4] = [Self::Login, Self::Sms, Self::Enrollment, Self::Reset];
    /// The workers that send texts.
    pub const TEXTING: [Self; 2] = [Self::Sms, Self::Enrollment];
}

impl From<Service> for Reader {
    fn from(service: Service) -> Self {
        match service {
            Service::Login => Self::Login,
            Service::Sms => Self::Sms,
            Service::Enrollment => Self::Enrollment,
            Service::Reset => Self::Reset,
        }
    }
}

impl fmt::Display for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Login => "login",
            Self::Sms => "sms",
            Self::Enrollment => "enrollment",
            Self::Reset => "reset",
            Self::Ctl => "ctl",
            Self::Sandbox => "sandbox",
        })
    }
}

/// The value of a setting that is not set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unset {
    /// A value, in the form of the variable.
    Default(&'static str),
    /// No value; the words say what that means.
    Means(&'static str),
    /// The programs that do not start.
    Stops(&'static [Reader]),
}

/// The form of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A string that its own reader checks: what it must be, as the rest of a sentence.
    Checked(&'static str),
    /// `1` for on, `0` or nothing for off.
    Switch,
    /// A count: a whole number within these bounds.
    Count(u32, u32),
    /// A duration within these bounds, each as it would be written.
    Duration(&'static str, &'static str),
}

impl Form {
    /// Returns the count, or the seconds of a duration; `None` where it is neither, or out of
    /// bounds.
    pub fn quantity(self, value: &str) -> Option<i64> {
        let (quantity, least, most) = match self {
            Self::Checked(_) | Self::Switch => return None,
            Self::Count(least, most) => (whole_count(value)?, least.into(), most.into()),
            Self::Duration(least, most) => (seconds(value)?, seconds(least)?, seconds(most)?),
        };
        (least..=most).contains(&quantity).then_some(quantity)
    }
}

/// A bound that users were promised. Only `TWOFACTOR_TESTING=1` allows a value beyond it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Promise {
    /// The least value, in the form of the variable.
    AtLeast(&'static str),
    /// The greatest value, in the form of the variable.
    AtMost(&'static str),
}

/// One setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The name of its environment variable.
    pub name: &'static str,
    /// The value that holds where it is not set.
    pub unset: Unset,
    /// The form of its value.
    pub form: Form,
    /// The bound that users were promised, if any.
    pub promise: Option<Promise>,
    /// Its meaning, for operators: a phrase in Markdown.
    pub about: &'static str,
    /// `true` if its value may be a secret, and so is never shown.
    pub is_secret: bool,
    /// `true` if the same name with `_FILE` may name a file that holds the value.
    pub has_file: bool,
    /// The programs that read it.
    pub readers: &'static [Reader],
}

impl Setting {
    /// Returns what a value must be, as the rest of a sentence that begins with the name.
    pub fn must(&self) -> String {
        let example = match self.unset {
            Unset::Default(value) => value,
            Unset::Means(_) | Unset::Stops(_) => "5m",
        };
        match self.form {
            Form::Checked(must) => must.to_owned(),
            Form::Switch => "must be 1 for on, or 0 or nothing for off".to_owned(),
            Form::Count(least, most) => {
                format!("must be a whole number from {least} to {most}")
            }
            Form::Duration(least, most) => format!(
                "must be a whole number with s, m, h or d, such as {example}, from {least} to \
                 {most}"
            ),
        }
    }

    /// Returns the promise as the rest of a sentence, if there is one.
    pub fn promised(&self) -> Option<String> {
        self.promise.map(|promise| match promise {
            Promise::AtLeast(value) => format!("must be {value} or more: users were promised so"),
            Promise::AtMost(value) => format!("must be {value} or less: users were promised so"),
        })
    }

    /// Does a count, or the seconds of a duration, keep the promise?
    pub fn keeps_promise(&self, quantity: i64) -> bool {
        let bound = |value| self.form.quantity(value);
        match self.promise {
            None => true,
            Some(Promise::AtLeast(value)) => bound(value).is_some_and(|bound| quantity >= bound),
            Some(Promise::AtMost(value)) => bound(value).is_some_and(|bound| quantity <= bound),
        }
    }

    /// Returns the name of the variable that may name a file instead, if there is one.
    pub fn file_name(&self) -> Option<String> {
        self.has_file.then(|| format!("{}_FILE", self.name))
    }

    /// Does this program read it?
    pub fn is_read_by(&self, reader: Reader) -> bool {
        self.readers.contains(&reader)
    }
}

/// Returns the duration of so many seconds.
pub(crate) fn duration(seconds: i64) -> SignedDuration {
    SignedDuration::from_secs(seconds)
}

fn whole_count(value: &str) -> Option<i64> {
    let is_digits = !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit());
    is_digits.then(|| value.parse().ok()).flatten()
}

fn seconds(value: &str) -> Option<i64> {
    let (count, unit) = value.split_at_checked(value.len().checked_sub(1)?)?;
    let unit = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        _ => return None,
    };
    whole_count(count)?.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_a_count_and_a_unit_within_bounds() {
        let form = Form::Duration("1s", "36500d");
        for (value, seconds) in [
            ("30s", 30),
            ("5m", 300),
            ("12h", 43_200),
            ("400d", 34_560_000),
        ] {
            assert_eq!(form.quantity(value), Some(seconds), "{value}");
        }
        for value in [
            "",
            "s",
            "5",
            "5 m",
            "-5m",
            "+5m",
            "1.5h",
            "0s",
            "5w",
            "36501d",
            "5µ",
            "٣m",
            "99999999999999999999d",
        ] {
            assert_eq!(form.quantity(value), None, "{value}");
        }
    }

    #[test]
    fn counts_are_digits_within_bounds() {
        let form = Form::Count(1, 1024);
        assert_eq!(form.quantity("1"), Some(1));
        assert_eq!(form.quantity("1024"), Some(1024));
        for value in [
            "",
            "0",
            "1025",
            "+5",
            "-5",
            " 5",
            "5.0",
            "99999999999999999999",
        ] {
            assert_eq!(form.quantity(value), None, "{value}");
        }
    }
}
