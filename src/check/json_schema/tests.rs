//! Schemas, met and not.

use serde_json::json;

use super::*;

fn verdicts(schema: Value, values: &[Value]) -> Vec<bool> {
    let schema = Schema::new(schema).expect("a schema");
    let verdict = |value| schema.accepts(value).expect("a verdict");
    values.iter().map(verdict).collect()
}

#[test]
fn keywords_of_each_kind() {
    assert_eq!(
        verdicts(
            json!({"type": "object", "required": ["a"], "additionalProperties": false,
                   "properties": {"a": {"type": "integer", "minimum": 1}, "b": {"enum": ["x", null]}}}),
            &[
                json!({"a": 1}),
                json!({"a": 1.0, "b": null}),
                json!({"a": 0}),
                json!({"a": 1, "c": 2}),
                json!({"b": "x"}),
                json!([1]),
            ]
        ),
        [true, true, false, false, false, false]
    );
    assert_eq!(
        verdicts(
            json!({"items": {"$ref": "#/$defs/short"}, "uniqueItems": true, "maxItems": 2,
                   "$defs": {"short": {"type": ["string", "number"], "maxLength": 2, "pattern": "^[a-z]"}}}),
            &[
                json!(["ab", 1]),
                json!(["abc"]),
                json!(["1"]),
                json!([1, 1.0]),
                json!(["a", "b", "c"]),
                json!("not an array"),
            ]
        ),
        [true, false, false, false, false, true]
    );
}

#[test]
fn combinations_of_schemas() {
    let schema = json!({"oneOf": [{"type": "string"}, {"const": 3}], "not": {"const": "no"},
                        "if": {"type": "string"}, "then": {"minLength": 2}});
    assert_eq!(
        verdicts(
            schema,
            &[json!("yes"), json!("y"), json!(3), json!("no"), json!(4)]
        ),
        [true, false, true, false, false]
    );
}

#[test]
fn schemas_with_mistakes_are_errors() {
    for (schema, expected) in [
        (json!({"type": "text"}), "`text` is not a type"),
        (json!({"minimum": "1"}), "`minimum` must be a number"),
        (json!({"$ref": "#/nope"}), "points to no part"),
        (json!({"$ref": "#"}), "turn in a circle"),
        (json!({"pattern": "("}), "no regular expression"),
    ] {
        let error = Schema::new(schema).map(|_| ()).expect_err(expected);
        assert!(error.to_string().contains(expected), "{error}");
    }
}
