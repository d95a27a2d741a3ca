//! In what a node differs that is only declared: sources, exposures, metrics and the like; and what
//! a model declares to those that refer to it.

use serde_json::Value as Json;

use super::compare::{Aspect, configs};
use crate::transform::artifact::entry;
use crate::transform::graph::{Graph, Node, NodeKind};

/// The fields of an entry that are compared, with the aspect they belong to.
fn fields(kind: NodeKind) -> &'static [(Aspect, &'static [&'static str])] {
    use Aspect::{Configs, Properties, Relation};
    match kind {
        NodeKind::Model => &[(
            Properties,
            &["latest_version", "access", "deprecation_date"],
        )],
        NodeKind::Source => &[
            (
                Relation,
                &["unrendered_database", "unrendered_schema", "identifier"],
            ),
            (
                Configs,
                &["freshness", "loaded_at_field", "loaded_at_query"],
            ),
            (Properties, &["quoting", "external"]),
        ],
        NodeKind::UnitTest => &[(Properties, &["model", "given", "expect", "overrides"])],
        NodeKind::Exposure => &[(
            Properties,
            &[
                "type",
                "owner",
                "maturity",
                "url",
                "description",
                "label",
                "depends_on",
            ],
        )],
        NodeKind::Metric => &[(
            Properties,
            &["type", "description", "label", "type_params", "filter"],
        )],
        NodeKind::SemanticModel => &[(
            Properties,
            &[
                "model",
                "description",
                "defaults",
                "entities",
                "dimensions",
                "measures",
                "primary_entity",
                "group",
            ],
        )],
        NodeKind::SavedQuery => &[(
            Properties,
            &[
                "query_params",
                "description",
                "label",
                "group",
                "exports",
                "tags",
            ],
        )],
        _ => &[],
    }
}

/// All differences of what is declared.
pub(super) fn changes(graph: &Graph, node: &Node, before: &Json) -> Vec<(Aspect, String)> {
    let mut found = Vec::new();
    let all = fields(node.kind);
    if all.is_empty() {
        return found;
    }
    if node.kind != NodeKind::Model {
        found.extend(configs(node, before).0.map(|text| (Aspect::Configs, text)));
    }
    let now = entry(&graph.registry, node, None, 0.0);
    for (aspect, names) in all {
        for name in *names {
            let value = |entry: &Json| said(entry.get(name).unwrap_or(&Json::Null));
            let (then, now) = (value(before), value(&now));
            if then != now {
                let text = format!("`{name}` was {then}, is {now}");
                found.push((*aspect, text));
            }
        }
    }
    found
}

/// A value without the keys that say nothing.
fn said(value: &Json) -> Json {
    match value {
        Json::Object(fields) => {
            let all = fields.iter().map(|(key, value)| (key.clone(), said(value)));
            let told: serde_json::Map<String, Json> =
                all.filter(|(_, value)| !is_nothing(value)).collect();
            if told.is_empty() {
                Json::Null
            } else {
                Json::Object(told)
            }
        }
        Json::Array(items) if items.is_empty() => Json::Null,
        Json::Array(items) => items.iter().map(said).collect(),
        Json::String(text) if text.is_empty() => Json::Null,
        other => other.clone(),
    }
}

fn is_nothing(value: &Json) -> bool {
    value.is_null()
}
