//! A mapping that can change and keeps its order.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use minijinja::value::{Enumerator, Kwargs, Object, ObjectRepr, Tuple, Value, from_args};
use minijinja::{Error, ErrorKind, State};

use super::List;
use crate::transform::context::fault::fault;

/// A mapping with the methods of Python's; all names for it see its changes.
#[derive(Debug, Default)]
pub(in crate::transform) struct Dict(Mutex<Entries>);

#[derive(Debug, Default)]
struct Entries {
    /// Place of each key in the order.
    places: BTreeMap<Value, u64>,
    /// Keys and values by place.
    ordered: BTreeMap<u64, (Value, Value)>,
    next: u64,
}

impl Entries {
    fn get(&self, key: &Value) -> Option<&Value> {
        let place = self.places.get(key)?;
        self.ordered.get(place).map(|(_, value)| value)
    }

    fn insert(&mut self, key: Value, value: Value) {
        let place = *self.places.entry(key.clone()).or_insert_with(|| {
            self.next += 1;
            self.next
        });
        self.ordered.insert(place, (key, value));
    }

    fn remove(&mut self, key: &Value) -> Option<Value> {
        let place = self.places.remove(key)?;
        self.ordered.remove(&place).map(|(_, value)| value)
    }

    fn pairs(&self) -> impl Iterator<Item = &(Value, Value)> {
        self.ordered.values()
    }
}

impl Dict {
    /// A mapping of `pairs`; a key that comes twice has its last value.
    pub(crate) fn value(pairs: impl IntoIterator<Item = (Value, Value)>) -> Value {
        let mut entries = Entries::default();
        for (key, value) in pairs {
            entries.insert(key, value);
        }
        Value::from_object(Self(Mutex::new(entries)))
    }

    /// The entries of another mapping, as a new one.
    pub(crate) fn copy_of(value: &Value) -> Result<Value, Error> {
        Ok(Self::value(pairs_of(value)?))
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pop(&self, args: &[Value]) -> Result<Value, Error> {
        let (key, default): (Value, Option<Value>) = from_args(args)?;
        let found = self.entries().remove(&key);
        found.or(default).ok_or_else(|| {
            fault(
                format!("the mapping has no key `{key}`"),
                "Give `pop` a default.",
            )
        })
    }

    fn update(&self, args: &[Value]) -> Result<(), Error> {
        let (other, kwargs): (Option<Value>, Kwargs) = from_args(args)?;
        let mut pairs = match &other {
            Some(other) if !other.is_none() => pairs_of(other)?,
            _ => Vec::new(),
        };
        for name in kwargs.args() {
            pairs.push((Value::from(name), kwargs.get(name)?));
        }
        let mut entries = self.entries();
        for (key, value) in pairs {
            entries.insert(key, value);
        }
        Ok(())
    }
}

/// Keys and values of a mapping, or of a list of pairs.
pub(in crate::transform) fn pairs_of(value: &Value) -> Result<Vec<(Value, Value)>, Error> {
    let is_mapping = value.kind() == minijinja::value::ValueKind::Map;
    let mut pairs = Vec::new();
    for item in value.try_iter()? {
        if is_mapping {
            let of_key = value.get_item(&item)?;
            pairs.push((item, of_key));
        } else {
            pairs.push((
                item.get_item(&Value::from(0))?,
                item.get_item(&Value::from(1))?,
            ));
        }
    }
    Ok(pairs)
}

impl Object for Dict {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.entries().get(key).cloned()
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        let entries = self.entries();
        Enumerator::Values(entries.pairs().map(|(key, _)| key.clone()).collect())
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        Some(self.entries().ordered.len())
    }

    fn call_method(
        self: &Arc<Self>,
        state: &mut State<'_, '_>,
        method: &str,
        args: &[Value],
    ) -> Result<Value, Error> {
        match method {
            "get" => {
                let (key, default): (Value, Option<Value>) = from_args(args)?;
                let found = self.entries().get(&key).cloned();
                Ok(found.or(default).unwrap_or(Value::from(())))
            }
            "items" => {
                let entries = self.entries();
                let pairs = entries
                    .pairs()
                    .map(|(key, value)| Value::from(Tuple::from(vec![key.clone(), value.clone()])));
                Ok(List::value(pairs.collect()))
            }
            "keys" => {
                let entries = self.entries();
                Ok(List::value(
                    entries.pairs().map(|(key, _)| key.clone()).collect(),
                ))
            }
            "values" => {
                let entries = self.entries();
                Ok(List::value(
                    entries.pairs().map(|(_, value)| value.clone()).collect(),
                ))
            }
            "update" => self.update(args).map(|()| Value::from(())),
            "pop" => self.pop(args),
            "popitem" => {
                let last = self.entries().ordered.pop_last();
                let Some((_, (key, value))) = last else {
                    return Err(fault("`popitem` from an empty mapping", ""));
                };
                self.entries().places.remove(&key);
                Ok(Value::from(Tuple::from(vec![key, value])))
            }
            "setdefault" => {
                let (key, default): (Value, Option<Value>) = from_args(args)?;
                let mut entries = self.entries();
                if let Some(found) = entries.get(&key) {
                    return Ok(found.clone());
                }
                let default = default.unwrap_or(Value::from(()));
                entries.insert(key, default.clone());
                Ok(default)
            }
            "copy" | "to_dict" => Ok(Self::value(self.entries().pairs().cloned())),
            "clear" => {
                *self.entries() = Entries::default();
                Ok(Value::from(()))
            }
            // A value that can be called, such as a macro kept under a name.
            _ => match self.get_value(&Value::from(method)) {
                Some(value) => value.call(state, args),
                None => Err(Error::from(ErrorKind::UnknownMethod)),
            },
        }
    }
}
