//! Validates suites without evaluating them: every fault at once.
//!
//! Tables, columns and types are looked up, and SQL is bound to them, but no row is read.

use std::collections::BTreeMap;

use super::blame::line_to_blame;
use super::compile::{Shape, Sql, Step, compile, trials};
use super::evaluate::shape_of;
use super::expectation::{Expectation, Rule, ValueTest};
use super::suite::{About, Suite, read_suites};
use crate::error::{Error, Kind, Result, nearest};
use crate::project::Project;
use crate::warehouse::{Connection, Relation, Warehouse, meant_name, split_refusal};

/// Something wrong with a suite.
#[derive(Debug)]
pub struct Fault {
    /// `suite.expectation(column)`, if it got that far.
    pub name: Option<String>,
    /// What, where (`file:line`) and what to do.
    pub error: Error,
}

/// What came of a validation.
#[derive(Debug, Default)]
pub struct Validation {
    /// Suites that could be read.
    pub suites: usize,
    /// Expectations in them.
    pub expectations: usize,
    /// Everything that is wrong.
    pub faults: Vec<Fault>,
    /// Tables that are known but not built, so that their columns were not looked up.
    pub not_built: Vec<String>,
}

/// What suites are validated against.
pub struct Known<'a> {
    /// The data; `None` if nothing was built yet.
    pub connection: Option<&'a Connection>,
    /// `schema.name` of what will be there once it is built.
    pub relations: &'a [String],
}

/// Reads and validates all suites of a project.
///
/// # Errors
/// Whatever keeps the data from being asked; what is wrong with suites is in the result.
pub fn validate(project: &Project, about: &About, known: &Known<'_>) -> Result<Validation> {
    let (suites, unreadable) = read_suites(project, about);
    let mut found = Validation {
        suites: suites.len(),
        expectations: suites.iter().map(|suite| suite.expectations.len()).sum(),
        faults: unreadable
            .into_iter()
            .map(|error| Fault { name: None, error })
            .collect(),
        not_built: Vec::new(),
    };
    let scratch = match known.connection {
        Some(_) => None,
        None => Some(Warehouse::in_memory()?.connect()?),
    };
    let engine = known.connection.or(scratch.as_ref());
    let mut shapes: BTreeMap<Relation, Option<Shape>> = BTreeMap::new();
    for suite in &suites {
        if let Some(table) = &suite.table
            && !shapes.contains_key(table)
        {
            let shape = found.look_up(suite, table, known)?;
            shapes.insert(table.clone(), shape);
        }
        for expectation in &suite.expectations {
            match try_regexes(expectation, engine) {
                Err(error) if error.kind() == Kind::DataInvalid => {
                    found.faults.push(fault(suite, Some(expectation), &error));
                    continue;
                }
                outcome => outcome?,
            }
            let shape = match &expectation.table {
                Some(table) => match shapes.get(table) {
                    Some(Some(shape)) => Some(shape),
                    _ => continue,
                },
                None => None,
            };
            match known.bind(expectation, shape) {
                Err(error) if error.kind() == Kind::DataInvalid => {
                    found.faults.push(fault(suite, Some(expectation), &error));
                }
                outcome => outcome?,
            }
        }
    }
    Ok(found)
}

impl Validation {
    /// Columns of the table of a suite, if they can be known; notes what is wrong.
    fn look_up(
        &mut self,
        suite: &Suite,
        table: &Relation,
        known: &Known<'_>,
    ) -> Result<Option<Shape>> {
        let shape = match known.shape(table) {
            Ok(shape) => shape,
            Err(error) if error.kind() == Kind::DataInvalid => {
                self.faults.push(fault(suite, None, &error));
                None
            }
            Err(error) => return Err(error),
        };
        let load = shape
            .as_ref()
            .map(|shape| suite.find_load_in(&shape.columns));
        if let Some(Err(error)) = load {
            self.faults.push(fault(suite, None, &error));
        }
        if shape.is_none() && known.relations.contains(&full(table)) {
            self.not_built.push(full(table));
        }
        Ok(shape)
    }
}

