//! Arguments of one expectation, taken one by one with their types; what is left over is a mistake.

use serde_yaml_ng::{Mapping, Value as Yaml};

use super::Literal;
use crate::check::suite::key_line;
use crate::error::{Error, Result, nearest};
use crate::warehouse::Relation;

/// Where a declaration stands.
#[derive(Clone, Copy, Debug)]
pub(in crate::check) struct Place<'a> {
    /// Path of the suite file.
    pub file: &'a str,
    /// Its text.
    pub text: &'a str,
    /// First line of the declaration, and the line after its last.
    pub span: (usize, usize),
}

impl Place<'_> {
    /// `file:line` of a key of the declaration.
    pub(in crate::check) fn of(&self, key: &str) -> String {
        format!("{}:{}", self.file, key_line(self.text, self.span, key))
    }

    /// The lines of the declaration.
    pub(in crate::check) fn lines(&self) -> String {
        let (start, end) = self.span;
        let lines = self.text.split_inclusive('\n');
        lines
            .skip(start.saturating_sub(1))
            .take(end - start)
            .collect()
    }

    /// `file:line` of the declaration.
    pub(in crate::check) fn start(&self) -> String {
        format!("{}:{}", self.file, self.span.0)
    }
}

/// The arguments that nobody has taken yet.
pub(in crate::check) struct Kwargs<'a> {
    owner: &'a str,
    place: Place<'a>,
    left: Mapping,
    known: Vec<&'static str>,
    /// Schema of tables that are named without one.
    schema: Option<&'a str>,
}

impl<'a> Kwargs<'a> {
    /// Arguments of `owner`, an expectation or a suite.
    pub(in crate::check) fn new(owner: &'a str, place: Place<'a>, left: Mapping) -> Self {
        Self {
            owner,
            place,
            left,
            known: Vec::new(),
            schema: None,
        }
    }

    /// The same about `table`: other tables are looked for beside it.
    pub(in crate::check) fn about(mut self, table: Option<&'a Relation>) -> Self {
        self.schema = table.map(|table| table.schema.as_str());
        self
    }

    /// Refuses bounds that follow from earlier batches.
    pub(in crate::check) fn refuse_windows(&mut self) -> Result<()> {
        let windows = self.take(&["windows"])?;
        let is_empty = windows.as_ref().is_none_or(|windows| {
            windows.is_null() || windows.as_sequence().is_some_and(Vec::is_empty)
        });
        if is_empty {
            return Ok(());
        }
        Err(self
            .mistake("windows", "cannot be evaluated: there are no earlier batches to take bounds from")
            .hint("Write the bounds as numbers, or use an expectation that compares with earlier checks, such as `expect_query_value_to_be_usual`."))
    }

    /// A mistake in the argument `key`.
    pub(in crate::check) fn mistake(&self, key: &str, what: &str) -> Error {
        Error::project(format!("`{key}` of `{}` {what}", self.owner)).at(self.place.of(key))
    }

