//! A template as the engine gets it, and the way back from a place in it to the place in the file.

use super::expression::rewrite as rewrite_expression;
use super::pieces::{PieceKind, pieces};

/// A rewritten template. It has the same lines as the original.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::transform) struct Rewritten {
    /// What the engine compiles.
    pub text: String,
    /// Offsets in the text from which on another number of letters has been added (or taken away,
    /// if negative) since the beginning; in order.
    shifts: Vec<(usize, isize)>,
}

impl Rewritten {
    /// A text that the engine gets as it is.
    pub(crate) fn as_it_is(text: String) -> Self {
        Self {
            text,
            shifts: Vec::new(),
        }
    }

    /// Rewrites the outputs and tags of `source`.
    pub(crate) fn of(source: &str) -> Self {
        let mut out = Self {
            text: String::with_capacity(source.len() + source.len() / 8),
            shifts: Vec::new(),
        };
        let mut at = 0;
        for piece in pieces(source) {
            let keyword = match piece.kind {
                PieceKind::Tag => piece.keyword(),
                _ => "",
            };
            let is_code = matches!(piece.kind, PieceKind::Output | PieceKind::Tag);
            if !(is_code && is_worth_a_look(piece.text) && out.rewrite(piece.text, keyword, at)) {
                out.text.push_str(piece.text);
            }
            at += piece.text.len();
        }
        out
    }

    /// Appends a rewritten piece; false if it is not understood.
    fn rewrite(&mut self, piece: &str, keyword: &str, at: usize) -> bool {
        let head = 2 + usize::from(piece.get(2..3).is_some_and(|c| c == "-" || c == "+"));
        let close = piece.len().saturating_sub(2);
        let tail = close
            - usize::from(
                piece
                    .get(..close)
                    .is_some_and(|text| text.ends_with(['-', '+'])),
            );
        let Some(inside) = piece.get(head..tail.max(head)) else {
            return false;
        };
        let Some(segments) = rewrite_expression(inside, keyword) else {
            return false;
        };
        self.text.push_str(piece.get(..head).unwrap_or_default());
        for (text, original) in segments {
            if let Some(original) = original {
                self.shift(at + head + original);
            }
            self.text.push_str(&text);
        }
        self.shift(at + tail.max(head));
        self.text
            .push_str(piece.get(tail.max(head)..).unwrap_or_default());
        true
    }

    /// Takes down that the end of the text is at `original` in the source.
    fn shift(&mut self, original: usize) {
        let here = self.text.len();
        let shift = here.cast_signed() - original.cast_signed();
        if self.shifts.last().map_or(0, |(_, last)| *last) != shift {
            self.shifts.push((here, shift));
        }
    }

    /// Column from 1, in letters, of an offset in the rewritten text, as it is in the original.
    pub(crate) fn column(&self, offset: usize) -> usize {
        let before = self.text.get(..offset).unwrap_or(&self.text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let shift_at = |offset: usize| {
            let passed = self.shifts.partition_point(|(at, _)| *at <= offset);
            passed
                .checked_sub(1)
                .and_then(|last| self.shifts.get(last))
                .map_or(0, |(_, shift)| *shift)
        };
        let added = shift_at(offset) - shift_at(line_start);
        let letters = before
            .get(line_start..)
            .map_or(0, |line| line.chars().count());
        let column = letters.cast_signed() - added;
        usize::try_from(column).unwrap_or(0) + 1
    }
}

/// Whether there is anything in a piece that may have to be rewritten.
fn is_worth_a_look(piece: &str) -> bool {
    let inside = piece
        .get(2..piece.len().saturating_sub(2))
        .unwrap_or_default();
    inside.contains(['[', '{', '+', '-', '*', '%', ':', ','])
        || inside.contains("' '")
        || inside.contains("\" \"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_found_again() {
        let source = "select\n  {{ a + [1] }}, {{ oops }}\n{%- set x = [\n1] -%}";
        let rewritten = Rewritten::of(source);
        assert_eq!(
            rewritten.text,
            "select\n  {{ __add(a , __list([1])) }}, {{ oops }}\n{%- set x = __list([\n1]) -%}"
        );
        let line = "  {{ a + [1] }}, {{ oops }}";
        for word in ["oops", "a ", "1"] {
            let expected = line.find(word).expect("there") + 1;
            let at = rewritten.text.find(word).expect("there");
            assert_eq!(rewritten.column(at), expected, "{word}");
        }
    }

    #[test]
    fn text_and_what_is_not_understood_stays() {
        for source in [
            "[a] {# [b] #} {% raw %}{{ [c] }}{% endraw %}",
            "{{ [ }}",
            "{% with [a] %}",
        ] {
            assert_eq!(Rewritten::of(source).text, source);
        }
    }
}
