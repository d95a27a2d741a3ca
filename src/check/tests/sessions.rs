//! The rules about sessions, tools and paths.

use super::OutcomeStatus::{Error, Failed, Passed};
use super::{Case, OutcomeStatus, check, suite};
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
INSERT INTO m.calls VALUES ('Read'), ('Bash'), ('mcp__github__list_issues'), ('Frobnicate'), (NULL);
CREATE SCHEMA seeds;
CREATE TABLE seeds.tool_categories (tool_name VARCHAR);
INSERT INTO seeds.tool_categories VALUES ('Read'), ('Bash'), (NULL);
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

fn assert_cases(table: &str, cases: &[Case]) {
    let connection = connection();
    for (item, status, elements, unexpected) in cases {
        let report = check(&connection, &suite(table, &[item]));
        let outcome = &report.outcomes[0];
        assert_eq!(
            (
                outcome.status,
                outcome.element_count,
                outcome.unexpected_count
            ),
            (*status, *elements, *unexpected),
            "{item}: {} {:?}",
            outcome.message,
            outcome.sample
        );
    }
}

#[test]
fn timestamps_follow_the_order_within_the_tolerance() {
    assert_cases(
        "m.entries",
        &[
            (
                "expect_timestamps_ordered_within_session: {session_column: session_id, order_by: place}",
                Failed,
                Some(6),
                Some(2),
            ),
            (
                "expect_timestamps_ordered_within_session: {session_column: session_id, order_by: [place], tolerance_seconds: 1}",
                Failed,
                Some(6),
                Some(1),
            ),
            (
                "expect_timestamps_ordered_within_session: {session_column: session_id, order_by: [place], tolerance_seconds: 1, mostly: 0.8}",
                Passed,
                Some(6),
                Some(1),
            ),
            (
                "expect_timestamps_ordered_within_session: {session_column: [session_id, role], order_by: [place]}",
                Failed,
                Some(6),
                Some(1),
            ),
            (
                "expect_timestamps_ordered_within_session: {session_column: session_id, order_by: timestamp}",
                Passed,
                Some(6),
                Some(0),
            ),
            (
                "expect_timestamps_ordered_within_session: {session_column: session, order_by: place}",
                Error,
                None,
                None,
            ),
        ],
    );
}

#[test]
fn prompts_and_answers_alternate() {
    assert_cases(
        "m.entries",
        &[
            (
                "expect_human_assistant_alternation: {session_column: session_id, order_by: place}",
                Failed,
                Some(4),
                Some(1),
            ),
            (
                "expect_human_assistant_alternation: {session_column: session_id, order_by: place, mostly: 0.75}",
                Passed,
                Some(4),
                Some(1),
            ),
            (
                "expect_human_assistant_alternation: {session_column: session_id, order_by: place, row_condition: place <> 4}",
                Passed,
                Some(3),
                Some(0),
            ),
            (
                "expect_human_assistant_alternation: {session_column: session_id, order_by: place, human: tool}",
                Passed,
                Some(1),
                Some(0),
            ),
        ],
    );
}

#[test]
fn tools_are_listed_or_of_a_server() {
    assert_cases(
        "m.calls",
        &[
            ("expect_tool_names_to_be_known", Failed, Some(5), Some(1)),
            (
                "expect_tool_names_to_be_known: {mostly: 0.75}",
                Passed,
                Some(5),
                Some(1),
            ),
            (
                "expect_tool_names_to_be_known: {known_table: m.nope}",
                Error,
                None,
                None,
            ),
            (
                "expect_tool_names_to_be_known: {pattern: 'Frob|mcp__'}",
                Passed,
                Some(5),
                Some(0),
            ),
        ],
    );
    let report = check(
        &connection(),
        &suite("m.calls", &["expect_tool_names_to_be_known"]),
    );
    assert_eq!(report.outcomes[0].severity, Severity::Warn);
    assert_eq!(report.outcomes[0].sample.len(), 1);
}

#[test]
fn paths_are_absolute_and_name_a_file() {
    let bad = |item: &'static str, unexpected| -> Case {
        let status = if unexpected == 0 {
            Passed
        } else {
            OutcomeStatus::Failed
        };
        (item, status, Some(10), Some(unexpected))
    };
    assert_cases(
        "m.files",
        &[
            bad("expect_file_path_format", 5),
            bad("expect_file_path_format: {allow_relative: true}", 4),
            bad("expect_file_path_format: {column: file_path, row_condition: \"file_path LIKE '%rs'\", allow_relative: true}", 0)
                .with_elements(2),
        ],
    );
}

trait WithElements {
    fn with_elements(self, elements: u64) -> Self;
}

impl WithElements for Case {
    fn with_elements(mut self, elements: u64) -> Self {
        self.2 = Some(elements);
        self
    }
}
