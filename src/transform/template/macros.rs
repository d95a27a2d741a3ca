//! Takes macro files apart: one template per macro, with the lines it has in its file.
//!
//! A macro in a template of its own is always called through the context of the calling model,
//! never directly by a neighbour; that is what makes `return` and calls across files work.

use super::pieces::{Piece, PieceKind, first_word, pieces};
use crate::error::{Error, Result};
use crate::project::SourceFile;

/// Name that every macro has inside its own template.
pub(in crate::transform) const INNER_NAME: &str = "__macro";

/// One macro of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::transform) struct MacroSource {
    /// The name it is called by.
    pub name: String,
    /// File it is in.
    pub path: String,
    /// Line of its tag.
    pub line: usize,
    /// Template that defines it as [`INNER_NAME`], with the line numbers of the file.
    pub template: String,
}

/// The macros of a file, in order.
pub(in crate::transform) fn split(file: &SourceFile) -> Result<Vec<MacroSource>> {
    let mut found: Vec<MacroSource> = Vec::new();
    let mut depth = 0_usize;
    for piece in pieces(&file.text) {
        let keyword = if piece.kind == PieceKind::Tag {
            piece.keyword()
        } else {
            ""
        };
        if keyword == "macro" {
            depth += 1;
            if depth == 1 {
                found.push(begin(file, &piece)?);
                continue;
            }
        }
        if depth == 0 {
            reject_stray_tag(file, &piece, keyword)?;
            continue;
        }
        if let Some(open) = found.last_mut() {
            open.template.push_str(piece.text);
        }
        if keyword == "endmacro" {
            depth -= 1;
        }
    }
    match found.last() {
        Some(open) if depth > 0 => Err(Error::project(format!("macro `{}` has no end", open.name))
            .at(format!("{}:{}", open.path, open.line))
            .hint("Close it with `{% endmacro %}`.")),
        _ => Ok(found),
    }
}

fn begin(file: &SourceFile, piece: &Piece<'_>) -> Result<MacroSource> {
    let place = format!("{}:{}", file.path, piece.line);
    let (head, rest) = piece.text.split_once("macro").unwrap_or((piece.text, ""));
    let name = first_word(rest);
    let after = rest.trim_start().get(name.len()..).unwrap_or_default();
    if name.is_empty() || !after.trim_start().starts_with('(') {
        return Err(Error::project("a macro needs a name and parentheses")
            .at(place)
            .hint("Write `{% macro name(argument) %}`."));
    }
    let blank_lines = "\n".repeat(piece.line.saturating_sub(1));
    Ok(MacroSource {
        name: name.to_owned(),
        path: file.path.clone(),
        line: piece.line,
        template: format!("{blank_lines}{head}macro {INNER_NAME}{after}"),
    })
}

fn reject_stray_tag(file: &SourceFile, piece: &Piece<'_>, keyword: &str) -> Result<()> {
    let known = ["materialization", "test", "data_test", "snapshot", "docs"];
    if !known.contains(&keyword) {
        return Ok(());
    }
    Err(Error::project(format!(
        "`{{% {keyword} %}}` cannot be defined in a macro file"
    ))
    .at(format!("{}:{}", file.path, piece.line))
    .hint("Keep only `{% macro %}` definitions below `sql/macros/`."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::Origin;

    fn file(text: &str) -> SourceFile {
        SourceFile {
            path: "sql/macros/m.sql".into(),
            text: text.into(),
            origin: Origin::Embedded,
        }
    }

    #[test]
    fn each_macro_keeps_its_lines() {
        let found = split(&file(
            "{# about #}\n{% macro a(x) %}1{% endmacro %}\n\n{%- macro b (y=2) -%}\n2\n{%- endmacro %}",
        ))
        .expect("valid");
        let names: Vec<_> = found
            .iter()
            .map(|one| (one.name.as_str(), one.line))
            .collect();
        assert_eq!(names, [("a", 2), ("b", 4)]);
        assert_eq!(
            found[1].template,
            "\n\n\n{%- macro __macro (y=2) -%}\n2\n{%- endmacro %}"
        );
    }

    #[test]
    fn open_and_foreign_tags_are_refused_with_their_line() {
        let open = split(&file("\n{% macro a() %}x")).expect_err("open");
        assert!(open.to_string().contains("at sql/macros/m.sql:2"), "{open}");
        let test = split(&file("{% test t(model) %}{% endtest %}")).expect_err("foreign");
        assert!(
            test.to_string().contains("`{% test %}` cannot be defined"),
            "{test}"
        );
    }
}
