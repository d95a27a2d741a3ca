//! `caller(…)`: the body of a `{% call %}` block, asked for by the macro it is handed to.
//!
//! The body belongs to the calling template, which a macro in another template cannot enter. A
//! body without arguments is rendered first and handed over as text. For one with arguments the
//! macro runs on a thread of its own while the calling one waits and renders the body whenever
//! the macro asks, so that it sees the variables around it and may be asked for many times.

use std::fmt;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use minijinja::value::{Kwargs, Object, ObjectRepr, Value};
use minijinja::{Error, State};

use super::fault::fault;

/// Macros may nest deeply behind a `caller`.
const STACK_BYTES: usize = 16 << 20;

type Answer = Result<Value, Error>;

/// What a macro on its own thread says.
pub(super) enum Said {
    /// It wants the body for these arguments, and waits for it there.
    Asks(Vec<Value>, Sender<Answer>),
    /// It has ended, whoever still holds its `caller`.
    Ended,
}

/// Arguments of a macro with what stands for its `caller`.
pub(super) enum Bound {
    /// Nothing more is to be asked.
    Ready(Vec<Value>),
    /// The body has to be rendered when the macro asks.
    Asking(Vec<Value>, Asked),
}

/// The `caller` with arguments of a call, and the way to it.
pub(super) struct Asked {
    caller: Value,
    says: Sender<Said>,
    said: Receiver<Said>,
}

impl Bound {
    /// Replaces the `caller` among the arguments by one that works in another template.
    pub(super) fn of(state: &mut State<'_, '_>, args: &[Value]) -> Result<Self, Error> {
        let ready = || Ok(Self::Ready(args.to_vec()));
        let Some((last, before)) = args.split_last().filter(|(last, _)| last.is_kwargs()) else {
            return ready();
        };
        let kwargs = Kwargs::try_from(last.clone())?;
        if !kwargs.has("caller") {
            return ready();
        }
        let caller: Value = kwargs.get("caller")?;
        let takes_arguments = caller.get_attr("arguments")?.len().unwrap_or(0) > 0;
        let with = |replacement: Value| -> Result<Vec<Value>, Error> {
            let mut named = Vec::new();
            for name in kwargs.args() {
                let value = match name {
                    "caller" => replacement.clone(),
                    _ => kwargs.get(name)?,
                };
                named.push((name.to_owned(), value));
            }
            let mut all = before.to_vec();
            all.push(Kwargs::from_iter(named).into());
            Ok(all)
        };
        if takes_arguments {
            let (says, said) = channel();
            let args = with(Value::from_object(Caller(Mutex::new(says.clone()))))?;
            return Ok(Self::Asking(args, Asked { caller, says, said }));
        }
        let body = caller.call(state, &[])?.to_string();
        Ok(Self::Ready(with(Value::from_function(move || {
            body.clone()
        }))?))
    }
}

impl Asked {
    /// Runs `work`, which may ask for the body of the calling template, and answers it from here.
    pub(super) fn while_running(
        self,
        state: &mut State<'_, '_>,
        work: impl FnOnce() -> Answer + Send,
    ) -> Answer {
        let Self { caller, says, said } = self;
        thread::scope(|scope| {
            let name = thread::current().name().unwrap_or("caller").to_owned();
            let worker = thread::Builder::new()
                .name(name)
                .stack_size(STACK_BYTES)
                .spawn_scoped(scope, move || {
                    let _end = End(says);
                    work()
                })
                .map_err(|error| fault(format!("failed to start a thread: {error}"), ""))?;
            while let Ok(Said::Asks(args, reply)) = said.recv() {
                if reply.send(caller.call(state, &args)).is_err() {
                    break;
                }
            }
            worker
                .join()
                .unwrap_or_else(|_| Err(fault("a macro with a `caller` panicked", "")))
        })
    }
}

/// Says that the work has ended, also where it panicked.
struct End(Sender<Said>);

impl Drop for End {
    fn drop(&mut self) {
        if self.0.send(Said::Ended).is_err() {
            tracing::debug!(target: "transform", "nobody waits for a macro that ended");
        }
    }
}

/// What such a macro calls.
struct Caller(Mutex<Sender<Said>>);

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<caller>")
    }
}

impl Object for Caller {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn call(self: &Arc<Self>, _state: &mut State<'_, '_>, args: &[Value]) -> Answer {
        let gone = || fault("`caller` was kept beyond the call it belongs to", "");
        let (reply, text) = channel();
        let says = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        says.send(Said::Asks(args.to_vec(), reply))
            .map_err(|_| gone())?;
        drop(says);
        text.recv().map_err(|_| gone())?
    }
}
