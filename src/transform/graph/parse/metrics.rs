//! What metrics and saved queries depend on, once all of them are known, and the metrics that
//! measures declare by themselves.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use crate::error::nearest;
use crate::transform::graph::{Node, NodeKind};

/// Adds the metrics of measures with `create_metric`, and the parents of metrics and saved
/// queries; a name that leads nowhere is a notice, because nothing here is run.
pub(super) fn link(nodes: &mut Vec<Node>, notices: &mut Vec<String>) {
    let created: Vec<Node> = nodes.iter().flat_map(metrics_of_measures).collect();
    nodes.extend(created);
    let names = |kind: NodeKind| nodes.iter().filter(move |node| node.kind == kind);
    let mut measures: BTreeMap<String, String> = BTreeMap::new();
    for model in names(NodeKind::SemanticModel) {
        for measure in list(&model.properties, "measures") {
            if let Some(name) = measure.get("name").and_then(Json::as_str) {
                measures.insert(name.to_owned(), model.id.clone());
            }
        }
    }
    let metrics: BTreeMap<String, String> = names(NodeKind::Metric)
        .map(|node| (node.name.clone(), node.id.clone()))
        .collect();
    for node in nodes {
        let (of_measures, of_metrics) = wanted(node);
        for (word, names, known) in [
            ("measure", of_measures, &measures),
            ("metric", of_metrics, &metrics),
        ] {
            for name in names {
                if let Some(id) = known.get(&name) {
                    node.parents.insert(id.clone());
                } else {
                    let near = nearest(&name, known.keys().map(String::as_str));
                    let meant =
                        near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
                    let place = node.described_at.as_ref().unwrap_or(&node.path);
                    notices.push(format!("{place}: there is no {word} `{name}`{meant}"));
                }
            }
        }
    }
}

fn list<'a>(value: &'a Json, key: &str) -> impl Iterator<Item = &'a Json> {
    let items = value.get(key).and_then(Json::as_array);
    items.into_iter().flatten()
}

/// A name, or the one in a mapping.
fn name_of(value: &Json) -> Option<String> {
    let named = value.as_str().or_else(|| value.get("name")?.as_str());
    named.map(str::to_owned)
}

/// The measures and the metrics a node is computed from.
fn wanted(node: &Node) -> (Vec<String>, Vec<String>) {
    match node.kind {
        NodeKind::Metric => {
            let params = node.properties.get("type_params").unwrap_or(&Json::Null);
            let of = |key: &str| params.get(key).and_then(name_of);
            let mut metrics: Vec<String> = list(params, "metrics").filter_map(name_of).collect();
            metrics.extend(of("numerator"));
            metrics.extend(of("denominator"));
            (of("measure").into_iter().collect(), metrics)
        }
        NodeKind::SavedQuery => {
            let params = node.properties.get("query_params").unwrap_or(&Json::Null);
            let metrics = list(params, "metrics").filter_map(name_of).collect();
            (Vec::new(), metrics)
        }
        _ => (Vec::new(), Vec::new()),
    }
}

fn metrics_of_measures(model: &Node) -> Vec<Node> {
    if model.kind != NodeKind::SemanticModel {
        return Vec::new();
    }
    let is_asked = |measure: &&Json| measure.get("create_metric") == Some(&Json::Bool(true));
    let measures = list(&model.properties, "measures").filter(is_asked);
    let metric = |measure: &Json| {
        let name = measure.get("name")?.as_str()?;
        let mut node = Node::blank(NodeKind::Metric, &model.package, name, &model.path);
        node.file.clone_from(&model.file);
        node.fqn.clone_from(&model.fqn);
        node.fqn.pop();
        node.fqn.push(name.to_owned());
        node.described_at.clone_from(&model.described_at);
        node.description = format!("Metric created from measure {name}");
        node.properties = json!({
            "name": name,
            "label": name,
            "type": "simple",
            "type_params": {"measure": name, "expr": measure.get("expr")},
        });
        Some(node)
    };
    measures.filter_map(metric).collect()
}
