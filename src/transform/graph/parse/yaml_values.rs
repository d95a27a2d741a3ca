//! Templates among the values of YAML files.

use std::sync::Arc;

use serde_json::Value as Json;

use super::Reading;
use crate::error::Result;
use crate::project::Package;
use crate::transform::config::is_template;
use crate::transform::context::{Mode, Scope};
use crate::transform::graph::{Node, NodeKind};

/// Keys whose templates belong to a later time: tests and hooks are rendered when they run.
const LATER: [&str; 9] = [
    "tests",
    "data_tests",
    "pre-hook",
    "pre_hook",
    "post-hook",
    "post_hook",
    "given",
    "expect",
    "sql_header",
];

impl Reading<'_> {
    /// Renders the templates among the texts of `value`. A text that is one expression becomes
    /// its value, any other one becomes text.
    pub(super) fn render_yaml(
        &self,
        package: &Package,
        place: &str,
        value: &mut Json,
    ) -> Result<()> {
        match value {
            Json::String(text) if is_template(text) => {
                *value = self.render_yaml_text(package, place, text)?;
            }
            Json::Array(items) => {
                for item in items {
                    self.render_yaml(package, place, item)?;
                }
            }
            Json::Object(entries) => {
                for (key, value) in entries.iter_mut() {
                    let key = key.trim_start_matches('+');
                    if !LATER.contains(&key) {
                        self.render_yaml(package, place, value)?;
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn render_yaml_text(&self, package: &Package, place: &str, text: &str) -> Result<Json> {
        let node = Arc::new(Node::blank(
            NodeKind::Operation,
            &package.name,
            place,
            place,
        ));
        let scope = || Scope::reading(&self.registry, Arc::clone(&node), Mode::default());
        if let Some(expression) = single_expression(text) {
            let value = self.templates.evaluate(place, expression, scope())?;
            if value.is_undefined() || value.is_none() {
                return Ok(Json::Null);
            }
            return Ok(
                serde_json::to_value(&value).unwrap_or_else(|_| Json::String(value.to_string()))
            );
        }
        let (rendered, _) = self.templates.render_text(place, text, scope())?;
        Ok(native(rendered))
    }
}

/// The expression in a text that is `{{ … }}` and nothing else.
fn single_expression(text: &str) -> Option<&str> {
    let inside = text.trim().strip_prefix("{{")?.strip_suffix("}}")?;
    let inside = inside.trim_start_matches('-').trim_end_matches('-');
    let is_one = !inside.contains("{{") && !inside.contains("}}") && !inside.contains("{%");
    is_one.then_some(inside)
}

/// Numbers and truth values, as they would be had they been written in the YAML itself.
fn native(text: String) -> Json {
    match text.as_str() {
        "true" | "True" => Json::Bool(true),
        "false" | "False" => Json::Bool(false),
        "none" | "None" => Json::Null,
        other => match other.parse::<i64>() {
            Ok(number) if number.to_string() == other => Json::from(number),
            _ => Json::String(text),
        },
    }
}
