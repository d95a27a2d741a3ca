//! Collecting rows into the columns of a batch.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanBuilder, Date32Builder, Float64Builder, Int64Builder, RecordBatch,
    StringBuilder, TimestampMicrosecondBuilder,
};

use super::batch::{Batch, DeadLetter, ExtractCounts, MarkUpdate};
use super::blocks::BlockColumns;
use super::row::EntryRow;
use super::schema::arrow_schema;
use crate::error::{Error, Result};

const MICROS_PER_DAY: i64 = 86_400_000_000;

macro_rules! define_builder {
    ($($field:ident : $ty:ty),* $(,)?) => {
        /// Collects rows into columns.
        pub struct BatchBuilder {
            source: String,
            extracted_at: i64,
            rows: usize,
            bytes: usize,
            blocks: BlockColumns,
            dead_letters: Vec<DeadLetter>,
            marks: BTreeMap<String, Option<String>>,
            counts: ExtractCounts,
            $($field: $ty,)*
        }

        impl BatchBuilder {
            /// A builder for entries of `source`, read at `extracted_at` (µs since the epoch).
            #[must_use]
            pub fn new(source: &str, extracted_at: i64) -> Self {
                Self {
                    source: source.to_owned(),
                    extracted_at,
                    rows: 0,
                    bytes: 0,
                    blocks: BlockColumns::default(),
                    dead_letters: Vec::new(),
                    marks: BTreeMap::new(),
                    counts: ExtractCounts::default(),
                    $($field: <$ty>::new(),)*
                }
            }
        }
    };
}

define_builder! {
    id: StringBuilder, source_name: StringBuilder, op: StringBuilder, seq: Int64Builder,
    content_hash: Int64Builder, extracted: TimestampMicrosecondBuilder,
    ingested_at: TimestampMicrosecondBuilder, kind: StringBuilder, subtype: StringBuilder,
    uuid: StringBuilder, parent_uuid: StringBuilder, session_id: StringBuilder,
    agent_id: StringBuilder, is_sidechain: BooleanBuilder, is_meta: BooleanBuilder,
    is_compact_summary: BooleanBuilder, is_api_error: BooleanBuilder, project_id: StringBuilder,
    cwd: StringBuilder, git_branch: StringBuilder, version: StringBuilder,
    entrypoint: StringBuilder, user_name: StringBuilder, source_file: StringBuilder,
    source_offset: Int64Builder, timestamp: TimestampMicrosecondBuilder, date: Date32Builder,
    role: StringBuilder, message_id: StringBuilder, request_id: StringBuilder,
    model: StringBuilder, stop_reason: StringBuilder, content_text: StringBuilder,
    input_tokens: Int64Builder, output_tokens: Int64Builder, cache_creation_tokens: Int64Builder,
    cache_creation_5m_tokens: Int64Builder, cache_creation_1h_tokens: Int64Builder,
    cache_read_tokens: Int64Builder, web_search_requests: Int64Builder,
    web_fetch_requests: Int64Builder, service_tier: StringBuilder, speed: StringBuilder,
    inference_geo: StringBuilder, iterations: StringBuilder, logged_cost_usd: Float64Builder,
    duration_ms: Int64Builder, tool_use_result: StringBuilder, tool_result_type: StringBuilder,
    tool_file_path: StringBuilder, lines_added: Int64Builder, lines_removed: Int64Builder,
    tool_duration_ms: Int64Builder, tool_denial_kind: StringBuilder, origin_kind: StringBuilder,
    prompt_source: StringBuilder, permission_mode: StringBuilder, title: StringBuilder,
    leaf_uuid: StringBuilder, raw_json: StringBuilder,
}

impl BatchBuilder {
    /// Entries of the batch so far that could not be converted.
    #[must_use]
    pub fn dead_lettered(&self) -> u64 {
        self.counts.dead_lettered
    }

    /// Appends one row; counts it as landed unless it is a control row (truncate).
    pub fn push(&mut self, row: &EntryRow<'_>) {
        self.rows += 1;
        self.bytes += row.raw_json.len() * 2 + 256;
        if row.operation != super::Operation::Truncate {
            self.counts.read += 1;
            self.counts.landed += 1;
        }
        self.push_identity(row);
        self.push_envelope(row);
        self.push_message(row);
        self.push_usage(row);
        self.push_tool_result(row);
        self.raw_json.append_value(&row.raw_json);
    }

