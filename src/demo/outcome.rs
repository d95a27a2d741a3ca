//! How tool calls end: what the model reads, and the structured result beside it.

use serde_json::{Map, Value, json};

use super::call::{Action, Call};
use super::edit::file_text;
use super::scene::{Scene, Thread};
use super::vocabulary::compound;

/// What comes of a call.
pub(super) struct Outcome {
    /// `content` of the tool result.
    content: Value,
    /// `toolUseResult`.
    structured: Value,
    ending: Ending,
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    Succeeded,
    Failed,
    /// Refused by the user.
    Rejected,
}

impl Outcome {
    pub(super) fn success(content: impl Into<Value>, structured: Value) -> Self {
        Self {
            content: content.into(),
            structured,
            ending: Ending::Succeeded,
        }
    }

    fn failure(content: String) -> Self {
        let structured = Value::String(format!("Error: {content}"));
        Self {
            content: Value::String(content),
            structured,
            ending: Ending::Failed,
        }
    }
}

const REJECTION: &str = "The user doesn't want to proceed with this tool use. The tool use was \
    rejected (eg. if it was a file edit, the new_string was NOT written to the file). STOP what \
    you are doing and wait for the user to tell you how to proceed.";

fn insert(object: &mut Value, key: &str, value: Value) {
    if let Value::Object(fields) = object {
        fields.insert(key.to_owned(), value);
    }
}

fn tool_error(text: &str) -> String {
    format!("<tool_use_error>{text}</tool_use_error>")
}

