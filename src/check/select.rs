//! Choosing expectations by suite, layer, table or tag.

use regex::Regex;

use super::Suite;
use super::expectation::Expectation;
use crate::error::{Error, Result, nearest};

/// What a suite and an expectation of it are called by.
const METHODS: [&str; 4] = ["suite", "layer", "model", "tag"];

/// Whether a suite is meant by one of the patterns; tags of its expectations do not count.
///
/// # Errors
/// `Usage` if a pattern cannot be one.
pub fn is_meant(suite: &Suite, patterns: &[String]) -> Result<bool> {
    for pattern in patterns {
        let matcher = Matcher::new(pattern)?;
        if names(suite, &[]).iter().any(|name| matcher.accepts(name)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The expectations that match any of the patterns, in their order; all without patterns; and of
/// them not those that match any of the excluded ones.
///
/// A pattern is a suite, a layer, a table (`name` or `schema.name`) or a tag, of the suite or of the
/// expectation, with `*` and `?` as wildcards. `suite:`, `layer:`, `model:` and `tag:` before it
/// look only there.
///
/// # Errors
/// `Usage` if a pattern matches nothing.
pub(super) fn select<'a>(
    suites: &'a [Suite],
    patterns: &[String],
    exclude: &[String],
) -> Result<Vec<(&'a Suite, &'a Expectation)>> {
    let all: Vec<(&Suite, &Expectation)> = suites
        .iter()
        .flat_map(|suite| suite.expectations.iter().map(move |one| (suite, one)))
        .collect();
    let chosen = match patterns {
        [] => vec![true; all.len()],
        patterns => matching(&all, patterns)?,
    };
    let excluded = matching(&all, exclude)?;
    let flags = chosen.iter().zip(&excluded);
    let kept = all
        .iter()
        .zip(flags)
        .filter(|(_, flags)| flags == &(&true, &false));
    Ok(kept.map(|(job, _)| *job).collect())
}

/// Which expectations match any of the patterns.
fn matching(all: &[(&Suite, &Expectation)], patterns: &[String]) -> Result<Vec<bool>> {
    let mut flags = vec![false; all.len()];
    for pattern in patterns {
        let matcher = Matcher::new(pattern)?;
        let mut any = false;
        for (flag, (suite, expectation)) in flags.iter_mut().zip(all) {
            if names(suite, &expectation.tags)
                .iter()
                .any(|name| matcher.accepts(name))
            {
                *flag = true;
                any = true;
            }
        }
        if !any {
            return Err(nothing_matches(all, pattern));
        }
    }
    Ok(flags)
}

fn names(suite: &Suite, own_tags: &[String]) -> Vec<(&'static str, String)> {
    let mut names = vec![
        ("suite", suite.name.clone()),
        ("layer", suite.layer.clone()),
    ];
    if let Some(table) = &suite.table {
        names.push(("model", format!("{}.{}", table.schema, table.name)));
        names.push(("model", table.name.clone()));
    }
    let tags = suite.tags.iter().chain(own_tags);
    names.extend(tags.map(|tag| ("tag", tag.clone())));
    names
}

struct Matcher {
    method: Option<&'static str>,
    name: Regex,
}

impl Matcher {
    fn new(pattern: &str) -> Result<Self> {
        let split = pattern.split_once(':').and_then(|(method, name)| {
            let method = METHODS.iter().find(|known| **known == method)?;
            Some((*method, name))
        });
        let (method, name) = match split {
            Some((method, name)) => (Some(method), name),
            None => (None, pattern),
        };
        let body = regex::escape(name).replace(r"\*", ".*").replace(r"\?", ".");
        let name = Regex::new(&format!("^(?:{body})$"))
            .map_err(|error| Error::usage(format!("cannot select by `{pattern}`")).cause(error))?;
        Ok(Self { method, name })
    }

    fn accepts(&self, (method, name): &(&'static str, String)) -> bool {
        self.method.is_none_or(|wanted| wanted == *method) && self.name.is_match(name)
    }
}

fn nothing_matches(all: &[(&Suite, &Expectation)], pattern: &str) -> Error {
    let names: Vec<(&str, String)> = all
        .iter()
        .flat_map(|(suite, expectation)| names(suite, &expectation.tags))
        .collect();
    let spelled: Vec<String> = names
        .into_iter()
        .map(|(method, name)| {
            if pattern.contains(':') {
                format!("{method}:{name}")
            } else {
                name
            }
        })
        .collect();
    let error = Error::usage(format!("no expectation matches `{pattern}`"));
    match nearest(pattern, spelled.iter().map(String::as_str)) {
        Some(close) => error.hint(format!("Did you mean `{close}`?")),
        None => error.hint("Select by suite, layer, table or tag; `expectations/*.yml` names them (`cca init` writes them out)."),
    }
}
