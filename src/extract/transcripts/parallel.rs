//! Several files at once, in the same order as one after the other.
//!
//! Consecutive files form units of some megabytes. Workers take units in order, each unit has a
//! channel of its own, and the channels are emptied in order. Only a few units are under way, so
//! memory is bounded however slow the consumer is.

use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

use super::identity::KnownFile;
use super::source::Run;
use crate::entry::Batch;
use crate::error::{Error, Kind, Result};
use crate::extract::Sink;

/// A unit is closed when its files have this many bytes.
const UNIT_BYTES: u64 = 16 << 20;

/// A unit of work and where its batches go.
struct Task<'r> {
    files: &'r [KnownFile],
    batches: Sender<Result<Message>>,
}

/// What a worker sends about its unit.
enum Message {
    Batch(Batch),
    /// The unit is done; files whose last line is incomplete.
    Done(Vec<String>),
}

/// Reads all files of `run` with `threads` workers; gives those whose last line is incomplete.
pub(super) fn scan_in_parallel(
    run: Run<'_>,
    threads: usize,
    sink: &mut dyn Sink,
) -> Result<Vec<String>> {
    let stopped = AtomicBool::new(false);
    let (tasks, queue) = unbounded::<Task<'_>>();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            let (queue, stopped) = (queue.clone(), &stopped);
            scope.spawn(move || work(run, &queue, stopped));
        }
        drop(queue);
        let outcome = drain(units(run.files), threads + 1, &tasks, sink);
        // Workers end when no further task can come.
        drop(tasks);
        stopped.store(true, Ordering::Relaxed);
        outcome
    })
}

/// Consecutive files, some megabytes each.
fn units(files: &[KnownFile]) -> impl Iterator<Item = &[KnownFile]> {
    let mut rest = files;
    std::iter::from_fn(move || {
        let mut bytes = 0;
        let closing = rest.iter().position(|file| {
            bytes += file.found.stamp.size;
            bytes >= UNIT_BYTES
        });
        let length = closing.map_or(rest.len(), |at| at + 1);
        let (unit, after) = rest.split_at_checked(length)?;
        rest = after;
        (!unit.is_empty()).then_some(unit)
    })
}

fn work(run: Run<'_>, queue: &Receiver<Task<'_>>, stopped: &AtomicBool) {
    for task in queue {
        if stopped.load(Ordering::Relaxed) {
            return;
        }
        let send = |message| {
            let gone = |_| Error::new(Kind::Cancelled, "the consumer of the entries is gone");
            task.batches.send(message).map_err(gone)
        };
        let end = run
            .scan_files(task.files, &mut |batch| send(Ok(Message::Batch(batch))))
            .map(Message::Done);
        if send(end).is_err() {
            return;
        }
    }
}

/// Hands out units, no more than `ahead` at a time, and empties their channels in order.
fn drain<'r>(
    mut units: impl Iterator<Item = &'r [KnownFile]>,
    ahead: usize,
    tasks: &Sender<Task<'r>>,
    sink: &mut dyn Sink,
) -> Result<Vec<String>> {
    let mut under_way = std::collections::VecDeque::new();
    let mut incomplete = Vec::new();
    loop {
        while under_way.len() < ahead {
            let Some(files) = units.next() else { break };
            let (batches, received) = bounded(1);
            tasks
                .send(Task { files, batches })
                .map_err(|_| worker_ended())?;
            under_way.push_back(received);
        }
        let Some(received) = under_way.pop_front() else {
            return Ok(incomplete);
        };
        loop {
            match received.recv().map_err(|_| worker_ended())?? {
                Message::Batch(batch) => sink.accept(batch)?,
                Message::Done(paths) => {
                    incomplete.extend(paths);
                    break;
                }
            }
        }
    }
}

fn worker_ended() -> Error {
    Error::bug("a worker that reads transcripts ended early")
}
