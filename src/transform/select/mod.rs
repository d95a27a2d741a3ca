//! Choosing nodes: names, patterns, folders, tags, settings, states and results, with `+` for
//! relatives, commas for intersections and spaces for unions.
//!
//! Tests come along with what they test, as `--indirect-selection` says: a test that is chosen
//! only because of one of its parents may wait until all its parents are chosen.

mod expression;
mod method;
mod pattern;
mod relatives;
mod yaml;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use self::expression::{Choice, Criterion};
use self::method::Surroundings;
use self::relatives::{Ids, Relatives};
use super::graph::{Graph, Node, NodeKind};
use super::prior::Prior;
use super::settings::{Indirect, Selection, Semantics};
use crate::error::{Error, Result, nearest};

/// Ids of the selected nodes of all kinds.
///
/// # Errors
/// `Usage` for a selector that is wrong or matches nothing, and if nothing is left; a project of
/// dbt may select nothing, and so may a comparison of states.
pub(super) fn select<'g>(graph: &'g Graph, selection: &Selection) -> Result<BTreeSet<&'g str>> {
    let asked = Asked::read(graph, selection)?;
    let mut selected: Ids<'g> = match &asked.choice {
        None => graph.nodes.iter().map(|node| node.id.as_str()).collect(),
        Some(choice) => Selector::new(graph, selection, &asked).evaluate(choice)?,
    };
    if !selection.ids.is_empty() {
        selected.retain(|id| selection.ids.contains(*id));
    }
    if !selection.kinds.is_empty() || !selection.exclude_kinds.is_empty() {
        selected.retain(|id| {
            graph.node(id).is_some_and(|node| {
                (selection.kinds.is_empty() || is_one_of(node, &selection.kinds))
                    && !is_one_of(node, &selection.exclude_kinds)
            })
        });
    }
    if selected.is_empty() && asked.choice.is_some() && !asked.may_be_empty(graph) {
        return Err(Error::usage("nothing is selected")
            .at(describe(selection))
            .hint("Widen `--select` or narrow `--exclude`; `cca ls` shows what there is."));
    }
    Ok(selected)
}

/// What is asked for and is not there, for a project of dbt, in which that is no error: sentences
/// with the nearest name.
///
/// # Errors
/// `Usage` for a selector that is wrong.
pub(super) fn unmatched(graph: &Graph, selection: &Selection) -> Result<Vec<String>> {
    let asked = Asked::read(graph, selection)?;
    let selector = Selector::new(graph, selection, &asked);
    let mut told = Vec::new();
    for one in asked.choice.iter().flat_map(Choice::criteria) {
        if !method::may_be_empty(&one.method) && selector.matching(one)?.is_empty() {
            let error = selector.no_match(one);
            let hint = error.hints().first().map_or("", String::as_str);
            told.push(format!("{}. {hint}", error.message()));
        }
    }
    Ok(told)
}

fn is_one_of(node: &Node, kinds: &[NodeKind]) -> bool {
    kinds.contains(&node.kind)
}

fn describe(selection: &Selection) -> String {
    let mut parts = Vec::new();
    for (flag, values) in [
        ("--select", &selection.select),
        ("--exclude", &selection.exclude),
    ] {
        if !values.is_empty() {
            parts.push(format!("{flag} {}", values.join(" ")));
        }
    }
    parts.extend(
        selection
            .selector
            .iter()
            .map(|name| format!("--selector {name}")),
    );
    parts.join(" ")
}

/// What is asked for, as one tree.
struct Asked {
    /// `None` for everything.
    choice: Option<Choice>,
    indirect: Indirect,
}

impl Asked {
    fn read(graph: &Graph, selection: &Selection) -> Result<Self> {
        let indirect = selection.indirect.unwrap_or_default();
        let named = match &selection.selector {
            Some(name) => Some(yaml::named(&graph.selectors, name)?),
            None if selection.select.is_empty()
                && selection.exclude.is_empty()
                && selection.ids.is_empty() =>
            {
                yaml::default_of(&graph.selectors)?
            }
            None => None,
        };
        let included = match named {
            Some(choice) => Some(choice),
            None if selection.select.is_empty() => None,
            None => Some(Choice::read(&selection.select)?),
        };
        let choice = if selection.exclude.is_empty() {
            included
        } else {
            let excluded = Choice::read(&selection.exclude)?;
            let first = included.unwrap_or(Choice::Criterion(Criterion::read("fqn:*")?));
            Some(Choice::Difference(Box::new(first), vec![excluded]))
        };
        Ok(Self { choice, indirect })
    }

    fn may_be_empty(&self, graph: &Graph) -> bool {
        let criteria = self.choice.iter().flat_map(Choice::criteria);
        graph.registry.settings.semantics == Semantics::Dbt
            || criteria
                .into_iter()
                .any(|one| method::may_be_empty(&one.method))
    }
}

/// Evaluates a tree against a graph.
struct Selector<'g, 'a> {
    graph: &'g Graph,
    relatives: Relatives<'g>,
    around: Surroundings<'a>,
    indirect: Indirect,
    /// Whether a criterion that matches nothing is told instead of refused.
    is_lenient: bool,
}

/// Nodes of a part of the tree, and tests that may join when their other parents are chosen too.
#[derive(Default)]
struct Part<'g> {
    direct: Ids<'g>,
    waiting: Ids<'g>,
}

