//! Sessions, their continuations, projects and people.

use serde_json::{Value, json};

use super::lines::{Built, pairs, prompt, said, with};
use crate::fixtures::{cca, fail, succeed};

pub(super) fn at(minute: u64) -> String {
    format!(
        "2026-03-02T{:02}:{:02}:00.000",
        10 + minute / 60,
        minute % 60
    )
}

fn as_session(line: &Value, session: &str) -> Value {
    with(line.clone(), &json!({ "sessionId": session }))
}

#[test]
fn active_time_leaves_out_long_pauses_and_the_limit_is_configured() {
    let files = [(
        "-home-ada-shop/s.jsonl",
        vec![
            prompt("s", &at(0), "fix the login"),
            said("s", &at(5), "a", "looking"),
            // exactly the limit of 15 minutes counts, a minute more does not
            prompt("s", &at(20), "and?"),
            said("s", &at(36), "b", "done"),
        ],
    )];
    let built = Built::from(&files);
    built.says(
        "SELECT duration_seconds, active_seconds::INT AS active, turn_count, prompt_count, start_time::VARCHAR AS first,
                end_time::VARCHAR AS last FROM marts.dim_sessions",
        &json!({"duration_seconds": 2160, "active": 1200, "turn_count": 2, "prompt_count": 2,
            "first": "2026-03-02 10:00:00", "last": "2026-03-02 10:36:00"}),
    );
    built.says(
        "SELECT active_minutes FROM marts.agg_daily_summary",
        &json!({"active_minutes": 20.0}),
    );
    std::fs::write(built.path().join("cca.toml"), "[vars]\nidle_minutes = 5\n").expect("written");
    succeed(cca(built.path()).args(["run", "-q"]));
    built.says(
        "SELECT active_minutes FROM marts.agg_session_metrics",
        &json!({"active_minutes": 5.0}),
    );
    for (wrong, said) in [("0", "`0`"), ("\"long\"", "`long`"), ("-3", "`-3`")] {
        let toml = format!("[vars]\nidle_minutes = {wrong}\n");
        std::fs::write(built.path().join("cca.toml"), toml).expect("written");
        let message = fail(cca(built.path()).args(["run", "-q"]), 2);
        assert!(
            message.contains("vars.idle_minutes") && message.contains(said),
            "{message}"
        );
        assert!(message.contains("a number above 0"), "{message}");
    }
}

#[test]
fn prompts_are_what_people_typed() {
    let text = |minute: u64, text: &str| prompt("s", &at(minute), text);
    let built = Built::from(&[(
        "-home-ada-shop/s.jsonl",
        vec![
            text(0, "add a cart"),
            text(1, "<command-name>/clear</command-name>"),
            text(2, "<system-reminder>be kind</system-reminder>"),
            text(3, "<ide_opened_file>x.rs</ide_opened_file>why?"),
            with(text(4, "Caveat"), &json!({"isMeta": true})),
            with(
                text(5, "This session is being continued"),
                &json!({"isCompactSummary": true}),
            ),
            said("s", &at(6), "a", "ok"),
            text(7, "[Request interrupted by user]"),
            with(
                text(8, "report"),
                &json!({"origin": {"kind": "task-notification"}}),
            ),
            with(text(9, "for the agent"), &json!({"isSidechain": true})),
        ],
    )]);
    built.says(
        "SELECT human_messages, assistant_messages, turns, interruption_count, compaction_count, total_messages
         FROM marts.agg_session_metrics",
        &json!({"human_messages": 2, "assistant_messages": 1, "turns": 2, "interruption_count": 1,
            "compaction_count": 1, "total_messages": 10}),
    );
    built.says(
        "SELECT first_prompt, task_category, is_completed FROM marts.dim_sessions",
        &json!({"first_prompt": "add a cart", "task_category": "feature", "is_completed": false}),
    );
}

