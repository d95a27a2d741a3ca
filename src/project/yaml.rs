//! YAML as people write it for model projects: keys that are numbers, keys written twice (the
//! last one counts), merges (`<<`), and files that hold nothing but comments.

use std::fmt;

use serde::de::{
    Deserialize, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor,
};
use serde_json::{Map, Number, Value as Json};

/// Why a text is not YAML.
#[derive(Debug)]
pub struct YamlError {
    /// Line from 1, where it is known.
    pub line: Option<usize>,
    /// What the parser says.
    pub message: String,
}

/// Reads one document; an empty one is `null`.
///
/// # Errors
/// The line and what is wrong with it.
pub fn parse_yaml(text: &str) -> Result<Json, YamlError> {
    let text = text.trim_start_matches('\u{feff}');
    let is_blank = |line: &str| {
        let line = line.trim();
        line.is_empty() || line.starts_with('#') || line == "---" || line == "..."
    };
    if text.lines().all(is_blank) {
        return Ok(Json::Null);
    }
    serde_yaml_ng::from_str::<Loose>(text)
        .map(|loose| loose.0)
        .map_err(|error| YamlError {
            line: error.location().map(|at| at.line()),
            message: error.to_string(),
        })
}

struct Loose(Json);

impl<'de> Deserialize<'de> for Loose {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader).map(Self)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::from(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        let text = || Json::String(value.to_string());
        Ok(Number::from_f64(value).map_or_else(text, Json::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::from(value))
    }

    fn visit_string<E>(self, value: String) -> Result<Json, E> {
        Ok(Json::String(value))
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_none<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(Self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut all = Vec::new();
        while let Some(Loose(item)) = items.next_element()? {
            all.push(item);
        }
        Ok(Json::Array(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut pairs: A) -> Result<Json, A::Error> {
        let mut own = Map::new();
        let mut merged = Vec::new();
        while let Some((Loose(key), Loose(value))) = pairs.next_entry()? {
            match (key, value) {
                (Json::String(key), value) if key == "<<" => merged.push(value),
                (Json::String(key), value) => {
                    own.insert(key, value);
                }
                (key, value) => {
                    own.insert(key.to_string(), value);
                }
            }
        }
        for value in merged {
            merge(&mut own, value);
        }
        Ok(Json::Object(own))
    }

    /// A tag says nothing here; what it stands before does.
    fn visit_enum<A: EnumAccess<'de>>(self, tagged: A) -> Result<Json, A::Error> {
        let (Loose(_tag), content) = tagged.variant()?;
        content.newtype_variant::<Loose>().map(|loose| loose.0)
    }
}

/// Adds what `own` does not have.
fn merge(own: &mut Map<String, Json>, from: Json) {
    match from {
        Json::Object(pairs) => {
            for (key, value) in pairs {
                own.entry(key).or_insert(value);
            }
        }
        Json::Array(items) => items.into_iter().for_each(|item| merge(own, item)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_people_write_is_read() {
        let text = "a: &x {k: 1}\nb:\n  <<: *x\n  l: 2\nb2: *x\n1: one\na: {k: 3}\n";
        assert_eq!(
            parse_yaml(text).expect("valid"),
            json!({"a": {"k": 3}, "b": {"l": 2, "k": 1}, "b2": {"k": 1}, "1": "one"})
        );
        assert_eq!(parse_yaml("# only\n---\n").expect("valid"), Json::Null);
        assert_eq!(
            parse_yaml("\u{feff}a: 1.5").expect("valid"),
            json!({"a": 1.5})
        );
        let error = parse_yaml("a: 1\nb: [\n").expect_err("open");
        assert!(error.line.is_some_and(|line| line >= 2), "{error:?}");
    }
}
