//! Every kind of expectation, met, broken and impossible.

use super::OutcomeStatus::{Error, Failed, Passed};
use super::assert_cases;

#[test]
fn the_shape_of_a_table() {
    assert_cases(
        "m.t",
        &[
            ("expect_column_to_exist: {column: id}", Passed, None, None),
            (
                "expect_column_to_exist: {column: name, column_index: 1}",
                Passed,
                None,
                None,
            ),
            (
                "expect_column_to_exist: {column: name, column_index: 0}",
                Failed,
                None,
                None,
            ),
            ("expect_column_to_exist: {column: ID}", Failed, None, None),
            (
                "expect_column_values_to_be_of_type: {column: seen, type_: datetime64}",
                Passed,
                None,
                None,
            ),
            (
                "expect_column_values_to_be_of_type: {column: day, type_: datetime64}",
                Failed,
                None,
                None,
            ),
            (
                "expect_column_values_to_be_of_type: {column: id, type: int}",
                Passed,
                None,
                None,
            ),
            (
                "expect_column_values_to_be_of_type: {column: price, type_: decimal}",
                Passed,
                None,
                None,
            ),
            (
                "expect_column_values_to_be_of_type: {column: nope, type_: int}",
                Error,
                None,
                None,
            ),
        ],
    );
}

#[test]
fn nulls_and_duplicates() {
    assert_cases(
        "m.t",
        &[
            (
                "expect_column_values_to_be_unique: {column: id}",
                Passed,
                Some(4),
                Some(0),
            ),
            // Every member of a group counts; nulls are not considered.
            (
                "expect_column_values_to_be_unique: {column: name}",
                Failed,
                Some(4),
                Some(2),
            ),
            (
                "expect_column_values_to_be_unique: {column: nothing}",
                Passed,
                Some(4),
                Some(0),
            ),
            (
                "expect_column_values_to_be_unique: {column: nope}",
                Error,
                None,
                None,
            ),
            (
                "expect_column_values_to_not_be_null: {column: id}",
                Passed,
                Some(4),
                Some(0),
            ),
            (
                "expect_column_values_to_not_be_null: {column: name}",
                Failed,
                Some(4),
                Some(1),
            ),
            (
                "expect_column_values_to_not_be_null: {column: ratio}",
                Failed,
                Some(4),
                Some(2),
            ),
            (
                "expect_column_values_to_be_null: {column: nothing}",
                Passed,
                Some(4),
                Some(0),
            ),
            (
                "expect_column_values_to_be_null: {column: name}",
                Failed,
                Some(4),
                Some(3),
            ),
            (
                "expect_compound_columns_to_be_unique: {columns: [id, name]}",
                Passed,
                Some(4),
                Some(0),
            ),
            (
                "expect_column_values_to_not_be_null: {column: nope}",
                Error,
                None,
                None,
            ),
        ],
    );
}

#[test]
fn sets() {
    assert_cases(
        "m.t",
        &[
            (
                "expect_column_values_to_be_in_set: {column: name, value_set: [a, b]}",
                Passed,
                Some(4),
                Some(0),
            ),
            (
                "expect_column_values_to_be_in_set: {column: name, value_set: [a, null]}",
                Failed,
                Some(4),
                Some(2),
            ),
            (
                "expect_column_values_to_be_in_set: {column: name, value_set: []}",
                Failed,
                Some(4),
                Some(3),
            ),
            (
                "expect_column_values_to_be_in_set: {column: name, value_set: null}",
                Passed,
                Some(4),
                Some(0),
            ),
            // '10' is not 10.
            (
                "expect_column_values_to_be_in_set: {column: num, value_set: ['10', 20, 30]}",
                Failed,
                Some(4),
                Some(1),
            ),
            (
                "expect_column_values_to_be_in_set: {column: num, value_set: [10, 20.0, 30]}",
                Passed,
                Some(4),
                Some(0),
            ),
            (
                "expect_column_values_to_be_in_set: {column: price, value_set: [1.25, 2.5, 9]}",
                Passed,
                Some(4),
                Some(0),
            ),
            (
                "expect_column_values_to_be_in_set: {column: flag, value_set: [true]}",
                Failed,
                Some(4),
                Some(1),
            ),
            (
                "expect_column_values_to_be_in_set: {column: day, value_set: ['2025-01-01']}",
                Failed,
                Some(4),
                Some(2),
            ),
            (
                "expect_column_values_to_be_in_set: {column: day, value_set: ['soon']}",
                Error,
                None,
                None,
            ),
            (
                "expect_column_values_to_be_in_set: {column: list, value_set: [1]}",
                Error,
                None,
                None,
            ),
            (
                "expect_column_values_to_not_be_in_set: {column: name, value_set: [c]}",
                Passed,
                Some(4),
                Some(0),
            ),
            (
                "expect_column_values_to_not_be_in_set: {column: name, value_set: [b, null]}",
                Failed,
                Some(4),
                Some(2),
            ),
            (
                "expect_column_values_to_not_be_in_set: {column: name, value_set: []}",
                Passed,
                Some(4),
                Some(0),
            ),
        ],
    );
}

