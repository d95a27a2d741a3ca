//! Tests: singular ones are files, generic ones stand in properties files beside a model, a
//! column or a source. Names and ids are those dbt gives them.

use std::sync::Arc;

use serde_json::Value as Json;

use super::Reading;
use super::written_test::{SETTINGS, read_test};
use crate::error::Result;
use crate::project::{Package, SourceFile};
use crate::transform::builtin::PACKAGE;
use crate::transform::config::ConfigPatch;
use crate::transform::context::{Mode, Record, Scope};
use crate::transform::graph::{Detail, Node, NodeKind, TestDetail, test_call, test_name};
use crate::transform::properties::tests_of;

/// Tests whose references dbt knows without rendering them.
const SHORT: [&str; 2] = ["macro.dbt.test_not_null", "macro.dbt.test_unique"];

/// What a generic test is attached to.
struct Subject {
    id: String,
    /// Name in the name of the test.
    name: String,
    /// `ref('x')` or `source('a', 'b')`.
    model: String,
    is_source: bool,
    package: String,
    path: String,
    place: String,
}

impl Reading<'_> {
    pub(super) fn read_tests(&mut self) -> Result<()> {
        for package in self.project.all_packages() {
            for file in &package.tests {
                // A file that only defines generic tests is no test itself.
                if !is_query(&file.text) {
                    continue;
                }
                let mut node = self.draft(package, NodeKind::Test, file.stem(), file)?;
                node.template.clone_from(&file.path);
                node.text.clone_from(&file.text);
                node.detail = Detail::Test(TestDetail::default());
                self.templates.add(&node.template, &file.text);
                let record = self.render_node(&Arc::new(node.clone()))?;
                let node = self.complete(node, record)?;
                self.nodes.push(node);
            }
        }
        self.read_generic_tests()
    }

    fn read_generic_tests(&mut self) -> Result<()> {
        let mut found = Vec::new();
        for node in &self.nodes {
            let is_subject = matches!(node.kind, NodeKind::Source) || node.kind.is_referable();
            if !is_subject || node.properties.is_null() {
                continue;
            }
            let subject = subject(node);
            let mut tests: Vec<(Json, Option<String>)> = Vec::new();
            tests.extend(
                tests_of(&node.properties)
                    .into_iter()
                    .map(|test| (test.clone(), None)),
            );
            for column in &node.columns {
                let of_column = tests_of(&column.entry);
                let name = if column.quote == Some(true) {
                    crate::warehouse::quote(&column.name)
                } else {
                    column.name.clone()
                };
                tests.extend(
                    of_column
                        .into_iter()
                        .map(|test| (test.clone(), Some(name.clone()))),
                );
            }
            if !tests.is_empty() {
                found.push((subject, tests));
            }
        }
        for (subject, tests) in found {
            for (test, column) in tests {
                let node = self.generic_test(&subject, &test, column)?;
                self.nodes.push(node);
            }
        }
        Ok(())
    }

    fn generic_test(
        &mut self,
        subject: &Subject,
        test: &Json,
        column: Option<String>,
    ) -> Result<Node> {
        let package = self.package(&subject.package)?;
        let written = read_test(test, (&subject.name, &subject.place))?;
        let (namespace, generic) = match written.name.split_once('.') {
            Some((namespace, name)) => (Some(namespace.to_owned()), name.to_owned()),
            None => (None, written.name.clone()),
        };
        let mut arguments = written.arguments;
        if let Some(column) = &column {
            arguments.insert("column_name".to_owned(), Json::from(column.as_str()));
        }
        let mut detail = TestDetail {
            generic,
            namespace,
            arguments,
            column,
            attached: Some(subject.id.clone()),
            model: subject.model.clone(),
            file_stem: String::new(),
        };
        let made = test_name::of(&detail, &subject.name, subject.is_source);
        detail.file_stem = written.own_name.clone().unwrap_or(made.short.clone());
        let name = written.own_name.unwrap_or_else(|| made.full.clone());
        let mut node = self.draft_test(package, subject, &name)?;
        node.id = format!(
            "test.{}.{name}.{}",
            package.name,
            test_name::hash(&name, &detail)
        );
        let mut settings = written.settings;
        for (_, value) in settings.iter_mut().filter(|(key, _)| *key != "where") {
            self.render_yaml(package, &subject.place, value)?;
        }
        let patch = self.checked_config(settings, &name, &subject.place)?;
        if made.short != name && name == made.full {
            let mut alias = ConfigPatch::default();
            alias.put("alias", Json::from(made.short));
            node.base.overlay(&alias);
        }
        node.description = written.description;
        node.parents.insert(subject.id.clone());
        node.called = self.macros_of_test(&node.package, &detail);
        node.macros = node.called.iter().cloned().collect();
        node.text = raw_code(&detail, &patch);
        node.detail = Detail::Test(detail);
        let (record, by_macro) = self.references_of_test(&node, &subject.place)?;
        // What its macro configures yields to what stands beside the test.
        node.base.overlay(&by_macro);
        node.base.overlay(&patch);
        let mut node = self.complete(node, record)?;
        node.configured = patch.values().keys().cloned().collect();
        Ok(node)
    }

    /// Ids of the macro that makes the query of a test, and of the one that chooses the rows;
    /// dbt takes a shorter way with its own `unique` and `not_null`.
    fn macros_of_test(&self, package: &str, test: &TestDetail) -> Vec<String> {
        let macros = &self.registry.macros;
        let id = |name: &str, namespace: Option<&str>| {
            let found = match namespace {
                Some(namespace) => macros.of_package(namespace, name),
                None => macros.find(package, name),
            };
            found.map_or_else(|| format!("macro.{PACKAGE}.{name}"), |one| one.id.clone())
        };
        let own = id(&format!("test_{}", test.generic), test.namespace.as_deref());
        if SHORT.contains(&own.as_str()) {
            return vec![own];
        }
        vec![own, id("get_where_subquery", None)]
    }

    fn draft_test(&mut self, package: &Package, subject: &Subject, name: &str) -> Result<Node> {
        let file = SourceFile {
            path: subject.path.clone(),
            text: String::new(),
            origin: super::models::origin_of(package, &subject.path),
        };
        let mut node = self.draft(package, NodeKind::Test, name, &file)?;
        node.described_at = Some(subject.place.clone());
        Ok(node)
    }

    /// What the arguments, the model and the macro of a test refer to, and how the macro
    /// configures it.
    fn references_of_test(&self, node: &Node, place: &str) -> Result<(Record, ConfigPatch)> {
        let Detail::Test(test) = &node.detail else {
            return Ok(Default::default());
        };
        let shared = Arc::new(node.clone());
        let scope = || {
            Scope::reading(&self.registry, Arc::clone(&shared), Mode::default()).noting_missing()
        };
        let mut record = Record::default();
        let mut open: Vec<&Json> = test.arguments.values().collect();
        while let Some(value) = open.pop() {
            match value {
                Json::Array(items) => open.extend(items),
                Json::Object(entries) => open.extend(entries.values()),
                Json::String(text) => {
                    if let Some(expression) = test_name::template_of(text) {
                        let (_, found) = self.templates.render_text(place, &expression, scope())?;
                        record.absorb(found);
                    }
                }
                _ => {}
            }
        }
        let text = format!("{{{{ {} }}}}", test.model);
        let (_, found) = self.templates.render_text(place, &text, scope())?;
        record.absorb(found);
        let mut configured = ConfigPatch::default();
        if self.is_by_template(&node.package, test) && record.missing.is_empty() {
            let render = |text: &str| Ok(self.templates.render_text(place, text, scope())?.0);
            let text = test_call::text(test, &test.model, &render)?;
            // What cannot be rendered without its data is known when it runs, as are its faults.
            if let Ok((_, mut found)) = self.templates.render_text(place, &text, scope()) {
                configured = std::mem::take(&mut found.config);
                found.called.clear();
                record.absorb(found);
            }
        }
        Ok((record, configured))
    }

    /// Whether the query of a test is made by a macro of the project or of a package.
    fn is_by_template(&self, package: &str, test: &TestDetail) -> bool {
        let own = format!("test_{}", test.generic);
        let macros = &self.registry.macros;
        match &test.namespace {
            Some(namespace) => macros.of_package(namespace, &own),
            None => macros.find(package, &own),
        }
        .is_some()
    }
}

