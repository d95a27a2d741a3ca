//! Publications into temporary folders, seen through the eyes of a reader.

mod generations;
mod periods;

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::{Change, Changes, PublishReport, publish};
use crate::config::PublishSettings;
use crate::error::{Kind, Result};
use crate::event::Silent;
use crate::warehouse::{Access, Connection, Options, Value, Warehouse};

const MARTS: &str = "
CREATE SCHEMA marts;
CREATE TABLE marts.fct AS SELECT range AS id, 'x' || range AS name FROM range(10);
COMMENT ON TABLE marts.fct IS 'the reader''s facts';
COMMENT ON COLUMN marts.fct.id IS 'key';
CREATE TABLE marts.dim AS SELECT 1 AS id, DATE '2025-01-01' AS day, 1.5::DECIMAL(18,6) AS cost;
CREATE VIEW marts.latest AS SELECT max(id) AS id FROM marts.fct;
CREATE SCHEMA other;
CREATE TABLE other.hidden (a INTEGER);
";

struct Site {
    _dir: tempfile::TempDir,
    settings: PublishSettings,
    warehouse: Warehouse,
    connection: Connection,
}

impl Site {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let settings = PublishSettings {
            dir: dir.path().join("pub [it's] *"),
            reader_root: None,
            keep_generations: 1,
        };
        let warehouse = Warehouse::in_memory().expect("opens");
        let connection = warehouse.connect().expect("connects");
        connection.batch(MARTS).expect("fills");
        Self {
            _dir: dir,
            settings,
            warehouse,
            connection,
        }
    }

    fn try_publish(&self, changed: Option<&[&str]>) -> Result<PublishReport> {
        let whole = |&name: &&str| (name.to_owned(), Change::Whole);
        let changes: Option<Changes> = changed.map(|names| names.iter().map(whole).collect());
        self.try_publish_changes(changes.as_ref())
    }

    fn try_publish_changes(&self, changes: Option<&Changes>) -> Result<PublishReport> {
        let other = self.warehouse.connect().expect("connects");
        publish(
            &self.connection,
            &mut [other],
            &self.settings,
            "marts",
            changes,
            &Silent,
        )
    }

    /// Publishes `fct`, of which rows came or were replaced.
    fn publish_rows(&self) -> PublishReport {
        let changes = Changes::from([("fct".to_owned(), Change::Rows)]);
        self.try_publish_changes(Some(&changes)).expect("published")
    }

    fn publish(&self, changed: Option<&[&str]>) -> PublishReport {
        self.try_publish(changed).expect("published")
    }

    fn sql(&self, sql: &str) {
        self.connection.batch(sql).expect("runs");
    }

    fn path(&self, name: &str) -> PathBuf {
        self.settings.dir.join(name)
    }

    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.settings.dir).expect("a folder");
        let mut names: Vec<String> = entries
            .map(|entry| {
                entry
                    .expect("an entry")
                    .file_name()
                    .into_string()
                    .expect("text")
            })
            .collect();
        names.sort();
        names
    }

    fn inode(&self, name: &str) -> u64 {
        std::fs::metadata(self.path(name)).expect("a file").ino()
    }
}

fn reader(catalog: &Path) -> Connection {
    let options = Options::new(Access::ReadOnly);
    Warehouse::open(catalog, &options)
        .expect("opens")
        .connect()
        .expect("connects")
}

fn ask(reader: &Connection, sql: &str) -> Value {
    reader.scalar(sql, &[]).expect(sql)
}

#[test]
fn readers_see_views_with_comments_over_one_file_per_relation() {
    let site = Site::new();
    let report = site.publish(None);
    assert_eq!(
        (
            report.generation,
            report.relations,
            report.rows,
            report.reused
        ),
        (1, 3, 12, 0)
    );
    assert!(report.bytes > 0 && report.is_new && report.catalog_written);
    assert_eq!(
        site.names(),
        ["catalog.json", "cca.duckdb", "current", "gen-1"]
    );

    let reader = reader(&report.path);
    assert_eq!(ask(&reader, "SELECT count(*) FROM fct"), Value::Int(10));
    assert_eq!(ask(&reader, "SELECT id FROM latest"), Value::Int(9));
    let comments = "SELECT table_comment FROM information_schema.tables WHERE table_name = 'fct'";
    assert_eq!(ask(&reader, comments), Value::from("the reader's facts"));
    let comments = "SELECT column_comment FROM information_schema.columns
                    WHERE table_name = 'fct' AND column_name = 'id'";
    assert_eq!(ask(&reader, comments), Value::from("key"));
    assert_eq!(
        ask(&reader, "SELECT typeof(cost) FROM dim"),
        Value::from("DECIMAL(18,6)")
    );
    assert_eq!(
        ask(
            &reader,
            "SELECT count(*) FROM duckdb_views() WHERE NOT internal"
        ),
        Value::Int(3)
    );
}

#[test]
fn the_catalog_has_the_oldest_storage_version() {
    let site = Site::new();
    let header = std::fs::read(site.publish(None).path).expect("a file");
    // A checksum, the magic bytes, then the version of the file.
    assert_eq!(header.get(8..12), Some(&b"DUCK"[..]));
    assert_eq!(header.get(12..20), Some(&64_u64.to_le_bytes()[..]));
}

