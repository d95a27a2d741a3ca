//! Reports in the shape ccusage publishes, so that scripts and status lines go on working.
//!
//! Rows of periods have the keys of `ccusage claude daily|weekly|monthly` and those of the unified
//! `ccusage daily|weekly|monthly` (`period`, `agent`, `metadata`). Sessions and blocks have those
//! of `ccusage claude session|blocks`; projects and models are our own, alike.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::blocks::{Block, largest};
use super::call::{Amounts, Tokens};
use super::ccusage::Comparison;
use super::filter::folder_name;
use super::money::Usd;
use super::period::Period;
use super::report::{Grouping, ModelSums, Report, Row, Sums};

/// A report as one JSON object.
#[must_use]
pub fn report(report: &Report) -> Value {
    let (list, key) = names(report.grouping);
    let rows: Vec<Value> = report
        .rows
        .iter()
        .map(|row| Value::Object(row_object(report.grouping, key, row)))
        .collect();
    let mut document = Map::new();
    document.insert(list.to_owned(), Value::Array(rows));
    document.insert("totals".to_owned(), Value::Object(sums(&report.totals)));
    Value::Object(document)
}

/// Reports of one project each as one JSON object, by the folder of its transcripts.
#[must_use]
pub fn by_project(reports: &BTreeMap<String, Report>, all: &Report) -> Value {
    let mut projects = Map::new();
    for (directory, report) in reports {
        let (_, key) = names(report.grouping);
        let folder = folder_name(directory);
        let rows = report.rows.iter().map(|row| {
            let mut object = row_object(report.grouping, key, row);
            object.insert("project".to_owned(), json!(folder));
            Value::Object(object)
        });
        let rows: Vec<Value> = rows.collect();
        // Two directories may share a folder: `/a-b` and `/a/b`.
        match projects.get_mut(&folder) {
            Some(Value::Array(known)) => known.extend(rows),
            _ => {
                projects.insert(folder, Value::Array(rows));
            }
        }
    }
    json!({"projects": projects, "totals": sums(&all.totals)})
}

/// Name of the list, and of the key of its rows.
fn names(grouping: Grouping) -> (&'static str, &'static str) {
    match grouping {
        Grouping::Period(Period::Day) => ("daily", "date"),
        Grouping::Period(Period::Week(_)) => ("weekly", "week"),
        Grouping::Period(Period::Month) => ("monthly", "month"),
        Grouping::Session => ("sessions", "sessionId"),
        Grouping::Project => ("projects", "project"),
        Grouping::Model => ("models", "modelName"),
    }
}

fn row_object(grouping: Grouping, key: &str, row: &Row) -> Map<String, Value> {
    let mut object = Map::new();
    let mut set = |name: &str, value: Value| object.insert(name.to_owned(), value);
    set(key, json!(row.key));
    match grouping {
        Grouping::Period(_) => {
            set("period", json!(row.key));
            set("agent", json!("all"));
            set("metadata", json!({"agents": ["claude"]}));
        }
        Grouping::Session => {
            set("projectPath", json!(row.project));
            set(
                "firstActivity",
                json!(row.activity.map(|(first, _)| instant(first))),
            );
            set(
                "lastActivity",
                json!(row.activity.map(|(_, last)| instant(last))),
            );
        }
        Grouping::Project => {
            set("projectName", json!(row.project_name()));
            set("sessions", json!(row.sessions));
            set(
                "firstActivity",
                json!(row.activity.map(|(first, _)| instant(first))),
            );
            set(
                "lastActivity",
                json!(row.activity.map(|(_, last)| instant(last))),
            );
        }
        Grouping::Model => {
            set("sessions", json!(row.sessions));
            set("calls", json!(row.sums.calls));
        }
    }
    object.extend(sums(&row.sums));
    if grouping != Grouping::Model {
        let mut used: Vec<&str> = row
            .models
            .iter()
            .map(|model| model.model.as_str())
            .collect();
        used.sort_unstable();
        object.insert("modelsUsed".to_owned(), json!(used));
        let breakdowns = row.models.iter().map(breakdown).collect();
        object.insert("modelBreakdowns".to_owned(), Value::Array(breakdowns));
    }
    object
}

fn sums(sums: &Sums) -> Map<String, Value> {
    let mut object = classes(sums.tokens);
    object.insert("totalTokens".to_owned(), json!(sums.tokens.total()));
    object.insert("totalCost".to_owned(), json!(sums.cost));
    object
}

fn breakdown(model: &ModelSums) -> Value {
    let mut object = Map::new();
    object.insert("modelName".to_owned(), json!(model.model));
    object.extend(classes(model.sums.tokens));
    object.insert("cost".to_owned(), json!(model.sums.cost));
    Value::Object(object)
}

