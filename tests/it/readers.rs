//! What other engines read back is what was written.

use crate::{fixtures, python};

const READ_LAKE: &str = r#"
import sys, duckdb
from pyiceberg.catalog import load_catalog
data = sys.argv[1]
catalog = load_catalog("default", type="sql", uri=f"sqlite:///{data}/iceberg/catalog.db", warehouse=f"{data}/iceberg")
table = catalog.load_table("analytics.conversations")
rows = table.scan().to_arrow().sort_by("_id")
files = [task.file.file_path for task in table.scan().plan_files()]
parquet = duckdb.sql(f"select * from read_parquet({files!r}, hive_partitioning = false) order by _id").to_arrow_table()
assert rows.num_rows == parquet.num_rows == int(sys.argv[2]), (rows.num_rows, parquet.num_rows)
for name in ("_id", "type", "content_text", "_raw_json", "output_tokens", "source_offset", "content_blocks"):
    assert rows[name].to_pylist() == parquet[name].to_pylist(), name
assert [str(field.transform) for field in table.spec().fields] == ["day"], table.spec()
summary = table.current_snapshot().summary
print(summary.additional_properties["cca.read"], summary.additional_properties["cca.landed"])
print(sum(1 for key in summary.additional_properties if key.startswith("cca.mark")))
"#;

const READ_PUBLISHED: &str = r#"
import sys, duckdb
assert duckdb.__version__ == "1.5.5", duckdb.__version__
reader = duckdb.connect(sys.argv[1] + "/published/cca.duckdb", read_only=True)
print(reader.sql("select count(*) from fct_messages").fetchone()[0])
missing = reader.sql("select view_name from duckdb_views() where not internal and comment is null").fetchall()
assert not missing, missing
wide = reader.sql("select table_name, column_name, data_type from information_schema.columns where data_type similar to '.*(\\[\\]|STRUCT|MAP|INTERVAL|HUGEINT).*'").fetchall()
assert not wide, wide
import subprocess
# A run that publishes while the reader is connected is not blocked, and is seen with the next query.
open(sys.argv[2], "a").write(sys.argv[3] + "\n")
subprocess.run([sys.argv[4], "sync", "-q", "--roots", sys.argv[5]], check=True, stdout=subprocess.DEVNULL)
print(reader.sql("select count(*) from fct_messages").fetchone()[0])
"#;

#[test]
fn pyiceberg_and_duckdb_read_the_same_rows_back() {
    let dir = tempfile::tempdir().expect("a folder");
    let lines = [
        fixtures::user_line("héllo 🚀"),
        fixtures::assistant_line("msg_1", "Bash", 7),
        fixtures::user_line("x"),
    ];
    let root = fixtures::transcripts(dir.path(), "p", &[("s", &lines)]);
    fixtures::succeed(
        fixtures::cca(dir.path())
            .args(["extract", "-q", "--roots"])
            .arg(&root),
    );
    let data = dir.path().join("data");
    let printed = python::run(READ_LAKE, &[data.to_str().expect("text"), "3"]);
    assert_eq!(printed.trim(), "3 3\n1");
}

#[test]
fn an_open_reader_sees_the_next_generation_and_blocks_nobody() {
    let dir = tempfile::tempdir().expect("a folder");
    let root = fixtures::transcripts(dir.path(), "p", &[("s", &[fixtures::user_line("one")])]);
    fixtures::succeed(
        fixtures::cca(dir.path())
            .args(["backfill", "-q", "--roots"])
            .arg(&root),
    );
    let data = dir.path().join("data");
    let file = root.join("projects/p/s.jsonl");
    let wrapper = fixtures::wrapper(dir.path());
    let text = |path: &std::path::Path| path.to_str().expect("text").to_owned();
    let printed = python::run(
        READ_PUBLISHED,
        &[
            &text(&data),
            &text(&file),
            &fixtures::user_line("two"),
            &text(&wrapper),
            &text(&root),
        ],
    );
    assert_eq!(printed.trim(), "1\n2");
}