#[test]
fn continued_sessions_name_the_one_they_continue_and_count_nothing_twice() {
    let first = [prompt("a", &at(0), "one"), said("a", &at(1), "m1", "ok")];
    let second = [prompt("b", &at(30), "two"), said("b", &at(31), "m2", "ok")];
    let third = [
        prompt("c", &at(60), "three"),
        said("c", &at(61), "m3", "ok"),
    ];
    let copied = |lines: &[Value], session: &str| -> Vec<Value> {
        lines.iter().map(|line| as_session(line, session)).collect()
    };
    let files = [
        ("-home-ada-shop/a.jsonl", first.to_vec()),
        (
            "-home-ada-shop/b.jsonl",
            [copied(&first, "b"), second.to_vec()].concat(),
        ),
        (
            "-home-ada-shop/c.jsonl",
            [copied(&first, "c"), copied(&second, "c"), third.to_vec()].concat(),
        ),
        // forked from the first one, later
        (
            "-home-ada-shop/f.jsonl",
            [copied(&first, "f"), vec![prompt("f", &at(90), "fork")]].concat(),
        ),
    ];
    let built = Built::from(&files);
    let links = "SELECT s.session_id AS id, concat_ws(' ', s.continued_from_session_id, s.continuation_number, f.session_id,
                        s.copied_line_count, s.message_count, s.duration_seconds) AS links
                 FROM marts.dim_sessions s JOIN marts.dim_sessions f ON s.first_session_key = f.session_key";
    let expected = pairs([
        ("a", json!("0 a 0 2 60")),
        ("b", json!("a 1 a 2 2 60")),
        ("c", json!("b 2 a 4 2 60")),
        ("f", json!("a 1 a 2 1 0")),
    ]);
    assert_eq!(built.map(links), expected);
    built.says(
        "SELECT count(*)::INT AS messages, sum(output_tokens)::INT AS tokens FROM marts.fct_messages",
        &json!({"messages": 7, "tokens": 60}),
    );
    built.says(
        "SELECT count(*)::INT AS linked FROM marts.dim_sessions s JOIN marts.dim_sessions p ON s.continued_from_session_key = p.session_key WHERE s.is_continued",
        &json!({"linked": 3}),
    );
    // The same when the transcripts arrive one after the other, the latest first.
    let pieces = Built::from(&files[2..3]);
    for file in [1, 3, 0] {
        pieces.write(&files[file..=file]);
        pieces.run("sync");
    }
    assert_eq!(pieces.map(links), expected);
}

#[test]
fn titles_are_given_generated_summarised_or_the_first_prompt() {
    let title = |session: &str, kind: &str, key: &str, text: &str| json!({"type": kind, "sessionId": session, key: text});
    let leaf = said("summed", &at(1), "leaf", "ok");
    let files = [
        (
            "-home-ada-shop/given.jsonl",
            vec![
                prompt("given", &at(0), "hello"),
                title("given", "ai-title", "aiTitle", "Generated"),
                title("given", "custom-title", "customTitle", "Given"),
                title("given", "custom-title", "customTitle", "Given again"),
            ],
        ),
        (
            "-home-ada-shop/made.jsonl",
            vec![
                prompt("made", &at(0), "hello"),
                title("made", "ai-title", "aiTitle", "Generated"),
            ],
        ),
        (
            "-home-ada-shop/summed.jsonl",
            vec![prompt("summed", &at(0), "hello"), leaf.clone()],
        ),
        (
            "-home-ada-shop/later.jsonl",
            vec![
                json!({"type": "summary", "summary": "Summed up", "leafUuid": leaf["uuid"]}),
                prompt("later", &at(3), "go on"),
            ],
        ),
        (
            "-home-ada-shop/none.jsonl",
            vec![said("none", &at(1), "x", "ok")],
        ),
    ];
    assert_eq!(
        Built::from(&files).map("SELECT session_id, title FROM marts.dim_sessions"),
        pairs([
            ("given", json!("Given again")),
            ("made", json!("Generated")),
            ("summed", json!("Summed up")),
            ("later", json!("go on")),
            ("none", json!("none")),
        ])
    );
}

