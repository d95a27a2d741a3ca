//! The places values go to: each knows how to read what was written and how to show what it holds.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::layer::{Located, Raw};
use super::units::{parse_duration, parse_size, show_duration, show_size};
use super::{MachineFolder, Secret, SourceKind};

/// A field of the settings.
pub(super) enum Slot<'a> {
    Text(&'a mut String),
    Timezone(&'a mut String),
    Path(&'a mut PathBuf),
    OptionalPath(&'a mut Option<PathBuf>),
    Paths(&'a mut Vec<PathBuf>),
    Texts(&'a mut Vec<String>),
    Machines(&'a mut Vec<MachineFolder>),
    Secret(&'a mut Secret),
    Bool(&'a mut bool),
    Duration(&'a mut Duration),
    Size(&'a mut usize),
    Count(&'a mut usize),
    Count32(&'a mut u32),
    Level(&'a mut i32),
    Source(&'a mut SourceKind),
}

impl Slot<'_> {
    /// What may be written, for messages and the reference.
    pub(super) fn expects(&self, range: (i64, i64)) -> String {
        match self {
            Slot::Text(_) | Slot::Secret(_) => "a text".to_owned(),
            Slot::Timezone(_) => "an IANA time zone such as `Europe/Berlin`".to_owned(),
            Slot::Path(_) | Slot::OptionalPath(_) => "a path".to_owned(),
            Slot::Paths(_) => "a list of paths".to_owned(),
            Slot::Texts(_) => "a list of texts".to_owned(),
            Slot::Machines(_) => "a list of `name=folder`".to_owned(),
            Slot::Bool(_) => "true or false".to_owned(),
            Slot::Duration(_) => "a duration such as `30s`, `5m` or `24h`".to_owned(),
            Slot::Size(_) => {
                format!(
                    "a size from {} to {}",
                    show_size(magnitude(range.0)),
                    show_size(magnitude(range.1))
                )
            }
            Slot::Count(_) | Slot::Count32(_) | Slot::Level(_) => {
                format!("a whole number from {} to {}", range.0, range.1)
            }
            Slot::Source(_) => "`transcripts` or `mongo`".to_owned(),
        }
    }

    /// Puts in what was written.
    ///
    /// # Errors
    /// Why it does not fit, as a fragment; never repeats a secret.
    pub(super) fn write(
        &mut self,
        value: &Located,
        range: (i64, i64),
        home: Option<&Path>,
    ) -> Result<(), String> {
        let raw = &value.raw;
        let resolve = |text: &str| absolute(text, &value.base, home);
        match self {
            Slot::Text(slot) => **slot = text(raw)?,
            Slot::Timezone(slot) => **slot = timezone(text(raw)?)?,
            Slot::Secret(slot) => **slot = Secret::new(text(raw)?),
            Slot::Path(slot) => **slot = resolve(&filled(raw)?),
            Slot::OptionalPath(slot) => {
                let text = text(raw)?;
                **slot = if text.is_empty() {
                    None
                } else {
                    Some(PathBuf::from(text))
                };
            }
            Slot::Paths(slot) => **slot = texts(raw)?.iter().map(|text| resolve(text)).collect(),
            Slot::Texts(slot) => **slot = texts(raw)?,
            Slot::Machines(slot) => {
                let all = texts(raw)?;
                **slot = all
                    .iter()
                    .map(|text| machine_folder(text, resolve))
                    .collect::<Result<_, _>>()?;
            }
            Slot::Bool(slot) => **slot = boolean(raw)?,
            Slot::Duration(slot) => **slot = duration(raw)?,
            Slot::Size(slot) => **slot = narrow(within(size(raw)?, range)?)?,
            Slot::Count(slot) => **slot = narrow(within(integer(raw)?, range)?)?,
            Slot::Count32(slot) => **slot = narrow(within(integer(raw)?, range)?)?,
            Slot::Level(slot) => **slot = narrow(within(integer(raw)?, range)?)?,
            Slot::Source(slot) => **slot = source(&text(raw)?)?,
        }
        Ok(())
    }

    /// What it holds, for people; secrets are redacted.
    pub(super) fn show(&self) -> String {
        match self {
            Slot::Text(slot) | Slot::Timezone(slot) => (**slot).clone(),
            Slot::Path(slot) => slot.display().to_string(),
            Slot::OptionalPath(slot) => slot
                .as_ref()
                .map(|path| path.display().to_string())
                .unwrap_or_default(),
            Slot::Paths(slot) => slot
                .iter()
                .map(|path| path.display().to_string())
                .collect::<Vec<_>>()
                .join(", "),
            Slot::Texts(slot) => slot.join(", "),
            Slot::Machines(slot) => slot
                .iter()
                .map(|one| format!("{}={}", one.machine, one.folder.display()))
                .collect::<Vec<_>>()
                .join(", "),
            Slot::Secret(slot) => slot.redacted(),
            Slot::Bool(slot) => slot.to_string(),
            Slot::Duration(slot) => show_duration(**slot),
            Slot::Size(slot) => show_size(**slot as u64),
            Slot::Count(slot) => slot.to_string(),
            Slot::Count32(slot) => slot.to_string(),
            Slot::Level(slot) => slot.to_string(),
            Slot::Source(SourceKind::Transcripts) => "transcripts".to_owned(),
            Slot::Source(SourceKind::Mongo) => "mongo".to_owned(),
        }
    }
}

/// `name=folder`; folders may have an equals sign, names may not.
fn machine_folder(text: &str, resolve: impl Fn(&str) -> PathBuf) -> Result<MachineFolder, String> {
    match text.split_once('=') {
        Some((name, folder)) if !name.trim().is_empty() && !folder.trim().is_empty() => {
            Ok(MachineFolder {
                machine: name.trim().to_owned(),
                folder: resolve(folder.trim()),
            })
        }
        _ => Err(format!(
            "`{text}` is not a name and a folder with `=` between them"
        )),
    }
}

fn magnitude(value: i64) -> u64 {
    value.unsigned_abs()
}

fn unfit(raw: &Raw) -> String {
    format!("it is {}", raw.type_name())
}

fn text(raw: &Raw) -> Result<String, String> {
    match raw {
        Raw::Text(text) => Ok(text.clone()),
        other => Err(unfit(other)),
    }
}

fn filled(raw: &Raw) -> Result<String, String> {
    let text = text(raw)?;
    if text.is_empty() {
        Err("it is empty".to_owned())
    } else {
        Ok(text)
    }
}

/// A list, or one text with commas as environment variables have it.
fn texts(raw: &Raw) -> Result<Vec<String>, String> {
    match raw {
        Raw::Text(text) => Ok(text
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect()),
        Raw::List(items) => items.iter().map(text).collect(),
        other => Err(unfit(other)),
    }
}

fn boolean(raw: &Raw) -> Result<bool, String> {
    match raw {
        Raw::Bool(value) => Ok(*value),
        Raw::Text(text) => match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "1" => Ok(true),
            "false" | "no" | "off" | "0" => Ok(false),
            _ => Err(format!("`{text}` is neither")),
        },
        other => Err(unfit(other)),
    }
}

fn integer(raw: &Raw) -> Result<i64, String> {
    match raw {
        Raw::Int(value) => Ok(*value),
        Raw::Text(text) => text
            .trim()
            .replace('_', "")
            .parse()
            .map_err(|_| format!("`{text}` is not a whole number")),
        other => Err(unfit(other)),
    }
}

fn size(raw: &Raw) -> Result<i64, String> {
    match raw {
        Raw::Int(value) => Ok(*value),
        Raw::Text(text) => {
            i64::try_from(parse_size(text)?).map_err(|_| format!("`{text}` is too large"))
        }
        other => Err(unfit(other)),
    }
}

fn duration(raw: &Raw) -> Result<Duration, String> {
    match raw {
        Raw::Int(seconds) => u64::try_from(*seconds)
            .map(Duration::from_secs)
            .map_err(|_| format!("{seconds} is negative")),
        Raw::Text(text) => parse_duration(text),
        other => Err(unfit(other)),
    }
}

fn timezone(name: String) -> Result<String, String> {
    match jiff::tz::TimeZone::get(&name) {
        Ok(_) => Ok(name),
        Err(_) => Err(format!("`{name}` is not a known zone")),
    }
}

fn source(text: &str) -> Result<SourceKind, String> {
    match text {
        "transcripts" => Ok(SourceKind::Transcripts),
        "mongo" => Ok(SourceKind::Mongo),
        _ => Err(format!("`{text}` is neither")),
    }
}

fn within(value: i64, (least, most): (i64, i64)) -> Result<i64, String> {
    if (least..=most).contains(&value) {
        Ok(value)
    } else {
        Err(format!("it is {value}"))
    }
}

fn narrow<T: TryFrom<i64>>(value: i64) -> Result<T, String> {
    T::try_from(value).map_err(|_| format!("{value} does not fit"))
}

/// `~` is the home folder; anything else relative starts from where it was written.
fn absolute(text: &str, base: &Path, home: Option<&Path>) -> PathBuf {
    let path = match (text.strip_prefix('~'), home) {
        (Some(""), Some(home)) => home.to_owned(),
        (Some(rest), Some(home)) if rest.starts_with('/') => {
            home.join(rest.trim_start_matches('/'))
        }
        _ => PathBuf::from(text),
    };
    base.join(path).components().collect()
}
