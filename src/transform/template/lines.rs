//! Which source line a rendered line comes from.
//!
//! When the engine rejects SQL, the templates are rendered a second time with marks in front of
//! the text of every line. Marks that changed the result (a template may compare texts) are
//! noticed, because the text without marks must equal the SQL that failed.

use super::pieces::{PieceKind, pieces};

const OPEN: char = '\u{F0C00}';
const CLOSE: char = '\u{F0C01}';

/// A line of a source file: index of the file, line from 1.
pub(in crate::transform) type SourceLine = (usize, usize);

/// `source` with a mark before the first letter of each line of text; unchanged if it already
/// contains such letters.
pub(in crate::transform) fn mark(source: &str, file: usize) -> String {
    if source.contains([OPEN, CLOSE]) {
        return source.to_owned();
    }
    let mut marked = String::with_capacity(source.len() * 2);
    for piece in pieces(source) {
        if piece.kind != PieceKind::Text {
            marked.push_str(piece.text);
            continue;
        }
        for (offset, line) in piece.text.split_inclusive('\n').enumerate() {
            let text = line.trim_start();
            let space = line.get(..line.len() - text.len()).unwrap_or_default();
            marked.push_str(space);
            if !text.is_empty() {
                let mark = format!("{OPEN}{file}:{}{CLOSE}", piece.line + offset);
                marked.push_str(&mark);
                marked.push_str(text);
            }
        }
    }
    marked
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

/// Origin of each rendered line.
#[derive(Clone, Debug, Default)]
pub(in crate::transform) struct LineMap {
    /// Per rendered line: column (in letters, from 0) and origin of each mark.
    lines: Vec<Vec<(usize, SourceLine)>>,
}

impl LineMap {
    /// Takes the marks out of a rendered text.
    pub(crate) fn unmark(text: &str) -> (String, Self) {
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

    /// Origin in `file` of the rendered `line` (from 1): the last mark at or before `column`, else
    /// the first one on the line, else the nearest one above it.
    pub(crate) fn locate(&self, file: usize, line: usize, column: Option<usize>) -> Option<usize> {
        let of_file = |marks: &[(usize, SourceLine)]| -> Vec<(usize, usize)> {
            marks
                .iter()
                .filter(|(_, (owner, _))| *owner == file)
                .map(|(column, (_, line))| (*column, *line))
                .collect()
        };
        let here = of_file(self.lines.get(line.checked_sub(1)?)?);
        let limit = column.unwrap_or(0);
        if let Some((_, found)) = here
            .iter()
            .rev()
            .find(|(at, _)| *at <= limit)
            .or(here.first())
        {
            return Some(*found);
        }
        let above = self.lines.get(..line - 1)?;
        above
            .iter()
            .rev()
            .find_map(|marks| of_file(marks).last().map(|(_, line)| *line))
    }

    /// Origin of the rendered `line` in a file other than `file`, where it has one.
    pub(crate) fn locate_elsewhere(&self, file: usize, line: usize) -> Option<SourceLine> {
        let marks = self.lines.get(line.checked_sub(1)?)?;
        marks
            .iter()
            .map(|(_, place)| *place)
            .find(|(owner, _)| *owner != file)
    }
}

fn parse_place(text: &str) -> Option<SourceLine> {
    let (file, line) = text.split_once(':')?;
    Some((file.parse().ok()?, line.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_vanish_without_a_trace() {
        let source = "select\n  a, -- x\n  {{ b }} as b,\n\n\tc\nfrom t;\n";
        let (plain, map) = LineMap::unmark(&mark(source, 0));
        assert_eq!(plain, source);
        assert_eq!(map.locate(0, 2, None), Some(2));
        assert_eq!(map.locate(0, 4, None), Some(3));
        assert_eq!(map.locate(0, 6, Some(3)), Some(6));
        assert_eq!(map.locate(0, 99, None), None);
    }

    #[test]
    fn statements_end_where_their_text_ends() {
        assert_eq!(trim_statement("select 1 ;\n; "), "select 1");
        assert_eq!(
            trim_statement(&mark("select 1\n;\n", 3)),
            mark("select 1", 3)
        );
        assert_eq!(skip_mark(&mark("select 1", 3)), Some("select 1"));
        assert_eq!(skip_mark("select 1"), None);
    }
}
