//! Whether a JSON value meets a JSON schema (the assertions of drafts 7 to 2020-12; references
//! inside the schema only). Formats are not asserted, as the drafts leave it.

use regex::Regex;
use serde_json::{Map, Value};

use crate::error::{Error, Result};

/// References followed inside each other before the schema is taken to turn in a circle.
const DEPTH: usize = 64;

/// Compares a number with a limit.
type Compare = fn(f64, f64) -> bool;

/// A schema.
pub(super) struct Schema(Value);

impl Schema {
    /// Understands a schema.
    ///
    /// # Errors
    /// `DataInvalid` if a keyword holds what it cannot.
    pub(super) fn new(schema: Value) -> Result<Self> {
        let schema = Self(schema);
        // Keywords are looked at where a value needs them; one of each kind meets most of them.
        for value in [
            Value::Null,
            Value::from(""),
            Value::from(0),
            Value::Array(Vec::new()),
            Value::Object(Map::new()),
        ] {
            schema.accepts(&value)?;
        }
        Ok(schema)
    }

    /// Whether a value meets the schema.
    ///
    /// # Errors
    /// `DataInvalid` if a keyword that matters for the value holds what it cannot.
    pub(super) fn accepts(&self, value: &Value) -> Result<bool> {
        self.meets(&self.0, value, 0)
    }

    fn meets(&self, schema: &Value, value: &Value, depth: usize) -> Result<bool> {
        let schema = match schema {
            Value::Bool(answer) => return Ok(*answer),
            Value::Object(schema) => schema,
            _ => return Err(wrong("a schema must be a mapping, true or false")),
        };
        if depth > DEPTH {
            return Err(wrong("its references turn in a circle"));
        }
        let node = Node {
            root: self,
            schema,
            depth: depth + 1,
        };
        Ok(node.references(value)?
            && node.types(value)?
            && node.values(value)?
            && node.numbers(value)?
            && node.texts(value)?
            && node.arrays(value)?
            && node.objects(value)?
            && node.combinations(value)?)
    }

    /// The part of the schema that a reference like `#/$defs/name` points to.
    fn referenced(&self, reference: &str) -> Result<&Value> {
        let found = reference
            .strip_prefix('#')
            .and_then(|pointer| self.0.pointer(pointer));
        found.ok_or_else(|| wrong(&format!("`$ref: {reference}` points to no part of it")))
    }
}

/// A schema inside the whole.
struct Node<'a> {
    root: &'a Schema,
    schema: &'a Map<String, Value>,
    depth: usize,
}

impl<'a> Node<'a> {
    fn meets(&self, schema: &Value, value: &Value) -> Result<bool> {
        self.root.meets(schema, value, self.depth)
    }

