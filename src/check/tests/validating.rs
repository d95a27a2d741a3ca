//! Suites validated without evaluating them.

use super::{project, warehouse};
use crate::check::{About, Known, Validation, validate};
use crate::warehouse::Connection;

const SUITES: &str = "suite: s
layer: silver
table: m.t
expectations:
  - expect_column_values_to_be_unique: {column: id}
  - expect_column_values_to_be_unqiue: {column: id}
  - expect_column_values_to_be_in_set: {column: name, value_sett: [a]}
  - expect_column_values_to_be_between: {column: num, min_value: 1, most: 0.5}
  - expect_column_values_to_not_be_null: {column: nmae}
  - expect_column_values_to_not_be_null: {column: name, row_condition: nun > 1}
  - expect_column_values_to_match_regex: {column: name, regex: '('}
  - expect_column_values_to_be_between: {column: name, min_value: 1}
  - expect_column_values_to_exist_in: {column: name, to_table: m.paren}
  - expect_query_to_return_no_rows: {query: SELECT nope FROM {table}}
  - expect_queries_to_agree: {left: SELECT 1, right: SELECT x FROM m.nowhere}
  - expect_table_row_count_to_be_usual
---
suite: later
layer: gold
table: marts.later
expectations:
  - expect_column_values_to_not_be_null: {column: anything}
---
suite: nowhere
layer: gold
table: marts.latter
expectations:
  - expect_column_values_to_not_be_null: {column: anything}
---
suite: headless
table: m.t
expectations: []
---
suite: loads
layer: gold
table: m.u
incremental_by: lod
expectations: []
";

fn validated(connection: Option<&Connection>) -> Validation {
    let text = SUITES.replace(
        "query: SELECT nope FROM {table}",
        "query: \"SELECT nope FROM {table}\"",
    );
    let relations = ["m.t", "m.u", "marts.later"].map(str::to_owned);
    let known = Known {
        connection,
        relations: &relations,
    };
    let project = project(&[("expectations/s.yml", &text)]);
    validate(&project, &About::default(), &known).expect("validated")
}

/// Line and fault, with the hint.
fn faults(found: &Validation) -> Vec<String> {
    let mut lines: Vec<(usize, String)> = found
        .faults
        .iter()
        .map(|fault| {
            let place = fault.error.places().first().expect("a place");
            let (_, place) = place.split_once(':').expect("a line");
            let line = place.split(':').next().expect("a line");
            let hint = fault
                .error
                .hints()
                .first()
                .map(String::as_str)
                .unwrap_or_default();
            (
                line.parse().expect("a number"),
                format!("{place} {} | {hint}", fault.error.message()),
            )
        })
        .collect();
    lines.sort();
    lines.into_iter().map(|(_, text)| text).collect()
}

#[test]
fn every_fault_is_told_at_once() {
    let connection = warehouse();
    connection.batch("CREATE TABLE m.u (load BIGINT); CREATE SCHEMA cca; CREATE TABLE cca.check_results (table_name VARCHAR, name VARCHAR, status VARCHAR, checked_at TIMESTAMP, observed_value JSON)").expect("made");
    let found = validated(Some(&connection));
    insta::assert_snapshot!(faults(&found).join("\n"), @r"
    6 there is no expectation `expect_column_values_to_be_unqiue` | Did you mean `expect_column_values_to_be_unique`?
    7 `expect_column_values_to_be_in_set` needs `value_set` | Did you mean `value_set` by `value_sett`?
    8 `expect_column_values_to_be_between` has no argument `most` | Did you mean `mostly`?
    9 there is no column `nmae` in m.t | Did you mean `name`?
    10:72 failed to run SQL | Did you mean `num`?
    11 the regular expression `(` cannot be compiled | 
    12 the rule needs numbers or times, but `name` is VARCHAR | Cast the column where its table is built, or use another expectation.
    13:64 failed to run SQL | Did you mean `parent`?
    14:53 failed to run SQL | 
    15:68 failed to run SQL | 
    24 there is no table `marts.latter` | Did you mean `marts.later`?
    30 `suite` needs `layer` | Add `layer: …` to it.
    34 there is no column `lod` in m.u, which is declared `incremental_by` it | Did you mean `load`?
    ");
    assert_eq!(found.not_built, ["marts.later"]);
    assert_eq!((found.suites, found.expectations), (4, 11));
}

#[test]
fn without_data_names_are_still_looked_up() {
    let found = validated(None);
    assert_eq!(found.not_built, ["m.t", "marts.later", "m.u"]);
    let faults = faults(&found);
    assert_eq!(faults.len(), 6, "{faults:?}");
    assert!(
        faults[4].contains("no table `marts.latter` | Did you mean `marts.later`?"),
        "{faults:?}"
    );
}
