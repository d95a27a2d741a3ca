//! Suites proposed from data.

use super::{check, options, project, warehouse};
use crate::check::{Suite, evaluate, find_relation, load_suites, propose};
use crate::error::Kind;
use crate::event::Silent;
use crate::warehouse::{Connection, Relation};

const MESSY: &str = r#"
CREATE TABLE m.messy AS
SELECT i AS id,
       uuid_text AS request,
       CASE WHEN i % 3 = 0 THEN 'yes' WHEN i % 3 = 1 THEN 'it''s "odd": {x}' ELSE 'C:\path' END AS answer,
       CASE WHEN i = 7 THEN NULL ELSE i * 2 END AS "Odd Name",
       CASE WHEN i % 2 = 0 THEN 'nan'::DOUBLE ELSE i / 100.0 END AS share,
       -i AS depth,
       '/home/u/' || i AS path,
       NULL::VARCHAR AS nothing,
       [i] AS list,
       TIMESTAMP '2025-03-01' + to_days(i) AS seen,
       repeat('long ', 50) AS body,
       i > 20 AS flag
FROM (SELECT i::INTEGER AS i, '0123abcd-0000-4000-8000-' || lpad(i::VARCHAR, 12, '0') AS uuid_text FROM range(40) AS r(i));
"#;

fn proposed(connection: &Connection, name: &str) -> (String, Vec<Suite>) {
    let relation = find_relation(connection, name).expect("found");
    let proposal = propose(connection, &relation, "silver").expect("measured");
    let suites = load_suites(&project(&[("expectations/p.yml", &proposal.text)])).expect("valid");
    let expectations: usize = suites.iter().map(|suite| suite.expectations.len()).sum();
    assert_eq!(expectations, proposal.expectations);
    (proposal.text, suites)
}

#[test]
fn what_is_proposed_holds_now() {
    let connection = warehouse();
    connection.batch(MESSY).expect("filled");
    let listed = connection
        .query(
            "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'm'",
            &[],
        )
        .expect("tables");
    for row in &listed.rows {
        let name = row[0].to_string();
        let (text, suites) = proposed(&connection, &name);
        let report = check(&connection, &suites);
        for outcome in &report.outcomes {
            assert!(
                outcome.is_success(),
                "{name} {}: {}\n{text}",
                outcome.name,
                outcome.message
            );
        }
    }
    assert_eq!(listed.rows.len(), 6);
}

#[test]
fn what_is_likely_to_be_meant_is_proposed() {
    let connection = warehouse();
    connection.batch(MESSY).expect("filled");
    let (text, suites) = proposed(&connection, "m.messy");
    for line in [
        "# Proposed from 40 rows of m.messy",
        "  # Odd Name: 1 nulls, 39 different values, from 0 to 78",
        "  - expect_column_values_to_be_of_type: {column: id, type_: INTEGER}",
        "  - expect_column_values_to_be_unique: {column: id}",
        "  - expect_column_values_to_not_be_null: {column: \"Odd Name\", mostly: 0.97}",
        "  - expect_column_values_to_be_in_set: {column: answer, value_set: [\"C:\\\\path\", \"it's \\\"odd\\\": {x}\", \"yes\"]}",
        "  - expect_column_values_to_be_between: {column: share, min_value: 0, max_value: 1}",
        "  - expect_column_values_to_be_between: {column: seen, min_value: \"2025-01-01 00:00:00\", severity: warn}",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    assert!(
        text.contains("all values are UUIDs") && text.contains("all values are absolute paths")
    );
    // Unique by chance, negative, empty, nested, contents: nothing is made of them.
    for line in [
        "to_be_unique: {column: path",
        "to_be_unique: {column: seen",
        "to_be_between: {column: depth",
        "to_not_be_null: {column: nothing",
        "to_be_in_set: {column: body",
        "to_be_in_set: {column: flag",
    ] {
        assert!(!text.contains(line), "{line}\n{text}");
    }
    // And it notices when the data change.
    connection
        .batch("INSERT INTO m.messy (id, request, answer) VALUES (1, 'x', 'new')")
        .expect("broken");
    let report = evaluate(&suites, &connection, &mut [], &options(), &Silent).expect("runs");
    let broken: Vec<&str> = report
        .outcomes
        .iter()
        .filter(|outcome| !outcome.is_success())
        .map(|outcome| outcome.name.as_str())
        .collect();
    for name in [
        "expect_column_values_to_be_unique(id)",
        "expect_column_values_to_match_regex(request)",
        "expect_column_values_to_be_in_set(answer)",
        "expect_column_values_to_not_be_null(path)",
    ] {
        assert!(broken.contains(&name), "{name} in {broken:?}");
    }
}

#[test]
fn names_of_tables_are_found_or_explained() {
    let connection = warehouse();
    connection
        .batch("CREATE SCHEMA n; CREATE TABLE n.other (x INTEGER)")
        .expect("made");
    assert_eq!(
        find_relation(&connection, "pairs").expect("one"),
        Relation::new("m", "pairs")
    );
    assert_eq!(
        find_relation(&connection, "n.other").expect("full"),
        Relation::new("n", "other")
    );
    let several = find_relation(&connection, "other").expect_err("two");
    assert_eq!(several.hints(), ["Say which: m.other, n.other."]);
    let unknown = find_relation(&connection, "pears").expect_err("none");
    assert_eq!(
        (unknown.kind(), unknown.hints()),
        (Kind::Usage, &["Did you mean `pairs`?".to_owned()][..])
    );
}
