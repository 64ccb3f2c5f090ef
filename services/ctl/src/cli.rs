//! The command line: every command, argument and example, from which `--help`, the completions
//! and the manual page are made.

use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use twofactor_contract::Service;

const STATUS: &str = "\
Exit status:
    0  done, or nothing to do
    1  found something that somebody must look at; a dry run that would change something
    2  the command line or a setting is wrong
    3  the database or the broker cannot be reached
    4  it refused: rights, schema, or data that is not as it must be
  130  interrupted, or answered no; the same command goes on from there

Data goes to standard output and everything else to standard error. With --json, data is one
JSON object, or one a line; each has \"schema\": 1, which changes when a member changes its meaning
or is removed. The help of a command names its members.

Settings are taken from the environment alone, as the workers' are, and no argument takes a secret.
--show-config ends with 1 where one is wrong, and shows what may be secret as `set`. Its JSON, one
a setting: `setting`, `set_by` (a variable, `default`, or null), `value` (null of what may be
secret), `secret`, `problem`.";

/// Returns the end of the help, with the settings.
fn epilogue() -> String {
    format!("{STATUS}\n\nSettings:\n{}", crate::settings::help())
}

/// Operates the two-factor workers.
#[derive(Debug, Parser)]
#[command(
    name = "twofactor-ctl",
    version,
    propagate_version = true,
    arg_required_else_help = true,
    before_long_help = "Example:\n  twofactor-ctl --show-config",
    after_long_help = epilogue()
)]
pub struct Cli {
    /// Writes data as JSON, for scripts.
    #[arg(long, global = true)]
    pub json: bool,
    /// Goes on without asking; needed where there is no terminal to ask on.
    #[arg(long, global = true)]
    pub yes: bool,
    /// Shows who set which setting, of the command or of all, and runs nothing.
    #[arg(long, global = true)]
    pub show_config: bool,
    /// The command.
    #[command(subcommand)]
    pub command: Option<Command>,
}

impl Cli {
    /// Reads the command line of this process; ends the process where it is wrong.
    pub fn read() -> Self {
        let cli = Self::parse();
        if cli.command.is_none() && !cli.show_config {
            let kind = ErrorKind::MissingSubcommand;
            let sentence = "Name a command; twofactor-ctl --help lists them.";
            Self::command().error(kind, sentence).exit();
        }
        cli
    }
}

/// A command.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Brings the database up to this release; run it as the owner, before the workers.
    ///
    /// Takes the database from `DATABASE_URL`, or from the file that `DATABASE_URL_FILE` names. One
    /// that a later release migrated stays as it is, since the workers of this one run on it.
    #[command(
        before_long_help = "Example:\n  twofactor-ctl migrate",
        after_long_help = "JSON: `applied`, the names of the migrations."
    )]
    Migrate,
    /// Looks at the keys that seal secrets and numbers, and seals anew under the current one.
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Looks at messages that the workers set aside, and discards them.
    #[command(subcommand)]
    Dead(DeadCommand),
    /// Shows why an event was decided as it was, from the trail and the state; shows no secret.
    ///
    /// Every fact is given with the row that it is from; a fact that is in no row is `not known`,
    /// with the reason. For 8 days the id of the event's outcome is accepted too: the `message_id`
    /// that the publisher got.
    #[command(
        before_long_help = "Example:\n  twofactor-ctl explain \
            0199f0a1-7c3e-7d60-9c1e-2f6f8a9b0c1d --source /crm",
        after_long_help = "JSON, one an event: `event_id`, `outcome_id`, `seq`, `outcome_type`, \
            `reason`, `via`, and `facts`: under the name of each its `fact` and `source`, or `why` \
            it is not known."
    )]
    Explain(Explain),
    /// Reads captured messages and says which member is wrong, why, and what a right one looks
    /// like.
    ///
    /// Needs no broker, database, keyring or setting. A file holds one JSON object, several, an
    /// array or JSON lines. A message is the event itself, or as RabbitMQ's management API,
    /// rabbitmqadmin and the tracing plugin show it: `{"routing_key", "properties", "payload"}`;
    /// where properties are shown, they are checked too. Every fault is reported, and no value of a
    /// message is shown. An outcome of the workers is reported as one, and is not checked.
    #[command(
        before_long_help = "Example:\n  twofactor-ctl lint capture.jsonl",
        after_long_help = "Ends with 1 where a message is wrong.\n\nJSON, one a message: `file`, \
            `message` (its number in the file), `line`, `verdict` (`right`, `wrong` or `outcome`), \
            `type` (null where the contract has no such type), `faults`: of each its `reason`, `field`, \
            `message`, `right` (what a right one looks like) and `about` (what the member is for), \
            each null where there is none; `hints`, likewise; `whole` (false where a fault hides \
            what follows)."
    )]
    Lint(Lint),
    /// Sets up methods that people had elsewhere, from a file of JSON lines.
    ///
    /// A line: `{"tenant_id", "user_id", "totp": {"secret", "set_up_at"}, "sms":
    /// {"mobile_number", "set_up_at"}}`, one method or both; the secret in base32 as apps take it,
    /// of 80 to 1,024 bits, the number in E.164. The file is UTF-8. The whole file is checked
    /// before anything is written, and problems are reported line by line. A person who was
    /// imported from the same line before is skipped, so an import that was interrupted goes on
    /// when it is run again. Each institution needs a policy first.
    #[command(
        before_long_help = "Example:\n  twofactor-ctl import people.jsonl --dry-run",
        after_long_help = "JSON: `imported`, `new` (to be imported), `already`, `left_out` (changed by others \
            meanwhile), `dry_run`."
    )]
    Import(Import),
    /// Takes the trail out for auditors, and looks at its seals.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Prints the completions for a shell.
    #[command(
        before_long_help = "Example:\n  twofactor-ctl completions bash > twofactor-ctl.bash",
        after_long_help = "JSON: `shell`, `text`."
    )]
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Prints the manual page.
    #[command(
        before_long_help = "Example:\n  twofactor-ctl man > twofactor-ctl.1",
        after_long_help = "JSON: `text`."
    )]
    Man,
}

