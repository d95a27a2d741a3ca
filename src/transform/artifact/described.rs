//! What entries of exposures and unit tests have, which stand in properties files only.

use serde_json::{Map, Value as Json, json};

use super::checksum;
use super::node::{property, put};
use super::resource::{parents, refs, sources};
use crate::transform::context::Registry;
use crate::transform::graph::Node;

pub(super) fn add_exposure(fields: &mut Map<String, Json>, registry: &Registry, node: &Node) {
    let text = |key: &str| property(node, key).filter(Json::is_string);
    put(
        fields,
        "type",
        text("type").unwrap_or_else(|| "application".into()),
    );
    let owner = property(node, "owner").filter(Json::is_object);
    let mut whole = json!({"name": null, "email": null});
    if let (Some(whole), Some(Json::Object(given))) = (whole.as_object_mut(), owner) {
        whole.extend(given);
    }
    put(fields, "owner", whole);
    for key in ["label", "maturity", "url"] {
        put(fields, key, text(key));
    }
    put(fields, "refs", refs(node));
    put(fields, "sources", sources(node));
    put(fields, "metrics", json!([]));
    put(
        fields,
        "depends_on",
        json!({"macros": [], "nodes": parents(registry, node)}),
    );
}

pub(super) fn add_unit_test(fields: &mut Map<String, Json>, registry: &Registry, node: &Node) {
    fields.remove("unrendered_config");
    fields.remove("tags");
    fields.remove("meta");
    let model = property(node, "model").unwrap_or_default();
    let mut fqn: Vec<Json> = node.fqn.iter().map(|part| part.as_str().into()).collect();
    fqn.insert(fqn.len().saturating_sub(1), model.clone());
    put(fields, "fqn", fqn);
    put(fields, "model", model);
    let with_format = |mut item: Json| {
        if let Some(fields) = item.as_object_mut() {
            fields.entry("format").or_insert_with(|| "dict".into());
            fields.entry("fixture").or_insert(Json::Null);
        }
        item
    };
    let given = property(node, "given").unwrap_or_else(|| json!([]));
    let given = given.as_array().cloned().unwrap_or_default();
    put(
        fields,
        "given",
        given.into_iter().map(with_format).collect::<Vec<_>>(),
    );
    let expect = property(node, "expect").unwrap_or_else(|| json!({}));
    put(fields, "expect", with_format(expect));
    let overrides = property(node, "overrides").map(|given| {
        let mut whole = json!({"macros": {}, "vars": {}, "env_vars": {}});
        if let (Some(whole), Json::Object(given)) = (whole.as_object_mut(), given) {
            whole.extend(given);
        }
        whole
    });
    put(fields, "overrides", overrides);
    let nodes: Vec<&str> = node.selected_with().collect();
    put(
        fields,
        "depends_on",
        json!({"macros": node.called, "nodes": nodes}),
    );
    let tested = nodes.first().and_then(|id| registry.node(id));
    let schema = tested.map_or(&node.relation.schema, |tested| &tested.relation.schema);
    put(fields, "schema", schema.as_str());
    put(fields, "checksum", checksum(node));
    put(fields, "versions", Json::Null);
    put(fields, "version", Json::Null);
}
