//! Failures inside a template: carried through the engine with their remedy, and turned into one
//! error that names every line on the way.

use std::collections::BTreeMap;
use std::fmt;

use minijinja::{Error as EngineError, ErrorKind};

use crate::error::{Error, nearest};
use crate::transform::template::rewrite::Rewritten;

/// A failure raised by a function of the context.
#[derive(Debug)]
struct Carried {
    cause: String,
    hint: String,
}

impl fmt::Display for Carried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.cause)
    }
}

impl std::error::Error for Carried {}

/// An engine error with our cause and remedy (empty for none).
pub(in crate::transform) fn fault(
    cause: impl Into<String>,
    hint: impl Into<String>,
) -> EngineError {
    let cause = cause.into();
    EngineError::new(ErrorKind::InvalidOperation, cause.clone()).with_source(Carried {
        cause,
        hint: hint.into(),
    })
}

/// Separates the path of a file from the name of a macro in it, in names of templates.
pub(in crate::transform) const MACRO_SEPARATOR: char = '#';

/// Turns an engine error into ours: the innermost cause, the lines from the innermost to the
/// outermost, and the nearest of the `known` names if one is missing.
pub(in crate::transform) fn template_error(
    subject: &str,
    error: &EngineError,
    known: &[&str],
    rewritten: &BTreeMap<String, Rewritten>,
) -> Error {
    let mut places = Vec::new();
    let mut cause = String::new();
    let mut hint = String::new();
    let mut next: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(current) = next {
        if let Some(engine) = current.downcast_ref::<EngineError>() {
            places.extend(place(engine, rewritten));
            let (text, remedy) = describe(engine, known);
            cause = text;
            hint = remedy;
        } else if let Some(carried) = current.downcast_ref::<Carried>() {
            cause.clone_from(&carried.cause);
            hint.clone_from(&carried.hint);
        } else {
            cause = current.to_string();
        }
        next = current.source();
    }
    places.reverse();
    places.dedup();
    let mut failure = Error::project(format!("failed to render {subject}")).cause(cause);
    for place in places {
        failure = failure.at(place);
    }
    if hint.is_empty() {
        failure
    } else {
        failure.hint(hint)
    }
}

/// `path:line`, and the column where the engine knows it.
fn place(error: &EngineError, rewritten: &BTreeMap<String, Rewritten>) -> Option<String> {
    let name = error.name().filter(|name| *name != "<expression>")?;
    let path = name
        .split_once(MACRO_SEPARATOR)
        .map_or(name, |(path, _)| path);
    let Some(line) = error.line() else {
        return Some(path.to_owned());
    };
    let column = rewritten
        .get(name)
        .zip(error.range())
        .map(|(rewritten, range)| rewritten.column(range.start));
    Some(match column {
        Some(column) => format!("{path}:{line}:{column}"),
        None => format!("{path}:{line}"),
    })
}

fn describe(error: &EngineError, known: &[&str]) -> (String, String) {
    let detail = error.detail().unwrap_or_default();
    let missing = match error.kind() {
        ErrorKind::UnknownFunction => detail.strip_suffix(" is unknown"),
        ErrorKind::UndefinedError => detail.split('`').nth(1),
        _ => None,
    };
    let near = missing.and_then(|name| nearest(name, known.iter().copied()));
    let hint = near.map_or(String::new(), |near| format!("Did you mean `{near}`?"));
    let text = match (error.kind(), missing) {
        (ErrorKind::UnknownFunction, Some(name)) => {
            format!("`{name}` is neither a function nor a macro of `sql/macros/`")
        }
        (ErrorKind::InvalidOperation, _) if !detail.is_empty() => detail.to_owned(),
        (kind, _) if detail.is_empty() => kind.to_string(),
        (kind, _) => format!("{kind}: {detail}"),
    };
    (text, hint)
}
