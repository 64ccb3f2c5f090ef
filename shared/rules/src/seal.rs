//! The seals of the trail, and how to recompute them from an export alone.
//!
//! Each row of the trail has one line of JSON: the view `audit.lines` makes it, an export contains
//! it, and a seal covers it byte for byte. A seal covers the rows from one `seq` to another. Its
//! digest is the SHA-256 over the concatenation of: the digest of the previous seal (32 zero bytes
//! for the first), `from_seq`, `to_seq`, `rows` and `sealed_at` separated by spaces and followed by
//! a line feed, and the SHA-256 of each row's line without its line feed, in the order of `seq`. A
//! seal begins at the `seq` after the last one of the previous seal; the first begins at 1.
//!
//! An export has the lines of the rows in the order of `seq`, and the line of each seal after the
//! rows that it covers. [`Check`] reads it. This module knows no database and no file.

use jiff::Timestamp;
use jiff::fmt::strtime;
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// A SHA-256.
pub type Sha = [u8; 32];

/// One seal: a link of the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seal {
    /// The first `seq` that it covers.
    pub from_seq: i64,
    /// The last `seq` that it covers.
    pub to_seq: i64,
    /// Count of rows that it covers; a `seq` whose transaction failed has no row.
    pub rows: i64,
    /// Digest over these rows and the previous seal.
    pub digest: Sha,
    /// Time of the seal, to the microsecond.
    pub sealed_at: Timestamp,
}

impl Seal {
    /// Returns the digest as an export and the broadcast show it.
    pub fn hex(&self) -> String {
        data_encoding::HEXLOWER.encode(&self.digest)
    }

    /// Returns the digest that the seal must have after a seal with the digest `before`.
    pub fn digest_after(&self, before: Option<&Sha>, lines: &[Sha]) -> Sha {
        let mut hash = Sha256::new();
        hash.update(before.unwrap_or(&[0; 32]));
        let Self {
            from_seq,
            to_seq,
            rows,
            ..
        } = self;
        let sealed_at = strtime::format("%Y-%m-%dT%H:%M:%S%.6fZ", self.sealed_at)
            .expect("a moment has all of these");
        hash.update(format!("{from_seq} {to_seq} {rows} {sealed_at}\n"));
        for line in lines {
            hash.update(line);
        }
        hash.finalize().into()
    }
}

/// Returns the SHA-256 of a row's line.
pub fn line_hash(line: &str) -> Sha {
    Sha256::digest(line).into()
}

/// The error of a line that is neither a row nor a seal, or is in a wrong place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// It is neither a row nor a seal.
    #[error("it is not a line of an export; export again, as JSON lines")]
    Unreadable,
    /// Its `seq` is lower than that of the line before.
    #[error("it is out of order: rows come in the order of seq, a seal after its rows")]
    OutOfOrder,
}

/// The result of a check.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// `from_seq` of the first seal that is wrong, if any.
    pub first_wrong: Option<i64>,
    /// Count of recomputed seals.
    pub seals: u64,
    /// Count of rows that these seals cover.
    pub rows: u64,
    /// `to_seq` of the last seal that the export has at its start without the rows; the check has
    /// to trust it.
    pub begins_after: Option<i64>,
    /// Count of rows that no seal covers yet.
    pub unsealed: u64,
}

/// Reads an export line by line and recomputes its seals.
#[derive(Debug, Default)]
pub struct Check {
    /// `to_seq` and digest of the last seal.
    before: Option<(i64, Sha)>,
    /// `seq` of the last row or seal.
    last: Option<i64>,
    /// Hashes of the rows since the last seal.
    open: Vec<Sha>,
    found: Found,
}

/// The `log` of a first line that describes the export itself; no row has it.
const HEAD: &str = "export";

#[derive(Deserialize)]
struct Line {
    log: String,
    seq: Option<i64>,
    from_seq: Option<i64>,
    to_seq: Option<i64>,
    rows: Option<i64>,
    digest: Option<String>,
    sealed_at: Option<Timestamp>,
}

