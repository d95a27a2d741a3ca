//! A session while it is written: who, where, when, and the lines so far.

use serde_json::{Map, Value, json};

use super::calendar::iso;
use super::dice::Dice;
use super::truth::Truth;
use super::vocabulary::Vocabulary;
use super::world::Project;

/// What all lines of a session share.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    pub(super) session_id: String,
    pub(super) version: String,
    pub(super) branch: String,
    pub(super) model: &'static str,
    pub(super) permission_mode: &'static str,
    /// Whether the cache keeps for an hour rather than five minutes.
    pub(super) long_cache: bool,
}

/// One line of conversation: the main one or a sub-agent's.
#[derive(Clone, Debug)]
pub(super) struct Thread {
    /// The file written so far.
    pub(super) bytes: Vec<u8>,
    pub(super) entries: u64,
    pub(super) parent: Option<String>,
    pub(super) agent_id: Option<String>,
    pub(super) model: &'static str,
    /// Tokens the model has seen.
    pub(super) context: u64,
    /// Tokens added since the last response.
    pub(super) unseen: u64,
    /// When the cache was last used.
    pub(super) cached_at: Option<i64>,
    /// Tool calls made.
    pub(super) tool_calls: u64,
}

impl Thread {
    pub(super) fn new(model: &'static str, context: u64, agent_id: Option<String>) -> Self {
        Self {
            bytes: Vec::new(),
            entries: 0,
            parent: None,
            agent_id,
            model,
            context,
            unseen: 0,
            cached_at: None,
            tool_calls: 0,
        }
    }

    pub(super) fn is_sidechain(&self) -> bool {
        self.agent_id.is_some()
    }

    /// Adds text the model will see with the next response.
    pub(super) fn add_unseen(&mut self, text: &str) {
        self.unseen += text.len() as u64 / 4 + 8;
    }
}

/// A sub-agent's finished file.
#[derive(Debug)]
pub(super) struct AgentFile {
    pub(super) id: String,
    pub(super) thread: Thread,
}

/// Everything the parts of a session work on.
pub(super) struct Scene<'w> {
    pub(super) dice: Dice,
    pub(super) words: &'w Vocabulary,
    pub(super) project: &'w mut Project,
    pub(super) truth: &'w mut Truth,
    pub(super) facts: Facts,
    /// Now, in milliseconds since the epoch.
    pub(super) clock: i64,
    /// No line is written at or after this instant.
    pub(super) deadline: i64,
    pub(super) agents: Vec<AgentFile>,
}

impl Scene<'_> {
    /// Lets about `median` milliseconds pass.
    pub(super) fn wait(&mut self, median: u64) {
        let pause = self.dice.around(median).min(6 * 3_600_000);
        self.clock += i64::try_from(pause).unwrap_or(0);
    }

    /// Whether the day is over.
    pub(super) fn is_over(&self) -> bool {
        self.clock >= self.deadline
    }

    /// Now, as transcripts write it; never at or after the deadline.
    pub(super) fn now(&self) -> String {
        iso(self.clock.min(self.deadline - 1))
    }

    /// Today, UTC.
    pub(super) fn today(&self) -> String {
        self.now().get(..10).unwrap_or_default().to_owned()
    }

    /// Writes a line of conversation with its envelope; gives its uuid.
    pub(super) fn emit(&mut self, thread: &mut Thread, kind: &str, fields: Value) -> String {
        let uuid = self.dice.uuid();
        let mut line = Map::new();
        line.insert("parentUuid".into(), json!(thread.parent));
        line.insert("isSidechain".into(), json!(thread.is_sidechain()));
        if let Some(agent) = &thread.agent_id {
            line.insert("agentId".into(), json!(agent));
        }
        line.insert("type".into(), json!(kind));
        if let Value::Object(fields) = fields {
            line.extend(fields);
        }
        line.insert("uuid".into(), json!(uuid));
        line.insert("timestamp".into(), json!(self.now()));
        line.insert("userType".into(), json!("external"));
        line.insert("entrypoint".into(), json!("cli"));
        line.insert("cwd".into(), json!(self.project.cwd));
        line.insert("sessionId".into(), json!(self.facts.session_id));
        line.insert("version".into(), json!(self.facts.version));
        line.insert("gitBranch".into(), json!(self.facts.branch));
        self.write(thread, kind, &Value::Object(line));
        thread.parent = Some(uuid.clone());
        uuid
    }

    /// Writes a line that only notes a state: no uuid, no time.
    pub(super) fn note(&mut self, thread: &mut Thread, kind: &str, fields: Value) {
        let mut line = Map::new();
        line.insert("type".into(), json!(kind));
        if let Value::Object(fields) = fields {
            line.extend(fields);
        }
        self.write(thread, kind, &Value::Object(line));
    }

    fn write(&mut self, thread: &mut Thread, kind: &str, line: &Value) {
        // Writing a value into memory cannot fail.
        if serde_json::to_writer(&mut thread.bytes, line).is_ok() {
            thread.bytes.push(b'\n');
        }
        thread.entries += 1;
        *self
            .truth
            .entries_by_type
            .entry(kind.to_owned())
            .or_default() += 1;
    }

    /// Path of a file of the project; its index.
    pub(super) fn some_file(&mut self) -> usize {
        // Work concentrates on few files.
        let span = self.project.files.len();
        let near = self.dice.around(6);
        usize::try_from(near)
            .unwrap_or(0)
            .min(span.saturating_sub(1))
    }

    pub(super) fn path(&self, file: usize) -> String {
        self.project
            .files
            .get(file)
            .map_or_else(String::new, |file| file.path.clone())
    }
}
