//! Metrics, semantic models and saved queries as entries of `manifest.json`. They are not run;
//! what reads the manifest finds them as they are declared, with what they depend on.

use serde_json::{Map, Value as Json, json};

use super::node::put;
use crate::transform::context::Registry;
use crate::transform::graph::{Node, NodeKind};

/// What a metric, semantic model or saved query has beside what all entries have.
pub(super) fn add(fields: &mut Map<String, Json>, registry: &Registry, node: &Node) {
    put(fields, "label", given(node, "label"));
    put(fields, "metadata", Json::Null);
    put(
        fields,
        "depends_on",
        json!({"macros": [], "nodes": node.parents}),
    );
    let group = node.settings.get("group").filter(|group| group.is_string());
    put(fields, "group", group.cloned());
    match node.kind {
        NodeKind::Metric => add_metric(fields, registry, node),
        NodeKind::SemanticModel => add_semantic_model(fields, registry, node),
        _ => add_saved_query(fields, registry, node),
    }
}

fn given(node: &Node, key: &str) -> Json {
    node.properties.get(key).cloned().unwrap_or_default()
}

/// An object with the values of `from` where it has some.
fn filled(mut defaults: Json, from: &Json) -> Json {
    if let (Some(fields), Some(given)) = (defaults.as_object_mut(), from.as_object()) {
        for (key, value) in given {
            fields.insert(key.clone(), value.clone());
        }
    }
    defaults
}

/// A name alone is the same as a mapping with it.
fn named(value: &Json) -> Json {
    match value {
        Json::String(name) => json!({"name": name}),
        other => other.clone(),
    }
}

/// Conditions, which may be one or several.
fn filters(value: Option<&Json>) -> Json {
    let texts: Vec<&Json> = match value {
        None | Some(Json::Null) => return Json::Null,
        Some(Json::Array(all)) => all.iter().collect(),
        Some(one) => vec![one],
    };
    let one = |text: &&Json| json!({"where_sql_template": text});
    json!({"where_filters": texts.iter().map(one).collect::<Vec<_>>()})
}

fn measure(value: &Json) -> Json {
    let value = named(value);
    let defaults = json!({
        "name": null, "filter": null, "alias": null, "join_to_timespine": false,
        "fill_nulls_with": null,
    });
    let mut all = filled(defaults, &value);
    put_into(&mut all, "filter", filters(value.get("filter")));
    all
}

/// A metric that another one is computed from.
fn input_metric(value: &Json) -> Json {
    let value = named(value);
    let defaults = json!({
        "name": null, "filter": null, "alias": null, "offset_window": null,
        "offset_to_grain": null,
    });
    let mut all = filled(defaults, &value);
    put_into(&mut all, "filter", filters(value.get("filter")));
    put_into(
        &mut all,
        "offset_window",
        window(value.get("offset_window")),
    );
    all
}

/// `7 days` as a count and a unit.
fn window(value: Option<&Json>) -> Json {
    let Some(text) = value.and_then(Json::as_str) else {
        return value.cloned().unwrap_or_default();
    };
    let mut words = text.split_whitespace();
    let count = words.next().and_then(|word| word.parse::<u64>().ok());
    let unit = words.next().map(|word| {
        let word = word.to_lowercase();
        word.strip_suffix('s').unwrap_or(&word).to_owned()
    });
    json!({"count": count, "granularity": unit})
}

fn put_into(object: &mut Json, key: &str, value: Json) {
    if let Some(fields) = object.as_object_mut() {
        fields.insert(key.to_owned(), value);
    }
}

fn add_metric(fields: &mut Map<String, Json>, registry: &Registry, node: &Node) {
    let kind = given(node, "type");
    put(
        fields,
        "type",
        if kind.is_string() {
            kind
        } else {
            "simple".into()
        },
    );
    if !node.properties.get("label").is_some_and(Json::is_string) {
        put(fields, "label", node.name.as_str());
    }
    put(fields, "type_params", type_params(registry, node));
    put(fields, "filter", filters(node.properties.get("filter")));
    put(fields, "time_granularity", given(node, "time_granularity"));
    put(fields, "refs", json!([]));
    put(fields, "sources", json!([]));
    put(fields, "metrics", json!([]));
}

fn type_params(registry: &Registry, node: &Node) -> Json {
    let written = given(node, "type_params");
    let part = |key: &str| written.get(key).filter(|value| !value.is_null());
    let metrics: Vec<Json> = part("metrics")
        .and_then(Json::as_array)
        .into_iter()
        .flatten()
        .map(input_metric)
        .collect();
    let mut measures = Vec::new();
    collect_measures(registry, node, &mut measures, 0);
    json!({
        "measure": part("measure").map(measure),
        "input_measures": measures,
        "numerator": part("numerator").map(input_metric),
        "denominator": part("denominator").map(input_metric),
        "expr": part("expr"),
        "window": window(part("window")),
        "grain_to_date": part("grain_to_date"),
        "metrics": metrics,
        "conversion_type_params": part("conversion_type_params"),
        "cumulative_type_params": part("cumulative_type_params"),
        "metric_aggregation_params": null,
        "fill_nulls_with": null,
        "join_to_timespine": false,
        "is_private": null,
    })
}

