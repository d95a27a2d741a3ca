//! From a test to the query that returns what is wrong.

use std::sync::Arc;

use serde_json::Value as Json;

use super::builtin::Builtin;
use crate::error::{Error, Result};
use crate::transform::builtin::PACKAGE;
use crate::transform::compile::{compile_node, with_ephemerals};
use crate::transform::config::{ConfigPatch, DataTestConfig, is_template};
use crate::transform::context::Mode;
use crate::transform::graph::{Detail, Graph, Node, TestDetail, test_call, test_name};
use crate::transform::render::Templates;
use crate::transform::template::lines::trim_statement;
use crate::warehouse::Connection;

/// A test ready to run.
#[derive(Debug)]
pub(super) struct CompiledTest {
    pub node: Arc<Node>,
    /// Query that returns what is wrong.
    pub sql: String,
    pub config: DataTestConfig,
    /// One of the four known tests, on a relation that exists, so that others can share its scan.
    pub shared: Option<(String, Builtin)>,
    pub notices: Vec<String>,
}

/// The macro that a project may replace to say which rows are tested.
const WHERE_SUBQUERY: &str = "get_where_subquery";

/// What renders templates of a test.
struct Rendering<'a> {
    graph: &'a Graph,
    templates: &'a Templates,
    node: &'a Arc<Node>,
    connection: &'a Arc<Connection>,
    place: String,
}

/// Compiles a test with these templates; `store` asks for its failures to be kept.
pub(super) fn compile(
    graph: &Graph,
    templates: &Templates,
    node: &Arc<Node>,
    connection: &Arc<Connection>,
    store: bool,
) -> Result<CompiledTest> {
    let Detail::Test(test) = &node.detail else {
        return Err(Error::bug(format!("`{}` is no test", node.id)));
    };
    if test.generic.is_empty() {
        return singular(graph, templates, node, connection, store);
    }
    let place = node
        .described_at
        .clone()
        .unwrap_or_else(|| node.path.clone());
    let rendering = Rendering {
        graph,
        templates,
        node,
        connection,
        place,
    };
    rendering.generic(test, store)
}

fn singular(
    graph: &Graph,
    templates: &Templates,
    node: &Arc<Node>,
    connection: &Arc<Connection>,
    store: bool,
) -> Result<CompiledTest> {
    let compiled = compile_node(graph, templates, node, running(), Some(connection))?;
    Ok(CompiledTest {
        node: Arc::clone(node),
        sql: compiled.sql,
        config: resolve(node, &node.settings, store)?,
        shared: None,
        notices: compiled.notices,
    })
}

/// Tests run, so that queries of their templates do too.
fn running() -> Mode {
    Mode {
        execute: true,
        ..Mode::default()
    }
}

fn resolve(node: &Node, patch: &ConfigPatch, store: bool) -> Result<DataTestConfig> {
    DataTestConfig::resolve(patch, store).map_err(|refusal| {
        Error::project(format!(
            "the configuration of test `{}` is wrong",
            node.name
        ))
        .at(node.described_at.as_deref().unwrap_or(&node.path))
        .cause(refusal.cause)
        .hint(refusal.hint)
    })
}

