//! Facts are published period by period.

use super::{Site, ask, reader};
use crate::warehouse::Value;

/// Two months of a fact, two days on their own, and rows that cannot be dated: (day, load, text).
const PERIODS: &str = "
DROP VIEW marts.latest;
CREATE OR REPLACE TABLE marts.fct AS
SELECT strptime(day::VARCHAR, '%Y%m%d')::DATE AS date_key, load::BIGINT AS _load_id, note, day::DECIMAL(18,6) / 7 AS cost,
       {'a': day}::JSON AS detail, uuid() AS id, TIMESTAMPTZ '2025-01-01 00:00:00+00' AS at
FROM (VALUES (20250131, 1, 'old'), (20250101, 2, 'old'), (20250228, 2, 'old'),
             (NULL, 1, 'undated'), (20250301, 3, 'old')) AS rows (day, load, note)";

/// A fingerprint of all rows.
const EVERYTHING: &str = "SELECT md5(string_agg(fct::VARCHAR, '|' ORDER BY fct::VARCHAR)) FROM fct";

/// The same of the table itself.
fn stored(site: &Site) -> Value {
    let sql = EVERYTHING.replace("FROM fct", "FROM marts.fct AS fct");
    site.connection.scalar(&sql, &[]).expect("a value")
}

/// The parts a manifest tells: first and last day, rows, latest load, row groups.
fn parts(site: &Site, generation: u64) -> serde_json::Value {
    let path = site.path(&format!("gen-{generation}/manifest.json"));
    let manifest: serde_json::Value =
        serde_json::from_slice(&std::fs::read(path).expect("a file")).expect("JSON");
    let files = manifest["files"].as_array().expect("files");
    let fact = files.iter().find(|file| file["relation"] == "fct");
    let parts = fact.expect("the fact")["parts"].as_array().cloned();
    let part = |part: serde_json::Value| {
        serde_json::json!([
            part["days"],
            part["rows"],
            part["load_id"],
            part["row_groups"]
        ])
    };
    parts.unwrap_or_default().into_iter().map(part).collect()
}

#[test]
fn periods_that_did_not_change_are_copied_as_they_are() {
    let site = Site::new();
    site.sql(PERIODS);
    let path = site.publish(None).path;
    assert_eq!(
        parts(&site, 1),
        serde_json::json!([
            [["2025-01-01", "2025-01-31"], 2, 2, 1],
            [["2025-02-28", "2025-02-28"], 1, 2, 1],
            [["2025-03-01", "2025-03-01"], 1, 3, 1],
            [null, 1, 1, 1]
        ])
    );
    assert_eq!(ask(&reader(&path), EVERYTHING), stored(&site));

    // A row of February is replaced, March loses its only row, April comes. That January and the
    // undated rows are copied, not read, shows in rows changed behind the back of the loads.
    site.sql(
        "DELETE FROM marts.fct WHERE date_key IN (DATE '2025-02-28', DATE '2025-03-01');
         INSERT INTO marts.fct BY NAME
         SELECT day::DATE AS date_key, 4 AS _load_id, 'new' AS note, uuid() AS id
         FROM (VALUES ('2025-02-27'), ('2025-04-01')) AS rows (day)",
    );
    let expected = stored(&site);
    site.sql("UPDATE marts.fct SET note = 'unnoticed' WHERE note IN ('old', 'undated')");
    let second = site.publish_rows();
    assert_eq!((second.generation, second.rows), (2, 6));
    assert_eq!(
        parts(&site, 2),
        serde_json::json!([
            [["2025-01-01", "2025-01-31"], 2, 2, 1],
            [["2025-02-01", "2025-02-28"], 1, 4, 1],
            [["2025-04-01", "2025-04-01"], 1, 4, 1],
            [null, 1, 1, 1]
        ])
    );
    assert_eq!(ask(&reader(&path), EVERYTHING), expected);
    let files = std::fs::read_dir(site.path("gen-2")).expect("a folder");
    assert_eq!(files.count(), 3, "two relations and the manifest");
}