    fn list(&self, key: &str) -> Result<Option<&'a Vec<Value>>> {
        match self.schema.get(key) {
            None => Ok(None),
            Some(Value::Array(items)) => Ok(Some(items)),
            Some(_) => Err(wrong(&format!("`{key}` must be a list"))),
        }
    }

    fn mapping(&self, key: &str) -> Result<Option<&'a Map<String, Value>>> {
        match self.schema.get(key) {
            None => Ok(None),
            Some(Value::Object(map)) => Ok(Some(map)),
            Some(_) => Err(wrong(&format!("`{key}` must be a mapping"))),
        }
    }

    fn number(&self, key: &str) -> Result<Option<f64>> {
        match self.schema.get(key) {
            None => Ok(None),
            Some(value) => match value.as_f64() {
                Some(number) => Ok(Some(number)),
                None => Err(wrong(&format!("`{key}` must be a number"))),
            },
        }
    }

    /// Whether a length is within two limits.
    fn length(&self, length: usize, [least, most]: [&str; 2]) -> Result<bool> {
        #[expect(clippy::cast_precision_loss, reason = "lengths are far below 2^53")]
        let length = length as f64;
        let (least, most) = (self.number(least)?, self.number(most)?);
        Ok(least.is_none_or(|least| length >= least) && most.is_none_or(|most| length <= most))
    }

    fn references(&self, value: &Value) -> Result<bool> {
        match self.schema.get("$ref").and_then(Value::as_str) {
            Some(reference) => self.meets(self.root.referenced(reference)?, value),
            None => Ok(true),
        }
    }

    fn types(&self, value: &Value) -> Result<bool> {
        match self.schema.get("type") {
            None => Ok(true),
            Some(Value::String(name)) => is_of_type(name, value),
            Some(Value::Array(names)) => any(names, |name| match name.as_str() {
                Some(name) => is_of_type(name, value),
                None => Err(wrong("`type` must hold names")),
            }),
            Some(_) => Err(wrong("`type` must be a name or a list of names")),
        }
    }

    fn values(&self, value: &Value) -> Result<bool> {
        let listed = self
            .list("enum")?
            .is_none_or(|items| items.iter().any(|item| equal(item, value)));
        let constant = self.schema.get("const");
        Ok(listed && constant.is_none_or(|constant| equal(constant, value)))
    }

    fn numbers(&self, value: &Value) -> Result<bool> {
        let Some(number) = value.as_f64() else {
            return Ok(true);
        };
        let tests: [(&str, Compare); 5] = [
            ("minimum", |number, limit| number >= limit),
            ("maximum", |number, limit| number <= limit),
            ("exclusiveMinimum", |number, limit| number > limit),
            ("exclusiveMaximum", |number, limit| number < limit),
            ("multipleOf", |number, unit| {
                let times = number / unit;
                (times - times.round()).abs() < 1e-9
            }),
        ];
        all(&tests, |(key, test)| {
            Ok(self.number(key)?.is_none_or(|limit| test(number, limit)))
        })
    }

    fn texts(&self, value: &Value) -> Result<bool> {
        let Value::String(text) = value else {
            return Ok(true);
        };
        let matches = match self.schema.get("pattern") {
            None => true,
            Some(pattern) => matches(pattern.as_str().unwrap_or_default(), text)?,
        };
        Ok(matches && self.length(text.chars().count(), ["minLength", "maxLength"])?)
    }

    fn arrays(&self, value: &Value) -> Result<bool> {
        let Value::Array(items) = value else {
            return Ok(true);
        };
        if !self.length(items.len(), ["minItems", "maxItems"])? {
            return Ok(false);
        }
        let unique = self.schema.get("uniqueItems") == Some(&Value::Bool(true));
        let repeats = |(index, item): (usize, &Value)| {
            items.iter().skip(index + 1).any(|other| equal(item, other))
        };
        if unique && items.iter().enumerate().any(repeats) {
            return Ok(false);
        }
        // `items` as a list is the older spelling of `prefixItems`.
        let (prefix, rest) = match self.schema.get("items") {
            Some(Value::Array(prefix)) => (Some(prefix), self.schema.get("additionalItems")),
            rest => (self.list("prefixItems")?, rest),
        };
        let first = prefix.map_or(0, Vec::len);
        for (index, item) in items.iter().enumerate() {
            let own = prefix.and_then(|prefix| prefix.get(index));
            let schema = own.or(rest.filter(|_| index >= first));
            if let Some(schema) = schema
                && !self.meets(schema, item)?
            {
                return Ok(false);
            }
        }
        let Some(contained) = self.schema.get("contains") else {
            return Ok(true);
        };
        let mut count = 0;
        for item in items {
            count += usize::from(self.meets(contained, item)?);
        }
        let least = usize::from(!self.schema.contains_key("minContains"));
        Ok(count >= least && self.length(count, ["minContains", "maxContains"])?)
    }

    fn objects(&self, value: &Value) -> Result<bool> {
        let Value::Object(fields) = value else {
            return Ok(true);
        };
        if !self.length(fields.len(), ["minProperties", "maxProperties"])? {
            return Ok(false);
        }
        if let Some(required) = self.list("required")? {
            let mut names = required.iter().filter_map(Value::as_str);
            if !names.all(|name| fields.contains_key(name)) {
                return Ok(false);
            }
        }
        let properties = self.mapping("properties")?;
        let patterns = self.mapping("patternProperties")?;
        for (name, field) in fields {
            if !self.field(name, field, properties, patterns)? {
                return Ok(false);
            }
        }
        self.dependencies(fields, value)
    }

    fn field(
        &self,
        name: &str,
        field: &Value,
        properties: Option<&Map<String, Value>>,
        patterns: Option<&Map<String, Value>>,
    ) -> Result<bool> {
        let mut known = false;
        if let Some(schema) = properties.and_then(|properties| properties.get(name)) {
            known = true;
            if !self.meets(schema, field)? {
                return Ok(false);
            }
        }
        for (pattern, schema) in patterns.into_iter().flatten() {
            if matches(pattern, name)? {
                known = true;
                if !self.meets(schema, field)? {
                    return Ok(false);
                }
            }
        }
        if let Some(schema) = self.schema.get("additionalProperties").filter(|_| !known)
            && !self.meets(schema, field)?
        {
            return Ok(false);
        }
        match self.schema.get("propertyNames") {
            Some(schema) => self.meets(schema, &Value::from(name)),
            None => Ok(true),
        }
    }

    /// What the presence of a field asks of the others.
    fn dependencies(&self, fields: &Map<String, Value>, value: &Value) -> Result<bool> {
        for key in ["dependentRequired", "dependentSchemas", "dependencies"] {
            for (name, asked) in self.mapping(key)?.into_iter().flatten() {
                if !fields.contains_key(name) {
                    continue;
                }
                let met = match asked {
                    Value::Array(names) => names
                        .iter()
                        .filter_map(Value::as_str)
                        .all(|name| fields.contains_key(name)),
                    schema => self.meets(schema, value)?,
                };
                if !met {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    fn combinations(&self, value: &Value) -> Result<bool> {
        if let Some(schemas) = self.list("allOf")?
            && !all(schemas, |schema| self.meets(schema, value))?
        {
            return Ok(false);
        }
        if let Some(schemas) = self.list("anyOf")?
            && !any(schemas, |schema| self.meets(schema, value))?
        {
            return Ok(false);
        }
        if let Some(schemas) = self.list("oneOf")? {
            let mut met = 0;
            for schema in schemas {
                met += usize::from(self.meets(schema, value)?);
            }
            if met != 1 {
                return Ok(false);
            }
        }
        if let Some(schema) = self.schema.get("not")
            && self.meets(schema, value)?
        {
            return Ok(false);
        }
        let Some(condition) = self.schema.get("if") else {
            return Ok(true);
        };
        let branch = if self.meets(condition, value)? {
            "then"
        } else {
            "else"
        };
        match self.schema.get(branch) {
            Some(schema) => self.meets(schema, value),
            None => Ok(true),
        }
    }
}

fn wrong(what: &str) -> Error {
    Error::data(format!("the JSON schema is wrong: {what}"))
}

fn all<T>(items: &[T], mut test: impl FnMut(&T) -> Result<bool>) -> Result<bool> {
    for item in items {
        if !test(item)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn any<T>(items: &[T], mut test: impl FnMut(&T) -> Result<bool>) -> Result<bool> {
    for item in items {
        if test(item)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn is_of_type(name: &str, value: &Value) -> Result<bool> {
    Ok(match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "number" => value.is_number(),
        // 1.0 is an integer too.
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        other => return Err(wrong(&format!("`{other}` is not a type"))),
    })
}

/// Numbers are equal by value: 1 and 1.0 are.
fn equal(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(key, a)| b.get(key).is_some_and(|b| equal(a, b)))
        }
        (a, b) => a == b,
    }
}

fn matches(pattern: &str, text: &str) -> Result<bool> {
    let regex = Regex::new(pattern)
        .map_err(|error| wrong(&format!("`{pattern}` is no regular expression")).cause(error))?;
    Ok(regex.is_match(text))
}

#[cfg(test)]
mod tests;
