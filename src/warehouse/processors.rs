//! Processors, shared between the engine's own threads and those that ask it.

use std::ops::Deref;
use std::sync::{Mutex, OnceLock, PoisonError};

use super::Connection;

/// Up to this many threads of the engine are shared out. It ends all of its threads to have fewer,
/// which takes as long as the longest piece of work among them; with many, too many would wait.
const MOST: usize = 4;

/// What the connections of a database know about its threads.
#[derive(Default)]
pub(super) struct Processors {
    /// Threads of the engine as configured, the asking one included.
    configured: OnceLock<usize>,
    /// How many more than one thread ask the engine at once; fewer than none while nobody does.
    more: Mutex<isize>,
}

/// Leaves a processor to each thread that runs statements, as long as it lives. A thread works on
/// its own statement together with the engine's threads, which serve all; while they have taken all
/// there is to do of it, it polls. With fewer processors than threads, polling takes their time.
pub struct Callers<C: Deref<Target = Connection>> {
    connection: C,
    change: isize,
}

impl<C: Deref<Target = Connection>> Callers<C> {
    /// `change` threads more than before ask the engine of this connection; fewer if negative.
    #[must_use]
    pub fn join(connection: C, change: isize) -> Self {
        connection.change_callers(change);
        Self { connection, change }
    }
}

impl<C: Deref<Target = Connection>> Drop for Callers<C> {
    fn drop(&mut self) {
        self.connection.change_callers(-self.change);
    }
}

impl Connection {
    fn change_callers(&self, change: isize) {
        if change == 0 {
            return;
        }
        let processors = self.processors();
        let mut more = processors
            .more
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let configured = *processors.configured.get_or_init(|| self.threads());
        let threads = |more: isize| {
            let callers = usize::try_from(more).unwrap_or(0);
            configured.saturating_sub(callers).max(1)
        };
        let before = threads(*more);
        *more += change;
        let now = threads(*more);
        if now != before && configured <= MOST {
            let sql = format!("SET threads TO {now}");
            if let Err(error) = self.engine().execute_batch(&sql) {
                tracing::debug!(target: "warehouse", %error, "the threads stay as they are");
            }
        }
    }

    fn threads(&self) -> usize {
        self.engine()
            .query_row("SELECT current_setting('threads')", [], |row| {
                row.get::<_, i64>(0)
            })
            .ok()
            .and_then(|threads| usize::try_from(threads).ok())
            .unwrap_or(1)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::Callers;
    use crate::error::Error;
    use crate::warehouse::{Access, Connection, Options, Value, Warehouse, on_connections};

    fn warehouse(threads: usize) -> (tempfile::TempDir, Warehouse) {
        let folder = tempfile::tempdir().expect("a folder");
        let mut options = Options::new(Access::ReadWrite);
        options.threads = threads;
        let file = folder.path().join("w.duckdb");
        (folder, Warehouse::open(&file, &options).expect("opened"))
    }

    fn threads(connection: &Connection) -> Value {
        let sql = "SELECT current_setting('threads')";
        connection.scalar(sql, &[]).expect("known")
    }

    #[test]
    fn each_caller_takes_the_place_of_a_thread_and_gives_it_back() {
        let (_folder, warehouse) = warehouse(4);
        let [one, other] = [(); 2].map(|()| warehouse.connect().expect("connected"));
        let nobody = Callers::join(&one, -1);
        let first = Callers::join(&one, 1);
        assert_eq!(threads(&other), Value::Int(4));
        let second = Callers::join(&other, 1);
        assert_eq!(threads(&one), Value::Int(3));
        let many = Callers::join(&one, 9);
        assert_eq!(threads(&other), Value::Int(1));
        drop(first);
        drop(many);
        assert_eq!(threads(&other), Value::Int(4));
        drop(second);
        drop(nobody);
        assert_eq!(threads(&other), Value::Int(4));
    }

    #[test]
    fn work_on_connections_shares_within_and_gives_back_whatever_happens() {
        let (_folder, warehouse) = warehouse(4);
        let [first, second, third] = [(); 3].map(|()| warehouse.connect().expect("connected"));
        let mut others = [second, third];
        let seen = Mutex::new(Vec::new());
        let outer = on_connections(&first, &mut others, &[0, 1, 2, 3], |connection, item| {
            // Work within work, for which no connection is left, gives nothing back.
            on_connections(connection, &mut [], &[0, 1], |connection, _| {
                seen.lock()
                    .expect("no thread died")
                    .push(threads(connection));
                Ok(())
            })?;
            if *item == 3 {
                return Err(Error::bug("told"));
            }
            Ok(())
        });
        assert!(outer.is_err());
        let seen = seen.into_inner().expect("no thread died");
        assert!(
            seen.iter().all(|threads| *threads == Value::Int(2)),
            "{seen:?}"
        );
        assert_eq!(threads(&first), Value::Int(4));
    }

    #[test]
    fn many_threads_stay() {
        let (_folder, warehouse) = warehouse(8);
        let connection = warehouse.connect().expect("connected");
        let _callers = Callers::join(&connection, 3);
        assert_eq!(threads(&connection), Value::Int(8));
    }
}
