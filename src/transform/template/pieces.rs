//! Cuts a template into text, outputs, tags and comments, without judging what is inside.

/// What a piece is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::transform) enum PieceKind {
    /// Copied to the output.
    Text,
    /// `{{ … }}`.
    Output,
    /// `{% … %}`.
    Tag,
    /// `{# … #}`.
    Comment,
}

/// A part of a template; the pieces of a template joined are the template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::transform) struct Piece<'a> {
    /// What it is.
    pub kind: PieceKind,
    /// Its whole text, delimiters included.
    pub text: &'a str,
    /// Line on which it begins, from 1.
    pub line: usize,
}

impl<'a> Piece<'a> {
    /// The first word of a tag: `if`, `macro`, `endmacro`, …
    pub(crate) fn keyword(&self) -> &'a str {
        first_word(
            self.text
                .trim_start_matches("{%")
                .trim_start_matches(['-', '+']),
        )
    }
}

/// The identifier at the beginning of `text`, after white space.
pub(in crate::transform) fn first_word(text: &str) -> &str {
    let text = text.trim_start();
    let end = text
        .find(|letter: char| !letter.is_alphanumeric() && letter != '_')
        .unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

/// The pieces of `source` in order. An unclosed piece reaches to the end; the engine reports it.
pub(in crate::transform) fn pieces(source: &str) -> Vec<Piece<'_>> {
    let mut scanner = Scanner {
        rest: source,
        line: 1,
        found: Vec::new(),
    };
    while !scanner.rest.is_empty() {
        scanner.step();
    }
    scanner.found
}

struct Scanner<'a> {
    rest: &'a str,
    line: usize,
    found: Vec<Piece<'a>>,
}

impl Scanner<'_> {
    fn step(&mut self) {
        let Some((start, kind)) = next_opening(self.rest) else {
            return self.take(PieceKind::Text, self.rest.len());
        };
        self.take(PieceKind::Text, start);
        let length = match kind {
            PieceKind::Comment => self.rest.find("#}").map(|end| end + 2),
            PieceKind::Output => closing(self.rest, "}}"),
            PieceKind::Tag | PieceKind::Text => closing(self.rest, "%}"),
        };
        self.take(kind, length.unwrap_or(self.rest.len()));
        let is_raw = self
            .found
            .last()
            .is_some_and(|piece| piece.kind == PieceKind::Tag && piece.keyword() == "raw");
        if is_raw {
            self.take(PieceKind::Text, end_of_raw(self.rest));
        }
    }

    fn take(&mut self, kind: PieceKind, length: usize) {
        let Some((text, rest)) = self.rest.split_at_checked(length) else {
            self.rest = "";
            return;
        };
        if text.is_empty() {
            return;
        }
        self.found.push(Piece {
            kind,
            text,
            line: self.line,
        });
        self.line += text.matches('\n').count();
        self.rest = rest;
    }
}

fn next_opening(text: &str) -> Option<(usize, PieceKind)> {
    text.match_indices('{').find_map(|(at, _)| {
        let kind = match text.as_bytes().get(at + 1)? {
            b'{' => PieceKind::Output,
            b'%' => PieceKind::Tag,
            b'#' => PieceKind::Comment,
            _ => return None,
        };
        Some((at, kind))
    })
}

/// Length up to and including `end`, not looking into strings and nested braces.
fn closing(text: &str, end: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 2;
    let mut depth = 0_usize;
    let mut quote = None;
    while let Some(&byte) = bytes.get(at) {
        match quote {
            Some(_) if byte == b'\\' => at += 1,
            Some(open) if open == byte => quote = None,
            Some(_) => {}
            None => match byte {
                b'\'' | b'"' => quote = Some(byte),
                b'{' => depth += 1,
                b'}' if depth > 0 => depth -= 1,
                _ if bytes
                    .get(at..)
                    .is_some_and(|rest| rest.starts_with(end.as_bytes())) =>
                {
                    return Some(at + end.len());
                }
                _ => {}
            },
        }
        at += 1;
    }
    None
}

fn end_of_raw(text: &str) -> usize {
    text.match_indices("{%")
        .find(|(at, _)| {
            let inner = text.get(at + 2..).unwrap_or_default();
            first_word(inner.trim_start_matches(['-', '+'])) == "endraw"
        })
        .map_or(text.len(), |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(source: &str) -> Vec<(PieceKind, &str, usize)> {
        pieces(source)
            .iter()
            .map(|piece| (piece.kind, piece.text, piece.line))
            .collect()
    }

    #[test]
    fn pieces_know_their_kind_and_line() {
        assert_eq!(
            kinds("a\n{{ '}}' }}{# {{ #}\n{%- if x %}b"),
            vec![
                (PieceKind::Text, "a\n", 1),
                (PieceKind::Output, "{{ '}}' }}", 2),
                (PieceKind::Comment, "{# {{ #}", 2),
                (PieceKind::Text, "\n", 2),
                (PieceKind::Tag, "{%- if x %}", 3),
                (PieceKind::Text, "b", 3),
            ]
        );
    }

    #[test]
    fn raw_text_is_text() {
        let found = kinds("{% raw %}{{ a }}{%- endraw %}c");
        assert_eq!(found[1], (PieceKind::Text, "{{ a }}", 1));
        assert_eq!(found[3], (PieceKind::Text, "c", 1));
    }

    #[test]
    fn nested_braces_and_open_ends_do_not_lose_text() {
        for source in [
            "{{ {'a': {}} }} x",
            "{{ never closed",
            "{% set a = '%}",
            "{",
        ] {
            let joined: String = pieces(source).iter().map(|piece| piece.text).collect();
            assert_eq!(joined, source);
        }
        assert_eq!(pieces("{{ {'a': {}} }} x").len(), 2);
    }
}
