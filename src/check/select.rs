//! Choosing suites by their name, their layer or their table.

use regex::Regex;

use super::Suite;
use crate::error::{Error, Result, nearest};

/// Whether a suite is meant by one of the patterns.
///
/// # Errors
/// `Usage` if a pattern cannot be one.
pub fn is_meant(suite: &Suite, patterns: &[String]) -> Result<bool> {
    for pattern in patterns {
        let matcher = glob(pattern)?;
        if names(suite).iter().any(|name| matcher.is_match(name)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The suites that match any of the patterns, in their order; all without patterns. A pattern is a
/// suite, a layer, `schema.table` or a table's name, with `*` and `?` as wildcards.
///
/// # Errors
/// `Usage` if a pattern matches nothing.
pub(super) fn select<'a>(suites: &'a [Suite], patterns: &[String]) -> Result<Vec<&'a Suite>> {
    if patterns.is_empty() {
        return Ok(suites.iter().collect());
    }
    let mut chosen = vec![false; suites.len()];
    for pattern in patterns {
        let matcher = glob(pattern)?;
        let mut any = false;
        for (flag, suite) in chosen.iter_mut().zip(suites) {
            if names(suite).iter().any(|name| matcher.is_match(name)) {
                *flag = true;
                any = true;
            }
        }
        if !any {
            return Err(nothing_matches(suites, pattern));
        }
    }
    Ok(suites
        .iter()
        .zip(chosen)
        .filter(|(_, flag)| *flag)
        .map(|(suite, _)| suite)
        .collect())
}

fn names(suite: &Suite) -> Vec<String> {
    let mut names = vec![suite.name.clone(), suite.layer.clone()];
    if let Some(table) = &suite.table {
        names.push(format!("{}.{}", table.schema, table.name));
        names.push(table.name.clone());
    }
    names
}

fn glob(pattern: &str) -> Result<Regex> {
    let body = regex::escape(pattern)
        .replace(r"\*", ".*")
        .replace(r"\?", ".");
    Regex::new(&format!("^(?:{body})$"))
        .map_err(|error| Error::usage(format!("cannot select by `{pattern}`")).cause(error))
}

fn nothing_matches(suites: &[Suite], pattern: &str) -> Error {
    let all: Vec<String> = suites.iter().flat_map(names).collect();
    let error = Error::usage(format!("no suite matches `{pattern}`"));
    match nearest(pattern, all.iter().map(String::as_str)) {
        Some(close) => error.hint(format!("Did you mean `{close}`?")),
        None => error.hint("Select by suite, layer or table; `expectations/*.yml` names them (`cca init` writes them out)."),
    }
}
