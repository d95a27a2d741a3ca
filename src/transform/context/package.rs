//! The name of a package: `dbt_utils.star(…)` calls its macro.

use std::sync::Arc;

use minijinja::value::{Object, ObjectRepr, Value};
use minijinja::{Error, State};

use super::Scope;
use super::fault::fault;
use super::functions::Function;
use crate::error::nearest;
use crate::transform::builtin::PACKAGE;

/// Functions here that are macros of dbt.
const FUNCTIONS: [&str; 4] = [
    "run_query",
    "statement",
    "is_incremental",
    "should_full_refresh",
];

/// The macros of one package.
#[derive(Debug)]
pub(super) struct PackageMacros {
    name: String,
    scope: Arc<Scope>,
}

impl PackageMacros {
    /// The package called `name`, if it has macros.
    pub(super) fn named(name: &str, scope: &Arc<Scope>) -> Option<Value> {
        scope.registry.macros.has_package(name).then(|| {
            Value::from_object(Self {
                name: name.to_owned(),
                scope: Arc::clone(scope),
            })
        })
    }
}

impl Object for PackageMacros {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let name = key.as_str()?;
        match self.scope.registry.macros.of_package(&self.name, name) {
            Some(found) => Some(self.scope.call_of(found)),
            None if self.name == PACKAGE && FUNCTIONS.contains(&name) => {
                Function::named(name, &self.scope)
            }
            None => None,
        }
    }

    fn call_method(
        self: &Arc<Self>,
        state: &mut State<'_, '_>,
        method: &str,
        args: &[Value],
    ) -> Result<Value, Error> {
        if let Some(found) = self.get_value(&Value::from(method)) {
            return found.call(state, args);
        }
        let names = self.scope.registry.macros.names_of(&self.name);
        let hint = nearest(method, names.iter().map(String::as_str))
            .map_or(String::new(), |near| {
                format!("Did you mean `{}.{near}`?", self.name)
            });
        let cause = format!("package `{}` has no macro `{method}`", self.name);
        Err(fault(cause, hint))
    }
}
