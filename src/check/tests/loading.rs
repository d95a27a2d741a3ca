//! Suites with mistakes in them.

use super::{load_suites, options, project, run, warehouse};
use crate::check::CheckOptions;
use crate::error::Kind;
use crate::event::Silent;

const HEAD: &str = "suite: s\nlayer: bronze\ntable: m.t\nexpectations:\n";

/// The error of a suite with this body, in its block form.
fn mistake(body: &str) -> String {
    let text = format!("{HEAD}{body}");
    let error = load_suites(&project(&[("expectations/s.yml", &text)])).expect_err("a mistake");
    assert_eq!(error.kind(), Kind::Project);
    error.to_string()
}

#[test]
fn mistakes_name_file_line_and_the_nearest_name() {
    let message = mistake(
        "  - expect_column_to_exist: {column: a}\n  - expect_column_values_to_be_uniqe: {column: a}\n",
    );
    assert!(message.contains("at expectations/s.yml:6"), "{message}");
    assert!(
        message.contains("Did you mean `expect_column_values_to_be_unique`?"),
        "{message}"
    );

    let message = mistake("  - expect_column_to_exist:\n      colum: a\n");
    assert!(message.contains("needs `column`"), "{message}");

    let message = mistake("  - expect_column_to_exist:\n      column: a\n      mostli: 1\n");
    assert!(message.contains("has no argument `mostli`"), "{message}");
    assert!(message.contains("at expectations/s.yml:7"), "{message}");

    let message = mistake("  - expect_column_values_to_be_unique: {column: a, mosty: 1}\n");
    assert!(message.contains("Did you mean `mostly`?"), "{message}");
}

#[test]
fn arguments_have_their_types() {
    let cases = [
        (
            "expect_column_values_to_be_unique: {column: a, mostly: 1.5}",
            "must be from 0 to 1",
        ),
        (
            "expect_column_values_to_be_unique: {column: a, mostly: high}",
            "must be a number",
        ),
        (
            "expect_column_values_to_be_unique: {column: a, severity: fatal}",
            "Use one of: error, warn, critical, warning, info.",
        ),
        (
            "expect_column_values_to_be_unique: {column: 1}",
            "must be text",
        ),
        (
            "expect_column_values_to_be_unique: [a]",
            "one name with its arguments",
        ),
        (
            "expect_column_values_to_be_in_set: {column: a}",
            "needs `value_set`",
        ),
        (
            "expect_column_values_to_be_in_set: {column: a, value_set: [[1]]}",
            "must hold single values",
        ),
        (
            "expect_column_values_to_be_between: {column: a}",
            "both missing",
        ),
        (
            "expect_column_values_to_be_of_type: {column: a, type_: BIGIT}",
            "Did you mean `BIGINT`?",
        ),
        (
            "expect_column_values_to_be_of_type: {column: a, type_: BIGINT, mostly: 0.5}",
            "has no argument `mostly`",
        ),
        (
            "expect_compound_columns_to_be_unique: {columns: [a]}",
            "needs two columns",
        ),
        (
            "expect_column_values_to_exist_in: {column: a, to_table: a.b.c}",
            "Write the table as `schema.name`.",
        ),
        (
            "expect_column_pair_values_a_to_be_greater_than_b: {column_a: a, column_A: a, column_b: b}",
            "given twice",
        ),
        (
            "expect_table_row_count_to_be_between: {windows: [{parameter_name: p, range: 5}]}",
            "there are no earlier batches to take bounds from",
        ),
        ("expect_queries_to_agree: {left: SELECT 1}", "needs `right`"),
        (
            "{expect_column_to_exist: {column: a}, why: x}",
            "one name with its arguments",
        ),
    ];
    for (item, expected) in cases {
        let message = mistake(&format!("  - {item}\n"));
        assert!(message.contains(expected), "{item}: {message}");
        assert!(
            message.contains("expectations/s.yml:5"),
            "{item}: {message}"
        );
    }
}

#[test]
fn unreadable_yaml_names_its_line() {
    let message = mistake("  - expect_column_to_exist: {column: a\n  - x\n");
    assert!(message.contains("at expectations/s.yml:"), "{message}");
    let message = mistake("  - expect_column_to_exist: {column: a, column: b}\n");
    assert!(message.contains("duplicate"), "{message}");
}

