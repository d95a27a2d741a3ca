//! From a raw document to the columns of an entry, in one pass.
//!
//! The elements of the document are written as plain JSON (`_raw_json`) and noted for the columns
//! in the same walk; no tree of values is built, strings are borrowed from the document, and
//! values that become JSON columns (tool inputs, structured results) are slices of the JSON text.
//! Every well-formed document becomes one row. Refused, whole, are: corrupt BSON, text that is
//! not UTF-8, strings with NUL, and nesting deeper than [`MAX_DEPTH`].

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bson::raw::RawIter;
use bson::{RawBsonRef, RawDocument};

use super::fields::{Draft, Fields, Head, Span};
use super::json::{Refusal, write_scalar, write_string};
use super::place::Place;
use crate::entry::derive;
use crate::entry::{Block, EntryRow};

/// Levels of nesting that every reader of JSON down the line accepts.
pub(super) const MAX_DEPTH: usize = 120;

/// What the document itself does not say about its row.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts {
    /// `_id`.
    pub(super) id: String,
    /// `_seq`.
    pub(super) seq: i64,
    /// `_content_hash`.
    pub(super) content_hash: i64,
    /// `_ingested_at`.
    pub(super) ingested_at: Option<i64>,
}

/// The row of `document`; `json` is overwritten with its JSON text, which the row borrows.
pub(super) fn entry_row<'a>(
    document: &'a RawDocument,
    facts: Facts,
    json: &'a mut String,
) -> Result<EntryRow<'a>, Refusal> {
    json.clear();
    let mut walk = Walk {
        out: json,
        fields: Fields::default(),
    };
    walk.document(document.iter_elements(), Place::Entry, 0)?;
    let mut fields = walk.fields;
    let row = &mut fields.row;
    row.id = Cow::Owned(facts.id);
    row.seq = facts.seq;
    row.content_hash = facts.content_hash;
    row.ingested_at = facts.ingested_at;
    Ok(finished(fields, json))
}

/// Appends a value as plain JSON.
pub(super) fn write_plain(
    out: &mut String,
    value: &RawBsonRef<'_>,
    depth: usize,
) -> Result<(), Refusal> {
    Walk {
        out,
        fields: Fields::default(),
    }
    .value(value, Place::Elsewhere, "", depth)
}

/// A document as text, whole: extended JSON, or its bytes where they have no such form.
pub(super) fn payload(document: &RawDocument) -> String {
    serde_json::to_string(&document).unwrap_or_else(|_| {
        let bytes = STANDARD.encode(document.as_bytes());
        format!("base64:{bytes}")
    })
}

struct Walk<'a, 'o> {
    out: &'o mut String,
    fields: Fields<'a>,
}

impl<'a> Walk<'a, '_> {
    fn document(
        &mut self,
        elements: RawIter<'a>,
        place: Place,
        depth: usize,
    ) -> Result<(), Refusal> {
        self.out.push('{');
        for (index, element) in elements.enumerate() {
            let element = element?;
            if index > 0 {
                self.out.push(',');
            }
            let key = element.key().as_str();
            write_string(self.out, key)?;
            self.out.push(':');
            self.value(&element.value()?, place, key, depth)?;
        }
        self.out.push('}');
        Ok(())
    }

    fn list(&mut self, elements: RawIter<'a>, place: Place, depth: usize) -> Result<(), Refusal> {
        self.out.push('[');
        for (index, element) in elements.enumerate() {
            if index > 0 {
                self.out.push(',');
            }
            self.value(&element?.value()?, place, "", depth)?;
        }
        self.out.push(']');
        Ok(())
    }

    /// The value `key` of the document or list at `place`.
    fn value(
        &mut self,
        value: &RawBsonRef<'a>,
        place: Place,
        key: &str,
        depth: usize,
    ) -> Result<(), Refusal> {
        let start = self.out.len();
        match *value {
            RawBsonRef::Document(document) => {
                let inside = self.enter(place, key, false, depth)?;
                self.document(document.iter_elements(), inside, depth + 1)?;
                self.fields.leave(inside);
            }
            RawBsonRef::Array(array) => {
                let inside = self.enter(place, key, true, depth)?;
                self.list(array.iter_elements(), inside, depth + 1)?;
                self.fields.leave(inside);
            }
            _ => {
                write_scalar(self.out, value).map_err(|refusal| named(&refusal, key))?;
                self.fields.note(place, key, value);
            }
        }
        if place != Place::Elsewhere && !matches!(value, RawBsonRef::Null) {
            self.fields.note_span(place, key, start..self.out.len());
        }
        Ok(())
    }

    fn enter(
        &mut self,
        place: Place,
        key: &str,
        is_list: bool,
        depth: usize,
    ) -> Result<Place, Refusal> {
        if depth >= MAX_DEPTH {
            return Err(Refusal(format!("nested deeper than {MAX_DEPTH} levels")));
        }
        let inside = place.inside(key, is_list);
        self.fields.enter(inside);
        Ok(inside)
    }
}

