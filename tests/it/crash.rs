//! A run killed anywhere, and run again, leaves the tables of an uninterrupted one.

use std::process::Stdio;
use std::time::Duration;

use crate::fixtures::{self, cca, scalar, succeed};

#[test]
fn killed_at_any_moment_the_next_run_ends_with_the_same_tables() {
    let whole = tempfile::tempdir().expect("a folder");
    let killed = tempfile::tempdir().expect("a folder");
    let logs = whole.path().join("logs");
    succeed(
        cca(whole.path())
            .args([
                "demo",
                "--generate-only",
                "--size",
                "12MB",
                "--seed",
                "3",
                "--target",
            ])
            .arg(&logs),
    );
    succeed(
        cca(whole.path())
            .args(["backfill", "-q", "--roots"])
            .arg(&logs),
    );
    let mut interrupted = 0;
    for attempt in 0..14_u64 {
        // Small commits, so that there is something between two of them.
        let mut child = cca(killed.path())
            .args(["backfill", "-q", "--roots"])
            .arg(&logs)
            .env("CCA_LAKE_COMMIT_SIZE", "2MB")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("starts");
        std::thread::sleep(Duration::from_millis(15 + attempt * attempt * 8));
        child.kill().expect("killed");
        let status = child.wait().expect("ended");
        interrupted += usize::from(!status.success());
    }
    assert!(interrupted >= 5, "only {interrupted} runs were interrupted");
    succeed(
        cca(killed.path())
            .args(["sync", "-q", "--roots"])
            .arg(&logs)
            .env("CCA_LAKE_COMMIT_SIZE", "2MB"),
    );
    let duplicates = "SELECT count(*) - count(DISTINCT _id) FROM raw.conversations";
    assert_eq!(scalar(killed.path(), duplicates), 0);
    let (expected, found) = (
        fixtures::marts(whole.path()),
        fixtures::marts(killed.path()),
    );
    for (name, rows) in &expected {
        assert_eq!(found.get(name), Some(rows), "{name}");
    }
}

#[test]
fn interrupted_politely_a_run_says_so_and_keeps_what_it_committed() {
    let dir = tempfile::tempdir().expect("a folder");
    let logs = dir.path().join("logs");
    succeed(
        cca(dir.path())
            .args([
                "demo",
                "--generate-only",
                "--size",
                "60MB",
                "--seed",
                "4",
                "--target",
            ])
            .arg(&logs),
    );
    let child = cca(dir.path())
        .args(["backfill", "--roots"])
        .arg(&logs)
        .env("CCA_LAKE_COMMIT_SIZE", "4MB")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    std::thread::sleep(Duration::from_millis(250));
    std::process::Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .expect("sent");
    let output = child.wait_with_output().expect("ended");
    assert_eq!(
        output.status.code(),
        Some(130),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(String::from_utf8_lossy(&output.stderr).contains("stopped"));
    succeed(cca(dir.path()).args(["sync", "-q", "--roots"]).arg(&logs));
    let lines: usize = walkdir::WalkDir::new(&logs)
        .into_iter()
        .flatten()
        .filter(|item| item.path().extension().is_some_and(|kind| kind == "jsonl"))
        .map(|item| {
            std::fs::read(item.path())
                .expect("readable")
                .iter()
                .filter(|byte| **byte == b'\n')
                .count()
        })
        .sum();
    assert_eq!(
        scalar(dir.path(), "SELECT count(*) FROM raw.conversations"),
        lines
    );
}