#[test]
fn a_suite_has_a_name_a_layer_and_known_keys() {
    let load = |text: &str| load_suites(&project(&[("expectations/s.yml", text)]));
    let text = |result: crate::error::Result<_>| {
        result
            .map(|_: Vec<_>| ())
            .expect_err("a mistake")
            .to_string()
    };
    assert!(text(load("layer: x\nexpectations: []\n")).contains("needs `suite`"));
    assert!(text(load("suite: x\nexpectations: []\n")).contains("needs `layer`"));
    assert!(text(load("suite: x\nlayer: y\n")).contains("is missing"));
    assert!(
        text(load(
            "suite: x\nlayer: y\nexpectation: []\nexpectations: []\n"
        ))
        .contains("Did you mean `expectations`?")
    );
    assert!(text(load("- a\n")).contains("must be a mapping"));
    let message = text(load(
        "suite: x\nlayer: y\nexpectations:\n  - expect_column_to_exist: {column: a}\n",
    ));
    assert!(message.contains("needs a table"), "{message}");
    assert!(load("# only a comment\n").expect("nothing").is_empty());
}

#[test]
fn copies_are_flagged() {
    let message = mistake(
        "  - expect_column_to_exist: {column: a}\n  - expect_column_to_exist: {column: a, severity: warn}\n",
    );
    assert!(
        message.contains("`expect_column_to_exist(a)` is declared twice"),
        "{message}"
    );
    assert!(
        message.contains("s.yml:6\n   at expectations/s.yml:5"),
        "{message}"
    );

    let suite = format!("{HEAD}  - expect_column_to_exist: {{column: a}}\n");
    let other = suite.replace("column: a", "column: b");
    let files = project(&[
        ("expectations/a.yml", &suite),
        ("expectations/b.yml", &other),
    ]);
    let message = load_suites(&files).expect_err("two of a name").to_string();
    assert!(
        message.contains("the suite `s` is declared twice"),
        "{message}"
    );
}

#[test]
fn several_suites_in_a_file_are_selected_by_name_layer_and_table() {
    let text = format!(
        "{HEAD}  - expect_column_to_exist: {{column: id}}\n---\n{}",
        "suite: totals\nlayer: gold\nexpectations:\n  - expect_queries_to_agree:\n      left: SELECT 1\n      right: SELECT 1\n"
    );
    let suites = load_suites(&project(&[("expectations/s.yml", &text)])).expect("two suites");
    assert_eq!(suites.len(), 2);
    assert_eq!((suites[1].line, suites[1].expectations[0].line), (7, 10));

    let selected = |pattern: &str| {
        let options = CheckOptions {
            select: vec![pattern.to_owned()],
            ..options()
        };
        run(&suites, &warehouse(), &mut [], &options, &Silent).map(|report| report.outcomes.len())
    };
    for pattern in ["s", "bronze", "m.t", "t", "m.*", "tot*", "gol?"] {
        assert_eq!(selected(pattern).expect(pattern), 1, "{pattern}");
    }
    assert_eq!(selected("*").expect("all"), 2);
    let error = selected("golt").expect_err("nothing");
    assert_eq!(error.kind(), Kind::Usage);
    assert!(
        error.to_string().contains("Did you mean `gold`?"),
        "{error}"
    );
}

#[test]
fn expectations_of_a_suite_have_different_names() {
    let items = "  - expect_column_values_to_be_in_set: {column: a, value_set: [1]}\n  - expect_column_values_to_be_in_set: {column: a, value_set: [2]}\n";
    let message = mistake(items);
    assert!(
        message.contains("two expectations are called `expect_column_values_to_be_in_set(a)`"),
        "{message}"
    );
    assert!(message.contains("Add `name: …`"), "{message}");
    let named = format!(
        "{HEAD}{}",
        items.replace("value_set: [2]", "value_set: [2], name: twos")
    );
    let suites = load_suites(&project(&[("expectations/s.yml", &named)])).expect("two names");
    assert_eq!(
        suites[0].expectations[1].label(),
        "expect_column_values_to_be_in_set(twos)"
    );
}

#[test]
fn the_shipped_suites_are_valid_and_cover_every_layer() {
    let shipped = crate::project::Project::discover(None).expect("embedded");
    let suites = load_suites(&shipped).expect("valid");
    for layer in ["bronze", "silver", "gold"] {
        assert!(suites.iter().any(|suite| suite.layer == layer), "{layer}");
    }
    let custom = [
        "expect_tool_names_to_be_known",
        "expect_timestamps_ordered_within_session",
        "expect_human_assistant_alternation",
        "expect_file_path_format",
    ];
    for name in custom {
        assert!(
            suites
                .iter()
                .flat_map(|suite| &suite.expectations)
                .any(|e| e.name == name),
            "{name}"
        );
    }
}
