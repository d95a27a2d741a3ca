//! Choosing nodes: names, patterns, folders and tags, with `+` for relatives, commas for
//! intersections and spaces for unions.

use std::collections::BTreeSet;

use super::graph::{Detail, Graph, Node, NodeKind};
use super::settings::Selection;
use crate::error::{Error, Result, nearest};

/// Nodes that are built; tests, sources and the like only go with them.
fn built(graph: &Graph) -> impl Iterator<Item = &Node> {
    let nodes = graph.nodes.iter().map(|node| &**node);
    nodes.filter(|node| node.kind.is_referable())
}

/// Ids of the selected nodes.
///
/// # Errors
/// `Usage` for a selector that matches nothing, and if nothing is left.
pub(super) fn select<'g>(graph: &'g Graph, selection: &Selection) -> Result<BTreeSet<&'g str>> {
    let everything = || built(graph).map(|node| node.id.as_str()).collect();
    let wanted = terms(&selection.select);
    let mut selected: BTreeSet<&str> = if wanted.is_empty() {
        everything()
    } else {
        union(graph, &wanted)?
    };
    let unwanted = terms(&selection.exclude);
    if unwanted.is_empty() && wanted.is_empty() {
        return Ok(selected);
    }
    let excluded = union(graph, &unwanted)?;
    selected.retain(|name| !excluded.contains(name));
    if selected.is_empty() {
        return Err(Error::usage("nothing is selected")
            .at(describe(selection))
            .hint("Widen `--select` or narrow `--exclude`; `cca ls` shows what there is."));
    }
    Ok(selected)
}

/// Ids of the tests that go with the selected nodes: those of which any parent is selected and
/// none is excluded.
pub(super) fn tests_with<'g>(
    graph: &'g Graph,
    selection: &Selection,
    selected: &BTreeSet<&str>,
) -> Result<BTreeSet<&'g str>> {
    let excluded = union(graph, &terms(&selection.exclude))?;
    let selects_all = terms(&selection.select).is_empty();
    let touches = |node: &Node, ids: &BTreeSet<&str>| match &node.detail {
        Detail::UnitTest(test) => ids.contains(test.model.as_str()),
        _ => node.parents.iter().any(|id| ids.contains(id.as_str())),
    };
    Ok(graph
        .nodes
        .iter()
        .filter(|node| matches!(node.kind, NodeKind::Test | NodeKind::UnitTest))
        .filter(|node| selects_all || touches(node, selected))
        .filter(|node| !touches(node, &excluded))
        .map(|node| node.id.as_str())
        .collect())
}

fn describe(selection: &Selection) -> String {
    let select = format!("--select {}", selection.select.join(" "));
    let exclude = format!("--exclude {}", selection.exclude.join(" "));
    match (selection.select.is_empty(), selection.exclude.is_empty()) {
        (true, _) => exclude,
        (_, true) => select,
        _ => format!("{select} {exclude}"),
    }
}

fn terms(arguments: &[String]) -> Vec<&str> {
    arguments
        .iter()
        .flat_map(|argument| argument.split_whitespace())
        .collect()
}

fn union<'g>(graph: &'g Graph, terms: &[&str]) -> Result<BTreeSet<&'g str>> {
    let mut all = BTreeSet::new();
    for term in terms {
        all.extend(intersection(graph, term)?);
    }
    Ok(all)
}

fn intersection<'g>(graph: &'g Graph, term: &str) -> Result<BTreeSet<&'g str>> {
    let mut common: Option<BTreeSet<&str>> = None;
    for atom in term.split(',').filter(|atom| !atom.is_empty()) {
        let found = Atom::read(atom)?.select(graph)?;
        common = Some(match common {
            None => found,
            Some(common) => common.intersection(&found).copied().collect(),
        });
    }
    Ok(common.unwrap_or_default())
}

/// `2+tag:x+1`: a criterion with the relatives it brings along.
#[derive(Debug, PartialEq, Eq)]
struct Atom<'a> {
    criterion: &'a str,
    /// Generations of parents; `None` for none, `usize::MAX` for all.
    parents: Option<usize>,
    children: Option<usize>,
    /// `@`: also all parents of all children.
    with_parents_of_children: bool,
}

