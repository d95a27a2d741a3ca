//! The `_id` of an entry: the document's own `_id` as text, unique over all collections.
//!
//! | `_id` in MongoDB | `_id` of the entry |
//! |---|---|
//! | ObjectId | its 24 hexadecimal digits |
//! | UUID (binary of subtype 4) | its text |
//! | string `s` | `<database>.<collection>/s` |
//! | number (int32, int64, double, decimal128) | `<database>.<collection>#number:5` |
//! | any other | `<database>.<collection>#<type>:<plain JSON>`, e.g. `logs.entries#date:"2026-…Z"` |
//!
//! ObjectIds and UUIDs are unique by themselves: a document that was moved to another collection
//! stays the same entry. Other values are unique in their collection only, hence the prefix. `/`
//! and `#` keep strings and other types apart; both, and `%`, are percent-encoded in the name of
//! the collection. Numbers of equal value are the same `_id` to MongoDB, whatever their type.

use bson::RawBsonRef;

use super::convert::write_plain;
use super::json::{Refusal, plain_text, uuid_text};

/// Texts of `_id` for one collection.
#[derive(Clone, Debug)]
pub(super) struct IdTexts {
    namespace: String,
}

impl IdTexts {
    /// For the collection `database`.`collection`.
    pub(super) fn new(database: &str, collection: &str) -> Self {
        let collection = collection
            .replace('%', "%25")
            .replace('/', "%2F")
            .replace('#', "%23");
        Self {
            namespace: format!("{database}.{collection}"),
        }
    }

    /// The text of an `_id`.
    pub(super) fn text(&self, id: &RawBsonRef<'_>) -> Result<String, Refusal> {
        let namespace = &self.namespace;
        let kind = match *id {
            RawBsonRef::ObjectId(id) => return Ok(id.to_hex()),
            RawBsonRef::String(text) | RawBsonRef::Symbol(text) => {
                return if text.contains('\0') {
                    Err(Refusal("`_id` holds a NUL character".to_owned()))
                } else {
                    Ok(format!("{namespace}/{text}"))
                };
            }
            RawBsonRef::Int32(_)
            | RawBsonRef::Int64(_)
            | RawBsonRef::Double(_)
            | RawBsonRef::Decimal128(_) => {
                let number = plain_text(id).unwrap_or_default();
                return Ok(format!("{namespace}#number:{number}"));
            }
            RawBsonRef::Binary(binary) => match uuid_text(binary) {
                Some(text) => return Ok(text),
                None => "binary",
            },
            RawBsonRef::Document(_) => "document",
            RawBsonRef::Array(_) => "array",
            RawBsonRef::DateTime(_) => "date",
            RawBsonRef::Boolean(_) => "bool",
            RawBsonRef::Timestamp(_) => "timestamp",
            RawBsonRef::Null => "null",
            _ => "other",
        };
        let mut text = format!("{namespace}#{kind}:");
        write_plain(&mut text, id, 0)?;
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bson::{Bson, RawBson, doc};

    fn text(id: impl Into<Bson>) -> String {
        let raw = RawBson::try_from(id.into()).expect("BSON");
        IdTexts::new("logs", "en/tries")
            .text(&raw.as_raw_bson_ref())
            .expect("a text")
    }

    #[test]
    fn every_type_has_its_own_text() {
        let id = bson::oid::ObjectId::parse_str("66f000000000000000000001").expect("id");
        assert_eq!(text(id), "66f000000000000000000001");
        assert_eq!(
            text(bson::Uuid::from_bytes([0x11; 16])),
            "11111111-1111-1111-1111-111111111111"
        );
        assert_eq!(
            text("66f000000000000000000001"),
            "logs.en%2Ftries/66f000000000000000000001"
        );
        assert_eq!(text("5"), "logs.en%2Ftries/5");
        assert_eq!(text(5), "logs.en%2Ftries#number:5");
        assert_eq!(text(5_i64), text(5.0));
        assert_eq!(text(true), "logs.en%2Ftries#bool:true");
        assert_eq!(
            text(doc! { "a": 1, "b": { "c": "x" } }),
            r#"logs.en%2Ftries#document:{"a":1,"b":{"c":"x"}}"#
        );
        assert_eq!(
            text(bson::DateTime::from_millis(0)),
            r#"logs.en%2Ftries#date:"1970-01-01T00:00:00.000Z""#
        );
        assert_eq!(
            text(bson::Binary {
                subtype: bson::spec::BinarySubtype::Generic,
                bytes: vec![1, 2]
            }),
            r#"logs.en%2Ftries#binary:"AQI=""#
        );
    }

    #[test]
    fn nul_is_refused() {
        let raw = RawBson::String("a\0".into());
        assert!(IdTexts::new("d", "c").text(&raw.as_raw_bson_ref()).is_err());
    }
}