/// The text dbt makes for a test: the call of its macro, and its configuration.
fn raw_code(test: &TestDetail, config: &ConfigPatch) -> String {
    let namespace = test.namespace.as_ref();
    let prefix = namespace.map_or(String::new(), |namespace| format!("{namespace}."));
    let call = format!(
        "{{{{ {prefix}test_{}(**_dbt_generic_test_kwargs) }}}}",
        test.generic
    );
    let first = SETTINGS.iter().copied();
    let others = config.values().keys().map(String::as_str);
    let keys = first.chain(others.filter(|key| !SETTINGS.contains(key)));
    let settings: Vec<String> = keys
        .filter_map(|key| {
            let value = config.get(key).filter(|value| !value.is_null())?;
            Some(match value {
                Json::String(text) => format!("{key}=\"{}\"", text.replace('"', "\\\"")),
                other => format!("{key}={}", test_name::python_repr(other)),
            })
        })
        .collect();
    if settings.is_empty() {
        return call;
    }
    format!("{call}{{{{ config({}) }}}}", settings.join(","))
}

/// Whether anything but definitions of tests and comments is in the file.
fn is_query(text: &str) -> bool {
    use crate::transform::template::pieces::{PieceKind, pieces};
    let mut depth = 0_usize;
    for piece in pieces(text) {
        let keyword = match piece.kind {
            PieceKind::Tag => piece.keyword(),
            _ => "",
        };
        match keyword {
            "macro" | "test" | "data_test" => depth += 1,
            "endmacro" | "endtest" | "enddata_test" => depth = depth.saturating_sub(1),
            _ if depth > 0 || piece.kind == PieceKind::Comment => {}
            _ if !piece.text.trim().is_empty() => return true,
            _ => {}
        }
    }
    false
}

fn subject(node: &Node) -> Subject {
    let place = node
        .described_at
        .clone()
        .unwrap_or_else(|| node.path.clone());
    let path = place
        .rsplit_once(':')
        .map_or(place.as_str(), |(path, _)| path)
        .to_owned();
    let (name, model, is_source) = match &node.detail {
        Detail::Source(source) => (
            format!("{}_{}", source.source, node.name),
            format!("source('{}', '{}')", source.source, node.name),
            true,
        ),
        Detail::Model(model) => match &model.version {
            Some(version) => (
                format!("{}_v{}", node.name, super::relations::version_text(version)),
                format!(
                    "ref('{}', version='{}')",
                    node.name,
                    super::relations::version_text(version)
                ),
                false,
            ),
            None => (node.name.clone(), format!("ref('{}')", node.name), false),
        },
        _ => (node.name.clone(), format!("ref('{}')", node.name), false),
    };
    Subject {
        id: node.id.clone(),
        name,
        model,
        is_source,
        package: node.described_by.as_ref().unwrap_or(&node.package).clone(),
        path,
        place,
    }
}
