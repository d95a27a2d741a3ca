//! Checks of 50 expectations, as ratios to one hand-written statement and to Great Expectations,
//! measured in the same run.
//!
//! ```text
//! cargo bench --bench check -- [--rows 10000000] [--peer-rows 1000000] [--work DIR]
//! ```
//!
//! Nothing is asserted: a busy machine is slower. The floor is `floor.sql`, which computes the same
//! figures as the suite, in an open database. The peer is Great Expectations on pandas, from the
//! Python package registry, left out with a line where it cannot be installed.
#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    reason = "a measurement for people, which stops where it cannot go on"
)]

#[path = "../pipeline/usage.rs"]
#[expect(
    dead_code,
    reason = "shared with the other benchmark, which uses more of it"
)]
mod usage;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use cca::warehouse::{Access, Options, Warehouse};

const ROWS: &str = include_str!("rows.sql");
const FLOOR: &str = include_str!("floor.sql");
const SUITE: &str = include_str!("suite.json");
const PEER: &str = include_str!("peer.py");

fn main() {
    let mut rows = 10_000_000_u64;
    let mut peer_rows = 1_000_000_u64;
    let mut work = std::env::temp_dir().join("cca-bench-check");
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().expect("a value");
        match argument.as_str() {
            "--rows" => rows = value().parse().expect("a number"),
            "--peer-rows" => peer_rows = value().parse().expect("a number"),
            "--work" => work = value().into(),
            _ => {}
        }
    }
    std::fs::create_dir_all(&work).expect("a folder");
    std::fs::write(work.join("suite.json"), SUITE).expect("written");
    small(&work);
    large(&work, rows);
    for rows in [100, 100_000, peer_rows] {
        against_peer(&work, rows);
    }
}

/// A database of so many rows; one from before is used again.
fn database(work: &Path, rows: u64) -> PathBuf {
    let path = work.join(format!("rows-{rows}.duckdb"));
    if !path.exists() {
        let warehouse = Warehouse::open(&path, &Options::new(Access::ReadWrite)).expect("opens");
        let connection = warehouse.connect().expect("connects");
        let sql = ROWS.replace("$rows", &rows.to_string());
        connection.batch(&sql).expect("filled");
    }
    path
}

fn check(work: &Path, data: &Path) -> Command {
    let mut command = usage::cca(work);
    command.arg("check").arg("--on").arg(data);
    command.arg("--suite").arg(work.join("suite.json"));
    command
}

/// From start to result.
fn small(work: &Path) {
    let data = database(work, 100);
    let mut best = usage::of(&mut check(work, &data));
    for _ in 0..19 {
        let next = usage::of(&mut check(work, &data));
        if next.wall < best.wall {
            best = next;
        }
    }
    println!(
        "{:<44} {:8.1} ms wall, best of 20",
        "100 rows: start to result",
        best.wall.as_secs_f64() * 1e3
    );
}

/// Three runs of both, one after the other; the best of each counts.
fn large(work: &Path, rows: u64) {
    let data = database(work, rows);
    let mut ours: Option<usage::Usage> = None;
    let mut floor: Option<(f64, f64)> = None;
    for _ in 0..3 {
        let next = usage::of(&mut check(work, &data));
        if ours.as_ref().is_none_or(|best| next.wall < best.wall) {
            ours = Some(next);
        }
        let next = by_hand(&data);
        if floor.is_none_or(|best| next.0 < best.0) {
            floor = Some(next);
        }
    }
    let (Some(ours), Some((wall, cpu))) = (ours, floor) else {
        return;
    };
    println!("{:<44} {ours}", format!("{rows} rows: 50 expectations"));
    println!(
        "{:<44} {wall:8.2} s wall {cpu:8.2} s CPU",
        "one statement by hand"
    );
    println!(
        "{:<44} {:8.2} × wall {:8.2} × CPU",
        "ratio",
        ours.wall.as_secs_f64() / wall,
        ours.cpu.as_secs_f64() / cpu
    );
}

fn by_hand(data: &Path) -> (f64, f64) {
    let warehouse = Warehouse::open(data, &Options::new(Access::ReadOnly)).expect("opens");
    let connection = warehouse.connect().expect("connects");
    let (cpu, begun) = (usage::own_cpu(), Instant::now());
    connection.query(FLOOR, &[]).expect("computed");
    let wall = begun.elapsed().as_secs_f64();
    (wall, (usage::own_cpu() - cpu).as_secs_f64())
}

/// The same suite on the same rows by the peer.
fn against_peer(work: &Path, rows: u64) {
    let parquet = work.join(format!("rows-{rows}.parquet"));
    if !parquet.exists() {
        let data = database(work, rows);
        let warehouse = Warehouse::open(&data, &Options::new(Access::ReadOnly)).expect("opens");
        let connection = warehouse.connect().expect("connects");
        let path = parquet.display().to_string().replace('\'', "''");
        let sql = format!("COPY (SELECT * FROM main.t) TO '{path}' (FORMAT parquet)");
        connection.batch(&sql).expect("copied");
    }
    let Some(python) = peer(work) else {
        println!("Great Expectations cannot be installed: no comparison");
        return;
    };
    // The best of three of both.
    let ours = (0..3).map(|_| usage::of(&mut check(work, &parquet)));
    let ours = ours.min_by_key(|usage| usage.wall).expect("three runs");
    let theirs = (0..3).map(|_| by_peer(work, &python, &parquet));
    let (theirs, report) = theirs
        .min_by_key(|(usage, _)| usage.wall)
        .expect("three runs");
    let validation = report["seconds"].as_f64().expect("seconds");
    println!(
        "{:<44} {ours}",
        format!("{rows} rows of Parquet: 50 expectations")
    );
    println!("{:<44} {theirs}", "Great Expectations");
    println!("{:<44} {validation:8.2} s wall", "without its start");
    println!("{:<44} {}", "not met there", report["failed"]);
    println!(
        "{:<44} {:8.1} × faster, {:.1} × less CPU, {:.1} × faster than without its start",
        "ratio",
        theirs.wall.as_secs_f64() / ours.wall.as_secs_f64(),
        theirs.cpu.as_secs_f64() / ours.cpu.as_secs_f64(),
        validation / ours.wall.as_secs_f64()
    );
}

/// What the peer used from start to end, and what it reports.
fn by_peer(work: &Path, python: &Path, parquet: &Path) -> (usage::Usage, serde_json::Value) {
    let told = work.join("peer.json");
    let mut command = Command::new(python);
    command.arg(work.join("peer.py")).arg(parquet);
    command.arg(work.join("suite.json")).arg(&told);
    let used = usage::of(&mut command);
    let text = std::fs::read_to_string(&told).expect("a report");
    (used, serde_json::from_str(&text).expect("a report"))
}

fn peer(work: &Path) -> Option<PathBuf> {
    let folder = work.join("gx");
    let python = folder.join("bin/python");
    if !folder.join("installed").exists() {
        let quiet = |command: &mut Command| {
            let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
            status.is_ok_and(|status| status.success())
        };
        let pip = [
            "-m",
            "pip",
            "install",
            "great_expectations==1.24.1",
            "pyarrow",
        ];
        let installed = quiet(Command::new("python3").args(["-m", "venv"]).arg(&folder))
            && quiet(Command::new(&python).args(pip));
        if !installed {
            return None;
        }
        std::fs::write(folder.join("installed"), "").expect("written");
    }
    std::fs::write(work.join("peer.py"), PEER).expect("written");
    Some(python)
}
