//! One scan of a relation for all the known tests on it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::builtin::Builtin;
use super::compile::CompiledTest;
use super::{Count, TestRun, whole};
use crate::error::Result;
use crate::warehouse::Connection;

/// A count of one test out of a shared scan.
pub(super) struct Counted {
    pub count: Count,
    pub elapsed: Duration,
}

/// Counts what can be counted together, by position in `tests`. A test is left out where its
/// number is not known for sure, or where the scan failed: it then runs alone and is blamed alone.
pub(super) fn count_shared(run: &TestRun<'_>, tests: &[CompiledTest]) -> BTreeMap<usize, Counted> {
    let mut groups: BTreeMap<&str, Vec<(usize, &Builtin)>> = BTreeMap::new();
    for (index, test) in tests.iter().enumerate() {
        if let Some((relation, builtin)) = &test.shared {
            groups.entry(relation).or_default().push((index, builtin));
        }
    }
    let mut counted = BTreeMap::new();
    for (relation, group) in groups.into_iter().filter(|(_, group)| group.len() > 1) {
        let started = Instant::now();
        let result = scan(relation, &group, tests, run.connection);
        let Ok(counts) = result else { continue };
        let share = u32::try_from(group.len()).unwrap_or(1);
        let elapsed = started.elapsed() / share;
        for ((index, builtin), count) in group.into_iter().zip(counts) {
            let is_sure = count.failures == 0 || !matches!(builtin, Builtin::Unique { .. });
            if is_sure {
                counted.insert(index, Counted { count, elapsed });
            }
        }
    }
    counted
}

fn scan(
    relation: &str,
    group: &[(usize, &Builtin)],
    tests: &[CompiledTest],
    connection: &Connection,
) -> Result<Vec<Count>> {
    let sql = scan_sql(relation, group, tests);
    let table = connection.query(&sql, &[])?;
    let row = table.rows.first().map(Vec::as_slice).unwrap_or_default();
    Ok(row
        .chunks_exact(3)
        .filter_map(|cells| match cells {
            [failures, warns, fails] => Some(Count {
                failures: whole(failures),
                warns: warns.as_i64() == Some(1),
                fails: fails.as_i64() == Some(1),
            }),
            _ => None,
        })
        .collect())
}

fn scan_sql(relation: &str, group: &[(usize, &Builtin)], tests: &[CompiledTest]) -> String {
    let mut rows = vec!["*".to_owned()];
    let mut counts = Vec::new();
    let mut judgements = Vec::new();
    for (at, (index, builtin)) in group.iter().enumerate() {
        let row = format!("cca_row_{at}");
        if let Some(expression) = builtin.row_expression() {
            rows.push(format!("{expression} AS {row}"));
        }
        counts.push(format!("{} AS n{at}", builtin.count(&row)));
        if let Some(test) = tests.get(*index) {
            let config = &test.config;
            judgements.push(format!(
                "n{at}, n{at} {}, n{at} {}",
                config.warn_if, config.error_if
            ));
        }
    }
    format!(
        "SELECT {} FROM (SELECT {} FROM (SELECT {} FROM {relation}))",
        judgements.join(", "),
        counts.join(", "),
        rows.join(", ")
    )
}
