//! One transcript: what its lines say about usage.

use std::collections::hash_map::DefaultHasher;
use std::fs::File;
use std::hash::{Hash, Hasher};
use std::path::PathBuf;

use super::iterations::is_telling;
use super::line::{Line, UsageLine};
use crate::entry::derive;
use crate::jsonl::{self, LONGEST_LINE, LineReader, MessageHead, each_object};
use crate::usage::call::Names;

/// A transcript to read, with what its name tells.
#[derive(Clone, Debug)]
pub struct Transcript {
    /// Where it is.
    pub path: PathBuf,
    /// Its size in bytes.
    pub size: u64,
    /// Size, time and number; another value means other contents.
    pub stamp: (u64, i64, u64),
    /// What the ids of its entries begin with.
    pub hash: String,
    /// Path below the folder of projects.
    pub source_file: String,
    /// Project folder.
    pub project_id: String,
    /// Session its name tells.
    pub session_id: Option<String>,
    /// Whether it is a sub-agent's.
    pub is_agent: bool,
}

/// What a transcript says.
#[derive(Clone, Debug, Default)]
pub(super) struct FileLines {
    pub(super) responses: Vec<ResponseLine>,
    pub(super) messages: Vec<MessageLine>,
    pub(super) sessions: Vec<FileSession>,
    /// Models, versions, directories.
    pub(super) names: Names,
    pub(super) bytes: u64,
}

/// What a transcript says about a session.
#[derive(Clone, Debug)]
pub(super) struct FileSession {
    pub(super) id: String,
    pub(super) last_entry_at: Option<i64>,
    /// Time, offset and directory of its first entry that names one.
    pub(super) first_directory: Option<(i64, u64, u32)>,
}

/// A line of a response.
#[derive(Clone, Debug)]
pub(super) struct ResponseLine {
    /// The id of the response, else of the line; `None` where the line has neither.
    pub(super) message_id: Option<Box<str>>,
    /// Whether that is the id of the response.
    pub(super) has_own_id: bool,
    /// Number of the line in the transcript, from 1.
    pub(super) number: u64,
    pub(super) place: Place,
    /// No notice the program wrote itself.
    pub(super) is_answer: bool,
    pub(super) usage: Option<Box<LineUsage>>,
    pub(super) is_finished: bool,
    pub(super) model: u32,
    pub(super) version: u32,
}

/// Where a line stands, for the order of copies.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) is_progress: bool,
    pub(super) is_sidechain: bool,
    pub(super) timestamp: Option<i64>,
    /// Session in the file, later of all.
    pub(super) session: u32,
    pub(super) offset: u64,
}

/// `usage` of a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct LineUsage {
    pub(super) input: i64,
    pub(super) output: Option<i64>,
    pub(super) cache_creation: i64,
    pub(super) split_5m: i64,
    pub(super) split_1h: i64,
    pub(super) cache_read: i64,
    pub(super) web_searches: i64,
    pub(super) is_fast: bool,
    pub(super) is_batch: bool,
    pub(super) is_us: bool,
    /// Set where an advisor was asked, or several requests were made.
    pub(super) iterations: Option<Box<str>>,
}

/// A line of a message.
#[derive(Clone, Copy, Debug)]
pub(super) struct MessageLine {
    /// Of the message and the line: copies have the same.
    pub(super) key: u64,
    /// Whether it is no response.
    pub(super) is_user: bool,
    pub(super) place: Place,
    pub(super) directory: Option<u32>,
}

/// Reads a transcript to its end; what follows its last line feed counts as far as it is whole.
pub(super) fn read(transcript: &Transcript) -> std::io::Result<FileLines> {
    let file = File::open(&transcript.path)?;
    let mut lines = FileLines {
        bytes: transcript.size,
        ..FileLines::default()
    };
    let mut reader = LineReader::new(&file, 0, transcript.size, LONGEST_LINE);
    let mut number = 0;
    while let Some(line) = reader.next_line()? {
        number += 1;
        let (offset, bytes, ended) = match line {
            jsonl::Line::Ended { offset, bytes } => (offset, bytes, true),
            jsonl::Line::Unended { offset, bytes } => (offset, bytes, false),
            jsonl::Line::TooLong { .. } => continue,
        };
        let take = |line: Line<'_>, start: usize, _: &str| {
            lines.take(&line, (offset + start as u64, number), transcript);
        };
        each_object::<UsageLine>(bytes, ended, take, |_| {});
    }
    Ok(lines)
}

impl FileLines {
    fn take(&mut self, line: &Line<'_>, (offset, number): (u64, u64), transcript: &Transcript) {
        let timestamp = line.timestamp.as_deref().and_then(derive::instant);
        let session = self.session(line, transcript);
        self.note_session(session, timestamp, offset, line.directory());
        let message = line.message();
        let kind = line.kind.as_deref().unwrap_or_default();
        let is_progress = kind == "progress";
        let Some(speaker) = Speaker::of(kind, line, message) else {
            return;
        };
        let is_sidechain =
            line.is_sidechain.unwrap_or(transcript.is_agent) || line.is_agent_progress();
        let place = Place {
            is_progress,
            is_sidechain,
            timestamp,
            session,
            offset,
        };
        let message_id = match speaker {
            Speaker::Assistant => filled(message.id.as_deref()),
            Speaker::User => None,
        }
        .or(filled(line.uuid.as_deref()));
        self.note_message(line, message_id, place, (speaker, transcript));
        if speaker == Speaker::Assistant {
            let response = ResponseLine {
                number,
                ..self.response(line, message, message_id, place)
            };
            self.responses.push(response);
        }
    }

