//! How a reader gets on: patience with the server, marks, and batches handed on.

use mongodb::error::ErrorKind;

use super::failure::{Failure, is_transient, scrubbed};
use super::mark::FamilyMark;
use super::reader::Reader;
use crate::error::Result;
use crate::event::Event;

impl Reader<'_> {
    /// Repeats `step` while the server fails in ways that pass, with growing pauses.
    pub(super) fn insist<T>(
        &mut self,
        action: &str,
        mut step: impl FnMut(&mut Self) -> Result<T, Failure>,
    ) -> Result<T> {
        let connection = self.task.connection;
        self.attempt = 0;
        loop {
            let error = match step(self) {
                Ok(value) => return Ok(value),
                Err(Failure::Final(error)) => return Err(error),
                Err(Failure::Driver(error)) => error,
            };
            // What was read is handed on at once: it must not wait for the server.
            self.flush()?;
            self.attempt += 1;
            // The driver has looked for a server for as long as it was told; without any sign of
            // one, the address is rather wrong than the server restarting.
            let is_unknown =
                !self.was_reached && matches!(&*error.kind, ErrorKind::ServerSelection { .. });
            let is_over = self.attempt > connection.settings().retries;
            if is_unknown || is_over || !is_transient(&error) {
                return Err(connection.explain(action, &error));
            }
            let pause = pause(self.attempt);
            self.task.observer.observe(Event::ExtractRetried {
                attempt: self.attempt,
                pause,
                reason: scrubbed(&error.kind.to_string(), &connection.settings().uri),
            });
            std::thread::sleep(pause);
        }
    }

    /// Moves the mark of the current family to where its documents were taken.
    pub(super) fn settle(&mut self) {
        let Some((family, position)) = &self.current else {
            return;
        };
        let Some(value) = &position.mark else { return };
        let known = self
            .task
            .previous
            .as_ref()
            .and_then(|previous| previous.of(*family));
        let is_behind = known.and_then(FamilyMark::value).is_some_and(|known| {
            let (value, known) = (value.as_raw_bson_ref(), known.as_raw_bson_ref());
            family.compare(&value, &known) == std::cmp::Ordering::Less
        });
        if !is_behind {
            let now = self.task.extracted_at;
            let mark = FamilyMark::reached(*family, value, position.fingerprint, now);
            self.mark.set(*family, mark);
        }
    }

    /// Hands on what was collected, with the mark it reaches.
    pub(super) fn flush(&mut self) -> Result<()> {
        self.settle();
        if self.builder.is_empty() {
            return Ok(());
        }
        let mark = self.mark.to_json()?;
        if self.handed_on.as_ref() != Some(&mark) {
            self.builder
                .set_mark(self.task.mark_key.clone(), Some(mark.clone()));
            self.handed_on = Some(mark);
        }
        let batch = self.builder.finish()?;
        self.task.sink.accept(batch)
    }
}

/// A quarter of a second, doubled with each attempt, ten seconds at most.
fn pause(attempt: u32) -> std::time::Duration {
    let doublings = attempt.saturating_sub(1).min(6);
    std::time::Duration::from_millis((250_u64 << doublings).min(10_000))
}
