//! From files to a graph: compile the templates, render each model once without a warehouse, and
//! take down what it refers to and how it is configured.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex};

use super::{Graph, Node, NodeKind, order};
use crate::error::{Error, Result};
use crate::project::{Project, SourceFile};
use crate::transform::config::{ConfigPatch, Materialization, ModelConfig, Refusal};
use crate::transform::context::{Mode, Record, Referent, Registry, Scope};
use crate::transform::properties::{NodeProperties, Properties};
use crate::transform::render::{Templates, macro_template};
use crate::transform::settings::{Semantics, TransformSettings};
use crate::transform::template::macros::{MacroSource, split};
use crate::transform::zone::LocalZone;
use crate::warehouse::Relation;

/// Schema of seeds.
const SEED_SCHEMA: &str = "seeds";

pub(super) fn parse(project: &Project, settings: &TransformSettings) -> Result<Graph> {
    let properties = Properties::read(&project.properties)?;
    let macros = read_macros(&project.macros)?;
    reject_double_names(project)?;
    let templates = Templates::compile(&project.models, &macros)?;
    let mut registry = Registry {
        settings: settings.clone(),
        zone: LocalZone::new(&settings.timezone)?,
        invocation_id: uuid::Uuid::now_v7().to_string(),
        started: crate::sys::clock::now(),
        referents: provisional_referents(project, &properties),
        sources: properties.sources.clone(),
        macros: macros
            .iter()
            .map(|one| (one.name.clone(), macro_template(one)))
            .collect(),
    };
    let mut notices = properties.notices.clone();
    let nodes = read_nodes(project, &properties, &templates, &registry, &mut notices)?;
    let nodes = drop_disabled(nodes)?;
    reject_double_relations(&nodes)?;
    notices.extend(unknown_descriptions(&properties, project));
    registry.referents = nodes
        .iter()
        .map(|node| (node.name.clone(), referent(node)))
        .collect();
    let nodes = order::sort(nodes)?;
    let index = nodes
        .iter()
        .enumerate()
        .map(|(at, node)| (node.name.clone(), at))
        .collect();
    Ok(Graph {
        nodes,
        index,
        registry: Arc::new(registry),
        templates,
        notices,
    })
}

fn referent(node: &Node) -> Referent {
    let is_ephemeral =
        node.kind == NodeKind::Model && node.config.materialized == Materialization::Ephemeral;
    Referent {
        relation: node.relation.clone(),
        is_ephemeral,
    }
}

fn read_macros(files: &[SourceFile]) -> Result<Vec<MacroSource>> {
    let mut all: BTreeMap<String, MacroSource> = BTreeMap::new();
    for file in files {
        for one in split(file)? {
            let here = format!("{}:{}", one.path, one.line);
            if let Some(other) = all.insert(one.name.clone(), one) {
                return Err(
                    Error::project(format!("macro `{}` is defined twice", other.name))
                        .at(format!("{}:{}", other.path, other.line))
                        .at(here)
                        .hint("Rename one of the two."),
                );
            }
        }
    }
    Ok(all.into_values().collect())
}

fn reject_double_names(project: &Project) -> Result<()> {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for file in project.models.iter().chain(&project.seeds) {
        if let Some(other) = seen.insert(file.stem().to_lowercase(), &file.path) {
            return Err(
                Error::project(format!("two files define `{}`", file.stem()))
                    .at(other)
                    .at(&file.path)
                    .hint("Rename one of the two files; names are the same in all folders."),
            );
        }
    }
    Ok(())
}

/// Names and likely relations, before any model has been rendered.
fn provisional_referents(project: &Project, properties: &Properties) -> BTreeMap<String, Referent> {
    let models = project
        .models
        .iter()
        .map(|file| (file, folder_schema(&file.path)));
    let seeds = project
        .seeds
        .iter()
        .map(|file| (file, SEED_SCHEMA.to_owned()));
    models
        .chain(seeds)
        .map(|(file, schema)| {
            let patch = properties.config_of(file.stem(), &file.path);
            let relation = relation(file.stem(), schema, &patch);
            (
                file.stem().to_owned(),
                Referent {
                    relation,
                    is_ephemeral: false,
                },
            )
        })
        .collect()
}

/// The first folder below `sql/models/`; `main` for a model in no folder.
fn folder_schema(path: &str) -> String {
    let below = path.strip_prefix("sql/models/").unwrap_or(path);
    below
        .split_once('/')
        .map_or("main", |(folder, _)| folder)
        .to_owned()
}

fn relation(name: &str, schema: String, patch: &ConfigPatch) -> Relation {
    let text = |key: &str| {
        patch
            .get(key)
            .and_then(|value| value.as_str())
            .map(str::to_owned)
    };
    Relation::new(
        text("schema").unwrap_or(schema),
        text("alias").unwrap_or_else(|| name.to_owned()),
    )
}

fn read_nodes(
    project: &Project,
    properties: &Properties,
    templates: &Templates,
    registry: &Registry,
    notices: &mut Vec<String>,
) -> Result<Vec<Node>> {
    let registry = Arc::new(registry.clone());
    let semantics = registry.settings.semantics;
    let mut nodes = Vec::with_capacity(project.models.len() + project.seeds.len());
    for file in &project.models {
        let base = properties.config_of(file.stem(), &file.path);
        let record = render_twice(file, &base, templates, &registry)?;
        notices.extend(
            record
                .notices
                .iter()
                .map(|text| format!("{}: {text}", file.path)),
        );
        let described = properties.models.get(file.stem());
        nodes.push(model(file, base, record, (described, semantics))?);
    }
    for file in &project.seeds {
        let base = properties.config_of(file.stem(), &file.path);
        nodes.push(seed(
            file,
            base,
            (properties.seeds.get(file.stem()), semantics),
        )?);
    }
    Ok(nodes)
}

