//! Selectors with names, from `selectors.yml`.

use serde_json::Value as Json;

use super::expression::{Choice, Criterion};
use crate::error::{Error, Result, nearest};
use crate::transform::settings::Indirect;

/// The selector called `name`; `all` is the file, `null` without one.
pub(super) fn named(all: &Json, name: &str) -> Result<Choice> {
    find(all, name, &mut Vec::new())
}

/// The selector that holds where nothing is selected.
pub(super) fn default_of(all: &Json) -> Result<Option<Choice>> {
    let is_default = |one: &&Json| match one.get("default") {
        Some(Json::Bool(truth)) => *truth,
        Some(Json::String(text)) => text.trim().eq_ignore_ascii_case("true"),
        _ => false,
    };
    let found = list(all).iter().find(is_default);
    let name = found.and_then(|one| one.get("name")).and_then(Json::as_str);
    name.map(|name| named(all, name)).transpose()
}

fn list(all: &Json) -> &[Json] {
    let entries = all.get("selectors").and_then(Json::as_array);
    entries.map_or(&[], Vec::as_slice)
}

fn name_of(one: &Json) -> Option<&str> {
    one.get("name").and_then(Json::as_str)
}

fn find(all: &Json, name: &str, open: &mut Vec<String>) -> Result<Choice> {
    let Some(one) = list(all).iter().find(|one| name_of(one) == Some(name)) else {
        let names = list(all).iter().filter_map(name_of);
        let hint = match nearest(name, names.clone()) {
            Some(near) => format!("Did you mean `{near}`?"),
            None if names.clone().next().is_none() => {
                "Define it in `selectors.yml` of the project.".to_owned()
            }
            None => format!("There are {}.", names.collect::<Vec<_>>().join(", ")),
        };
        return Err(Error::usage(format!("there is no selector `{name}`")).hint(hint));
    };
    if open.iter().any(|one| one == name) {
        return Err(Error::project("selectors refer to each other in a circle")
            .at("selectors.yml")
            .cause(format!("{} -> {name}", open.join(" -> "))));
    }
    open.push(name.to_owned());
    let definition = one.get("definition").unwrap_or(&Json::Null);
    let choice = Reader { all, name }.read(definition, open)?;
    open.pop();
    Ok(choice)
}

struct Reader<'a> {
    all: &'a Json,
    name: &'a str,
}

impl Reader<'_> {
    fn read(&self, definition: &Json, open: &mut Vec<String>) -> Result<Choice> {
        match definition {
            Json::String(text) => Choice::read(std::slice::from_ref(text)),
            Json::Array(_) => self.combined(definition, open, Choice::Union),
            Json::Object(fields) => {
                if let Some(parts) = fields.get("union") {
                    self.combined(parts, open, Choice::Union)
                } else if let Some(parts) = fields.get("intersection") {
                    self.combined(parts, open, Choice::Intersection)
                } else if fields.contains_key("method") {
                    self.criterion(definition, open)
                } else {
                    self.pair(definition)
                }
            }
            _ => Err(self.wrong("it has no `definition`")),
        }
    }

    /// A list; items `{exclude: […]}` take away from what the others make.
    fn combined(
        &self,
        parts: &Json,
        open: &mut Vec<String>,
        make: fn(Vec<Choice>) -> Choice,
    ) -> Result<Choice> {
        let parts = parts
            .as_array()
            .ok_or_else(|| self.wrong("expected a list"))?;
        let (mut included, mut excluded) = (Vec::new(), Vec::new());
        for part in parts {
            match part.as_object() {
                Some(fields) if fields.len() == 1 && fields.contains_key("exclude") => {
                    let list = fields.get("exclude").unwrap_or(&Json::Null);
                    excluded.push(self.combined(list, open, Choice::Union)?);
                }
                _ => included.push(self.read(part, open)?),
            }
        }
        let made = make(included);
        Ok(if excluded.is_empty() {
            made
        } else {
            Choice::Difference(Box::new(made), excluded)
        })
    }

    /// `{method: tag, value: nightly, children: true, exclude: […]}`.
    fn criterion(&self, definition: &Json, open: &mut Vec<String>) -> Result<Choice> {
        let text = |key: &str| definition.get(key).and_then(text_of);
        let is_set = |key: &str| definition.get(key).and_then(Json::as_bool) == Some(true);
        let depth = |key: &str| {
            let depth = definition.get(key).and_then(Json::as_u64);
            depth.and_then(|depth| usize::try_from(depth).ok())
        };
        let method = text("method").unwrap_or_default();
        let value = text("value").ok_or_else(|| self.wrong("a `method` without a `value`"))?;
        let chosen = if method == "selector" {
            find(self.all, &value, open)?
        } else {
            let mut one = method_and_value(&method, &value);
            let generations =
                |is_set: bool, depth: Option<usize>| is_set.then(|| depth.unwrap_or(usize::MAX));
            one.parents = generations(is_set("parents"), depth("parents_depth"));
            one.children = generations(is_set("children"), depth("children_depth"));
            one.with_parents_of_children = is_set("childrens_parents");
            one.indirect = match text("indirect_selection") {
                Some(word) => Some(word.parse::<Indirect>()?),
                None => None,
            };
            Choice::Criterion(one)
        };
        match definition.get("exclude") {
            Some(list) => {
                let excluded = self.combined(list, open, Choice::Union)?;
                Ok(Choice::Difference(Box::new(chosen), vec![excluded]))
            }
            None => Ok(chosen),
        }
    }

    /// `{tag: nightly}`.
    fn pair(&self, definition: &Json) -> Result<Choice> {
        let mut fields = definition.as_object().into_iter().flatten();
        match (fields.next(), fields.next()) {
            (Some((method, value)), None) => {
                let value = text_of(value).ok_or_else(|| self.wrong("expected a text"))?;
                Ok(Choice::Criterion(method_and_value(method, &value)))
            }
            _ => Err(self.wrong("expected `method` and `value`, `union` or `intersection`")),
        }
    }

    fn wrong(&self, cause: &str) -> Error {
        Error::project(format!("selector `{}` is wrong", self.name))
            .at("selectors.yml")
            .cause(cause)
    }
}

fn method_and_value(method: &str, value: &str) -> Criterion {
    let mut words = method.split('.').map(str::to_owned);
    Criterion {
        text: format!("{method}:{value}"),
        method: words.next().unwrap_or_default(),
        arguments: words.collect(),
        value: value.to_owned(),
        parents: None,
        children: None,
        with_parents_of_children: false,
        indirect: None,
    }
}

fn text_of(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        Json::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}
