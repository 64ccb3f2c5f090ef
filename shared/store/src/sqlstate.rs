//! SQLSTATEs by their cause: another worker, the server, the set-up, or the event.
//!
//! The classes and codes are those of appendix A of the manuals of Postgres 15 to 18; the test
//! has every one of them. Only the classes about values can be the event's fault. A code that is
//! not listed here has an unknown cause, so it is never taken for the event's alone.

use crate::fate::Fate;

/// Cause of a SQLSTATE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trouble {
    /// Another worker changed the rows first, or the transaction idled too long and was ended.
    Overtaken,
    /// The server, or the way to it: away, not the primary, out of a resource, or damaged.
    Server,
    /// The set-up: rights, names, the schema, a pooler in between.
    SetUp,
    /// A value of the event.
    Event,
    /// Unknown: a fault of this release or of the server, or something that an event triggers
    /// there.
    Unknown,
}

impl Trouble {
    fn fate(self) -> Fate {
        match self {
            Self::Overtaken => Fate::DecideAgain,
            Self::Server | Self::SetUp => Fate::Wait,
            Self::Event => Fate::SetAside,
            Self::Unknown => Fate::Unsure,
        }
    }
}

/// Returns the fate of a batch one of whose statements was refused with that SQLSTATE.
pub(crate) fn fate_of(state: &str) -> Fate {
    trouble(state).unwrap_or(Trouble::Unknown).fate()
}

/// Looks up the code itself if it differs from its class, else its class.
fn trouble(state: &str) -> Option<Trouble> {
    let of = |name: &str, table: &[(Trouble, &[&str])]| {
        let mut rows = table.iter();
        let row = rows.find(|(_, names)| names.contains(&name))?;
        Some(row.0)
    };
    of(state, CODES).or_else(|| of(state.get(..2)?, CLASSES))
}

/// Codes whose cause differs from that of their class.
const CODES: &[(Trouble, &[&str])] = &[
    // Unique or exclusion violation: somebody else wrote first. A transaction that idled too long
    // lost its locks, and a smaller batch is faster.
    (Trouble::Overtaken, &["23505", "23P01", "25P03"]),
    // The answers show whether it committed, once the server responds again.
    (Trouble::Server, &["40003"]),
    // A sequence that is exhausted is so for every event.
    (Trouble::Server, &["2200H"]),
    // Read-only: a standby, a full disk.
    (Trouble::Server, &["25006"]),
    // A database of another encoding.
    (Trouble::SetUp, &["22P05"]),
    // A pooler that gives each transaction, or each statement, another session.
    (Trouble::SetUp, &["25001", "25P01", "25P02", "42P05"]),
    // Names and rights that a migration makes, or an administrator.
    (
        Trouble::SetUp,
        &["42501", "42703", "42704", "42883", "42P01", "42P02"],
    ),
    // A file of the server's that it cannot read.
    (Trouble::Unknown, &["22P04"]),
    // Somebody cancelled the statement, it exceeded a time limit of that server, or somebody holds a
    // lock for long. Smaller batches may get through, and one that never does must not delay the
    // others.
    (Trouble::Unknown, &["57014", "25P04", "55P03"]),
];

const CLASSES: &[(Trouble, &[&str])] = &[
    // Transaction rollback, snapshot too old.
    (Trouble::Overtaken, &["40", "72"]),
    // Connection, resources, not in the state for it (a recovery), intervention of an operator, system and input or output, configuration file.
    (Trouble::Server, &["08", "53", "55", "57", "58", "F0"]),
    // Grants, roles, authorization; database, schema or prepared statement that is not there.
    (Trouble::SetUp, &["0L", "0P", "28", "3D", "3F", "26"]),
    // Data, integrity.
    (Trouble::Event, &["22", "23"]),
    // Success and warnings: they should never arrive as an error.
    (Trouble::Unknown, &["00", "01", "02", "03"]),
    // Triggers, features, states of transactions and cursors, diagnostics, cardinality, routines,
    // savepoints, views, XQuery: faults of this release.
    (
        Trouble::Unknown,
        &[
            "09", "0A", "0B", "0F", "0Z", "10", "20", "21", "24", "25", "27", "2B", "2D", "2F",
            "34", "38", "39", "3B", "44",
        ],
    ),
    // Syntax and access rules beyond those above; limits of the program; foreign data; PL/pgSQL;
    // internal.
    (Trouble::Unknown, &["42", "54", "HV", "P0", "XX"]),
];