    /// Number of the session a line belongs to.
    fn session(&mut self, line: &Line<'_>, transcript: &Transcript) -> u32 {
        let named = line
            .session_id
            .as_deref()
            .or(line.snake_session_id.as_deref())
            .or(transcript.session_id.as_deref());
        let id = filled(named).unwrap_or("unknown");
        // Lines of one session follow each other.
        let known = self.sessions.iter().rposition(|session| session.id == id);
        let at = known.unwrap_or_else(|| {
            self.sessions.push(FileSession {
                id: id.to_owned(),
                last_entry_at: None,
                first_directory: None,
            });
            self.sessions.len() - 1
        });
        u32::try_from(at).unwrap_or(u32::MAX)
    }

    fn note_session(
        &mut self,
        session: u32,
        timestamp: Option<i64>,
        offset: u64,
        directory: Option<&str>,
    ) {
        let Some(entry) = self.sessions.get_mut(session as usize) else {
            return;
        };
        entry.last_entry_at = entry.last_entry_at.max(timestamp);
        let Some(directory) = directory else { return };
        let at = (timestamp.unwrap_or(i64::MAX), offset);
        if entry
            .first_directory
            .is_none_or(|(time, offset, _)| at < (time, offset))
        {
            entry.first_directory = Some((at.0, at.1, self.names.number(directory)));
        }
    }

    fn note_message(
        &mut self,
        line: &Line<'_>,
        message_id: Option<&str>,
        place: Place,
        (speaker, transcript): (Speaker, &Transcript),
    ) {
        let key = match (message_id, filled(line.uuid.as_deref())) {
            (Some(message_id), Some(uuid)) => line_key(message_id, uuid),
            // A line without a number of its own is like no other.
            _ => line_key(&transcript.hash, &place.offset.to_string()),
        };
        let directory = line.directory().map(|name| self.names.number(name));
        self.messages.push(MessageLine {
            key,
            is_user: speaker == Speaker::User,
            place,
            directory,
        });
    }

    fn response(
        &mut self,
        line: &Line<'_>,
        message: &MessageHead<'_>,
        message_id: Option<&str>,
        place: Place,
    ) -> ResponseLine {
        let model = message.model.as_deref().unwrap_or_default();
        let is_answer = place.is_progress || model != "<synthetic>";
        let model = match model {
            "" | "<synthetic>" => "unknown",
            named => named,
        };
        ResponseLine {
            message_id: message_id.map(Box::from),
            has_own_id: filled(message.id.as_deref()).is_some(),
            number: 0,
            place,
            is_answer,
            usage: usage(message),
            is_finished: message.stop_reason.is_some(),
            model: self.names.number(model),
            version: self
                .names
                .number(line.version.as_deref().unwrap_or_default()),
        }
    }
}

/// Tells lines of messages apart; copies of a line have the same.
pub(super) fn line_key(message_id: &str, uuid: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (message_id, uuid).hash(&mut hasher);
    hasher.finish()
}

/// Who a line lets speak.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Speaker {
    Assistant,
    User,
}

impl Speaker {
    /// The rule of `stg_conversations.speaker`.
    fn of(kind: &str, line: &Line<'_>, message: &MessageHead<'_>) -> Option<Self> {
        match kind {
            "assistant" | "tool_use" => Some(Self::Assistant),
            "progress" => (line.is_agent_progress()
                && message.id.is_some()
                && message.usage.output_tokens.is_some())
            .then_some(Self::Assistant),
            "message" if message.role.as_deref() == Some("assistant") => Some(Self::Assistant),
            "user" | "message" | "tool_result" => Some(Self::User),
            _ => None,
        }
    }
}

fn usage(message: &MessageHead<'_>) -> Option<Box<LineUsage>> {
    let usage = &message.usage;
    usage
        .input_tokens
        .or(usage.output_tokens)
        .or(usage.cache_creation_input_tokens)
        .or(usage.cache_read_input_tokens)?;
    let iterations = usage.iterations.text().filter(|text| is_telling(text));
    Some(Box::new(LineUsage {
        input: usage.input_tokens.unwrap_or(0),
        output: usage.output_tokens,
        cache_creation: usage.cache_creation_input_tokens.unwrap_or(0),
        split_5m: usage.cache_creation.five_minutes.unwrap_or(0),
        split_1h: usage.cache_creation.one_hour.unwrap_or(0),
        cache_read: usage.cache_read_input_tokens.unwrap_or(0),
        web_searches: usage.server_tool_use.web_search_requests.unwrap_or(0),
        is_fast: usage.speed.as_deref() == Some("fast"),
        is_batch: usage.service_tier.as_deref() == Some("batch"),
        is_us: usage.inference_geo.as_deref() == Some("us"),
        iterations: iterations.map(|text| Box::from(&*text)),
    }))
}

fn filled(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.is_empty())
}
