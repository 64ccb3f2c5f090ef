//! The whole file, read and parsed on every core, with the problems that need no database.
//!
//! It is UTF-8, with a byte order mark or without; other programs write UTF-16, which is named.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::sync::Arc;
use std::thread;

use futures::future::try_join_all;
use tokio::task::spawn_blocking;
use twofactor_contract::UserKey;
use twofactor_rules::keys::Hash;
use twofactor_rules::utf8_file::{self, NotUtf8};
use twofactor_rules::{Keys, Limits};

use crate::failure::Failure;
use crate::import::line::{self, Person};
use crate::import::problem::Problem;
use crate::progress::Progress;

/// Lines that one core reads at a time.
const PIECE: usize = 5_000;
/// The byte order mark that UTF-8 may begin with.
const MARK: &[u8] = "\u{feff}".as_bytes();
/// Bytes at the beginning in which UTF-16 is recognized, by its mark or by a zero.
const BEGIN: usize = 64;
/// Bytes of a line at most.
const LONGEST: usize = 8_192;

/// The contents of the file.
pub struct People {
    /// Everybody whose line is right, in the order of the file.
    pub people: Vec<Person>,
    /// The problems of all other lines.
    pub problems: Vec<Problem>,
}

/// Reads a file.
pub async fn read(path: &Path, keys: Arc<Keys>, limits: Limits) -> Result<People, Failure> {
    let unreadable = |error: &std::io::Error| {
        let name = path.display();
        let kind = error.kind();
        Failure::Setting(format!("{name} cannot be read ({kind}); check the path."))
    };
    let file = File::open(path).map_err(|error| unreadable(&error))?;
    let mut file = BufReader::new(file);
    let begin = file.fill_buf().map_err(|error| unreadable(&error))?;
    let begin = &begin[..begin.len().min(BEGIN)];
    if utf8_file::read(begin) == Err(NotUtf8::Utf16) {
        let name = path.display();
        return Err(Failure::Refused(format!("{name} {}.", NotUtf8::Utf16)));
    }
    if begin.starts_with(MARK) {
        file.consume(MARK.len());
    }
    let mut lines = file.split(b'\n').enumerate();
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let limits = Arc::new(limits);
    let mut all = People {
        people: Vec::new(),
        problems: Vec::new(),
    };
    let mut progress = Progress::new("lines read", None);
    loop {
        let mut pieces = Vec::new();
        for _ in 0..cores {
            let piece: Result<Vec<(usize, Vec<u8>)>, _> = lines
                .by_ref()
                .take(PIECE)
                .map(|(at, line)| line.map(|line| (at + 1, line)))
                .collect();
            pieces.push(piece.map_err(|error| unreadable(&error))?);
        }
        let count: usize = pieces.iter().map(Vec::len).sum();
        if count == 0 {
            break;
        }
        let parsing = pieces.into_iter().map(|piece| {
            let keys = keys.clone();
            let limits = limits.clone();
            spawn_blocking(move || parse(&piece, &keys, &limits))
        });
        let parsed = try_join_all(parsing).await.map_err(|_| {
            Failure::Refused("A line could not be read at all; report this.".to_owned())
        })?;
        for piece in parsed {
            all.people.extend(piece.people);
            all.problems.extend(piece.problems);
        }
        let at = all.people.last().map_or(0, |person| person.line);
        progress.advance(count as u64, &format!("line {at}"));
    }
    progress.end();
    repeats(&mut all);
    Ok(all)
}

fn parse(lines: &[(usize, Vec<u8>)], keys: &Keys, limits: &Limits) -> People {
    let mut parsed = People {
        people: Vec::with_capacity(lines.len()),
        problems: Vec::new(),
    };
    for (at, bytes) in lines {
        let input = match std::str::from_utf8(bytes) {
            Ok(input) if input.trim().is_empty() => continue,
            Ok(input) if input.len() <= LONGEST => input,
            Ok(_) => {
                parsed
                    .problems
                    .push(Problem::new(*at, "is longer than 8 KiB."));
                continue;
            }
            Err(_) => {
                parsed.problems.push(Problem::new(*at, "is not UTF-8."));
                continue;
            }
        };
        match line::parse(*at, input, keys, limits) {
            Ok(person) => parsed.people.push(person),
            Err(sentence) => parsed.problems.push(Problem::new(*at, sentence)),
        }
    }
    parsed
}

/// Notes people who are in the file twice, and numbers that serve two people of an institution.
fn repeats(all: &mut People) {
    let mut users: HashMap<&UserKey, usize> = HashMap::with_capacity(all.people.len());
    let mut numbers: HashMap<(&str, &Hash), &Person> = HashMap::new();
    for person in &all.people {
        if let Some(first) = users.insert(&person.import.user, person.line) {
            let sentence = format!("is about the same person as line {first}.");
            all.problems.push(Problem::new(person.line, sentence));
            continue;
        }
        let Some(phone) = &person.import.sms else {
            continue;
        };
        let number = (person.import.user.tenant.as_str(), &phone.lookup);
        if let Some(other) = numbers.insert(number, person) {
            let tenant = &person.import.user.tenant;
            let line = other.line;
            let user = &other.import.user.user;
            let sentence = format!(
                "shares its mobile number with line {line} ({user}); a number serves one person \
                 of {tenant}."
            );
            all.problems.push(Problem::new(person.line, sentence));
        }
    }
}
