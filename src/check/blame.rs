//! Where in its declaration the SQL of an expectation is wrong.
//!
//! The engine shows a part of the line it refuses. That part is looked for in the lines of the
//! declaration, with `{table}` replaced as in the statement; where YAML has folded or quoted the
//! text, the word at the caret is looked for. What is found in two places is not told.

use super::compile::PLACEHOLDERS;
use super::expectation::Expectation;
use crate::error::Excerpt;
use crate::warehouse::Position;

/// The line of the declaration that holds the place the engine names, if there is only one.
pub(super) fn line_to_blame(expectation: &Expectation, position: &Position) -> Option<Excerpt> {
    let (part, caret) = position.part();
    let part = Part::trimmed(part, caret)?;
    let table = expectation.table.as_ref();
    let table = table.map_or_else(String::new, ToString::to_string);
    let lines: Vec<Line<'_>> = expectation
        .declared
        .lines()
        .enumerate()
        .map(|(index, text)| Line::new(expectation.line + index, text, &table))
        .collect();
    only(lines.iter().filter_map(|line| line.holding(&part)))
        .or_else(|| only(lines.iter().filter_map(|line| line.within(&part))))
        .or_else(|| {
            let word = part.word()?;
            only(lines.iter().flat_map(|line| line.words_like(word)))
        })
}

fn only<T>(mut found: impl Iterator<Item = T>) -> Option<T> {
    found.next().filter(|_| found.next().is_none())
}

/// What the engine shows of a line, and the letter it points to.
struct Part<'a> {
    text: &'a str,
    caret: usize,
}

impl<'a> Part<'a> {
    fn trimmed(text: &'a str, caret: Option<usize>) -> Option<Self> {
        let begun = text.trim_start();
        let blank = text.chars().count() - begun.chars().count();
        let text = begun.trim_end();
        (!text.is_empty()).then(|| Self {
            text,
            caret: caret.map_or(0, |caret| caret.saturating_sub(blank)),
        })
    }

    /// The name or number the caret is at the beginning of.
    fn word(&self) -> Option<&'a str> {
        let (at, _) = self.text.char_indices().nth(self.caret)?;
        let rest = self.text.get(at..)?.trim_start_matches('"');
        let end = rest
            .find(|letter| !is_of_word(letter))
            .unwrap_or(rest.len());
        rest.get(..end).filter(|word| !word.is_empty())
    }
}

fn is_of_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// A line of the declaration, and what became of it in the statement.
struct Line<'a> {
    number: usize,
    text: &'a str,
    /// Its letters with placeholders replaced, each with the column of the letter it comes from.
    letters: Vec<(char, usize)>,
}

impl<'a> Line<'a> {
    fn new(number: usize, text: &'a str, table: &str) -> Self {
        let mut letters = Vec::new();
        let mut rest = text;
        let mut column = 0;
        while let Some(first) = rest.chars().next() {
            let placeholder = PLACEHOLDERS.iter().find(|one| rest.starts_with(**one));
            if let Some(placeholder) = placeholder {
                letters.extend(table.chars().map(|letter| (letter, column)));
                column += placeholder.len();
                rest = rest.get(placeholder.len()..).unwrap_or_default();
            } else {
                letters.push((first, column));
                column += 1;
                rest = rest.get(first.len_utf8()..).unwrap_or_default();
            }
        }
        Self {
            number,
            text,
            letters,
        }
    }

    /// The place in it, if it holds the part once.
    fn holding(&self, part: &Part<'_>) -> Option<Excerpt> {
        let wanted: Vec<char> = part.text.chars().collect();
        let starts = self.letters.windows(wanted.len()).enumerate();
        let start = only(starts.filter(|(_, letters)| is_same(letters, &wanted)))?.0;
        Some(self.at(self.letters.get(start + part.caret)?.1))
    }

    /// The place in it, if the whole line is a piece of the part that the caret is in.
    fn within(&self, part: &Part<'_>) -> Option<Excerpt> {
        let is_blank = |(letter, _): &&(char, usize)| letter.is_whitespace();
        let blank = self.letters.iter().take_while(is_blank).count();
        let own = self.letters.get(blank..)?;
        let own = own.get(..own.len() - own.iter().rev().take_while(is_blank).count())?;
        let whole: Vec<char> = part.text.chars().collect();
        let held = (0..whole.len()).find_map(|start| {
            let piece = whole.get(start..start + own.len().max(1))?;
            let inside = part.caret.checked_sub(start)?;
            (inside < own.len() && is_same(own, piece)).then_some(inside)
        })?;
        Some(self.at(own.get(held)?.1))
    }

    fn words_like<'w>(&'w self, word: &'w str) -> impl Iterator<Item = Excerpt> + 'w {
        let found = self.text.match_indices(word).filter(move |(at, _)| {
            let before = self.text.get(..*at).unwrap_or_default();
            let after = self.text.get(at + word.len()..).unwrap_or_default();
            !before.ends_with(is_of_word) && !after.starts_with(is_of_word)
        });
        found.filter_map(|(at, _)| Some(self.at(self.text.get(..at)?.chars().count())))
    }

    fn at(&self, column: usize) -> Excerpt {
        Excerpt {
            line: self.number,
            column: Some(column + 1),
            text: self.text.to_owned(),
        }
    }
}

fn is_same(letters: &[(char, usize)], wanted: &[char]) -> bool {
    letters.iter().map(|(letter, _)| letter).eq(wanted)
}