impl Check {
    /// Reads the next line, without its line feed. After an error the input is not a whole export,
    /// and the check cannot be used any more.
    pub fn line(&mut self, line: &str) -> Result<(), LineError> {
        let read: Line = serde_json::from_str(line).map_err(|_| LineError::Unreadable)?;
        if read.log == HEAD {
            return Ok(());
        }
        if read.log == "seals" {
            let seal = seal(&read).ok_or(LineError::Unreadable)?;
            return self.seal(&seal);
        }
        self.row(read.seq.ok_or(LineError::Unreadable)?, line_hash(line))
    }

    /// Returns the result for the lines read so far.
    pub fn finish(mut self) -> Found {
        self.found.unsealed = self.open.len() as u64;
        self.found
    }

    fn row(&mut self, seq: i64, hash: Sha) -> Result<(), LineError> {
        if self.last.is_some_and(|last| seq < last) {
            return Err(LineError::OutOfOrder);
        }
        self.last = Some(seq);
        self.open.push(hash);
        Ok(())
    }

    fn seal(&mut self, seal: &Seal) -> Result<(), LineError> {
        if self.last.is_some_and(|last| last > seal.to_seq) {
            return Err(LineError::OutOfOrder);
        }
        let open = std::mem::take(&mut self.open);
        if open.is_empty() && self.found.seals == 0 {
            // The rows of the first seals were dropped, or not exported.
            let follows = self.before.is_none_or(|(end, _)| seal.from_seq == end + 1);
            self.found.begins_after = Some(seal.to_seq);
            self.keep(seal, follows);
            return Ok(());
        }
        let end = self.before.as_ref().map_or(0, |(end, _)| *end);
        let before = self.before.as_ref().map(|(_, digest)| digest);
        let holds = seal.from_seq == end + 1
            && usize::try_from(seal.rows) == Ok(open.len())
            && seal.digest == seal.digest_after(before, &open);
        self.found.seals += 1;
        self.found.rows += open.len() as u64;
        self.keep(seal, holds);
        Ok(())
    }

    fn keep(&mut self, seal: &Seal, holds: bool) {
        if !holds {
            self.found.first_wrong.get_or_insert(seal.from_seq);
        }
        self.last = Some(seal.to_seq);
        self.before = Some((seal.to_seq, seal.digest));
    }
}

