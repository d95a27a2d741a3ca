//! `adapter`: what templates may ask of the warehouse and do to it.

use std::sync::Arc;

use minijinja::value::{Kwargs, Value, from_args};
use minijinja::{Error, ErrorKind};

use super::Scope;
use super::column::ColumnValue;
use super::contract;
use super::fault::fault;
use super::query::QueryResult;
use super::registry::strategy_macro;
use super::relation::RelationValue;
use super::statement::{Begin, commit, execute, query};
use crate::project::Origin;
use crate::transform::value::List;
use crate::warehouse::{Relation, Value as Cell, quote};

/// Runs a method of the adapter; `UnknownMethod` if there is none of this name.
pub(super) fn call(scope: &Arc<Scope>, method: &str, args: &[Value]) -> Result<Value, Error> {
    if !scope.mode.execute
        && let Some(answer) = while_reading(method)
    {
        return Ok(answer);
    }
    match method {
        "get_relation" | "load_relation" => get_relation(scope, args),
        "get_columns_in_relation" => {
            let (relation,): (Value,) = from_args(args)?;
            columns(scope, &RelationValue::from_value(&relation)?)
        }
        "get_missing_columns" => missing_columns(scope, args),
        "list_relations" | "list_relations_without_caching" => list_relations(scope, args),
        "check_schema_exists" | "list_schemas" => known_schemas(scope, method, args),
        "already_exists" => {
            let (schema, name): (String, String) = from_args(args)?;
            let relation = RelationValue::of(&Relation::new(schema, name));
            Ok(Value::from(find(scope, &relation)?.is_some()))
        }
        "create_schema" | "drop_schema" => change_schema(scope, method, args),
        "drop_relation" => drop_relation(scope, args),
        "truncate_relation" => {
            let (relation,): (Value,) = from_args(args)?;
            let sql = format!("TRUNCATE TABLE {}", RelationValue::from_value(&relation)?);
            execute(scope, &sql, Begin::Yes)
        }
        "rename_relation" => rename_relation(scope, args),
        "execute" | "add_query" => run(scope, method, args),
        "commit" => commit(scope),
        "get_incremental_strategy_macro" => strategy(scope, args),
        "valid_incremental_strategies" => Ok(List::value(
            ["append", "delete+insert", "merge", "microbatch"]
                .map(Value::from)
                .to_vec(),
        )),
        "get_column_schema_from_query" => {
            let (sql, _limit): (String, Option<Value>) = from_args(args)?;
            described(scope, &format!("({sql})"))
        }
        "expand_target_column_types"
        | "cache_added"
        | "cache_dropped"
        | "cache_renamed"
        | "valid_snapshot_target"
        | "verify_database"
        | "warn_once"
        | "post_model_hook"
        | "pre_model_hook" => Ok(Value::from("")),
        "external_root" => Ok(Value::from(
            scope.registry.settings.external_root.display().to_string(),
        )),
        "is_motherduck" | "is_ducklake" | "disable_transactions" | "use_database" => {
            Ok(Value::from(false))
        }
        "is_incremental" => Ok(Value::from(scope.mode.incremental)),
        "quote_as_configured" => {
            let (name, _part): (String, Option<String>) = from_args(args)?;
            Ok(Value::from(quote(&name)))
        }
        "quote_seed_column" => {
            let (name, quoted): (String, Option<bool>) = from_args(args)?;
            let is_quoted = quoted.unwrap_or(true);
            Ok(Value::from(if is_quoted { quote(&name) } else { name }))
        }
        "standardize_grants_dict" => {
            let (grants,): (Value,) = from_args(args)?;
            Ok(grants)
        }
        _ => of_contents(scope, method, args),
    }
}