#[test]
fn everything_else_is_taken_from_the_warehouse() {
    let site = Site::new();
    site.sql(PERIODS);
    let path = site.publish(None).path;
    // A change of the whole.
    site.sql("UPDATE marts.fct SET note = 'changed'");
    site.publish(Some(&["fct"]));
    assert_eq!(ask(&reader(&path), EVERYTHING), stored(&site));
    // So is everything if the columns changed.
    site.sql("ALTER TABLE marts.fct RENAME COLUMN note TO remark");
    site.sql("UPDATE marts.fct SET remark = 'again'");
    let report = site.publish_rows();
    assert_eq!(ask(&reader(&report.path), EVERYTHING), stored(&site));
    // A file that is no longer whole, a lost one, and a fact without rows.
    let file = site.path("current/fct.parquet");
    let whole = std::fs::read(&file).expect("a file");
    std::fs::write(&file, whole.get(..whole.len() / 2).expect("a half")).expect("written");
    site.sql("INSERT INTO marts.fct BY NAME SELECT DATE '2025-04-02' AS date_key, 4 AS _load_id");
    let report = site.publish_rows();
    assert_eq!(ask(&reader(&report.path), EVERYTHING), stored(&site));
    std::fs::remove_file(site.path("current/fct.parquet")).expect("removed");
    site.sql("INSERT INTO marts.fct BY NAME SELECT DATE '2025-05-01' AS date_key, 5 AS _load_id");
    let report = site.publish_rows();
    assert_eq!(ask(&reader(&report.path), EVERYTHING), stored(&site));
    site.sql("DELETE FROM marts.fct");
    let report = site.publish_rows();
    assert_eq!(
        ask(&reader(&report.path), "SELECT count(*) FROM fct"),
        Value::Int(0)
    );
    site.sql("INSERT INTO marts.fct BY NAME SELECT DATE '2025-05-01' AS date_key, 6 AS _load_id");
    let report = site.publish_rows();
    assert_eq!(
        ask(&reader(&report.path), "SELECT count(*) FROM fct"),
        Value::Int(1)
    );
}

#[test]
fn later_rows_are_added_to_their_period_until_it_has_many_row_groups() {
    let site = Site::new();
    site.sql(PERIODS);
    let path = site.publish(None).path;
    let january = |generation: u64| parts(&site, generation)[0].clone();
    for load in 4..22 {
        site.sql(&format!(
            "INSERT INTO marts.fct BY NAME
             SELECT DATE '2025-01-15' AS date_key, {load} AS _load_id, 'later' AS note, uuid() AS id"
        ));
        let generation = site.publish_rows().generation;
        assert_eq!(ask(&reader(&path), EVERYTHING), stored(&site));
        // The first has two rows in one row group.
        let (rows, groups) = (load - 1, if load < 19 { load - 2 } else { load - 18 });
        let expected = serde_json::json!([["2025-01-01", "2025-01-31"], rows, load, groups]);
        assert_eq!(january(generation), expected);
    }
    // The rows before are copied, not read; a row without a load is one of the later rows.
    let expected = stored(&site);
    site.sql("UPDATE marts.fct SET note = 'unnoticed' WHERE note = 'later'");
    site.publish_rows();
    assert_eq!(ask(&reader(&path), EVERYTHING), expected);
    site.sql("INSERT INTO marts.fct BY NAME SELECT DATE '2025-01-02' AS date_key, 'none' AS note");
    site.publish_rows();
    let noted = "SELECT string_agg(DISTINCT note, ',' ORDER BY note) FROM fct";
    assert_eq!(
        ask(&reader(&path), noted),
        Value::from("later,none,old,undated")
    );
    // A row of January that goes away has the month read as it is.
    site.sql("DELETE FROM marts.fct WHERE note = 'none'; DELETE FROM marts.fct WHERE _load_id = 2 AND date_key < '2025-02-01'");
    site.publish_rows();
    assert_eq!(
        ask(&reader(&path), noted),
        Value::from("old,undated,unnoticed")
    );
    assert_eq!(ask(&reader(&path), EVERYTHING), stored(&site));
}
