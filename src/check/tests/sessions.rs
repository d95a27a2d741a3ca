//! The rules about sessions, tools and paths.

use super::{check, suite};
use crate::check::Severity;
use crate::warehouse::{Connection, Warehouse};

const ENTRIES: &str = "
CREATE SCHEMA m;
CREATE TABLE m.entries (session_id VARCHAR, place INTEGER, role VARCHAR, timestamp TIMESTAMP);
INSERT INTO m.entries VALUES
    ('s', 1, 'human',     '2025-01-01 00:00:00'),
    ('s', 2, 'assistant', '2025-01-01 00:00:05'),
    ('s', 3, 'tool',      '2025-01-01 00:00:04.5'),
    ('s', 4, 'human',     '2025-01-01 00:01:00'),
    ('s', 5, 'human',     '2025-01-01 00:00:50'),
    ('s', 6, 'assistant', NULL),
    ('r', 1, 'human',     '2024-01-01 00:00:00'),
    (NULL, 1, 'human',    '2023-01-01 00:00:00');
CREATE TABLE m.calls (tool_name VARCHAR);
INSERT INTO m.calls VALUES ('Read'), ('TodoWrite'), ('mcp__github__list_issues'), ('Frobnicate'), (NULL);
CREATE SCHEMA seeds;
CREATE TABLE seeds.tool_categories (tool_name VARCHAR);
INSERT INTO seeds.tool_categories VALUES ('Read'), ('Todo*'), (NULL);
CREATE TABLE m.files AS SELECT unnest(['/a/b.rs', '~/x', 'C:\\Users\\me\\a.txt', '\\\\host\\share\\a', 'src/a.rs',
    '/a/', '', '/a\nb', ' /a', NULL]) AS file_path;
";

fn connection() -> Connection {
    let connection = Warehouse::in_memory()
        .expect("opens")
        .connect()
        .expect("connects");
    connection
        .batch(&ENTRIES.replace("\\n", "' || chr(10) || '"))
        .expect("fills");
    connection
}

fn assert_cases(table: &str, cases: &str) {
    super::assert_cases_of(&connection(), table, cases);
}

#[test]
fn timestamps_follow_the_order_within_the_tolerance() {
    assert_cases(
        "m.entries",
        "
failed 6 2 expect_timestamps_ordered_within_session: {session_column: session_id, order_by: place}
failed 6 1 expect_timestamps_ordered_within_session: {session_column: session_id, order_by: [place], tolerance_seconds: 1}
passed 6 1 expect_timestamps_ordered_within_session: {session_column: session_id, order_by: [place], tolerance_seconds: 1, mostly: 0.8}
failed 6 1 expect_timestamps_ordered_within_session: {session_column: [session_id, role], order_by: [place]}
passed 6 0 expect_timestamps_ordered_within_session: {session_column: session_id, order_by: timestamp}
error - - expect_timestamps_ordered_within_session: {session_column: session, order_by: place}
",
    );
}

#[test]
fn prompts_and_answers_alternate() {
    assert_cases(
        "m.entries",
        "
failed 4 1 expect_human_assistant_alternation: {session_column: session_id, order_by: place}
passed 4 1 expect_human_assistant_alternation: {session_column: session_id, order_by: place, mostly: 0.75}
passed 3 0 expect_human_assistant_alternation: {session_column: session_id, order_by: place, row_condition: place <> 4}
passed 1 0 expect_human_assistant_alternation: {session_column: session_id, order_by: place, human: tool}
",
    );
}

#[test]
fn tools_are_listed_or_of_a_server() {
    assert_cases(
        "m.calls",
        "
failed 5 1 expect_tool_names_to_be_known
passed 5 1 expect_tool_names_to_be_known: {mostly: 0.75}
error - - expect_tool_names_to_be_known: {known_table: m.nope}
passed 5 0 expect_tool_names_to_be_known: {pattern: 'Frob|mcp__'}
",
    );
    let report = check(
        &connection(),
        &suite("m.calls", &["expect_tool_names_to_be_known"]),
    );
    assert_eq!(report.outcomes[0].severity, Severity::Warn);
    assert_eq!(report.outcomes[0].result.partial_unexpected_list.len(), 1);
}

#[test]
fn paths_are_absolute_and_name_a_file() {
    assert_cases(
        "m.files",
        r#"
failed 10 5 expect_file_path_format
failed 10 4 expect_file_path_format: {allow_relative: true}
passed 2 0 expect_file_path_format: {column: file_path, row_condition: "file_path LIKE '%rs'", allow_relative: true}
"#,
    );
}
