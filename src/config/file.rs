//! Configuration files: TOML with the line of each key, and `.env`.

use std::collections::BTreeMap;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::env::Environment;
use super::keys::{self, KEYS};
use super::layer::{Layer, Located, Origin, Raw};
use crate::error::{Error, IoContext, Result, nearest};

/// Reads a TOML file; `None` if it is not there.
pub(super) fn read_toml(path: &Path) -> Result<Option<Layer>> {
    match std::fs::read_to_string(path) {
        Ok(text) => parse_toml(&text, path).map(Some),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).io("read", path),
    }
}

/// Reads a `.env` file; `None` if it is not there. Nothing reaches the process environment.
pub(super) fn read_dotenv(path: &Path) -> Result<Option<Environment>> {
    // Some projects keep a folder of this name, with a file for each place.
    if path.is_dir() {
        return Ok(None);
    }
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).io("read", path),
    };
    let mut variables = BTreeMap::new();
    for item in dotenvy::from_read_iter(text.trim_start_matches('\u{feff}').as_bytes()) {
        let (name, value) = item.map_err(|error| dotenv_error(&error, &text, path))?;
        variables.insert(name, value);
    }
    Ok(Some(Environment::of(
        variables
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str())),
    )))
}

/// The line itself stays out of the message: it may hold a secret.
fn dotenv_error(error: &dotenvy::Error, text: &str, path: &Path) -> Error {
    let line = match error {
        dotenvy::Error::LineParse(wrong, _) => text
            .lines()
            .position(|line| line.contains(wrong.trim()))
            .map(|index| index + 1),
        _ => None,
    };
    let place = match line {
        Some(line) => format!("{}:{line}", path.display()),
        None => path.display().to_string(),
    };
    Error::config("failed to read the variables")
        .at(place)
        .cause("a line is not `NAME=value`")
        .hint("Put values with spaces, `#`, `$` or `\\` into single quotes.")
}

fn parse_toml(text: &str, path: &Path) -> Result<Layer> {
    let reader = Reader { text, path };
    let document = DeTable::parse(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        Error::config("failed to read the configuration")
            .at(reader.place(start))
            .cause(error.message())
    })?;
    reader.document(document.get_ref())
}

struct Reader<'a> {
    text: &'a str,
    path: &'a Path,
}

impl Reader<'_> {
    fn document(&self, document: &DeTable<'_>) -> Result<Layer> {
        let mut layer = Layer::default();
        for (section, value) in document {
            let name: &str = section.get_ref();
            let start = section.span().start;
            match value.get_ref() {
                DeValue::Table(table) if name == "vars" => self.vars(table, &mut layer)?,
                DeValue::Table(table) if keys::sections().contains(&name) => {
                    self.section(name, table, &mut layer)?;
                }
                _ => return Err(self.unknown(name, start)),
            }
        }
        Ok(layer)
    }

    fn section(&self, section: &str, table: &DeTable<'_>, layer: &mut Layer) -> Result<()> {
        for (key, value) in table {
            let name = format!("{section}.{}", key.get_ref());
            let start = key.span().start;
            let Some(known) = keys::find(&name) else {
                return Err(self.unknown(&name, start));
            };
            let raw = self.raw(value).ok_or_else(|| {
                Error::config(format!("`{name}` must not be a table")).at(self.place(start))
            })?;
            let base = self.path.parent().unwrap_or(Path::new("")).to_owned();
            layer.values.insert(
                known.name,
                Located {
                    raw,
                    origin: self.origin(start),
                    base,
                },
            );
        }
        Ok(())
    }

    fn vars(&self, table: &DeTable<'_>, layer: &mut Layer) -> Result<()> {
        for (name, value) in table {
            let start = name.span().start;
            let json = json(value.get_ref()).ok_or_else(|| {
                Error::config(format!(
                    "`vars.{}` is not a value models can use",
                    name.get_ref()
                ))
                .at(self.place(start))
            })?;
            layer
                .vars
                .insert(name.get_ref().to_string(), (json, self.origin(start)));
        }
        Ok(())
    }

    fn raw(&self, value: &Spanned<DeValue<'_>>) -> Option<Raw> {
        Some(match value.get_ref() {
            DeValue::String(text) => Raw::Text(text.to_string()),
            DeValue::Integer(number) => {
                Raw::Int(i64::from_str_radix(number.as_str(), number.radix()).ok()?)
            }
            DeValue::Float(number) => Raw::Float(number.as_str().parse().ok()?),
            DeValue::Boolean(value) => Raw::Bool(*value),
            DeValue::Datetime(value) => Raw::Text(value.to_string()),
            DeValue::Array(items) => Raw::List(
                items
                    .iter()
                    .map(|item| self.raw(item))
                    .collect::<Option<_>>()?,
            ),
            DeValue::Table(_) => return None,
        })
    }

    fn unknown(&self, name: &str, start: usize) -> Error {
        let sections = keys::sections();
        let candidates = KEYS
            .iter()
            .map(|key| key.name)
            .chain(sections.iter().copied());
        let error = Error::config(format!("`{name}` is not a setting")).at(self.place(start));
        let own_section = name.split('.').next().unwrap_or_default();
        match nearest(name, candidates.chain(["vars"])) {
            Some(near) => error.hint(format!("Did you mean `{near}`?")),
            None if sections.contains(&own_section) && name.contains('.') => {
                let keys: Vec<&str> = KEYS
                    .iter()
                    .filter_map(|key| key.name.strip_prefix(own_section)?.strip_prefix('.'))
                    .collect();
                error.hint(format!(
                    "Use one of the keys of `[{own_section}]`: {}.",
                    keys.join(", ")
                ))
            }
            None => error.hint(format!(
                "Use one of the sections: {}, vars.",
                sections.join(", ")
            )),
        }
    }

    fn origin(&self, start: usize) -> Origin {
        Origin::File {
            path: self.path.to_owned(),
            line: self.line(start),
        }
    }

    fn place(&self, start: usize) -> String {
        format!("{}:{}", self.path.display(), self.line(start))
    }

    fn line(&self, start: usize) -> usize {
        let before = self.text.as_bytes().iter().take(start);
        before.filter(|byte| **byte == b'\n').count() + 1
    }
}

