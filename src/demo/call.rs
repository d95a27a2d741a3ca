//! Tool calls: which tool, and what it is asked.

use serde_json::{Value, json};

use super::edit::{Edit, file_text};
use super::scene::{Scene, Thread};
use super::vocabulary::{AGENT_TYPES, COMMANDS, SERVER_TOOLS, compound, fill, noun};
use super::world::SourceFile;

/// A call as the model makes it.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) id: String,
    pub(super) name: &'static str,
    pub(super) input: Value,
    pub(super) action: Action,
}

impl Call {
    /// A part of the input.
    pub(super) fn part(&self, key: &str) -> &Value {
        self.input.get(key).unwrap_or(&Value::Null)
    }
}

/// What happens when the call is carried out.
#[derive(Clone, Debug)]
pub(super) enum Action {
    Shell,
    Read,
    Edit(Edit),
    Write { file: SourceFile },
    Search,
    Find,
    Plan,
    Fetch,
    WebSearch,
    Server,
    Delegate { kind: &'static str, prompt: String },
}

/// Tools with their weights. Sub-agents do not delegate, which is why delegating comes last.
const TOOLS: &[(&str, u64)] = &[
    ("Bash", 330),
    ("Read", 230),
    ("Edit", 170),
    ("Write", 30),
    ("Grep", 85),
    ("Glob", 25),
    ("TodoWrite", 45),
    ("WebFetch", 9),
    ("WebSearch", 8),
    ("mcp", 30),
    ("Agent", 14),
];

impl Scene<'_> {
    /// The next call of `thread`.
    pub(super) fn next_call(&mut self, thread: &Thread) -> Call {
        let offered = if thread.is_sidechain() {
            TOOLS.len() - 1
        } else {
            TOOLS.len()
        };
        let index = self
            .dice
            .weighted(TOOLS.iter().take(offered).map(|tool| tool.1));
        let name = TOOLS.get(index).map_or("Bash", |tool| tool.0);
        let (input, action) = match name {
            "Read" => self.read_call(),
            "Edit" => self.edit_call(),
            "Write" => self.write_call(),
            "Grep" => (self.search_input(), Action::Search),
            "Glob" => (
                json!({"pattern": format!("**/*{}*", noun(&mut self.dice))}),
                Action::Find,
            ),
            "TodoWrite" => (self.plan_input(), Action::Plan),
            "WebFetch" => {
                let url = format!("https://docs.example.com/{}", compound(&mut self.dice));
                (
                    json!({"url": url, "prompt": "Summarise what matters here"}),
                    Action::Fetch,
                )
            }
            "WebSearch" => (
                json!({"query": self.words.prose(40, &mut self.dice)}),
                Action::WebSearch,
            ),
            "mcp" => (
                json!({"query": compound(&mut self.dice), "limit": 20}),
                Action::Server,
            ),
            "Agent" => self.delegate_call(),
            _ => (self.shell_input(), Action::Shell),
        };
        let name = if name == "mcp" {
            self.dice.word(SERVER_TOOLS)
        } else {
            name
        };
        Call {
            id: self.dice.identifier("toolu_01"),
            name,
            input,
            action,
        }
    }

    /// The same call once more.
    pub(super) fn repeated(&mut self, call: &Call) -> Call {
        Call {
            id: self.dice.identifier("toolu_01"),
            ..call.clone()
        }
    }

    fn shell_input(&mut self) -> Value {
        let file = self.some_file();
        let path = self.path(file);
        let index = self.dice.weighted(COMMANDS.iter().map(|command| command.2));
        let (command, description) = COMMANDS
            .get(index)
            .map_or(("true", "Do nothing"), |command| (command.0, command.1));
        let command = fill(command, &path, &mut self.dice);
        if self.dice.chance(100) {
            return json!({"command": command, "description": description, "timeout": 120_000});
        }
        json!({"command": command, "description": description})
    }

    fn read_call(&mut self) -> (Value, Action) {
        let file = self.some_file();
        let path = self.path(file);
        let input = if self.dice.chance(400) {
            json!({"file_path": path, "offset": self.dice.between(1, 60), "limit": 80})
        } else {
            json!({"file_path": path})
        };
        (input, Action::Read)
    }

    fn edit_call(&mut self) -> (Value, Action) {
        let file = self.some_file();
        let Some(source) = self
            .project
            .files
            .get(file)
            .filter(|file| !file.lines.is_empty())
        else {
            return self.write_call();
        };
        let edit = Edit::plan(source, &mut self.dice);
        let (old, new) = edit.strings(self.words);
        let input = json!({
            "file_path": source.path,
            "old_string": old,
            "new_string": new,
            "replace_all": edit.replaces_all,
        });
        (input, Action::Edit(edit))
    }

    fn write_call(&mut self) -> (Value, Action) {
        let file = SourceFile::new(&self.project.cwd, &mut self.dice);
        let mut content = file_text(&file.lines, self.words);
        if self.dice.chance(600) {
            content.pop();
        }
        (
            json!({"file_path": file.path, "content": content}),
            Action::Write { file },
        )
    }

    fn search_input(&mut self) -> Value {
        json!({
            "pattern": compound(&mut self.dice),
            "path": self.project.cwd,
            "output_mode": "content",
            "-n": true,
        })
    }

    fn plan_input(&mut self) -> Value {
        let count = 2 + self.dice.index(5);
        let items = (0..count).map(|item| {
            let status = match item {
                0 => "completed",
                1 => "in_progress",
                _ => "pending",
            };
            let content = self.words.prose(30, &mut self.dice);
            json!({"content": content, "status": status, "activeForm": "Working on it"})
        });
        json!({"todos": items.collect::<Vec<_>>()})
    }

    fn delegate_call(&mut self) -> (Value, Action) {
        let kind = self.dice.word(AGENT_TYPES);
        let length = self.dice.around(500);
        let prompt = self.words.prose(length, &mut self.dice);
        let description = format!("Look into the {}", noun(&mut self.dice));
        let input = json!({"description": description, "prompt": prompt, "subagent_type": kind});
        (input, Action::Delegate { kind, prompt })
    }
}
