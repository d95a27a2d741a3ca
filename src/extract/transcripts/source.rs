//! A run over all transcripts.

use std::collections::BTreeMap;

use super::discover::{discover, notice};
use super::identity::{KnownFile, identify};
use super::mark::{KEY_PREFIX, Mark};
use super::output::Output;
use super::parallel::scan_in_parallel;
use super::scan::scan;
use crate::config::TranscriptSettings;
use crate::entry::Batch;
use crate::error::Result;
use crate::event::{Event, Observer};
use crate::extract::{Marks, Sink, Source};
use crate::sys::clock;

/// `_source` of all entries.
pub(super) const NAME: &str = "transcripts";

/// Local transcripts as a source.
#[derive(Clone, Debug)]
pub struct TranscriptSource {
    settings: TranscriptSettings,
    threads: usize,
}

impl TranscriptSource {
    /// A source that reads the roots of `settings` with `threads` parsing threads. The number of
    /// threads changes neither the entries nor their order.
    #[must_use]
    pub fn new(settings: &TranscriptSettings, threads: usize) -> Self {
        Self {
            settings: settings.clone(),
            threads: threads.max(1),
        }
    }
}

/// What all files of a run share.
#[derive(Clone, Copy)]
pub(super) struct Run<'r> {
    pub(super) files: &'r [KnownFile],
    pub(super) full: bool,
    pub(super) extracted_at: i64,
    pub(super) observer: &'r dyn Observer,
}

impl Run<'_> {
    /// Reads some of the files one after the other; gives those whose last line is incomplete.
    pub(super) fn scan_files(
        self,
        files: &[KnownFile],
        accept: &mut dyn FnMut(Batch) -> Result<()>,
    ) -> Result<Vec<String>> {
        let mut output = Output::new(NAME, self.extracted_at, self.observer, accept);
        for file in files {
            scan(file, self.full, &mut output)?;
        }
        output.close()
    }
}

impl Source for TranscriptSource {
    fn name(&self) -> String {
        NAME.to_owned()
    }

    fn read(
        &self,
        marks: &Marks,
        full: bool,
        sink: &mut dyn Sink,
        observer: &dyn Observer,
    ) -> Result<()> {
        let found = discover(&self.settings.roots, observer)?;
        let marks = by_hash(marks, observer);
        let extracted_at = clock::now_micros();
        // A clock that was set back must not make new versions look old.
        let newest = marks.values().map(|mark| mark.seq).max().unwrap_or(0);
        let seq = extracted_at.max(newest.saturating_add(1));
        let mut files = identify(found, &marks, seq, &self.settings);
        files.retain(|file| full && file.found.stamp.size > 0 || may_have_news(file));
        observer.observe(Event::ExtractSizeEstimated {
            source: self.name(),
            total: files.iter().map(|file| unread_bytes(file, full)).sum(),
            unit: "bytes",
        });
        let run = Run {
            files: &files,
            full,
            extracted_at,
            observer,
        };
        let incomplete = if self.threads == 1 {
            run.scan_files(&files, &mut |batch| sink.accept(batch))?
        } else {
            scan_in_parallel(run, self.threads, sink)?
        };
        tell_incomplete(&incomplete, observer);
        Ok(())
    }
}

/// The marks of this source, by hash of the file.
pub(super) fn by_hash(marks: &Marks, observer: &dyn Observer) -> BTreeMap<String, Mark> {
    let mut own = BTreeMap::new();
    for (key, value) in marks {
        let Some(hash) = key.strip_prefix(KEY_PREFIX) else {
            continue;
        };
        match Mark::parse(value) {
            Some(mark) => {
                own.insert(hash.to_owned(), mark);
            }
            None => notice(
                observer,
                format!("the mark `{key}` is not legible; its file is read again"),
            ),
        }
    }
    own
}

/// Whether the file differs from when it was last read to its end, as far as the system tells
/// without opening it.
pub(super) fn may_have_news(file: &KnownFile) -> bool {
    match &file.mark {
        Some(mark) => mark.seen != Some(file.found.stamp),
        None => file.found.stamp.size > 0,
    }
}

fn unread_bytes(file: &KnownFile, full: bool) -> u64 {
    let size = file.found.stamp.size;
    match &file.mark {
        Some(mark) if !full && mark.offset <= size => size - mark.offset,
        _ => size,
    }
}

fn tell_incomplete(paths: &[String], observer: &dyn Observer) {
    let Some(first) = paths.first() else { return };
    let message = match paths.len() {
        1 => format!("the last line of `{first}` is incomplete and waits for its end"),
        several => format!(
            "the last lines of {several} files are incomplete and wait for their ends, \
             the first is `{first}`"
        ),
    };
    notice(observer, message);
}
