//! Takes files apart into what they define: macros, generic tests, materializations, snapshots
//! and docs, each with the lines it has in its file.
//!
//! A macro in a template of its own is always called through the context of the calling model,
//! never directly by a neighbour; that is what makes `return` and calls across files work.

use super::pieces::{Piece, PieceKind, first_word, pieces};
use crate::error::{Error, Result};
use crate::project::SourceFile;
use crate::transform::context::Open;

/// Name that every macro has inside its own template.
pub(in crate::transform) const INNER_NAME: &str = "__macro";

/// A name that nothing has.
const NOT_GIVEN: &str = "__not_given";

/// What a block defines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::transform) enum BlockKind {
    /// `{% macro %}`, and what becomes one: `{% test %}` and `{% materialization %}`.
    Macro,
    /// `{% snapshot %}`; its template is the body alone.
    Snapshot,
}

/// One block of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::transform) struct Block {
    pub kind: BlockKind,
    /// The name it is called by: `test_x` for a test, `materialization_x_duckdb` for a
    /// materialization.
    pub name: String,
    /// File it is in.
    pub path: String,
    /// Line of its tag.
    pub line: usize,
    /// Template with the line numbers of the file; a macro is called [`INNER_NAME`] in it.
    pub template: String,
    /// The block as written, without its tags.
    pub body: String,
    /// The block as written, with its tags.
    pub written: String,
    /// Names of the parameters a macro declares.
    pub parameters: Vec<String>,
    /// What it declares, if it takes any arguments (`varargs`, `kwargs`).
    pub open: Option<Open>,
}

/// The tags that open a block, and those that close it.
const TAGS: [(&str, &str); 5] = [
    ("macro", "endmacro"),
    ("test", "endtest"),
    ("data_test", "enddata_test"),
    ("materialization", "endmaterialization"),
    ("snapshot", "endsnapshot"),
];

struct Unfinished {
    block: Block,
    end: &'static str,
    depth: usize,
}

/// The blocks of a file, in order; text between them is left out.
pub(in crate::transform) fn split(file: &SourceFile) -> Result<Vec<Block>> {
    let mut found = Vec::new();
    let mut open: Option<Unfinished> = None;
    for piece in pieces(&file.text) {
        let keyword = match piece.kind {
            PieceKind::Tag => piece.keyword(),
            _ => "",
        };
        let Some(mut current) = open.take() else {
            if let Some((tag, end)) = TAGS.into_iter().find(|(tag, _)| *tag == keyword) {
                let block = begin(file, &piece, tag)?;
                let depth = 1;
                open = Some(Unfinished { block, end, depth });
            } else {
                reject_stray_end(file, &piece, keyword)?;
            }
            continue;
        };
        if TAGS
            .iter()
            .any(|(tag, end)| *tag == keyword && *end == current.end)
        {
            current.depth += 1;
        } else if keyword == current.end || is_old_end(current.end, keyword) {
            current.depth -= 1;
        }
        if current.depth > 0 {
            current.block.template.push_str(piece.text);
            current.block.body.push_str(piece.text);
            current.block.written.push_str(piece.text);
            open = Some(current);
            continue;
        }
        if current.block.kind == BlockKind::Macro {
            let end = piece.text.replacen(keyword, "endmacro", 1);
            current.block.template.push_str(&end);
            if let Some((names, _)) = parameters(&current.block.template) {
                current.block.parameters = names;
            }
            set_dependent_defaults(&mut current.block);
            take_any_arguments(&mut current.block);
        }
        current.block.written.push_str(piece.text);
        found.push(current.block);
    }
    match open {
        Some(Unfinished { block, end, .. }) => {
            Err(Error::project(format!("`{}` has no end", block.name))
                .at(format!("{}:{}", block.path, block.line))
                .hint(format!("Close it with `{{% {end} %}}`.")))
        }
        None => Ok(found),
    }
}

/// A data test may also be closed by the older word.
fn is_old_end(end: &str, keyword: &str) -> bool {
    end == "enddata_test" && keyword == "endtest"
}

fn begin(file: &SourceFile, piece: &Piece<'_>, tag: &str) -> Result<Block> {
    let (head, rest) = piece.text.split_once(tag).unwrap_or((piece.text, ""));
    let name = first_word(rest);
    let after = rest.trim_start().get(name.len()..).unwrap_or_default();
    let blank_lines = "\n".repeat(piece.line.saturating_sub(1));
    let needs_arguments = !matches!(tag, "materialization" | "snapshot");
    if name.is_empty() || (needs_arguments && !after.trim_start().starts_with('(')) {
        return Err(
            Error::project(format!("a {tag} needs a name and parentheses"))
                .at(format!("{}:{}", file.path, piece.line))
                .hint(format!("Write `{{% {tag} name(argument) %}}`.")),
        );
    }
    let (kind, name, template) = match tag {
        "snapshot" => (
            BlockKind::Snapshot,
            name.to_owned(),
            format!(
                "{blank_lines}{}",
                "\n".repeat(piece.text.matches('\n').count())
            ),
        ),
        "materialization" => {
            let close = if piece.text.ends_with("-%}") {
                "-%}"
            } else {
                "%}"
            };
            let lines = "\n".repeat(after.matches('\n').count());
            (
                BlockKind::Macro,
                format!("materialization_{name}_{}", adapter_of(after)),
                format!("{blank_lines}{head}macro {INNER_NAME}(){lines} {close}"),
            )
        }
        _ => {
            let name = match tag {
                "macro" => name.to_owned(),
                _ => format!("test_{name}"),
            };
            let template = format!("{blank_lines}{head}macro {INNER_NAME}{after}");
            (BlockKind::Macro, name, template)
        }
    };
    Ok(Block {
        kind,
        name,
        path: file.path.clone(),
        line: piece.line,
        template,
        body: String::new(),
        written: piece.text.to_owned(),
        parameters: Vec::new(),
        open: None,
    })
}

