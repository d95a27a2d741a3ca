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
    let did_you_mean = |near: &str| format!("Did you mean `{near}`?");
    let near = |name: &str| nearest(name, known.iter().copied()).map(did_you_mean);
    let undefined = || {
        let (before, _) = detail.split_once("` is undefined")?;
        before.rsplit('`').next()
    };
    match error.kind() {
        ErrorKind::UnknownFunction => {
            let name = detail.strip_suffix(" is unknown").unwrap_or(detail);
            let text = format!("`{name}` is neither a function nor a macro of the project");
            (text, near(name).unwrap_or_default())
        }
        ErrorKind::UnknownFilter | ErrorKind::UnknownTest => {
            let name = detail.split_whitespace().nth(1).unwrap_or_default();
            let near = nearest(name, FILTERS).map(did_you_mean);
            (
                format!("there is no {detail}").replace(" is unknown", ""),
                near.unwrap_or_default(),
            )
        }
        ErrorKind::UndefinedError | ErrorKind::UnknownMethod if undefined().is_some() => {
            let name = undefined().unwrap_or_default();
            let hint = near(name).unwrap_or_else(|| {
                "Set it before, or put the package of that name into `dbt_packages/`.".to_owned()
            });
            (format!("`{name}` is not defined"), hint)
        }
        ErrorKind::InvalidOperation if !detail.is_empty() => (detail.to_owned(), String::new()),
        kind if detail.is_empty() => (kind.to_string(), String::new()),
        kind => (format!("{kind}: {detail}"), String::new()),
    }
}

/// Filters and tests that a name may have been meant to be.
const FILTERS: [&str; 58] = [
    "abs",
    "as_bool",
    "as_native",
    "as_number",
    "as_text",
    "batch",
    "boolean",
    "callable",
    "capitalize",
    "center",
    "count",
    "default",
    "defined",
    "dictsort",
    "divisibleby",
    "even",
    "first",
    "float",
    "format",
    "groupby",
    "indent",
    "int",
    "integer",
    "items",
    "iterable",
    "join",
    "last",
    "length",
    "list",
    "lower",
    "map",
    "mapping",
    "max",
    "min",
    "none",
    "number",
    "odd",
    "pprint",
    "random",
    "reject",
    "rejectattr",
    "replace",
    "reverse",
    "round",
    "select",
    "selectattr",
    "sequence",
    "slice",
    "sort",
    "split",
    "string",
    "sum",
    "title",
    "tojson",
    "trim",
    "unique",
    "upper",
    "wordcount",
];
