//! The line of a suite that the engine refuses.

use super::{Outcome, check, load_suites, one, project, warehouse};
use crate::check::{Known, document, validate};

/// Suites about `m.t` with this text of items, from line 4 on.
fn outcomes(items: &str) -> Vec<Outcome> {
    let text = format!("suite: s\nlayer: silver\ntable: m.t\nexpectations:\n{items}");
    let suites = load_suites(&project(&[("s.yml", &text)])).expect("valid suites");
    check(&warehouse(), &suites).outcomes
}

/// Place and the text from the caret on.
fn blamed(outcome: &Outcome) -> (String, String) {
    let refused = outcome.refused.as_ref();
    let rest = refused.map_or_else(String::new, |line| {
        let column = line.column.expect("a column");
        line.text.chars().skip(column - 1).collect()
    });
    (outcome.place(), rest)
}

#[test]
fn the_line_of_a_query_is_blamed() {
    let outcomes = outcomes(
        "  - expect_query_to_return_no_rows:
      name: block
      query: |
        -- ä comment
        SELECT id, num
        FROM {table} AS t
        WHERE t.num > 1 AND nam = 'a'
  - expect_query_to_return_no_rows:
      name: after the placeholder
      query: |
        SELECT id
        FROM {table} WHERE nme = 'a'
  - expect_queries_to_agree:
      name: folded
      left: SELECT 1
      right: >-
        SELECT count(*)
        FROM m.others
  - expect_query_to_return_no_rows: {name: quoted, query: \"SELECT num AS \\\"x y\\\", idd FROM {table}\"}
  - expect_column_values_to_not_be_null: {column: name, row_condition: nun > 1}
  - expect_query_to_return_no_rows:
      name: while it runs
      row_condition: id = 1
      query: |
        SELECT id FROM {batch}
        WHERE CAST(name AS INTEGER) = 1
",
    );
    let expected = [
        ("s.yml:11:29", "nam = 'a'"),
        ("s.yml:16:28", "nme = 'a'"),
        ("s.yml:22:14", "m.others"),
        ("s.yml:23:83", "idd FROM {table}\"}"),
        ("s.yml:24:72", "nun > 1}"),
        ("s.yml:30:15", "CAST(name AS INTEGER) = 1"),
    ];
    let found: Vec<_> = outcomes.iter().map(blamed).collect();
    for (found, expected) in found.iter().zip(expected) {
        assert_eq!((found.0.as_str(), found.1.as_str()), expected);
    }
    assert_eq!(found.len(), expected.len());
    assert!(
        outcomes[0].message.ends_with("Did you mean `name`?"),
        "{}",
        outcomes[0].message
    );
    // What is stored and selected by is the line of the declaration.
    assert_eq!(outcomes[0].line, 5);
}

#[test]
fn what_stands_in_two_places_is_not_blamed() {
    let twice = "  - expect_query_to_return_no_rows:
      query: |
        SELECT nope FROM {table}
        UNION ALL
        SELECT nope FROM {table}
";
    assert_eq!(
        blamed(&outcomes(twice)[0]),
        ("s.yml:5".to_owned(), String::new())
    );
    let passed = one("m.t", "expect_column_to_exist: {column: id}");
    assert_eq!(passed.place(), "expectations/s.yml:5");
}

#[test]
fn every_document_shows_the_line() {
    let text = "suite: s\nlayer: silver\ntable: m.t\nexpectations:
  - expect_query_to_return_no_rows:
      query: |
        SELECT id,
          nme FROM {table}
";
    let files = project(&[("s.yml", text)]);
    let connection = warehouse();
    let report = check(&connection, &load_suites(&files).expect("valid"));
    let told = document::validation(&report);
    let refused = &told["validation_results"][0]["results"][0]["meta"]["refused"];
    assert_eq!(
        (&refused["line"], &refused["column"]),
        (&8.into(), &11.into())
    );
    assert!(document::junit(&report).contains("s.yml:8:11\n8 |           nme FROM {table}"));

    let known = Known {
        connection: Some(&connection),
        relations: &[],
    };
    let faults = validate(&files, &Default::default(), &known)
        .expect("validated")
        .faults;
    let error = &faults[0].error;
    assert_eq!(error.places(), ["s.yml:8:11"]);
    assert_eq!(error.excerpt().map(|line| line.line), Some(8));
    assert_eq!(error.hints(), ["Did you mean `name`?"]);
    assert!(!error.causes().join("").contains("LINE"), "{error}");
}