/// Tokens by class under the names ccusage uses.
#[must_use]
pub fn classes(tokens: Tokens) -> Map<String, Value> {
    let mut object = Map::new();
    for (name, value) in [
        ("inputTokens", tokens.input),
        ("outputTokens", tokens.output),
        ("cacheCreationTokens", tokens.cache_creation),
        ("cacheReadTokens", tokens.cache_read),
    ] {
        object.insert(name.to_owned(), json!(value));
    }
    object
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BlockObject<'a> {
    id: String,
    start_time: String,
    end_time: String,
    actual_end_time: Option<String>,
    is_active: bool,
    is_gap: bool,
    entries: u64,
    token_counts: TokenCounts,
    total_tokens: i64,
    #[serde(rename = "costUSD")]
    cost: Usd,
    models: &'a [String],
    burn_rate: Option<BurnRateObject>,
    projection: Option<ProjectionObject>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_limit_status: Option<LimitStatus>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TokenCounts {
    input_tokens: i64,
    output_tokens: i64,
    cache_creation_input_tokens: i64,
    cache_read_input_tokens: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BurnRateObject {
    tokens_per_minute: f64,
    tokens_per_minute_for_indicator: f64,
    cost_per_hour: f64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ProjectionObject {
    total_tokens: i64,
    total_cost: f64,
    remaining_minutes: i64,
}

/// What a projection means for a limit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LimitStatus {
    /// Tokens a block may use.
    pub limit: i64,
    /// Tokens it comes to.
    pub projected_usage: i64,
    /// The second of the first, in percent.
    pub percent_used: f64,
    /// `ok`, `warning` or `exceeds`.
    pub status: &'static str,
}

/// Where the block of `projected` tokens ends up: `ok`, `warning` above 80 %, `exceeds`.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "a percentage")]
pub fn limit_status(projected: i64, limit: i64) -> LimitStatus {
    let percent_used = projected as f64 / limit as f64 * 100.0;
    LimitStatus {
        limit,
        projected_usage: projected,
        percent_used,
        status: match percent_used {
            above if above > 100.0 => "exceeds",
            near if near > 80.0 => "warning",
            _ => "ok",
        },
    }
}

/// A limit of tokens per block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenLimit {
    /// So many.
    Tokens(i64),
    /// As many as the largest block that is over.
    Largest,
}

impl TokenLimit {
    /// The number; `None` if no block is over yet.
    #[must_use]
    pub fn tokens(self, blocks: &[Block]) -> Option<i64> {
        match self {
            TokenLimit::Tokens(tokens) => Some(tokens),
            TokenLimit::Largest => largest(blocks),
        }
    }
}

/// Blocks as one JSON object.
#[must_use]
pub fn blocks<'a>(shown: impl IntoIterator<Item = &'a Block>, limit: Option<i64>) -> Value {
    let objects: Vec<BlockObject<'_>> = shown
        .into_iter()
        .map(|block| BlockObject {
            id: if block.is_gap {
                format!("gap-{}", instant(block.start))
            } else {
                instant(block.start)
            },
            start_time: instant(block.start),
            end_time: instant(block.end),
            actual_end_time: block.last.map(instant),
            is_active: block.is_active,
            is_gap: block.is_gap,
            entries: block.calls,
            token_counts: TokenCounts {
                input_tokens: block.tokens.input,
                output_tokens: block.tokens.output,
                cache_creation_input_tokens: block.tokens.cache_creation,
                cache_read_input_tokens: block.tokens.cache_read,
            },
            total_tokens: block.tokens.total(),
            cost: block.cost,
            models: &block.models,
            burn_rate: block.burn_rate.map(|rate| BurnRateObject {
                tokens_per_minute: rate.tokens_per_minute,
                tokens_per_minute_for_indicator: rate.plain_tokens_per_minute,
                cost_per_hour: rate.cost_per_hour,
            }),
            projection: block.projection.map(|end| ProjectionObject {
                total_tokens: end.total_tokens,
                total_cost: end.total_cost,
                remaining_minutes: end.remaining_minutes,
            }),
            token_limit_status: limit
                .zip(block.projection)
                .map(|(limit, end)| limit_status(end.total_tokens, limit)),
        })
        .collect();
    json!({"blocks": objects})
}

/// Both counts, their difference, and its causes with their places.
#[must_use]
pub fn comparison(comparison: &Comparison) -> Value {
    let causes: Vec<Value> = comparison
        .causes
        .iter()
        .map(|sum| {
            let mut object = Map::new();
            object.insert("cause".to_owned(), json!(sum.cause.name()));
            object.insert("meaning".to_owned(), json!(sum.cause.meaning()));
            object.insert("responses".to_owned(), json!(sum.instances.len()));
            object.extend(amounts(sum.amounts));
            let entries = sum.instances.iter().map(|instance| {
                let mut entry = Map::new();
                entry.insert("file".to_owned(), json!(instance.file));
                entry.insert("line".to_owned(), json!(instance.line));
                entry.insert("messageId".to_owned(), json!(instance.message_id));
                entry.extend(amounts(instance.amounts));
                Value::Object(entry)
            });
            object.insert("entries".to_owned(), entries.collect());
            Value::Object(object)
        })
        .collect();
    let difference = comparison.ours.minus(comparison.theirs);
    json!({
        "ccusage": amounts(comparison.theirs),
        "cca": amounts(comparison.ours),
        "difference": amounts(difference),
        "causes": causes,
    })
}

fn amounts(amounts: Amounts) -> Map<String, Value> {
    let mut object = classes(amounts.tokens);
    object.insert("totalTokens".to_owned(), json!(amounts.tokens.total()));
    object.insert("cost".to_owned(), json!(amounts.cost));
    object
}

/// `2026-01-31T12:00:00.000Z`.
fn instant(micros: i64) -> String {
    jiff::Timestamp::from_microsecond(micros)
        .map(|instant| instant.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string())
        .unwrap_or_default()
}
