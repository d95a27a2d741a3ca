//! Configuration as dbt lists it: every key that nodes of a kind have, also where nobody set it.

use serde_json::{Map, Value as Json, json};

use crate::transform::config::{ConfigPatch, hooks};
use crate::transform::graph::NodeKind;

/// Adds what is not set, and writes hooks as dbt does. What a snapshot in YAML is of is no setting.
pub(super) fn complete(kind: NodeKind, settings: &ConfigPatch, config: &mut Map<String, Json>) {
    for (key, listed) in [("pre_hook", "pre-hook"), ("post_hook", "post-hook")] {
        if config.remove(key).is_some() {
            let hooks = hooks(settings, key).into_iter();
            let hooks = hooks
                .map(|hook| json!({"sql": hook.sql, "transaction": hook.is_inside, "index": null}));
            config.insert(listed.to_owned(), hooks.collect());
        }
    }
    if kind == NodeKind::Snapshot {
        config.remove("relation");
    }
    if let Json::Object(defaults) = defaults(kind) {
        for (key, value) in defaults {
            match (config.get_mut(&key), value) {
                (Some(Json::Object(set)), Json::Object(more)) => {
                    for (key, value) in more {
                        set.entry(key).or_insert(value);
                    }
                }
                (Some(_), _) => {}
                (None, value) => {
                    config.insert(key, value);
                }
            }
        }
    }
}

/// The value of a setting that nobody made, if it has one.
pub(in crate::transform) fn default_setting(kind: NodeKind, key: &str) -> Option<Json> {
    let listed = key.replace('_', "-");
    let defaults = defaults(kind);
    let found = defaults.get(key).or_else(|| defaults.get(&listed));
    found.filter(|value| !value.is_null()).cloned()
}

fn defaults(kind: NodeKind) -> Json {
    let more = match kind {
        NodeKind::Model => json!({
            "access": "protected",
            "freshness": null,
            "on_error": null,
            "latest_version_pointer": {"enabled": null, "alias": null},
        }),
        NodeKind::Seed => json!({"delimiter": ",", "quote_columns": null}),
        NodeKind::Snapshot => json!({
            "strategy": null,
            "target_schema": null,
            "target_database": null,
            "updated_at": null,
            "check_cols": null,
            "snapshot_meta_column_names": {
                "dbt_valid_to": null,
                "dbt_valid_from": null,
                "dbt_scd_id": null,
                "dbt_updated_at": null,
                "dbt_is_deleted": null,
            },
            "dbt_valid_to_current": null,
        }),
        NodeKind::Analysis | NodeKind::Operation => json!({}),
        NodeKind::Test => return of_tests(),
        NodeKind::Source => {
            return json!({
                "event_time": null,
                "freshness": null,
                "loaded_at_field": null,
                "loaded_at_query": null,
                "static_analysis": null,
            });
        }
        NodeKind::UnitTest => return json!({"static_analysis": null}),
        NodeKind::SavedQuery => {
            return json!({
                "group": null,
                "export_as": null,
                "schema": null,
                "cache": {"enabled": false},
            });
        }
        NodeKind::Metric | NodeKind::SemanticModel => return json!({"group": null}),
        NodeKind::Exposure => return json!({}),
    };
    let mut all = of_queries();
    if let (Json::Object(all), Json::Object(more)) = (&mut all, more) {
        all.extend(more);
    }
    all
}

/// What models, seeds, snapshots, analyses and hooks have in common.
fn of_queries() -> Json {
    json!({
        "alias": null,
        "schema": null,
        "database": null,
        "group": null,
        "static_analysis": null,
        "incremental_strategy": null,
        "batch_size": null,
        "lookback": 1,
        "begin": null,
        "persist_docs": {},
        "post-hook": [],
        "pre-hook": [],
        "quoting": {},
        "column_types": {},
        "full_refresh": null,
        "unique_key": null,
        "on_schema_change": "ignore",
        "on_configuration_change": "apply",
        "grants": {},
        "packages": [],
        "docs": {"show": true, "node_color": null},
        "contract": {"enforced": false, "alias_types": true},
        "event_time": null,
        "concurrent_batches": null,
    })
}

fn of_tests() -> Json {
    json!({
        "alias": null,
        "schema": "dbt_test__audit",
        "database": null,
        "group": null,
        "static_analysis": null,
        "severity": "ERROR",
        "store_failures": null,
        "store_failures_as": null,
        "sql_header": null,
        "where": null,
        "limit": null,
        "fail_calc": "count(*)",
        "warn_if": "!= 0",
        "error_if": "!= 0",
    })
}
