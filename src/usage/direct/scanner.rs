//! Reads transcripts side by side and remembers what they said.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::file::{FileLines, Transcript, read};
use super::responses::{self, Traced};
use super::sessions::Sessions;
use crate::error::{Error, Result};
use crate::sys::cancel::Cancel;
use crate::usage::call::Calls;
use crate::usage::price::PriceList;

/// Transcripts and what they said when they were last read. Reading them again costs only the
/// changed ones.
#[derive(Default)]
pub struct Scanner {
    files: BTreeMap<PathBuf, (Transcript, FileLines)>,
}

/// A transcript with what it said.
pub(super) type Read = (Transcript, FileLines);

impl Scanner {
    /// Reads what changed, with `threads` threads; gives a line for each transcript that cannot be
    /// read.
    ///
    /// # Errors
    /// `Cancelled` if asked to stop.
    pub fn refresh(
        &mut self,
        transcripts: Vec<Transcript>,
        threads: usize,
        cancel: &Cancel,
    ) -> Result<Vec<String>> {
        let mut before = std::mem::take(&mut self.files);
        let mut changed = Vec::new();
        for transcript in transcripts {
            match before.remove(&transcript.path) {
                Some((known, lines)) if known.stamp == transcript.stamp => {
                    self.files.insert(known.path.clone(), (known, lines));
                }
                _ => changed.push(transcript),
            }
        }
        // Large files first, so that no thread is left with one at the end.
        changed.sort_by_key(|transcript| std::cmp::Reverse(transcript.size));
        let mut notices = Vec::new();
        for (transcript, outcome) in read_all(&changed, threads, cancel)? {
            match outcome {
                Ok(lines) => {
                    self.files
                        .insert(transcript.path.clone(), (transcript, lines));
                }
                Err(error) => notices.push(format!(
                    "`{}` is left out: {error}",
                    transcript.path.display()
                )),
            }
        }
        Ok(notices)
    }

    /// Every response once, priced. `user` is whose transcripts they are.
    #[must_use]
    pub fn calls(&self, prices: &PriceList, user: &str) -> Calls {
        let files: Vec<&Read> = self.files.values().collect();
        let sessions = Sessions::of(&files);
        responses::calls(&files, &sessions, prices, user)
    }

    /// Every response with the line that says what it used.
    #[must_use]
    pub fn trace(&self, prices: &PriceList) -> Vec<Traced> {
        let files: Vec<&Read> = self.files.values().collect();
        responses::trace(&files, &Sessions::of(&files), prices)
    }

    /// The transcripts read.
    pub fn transcripts(&self) -> impl Iterator<Item = &Transcript> {
        self.files.values().map(|(transcript, _)| transcript)
    }

    /// Bytes of all transcripts.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.files.values().map(|(_, lines)| lines.bytes).sum()
    }
}

type Outcome = (Transcript, std::io::Result<FileLines>);

fn read_all(transcripts: &[Transcript], threads: usize, cancel: &Cancel) -> Result<Vec<Outcome>> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(transcripts.len()));
    let work = || {
        let mut own = Vec::new();
        while let Some(transcript) = transcripts.get(next.fetch_add(1, Ordering::Relaxed)) {
            if cancel.is_raised() {
                break;
            }
            own.push((transcript.clone(), read(transcript)));
        }
        if let Ok(mut done) = done.lock() {
            done.extend(own);
        }
    };
    std::thread::scope(|scope| {
        let others = threads.max(1).min(transcripts.len().max(1));
        for _ in 1..others {
            scope.spawn(work);
        }
        work();
    });
    cancel.check()?;
    done.into_inner()
        .map_err(|_| Error::bug("a thread died while reading transcripts"))
}