#[test]
fn an_open_connection_sees_the_next_generation_and_its_columns() {
    let site = Site::new();
    let reader = reader(&site.publish(None).path);
    assert_eq!(ask(&reader, "SELECT count(*) FROM fct"), Value::Int(10));
    site.sql("INSERT INTO marts.fct VALUES (10, 'y')");
    assert!(!site.publish(None).catalog_written);
    assert_eq!(ask(&reader, "SELECT count(*) FROM fct"), Value::Int(11));

    site.sql(
        "CREATE OR REPLACE TABLE marts.fct AS SELECT 'k' || range AS id, 1 AS more FROM range(2)",
    );
    let report = site.publish(None);
    assert!(report.catalog_written);
    assert_eq!(
        ask(&reader, "SELECT min(id) || sum(more) FROM fct"),
        Value::from("k02")
    );
    let types = "SELECT string_agg(data_type, ',' ORDER BY ordinal_position)
                 FROM information_schema.columns WHERE table_name = 'fct'";
    drop(reader);
    assert_eq!(
        ask(&self::reader(&report.path), types),
        Value::from("VARCHAR,INTEGER")
    );
}

#[test]
fn untouched_tables_keep_their_files() {
    let site = Site::new();
    let first = site.publish(None);
    site.sql("DELETE FROM marts.fct WHERE id > 4");
    let second = site.publish(Some(&["fct"]));
    assert_eq!((second.generation, second.reused, second.rows), (2, 1, 7));
    assert!(second.bytes < first.bytes);
    assert_eq!(
        site.inode("gen-1/dim.parquet"),
        site.inode("gen-2/dim.parquet")
    );
    assert_ne!(
        site.inode("gen-1/fct.parquet"),
        site.inode("gen-2/fct.parquet")
    );
    // Views are always written again: what they read may have changed.
    assert_eq!(
        ask(&reader(&second.path), "SELECT id FROM latest"),
        Value::Int(4)
    );

    // A change of the columns is noticed even if nobody tells.
    site.sql("ALTER TABLE marts.dim ADD COLUMN more INTEGER");
    let third = site.publish(Some(&[]));
    assert_eq!((third.generation, third.reused), (3, 1));
    assert_eq!(
        ask(&reader(&third.path), "SELECT more FROM dim"),
        Value::Null
    );
}

#[test]
fn without_changes_the_generation_stays() {
    let site = Site::new();
    site.sql("DROP VIEW marts.latest");
    site.publish(None);
    let again = site.publish(Some(&[]));
    assert_eq!(
        (again.generation, again.is_new, again.catalog_written),
        (1, false, false)
    );
    assert_eq!((again.reused, again.bytes, again.rows), (2, 0, 11));
    // A comment alone needs a new catalog only.
    site.sql("COMMENT ON TABLE marts.dim IS 'new'");
    let again = site.publish(Some(&[]));
    assert_eq!(
        (again.generation, again.is_new, again.catalog_written),
        (1, false, true)
    );
    let comment = "SELECT table_comment FROM information_schema.tables WHERE table_name = 'dim'";
    assert_eq!(ask(&reader(&again.path), comment), Value::from("new"));
    // A lost catalog is written again.
    std::fs::remove_file(&again.path).expect("removed");
    assert!(site.publish(Some(&[])).catalog_written);
}

#[test]
fn relations_come_and_go() {
    let site = Site::new();
    site.publish(None);
    site.sql("DROP TABLE marts.dim; CREATE TABLE marts.agg AS SELECT 5 AS n");
    let report = site.publish(Some(&["agg"]));
    assert_eq!(
        (report.relations, report.reused, report.catalog_written),
        (3, 1, true)
    );
    let reader = reader(&report.path);
    assert_eq!(ask(&reader, "SELECT n FROM agg"), Value::Int(5));
    assert!(reader.scalar("SELECT * FROM dim", &[]).is_err());
}

#[test]
fn nested_columns_are_refused_and_the_old_generation_stays() {
    let site = Site::new();
    let report = site.publish(None);
    for (sql, type_name) in [
        ("[1]", "INTEGER[]"),
        ("{a: 1}", "STRUCT(a INTEGER)"),
        ("MAP {'a': 1}", "MAP(VARCHAR, INTEGER)"),
        ("INTERVAL 1 DAY", "INTERVAL"),
        ("1::HUGEINT", "HUGEINT"),
    ] {
        site.sql(&format!(
            "CREATE OR REPLACE TABLE marts.fct AS SELECT 1 AS id, {sql} AS nested"
        ));
        let error = site.try_publish(None).expect_err("refused");
        assert_eq!(error.kind(), Kind::DataInvalid);
        let text = error.to_string();
        assert!(
            text.contains("the column `nested` of `marts.fct` is") && text.contains(type_name),
            "{text}"
        );
    }
    assert_eq!(
        ask(&reader(&report.path), "SELECT count(*) FROM fct"),
        Value::Int(10)
    );
}

#[test]
fn an_empty_schema_is_an_error() {
    let site = Site::new();
    let error = publish(
        &site.connection,
        &mut [],
        &site.settings,
        "nope",
        None,
        &Silent,
    )
    .expect_err("empty");
    assert_eq!(error.kind(), Kind::DataInvalid);
    assert!(!site.settings.dir.exists());
}

#[test]
fn readers_may_see_the_folder_elsewhere() {
    let mut site = Site::new();
    let mount = site.settings.dir.with_file_name("mount");
    site.settings.reader_root = Some(mount.clone());
    let report = site.publish(None);
    assert!(report.catalog_written);
    let reader = reader(&report.path);
    assert!(reader.scalar("SELECT count(*) FROM fct", &[]).is_err());
    std::os::unix::fs::symlink(&site.settings.dir, &mount).expect("mounted");
    assert_eq!(ask(&reader, "SELECT count(*) FROM fct"), Value::Int(10));
    // Another place needs another catalog.
    site.settings.reader_root = None;
    assert!(site.publish(Some(&[])).catalog_written);
}