/// Advice to the operator about a SQLSTATE, as the rest of a sentence.
pub(crate) fn advice(state: &str) -> &'static str {
    match state {
        "08P01" => {
            "if a pooler is in between, look into its log: it must be in session mode and know the \
             user and the database of DATABASE_URL"
        }
        "28000" | "28P01" => "check the user and the password of DATABASE_URL",
        "3D000" => "check the database name of DATABASE_URL",
        "26000" | "42P05" | "25001" | "25P01" => {
            "a pooler in between must give each connection a session of its own, such as PgBouncer \
             with pool_mode = session"
        }
        "42P01" | "42703" | "42883" | "3F000" => "run twofactor-ctl migrate",
        "42501" => "run twofactor-ctl migrate as the owner, and check the role of DATABASE_URL",
        "25006" => "point DATABASE_URL at the primary, or make the database writable",
        "53100" => "free some disk space",
        "53300" => "raise max_connections or lower DB_POOL",
        "57P01" | "57P02" | "57P03" => "it is stopping, starting or recovering, and is tried again",
        "57014" | "25P04" => "raise the time that it allows to a statement or a transaction",
        "55P03" => "somebody holds a lock for long: look into pg_stat_activity",
        _ => "look the code up in the database's log",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every SQLSTATE of appendix A of Postgres 15, and what 17 (25P04) and 18 (10608, 58P03) add;
    /// 72000 went with 17.
    const APPENDIX_A: &str = "
        00000 01000 01003 01004 01006 01007 01008 0100C 01P01 02000 02001 03000 08000 08001
        08003 08004 08006 08007 08P01 09000 0A000 0B000 0F000 0F001 0L000 0LP01 0P000 0Z000
        0Z002 10608 20000 21000 22000 22001 22002 22003 22004 22005 22007 22008 22009 2200B
        2200C 2200D 2200F 2200G 2200H 2200L 2200M 2200N 2200S 2200T 22010 22011 22012 22013
        22014 22015 22016 22018 22019 2201B 2201E 2201F 2201G 2201W 2201X 22021 22022 22023
        22024 22025 22026 22027 2202E 2202G 2202H 22030 22031 22032 22033 22034 22035 22036
        22037 22038 22039 2203A 2203B 2203C 2203D 2203E 2203F 2203G 22P01 22P02 22P03 22P04
        22P05 22P06 23000 23001 23502 23503 23505 23514 23P01 24000 25000 25001 25002 25003
        25004 25005 25006 25007 25008 25P01 25P02 25P03 25P04 26000 27000 28000 28P01 2B000
        2BP01 2D000 2F000 2F002 2F003 2F004 2F005 34000 38000 38001 38002 38003 38004 39000
        39001 39004 39P01 39P02 39P03 3B000 3B001 3D000 3F000 40000 40001 40002 40003 40P01
        42000 42501 42601 42602 42611 42622 42701 42702 42703 42704 42710 42712 42723 42725
        42803 42804 42809 42830 42846 42883 428C9 42939 42P01 42P02 42P03 42P04 42P05 42P06
        42P07 42P08 42P09 42P10 42P11 42P12 42P13 42P14 42P15 42P16 42P17 42P18 42P19 42P20
        42P21 42P22 44000 53000 53100 53200 53300 53400 54000 54001 54011 54023 55000 55006
        55P02 55P03 55P04 57000 57014 57P01 57P02 57P03 57P04 57P05 58000 58030 58P01 58P02
        58P03 72000 F0000 F0001 HV000 HV001 HV002 HV004 HV005 HV006 HV007 HV008 HV009 HV00A
        HV00B HV00C HV00D HV00J HV00K HV00L HV00M HV00N HV00P HV00Q HV00R HV010 HV014 HV021
        HV024 HV090 HV091 P0000 P0001 P0002 P0003 P0004 XX000 XX001 XX002
";

    fn all() -> impl Iterator<Item = &'static str> {
        APPENDIX_A.split_whitespace()
    }

    #[test]
    fn every_sqlstate_of_postgres_has_a_cause_and_that_of_a_new_one_is_unknown() {
        assert_eq!(all().count(), 263);
        for state in all() {
            assert!(trouble(state).is_some(), "{state}");
        }
        for state in ["ZZ000", "", "2", "TF002", "99999"] {
            assert_eq!(trouble(state), None, "{state}");
            assert_eq!(fate_of(state), Fate::Unsure, "{state}");
        }
    }

    #[test]
    fn only_values_are_an_events_own_fault() {
        let conflicts = ["23505", "23P01"];
        let not_values = ["2200H", "22P04", "22P05"];
        for state in all() {
            let is_about_values = (state.starts_with("22") || state.starts_with("23"))
                && !conflicts.contains(&state)
                && !not_values.contains(&state);
            assert_eq!(fate_of(state) == Fate::SetAside, is_about_values, "{state}");
        }
    }

    #[test]
    fn every_other_sqlstate_is_decided_again_waited_for_or_unsure() {
        let of = |fate| -> Vec<&str> { all().filter(|state| fate_of(state) == fate).collect() };
        let again = [
            "23505", "23P01", "25P03", "40000", "40001", "40002", "40P01", "72000",
        ];
        assert_eq!(of(Fate::DecideAgain), again);
        let waited_for = "
            08000 08001 08003 08004 08006 08007 08P01 0L000 0LP01 0P000 2200H 22P05 25001 25006
            25P01 25P02 26000 28000 28P01 3D000 3F000 40003 42501 42703 42704 42883 42P01 42P02
            42P05 53000 53100 53200 53300 53400 55000 55006 55P02 55P04 57000 57P01 57P02
            57P03 57P04 57P05 58000 58030 58P01 58P02 58P03 F0000 F0001";
        let waited_for: Vec<&str> = waited_for.split_whitespace().collect();
        assert_eq!(of(Fate::Wait), waited_for);
        for state in [
            "0A000", "21000", "42601", "54000", "54001", "55P03", "57014", "P0001", "XX000",
        ] {
            assert_eq!(fate_of(state), Fate::Unsure, "{state}");
        }
    }

    #[test]
    fn an_operator_gets_advice_about_what_can_be_fixed() {
        for state in [
            "08P01", "25006", "26000", "28P01", "3D000", "42501", "42P01", "53300",
        ] {
            assert_ne!(advice(state), advice("XX000"), "{state}");
        }
    }
}
