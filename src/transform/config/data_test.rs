//! How a data test judges the rows it finds.

use serde_json::Value as Json;

use super::check::none_of;
use super::{ConfigPatch, Refusal};

/// How serious failures are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::transform) enum TestSeverity {
    /// They fail the run and stop what is downstream.
    #[default]
    Error,
    /// They are told.
    Warn,
}

/// The settings of a data test, resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::transform) struct DataTestConfig {
    pub severity: TestSeverity,
    /// Comparison with the number of failures that warns: `!= 0`.
    pub warn_if: String,
    /// Comparison with the number of failures that fails.
    pub error_if: String,
    /// Condition on the rows tested.
    pub only_where: Option<String>,
    /// Most rows looked at.
    pub limit: Option<u64>,
    /// Expression over the rows found.
    pub fail_calc: String,
    /// Whether the rows found are kept.
    pub store_failures: bool,
    /// Whether they are kept as a view.
    pub as_view: bool,
}

/// What counts failures unless configured otherwise.
const COUNT: &str = "count(*)";

impl DataTestConfig {
    /// Of the settings of a test; `store` asks for rows to be kept whatever they say.
    pub(in crate::transform) fn resolve(patch: &ConfigPatch, store: bool) -> Result<Self, Refusal> {
        let text = |key: &str| {
            let value = patch.get(key).and_then(Json::as_str).map(str::trim);
            value.filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let stored_as = text("store_failures_as");
        let stored_as = stored_as.as_deref();
        if let Some(other) = stored_as.filter(|word| !["table", "view", "ephemeral"].contains(word))
        {
            return Err(none_of(
                "store_failures_as",
                other,
                &["table", "view", "ephemeral"],
            ));
        }
        let asked = patch.get("store_failures").and_then(Json::as_bool);
        Ok(Self {
            severity: severity(patch)?,
            warn_if: text("warn_if").unwrap_or_else(|| "!= 0".to_owned()),
            error_if: text("error_if").unwrap_or_else(|| "!= 0".to_owned()),
            only_where: text("where"),
            limit: limit(patch)?,
            fail_calc: text("fail_calc").unwrap_or_else(|| COUNT.to_owned()),
            store_failures: match stored_as {
                Some(word) => word != "ephemeral",
                None => asked.unwrap_or(store),
            },
            as_view: stored_as == Some("view"),
        })
    }

    /// Whether its count can be taken together with others.
    pub(in crate::transform) fn is_plain(&self) -> bool {
        self.fail_calc == COUNT && self.limit.is_none() && !self.store_failures
    }
}

fn severity(patch: &ConfigPatch) -> Result<TestSeverity, Refusal> {
    let given = patch
        .get("severity")
        .and_then(Json::as_str)
        .unwrap_or("error");
    match given.to_lowercase().as_str() {
        "error" => Ok(TestSeverity::Error),
        "warn" => Ok(TestSeverity::Warn),
        _ => Err(none_of("severity", given, &["error", "warn"])),
    }
}

fn limit(patch: &ConfigPatch) -> Result<Option<u64>, Refusal> {
    match patch.get("limit") {
        None | Some(Json::Null) => Ok(None),
        Some(value) => {
            let number = value
                .as_u64()
                .or_else(|| value.as_str()?.trim().parse().ok());
            number.map(Some).ok_or_else(|| Refusal {
                cause: format!("config key `limit` is {value}, not a number of rows"),
                hint: "Give `limit` a whole number.".to_owned(),
            })
        }
    }
}
