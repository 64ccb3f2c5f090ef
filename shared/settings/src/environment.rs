//! The environment as a table of strings, and the problems that are found while it is read.
//!
//! Every problem is a sentence that names a setting and says what to do; none shows a value. This
//! is the only place where workers, commands and sandbox read environment variables. It knows no
//! particular setting except the switch that lifts promises.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs;

use jiff::SignedDuration;
use twofactor_contract::Secret;
use twofactor_rules::utf8_file;
use zeroize::Zeroizing;

use crate::setting::{Setting, Unset, duration};
use crate::table::TWOFACTOR_TESTING;

/// The environment, read once, with every problem found so far.
#[derive(Default)]
pub struct Environment {
    values: HashMap<String, OsString>,
    problems: Vec<String>,
}

impl Environment {
    /// Reads the environment of this process.
    pub fn of_process() -> Self {
        let named =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
        Self::from_pairs(named)
    }

    /// Makes an environment of pairs. A variable that is set to nothing counts as not set.
    pub fn from_pairs<V: Into<OsString>>(pairs: impl IntoIterator<Item = (String, V)>) -> Self {
        let pairs = pairs.into_iter().map(|(name, value)| (name, value.into()));
        Self {
            values: pairs.filter(|(_, value)| !value.is_empty()).collect(),
            problems: vec![],
        }
    }

    /// Notes a problem: what a setting must be, as the rest of a sentence after its name.
    pub fn refuse(&mut self, name: &str, what: &str) {
        self.note(format!("{name} {what}."));
    }

    /// Notes that a value is not what its setting must be.
    pub fn refuse_value(&mut self, setting: &Setting) {
        self.refuse(setting.name, &setting.must());
    }

    /// Notes a problem as a whole sentence, once.
    pub(crate) fn note(&mut self, sentence: String) {
        if !self.problems.contains(&sentence) {
            self.problems.push(sentence);
        }
    }

    /// Returns all problems, in the order in which they were found.
    pub fn into_problems(self) -> Vec<String> {
        self.problems
    }

    /// Returns what was read, or every problem. A value that is missing was noted when it was read.
    pub fn complete<T>(self, read: Option<T>) -> Result<T, Vec<String>> {
        match read {
            Some(value) if self.problems.is_empty() => Ok(value),
            _ => Err(self.problems),
        }
    }

