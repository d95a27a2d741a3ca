//! Arguments that several expectation types share, and how they are read.

use super::super::{Bound, Ignore, Kwargs, Literal, Range};
use crate::error::Result;

/// An argument of an expectation type, for the reference.
pub(in crate::check) struct Argument {
    /// Its name.
    pub name: &'static str,
    /// What it holds: `number`, `list of values`, …
    pub form: &'static str,
    /// What stands for it when it is left out; `None` if it must be given.
    pub default: Option<&'static str>,
}

/// An argument that must be given.
pub(super) const fn needed(name: &'static str, form: &'static str) -> Argument {
    Argument {
        name,
        form,
        default: None,
    }
}

/// An argument that may be left out.
pub(super) const fn optional(
    name: &'static str,
    form: &'static str,
    default: &'static str,
) -> Argument {
    Argument {
        name,
        form,
        default: Some(default),
    }
}

pub(super) const COLUMN: Argument = needed("column", "column");
pub(super) const MIN: Argument = optional("min_value", "number or time", "none");
pub(super) const MAX: Argument = optional("max_value", "number or time", "none");
pub(super) const STRICT_MIN: Argument = optional("strict_min", "true or false", "false");
pub(super) const STRICT_MAX: Argument = optional("strict_max", "true or false", "false");
pub(super) const VALUE_SET: Argument = needed("value_set", "list of values");

/// Only the column.
pub(super) const ONLY_COLUMN: &[Argument] = &[COLUMN];
/// A column and a range.
pub(super) const COLUMN_AND_RANGE: &[Argument] = &[COLUMN, MIN, MAX, STRICT_MIN, STRICT_MAX];
/// A column and a set.
pub(super) const COLUMN_AND_SET: &[Argument] = &[COLUMN, VALUE_SET];

pub(super) fn column(kwargs: &mut Kwargs<'_>) -> Result<String> {
    kwargs.text(&["column"])
}

/// A range, which may be without ends.
pub(super) fn range(kwargs: &mut Kwargs<'_>) -> Result<Range> {
    let (min, max) = (kwargs.literal("min_value")?, kwargs.literal("max_value")?);
    let (strict_min, strict_max) = (kwargs.flag("strict_min")?, kwargs.flag("strict_max")?);
    let bound = |value: Option<Literal>, strict| value.map(|value| Bound { value, strict });
    Ok(Range {
        min: bound(min, strict_min),
        max: bound(max, strict_max),
    })
}

/// A range with at least one end.
pub(super) fn bounded(kwargs: &mut Kwargs<'_>) -> Result<Range> {
    let range = range(kwargs)?;
    if range == Range::default() {
        return Err(kwargs.mistake("min_value", "and `max_value` are both missing"));
    }
    Ok(range)
}

/// A range of numbers.
pub(super) fn numbers(kwargs: &Kwargs<'_>, range: Range) -> Result<Range> {
    for (key, end) in [("min_value", &range.min), ("max_value", &range.max)] {
        if end.as_ref().is_some_and(|end| !end.value.is_number()) {
            return Err(kwargs.mistake(key, "must be a number"));
        }
    }
    Ok(range)
}

/// Which rows are left out, by the words of this expectation type.
pub(super) fn ignore(kwargs: &mut Kwargs<'_>, [all, any, never]: [&str; 3]) -> Result<Ignore> {
    let words = [
        (all, Ignore::AllMissing),
        (any, Ignore::AnyMissing),
        (never, Ignore::Never),
    ];
    let given = kwargs.choice("ignore_row_if", &words)?;
    Ok(given.unwrap_or(Ignore::AllMissing))
}
