//! A set: each item once, and equal to every other with the same items.
//!
//! Its items are walked through in their order, so that equal sets render equally; Python leaves
//! that to chance.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use minijinja::value::{Enumerator, Object, ObjectRepr, Rest, Value, from_args};
use minijinja::{Error, ErrorKind, State};

use crate::transform::context::fault::fault;

type Items = BTreeSet<Value>;

/// A set with the methods of Python's; all names for it see its changes.
#[derive(Debug, Default)]
pub(in crate::transform) struct Set(Mutex<Items>);

impl Set {
    /// The set of `items`.
    pub(crate) fn value(items: impl IntoIterator<Item = Value>) -> Value {
        Value::from_object(Self(Mutex::new(items.into_iter().collect())))
    }

    fn items(&self) -> MutexGuard<'_, Items> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `left - right`, if both are sets.
    pub(super) fn difference(left: &Value, right: &Value) -> Option<Value> {
        let left = left.downcast_object_ref::<Self>()?.items().clone();
        let right = right.downcast_object_ref::<Self>()?.items().clone();
        Some(Self::value(left.difference(&right).cloned()))
    }

    fn change(&self, method: &str, args: &[Value]) -> Result<Value, Error> {
        match method {
            "add" => {
                let (item,): (Value,) = from_args(args)?;
                self.items().insert(item);
            }
            "discard" | "remove" => {
                let (item,): (Value,) = from_args(args)?;
                if !self.items().remove(&item) && method == "remove" {
                    return Err(fault(format!("`{item}` is not in the set"), ""));
                }
            }
            "update" => {
                let (others,): (Rest<Value>,) = from_args(args)?;
                for other in others.iter() {
                    let more: Items = other.try_iter()?.collect();
                    self.items().extend(more);
                }
            }
            "clear" => self.items().clear(),
            "pop" => {
                let () = from_args(args)?;
                let item = self.items().pop_first();
                return item.ok_or_else(|| fault("`pop` from a set that is empty", ""));
            }
            _ => return Err(Error::from(ErrorKind::UnknownMethod)),
        }
        Ok(Value::from(()))
    }
}

impl Object for Set {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.items().iter().nth(key.as_usize()?).cloned()
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.items().iter().cloned().collect())
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        Some(self.items().len())
    }

    fn call_method(
        self: &Arc<Self>,
        _state: &mut State<'_, '_>,
        method: &str,
        args: &[Value],
    ) -> Result<Value, Error> {
        let own = self.items().clone();
        let other = || -> Result<Items, Error> {
            let (other,): (Value,) = from_args(args)?;
            Ok(other.try_iter()?.collect())
        };
        Ok(match method {
            "copy" => Self::value(own),
            "union" => Self::value(own.union(&other()?).cloned()),
            "intersection" => Self::value(own.intersection(&other()?).cloned()),
            "difference" => Self::value(own.difference(&other()?).cloned()),
            "symmetric_difference" => Self::value(own.symmetric_difference(&other()?).cloned()),
            "issubset" => Value::from(own.is_subset(&other()?)),
            "issuperset" => Value::from(own.is_superset(&other()?)),
            "isdisjoint" => Value::from(own.is_disjoint(&other()?)),
            _ => return self.change(method, args),
        })
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let items: Vec<Value> = self.items().iter().cloned().collect();
        if items.is_empty() {
            return f.write_str("set()");
        }
        let list = Value::from(items).to_string();
        let inside = list
            .strip_prefix('[')
            .and_then(|list| list.strip_suffix(']'));
        write!(f, "{{{}}}", inside.unwrap_or(&list))
    }
}
