//! Sources that are files: `external_location`, which the meta of a source or its configuration
//! gives, with places for the parts of its name.

use serde_json::{Map, Value as Json};

use crate::error::{Error, Result, nearest};
use crate::transform::graph::Node;

/// What stands for a source in queries: a file in quotes or a call; `None` for a relation.
pub(super) fn read_from(node: &Node, notices: &mut Vec<String>) -> Result<Option<String>> {
    let settings = node.settings.values();
    let mut known = Map::new();
    for (key, value) in settings
        .get("meta")
        .and_then(Json::as_object)
        .into_iter()
        .flatten()
    {
        known.insert(key.clone(), value.clone());
    }
    known.extend(
        settings
            .iter()
            .filter(|(key, _)| *key != "meta")
            .map(|(key, value)| (key.clone(), value.clone())),
    );
    let text = |key: &str| known.get(key).and_then(Json::as_str);
    if let Some(plugin) = text("plugin") {
        let place = node.described_at.as_deref().unwrap_or(&node.path);
        notices.push(format!(
            "{place}: source `{}` is read by the plugin `{plugin}`, which is not run here",
            node.name
        ));
        return Ok(None);
    }
    let Some(location) = text("external_location").map(str::to_owned) else {
        return Ok(None);
    };
    let style = text("formatter").unwrap_or("newstyle").to_owned();
    for (key, value) in [
        ("name", node.name.as_str()),
        ("identifier", node.relation.name.as_str()),
        ("schema", node.relation.schema.as_str()),
        (
            "database",
            node.relation.database.as_deref().unwrap_or_default(),
        ),
    ] {
        known.entry(key.to_owned()).or_insert_with(|| value.into());
    }
    let places = Places { node, known };
    let filled = match style.as_str() {
        "newstyle" => places.fill(&location, "{", "}")?,
        "oldstyle" => places.fill(&location, "%(", ")s")?,
        "template" => places.fill_dollars(&location)?,
        other => {
            return Err(places
                .refused(format!("`formatter` is `{other}`"))
                .hint("Write one of `newstyle`, `oldstyle`, `template`."));
        }
    };
    let is_written = filled.contains('(') || filled.starts_with('\'');
    Ok(Some(if is_written {
        filled
    } else {
        format!("'{filled}'")
    }))
}

/// What the places of a location may name.
struct Places<'n> {
    node: &'n Node,
    known: Map<String, Json>,
}

impl Places<'_> {
    /// Fills places between two marks; a doubled brace is one.
    fn fill(&self, text: &str, open: &str, close: &str) -> Result<String> {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once(open) {
            out.push_str(before);
            if open == "{" && after.starts_with('{') {
                out.push('{');
                rest = after.get(1..).unwrap_or_default();
                continue;
            }
            let Some((name, tail)) = after.split_once(close) else {
                return Err(self.refused(format!("`{open}` is not closed in `{text}`")));
            };
            // A form of display behind a colon means nothing for names.
            let name = name.split([':', '!']).next().unwrap_or(name);
            out.push_str(&self.value(name.trim())?);
            rest = tail;
        }
        out.push_str(rest);
        Ok(if open == "{" {
            out.replace("}}", "}")
        } else {
            out
        })
    }

    /// Fills `$name` and `${name}`.
    fn fill_dollars(&self, text: &str) -> Result<String> {
        let mut parts = text.split('$');
        let mut out = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (name, tail) = match part.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
                Some(found) => found,
                None => {
                    let end = part
                        .find(|letter: char| !letter.is_alphanumeric() && letter != '_')
                        .unwrap_or(part.len());
                    part.split_at_checked(end).unwrap_or((part, ""))
                }
            };
            out.push_str(&self.value(name)?);
            out.push_str(tail);
        }
        Ok(out)
    }

    fn value(&self, name: &str) -> Result<String> {
        match self.known.get(name) {
            Some(Json::String(text)) => Ok(text.clone()),
            Some(other) => Ok(other.to_string()),
            None => {
                let near = nearest(name, self.known.keys().map(String::as_str));
                let error = self.refused(format!("nothing is called `{name}`"));
                Err(match near {
                    Some(near) => error.hint(format!("Did you mean `{near}`?")),
                    None => error.hint(
                        "Name `name`, `identifier`, `schema`, `database` or a key of `meta`.",
                    ),
                })
            }
        }
    }

    fn refused(&self, cause: String) -> Error {
        let place = self.node.described_at.as_deref().unwrap_or(&self.node.path);
        Error::project(format!(
            "the `external_location` of source `{}` is wrong",
            self.node.name
        ))
        .at(place)
        .cause(cause)
    }
}
