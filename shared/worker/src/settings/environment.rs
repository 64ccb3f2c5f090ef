//! The environment as a table of texts, and the problems that reading it brings up.
//!
//! Every problem is a sentence that names a setting and says what to do; none shows a value.
//! This is the only place that reads environment variables.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::Path;

use jiff::SignedDuration;
use twofactor_contract::Secret;
use twofactor_rules::text_file;
use zeroize::Zeroizing;

/// The settings that may also stand in a file, named by the same name with `_FILE`.
const ALSO_IN_FILES: [&str; 3] = ["AMQP_URL", "DATABASE_URL", "TWILIO_AUTH_TOKEN"];

/// A duration longer than this is a typing error.
const LONGEST: SignedDuration = SignedDuration::from_hours(100 * 365 * 24);

/// The environment, read once, with all that was found wrong so far.
#[derive(Default)]
pub(crate) struct Environment {
    values: HashMap<String, OsString>,
    problems: Vec<String>,
}

impl Environment {
    /// The environment of this process.
    pub(crate) fn of_process() -> Self {
        let named =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
        Self::from_pairs(named)
    }

    /// An environment made of pairs. What is set to nothing counts as not set.
    pub(crate) fn from_pairs<V: Into<OsString>>(
        pairs: impl IntoIterator<Item = (String, V)>,
    ) -> Self {
        let pairs = pairs.into_iter().map(|(name, value)| (name, value.into()));
        Self {
            values: pairs.filter(|(_, value)| !value.is_empty()).collect(),
            problems: vec![],
        }
    }

    /// Notes a problem: what a setting must be, as the rest of a sentence after its name.
    pub(crate) fn refuse(&mut self, name: &str, what: &str) {
        self.problems.push(format!("{name} {what}."));
    }

    /// All problems, in the order in which they were found.
    pub(crate) fn into_problems(self) -> Vec<String> {
        self.problems
    }

    /// Whether nothing was found wrong so far.
    pub(crate) fn is_fine(&self) -> bool {
        self.problems.is_empty()
    }

    /// Whether a switch is on: set to `1`.
    pub(crate) fn is_on(&self, name: &str) -> bool {
        self.values.get(name).is_some_and(|value| value == "1")
    }

    /// A setting that need not be there.
    pub(crate) fn optional(&mut self, name: &str) -> Option<String> {
        let value = self.values.get(name)?.clone();
        let text = value.into_string().ok();
        if text.is_none() {
            self.refuse(name, "must be text in UTF-8");
        }
        text
    }

    /// A setting that must be there, also by its `_FILE` where it has one.
    pub(crate) fn required(&mut self, name: &str) -> Option<Secret<String>> {
        let file = format!("{name}_FILE");
        let has_file = ALSO_IN_FILES.contains(&name) && self.values.contains_key(&file);
        match (self.values.contains_key(name), has_file) {
            (true, true) => {
                self.refuse(name, &format!("and {file} are both set; set one of them"));
                None
            }
            (true, false) => self
                .optional(name)
                .map(|text| Secret::new(bare(name, text))),
            (false, true) => self.in_file(&file),
            (false, false) if ALSO_IN_FILES.contains(&name) => {
                self.refuse(name, &format!("is missing; set it, or {file}"));
                None
            }
            (false, false) => {
                self.refuse(name, "is missing; set it");
                None
            }
        }
    }

    fn in_file(&mut self, name: &str) -> Option<Secret<String>> {
        let path = self.optional(name)?;
        let Ok(bytes) = std::fs::read(Path::new(&path)).map(Zeroizing::new) else {
            self.refuse(name, "must name a file that this worker may read");
            return None;
        };
        match text_file::read(&bytes).map(str::trim) {
            Ok("") => self.refuse(name, "names a file that is empty; write the value into it"),
            Ok(text) => return Some(Secret::new(text.to_owned())),
            Err(error) => self.refuse(name, &format!("names a file that {error}")),
        }
        None
    }

    /// A duration such as `30s`, `5m`, `12h` or `400d`.
    pub(crate) fn duration(&mut self, name: &str, default: SignedDuration) -> SignedDuration {
        let Some(text) = self.optional(name) else {
            return default;
        };
        parse_duration(&text).unwrap_or_else(|| {
            self.refuse(name, "must be a whole number with s, m, h or d, such as 5m");
            default
        })
    }

