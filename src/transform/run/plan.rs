//! Which units a run has, what each of them waits for, and how each is to be built; decided
//! before the first one starts, with one look at the warehouse.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::order::order;
use crate::error::Result;
use crate::transform::compile::{Definitions, seed_definition};
use crate::transform::config::Materialization;
use crate::transform::graph::{Detail, Graph, Node, NodeKind};
use crate::transform::select::select;
use crate::transform::settings::{RunOptions, Selection, Semantics};
use crate::transform::state::{Existing, RelationKind, prepare};
use crate::warehouse::Connection;

/// What is done with a node.
#[derive(Clone, Debug)]
pub(super) enum Task {
    /// Load a seed.
    Load,
    /// Say that a seed or model is as it was.
    Leave,
    /// Build a model; for an incremental one: as a whole or not, and why if that is news.
    Build {
        rebuild: bool,
        reason: Option<&'static str>,
    },
    /// Go on with the history of a snapshot.
    Record,
    /// Run data tests together: the node of the unit and these.
    Test(Vec<Arc<Node>>),
    /// Run a unit test.
    UnitTest,
    /// Nothing: what is only described takes part in a build, so that its end is recorded.
    Mention,
}

/// What a command does with the selected nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Loads seeds.
    Seed,
    /// Builds models, after loading the seeds they need that have changed.
    Run,
    /// Goes on with the history of snapshots.
    Snapshot,
    /// Runs data tests, and unit tests in a scratch database.
    Test,
    /// All of it in one go.
    Build,
}

impl Verb {
    const ALL: [Verb; 5] = [
        Verb::Seed,
        Verb::Run,
        Verb::Snapshot,
        Verb::Test,
        Verb::Build,
    ];

    /// The name of the command, as typed and recorded.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Verb::Seed => "seed",
            Verb::Run => "run",
            Verb::Snapshot => "snapshot",
            Verb::Test => "test",
            Verb::Build => "build",
        }
    }

    /// The command of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verb| verb.name() == name)
    }

    /// Whether nodes of this kind belong to the command.
    pub(in crate::transform) fn concerns(self, kind: NodeKind) -> bool {
        match kind {
            NodeKind::Seed => matches!(self, Verb::Seed | Verb::Build),
            NodeKind::Model => matches!(self, Verb::Run | Verb::Build),
            NodeKind::Snapshot => matches!(self, Verb::Snapshot | Verb::Build),
            NodeKind::Test | NodeKind::UnitTest => matches!(self, Verb::Test | Verb::Build),
            NodeKind::Exposure | NodeKind::SavedQuery => self == Verb::Build,
            _ => false,
        }
    }
}