fn json(value: &DeValue<'_>) -> Option<serde_json::Value> {
    Some(match value {
        DeValue::String(text) => text.to_string().into(),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .ok()?
            .into(),
        DeValue::Float(number) => {
            serde_json::Number::from_f64(number.as_str().parse().ok()?)?.into()
        }
        DeValue::Boolean(value) => (*value).into(),
        DeValue::Datetime(value) => value.to_string().into(),
        DeValue::Array(items) => items
            .iter()
            .map(|item| json(item.get_ref()))
            .collect::<Option<Vec<_>>>()?
            .into(),
        DeValue::Table(table) => serde_json::Value::Object(
            table
                .iter()
                .map(|(name, value)| Some((name.get_ref().to_string(), json(value.get_ref())?)))
                .collect::<Option<_>>()?,
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Layer> {
        parse_toml(text, Path::new("/p/cca.toml"))
    }

    #[test]
    fn values_know_their_line() {
        let layer = parse("[mongo]\n\nbatch_size = 1_000\n[vars]\ncutoff = 3\n").expect("valid");
        let value = &layer.values["mongo.batch_size"];
        assert_eq!(value.raw, Raw::Int(1000));
        assert_eq!(value.origin.to_string(), "/p/cca.toml:3");
        assert_eq!(layer.vars["cutoff"].0, serde_json::json!(3));
    }

    #[test]
    fn unknown_keys_are_refused_with_the_nearest_name() {
        let error = parse("[mongo]\nbatchsize = 1\n").expect_err("unknown");
        assert_eq!(
            error.to_string(),
            "error[config]: `mongo.batchsize` is not a setting\n   \
             at /p/cca.toml:2\n   \
             hint: Did you mean `mongo.batch_size`?"
        );
        let error = parse("[publish]\nbucket = 1\n").expect_err("unknown");
        assert_eq!(
            error.hints(),
            ["Use one of the keys of `[publish]`: dir, reader_root, keep_generations."]
        );
        let error = parse("[mongodb]\nuri = 'x'\n").expect_err("unknown");
        assert_eq!(error.hints(), ["Did you mean `mongo`?"]);
    }

    #[test]
    fn syntax_errors_name_the_line() {
        let error = parse("[mongo]\nuri = \n").expect_err("broken");
        assert_eq!(error.places(), ["/p/cca.toml:2"]);
    }

    #[test]
    fn a_broken_variable_line_is_named_but_not_shown() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join(".env");
        std::fs::write(&path, "A=1\nMONGO_URI mongodb://u:secret@h\n").expect("written");
        let error = read_dotenv(&path).expect_err("broken");
        assert!(error.places()[0].ends_with(".env:2"), "{error}");
        assert!(!error.to_string().contains("secret"));
    }
}
