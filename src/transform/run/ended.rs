//! How a unit ended, as `results` of `on-run-end` shows it to templates.

use std::fmt;
use std::sync::Arc;

use minijinja::value::{Enumerator, Object, ObjectRepr, Value};
use minijinja::{Error, ErrorKind, State};
use serde_json::json;

use crate::transform::artifact::status_word;
use crate::transform::graph::Graph;
use crate::transform::graph::describe::node_json;
use crate::transform::report::UnitResult;
use crate::transform::value::from_json;

/// One of `results`.
pub(super) struct Ended {
    /// `node`, `status`, `message` and so on, by name.
    fields: Value,
}

const FIELDS: [&str; 9] = [
    "node",
    "unique_id",
    "status",
    "message",
    "failures",
    "execution_time",
    "thread_id",
    "timing",
    "adapter_response",
];

impl Ended {
    /// The result of a unit, with its node.
    pub(super) fn of(graph: &Graph, unit: &UnitResult) -> Value {
        let node = graph.node(&unit.id);
        let error = unit.error.as_ref().map(ToString::to_string);
        let mut response = serde_json::Map::new();
        if let Some(rows) = unit.rows {
            response.insert("rows_affected".to_owned(), json!(rows));
        }
        let ended = unit.started + unit.elapsed;
        let about = json!({
            "node": node.map(|node| node_json(node, &node.settings)),
            "unique_id": unit.id,
            "status": status_word(unit),
            "message": error.or_else(|| unit.message.clone()),
            "failures": unit.failures,
            "execution_time": unit.elapsed.as_secs_f64(),
            "thread_id": unit.thread,
            "timing": [{
                "name": "execute",
                "started_at": unit.started.to_string(),
                "completed_at": ended.to_string(),
            }],
            "adapter_response": response,
        });
        Value::from_object(Self {
            fields: from_json(&about),
        })
    }
}

impl fmt::Debug for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.fields)
    }
}

impl Object for Ended {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Str(&FIELDS)
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let value = self.fields.get_item(key).ok()?;
        (!value.is_undefined()).then_some(value)
    }

    fn call_method(
        self: &Arc<Self>,
        _state: &mut State<'_, '_>,
        method: &str,
        _args: &[Value],
    ) -> Result<Value, Error> {
        match method {
            "to_dict" => Ok(self.fields.clone()),
            _ => Err(Error::from(ErrorKind::UnknownMethod)),
        }
    }
}
