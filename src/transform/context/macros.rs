//! Calling macros: each runs in its own template with the context of the calling model; `return`
//! leaves it early with a value that need not be text.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use minijinja::value::{Kwargs, Object, ObjectRepr, Value};
use minijinja::{Environment, Error, ErrorKind, State};

use super::caller::Bound;
use super::fault::fault;
use super::{Macro, Open, Scope};
use crate::transform::template::blocks::INNER_NAME;
use crate::transform::value::{Dict, List};

/// Calls inside calls; deeper ones would endanger the stack.
const DEEPEST: usize = 64;

/// A macro, bound to the model that uses it.
pub(super) struct MacroCall {
    /// What it is and where it is defined.
    pub definition: Arc<Macro>,
    /// What the calling model sees.
    pub scope: Arc<Scope>,
}

impl fmt::Debug for MacroCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<macro {}>", self.definition.name)
    }
}

impl Object for MacroCall {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        (key.as_str()? == "name").then(|| Value::from(self.definition.name.as_str()))
    }

    fn call(self: &Arc<Self>, state: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
        let depth = self.scope.depth.fetch_add(1, Ordering::Relaxed);
        if depth == 0 {
            self.scope.record().note_call(&self.definition.id);
        }
        if depth >= DEEPEST {
            self.scope.depth.fetch_sub(1, Ordering::Relaxed);
            return Err(fault(
                format!(
                    "macro `{}` calls itself without an end",
                    self.definition.name
                ),
                "Give the recursion a condition that stops it.",
            ));
        }
        let result = self.run(state, args);
        self.scope.depth.fetch_sub(1, Ordering::Relaxed);
        match result {
            Err(error) => returned(&error).ok_or_else(|| self.locate(error)),
            value => value,
        }
    }
}

impl MacroCall {
    fn run(&self, state: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
        let environment = state.env();
        match Bound::of(state, args)? {
            Bound::Ready(args) => self.render(environment, args),
            Bound::Asking(args, asked) => {
                asked.while_running(state, || self.render(environment, args))
            }
        }
    }

    /// Renders the body with these arguments.
    fn render(&self, environment: &Environment<'_>, args: Vec<Value>) -> Result<Value, Error> {
        let args = match &self.definition.open {
            Some(open) => bind_any(open, args)?,
            None => args,
        };
        self.scope
            .record()
            .macros
            .insert(self.definition.id.clone());
        let template = environment.get_template(&self.definition.template)?;
        let root = Value::from_dyn_object(Arc::clone(&self.scope));
        let mut captured = template.render_captured(root)?;
        captured.with_state_mut(|inner| match inner.lookup(INNER_NAME) {
            Some(body) => body.call(inner, &args),
            None => Err(fault(
                format!("macro `{}` is not defined", self.definition.name),
                "",
            )),
        })
    }

    /// An error without a line concerns the call itself; one with a line happened inside, and the
    /// engine adds the line of the call to the new outer error.
    fn locate(&self, error: Error) -> Error {
        if error.line().is_some() {
            let detail = error.detail().unwrap_or_default().to_owned();
            return Error::new(error.kind(), detail).with_source(error);
        }
        match (error.kind(), error.detail()) {
            (ErrorKind::TooManyArguments | ErrorKind::MissingArgument, detail) => fault(
                format!(
                    "wrong arguments for macro `{}`: {}",
                    self.definition.name,
                    detail.unwrap_or("too many")
                ),
                "Compare the call with the definition of the macro.",
            ),
            _ => error,
        }
    }
}

/// Puts what a macro does not declare into `varargs` and `kwargs`.
fn bind_any(open: &Open, mut args: Vec<Value>) -> Result<Vec<Value>, Error> {
    let mut named: Vec<(String, Value)> = Vec::new();
    let mut others: Vec<(Value, Value)> = Vec::new();
    if let Some(last) = args.last().filter(|last| last.is_kwargs()).cloned() {
        args.pop();
        let kwargs = Kwargs::try_from(last)?;
        for name in kwargs.args() {
            let value = kwargs.get(name)?;
            let is_declared = open.parameters.iter().any(|one| one == name) || name == "caller";
            if is_declared || !open.takes_kwargs {
                named.push((name.to_owned(), value));
            } else {
                others.push((Value::from(name), value));
            }
        }
    }
    if open.takes_varargs {
        let rest = args.split_off(open.parameters.len().min(args.len()));
        named.push(("varargs".to_owned(), List::value(rest)));
    }
    if open.takes_kwargs {
        named.push(("kwargs".to_owned(), Dict::value(others)));
    }
    args.push(Kwargs::from_iter(named).into());
    Ok(args)
}

/// The value of `return(…)` on its way out of a macro.
#[derive(Debug)]
struct Returned(Value);

impl fmt::Display for Returned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`return` outside of a macro")
    }
}

impl std::error::Error for Returned {}

/// Leaves the macro with `value`.
pub(super) fn leave_with(value: Value) -> Error {
    Error::new(ErrorKind::InvalidOperation, "`return` outside of a macro")
        .with_source(Returned(value))
}

fn returned(error: &Error) -> Option<Value> {
    let mut next = std::error::Error::source(error);
    while let Some(current) = next {
        if let Some(Returned(value)) = current.downcast_ref() {
            return Some(value.clone());
        }
        next = current.source();
    }
    None
}
