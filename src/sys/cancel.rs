//! The user's wish to stop: one flag shared by the signal thread and the stages.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::{Error, Kind, Result};

/// A flag that goes up once and stays up; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// A flag that is down.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Raises the flag; returns whether it was up already.
    pub fn request(&self) -> bool {
        self.0.swap(true, Ordering::SeqCst)
    }

    /// Whether the flag is up.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Ends the work between two steps if the flag is up.
    ///
    /// # Errors
    /// [`Kind::Cancelled`] if the flag is up.
    pub fn check(&self) -> Result<()> {
        if self.is_requested() {
            return Err(Error::new(Kind::Cancelled, "stopped before the end")
                .hint("Run the same command again; it goes on where this run stopped."));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_share_the_flag() {
        let cancel = Cancel::new();
        let other = cancel.clone();
        assert!(other.check().is_ok());
        assert!(!cancel.request());
        assert!(cancel.request());
        assert_eq!(other.check().map_err(|error| error.kind()), Err(Kind::Cancelled));
    }
}