/// Renders a model, once more as an incremental run would, and the templates among its settings,
/// so that what it refers to only then is known as well.
fn render_twice(
    file: &SourceFile,
    base: &ConfigPatch,
    templates: &Templates,
    registry: &Arc<Registry>,
) -> Result<Record> {
    let scope = |incremental: bool| Scope {
        registry: Arc::clone(registry),
        name: file.stem().to_owned(),
        path: file.path.clone(),
        this: relation(file.stem(), folder_schema(&file.path), base),
        config: base.clone(),
        mode: Mode {
            incremental,
            ..Mode::default()
        },
        parents: None,
        connection: None,
        record: Mutex::new(Record::default()),
        depth: AtomicUsize::new(0),
    };
    let (_, mut record) = templates.render(&file.path, scope(false))?;
    let mut others = Vec::new();
    if record.asked_incremental {
        others.push(templates.render(&file.path, scope(true))?);
    }
    let mut config = base.clone();
    config.overlay(&record.config);
    for (place, text) in config.templates(&file.path) {
        others.push(templates.render_text(&place, &text, scope(true))?);
    }
    for (_, other) in others {
        record.refs.extend(other.refs);
        record.sources.extend(other.sources);
    }
    Ok(record)
}

fn model(
    file: &SourceFile,
    base: ConfigPatch,
    record: Record,
    (described, semantics): (Option<&NodeProperties>, Semantics),
) -> Result<Node> {
    let mut patch = base.clone();
    patch.overlay(&record.config);
    let mut node = node(
        file,
        NodeKind::Model,
        folder_schema(&file.path),
        (&patch, semantics),
        described,
    )?;
    node.base = base;
    node.parents = record.refs;
    node.sources = record.sources;
    Ok(node)
}

fn seed(
    file: &SourceFile,
    base: ConfigPatch,
    (described, semantics): (Option<&NodeProperties>, Semantics),
) -> Result<Node> {
    let mut node = node(
        file,
        NodeKind::Seed,
        SEED_SCHEMA.to_owned(),
        (&base, semantics),
        described,
    )?;
    node.base = base;
    node.text.clone_from(&file.text);
    Ok(node)
}

fn node(
    file: &SourceFile,
    kind: NodeKind,
    schema: String,
    (patch, semantics): (&ConfigPatch, Semantics),
    described: Option<&NodeProperties>,
) -> Result<Node> {
    let config =
        ModelConfig::resolve(patch, semantics).map_err(|refusal| refused(file, kind, refusal))?;
    Ok(Node {
        name: file.stem().to_owned(),
        kind,
        path: file.path.clone(),
        origin: file.origin.clone(),
        text: String::new(),
        relation: relation(file.stem(), schema, patch),
        config,
        base: ConfigPatch::default(),
        description: described
            .map(|one| one.description.clone())
            .unwrap_or_default(),
        columns: described.map(|one| one.columns.clone()).unwrap_or_default(),
        parents: BTreeSet::new(),
        sources: BTreeSet::new(),
    })
}

fn refused(file: &SourceFile, kind: NodeKind, refusal: Refusal) -> Error {
    Error::project(format!(
        "the configuration of {} `{}` is wrong",
        kind.name(),
        file.stem()
    ))
    .at(&file.path)
    .cause(refusal.cause)
    .hint(refusal.hint)
}

fn drop_disabled(nodes: Vec<Node>) -> Result<Vec<Node>> {
    let (enabled, disabled): (Vec<Node>, Vec<Node>) =
        nodes.into_iter().partition(|node| node.config.enabled);
    for node in &enabled {
        if let Some(off) = disabled.iter().find(|off| node.parents.contains(&off.name)) {
            return Err(Error::project(format!(
                "`{}` refers to `{}`, which is disabled",
                node.name, off.name
            ))
            .at(&node.path)
            .at(&off.path)
            .hint(format!(
                "Enable `{}`, or disable `{}` too.",
                off.name, node.name
            )));
        }
    }
    Ok(enabled)
}

fn reject_double_relations(nodes: &[Node]) -> Result<()> {
    let mut seen: BTreeMap<String, &Node> = BTreeMap::new();
    for node in nodes.iter().filter(|node| !referent(node).is_ephemeral) {
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

fn unknown_descriptions(properties: &Properties, project: &Project) -> Vec<String> {
    let missing = |described: &BTreeMap<String, NodeProperties>, files: &[SourceFile], word| {
        let names: BTreeSet<&str> = files.iter().map(SourceFile::stem).collect();
        described
            .iter()
            .filter(|(name, _)| !names.contains(name.as_str()))
            .map(|(name, one)| {
                let meant = crate::error::nearest(name, names.iter().copied())
                    .map_or(String::new(), |near| format!("; did you mean `{near}`?"));
                format!("{}: there is no {word} `{name}`{meant}", one.path)
            })
            .collect::<Vec<_>>()
    };
    let mut all = missing(&properties.models, &project.models, "model");
    all.extend(missing(&properties.seeds, &project.seeds, "seed"));
    all
}
