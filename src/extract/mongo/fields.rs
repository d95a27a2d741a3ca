//! What a document says, collected while it is written as JSON.
//!
//! [`Fields`] takes note of the values that become columns, by the [`Place`] they stand at. The
//! names are those of transcript lines (camel case), of the flat shape of a synchronised copy
//! (snake case), and of the synchronising program (`projectId`, `sourceFile`).

use std::borrow::Cow;
use std::ops::Range;

use bson::RawBsonRef;

use super::place::{Place, Whose};
use super::scalar::{double, instant, long, text, truth};
use crate::entry::derive::ChangedLines;
use crate::entry::{Block, EntryRow};

type Text<'a> = Option<Cow<'a, str>>;
/// A value as it stands in the JSON text of the document.
pub(super) type Span = Option<Range<usize>>;

/// A message without its content.
#[derive(Clone, Debug, Default)]
pub(super) struct Head<'a> {
    pub(super) id: Text<'a>,
    pub(super) role: Text<'a>,
    pub(super) model: Text<'a>,
    pub(super) stop_reason: Text<'a>,
    pub(super) input_tokens: Option<i64>,
    pub(super) output_tokens: Option<i64>,
    pub(super) cache_creation_tokens: Option<i64>,
    pub(super) cache_creation_5m_tokens: Option<i64>,
    pub(super) cache_creation_1h_tokens: Option<i64>,
    pub(super) cache_read_tokens: Option<i64>,
    pub(super) web_search_requests: Option<i64>,
    pub(super) web_fetch_requests: Option<i64>,
    pub(super) service_tier: Text<'a>,
    pub(super) speed: Text<'a>,
    pub(super) inference_geo: Text<'a>,
    pub(super) iterations: Span,
}

/// A content block, before its input is cut out of the JSON text.
#[derive(Clone, Debug, Default)]
pub(super) struct Draft<'a> {
    pub(super) block: Block<'a>,
    pub(super) id: Text<'a>,
    pub(super) thinking: Text<'a>,
    pub(super) input: Span,
    pub(super) parameters: Span,
}

/// The structured result of a tool, as far as columns derive from it.
#[derive(Clone, Debug, Default)]
pub(super) struct ToolResult<'a> {
    pub(super) is_object: bool,
    pub(super) kind: Text<'a>,
    pub(super) file_path: Text<'a>,
    pub(super) notebook_path: Text<'a>,
    pub(super) inner_file_path: Text<'a>,
    pub(super) content: Text<'a>,
    pub(super) patch: Option<ChangedLines>,
    pub(super) duration_ms: Option<i64>,
    pub(super) total_duration_ms: Option<i64>,
    pub(super) duration_seconds: Option<f64>,
}

/// Everything noted about one document.
#[derive(Clone, Debug, Default)]
pub(super) struct Fields<'a> {
    /// Columns that are a field of their own.
    pub(super) row: EntryRow<'a>,
    pub(super) snake_session_id: Text<'a>,
    pub(super) project_path: Text<'a>,
    pub(super) ai_title: Text<'a>,
    pub(super) custom_title: Text<'a>,
    pub(super) attachment_type: Text<'a>,
    pub(super) progress_type: Text<'a>,
    pub(super) progress_agent_id: Text<'a>,
    pub(super) progress_request_id: Text<'a>,
    /// Text beside the message.
    pub(super) top_text: Text<'a>,
    /// `message.content` where it is a string.
    pub(super) message_text: Text<'a>,
    pub(super) has_blocks: bool,
    pub(super) blocks: Vec<Draft<'a>>,
    pub(super) flat_call: Option<Draft<'a>>,
    pub(super) flat_result: Option<Draft<'a>>,
    /// The block being read.
    current: Draft<'a>,
    pub(super) own: Head<'a>,
    pub(super) progress: Head<'a>,
    pub(super) tool_result: ToolResult<'a>,
    pub(super) tool_use_result: Span,
}

impl<'a> Fields<'a> {
    /// A document or list begins at `place`.
    pub(super) fn enter(&mut self, place: Place) {
        match place {
            Place::Content => self.has_blocks = true,
            Place::Block | Place::FlatCall | Place::FlatResult => self.current = Draft::default(),
            Place::ToolResult => self.tool_result.is_object = true,
            Place::Patch => self.tool_result.patch = Some(ChangedLines::default()),
            _ => {}
        }
    }

