//! Transcripts: from nothing to published marts, and what is new afterwards.

use std::path::{Path, PathBuf};

use crate::Plan;
use crate::usage::{cca, of, own_cpu, reported};

/// About 1,000 entries.
const NEW_BYTES: usize = 3_200_000;

/// A tenth of the transcripts, then all: what a sync costs should not depend on how many there are.
pub(crate) fn measure(plan: &Plan) {
    for bytes in [plan.bytes / 10, plan.bytes] {
        measure_size(plan, bytes);
    }
}

fn measure_size(plan: &Plan, size: u64) {
    let logs = plan.work.join(format!("logs-{size}"));
    let data = plan.work.join("data-transcripts");
    if !logs.join("truth.json").exists() {
        of(cca(&data)
            .args(["demo", "--generate-only", "--seed", "1", "--target"])
            .arg(&logs)
            .arg("--size")
            .arg(size.to_string()));
    }
    let files = transcripts(&logs);
    let (bytes, lines, floor) = floor(&files);
    println!(
        "\n{} transcripts, {:.0} MB, {lines} lines",
        files.len(),
        bytes as f64 / 1e6
    );
    println!("{:<32} {floor:8.2} s CPU", "floor: read and find lines");
    let _absent = std::fs::remove_dir_all(&data);
    let report = |name: &str, usage: &crate::usage::Usage| {
        println!(
            "{name:<32} {usage}  {:6.1} × floor",
            usage.cpu.as_secs_f64() / floor
        );
    };
    let roots = |command: &str| {
        let mut run = cca(&data);
        run.arg(command).arg("--roots").arg(&logs);
        run
    };
    report("backfill", &of(&mut roots("backfill")));
    report("sync, nothing new", &of(&mut roots("sync")));
    append(&data, &logs);
    let (usage, synced) = reported(&mut roots("sync"));
    let new = synced.pointer("/extract/sources/0/counts/landed");
    let new = new.expect("a count");
    report(&format!("sync, {new} new entries"), &usage);
    println!(
        "{:<32} {}",
        "days in the transcripts",
        days(&data, "raw.conversations", "date")
    );
    println!("{:<32} {}", "data files of the lake", data_files(&data));
}

fn transcripts(logs: &Path) -> Vec<PathBuf> {
    walkdir::WalkDir::new(logs)
        .into_iter()
        .flatten()
        .map(walkdir::DirEntry::into_path)
        .filter(|path| path.extension().is_some_and(|kind| kind == "jsonl"))
        .collect()
}

/// Bytes, lines, and CPU seconds of reading them.
fn floor(files: &[PathBuf]) -> (usize, usize, f64) {
    let started = own_cpu();
    let (mut bytes, mut lines) = (0, 0);
    for file in files {
        let text = std::fs::read(file).expect("readable");
        bytes += text.len();
        lines += memchr::memchr_iter(b'\n', &text).count();
    }
    (bytes, lines, (own_cpu() - started).as_secs_f64())
}

/// New sessions, of other days and other projects.
fn append(data: &Path, logs: &Path) {
    let seed = std::process::id().to_string();
    let target = logs.join(format!("projects/new-{seed}"));
    of(cca(data)
        .args(["demo", "--generate-only", "--seed", &seed, "--size"])
        .arg(NEW_BYTES.to_string())
        .arg("--target")
        .arg(target));
}

fn days(data: &Path, relation: &str, column: &str) -> String {
    let output = cca(data)
        .args(["query", "--format", "csv"])
        .arg(format!(
            "SELECT count(DISTINCT {column}) AS n FROM {relation}"
        ))
        .output()
        .expect("runs");
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .nth(1)
        .unwrap_or("?")
        .to_owned()
}

fn data_files(data: &Path) -> usize {
    walkdir::WalkDir::new(data.join("iceberg"))
        .into_iter()
        .flatten()
        .filter(|item| {
            item.path()
                .extension()
                .is_some_and(|kind| kind == "parquet")
        })
        .count()
}