    /// A whole number within bounds.
    pub(crate) fn number(&mut self, name: &str, default: u32, least: u32, most: u32) -> u32 {
        let Some(text) = self.optional(name) else {
            return default;
        };
        let number = text
            .parse()
            .ok()
            .filter(|number| (least..=most).contains(number));
        number.unwrap_or_else(|| {
            self.refuse(
                name,
                &format!("must be a whole number from {least} to {most}"),
            );
            default
        })
    }
}

/// What may also stand in a file is read alike in both: white space around it is no part of it.
fn bare(name: &str, text: String) -> String {
    if ALSO_IN_FILES.contains(&name) {
        text.trim().to_owned()
    } else {
        text
    }
}

/// A positive duration: a whole number and its unit.
fn parse_duration(text: &str) -> Option<SignedDuration> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if !number.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        _ => return None,
    };
    let seconds = number.parse::<i64>().ok()?.checked_mul(seconds)?;
    let duration = SignedDuration::from_secs(seconds);
    (duration.is_positive() && duration <= LONGEST).then_some(duration)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_a_number_and_a_unit() {
        for (text, seconds) in [
            ("30s", 30),
            ("5m", 300),
            ("12h", 43_200),
            ("400d", 34_560_000),
        ] {
            assert_eq!(
                parse_duration(text),
                Some(SignedDuration::from_secs(seconds)),
                "{text}"
            );
        }
        for text in [
            "",
            "s",
            "5",
            "5 m",
            "-5m",
            "+5m",
            "1.5h",
            "0s",
            "5w",
            "99999999999d",
            "5µ",
        ] {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }

    #[test]
    fn a_value_may_stand_in_a_file_but_not_in_both() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), "from the file\n").expect("written");
        let path = file.path().to_str().expect("a path in UTF-8").to_owned();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());

        let mut in_file = Environment::from_pairs([pair("AMQP_URL_FILE", &path)]);
        let value = in_file.required("AMQP_URL").expect("the value");
        assert_eq!(value.expose(), "from the file");

        for (written, expected) in [
            (&b"\xef\xbb\xbffrom the file\r\n"[..], Ok("from the file")),
            (b" \tfrom the file \n\n", Ok("from the file")),
            (
                b"\xff\xfef\0r\0o\0m\0",
                Err("names a file that is in UTF-16; save it as UTF-8"),
            ),
            (
                b"f\0r\0o\0m\0",
                Err("names a file that is in UTF-16; save it as UTF-8"),
            ),
            (
                b"caf\xe9",
                Err("names a file that is not UTF-8; save it so"),
            ),
            (
                b"\xef\xbb\xbf \n",
                Err("names a file that is empty; write the value into it"),
            ),
            (
                b"",
                Err("names a file that is empty; write the value into it"),
            ),
        ] {
            std::fs::write(file.path(), written).expect("written");
            let mut in_file = Environment::from_pairs([pair("AMQP_URL_FILE", &path)]);
            let value = in_file.required("AMQP_URL");
            let value = value.as_ref().map(|value| value.expose().as_str());
            assert_eq!(value, expected.ok(), "{written:?}");
            let problems: Vec<String> = expected
                .err()
                .map(|what| format!("AMQP_URL_FILE {what}."))
                .into_iter()
                .collect();
            assert_eq!(in_file.into_problems(), problems);
        }
        let mut spaced = Environment::from_pairs([pair("AMQP_URL", " from here ")]);
        assert_eq!(
            spaced.required("AMQP_URL").expect("the value").expose(),
            "from here"
        );

        let both = [pair("AMQP_URL_FILE", &path), pair("AMQP_URL", "x")];
        let mut both = Environment::from_pairs(both);
        assert!(both.required("AMQP_URL").is_none());
        assert_eq!(
            both.into_problems(),
            ["AMQP_URL and AMQP_URL_FILE are both set; set one of them."]
        );

        let mut gone = Environment::from_pairs([pair("AMQP_URL_FILE", "/nowhere/at/all")]);
        assert!(gone.required("AMQP_URL").is_none());
        assert!(gone.into_problems()[0].starts_with("AMQP_URL_FILE must name a file"));
    }
}