    /// The argument under one of its spellings, the usual one first.
    pub(in crate::check) fn take(&mut self, spellings: &[&'static str]) -> Result<Option<Yaml>> {
        let mut found = None;
        for &name in spellings {
            if !self.known.contains(&name) {
                self.known.push(name);
            }
            if let Some(value) = self.left.shift_remove(name) {
                if found.is_some() {
                    return Err(self.mistake(name, "is given twice under two spellings"));
                }
                found = Some(value);
            }
        }
        Ok(found)
    }

    /// Like [`Self::take`], but null counts as absent.
    fn take_value(&mut self, spellings: &[&'static str]) -> Result<Option<Yaml>> {
        Ok(self.take(spellings)?.filter(|value| !value.is_null()))
    }

    /// An argument that must be there.
    fn missing(&self, spellings: &[&'static str]) -> Error {
        let name = spellings.first().copied().unwrap_or_default();
        let error =
            Error::project(format!("`{}` needs `{name}`", self.owner)).at(self.place.start());
        let given = self.left.keys().filter_map(Yaml::as_str);
        match nearest(name, given) {
            Some(close) => error.hint(format!("Did you mean `{name}` by `{close}`?")),
            None => error.hint(format!("Add `{name}: …` to it.")),
        }
    }

    /// Text, if given.
    pub(in crate::check) fn optional_text(
        &mut self,
        spellings: &[&'static str],
    ) -> Result<Option<String>> {
        let key = spellings.first().copied().unwrap_or_default();
        match self.take_value(spellings)? {
            None => Ok(None),
            Some(Yaml::String(text)) if !text.trim().is_empty() => Ok(Some(text)),
            Some(_) => Err(self.mistake(key, "must be text")),
        }
    }

    /// Text.
    pub(in crate::check) fn text(&mut self, spellings: &[&'static str]) -> Result<String> {
        self.optional_text(spellings)?
            .ok_or_else(|| self.missing(spellings))
    }

    /// Text, or a default.
    pub(in crate::check) fn text_or(
        &mut self,
        name: &'static str,
        default: &str,
    ) -> Result<String> {
        Ok(self
            .optional_text(&[name])?
            .unwrap_or_else(|| default.to_owned()))
    }

    /// One of several words.
    pub(in crate::check) fn choice<T: Copy>(
        &mut self,
        name: &'static str,
        words: &[(&str, T)],
    ) -> Result<Option<T>> {
        let Some(word) = self.optional_text(&[name])? else {
            return Ok(None);
        };
        if let Some((_, meaning)) = words.iter().find(|(candidate, _)| *candidate == word) {
            return Ok(Some(*meaning));
        }
        let all: Vec<&str> = words.iter().map(|(candidate, _)| *candidate).collect();
        let mistake = self.mistake(name, &format!("cannot be `{word}`"));
        Err(mistake.hint(format!("Use one of: {}.", all.join(", "))))
    }

    /// `true` or `false`, by default `false`.
    pub(in crate::check) fn flag(&mut self, name: &'static str) -> Result<bool> {
        self.flag_or(name, false)
    }

    /// `true` or `false`, or a default.
    pub(in crate::check) fn flag_or(&mut self, name: &'static str, default: bool) -> Result<bool> {
        match self.take_value(&[name])? {
            None => Ok(default),
            Some(Yaml::Bool(value)) => Ok(value),
            Some(_) => Err(self.mistake(name, "must be true or false")),
        }
    }

    /// `true` or `false`, which must be given.
    pub(in crate::check) fn needed_flag(&mut self, name: &'static str) -> Result<bool> {
        match self.take_value(&[name])? {
            None => Err(self.missing(&[name])),
            Some(Yaml::Bool(value)) => Ok(value),
            Some(_) => Err(self.mistake(name, "must be true or false")),
        }
    }

    /// A number, if given.
    pub(in crate::check) fn number(&mut self, name: &'static str) -> Result<Option<f64>> {
        let Some(value) = self.take_value(&[name])? else {
            return Ok(None);
        };
        match Literal::from_yaml(&value).and_then(|literal| literal.as_f64()) {
            Some(number) if number.is_finite() => Ok(Some(number)),
            _ => Err(self.mistake(name, "must be a number")),
        }
    }

    /// A number, which must be given.
    pub(in crate::check) fn needed_number(&mut self, name: &'static str) -> Result<f64> {
        self.number(name)?.ok_or_else(|| self.missing(&[name]))
    }

    /// A whole number from 0, if given.
    pub(in crate::check) fn count(&mut self, name: &'static str) -> Result<Option<usize>> {
        let Some(value) = self.take_value(&[name])? else {
            return Ok(None);
        };
        let whole = value
            .as_u64()
            .and_then(|number| usize::try_from(number).ok());
        whole
            .map(Some)
            .ok_or_else(|| self.mistake(name, "must be a whole number from 0"))
    }

    /// A scalar, if given.
    pub(in crate::check) fn literal(&mut self, name: &'static str) -> Result<Option<Literal>> {
        let Some(value) = self.take_value(&[name])? else {
            return Ok(None);
        };
        let literal = Literal::from_yaml(&value);
        literal
            .map(Some)
            .ok_or_else(|| self.mistake(name, "must be a single value"))
    }

    /// A scalar, which must be given.
    pub(in crate::check) fn needed_literal(&mut self, name: &'static str) -> Result<Literal> {
        self.literal(name)?.ok_or_else(|| self.missing(&[name]))
    }

    /// A list of texts, if given.
    pub(in crate::check) fn optional_texts(
        &mut self,
        name: &'static str,
    ) -> Result<Option<Vec<String>>> {
        match self.take_value(&[name])? {
            None => Ok(None),
            Some(Yaml::Sequence(items)) => items
                .iter()
                .map(|item| item.as_str().map(str::to_owned))
                .collect::<Option<_>>()
                .map(Some)
                .ok_or_else(|| self.mistake(name, "must hold texts")),
            Some(_) => Err(self.mistake(name, "must be a list")),
        }
    }

    /// A list of texts.
    pub(in crate::check) fn texts(&mut self, name: &'static str) -> Result<Vec<String>> {
        self.optional_texts(name)?
            .ok_or_else(|| self.missing(&[name]))
    }

    /// Anything, as JSON, if given; infinite numbers become the text `inf` or `-inf`.
    pub(in crate::check) fn optional_json(
        &mut self,
        name: &'static str,
    ) -> Result<Option<serde_json::Value>> {
        let value = self.take_value(&[name])?;
        value
            .map(|value| json(&value).ok_or_else(|| self.mistake(name, "needs texts as keys")))
            .transpose()
    }

    /// Anything, as JSON.
    pub(in crate::check) fn json(&mut self, name: &'static str) -> Result<serde_json::Value> {
        self.optional_json(name)?
            .ok_or_else(|| self.missing(&[name]))
    }

    /// A list of scalars without its nulls; `None` if it is null.
    pub(in crate::check) fn literals(
        &mut self,
        name: &'static str,
    ) -> Result<Option<Vec<Literal>>> {
        match self.take(&[name])? {
            None => Err(self.missing(&[name])),
            Some(Yaml::Null) => Ok(None),
            Some(Yaml::Sequence(items)) => items
                .iter()
                .filter(|item| !item.is_null())
                .map(|item| {
                    let literal = Literal::from_yaml(item);
                    literal.ok_or_else(|| self.mistake(name, "must hold single values"))
                })
                .collect::<Result<_>>()
                .map(Some),
            Some(_) => Err(self.mistake(name, "must be a list")),
        }
    }

    /// Names of columns, none if they are not given.
    pub(in crate::check) fn optional_columns(&mut self, name: &'static str) -> Result<Vec<String>> {
        if self.left.get(name).is_none_or(Yaml::is_null) {
            self.take(&[name])?;
            return Ok(Vec::new());
        }
        self.columns(&[name])
    }

    /// Names of columns: a list, or one of them as text.
    pub(in crate::check) fn columns(&mut self, spellings: &[&'static str]) -> Result<Vec<String>> {
        let key = spellings.first().copied().unwrap_or_default();
        let names: Vec<String> = match self.take_value(spellings)? {
            None => return Err(self.missing(spellings)),
            Some(Yaml::String(name)) => vec![name],
            Some(Yaml::Sequence(items)) => items
                .iter()
                .map(|item| item.as_str().map(str::to_owned))
                .collect::<Option<_>>()
                .ok_or_else(|| self.mistake(key, "must hold names of columns"))?,
            Some(_) => return Err(self.mistake(key, "must be a list of columns")),
        };
        if names.is_empty() {
            return Err(self.mistake(key, "is empty"));
        }
        Ok(names)
    }

    /// A table as `schema.name`, if given.
    pub(in crate::check) fn optional_table(
        &mut self,
        spellings: &[&'static str],
    ) -> Result<Option<Relation>> {
        let key = spellings.first().copied().unwrap_or_default();
        let Some(name) = self.optional_text(spellings)? else {
            return Ok(None);
        };
        match (name.split_once('.'), self.schema) {
            (None, Some(schema)) if !name.is_empty() => Ok(Some(Relation::new(schema, name))),
            (Some((schema, table)), _)
                if !schema.is_empty() && !table.is_empty() && !table.contains('.') =>
            {
                Ok(Some(Relation::new(schema, table)))
            }
            _ => Err(self
                .mistake(key, &format!("cannot be `{name}`"))
                .hint("Write the table as `schema.name`.")),
        }
    }

    /// A table as `schema.name`, or as `name` beside that of the suite.
    pub(in crate::check) fn table(&mut self, spellings: &[&'static str]) -> Result<Relation> {
        self.optional_table(spellings)?
            .ok_or_else(|| self.missing(spellings))
    }

    /// The names asked for so far.
    #[cfg(test)]
    pub(in crate::check) fn known(&self) -> &[&'static str] {
        &self.known
    }

    /// Ends the taking: whatever is left is not an argument.
    pub(in crate::check) fn finish(self) -> Result<()> {
        let Some(key) = self.left.keys().next() else {
            return Ok(());
        };
        let name = key
            .as_str()
            .map_or_else(|| format!("{key:?}"), str::to_owned);
        let error = Error::project(format!("`{}` has no argument `{name}`", self.owner))
            .at(self.place.of(&name));
        Err(match nearest(&name, self.known.iter().copied()) {
            Some(close) => error.hint(format!("Did you mean `{close}`?")),
            None => error.hint(format!("Use only: {}.", self.known.join(", "))),
        })
    }
}

/// YAML as JSON; `None` if a key is no text.
pub(in crate::check) fn json(value: &Yaml) -> Option<serde_json::Value> {
    use serde_json::Value as Json;
    Some(match value {
        Yaml::Null => Json::Null,
        Yaml::Bool(value) => Json::Bool(*value),
        Yaml::Number(number) => match serde_json::to_value(number) {
            Ok(exact) if !exact.is_null() => exact,
            _ => Json::String(number.as_f64()?.to_string()),
        },
        Yaml::String(text) => Json::String(text.clone()),
        Yaml::Sequence(items) => Json::Array(items.iter().map(json).collect::<Option<_>>()?),
        Yaml::Mapping(mapping) => {
            let entry =
                |(key, value): (&Yaml, &Yaml)| Some((key.as_str()?.to_owned(), json(value)?));
            Json::Object(mapping.iter().map(entry).collect::<Option<_>>()?)
        }
        Yaml::Tagged(tagged) => json(&tagged.value)?,
    })
}
