//! Many figures in few statements.

use std::sync::{Mutex, PoisonError};

use crate::check::compile::{Ask, Sql};
use crate::error::{Error, Kind, Result};
use crate::warehouse::{Connection, Relation, Value, on_connections};

/// The figures that one expectation needs.
pub(super) type Question<'a> = &'a [Ask];

/// The connection to work on, and others that stand idle meanwhile.
pub(super) type Connections<'a, 'i> = (&'a Connection, &'a Mutex<&'i mut [Connection]>);

/// Answers to every question, its figures in their order. Figures of one source are computed in one
/// statement, equal ones once; several sources at once, where other connections are idle. If it fails, each question is asked alone, so that only the guilty
/// one errs.
///
/// # Errors
/// Whatever is not the fault of a question: an interruption, a full disk.
pub(super) fn ask(
    connections: Connections<'_, '_>,
    table: &Relation,
    questions: &[Question<'_>],
) -> Result<Vec<Result<Vec<Value>>>> {
    match together(connections, table, questions) {
        Ok(answers) => Ok(answers.into_iter().map(Ok).collect()),
        Err(error) if error.kind() == Kind::DataInvalid && questions.len() > 1 => questions
            .iter()
            .map(|question| ask_alone(connections, table, question))
            .collect(),
        Err(error) if error.kind() == Kind::DataInvalid => Ok(vec![Err(error)]),
        Err(error) => Err(error),
    }
}

fn ask_alone(
    connections: Connections<'_, '_>,
    table: &Relation,
    question: Question<'_>,
) -> Result<Result<Vec<Value>>> {
    match together(connections, table, &[question]) {
        Ok(mut answers) => Ok(Ok(answers.pop().unwrap_or_default())),
        Err(error) if error.kind() == Kind::DataInvalid => Ok(Err(error)),
        Err(error) => Err(error),
    }
}

/// A source and the different figures that are asked of it.
struct Source<'a> {
    from: Option<&'a Sql>,
    figures: Vec<&'a Sql>,
}

fn together(
    connections: Connections<'_, '_>,
    table: &Relation,
    questions: &[Question<'_>],
) -> Result<Vec<Vec<Value>>> {
    let mut sources: Vec<Source<'_>> = Vec::new();
    // For every figure of every question: its source and its place there.
    let mut places: Vec<Vec<(usize, usize)>> = Vec::with_capacity(questions.len());
    for question in questions {
        places.push(
            question
                .iter()
                .map(|ask| place(&mut sources, ask))
                .collect(),
        );
    }
    let own = Sql::new(table.to_string());
    let (connection, others) = connections;
    let scan = |connection: &Connection, source: &Source<'_>| {
        scan(connection, source.from.unwrap_or(&own), &source.figures)
    };
    let mut idle = others.lock().unwrap_or_else(PoisonError::into_inner);
    let rows = if idle.is_empty() {
        // Other tables are at work on them; none need wait for this one.
        drop(idle);
        on_connections(connection, &mut [], &sources, scan)?
    } else {
        on_connections(connection, &mut idle, &sources, scan)?
    };
    let figure = |&(source, place): &(usize, usize)| {
        let row: Option<&Vec<Value>> = rows.get(source);
        row.and_then(|row| row.get(place))
            .cloned()
            .ok_or_else(|| Error::bug("a figure that was not computed"))
    };
    places
        .iter()
        .map(|own| own.iter().map(figure).collect())
        .collect()
}

fn place<'a>(sources: &mut Vec<Source<'a>>, ask: &'a Ask) -> (usize, usize) {
    let from = ask.from.as_ref();
    let known = sources.iter().position(|source| source.from == from);
    let index = known.unwrap_or_else(|| {
        sources.push(Source {
            from,
            figures: Vec::new(),
        });
        sources.len() - 1
    });
    let Some(source) = sources.get_mut(index) else {
        return (index, 0);
    };
    let known = source
        .figures
        .iter()
        .position(|other| **other == ask.figure);
    let place = known.unwrap_or_else(|| {
        source.figures.push(&ask.figure);
        source.figures.len() - 1
    });
    (index, place)
}

/// One figure of a source.
pub(super) fn figure(connection: &Connection, ask: &Ask) -> Result<Value> {
    let from = ask
        .from
        .as_ref()
        .ok_or_else(|| Error::bug("a figure of later rows without a source"))?;
    let row = scan(connection, from, &[&ask.figure])?;
    row.into_iter()
        .next()
        .ok_or_else(|| Error::bug("a figure that was not computed"))
}

fn scan(connection: &Connection, from: &Sql, figures: &[&Sql]) -> Result<Vec<Value>> {
    let list = Sql::join(figures.iter().copied(), ",\n       ");
    let query = Sql::fill("SELECT {}\nFROM {}", &[&list, from]);
    let table = connection.query(&query.text, &query.values)?;
    let mut rows = table.rows.into_iter();
    rows.next()
        .ok_or_else(|| Error::bug("an aggregate without a row"))
}
