//! The order of building: parents first, names decide among equals; a circle is an error that
//! shows its path.

use std::collections::{BTreeMap, BTreeSet};

use super::{Node, NodeKind};
use crate::error::{Error, Result};

/// What decides among nodes that may come next: sources wait for nothing and come first.
type Place = (bool, String, String);

fn place(node: &Node) -> Place {
    let is_built = node.kind != NodeKind::Source;
    (is_built, node.name.clone(), node.id.clone())
}

/// Sorts nodes so that each follows its parents.
pub(super) fn sort(nodes: Vec<Node>) -> Result<Vec<Node>> {
    let mut waiting: BTreeMap<String, Node> = nodes
        .into_iter()
        .map(|node| (node.id.clone(), node))
        .collect();
    let mut children: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut open: BTreeMap<String, usize> = BTreeMap::new();
    for (id, node) in &waiting {
        // What is not part of the graph does not hold anything up.
        let parents = node.parents.iter().filter(|id| waiting.contains_key(*id));
        for parent in parents {
            *open.entry(id.clone()).or_default() += 1;
            children.entry(parent.clone()).or_default().push(id.clone());
        }
    }
    let mut ready: BTreeSet<Place> = waiting
        .values()
        .filter(|node| !open.contains_key(&node.id))
        .map(place)
        .collect();
    let mut sorted = Vec::with_capacity(waiting.len());
    while let Some((_, _, id)) = ready.pop_first() {
        sorted.extend(waiting.remove(&id));
        for child in children.remove(&id).unwrap_or_default() {
            if let Some(count) = open.get_mut(&child) {
                *count -= 1;
                if *count == 0 {
                    ready.extend(waiting.get(&child).map(place));
                }
            }
        }
    }
    if waiting.is_empty() {
        Ok(sorted)
    } else {
        Err(circle(&waiting))
    }
}

/// Walks along parents that wait for each other until one comes up twice.
fn circle(waiting: &BTreeMap<String, Node>) -> Error {
    let mut path: Vec<&Node> = Vec::new();
    let mut next = waiting.values().next();
    while let Some(node) = next {
        if let Some(start) = path.iter().position(|one| one.id == node.id) {
            path.drain(..start);
            break;
        }
        path.push(node);
        next = node.parents.iter().find_map(|parent| waiting.get(parent));
    }
    let mut names: Vec<&str> = path.iter().map(|node| node.name.as_str()).collect();
    names.extend(names.first().copied());
    let mut error = Error::project("models refer to each other in a circle")
        .cause(names.join(" -> "))
        .hint("Remove one of these references.");
    for node in path {
        error = error.at(&node.path);
    }
    error
}
