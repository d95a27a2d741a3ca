//! How a snapshot keeps the history of rows: what tells rows apart, what counts as a change, and
//! what happens to rows that are gone.

use serde_json::Value as Json;

use super::check::{none_of, texts};
use super::{ConfigPatch, Refusal};

/// What counts as a change of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::transform) enum ChangedBy {
    /// A later value of `updated_at`.
    Time,
    /// Another value in one of these columns; `None` for all columns.
    Columns(Option<Vec<String>>),
}

/// What happens to a row whose key is no longer there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::transform) enum HardDeletes {
    /// It stays current.
    #[default]
    Ignore,
    /// Its last version ends.
    Invalidate,
    /// Its last version ends, and one that says so follows.
    NewRecord,
}

/// Names of the columns a snapshot adds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::transform) struct MetaColumns {
    pub valid_from: String,
    pub valid_to: String,
    pub scd_id: String,
    pub updated_at: String,
    pub is_deleted: String,
}

/// The settings of a snapshot, resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::transform) struct SnapshotConfig {
    pub changed_by: ChangedBy,
    /// Columns or expressions that tell rows apart.
    pub unique_key: Vec<String>,
    /// Column or expression of the instant of a change; `None` for that of the run.
    pub updated_at: Option<String>,
    pub hard_deletes: HardDeletes,
    /// SQL of the end of what has not ended; `None` for NULL.
    pub valid_to_current: Option<String>,
    pub meta: MetaColumns,
}

impl SnapshotConfig {
    /// Of the settings of a snapshot.
    pub(in crate::transform) fn resolve(patch: &ConfigPatch) -> Result<Self, Refusal> {
        let text = |key: &str| {
            let value = patch.get(key).and_then(Json::as_str);
            value
                .filter(|text| !text.trim().is_empty())
                .map(str::to_owned)
        };
        let unique_key = patch.get("unique_key").map(texts).unwrap_or_default();
        if unique_key.is_empty() {
            return Err(missing("unique_key", "the column that tells rows apart"));
        }
        let updated_at = text("updated_at");
        let changed_by = changed_by(patch, updated_at.as_deref())?;
        Ok(Self {
            changed_by,
            unique_key,
            updated_at,
            hard_deletes: hard_deletes(patch)?,
            valid_to_current: text("dbt_valid_to_current"),
            meta: meta_columns(patch)?,
        })
    }
}

fn changed_by(patch: &ConfigPatch, updated_at: Option<&str>) -> Result<ChangedBy, Refusal> {
    match patch.get("strategy").and_then(Json::as_str) {
        Some("timestamp") if updated_at.is_none() => Err(missing(
            "updated_at",
            "the column that says when a row was last changed",
        )),
        Some("timestamp") => Ok(ChangedBy::Time),
        Some("check") => match patch.get("check_cols") {
            Some(Json::String(all)) if all == "all" => Ok(ChangedBy::Columns(None)),
            Some(Json::Array(columns)) if !columns.is_empty() => {
                let columns = columns.iter().flat_map(texts).collect();
                Ok(ChangedBy::Columns(Some(columns)))
            }
            _ => Err(missing("check_cols", "`all` or a list of columns")),
        },
        Some(other) => Err(none_of("strategy", other, &["timestamp", "check"])),
        None => Err(missing("strategy", "`timestamp` or `check`")),
    }
}

fn hard_deletes(patch: &ConfigPatch) -> Result<HardDeletes, Refusal> {
    let old = patch.get("invalidate_hard_deletes").and_then(Json::as_bool);
    match (patch.get("hard_deletes").and_then(Json::as_str), old) {
        (Some(_), Some(_)) => Err(Refusal {
            cause: "both `hard_deletes` and `invalidate_hard_deletes` are set".to_owned(),
            hint: "Keep `hard_deletes`; the other one is its old form.".to_owned(),
        }),
        (Some("ignore"), _) | (None, Some(false) | None) => Ok(HardDeletes::Ignore),
        (Some("invalidate"), _) | (None, Some(true)) => Ok(HardDeletes::Invalidate),
        (Some("new_record"), _) => Ok(HardDeletes::NewRecord),
        (Some(other), _) => Err(none_of(
            "hard_deletes",
            other,
            &["ignore", "invalidate", "new_record"],
        )),
    }
}

fn meta_columns(patch: &ConfigPatch) -> Result<MetaColumns, Refusal> {
    const NAMES: [&str; 5] = [
        "dbt_valid_from",
        "dbt_valid_to",
        "dbt_scd_id",
        "dbt_updated_at",
        "dbt_is_deleted",
    ];
    let given = patch
        .get("snapshot_meta_column_names")
        .and_then(Json::as_object);
    let stray = given
        .into_iter()
        .flat_map(serde_json::Map::keys)
        .find(|key| !NAMES.contains(&key.as_str()));
    if let Some(stray) = stray {
        return Err(none_of("snapshot_meta_column_names", stray, &NAMES));
    }
    let name = |key: &str| {
        let renamed = given.and_then(|names| names.get(key)?.as_str());
        renamed.unwrap_or(key).to_owned()
    };
    Ok(MetaColumns {
        valid_from: name("dbt_valid_from"),
        valid_to: name("dbt_valid_to"),
        scd_id: name("dbt_scd_id"),
        updated_at: name("dbt_updated_at"),
        is_deleted: name("dbt_is_deleted"),
    })
}

fn missing(key: &str, what: &str) -> Refusal {
    Refusal {
        cause: format!("a snapshot needs `{key}`"),
        hint: format!("Give `{key}`: {what}."),
    }
}
