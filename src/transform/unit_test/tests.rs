//! Unit tests on a small model: formats, overrides, incremental models, what is told when they
//! fail.

use crate::error::Kind;
use crate::event::Status;
use crate::transform::fixture::{Db, graph};
use crate::transform::report::TransformReport;

const TOTALS: &str =
    "{{ config(materialized='incremental', unique_key='k', incremental_strategy='merge') }}
select k, sum(v) as total, '{{ var('label', 'none') }}' as label, {{ twice('1') }} as two
from {{ ref('facts') }}
{% if is_incremental() %}where k not in (select k from {{ this }} where total > 100){% endif %}
group by k";

fn run(unit_tests: &str, more: &[(&str, &str)]) -> (Db, TransformReport) {
    let db = Db::new();
    let yml = format!("unit_tests:\n{unit_tests}");
    let mut files = vec![
        (
            "sql/models/marts/facts.sql",
            "select 1::bigint as k, 2 as v, date '2024-01-01' as d",
        ),
        ("sql/models/marts/totals.sql", TOTALS),
        (
            "sql/macros/twice.sql",
            "{% macro twice(x) %}{{ x }} * 2{% endmacro %}",
        ),
        ("sql/models/marts/u.yml", yml.as_str()),
    ];
    files.extend(more);
    let report = crate::transform::run::run(
        crate::transform::run::Verb::Test,
        &graph(&files),
        &db.warehouse,
        &crate::transform::Selection::default(),
        &crate::transform::RunOptions::default(),
        &db.events,
    );
    (db, report.expect("a report"))
}

fn error(report: &TransformReport, name: &str) -> String {
    let unit = report.unit(name).expect("there");
    unit.error.as_ref().expect("a failure").to_string()
}

#[test]
fn rows_in_every_form_without_anything_built() {
    let (db, report) = run(
        "  - name: dict
    model: totals
    given: [{input: ref('facts'), rows: [{k: 1, v: 2}, {k: 1, v: 3}, {k: 2, v: null}]}]
    expect: {rows: [{k: 2, total: null}, {k: 1, total: 5}]}
  - name: csv
    model: totals
    given:
      - {input: ref('facts'), format: csv, rows: \"k,v\\n1,2\\n1,40\\n\"}
    expect: {format: csv, rows: \"k,total,two\\n1,42,2\\n\"}
  - name: sql
    model: totals
    given: [{input: ref('facts'), format: sql, rows: \"select 'a' as k, 7 as v\"}]
    overrides: {vars: {label: seven}, macros: {twice: '9'}}
    expect: {format: sql, rows: \"select 'a' as k, 7 as total, 'seven' as label, 9 as two\"}
  - name: file
    model: totals
    given: [{input: ref('facts'), format: csv, fixture: some_facts}]
    expect: {rows: [{k: 5, total: 6}]}
  - name: nothing
    model: totals
    given: [{input: ref('facts'), rows: [{k: 1, v: 2}]}, {input: this, rows: [{k: 1, total: 500}]}]
    overrides: {macros: {is_incremental: true}}
    expect: {rows: []}
",
        &[("tests/fixtures/some_facts.csv", "k,v\n5,6\n")],
    );
    for unit in &report.units {
        let text = unit.error.as_ref().map(ToString::to_string);
        assert_eq!(
            unit.status,
            Status::Ok,
            "{}: {}",
            unit.name,
            text.unwrap_or_default()
        );
    }
    assert_eq!(report.units.len(), 5);
    assert!(!db.exists("marts", "totals"));
    assert_eq!(
        db.rows("SELECT count(*) FROM duckdb_databases() WHERE database_name LIKE 'cca_unit%'"),
        ["0"]
    );
}

#[test]
fn differences_are_rows_and_the_table_is_really_built() {
    let (_, report) = run(
        "  - name: wrong
    model: totals
    given: [{input: ref('facts'), rows: [{k: 1, v: 2}, {k: 3, v: 4}]}]
    expect: {rows: [{k: 1, total: 2}, {k: 3, total: 5}]}
  - name: whole_table
    model: totals
    config: {meta: {compare: table}}
    given:
      - {input: ref('facts'), rows: [{k: 1, v: 2}]}
      - {input: this, rows: [{k: 1, total: 9, label: old, two: 0}, {k: 7, total: 900, label: old, two: 0}]}
    overrides: {macros: {is_incremental: true}}
    expect: {rows: [{k: 1, total: 2, label: none}, {k: 7, total: 900, label: old}]}
  - name: two_rows_of_one_key
    model: doubles
    given:
      - {input: ref('facts'), rows: [{k: 1, v: 2}, {k: 1, v: 3}]}
      - {input: this, rows: [{k: 1, v: 0}]}
    overrides: {macros: {is_incremental: true}}
    expect: {rows: [{k: 1, v: 2}, {k: 1, v: 3}]}
",
        &[(
            "sql/models/marts/doubles.sql",
            "{{ config(materialized='incremental', unique_key='k', incremental_strategy='merge') }}select k, v from {{ ref('facts') }}",
        )],
    );
    assert_eq!(
        report.unit("whole_table").expect("there").status,
        Status::Ok
    );
    let wrong = error(&report, "wrong");
    assert!(wrong.contains("not expected: k: 3, total: 4\n"), "{wrong}");
    assert!(wrong.contains("missing: k: 3, total: 5\n"), "{wrong}");
    assert!(!wrong.contains("k: 1"), "{wrong}");
    assert!(wrong.contains("at sql/models/marts/u.yml:2"), "{wrong}");
    let unit = report.unit("wrong").expect("there");
    assert_eq!(
        unit.error.as_ref().map(crate::error::Error::kind),
        Some(Kind::CheckFailed)
    );
    // The query gives what is expected, but its rows cannot be merged.
    let doubles = error(&report, "two_rows_of_one_key");
    assert!(
        doubles.contains("occur more than once in the new rows"),
        "{doubles}"
    );
}

#[test]
fn mistakes_in_a_test_are_named() {
    let (_, report) = run(
        "  - name: incomplete
    model: totals
    given: []
    expect: {rows: []}
  - name: stray
    model: totals
    given: [{input: ref('facts'), rows: [{k: 1, v: 2}]}]
    expect: {rows: [{k: 1, totl: 2}]}
  - name: no_fixture
    model: totals
    given: [{input: ref('facts'), format: csv, fixture: some_fact}]
    expect: {rows: []}
  - name: no_column
    model: totals
    given: [{input: ref('facts'), rows: [{k: 1}]}]
    expect: {rows: []}
",
        &[("tests/fixtures/some_facts.csv", "k,v\n5,6\n")],
    );
    let incomplete = error(&report, "incomplete");
    assert!(incomplete.contains("missing: ref('facts')"), "{incomplete}");
    assert!(error(&report, "stray").contains("Did you mean `total`?"));
    assert!(error(&report, "no_fixture").contains("Did you mean `some_facts`?"));
    assert!(
        error(&report, "no_column").contains("Give every input the columns that the model reads.")
    );
}
