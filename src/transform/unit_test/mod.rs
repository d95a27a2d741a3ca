//! Unit tests: a model on given rows, with the rows expected of it.
//!
//! Everything happens in a database in memory beside the warehouse: the given rows become tables
//! there, the model is compiled against them, its query is compared with what is expected, and
//! its materialization is run for real, so that a table that could not be built fails the test
//! too. Nothing has to exist before; types of given columns are those of the real relation where
//! there is one, else those of the properties file, else those the values have.

mod compare;
mod fixture;
mod inputs;

#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex};

use serde_json::Value as Json;

use self::fixture::Rows;
use self::inputs::Inputs;
use super::compile::{Compiled, SqlFailure, Written, compile_node, explain, explain_as};
use super::config::Materialization;
use super::context::Mode;
use super::graph::{Detail, Graph, Node};
use super::materialization::{Build, Hooks, build};
use super::render::Templates;
use super::state::RelationKind;
use crate::error::{Error, Result};
use crate::warehouse::{Connection, Relation, quote};

/// Schema of everything in the scratch database.
const SCHEMA: &str = "main";

/// Runs one unit test.
///
/// # Errors
/// `CheckFailed` with the rows that differ; `Project` for a test that cannot be run.
pub(super) fn run(
    graph: &Graph,
    node: &Arc<Node>,
    connection: &Arc<Connection>,
    turn: &Mutex<()>,
) -> Result<()> {
    let scratch = format!("cca_unit_{}", uuid::Uuid::new_v4().simple());
    connection.batch(&format!("ATTACH ':memory:' AS {}", quote(&scratch)))?;
    let test = UnitTest {
        graph,
        node,
        connection,
        turn,
        scratch,
    };
    let outcome = test.run();
    let detached = connection.batch(&format!("DETACH {}", quote(&test.scratch)));
    outcome.map_err(|error| test.locate(error)).and(detached)
}

/// A unit test and where it takes place.
struct UnitTest<'a> {
    graph: &'a Graph,
    node: &'a Arc<Node>,
    connection: &'a Arc<Connection>,
    turn: &'a Mutex<()>,
    scratch: String,
}

impl UnitTest<'_> {
    fn run(&self) -> Result<()> {
        let Detail::UnitTest(detail) = &self.node.detail else {
            return Err(Error::bug(format!("`{}` is no unit test", self.node.id)));
        };
        let model = self
            .graph
            .node(&detail.model)
            .ok_or_else(|| Error::project(format!("there is no model `{}`", detail.model)))?;
        let inputs = Inputs::give(self, model)?;
        let graph = inputs.graph(self, model);
        let model = graph
            .node(&model.id)
            .ok_or_else(|| Error::bug("a model vanished"))?;
        let mode = Mode {
            execute: true,
            incremental: inputs.is_incremental,
            ..Mode::default()
        };
        let compiled = compile_node(&graph, &graph.templates, model, mode, Some(self.connection))?;
        let actual = self.relation("actual rows");
        {
            let connection = self.connection;
            let head = format!("CREATE TABLE {actual} AS");
            connection
                .batch(&format!("{head}\n{}", compiled.sql))
                .map_err(|error| self.error_of_query(&graph, model, mode, &compiled, error))?;
        }
        self.materialize(&graph, model, &compiled, mode, &inputs)?;
        let rows = if compares_table(self.node) {
            &model.relation
        } else {
            &actual
        };
        compare::compare(self, rows, &self.expected()?)
    }

    /// Builds the model as a run would, without its hooks, which may reach anything.
    fn materialize(
        &self,
        graph: &Graph,
        model: &Arc<Node>,
        compiled: &Compiled,
        mode: Mode,
        inputs: &Inputs,
    ) -> Result<()> {
        let is_own = matches!(
            compiled.config.materialized,
            Materialization::View | Materialization::Table | Materialization::Incremental
        );
        if !is_own {
            return Ok(());
        }
        let settings = &graph.registry.settings;
        let outcome = {
            let connection = self.connection;
            build(&Build {
                node: model,
                compiled,
                hooks: &Hooks {
                    node: model,
                    before: &[],
                    after: &[],
                    render: &|_, text| Ok(text.to_owned()),
                },
                connection,
                period: None,
                existing: inputs.has_this.then_some(RelationKind::Table),
                is_remembered: false,
                definition: None,
                rebuild: !inputs.has_this,
                semantics: settings.semantics,
                external_root: &settings.external_root,
                turn: self.turn,
            })
        };
        outcome
            .map(|_| ())
            .map_err(|failure| explain(graph, model, mode, Some(self.connection), failure))
    }

    fn error_of_query(
        &self,
        graph: &Graph,
        model: &Arc<Node>,
        mode: Mode,
        compiled: &Compiled,
        error: Error,
    ) -> Error {
        let render = |templates: &Templates| {
            compile_node(graph, templates, model, mode, Some(self.connection))
                .map(|compiled| compiled.sql)
        };
        let written = Written {
            graph,
            path: Some(&model.path),
            place: &model.path,
            render: &render,
        };
        let failure = SqlFailure {
            error,
            query: Some((compiled.sql.clone(), 1)),
        };
        let what = format!("model `{}` fails on the given rows", model.name);
        explain_as(&what, model, &written, failure)
            .hint("Give every input the columns that the model reads.")
    }

    fn expected(&self) -> Result<Rows> {
        let expected = self.node.properties.get("expect");
        Rows::read(self, expected.unwrap_or(&Json::Null), "expect")
    }

    /// A relation of the scratch database.
    fn relation(&self, name: &str) -> Relation {
        Relation::new(SCHEMA, name).in_database(Some(self.scratch.clone()))
    }

    fn place(&self) -> &str {
        self.node.described_at.as_deref().unwrap_or(&self.node.path)
    }

    /// Names the test in an error that does not.
    fn locate(&self, error: Error) -> Error {
        if error.message().starts_with("unit test") {
            return error.at(self.place());
        }
        error
            .at(self.place())
            .cause(format!("in unit test `{}`", self.node.name))
    }
}

/// Whether the test is about the table after the run instead of the rows of the query:
/// `config: {meta: {compare: table}}`.
fn compares_table(node: &Node) -> bool {
    let meta = node.settings.get("meta");
    meta.and_then(|meta| meta.get("compare"))
        .and_then(Json::as_str)
        == Some("table")
}
