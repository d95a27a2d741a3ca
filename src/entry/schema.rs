//! Columns of the landing table, in order: name, type, whether required, and meaning.
//!
//! Field ids of the Iceberg schema follow this order. A new column goes to the end.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef, TimeUnit};

/// Type of a landing column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// UTF-8 text without a useful bound on its length: no statistics, no dictionary.
    Text,
    /// UTF-8 text shorter than 64 bytes in practice, with statistics, and a dictionary unless it is
    /// distinct.
    Name,
    /// 64-bit signed integer.
    Long,
    /// IEEE double.
    Double,
    /// Boolean.
    Bool,
    /// Microseconds since the epoch, UTC.
    Instant,
    /// Calendar day, UTC.
    Day,
    /// The nested content blocks.
    Blocks,
}

/// One column of the landing table.
#[derive(Clone, Copy, Debug)]
pub struct ColumnSpec {
    /// Column name.
    pub name: &'static str,
    /// Type.
    pub kind: ColumnKind,
    /// Whether every row has a value.
    pub required: bool,
    /// What it holds, for the table's documentation.
    pub doc: &'static str,
}

/// Columns whose values differ from row to row, or repeat in a few neighbouring rows only: a
/// dictionary would hold nearly as many as there are rows.
const DISTINCT: [&str; 11] = [
    "_id",
    "_seq",
    "_content_hash",
    "_ingested_at",
    "uuid",
    "parent_uuid",
    "leaf_uuid",
    "source_offset",
    "timestamp",
    "message_id",
    "request_id",
];

impl ColumnSpec {
    /// Whether a dictionary of its values would be nearly as long as the column.
    #[must_use]
    pub fn is_distinct(&self) -> bool {
        DISTINCT.contains(&self.name)
    }
}

const fn column(
    name: &'static str,
    kind: ColumnKind,
    required: bool,
    doc: &'static str,
) -> ColumnSpec {
    ColumnSpec {
        name,
        kind,
        required,
        doc,
    }
}

use ColumnKind::{Blocks, Bool, Day, Double, Instant, Long, Name, Text};

