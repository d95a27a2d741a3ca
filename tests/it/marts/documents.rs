//! What is written about the models, against what the models are.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Value, json};

use super::lines::{Built, answer, call, pairs, prompt, result, said};
use crate::fixtures::{cca, fail, query, succeed};

/// A week of work of everything the generator knows, built once for all tests here.
fn demo() -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    succeed(
        cca(dir.path())
            .args([
                "demo",
                "-q",
                "--size",
                "2MB",
                "--seed",
                "3",
                "--data-dir",
                "data",
                "--target",
            ])
            .arg(dir.path().join("logs")),
    );
    dir
}

/// Relation, its description, and its columns with type and description.
type Documented = BTreeMap<String, (String, Vec<(String, String, String)>)>;

fn documented(folders: &[&str]) -> Documented {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = folders
        .iter()
        .flat_map(|folder| walkdir::WalkDir::new(root.join(folder)));
    let mut all = Documented::new();
    for file in files
        .flatten()
        .filter(|file| file.path().extension().is_some_and(|kind| kind == "yml"))
    {
        let text = std::fs::read_to_string(file.path()).expect("readable");
        let yaml: Value = serde_yaml_ng::from_str(&text).expect("YAML");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        for model in ["models", "seeds"]
            .iter()
            .flat_map(|kind| yaml[kind].as_array().cloned().unwrap_or_default())
        {
            let columns = model["columns"].as_array().cloned().unwrap_or_default();
            let columns = columns
                .iter()
                .map(|column| {
                    (
                        text(&column["name"]),
                        text(&column["data_type"]),
                        text(&column["description"]),
                    )
                })
                .collect();
            let twice = all.insert(text(&model["name"]), (text(&model["description"]), columns));
            assert!(twice.is_none(), "{} is described twice", model["name"]);
        }
    }
    all
}

#[test]
fn every_column_is_documented_and_every_documented_column_is_there() {
    let dir = demo();
    let rows = query(
        dir.path(),
        "SELECT table_name AS relation, column_name AS name, lower(data_type) AS type FROM information_schema.columns
         WHERE table_schema IN ('staging', 'intermediate', 'marts', 'seeds') ORDER BY 1, ordinal_position",
    );
    let mut real: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for row in rows {
        let text = |key: &str| row[key].as_str().expect("text").to_owned();
        real.entry(text("relation"))
            .or_default()
            .push((text("name"), text("type")));
    }
    let documented = documented(&["sql/models", "seeds"]);
    assert_eq!(
        real.keys().collect::<Vec<_>>(),
        documented.keys().collect::<Vec<_>>()
    );
    for (relation, (_, columns)) in &documented {
        let expected: Vec<(String, String)> = columns
            .iter()
            .map(|(name, kind, _)| (name.clone(), kind.clone()))
            .collect();
        let found: Vec<(String, String)> = real[relation]
            .iter()
            .zip(&expected)
            // A list of structures is documented in short.
            .map(|(column, documented)| {
                if column.1.starts_with("struct") {
                    documented.clone()
                } else {
                    column.clone()
                }
            })
            .collect();
        assert_eq!(found, expected, "columns of {relation}, in order");
        assert_eq!(
            real[relation].len(),
            expected.len(),
            "columns of {relation}"
        );
        for (name, _, description) in columns {
            assert!(
                description.ends_with(['.', '?']),
                "{relation}.{name}: {description:?}"
            );
        }
    }
}

/// The names after `Key:` in a description.
fn key(description: &str) -> Vec<&str> {
    let key = description.split_once("Key: ").map_or("", |(_, rest)| rest);
    let key = key.split(['.', ';', '(']).next().unwrap_or_default();
    key.split(',').map(str::trim).collect()
}

#[test]
fn grains_and_keys_are_what_they_are_said_to_be() {
    let dir = demo();
    let mut relations = 0;
    for (relation, (description, columns)) in documented(&["sql/models"]) {
        assert!(
            description.starts_with("Grain: one row per "),
            "{relation}: {description}"
        );
        let key = key(&description);
        let names: BTreeSet<&str> = columns.iter().map(|(name, _, _)| name.as_str()).collect();
        assert!(
            key.iter().all(|name| names.contains(name)),
            "key of {relation}: {key:?}"
        );
        let schema = match relation.split('_').next() {
            Some("stg") => "staging",
            Some("int") => "intermediate",
            _ => "marts",
        };
        let list = key
            .iter()
            .map(|name| format!("coalesce(\"{name}\"::VARCHAR, '?')"))
            .collect::<Vec<_>>()
            .join(", ");
        let found = query(
            dir.path(),
            &format!(
                "SELECT count(*) AS rows, count(DISTINCT ({list})) AS keys FROM {schema}.\"{relation}\""
            ),
        );
        assert_eq!(found[0]["rows"], found[0]["keys"], "{relation} by {key:?}");
        relations += 1;
    }
    assert!(relations >= 30);
}