/// A macro that names `varargs` or `kwargs` gets them as parameters of its own.
fn take_any_arguments(block: &mut Block) {
    let takes_varargs = names(&block.body, "varargs");
    let takes_kwargs = names(&block.body, "kwargs");
    if !takes_varargs && !takes_kwargs {
        return;
    }
    let Some((parameters, close)) = parameters(&block.template) else {
        return;
    };
    let mut more = String::new();
    for (name, default, taken) in [
        ("varargs", "[]", takes_varargs),
        ("kwargs", "{}", takes_kwargs),
    ] {
        if taken && !parameters.iter().any(|parameter| parameter == name) {
            let comma = if parameters.is_empty() && more.is_empty() {
                ""
            } else {
                ", "
            };
            more.push_str(&format!("{comma}{name}={default}"));
        }
    }
    block.template.insert_str(close, &more);
    block.open = Some(Open {
        parameters,
        takes_varargs,
        takes_kwargs,
    });
}

/// A default that names an earlier parameter is given in the body, where the engine knows that one.
fn set_dependent_defaults(block: &mut Block) {
    let Some((spans, close)) = parameter_spans(&block.template) else {
        return;
    };
    let mut earlier: Vec<&str> = Vec::new();
    let mut moved = Vec::new();
    for (from, to) in spans {
        let text = block.template.get(from..to).unwrap_or_default();
        let name = first_word(text);
        if let Some((_, default)) = text.split_once('=')
            && earlier.iter().any(|one| names(default, one))
        {
            moved.push((to - default.len()..to, name.to_owned(), default.to_owned()));
        }
        earlier.push(name);
    }
    let end = block.template.get(close..).and_then(|rest| rest.find("%}"));
    let Some(end) = end.map(|at| close + at).filter(|_| !moved.is_empty()) else {
        return;
    };
    let mut sets = String::new();
    for (_, name, default) in &moved {
        sets.push_str(&format!(
            "{{% if {name} is undefined %}}{{% set {name} = {} %}}{{% endif %}}",
            default.trim()
        ));
    }
    if block
        .template
        .get(..end)
        .is_some_and(|head| head.ends_with('-'))
    {
        let kept = sets.len() - "%}".len();
        sets.insert(kept, '-');
    }
    block.template.insert_str(end + "%}".len(), &sets);
    for (span, ..) in moved.into_iter().rev() {
        block.template.replace_range(span, NOT_GIVEN);
    }
}

/// Whether a word stands in a text, not as a part of another.
fn names(text: &str, word: &str) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    text.match_indices(word).any(|(at, _)| {
        let before = text.get(..at).unwrap_or_default();
        let after = text.get(at + word.len()..).unwrap_or_default();
        !before.ends_with(is_part) && !after.starts_with(is_part)
    })
}

/// Names of the parameters of a macro, and where their list closes.
fn parameters(template: &str) -> Option<(Vec<String>, usize)> {
    let (spans, close) = parameter_spans(template)?;
    let names = spans.into_iter().map(|(from, to)| {
        let text = template.get(from..to).unwrap_or_default();
        first_word(text).to_owned()
    });
    Some((names.collect(), close))
}

/// Where each parameter of a macro stands with its default, and where their list closes.
fn parameter_spans(template: &str) -> Option<(Vec<(usize, usize)>, usize)> {
    let open = template.find(INNER_NAME)? + INNER_NAME.len();
    let open = open + template.get(open..)?.find('(')?;
    let mut depth = 0_usize;
    let mut quote = None;
    let mut start = open + 1;
    let mut spans = Vec::new();
    let mut take = |from: usize, to: usize| {
        let text = template.get(from..to).unwrap_or_default();
        if !first_word(text).is_empty() {
            spans.push((from, to));
        }
    };
    for (at, letter) in template.char_indices().skip_while(|(at, _)| *at < open) {
        match (quote, letter) {
            (Some(open), letter) if open == letter => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(letter),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    take(start, at);
                    return Some((spans, at));
                }
            }
            (None, ',') if depth == 1 => {
                take(start, at);
                start = at + 1;
            }
            _ => {}
        }
    }
    None
}

/// `default`, or the engine in `adapter='duckdb'`.
fn adapter_of(arguments: &str) -> String {
    let Some((_, after)) = arguments.split_once("adapter") else {
        return "default".to_owned();
    };
    let named = after.split(['\'', '"']).nth(1);
    named.unwrap_or("default").to_owned()
}

fn reject_stray_end(file: &SourceFile, piece: &Piece<'_>, keyword: &str) -> Result<()> {
    if !TAGS.iter().any(|(_, end)| *end == keyword) {
        return Ok(());
    }
    Err(
        Error::project(format!("`{{% {keyword} %}}` closes nothing"))
            .at(format!("{}:{}", file.path, piece.line))
            .hint("Remove it, or add the tag that opens the block."),
    )
}

#[cfg(test)]
#[path = "blocks_tests.rs"]
mod tests;