/// What is asked about columns, constraints and the rows of a seed.
fn of_contents(scope: &Arc<Scope>, method: &str, args: &[Value]) -> Result<Value, Error> {
    match method {
        "render_raw_columns_constraints" => contract::of_columns(args),
        "render_raw_model_constraints" => contract::of_model(args),
        "get_binding_char" => Ok(Value::from("?")),
        "get_seed_file_path" => seed_file(scope),
        "convert_datetimes_to_strs" => {
            let (table,): (Value,) = from_args(args)?;
            Ok(table)
        }
        "convert_type" => {
            let (table, index): (Value, usize) = from_args(args)?;
            let result = table.downcast_object_ref::<QueryResult>();
            let kind = result.and_then(|result| result.kind(index));
            Ok(Value::from(kind.unwrap_or("VARCHAR")))
        }
        _ => Err(Error::from(ErrorKind::UnknownMethod)),
    }
}

/// The file of the seed that is being loaded.
fn seed_file(scope: &Arc<Scope>) -> Result<Value, Error> {
    match &scope.node.origin {
        Origin::Disk(path) => Ok(Value::from(path.display().to_string())),
        Origin::Embedded => Err(fault("this seed is no file", "")),
    }
}

/// What a question about the warehouse is answered with while the project is only read.
fn while_reading(method: &str) -> Option<Value> {
    Some(match method {
        "get_relation" | "load_relation" => Value::from(()),
        "get_columns_in_relation"
        | "get_missing_columns"
        | "list_relations"
        | "list_relations_without_caching"
        | "list_schemas"
        | "get_column_schema_from_query" => List::value(Vec::new()),
        "check_schema_exists" | "already_exists" => Value::from(false),
        "create_schema" | "drop_schema" | "drop_relation" | "truncate_relation"
        | "rename_relation" => Value::from(""),
        _ => return None,
    })
}

fn change_schema(scope: &Arc<Scope>, method: &str, args: &[Value]) -> Result<Value, Error> {
    let (relation,): (Value,) = from_args(args)?;
    let relation = RelationValue::from_value(&relation)?.relation();
    let database = relation
        .database
        .map_or(String::new(), |name| format!("{}.", quote(&name)));
    let schema = quote(&relation.schema);
    let sql = match method {
        "create_schema" => format!("CREATE SCHEMA IF NOT EXISTS {database}{schema}"),
        _ => format!("DROP SCHEMA IF EXISTS {database}{schema} CASCADE"),
    };
    execute(scope, &sql, Begin::Yes)
}

fn known_schemas(scope: &Arc<Scope>, method: &str, args: &[Value]) -> Result<Value, Error> {
    let (database, schema): (Option<Value>, Option<String>) = from_args(args)?;
    let database = database
        .filter(|value| !value.is_none())
        .map(|value| value.to_string());
    let known = schemas(scope, database.as_deref())?;
    if method == "list_schemas" {
        return Ok(List::value(known.into_iter().map(Value::from).collect()));
    }
    let schema = schema.unwrap_or_default();
    Ok(Value::from(
        known.iter().any(|one| one.eq_ignore_ascii_case(&schema)),
    ))
}

/// A relation with its kind, if it exists.
pub(super) fn find(
    scope: &Arc<Scope>,
    wanted: &RelationValue,
) -> Result<Option<RelationValue>, Error> {
    let relation = wanted.relation();
    // Without a schema it is a temporary table.
    let database = match wanted.has_schema() {
        true => relation.database,
        false => Some("temp".to_owned()),
    };
    let sql = "SELECT table_type FROM information_schema.tables \
               WHERE lower(table_catalog) = lower(coalesce(?, current_database())) \
               AND lower(table_schema) = lower(?) AND lower(table_name) = lower(?)";
    let parameters = [
        database.map_or(Cell::Null, Cell::Text),
        Cell::Text(relation.schema),
        Cell::Text(relation.name),
    ];
    let Some(table) = query(scope, sql, &parameters, Begin::No)? else {
        return Ok(None);
    };
    Ok(table.scalar().map(|kind| {
        let kind = if kind.as_str() == Some("VIEW") {
            "view"
        } else {
            "table"
        };
        wanted.clone().of_kind(kind)
    }))
}

