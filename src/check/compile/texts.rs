//! Rules about how values are written.

use super::column::{Class, TableColumn};
use super::step::{Answer, Ask, Rejected, Step, Visit};
use super::values::unfit;
use super::{Sql, Subject, row_test};
use crate::check::expectation::Patterns;
use crate::check::{dateutil, json_schema, judge};
use crate::error::{Error, Result};
use crate::warehouse::Value;

/// Absolute paths: of POSIX, of the home folder, of a Windows drive or share.
const ABSOLUTE: &str = r"^(/|~[/\\]|[A-Za-z]:[/\\]|\\\\).*[^/\\]$";
/// Any path that does not end like a folder.
const RELATIVE: &str = r"[^/\\]$";
/// Characters no path of ours has: controls, and blanks around it.
const IMPROPER: &str = r"[\x00-\x1F\x7F]|^\s|\s$";

impl Subject<'_> {
    pub(super) fn dateutil(&self, column: &TableColumn) -> Result<Step> {
        needs_text(column)?;
        let accept = |text: &str| Ok(dateutil::is_date_or_time(text));
        Ok(self.visit(column, Box::new(accept)))
    }

    pub(super) fn json(&self, column: &TableColumn) -> Result<Step> {
        needs_text(column)?;
        let accept = |text: &str| Ok(serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok());
        Ok(self.visit(column, Box::new(accept)))
    }

    pub(super) fn json_schema(
        &self,
        column: &TableColumn,
        schema: &serde_json::Value,
    ) -> Result<Step> {
        needs_text(column)?;
        let schema = json_schema::Schema::new(schema.clone())?;
        let name = column.name.clone();
        let accept = move |text: &str| {
            let value = serde_json::from_str(text).map_err(|error| {
                Error::data(format!("a value of `{name}` is not JSON"))
                    .cause(error)
                    .hint("Expect `expect_column_values_to_be_json_parseable` first, or leave such rows out by `row_condition`.")
            })?;
            schema.accepts(&value)
        };
        Ok(self.visit(column, Box::new(accept)))
    }

    /// Different texts are judged one by one; then the rows that have the rejected ones are found.
    fn visit(&self, column: &TableColumn, accept: super::step::Accept) -> Step {
        let present = Sql::fill("NOT {}", &[&column.missing()]);
        let query = Sql::fill(
            "SELECT {} AS text, count(*) AS rows FROM {}{} GROUP BY ALL",
            &[
                &column.text(),
                &self.shape.sql(),
                &Sql::where_clause(Sql::all([self.condition.as_ref(), Some(&present)]).as_ref()),
            ],
        );
        let condition = self.condition.clone();
        let missing = column.missing();
        let counts = vec![
            Ask::rows(condition.as_ref()),
            Ask::rows(Sql::all([condition.as_ref(), Some(&missing)]).as_ref()),
        ];
        let manner = self.manner();
        let test = self.value_test(column, Sql::new("false"));
        let text = column.text();
        let then = move |rejected: Rejected| {
            let judged = move |counts: Vec<Value>| {
                let [elements, ignored] = counts.as_slice() else {
                    return Err(Error::bug("two counts were asked for"));
                };
                let (elements, ignored) = (row_test::count(elements)?, row_test::count(ignored)?);
                let verdict = judge::rows(&manner, elements, Some(ignored), rejected.rows);
                let marks: Vec<Sql> = rejected
                    .texts
                    .iter()
                    .map(|text| Sql::value(Value::from(text.as_str())))
                    .collect();
                let examples = (!marks.is_empty()).then(|| {
                    let unexpected = Sql::fill("{} IN ({})", &[&text, &Sql::join(&marks, ", ")]);
                    row_test::RowTest { unexpected, ..test }.examples()
                });
                Ok(Step::Done(Box::new(Answer { verdict, examples })))
            };
            Ok(Step::Ask(counts, Box::new(judged)))
        };
        Step::Visit(Visit {
            query,
            accept,
            then: Box::new(then),
        })
    }
}

