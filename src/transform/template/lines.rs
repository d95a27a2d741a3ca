//! Which place of a source file a rendered place comes from.
//!
//! When the engine rejects SQL, the templates are rendered a second time with marks in front of
//! the text of every line and in front of every output. Marks that changed the result (a template
//! may compare texts) are noticed, because the text without marks must equal the SQL that failed.

use super::pieces::{Piece, PieceKind, pieces};

const OPEN: char = '\u{F0C00}';
const CLOSE: char = '\u{F0C01}';

/// A place in a source file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::transform) struct Origin {
    /// Index of the file.
    pub file: usize,
    /// Line, from 1.
    pub line: usize,
    /// Column in letters, from 1.
    pub column: usize,
    /// Whether the place itself is text of the file; else an output that begins there made it.
    pub is_exact: bool,
}

/// `source` with a mark before the first letter of each line of text, and before each output;
/// unchanged if it already contains such letters. `column` tells the column in the file (from 1)
/// of an offset in `source`.
pub(in crate::transform) fn mark(
    source: &str,
    file: usize,
    column: &dyn Fn(usize) -> usize,
) -> String {
    if source.contains([OPEN, CLOSE]) {
        return source.to_owned();
    }
    let mut marked = String::with_capacity(source.len() * 2);
    let mut at = 0;
    for piece in pieces(source) {
        match piece.kind {
            PieceKind::Text => mark_text(&mut marked, &piece, file, &|offset| column(at + offset)),
            PieceKind::Output => {
                // An output of its own, so that the mark stays when white space is cut away.
                let cut = if piece.text.starts_with("{{-") {
                    "-"
                } else {
                    ""
                };
                let line = piece.line;
                let mark = format!("{OPEN}{file}:{line}:{}:o{CLOSE}", column(at));
                marked.push_str(&format!("{{{{{cut} \"{mark}\" }}}}{}", piece.text));
            }
            PieceKind::Tag | PieceKind::Comment => marked.push_str(piece.text),
        }
        at += piece.text.len();
    }
    marked
}

fn mark_text(marked: &mut String, piece: &Piece<'_>, file: usize, column: &dyn Fn(usize) -> usize) {
    let mut at = 0;
    for (offset, line) in piece.text.split_inclusive('\n').enumerate() {
        let text = line.trim_start();
        let space = line.len() - text.len();
        marked.push_str(line.get(..space).unwrap_or_default());
        if !text.is_empty() {
            let number = piece.line + offset;
            let mark = format!("{OPEN}{file}:{number}:{}:t{CLOSE}", column(at + space));
            marked.push_str(&mark);
            marked.push_str(text);
        }
        at += line.len();
    }
}

/// Removes white space, semicolons and marks from the end of a statement.
pub(in crate::transform) fn trim_statement(sql: &str) -> &str {
    let mut rest = sql.trim_end_matches(|letter: char| letter.is_whitespace() || letter == ';');
    while let Some(before) = rest.strip_suffix(CLOSE).and_then(|text| text.rfind(OPEN)) {
        let kept = rest.get(..before).unwrap_or_default();
        rest = kept.trim_end_matches(|letter: char| letter.is_whitespace() || letter == ';');
    }
    rest
}

/// The text after one mark at the beginning of `text`, if there is one.
pub(in crate::transform) fn skip_mark(text: &str) -> Option<&str> {
    let (_, rest) = text.strip_prefix(OPEN)?.split_once(CLOSE)?;
    Some(rest)
}

/// Where each part of a rendered text comes from.
#[derive(Clone, Debug, Default)]
pub(in crate::transform) struct LineMap {
    /// Per rendered line: column (in letters, from 0) and origin of each mark.
    lines: Vec<Vec<(usize, Origin)>>,
}

impl LineMap {
    /// Takes the marks out of a rendered text.
    pub(in crate::transform) fn unmark(text: &str) -> (String, Self) {
        let mut plain = String::with_capacity(text.len());
        let mut lines = Vec::new();
        for line in text.split_inclusive('\n') {
            let mut marks = Vec::new();
            let mut column = 0;
            let mut rest = line;
            while let Some((before, after)) = rest.split_once(OPEN) {
                plain.push_str(before);
                column += before.chars().count();
                let (place, after) = after.split_once(CLOSE).unwrap_or((after, ""));
                marks.extend(parse_place(place).map(|place| (column, place)));
                rest = after;
            }
            plain.push_str(rest);
            lines.push(marks);
        }
        (plain, Self { lines })
    }