fn get_relation(scope: &Arc<Scope>, args: &[Value]) -> Result<Value, Error> {
    let (database, schema, name, kwargs): (Option<Value>, Option<String>, Option<String>, Kwargs) =
        from_args(args)?;
    // `load_relation(relation)` has one argument.
    let wanted = match database
        .as_ref()
        .and_then(|one| RelationValue::from_value(one).ok())
    {
        Some(relation) => relation,
        None => {
            let database = database
                .filter(|value| !value.is_none())
                .map(|value| value.to_string());
            let parts = [
                database.or(kwargs.get("database")?),
                schema.or(kwargs.get("schema")?),
                name.or(kwargs.get("identifier")?),
            ];
            RelationValue::new(parts, None)
        }
    };
    Ok(find(scope, &wanted)?.map_or(Value::from(()), Value::from_object))
}

fn schemas(scope: &Arc<Scope>, database: Option<&str>) -> Result<Vec<String>, Error> {
    let sql = "SELECT schema_name FROM information_schema.schemata \
               WHERE lower(catalog_name) = lower(coalesce(?, current_database())) ORDER BY 1";
    let database = database.map_or(Cell::Null, |name| Cell::Text(name.to_owned()));
    let table = query(scope, sql, &[database], Begin::No)?.unwrap_or_default();
    let names = table.rows.iter().filter_map(|row| row.first()?.as_str());
    Ok(names.map(str::to_owned).collect())
}

fn list_relations(scope: &Arc<Scope>, args: &[Value]) -> Result<Value, Error> {
    let (first, second, kwargs): (Option<Value>, Option<String>, Kwargs) = from_args(args)?;
    let of_relation = first
        .as_ref()
        .and_then(|one| RelationValue::from_value(one).ok());
    let (database, schema) = match of_relation {
        Some(relation) => {
            let relation = relation.relation();
            (relation.database, Some(relation.schema))
        }
        None => {
            let database = first
                .filter(|value| !value.is_none())
                .map(|value| value.to_string());
            (
                database.or(kwargs.get("database")?),
                second.or(kwargs.get("schema")?),
            )
        }
    };
    let sql = "SELECT table_catalog, table_schema, table_name, table_type \
               FROM information_schema.tables \
               WHERE lower(table_catalog) = lower(coalesce(?, current_database())) \
               AND lower(table_schema) = lower(?) ORDER BY 3";
    let parameters = [
        database.map_or(Cell::Null, Cell::Text),
        Cell::Text(schema.unwrap_or_default()),
    ];
    let table = query(scope, sql, &parameters, Begin::No)?.unwrap_or_default();
    let relations = table.rows.iter().map(|row| {
        let text = |at: usize| row.get(at).and_then(Cell::as_str).map(str::to_owned);
        let kind = if text(3).as_deref() == Some("VIEW") {
            "view"
        } else {
            "table"
        };
        let relation = RelationValue::new([text(0), text(1), text(2)], None).of_kind(kind);
        Value::from_object(relation)
    });
    Ok(List::value(relations.collect()))
}

/// Columns of a relation that exists; none otherwise.
pub(super) fn columns(scope: &Arc<Scope>, relation: &RelationValue) -> Result<Value, Error> {
    if relation.kind() == Some("cte") {
        return Err(fault(
            format!("the columns of {relation} are not known: it is no relation of the warehouse"),
            "Refer to a table or view, or to `source(…)`.",
        ));
    }
    if !relation.is_files() && find(scope, relation)?.is_none() {
        return Ok(List::value(Vec::new()));
    }
    described(scope, &relation.to_string())
}

