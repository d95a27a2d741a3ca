//! A request to stop, shared by everything that runs.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::error::{Error, Kind, Result};

/// A flag that is raised once (by Ctrl-C) and looked at between units of work; what cannot look
/// at it while it waits, such as a query, registers how it is stopped.
#[derive(Clone, Default)]
pub struct Cancel(Arc<Shared>);

#[derive(Default)]
struct Shared {
    raised: AtomicBool,
    stops: Mutex<Stops>,
}

type Stop = Box<dyn Fn() + Send>;

#[derive(Default)]
struct Stops {
    next: u64,
    all: BTreeMap<u64, Stop>,
}

impl Shared {
    fn stops(&self) -> MutexGuard<'_, Stops> {
        self.stops.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Cancel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Cancel").field(&self.is_raised()).finish()
    }
}

impl Cancel {
    /// Asks everybody to stop and interrupts what has registered; returns whether it had been
    /// asked before.
    #[must_use]
    pub fn raise(&self) -> bool {
        let before = self.0.raised.swap(true, Ordering::SeqCst);
        for stop in self.0.stops().all.values() {
            stop();
        }
        before
    }

    /// Whether somebody asked to stop.
    #[must_use]
    pub fn is_raised(&self) -> bool {
        self.0.raised.load(Ordering::SeqCst)
    }

    /// An error of kind `Cancelled` if somebody asked to stop.
    pub fn check(&self) -> Result<()> {
        if self.is_raised() {
            return Err(Error::new(Kind::Cancelled, "the run was stopped")
                .hint("Run the same command again to go on; what was committed stays."));
        }
        Ok(())
    }

    /// Calls `stop` when the flag is raised, until the registration is dropped.
    #[must_use]
    pub fn register(&self, stop: impl Fn() + Send + 'static) -> Registration {
        let mut stops = self.0.stops();
        stops.next += 1;
        let number = stops.next;
        stops.all.insert(number, Box::new(stop));
        Registration {
            shared: Arc::clone(&self.0),
            number,
        }
    }
}

/// As long as it lives, the raised flag interrupts what it was made for.
pub struct Registration {
    shared: Arc<Shared>,
    number: u64,
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.shared.stops().all.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicUsize;

    #[test]
    fn what_is_registered_is_interrupted_until_it_is_dropped() {
        let cancel = Cancel::default();
        let count = Arc::new(AtomicUsize::new(0));
        let register = || {
            let count = Arc::clone(&count);
            cancel.register(move || {
                count.fetch_add(1, Ordering::SeqCst);
            })
        };
        let (kept, dropped) = (register(), register());
        drop(dropped);
        assert!(!cancel.raise());
        assert_eq!(count.load(Ordering::SeqCst), 1);
        drop(kept);
        assert!(cancel.raise());
        assert_eq!(count.load(Ordering::SeqCst), 1);
        assert_eq!(cancel.check().expect_err("raised").kind(), Kind::Cancelled);
    }
}