impl<'g: 'a, 'a> Selector<'g, 'a> {
    fn new(graph: &'g Graph, selection: &'a Selection, asked: &Asked) -> Self {
        let prior: Option<&Prior> = selection.prior.as_deref();
        Self {
            graph,
            relatives: Relatives::new(graph),
            around: Surroundings { graph, prior },
            indirect: asked.indirect,
            is_lenient: graph.registry.settings.semantics == Semantics::Dbt,
        }
    }

    fn evaluate(&self, choice: &Choice) -> Result<Ids<'g>> {
        Ok(self.part(choice)?.direct)
    }

    fn part(&self, choice: &Choice) -> Result<Part<'g>> {
        match choice {
            Choice::Criterion(one) => self.criterion(one),
            Choice::Union(parts) => self.combine(parts.iter(), Ids::extend),
            Choice::Intersection(parts) => {
                self.combine(parts.iter(), |all, one| all.retain(|id| one.contains(id)))
            }
            Choice::Difference(first, rest) => {
                let parts = std::iter::once(&**first).chain(rest);
                self.combine(parts, |all, one| all.retain(|id| !one.contains(id)))
            }
        }
    }

    fn combine<'c>(
        &self,
        parts: impl Iterator<Item = &'c Choice>,
        mut join: impl FnMut(&mut Ids<'g>, Ids<'g>),
    ) -> Result<Part<'g>> {
        let mut all: Option<Part<'g>> = None;
        for choice in parts {
            let mut part = self.part(choice)?;
            part.waiting.extend(part.direct.iter().copied());
            match &mut all {
                None => all = Some(part),
                Some(all) => {
                    join(&mut all.direct, part.direct);
                    join(&mut all.waiting, part.waiting);
                }
            }
        }
        let mut all = all.unwrap_or_default();
        self.admit(&mut all);
        Ok(all)
    }

    /// Lets waiting tests join whose parents are all there now.
    fn admit(&self, part: &mut Part<'g>) {
        let present = match self.indirect {
            Indirect::Eager | Indirect::Empty => return,
            Indirect::Cautious => part.direct.clone(),
            Indirect::Buildable => self.with_parents(&part.direct),
        };
        let joining = part
            .waiting
            .iter()
            .filter(|id| self.has_parents_in(id, &present));
        let joining: Vec<&str> = joining.copied().collect();
        part.direct.extend(joining);
    }

    fn criterion(&self, one: &Criterion) -> Result<Part<'g>> {
        let mut chosen = self.matching(one)?;
        let base = chosen.clone();
        if let Some(generations) = one.parents {
            chosen.extend(self.relatives.parents(&base, generations));
        }
        if let Some(generations) = one.children {
            chosen.extend(self.relatives.children(&base, generations));
        }
        if one.with_parents_of_children {
            let mut family = self.relatives.children(&base, usize::MAX);
            family.extend(base);
            chosen.extend(self.relatives.parents(&family, usize::MAX));
            chosen.extend(family);
        }
        Ok(self.with_tests(chosen, one.indirect.unwrap_or(self.indirect)))
    }

    /// Adds the tests of the chosen nodes, or lets them wait.
    fn with_tests(&self, chosen: Ids<'g>, indirect: Indirect) -> Part<'g> {
        let mut part = Part {
            direct: chosen,
            waiting: Ids::new(),
        };
        if indirect == Indirect::Empty {
            return part;
        }
        let present = match indirect {
            Indirect::Buildable => self.with_parents(&part.direct),
            _ => part.direct.clone(),
        };
        for id in self.relatives.children(&part.direct, 1) {
            let is_test = self
                .graph
                .node(id)
                .is_some_and(|node| matches!(node.kind, NodeKind::Test | NodeKind::UnitTest));
            if !is_test {
                continue;
            }
            if indirect == Indirect::Eager || self.has_parents_in(id, &present) {
                part.direct.insert(id);
            } else {
                part.waiting.insert(id);
            }
        }
        part
    }

    fn with_parents(&self, ids: &Ids<'g>) -> Ids<'g> {
        let mut all = self.relatives.parents(ids, usize::MAX);
        all.extend(ids);
        let sources = self
            .graph
            .nodes
            .iter()
            .filter(|node| node.kind == NodeKind::Source);
        all.extend(sources.map(|node| node.id.as_str()));
        all
    }

    fn has_parents_in(&self, id: &str, present: &Ids<'g>) -> bool {
        self.graph
            .node(id)
            .is_some_and(|node| node.selected_with().all(|parent| present.contains(parent)))
    }

    fn matching(&self, one: &Criterion) -> Result<Ids<'g>> {
        method::check(one, &self.around)?;
        let mut found = Ids::new();
        for node in &self.graph.nodes {
            if method::matches(node, one, &self.around)? {
                found.insert(node.id.as_str());
            }
        }
        if found.is_empty() && one.method.is_empty() {
            let nodes = self.graph.nodes.iter();
            let inside = nodes.filter(|node| method::matches_folder(node, &one.value));
            found.extend(inside.map(|node| node.id.as_str()));
        }
        if found.is_empty() && !self.is_lenient && !method::may_be_empty(&one.method) {
            return Err(self.no_match(one));
        }
        Ok(found)
    }

    fn no_match(&self, one: &Criterion) -> Error {
        let nodes = || self.graph.nodes.iter();
        let tags = nodes().flat_map(|node| node.config.tags.iter().map(String::as_str));
        let folders = nodes().flat_map(|node| node.path.split('/').rev().skip(1));
        let names = nodes().map(|node| node.name.as_str());
        let near = match one.method.as_str() {
            "tag" => nearest(&one.value, tags.collect::<BTreeSet<_>>()),
            _ => nearest(&one.value, names.chain(folders).collect::<BTreeSet<_>>()),
        };
        let hint = match near {
            Some(near) if one.method.is_empty() => format!("Did you mean `{near}`?"),
            Some(near) => format!("Did you mean `{}:{near}`?", one.method),
            None => "Run `cca ls` to see what there is.".to_owned(),
        };
        Error::usage(format!("`{}` matches nothing", one.text)).hint(hint)
    }
}
