//! Data tests: queries that return what is wrong. The four everybody uses are counted together in
//! one scan of the relation they test; only where something is wrong a query of its own follows.

mod builtin;
mod by_template;
mod compile;
mod scan;
mod store;

#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use self::compile::{CompiledTest, compile};
use super::compile::{SqlFailure, Written, explain_as};
use super::config::{DataTestConfig, TestSeverity};
use super::context::Macro;
use super::graph::{Detail, Graph, Node};
use super::materialization::template_of;
use super::render::Templates;
use crate::error::{Error, Kind, Result};
use crate::event::Status;
use crate::warehouse::Connection;

/// What all tests of a run share.
pub(super) struct TestRun<'a> {
    pub graph: &'a Graph,
    pub connection: &'a Arc<Connection>,
    /// Whether failing rows are kept unless a test says otherwise.
    pub store_failures: bool,
    /// Held while a transaction commits.
    pub turn: &'a Arc<Mutex<()>>,
}

/// How one test ended.
pub(super) struct Tested {
    pub node: Arc<Node>,
    pub status: Status,
    /// Number of failures, where it could be counted.
    pub failures: Option<u64>,
    pub elapsed: Duration,
    /// Its query, if it could be compiled.
    pub sql: Option<String>,
    pub notices: Vec<String>,
    pub message: Option<String>,
    pub error: Option<Error>,
}

/// A count of failures and what it means by the test's own conditions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Count {
    failures: u64,
    warns: bool,
    fails: bool,
}

/// Runs the tests `nodes`, those of one relation in as few scans as possible.
pub(super) fn run_tests(run: &TestRun<'_>, nodes: &[Arc<Node>]) -> Vec<Tested> {
    let mut done = Vec::with_capacity(nodes.len());
    let mut open: Vec<CompiledTest> = Vec::new();
    for node in nodes {
        let started = Instant::now();
        let templates = &run.graph.templates;
        match compile(
            run.graph,
            templates,
            node,
            run.connection,
            run.store_failures,
        ) {
            Ok(test) => open.push(test),
            Err(error) => done.push(failed(node, None, error, started.elapsed())),
        }
    }
    let by_template =
        |test: &CompiledTest| template_of(run.graph, &test.node, &test.node.config).cloned();
    if let Some(template) = open.first().and_then(by_template) {
        done.extend(open.into_iter().map(|test| written(run, &template, test)));
        return done;
    }
    for (index, counted) in scan::count_shared(run, &open).into_iter().rev() {
        let test = open.remove(index);
        done.push(judged(test, counted.count, counted.elapsed));
    }
    done.extend(open.into_iter().map(|test| alone(run, test)));
    done
}

/// Runs one test by the template that says how.
fn written(run: &TestRun<'_>, template: &Arc<Macro>, test: CompiledTest) -> Tested {
    let started = Instant::now();
    match by_template::count(run, template, &test) {
        Ok(count) => judged(test, count, started.elapsed()),
        Err(error) => failed(&test.node, Some(test.sql), error, started.elapsed()),
    }
}

/// Runs one test as a query of its own.
fn alone(run: &TestRun<'_>, test: CompiledTest) -> Tested {
    let started = Instant::now();
    let counted = {
        let connection = run.connection;
        store::keep(run, &test, connection).and_then(|sql| count(&test, &sql, connection))
    };
    match counted {
        Ok(count) => judged(test, count, started.elapsed()),
        Err(error) => {
            let error = explained(run, &test, error);
            failed(&test.node, Some(test.sql), error, started.elapsed())
        }
    }
}

/// A query that the engine refuses, with the line of the test that is to blame.
fn explained(run: &TestRun<'_>, test: &CompiledTest, error: Error) -> Error {
    let node = &test.node;
    let render = |templates: &Templates| {
        compile(run.graph, templates, node, run.connection, false).map(|test| test.sql)
    };
    let is_singular = matches!(&node.detail, Detail::Test(test) if test.generic.is_empty());
    let written = Written {
        graph: run.graph,
        path: is_singular.then_some(node.path.as_str()),
        place: node.described_at.as_deref().unwrap_or(&node.path),
        render: &render,
    };
    // One line before the query, and another where the number of rows is limited.
    let before = 1 + usize::from(test.config.limit.is_some());
    let failure = SqlFailure {
        error,
        query: Some((test.sql.clone(), before)),
    };
    let what = format!("failed to run test `{}`", node.name);
    explain_as(&what, node, &written, failure)
}

fn count(test: &CompiledTest, sql: &str, connection: &Connection) -> Result<Count> {
    let DataTestConfig {
        fail_calc,
        warn_if,
        error_if,
        ..
    } = &test.config;
    let table = connection.query(
        &format!(
            "SELECT {fail_calc} AS failures, coalesce({fail_calc} {warn_if}, false), \
             coalesce({fail_calc} {error_if}, false) FROM (\n{sql}\n) AS found"
        ),
        &[],
    )?;
    let row = table.rows.first().map(Vec::as_slice);
    let Some([failures, warns, fails]) = row else {
        return Err(Error::bug("a count has no row"));
    };
    Ok(Count {
        failures: whole(failures),
        warns: warns.as_i64() == Some(1),
        fails: fails.as_i64() == Some(1),
    })
}

/// A count as a whole number; nothing counts as none.
fn whole(value: &crate::warehouse::Value) -> u64 {
    let number = value.as_i64().or_else(|| {
        let number = value.as_f64()?.round();
        format!("{number:.0}").parse().ok()
    });
    u64::try_from(number.unwrap_or(0)).unwrap_or(0)
}

fn judged(test: CompiledTest, count: Count, elapsed: Duration) -> Tested {
    let failures = count.failures;
    let is_error = test.config.severity == TestSeverity::Error && count.fails;
    let (status, failures, condition) = if is_error {
        (Status::Failed, failures, Some(&test.config.error_if))
    } else if count.warns {
        (Status::Warned, failures, Some(&test.config.warn_if))
    } else {
        (Status::Ok, 0, None)
    };
    let message = condition.map(|condition| {
        let word = if failures == 1 { "result" } else { "results" };
        if condition == "!= 0" {
            format!("found {failures} {word}")
        } else {
            let key = if is_error { "error_if" } else { "warn_if" };
            format!("found {failures} {word}; `{key}` is `{condition}`")
        }
    });
    let error = is_error.then(|| {
        let place = test.node.described_at.as_deref().unwrap_or(&test.node.path);
        let text = message.clone().unwrap_or_default();
        let error = Error::new(
            Kind::CheckFailed,
            format!("test `{}` failed", test.node.name),
        )
        .at(place)
        .cause(text);
        if test.config.store_failures {
            error.hint(format!(
                "Look at them: `select * from {}`.",
                test.node.relation
            ))
        } else {
            error.hint(
                "Keep what it finds with `--store-failures`, or see its query with `cca compile`.",
            )
        }
    });
    Tested {
        node: test.node,
        status,
        failures: Some(failures),
        elapsed,
        sql: Some(test.sql),
        notices: test.notices,
        message,
        error,
    }
}

fn failed(node: &Arc<Node>, sql: Option<String>, error: Error, elapsed: Duration) -> Tested {
    Tested {
        node: Arc::clone(node),
        status: Status::Failed,
        failures: None,
        elapsed,
        sql,
        notices: Vec::new(),
        message: None,
        error: Some(error),
    }
}
