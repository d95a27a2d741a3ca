//! A generic test as a call of its macro.

use serde_json::Value as Json;

use super::TestDetail;
use super::test_name::template_of;
use crate::error::Result;
use crate::transform::config::is_template;

/// Renders a template to text.
type Render<'a> = &'a dyn Fn(&str) -> Result<String>;

/// The template that calls the macro of `test` on `model`, an expression.
pub(in crate::transform) fn text(
    test: &TestDetail,
    model: &str,
    render: Render<'_>,
) -> Result<String> {
    let mut arguments = vec![format!("model={model}")];
    for (name, value) in &test.arguments {
        arguments.push(format!("{name}={}", argument(value, render)?));
    }
    let namespace = test.namespace.as_ref();
    let prefix = namespace.map_or(String::new(), |namespace| format!("{namespace}."));
    let name = &test.generic;
    Ok(format!(
        "{{{{ {prefix}test_{name}({}) }}}}",
        arguments.join(", ")
    ))
}

/// An argument as an expression of the template language; the texts in it may be templates.
pub(in crate::transform) fn argument(value: &Json, render: Render<'_>) -> Result<String> {
    let text = match value {
        Json::String(text) => text,
        Json::Array(items) => {
            let items = items.iter().map(|item| argument(item, render));
            let items = items.collect::<Result<Vec<String>>>()?;
            return Ok(format!("[{}]", items.join(", ")));
        }
        Json::Object(entries) => {
            let entry = |(key, value): (&String, &Json)| {
                let value = argument(value, render)?;
                Ok(format!("{}: {value}", Json::from(key.as_str())))
            };
            let entries = entries.iter().map(entry);
            let entries = entries.collect::<Result<Vec<String>>>()?;
            return Ok(format!("{{{}}}", entries.join(", ")));
        }
        other => return Ok(literal(other)),
    };
    let Some(template) = template_of(text) else {
        return Ok(literal(value));
    };
    let trimmed = template.trim();
    let inner = trimmed
        .strip_prefix("{{")
        .and_then(|rest| rest.strip_suffix("}}"))
        .filter(|inner| !is_template(inner) && !inner.contains("}}"));
    match inner {
        Some(expression) => Ok(format!("({})", expression.trim().trim_matches('-').trim())),
        None => Ok(literal(&Json::from(render(&template)?))),
    }
}

/// A value as a literal of the template language.
pub(in crate::transform) fn literal(value: &Json) -> String {
    match value {
        Json::Null => "none".to_owned(),
        Json::Array(items) => {
            let items: Vec<String> = items.iter().map(literal).collect();
            format!("[{}]", items.join(", "))
        }
        Json::Object(entries) => {
            let entries: Vec<String> = entries
                .iter()
                .map(|(key, value)| format!("{}: {}", Json::from(key.as_str()), literal(value)))
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_become_literals() {
        let value = serde_json::json!({"a": [1, "x\"y", null, true]});
        assert_eq!(literal(&value), "{\"a\": [1, \"x\\\"y\", none, true]}");
    }
}