/// A command about the keys.
#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// Shows how many values are sealed under each key; 1 where a key is missing.
    #[command(
        before_long_help = "Example:\n  twofactor-ctl keys status",
        after_long_help = "JSON, one a key: `key`, `values` (sealed under it), `current`, `in_keyring`."
    )]
    Status,
    /// Seals everything anew under the current key of `KEYRING_FILE`, while workers run.
    ///
    /// First add the new key to the keyring of every worker, then make it current there, then
    /// run this; a key under which nothing is sealed any more can be dropped.
    #[command(
        before_long_help = "Example:\n  twofactor-ctl keys rotate --dry-run",
        after_long_help = "JSON: `key`, `resealed`, `left` (under other keys), `dry_run`."
    )]
    Rotate {
        /// Only counts; 1 where there is something to seal anew.
        #[arg(long)]
        dry_run: bool,
    },
}

/// A command about dead letters. Takes the broker from `AMQP_URL` or `AMQP_URL_FILE`.
#[derive(Debug, Subcommand)]
pub enum DeadCommand {
    /// Lists what was set aside, oldest first, with the id and the source that its publisher knows.
    #[command(
        before_long_help = "Example:\n  twofactor-ctl dead list --service login",
        after_long_help = "JSON, one a letter: `id`, `service`, `at`, `reason`, `field`, `event_type`, \
            `event_id`, `event_source`; each is null where it could not be read."
    )]
    List {
        /// Of this worker alone.
        #[arg(long)]
        service: Option<Worker>,
        /// At most this many letters of each worker.
        #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=10_000))]
        limit: u32,
    },
    /// Shows one letter whole: its headers, and what is left of the message.
    #[command(
        before_long_help = "Example:\n  twofactor-ctl dead show \
            51f513af-af81-5c95-a282-2e929b8126e5",
        after_long_help = "JSON: `id`, `service`, `event_id`, `event_source`, `headers`, `body`."
    )]
    Show {
        /// Its id, as `dead list` names it.
        id: String,
    },
    /// Takes letters out for good; needs `DATABASE_URL` too, to record the run in the trail.
    #[command(
        before_long_help = "Example:\n  twofactor-ctl dead discard --all --service login",
        after_long_help = "JSON: `letters` (that were chosen), `discarded`, `dry_run`."
    )]
    Discard(Discard),
}

/// The letters to discard.
#[derive(Debug, Args)]
#[group(skip)]
pub struct Discard {
    /// Their ids, as `dead list` names them.
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    pub ids: Vec<String>,
    /// All that are there.
    #[arg(long)]
    pub all: bool,
    /// Of this worker alone.
    #[arg(long)]
    pub service: Option<Worker>,
    /// Only counts; 1 where there is something to discard.
    #[arg(long)]
    pub dry_run: bool,
}

