//! What each unit of a run waits for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::plan::Unit;
use crate::transform::graph::{Detail, Graph, Node, NodeKind};

/// Finds out what each unit waits for: what it depends on, and the tests on that, so that a
/// failing test keeps what is downstream from being built.
pub(super) fn order(graph: &Graph, units: &mut [Unit<'_>]) {
    let positions: BTreeMap<&str, usize> = units
        .iter()
        .enumerate()
        .filter(|(_, unit)| !unit.is_test())
        .map(|(at, unit)| (unit.node.id.as_str(), at))
        .collect();
    let tests: Vec<(usize, &Arc<Node>)> = units
        .iter()
        .enumerate()
        .filter(|(_, unit)| unit.is_test())
        .map(|(at, unit)| (at, unit.node))
        .collect();
    let seeds: BTreeMap<(String, String), usize> = units
        .iter()
        .enumerate()
        .filter(|(_, unit)| unit.node.kind == NodeKind::Seed)
        .map(|(at, unit)| (place(unit.node), at))
        .collect();
    let mut waits: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); units.len()];
    for (id, at) in &positions {
        // Also through nodes that are not part of the run, such as ephemeral models.
        let ancestors = graph.ancestors(id);
        let mut mine = positions_of(graph, &ancestors, &positions, &seeds);
        mine.extend(tests.iter().filter_map(|(at, test)| {
            let precedes = match &test.detail {
                Detail::UnitTest(unit_test) => {
                    unit_test.model == **id || ancestors.contains(unit_test.model.as_str())
                }
                _ => {
                    let mut parents = test.parents.iter();
                    !test.parents.is_empty()
                        && parents.all(|parent| ancestors.contains(parent.as_str()))
                }
            };
            precedes.then_some(*at)
        }));
        if let Some(waits) = waits.get_mut(*at) {
            *waits = mine;
        }
    }
    for (at, test) in tests {
        let tested = match &test.detail {
            Detail::UnitTest(unit_test) => unit_test.model.as_str(),
            _ => "",
        };
        let mut before = graph.ancestors(&test.id);
        before.remove(tested);
        let mut mine = BTreeSet::new();
        for position in positions_of(graph, &before, &positions, &seeds) {
            mine.insert(position);
            // What keeps a parent from being built keeps its tests from running.
            mine.extend(waits.get(position).into_iter().flatten());
        }
        mine.remove(&at);
        if let Some(waits) = waits.get_mut(at) {
            *waits = mine;
        }
    }
    for (unit, waits) in units.iter_mut().zip(waits) {
        unit.waits_for = waits;
    }
}

/// Positions of what is to be done for `ids` first; a source may be what a seed loads.
fn positions_of(
    graph: &Graph,
    ids: &BTreeSet<&str>,
    positions: &BTreeMap<&str, usize>,
    seeds: &BTreeMap<(String, String), usize>,
) -> BTreeSet<usize> {
    let of = |id: &&str| {
        positions.get(*id).copied().or_else(|| {
            let source = graph.node(id).filter(|node| node.kind == NodeKind::Source);
            seeds.get(&place(source?)).copied()
        })
    };
    ids.iter().filter_map(of).collect()
}

/// Schema and name as the engine compares them.
fn place(node: &Node) -> (String, String) {
    let relation = &node.relation;
    (relation.schema.to_lowercase(), relation.name.to_lowercase())
}