    /// The document or list at `place` is over.
    pub(super) fn leave(&mut self, place: Place) {
        match place {
            Place::Block => self.blocks.push(std::mem::take(&mut self.current)),
            Place::FlatCall => self.flat_call = Some(std::mem::take(&mut self.current)),
            Place::FlatResult => self.flat_result = Some(std::mem::take(&mut self.current)),
            _ => {}
        }
    }

    /// Any value that is not null was written to `span` of the JSON text.
    pub(super) fn note_span(&mut self, place: Place, key: &str, span: Range<usize>) {
        match (place, key) {
            (Place::Entry, "toolUseResult") => self.tool_use_result = Some(span),
            (Place::Block | Place::FlatCall | Place::FlatResult, "input") => {
                self.current.input = Some(span);
            }
            (Place::Block | Place::FlatCall | Place::FlatResult, "parameters") => {
                self.current.parameters = Some(span);
            }
            (Place::Usage(whose), "iterations") => self.head(whose).iterations = Some(span),
            _ => {}
        }
    }

    /// A scalar.
    pub(super) fn note(&mut self, place: Place, key: &str, value: &RawBsonRef<'a>) {
        match place {
            Place::Elsewhere | Place::Patch => {}
            Place::Entry => self.note_entry(key, value),
            Place::Message(whose) => self.note_message(whose, key, value),
            Place::Usage(whose) => note_usage(self.head(whose), key, value),
            Place::CacheCreation(whose) => note_cache(self.head(whose), key, value),
            Place::ServerToolUse(whose) => note_server_tools(self.head(whose), key, value),
            Place::Content => self.blocks.push(Draft {
                block: text_block(value),
                ..Draft::default()
            }),
            Place::Block | Place::FlatCall | Place::FlatResult => self.note_block(key, value),
            Place::BlockTexts => join(&mut self.current.block.result_text, string(value)),
            Place::BlockText if key == "text" => {
                join(&mut self.current.block.result_text, text(value));
            }
            Place::Texts => join(&mut self.top_text, string(value)),
            Place::TextItem if key == "text" => join(&mut self.top_text, text(value)),
            Place::Attachment if key == "type" => self.attachment_type = text(value),
            Place::Origin if key == "kind" => self.row.origin_kind = text(value),
            Place::Progress => match key {
                "type" => self.progress_type = text(value),
                "agentId" => self.progress_agent_id = text(value),
                _ => {}
            },
            Place::ProgressMessage if key == "requestId" => {
                self.progress_request_id = text(value);
            }
            Place::ToolResult => note_tool_result(&mut self.tool_result, key, value),
            Place::ToolResultFile if key == "filePath" => {
                self.tool_result.inner_file_path = text(value);
            }
            Place::HunkLines => {
                if let (Some(patch), RawBsonRef::String(line)) =
                    (&mut self.tool_result.patch, value)
                {
                    patch.count(line);
                }
            }
            _ => {}
        }
    }

