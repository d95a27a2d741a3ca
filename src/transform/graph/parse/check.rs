//! What a project as a whole must not do, and what is worth a notice.

use std::collections::{BTreeMap, BTreeSet};

use super::Reading;
use crate::error::{Error, Result, nearest};
use crate::project::{Layout, SourceFile};
use crate::transform::graph::{Node, NodeKind};
use crate::transform::properties::Section;

/// Two models, seeds or snapshots of one package with the same name.
pub(super) fn reject_double_names(nodes: &[Node]) -> Result<()> {
    let mut seen: BTreeMap<String, &Node> = BTreeMap::new();
    for node in nodes.iter().filter(|node| node.kind.is_referable()) {
        // Versions of a model share its name.
        let suffix = node.id.rsplit('.').next().unwrap_or_default();
        let key = format!("{}.{}.{suffix}", node.package, node.name).to_lowercase();
        if let Some(other) = seen.insert(key, node) {
            return Err(Error::project(format!("two files define `{}`", node.name))
                .at(&other.path)
                .at(&node.path)
                .hint("Rename one of the two files; names are the same in all folders."));
        }
    }
    Ok(())
}

/// What is enabled, and what is not. A model that refers to something disabled is an error; a test, an
/// exposure and the like goes with it.
pub(super) fn drop_disabled(
    nodes: Vec<Node>,
    notices: &mut Vec<String>,
) -> Result<(Vec<Node>, Vec<Node>)> {
    let (mut enabled, disabled): (Vec<Node>, Vec<Node>) =
        nodes.into_iter().partition(|node| node.config.enabled);
    let off: BTreeMap<&str, &Node> = disabled
        .iter()
        .map(|node| (node.id.as_str(), node))
        .collect();
    if off.is_empty() {
        return Ok((enabled, disabled));
    }
    let first_off = |node: &Node| {
        node.parents
            .iter()
            .find_map(|id| off.get(id.as_str()).copied())
    };
    for node in &enabled {
        let builds = matches!(node.kind, NodeKind::Model | NodeKind::Snapshot);
        if let Some(parent) = first_off(node).filter(|_| builds) {
            return Err(Error::project(format!(
                "`{}` refers to `{}`, which is disabled",
                node.name, parent.name
            ))
            .at(&node.path)
            .at(&parent.path)
            .hint(format!(
                "Enable `{}`, or disable `{}` too.",
                parent.name, node.name
            )));
        }
    }
    enabled.retain(|node| match first_off(node) {
        None => true,
        Some(parent) => {
            if node.kind != NodeKind::Test {
                notices.push(format!(
                    "{}: {} `{}` is left out, because `{}` is disabled",
                    node.path,
                    node.kind.word(),
                    node.name,
                    parent.name
                ));
            }
            false
        }
    });
    Ok((enabled, disabled))
}

/// Two nodes that would build the same relation.
pub(super) fn reject_double_relations(nodes: &[Node]) -> Result<()> {
    let mut seen: BTreeMap<String, &Node> = BTreeMap::new();
    let built = nodes
        .iter()
        .filter(|node| node.kind.is_referable() && !node.is_ephemeral());
    for node in built {
        if let Some(other) = seen.insert(node.relation.to_string().to_lowercase(), node) {
            return Err(Error::project(format!(
                "`{}` and `{}` both build {}",
                other.name, node.name, node.relation
            ))
            .at(&other.path)
            .at(&node.path)
            .hint("Give one of them another `alias` or `schema`."));
        }
    }
    Ok(())
}

/// Descriptions of models and seeds that do not exist.
pub(super) fn unknown_descriptions(reading: &Reading<'_>, nodes: &[Node]) -> Vec<String> {
    let mut notices = Vec::new();
    // What packages describe is theirs to mend.
    let package = &reading.project.root.name;
    let Some(properties) = reading.properties.get(package) else {
        return notices;
    };
    for (section, kind) in [
        (Section::Models, NodeKind::Model),
        (Section::Seeds, NodeKind::Seed),
    ] {
        // The project may describe what packages leave without a description.
        let files = reading
            .project
            .all_packages()
            .flat_map(|package| match kind {
                NodeKind::Seed => package.seeds.iter(),
                _ => package.models.iter(),
            });
        let of_kind = |node: &&Node| node.kind == kind;
        let mut names: BTreeSet<&str> = files.map(SourceFile::stem).collect();
        names.extend(nodes.iter().filter(of_kind).map(|node| node.name.as_str()));
        for one in properties.all(section) {
            if names.contains(one.name.as_str()) || one.entry.get("versions").is_some() {
                continue;
            }
            let meant = nearest(&one.name, names.iter().copied())
                .map_or(String::new(), |near| format!("; did you mean `{near}`?"));
            let word = kind.name();
            notices.push(format!(
                "{}: there is no {word} `{}`{meant}",
                one.place, one.name
            ));
        }
    }
    debug_assert!(reading.project.layout == Layout::Dbt || reading.project.packages.is_empty());
    notices
}