#[test]
fn projects_are_where_work_was_started_and_worktrees_belong_to_their_repository() {
    let mut number = 0;
    let mut session = |folder: &str, cwd: &[&str], branch: &str| -> (String, Vec<Value>) {
        number += 1;
        let id = format!("s{number}");
        let lines = cwd.iter().enumerate().map(|(minute, cwd)| {
            let line = prompt(&id, &at(number * 2 + minute as u64), "go");
            with(line, &json!({"cwd": cwd, "gitBranch": branch}))
        });
        (format!("{folder}/{id}.jsonl"), lines.collect())
    };
    let files = [
        session(
            "-home-ada-shop",
            &["/home/ada/shop/api", "/home/ada/shop"],
            "main",
        ),
        session("-home-ada-shop", &["/home/ada/shop"], "main"),
        session(
            "-home-ada-shop--claude-worktrees-fix-1",
            &["/home/ada/shop/.claude/worktrees/fix-1"],
            "fix",
        ),
        session(
            "-home-ada-shop--worktrees-2",
            &["/home/ada/shop/.worktrees/2/api"],
            "two",
        ),
        session(
            "-home-ada-worktrees-shop-calm-sea-shop",
            &["/home/ada/worktrees/shop/calm-sea/shop"],
            "sea",
        ),
        // started in a sub-folder: a project of its own, of the same repository
        session("-home-ada-shop-web", &["/home/ada/shop/web"], "main"),
        // a home directory joins nothing, nor does a folder without a branch
        session("-home-ada", &["/home/ada"], "dotfiles"),
        session("-srv", &["/srv"], ""),
        session("-srv-tool", &["/srv/tool"], "main"),
        // the folder's name does not fit what was worked in
        session("team", &["/home/ada/shopping.list"], ""),
        session("C--code-app", &["C:\\code\\app\\src"], "main"),
    ];
    let files: Vec<(&str, Vec<Value>)> = files
        .iter()
        .map(|(path, lines)| (path.as_str(), lines.clone()))
        .collect();
    let built = Built::from(&files);
    assert_eq!(
        built.map("SELECT project_path, concat_ws(' ', project_name, total_sessions, repository_path, repository_name) AS facts FROM marts.dim_projects"),
        pairs([
            ("/home/ada/shop", json!("shop 5 /home/ada/shop shop")),
            ("/home/ada/shop/web", json!("web 1 /home/ada/shop shop")),
            ("/home/ada", json!("ada 1 /home/ada ada")),
            ("/srv", json!("srv 1 /srv srv")),
            ("/srv/tool", json!("tool 1 /srv/tool tool")),
            ("/home/ada/shopping.list", json!("shopping.list 1 /home/ada/shopping.list shopping.list")),
            ("C:\\code\\app", json!("app 1 C:\\code\\app app")),
        ])
    );
    built.says(
        "SELECT directory_count, branch_count FROM marts.dim_sessions WHERE session_id = 's1'",
        &json!({"directory_count": 2, "branch_count": 1}),
    );
}

#[test]
fn people_are_those_the_source_names() {
    let built = Built::configured(
        "[transcripts]\nuser = \"ada\"\n",
        &[
            (
                "-home-ada-shop/s.jsonl",
                vec![prompt("s", &at(0), "go"), said("s", &at(3), "m", "ok")],
            ),
            (
                "-home-ada-blog/t.jsonl",
                vec![with(
                    prompt("t", &at(9), "go"),
                    &json!({"cwd": "/home/ada/blog"}),
                )],
            ),
        ],
    );
    built.says(
        "SELECT user_name, total_sessions, total_projects, total_prompts, total_tokens, active_minutes,
                total_cost_usd::VARCHAR AS cost FROM marts.dim_users",
        &json!({"user_name": "ada", "total_sessions": 2, "total_projects": 2, "total_prompts": 2,
            "total_tokens": 30, "active_minutes": 3.0, "cost": "0.0005500000"}),
    );
    built.says(
        "SELECT count(*)::INT AS sessions FROM marts.dim_sessions JOIN marts.dim_users USING (user_key)",
        &json!({"sessions": 2}),
    );
}
