//! What the files of a run are turned into: batches of bounded size.

use std::path::Path;

use crate::entry::{Batch, BatchBuilder};
use crate::error::Result;
use crate::event::{Event, Observer};

/// A batch is handed over when it has this many rows …
const BATCH_ROWS: usize = 8192;
/// … or about this many bytes.
const BATCH_BYTES: usize = 3 << 20;
/// Progress is told in steps of at least this many bytes.
const PROGRESS_STEP: u64 = 1 << 20;

/// Collects rows and hands them on when there are enough.
pub(super) struct Output<'s> {
    pub(super) builder: BatchBuilder,
    pub(super) observer: &'s dyn Observer,
    accept: &'s mut dyn FnMut(Batch) -> Result<()>,
    unreported: u64,
    incomplete: Vec<String>,
}

impl<'s> Output<'s> {
    /// Batches of entries read at `extracted_at` go to `accept`.
    pub(super) fn new(
        source: &str,
        extracted_at: i64,
        observer: &'s dyn Observer,
        accept: &'s mut dyn FnMut(Batch) -> Result<()>,
    ) -> Self {
        let builder = BatchBuilder::new(source, extracted_at);
        Self {
            builder,
            observer,
            accept,
            unreported: 0,
            incomplete: Vec::new(),
        }
    }

    pub(super) fn is_full(&self) -> bool {
        self.builder.rows() >= BATCH_ROWS || self.builder.bytes() >= BATCH_BYTES
    }

    /// Hands over what was collected, if anything.
    pub(super) fn flush(&mut self) -> Result<()> {
        if self.builder.is_empty() {
            return Ok(());
        }
        let batch = self.builder.finish()?;
        (self.accept)(batch)
    }

    /// Tells that `bytes` more were read.
    pub(super) fn advance(&mut self, bytes: u64) {
        self.unreported += bytes;
        if self.unreported >= PROGRESS_STEP {
            self.report();
        }
    }

    fn report(&mut self) {
        if self.unreported > 0 {
            let advanced = std::mem::take(&mut self.unreported);
            self.observer.observe(Event::ExtractProgressed { advanced });
        }
    }

    /// Remembers a file whose last line waits for its end.
    pub(super) fn note_incomplete(&mut self, path: &Path) {
        self.incomplete.push(path.display().to_string());
    }

    /// Hands over the rest; gives the files whose last line waits for its end.
    pub(super) fn close(mut self) -> Result<Vec<String>> {
        self.report();
        self.flush()?;
        Ok(self.incomplete)
    }
}
