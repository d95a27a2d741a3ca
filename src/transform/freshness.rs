//! How old the newest rows of sources are, and whether that is too old.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};

use super::context::Mode;
use super::graph::{Detail, Graph, Node, NodeKind, SourceDetail};
use super::select::select;
use super::settings::Selection;
use crate::error::{Error, Kind, Result};
use crate::event::Status;
use crate::warehouse::{Connection, Warehouse};

/// The freshness of one source.
#[derive(Debug)]
pub struct SourceFreshness {
    /// Id of the source.
    pub id: String,
    /// `source.table`.
    pub name: String,
    /// `Ok`, `Warned`, or `Failed` for too old; with an error where it could not be found out.
    pub status: Status,
    /// Instant of the newest row, in microseconds since 1970; `None` without rows.
    pub newest: Option<i64>,
    /// Instant of the look, likewise.
    pub looked_at: i64,
    /// Limits and filter as configured.
    pub criteria: Json,
    /// Wall time.
    pub elapsed: Duration,
    /// Why it fails: too old, or what went wrong.
    pub error: Option<Error>,
}

impl SourceFreshness {
    /// Age of the newest row.
    #[must_use]
    pub fn age(&self) -> Option<Duration> {
        let micros = self.looked_at.saturating_sub(self.newest?);
        Some(Duration::from_micros(u64::try_from(micros).unwrap_or(0)))
    }
}

/// Finds out how fresh the selected sources are; those without limits are left out.
///
/// # Errors
/// `Usage` if a selector matches nothing, and a warehouse that cannot be read. What goes wrong
/// with one source is in its result.
pub fn freshness(
    graph: &Graph,
    warehouse: &Warehouse,
    selection: &Selection,
) -> Result<Vec<SourceFreshness>> {
    let selected = select(graph, selection)?;
    // Without a selector only what is built is selected, and sources are not.
    let selects_all = selection.select.is_empty();
    let connection = Arc::new(warehouse.connect()?);
    let mut found = Vec::new();
    for node in &graph.nodes {
        let Detail::Source(source) = &node.detail else {
            continue;
        };
        let is_watched = node.kind == NodeKind::Source
            && (selects_all || selected.contains(node.id.as_str()))
            && limits(source).any(|limit| limit.is_some())
            && (source.loaded_at_field.is_some() || source.loaded_at_query.is_some());
        if is_watched {
            found.push(look(graph, node, source, &connection));
        }
    }
    Ok(found)
}

fn limits(source: &SourceDetail) -> impl Iterator<Item = Option<Result<i64>>> + '_ {
    ["warn_after", "error_after"]
        .into_iter()
        .map(|key| limit(source, key))
}

/// A limit in microseconds; `None` without one.
fn limit(source: &SourceDetail, key: &str) -> Option<Result<i64>> {
    let entry = source.freshness.get(key).filter(|entry| !entry.is_null())?;
    let count = entry.get("count").filter(|count| !count.is_null())?;
    let period = entry
        .get("period")
        .and_then(Json::as_str)
        .unwrap_or_default();
    let seconds = match period.trim_end_matches('s') {
        "minute" => 60,
        "hour" => 3_600,
        "day" => 86_400,
        _ => {
            let cause = format!("`{key}` has the period `{period}`");
            return Some(Err(Error::project("a limit of freshness is wrong")
                .cause(cause)
                .hint("Write `period: minute`, `hour` or `day`.")));
        }
    };
    let count = count.as_i64().or_else(|| count.as_str()?.parse().ok());
    Some(
        count
            .and_then(|count| count.checked_mul(seconds)?.checked_mul(1_000_000))
            .ok_or_else(|| {
                Error::project("a limit of freshness is wrong")
                    .cause(format!("`count` of `{key}` is no whole number"))
            }),
    )
}

fn look(
    graph: &Graph,
    node: &Arc<Node>,
    source: &SourceDetail,
    connection: &Arc<Connection>,
) -> SourceFreshness {
    let started = Instant::now();
    let mut result = SourceFreshness {
        id: node.id.clone(),
        name: format!("{}.{}", source.source, node.name),
        status: Status::Ok,
        newest: None,
        looked_at: crate::sys::clock::now_micros(),
        criteria: json!({
            "warn_after": source.freshness.get("warn_after"),
            "error_after": source.freshness.get("error_after"),
            "filter": source.freshness.get("filter"),
        }),
        elapsed: Duration::ZERO,
        error: None,
    };
    let outcome = query(graph, node, source, connection).and_then(|sql| {
        result.newest = connection.scalar(&sql, &[])?.as_i64();
        result.looked_at = crate::sys::clock::now_micros();
        judge(&mut result, source)
    });
    if let Err(error) = outcome {
        let kind = match error.kind() {
            Kind::Cancelled => Kind::Cancelled,
            _ => Kind::Project,
        };
        result.status = Status::Failed;
        result.error = Some(
            Error::new(kind, format!("failed to look at source `{}`", result.name))
                .at(node.described_at.as_deref().unwrap_or(&node.path))
                .cause(if error.causes().is_empty() {
                    error.message().to_owned()
                } else {
                    error.causes().join("\n")
                }),
        );
    }
    result.elapsed = started.elapsed();
    result
}

