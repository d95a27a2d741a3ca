//! Transactions of what templates run by themselves: materializations of a project, hooks of the
//! run, operations.
//!
//! By dbt's rules a statement that asks for it begins a transaction if none is open, only
//! `adapter.commit()` ends one, and what is still open at the end is rolled back.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::error::{Error, Result};
use crate::warehouse::Connection;

/// Whether a transaction is open on the connection of a rendering, and whether one was committed.
pub(in crate::transform) struct Transactions {
    state: Mutex<State>,
    /// Held while a transaction commits, so that catalog changes never meet.
    turn: Arc<Mutex<()>>,
}

#[derive(Default)]
struct State {
    is_open: bool,
    has_changed: bool,
}

impl Transactions {
    /// None is open; commits take `turn`.
    pub(in crate::transform) fn new(turn: &Arc<Mutex<()>>) -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::default(),
            turn: Arc::clone(turn),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gets ready for a statement: begins a transaction if it wants one and none is open.
    pub(super) fn before(&self, connection: &Connection, begin: bool) -> Result<()> {
        let mut state = self.state();
        if begin && !state.is_open {
            connection.batch("BEGIN")?;
            state.is_open = true;
        }
        state.has_changed |= !state.is_open;
        Ok(())
    }

    /// `adapter.commit()`.
    pub(super) fn commit(&self, connection: &Connection) -> Result<()> {
        let mut state = self.state();
        if !state.is_open {
            return Err(Error::project("there is no open transaction to commit")
                .hint("Begin one: `statement` does, unless it has `auto_begin=False`."));
        }
        let _mine = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        connection.batch("COMMIT")?;
        *state = State {
            is_open: false,
            has_changed: true,
        };
        Ok(())
    }

    /// Ends an open transaction without its changes; returns whether everything is as it was.
    pub(in crate::transform) fn close(&self, connection: &Connection) -> bool {
        let mut state = self.state();
        if std::mem::take(&mut state.is_open) {
            connection.roll_back();
        }
        !state.has_changed
    }
}