fn described(scope: &Arc<Scope>, from: &str) -> Result<Value, Error> {
    let sql = format!("DESCRIBE SELECT * FROM {from}");
    let table = query(scope, &sql, &[], Begin::Yes)?.unwrap_or_default();
    let columns = table.rows.iter().map(|row| {
        let text = |at: usize| {
            row.get(at)
                .and_then(Cell::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        Value::from_object(ColumnValue {
            name: text(0),
            data_type: text(1),
        })
    });
    Ok(List::value(columns.collect()))
}

fn missing_columns(scope: &Arc<Scope>, args: &[Value]) -> Result<Value, Error> {
    let (from, to): (Value, Value) = from_args(args)?;
    let of = |value: &Value| columns(scope, &RelationValue::from_value(value)?);
    let there: Vec<String> = of(&to)?
        .try_iter()?
        .filter_map(|column| {
            Some(
                column
                    .downcast_object_ref::<ColumnValue>()?
                    .name
                    .to_lowercase(),
            )
        })
        .collect();
    let missing = of(&from)?.try_iter()?.filter(|column| {
        column
            .downcast_object_ref::<ColumnValue>()
            .is_some_and(|column| !there.contains(&column.name.to_lowercase()))
    });
    Ok(List::value(missing.collect()))
}

fn drop_relation(scope: &Arc<Scope>, args: &[Value]) -> Result<Value, Error> {
    let (relation,): (Value,) = from_args(args)?;
    if relation.is_none() {
        return Ok(Value::from(""));
    }
    let relation = RelationValue::from_value(&relation)?;
    let found = find(scope, &relation)?;
    match found.as_ref().and_then(RelationValue::kind) {
        Some("view") => {
            let sql = format!("DROP VIEW IF EXISTS {relation} CASCADE");
            execute(scope, &sql, Begin::No)
        }
        Some(_) => {
            let sql = format!("DROP TABLE IF EXISTS {relation} CASCADE");
            execute(scope, &sql, Begin::No)
        }
        None => Ok(Value::from("")),
    }
}

fn rename_relation(scope: &Arc<Scope>, args: &[Value]) -> Result<Value, Error> {
    let (from, to): (Value, Value) = from_args(args)?;
    let from = RelationValue::from_value(&from)?;
    let to = RelationValue::from_value(&to)?.relation();
    let found = find(scope, &from)?;
    let word = match found.as_ref().and_then(RelationValue::kind) {
        Some("view") => "VIEW",
        _ => "TABLE",
    };
    let sql = format!("ALTER {word} {from} RENAME TO {}", quote(&to.name));
    execute(scope, &sql, Begin::Yes)
}

/// `execute(sql, auto_begin, fetch)`: the response, and the result if it is asked for.
fn run(scope: &Arc<Scope>, method: &str, args: &[Value]) -> Result<Value, Error> {
    let (sql, begin, fetch, kwargs): (String, Option<bool>, Option<bool>, Kwargs) =
        from_args(args)?;
    let fetch = fetch.or(kwargs.get("fetch")?).unwrap_or(false);
    let bindings: Option<Value> = kwargs.get("bindings")?;
    if let Some(bindings) = bindings.filter(|all| all.len().is_some_and(|count| count > 0)) {
        super::statement::bound(scope, &sql, &bindings)?;
        return Ok(Value::from(""));
    }
    let begin = begin.or(kwargs.get("auto_begin")?);
    let begin = begin.unwrap_or(method == "add_query").into();
    let result = super::statement::run(scope, &sql, fetch, begin)?;
    Ok(Value::from(minijinja::value::Tuple::from(vec![
        Value::from("OK"),
        result,
    ])))
}

/// `get_incremental_strategy_macro(context, strategy)`: the macro that gives its statement.
fn strategy(scope: &Arc<Scope>, args: &[Value]) -> Result<Value, Error> {
    let (_context, name): (Value, Option<String>) = from_args(args)?;
    let name = name.unwrap_or_else(|| "default".to_owned());
    scope.macro_named(&strategy_macro(&name)).ok_or_else(|| {
        let why = scope.registry.unknown_strategy(&scope.node.package, &name);
        let (cause, hint) = why.unwrap_or_default();
        fault(cause, hint)
    })
}
