//! Which units a run has, what each of them waits for, and how each is to be built; decided
//! before the first one starts, with one look at the warehouse.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::error::Result;
use crate::transform::compile::{Definitions, seed_definition};
use crate::transform::config::Materialization;
use crate::transform::graph::{Graph, Node, NodeKind};
use crate::transform::select::select;
use crate::transform::settings::{Selection, Semantics};
use crate::transform::state::{Existing, RelationKind, prepare};
use crate::warehouse::Connection;

/// What is done with a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Task {
    /// Load a seed.
    Load,
    /// Say that a seed is as it was.
    LeaveSeed,
    /// Build a model; for an incremental one: as a whole or not, and why if that is news.
    Build {
        rebuild: bool,
        reason: Option<&'static str>,
    },
}

/// One node to be built.
#[derive(Debug)]
pub(super) struct Unit<'g> {
    pub node: &'g Arc<Node>,
    pub task: Task,
    pub existing: Option<RelationKind>,
    /// Whether a definition is remembered for its relation.
    pub is_remembered: bool,
    /// Definition to remember.
    pub definition: Option<String>,
    /// Units that must be built before, as positions in the plan.
    pub waits_for: BTreeSet<usize>,
}

/// The units of a run, in dependency order.
#[derive(Debug)]
pub(super) struct Plan<'g> {
    pub units: Vec<Unit<'g>>,
}

impl<'g> Plan<'g> {
    /// Of `cca seed`.
    pub(super) fn of_seeds(
        graph: &'g Graph,
        connection: &Connection,
        selection: &Selection,
        full_refresh: bool,
    ) -> Result<Self> {
        let selected = select(graph, selection)?;
        let existing = Existing::read(connection)?;
        let units = graph
            .nodes
            .iter()
            .filter(|node| node.kind == NodeKind::Seed && selected.contains(node.id.as_str()))
            .map(|node| seed_unit(node, &existing, full_refresh))
            .collect();
        Self::finish(graph, connection, units)
    }

    /// Of `cca run`.
    pub(super) fn of_models(
        graph: &'g Graph,
        connection: &Connection,
        selection: &Selection,
        full_refresh: bool,
    ) -> Result<Self> {
        let selected = select(graph, selection)?;
        let existing = Existing::read(connection)?;
        let mut needed = selected.clone();
        for id in &selected {
            needed.extend(graph.ancestors(id));
        }
        let mut definitions = Definitions::new(graph);
        let mut units = Vec::new();
        for node in &graph.nodes {
            let id = node.id.as_str();
            match node.kind {
                NodeKind::Seed if needed.contains(id) => {
                    let unit = seed_unit(node, &existing, full_refresh && selected.contains(id));
                    units.extend((unit.task == Task::Load).then_some(unit));
                }
                NodeKind::Model if selected.contains(id) && !node.is_ephemeral() => {
                    let unit = if graph.registry.settings.semantics == Semantics::Dbt {
                        dbt_model_unit(node, &existing, full_refresh)
                    } else {
                        model_unit(node, &existing, &mut definitions, full_refresh)?
                    };
                    units.push(unit);
                }
                _ => {}
            }
        }
        Self::finish(graph, connection, units)
    }

    fn finish(graph: &'g Graph, connection: &Connection, mut units: Vec<Unit<'g>>) -> Result<Self> {
        let schemas: BTreeSet<(Option<&str>, &str)> = units
            .iter()
            .map(|unit| &unit.node.relation)
            .map(|relation| (relation.database.as_deref(), relation.schema.as_str()))
            .collect();
        if !units.is_empty() {
            prepare(connection, &schemas, graph.registry.settings.semantics)?;
        }
        let positions: BTreeMap<&str, usize> = units
            .iter()
            .enumerate()
            .map(|(at, unit)| (unit.node.id.as_str(), at))
            .collect();
        let is_own = graph.registry.settings.semantics == Semantics::Own;
        for unit in &mut units {
            unit.definition = unit.definition.take().filter(|_| is_own);
            // Also through nodes that are not part of the run, such as ephemeral models.
            let ancestors = graph.ancestors(&unit.node.id);
            unit.waits_for = ancestors
                .iter()
                .filter_map(|id| positions.get(id).copied())
                .collect();
        }
        Ok(Self { units })
    }
}

fn seed_unit<'g>(node: &'g Arc<Node>, existing: &Existing, full_refresh: bool) -> Unit<'g> {
    let definition = seed_definition(node);
    let is_current = existing.is_table(&node.relation)
        && existing.definition(&node.relation) == Some(definition.as_str());
    Unit {
        node,
        task: if is_current && !full_refresh {
            Task::LeaveSeed
        } else {
            Task::Load
        },
        existing: existing.kind(&node.relation),
        is_remembered: existing.definition(&node.relation).is_some(),
        definition: Some(definition),
        waits_for: BTreeSet::new(),
    }
}

/// Whether to rebuild is said, never concluded; nothing is remembered in the warehouse.
fn dbt_model_unit<'g>(node: &'g Arc<Node>, existing: &Existing, full_refresh: bool) -> Unit<'g> {
    let is_incremental = node.config.materialized == Materialization::Incremental;
    let rebuild =
        !existing.is_table(&node.relation) || node.config.full_refresh.unwrap_or(full_refresh);
    Unit {
        node,
        task: Task::Build {
            rebuild: is_incremental && rebuild,
            reason: None,
        },
        existing: existing.kind(&node.relation),
        is_remembered: false,
        definition: None,
        waits_for: BTreeSet::new(),
    }
}

fn model_unit<'g>(
    node: &'g Arc<Node>,
    existing: &Existing,
    definitions: &mut Definitions<'g>,
    full_refresh: bool,
) -> Result<Unit<'g>> {
    let built_with = existing.definition(&node.relation);
    let mut unit = Unit {
        node,
        task: Task::Build {
            rebuild: false,
            reason: None,
        },
        existing: existing.kind(&node.relation),
        is_remembered: built_with.is_some(),
        definition: None,
        waits_for: BTreeSet::new(),
    };
    if node.config.materialized != Materialization::Incremental {
        return Ok(unit);
    }
    let definition = definitions.of(node)?;
    let is_changed = built_with != Some(definition.as_str());
    let (rebuild, reason) = match node.config.full_refresh {
        _ if !existing.is_table(&node.relation) => (true, None),
        Some(false) if is_changed => (
            false,
            Some("its definition changed, but `full_refresh` is false: not rebuilt"),
        ),
        Some(false) => (false, None),
        _ if full_refresh => (true, Some("rebuilt as a whole, as asked")),
        Some(true) => (true, Some("rebuilt as a whole, as configured")),
        None if is_changed => (
            true,
            Some("rebuilt as a whole, because its definition changed"),
        ),
        None => (false, None),
    };
    unit.task = Task::Build { rebuild, reason };
    unit.definition = Some(definition);
    Ok(unit)
}
