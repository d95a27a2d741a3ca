//! Rows of a result: a table for people, an array of objects or CSV as they come.

use std::io::Write;

use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use comfy_table::{Cell, CellAlignment, ContentArrangement, LineStyle, Table, TableStyle};
use serde::Serializer as _;
use serde::ser::SerializeMap;

use super::text::{left, widest};
use crate::cli::style;
use crate::error::{Error, Result};
use crate::warehouse::{Column, Value};

/// Blanks between columns.
const CELL_PADDING: usize = 3;
/// Columns narrower than this wrap words.
const NARROWEST_COLUMN: usize = 12;
/// Longest text in a cell for people.
const LONGEST_CELL: usize = 200;

const STYLE: TableStyle = UTF8_HORIZONTAL_ONLY
    .top_border(LineStyle::none())
    .header_separator(LineStyle::none().fill('─').junction('─'))
    .row_separator(LineStyle::none())
    .bottom_border(LineStyle::none());

/// Collects rows and prints a table at the end.
#[derive(Default)]
pub(in crate::cli) struct TableRows {
    rows: Vec<Vec<String>>,
}

impl TableRows {
    /// Takes a row.
    pub(in crate::cli) fn row(&mut self, row: &[Value]) {
        self.rows.push(row.iter().map(cell_text).collect());
    }

    /// Rows taken.
    pub(in crate::cli) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The table; one record after the other where a table of that width would be unreadable.
    pub(in crate::cli) fn finish(self, columns: &[Column], width: Option<u16>) -> String {
        let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
        if width.is_some_and(|width| is_crowded(&names, &self.rows, usize::from(width))) {
            return records(&names, &self.rows);
        }
        let numbers: Vec<bool> = columns
            .iter()
            .map(|column| is_number(&column.type_name))
            .collect();
        grid(&names, &numbers, &self.rows, width)
    }
}

/// Whether the columns do not fit and would have to wrap to a few characters each.
fn is_crowded(names: &[&str], rows: &[Vec<String>], width: usize) -> bool {
    let natural: usize = names
        .iter()
        .enumerate()
        .map(|(index, name)| {
            let cells = rows
                .iter()
                .filter_map(|row| row.get(index))
                .map(String::as_str);
            widest(cells.chain([*name]), usize::MAX) + CELL_PADDING
        })
        .sum();
    natural > width && width / names.len().max(1) < NARROWEST_COLUMN
}

/// One line per value, with a line before every row.
fn records(names: &[&str], rows: &[Vec<String>]) -> String {
    let margin = widest(names.iter().copied(), usize::MAX);
    let mut text = String::new();
    for (index, row) in rows.iter().enumerate() {
        text.push_str(&style::dim(format!("── row {} ──", index + 1)));
        text.push('\n');
        for (name, value) in names.iter().zip(row) {
            let line = format!("{}  {value}", style::name(left(name, margin)));
            text.push_str(line.trim_end());
            text.push('\n');
        }
    }
    text
}

