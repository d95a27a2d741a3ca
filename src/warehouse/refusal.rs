//! What the engine says about SQL it refuses: the message, the place in the statement, and the
//! names it may have meant.

use crate::error::nearest;

/// A place in a text of SQL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// The part of the line that the engine shows, and the column in it, from 0.
    shown: String,
    caret: Option<usize>,
}

impl Position {
    /// The place in a text that begins after `before` lines of the statement.
    #[must_use]
    pub fn after(self, before: usize) -> Self {
        Self {
            line: self.line.saturating_sub(before),
            ..self
        }
    }

    /// Column from 0 in the whole line `text`, of which the engine may show a part only: that of
    /// the first letter if it does not say where.
    #[must_use]
    pub fn column(&self, text: &str) -> usize {
        let first = text.chars().take_while(|letter| letter.is_whitespace());
        let first = first.count();
        let (part, caret) = self.part();
        match (text.find(part), caret) {
            (Some(at), Some(caret)) => {
                let before = text.get(..at).unwrap_or_default();
                before.chars().count() + caret
            }
            _ => first,
        }
    }

    /// The part of the line that the engine shows, and the column of the place in it, in letters
    /// from 0, where it says so.
    #[must_use]
    pub fn part(&self) -> (&str, Option<usize>) {
        let start = self.shown.strip_prefix("...").unwrap_or(&self.shown);
        let left_out = self.shown.len() - start.len();
        let part = start.strip_suffix("...").unwrap_or(start);
        (
            part,
            self.caret.and_then(|caret| caret.checked_sub(left_out)),
        )
    }
}

/// Separates the message from the `LINE n: …` the engine puts behind it, and from a suggestion at
/// its end, which is given as a hint.
#[must_use]
pub fn split_refusal(text: &str) -> (String, Option<Position>) {
    let (message, position) = match text.split_once("LINE ") {
        Some((before, after)) => match position(after) {
            Some(position) => (before, Some(position)),
            None => (text, None),
        },
        None => (text, None),
    };
    (message.trim().to_owned(), position)
}

/// The name that is nearest to the one the engine does not know, from its own suggestion or the
/// candidates it lists.
#[must_use]
pub fn meant_name(message: &str) -> Option<&str> {
    let wanted = between(message, "Referenced column \"", "\"")
        .or_else(|| between(message, "does not have a column named \"", "\""))
        .or_else(|| between(message, "Referenced table \"", "\""))
        .or_else(|| missing_table(message));
    if let Some(name) = between(message, "Did you mean \"", "\"") {
        return match missing_table(message) {
            Some(table) => nearest(table, [name]),
            None => Some(name),
        };
    }
    let (_, list) = message
        .split_once("Candidate bindings: ")
        .or_else(|| message.split_once("Candidate tables: "))?;
    let candidates: Vec<&str> = list
        .split('"')
        .skip(1)
        .step_by(2)
        .map(|name| name.rsplit('.').next().unwrap_or(name))
        .collect();
    nearest(wanted?, candidates)
}

/// The table that is not there, in a message that says so.
#[must_use]
pub fn missing_table(message: &str) -> Option<&str> {
    let table = between(message, "Table with name ", " does not exist")?;
    Some(table.trim_matches('"'))
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    let (_, after) = text.split_once(start)?;
    after.split_once(end).map(|(inside, _)| inside)
}

fn position(after: &str) -> Option<Position> {
    let (number, shown) = after.split_once(": ")?;
    let mut lines = shown.lines();
    let first = lines.next().unwrap_or_default();
    let caret = lines.next().and_then(|line| line.find('^'));
    let prefix = format!("LINE {number}: ").len();
    Some(Position {
        line: number.parse().ok()?,
        shown: first.to_owned(),
        caret: caret.and_then(|at| at.checked_sub(prefix)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_is_taken_from_the_message() {
        let text = "Binder Error: no\n\nLINE 3: select a, b\n                  ^";
        let (message, position) = split_refusal(text);
        assert_eq!(message, "Binder Error: no");
        let position = position.expect("a place").after(1);
        assert_eq!(position.line, 2);
        assert_eq!(position.column("select a, b"), 10);
        assert_eq!(position.column("  something else"), 2);
        assert_eq!(split_refusal("in line: LINE x").1, None);
    }

    #[test]
    fn the_nearest_name_is_meant() {
        let column = "Binder Error: Referenced column \"roole\" not found in FROM clause!\n\
            Candidate bindings: \"model\", \"role\"";
        assert_eq!(meant_name(column), Some("role"));
        let table = "Catalog Error: Table with name fct_message does not exist!\n\
            Did you mean \"fct_messages\"?";
        assert_eq!(meant_name(table), Some("fct_messages"));
        assert_eq!(missing_table(table), Some("fct_message"));
        assert_eq!(meant_name(&table.replace("fct_messages", "pg_am")), None);
        assert_eq!(meant_name("Conversion Error"), None);
    }

    #[test]
    fn a_part_of_a_long_line_is_found_in_it() {
        let line = format!("select {}oops, {}", "é, ".repeat(50), "b, ".repeat(50));
        let shown = "é, é, oops, b, b";
        let text = format!("E\n\nLINE 1: ...{shown}...\n{}^", " ".repeat(8 + 3 + 6));
        let position = split_refusal(&text).1.expect("a place");
        assert_eq!(position.column(&line), 7 + 150);
    }
}
