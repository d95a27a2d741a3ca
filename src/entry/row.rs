//! One entry before it becomes columns.
//!
//! Borrowed wherever the source allows it, so that filling a row copies no text.

use std::borrow::Cow;

/// What a row does to the warehouse.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Operation {
    /// Insert the entry or replace an older version.
    #[default]
    Upsert,
    /// Remove the entry with this `_id`.
    Delete,
    /// Remove every entry of `source_file` with a lower `_seq`: the file was replaced.
    Truncate,
}

impl Operation {
    /// The value of `_op`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Operation::Upsert => "upsert",
            Operation::Delete => "delete",
            Operation::Truncate => "truncate",
        }
    }
}

/// One content block of a message.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Block<'a> {
    /// `text`, `thinking`, `tool_use`, `tool_result`, `image`, `server_tool_use`, …
    pub kind: Option<Cow<'a, str>>,
    /// Text of a text or thinking block.
    pub text: Option<Cow<'a, str>>,
    /// `id` of a tool_use, `tool_use_id` of a tool_result.
    pub tool_use_id: Option<Cow<'a, str>>,
    /// Name of the tool of a tool_use.
    pub tool_name: Option<Cow<'a, str>>,
    /// Input of a tool_use, JSON.
    pub tool_input: Option<Cow<'a, str>>,
    /// `is_error` of a tool_result; absent means success.
    pub is_error: Option<bool>,
    /// Text of a tool_result: the string, or its text items joined by line feeds.
    pub result_text: Option<Cow<'a, str>>,
}

/// One entry; fields are the columns of the landing table of the same name, without the ones
/// the [`BatchBuilder`](super::BatchBuilder) derives (`date`, `_extracted_at`).
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "documented once, in `schema::COLUMNS`")]
pub struct EntryRow<'a> {
    pub id: Cow<'a, str>,
    pub operation: Operation,
    pub seq: i64,
    pub content_hash: i64,
    /// Microseconds since the epoch, UTC.
    pub ingested_at: Option<i64>,
    pub kind: Option<Cow<'a, str>>,
    pub subtype: Option<Cow<'a, str>>,
    pub uuid: Option<Cow<'a, str>>,
    pub parent_uuid: Option<Cow<'a, str>>,
    pub session_id: Option<Cow<'a, str>>,
    pub agent_id: Option<Cow<'a, str>>,
    pub is_sidechain: Option<bool>,
    pub is_meta: Option<bool>,
    pub is_compact_summary: Option<bool>,
    pub is_api_error: Option<bool>,
    pub project_id: Option<Cow<'a, str>>,
    pub cwd: Option<Cow<'a, str>>,
    pub git_branch: Option<Cow<'a, str>>,
    pub version: Option<Cow<'a, str>>,
    pub entrypoint: Option<Cow<'a, str>>,
    pub user_name: Option<Cow<'a, str>>,
    pub source_file: Option<Cow<'a, str>>,
    pub source_offset: Option<i64>,
    /// Microseconds since the epoch, UTC.
    pub timestamp: Option<i64>,
    pub role: Option<Cow<'a, str>>,
    pub message_id: Option<Cow<'a, str>>,
    pub request_id: Option<Cow<'a, str>>,
    pub model: Option<Cow<'a, str>>,
    pub stop_reason: Option<Cow<'a, str>>,
    pub content_text: Option<Cow<'a, str>>,
    pub blocks: Vec<Block<'a>>,
    pub input_tokens: Option<i64>,
    pub output_tokens: Option<i64>,
    pub cache_creation_tokens: Option<i64>,
    pub cache_creation_5m_tokens: Option<i64>,
    pub cache_creation_1h_tokens: Option<i64>,
    pub cache_read_tokens: Option<i64>,
    pub web_search_requests: Option<i64>,
    pub web_fetch_requests: Option<i64>,
    pub service_tier: Option<Cow<'a, str>>,
    pub speed: Option<Cow<'a, str>>,
    pub inference_geo: Option<Cow<'a, str>>,
    pub iterations: Option<Cow<'a, str>>,
    pub logged_cost_usd: Option<f64>,
    pub duration_ms: Option<i64>,
    pub tool_use_result: Option<Cow<'a, str>>,
    pub tool_result_type: Option<Cow<'a, str>>,
    pub tool_file_path: Option<Cow<'a, str>>,
    pub lines_added: Option<i64>,
    pub lines_removed: Option<i64>,
    pub tool_duration_ms: Option<i64>,
    pub tool_denial_kind: Option<Cow<'a, str>>,
    pub origin_kind: Option<Cow<'a, str>>,
    pub prompt_source: Option<Cow<'a, str>>,
    pub permission_mode: Option<Cow<'a, str>>,
    pub title: Option<Cow<'a, str>>,
    pub leaf_uuid: Option<Cow<'a, str>>,
    pub raw_json: Cow<'a, str>,
}
