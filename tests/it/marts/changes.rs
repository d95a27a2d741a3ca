//! What code was changed.

use serde_json::{Value, json};

use super::lines::{Built, SHOP, answer, call, failure, pairs, prompt, result, said};

fn file(second: u64, id: &str, tool: &str, path: &str, structured: &Value) -> Vec<Value> {
    let at = |second: u64| format!("2026-03-02T10:{:02}:{:02}.000", second / 60, second % 60);
    vec![
        answer(
            "s",
            &at(second),
            &format!("m_{id}"),
            &[call(id, tool, &json!({"file_path": path}))],
        ),
        result("s", &at(second + 1), id, structured),
    ]
}

fn patch(lines: &[&str]) -> Value {
    json!({"structuredPatch": [{"oldStart": 1, "oldLines": 3, "newStart": 1, "newLines": 3, "lines": lines}]})
}

fn built() -> Built {
    let shop = |path: &str| format!("{SHOP}/{path}");
    let mut lines = vec![prompt("s", "2026-03-02T10:00:00.000", "go")];
    // created: the lines of its content, whether the last one ends or not
    let create = json!({"type": "create", "filePath": shop("src/new.rs"), "content": "a\nb\nc", "structuredPatch": []});
    lines.extend(file(60, "create", "Write", &shop("src/new.rs"), &create));
    let edit = patch(&[" a", "-b", "+B", "+b2", "\\ No newline at end of file"]);
    lines.extend(file(120, "edit", "Edit", &shop("src/new.rs"), &edit));
    let two = json!({"structuredPatch": [
        {"oldStart": 1, "oldLines": 1, "newStart": 1, "newLines": 1, "lines": ["-x", "+y"]},
        {"oldStart": 9, "oldLines": 1, "newStart": 9, "newLines": 1, "lines": ["-x", "+y"]}]});
    lines.extend(file(180, "twice", "MultiEdit", &shop("src/old.rs"), &two));
    let update = json!({"type": "update", "content": "k\nl\n", "structuredPatch": [
        {"oldStart": 1, "oldLines": 2, "newStart": 1, "newLines": 2, "lines": [" k", "-m", "+l"]}]});
    lines.extend(file(
        240,
        "write",
        "Write",
        &shop("docs/README.MD"),
        &update,
    ));
    lines.extend(file(
        300,
        "read",
        "Read",
        &shop("src/old.rs"),
        &json!({"type": "text", "file": {"filePath": shop("src/old.rs")}}),
    ));
    lines.extend(file(
        360,
        "outside",
        "Edit",
        "/etc/hosts",
        &patch(&["+127.0.0.1 shop"]),
    ));
    lines.extend(file(
        420,
        "tree",
        "Edit",
        &shop(".claude/worktrees/agent-1/src/old.rs"),
        &patch(&["+z"]),
    ));
    // a failed edit changes nothing
    lines.push(answer(
        "s",
        "2026-03-02T10:08:00.000",
        "m_bad",
        &[call(
            "bad",
            "Edit",
            &json!({"file_path": shop("src/bad.rs")}),
        )],
    ));
    lines.push(failure(
        "s",
        "2026-03-02T10:08:01.000",
        "bad",
        "String to replace not found in file.",
    ));
    // an hour's pause, then half an hour of work in steps of ten minutes
    for (number, time) in ["11:10", "11:20", "11:30", "11:40"].iter().enumerate() {
        lines.push(said(
            "s",
            &format!("2026-03-02T{time}:00.000"),
            &format!("w{number}"),
            "working",
        ));
    }
    Built::from(&[("-home-ada-shop/s.jsonl", lines)])
}

#[test]
fn lines_come_from_patches_and_from_the_content_of_new_files() {
    let built = built();
    assert_eq!(
        built.map("SELECT tool_call_id AS id, concat_ws(' ', operation_type, relative_path, is_in_project, file_extension, language, lines_added, lines_removed) AS facts
                   FROM marts.fct_file_operations"),
        pairs([
            ("create", json!("create src/new.rs true rs Rust 3 0")),
            ("edit", json!("edit src/new.rs true rs Rust 2 1")),
            ("twice", json!("edit src/old.rs true rs Rust 2 2")),
            ("write", json!("write docs/README.MD true md Documentation 1 1")),
            ("read", json!("read src/old.rs true rs Rust 0 0")),
            ("outside", json!("edit /etc/hosts false none Other 1 0")),
            ("tree", json!("edit src/old.rs true rs Rust 1 0")),
        ])
    );
}

#[test]
fn changes_add_up_by_session_extension_file_project_and_day() {
    let built = built();
    // 10:00:00 to 10:08:01 is active, and 11:10 to 11:40: 481 + 1,800 s; the hour between is not.
    // Six edits in 6,000 s of session and 2,281 s of activity.
    built.says(
        "SELECT files_modified, files_read, edit_count, lines_added, lines_removed, lines_changed, edits_per_hour,
                edits_per_active_hour, duration_seconds, active_minutes FROM marts.agg_session_metrics",
        &json!({"files_modified": 5, "files_read": 1, "edit_count": 6, "lines_added": 10, "lines_removed": 4,
            "lines_changed": 14, "edits_per_hour": 3.6, "edits_per_active_hour": 9.4695,
            "duration_seconds": 6000, "active_minutes": 38.02}),
    );
    assert_eq!(
        built.rows("SELECT file_extension AS e, files_modified AS f, files_created AS c, edit_count AS n, edit_share AS share,
                           lines_added AS a, lines_removed AS r, edits_per_active_hour AS rate FROM marts.agg_code_changes ORDER BY 1"),
        [
            json!({"e": "md", "f": 1, "c": 0, "n": 1, "share": 16.6667, "a": 1, "r": 1, "rate": 1.5783}),
            json!({"e": "none", "f": 1, "c": 0, "n": 1, "share": 16.6667, "a": 1, "r": 0, "rate": 1.5783}),
            json!({"e": "rs", "f": 3, "c": 1, "n": 4, "share": 66.6667, "a": 8, "r": 3, "rate": 6.313}),
        ]
    );
    assert_eq!(
        built.rows("SELECT relative_path AS p, edit_count AS n, times_created AS c, read_count AS read, lines_changed AS l,
                           edit_rank AS rank, last_changed::VARCHAR AS at FROM marts.agg_file_changes ORDER BY edit_rank"),
        [
            json!({"p": "src/new.rs", "n": 2, "c": 1, "read": 0, "l": 6, "rank": 1, "at": "2026-03-02 10:02:00"}),
            json!({"p": "src/old.rs", "n": 2, "c": 0, "read": 1, "l": 5, "rank": 2, "at": "2026-03-02 10:07:00"}),
            json!({"p": "docs/README.MD", "n": 1, "c": 0, "read": 0, "l": 2, "rank": 3, "at": "2026-03-02 10:04:00"}),
            json!({"p": "/etc/hosts", "n": 1, "c": 0, "read": 0, "l": 1, "rank": 4, "at": "2026-03-02 10:06:00"}),
        ]
    );
    built.says(
        "SELECT files_modified, edit_count, lines_added, lines_removed, edits_per_active_hour FROM marts.agg_daily_summary",
        &json!({"files_modified": 5, "edit_count": 6, "lines_added": 10, "lines_removed": 4, "edits_per_active_hour": 9.4695}),
    );
    built.says(
        "SELECT files_modified, edit_count, lines_changed, edits_per_active_hour FROM marts.dim_projects",
        &json!({"files_modified": 5, "edit_count": 6, "lines_changed": 14, "edits_per_active_hour": 9.4695}),
    );
}
