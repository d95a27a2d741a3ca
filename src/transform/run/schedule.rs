//! Runs the units of a plan on several threads: a unit starts when everything it waits for is
//! built; what waits for a failed one is skipped, with the name of the one that failed.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::unit::run_unit;
use super::{Context, blank, finished, nodes_of, skipped};
use crate::error::{Error, Result};
use crate::event::{Event, Status};
use crate::transform::report::{TransformReport, UnitResult};
use crate::warehouse::{Callers, Connection};

/// Templates may nest deeply.
const STACK_BYTES: usize = 16 << 20;

/// Progress of a run.
struct Board {
    /// Units that can start.
    ready: BTreeSet<usize>,
    /// Per unit: what it still waits for.
    waits_for: Vec<BTreeSet<usize>>,
    running: usize,
    results: Vec<UnitResult>,
    /// Why nothing more is started.
    stopped: Option<String>,
    /// A stop by the user.
    cancelled: Option<Error>,
}

struct Schedule<'a> {
    context: &'a Context<'a>,
    board: Mutex<Board>,
    changed: Condvar,
}

/// Runs all units; the report lists them in the order in which they ended.
pub(super) fn run_all(context: &Context<'_>) -> Result<TransformReport> {
    let units = &context.plan.units;
    let waits_for: Vec<BTreeSet<usize>> = units.iter().map(|unit| unit.waits_for.clone()).collect();
    let ready =
        (0..units.len()).filter(|at| units.get(*at).is_some_and(|u| u.waits_for.is_empty()));
    let board = Board {
        ready: ready.collect(),
        waits_for,
        running: 0,
        results: Vec::with_capacity(units.len()),
        stopped: None,
        cancelled: None,
    };
    let schedule = Schedule {
        context,
        board: Mutex::new(board),
        changed: Condvar::new(),
    };
    let threads = context
        .graph
        .registry
        .settings
        .threads
        .clamp(1, units.len().max(1));
    std::thread::scope(|scope| {
        for number in 0..threads {
            std::thread::Builder::new()
                .name(format!("transform-{number}"))
                .stack_size(STACK_BYTES)
                .spawn_scoped(scope, || schedule.work())
                .map_err(|error| Error::unavailable("failed to start a thread").cause(error))?;
        }
        Ok(())
    })?;
    Ok(schedule.into_report())
}

impl Schedule<'_> {
    fn lock(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self) {
        let mut connection = None;
        let mut calling = None;
        while let Some(position) = self.next(&mut calling) {
            let result = self.attempt(position, &mut connection, &mut calling);
            self.finish(position, result);
        }
    }

    /// The next unit, waiting for one if others may still make some ready. Who waits asks nothing of
    /// the engine.
    fn next(&self, calling: &mut Option<Callers<Arc<Connection>>>) -> Option<usize> {
        let mut board = self.lock();
        loop {
            if let Some(position) = board.ready.pop_first() {
                board.running += 1;
                return Some(position);
            }
            if board.running == 0 {
                return None;
            }
            if calling.is_some() {
                drop(board);
                *calling = None;
                board = self.lock();
                continue;
            }
            board = self
                .changed
                .wait(board)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn attempt(
        &self,
        position: usize,
        connection: &mut Option<Arc<Connection>>,
        calling: &mut Option<Callers<Arc<Connection>>>,
    ) -> Option<Vec<UnitResult>> {
        let unit = self.context.plan.units.get(position)?;
        for node in nodes_of(unit) {
            let name = node.name.clone();
            self.context
                .observer
                .observe(Event::TransformUnitStarted { name });
        }
        let failed = |error: Error| {
            vec![UnitResult {
                status: Status::Failed,
                error: Some(error),
                ..blank(unit.node, std::time::Duration::ZERO)
            }]
        };
        if connection.is_none() {
            match self.context.warehouse.connect() {
                Ok(fresh) => {
                    let fresh = fresh.cancellable(&self.context.options.cancel);
                    *connection = Some(Arc::new(fresh));
                }
                Err(error) => return Some(failed(error)),
            }
        }
        let connection = connection.as_ref()?;
        calling.get_or_insert_with(|| Callers::join(Arc::clone(connection), 1));
        // A panic in one unit must not leave the other threads waiting for it.
        let run = AssertUnwindSafe(|| run_unit(self.context, unit, connection));
        Some(catch_unwind(run).unwrap_or_else(|_| {
            failed(Error::bug("building a model panicked").at(&unit.node.path))
        }))
    }

    fn finish(&self, position: usize, results: Option<Vec<UnitResult>>) {
        let mut ended = results.unwrap_or_default();
        let mut board = self.lock();
        board.running -= 1;
        let mut failed = None;
        for result in &mut ended {
            if result.status == Status::Failed {
                self.stop_if_needed(&mut board, result);
                failed.get_or_insert_with(|| result.name.clone());
            }
        }
        match failed {
            None => release(&mut board, position),
            Some(name) if board.cancelled.is_none() => {
                self.skip_descendants(&mut board, position, &name, &mut ended);
            }
            Some(_) => {}
        }
        if let Some(reason) = board.stopped.clone() {
            self.skip_rest(&mut board, &reason, &mut ended);
        }
        for result in &ended {
            finished(self.context.observer, result);
        }
        board.results.extend(ended);
        drop(board);
        self.changed.notify_all();
    }

    fn stop_if_needed(&self, board: &mut Board, result: &mut UnitResult) {
        // An interrupted query inside a template comes back as an error of the template.
        if self.context.options.cancel.is_raised() {
            board.stopped = Some("not started, because the run was stopped".to_owned());
            result.error = None;
            board.cancelled = self.context.options.cancel.check().err();
            result.status = Status::Skipped;
            result.message = Some("interrupted; it is as it was before the run".to_owned());
        } else if self.context.options.fail_fast && board.stopped.is_none() {
            board.stopped = Some(format!(
                "not started, because `{}` failed and the run is to stop then",
                result.name
            ));
        }
    }

    /// Everything that waits for the failed unit, through however many others.
    fn skip_descendants(
        &self,
        board: &mut Board,
        failed: usize,
        name: &str,
        ended: &mut Vec<UnitResult>,
    ) {
        for (position, unit) in self.context.plan.units.iter().enumerate() {
            // A plan lists all ancestors, not only the nearest ones.
            if unit.waits_for.contains(&failed) && take(board, position) {
                ended.extend(skipped(unit, &format!("depends on `{name}`, which failed")));
            }
        }
    }

    fn skip_rest(&self, board: &mut Board, reason: &str, ended: &mut Vec<UnitResult>) {
        for (position, unit) in self.context.plan.units.iter().enumerate() {
            if board.ready.remove(&position) || take(board, position) {
                ended.extend(skipped(unit, reason));
            }
        }
    }

    fn into_report(self) -> TransformReport {
        let board = self
            .board
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        TransformReport {
            units: board.results,
            stopped: board.cancelled,
        }
    }
}

/// Takes a waiting unit out of the run; false if it is not waiting.
fn take(board: &mut Board, position: usize) -> bool {
    match board.waits_for.get_mut(position) {
        Some(waits) if !waits.is_empty() => {
            waits.clear();
            true
        }
        _ => false,
    }
}

fn release(board: &mut Board, built: usize) {
    for (position, waits) in board.waits_for.iter_mut().enumerate() {
        if waits.remove(&built) && waits.is_empty() {
            board.ready.insert(position);
        }
    }
}