impl<'a> Atom<'a> {
    fn read(text: &'a str) -> Result<Self> {
        let (text, with_parents_of_children) = match text.strip_prefix('@') {
            Some(rest) => (rest, true),
            None => (text, false),
        };
        let (parents, text) = match text.split_once('+') {
            Some((count, rest)) if !rest.is_empty() => match depth(count) {
                Some(depth) => (Some(depth), rest),
                None => (None, text),
            },
            _ => (None, text),
        };
        let (children, criterion) = match text.rsplit_once('+') {
            Some((rest, count)) if !rest.is_empty() => match depth(count) {
                Some(depth) => (Some(depth), rest),
                None => (None, text),
            },
            _ => (None, text),
        };
        if criterion.is_empty() || criterion.contains(['+', '@']) {
            return Err(Error::usage(format!("`{text}` is not a selector")).hint(
                "Write `name`, `+name`, `name+`, `2+name`, `tag:x`, `path:folder` or `a,b`.",
            ));
        }
        Ok(Self {
            criterion,
            parents,
            children,
            with_parents_of_children,
        })
    }

    fn select<'g>(&self, graph: &'g Graph) -> Result<BTreeSet<&'g str>> {
        let base = self.base(graph)?;
        let mut all = base.clone();
        all.extend(relatives(graph, &base, self.parents, parents_of));
        all.extend(relatives(graph, &base, self.children, children_of));
        if self.with_parents_of_children {
            let family = relatives(graph, &base, Some(usize::MAX), children_of);
            all.extend(relatives(graph, &family, Some(usize::MAX), parents_of));
            all.extend(family);
        }
        if self.criterion.starts_with("source:") && self.children.is_none() {
            return Err(Error::usage("a source itself cannot be built")
                .at(self.criterion)
                .hint(format!(
                    "Write `{}+` for the models that read it.",
                    self.criterion
                )));
        }
        Ok(all)
    }

    fn base<'g>(&self, graph: &'g Graph) -> Result<BTreeSet<&'g str>> {
        let (method, value) = self
            .criterion
            .split_once(':')
            .unwrap_or(("", self.criterion));
        let value = value.trim_end_matches('/');
        if !METHODS.contains(&method) {
            let near = nearest(method, METHODS)
                .map_or(String::new(), |near| format!("Did you mean `{near}:`? "));
            return Err(Error::usage(format!("unknown selector method `{method}:`"))
                .at(self.criterion)
                .hint(format!("{near}Use one of {}.", method_list())));
        }
        let found: BTreeSet<&str> = built(graph)
            .filter(|node| matches(node, method, value))
            .map(|node| node.id.as_str())
            .collect();
        if found.is_empty() {
            Err(no_match(graph, self.criterion, method, value))
        } else {
            Ok(found)
        }
    }
}

const METHODS: [&str; 9] = [
    "",
    "path",
    "tag",
    "model",
    "seed",
    "source",
    "file",
    "resource_type",
    "config.materialized",
];

fn method_list() -> String {
    METHODS
        .iter()
        .skip(1)
        .map(|method| format!("`{method}:`"))
        .collect::<Vec<_>>()
        .join(", ")
}

fn depth(text: &str) -> Option<usize> {
    if text.is_empty() {
        Some(usize::MAX)
    } else {
        text.parse().ok()
    }
}

type Relatives = for<'g> fn(&'g Graph, &str) -> Vec<&'g str>;

fn parents_of<'g>(graph: &'g Graph, id: &str) -> Vec<&'g str> {
    graph
        .node(id)
        .into_iter()
        .flat_map(|node| node.parents.iter())
        .filter(|id| {
            graph
                .node(id)
                .is_some_and(|parent| parent.kind.is_referable())
        })
        .map(String::as_str)
        .collect()
}

fn children_of<'g>(graph: &'g Graph, id: &str) -> Vec<&'g str> {
    let children = built(graph).filter(|node| node.parents.contains(id));
    children.map(|node| node.id.as_str()).collect()
}

fn relatives<'g>(
    graph: &'g Graph,
    base: &BTreeSet<&'g str>,
    generations: Option<usize>,
    next: Relatives,
) -> BTreeSet<&'g str> {
    let mut all = BTreeSet::new();
    let mut edge: Vec<&str> = base.iter().copied().collect();
    for _ in 0..generations.unwrap_or(0) {
        edge = edge
            .into_iter()
            .flat_map(|name| next(graph, name))
            .collect();
        edge.retain(|name| all.insert(*name));
        if edge.is_empty() {
            break;
        }
    }
    all
}

