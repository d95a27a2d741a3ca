//! A list that can change.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use minijinja::value::{Enumerator, Kwargs, Object, ObjectRepr, Value, from_args};
use minijinja::{Error, ErrorKind, State};

use crate::transform::context::fault::fault;

/// A list with the methods of Python's; all names for it see its changes.
#[derive(Debug, Default)]
pub(in crate::transform) struct List(Mutex<Vec<Value>>);

impl List {
    /// A list of `items`.
    pub(crate) fn value(items: Vec<Value>) -> Value {
        Value::from_object(Self(Mutex::new(items)))
    }

    /// The items of anything that can be walked through, as a new list.
    pub(crate) fn collect(value: &Value) -> Result<Value, Error> {
        Ok(Self::value(value.try_iter()?.collect()))
    }

    fn items(&self) -> MutexGuard<'_, Vec<Value>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A Python index, which may count from the end.
    fn position(&self, index: i64) -> Option<usize> {
        let length = i64::try_from(self.items().len()).ok()?;
        let at = if index < 0 { index + length } else { index };
        usize::try_from(at).ok().filter(|_| at < length)
    }

    fn insert(&self, index: i64, item: Value) {
        let mut items = self.items();
        let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
        let at = if index < 0 { index + length } else { index }.clamp(0, length);
        let at = usize::try_from(at).unwrap_or_default();
        items.insert(at, item);
    }

    fn pop(&self, index: Option<i64>) -> Result<Value, Error> {
        let at = self.position(index.unwrap_or(-1));
        at.map(|at| self.items().remove(at)).ok_or_else(|| {
            fault(
                "`pop` from a list that has no such item",
                "Look at its length first.",
            )
        })
    }

    fn find(&self, item: &Value) -> Result<usize, Error> {
        let found = self.items().iter().position(|one| one == item);
        found.ok_or_else(|| fault(format!("`{item}` is not in the list"), ""))
    }

    fn sort(&self, state: &mut State<'_, '_>, kwargs: &Kwargs) -> Result<(), Error> {
        let reverse = kwargs.get::<Option<bool>>("reverse")?.unwrap_or(false);
        let key: Option<Value> = kwargs.get("key")?;
        let items = self.items().clone();
        let mut keyed = Vec::with_capacity(items.len());
        for item in items {
            let by = match &key {
                Some(key) if !key.is_none() => key.call(state, std::slice::from_ref(&item))?,
                _ => item.clone(),
            };
            keyed.push((by, item));
        }
        keyed.sort_by(|(left, _), (right, _)| left.cmp(right));
        if reverse {
            keyed.reverse();
        }
        *self.items() = keyed.into_iter().map(|(_, item)| item).collect();
        Ok(())
    }
}

impl Object for List {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let at = self.position(key.as_i64()?)?;
        self.items().get(at).cloned()
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        // What is walked through may change meanwhile; the walk sees what was there.
        Enumerator::Values(self.items().clone())
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        Some(self.items().len())
    }

    fn call_method(
        self: &Arc<Self>,
        state: &mut State<'_, '_>,
        method: &str,
        args: &[Value],
    ) -> Result<Value, Error> {
        match method {
            "append" => {
                let (item,): (Value,) = from_args(args)?;
                self.items().push(item);
            }
            "extend" => {
                let (more,): (Value,) = from_args(args)?;
                let more: Vec<Value> = more.try_iter()?.collect();
                self.items().extend(more);
            }
            "insert" => {
                let (index, item): (i64, Value) = from_args(args)?;
                self.insert(index, item);
            }
            "remove" => {
                let (item,): (Value,) = from_args(args)?;
                let at = self.find(&item)?;
                self.items().remove(at);
            }
            "pop" => {
                let (index,): (Option<i64>,) = from_args(args)?;
                return self.pop(index);
            }
            "clear" => self.items().clear(),
            "reverse" => self.items().reverse(),
            "sort" => {
                let (kwargs,): (Kwargs,) = from_args(args)?;
                self.sort(state, &kwargs)?;
            }
            "copy" => return Ok(Self::value(self.items().clone())),
            "index" => {
                let (item,): (Value,) = from_args(args)?;
                return self.find(&item).map(Value::from);
            }
            "count" => {
                let (item,): (Value,) = from_args(args)?;
                let count = self.items().iter().filter(|one| **one == item).count();
                return Ok(Value::from(count));
            }
            _ => return Err(Error::from(ErrorKind::UnknownMethod)),
        }
        Ok(Value::from(()))
    }
}