/// One node to be built, or several tests that run together.
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
    /// The units of `verb` over the selected nodes.
    pub(super) fn of(
        verb: Verb,
        graph: &'g Graph,
        connection: &Connection,
        selection: &Selection,
        options: &RunOptions,
    ) -> Result<Self> {
        let full_refresh = options.full_refresh;
        let selected = select(graph, selection)?;
        let existing = Existing::read(connection)?;
        let is_own = graph.registry.settings.semantics == Semantics::Own;
        let mut needed = BTreeSet::new();
        if verb == Verb::Run {
            for id in &selected {
                if is_own {
                    needed.extend(graph.ancestors(id));
                } else {
                    needed.extend(graph.read_by(id));
                }
                needed.insert(id);
            }
        }
        let mut definitions = Definitions::new(graph);
        let mut units = Vec::new();
        for node in &graph.nodes {
            let id = node.id.as_str();
            let is_asked = selected.contains(id) && verb.concerns(node.kind);
            match node.kind {
                NodeKind::Seed if is_asked => {
                    units.push(seed_unit(node, &existing, full_refresh));
                }
                NodeKind::Seed if needed.contains(id) && !graph.registry.is_elsewhere(node) => {
                    let unit = seed_unit(node, &existing, full_refresh && selected.contains(id));
                    units.extend(is_due(&unit, is_own).then_some(unit));
                }
                NodeKind::Model if is_asked && !node.is_ephemeral() => {
                    let unit = if is_own {
                        model_unit(node, &existing, &mut definitions, full_refresh)?
                    } else {
                        dbt_model_unit(node, &existing, full_refresh)
                    };
                    units.push(unit);
                }
                NodeKind::Snapshot if is_asked => {
                    units.push(bare_unit(node, Task::Record, existing.kind(&node.relation)));
                }
                NodeKind::Exposure | NodeKind::SavedQuery if is_asked && !is_own => {
                    units.push(bare_unit(node, Task::Mention, None));
                }
                _ => {}
            }
        }
        for unit in &mut units {
            if options.unchanged.contains(&unit.node.id) {
                unit.task = Task::Leave;
            }
        }
        if verb.concerns(NodeKind::Test) {
            units.extend(test_units(verb, graph, &selected));
        }
        Self::finish(graph, connection, units)
    }

    fn finish(graph: &'g Graph, connection: &Connection, mut units: Vec<Unit<'g>>) -> Result<Self> {
        let schemas: BTreeSet<(Option<&str>, &str)> = units
            .iter()
            .filter(|unit| unit.node.has_relation())
            .map(|unit| &unit.node.relation)
            .map(|relation| (relation.database.as_deref(), relation.schema.as_str()))
            .collect();
        if !schemas.is_empty() {
            prepare(connection, &schemas, graph.registry.settings.semantics)?;
        }
        let is_own = graph.registry.settings.semantics == Semantics::Own;
        for unit in &mut units {
            unit.definition = unit.definition.take().filter(|_| is_own);
        }
        order(graph, &mut units);
        Ok(Self { units })
    }
}

impl Unit<'_> {
    /// Whether it tests instead of building something.
    pub(super) fn is_test(&self) -> bool {
        matches!(self.task, Task::Test(_) | Task::UnitTest)
    }
}

fn bare_unit(node: &Arc<Node>, task: Task, existing: Option<RelationKind>) -> Unit<'_> {
    Unit {
        node,
        task,
        existing,
        is_remembered: false,
        definition: None,
        waits_for: BTreeSet::new(),
    }
}

/// Data tests of one relation run together, in a build only those that can run at the same time.
fn test_units<'g>(verb: Verb, graph: &'g Graph, selected: &BTreeSet<&str>) -> Vec<Unit<'g>> {
    let mut groups: BTreeMap<(&str, Option<&BTreeSet<String>>), usize> = BTreeMap::new();
    let mut units: Vec<Unit<'g>> = Vec::new();
    for node in &graph.nodes {
        if !selected.contains(node.id.as_str()) {
            continue;
        }
        let attached = match &node.detail {
            Detail::UnitTest(_) => {
                units.push(bare_unit(node, Task::UnitTest, None));
                continue;
            }
            Detail::Test(test) => test.attached.as_deref(),
            _ => continue,
        };
        let together = (verb == Verb::Build).then_some(&node.parents);
        let group = attached.map(|attached| (attached, together));
        let known = group.and_then(|group| groups.get(&group).copied());
        match known.and_then(|at| units.get_mut(at)) {
            Some(Unit {
                task: Task::Test(others),
                ..
            }) => others.push(Arc::clone(node)),
            _ => {
                if let Some(group) = group {
                    groups.insert(group, units.len());
                }
                units.push(bare_unit(node, Task::Test(Vec::new()), None));
            }
        }
    }
    units
}

/// Whether models that need a seed have it loaded first: our own when it has changed, that of a
/// dbt project only when it is not there at all.
fn is_due(seed: &Unit<'_>, is_own: bool) -> bool {
    matches!(seed.task, Task::Load) && (is_own || seed.existing.is_none())
}

fn seed_unit<'g>(node: &'g Arc<Node>, existing: &Existing, full_refresh: bool) -> Unit<'g> {
    let definition = seed_definition(node);
    let is_current = existing.is_table(&node.relation)
        && existing.definition(&node.relation) == Some(definition.as_str());
    Unit {
        node,
        task: if is_current && !full_refresh {
            Task::Leave
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