/// A table of texts; numbers to the right.
pub(in crate::cli) fn grid(
    names: &[&str],
    numbers: &[bool],
    rows: &[Vec<String>],
    width: Option<u16>,
) -> String {
    let mut table = Table::new();
    table.load_style(STYLE).force_no_tty();
    if let Some(width) = width {
        table
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(width);
    }
    let aligned = |index: usize, text: &str| {
        let right = numbers.get(index).copied().unwrap_or(false);
        let side = if right {
            CellAlignment::Right
        } else {
            CellAlignment::Left
        };
        Cell::new(text).set_alignment(side)
    };
    let line = |texts: &mut dyn Iterator<Item = &str>| -> Vec<Cell> {
        texts
            .enumerate()
            .map(|(index, text)| aligned(index, text))
            .collect()
    };
    table.set_header(line(&mut names.iter().copied()));
    for row in rows {
        table.add_row(line(&mut row.iter().map(String::as_str)));
    }
    let mut text = String::new();
    for line in table.lines() {
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

fn is_number(type_name: &str) -> bool {
    const NUMBERS: [&str; 12] = [
        "TINYINT",
        "SMALLINT",
        "INTEGER",
        "BIGINT",
        "HUGEINT",
        "UTINYINT",
        "USMALLINT",
        "UINTEGER",
        "UBIGINT",
        "UHUGEINT",
        "FLOAT",
        "DOUBLE",
    ];
    NUMBERS.contains(&type_name) || type_name.starts_with("DECIMAL(") && type_name.ends_with(')')
}

/// Control characters would move the cursor; long texts hide the rest.
fn cell_text(value: &Value) -> String {
    let text = value.to_string();
    let mut shown: String = text
        .chars()
        .take(LONGEST_CELL)
        .map(|c| {
            if c == '\n' {
                '⏎'
            } else if c.is_control() {
                '·'
            } else {
                c
            }
        })
        .collect();
    if text.chars().count() > LONGEST_CELL {
        shown.push('…');
    }
    shown
}

/// Writes an array of objects, row by row. Columns of the same name get a number.
pub(in crate::cli) struct JsonRows<W: Write> {
    out: W,
    names: Vec<String>,
    started: bool,
}

impl<W: Write> JsonRows<W> {
    /// Begins an array.
    pub(in crate::cli) fn new(out: W) -> Self {
        Self {
            out,
            names: Vec::new(),
            started: false,
        }
    }

    /// Writes a row.
    pub(in crate::cli) fn row(&mut self, columns: &[Column], row: &[Value]) -> std::io::Result<()> {
        if !self.started {
            self.names = distinct_names(columns);
        }
        self.out
            .write_all(if self.started { b",\n" } else { b"[\n" })?;
        self.started = true;
        let mut json = serde_json::Serializer::new(&mut self.out);
        let mut map = json.serialize_map(Some(row.len()))?;
        for (name, value) in self.names.iter().zip(row) {
            map.serialize_entry(name, value)?;
        }
        map.end()?;
        Ok(())
    }

    /// Ends the array.
    pub(in crate::cli) fn finish(mut self) -> std::io::Result<()> {
        self.out
            .write_all(if self.started { b"\n]\n" } else { b"[]\n" })?;
        self.out.flush()
    }
}

fn distinct_names(columns: &[Column]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for column in columns {
        let mut name = column.name.clone();
        let mut number = 1;
        while names.contains(&name) {
            number += 1;
            name = format!("{}_{number}", column.name);
        }
        names.push(name);
    }
    names
}

/// Writes CSV, row by row, with a line of names.
pub(in crate::cli) struct CsvRows<W: Write> {
    out: csv::Writer<W>,
    started: bool,
}

impl<W: Write> CsvRows<W> {
    /// Begins a file.
    pub(in crate::cli) fn new(out: W) -> Self {
        Self {
            out: csv::Writer::from_writer(out),
            started: false,
        }
    }

    /// Writes a row.
    pub(in crate::cli) fn row(&mut self, columns: &[Column], row: &[Value]) -> Result<()> {
        self.names(columns)?;
        self.out
            .write_record(row.iter().map(ToString::to_string))
            .map_err(|error| failed(&error))
    }

    /// Ends the file; without rows there is still the line of names.
    pub(in crate::cli) fn finish(mut self, columns: &[Column]) -> Result<()> {
        self.names(columns)?;
        self.out.flush().map_err(|error| failed(&error.into()))
    }

    fn names(&mut self, columns: &[Column]) -> Result<()> {
        if self.started || columns.is_empty() {
            return Ok(());
        }
        self.started = true;
        let names = columns.iter().map(|column| column.name.as_str());
        self.out.write_record(names).map_err(|error| failed(&error))
    }
}

fn failed(error: &csv::Error) -> Error {
    Error::unavailable("failed to write CSV").cause(error)
}

#[cfg(test)]
#[path = "rows_tests.rs"]
mod tests;