fn matches(node: &Node, method: &str, value: &str) -> bool {
    match method {
        "tag" => node.config.tags.iter().any(|tag| glob(value, tag)),
        "path" => in_folder(&node.path, value) || glob(value, &node.path),
        "model" => node.kind == NodeKind::Model && glob(value, &node.name),
        "seed" => node.kind == NodeKind::Seed && glob(value, &node.name),
        "source" => node.sources.iter().any(|(source, table)| {
            glob(value, source) || glob(value, &format!("{source}.{table}"))
        }),
        "file" => {
            let name = node.path.rsplit('/').next().unwrap_or_default();
            glob(value, name) || glob(value, &node.name)
        }
        "resource_type" => node.kind.name() == value,
        "config.materialized" => node.materialization() == value,
        _ => glob(value, &node.name) || in_folder(&node.path, value) || glob(value, &node.path),
    }
}

/// Whether `folder` is a run of whole folders (or the file itself) in `path`.
fn in_folder(path: &str, folder: &str) -> bool {
    let folder = folder
        .trim_start_matches("./")
        .trim_matches(['/', '.', '*']);
    if folder.is_empty() {
        return false;
    }
    let path = format!("/{path}");
    path.contains(&format!("/{folder}/")) || path.ends_with(&format!("/{folder}"))
}

/// Matches `*` (any letters) and `?` (one letter).
fn glob(pattern: &str, text: &str) -> bool {
    match pattern.split_once(['*', '?']) {
        None => pattern == text,
        Some((head, rest)) => {
            let Some(tail) = text.strip_prefix(head) else {
                return false;
            };
            if pattern.as_bytes().get(head.len()) == Some(&b'?') {
                let mut letters = tail.chars();
                return letters.next().is_some() && glob(rest, letters.as_str());
            }
            tail.char_indices()
                .map(|(at, _)| at)
                .chain([tail.len()])
                .any(|at| glob(rest, tail.get(at..).unwrap_or_default()))
        }
    }
}

fn no_match(graph: &Graph, criterion: &str, method: &str, value: &str) -> Error {
    let tags: BTreeSet<&str> = graph
        .nodes
        .iter()
        .flat_map(|node| node.config.tags.iter().map(String::as_str))
        .collect();
    let folders: BTreeSet<&str> = graph
        .nodes
        .iter()
        .flat_map(|node| node.path.split('/').rev().skip(1))
        .collect();
    let names = graph.nodes.iter().map(|node| node.name.as_str());
    let near = match method {
        "tag" => nearest(value, tags),
        _ => nearest(value, names.chain(folders)),
    };
    let hint = match near {
        Some(near) if method.is_empty() => format!("Did you mean `{near}`?"),
        Some(near) => format!("Did you mean `{method}:{near}`?"),
        None => "Run `cca ls` to see what there is.".to_owned(),
    };
    Error::usage(format!("`{criterion}` matches no model or seed")).hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_whole_texts() {
        assert!(glob("fct_*", "fct_messages"));
        assert!(glob("*_m?ssages", "fct_messages"));
        assert!(!glob("fct_", "fct_messages"));
        assert!(!glob("?", ""));
        assert!(glob("**", ""));
    }

    #[test]
    fn folders_match_by_whole_components() {
        let path = "sql/models/marts/facts/a.sql";
        for folder in [
            "marts",
            "sql/models/marts",
            "marts/facts",
            "./sql/models",
            "marts/facts/a.sql",
        ] {
            assert!(in_folder(path, folder), "{folder}");
        }
        assert!(!in_folder(path, "mart"));
        assert!(!in_folder(path, "facts/b"));
    }

    #[test]
    fn relatives_are_read_from_plus_signs() {
        let read = |text| {
            let atom = Atom::read(text).expect("valid");
            (atom.criterion, atom.parents, atom.children)
        };
        assert_eq!(read("a"), ("a", None, None));
        assert_eq!(read("+a"), ("a", Some(usize::MAX), None));
        assert_eq!(read("2+tag:x+1"), ("tag:x", Some(2), Some(1)));
        assert_eq!(read("a+"), ("a", None, Some(usize::MAX)));
        assert!(Atom::read("+").is_err());
    }
}
