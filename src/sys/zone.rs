//! Time zones by name.

use jiff::tz::TimeZone;

use crate::error::{Error, Result, nearest};

/// The zone called `name` in the IANA database.
///
/// # Errors
/// `Config`, with the nearest name.
pub fn named(name: &str) -> Result<TimeZone> {
    TimeZone::get(name).map_err(|error| unknown(name, &error))
}

fn unknown(name: &str, error: &jiff::Error) -> Error {
    let names: Vec<String> = jiff::tz::db()
        .available()
        .map(|zone| zone.to_string())
        .collect();
    let failure = Error::config(format!("unknown time zone `{name}`")).cause(error);
    match nearest(name, names.iter().map(String::as_str)) {
        Some(near) => failure.hint(format!("Did you mean `{near}`?")),
        None => failure.hint("Give an IANA name such as `Europe/Berlin`."),
    }
}