fn seal(line: &Line) -> Option<Seal> {
    let digest = line.digest.as_ref()?.as_bytes();
    let digest = data_encoding::HEXLOWER.decode(digest).ok()?;
    Some(Seal {
        from_seq: line.from_seq?,
        to_seq: line.to_seq?,
        rows: line.rows?,
        digest: digest.try_into().ok()?,
        sealed_at: line.sealed_at?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Makes an export with three seals: over the rows 1 and 3, over row 4, and over the rows 5 and
    /// 6. One row is not sealed yet.
    fn export() -> Vec<String> {
        let row = |seq: i64| format!(r#"{{"log":"login_log","seq":{seq},"reason":"é\n"}}"#);
        let mut lines = Vec::new();
        let mut before = None;
        for (from_seq, to_seq, rows) in [(1, 3, vec![1, 3]), (4, 4, vec![4]), (5, 6, vec![5, 6])] {
            let own: Vec<String> = rows.into_iter().map(row).collect();
            let hashes: Vec<Sha> = own.iter().map(|line| line_hash(line)).collect();
            let sealed_at = "2026-11-24T12:00:00.5Z".parse().expect("a moment");
            let mut seal = Seal {
                from_seq,
                to_seq,
                rows: i64::try_from(own.len()).expect("few"),
                digest: [0; 32],
                sealed_at,
            };
            seal.digest = seal.digest_after(before.as_ref(), &hashes);
            before = Some(seal.digest);
            lines.extend(own);
            lines.push(format!(
                r#"{{"log":"seals","from_seq":{from_seq},"to_seq":{to_seq},"rows":{},"digest":"{}","sealed_at":"2026-11-24T12:00:00.500000Z"}}"#,
                seal.rows,
                data_encoding::HEXLOWER.encode(&seal.digest)
            ));
        }
        lines.push(row(8));
        lines
    }

    fn check(lines: &[String]) -> Result<Found, LineError> {
        let mut check = Check::default();
        for line in lines {
            check.line(line)?;
        }
        Ok(check.finish())
    }

    #[test]
    fn a_whole_export_holds() {
        let found = check(&export()).expect("an export");
        let expected = Found {
            seals: 3,
            rows: 5,
            unsealed: 1,
            ..Found::default()
        };
        assert_eq!(found, expected);
        assert_eq!(check(&[]), Ok(Found::default()));
        let mut headed = export();
        headed.insert(0, r#"{"log":"export","schema":1}"#.to_owned());
        assert_eq!(
            check(&headed),
            check(&export()),
            "a first line describes the export alone"
        );
    }

    #[test]
    fn the_first_seal_that_does_not_hold_is_named() {
        type Tamper = fn(&mut Vec<String>);
        let table: [(&str, Tamper, i64); 8] = [
            ("changed", |all| all[3] = all[3].replace('é', "e"), 4),
            ("deleted", |all| drop(all.remove(1)), 1),
            (
                "inserted",
                |all| all.insert(1, r#"{"log":"a","seq":2}"#.into()),
                1,
            ),
            (
                "reordered",
                |all| {
                    let five = all[5].clone();
                    let six = all[6].clone();
                    all[5] = six.replace(":6", ":5");
                    all[6] = five.replace(":5", ":6").replace('é', "e");
                },
                5,
            ),
            ("seal gone", |all| drop(all.drain(3..5)), 5),
            (
                "seal moved",
                |all| all[4] = all[4].replace(".500", ".600"),
                4,
            ),
            (
                "a space more",
                |all| all[0] = all[0].replace("\":1", "\": 1"),
                1,
            ),
            (
                "rows",
                |all| all[4] = all[4].replace("\"rows\":1", "\"rows\":2"),
                4,
            ),
        ];
        for (name, tamper, wrong) in table {
            let mut lines = export();
            tamper(&mut lines);
            let found = check(&lines).expect("still an export");
            assert_eq!(found.first_wrong, Some(wrong), "{name}");
        }
    }

    #[test]
    fn an_export_may_begin_after_a_seal_that_is_trusted() {
        let lines = export()[2..].to_vec();
        let found = check(&lines).expect("an export");
        assert_eq!((found.begins_after, found.first_wrong), (Some(3), None));
        assert_eq!((found.seals, found.rows), (2, 3));
        // Also after several, whose order is checked.
        let mut two = vec![lines[0].clone(), lines[2].clone()];
        two.extend_from_slice(&lines[3..]);
        let found = check(&two).expect("an export");
        assert_eq!((found.begins_after, found.first_wrong), (Some(4), None));
        let gap = [lines[0].clone(), lines[5].clone()];
        assert_eq!(check(&gap).expect("an export").first_wrong, Some(5));
    }

    #[test]
    fn what_is_not_an_export_is_refused() {
        let all = export();
        let mut disorder = all.clone();
        disorder.swap(0, 1);
        assert_eq!(check(&disorder), Err(LineError::OutOfOrder));
        for line in [
            "",
            "seq,recorded_at",
            "{}",
            r#"{"log":"seals"}"#,
            r#"{"log":"a"}"#,
        ] {
            assert_eq!(
                check(&[line.to_owned()]),
                Err(LineError::Unreadable),
                "{line}"
            );
        }
        let late = [all[3].clone(), all[2].clone()];
        assert_eq!(check(&late), Err(LineError::OutOfOrder));
    }
}