/// All columns of the landing table.
pub const COLUMNS: &[ColumnSpec] = &[
    column(
        "_id",
        Name,
        true,
        "identity of the entry: MongoDB `_id`, or hash of project folder and path below it, with the byte offset",
    ),
    column(
        "_source",
        Name,
        true,
        "source the entry came from: `transcripts` or `mongo:<database>.<collection>`",
    ),
    column(
        "_op",
        Name,
        true,
        "upsert, delete (of this `_id`) or truncate (of every older entry of `source_file`)",
    ),
    column(
        "_seq",
        Long,
        true,
        "orders the versions of one `_id`; the highest wins",
    ),
    column(
        "_content_hash",
        Long,
        true,
        "fingerprint of the entry as received; equal fingerprints are the same version",
    ),
    column("_extracted_at", Instant, true, "when the run read it"),
    column(
        "_ingested_at",
        Instant,
        false,
        "mark field of the source document (`ingestedAt`)",
    ),
    column(
        "type",
        Name,
        false,
        "entry type as written: user, assistant, system, summary, …",
    ),
    column(
        "subtype",
        Name,
        false,
        "system subtype, attachment type or progress type",
    ),
    column(
        "uuid",
        Name,
        false,
        "uuid of the entry; unique within a file only",
    ),
    column(
        "parent_uuid",
        Name,
        false,
        "uuid of the entry this one follows",
    ),
    column(
        "session_id",
        Name,
        false,
        "session; from the file name where the entry has none",
    ),
    column("agent_id", Name, false, "sub-agent that wrote the entry"),
    column("is_sidechain", Bool, false, "written by a sub-agent"),
    column("is_meta", Bool, false, "inserted by the program, not typed"),
    column(
        "is_compact_summary",
        Bool,
        false,
        "text that replaces a compacted conversation",
    ),
    column("is_api_error", Bool, false, "notice of a failed API call"),
    column(
        "project_id",
        Name,
        false,
        "project folder name (lossy form of the launch directory)",
    ),
    column("cwd", Text, false, "working directory"),
    column("git_branch", Text, false, "git branch"),
    column(
        "version",
        Name,
        false,
        "version of the program that wrote the entry",
    ),
    column(
        "entrypoint",
        Name,
        false,
        "how the program was started (cli, sdk, …)",
    ),
    column(
        "user_name",
        Name,
        false,
        "person the source belongs to, where several are read",
    ),
    column(
        "source_file",
        Text,
        false,
        "project folder and path below it, or the `sourceFile` of the document",
    ),
    column(
        "source_offset",
        Long,
        false,
        "byte offset of the entry in its file",
    ),
    column("timestamp", Instant, false, "when the entry was written"),
    column(
        "date",
        Day,
        true,
        "partition: day of `timestamp`, else of ingestion, else of extraction",
    ),
    column(
        "role",
        Name,
        false,
        "role inside the message: user or assistant",
    ),
    column(
        "message_id",
        Name,
        false,
        "id of the API response; repeated on each of its lines",
    ),
    column("request_id", Name, false, "id of the API request"),
    column("model", Name, false, "model that answered"),
    column(
        "stop_reason",
        Name,
        false,
        "why the response ended; null while it streams",
    ),
    column(
        "content_text",
        Text,
        false,
        "text of the message: its text blocks, joined by line feeds",
    ),
    column(
        "content_blocks",
        Blocks,
        false,
        "content blocks in order; empty where there are none",
    ),
    column("input_tokens", Long, false, "uncached input tokens"),
    column(
        "output_tokens",
        Long,
        false,
        "output tokens; provisional in some versions",
    ),
    column(
        "cache_creation_tokens",
        Long,
        false,
        "tokens written to the cache, as reported in total",
    ),
    column(
        "cache_creation_5m_tokens",
        Long,
        false,
        "of these, kept for five minutes",
    ),
    column(
        "cache_creation_1h_tokens",
        Long,
        false,
        "of these, kept for one hour",
    ),
    column(
        "cache_read_tokens",
        Long,
        false,
        "tokens read from the cache",
    ),
    column(
        "web_search_requests",
        Long,
        false,
        "server-side web searches",
    ),
    column("web_fetch_requests", Long, false, "server-side web fetches"),
    column("service_tier", Name, false, "service tier of the response"),
    column(
        "speed",
        Name,
        false,
        "speed of the response: standard or fast",
    ),
    column("inference_geo", Name, false, "geography of the inference"),
    column("iterations", Text, false, "usage per iteration, JSON"),
    column(
        "logged_cost_usd",
        Double,
        false,
        "cost the program logged itself (old versions), US dollars",
    ),
    column(
        "duration_ms",
        Long,
        false,
        "duration the entry reports about itself, milliseconds",
    ),
    column(
        "tool_use_result",
        Text,
        false,
        "structured result of a tool, JSON",
    ),
    column(
        "tool_result_type",
        Name,
        false,
        "type inside the structured result: create, update, text, …",
    ),
    column(
        "tool_file_path",
        Text,
        false,
        "file the tool result is about",
    ),
    column(
        "lines_added",
        Long,
        false,
        "lines added according to the patch, or lines of a created file",
    ),
    column(
        "lines_removed",
        Long,
        false,
        "lines removed according to the patch",
    ),
    column(
        "tool_duration_ms",
        Long,
        false,
        "duration the tool reports itself, milliseconds",
    ),
    column("tool_denial_kind", Name, false, "who refused the tool call"),
    column(
        "origin_kind",
        Name,
        false,
        "who caused a user entry: human, task-notification, peer",
    ),
    column(
        "prompt_source",
        Name,
        false,
        "how a prompt was entered: typed, queued, sdk, …",
    ),
    column("permission_mode", Name, false, "permission mode in force"),
    column(
        "title",
        Text,
        false,
        "title carried by summary, ai-title and custom-title entries",
    ),
    column("leaf_uuid", Name, false, "entry that a summary describes"),
    column(
        "_raw_json",
        Text,
        true,
        "the entry as received; documents as plain JSON (dates ISO, ObjectId hex)",
    ),
];

/// Fields of one content block.
#[must_use]
pub(super) fn block_fields() -> Fields {
    Fields::from(vec![
        Field::new("ordinal", DataType::Int32, false),
        Field::new("type", DataType::Utf8, true),
        Field::new("text", DataType::Utf8, true),
        Field::new("tool_use_id", DataType::Utf8, true),
        Field::new("tool_name", DataType::Utf8, true),
        Field::new("tool_input", DataType::Utf8, true),
        Field::new("is_error", DataType::Boolean, true),
        Field::new("result_text", DataType::Utf8, true),
    ])
}

/// The Arrow schema of a batch, equal to the landing table's.
#[must_use]
pub fn arrow_schema() -> SchemaRef {
    let fields = COLUMNS
        .iter()
        .map(|spec| Field::new(spec.name, data_type(spec.kind), !spec.required));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

fn data_type(kind: ColumnKind) -> DataType {
    match kind {
        Text | Name => DataType::Utf8,
        Long => DataType::Int64,
        Double => DataType::Float64,
        Bool => DataType::Boolean,
        Instant => DataType::Timestamp(TimeUnit::Microsecond, Some("+00:00".into())),
        Day => DataType::Date32,
        Blocks => {
            let item = Field::new("element", DataType::Struct(block_fields()), false);
            DataType::List(Arc::new(item))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_documented() {
        let mut names: Vec<_> = COLUMNS.iter().map(|spec| spec.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), COLUMNS.len());
        assert!(COLUMNS.iter().all(|spec| !spec.doc.is_empty()));
    }

    #[test]
    fn every_distinct_column_is_one() {
        let distinct = COLUMNS.iter().filter(|spec| spec.is_distinct());
        assert_eq!(distinct.count(), DISTINCT.len());
    }
}
