//! Selectors and their combinations.

use crate::transform::fixture::graph;
use crate::transform::settings::Selection;

fn selected(selection: &Selection) -> Vec<String> {
    let graph = graph(&[
        (
            "sql/models/staging/stg_a.sql",
            "select * from {{ source('raw', 'events') }}",
        ),
        (
            "sql/models/staging/stg_b.sql",
            "{{ config(tags='nightly') }}select * from {{ ref('s') }}",
        ),
        (
            "sql/models/intermediate/int_a.sql",
            "select * from {{ ref('stg_a') }}",
        ),
        (
            "sql/models/marts/fct_a.sql",
            "{{ config(tags='nightly', materialized='table') }}select * from {{ ref('int_a') }} union all select * from {{ ref('stg_b') }}",
        ),
        (
            "sql/models/marts/core/fct_b.sql",
            "select * from {{ ref('fct_a') }}",
        ),
        (
            "sql/models/p.yml",
            "sources:\n  - name: raw\n    tables: [{name: events}]\n",
        ),
        ("seeds/s.csv", "x\n1\n"),
    ]);
    match graph.list(selection) {
        Ok(nodes) => nodes.into_iter().map(|node| node.name).collect(),
        Err(error) => vec![error.to_string()],
    }
}

#[test]
fn selectors_combine() {
    let of = |text: &str| selected(&Selection::of(text));
    assert_eq!(of("fct_*"), ["fct_a", "fct_b"]);
    assert_eq!(of("marts"), ["fct_a", "fct_b"]);
    assert_eq!(of("sql/models/marts/core"), ["fct_b"]);
    assert_eq!(of("path:sql/models/staging"), ["stg_a", "stg_b"]);
    assert_eq!(of("tag:nightly"), ["stg_b", "fct_a"]);
    assert_eq!(of("tag:nightly,marts"), ["fct_a"]);
    assert_eq!(of("seed:* stg_a"), ["s", "stg_a"]);
    assert_eq!(of("+int_a"), ["stg_a", "int_a"]);
    assert_eq!(of("1+fct_b"), ["fct_a", "fct_b"]);
    assert_eq!(of("stg_a+1"), ["stg_a", "int_a"]);
    assert_eq!(of("+fct_a+").len(), 6);
    assert_eq!(of("@int_a").len(), 6);
    assert_eq!(of("source:raw+"), ["stg_a", "int_a", "fct_a", "fct_b"]);
    assert_eq!(of("config.materialized:table"), ["fct_a"]);
    assert_eq!(of("resource_type:seed"), ["s"]);
    let without = |select: &[&str], exclude: &[&str]| {
        let texts = |all: &[&str]| all.iter().map(|text| (*text).to_owned()).collect();
        selected(&Selection {
            select: texts(select),
            exclude: texts(exclude),
            ..Selection::default()
        })
    };
    assert_eq!(without(&["marts", "s"], &["fct_b"]), ["s", "fct_a"]);
    assert_eq!(without(&[], &["+fct_a"]), ["fct_b"]);
}

#[test]
fn selectors_without_a_match_are_errors() {
    let of = |text: &str| selected(&Selection::of(text)).join("");
    assert!(of("fct_aa").contains("`fct_aa` matches nothing\n   hint: Did you mean `fct_a`?"));
    assert!(of("tag:nightli").contains("Did you mean `tag:nightly`?"));
    assert!(of("path:stagin").contains("Did you mean `path:staging`?"));
    assert!(of("tags:x").contains("unknown selector method `tags:`"));
    assert!(of("stg_a,fct_a").contains("nothing is selected"));
    assert!(of("source:raw").contains("Write `source:raw+`"));
    assert!(of("+").contains("is not a selector"));
}
