//! Generations that were left behind, could not be written, or are old.

use super::*;

#[test]
fn what_a_stopped_run_left_is_cleared_and_never_read() {
    let site = Site::new();
    let report = site.publish(None);
    // Stopped while writing files, and between the files and the swap.
    std::fs::create_dir(site.path("gen-2.tmp")).expect("made");
    std::fs::write(site.path("gen-2.tmp/fct.parquet"), "half").expect("written");
    std::fs::create_dir(site.path("gen-3")).expect("made");
    std::fs::write(site.path("cca.duckdb.tmp"), "half").expect("written");
    std::os::unix::fs::symlink("gen-3", site.path("current.tmp")).expect("linked");
    assert_eq!(
        ask(&reader(&report.path), "SELECT count(*) FROM fct"),
        Value::Int(10)
    );

    let report = site.publish(None);
    assert_eq!(report.generation, 4);
    assert!(
        site.names().iter().all(|name| !name.contains(".tmp")),
        "{:?}",
        site.names()
    );
    assert_eq!(
        ask(&reader(&report.path), "SELECT count(*) FROM fct"),
        Value::Int(10)
    );
}

#[test]
fn a_failed_copy_leaves_the_old_generation() {
    let site = Site::new();
    let report = site.publish(None);
    site.sql(
        "CREATE OR REPLACE VIEW marts.latest AS SELECT CAST(name AS INTEGER) AS id FROM marts.fct",
    );
    let error = site.try_publish(None).expect_err("not a number");
    assert!(error.to_string().contains("marts.latest"), "{error}");
    assert_eq!(
        std::fs::read_link(site.path("current")).expect("a link"),
        Path::new("gen-1")
    );
    assert_eq!(
        ask(&reader(&report.path), "SELECT id FROM latest"),
        Value::Int(9)
    );
}

/// Makes a generation look as if it had been written so many minutes ago.
fn age(site: &Site, generation: u64, minutes: i64) {
    let path = site.path(&format!("gen-{generation}/manifest.json"));
    let mut manifest: serde_json::Value =
        serde_json::from_slice(&std::fs::read(&path).expect("a file")).expect("JSON");
    let written = crate::sys::clock::now_micros() - minutes * 60_000_000;
    manifest["created_at"] = serde_json::Value::from(written);
    std::fs::write(&path, manifest.to_string()).expect("written");
}

#[test]
fn old_generations_go_beyond_the_number_kept_and_after_an_hour() {
    let site = Site::new();
    for _ in 0..4 {
        site.publish(None);
    }
    // One is kept for its number, two for their youth.
    let generations = |site: &Site| {
        site.names()
            .into_iter()
            .filter(|name| name.starts_with("gen-"))
            .collect::<Vec<_>>()
    };
    assert_eq!(generations(&site), ["gen-1", "gen-2", "gen-3", "gen-4"]);
    // The second took the place of the first two hours ago; the third came half an hour ago.
    age(&site, 1, 180);
    age(&site, 2, 120);
    age(&site, 3, 30);
    let report = site.publish(None);
    assert_eq!(generations(&site), ["gen-2", "gen-3", "gen-4", "gen-5"]);
    assert_eq!(
        ask(&reader(&report.path), "SELECT count(*) FROM fct"),
        Value::Int(10)
    );
}
