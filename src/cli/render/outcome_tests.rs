//! The report of a run, as people see it.

use std::path::PathBuf;

use super::*;
use crate::entry::ExtractCounts;
use crate::event::Stage;
use crate::run::report::{
    CheckFailure, LandReport, LoadReport, ModelSummary, Places, PublishReport, SourceReport,
    Summary, ToolSummary,
};

fn plain(report: &RunReport, failed: bool, full: bool) -> String {
    anstream::adapter::strip_str(&outcome(report, failed, full, 96)).to_string()
}

fn empty(command: &str) -> RunReport {
    let places = Places {
        data_dir: "/data".into(),
        lake: "/data/iceberg".into(),
        warehouse: "/data/warehouse.duckdb".into(),
        published: "/data/published/cca.duckdb".into(),
        dead_letters: "/data/dead_letter".into(),
    };
    let started_at = "2026-11-20T12:00:00Z".parse().expect("an instant");
    let mut report = RunReport::new("019a".into(), command, started_at, places);
    report.elapsed = Duration::from_millis(84_200);
    report.peak_memory = Some(412_000_000);
    report
}

fn filled() -> RunReport {
    let mut report = empty("backfill");
    let counts = ExtractCounts {
        read: 12_345,
        landed: 12_000,
        duplicates: 342,
        dead_lettered: 3,
        bytes: 1_234_567_890,
    };
    let name = "transcripts".to_owned();
    report.extract =
        Some(ExtractReport { sources: vec![SourceReport { name, counts, files: 312 }] });
    report.land = Some(LandReport { snapshots: 2, rows: 12_000, files: 9, bytes: 130_000_000 });
    report.load =
        Some(LoadReport { files: 9, inserted: 11_990, updated: 10, deleted: 0, unchanged: 0 });
    report.transform = Some(TransformReport {
        units: vec![
            unit("stg_messages", Status::Ok, 120),
            unit("fct_messages", Status::Ok, 2_400),
        ],
    });
    report.check = Some(check());
    report.publish = Some(PublishReport {
        generation: 4,
        relations: 25,
        bytes: 30_000_000,
        path: PathBuf::from("/data/published/cca.duckdb"),
    });
    report.stages = [(Stage::Extract, 12_300), (Stage::Transform, 24_600), (Stage::Check, 850)]
        .map(|(stage, millis)| StageTiming { stage, elapsed: Duration::from_millis(millis) })
        .to_vec();
    report.summary = Some(summary());
    report
}

fn unit(name: &str, status: Status, millis: u64) -> UnitReport {
    UnitReport {
        name: name.into(),
        kind: "model".into(),
        materialization: "table".into(),
        status,
        rows: Some(10),
        elapsed: Duration::from_millis(millis),
        message: (status == Status::Failed).then(|| "column `x` does not exist\nLINE 4".into()),
    }
}

fn check() -> CheckReport {
    CheckReport {
        passed: 151,
        warned: 1,
        failures: vec![CheckFailure {
            name: "marts.dim_tools.tool_name".into(),
            message: "2 of 40 values are not in the set".into(),
            severity: Severity::Warn,
            errored: false,
        }],
        ..CheckReport::default()
    }
}

fn summary() -> Summary {
    let tool = |name: &str, calls, success_rate| ToolSummary { name: name.into(), calls, success_rate };
    let model = |name: &str, calls, tokens, cost: Option<&str>| ModelSummary {
        name: name.into(),
        calls,
        tokens,
        cost_usd: cost.map(str::to_owned),
    };
    Summary {
        sessions: 43,
        projects: 7,
        entries: 12_000,
        api_calls: 8_310,
        prompts: 1_204,
        tool_calls: 9_822,
        input_tokens: 4_000_000,
        output_tokens: 3_100_000,
        cache_creation_tokens: 28_100_000,
        cache_read_tokens: 412_300_000,
        cost_usd: "463.6512".into(),
        unpriced_models: vec!["mystery-1".into()],
        provisional_share: 0.12,
        top_tools: vec![
            tool("Bash", 3_201, Some(0.942)),
            tool("Edit", 1_100, Some(0.991)),
            tool("mcp__github__search", 12, None),
        ],
        top_models: vec![
            model("claude-opus-4-1", 8_000, 440_000_000, Some("430.1200")),
            model("claude-haiku-4-5", 300, 7_000_000, Some("33.5312")),
            model("mystery-1", 10, 500_000, None),
        ],
        first_day: Some(jiff::civil::date(2026, 9, 1)),
        last_day: Some(jiff::civil::date(2026, 11, 20)),
        active_days: 61,
    }
}

#[test]
fn a_backfill_tells_everything() {
    insta::assert_snapshot!(plain(&filled(), false, true), @"");
}

#[test]
fn a_sync_without_news_is_short() {
    let mut report = empty("sync");
    report.elapsed = Duration::from_millis(640);
    report.peak_memory = None;
    report.extract = Some(ExtractReport {
        sources: vec![SourceReport {
            name: "transcripts".into(),
            counts: ExtractCounts::default(),
            files: 1,
        }],
    });
    report.land = Some(LandReport::default());
    report.load = Some(LoadReport::default());
    report.check = Some(CheckReport { passed: 152, ..CheckReport::default() });
    insta::assert_snapshot!(plain(&report, false, false), @"");
}

#[test]
fn a_run_that_failed_names_what_failed() {
    let mut report = empty("run");
    report.transform = Some(TransformReport {
        units: vec![
            unit("stg_messages", Status::Ok, 120),
            unit("fct_messages", Status::Failed, 30),
            unit("agg_daily_summary", Status::Skipped, 0),
        ],
    });
    insta::assert_snapshot!(plain(&report, true, false), @"");
}

#[test]
fn lines_stay_within_the_terminal() {
    for width in [60, 80, 120] {
        let text = outcome(&filled(), false, true, width);
        let plain = anstream::adapter::strip_str(&text).to_string();
        let bars = plain.lines().filter(|line| line.contains('█') || line.contains('▏'));
        for line in bars {
            assert!(line.chars().count() <= width, "{width}: {line}");
        }
    }
}
