//! New rows for an existing table: appended, merged by key, or in place of all rows with the same
//! keys.
//!
//! Keys compare with `IS NOT DISTINCT FROM`, so that NULL is a key like any other. If there is
//! nothing to write, nothing is written.

use super::schema_change::reconcile;
use super::{Build, Built, Ending, run_hooks, run_query_of, store, transaction};
use crate::error::{Error, Result};
use crate::transform::compile::SqlFailure;
use crate::transform::config::Strategy;
use crate::warehouse::{Column, quote};

/// Rows of this run; temporary tables belong to one connection, so the names never clash.
const NEW: &str = "temp.\"cca_new_rows\"";
/// Keys whose rows are replaced.
const KEYS: &str = "temp.\"cca_keys\"";

pub(super) fn build(build: &Build<'_>) -> Result<Built, SqlFailure> {
    transaction(build.connection, build.turn, || {
        run_hooks(build, &build.hooks.before, "pre_hook")?;
        let count = run_query_of(build, &format!("CREATE OR REPLACE TEMP TABLE {NEW} AS"))?;
        let has_touched = build.compiled.config.touched.is_some();
        let has_hooks = !(build.hooks.before.is_empty() && build.hooks.after.is_empty());
        let keys = if count > 0 || has_touched {
            collect_keys(build)?
        } else {
            0
        };
        if count == 0 && keys == 0 && !has_hooks {
            let nothing = Built {
                rows: Some(0),
                is_unchanged: true,
                ..Built::default()
            };
            return Ok((nothing, Ending::Abandon));
        }
        let rows = write(build)?;
        build
            .connection
            .batch(&format!("DROP TABLE {NEW}; DROP TABLE IF EXISTS {KEYS}"))?;
        run_hooks(build, &build.hooks.after, "post_hook")?;
        Ok((
            Built {
                rows: Some(rows),
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
    let columns = reconcile(build.node, config.on_schema_change, &new, build.connection)?;
    match config.strategy() {
        Strategy::Append => insert(build, &columns),
        Strategy::DeleteInsert => {
            delete(build)?;
            insert(build, &columns)
        }
        Strategy::Merge => {
            reject_double_keys(build)?;
            merge(build, &columns)
        }
    }
}

/// Fills the table of keys for delete+insert; returns how many there are.
fn collect_keys(build: &Build<'_>) -> Result<u64, SqlFailure> {
    let config = &build.compiled.config;
    if config.strategy() != Strategy::DeleteInsert {
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
    for key in &build.compiled.config.unique_key {
        if !new
            .iter()
            .any(|column| column.name.eq_ignore_ascii_case(key))
        {
            let names = new.iter().map(|column| column.name.as_str());
            let hint = crate::error::nearest(key, names).map_or_else(
                || "Select it, or correct `unique_key`.".to_owned(),
                |near| format!("Did you mean `{near}`?"),
            );
            return Err(
                Error::project(format!("failed to build model `{}`", build.node.name))
                    .at(&build.node.path)
                    .cause(format!(
                        "`unique_key` names `{key}`, which is no column of the model"
                    ))
                    .hint(hint),
            );
        }
    }
    Ok(())
}

fn delete(build: &Build<'_>) -> Result<u64> {
    let sql = format!(
        "DELETE FROM {} AS t USING {KEYS} AS k WHERE {}",
        build.node.relation,
        same_key(&build.compiled.config.unique_key, "t", "k")
    );
    build.connection.execute(&sql, &[])
}

fn insert(build: &Build<'_>, columns: &[String]) -> Result<u64> {
    let columns = list(columns);
    let relation = &build.node.relation;
    let sql = format!("INSERT INTO {relation} ({columns}) SELECT {columns} FROM {NEW}");
    build.connection.execute(&sql, &[])
}

/// With two new rows of one key it would be chance which of them stays.
fn reject_double_keys(build: &Build<'_>) -> Result<()> {
    let keys = list(&build.compiled.config.unique_key);
    let sql =
        format!("SELECT count(*) FROM (SELECT 1 FROM {NEW} GROUP BY {keys} HAVING count(*) > 1)");
    let doubles = build.connection.scalar(&sql, &[])?.as_i64().unwrap_or(0);
    if doubles == 0 {
        return Ok(());
    }
    Err(
        Error::data(format!("failed to build model `{}`", build.node.name))
            .at(&build.node.path)
            .cause(format!(
                "{doubles} values of `unique_key` ({keys}) occur more than once in the new rows"
            ))
            .hint("Make the rows unique, or use `incremental_strategy='delete+insert'`."),
    )
}

fn merge(build: &Build<'_>, columns: &[String]) -> Result<u64> {
    let config = &build.compiled.config;
    let contains =
        |list: &[String], name: &str| list.iter().any(|one| one.eq_ignore_ascii_case(name));
    let updated: Vec<String> = columns
        .iter()
        .filter(|name| !contains(&config.unique_key, name))
        .filter(|name| {
            config.merge_update_columns.is_empty() || contains(&config.merge_update_columns, name)
        })
        .filter(|name| !contains(&config.merge_exclude_columns, name))
        .map(|name| format!("{0} = s.{0}", quote(name)))
        .collect();
    let update = if updated.is_empty() {
        String::new()
    } else {
        format!("WHEN MATCHED THEN UPDATE SET {} ", updated.join(", "))
    };
    let values: Vec<String> = columns
        .iter()
        .map(|name| format!("s.{}", quote(name)))
        .collect();
    let sql = format!(
        "MERGE INTO {} AS t USING {NEW} AS s ON ({}) {update}\
         WHEN NOT MATCHED THEN INSERT ({}) VALUES ({})",
        build.node.relation,
        same_key(&config.unique_key, "t", "s"),
        list(columns),
        values.join(", ")
    );
    build.connection.execute(&sql, &[])
}

fn list(names: &[String]) -> String {
    names
        .iter()
        .map(|name| quote(name))
        .collect::<Vec<_>>()
        .join(", ")
}

fn same_key(keys: &[String], left: &str, right: &str) -> String {
    let parts: Vec<String> = keys
        .iter()
        .map(|key| format!("{left}.{0} IS NOT DISTINCT FROM {right}.{0}", quote(key)))
        .collect();
    parts.join(" AND ")
}