#[test]
fn ranges() {
    assert_cases(
        "m.t",
        &[
            (
                "expect_column_values_to_be_between: {column: num, min_value: 10, max_value: 30}",
                Passed,
                Some(4),
                Some(0),
            ),
            (
                "expect_column_values_to_be_between: {column: num, min_value: 10, strict_min: true}",
                Failed,
                Some(4),
                Some(1),
            ),
            (
                "expect_column_values_to_be_between: {column: num, max_value: 30, strict_max: true}",
                Failed,
                Some(4),
                Some(1),
            ),
            // NaN is missing, infinity is a value.
            (
                "expect_column_values_to_be_between: {column: ratio, max_value: 1}",
                Failed,
                Some(4),
                Some(1),
            ),
            (
                "expect_column_values_to_be_between: {column: price, min_value: 0, max_value: 9.0}",
                Passed,
                Some(4),
                Some(0),
            ),
            (
                "expect_column_values_to_be_between: {column: num, min_value: 3, max_value: 1}",
                Error,
                None,
                None,
            ),
            (
                "expect_column_values_to_be_between: {column: seen, min_value: '2025-01-02 00:00:00'}",
                Failed,
                Some(4),
                Some(1),
            ),
            (
                "expect_column_values_to_be_between: {column: day, max_value: '2025-01-03'}",
                Passed,
                Some(4),
                Some(0),
            ),
            (
                "expect_column_values_to_be_between: {column: name, min_value: a}",
                Error,
                None,
                None,
            ),
            (
                "expect_column_values_to_be_between: {column: num, min_value: '1'}",
                Error,
                None,
                None,
            ),
            (
                "expect_table_row_count_to_be_between: {min_value: 4, max_value: 4}",
                Passed,
                Some(4),
                None,
            ),
            (
                "expect_table_row_count_to_be_between: {min_value: 5}",
                Failed,
                Some(4),
                None,
            ),
            (
                "expect_table_row_count_to_be_between: {max_value: 4, strict_max: true}",
                Failed,
                Some(4),
                None,
            ),
            (
                "expect_table_row_count_to_be_between: {max_value: 1, row_condition: num > 20}",
                Passed,
                Some(1),
                None,
            ),
        ],
    );
}

#[test]
fn texts() {
    assert_cases(
        "m.t",
        &[
            (
                "expect_column_values_to_match_regex: {column: name, regex: '[ab]'}",
                Passed,
                Some(4),
                Some(0),
            ),
            (
                "expect_column_values_to_match_regex: {column: name, regex: '^a$'}",
                Failed,
                Some(4),
                Some(2),
            ),
            (
                "expect_column_values_to_match_regex: {column: name, regex: '('}",
                Error,
                None,
                None,
            ),
            (
                "expect_column_values_to_match_regex: {column: num, regex: '1'}",
                Error,
                None,
                None,
            ),
        ],
    );
}

#[test]
fn pairs() {
    let name = "expect_column_pair_values_a_to_be_greater_than_b";
    let case = |arguments: &str| format!("{name}: {{column_a: a, column_b: b{arguments}}}");
    let cases = [
        (case(""), 3),
        (case(", or_equal: true"), 2),
        (
            case(", or_equal: true, ignore_row_if: either_value_is_missing"),
            1,
        ),
        (case(", ignore_row_if: neither"), 5),
        (
            "expect_column_pair_values_A_to_be_greater_than_B: {column_A: a, column_B: b}"
                .to_owned(),
            3,
        ),
    ];
    for (item, unexpected) in cases {
        let outcome = super::one("m.pairs", &item);
        assert_eq!(
            outcome.unexpected_count,
            Some(unexpected),
            "{item}: {}",
            outcome.message
        );
        assert_eq!(outcome.element_count, Some(6));
        assert_eq!(outcome.status, Failed);
    }
}

