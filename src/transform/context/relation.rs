//! A relation as templates see it: prints as quoted SQL, and answers what dbt's relations answer.

use std::fmt;
use std::sync::Arc;

use minijinja::value::{Enumerator, Kwargs, Object, ObjectRepr, Value, from_args};
use minijinja::{Error, ErrorKind, State};

use super::fault::fault;
use crate::transform::value::Dict;
use crate::warehouse::{Relation, quote};

/// The three parts of a name, in order.
const PARTS: [&str; 3] = ["database", "schema", "identifier"];

/// What `ref`, `source`, `this` and `api.Relation.create` give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RelationValue {
    /// Database, schema and identifier.
    parts: [Option<String>; 3],
    included: [bool; 3],
    quoted: [bool; 3],
    /// `table`, `view`, `cte`, `external`; `None` if nobody asked.
    kind: Option<String>,
    /// What stands for it in a query instead of its name.
    read_from: Option<String>,
}

impl RelationValue {
    /// A relation of the warehouse.
    pub(super) fn of(relation: &Relation) -> Self {
        let schema = Some(relation.schema.clone());
        let name = Some(relation.name.clone());
        Self {
            read_from: relation.read_from.clone(),
            ..Self::new([relation.database.clone(), schema, name], None)
        }
    }

    /// A relation of these parts.
    pub(super) fn new(parts: [Option<String>; 3], kind: Option<String>) -> Self {
        Self {
            parts,
            included: [true; 3],
            quoted: [true; 3],
            kind,
            read_from: None,
        }
    }

    /// A common table expression.
    pub(super) fn cte(name: String) -> Self {
        Self::new([None, None, Some(name)], Some("cte".to_owned()))
    }

    /// The same with another kind.
    pub(super) fn of_kind(mut self, kind: &str) -> Self {
        self.kind = Some(kind.to_owned());
        self
    }

    /// The relation in a value.
    pub(super) fn from_value(value: &Value) -> Result<Self, Error> {
        match value.downcast_object_ref::<Self>() {
            Some(relation) => Ok(relation.clone()),
            None => Err(fault(
                format!("`{value}` is not a relation"),
                "Give `ref(…)`, `source(…)`, `this` or `api.Relation.create(…)`.",
            )),
        }
    }

    /// The name in the warehouse.
    pub(super) fn relation(&self) -> Relation {
        let [database, schema, name] = self.parts.clone();
        let schema = schema.unwrap_or_else(|| "main".to_owned());
        Relation::new(schema, name.unwrap_or_default())
            .in_database(database)
            .read_from(self.read_from.clone())
    }

    /// Whether it is read from files and is no relation of the warehouse.
    pub(super) fn is_files(&self) -> bool {
        self.read_from.is_some()
    }

    /// Whether its schema is known; that of a temporary table is not.
    pub(super) fn has_schema(&self) -> bool {
        self.parts[1].is_some()
    }

    /// `table` or `view`, if known.
    pub(super) fn kind(&self) -> Option<&str> {
        self.kind.as_deref()
    }

    fn part(&self, index: usize) -> Value {
        Value::from(self.parts.get(index).cloned().flatten())
    }

    fn flags(current: [bool; 3], kwargs: &Kwargs) -> Result<[bool; 3], Error> {
        let mut flags = current;
        for (name, flag) in PARTS.iter().zip(flags.iter_mut()) {
            *flag = kwargs.get::<Option<bool>>(name)?.unwrap_or(*flag);
        }
        Ok(flags)
    }

    /// `create` and `incorporate`: parts, kind, and a `path` or `quote_policy` of parts.
    pub(super) fn changed(&self, kwargs: &Kwargs) -> Result<Self, Error> {
        let mut changed = self.clone();
        let path: Option<Value> = kwargs.get("path")?;
        for (index, name) in PARTS.iter().enumerate() {
            let named: Option<Value> = kwargs.get(name)?;
            let of_path = path.as_ref().map(|path| path.get_attr(name)).transpose()?;
            let of_path = of_path.filter(|value| !value.is_undefined());
            if let (Some(value), Some(part)) = (named.or(of_path), changed.parts.get_mut(index)) {
                *part = (!value.is_none() && !value.is_undefined()).then(|| value.to_string());
            }
        }
        for (key, flags) in [
            ("quote_policy", &mut changed.quoted),
            ("include_policy", &mut changed.included),
        ] {
            if let Some(policy) = kwargs.get::<Option<Value>>(key)? {
                for (name, flag) in PARTS.iter().zip(flags.iter_mut()) {
                    let value = policy.get_attr(name)?;
                    if !value.is_undefined() {
                        *flag = value.is_true();
                    }
                }
            }
        }
        if let Some(kind) = kwargs.get::<Option<Value>>("type")? {
            changed.kind = (!kind.is_none()).then(|| kind.to_string());
        }
        Ok(changed)
    }
}

