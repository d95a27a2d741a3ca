//! Which calls a report is about.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::call::{Call, Calls};
use super::period::Calendar;
use super::price::price_name;
use crate::error::{Error, Result, nearest};

/// What a report is restricted to; everything by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// First day.
    pub since: Option<Date>,
    /// Last day.
    pub until: Option<Date>,
    /// Projects: directories, their last parts, or the folders of their transcripts.
    pub projects: Vec<String>,
    /// Models: names, with or without date, or families such as `opus`.
    pub models: Vec<String>,
    /// People.
    pub users: Vec<String>,
}

impl Filter {
    /// Refuses a range that ends before it begins.
    ///
    /// # Errors
    /// `Usage`.
    pub fn check(&self) -> Result<()> {
        match (self.since, self.until) {
            (Some(since), Some(until)) if since > until => {
                Err(Error::usage("the range ends before it begins")
                    .at(format!("--since {since} --until {until}"))
                    .hint("Exchange the two days; both belong to the range."))
            }
            _ => Ok(()),
        }
    }

    /// Keeps the calls that are meant.
    ///
    /// # Errors
    /// `Usage` for a project, model or person that no call has.
    pub fn apply(&self, calls: &mut Calls, calendar: &mut Calendar) -> Result<()> {
        let models = self.models(calls)?;
        let projects = self.projects(calls)?;
        let users = self.users(calls)?;
        let mut kept = std::mem::take(&mut calls.calls);
        kept.retain(|call| {
            self.holds(call.timestamp, calendar)
                && session_is(calls, call, &projects, |session| session.project)
                && users.as_ref().is_none_or(|users| {
                    calls
                        .session(call.session)
                        .is_some_and(|session| users.contains(session.user.as_str()))
                })
                && models
                    .as_ref()
                    .is_none_or(|models| models.contains(&call.model))
        });
        calls.calls = kept;
        Ok(())
    }

    /// The same without its days, for what is made of calls of other days too.
    #[must_use]
    pub fn of_any_day(&self) -> Self {
        Self {
            since: None,
            until: None,
            ..self.clone()
        }
    }

    /// Whether the day of an instant (µs since the epoch) is meant.
    pub fn holds(&self, timestamp: Option<i64>, calendar: &mut Calendar) -> bool {
        if self.since.is_none() && self.until.is_none() {
            return true;
        }
        let day = calendar.day(timestamp);
        self.since.is_none_or(|since| since <= day) && self.until.is_none_or(|until| day <= until)
    }

    fn models(&self, calls: &Calls) -> Result<Option<BTreeSet<u32>>> {
        let names = calls.models.all();
        chosen("model", &self.models, names, |wanted, name| {
            let plain = name.strip_suffix("-fast").unwrap_or(name);
            name == wanted
                || price_name(plain) == price_name(wanted)
                || price_name(plain).split('-').any(|part| part == wanted)
        })
    }

    fn projects(&self, calls: &Calls) -> Result<Option<BTreeSet<u32>>> {
        let names = calls.projects.all();
        chosen("project", &self.projects, names, |wanted, name| {
            name.trim_end_matches(['/', '\\']) == wanted.trim_end_matches(['/', '\\'])
                || project_name(name) == wanted
                || folder_name(name) == wanted
        })
    }

    fn users<'a>(&'a self, calls: &Calls) -> Result<Option<BTreeSet<&'a str>>> {
        if self.users.is_empty() {
            return Ok(None);
        }
        let known: BTreeSet<String> = calls
            .sessions
            .iter()
            .map(|session| session.user.clone())
            .filter(|user| !user.is_empty())
            .collect();
        let known: Vec<String> = known.into_iter().collect();
        chosen("user", &self.users, &known, |wanted, name| wanted == name)?;
        Ok(Some(self.users.iter().map(String::as_str).collect()))
    }
}

/// Last part of a directory, whatever its separators.
#[must_use]
pub fn project_name(directory: &str) -> &str {
    let trimmed = directory.trim_end_matches(['/', '\\']);
    match trimmed.rsplit(['/', '\\']).next() {
        Some(name) if !name.is_empty() => name,
        _ => directory,
    }
}

/// Name of the folder in which the transcripts of a directory lie, as ccusage names projects:
/// `-home-me-app` of `/home/me/app`.
#[must_use]
pub fn folder_name(directory: &str) -> String {
    let letter = |letter: char| match letter {
        plain if plain.is_ascii_alphanumeric() => plain,
        _ => '-',
    };
    directory.chars().map(letter).collect()
}

