//! From the fields of a line to the columns of an entry.
//!
//! Every JSON object becomes exactly one row; nothing here can fail. What a line does not say
//! (session, sub-agent) comes from the name of its file.

use std::borrow::Cow;

use super::line::{Content, ContentBlock, Line, Message};
use super::tool_result::ToolResult;
use crate::entry::{Block, EntryRow, Operation, derive};
use crate::jsonl::Raw;
use crate::jsonl::{MessageHead, Usage};

/// What is the same for all entries of a file.
#[derive(Clone, Debug, Default)]
pub(super) struct FileFacts {
    /// Hash that begins the `_id` of each entry.
    pub(super) hash: String,
    pub(super) source_file: String,
    pub(super) project_id: String,
    /// Session the file name tells.
    pub(super) session_id: Option<String>,
    /// Sub-agent the file name tells.
    pub(super) agent_id: Option<String>,
    pub(super) user_name: Option<String>,
    /// `_seq` of the run.
    pub(super) seq: i64,
}

impl FileFacts {
    /// The row that removes what an earlier version of the file said.
    pub(super) fn truncate_row(&self) -> EntryRow<'_> {
        EntryRow {
            id: Cow::Borrowed(&self.hash),
            operation: Operation::Truncate,
            seq: self.seq,
            project_id: Some(Cow::Borrowed(&self.project_id)),
            source_file: Some(Cow::Borrowed(&self.source_file)),
            user_name: self.user_name.as_deref().map(Cow::Borrowed),
            ..EntryRow::default()
        }
    }
}

/// The row of an object that was read from `offset` on; `original` is its exact text.
pub(super) fn entry_row<'a>(
    line: Line<'a>,
    file: &'a FileFacts,
    offset: u64,
    original: &'a str,
) -> EntryRow<'a> {
    let mut row = EntryRow {
        id: Cow::Owned(format!("{}:{offset:012x}", file.hash)),
        operation: Operation::Upsert,
        seq: file.seq,
        content_hash: derive::content_hash(original.as_bytes()),
        project_id: Some(Cow::Borrowed(&file.project_id)),
        user_name: file.user_name.as_deref().map(Cow::Borrowed),
        source_file: Some(Cow::Borrowed(&file.source_file)),
        source_offset: i64::try_from(offset).ok(),
        raw_json: Cow::Borrowed(original),
        ..EntryRow::default()
    };
    fill_envelope(&mut row, line, file);
    row
}

fn fill_envelope<'a>(row: &mut EntryRow<'a>, line: Line<'a>, file: &'a FileFacts) {
    let of_file = |text: &'a Option<String>| text.as_deref().map(Cow::Borrowed);
    let progress = line.data;
    row.kind = line.kind;
    row.subtype = line.subtype.or(line.attachment.type_name).or(progress.kind);
    row.uuid = line.uuid;
    row.parent_uuid = line.parent_uuid;
    row.session_id = line
        .session_id
        .or(line.snake_session_id)
        .or_else(|| of_file(&file.session_id));
    row.agent_id = line
        .agent_id
        .or(progress.agent_id)
        .or_else(|| of_file(&file.agent_id));
    row.is_sidechain = line
        .is_sidechain
        .or_else(|| file.agent_id.as_ref().map(|_| true));
    row.is_meta = line.is_meta;
    row.is_compact_summary = line.is_compact_summary;
    row.is_api_error = line.is_api_error;
    row.cwd = line.cwd.or(line.project_path);
    row.git_branch = line.git_branch;
    row.version = line.version;
    row.entrypoint = line.entrypoint;
    row.timestamp = line.timestamp.as_deref().and_then(derive::instant);
    row.ingested_at = line.ingested_at.as_deref().and_then(derive::instant);
    row.request_id = line.request_id;
    row.logged_cost_usd = line.cost_usd;
    row.duration_ms = line.duration_ms;
    row.tool_denial_kind = line.tool_denial_kind;
    row.origin_kind = line.origin.kind;
    row.prompt_source = line.prompt_source;
    row.permission_mode = line.permission_mode;
    row.title = line.summary.or(line.ai_title).or(line.custom_title);
    row.leaf_uuid = line.leaf_uuid;
    fill_message(row, line.message);
    row.content_text = row.content_text.take().or(line.content.0);
    if row.subtype.as_deref() == Some("agent_progress") {
        row.is_sidechain = Some(true);
        row.request_id = row.request_id.take().or(progress.message.request_id);
        fill_message_head(row, progress.message.message);
    }
    push_flat_block(row, line.tool_use, "tool_use");
    push_flat_block(row, line.tool_result, "tool_result");
    fill_tool_result(row, line.tool_use_result);
}

