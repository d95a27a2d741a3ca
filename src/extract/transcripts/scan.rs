//! Reading one file from its mark to its end.
//!
//! * Each JSON object is one entry, known by the position of its first byte; several on one line
//!   are several entries.
//! * A line that is no object is a dead letter, from the first byte that does not fit to its end.
//! * What follows the last line feed counts as far as it is whole objects; the rest waits.
//! * Blanks between objects (spaces, carriage returns, byte order marks, and the NUL bytes that
//!   a power cut leaves) are passed over.
//!
//! So the entries of a file do not depend on when it was read.

use std::cell::RefCell;
use std::fs::File;
use std::path::Path;

use base64::Engine;

use super::convert::{FileFacts, entry_row};
use super::discover::notice;
use super::identity::KnownFile;
use super::line::{Entry, Line};
use super::mark::{Mark, Stamp, fingerprints};
use super::output::Output;
use crate::entry::BatchBuilder;
use crate::error::Result;
use crate::jsonl::{self, LONGEST_LINE, LineReader, Refused, each_object};

/// Reads what is new in `file`, or all of it when `full`. Files that cannot be read are noticed
/// and keep their mark; only the consumer's failure is an error.
pub(super) fn scan(file: &KnownFile, full: bool, output: &mut Output<'_>) -> Result<()> {
    let path = &file.found.path;
    let opened = File::open(path).and_then(|handle| {
        let stamp = Stamp::of(&handle.metadata()?);
        let start = Start::of(file, full, &handle, stamp.size)?;
        Ok((handle, stamp, start))
    });
    let (handle, stamp, start) = match opened {
        Ok(opened) => opened,
        Err(error) => {
            notice(
                output.observer,
                format!("`{}` is left out: {error}", path.display()),
            );
            return Ok(());
        }
    };
    if start.replaces {
        let message = format!(
            "`{}` was replaced; it is read from its beginning",
            path.display()
        );
        notice(output.observer, message);
        output.builder.push(&file.facts.truncate_row());
    }
    let mut progress = FileProgress {
        file,
        handle: &handle,
        done: start.from,
        counted: start.from,
        broken: start.broken(file),
    };
    let mut reader = LineReader::new(&handle, start.from, stamp.size, LONGEST_LINE);
    loop {
        match reader.next_line() {
            Ok(Some(line)) => progress.take(line, output)?,
            Ok(None) => break,
            Err(error) => {
                let path = path.display();
                notice(
                    output.observer,
                    format!("`{path}` is read in part only: {error}"),
                );
                return Ok(());
            }
        }
    }
    if progress.done < stamp.size {
        output.note_incomplete(path);
    }
    progress.set_mark(Some(stamp), output);
    output.advance(0);
    Ok(())
}

/// Where to begin, and whether what was landed of the file goes away first.
struct Start {
    from: u64,
    replaces: bool,
}

impl Start {
    fn of(file: &KnownFile, full: bool, handle: &File, size: u64) -> std::io::Result<Self> {
        let Some(mark) = &file.mark else {
            return Ok(Self {
                from: 0,
                replaces: false,
            });
        };
        // Reading again what was read before is no reason to take it back.
        let grew = mark.is_of(handle, size)?;
        Ok(Self {
            from: if grew && !full { mark.offset } else { 0 },
            replaces: !grew && mark.offset > 0,
        })
    }

    /// Broken lines before it, where they were counted.
    fn broken(&self, file: &KnownFile) -> Option<u64> {
        match &file.mark {
            Some(mark) if self.from > 0 => mark.broken,
            _ => Some(0),
        }
    }
}

/// How far a file was read.
struct FileProgress<'f> {
    file: &'f KnownFile,
    handle: &'f File,
    /// Everything before this position was handed over.
    done: u64,
    /// Everything before this position is in the counts.
    counted: u64,
    /// Lines before it that are no entries, where all of them were counted.
    broken: Option<u64>,
}