impl Scene<'_> {
    /// Carries out a call that the line `caller` made, and writes its result.
    pub(super) fn carry_out(&mut self, thread: &mut Thread, call: &Call, caller: &str) -> Ending {
        let outcome = self.fate(call).unwrap_or_else(|| self.success(call));
        let content = match &outcome.content {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        thread.add_unseen(&content);
        thread.tool_calls += 1;
        let rejected = outcome.ending == Ending::Rejected;
        let failed = outcome.ending != Ending::Succeeded;
        if failed {
            self.truth.count_failure(call.name, rejected);
        }
        let mut result = Map::new();
        result.insert("tool_use_id".into(), json!(call.id));
        result.insert("type".into(), json!("tool_result"));
        result.insert("content".into(), outcome.content);
        // Success is not told, except by the shell.
        if failed || call.name == "Bash" {
            result.insert("is_error".into(), json!(failed));
        }
        let mut fields = json!({
            "message": {"role": "user", "content": [result]},
            "toolUseResult": outcome.structured,
            "sourceToolAssistantUUID": caller,
        });
        if rejected {
            insert(&mut fields, "toolDenialKind", json!("user-rejected"));
        }
        self.emit(thread, "user", fields);
        outcome.ending
    }

    /// Failures and refusals; `None` for the calls that succeed.
    fn fate(&mut self, call: &Call) -> Option<Outcome> {
        let median = match call.action {
            Action::Shell => 1800,
            Action::Fetch | Action::WebSearch | Action::Server => 2500,
            _ => 60,
        };
        self.wait(median);
        let is_change = matches!(
            call.action,
            Action::Shell | Action::Edit(_) | Action::Write { .. }
        );
        if is_change && self.dice.chance(14) {
            self.wait(9000);
            return Some(Outcome {
                content: json!(REJECTION),
                structured: json!("User rejected tool use"),
                ending: Ending::Rejected,
            });
        }
        let likelihood = match call.action {
            Action::Shell => 95,
            Action::Edit(_) => 45,
            Action::Read | Action::Write { .. } => 22,
            Action::Fetch | Action::Server => 60,
            _ => 6,
        };
        if !self.dice.chance(likelihood) {
            return None;
        }
        let length = self.dice.around(400);
        Some(Outcome::failure(match &call.action {
            Action::Shell => {
                let code = self.dice.pick(&[1, 1, 1, 2, 101, 127]).unwrap_or(1);
                format!(
                    "Exit code {code}\n{}",
                    self.words.log(length, &mut self.dice)
                )
            }
            Action::Edit(_) => tool_error("String to replace not found in file."),
            Action::Read => "File does not exist.".to_owned(),
            Action::Write { .. } => tool_error("File has not been read yet. Read it first."),
            _ => {
                let status = self.dice.pick(&[403, 404, 429, 500]).unwrap_or(500);
                format!("Request failed with status code {status}")
            }
        }))
    }

    fn success(&mut self, call: &Call) -> Outcome {
        match &call.action {
            Action::Shell => self.shell_result(call),
            Action::Read => self.read_result(call),
            Action::Edit(edit) => {
                let (added, removed) = edit.size();
                self.truth.lines_added += added;
                self.truth.lines_removed += removed;
                self.truth.edits += 1;
                self.edit_result(edit, call)
            }
            Action::Write { file } => {
                let content = call.part("content").as_str().unwrap_or_default();
                self.truth.lines_added += content.lines().count() as u64;
                self.truth.files_created += 1;
                self.project.files.insert(0, file.clone());
                Outcome::success(
                    format!("File created successfully at: {}", file.path),
                    json!({
                        "type": "create",
                        "filePath": file.path,
                        "content": content,
                        "structuredPatch": [],
                        "originalFile": null,
                    }),
                )
            }
            Action::Delegate { kind, prompt } => {
                let (content, structured) = self.delegate(kind, prompt);
                Outcome::success(content, structured)
            }
            _ => self.lookup_result(call),
        }
    }

    fn shell_result(&mut self, call: &Call) -> Outcome {
        let length = self.dice.around(900);
        let command = call.part("command").as_str().unwrap_or_default();
        let mut stdout = self.words.log(length, &mut self.dice);
        let mut git = Value::Null;
        if command.starts_with("git commit") {
            self.truth.commits += 1;
            let sha = self.dice.hex(7);
            stdout = format!("[{} {sha}] {}", self.facts.branch, compound(&mut self.dice));
            git = json!({"commit": {"sha": sha, "kind": "committed", "branch": self.facts.branch}});
        } else if command.starts_with("gh pr create") {
            self.truth.pull_requests += 1;
            let number = self.dice.between(1, 3000);
            stdout = format!("https://github.com/acme/app/pull/{number}");
            git = json!({"pr": {"number": number, "url": stdout, "action": "created"}});
        }
        let stderr = if self.dice.chance(80) {
            "warning: deprecated option"
        } else {
            ""
        };
        let mut structured = json!({
            "stdout": stdout,
            "stderr": stderr,
            "interrupted": false,
            "isImage": false,
            "noOutputExpected": false,
        });
        if !git.is_null() {
            insert(&mut structured, "gitOperation", git);
        }
        Outcome::success(stdout, structured)
    }

    fn read_result(&mut self, call: &Call) -> Outcome {
        let Some(source) = self.project.file(call.part("file_path")) else {
            return Outcome::failure("File does not exist.".to_owned());
        };
        let start = call.part("offset").as_u64().unwrap_or(1);
        let limit = call.part("limit").as_u64().unwrap_or(400);
        let index = |number: u64| usize::try_from(number).unwrap_or(0);
        let shown = source
            .lines
            .iter()
            .skip(index(start) - 1)
            .take(index(limit));
        let lines: Vec<&str> = shown.map(|line| self.words.line(*line)).collect();
        let numbered = lines
            .iter()
            .zip(start..)
            .map(|(line, number)| format!("{number:>6}\u{2192}{line}"));
        let text = numbered.collect::<Vec<_>>().join("\n");
        Outcome::success(
            text,
            json!({"type": "text", "file": {
                "filePath": source.path,
                "content": lines.join("\n"),
                "numLines": lines.len(),
                "startLine": start,
                "totalLines": source.lines.len(),
            }}),
        )
    }

    fn edit_result(&mut self, edit: &super::edit::Edit, call: &Call) -> Outcome {
        let words = self.words;
        let shows_original = self.dice.chance(450);
        let Some(source) = self.project.file(call.part("file_path")) else {
            return Outcome::failure("File does not exist.".to_owned());
        };
        let original = shows_original.then(|| file_text(&source.lines, words));
        let patch = edit.patch(source, words);
        edit.apply(source);
        Outcome::success(
            format!("The file {} has been updated successfully.", source.path),
            json!({
                "filePath": source.path,
                "oldString": call.part("old_string"),
                "newString": call.part("new_string"),
                "originalFile": original,
                "structuredPatch": patch,
                "userModified": false,
                "replaceAll": edit.replaces_all,
            }),
        )
    }
}
