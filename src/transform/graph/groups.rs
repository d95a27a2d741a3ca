//! Groups of models and who may refer to what: a private model only models of its own group, a
//! protected one of a package that restricts access only its own package.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::{Detail, Node, NodeKind};
use crate::error::{Error, Result, nearest};

/// A group, as a properties file declares it.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::transform) struct Group {
    pub name: String,
    pub package: String,
    /// Properties file.
    pub path: String,
    /// The entry as written: owner, description, config.
    pub entry: Json,
}

const ACCESS: [&str; 3] = ["private", "protected", "public"];

impl Node {
    /// The group it is put into.
    pub(in crate::transform) fn group(&self) -> Option<&str> {
        self.settings.get("group").and_then(Json::as_str)
    }

    /// `private`, `protected` or `public`.
    pub(in crate::transform) fn access(&self) -> &str {
        let set = self.settings.get("access").and_then(Json::as_str);
        set.unwrap_or("protected")
    }
}

/// Refuses groups and kinds of access that do not exist, and references that are not allowed;
/// `restricted` are the packages whose models others may use only if they are public.
pub(super) fn check(nodes: &[Node], groups: &[Group], restricted: &BTreeSet<&str>) -> Result<()> {
    let names: BTreeSet<&str> = groups.iter().map(|group| group.name.as_str()).collect();
    for node in nodes {
        if let Some(group) = node.group().filter(|group| !names.contains(group)) {
            let hint = match nearest(group, names.iter().copied()) {
                Some(near) => format!("Did you mean `{near}`?"),
                None => "Declare it under `groups:` in a properties file.".to_owned(),
            };
            let what = format!("there is no group `{group}`");
            return Err(Error::project(what)
                .at(&node.path)
                .cause(format!("{} `{}` names it", node.kind.word(), node.name))
                .hint(hint));
        }
        if !ACCESS.contains(&node.access()) {
            let given = node.access();
            let near = nearest(given, ACCESS).unwrap_or("protected");
            let what = format!("there is no access `{given}`");
            return Err(Error::project(what)
                .at(&node.path)
                .cause(format!("{} `{}` names it", node.kind.word(), node.name))
                .hint(format!(
                    "Did you mean `{near}`? There are `private`, `protected` and `public`."
                )));
        }
    }
    let models = nodes.iter().filter(|node| node.kind == NodeKind::Model);
    let guarded: Vec<&Node> = models
        .filter(|node| node.access() == "private" || restricted.contains(node.package.as_str()))
        .collect();
    for node in nodes.iter().filter(|_| !guarded.is_empty()) {
        for model in &guarded {
            if node.parents.contains(&model.id) {
                let group = match &node.detail {
                    // A test belongs to the group of what it tests.
                    Detail::Test(test) => test
                        .attached
                        .as_ref()
                        .and_then(|id| nodes.iter().find(|one| one.id == *id)?.group()),
                    _ => node.group(),
                };
                allowed(node, group, model, restricted)?;
            }
        }
    }
    Ok(())
}

fn allowed(
    node: &Node,
    group: Option<&str>,
    model: &Node,
    restricted: &BTreeSet<&str>,
) -> Result<()> {
    let is_foreign = node.package != model.package && restricted.contains(model.package.as_str());
    // A unit test gives rows in place of what it names.
    let is_unit_test = node.kind == NodeKind::UnitTest;
    let same_group = group.is_some() && group == model.group();
    let (why, hint) = match model.access() {
        "private" if is_unit_test || (same_group && !is_foreign) => return Ok(()),
        "private" => {
            let group = model.group().unwrap_or("none");
            (
                format!("`{}` is private to the group `{group}`", model.name),
                format!(
                    "Put `{}` into that group, or make `{}` protected.",
                    node.name, model.name
                ),
            )
        }
        "protected" if is_foreign => (
            format!(
                "`{}` is protected, and the package `{}` restricts access",
                model.name, model.package
            ),
            "Refer to a public model of the package.".to_owned(),
        ),
        _ => return Ok(()),
    };
    let what = format!(
        "{} `{}` may not refer to `{}`",
        node.kind.word(),
        node.name,
        model.name
    );
    Err(Error::project(what)
        .at(node.described_at.as_deref().unwrap_or(&node.path))
        .cause(why)
        .hint(hint))
}