fn named(refusal: &Refusal, key: &str) -> Refusal {
    Refusal(format!("{}, in `{key}`", refusal.0))
}

/// The row, once everything is noted and the JSON text stands still.
fn finished<'a>(mut fields: Fields<'a>, json: &'a str) -> EntryRow<'a> {
    let mut row = std::mem::take(&mut fields.row);
    row.subtype = row
        .subtype
        .or(fields.attachment_type)
        .or(fields.progress_type);
    row.session_id = row.session_id.or(fields.snake_session_id);
    row.agent_id = row.agent_id.or(fields.progress_agent_id);
    if let Some(file) = &row.source_file {
        row.session_id = row
            .session_id
            .or_else(|| derive::session_of_file(file).map(Cow::Owned));
        row.agent_id = row
            .agent_id
            .or_else(|| derive::agent_of_file(file).map(Cow::Owned));
    }
    row.cwd = row.cwd.or(fields.project_path);
    row.title = row.title.or(fields.ai_title).or(fields.custom_title);
    fill_head(&mut row, fields.own, json);
    if row.subtype.as_deref() == Some("agent_progress") {
        row.is_sidechain = Some(true);
        row.request_id = row.request_id.or(fields.progress_request_id);
        fill_head(&mut row, fields.progress, json);
    }
    row.blocks = fields
        .blocks
        .into_iter()
        .map(|draft| block(draft, json))
        .collect();
    row.content_text = if fields.has_blocks {
        let texts = row
            .blocks
            .iter()
            .filter(|block| block.kind.as_deref() == Some("text"));
        derive::joined(texts.filter_map(|block| block.text.clone()))
    } else {
        fields.message_text
    };
    row.content_text = row.content_text.or(fields.top_text);
    push_flat_block(&mut row, fields.flat_call, "tool_use", json);
    push_flat_block(&mut row, fields.flat_result, "tool_result", json);
    row.tool_use_result = cut(json, fields.tool_use_result);
    if fields.tool_result.is_object {
        fill_tool_result(&mut row, fields.tool_result);
    }
    row.raw_json = Cow::Borrowed(json);
    row
}

fn cut(json: &str, span: Span) -> Option<Cow<'_, str>> {
    json.get(span?).map(Cow::Borrowed)
}

fn fill_head<'a>(row: &mut EntryRow<'a>, head: Head<'a>, json: &'a str) {
    row.role = head.role;
    row.message_id = head.id;
    row.model = head.model;
    row.stop_reason = head.stop_reason;
    row.input_tokens = head.input_tokens;
    row.output_tokens = head.output_tokens;
    row.cache_creation_tokens = head.cache_creation_tokens;
    row.cache_creation_5m_tokens = head.cache_creation_5m_tokens;
    row.cache_creation_1h_tokens = head.cache_creation_1h_tokens;
    row.cache_read_tokens = head.cache_read_tokens;
    row.web_search_requests = head.web_search_requests;
    row.web_fetch_requests = head.web_fetch_requests;
    row.service_tier = head.service_tier;
    row.speed = head.speed;
    row.inference_geo = head.inference_geo;
    row.iterations = cut(json, head.iterations);
}

fn block<'a>(draft: Draft<'a>, json: &'a str) -> Block<'a> {
    let mut block = draft.block;
    block.text = block.text.or(draft.thinking);
    block.tool_use_id = block.tool_use_id.or(draft.id);
    block.tool_input = cut(json, draft.input).or_else(|| cut(json, draft.parameters));
    block
}

/// Appends a call or result that stands beside the message (flat shape).
fn push_flat_block<'a>(
    row: &mut EntryRow<'a>,
    flat: Option<Draft<'a>>,
    kind: &'static str,
    json: &'a str,
) {
    let Some(flat) = flat.map(|draft| block(draft, json)) else {
        return;
    };
    if flat != Block::default() {
        row.blocks.push(Block {
            kind: Some(Cow::Borrowed(kind)),
            ..flat
        });
    }
}

fn fill_tool_result<'a>(row: &mut EntryRow<'a>, result: super::fields::ToolResult<'a>) {
    let lines = derive::changed_lines(
        result.kind.as_deref(),
        result.patch,
        result.content.as_deref(),
    );
    row.lines_added = lines.map(|lines| lines.added);
    row.lines_removed = lines.map(|lines| lines.removed);
    let seconds = || derive::seconds_as_millis(result.duration_seconds?);
    row.tool_duration_ms = result
        .duration_ms
        .or(result.total_duration_ms)
        .or_else(seconds);
    row.tool_file_path = result
        .file_path
        .or(result.inner_file_path)
        .or(result.notebook_path);
    row.tool_result_type = result.kind;
}

#[cfg(test)]
mod tests;