    /// Origin of a rendered place (line from 1, column from 0), in `file` or, with `None`, in
    /// whichever file it is: that of the last mark at or before it, with the letters in between
    /// added where it is text of the same line.
    pub(in crate::transform) fn locate(
        &self,
        file: Option<usize>,
        line: usize,
        column: usize,
    ) -> Option<Origin> {
        let wanted = |origin: &Origin| file.is_none_or(|file| origin.file == file);
        let here = self.lines.get(line.checked_sub(1)?)?;
        let before = here
            .iter()
            .rev()
            .filter(|(at, _)| *at <= column)
            .map(|(at, origin)| (column - at, *origin));
        let above = self.lines.get(..line - 1)?.iter().rev();
        let above = above.flat_map(|marks| marks.iter().rev().map(|(_, origin)| (0, *origin)));
        let (further, origin) = before.chain(above).find(|(_, origin)| wanted(origin))?;
        let is_here = here.contains(&(column - further, origin));
        // Nothing of another file stands in between.
        let is_own = here
            .iter()
            .all(|(at, other)| *at <= column - further || *at > column || other == &origin);
        if origin.is_exact && is_here && is_own {
            let column = origin.column + further;
            return Some(Origin { column, ..origin });
        }
        Some(Origin {
            is_exact: false,
            ..origin
        })
    }
}

/// A text without the marks in it.
pub(in crate::transform) fn without_marks(text: String) -> String {
    if text.contains(OPEN) {
        LineMap::unmark(&text).0
    } else {
        text
    }
}

fn parse_place(text: &str) -> Option<Origin> {
    let mut parts = text.split(':');
    let file = parts.next()?.parse().ok()?;
    let line = parts.next()?.parse().ok()?;
    let column = parts.next()?.parse().ok()?;
    let is_exact = parts.next()? == "t";
    Some(Origin {
        file,
        line,
        column,
        is_exact,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Marks a text that is in its file as it is.
    fn marked(source: &str, file: usize) -> String {
        mark(source, file, &|offset| {
            let before = source.get(..offset).unwrap_or_default();
            let line = before.rsplit('\n').next().unwrap_or_default();
            line.chars().count() + 1
        })
    }

    fn place(origin: Option<Origin>) -> Option<(usize, usize, bool)> {
        origin.map(|origin| (origin.line, origin.column, origin.is_exact))
    }

    #[test]
    fn marks_vanish_without_a_trace() {
        let source = "select\n  a, -- ü\n  b as b,\n\n\tc, d\nfrom t;\n";
        let (plain, map) = LineMap::unmark(&marked(source, 0));
        assert_eq!(plain, source);
        assert_eq!(place(map.locate(None, 2, 5)), Some((2, 6, true)));
        assert_eq!(place(map.locate(Some(0), 5, 4)), Some((5, 5, true)));
        assert_eq!(place(map.locate(Some(0), 4, 0)), Some((3, 3, false)));
        assert_eq!(place(map.locate(Some(1), 2, 2)), None);
        assert_eq!(place(map.locate(None, 99, 0)), None);
    }

    #[test]
    fn outputs_are_places_of_their_own() {
        let engine = minijinja::Environment::new();
        let source = "select\n  {{- ' x' -}}   , {# gone #} {{ 'y' }} + oops\nfrom t";
        let plain = engine.render_str(source, ()).expect("renders");
        let with_marks = engine.render_str(&marked(source, 7), ()).expect("renders");
        let (unmarked, map) = LineMap::unmark(&with_marks);
        assert_eq!(unmarked, plain);
        assert_eq!(plain, "select x,  y + oops\nfrom t");
        assert_eq!(place(map.locate(None, 1, 7)), Some((2, 3, false)));
        assert_eq!(place(map.locate(None, 1, 11)), Some((2, 31, false)));
        assert_eq!(place(map.locate(None, 1, 15)), Some((2, 43, true)));
        assert_eq!(without_marks(with_marks), plain);
    }

    #[test]
    fn statements_end_where_their_text_ends() {
        assert_eq!(trim_statement("select 1 ;\n; "), "select 1");
        assert_eq!(
            trim_statement(&marked("select 1\n;\n", 3)),
            marked("select 1", 3)
        );
        assert_eq!(skip_mark(&marked("select 1", 3)), Some("select 1"));
        assert_eq!(skip_mark("select 1"), None);
    }
}
