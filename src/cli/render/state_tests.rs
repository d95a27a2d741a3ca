//! The state of a data folder, as people see it.

use std::collections::BTreeMap;
use std::time::Duration;

use super::*;
use crate::run::report::{LockStatus, Places, UnpricedModel};

fn empty() -> StatusReport {
    StatusReport {
        places: Places {
            data_dir: "/data".into(),
            lake: "/data/iceberg".into(),
            warehouse: "/data/warehouse.duckdb".into(),
            published: "/data/published/cca.duckdb".into(),
            dead_letters: "/data/dead_letter".into(),
        },
        landing: None,
        warehouse: None,
        published: None,
        dead_letters: 0,
        running: None,
        last_run: None,
    }
}

fn plain(report: &StatusReport) -> String {
    anstream::adapter::strip_str(&state(report, &TimeZone::UTC)).to_string()
}

fn at(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

#[test]
fn an_empty_folder_says_how_to_begin() {
    insta::assert_snapshot!(plain(&empty()), @r"
    data folder /data

    Last run    none yet

    Lake        nothing yet; cca backfill

    Warehouse   nothing yet; cca backfill

    Published   nothing yet; cca backfill
    ");
}

#[test]
fn everything_that_is_there_is_told() {
    let report = StatusReport {
        landing: Some(LandingStatus {
            snapshot_id: Some(7),
            committed_at: Some(at("2026-11-20T11:59:00Z")),
            snapshots: 3,
            rows: 12_000,
            files: 9,
            bytes: 130_000_000,
            marks: BTreeMap::from([("a".to_owned(), "1".to_owned())]),
        }),
        warehouse: Some(WarehouseStatus {
            loaded_snapshot_id: Some(6),
            behind: 1,
            entries: 11_990,
            relations: 41,
            bytes: 52_000_000,
            newest_entry: Some(at("2026-11-20T11:58:00Z")),
            unpriced_models: vec![UnpricedModel {
                model: "claude-nova-9-20270101".to_owned(),
                price_name: "claude-nova-9".to_owned(),
                api_calls: 12,
                tokens: 34_567,
            }],
        }),
        published: Some(PublishedStatus {
            generation: 4,
            generations: 3,
            published_at: Some(at("2026-11-20T11:59:30Z")),
            relations: 25,
            bytes: 30_000_000,
        }),
        dead_letters: 3,
        running: Some(LockStatus {
            pid: 42,
            host: "box".into(),
            command: "sync".into(),
            since: Some(at("2026-11-20T12:00:00Z")),
        }),
        last_run: Some(LastRun {
            run_id: "019a".into(),
            command: "backfill".into(),
            started_at: at("2026-11-20T11:00:00Z"),
            elapsed: Duration::from_secs(84),
            succeeded: false,
            message: Some("2 of 153 expectations failed".into()),
        }),
        ..empty()
    };
    insta::assert_snapshot!(plain(&report), @r"
    data folder /data

    Running     cca sync process 42 on box, since 2026-11-20 12:00:00

    Last run    cca backfill at 2026-11-20 11:00:00, 1 min 24 s: failed: 2 of 153 expectations failed

    Lake        12,000 rows in 9 files (130.0 MB)
                3 snapshots, last at 2026-11-20 11:59:00 · 1 high-water mark

    Warehouse   11,990 entries and 41 relations (52.0 MB)
                1 snapshot behind the lake; cca load · newest entry 2026-11-20 11:58:00

    No price    claude-nova-9-20270101: 12 calls, 34,567 tokens left out of every cost
                add claude-nova-9 to seeds/model_prices.csv (cca init writes it), then cca run

    Published   generation 4 (3 kept): 25 relations, 30.0 MB, 2026-11-20 11:59:30
                /data/published/cca.duckdb

    Put aside   3 entries could not be converted
                /data/dead_letter
    ");
}