fn fill_message<'a>(row: &mut EntryRow<'a>, message: Message<'a>) {
    let Message {
        id,
        role,
        model,
        stop_reason,
        content,
        usage,
    } = message;
    fill_message_head(
        row,
        MessageHead {
            id,
            role,
            model,
            stop_reason,
            usage,
        },
    );
    match content {
        Content::Nothing => {}
        Content::Text(text) => row.content_text = Some(text),
        Content::Blocks(blocks) => {
            row.blocks = blocks.into_iter().map(block).collect();
            let texts = row
                .blocks
                .iter()
                .filter(|block| block.kind.as_deref() == Some("text"));
            row.content_text = derive::joined(texts.filter_map(|block| block.text.clone()));
        }
    }
}

fn fill_message_head<'a>(row: &mut EntryRow<'a>, message: MessageHead<'a>) {
    row.role = message.role;
    row.message_id = message.id;
    row.model = message.model;
    row.stop_reason = message.stop_reason;
    fill_usage(row, message.usage);
}

fn fill_usage<'a>(row: &mut EntryRow<'a>, usage: Usage<'a>) {
    row.input_tokens = usage.input_tokens;
    row.output_tokens = usage.output_tokens;
    row.cache_creation_tokens = usage.cache_creation_input_tokens;
    row.cache_creation_5m_tokens = usage.cache_creation.five_minutes;
    row.cache_creation_1h_tokens = usage.cache_creation.one_hour;
    row.cache_read_tokens = usage.cache_read_input_tokens;
    row.web_search_requests = usage.server_tool_use.web_search_requests;
    row.web_fetch_requests = usage.server_tool_use.web_fetch_requests;
    row.service_tier = usage.service_tier;
    row.speed = usage.speed;
    row.inference_geo = usage.inference_geo;
    row.iterations = usage.iterations.text();
}

fn block(block: ContentBlock<'_>) -> Block<'_> {
    Block {
        kind: block.kind,
        text: block.text.or(block.thinking),
        tool_use_id: block.tool_use_id.or(block.id),
        tool_name: block.name,
        tool_input: block.input.text().or(block.parameters.text()),
        is_error: block.is_error,
        result_text: block.content.0,
    }
}

/// Appends a call or result that stands beside the message (flat shape).
fn push_flat_block<'a>(row: &mut EntryRow<'a>, flat: ContentBlock<'a>, kind: &'static str) {
    let flat = block(flat);
    if flat != Block::default() {
        row.blocks.push(Block {
            kind: Some(Cow::Borrowed(kind)),
            ..flat
        });
    }
}

fn fill_tool_result<'a>(row: &mut EntryRow<'a>, result: Raw<'a>) {
    row.tool_use_result = result.text();
    let Some(json) = result.0.filter(|json| json.starts_with('{')) else {
        return;
    };
    let mut result = ToolResult::parse(json);
    let lines = result.changed_lines();
    row.lines_added = lines.map(|lines| lines.added);
    row.lines_removed = lines.map(|lines| lines.removed);
    row.tool_duration_ms = result.duration_ms();
    row.tool_file_path = result.path();
    row.tool_result_type = result.kind;
}
