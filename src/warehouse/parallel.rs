//! Work on several connections at once.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::connection::Connection;
use super::processors::Callers;
use crate::error::Result;

/// Does `work` for every item: on `connection` here, and on each of the others on a thread of its
/// own. The results are in the order of the items. After a failure nothing more is begun.
///
/// # Errors
/// Of the failures, that of the first item.
pub fn on_connections<I: Sync, T: Send>(
    connection: &Connection,
    others: &mut [Connection],
    items: &[I],
    work: impl Fn(&Connection, &I) -> Result<T> + Sync,
) -> Result<Vec<T>> {
    let queue = Queue {
        items,
        next: AtomicUsize::new(0),
        done: Mutex::new(Vec::with_capacity(items.len())),
    };
    let helpers = others.len().min(items.len().saturating_sub(1));
    let _callers = Callers::join(connection, isize::try_from(helpers).unwrap_or_default());
    std::thread::scope(|scope| {
        for other in others.iter_mut().take(helpers) {
            let (queue, work) = (&queue, &work);
            scope.spawn(move || queue.take(other, work));
        }
        queue.take(connection, &work);
    });
    let mut done = queue
        .done
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

struct Queue<'a, I, T> {
    items: &'a [I],
    next: AtomicUsize,
    done: Mutex<Vec<(usize, Result<T>)>>,
}

impl<I, T> Queue<'_, I, T> {
    fn take(&self, connection: &Connection, work: &impl Fn(&Connection, &I) -> Result<T>) {
        loop {
            let at = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = self.items.get(at) else {
                return;
            };
            let result = work(connection, item);
            if result.is_err() {
                self.next.store(self.items.len(), Ordering::Relaxed);
            }
            let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
            done.push((at, result));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::warehouse::{Value, Warehouse};

    fn connections() -> [Connection; 2] {
        let warehouse = Warehouse::in_memory().expect("opens");
        [(); 2].map(|()| warehouse.connect().expect("connects"))
    }

    #[test]
    fn results_are_in_the_order_of_the_items() {
        let items: Vec<i128> = (0..40).collect();
        let [first, other] = connections();
        let doubled = on_connections(&first, &mut [other], &items, |connection, item| {
            connection.scalar("SELECT ? * 2", &[Value::Int(*item)])
        });
        let expected: Vec<Value> = items.iter().map(|item| Value::Int(item * 2)).collect();
        assert_eq!(doubled.expect("no failure"), expected);
    }

    #[test]
    fn the_first_failure_ends_it() {
        let items: Vec<usize> = (0..1000).collect();
        let begun = AtomicUsize::new(0);
        let [first, other] = connections();
        let error = on_connections(&first, &mut [other], &items, |connection, item| {
            begun.fetch_add(1, Ordering::Relaxed);
            let sql = if *item < 5 {
                "SELECT 1"
            } else {
                "SELECT error('no')"
            };
            connection.scalar(sql, &[])
        });
        assert!(error.expect_err("fails").to_string().contains("SQL"));
        assert!(begun.load(Ordering::Relaxed) < 10);
    }
}
