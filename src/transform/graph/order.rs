//! The order of building: parents first, names decide among equals; a circle is an error that
//! shows its path.

use std::collections::{BTreeMap, BTreeSet};

use super::Node;
use crate::error::{Error, Result};

/// Sorts nodes so that each follows its parents.
pub(super) fn sort(nodes: Vec<Node>) -> Result<Vec<Node>> {
    let mut waiting: BTreeMap<String, Node> = nodes
        .into_iter()
        .map(|node| (node.name.clone(), node))
        .collect();
    let mut open: BTreeMap<String, usize> = waiting
        .iter()
        .map(|(name, node)| (name.clone(), node.parents.len()))
        .collect();
    let mut children: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, node) in &waiting {
        for parent in &node.parents {
            children
                .entry(parent.clone())
                .or_default()
                .push(name.clone());
        }
    }
    let mut ready: BTreeSet<String> = open
        .iter()
        .filter(|(_, count)| **count == 0)
        .map(|(name, _)| name.clone())
        .collect();
    let mut sorted = Vec::with_capacity(waiting.len());
    while let Some(name) = ready.pop_first() {
        sorted.extend(waiting.remove(&name));
        for child in children.remove(&name).unwrap_or_default() {
            if let Some(count) = open.get_mut(&child) {
                *count -= 1;
                if *count == 0 {
                    ready.insert(child);
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
        if let Some(start) = path.iter().position(|one| one.name == node.name) {
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