    fn head(&mut self, whose: Whose) -> &mut Head<'a> {
        match whose {
            Whose::Own => &mut self.own,
            Whose::Progress => &mut self.progress,
        }
    }

    fn note_entry(&mut self, key: &str, value: &RawBsonRef<'a>) {
        let row = &mut self.row;
        match key {
            "type" => row.kind = text(value),
            "subtype" => row.subtype = text(value),
            "uuid" => row.uuid = text(value),
            "parentUuid" => row.parent_uuid = text(value),
            "sessionId" => row.session_id = text(value),
            "session_id" => self.snake_session_id = text(value),
            "agentId" => row.agent_id = text(value),
            "isSidechain" => row.is_sidechain = truth(value),
            "isMeta" => row.is_meta = truth(value),
            "isCompactSummary" => row.is_compact_summary = truth(value),
            "isApiErrorMessage" => row.is_api_error = truth(value),
            "projectId" => row.project_id = text(value),
            "sourceFile" => row.source_file = text(value),
            "cwd" => row.cwd = text(value),
            "project_path" => self.project_path = text(value),
            "gitBranch" => row.git_branch = text(value),
            "version" => row.version = text(value),
            "entrypoint" => row.entrypoint = text(value),
            "timestamp" => row.timestamp = instant(value),
            "content" => self.top_text = string(value),
            "requestId" => row.request_id = text(value),
            "costUSD" => row.logged_cost_usd = double(value),
            "durationMs" => row.duration_ms = long(value),
            "toolDenialKind" => row.tool_denial_kind = text(value),
            "promptSource" => row.prompt_source = text(value),
            "permissionMode" => row.permission_mode = text(value),
            "summary" => row.title = text(value),
            "aiTitle" => self.ai_title = text(value),
            "customTitle" => self.custom_title = text(value),
            "leafUuid" => row.leaf_uuid = text(value),
            "tool_use" => self.flat_call = flat_text(value),
            "tool_result" => self.flat_result = flat_text(value),
            _ => {}
        }
    }

    fn note_message(&mut self, whose: Whose, key: &str, value: &RawBsonRef<'a>) {
        let head = self.head(whose);
        match key {
            "id" => head.id = text(value),
            "role" => head.role = text(value),
            "model" => head.model = text(value),
            "stop_reason" => head.stop_reason = text(value),
            "content" if whose == Whose::Own => self.message_text = string(value),
            _ => {}
        }
    }

    fn note_block(&mut self, key: &str, value: &RawBsonRef<'a>) {
        let draft = &mut self.current;
        match key {
            "type" => draft.block.kind = text(value),
            "text" => draft.block.text = text(value),
            "thinking" => draft.thinking = text(value),
            "id" => draft.id = text(value),
            "tool_use_id" => draft.block.tool_use_id = text(value),
            "name" => draft.block.tool_name = text(value),
            "is_error" => draft.block.is_error = truth(value),
            "content" => draft.block.result_text = string(value),
            _ => {}
        }
    }
}

fn note_usage<'a>(head: &mut Head<'a>, key: &str, value: &RawBsonRef<'a>) {
    match key {
        "input_tokens" => head.input_tokens = long(value),
        "output_tokens" => head.output_tokens = long(value),
        "cache_creation_input_tokens" => head.cache_creation_tokens = long(value),
        "cache_read_input_tokens" => head.cache_read_tokens = long(value),
        "service_tier" => head.service_tier = text(value),
        "speed" => head.speed = text(value),
        "inference_geo" => head.inference_geo = text(value),
        _ => {}
    }
}

fn note_cache(head: &mut Head<'_>, key: &str, value: &RawBsonRef<'_>) {
    match key {
        "ephemeral_5m_input_tokens" => head.cache_creation_5m_tokens = long(value),
        "ephemeral_1h_input_tokens" => head.cache_creation_1h_tokens = long(value),
        _ => {}
    }
}

fn note_server_tools(head: &mut Head<'_>, key: &str, value: &RawBsonRef<'_>) {
    match key {
        "web_search_requests" => head.web_search_requests = long(value),
        "web_fetch_requests" => head.web_fetch_requests = long(value),
        _ => {}
    }
}

fn note_tool_result<'a>(result: &mut ToolResult<'a>, key: &str, value: &RawBsonRef<'a>) {
    match key {
        "type" => result.kind = text(value),
        "filePath" => result.file_path = text(value),
        "notebook_path" => result.notebook_path = text(value),
        "content" => result.content = text(value),
        "durationMs" => result.duration_ms = long(value),
        "totalDurationMs" => result.total_duration_ms = long(value),
        "durationSeconds" => result.duration_seconds = double(value),
        _ => {}
    }
}

/// The text of a string; other types are none.
fn string<'a>(value: &RawBsonRef<'a>) -> Text<'a> {
    match *value {
        RawBsonRef::String(text) => Some(Cow::Borrowed(text)),
        _ => None,
    }
}

/// A bare string among blocks is a text block.
fn text_block<'a>(value: &RawBsonRef<'a>) -> Block<'a> {
    let text = string(value);
    Block {
        kind: text.as_ref().map(|_| Cow::Borrowed("text")),
        text,
        ..Block::default()
    }
}

fn flat_text<'a>(value: &RawBsonRef<'a>) -> Option<Draft<'a>> {
    string(value).map(|_| Draft {
        block: text_block(value),
        ..Draft::default()
    })
}

/// Appends a text to those before it, with a line feed between.
fn join<'a>(whole: &mut Text<'a>, text: Text<'a>) {
    let Some(text) = text else { return };
    match whole {
        Some(whole) => {
            let whole = whole.to_mut();
            whole.push('\n');
            whole.push_str(&text);
        }
        None => *whole = Some(text),
    }
}
