//! A table with a head, rows, rules and styled cells, as wide as it needs.

use super::super::text::{left, right, widest};
use crate::cli::style;

/// Blanks between columns.
const GAP: &str = "  ";

/// How a row stands out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    Plain,
    /// A part of the row above.
    Part,
    /// A sum.
    Total,
}

/// Where the text of a column stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Left,
    Right,
    /// A bar, styled as one.
    Bar,
}

/// Collects rows.
pub(super) struct Table {
    columns: Vec<(&'static str, Side)>,
    rows: Vec<(Weight, Vec<String>)>,
}

impl Table {
    pub(super) fn new(columns: Vec<(&'static str, Side)>) -> Self {
        Self {
            columns,
            rows: Vec::new(),
        }
    }

    pub(super) fn row(&mut self, weight: Weight, cells: Vec<String>) {
        self.rows.push((weight, cells));
    }

    pub(super) fn finish(self) -> String {
        let widths: Vec<usize> = self
            .columns
            .iter()
            .enumerate()
            .map(|(at, (title, _))| {
                let cells = self.rows.iter().filter_map(|(_, row)| row.get(at));
                widest(cells.map(String::as_str).chain([*title]), usize::MAX)
            })
            .collect();
        let total: usize =
            widths.iter().sum::<usize>() + GAP.len() * widths.len().saturating_sub(1);
        let rule = style::dim("─".repeat(total));
        let titles: Vec<String> = self
            .columns
            .iter()
            .map(|(title, _)| (*title).to_owned())
            .collect();
        let mut text = String::new();
        let mut push = |line: &str| {
            text.push_str(line.trim_end());
            text.push('\n');
        };
        push(&style::title(
            self.line(&titles, &widths, &|text, _| text).trim_end(),
        ));
        push(&rule);
        let mut before = Weight::Plain;
        for (weight, cells) in &self.rows {
            if *weight == Weight::Total && before != Weight::Total {
                push(&rule);
            }
            before = *weight;
            let styled = |cell: String, side: Side| match (side, weight) {
                (Side::Bar, _) => style::bar(cell),
                (_, Weight::Part) => style::dim(cell),
                (_, Weight::Total) => style::title(cell),
                (_, Weight::Plain) => cell,
            };
            push(&self.line(cells, &widths, &styled));
        }
        text
    }

    fn line(
        &self,
        cells: &[String],
        widths: &[usize],
        styled: &dyn Fn(String, Side) -> String,
    ) -> String {
        let mut parts = Vec::with_capacity(cells.len());
        let last = self.columns.len().saturating_sub(1);
        // Nothing is padded after the last text.
        let length = cells.iter().rposition(|cell| !cell.is_empty());
        let filled = cells.iter().take(length.map_or(0, |at| at + 1));
        for (at, (cell, (_, side))) in filled.zip(&self.columns).enumerate() {
            let width = widths.get(at).copied().unwrap_or(0);
            let padded = match side {
                Side::Right => right(cell, width),
                Side::Left | Side::Bar if at == last => cell.clone(),
                Side::Left | Side::Bar => left(cell, width),
            };
            parts.push(styled(padded, *side));
        }
        parts.join(GAP)
    }
}