/// A command about the trail.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Writes rows of the trail to standard output, in the order of `seq`.
    ///
    /// In CSV, a cell that a spreadsheet could take for a formula, since it begins with =, +, -, @,
    /// a tab or a line end, has a ' before it, so that it is shown as it is and computes nothing.
    /// JSON lines have every value as it is in the trail.
    #[command(
        before_long_help = "Example:\n  twofactor-ctl audit export --format csv --log reset",
        after_long_help = "JSON: `log` (`export`), then the rows as they are sealed: `log`, `seq` and the \
            columns of that log in the schema `audit`, and after its rows each seal: `from_seq`, \
            `to_seq`, `rows`, `digest`, `sealed_at`. `audit verify` takes it as it is."
    )]
    Export(Export),
    /// Recomputes the seals: of an export, with no database at all, or of the trail where it is.
    ///
    /// Ends with 1 where a seal does not hold, and names the first.
    #[command(
        before_long_help = "Example:\n  twofactor-ctl audit verify trail.jsonl",
        after_long_help = "JSON: `first_wrong` (the `from_seq` of the first seal that does not hold, or null); \
            of a file also `seals`, `rows`, `begins_after`, `unsealed`."
    )]
    Verify {
        /// An export as JSON lines; without it, the database of `DATABASE_URL`.
        file: Option<PathBuf>,
    },
    /// Seals the newest rows of the trail now, without waiting for the next seal in five minutes.
    #[command(
        before_long_help = "Example:\n  twofactor-ctl audit seal",
        after_long_help = "JSON, one a seal: `from_seq`, `to_seq`, `rows`, `digest`."
    )]
    Seal,
    /// Drops the months of the trail that ended `AUDIT_KEEP` ago (400d by default), as the owner.
    ///
    /// The run is recorded in the trail, and the seals that are left still hold.
    #[command(
        before_long_help = "Example:\n  twofactor-ctl audit drop --dry-run",
        after_long_help = "JSON: `months` and `rows` (that are old enough), `dropped` (rows), \
            `keep_days`, `dry_run`."
    )]
    Drop {
        /// Only counts; 1 where there is something to drop.
        #[arg(long)]
        dry_run: bool,
    },
}

/// The arguments of an export.
#[derive(Debug, Args)]
pub struct Export {
    /// CSV or JSON lines; --json means JSON lines too.
    #[arg(long, value_enum)]
    pub format: Option<Format>,
    /// One log alone; all logs without it.
    #[arg(long, value_enum)]
    pub log: Option<Log>,
    /// From this `seq` on.
    #[arg(long, default_value_t = 1)]
    pub from: i64,
    /// Up to this `seq`.
    #[arg(long)]
    pub to: Option<i64>,
}

/// The event.
#[derive(Debug, Args)]
pub struct Explain {
    /// The `id` of the event, or of its outcome.
    pub event_id: String,
    /// The event's `source`, where several publishers used the same id.
    #[arg(long)]
    pub source: Option<String>,
}

/// The messages to check.
#[derive(Debug, Args)]
pub struct Lint {
    /// The files; standard input where none is named, and for `-`.
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Takes the messages as if they were published now, so that a `time` that is too old or
    /// in the future is a fault, and not only a hint.
    #[arg(long)]
    pub now: bool,
}

/// The people to import.
#[derive(Debug, Args)]
pub struct Import {
    /// The file, JSON lines.
    pub file: PathBuf,
    /// Only checks; 1 where people would be imported, 4 where a line is wrong.
    #[arg(long)]
    pub dry_run: bool,
}

/// The form of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// One line of column names, then one line a row (RFC 4180); formulas are quoted.
    Csv,
    /// One JSON object a row.
    Jsonl,
}

/// A log of the trail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Log {
    /// `audit.login_log`
    Login,
    /// `audit.sms_log`
    Sms,
    /// `audit.enrollment_log`
    Enrollment,
    /// `audit.reset_log`
    Reset,
    /// `audit.text_log`
    Text,
    /// `audit.policy_log`
    Policy,
    /// `audit.operator_log`
    Operator,
}

/// A worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Worker {
    /// Logins.
    Login,
    /// Texts for logins.
    Sms,
    /// Set-ups, policies and profiles.
    Enrollment,
    /// Resets by administrators.
    Reset,
}

impl Log {
    /// Returns its name in the schema `audit`.
    pub const fn table(self) -> &'static str {
        match self {
            Self::Login => "login_log",
            Self::Sms => "sms_log",
            Self::Enrollment => "enrollment_log",
            Self::Reset => "reset_log",
            Self::Text => "text_log",
            Self::Policy => "policy_log",
            Self::Operator => "operator_log",
        }
    }
}

impl Worker {
    /// Returns the service that it runs.
    pub const fn service(self) -> Service {
        match self {
            Self::Login => Service::Login,
            Self::Sms => Service::Sms,
            Self::Enrollment => Service::Enrollment,
            Self::Reset => Service::Reset,
        }
    }
}