impl fmt::Display for RelationValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(text) = &self.read_from {
            return f.write_str(text);
        }
        let mut first = true;
        for index in 0..PARTS.len() {
            let included = self.included.get(index).copied().unwrap_or(true);
            let quoted = self.quoted.get(index).copied().unwrap_or(true);
            let Some(part) = self
                .parts
                .get(index)
                .and_then(Option::as_ref)
                .filter(|_| included)
            else {
                continue;
            };
            if !first {
                f.write_str(".")?;
            }
            first = false;
            if quoted {
                f.write_str(&quote(part))?;
            } else {
                f.write_str(part)?;
            }
        }
        Ok(())
    }
}

impl Object for RelationValue {
    /// Packages ask whether it is a mapping with `metadata`.
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let is = |kind: &str| Value::from(self.kind.as_deref() == Some(kind));
        Some(match key.as_str()? {
            "database" => self.part(0),
            "schema" => self.part(1),
            "name" | "identifier" | "table" => self.part(2),
            "type" => Value::from(self.kind.clone()),
            "is_table" => is("table"),
            "is_view" => is("view"),
            "is_cte" => is("cte"),
            "is_materialized_view" => is("materialized_view"),
            "is_pointer" => Value::from(false),
            "path" => Dict::value(
                PARTS
                    .iter()
                    .enumerate()
                    .map(|(index, name)| (Value::from(*name), self.part(index))),
            ),
            "metadata" => Dict::value([(Value::from("type"), Value::from("DuckDBRelation"))]),
            // Names of kinds: `api.Relation.Table`.
            "Table" => Value::from("table"),
            "View" => Value::from("view"),
            "CTE" => Value::from("cte"),
            "External" => Value::from("external"),
            _ => return None,
        })
    }

    fn call_method(
        self: &Arc<Self>,
        _state: &mut State<'_, '_>,
        method: &str,
        args: &[Value],
    ) -> Result<Value, Error> {
        match method {
            "get" => {
                let (key, default): (Value, Option<Value>) = from_args(args)?;
                Ok(self.get_value(&key).or(default).unwrap_or(Value::from(())))
            }
            "render" | "render_limited" => Ok(Value::from(self.to_string())),
            "include" => {
                let (kwargs,): (Kwargs,) = from_args(args)?;
                let included = Self::flags(self.included, &kwargs)?;
                Ok(Value::from_object(Self {
                    included,
                    ..(**self).clone()
                }))
            }
            "quote" => {
                let (kwargs,): (Kwargs,) = from_args(args)?;
                let quoted = Self::flags(self.quoted, &kwargs)?;
                Ok(Value::from_object(Self {
                    quoted,
                    ..(**self).clone()
                }))
            }
            "without_identifier" => {
                let mut parts = self.parts.clone();
                parts[2] = None;
                Ok(Value::from_object(Self {
                    parts,
                    ..(**self).clone()
                }))
            }
            "incorporate" | "replace_path" | "replace" | "create" => {
                let (_rest, kwargs): (Option<Value>, Kwargs) = from_args(args)?;
                let from = match method {
                    "create" => Self::new([None, None, None], None),
                    _ => (**self).clone(),
                };
                Ok(Value::from_object(from.changed(&kwargs)?))
            }
            "information_schema" => {
                let (view,): (Option<String>,) = from_args(args)?;
                let mut schema = Self::new(
                    [
                        self.parts[0].clone(),
                        Some("information_schema".to_owned()),
                        view,
                    ],
                    Some("view".to_owned()),
                );
                schema.quoted = [self.quoted[0], false, false];
                Ok(Value::from_object(schema))
            }
            "quoted" => {
                let (name,): (String,) = from_args(args)?;
                Ok(Value::from(quote(&name)))
            }
            "matches" => {
                let (kwargs,): (Kwargs,) = from_args(args)?;
                let wanted = Self::new([None, None, None], None).changed(&kwargs)?;
                let fits = self.parts.iter().zip(&wanted.parts).all(|(own, wanted)| {
                    wanted.is_none()
                        || own.as_deref().map(str::to_lowercase)
                            == wanted.as_deref().map(str::to_lowercase)
                });
                Ok(Value::from(fits))
            }
            _ => Err(Error::from(ErrorKind::UnknownMethod)),
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::NonEnumerable
    }

    fn custom_cmp(
        self: &Arc<Self>,
        other: &minijinja::value::DynObject,
    ) -> Option<std::cmp::Ordering> {
        let other = other.downcast_ref::<Self>()?;
        Some(self.to_string().cmp(&other.to_string()))
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}
