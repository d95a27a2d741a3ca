//! Every kind of expectation, met, broken and impossible.

use super::OutcomeStatus::Failed;
use super::assert_cases;

#[test]
fn the_shape_of_a_table() {
    assert_cases(
        "m.t",
        "
passed - - expect_column_to_exist: {column: id}
passed - - expect_column_to_exist: {column: name, column_index: 1}
failed - - expect_column_to_exist: {column: name, column_index: 0}
failed - - expect_column_to_exist: {column: ID}
passed - - expect_column_values_to_be_of_type: {column: seen, type_: datetime64}
failed - - expect_column_values_to_be_of_type: {column: day, type_: datetime64}
passed - - expect_column_values_to_be_of_type: {column: id, type: int}
passed - - expect_column_values_to_be_of_type: {column: price, type_: decimal}
error - - expect_column_values_to_be_of_type: {column: nope, type_: int}
",
    );
}

#[test]
fn nulls_and_duplicates() {
    assert_cases(
        "m.t",
        "
passed 4 0 expect_column_values_to_be_unique: {column: id}
# Every member of a group counts; nulls are not considered.
failed 4 2 expect_column_values_to_be_unique: {column: name}
passed 4 0 expect_column_values_to_be_unique: {column: nothing}
error - - expect_column_values_to_be_unique: {column: nope}
passed 4 0 expect_column_values_to_not_be_null: {column: id}
failed 4 1 expect_column_values_to_not_be_null: {column: name}
failed 4 2 expect_column_values_to_not_be_null: {column: ratio}
passed 4 0 expect_column_values_to_be_null: {column: nothing}
failed 4 3 expect_column_values_to_be_null: {column: name}
passed 4 0 expect_compound_columns_to_be_unique: {columns: [id, name]}
error - - expect_column_values_to_not_be_null: {column: nope}
",
    );
}

#[test]
fn sets() {
    assert_cases(
        "m.t",
        "
passed 4 0 expect_column_values_to_be_in_set: {column: name, value_set: [a, b]}
failed 4 2 expect_column_values_to_be_in_set: {column: name, value_set: [a, null]}
failed 4 3 expect_column_values_to_be_in_set: {column: name, value_set: []}
passed 4 0 expect_column_values_to_be_in_set: {column: name, value_set: null}
# '10' is not 10.
failed 4 1 expect_column_values_to_be_in_set: {column: num, value_set: ['10', 20, 30]}
passed 4 0 expect_column_values_to_be_in_set: {column: num, value_set: [10, 20.0, 30]}
passed 4 0 expect_column_values_to_be_in_set: {column: price, value_set: [1.25, 2.5, 9]}
failed 4 1 expect_column_values_to_be_in_set: {column: flag, value_set: [true]}
failed 4 2 expect_column_values_to_be_in_set: {column: day, value_set: ['2025-01-01']}
error - - expect_column_values_to_be_in_set: {column: day, value_set: ['soon']}
error - - expect_column_values_to_be_in_set: {column: list, value_set: [1]}
passed 4 0 expect_column_values_to_not_be_in_set: {column: name, value_set: [c]}
failed 4 2 expect_column_values_to_not_be_in_set: {column: name, value_set: [b, null]}
passed 4 0 expect_column_values_to_not_be_in_set: {column: name, value_set: []}
",
    );
}