/// The measures a metric is computed from, also through others.
fn collect_measures(registry: &Registry, node: &Node, into: &mut Vec<Json>, depth: usize) {
    let params = node.properties.get("type_params");
    if let Some(value) = params.and_then(|params| params.get("measure")) {
        let one = measure(value);
        if !value.is_null() && !into.contains(&one) {
            into.push(one);
        }
    }
    let parents = node.parents.iter().filter_map(|id| registry.node(id));
    for parent in parents.filter(|parent| parent.kind == NodeKind::Metric && depth < 16) {
        collect_measures(registry, parent, into, depth + 1);
    }
}

fn add_semantic_model(fields: &mut Map<String, Json>, registry: &Registry, node: &Node) {
    fields.remove("tags");
    fields.remove("meta");
    put(fields, "description", given(node, "description"));
    put(fields, "model", given(node, "model"));
    let mut models = node.parents.iter().filter_map(|id| registry.node(id));
    let relation = models.next().map(|model| {
        let relation = &model.relation;
        let database = relation.database.as_deref();
        let database = database.or(registry.settings.target.database.as_deref());
        json!({
            "alias": relation.name,
            "schema_name": relation.schema,
            "database": database,
            "relation_name": relation.to_string(),
        })
    });
    put(fields, "node_relation", relation);
    let defaults = node.properties.get("defaults");
    put(
        fields,
        "defaults",
        defaults.map(|given| filled(json!({"agg_time_dimension": null}), given)),
    );
    put(fields, "primary_entity", given(node, "primary_entity"));
    put(fields, "entities", parts(node, "entities", &entity()));
    put(fields, "measures", parts(node, "measures", &of_measure()));
    let mut dimensions = parts(node, "dimensions", &dimension());
    for one in dimensions.as_array_mut().into_iter().flatten() {
        let params = one.get("type_params").filter(|params| params.is_object());
        let params = params.map(|params| filled(json!({"validity_params": null}), params));
        put_into(one, "type_params", params.unwrap_or_default());
    }
    put(fields, "dimensions", dimensions);
    put(fields, "refs", super::resource::refs(node));
}

/// The items of a list, each with all keys.
fn parts(node: &Node, key: &str, defaults: &Json) -> Json {
    let items = node.properties.get(key).and_then(Json::as_array);
    let items = items.into_iter().flatten();
    items
        .map(|item| {
            let mut one = filled(defaults.clone(), item);
            let config = item.get("config").cloned().unwrap_or_default();
            put_into(&mut one, "config", filled(json!({"meta": {}}), &config));
            one
        })
        .collect()
}

fn entity() -> Json {
    json!({"name": null, "type": null, "description": null, "label": null, "role": null, "expr": null})
}

fn of_measure() -> Json {
    json!({
        "name": null, "agg": null, "description": null, "label": null, "create_metric": false,
        "expr": null, "agg_params": null, "non_additive_dimension": null,
        "agg_time_dimension": null,
    })
}

fn dimension() -> Json {
    json!({
        "name": null, "type": null, "description": null, "label": null, "is_partition": false,
        "type_params": null, "expr": null, "metadata": null, "datatype": null,
    })
}

fn add_saved_query(fields: &mut Map<String, Json>, registry: &Registry, node: &Node) {
    fields.remove("meta");
    put(fields, "description", given(node, "description"));
    let params = given(node, "query_params");
    let list = |key: &str| params.get(key).cloned().unwrap_or_else(|| json!([]));
    put(
        fields,
        "query_params",
        json!({
            "metrics": list("metrics"),
            "group_by": list("group_by"),
            "where": filters(params.get("where")),
            "order_by": list("order_by"),
            "limit": params.get("limit"),
        }),
    );
    let target = &registry.settings.target;
    let exports = node.properties.get("exports").and_then(Json::as_array);
    let export = |one: &Json| {
        let written = one.get("config").cloned().unwrap_or_else(|| json!({}));
        let of = |key: &str| written.get(key).cloned();
        json!({
            "name": one.get("name"),
            "config": {
                "export_as": of("export_as"),
                "schema_name": of("schema").unwrap_or_else(|| target.schema.as_str().into()),
                "alias": of("alias").or_else(|| one.get("name").cloned()),
                "database": target.database,
            },
            "unrendered_config": written,
        })
    };
    put(
        fields,
        "exports",
        exports
            .into_iter()
            .flatten()
            .map(export)
            .collect::<Vec<_>>(),
    );
    put(fields, "refs", json!([]));
}
