//! From a place in compiled SQL to the places in files that made it.

use crate::error::{Excerpt, Result};
use crate::transform::graph::Graph;
use crate::transform::render::Templates;
use crate::transform::template::lines::{LineMap, Origin};
use crate::warehouse::Position;

/// A text that became SQL.
pub(in crate::transform) struct Written<'a> {
    pub graph: &'a Graph,
    /// The file it is in, where that is a template.
    pub path: Option<&'a str>,
    /// What is named if the place is not found.
    pub place: &'a str,
    /// Renders it again.
    pub render: &'a dyn Fn(&Templates) -> Result<String>,
}

/// Where something is, innermost place first.
pub(super) struct Located {
    pub places: Vec<String>,
    /// The line of the innermost place.
    pub excerpt: Option<Excerpt>,
    /// The compiled line, where it is not the line of the file.
    pub compiled: Option<String>,
}

impl Written<'_> {
    /// Only the place that is always known.
    pub(super) fn somewhere(&self) -> Located {
        Located {
            places: vec![self.place.to_owned()],
            excerpt: None,
            compiled: None,
        }
    }

    /// The places behind a position in the compiled `sql`.
    pub(super) fn locate(&self, sql: &str, position: &Position) -> Located {
        let line = position.line;
        let text = sql.lines().nth(line.saturating_sub(1)).unwrap_or_default();
        let column = position.column(text);
        let compiled = Some(format!("line {line} of the compiled SQL: {}", text.trim()));
        let (Some((map, paths)), false) = (self.line_map(sql), text.is_empty()) else {
            return match self.same_line(text) {
                Some((number, column)) => self.at(number, column, compiled),
                None => Located {
                    compiled,
                    ..self.somewhere()
                },
            };
        };
        let own = self
            .path
            .and_then(|path| paths.iter().position(|one| one == path));
        let outer = own.and_then(|own| map.locate(Some(own), line, column));
        let inner = map.locate(None, line, column);
        let place = |origin: &Origin| {
            let path = paths.get(origin.file).map_or("", String::as_str);
            format!("{path}:{}:{}", origin.line, origin.column)
        };
        let mut places = vec![outer.as_ref().map_or_else(|| self.place.to_owned(), place)];
        let elsewhere = inner.filter(|inner| Some(inner.file) != own);
        places.splice(0..0, elsewhere.as_ref().map(place));
        let innermost = elsewhere.or(outer);
        let excerpt = innermost.and_then(|origin| {
            let text = self.graph.line_of(paths.get(origin.file)?, origin.line)?;
            Some(Excerpt {
                line: origin.line,
                column: Some(origin.column),
                text,
            })
        });
        let is_exact = innermost.is_some_and(|origin| origin.is_exact) && excerpt.is_some();
        Located {
            places,
            excerpt,
            compiled: compiled.filter(|_| !is_exact),
        }
    }

    /// Renders again with marks: in all files, else in the own one only; `None` if both give
    /// another text.
    fn line_map(&self, sql: &str) -> Option<(LineMap, Vec<String>)> {
        let templates = &self.graph.templates;
        [None, self.path].into_iter().find_map(|only| {
            let (marked, paths) = templates.marked(only).ok()?;
            let rendered = (self.render)(&marked).ok()?;
            let (plain, map) = LineMap::unmark(&rendered);
            (plain == sql).then_some((map, paths))
        })
    }

    /// The only line of the file that reads like the compiled one: its number and the column of
    /// its first letter.
    fn same_line(&self, compiled: &str) -> Option<(usize, usize)> {
        let wanted = compiled.trim();
        let text = self.graph.text_of(self.path?)?;
        let mut found = text
            .lines()
            .enumerate()
            .filter(|(_, line)| !wanted.is_empty() && line.trim() == wanted);
        let (index, line) = found.next()?;
        let space = line.chars().take_while(|letter| letter.is_whitespace());
        found
            .next()
            .is_none()
            .then(|| (index + 1, space.count() + 1))
    }

    fn at(&self, line: usize, column: usize, compiled: Option<String>) -> Located {
        let path = self.path.unwrap_or(self.place);
        let text = self.graph.line_of(path, line);
        Located {
            places: vec![format!("{path}:{line}:{column}")],
            compiled: compiled.filter(|_| text.is_none()),
            excerpt: text.map(|text| Excerpt {
                line,
                column: None,
                text,
            }),
        }
    }
}
