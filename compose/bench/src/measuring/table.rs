//! The figures as a table for people: a row a thing, a column a number.

use std::collections::BTreeSet;

use super::figure::{Figure, text};
use super::goal::Goal;

/// The tables of all benchmarks, and what became of their goals.
pub fn of(figures: &[Figure], goals: &[Goal]) -> String {
    let mut tables = String::new();
    let mut rest = figures;
    while let Some(first) = rest.first() {
        let same = rest.iter().take_while(|one| one.bench() == first.bench());
        let (bench, others) = rest.split_at(same.count());
        tables.push_str(&one(bench));
        rest = others;
    }
    for goal in goals {
        tables.push_str(&goal.row());
        tables.push('\n');
    }
    tables
}

fn one(figures: &[Figure]) -> String {
    let names: BTreeSet<&str> = figures
        .iter()
        .flat_map(|figure| figure.medians().into_keys())
        .collect();
    let bench = figures.first().map_or("", Figure::bench);
    let mut rows = vec![vec![bench.to_owned()]];
    rows[0].extend(names.iter().map(|name| (*name).to_owned()));
    for figure in figures {
        let cell = |name: &&str| {
            let value = figure.median(name);
            value.map_or_else(String::new, text)
        };
        let mut row = vec![figure.what().to_owned()];
        row.extend(names.iter().map(cell));
        rows.push(row);
    }
    let columns = 0..=names.len();
    let length = |row: &Vec<String>, column: usize| row[column].chars().count();
    let widths: Vec<usize> = columns
        .map(|column| rows.iter().map(|row| length(row, column)).max())
        .map(Option::unwrap_or_default)
        .collect();
    let mut table = String::from("\n");
    for row in &rows {
        for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
            let cell = if column == 0 {
                format!("  {cell:<width$}")
            } else {
                format!("  {cell:>width$}")
            };
            table.push_str(&cell);
        }
        table.push('\n');
    }
    table
}

#[cfg(test)]
mod tests {
    use super::super::figure::Run;
    use super::*;

    #[test]
    fn a_row_has_a_cell_for_each_number_of_its_table() {
        let figures = [
            Figure::new("drain", "worker", vec![Run::from([("per_s", 7000.4)])]),
            Figure::new("drain", "obvious", vec![Run::from([("cpu_us", 1.5)])]),
        ];
        let table = of(&figures, &[]);
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(lines[1], "  drain    cpu_us  per_s");
        assert_eq!(lines[2], "  worker            7000");
        assert_eq!(lines.len(), 4, "{table}");
    }
}
