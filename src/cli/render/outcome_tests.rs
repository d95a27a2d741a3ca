//! The report of a run, as people see it.

use std::path::PathBuf;

use super::*;
use crate::entry::ExtractCounts;
use crate::event::Stage;
use crate::event::Status;
use crate::run::report::TransformReport;
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
    report.extract = Some(ExtractReport {
        sources: vec![SourceReport {
            name,
            counts,
            files: 312,
        }],
    });
    report.land = Some(LandReport {
        snapshots: 2,
        rows: 12_000,
        files: 9,
        bytes: 130_000_000,
    });
    report.load = Some(LoadReport {
        files: 9,
        inserted: 11_990,
        updated: 10,
        deleted: 0,
        unchanged: 0,
    });
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
    report.stages = [
        (Stage::Extract, 12_300),
        (Stage::Transform, 24_600),
        (Stage::Check, 850),
    ]
    .map(|(stage, millis)| StageTiming {
        stage,
        elapsed: Duration::from_millis(millis),
    })
    .to_vec();
    report.summary = Some(summary());
    report
}

fn unit(name: &str, status: Status, millis: u64) -> UnitReport {
    UnitReport {
        id: format!("model.cca.{name}"),
        failures: None,
        name: name.into(),
        kind: "model".into(),
        materialization: "table".into(),
        status,
        rows: Some(10),
        bytes: None,
        written: crate::run::report::Extent::Whole,
        elapsed: Duration::from_millis(millis),
        message: (status == Status::Failed).then(|| "column `x` does not exist\nLINE 4".into()),
        error: None,
    }
}

fn check() -> CheckReport {
    CheckReport {
        passed: 151,
        warned: 1,
        failures: vec![CheckFailure {
            name: "marts.dim_tools.tool_name".into(),
            place: "expectations/gold.yml:7".into(),
            message: "2 of 40 values are not in the set".into(),
            severity: Severity::Warn,
            errored: false,
        }],
        ..CheckReport::default()
    }
}

fn summary() -> Summary {
    let tool = |name: &str, calls, success_rate| ToolSummary {
        name: name.into(),
        calls,
        success_rate,
    };
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
    insta::assert_snapshot!(plain(&filled(), false, true), @r#"
    ✓ backfill done in 1 min 24 s · 412.0 MB of memory at most · run 019a

    Read        12,345 entries from transcripts (312 files, 1.2 GB)
                12,000 landed · 342 there already · 3 put aside
                put aside, whole, in /data/dead_letter

    Landed      12,000 rows in 9 files (130.0 MB), 2 snapshots

    Loaded      11,990 inserted · 10 updated · 0 deleted · 0 unchanged

    Covers      43 sessions · 7 projects · 61 active days, 2026-09-01 to 2026-11-20
                1,204 prompts · 8,310 API responses · 9,822 tool calls · 12,000 entries

    Tokens      cache read       412.3 M  92.1 %  ███████████████████████████▋
                cache write       28.1 M   6.3 %  █▉
                input              4.0 M   0.9 %  ▎
                output             3.1 M   0.7 %  ▎
                total            447.5 M · 92.8 % of what was sent came from the cache

    Cost        $463.65 at list prices
                without a price, and left out: mystery-1
                output tokens of 12.0 % of the responses are provisional

    Models      claude-opus-4-1    8,000 calls  440.0 M tokens     $430.12  ████████████████████████
                claude-haiku-4-5     300 calls    7.0 M tokens      $33.53  █▉
                mystery-1             10 calls  500.0 k tokens           –

    Tools       Bash                  3,201 calls   94.2 % ok  ████████████████████████████▎
                Edit                  1,100 calls   99.1 % ok  █████████████████████████████▊
                mcp__github__search      12 calls  no results

    Built       2 models
                slowest: fct_messages 2.4 s, stg_messages 120 ms

    Checks      151 passed · 1 warned
                warn  marts.dim_tools.tool_name: 2 of 40 values are not in the set

    Published   25 relations as generation 4 (30.0 MB)

    Time        extract        12.3 s  ████████████████████
                transform      24.6 s  ████████████████████████████████████████
                check          850 ms  █▍

    Where       for BI tools  /data/published/cca.duckdb
                warehouse     /data/warehouse.duckdb
                lake          /data/iceberg

    Next        cca query "SELECT date_key, tool_calls, cost_usd FROM marts.agg_daily_summary ORDER BY 1 DESC LIMIT 7"
                cca status
                cca sync
    "#);
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
    report.check = Some(CheckReport {
        passed: 152,
        ..CheckReport::default()
    });
    insta::assert_snapshot!(plain(&report, false, false), @r"
    ✓ sync done in 640 ms · run 019a
    Read        0 entries from transcripts (0 B)
                0 landed · 0 there already · 0 put aside
    Landed      nothing new
    Loaded      nothing new
    Checks      152 passed
    ");
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
    insta::assert_snapshot!(plain(&report, true, false), @r"
    ✗ run stopped after 1 min 24 s · 412.0 MB of memory at most · run 019a
    Built       1 model · 1 failed · 1 skipped
                fct_messages: column `x` does not exist
    ");
}

#[test]
fn tests_are_told_apart_from_what_was_built() {
    let mut report = empty("build");
    let test = |name: &str, status, message: Option<&str>| UnitReport {
        kind: "test".into(),
        message: message.map(str::to_owned),
        error: None,
        ..unit(name, status, 1)
    };
    report.transform = Some(TransformReport {
        units: vec![
            unit("stg_messages", Status::Ok, 120),
            test("not_null_stg_messages_id", Status::Ok, None),
            test(
                "unique_stg_messages_id",
                Status::Failed,
                Some("found 3 results"),
            ),
            test("few_rows", Status::Warned, Some("found 1 result")),
            unit("fct_messages", Status::Skipped, 0),
            test("unique_fct_messages_id", Status::Skipped, None),
        ],
    });
    insta::assert_snapshot!(plain(&report, true, false), @r"
    ✗ build stopped after 1 min 24 s · 412.0 MB of memory at most · run 019a
    Built       1 model · 1 skipped
    Tested      1 test passed · 1 warned · 1 failed · 1 skipped
                unique_stg_messages_id: found 3 results
    ");
}

#[test]
fn lines_stay_within_the_terminal() {
    for width in [60, 80, 120] {
        let text = outcome(&filled(), false, true, width);
        let plain = anstream::adapter::strip_str(&text).to_string();
        let bars = plain
            .lines()
            .filter(|line| line.contains('█') || line.contains('▏'));
        for line in bars {
            assert!(line.chars().count() <= width, "{width}: {line}");
        }
    }
}

#[test]
fn proposed_commands_can_be_pasted() {
    assert_eq!(shell_word("/data/a-b_c.d"), "/data/a-b_c.d");
    assert_eq!(shell_word("/my data/it's"), "'/my data/it'\\''s'");
}
