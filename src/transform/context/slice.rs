//! The rows of one period of a relation, for models that are built in periods.

use std::fmt;
use std::sync::Arc;

use minijinja::value::{Enumerator, Object, ObjectRepr, Value};
use minijinja::{Error, State};

use super::relation::RelationValue;
use crate::transform::periods::Period;
use crate::warehouse::Relation;

/// A relation that prints as the rows of a period; `.render()` prints the relation as a whole.
#[derive(Debug)]
pub(super) struct Slice {
    whole: Arc<RelationValue>,
    sql: String,
}

impl Slice {
    /// `relation`, or its rows of `period` if it has a column that tells the time of a row.
    pub(super) fn of(
        relation: &Relation,
        event_time: Option<&String>,
        period: Option<Period>,
    ) -> Value {
        let whole = Arc::new(RelationValue::of(relation));
        match (event_time, period) {
            (Some(column), Some(period)) => Value::from_object(Self {
                sql: period.rows_of(&relation.to_string(), column),
                whole,
            }),
            _ => Value::from_dyn_object(whole),
        }
    }
}

impl Object for Slice {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.whole.get_value(key)
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::NonEnumerable
    }

    fn call_method(
        self: &Arc<Self>,
        state: &mut State<'_, '_>,
        method: &str,
        args: &[Value],
    ) -> Result<Value, Error> {
        if method == "render" && args.is_empty() {
            return Ok(Value::from(self.whole.to_string()));
        }
        self.whole.call_method(state, method, args)
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sql)
    }
}
