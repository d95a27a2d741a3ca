//! The content blocks of entries, as one nested column.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanBuilder, Int32Builder, ListArray, StringBuilder, StructArray};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field};

use super::row::Block;
use super::schema::block_fields;
use crate::error::{Error, Result};

/// Collects the blocks of one entry after the other.
#[derive(Default)]
pub(super) struct BlockColumns {
    /// Where the blocks of each entry so far end.
    ends: Vec<i32>,
    len: usize,
    ordinal: Int32Builder,
    kind: StringBuilder,
    text: StringBuilder,
    tool_use_id: StringBuilder,
    tool_name: StringBuilder,
    tool_input: StringBuilder,
    is_error: BooleanBuilder,
    result_text: StringBuilder,
}

impl BlockColumns {
    /// Adds the blocks of an entry.
    pub(super) fn push(&mut self, blocks: &[Block<'_>]) {
        for (ordinal, block) in blocks.iter().enumerate() {
            self.push_block(ordinal, block);
        }
        self.len += blocks.len();
        self.ends.push(i32::try_from(self.len).unwrap_or(i32::MAX));
    }

    fn push_block(&mut self, ordinal: usize, block: &Block<'_>) {
        self.ordinal
            .append_value(i32::try_from(ordinal).unwrap_or(i32::MAX));
        self.kind.append_option(block.kind.as_deref());
        self.text.append_option(block.text.as_deref());
        self.tool_use_id.append_option(block.tool_use_id.as_deref());
        self.tool_name.append_option(block.tool_name.as_deref());
        self.tool_input.append_option(block.tool_input.as_deref());
        self.is_error.append_option(block.is_error);
        self.result_text.append_option(block.result_text.as_deref());
    }

    /// The column; an entry without blocks has an empty list, which every reader takes for the
    /// same.
    pub(super) fn finish(&mut self) -> Result<ArrayRef> {
        let failed = |error| Error::bug("failed to build content blocks").cause(error);
        let columns: Vec<ArrayRef> = vec![
            Arc::new(self.ordinal.finish()),
            Arc::new(self.kind.finish()),
            Arc::new(self.text.finish()),
            Arc::new(self.tool_use_id.finish()),
            Arc::new(self.tool_name.finish()),
            Arc::new(self.tool_input.finish()),
            Arc::new(self.is_error.finish()),
            Arc::new(self.result_text.finish()),
        ];
        let values = StructArray::try_new(block_fields(), columns, None).map_err(failed)?;
        let item = Arc::new(Field::new(
            "element",
            DataType::Struct(block_fields()),
            false,
        ));
        let offsets: Vec<i32> = std::iter::once(0).chain(self.ends.drain(..)).collect();
        self.len = 0;
        let offsets = OffsetBuffer::new(offsets.into());
        let list = ListArray::try_new(item, offsets, Arc::new(values), None).map_err(failed)?;
        Ok(Arc::new(list))
    }
}