    fn push_identity(&mut self, row: &EntryRow<'_>) {
        self.id.append_value(&row.id);
        self.source_name.append_value(&self.source);
        self.op.append_value(row.operation.as_str());
        self.seq.append_value(row.seq);
        self.content_hash.append_value(row.content_hash);
        self.extracted.append_value(self.extracted_at);
        self.ingested_at.append_option(row.ingested_at);
        let instant = row
            .timestamp
            .or(row.ingested_at)
            .unwrap_or(self.extracted_at);
        let day = instant.div_euclid(MICROS_PER_DAY);
        self.date.append_value(i32::try_from(day).unwrap_or(0));
    }

    fn push_envelope(&mut self, row: &EntryRow<'_>) {
        self.kind.append_option(row.kind.as_deref());
        self.subtype.append_option(row.subtype.as_deref());
        self.uuid.append_option(row.uuid.as_deref());
        self.parent_uuid.append_option(row.parent_uuid.as_deref());
        self.session_id.append_option(row.session_id.as_deref());
        self.agent_id.append_option(row.agent_id.as_deref());
        self.is_sidechain.append_option(row.is_sidechain);
        self.is_meta.append_option(row.is_meta);
        self.is_compact_summary
            .append_option(row.is_compact_summary);
        self.is_api_error.append_option(row.is_api_error);
        self.project_id.append_option(row.project_id.as_deref());
        self.cwd.append_option(row.cwd.as_deref());
        self.git_branch.append_option(row.git_branch.as_deref());
        self.version.append_option(row.version.as_deref());
        self.entrypoint.append_option(row.entrypoint.as_deref());
        self.user_name.append_option(row.user_name.as_deref());
        self.source_file.append_option(row.source_file.as_deref());
        self.source_offset.append_option(row.source_offset);
        self.timestamp.append_option(row.timestamp);
        self.origin_kind.append_option(row.origin_kind.as_deref());
        self.prompt_source
            .append_option(row.prompt_source.as_deref());
        self.permission_mode
            .append_option(row.permission_mode.as_deref());
        self.title.append_option(row.title.as_deref());
        self.leaf_uuid.append_option(row.leaf_uuid.as_deref());
    }

    fn push_message(&mut self, row: &EntryRow<'_>) {
        self.role.append_option(row.role.as_deref());
        self.message_id.append_option(row.message_id.as_deref());
        self.request_id.append_option(row.request_id.as_deref());
        self.model.append_option(row.model.as_deref());
        self.stop_reason.append_option(row.stop_reason.as_deref());
        self.content_text.append_option(row.content_text.as_deref());
        self.blocks.push(&row.blocks);
    }

    fn push_usage(&mut self, row: &EntryRow<'_>) {
        self.input_tokens.append_option(row.input_tokens);
        self.output_tokens.append_option(row.output_tokens);
        self.cache_creation_tokens
            .append_option(row.cache_creation_tokens);
        self.cache_creation_5m_tokens
            .append_option(row.cache_creation_5m_tokens);
        self.cache_creation_1h_tokens
            .append_option(row.cache_creation_1h_tokens);
        self.cache_read_tokens.append_option(row.cache_read_tokens);
        self.web_search_requests
            .append_option(row.web_search_requests);
        self.web_fetch_requests
            .append_option(row.web_fetch_requests);
        self.service_tier.append_option(row.service_tier.as_deref());
        self.speed.append_option(row.speed.as_deref());
        self.inference_geo
            .append_option(row.inference_geo.as_deref());
        self.iterations.append_option(row.iterations.as_deref());
        self.logged_cost_usd.append_option(row.logged_cost_usd);
        self.duration_ms.append_option(row.duration_ms);
    }

    fn push_tool_result(&mut self, row: &EntryRow<'_>) {
        self.tool_use_result
            .append_option(row.tool_use_result.as_deref());
        self.tool_result_type
            .append_option(row.tool_result_type.as_deref());
        self.tool_file_path
            .append_option(row.tool_file_path.as_deref());
        self.lines_added.append_option(row.lines_added);
        self.lines_removed.append_option(row.lines_removed);
        self.tool_duration_ms.append_option(row.tool_duration_ms);
        self.tool_denial_kind
            .append_option(row.tool_denial_kind.as_deref());
    }

    /// Counts an entry that is already landed in this version.
    pub fn push_duplicate(&mut self) {
        self.counts.read += 1;
        self.counts.duplicates += 1;
    }

