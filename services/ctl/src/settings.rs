//! The settings of a command, read by `twofactor_settings`, as the workers' are.
//!
//! They come from the environment alone: no file is searched, and a sentence never shows a value.

use twofactor_rules::Limits;
use twofactor_settings::table::ALL;
use twofactor_settings::{Environment, Reader, Unset};

use crate::failure::Failure;

/// Columns of the help.
const HELP_WIDTH: usize = 100;
/// The indent of a setting's description.
const INDENT: &str = "\n      ";

/// Reads the settings of a command from the environment of this process; fails with every problem.
pub fn read<T>(read: impl FnOnce(&mut Environment) -> Option<T>) -> Result<T, Failure> {
    let mut env = Environment::of_process();
    let value = read(&mut env);
    let problems = |problems: Vec<String>| Failure::Setting(problems.join("\n"));
    env.complete(value).map_err(problems)
}

/// Reads the limits of the rules that an import needs: the countries of numbers.
pub fn limits(env: &mut Environment) -> Limits {
    let standard = Limits::default();
    Limits {
        sms_countries: twofactor_settings::countries(env).unwrap_or(standard.sms_countries),
        ..Limits::default()
    }
}

/// Returns every setting of the commands, for the help.
pub fn help() -> String {
    let read = ALL.iter().filter(|setting| setting.is_read_by(Reader::Ctl));
    let each = read.map(|setting| {
        let names = match setting.file_name() {
            Some(file) => format!("{} or {file}", setting.name),
            None => setting.name.to_owned(),
        };
        let unset = match setting.unset {
            Unset::Default(value) | Unset::Means(value) => format!(" [default: {value}]"),
            Unset::Stops(_) => String::new(),
        };
        let about = wrapped(&setting.about.replace('`', ""));
        format!("  {names}{unset}{about}\n")
    });
    each.collect()
}

/// Wraps words into indented lines.
fn wrapped(phrase: &str) -> String {
    let mut lines = String::new();
    let mut width = HELP_WIDTH;
    for word in phrase.split(' ') {
        if width + 1 + word.len() > HELP_WIDTH {
            lines.push_str(INDENT);
            width = INDENT.len();
        } else {
            lines.push(' ');
            width += 1;
        }
        lines.push_str(word);
        width += word.len();
    }
    lines
}
