//! Models that become files: formats, partitions, empty results, and failures.

use std::path::Path;

use crate::transform::fixture::{Db, graph};

fn model(location: &Path, config: &str, sql: &str) -> String {
    format!(
        "{{{{ config(materialized='external', location='{}'{config}) }}}}{sql}",
        location.display()
    )
}

fn names(folder: &Path) -> Vec<String> {
    let mut all: Vec<String> = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    all.sort();
    all
}

#[test]
fn each_format_is_written_and_read_back_again_and_again() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, config, rows) in [
        ("a.parquet", "", vec!["1|x", "2|"]),
        ("a.csv", ", format='csv', delimiter=';'", vec!["1|x", "2|"]),
        ("a.json", "", vec!["1|x", "2|"]),
        ("a.csv.gz", "", vec!["1|x", "2|"]),
        ("b", ", options={'compression': 'zstd'}", vec!["1|x", "2|"]),
    ] {
        let db = Db::new();
        let place = folder.path().join("sub").join(name);
        for kind in ["table", "external", "external"] {
            let sql = "select 1 as n, 'x' as t union all select 2, null";
            let text = model(&place, config, sql).replace("'external'", &format!("'{kind}'"));
            let report = db.build(&graph(&[("sql/models/marts/m.sql", &text)]));
            assert_eq!(report.units[0].rows, Some(2), "{name}");
        }
        assert_eq!(db.rows("FROM marts.m ORDER BY n"), rows, "{name}");
        let kind =
            db.rows("SELECT table_type FROM information_schema.tables WHERE table_name = 'm'");
        assert_eq!(kind, ["VIEW"]);
    }
    let written = names(&folder.path().join("sub"));
    assert_eq!(written, ["a.csv", "a.csv.gz", "a.json", "a.parquet", "b"]);
    let gzip = std::fs::read(folder.path().join("sub/a.csv.gz")).expect("written");
    assert_eq!(gzip.get(..2), Some(&[0x1f, 0x8b][..]));
    let csv = std::fs::read_to_string(folder.path().join("sub/a.csv")).expect("written");
    assert_eq!(csv, "n;t\n1;x\n2;\n");
}

#[test]
fn partitions_become_folders_and_vanish_with_their_rows() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().join("parts");
    let db = Db::new();
    let build = |sql: &str| {
        let text = model(&place, ", partition_by=['kind', 'year']", sql);
        db.build(&graph(&[("sql/models/marts/m.sql", &text)]));
    };
    build("select i as n, 'k' || i as kind, 2020 + i as year from range(3) r(i)");
    assert_eq!(names(&place), ["kind=k0", "kind=k1", "kind=k2"]);
    assert_eq!(
        db.rows("SELECT n, kind, year FROM marts.m ORDER BY n"),
        ["0|k0|2020", "1|k1|2021", "2|k2|2022"]
    );
    build("select 7 as n, 'k1' as kind, 2021 as year");
    assert_eq!(names(&place), ["kind=k1"]);
    assert_eq!(db.rows("SELECT n, kind FROM marts.m"), ["7|k1"]);
}

#[test]
fn nothing_is_an_empty_relation_with_the_same_columns() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, config) in [
        ("e.parquet", ""),
        ("e.csv", ""),
        ("e.json", ""),
        ("parts", ", partition_by='n'"),
    ] {
        let db = Db::new();
        let sql = "select 1 as n, 'x' as t where false";
        let text = model(&folder.path().join(name), config, sql);
        let report = db.build(&graph(&[("sql/models/marts/m.sql", &text)]));
        assert_eq!(report.units[0].rows, Some(0), "{name}");
        assert_eq!(db.rows("SELECT count(*) FROM marts.m"), ["0"], "{name}");
        let mut columns = db.rows("SELECT column_name FROM (DESCRIBE marts.m)");
        columns.sort();
        assert_eq!(columns, ["n", "t"], "{name}");
    }
}

#[test]
fn a_failure_after_writing_brings_the_files_of_before_back() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["f.parquet", "f_parts"] {
        let place = folder.path().join(name);
        let parts = if name == "f_parts" {
            ", partition_by='p'"
        } else {
            ""
        };
        let db = Db::new();
        let files = |config: &str, n: u32| {
            let text = model(
                &place,
                &format!("{parts}{config}"),
                &format!("select {n} as n, {n} as p"),
            );
            graph(&[("sql/models/marts/m.sql", &text)])
        };
        db.build(&files("", 1));
        let failing = files(", post_hook='insert into nowhere values (1)'", 2);
        assert!(db.run(&failing).units[0].error.is_some());
        assert_eq!(db.rows("SELECT n FROM marts.m"), ["1"]);
        let refused = files(", options={'no_such_option': '1'}", 3);
        let error = db
            .run(&refused)
            .units
            .remove(0)
            .error
            .expect("refused")
            .to_string();
        assert!(
            error.contains("failed to write the file of model `m`"),
            "{error}"
        );
        assert!(
            error.contains("Check `location`, `format` and `options`"),
            "{error}"
        );
        assert_eq!(db.rows("SELECT n FROM marts.m"), ["1"]);
    }
    assert_eq!(names(folder.path()), ["f.parquet", "f_parts"]);
}
