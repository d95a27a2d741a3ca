//! What templates see before any node is read: macros, docs, variables, target.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde_json::Value as Json;

use crate::error::{Error, Result};
use crate::project::{Layout, Package, Project};
use crate::transform::config::is_template;
use crate::transform::context::{DocBlock, Macro, Macros, Registry, Vars};
use crate::transform::engine::engine;
use crate::transform::render::{Templates, block_template};
use crate::transform::settings::{Semantics, TransformSettings};
use crate::transform::template::blocks::{BlockKind, split};
use crate::transform::template::docs::docs;
use crate::transform::template::rewrite::Rewritten;
use crate::transform::zone::LocalZone;

pub(super) fn registry(
    project: &Project,
    settings: TransformSettings,
    templates: &mut Templates,
) -> Result<Registry> {
    let root = project.root.name.clone();
    let mut macros = Macros::new(&root, search_order(&project.root));
    for package in project.all_packages() {
        read_macros(package, &mut macros, templates)?;
    }
    let packages = project
        .all_packages()
        .filter_map(|package| Some((package.name.clone(), package.settings.get("vars")?.clone())));
    Ok(Registry {
        layout: project.layout,
        project: root.clone(),
        zone: LocalZone::new(&settings.timezone)?,
        invocation_id: uuid::Uuid::now_v7().to_string(),
        started: crate::sys::clock::now(),
        vars: Vars {
            asked: settings.vars.clone(),
            packages: packages.collect(),
            root,
        },
        settings,
        referents: BTreeMap::new(),
        sources: BTreeMap::new(),
        macros,
        overrides: BTreeMap::new(),
        docs: read_docs(project)?,
        prefixes: project
            .all_packages()
            .map(|package| (package.name.clone(), package.prefix.clone()))
            .collect(),
        macro_notes: BTreeMap::new(),
        nodes: Vec::new(),
        index: BTreeMap::new(),
        selected: OnceLock::new(),
        graph: OnceLock::new(),
    })
}

/// `dispatch:` of the project.
fn search_order(root: &Package) -> BTreeMap<String, Vec<String>> {
    let entries = root.settings.get("dispatch").and_then(Json::as_array);
    entries
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let namespace = entry.get("macro_namespace")?.as_str()?;
            let order = entry.get("search_order")?.as_array()?;
            let names = order.iter().filter_map(Json::as_str).map(str::to_owned);
            Some((namespace.to_owned(), names.collect()))
        })
        .collect()
}

fn read_macros(package: &Package, macros: &mut Macros, templates: &mut Templates) -> Result<()> {
    for file in package.macros.iter().chain(&package.tests) {
        let is_test = package.tests.contains(file);
        // A singular test is a query; it defines nothing unless it says so.
        if is_test && !file.text.contains("{%") {
            continue;
        }
        templates.add_file(&file.path, &file.text);
        for block in split(file)? {
            if block.kind != BlockKind::Macro {
                return Err(Error::project("a snapshot is defined in a macro file")
                    .at(format!("{}:{}", block.path, block.line))
                    .hint("Move it to the folder of the snapshots."));
            }
            let template = block_template(&block.path, &block.name);
            let mut one = Macro::of(&package.name, template, &block);
            package.own_path(&block.path).clone_into(&mut one.file);
            if is_test || is_beside_tests(package, &block.path) {
                // dbt lists none of a test that is defined beside tests.
                one.parameters.clear();
            }
            let subject = format!("macro `{}`", one.name);
            let here = format!("{}:{}", one.path, one.line);
            let (template, name) = (one.template.clone(), one.name.clone());
            if let Some(other) = macros.add(one) {
                return Err(Error::project(format!("macro `{name}` is defined twice"))
                    .at(format!("{}:{}", other.path, other.line))
                    .at(here)
                    .hint("Rename one of the two."));
            }
            templates.add_macro(&template, &block.template, &subject)?;
        }
    }
    Ok(())
}

/// The text of a docs block; templates in it see nothing of the project. What is no template
/// although it looks like one stays as it is.
fn rendered(text: String) -> String {
    if !is_template(&text) {
        return text;
    }
    let engine = engine(Semantics::Dbt);
    let rendered = engine.render_str(&Rewritten::of(&text).text, ());
    rendered.map_or(text, |text| text.trim().to_owned())
}

fn is_beside_tests(package: &Package, path: &str) -> bool {
    let own = package.own_path(path);
    let mut folders = package.folders.tests.iter();
    folders.any(|folder| {
        own.strip_prefix(folder.as_str())
            .is_some_and(|rest| rest.starts_with('/'))
    })
}

fn read_docs(project: &Project) -> Result<BTreeMap<(String, String), DocBlock>> {
    let mut all = BTreeMap::new();
    let mut places: BTreeMap<(String, String), &str> = BTreeMap::new();
    for package in project.all_packages() {
        for file in &package.docs {
            for (name, text) in docs(&file.text) {
                let key = (package.name.clone(), name);
                if let Some(other) = places.insert(key.clone(), &file.path) {
                    return Err(
                        Error::project(format!("docs block `{}` is defined twice", key.1))
                            .at(other)
                            .at(&file.path)
                            .hint("Rename one of the two."),
                    );
                }
                let mut inner = package.inner_folders(&file.path);
                inner.extend(file.path.rsplit('/').next());
                let block = DocBlock {
                    text: rendered(text),
                    file: package.own_path(&file.path).to_owned(),
                    inner_path: inner.join("/"),
                };
                all.insert(key, block);
            }
        }
    }
    debug_assert!(all.is_empty() || project.layout == Layout::Dbt);
    Ok(all)
}
