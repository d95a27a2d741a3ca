//! What a relation means and holds, for people.

use super::rows::TableRows;
use super::{grid, text::Sections};
use crate::cli::{human, style};
use crate::run::report::ShowReport;
use crate::warehouse::{Column, Value};

/// Documentation, columns and sample, for a terminal of that width.
pub(in crate::cli) fn shown(report: &ShowReport, width: Option<u16>) -> String {
    let mut page = Sections::airy();
    page.head(&format!(
        "{} {}",
        style::title(&report.relation),
        style::dim(format!("{}, {}", report.kind, report.path))
    ));
    let room = width.map_or(100, usize::from).clamp(40, 100);
    page.head(&wrapped(&report.description, room));
    let mut facts = Sections::dense();
    let list = |names: &[String]| {
        if names.is_empty() {
            Vec::new()
        } else {
            lines(&names.join(", "), room - 12)
        }
    };
    if report.materialization != report.kind {
        facts.section("Built as", std::slice::from_ref(&report.materialization));
    }
    facts.section("Made from", &list(&report.depends_on));
    facts.section("Used by", &list(&report.used_by));
    facts.section("Tags", &list(&report.tags));
    let rows = report.rows.map_or_else(
        || style::warn("not built yet; cca backfill"),
        |rows| human::plural(rows, "row"),
    );
    facts.section("Holds", &[rows]);
    let mut text = page.finish();
    text.push('\n');
    text.push_str(&facts.finish());
    text.push('\n');
    let columns: Vec<Vec<String>> = report
        .columns
        .iter()
        .map(|column| {
            vec![
                column.name.clone(),
                column.type_name.clone(),
                column.description.clone(),
            ]
        })
        .collect();
    text.push_str(&grid(&["column", "type", "meaning"], &[], &columns, width));
    if !report.sample.is_empty() {
        text.push('\n');
        text.push_str(&sample(report, width));
    }
    text
}

fn sample(report: &ShowReport, width: Option<u16>) -> String {
    let columns: Vec<Column> = report
        .columns
        .iter()
        .map(|column| Column {
            name: column.name.clone(),
            type_name: column.type_name.to_uppercase(),
        })
        .collect();
    let mut table = TableRows::default();
    for row in &report.sample {
        let values: Vec<Value> = columns
            .iter()
            .map(|column| row.get(&column.name).cloned().unwrap_or(Value::Null))
            .collect();
        table.row(&values);
    }
    table.finish(&columns, width)
}

fn wrapped(text: &str, width: usize) -> String {
    lines(text, width).join("\n")
}

/// A text in lines of at most `width` characters, as far as its words allow.
fn lines(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::report::ShownColumn;

    fn report() -> ShowReport {
        ShowReport {
            name: "agg_x".to_owned(),
            kind: "model".to_owned(),
            materialization: "table".to_owned(),
            relation: "marts.agg_x".to_owned(),
            path: "sql/models/marts/agg_x.sql".to_owned(),
            origin: "embedded".to_owned(),
            tags: vec!["marts".to_owned()],
            depends_on: vec!["fct_a".to_owned(), "raw.b".to_owned()],
            used_by: Vec::new(),
            description: "Grain: one row per day. Key: day. Days are UTC.".to_owned(),
            columns: vec![
                ShownColumn {
                    name: "day".to_owned(),
                    type_name: "date".to_owned(),
                    description: "Day.".to_owned(),
                },
                ShownColumn {
                    name: "tokens".to_owned(),
                    type_name: "bigint".to_owned(),
                    description: "SUM(tokens).".to_owned(),
                },
            ],
            rows: Some(1234),
            sample: vec![
                [
                    ("day", Value::from("2026-01-02")),
                    ("tokens", Value::from(17_i64)),
                ]
                .map(|(name, value)| (name.to_owned(), value))
                .into(),
            ],
        }
    }

    fn plain(report: &ShowReport) -> String {
        anstream::adapter::strip_str(&shown(report, Some(60))).to_string()
    }

    #[test]
    fn meaning_columns_and_rows_are_shown() {
        insta::assert_snapshot!(plain(&report()), @r"
        marts.agg_x model, sql/models/marts/agg_x.sql
        Grain: one row per day. Key: day. Days are UTC.

        Built as    table
        Made from   fct_a, raw.b
        Tags        marts
        Holds       1,234 rows

         column   type     meaning
        ────────────────────────────────
         day      date     Day.
         tokens   bigint   SUM(tokens).

         day          tokens
        ─────────────────────
         2026-01-02       17
        ");
    }

    #[test]
    fn what_is_not_built_says_how() {
        let report = ShowReport {
            rows: None,
            sample: Vec::new(),
            ..report()
        };
        assert!(plain(&report).contains("not built yet; cca backfill"));
    }
}