/// The query for the newest instant, in microseconds.
fn query(
    graph: &Graph,
    node: &Arc<Node>,
    source: &SourceDetail,
    connection: &Arc<Connection>,
) -> Result<String> {
    let place = node.described_at.as_deref().unwrap_or(&node.path);
    let render = |text: &str| {
        let mode = Mode {
            execute: true,
            ..Mode::default()
        };
        let scope = graph.scope(node, mode, Some(connection));
        graph.templates.render_text(place, text, scope)
    };
    if let Some(sql) = &source.loaded_at_query {
        let (sql, _) = render(sql)?;
        return Ok(format!("SELECT epoch_us(CAST((\n{sql}\n) AS TIMESTAMP))"));
    }
    let (field, _) = render(source.loaded_at_field.as_deref().unwrap_or_default())?;
    let filter = source.freshness.get("filter").and_then(Json::as_str);
    let filter = match filter.filter(|text| !text.trim().is_empty()) {
        Some(text) => format!(" WHERE {}", render(text)?.0),
        None => String::new(),
    };
    Ok(format!(
        "SELECT epoch_us(max(CAST({field} AS TIMESTAMP))) FROM {}{filter}",
        node.relation
    ))
}

fn judge(result: &mut SourceFreshness, source: &SourceDetail) -> Result<()> {
    let age = result
        .newest
        .map(|newest| result.looked_at.saturating_sub(newest));
    // Without rows it is older than any limit.
    let is_older = |limit: i64| age.is_none_or(|age| age > limit);
    if let Some(limit) = limit(source, "error_after").transpose()?
        && is_older(limit)
    {
        let text = source.freshness.get("error_after").map(describe);
        let place = result.name.clone();
        result.status = Status::Failed;
        result.error = Some(
            Error::new(Kind::CheckFailed, format!("source `{place}` is too old"))
                .cause(match age {
                    Some(age) => format!(
                        "its newest row is {} old, the limit is {}",
                        hours(age),
                        text.unwrap_or_default()
                    ),
                    None => "it has no rows".to_owned(),
                })
                .hint("Load the source, or change `error_after`."),
        );
        return Ok(());
    }
    if let Some(limit) = limit(source, "warn_after").transpose()?
        && is_older(limit)
    {
        result.status = Status::Warned;
    }
    Ok(())
}

fn describe(limit: &Json) -> String {
    let count = limit.get("count").map(ToString::to_string);
    let period = limit.get("period").and_then(Json::as_str);
    format!(
        "{} {}",
        count.unwrap_or_default(),
        period.unwrap_or_default()
    )
}

fn hours(micros: i64) -> String {
    let minutes = micros / 60_000_000;
    match (minutes / 1_440, minutes / 60 % 24, minutes % 60) {
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transform::fixture::{Db, graph};

    fn looked(tables: &str, source: &str) -> Vec<(String, Status, Option<String>)> {
        let db = Db::new();
        db.sql(
            "CREATE TABLE main.events AS SELECT * FROM (VALUES \
             (1, now()::TIMESTAMP - INTERVAL 90 MINUTE), (2, now()::TIMESTAMP - INTERVAL 3 DAY)) t(id, loaded); \
             CREATE TABLE main.empty AS SELECT * FROM main.events WHERE false",
        );
        let yml = format!("sources:\n  - name: s\n    schema: main\n{source}    tables:\n{tables}");
        let graph = graph(&[
            ("sql/models/m.sql", "select 1 as one"),
            ("sql/models/s.yml", yml.as_str()),
        ]);
        let found = freshness(&graph, &db.warehouse, &Selection::default()).expect("looked");
        found
            .into_iter()
            .map(|one| {
                (
                    one.name,
                    one.status,
                    one.error.map(|error| error.to_string()),
                )
            })
            .collect()
    }

    #[test]
    fn limits_decide_and_filters_narrow() {
        let found = looked(
            "      - {name: events}
      - {name: older, identifier: events, freshness: {warn_after: {count: 1, period: hour}, filter: 'id = 2'}}
      - {name: late, identifier: events, freshness: {error_after: {count: 2, period: day}, filter: 'id = 2'}}
      - {name: asked, identifier: events, loaded_at_query: 'select max(loaded) from main.events'}
      - {name: empty}
      - {name: unwatched, identifier: events, freshness: null}
",
            "    loaded_at_field: loaded
    freshness: {warn_after: {count: 1, period: hour}, error_after: {count: 30, period: day}}
",
        );
        let states: Vec<(&str, Status)> = found
            .iter()
            .map(|(name, status, _)| (name.as_str(), *status))
            .collect();
        assert_eq!(
            states,
            [
                ("s.asked", Status::Warned),
                ("s.empty", Status::Failed),
                ("s.events", Status::Warned),
                ("s.late", Status::Failed),
                ("s.older", Status::Warned),
            ]
        );
        let text = |at: usize| found[at].2.clone().unwrap_or_default();
        assert!(
            text(3).contains("its newest row is 3 d 0 h old, the limit is 2 day"),
            "{}",
            text(3)
        );
        assert!(text(1).contains("it has no rows"), "{}", text(1));
    }

    #[test]
    fn what_cannot_be_found_out_is_an_error_of_its_own() {
        let found = looked(
            "      - {name: nowhere}
      - {name: events, freshness: {error_after: {count: 1, period: fortnight}}}
",
            "    loaded_at_field: loaded
    freshness: {warn_after: {count: 1, period: hour}}
",
        );
        let text = |at: usize| found[at].2.clone().unwrap_or_default();
        assert!(
            text(1).contains("failed to look at source `s.nowhere`"),
            "{}",
            text(1)
        );
        assert!(text(0).contains("the period `fortnight`"), "{}", text(0));
    }
}