#[test]
fn combinations() {
    assert_cases(
        "m.pairs",
        &[
            (
                "expect_compound_columns_to_be_unique: {column_list: [a, b]}",
                Passed,
                Some(6),
                Some(0),
            ),
            (
                "expect_compound_columns_to_be_unique: {column_list: [a, b], ignore_row_if: never}",
                Failed,
                Some(6),
                Some(2),
            ),
            (
                "expect_compound_columns_to_be_unique: {column_list: [a, b], ignore_row_if: any_value_is_missing}",
                Passed,
                Some(6),
                Some(0),
            ),
            (
                "expect_compound_columns_to_be_unique: {column_list: [a, a2]}",
                Error,
                None,
                None,
            ),
        ],
    );
}

#[test]
fn other_tables() {
    assert_cases(
        "m.t",
        &[
            (
                "expect_column_values_to_exist_in: {column: name, to_table: m.parent, to_column: name}",
                Failed,
                Some(4),
                Some(2),
            ),
            (
                "expect_column_values_to_exist_in: {column: name, to_table: m.parent, row_condition: id = 1}",
                Passed,
                Some(1),
                Some(0),
            ),
            (
                "expect_column_values_to_exist_in: {column: name, to_table: m.nope}",
                Error,
                None,
                None,
            ),
            (
                "expect_column_values_to_exist_in: {column: name, to_table: m.parent, to_column: nope}",
                Error,
                None,
                None,
            ),
            (
                "expect_table_row_count_to_equal_other_table: {other_table_name: m.other}",
                Passed,
                None,
                None,
            ),
            (
                "expect_table_row_count_to_equal_other_table: {other_table: m.parent}",
                Failed,
                None,
                None,
            ),
            (
                "expect_table_row_count_to_equal_other_table: {other_table: m.nope}",
                Error,
                None,
                None,
            ),
        ],
    );
}

#[test]
fn queries() {
    assert_cases(
        "m.t",
        &[
            (
                "expect_query_to_return_no_rows: {query: 'SELECT * FROM {table} AS t WHERE t.id > 4;'}",
                Passed,
                None,
                Some(0),
            ),
            (
                "expect_query_to_return_no_rows: {query: 'SELECT id, name FROM {table} WHERE id > 2 -- two'}",
                Failed,
                None,
                Some(2),
            ),
            (
                "unexpected_rows_expectation: {unexpected_rows_query: 'SELECT * FROM {batch} WHERE id > 2', row_condition: id < 4}",
                Failed,
                None,
                Some(1),
            ),
            (
                "expect_query_to_return_no_rows: {query: 'SELECT nope FROM {table}'}",
                Error,
                None,
                None,
            ),
            (
                "expect_queries_to_agree: {left: 'SELECT sum(num) FROM {table}', right: SELECT 60}",
                Passed,
                None,
                None,
            ),
            (
                "expect_queries_to_agree: {left: 'SELECT sum(num) FROM {table}', right: SELECT 61}",
                Failed,
                None,
                None,
            ),
            (
                "expect_queries_to_agree: {left: 'SELECT 0.1 + 0.2::DOUBLE', right: SELECT 0.3, tolerance: 1e-9}",
                Passed,
                None,
                None,
            ),
            (
                "expect_queries_to_agree: {left: SELECT NULL, right: SELECT NULL}",
                Passed,
                None,
                None,
            ),
            (
                "expect_queries_to_agree: {left: SELECT NULL, right: SELECT 0}",
                Failed,
                None,
                None,
            ),
            (
                "expect_queries_to_agree: {left: 'SELECT id FROM {table}', right: SELECT 0}",
                Error,
                None,
                None,
            ),
            (
                "expect_queries_to_agree: {left: 'SELECT 1, 2', right: SELECT 1}",
                Error,
                None,
                None,
            ),
        ],
    );
}