impl FileProgress<'_> {
    fn take(&mut self, line: jsonl::Line<'_>, output: &mut Output<'_>) -> Result<()> {
        let path = &self.file.found.path;
        let dead_before = output.builder.dead_lettered();
        let entries = Entries {
            facts: &self.file.facts,
            path,
            builder: &mut output.builder,
        };
        self.done = match line {
            jsonl::Line::Ended { offset, bytes } => {
                entries.push_all(bytes, offset, true);
                offset + bytes.len() as u64 + 1
            }
            jsonl::Line::Unended { offset, bytes } => {
                offset + entries.push_all(bytes, offset, false) as u64
            }
            jsonl::Line::TooLong {
                offset,
                ended: false,
                ..
            } => offset,
            jsonl::Line::TooLong {
                offset,
                length,
                head,
                ended: true,
            } => {
                entries.push_too_long(offset, length, &head);
                offset + length + 1
            }
        };
        let dead = output.builder.dead_lettered() - dead_before;
        self.broken = self.broken.map(|broken| broken + dead);
        if output.is_full() {
            self.set_mark(None, output);
            output.flush()?;
        }
        Ok(())
    }

    /// Sets the mark that is true once everything handed over is durable. Where the file cannot be
    /// read any more the mark stays, and the next run reads the same entries again.
    fn set_mark(&mut self, seen: Option<Stamp>, output: &mut Output<'_>) {
        output.builder.add_bytes(self.done - self.counted);
        output.advance(self.done - self.counted);
        self.counted = self.done;
        match fingerprints(self.handle, self.done) {
            Ok((head, tail)) => {
                let path = self.file.found.path.to_string_lossy().into_owned();
                let seq = self.file.facts.seq;
                let mark = Mark {
                    path,
                    offset: self.done,
                    head,
                    tail,
                    seq,
                    seen,
                    machine: self.file.machine.clone(),
                    broken: self.broken,
                };
                // A file read again that is as it was keeps its mark: there is nothing to commit.
                let known = self.file.mark.as_ref();
                let mark = known
                    .filter(|known| known.is_as_far(&mark))
                    .unwrap_or(&mark);
                output
                    .builder
                    .set_mark(self.file.mark_key(), Some(mark.to_json()));
            }
            Err(error) => {
                let path = self.file.found.path.display();
                notice(
                    output.observer,
                    format!("`{path}` will be read again: {error}"),
                );
            }
        }
    }
}

/// Turns lines into rows and dead letters.
struct Entries<'b> {
    facts: &'b FileFacts,
    path: &'b Path,
    builder: &'b mut BatchBuilder,
}

impl Entries<'_> {
    /// Pushes the entries of a line; gives the number of bytes that need not be read again.
    fn push_all(self, bytes: &[u8], offset: u64, ended: bool) -> usize {
        let builder = RefCell::new(self.builder);
        let push = |line: Line<'_>, start: usize, original: &str| {
            let at = offset + start as u64;
            builder
                .borrow_mut()
                .push(&entry_row(line, self.facts, at, original));
        };
        let refuse = |refused: Refused| {
            let reason = refused.not_text.map_or(refused.reason, |byte| {
                format!("not UTF-8 at byte {}", offset + byte as u64)
            });
            let position = position(self.path, offset + refused.start as u64);
            let payload = payload(bytes.get(refused.start..).unwrap_or_default());
            builder
                .borrow_mut()
                .push_dead_letter(position, reason, payload);
        };
        each_object::<Entry>(bytes, ended, push, refuse)
    }

    fn push_too_long(self, offset: u64, length: u64, head: &[u8]) {
        let reason = format!(
            "line of {length} bytes, more than {LONGEST_LINE}; the payload is its beginning, \
             the file keeps the rest"
        );
        let head = head.utf8_chunks().next().map_or("", |chunk| chunk.valid());
        let position = format!("{}+{length}", position(self.path, offset));
        self.builder
            .push_dead_letter(position, reason, head.to_owned());
    }
}

fn position(path: &Path, offset: u64) -> String {
    format!("{}:{offset}", path.display())
}

fn payload(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => {
            format!(
                "base64:{}",
                base64::engine::general_purpose::STANDARD.encode(bytes)
            )
        }
    }
}
