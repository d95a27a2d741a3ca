//! Processors, shared between the engine's own threads and those that ask it.

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
    /// For how many asking threads the engine is set.
    callers: Mutex<usize>,
}

impl Connection {
    /// Leaves a processor to each of the threads that run statements at once. A thread works on its
    /// own statement together with the engine's threads, which serve all; while they have taken all
    /// there is to do of it, it polls. With a processor less than threads, polling takes the time
    /// from work: a fifth of the CPU of a backfill. `callers` is asked when nobody else can change
    /// the threads.
    pub fn share_processors(&self, callers: impl FnOnce() -> usize) {
        let processors = self.processors();
        let mut current = processors
            .callers
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let callers = callers().max(1);
        if *current == callers {
            return;
        }
        let configured = *processors.configured.get_or_init(|| self.threads());
        if (2..=MOST).contains(&configured) {
            let threads = (configured + 1).saturating_sub(callers).max(1);
            if let Err(error) = self
                .engine()
                .execute_batch(&format!("SET threads TO {threads}"))
            {
                tracing::debug!(target: "warehouse", %error, "the threads stay as they are");
            }
        }
        *current = callers;
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
    use crate::warehouse::{Access, Options, Value, Warehouse};

    fn threads_for(configured: usize, callers: &[usize]) -> Vec<Value> {
        let folder = tempfile::tempdir().expect("a folder");
        let mut options = Options::new(Access::ReadWrite);
        options.threads = configured;
        let warehouse = Warehouse::open(&folder.path().join("w.duckdb"), &options);
        let warehouse = warehouse.expect("opened");
        let [one, other] = [(); 2].map(|()| warehouse.connect().expect("connected"));
        let asked = callers.iter().map(|callers| {
            one.share_processors(|| *callers);
            let sql = "SELECT current_setting('threads')";
            other.scalar(sql, &[]).expect("known")
        });
        asked.collect()
    }

    #[test]
    fn each_caller_takes_the_place_of_a_thread_and_gives_it_back() {
        let threads = threads_for(4, &[1, 2, 3, 9, 0]);
        assert_eq!(threads, [4, 3, 2, 1, 4].map(Value::Int));
        assert_eq!(threads_for(2, &[2, 1]), [1, 2].map(Value::Int));
    }

    #[test]
    fn many_threads_and_one_stay() {
        assert_eq!(threads_for(8, &[3]), [Value::Int(8)]);
        assert_eq!(threads_for(1, &[2, 1]), [1, 1].map(Value::Int));
    }
}
