//! How new rows get into a table that exists: the statements of each strategy.
//!
//! Under our own rules keys compare with `IS NOT DISTINCT FROM`, so that NULL is a key like any
//! other. Under dbt's they compare with `=`, and a key may be any expression.

use super::Build;
use super::incremental::{KEYS, NEW};
use crate::error::{Error, Result};
use crate::transform::settings::Semantics;
use crate::warehouse::quote;

/// The table and the new rows, as predicates of a merge call them.
const DEST: &str = "DBT_INTERNAL_DEST";
const SOURCE: &str = "DBT_INTERNAL_SOURCE";
/// The table, as predicates of delete+insert call it.
const TARGET: &str = "DBT_INCREMENTAL_TARGET";

/// Inserts all new rows, or those for which `condition` holds.
pub(super) fn insert(build: &Build<'_>, columns: &[String], condition: &str) -> Result<u64> {
    let columns = list(columns);
    let relation = &build.node.relation;
    let sql = format!("INSERT INTO {relation} ({columns}) SELECT {columns} FROM {NEW}{condition}");
    build.connection.execute(&sql, &[])
}

/// Deletes the rows of the table whose key is one of the new ones.
pub(super) fn delete(build: &Build<'_>) -> Result<u64> {
    let config = &build.compiled.config;
    let relation = &build.node.relation;
    let further: String = config
        .incremental_predicates
        .iter()
        .map(|predicate| format!(" AND ({predicate})"))
        .collect();
    let sql = match (build.semantics, config.unique_key.as_slice()) {
        (_, []) => return Ok(0),
        (Semantics::Own, keys) => format!(
            "DELETE FROM {relation} AS {TARGET} USING {KEYS} AS k WHERE {}{further}",
            same_key(keys, TARGET, "k")
        ),
        (Semantics::Dbt, [key]) => format!(
            "DELETE FROM {relation} AS {TARGET} WHERE ({key}) IN (SELECT ({key}) FROM {NEW}){further}"
        ),
        (Semantics::Dbt, keys) => format!(
            "DELETE FROM {relation} AS {TARGET} USING {NEW} AS {SOURCE} WHERE {}{further}",
            equal_key(keys, TARGET, SOURCE)
        ),
    };
    build.connection.execute(&sql, &[])
}

/// Replaces the rows of the period; new rows outside of it are left out. Without a period, as in
/// a unit test, all rows are added.
pub(super) fn replace_period(build: &Build<'_>, columns: &[String]) -> Result<u64> {
    let config = &build.compiled.config;
    let (Some(period), Some(model)) = (build.period, &config.microbatch) else {
        return insert(build, columns, "");
    };
    let inside = period.condition(&model.event_time);
    let further: String = config
        .incremental_predicates
        .iter()
        .map(|predicate| format!(" AND ({predicate})"))
        .collect();
    let relation = &build.node.relation;
    build.connection.execute(
        &format!("DELETE FROM {relation} WHERE {inside}{further}"),
        &[],
    )?;
    insert(build, columns, &format!(" WHERE {inside}"))
}

/// Updates rows with the same key and inserts the others.
pub(super) fn merge(build: &Build<'_>, columns: &[String]) -> Result<u64> {
    let config = &build.compiled.config;
    let settings = &config.merge;
    if build.semantics == Semantics::Own {
        reject_double_keys(build)?;
    }
    let set = assignments(build, columns);
    let update = if set.is_empty() {
        String::new()
    } else {
        let condition = and(settings.update_condition.as_deref());
        format!(
            "WHEN MATCHED{condition} THEN UPDATE SET {} ",
            set.join(", ")
        )
    };
    let values: Vec<String> = columns
        .iter()
        .map(|name| format!("{SOURCE}.{}", quote(name)))
        .collect();
    let mut on = vec![match (build.semantics, config.unique_key.as_slice()) {
        (_, []) => "false".to_owned(),
        (Semantics::Own, keys) => same_key(keys, DEST, SOURCE),
        (Semantics::Dbt, keys) => equal_key(keys, SOURCE, DEST),
    }];
    let predicates = config.incremental_predicates.iter();
    on.extend(predicates.map(|predicate| format!("({predicate})")));
    let sql = format!(
        "MERGE INTO {} AS {DEST} USING {NEW} AS {SOURCE} ON ({}) {update}\
         WHEN NOT MATCHED{} THEN INSERT ({}) VALUES ({})",
        build.node.relation,
        on.join(" AND "),
        and(settings.insert_condition.as_deref()),
        list(columns),
        values.join(", ")
    );
    build.connection.execute(&sql, &[])
}

/// What a matching row takes over.
fn assignments(build: &Build<'_>, columns: &[String]) -> Vec<String> {
    let config = &build.compiled.config;
    let settings = &config.merge;
    let contains =
        |list: &[String], name: &str| list.iter().any(|one| one.eq_ignore_ascii_case(name));
    let is_set = |name: &str| {
        let mut own = settings.set_expressions.iter();
        own.any(|(one, _)| one.eq_ignore_ascii_case(name))
    };
    let explicit = settings
        .set_expressions
        .iter()
        .map(|(name, value)| format!("{} = {value}", quote(name)));
    let taken = columns
        .iter()
        .filter(|name| !contains(&config.unique_key, name))
        .filter(|name| {
            settings.update_columns.is_empty() || contains(&settings.update_columns, name)
        })
        .filter(|name| !contains(&settings.exclude_columns, name) && !is_set(name))
        .map(|name| format!("{0} = {SOURCE}.{0}", quote(name)));
    explicit.chain(taken).collect()
}

fn and(condition: Option<&str>) -> String {
    condition.map_or_else(String::new, |sql| format!(" AND ({sql})"))
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

/// Names in quotes, with commas.
pub(super) fn list(names: &[String]) -> String {
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

/// Keys as the author wrote them.
fn equal_key(keys: &[String], left: &str, right: &str) -> String {
    let parts: Vec<String> = keys
        .iter()
        .map(|key| format!("{left}.{key} = {right}.{key}"))
        .collect();
    parts.join(" AND ")
}
