//! Projects made by hand, and an observer that remembers, for the tests of this stage.

use std::sync::Mutex;

use super::graph::Graph;
use super::report::TransformReport;
use super::run::{Verb, run};
use super::settings::{RunOptions, Selection, TransformSettings};
use crate::error::Result;
use crate::event::{Event, Observer};
use crate::project::{Origin, Project, SourceFile};
use crate::warehouse::{Connection, Warehouse};

/// A project of files; the folder decides what each is.
pub(super) fn project(files: &[(&str, &str)]) -> Project {
    let mut project = Project::default();
    for (path, text) in files {
        let file = SourceFile {
            path: (*path).to_owned(),
            text: (*text).to_owned(),
            origin: Origin::Embedded,
        };
        let root = &mut project.root;
        match file.extension() {
            "sql" if path.starts_with("sql/models/") => root.models.push(file),
            _ if path.starts_with("tests/fixtures/") => root.fixtures.push(file),
            "sql" if path.starts_with("tests/") => root.tests.push(file),
            "sql" if path.starts_with("snapshots/") => root.snapshots.push(file),
            "sql" => root.macros.push(file),
            "csv" => root.seeds.push(file),
            _ => root.properties.push(file),
        }
    }
    project
}

/// Parses such a project with default settings.
pub(super) fn parse(files: &[(&str, &str)]) -> Result<Graph> {
    Graph::parse(&project(files), &TransformSettings::default())
}

/// Parses a project that is valid.
pub(super) fn graph(files: &[(&str, &str)]) -> Graph {
    parse(files).unwrap_or_else(|error| panic!("{error}"))
}

/// Parses with a change to the default settings.
pub(super) fn graph_with(
    files: &[(&str, &str)],
    change: impl FnOnce(&mut TransformSettings),
) -> Graph {
    let mut settings = TransformSettings::default();
    change(&mut settings);
    Graph::parse(&project(files), &settings).unwrap_or_else(|error| panic!("{error}"))
}

/// Remembers all events.
#[derive(Default)]
pub(super) struct Recorder(Mutex<Vec<Event>>);

impl Recorder {
    /// The texts of the notices so far.
    pub(super) fn notices(&self) -> Vec<String> {
        let events = self.0.lock().expect("no thread died");
        events
            .iter()
            .filter_map(|event| match event {
                Event::Noticed { message, .. } => Some(message.clone()),
                _ => None,
            })
            .collect()
    }
}

impl Observer for Recorder {
    fn observe(&self, event: Event) {
        self.0.lock().expect("no thread died").push(event);
    }
}

/// A database with one connection to look at it.
pub(super) struct Db {
    pub warehouse: Warehouse,
    pub look: Connection,
    pub events: Recorder,
}

impl Db {
    pub(super) fn new() -> Self {
        Self::of(Warehouse::in_memory().expect("a database"))
    }

    pub(super) fn of(warehouse: Warehouse) -> Self {
        let look = warehouse.connect().expect("a connection");
        Self {
            warehouse,
            look,
            events: Recorder::default(),
        }
    }

    /// Runs everything.
    pub(super) fn run(&self, graph: &Graph) -> TransformReport {
        self.run_some(graph, &Selection::default(), false)
    }

    /// Runs a selection.
    pub(super) fn run_some(
        &self,
        graph: &Graph,
        what: &Selection,
        full_refresh: bool,
    ) -> TransformReport {
        let options = RunOptions {
            full_refresh,
            ..RunOptions::default()
        };
        run(
            Verb::Run,
            graph,
            &self.warehouse,
            what,
            &options,
            &self.events,
        )
        .unwrap_or_else(|error| panic!("{error}"))
    }

    /// Loads, builds, records and tests everything.
    pub(super) fn build_all(&self, graph: &Graph, store_failures: bool) -> TransformReport {
        let options = RunOptions {
            store_failures,
            ..RunOptions::default()
        };
        let everything = Selection::default();
        run(
            Verb::Build,
            graph,
            &self.warehouse,
            &everything,
            &options,
            &self.events,
        )
        .unwrap_or_else(|error| panic!("{error}"))
    }

    /// Runs everything and expects it to succeed.
    pub(super) fn build(&self, graph: &Graph) -> TransformReport {
        let report = self.run(graph);
        for unit in &report.units {
            if let Some(error) = &unit.error {
                panic!("{error}");
            }
        }
        report
    }

    pub(super) fn sql(&self, sql: &str) {
        self.look
            .batch(sql)
            .unwrap_or_else(|error| panic!("{error}\n{sql}"));
    }

    /// Rows as text, cells joined by `|`, rows in the order of the query.
    pub(super) fn rows(&self, sql: &str) -> Vec<String> {
        let table = self
            .look
            .query(sql, &[])
            .unwrap_or_else(|error| panic!("{error}\n{sql}"));
        let line = |row: &Vec<crate::warehouse::Value>| {
            row.iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join("|")
        };
        table.rows.iter().map(line).collect()
    }

    pub(super) fn exists(&self, schema: &str, name: &str) -> bool {
        let sql = format!(
            "SELECT 1 FROM information_schema.tables WHERE table_schema = '{schema}' AND table_name = '{name}'"
        );
        !self.rows(&sql).is_empty()
    }
}
