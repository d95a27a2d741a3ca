//! Parents and children of nodes, to any depth.

use std::collections::{BTreeMap, BTreeSet};

use crate::transform::graph::Graph;

/// Ids of nodes.
pub(super) type Ids<'g> = BTreeSet<&'g str>;

/// Who depends on whom, in both directions.
pub(super) struct Relatives<'g> {
    graph: &'g Graph,
    children: BTreeMap<&'g str, Vec<&'g str>>,
}

impl<'g> Relatives<'g> {
    /// Of all nodes of `graph`.
    pub(super) fn new(graph: &'g Graph) -> Self {
        let mut children: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for node in &graph.nodes {
            for parent in node.selected_with() {
                children.entry(parent).or_default().push(&node.id);
            }
        }
        Self { graph, children }
    }

    /// What the nodes depend on, `generations` deep.
    pub(super) fn parents(&self, of: &Ids<'g>, generations: usize) -> Ids<'g> {
        let next = |id: &str| -> Vec<&'g str> {
            let node = self.graph.node(id).into_iter();
            node.flat_map(|node| node.selected_with()).collect()
        };
        walk(of, generations, next)
    }

    /// What depends on the nodes, `generations` deep.
    pub(super) fn children(&self, of: &Ids<'g>, generations: usize) -> Ids<'g> {
        let next = |id: &str| self.children.get(id).cloned().unwrap_or_default();
        walk(of, generations, next)
    }
}

fn walk<'g>(of: &Ids<'g>, generations: usize, next: impl Fn(&str) -> Vec<&'g str>) -> Ids<'g> {
    let mut all = BTreeSet::new();
    let mut edge: Vec<&str> = of.iter().copied().collect();
    for _ in 0..generations {
        edge = edge.into_iter().flat_map(&next).collect();
        edge.retain(|id| all.insert(*id));
        if edge.is_empty() {
            break;
        }
    }
    all
}