    /// Is a variable set, to a right value or a wrong one?
    pub fn is_set(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// Is a switch on: set to `1`? Every other value is off.
    pub fn is_on(&self, name: &str) -> bool {
        self.values.get(name).is_some_and(|value| value == "1")
    }

    /// Is a switch on? A value that is neither on nor off is noted, so that nobody takes
    /// `true` for on.
    pub fn switch(&mut self, setting: &Setting) -> bool {
        let value = self.values.get(setting.name);
        if value.is_some_and(|value| value != "1" && value != "0") {
            self.refuse_value(setting);
        }
        self.is_on(setting.name)
    }

    /// Reads a setting that may be missing.
    pub fn optional(&mut self, name: &str) -> Option<String> {
        let value = self.values.get(name)?.clone().into_string().ok();
        if value.is_none() {
            self.refuse(name, "must be in UTF-8");
        }
        value
    }

    /// Reads a setting that may be missing, or the file that its `_FILE` names.
    pub fn value_or_file(&mut self, setting: &Setting) -> Option<Secret<String>> {
        let name = setting.name;
        let file = setting.file_name().filter(|file| self.is_set(file));
        match (self.is_set(name), file) {
            (true, Some(file)) => {
                self.refuse(name, &format!("and {file} are both set; set one of them"));
                None
            }
            (true, None) => self.bare(setting),
            (false, Some(file)) => self.in_file(&file),
            (false, None) => None,
        }
    }

    /// Reads a setting that must be set, or the file that its `_FILE` names.
    pub fn required(&mut self, setting: &Setting) -> Option<Secret<String>> {
        let file = setting.file_name();
        let is_set = |name: &String| self.is_set(name);
        if !self.is_set(setting.name) && !file.as_ref().is_some_and(is_set) {
            let what = match file {
                Some(file) => format!("is missing; set it, or {file}"),
                None => "is missing; set it".to_owned(),
            };
            self.refuse(setting.name, &what);
            return None;
        }
        self.value_or_file(setting)
    }

    /// Returns a value that may also be in a file, without white space around it, as from the file.
    fn bare(&mut self, setting: &Setting) -> Option<Secret<String>> {
        let value = Zeroizing::new(self.optional(setting.name)?);
        if !setting.has_file {
            return Some(Secret::new((*value).clone()));
        }
        let bare = value.trim();
        if bare.is_empty() {
            self.refuse(
                setting.name,
                "holds white space alone; write the value into it",
            );
            return None;
        }
        Some(Secret::new(bare.to_owned()))
    }

    fn in_file(&mut self, name: &str) -> Option<Secret<String>> {
        let bytes = self.bytes_of_file(name)?;
        match utf8_file::read(&bytes).map(str::trim) {
            Ok("") => self.refuse(name, "names a file that is empty; write the value into it"),
            Ok(value) => return Some(Secret::new(value.to_owned())),
            Err(error) => self.refuse(name, &format!("names a file that {error}")),
        }
        None
    }

    /// Reads the bytes of the file that a variable names.
    pub(crate) fn bytes_of_file(&mut self, name: &str) -> Option<Zeroizing<Vec<u8>>> {
        let path = self.optional(name)?;
        match fs::read(path) {
            Ok(bytes) => Some(Zeroizing::new(bytes)),
            Err(error) => {
                self.refuse_file(name, &error);
                None
            }
        }
    }

    /// Notes that the file that a variable names cannot be read.
    pub(crate) fn refuse_file(&mut self, name: &str, error: &std::io::Error) {
        let kind = error.kind();
        let what =
            format!("names a file that cannot be read ({kind}); check the path and its rights");
        self.refuse(name, &what);
    }

    /// Reads a duration of the table, such as `30s`, `5m`, `12h` or `400d`.
    pub fn duration(&mut self, setting: &Setting) -> SignedDuration {
        duration(self.quantity(setting))
    }

    /// Reads a count of the table.
    pub fn count(&mut self, setting: &Setting) -> u32 {
        u32::try_from(self.quantity(setting)).expect("the bounds of a count are u32")
    }

    /// Reads a count or the seconds of a duration, or its default. Notes a wrong value, and one
    /// that breaks a promise outside tests.
    fn quantity(&mut self, setting: &Setting) -> i64 {
        let Unset::Default(default) = setting.unset else {
            unreachable!("a figure of the table has a default");
        };
        let default = setting.form.quantity(default);
        let default = default.expect("a default is within its bounds; a test says so");
        let is_test = self.switch(&TWOFACTOR_TESTING);
        let Some(value) = self.optional(setting.name) else {
            return default;
        };
        let Some(quantity) = setting.form.quantity(&value) else {
            self.refuse_value(setting);
            return default;
        };
        if let Some(promised) = setting.promised()
            && !setting.keeps_promise(quantity)
            && !is_test
        {
            self.refuse(setting.name, &promised);
        }
        quantity
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{ALLOW_PLAINTEXT, AMQP_URL};

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn a_value_may_be_in_a_file_in_utf_8() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let path = file.path().to_str().expect("a path in UTF-8").to_owned();
        for (written, expected) in [
            (&b"from the file\n"[..], Ok("from the file")),
            (b"\xef\xbb\xbffrom the file\r\n", Ok("from the file")),
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
                Err("names a file that is not UTF-8; save it as UTF-8"),
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
            let value = in_file.required(&AMQP_URL);
            let value = value.as_ref().map(|value| value.expose().as_str());
            assert_eq!(value, expected.ok(), "{written:?}");
            let problems: Vec<String> = expected
                .err()
                .map(|what| format!("AMQP_URL_FILE {what}."))
                .into_iter()
                .collect();
            assert_eq!(in_file.into_problems(), problems);
        }
    }

    #[test]
    fn a_value_is_set_once_and_is_more_than_white_space() {
        let mut spaced = Environment::from_pairs([pair("AMQP_URL", " from here ")]);
        assert_eq!(
            spaced.required(&AMQP_URL).expect("the value").expose(),
            "from here"
        );
        for (pairs, problem) in [
            (
                vec![pair("AMQP_URL_FILE", "/nowhere"), pair("AMQP_URL", "x")],
                "AMQP_URL and AMQP_URL_FILE are both set; set one of them.",
            ),
            (
                vec![pair("AMQP_URL_FILE", "/nowhere/at/all")],
                "AMQP_URL_FILE names a file that cannot be read (entity not found); check the path \
                 and its rights.",
            ),
            (
                vec![pair("AMQP_URL", " ")],
                "AMQP_URL holds white space alone; write the value into it.",
            ),
        ] {
            let mut env = Environment::from_pairs(pairs);
            assert!(env.required(&AMQP_URL).is_none(), "{problem}");
            assert_eq!(env.into_problems(), [problem]);
        }
    }

    #[test]
    fn a_switch_is_on_or_off_and_nothing_between() {
        for (value, is_on, is_right) in [
            ("1", true, true),
            ("0", false, true),
            ("", false, true),
            ("true", false, false),
            ("yes", false, false),
            ("off", false, false),
            (" 1", false, false),
        ] {
            let mut env = Environment::from_pairs([("ALLOW_PLAINTEXT".to_owned(), value)]);
            assert_eq!(env.switch(&ALLOW_PLAINTEXT), is_on, "{value}");
            // It is reported once, however often it is read.
            assert_eq!(env.switch(&ALLOW_PLAINTEXT), is_on, "{value}");
            let problems = if is_right {
                vec![]
            } else {
                vec!["ALLOW_PLAINTEXT must be 1 for on, or 0 or nothing for off."]
            };
            assert_eq!(env.into_problems(), problems, "{value}");
        }
    }
}
