//! `run_started_at`: one instant for a whole run.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use minijinja::value::{Object, ObjectRepr, Value, from_args};
use minijinja::{Error, ErrorKind, State};

use super::fault::fault;

/// An instant in UTC with the methods templates call on it.
#[derive(Debug)]
pub(super) struct Instant(pub Timestamp);

impl Instant {
    fn format(&self, pattern: &str) -> Result<String, Error> {
        jiff::fmt::strtime::format(pattern, &self.0.to_zoned(TimeZone::UTC)).map_err(|error| {
            fault(
                format!("`{pattern}` is not a date format: {error}"),
                "Use letters such as `%Y-%m-%d %H:%M:%S`.",
            )
        })
    }
}

impl Object for Instant {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn call_method(
        self: &Arc<Self>,
        _state: &mut State<'_, '_>,
        method: &str,
        args: &[Value],
    ) -> Result<Value, Error> {
        match method {
            "strftime" => {
                let (pattern,): (&str,) = from_args(args)?;
                Ok(Value::from(self.format(pattern)?))
            }
            "isoformat" => Ok(Value::from(self.format("%Y-%m-%dT%H:%M:%S%.6f+00:00")?)),
            "date" => Ok(Value::from(self.format("%Y-%m-%d")?)),
            _ => Err(Error::from(ErrorKind::UnknownMethod)),
        }
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            &self
                .format("%Y-%m-%d %H:%M:%S%.6f+00:00")
                .map_err(|_| fmt::Error)?,
        )
    }
}
