//! A request to stop, shared by everything that runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::{Error, Kind, Result};

/// A flag that is raised once (by Ctrl-C) and looked at between units of work.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Asks everybody to stop; returns whether it had been asked before.
    #[must_use]
    pub fn raise(&self) -> bool {
        self.0.swap(true, Ordering::SeqCst)
    }

    /// Whether somebody asked to stop.
    #[must_use]
    pub fn is_raised(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }

    /// An error of kind `Cancelled` if somebody asked to stop.
    pub fn check(&self) -> Result<()> {
        if self.is_raised() {
            return Err(Error::new(Kind::Cancelled, "the run was stopped")
                .hint("Run `cca sync` to go on; what was committed stays."));
        }
        Ok(())
    }
}