    /// Keeps an entry that could not be converted.
    pub fn push_dead_letter(&mut self, position: String, reason: String, payload: String) {
        self.counts.read += 1;
        self.counts.dead_lettered += 1;
        self.bytes += payload.len();
        self.dead_letters.push(DeadLetter {
            source: self.source.clone(),
            position,
            reason,
            payload,
        });
    }

    /// Sets the mark that is true once everything pushed so far is durable.
    pub fn set_mark(&mut self, key: impl Into<String>, value: Option<String>) {
        self.marks.insert(key.into(), value);
    }

    /// Adds bytes read from the source to the counts.
    pub fn add_bytes(&mut self, bytes: u64) {
        self.counts.bytes += bytes;
    }

    /// Rows collected.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Approximate bytes held.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether finishing now would hand over nothing at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows == 0
            && self.dead_letters.is_empty()
            && self.marks.is_empty()
            && self.counts == ExtractCounts::default()
    }

    /// Hands over what was collected and starts anew.
    pub fn finish(&mut self) -> Result<Batch> {
        let fresh = Self::new(&self.source, self.extracted_at);
        let full = std::mem::replace(self, fresh);
        full.into_batch()
    }

    fn into_batch(mut self) -> Result<Batch> {
        let columns = self.columns()?;
        let records = RecordBatch::try_new(arrow_schema(), columns)
            .map_err(|error| Error::bug("failed to build a batch of entries").cause(error))?;
        Ok(Batch {
            records,
            dead_letters: self.dead_letters,
            marks: self
                .marks
                .into_iter()
                .map(|(key, value)| MarkUpdate { key, value })
                .collect(),
            counts: self.counts,
        })
    }

    /// The columns in the order of [`COLUMNS`](super::COLUMNS).
    fn columns(&mut self) -> Result<Vec<ArrayRef>> {
        macro_rules! finish {
            ($($field:ident),* $(,)?) => { vec![$(Arc::new(self.$field.finish()) as ArrayRef),*] };
        }
        macro_rules! finish_instants {
            ($($field:ident),* $(,)?) => {
                vec![$(Arc::new(self.$field.finish().with_timezone("+00:00")) as ArrayRef),*]
            };
        }
        let mut columns = finish![id, source_name, op, seq, content_hash];
        columns.extend(finish_instants![extracted, ingested_at]);
        columns.extend(finish![
            kind,
            subtype,
            uuid,
            parent_uuid,
            session_id,
            agent_id,
            is_sidechain,
            is_meta,
            is_compact_summary,
            is_api_error,
            project_id,
            cwd,
            git_branch,
            version,
            entrypoint,
            user_name,
            source_file,
            source_offset,
        ]);
        columns.extend(finish_instants![timestamp]);
        columns.extend(finish![
            date,
            role,
            message_id,
            request_id,
            model,
            stop_reason,
            content_text,
        ]);
        columns.push(self.blocks.finish()?);
        columns.extend(finish![
            input_tokens,
            output_tokens,
            cache_creation_tokens,
            cache_creation_5m_tokens,
            cache_creation_1h_tokens,
            cache_read_tokens,
            web_search_requests,
            web_fetch_requests,
            service_tier,
            speed,
            inference_geo,
            iterations,
            logged_cost_usd,
            duration_ms,
            tool_use_result,
            tool_result_type,
            tool_file_path,
            lines_added,
            lines_removed,
            tool_duration_ms,
            tool_denial_kind,
            origin_kind,
            prompt_source,
            permission_mode,
            title,
            leaf_uuid,
            raw_json,
        ]);
        Ok(columns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::row::Block;

    #[test]
    fn a_row_becomes_columns_and_is_counted() {
        let mut builder = BatchBuilder::new("transcripts", 5);
        let row = EntryRow {
            id: "a".into(),
            timestamp: Some(MICROS_PER_DAY * 3 + 1),
            blocks: vec![Block {
                kind: Some("text".into()),
                ..Block::default()
            }],
            raw_json: "{}".into(),
            ..EntryRow::default()
        };
        builder.push(&row);
        builder.push_duplicate();
        builder.push_dead_letter("f:1".into(), "cut".into(), "{".into());
        builder.set_mark("m", Some("1".into()));
        let batch = builder.finish().expect("valid columns");
        assert_eq!(batch.records.num_rows(), 1);
        assert_eq!(batch.counts.read, 3);
        assert_eq!(
            batch.counts.landed + batch.counts.duplicates + batch.counts.dead_lettered,
            3
        );
        assert!(builder.is_empty());
    }
}