/// Whether a value breaks the patterns.
pub(super) fn matches(column: &TableColumn, patterns: &Patterns) -> Result<Sql> {
    needs_text(column)?;
    if patterns.like.is_none() {
        refuse_look_around(&patterns.list)?;
    }
    let text = column.text();
    let one = |pattern: &String| match patterns.like {
        None => Sql::fill(
            "regexp_matches({}, {})",
            &[&text, &Sql::value(Value::from(engine_regex(pattern)))],
        ),
        Some(None) => Sql::fill(
            "{} LIKE {}",
            &[&text, &Sql::value(Value::from(pattern.as_str()))],
        ),
        Some(Some(escape)) => Sql::fill(
            "{} LIKE {} ESCAPE {}",
            &[
                &text,
                &Sql::value(Value::from(pattern.as_str())),
                &Sql::value(Value::from(escape.to_string())),
            ],
        ),
    };
    let all: Vec<Sql> = patterns.list.iter().map(one).collect();
    let joined = Sql::join(&all, if patterns.all { " AND " } else { " OR " });
    let sign = if patterns.negated { "({})" } else { "NOT ({})" };
    Ok(Sql::fill(sign, &[&joined]))
}

/// Whether a value is no time of the format.
pub(super) fn strftime(column: &TableColumn, format: &str) -> Result<Sql> {
    needs_text(column)?;
    let format = Sql::value(Value::from(format));
    Ok(Sql::fill(
        "try_strptime({}, {}) IS NULL",
        &[&column.text(), &format],
    ))
}

/// Questions that fail where a regular expression cannot be compiled.
pub(in crate::check) fn trials(patterns: &Patterns) -> Result<Vec<Sql>> {
    if patterns.like.is_some() {
        return Ok(Vec::new());
    }
    refuse_look_around(&patterns.list)?;
    let one = |pattern: &String| {
        let regex = Sql::value(Value::from(engine_regex(pattern)));
        Sql::fill("SELECT regexp_matches('', {})", &[&regex])
    };
    Ok(patterns.list.iter().map(one).collect())
}

/// Whether a value is no path of a file.
pub(super) fn file_path(column: &TableColumn, allow_relative: bool) -> Result<Sql> {
    needs_text(column)?;
    let pattern = Sql::value(Value::from(if allow_relative {
        RELATIVE
    } else {
        ABSOLUTE
    }));
    let improper = Sql::value(Value::from(IMPROPER));
    let text = column.text();
    Ok(Sql::fill(
        "(NOT regexp_matches({}, {}) OR regexp_matches({}, {}))",
        &[&text, &pattern, &text, &improper],
    ))
}

pub(super) fn needs_text(column: &TableColumn) -> Result<()> {
    match column.class {
        Class::Text => Ok(()),
        _ => Err(unfit(column, "needs text")),
    }
}

/// The engine says of such an expression only that an operator is invalid.
fn refuse_look_around(regexes: &[String]) -> Result<()> {
    let has = |regex: &&String| {
        ["(?=", "(?!", "(?<=", "(?<!"]
            .iter()
            .any(|sign| regex.contains(sign))
    };
    match regexes.iter().find(has) {
        None => Ok(()),
        Some(regex) => Err(Error::data(format!(
            "`{regex}` looks around, which the engine's expressions cannot"
        ))
        .hint("Split it into a `regex_list`, a `not_match` expectation or a `row_condition`.")),
    }
}

/// `\Z` of Python is `\z` of RE2.
fn engine_regex(pattern: &str) -> String {
    let mut translated = String::with_capacity(pattern.len());
    let mut escaped = false;
    for c in pattern.chars() {
        translated.push(if escaped && c == 'Z' { 'z' } else { c });
        escaped = !escaped && c == '\\';
    }
    translated
}

#[cfg(test)]
mod tests {
    use super::engine_regex;

    #[test]
    fn the_end_of_python_becomes_that_of_the_engine() {
        assert_eq!(engine_regex(r"a\Z"), r"a\z");
        assert_eq!(engine_regex(r"\\Z[Z]"), r"\\Z[Z]");
    }
}
