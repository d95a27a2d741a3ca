//! What the marts say about everything loaded so far, for the end of a run.

use super::report::{ModelSummary, Summary, ToolSummary};
use crate::error::Result;
use crate::warehouse::{Connection, Table, Value};

const TOTALS: &str = "
SELECT (SELECT count(*) FROM marts.dim_sessions WHERE session_id IS NOT NULL) AS sessions,
       (SELECT count(*) FROM marts.dim_projects WHERE project_path IS NOT NULL) AS projects,
       (SELECT count(*) FROM raw.conversations) AS entries,
       (SELECT count(*) FROM marts.fct_api_calls) AS api_calls,
       (SELECT count(*) FROM marts.fct_messages WHERE role = 'human') AS prompts,
       (SELECT count(*) FROM marts.fct_tool_calls) AS tool_calls,
       (SELECT coalesce(sum(input_tokens), 0)::BIGINT FROM marts.fct_api_calls) AS input_tokens,
       (SELECT coalesce(sum(output_tokens), 0)::BIGINT FROM marts.fct_api_calls) AS output_tokens,
       (SELECT coalesce(sum(cache_creation_tokens), 0)::BIGINT FROM marts.fct_api_calls) AS cache_creation_tokens,
       (SELECT coalesce(sum(cache_read_tokens), 0)::BIGINT FROM marts.fct_api_calls) AS cache_read_tokens,
       (SELECT round(coalesce(sum(cost_usd), 0), 4)::DECIMAL(18, 4) FROM marts.fct_api_calls) AS cost_usd,
       (SELECT coalesce(avg(is_provisional::INTEGER), 0) FROM marts.fct_api_calls) AS provisional_share,
       (SELECT min(date_key)::VARCHAR FROM marts.fct_messages) AS first_day,
       (SELECT max(date_key)::VARCHAR FROM marts.fct_messages) AS last_day,
       (SELECT count(DISTINCT date_key) FROM marts.fct_messages) AS active_days";

const TOOLS: &str = "
SELECT tool_name, count(*),
       avg(CASE WHEN is_success THEN 1.0 ELSE 0.0 END) FILTER (WHERE is_success IS NOT NULL)
FROM marts.fct_tool_calls
GROUP BY tool_name
ORDER BY count(*) DESC, tool_name
LIMIT 8";

const MODELS: &str = "
SELECT model, count(*),
       sum(input_tokens + output_tokens + cache_creation_tokens + cache_read_tokens)::BIGINT,
       round(sum(cost_usd), 4)::DECIMAL(18, 4)
FROM marts.fct_api_calls
GROUP BY model
ORDER BY sum(cost_usd) DESC NULLS LAST, model
LIMIT 6";

const UNPRICED: &str = "
SELECT DISTINCT model FROM marts.agg_model_usage_daily WHERE unpriced_api_calls > 0 ORDER BY model";

/// Reads the summary; `None` while the marts it needs are not built.
pub(super) fn read(connection: &Connection) -> Result<Option<Summary>> {
    let built = connection.scalar(
        "SELECT count(*) FROM duckdb_tables() WHERE schema_name = 'marts'
         AND table_name IN ('dim_sessions', 'dim_projects', 'fct_api_calls', 'fct_messages', 'fct_tool_calls',
                            'agg_model_usage_daily')",
        &[],
    )?;
    if built.as_i64() != Some(6) {
        return Ok(None);
    }
    let totals = connection.query(TOTALS, &[])?;
    let number = |name: &str| count_of(totals.get(0, name));
    let day = |name: &str| {
        totals
            .get(0, name)
            .and_then(Value::as_str)
            .and_then(|day| day.parse().ok())
    };
    Ok(Some(Summary {
        sessions: number("sessions"),
        projects: number("projects"),
        entries: number("entries"),
        api_calls: number("api_calls"),
        prompts: number("prompts"),
        tool_calls: number("tool_calls"),
        input_tokens: number("input_tokens"),
        output_tokens: number("output_tokens"),
        cache_creation_tokens: number("cache_creation_tokens"),
        cache_read_tokens: number("cache_read_tokens"),
        cost_usd: totals
            .get(0, "cost_usd")
            .map(Value::to_string)
            .unwrap_or_default(),
        unpriced_models: first_column(&connection.query(UNPRICED, &[])?),
        provisional_share: totals
            .get(0, "provisional_share")
            .and_then(Value::as_f64)
            .unwrap_or(0.0),
        top_tools: tools(&connection.query(TOOLS, &[])?),
        top_models: models(&connection.query(MODELS, &[])?),
        first_day: day("first_day"),
        last_day: day("last_day"),
        active_days: number("active_days"),
    }))
}

fn count_of(value: Option<&Value>) -> u64 {
    value
        .and_then(Value::as_i64)
        .and_then(|count| u64::try_from(count).ok())
        .unwrap_or(0)
}

fn first_column(table: &Table) -> Vec<String> {
    table
        .rows
        .iter()
        .filter_map(|row| row.first())
        .map(Value::to_string)
        .collect()
}

fn tools(table: &Table) -> Vec<ToolSummary> {
    let rows = table.rows.iter();
    rows.map(|row| ToolSummary {
        name: row.first().map(Value::to_string).unwrap_or_default(),
        calls: count_of(row.get(1)),
        success_rate: row.get(2).and_then(Value::as_f64),
    })
    .collect()
}

fn models(table: &Table) -> Vec<ModelSummary> {
    let rows = table.rows.iter();
    rows.map(|row| ModelSummary {
        name: row.first().map(Value::to_string).unwrap_or_default(),
        calls: count_of(row.get(1)),
        tokens: count_of(row.get(2)),
        cost_usd: row
            .get(3)
            .filter(|cost| !cost.is_null())
            .map(Value::to_string),
    })
    .collect()
}