/// The relation and column a key of the marts leads to.
fn target(column: &str) -> Option<(&'static str, &'static str)> {
    Some(match column {
        "session_key" | "continued_from_session_key" | "first_session_key" => {
            ("dim_sessions", "session_key")
        }
        "project_key" => ("dim_projects", "project_key"),
        "user_key" => ("dim_users", "user_key"),
        "tool_key" => ("dim_tools", "tool_key"),
        "model_key" => ("dim_models", "model_key"),
        "date_key" | "local_date_key" => ("dim_date", "date_key"),
        "hour_of_day" | "local_hour_of_day" | "hour_key" => ("dim_hour", "hour_key"),
        "message_key" => ("fct_messages", "message_key"),
        "tool_call_key" => ("fct_tool_calls", "tool_call_key"),
        "agent_key" | "parent_agent_key" => ("dim_agents", "agent_key"),
        "api_call_key" => ("fct_api_calls", "api_call_key"),
        _ => return None,
    })
}

#[test]
fn every_key_leads_somewhere() {
    let dir = demo();
    let rows = query(
        dir.path(),
        "SELECT table_name AS relation, column_name AS name FROM information_schema.columns
         WHERE table_schema = 'marts' AND (column_name LIKE '%\\_key' ESCAPE '\\' OR column_name LIKE '%hour_of_day') ORDER BY ALL",
    );
    assert!(rows.len() > 50, "{}", rows.len());
    for row in rows {
        let text = |key: &str| row[key].as_str().expect("text").to_owned();
        let (relation, name) = (text("relation"), text("name"));
        let (other, key) =
            target(&name).unwrap_or_else(|| panic!("{relation}.{name} leads nowhere"));
        let lost = query(
            dir.path(),
            &format!(
                "SELECT count(*) FILTER (WHERE \"{name}\" NOT IN (SELECT \"{key}\" FROM marts.{other})) AS lost
                 FROM marts.\"{relation}\""
            ),
        );
        assert_eq!(lost[0]["lost"], 0, "{relation}.{name}");
    }
}

/// Measures tell what they are measured in, in their name or their description.
#[test]
fn measures_have_units() {
    const UNITS: [&str; 25] = [
        "times",
        "token",
        "dollar",
        "millisecond",
        "second",
        "minute",
        "hour",
        "line",
        "character",
        "count(",
        "count of",
        "number",
        "percent",
        "* 100",
        "0 to",
        "share",
        "level",
        "sessions",
        "search",
        "fetch",
        "place",
        "prompts",
        "calls",
        "factor",
        "byte",
    ];
    for (relation, (_, columns)) in documented(&["sql/models"]) {
        for (name, kind, description) in columns {
            let measured = kind.starts_with("decimal")
                || ["bigint", "double", "hugeint"].contains(&kind.as_str());
            let text = description.to_lowercase();
            assert!(
                !measured
                    || name.starts_with('_')
                    || name.ends_with("_count")
                    || UNITS.iter().any(|unit| text.contains(unit)),
                "{relation}.{name} has no unit: {description}"
            );
        }
    }
}