#[test]
fn ranges() {
    assert_cases(
        "m.t",
        "
passed 4 0 expect_column_values_to_be_between: {column: num, min_value: 10, max_value: 30}
failed 4 1 expect_column_values_to_be_between: {column: num, min_value: 10, strict_min: true}
failed 4 1 expect_column_values_to_be_between: {column: num, max_value: 30, strict_max: true}
# NaN is missing, infinity is a value.
failed 4 1 expect_column_values_to_be_between: {column: ratio, max_value: 1}
passed 4 0 expect_column_values_to_be_between: {column: price, min_value: 0, max_value: 9.0}
error - - expect_column_values_to_be_between: {column: num, min_value: 3, max_value: 1}
failed 4 1 expect_column_values_to_be_between: {column: seen, min_value: '2025-01-02 00:00:00'}
passed 4 0 expect_column_values_to_be_between: {column: day, max_value: '2025-01-03'}
error - - expect_column_values_to_be_between: {column: name, min_value: a}
error - - expect_column_values_to_be_between: {column: num, min_value: '1'}
passed - - expect_table_row_count_to_be_between: {min_value: 4, max_value: 4}
failed - - expect_table_row_count_to_be_between: {min_value: 5}
failed - - expect_table_row_count_to_be_between: {max_value: 4, strict_max: true}
passed - - expect_table_row_count_to_be_between: {max_value: 1, row_condition: num > 20}
",
    );
}

#[test]
fn texts() {
    assert_cases(
        "m.t",
        "
passed 4 0 expect_column_values_to_match_regex: {column: name, regex: '[ab]'}
failed 4 2 expect_column_values_to_match_regex: {column: name, regex: '^a$'}
error - - expect_column_values_to_match_regex: {column: name, regex: '('}
error - - expect_column_values_to_match_regex: {column: num, regex: '1'}
",
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
            outcome.result.unexpected_count,
            Some(unexpected),
            "{item}: {}",
            outcome.message
        );
        assert_eq!(outcome.result.element_count, Some(6));
        assert_eq!(outcome.status, Failed);
    }
}

#[test]
fn combinations() {
    assert_cases(
        "m.pairs",
        "
passed 6 0 expect_compound_columns_to_be_unique: {column_list: [a, b]}
failed 6 2 expect_compound_columns_to_be_unique: {column_list: [a, b], ignore_row_if: never}
passed 6 0 expect_compound_columns_to_be_unique: {column_list: [a, b], ignore_row_if: any_value_is_missing}
error - - expect_compound_columns_to_be_unique: {column_list: [a, a2]}
",
    );
}

#[test]
fn other_tables() {
    assert_cases(
        "m.t",
        "
failed 4 2 expect_column_values_to_exist_in: {column: name, to_table: m.parent, to_column: name}
passed 1 0 expect_column_values_to_exist_in: {column: name, to_table: m.parent, row_condition: id = 1}
error - - expect_column_values_to_exist_in: {column: name, to_table: m.nope}
error - - expect_column_values_to_exist_in: {column: name, to_table: m.parent, to_column: nope}
passed - - expect_table_row_count_to_equal_other_table: {other_table_name: m.other}
failed - - expect_table_row_count_to_equal_other_table: {other_table: m.parent}
error - - expect_table_row_count_to_equal_other_table: {other_table: m.nope}
",
    );
}

#[test]
fn queries() {
    assert_cases(
        "m.t",
        "
passed - 0 expect_query_to_return_no_rows: {query: 'SELECT * FROM {table} AS t WHERE t.id > 4;'}
failed - 2 expect_query_to_return_no_rows: {query: 'SELECT id, name FROM {table} WHERE id > 2 -- two'}
failed - 1 unexpected_rows_expectation: {unexpected_rows_query: 'SELECT * FROM {batch} WHERE id > 2', row_condition: id < 4}
error - - expect_query_to_return_no_rows: {query: 'SELECT nope FROM {table}'}
passed - - expect_queries_to_agree: {left: 'SELECT sum(num) FROM {table}', right: SELECT 60}
failed - - expect_queries_to_agree: {left: 'SELECT sum(num) FROM {table}', right: SELECT 61}
passed - - expect_queries_to_agree: {left: 'SELECT 0.1 + 0.2::DOUBLE', right: SELECT 0.3, tolerance: 1e-9}
passed - - expect_queries_to_agree: {left: SELECT NULL, right: SELECT NULL}
failed - - expect_queries_to_agree: {left: SELECT NULL, right: SELECT 0}
error - - expect_queries_to_agree: {left: 'SELECT id FROM {table}', right: SELECT 0}
error - - expect_queries_to_agree: {left: 'SELECT 1, 2', right: SELECT 1}
",
    );
}
