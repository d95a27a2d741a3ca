//! Local time: daylight-saving days, midnight, weeks.

use serde_json::{Value, json};

use super::lines::{Built, prompt, said};
use crate::fixtures::{cca, fail, succeed};

const BERLIN: &str = "[project]\ntimezone = \"Europe/Berlin\"\n";

fn session(id: &str, times: &[&str]) -> (String, Vec<Value>) {
    let lines = times.iter().enumerate().map(|(number, time)| {
        if number == 0 {
            prompt(id, time, "go")
        } else {
            said(id, time, &format!("{id}{number}"), "ok")
        }
    });
    (format!("-home-ada-shop/{id}.jsonl"), lines.collect())
}

fn built(toml: &str, sessions: &[(String, Vec<Value>)]) -> Built {
    let files: Vec<(&str, Vec<Value>)> = sessions
        .iter()
        .map(|(path, lines)| (path.as_str(), lines.clone()))
        .collect();
    Built::configured(toml, &files)
}

#[test]
fn hours_are_right_on_the_days_clocks_change() {
    // 2026-03-29 02:00 becomes 03:00; 2026-10-25 03:00 becomes 02:00 again.
    let built = built(
        BERLIN,
        &[
            session(
                "spring",
                &["2026-03-29T00:59:59.999", "2026-03-29T01:00:00.000"],
            ),
            session(
                "autumn",
                &[
                    "2026-10-25T00:30:00.000",
                    "2026-10-25T01:30:00.000",
                    "2026-10-25T02:30:00.000",
                ],
            ),
        ],
    );
    let local: Vec<Value> = built.rows(
        "SELECT strftime(timestamp_local, '%m-%d %H:%M') AS at, local_hour_of_day AS hour, hour_of_day AS utc
         FROM marts.fct_messages ORDER BY timestamp",
    );
    assert_eq!(
        local,
        [
            json!({"at": "03-29 01:59", "hour": 1, "utc": 0}),
            json!({"at": "03-29 03:00", "hour": 3, "utc": 1}),
            json!({"at": "10-25 02:30", "hour": 2, "utc": 0}),
            json!({"at": "10-25 02:30", "hour": 2, "utc": 1}),
            json!({"at": "10-25 03:30", "hour": 3, "utc": 2}),
        ]
    );
    // The hour that happens twice is two rows of hours, and one local hour of the day.
    assert_eq!(
        built.rows("SELECT strftime(hour_start, '%H') AS utc, strftime(local_hour_start, '%H') AS local, total_messages AS n
                    FROM marts.agg_hourly_activity WHERE local_date_key = '2026-10-25' ORDER BY 1"),
        [
            json!({"utc": "00", "local": "02", "n": 1}),
            json!({"utc": "01", "local": "02", "n": 1}),
            json!({"utc": "02", "local": "03", "n": 1}),
        ]
    );
    // The clock shows an hour less than what passed.
    built.says(
        "SELECT daily_active_hours AS hours, daily_active_hours_local AS local, peak_hour_local AS peak FROM marts.agg_daily_summary
         WHERE date_key = '2026-10-25'",
        &json!({"hours": 3, "local": 2, "peak": 2}),
    );
    built.says(
        "SELECT duration_seconds, date_diff('minute', start_time_local, end_time_local) AS clock FROM marts.dim_sessions
         WHERE session_id = 'autumn'",
        &json!({"duration_seconds": 7200, "clock": 60}),
    );
}

#[test]
fn a_session_over_midnight_belongs_to_both_days_and_starts_on_one() {
    // 23:50 to 00:10 in Berlin; the whole of it on one UTC day.
    let built = built(
        BERLIN,
        &[session(
            "s",
            &[
                "2026-01-15T22:50:00.000",
                "2026-01-15T23:00:00.000",
                "2026-01-15T23:10:00.000",
            ],
        )],
    );
    assert_eq!(
        built.rows("SELECT date_key::VARCHAR AS day, local_date_key::VARCHAR AS local, count(*)::INT AS n FROM marts.fct_messages GROUP BY ALL ORDER BY 2"),
        [
            json!({"day": "2026-01-15", "local": "2026-01-15", "n": 1}),
            json!({"day": "2026-01-15", "local": "2026-01-16", "n": 2}),
        ]
    );
    assert_eq!(
        built.rows("SELECT local_date_key::VARCHAR AS day, active_sessions AS active, sessions_started AS started, total_messages AS n,
                           active_minutes AS minutes, first_activity_local::VARCHAR AS first FROM marts.agg_daily_summary_local ORDER BY 1"),
        [
            json!({"day": "2026-01-15", "active": 1, "started": 1, "n": 1, "minutes": 0.0, "first": "2026-01-15 23:50:00"}),
            json!({"day": "2026-01-16", "active": 1, "started": 0, "n": 2, "minutes": 20.0, "first": "2026-01-16 00:00:00"}),
        ]
    );
    built.says(
        "SELECT date_key::VARCHAR AS day, active_sessions AS active, total_messages AS n, active_minutes AS minutes FROM marts.agg_daily_summary",
        &json!({"day": "2026-01-15", "active": 1, "n": 3, "minutes": 20.0}),
    );
    assert_eq!(
        built.rows("SELECT date_key::VARCHAR AS day, local_date_key::VARCHAR AS local, api_calls AS n FROM marts.agg_model_usage_daily ORDER BY 2"),
        [json!({"day": "2026-01-15", "local": "2026-01-16", "n": 2})]
    );
}

#[test]
fn days_are_local_where_the_variable_says_so() {
    let toml = format!("{BERLIN}[vars]\nday_basis = \"local\"\n");
    let built = built(
        &toml,
        &[session(
            "s",
            &["2026-01-15T22:50:00.000", "2026-01-15T23:10:00.000"],
        )],
    );
    assert_eq!(
        built.rows("SELECT date_key::VARCHAR AS day, total_messages AS n FROM marts.agg_daily_summary ORDER BY 1"),
        [json!({"day": "2026-01-15", "n": 1}), json!({"day": "2026-01-16", "n": 1})]
    );
}

#[test]
fn weeks_start_on_monday_and_days_have_no_gaps() {
    let built = built(
        "",
        &[
            session("s", &["2026-01-01T12:00:00.000"]),
            session("t", &["2026-01-05T00:00:00.000"]),
        ],
    );
    assert_eq!(
        built.rows("SELECT date::VARCHAR AS date, week_start::VARCHAR AS week, week_of_year AS number, day_of_week AS day, day_name,
                           is_weekend AS weekend FROM marts.dim_date WHERE date BETWEEN '2026-01-03' AND '2026-01-05' ORDER BY 1"),
        [
            json!({"date": "2026-01-03", "week": "2025-12-29", "number": 1, "day": 6, "day_name": "Saturday", "weekend": true}),
            json!({"date": "2026-01-04", "week": "2025-12-29", "number": 1, "day": 7, "day_name": "Sunday", "weekend": true}),
            json!({"date": "2026-01-05", "week": "2026-01-05", "number": 2, "day": 1, "day_name": "Monday", "weekend": false}),
        ]
    );
    built.says(
        "SELECT count(*)::INT = date_diff('day', min(date), max(date)) + 1 AS whole, min(date)::VARCHAR AS first FROM marts.dim_date",
        &json!({"whole": true, "first": "2026-01-01"}),
    );
}

#[test]
fn what_has_no_time_has_a_day_of_its_own() {
    let built = built("", &[session("s", &["2026-01-01T12:00:00.000"])]);
    let lost = super::lines::with(
        prompt("x", "2026-01-01T00:00:00.000", "when?"),
        &json!({"timestamp": null}),
    );
    built.write(&[("-home-ada-shop/x.jsonl", vec![lost])]);
    // Step by step: the checks of a whole run find too many entries without a time.
    let root = built.path().join("claude");
    succeed(
        cca(built.path())
            .args(["extract", "-q", "--roots"])
            .arg(root),
    );
    succeed(cca(built.path()).args(["load", "-q"]));
    succeed(cca(built.path()).args(["run", "-q"]));
    built.says(
        "SELECT count(*)::INT AS n FROM marts.fct_messages m JOIN marts.dim_date d USING (date_key) WHERE d.date IS NULL",
        &json!({"n": 1}),
    );
}

#[test]
fn impossible_zones_and_days_are_one_clear_message() {
    let built = built("", &[session("s", &["2026-01-01T12:00:00.000"])]);
    for (toml, parts) in [
        (
            "[project]\ntimezone = \"Europe/Berln\"\n",
            ["Europe/Berln", "Europe/Berlin"],
        ),
        (
            "[project]\ntimezone = \"UTC+25\"\n",
            ["UTC+25", "Europe/Berlin"],
        ),
        (
            "[vars]\nday_basis = \"lunar\"\n",
            ["lunar", "`utc` or `local`"],
        ),
        (
            "[vars]\nwait_seconds = 0\n",
            ["vars.wait_seconds", "a number above 0"],
        ),
    ] {
        std::fs::write(built.path().join("cca.toml"), toml).expect("written");
        let message = fail(cca(built.path()).args(["run", "-q"]).env_remove("TZ"), 2);
        assert_eq!(message.matches("error[").count(), 1, "{message}");
        for part in parts {
            assert!(message.contains(part), "{part}: {message}");
        }
    }
}