impl Rendering<'_> {
    fn generic(&self, test: &TestDetail, store: bool) -> Result<CompiledTest> {
        let own = format!("test_{}", test.generic);
        let macros = &self.graph.registry.macros;
        let defined = match &test.namespace {
            Some(namespace) => macros.of_package(namespace, &own),
            None => macros.find(&self.node.package, &own),
        };
        let mut config = resolve(self.node, &self.node.settings, store)?;
        if let Some(condition) = config.only_where.as_mut().filter(|text| is_template(text)) {
            *condition = self.text(condition)?;
        }
        if defined.is_some() {
            return self.custom(test, config, store);
        }
        let listed = self.with_list(test)?;
        let test = listed.as_ref().unwrap_or(test);
        let Some(builtin) = Builtin::read(test, &|value| self.argument(value)) else {
            return Err(self.unknown(test));
        };
        let builtin = builtin.map_err(|error| error.at(&self.place))?;
        let (relation, is_relation) = self.model(test, &config)?;
        let sql = builtin.sql(&relation, config.store_failures);
        let parts = with_ephemerals(
            self.graph,
            self.templates,
            self.node,
            &sql,
            Some(self.connection),
        )?;
        let is_shared = is_relation && parts == sql && config.is_plain();
        Ok(CompiledTest {
            node: Arc::clone(self.node),
            sql: parts,
            config,
            shared: is_shared.then_some((relation, builtin)),
            notices: Vec::new(),
        })
    }

    /// The test with the values that a template gives, if one does.
    fn with_list(&self, test: &TestDetail) -> Result<Option<TestDetail>> {
        let Some(value) = test
            .arguments
            .get("values")
            .filter(|value| value.is_string())
        else {
            return Ok(None);
        };
        let text = format!(
            "{{{{ {} | tojson }}}}",
            test_call::argument(value, &|text| self.text(text))?
        );
        let values = serde_json::from_str(&self.text(&text)?).unwrap_or_default();
        let mut test = test.clone();
        test.arguments.insert("values".to_owned(), values);
        Ok(Some(test))
    }

    /// Whether the project says itself which rows of a relation are tested.
    fn chooses_rows(&self) -> bool {
        let macros = &self.graph.registry.macros;
        let found = macros.find(&self.node.package, WHERE_SUBQUERY);
        found.is_some_and(|found| found.package != PACKAGE)
    }

    /// The tested relation, or its rows that a condition leaves; whether it can be scanned by
    /// others too.
    fn model(&self, test: &TestDetail, config: &DataTestConfig) -> Result<(String, bool)> {
        if self.chooses_rows() {
            let text = format!("{{{{ {WHERE_SUBQUERY}({}) }}}}", test.model);
            return Ok((self.text(&text)?, false));
        }
        let relation = self.text(&format!("{{{{ {} }}}}", test.model))?;
        Ok(match &config.only_where {
            Some(condition) => (
                format!("(select * from {relation} where {condition}) dbt_subquery"),
                true,
            ),
            None => (relation, true),
        })
    }

    /// What a test of the project gets for `model`: the relation itself where that is possible.
    fn model_expression(&self, test: &TestDetail, config: &DataTestConfig) -> Result<String> {
        if self.chooses_rows() {
            return Ok(format!("{WHERE_SUBQUERY}({})", test.model));
        }
        if config.only_where.is_none() {
            return Ok(test.model.clone());
        }
        let (rows, _) = self.model(test, config)?;
        Ok(test_call::literal(&Json::from(rows)))
    }

    fn custom(
        &self,
        test: &TestDetail,
        config: DataTestConfig,
        store: bool,
    ) -> Result<CompiledTest> {
        let model = self.model_expression(test, &config)?;
        let text = test_call::text(test, &model, &|text| self.text(text))?;
        let scope = self
            .graph
            .scope(self.node, running(), Some(self.connection));
        let (sql, record) = self.templates.render_text(&self.place, &text, scope)?;
        let mut patch = record.config.clone();
        patch.overlay(&self.node.settings);
        let only_where = config.only_where;
        let config = DataTestConfig {
            only_where,
            ..resolve(self.node, &patch, store)?
        };
        Ok(CompiledTest {
            node: Arc::clone(self.node),
            sql: with_ephemerals(
                self.graph,
                self.templates,
                self.node,
                trim_statement(&sql),
                Some(self.connection),
            )?,
            config,
            shared: None,
            notices: record.notices,
        })
    }

    fn text(&self, text: &str) -> Result<String> {
        let scope = self
            .graph
            .scope(self.node, running(), Some(self.connection));
        let (text, _) = self.templates.render_text(&self.place, text, scope)?;
        Ok(text)
    }

    /// An argument as it stands in SQL.
    fn argument(&self, value: &Json) -> Result<String> {
        match value {
            Json::String(text) => match test_name::template_of(text) {
                Some(template) => self.text(&template),
                None => Ok(text.clone()),
            },
            Json::Bool(true) => Ok("True".to_owned()),
            Json::Bool(false) => Ok("False".to_owned()),
            Json::Null => Ok("None".to_owned()),
            other => Ok(other.to_string()),
        }
    }

    fn unknown(&self, test: &TestDetail) -> Error {
        let names: Vec<String> = self
            .graph
            .registry
            .macros
            .names()
            .into_iter()
            .filter_map(|name| name.strip_prefix("test_").map(str::to_owned))
            .chain(Builtin::NAMES.map(str::to_owned))
            .collect();
        let near = crate::error::nearest(&test.generic, names.iter().map(String::as_str));
        let hint = near.map_or_else(
            || {
                format!(
                    "Define it: `{{% test {}(model, column_name) %}}`.",
                    test.generic
                )
            },
            |near| format!("Did you mean `{near}`?"),
        );
        Error::project(format!("there is no test `{}`", test.generic))
            .at(&self.place)
            .hint(hint)
    }
}
