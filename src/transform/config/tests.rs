//! Precedence, refusals and notices.

use super::*;
use crate::transform::settings::Semantics;
use serde_json::json;

fn patch(pairs: &[(&str, Json)]) -> ConfigPatch {
    let mut patch = ConfigPatch::default();
    for (key, value) in pairs {
        patch
            .set(key, value.clone(), Semantics::Own)
            .expect("valid");
    }
    patch
}

#[test]
fn later_places_win_but_tags_and_hooks_add_up() {
    let mut base = patch(&[
        ("materialized", json!("view")),
        ("tags", json!("a")),
        ("post-hook", json!("one")),
    ]);
    base.overlay(&patch(&[
        ("+materialized", json!("table")),
        ("tags", json!(["b", "a"])),
        ("post_hook", json!([{"sql": "two"}])),
    ]));
    let config = ModelConfig::resolve(&base, Semantics::Own).expect("fits");
    assert_eq!(config.materialized, Materialization::Table);
    assert_eq!(config.tags, ["a", "b"]);
    let hooks: Vec<&str> = config
        .post_hook
        .iter()
        .map(|hook| hook.sql.as_str())
        .collect();
    assert_eq!(hooks, ["one", "two"]);
    assert!(config.enabled);
}

#[test]
fn wrong_values_name_the_allowed_ones() {
    let refusal = ConfigPatch::default()
        .set("materialized", json!("tabel"), Semantics::Own)
        .expect_err("a typo");
    assert_eq!(
        refusal.cause,
        "config key `materialized` is \"tabel\", which is none of `view`, `table`, \
         `incremental`, `external`, `ephemeral`"
    );
    assert!(
        refusal.hint.starts_with("Did you mean `table`?"),
        "{}",
        refusal.hint
    );
    assert!(
        ConfigPatch::default()
            .set("enabled", json!("yes"), Semantics::Own)
            .is_err()
    );
    assert!(
        ConfigPatch::default()
            .set("column_types", json!({"a": "int); drop"}), Semantics::Own)
            .is_err()
    );
}

#[test]
fn unknown_keys_are_noticed_with_the_nearest_one() {
    let notice = ConfigPatch::default()
        .set("materialised", json!("table"), Semantics::Own)
        .expect("kept");
    let text = notice.expect("a notice");
    assert_eq!(
        text,
        "config key `materialised` has no effect; did you mean `materialized`?"
    );
    assert_eq!(
        ConfigPatch::default().set("meta", json!({}), Semantics::Own),
        Ok(None)
    );
}

#[test]
fn settings_must_fit_together() {
    let no_key = patch(&[
        ("materialized", json!("incremental")),
        ("incremental_strategy", json!("merge")),
    ]);
    assert!(
        ModelConfig::resolve(&no_key, Semantics::Own)
            .expect_err("no key")
            .cause
            .contains("unique_key")
    );
    let touched = patch(&[("touched", json!("select 1"))]);
    assert!(
        ModelConfig::resolve(&touched, Semantics::Own)
            .expect_err("append")
            .cause
            .contains("`touched`")
    );
    let by_key = patch(&[("unique_key", json!("id"))]);
    let config = ModelConfig::resolve(&by_key, Semantics::Own).expect("fits");
    assert_eq!(config.strategy(), Strategy::DeleteInsert);
}

#[test]
fn a_project_of_dbt_may_name_its_own_materialization_and_take_values_back() {
    let mut base = ConfigPatch::default();
    for (key, value) in [
        ("materialized", json!("my_way")),
        ("enabled", json!("yes")),
        ("alias", Json::Null),
        ("meta", json!({"a": 1, "b": 2})),
    ] {
        assert_eq!(base.set(key, value, Semantics::Dbt), Ok(None), "{key}");
    }
    let mut over = ConfigPatch::default();
    over.set("meta", json!({"b": 3}), Semantics::Dbt)
        .expect("valid");
    base.overlay(&over);
    let config = ModelConfig::resolve(&base, Semantics::Dbt).expect("fits");
    assert_eq!(config.materialization(), "my_way");
    assert!(config.enabled);
    assert_eq!(base.get("meta"), Some(&json!({"a": 1, "b": 3})));
}

#[test]
fn hooks_say_whether_they_belong_to_the_transaction() {
    let patch = patch(&[(
        "pre_hook",
        json!([
            "one",
            {"sql": "two", "transaction": false},
            "\n {\"sql\": \"three\", \"transaction\": false} ",
            {"sql": "four"}
        ]),
    )]);
    let found: Vec<(String, bool)> = hooks(&patch, "pre_hook")
        .into_iter()
        .map(|hook| (hook.sql, hook.is_inside))
        .collect();
    let expected = [
        ("one", true),
        ("two", false),
        ("three", false),
        ("four", true),
    ];
    assert_eq!(
        found,
        expected.map(|(sql, inside)| (sql.to_owned(), inside))
    );
}

#[test]
fn dbt_takes_its_default_for_an_unknown_schema_change() {
    let mut patch = ConfigPatch::default();
    let value = || Json::from("fial");
    let notice = patch.set("on_schema_change", value(), Semantics::Dbt);
    assert_eq!(
        notice.expect("accepted").expect("a notice"),
        "`on_schema_change` is not `fial`, so it is `ignore`; did you mean `fail`?"
    );
    assert_eq!(patch.get("on_schema_change"), None);
    let refused = patch.set("on_schema_change", value(), Semantics::Own);
    assert!(refused.is_err());
}