#[test]
fn the_sample_queries_of_the_specification_run_by_name_and_path() {
    let built = Built::from(&[(
        "-home-ada-shop/s.jsonl",
        vec![
            prompt("s", "2026-03-02T10:00:00.000", "go"),
            answer(
                "s",
                "2026-03-02T10:01:00.000",
                "m",
                &[call(
                    "a",
                    "Read",
                    &json!({"file_path": "/home/ada/shop/a.rs"}),
                )],
            ),
            result("s", "2026-03-02T10:01:02.000", "a", &Value::Null),
            said("s", "2026-03-02T11:00:00.000", "n", "done"),
        ],
    )]);
    let run = |file: &str| -> Vec<Value> {
        let text = succeed(cca(built.path()).args(["query", "--format", "json", "--file", file]));
        serde_json::from_str(&text).expect("JSON")
    };
    assert_eq!(
        run("sql/analyses/hourly_heatmap.sql"),
        [
            json!({"day_of_week": 1, "day_name": "Monday", "hour": 10, "activity_count": 3}),
            json!({"day_of_week": 1, "day_name": "Monday", "hour": 11, "activity_count": 1}),
        ]
    );
    assert_eq!(
        run("top_tools"),
        [
            json!({"tool_name": "Read", "tool_category": "file_operations", "call_count": 1, "avg_duration_ms": 2000.0, "success_rate": 100.0})
        ]
    );
    // It looks at the last thirty days only.
    assert_eq!(run("daily_productivity.sql"), Vec::<Value>::new());
    let now = String::from_utf8(
        std::process::Command::new("date")
            .args(["-u", "+%Y-%m-%d"])
            .output()
            .expect("date")
            .stdout,
    )
    .expect("text");
    let at = |time: &str| format!("{}T{time}", now.trim());
    let today = Built::from(&[(
        "-home-ada-shop/s.jsonl",
        vec![
            prompt("s", &at("00:00:00.000"), "go"),
            said("s", &at("00:30:00.000"), "m", "ok"),
        ],
    )]);
    assert_eq!(
        today.map("SELECT 'sessions', sessions_started FROM marts.agg_daily_summary"),
        pairs([("sessions", json!(1))])
    );
    let text = succeed(cca(today.path()).args([
        "query",
        "--format",
        "json",
        "--file",
        "daily_productivity",
    ]));
    assert_eq!(
        serde_json::from_str::<Value>(&text).expect("JSON"),
        json!([{"date": now.trim(), "sessions": 1, "total_minutes": 30.0, "messages": 2, "avg_tool_success": null}])
    );
    let message = fail(
        cca(built.path()).args(["query", "--file", "top_tols.sql"]),
        2,
    );
    assert!(
        message.contains("top_tols.sql") && message.contains("Did you mean `top_tools`?"),
        "{message}"
    );
}

#[test]
fn what_a_model_means_is_shown_with_some_of_its_rows() {
    let dir = tempfile::tempdir().expect("a folder");
    let show = |arguments: &[&str]| {
        let text = succeed(
            cca(dir.path())
                .args(["show", "--format", "json"])
                .args(arguments),
        );
        serde_json::from_str::<Value>(&text).expect("JSON")
    };
    // Without a warehouse it tells what is written.
    let described = show(&["agg_tool_efficiency"]);
    assert_eq!(described["rows"], Value::Null);
    assert_eq!(described["columns"][0]["name"], "tool_key");
    assert_eq!(
        described["depends_on"],
        json!(["dim_tools", "fct_tool_calls"])
    );
    succeed(
        cca(dir.path())
            .args([
                "demo",
                "-q",
                "--size",
                "1MB",
                "--data-dir",
                "data",
                "--target",
            ])
            .arg(dir.path().join("logs")),
    );
    for (relation, (description, columns)) in documented(&["sql/models", "seeds"]) {
        let shown = show(&[&relation, "--limit", "2"]);
        assert_eq!(shown["description"], description, "{relation}");
        let names: Vec<&str> = shown["columns"]
            .as_array()
            .expect("columns")
            .iter()
            .map(|column| column["name"].as_str().expect("a name"))
            .collect();
        let expected: Vec<&str> = columns.iter().map(|(name, _, _)| name.as_str()).collect();
        assert_eq!(names, expected, "{relation}");
        let rows = shown["rows"].as_u64().expect("a count");
        let sample = shown["sample"].as_array().expect("rows");
        assert_eq!(sample.len() as u64, rows.min(2), "{relation}");
        assert!(rows > 0, "{relation}");
    }
    let text = succeed(cca(dir.path()).args(["show", "marts.agg_tool_efficiency", "--limit", "1"]));
    for part in [
        "Grain: one row per tool.",
        "Made from",
        "p95_duration_ms",
        "milliseconds",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let message = fail(cca(dir.path()).args(["show", "agg_tool_eficiency"]), 2);
    assert!(
        message.contains("Did you mean `agg_tool_efficiency`?"),
        "{message}"
    );
}