fn session_is(
    calls: &Calls,
    call: &Call,
    wanted: &Option<BTreeSet<u32>>,
    of: impl Fn(&super::call::Session) -> u32,
) -> bool {
    wanted.as_ref().is_none_or(|wanted| {
        calls
            .session(call.session)
            .is_some_and(|session| wanted.contains(&of(session)))
    })
}

/// Numbers of the names that `wanted` means; `None` if everything is meant.
fn chosen(
    what: &str,
    wanted: &[String],
    names: &[String],
    is_meant: impl Fn(&str, &str) -> bool,
) -> Result<Option<BTreeSet<u32>>> {
    if wanted.is_empty() {
        return Ok(None);
    }
    let mut all = BTreeSet::new();
    for wanted in wanted {
        let before = all.len();
        let mut met = false;
        for (number, name) in (0_u32..).zip(names) {
            if is_meant(wanted, name) {
                met = true;
                all.insert(number);
            }
        }
        if !met && all.len() == before {
            return Err(unknown(what, wanted, names));
        }
    }
    Ok(Some(all))
}

fn unknown(what: &str, wanted: &str, names: &[String]) -> Error {
    let error = Error::usage(format!("no call belongs to the {what} `{wanted}`"))
        .at(format!("--{what} {wanted}"));
    let shorts = names.iter().map(|name| match what {
        "model" => price_name(name),
        _ => project_name(name).to_owned(),
    });
    let mut candidates: Vec<String> = names.iter().cloned().chain(shorts).collect();
    if what == "model" {
        let parts = candidates.iter().flat_map(|name| name.split('-'));
        let families = parts.filter(|part| part.chars().all(char::is_alphabetic));
        candidates.extend(families.map(str::to_owned).collect::<Vec<_>>());
    }
    match nearest(wanted, candidates.iter().map(String::as_str)) {
        Some(near) => error.hint(format!("Did you mean `{near}`?")),
        None if names.is_empty() => error.hint(format!("No {what} is known yet.")),
        None if what == "user" => error.hint(format!("Known: {}.", names.join(", "))),
        None => error.hint(format!("`cca usage {what}` lists them.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::usage::call::Session;

    fn calls() -> Calls {
        let mut calls = Calls::default();
        for (index, (model, project)) in [
            ("claude-opus-4-5-20251101", "/work/alpha"),
            ("claude-sonnet-4-5", "/work/beta/"),
        ]
        .into_iter()
        .enumerate()
        {
            let model = calls.models.number(model);
            let project = calls.projects.number(project);
            calls.sessions.push(Session {
                id: format!("s{index}"),
                project,
                user: "ann".to_owned(),
            });
            calls.calls.push(Call {
                timestamp: Some(0),
                session: u32::try_from(index).expect("small"),
                model,
                tokens: crate::usage::call::Tokens::default(),
                cost: None,
                is_provisional: false,
                is_advisor: false,
            });
        }
        calls
    }

    fn left(filter: &Filter) -> Result<usize> {
        let mut calls = calls();
        let mut calendar = Calendar::new(jiff::tz::TimeZone::UTC);
        filter.apply(&mut calls, &mut calendar)?;
        Ok(calls.calls.len())
    }

    #[test]
    fn names_may_be_short() {
        for (project, model, expected) in [
            ("alpha", "", 1),
            ("/work/beta", "", 1),
            ("", "claude-opus-4-5", 1),
            ("", "sonnet", 1),
            ("alpha", "sonnet", 0),
            ("", "", 2),
        ] {
            let list = |name: &str| {
                let names = [name].into_iter().filter(|name| !name.is_empty());
                names.map(str::to_owned).collect::<Vec<_>>()
            };
            let filter = Filter {
                projects: list(project),
                models: list(model),
                ..Filter::default()
            };
            assert_eq!(left(&filter).expect("known"), expected, "{project} {model}");
        }
    }

    #[test]
    fn unknown_names_are_refused_with_the_nearest() {
        let filter = Filter {
            projects: vec!["alpah".to_owned()],
            ..Filter::default()
        };
        let error = left(&filter).expect_err("unknown").to_string();
        assert!(
            error.contains("`alpah`") && error.contains("Did you mean `alpha`?"),
            "{error}"
        );
        let filter = Filter {
            since: Some("2026-02-01".parse().expect("a day")),
            until: Some("2026-01-31".parse().expect("a day")),
            ..Filter::default()
        };
        assert!(filter.check().is_err());
    }
}
