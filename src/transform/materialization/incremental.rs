//! New rows for an existing table: appended, merged by key, or in place of all rows with the same
//! keys. If there is nothing to write, nothing is written.

use super::contract::Contract;
use super::schema_change::reconcile;
use super::strategy::{delete, insert, list, merge, replace_period};
use super::{
    Build, Built, Ending, Moment, no_column, run_header, run_inside, run_query_of, store,
    transaction,
};
use crate::error::{Error, Result};
use crate::transform::compile::SqlFailure;
use crate::transform::config::Strategy;
use crate::transform::report::Extent;
use crate::transform::settings::Semantics;
use crate::warehouse::Column;

/// Rows of this run; temporary tables belong to one connection, so the names never clash.
pub(super) const NEW: &str = "temp.\"cca_new_rows\"";
/// Keys whose rows are replaced.
pub(super) const KEYS: &str = "temp.\"cca_keys\"";

pub(super) fn build(build: &Build<'_>) -> Result<Built, SqlFailure> {
    transaction(build.connection, build.turn, || {
        run_inside(build, Moment::Before)?;
        run_header(build)?;
        Contract::of(build)?;
        let count = run_query_of(build, &format!("CREATE OR REPLACE TEMP TABLE {NEW} AS"), "")?;
        let has_touched = build.compiled.config.touched.is_some();
        // A period may have lost its last row.
        let has_period = build.period.is_some();
        let has_hooks = !build.hooks.is_empty();
        let keys = if count > 0 || has_touched {
            collect_keys(build)?
        } else {
            0
        };
        if count == 0 && keys == 0 && !has_hooks && !has_period {
            let nothing = Built {
                rows: Some(0),
                written: Extent::Nothing,
                ..Built::default()
            };
            return Ok((nothing, Ending::Abandon));
        }
        let rows = write(build)?;
        build
            .connection
            .batch(&format!("DROP TABLE {NEW}; DROP TABLE IF EXISTS {KEYS}"))?;
        run_inside(build, Moment::After)?;
        Ok((
            Built {
                rows: Some(rows),
                written: Extent::Rows,
                ..Built::default()
            },
            Ending::Commit,
        ))
    })
}

fn write(build: &Build<'_>) -> Result<u64> {
    let config = &build.compiled.config;
    let new = build.connection.describe(NEW)?;
    check_key(build, &new)?;
    let columns = reconcile(build, &new)?;
    match config.strategy() {
        Strategy::Append => insert(build, &columns, ""),
        Strategy::DeleteInsert => {
            delete(build)?;
            insert(build, &columns, "")
        }
        Strategy::Merge => merge(build, &columns),
        Strategy::Microbatch => replace_period(build, &columns),
    }
}

/// Fills the table of keys for delete+insert; returns how many there are.
fn collect_keys(build: &Build<'_>) -> Result<u64, SqlFailure> {
    let config = &build.compiled.config;
    if config.strategy() != Strategy::DeleteInsert || build.semantics == Semantics::Dbt {
        return Ok(0);
    }
    let new = build.connection.describe(NEW)?;
    check_key(build, &new)?;
    let keys = list(&config.unique_key);
    let rest = match &config.touched {
        Some(touched) => format!("\nUNION SELECT * FROM (\n{touched}\n)"),
        None => " GROUP BY ALL".to_owned(),
    };
    let sql = format!("CREATE OR REPLACE TEMP TABLE {KEYS} AS SELECT {keys} FROM {NEW}{rest}");
    store(build.connection, &sql).map_err(|error| {
        let failure = if config.touched.is_some() {
            Error::new(
                error.kind(),
                format!("failed to run `touched` of model `{}`", build.node.name),
            )
            .at(&build.node.path)
            .cause(error.causes().join("\n"))
            .hint(format!(
                "Let `touched` return the columns {keys} in this order."
            ))
        } else {
            error
        };
        SqlFailure::from(failure)
    })
}

fn check_key(build: &Build<'_>, new: &[Column]) -> Result<()> {
    if build.semantics == Semantics::Dbt {
        // A key may be an expression; the engine says what is wrong with it.
        return Ok(());
    }
    for key in &build.compiled.config.unique_key {
        if !new
            .iter()
            .any(|column| column.name.eq_ignore_ascii_case(key))
        {
            return Err(no_column(build, "unique_key", key, new));
        }
    }
    Ok(())
}