impl Known<'_> {
    /// Columns of a table; `None` if they cannot be known yet.
    fn shape(&self, table: &Relation) -> Result<Option<Shape>> {
        let name = full(table);
        let is_expected = self.relations.contains(&name);
        let built = match self.connection {
            Some(connection) => shape_of(connection, table, 0, true),
            None if is_expected => return Ok(None),
            None => Err(Error::data(format!("there is no table `{name}`"))),
        };
        match built {
            Ok(shape) => Ok(Some(shape)),
            Err(error) if error.kind() == Kind::DataInvalid && is_expected => Ok(None),
            Err(error) if error.kind() == Kind::DataInvalid => {
                let missing = Error::data(error.message());
                let names = self.relations.iter().map(String::as_str);
                Err(match nearest(&name, names) {
                    Some(close) => missing.hint(format!("Did you mean `{close}`?")),
                    None => missing.hint("`cca ls` lists models and seeds with their schemas."),
                })
            }
            Err(error) => Err(error),
        }
    }

    /// Compiles an expectation and binds its statements.
    fn bind(&self, expectation: &Expectation, shape: Option<&Shape>) -> Result<()> {
        let step = compile(expectation, shape)?;
        let Some(connection) = self.connection else {
            return Ok(());
        };
        let bind = |sql: &Sql| {
            let described = format!("DESCRIBE {}", sql.text.trim_start());
            connection.query(&described, &sql.values).map(|_| ())
        };
        match step {
            Step::Done(_) => {}
            Step::Ask(asks, _) => {
                let table = shape.map(|shape| Sql::new(shape.relation.to_string()));
                for ask in &asks {
                    let from = ask.from.as_ref().or(table.as_ref());
                    let from = from.ok_or_else(|| Error::bug("a figure of nothing"))?;
                    bind(&Sql::fill("SELECT {} FROM {}", &[&ask.figure, from]))?;
                }
            }
            Step::Query(sql, _) => bind(&sql)?,
            Step::Visit(visit) => bind(&visit.query)?,
        }
        // The second query is asked only after the first.
        if let Rule::QueriesAgree { right, .. } = &expectation.rule {
            bind(&super::compile::placed(shape, right))?;
        }
        Ok(())
    }
}

/// Has the engine compile the regular expressions, which binding alone does not.
fn try_regexes(expectation: &Expectation, engine: Option<&Connection>) -> Result<()> {
    let Rule::Values {
        test: ValueTest::Matches(patterns),
        ..
    } = &expectation.rule
    else {
        return Ok(());
    };
    for (trial, regex) in trials(patterns)?.iter().zip(&patterns.list) {
        let Some(engine) = engine else { continue };
        engine.query(&trial.text, &trial.values).map_err(|error| {
            let causes = error.causes().iter();
            causes.fold(
                Error::data(format!(
                    "the regular expression `{regex}` cannot be compiled"
                )),
                Error::cause,
            )
        })?;
    }
    Ok(())
}

fn full(table: &Relation) -> String {
    format!("{}.{}", table.schema, table.name)
}

/// The error with the place of the declaration.
fn fault(suite: &Suite, expectation: Option<&Expectation>, error: &Error) -> Fault {
    let (refusal, position) = split_refusal(&error.causes().join("\n"));
    let refused = match (expectation, position) {
        (Some(expectation), Some(position)) => line_to_blame(expectation, &position),
        _ => None,
    };
    let mut placed = Error::project(error.message());
    placed = match refused {
        Some(excerpt) => {
            let column = excerpt.column.unwrap_or(1);
            let place = format!("{}:{}:{column}", suite.file, excerpt.line);
            placed.at(place).showing(excerpt)
        }
        None => {
            let line = expectation.map_or(suite.line, |expectation| expectation.line);
            placed.at(format!("{}:{line}", suite.file))
        }
    };
    if !refusal.is_empty() {
        placed = placed.cause(&refusal);
    }
    if let Some(name) = meant_name(&refusal) {
        placed = placed.hint(format!("Did you mean `{name}`?"));
    }
    for hint in error.hints() {
        placed = placed.hint(hint);
    }
    Fault {
        name: Some(match expectation {
            Some(expectation) => format!("{}.{}", suite.name, expectation.label()),
            None => suite.name.clone(),
        }),
        error: placed,
    }
}
