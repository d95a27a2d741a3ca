//! What the engine says about SQL it refuses: the message, and the place in the statement.

/// A place in a text of SQL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Position {
    /// Line, from 1.
    pub line: usize,
    /// The part of the line that the engine shows, and the column in it, from 0.
    shown: String,
    caret: Option<usize>,
}

impl Position {
    /// The place in a text that begins after `before` lines of the statement.
    pub(super) fn after(self, before: usize) -> Self {
        Self {
            line: self.line.saturating_sub(before),
            ..self
        }
    }

    /// Column from 0 in the whole line `text`, of which the engine may show a part only: that of
    /// the first letter if it does not say where.
    pub(super) fn column(&self, text: &str) -> usize {
        let first = text.chars().take_while(|letter| letter.is_whitespace());
        let first = first.count();
        let Some(caret) = self.caret else {
            return first;
        };
        let start = self.shown.strip_prefix("...").unwrap_or(&self.shown);
        let left_out = self.shown.len() - start.len();
        let part = start.strip_suffix("...").unwrap_or(start);
        match (text.find(part), caret.checked_sub(left_out)) {
            (Some(at), Some(caret)) => {
                let before = text.get(..at).unwrap_or_default();
                before.chars().count() + caret
            }
            _ => first,
        }
    }
}

/// Separates the message from the `LINE n: …` the engine puts behind it, and from a suggestion at
/// its end, which is given as a hint.
pub(super) fn split(text: &str) -> (String, Option<Position>) {
    let (message, position) = match text.split_once("LINE ") {
        Some((before, after)) => match position(after) {
            Some(position) => (before, Some(position)),
            None => (text, None),
        },
        None => (text, None),
    };
    (message.trim().to_owned(), position)
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
        let (message, position) = split(text);
        assert_eq!(message, "Binder Error: no");
        let position = position.expect("a place").after(1);
        assert_eq!(position.line, 2);
        assert_eq!(position.column("select a, b"), 10);
        assert_eq!(position.column("  something else"), 2);
        assert_eq!(split("in line: LINE x").1, None);
    }

    #[test]
    fn a_part_of_a_long_line_is_found_in_it() {
        let line = format!("select {}oops, {}", "é, ".repeat(50), "b, ".repeat(50));
        let shown = "é, é, oops, b, b";
        let text = format!("E\n\nLINE 1: ...{shown}...\n{}^", " ".repeat(8 + 3 + 6));
        let position = split(&text).1.expect("a place");
        assert_eq!(position.column(&line), 7 + 150);
    }
}
