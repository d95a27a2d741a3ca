//! Parsing: references, configuration, and what each mistake says.

pub(in crate::transform) mod dbt;
mod language;
mod selecting;

use crate::transform::fixture::{graph, graph_with, parse};
use crate::transform::settings::{Selection, TransformSettings};

fn error_of(files: &[(&str, &str)]) -> String {
    match parse(files) {
        Ok(_) => panic!("must not parse"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn nodes_are_listed_parents_first_with_all_they_have() {
    let graph = graph(&[
        (
            "sql/models/marts/a_mart.sql",
            "{{ config(materialized='table', tags=['gold']) }}select * from {{ ref('stg') }} join {{ ref('cities') }} using (id)",
        ),
        (
            "sql/models/staging/stg.sql",
            "select * from {{ source('raw', 'events') }}",
        ),
        (
            "sql/models/_p.yml",
            "models:\n  - name: stg\n    description: Staged.\nsources:\n  - name: raw\n    tables: [{name: events}]\n",
        ),
        ("seeds/cities.csv", "id\n1\n"),
    ]);
    let all = graph.list(&Selection::default()).expect("all");
    let names: Vec<&str> = all.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["cities", "stg", "a_mart"]);
    assert_eq!(
        (all[0].schema.as_str(), all[0].materialization.as_str()),
        ("seeds", "seed")
    );
    assert_eq!(
        (all[1].schema.as_str(), all[1].description.as_str()),
        ("staging", "Staged.")
    );
    assert_eq!(all[1].sources, ["raw.events"]);
    assert_eq!(
        (all[2].schema.as_str(), all[2].materialization.as_str()),
        ("marts", "table")
    );
    assert_eq!(all[2].depends_on, ["cities", "stg"]);
    assert_eq!(all[2].tags, ["gold"]);
    let json = serde_json::to_value(&all[2]).expect("serialisable");
    assert_eq!(
        (json["kind"].as_str(), json["origin"].as_str()),
        (Some("model"), Some("embedded"))
    );
}

#[test]
fn folders_schema_and_alias_decide_the_relation() {
    let graph = graph(&[
        ("sql/models/staging/deep/a.sql", "select 1 as x"),
        (
            "sql/models/other/b.sql",
            "{{ config(schema='s', alias='t') }}select * from {{ ref('a') }}",
        ),
        (
            "sql/models/c.sql",
            "select * from {{ ref('b') }} -- {{ this.schema }}.{{ this.name }}",
        ),
    ]);
    let compiled = graph
        .compile(&Selection::of("c b"), None)
        .expect("compiles");
    assert_eq!(compiled[0].sql, "select * from \"staging\".\"a\"");
    assert_eq!(compiled[1].sql, "select * from \"s\".\"t\" -- main.c");
}

#[test]
fn references_of_incremental_branches_are_known() {
    let graph = graph(&[
        ("sql/models/marts/a.sql", "select 1 as x"),
        (
            "sql/models/marts/b.sql",
            "{{ config(materialized='incremental') }}select 1 as x {% if is_incremental() %} where 1 not in (select x from {{ ref('a') }}){% endif %}",
        ),
    ]);
    assert_eq!(
        graph.list(&Selection::of("b")).expect("b")[0].depends_on,
        ["a"]
    );
}

#[test]
fn references_of_hooks_and_touched_are_known() {
    let graph = graph(&[
        ("sql/models/a.sql", "select 1 as x"),
        (
            "sql/models/b.sql",
            "{{ config(materialized='incremental', unique_key='x', touched=\"select x from {{ ref('a') }}\") }}select 1 as x",
        ),
        (
            "sql/models/c.sql",
            "{{ config(post_hook=[\"select 1 from {{ ref('b') }}\"]) }}select 1 as x",
        ),
    ]);
    let parents = |name: &str| {
        graph.list(&Selection::of(name)).expect(name)[0]
            .depends_on
            .clone()
    };
    assert_eq!(parents("b"), ["a"]);
    assert_eq!(parents("c"), ["b"]);
    let message = error_of(&[(
        "sql/models/a.sql",
        "{{ config(pre_hook=\"{{ ref('z') }}\") }}select 1",
    )]);
    assert!(
        message.contains("at sql/models/a.sql (pre_hook):1"),
        "{message}"
    );
}

#[test]
fn unknown_names_say_where_and_what_is_near() {
    let message = error_of(&[
        (
            "sql/models/marts/a.sql",
            "select 1\nfrom {{ ref('stg_sesions') }}",
        ),
        ("sql/models/staging/stg_sessions.sql", "select 1 as x"),
    ]);
    assert_eq!(
        message,
        "error[project]: failed to render model `a`\n   at sql/models/marts/a.sql:2:9\n      \
         2 | from {{ ref('stg_sesions') }}\n        |         ^\n   \
         cause: `stg_sesions` is not a model or seed\n   hint: Did you mean `stg_sessions`?"
    );
    let message = error_of(&[
        (
            "sql/models/marts/a.sql",
            "\n\nselect 1 from {{ source('raw', 'conversation') }}",
        ),
        (
            "sql/models/p.yml",
            "sources:\n  - name: raw\n    tables: [{name: conversations}]",
        ),
    ]);
    assert!(message.contains("at sql/models/marts/a.sql:3"), "{message}");
    assert!(
        message.contains("Did you mean `raw.conversations`?"),
        "{message}"
    );
    let message = error_of(&[("sql/models/marts/a.sql", "select {{ var('dayz') }}")]);
    assert!(message.contains("variable `dayz` is not set"), "{message}");
    assert!(
        message.contains("Set `dayz` under `[vars]` in `cca.toml`"),
        "{message}"
    );
    let message = error_of(&[("sql/models/marts/a.sql", "select {{ env_var('NOPE') }}")]);
    assert!(
        message.contains("environment variable `NOPE` is not set"),
        "{message}"
    );
    let message = error_of(&[
        ("sql/models/marts/a.sql", "select\n{{ cent('x') }}"),
        (
            "sql/macros/m.sql",
            "{% macro cents(x) %}{{ x }}{% endmacro %}",
        ),
    ]);
    assert!(
        message.contains("a.sql:2") && message.contains("Did you mean `cents`?"),
        "{message}"
    );
    let message = error_of(&[("sql/models/marts/a.sql", "select {{ taget.name }}")]);
    assert!(message.contains("`taget` is not defined"), "{message}");
    assert!(message.contains("Did you mean `target`?"), "{message}");
}

#[test]
fn mistakes_in_the_language_name_their_line() {
    let message = error_of(&[("sql/models/marts/a.sql", "select 1\n{% if x %}")]);
    assert!(message.contains("at sql/models/marts/a.sql:2"), "{message}");
    let message = error_of(&[(
        "sql/models/marts/a.sql",
        "\n{{ config(materialized='tabel') }}select 1",
    )]);
    assert!(
        message.contains("a.sql:2") && message.contains("Did you mean `table`?"),
        "{message}"
    );
    let message = error_of(&[
        ("sql/models/marts/a.sql", "select\n\n{{ m(1) }}"),
        (
            "sql/macros/m.sql",
            "\n{% macro m(x) %}\n{{ exceptions.raise_compiler_error('no ' ~ x) }}\n{% endmacro %}",
        ),
    ]);
    assert_eq!(
        message,
        "error[project]: failed to render model `a`\n   at sql/macros/m.sql:3:14\n      \
         3 | {{ exceptions.raise_compiler_error('no ' ~ x) }}\n        |              ^\n   \
         at sql/models/marts/a.sql:3:4\n   cause: no 1"
    );
    let message = error_of(&[
        ("sql/models/marts/a.sql", "{{ m(1, 2) }}"),
        ("sql/macros/m.sql", "{% macro m(x) %}{% endmacro %}"),
    ]);
    assert!(
        message.contains("wrong arguments for macro `m`"),
        "{message}"
    );
    let message = error_of(&[
        ("sql/models/marts/a.sql", "{{ m(1) }}"),
        (
            "sql/macros/m.sql",
            "{% macro m(x) %}{{ m(x) }}{% endmacro %}",
        ),
    ]);
    assert!(
        message.contains("macro `m` calls itself without an end"),
        "{message}"
    );
}

#[test]
fn what_cannot_change_says_what_to_write_instead() {
    let message = error_of(&[(
        "sql/models/a.sql",
        "{% set l = (1, 2) %}\n{% do l.append(1) %}select 1",
    )]);
    assert!(
        message.contains("a.sql:2:8\n") && message.contains("cause: this list cannot change"),
        "{message}"
    );
    let message = error_of(&[("sql/models/a.sql", "{{ adapter.dispach('x') }}")]);
    assert!(
        message.contains("Did you mean `adapter.dispatch`?"),
        "{message}"
    );
}

#[test]
fn names_are_unique_and_circles_are_shown() {
    let message = error_of(&[
        ("sql/models/marts/a.sql", "select 1"),
        ("sql/models/staging/a.sql", "select 1"),
    ]);
    assert!(message.contains("two files define `a`"), "{message}");
    assert!(
        message.contains("at sql/models/marts/a.sql\n   at sql/models/staging/a.sql"),
        "{message}"
    );
    assert!(
        error_of(&[("sql/models/a.sql", "select 1"), ("seeds/a.csv", "x\n")])
            .contains("seeds/a.csv")
    );
    let message = error_of(&[
        ("sql/models/a.sql", "select * from {{ ref('b') }}"),
        ("sql/models/b.sql", "select * from {{ ref('c') }}"),
        ("sql/models/c.sql", "select * from {{ ref('a') }}"),
    ]);
    assert!(message.contains("cause: a -> b -> c -> a"), "{message}");
    let message = error_of(&[
        ("sql/models/m/a.sql", "select 1"),
        ("sql/models/m/b.sql", "{{ config(alias='a') }}select 1"),
    ]);
    assert!(
        message.contains("`a` and `b` both build \"m\".\"a\""),
        "{message}"
    );
    let message = error_of(&[
        ("sql/macros/a.sql", "{% macro m() %}{% endmacro %}"),
        ("sql/macros/b.sql", "\n{% macro m() %}{% endmacro %}"),
    ]);
    assert!(message.contains("macro `m` is defined twice"), "{message}");
    assert!(
        message.contains("at sql/macros/a.sql:1\n   at sql/macros/b.sql:2"),
        "{message}"
    );
}

#[test]
fn disabled_models_are_gone() {
    let graph = graph(&[
        ("sql/models/a.sql", "{{ config(enabled=false) }}select 1"),
        ("sql/models/b.sql", "select 1"),
    ]);
    assert_eq!(graph.list(&Selection::default()).expect("all").len(), 1);
    let message = error_of(&[
        ("sql/models/a.sql", "{{ config(enabled=false) }}select 1"),
        ("sql/models/b.sql", "select * from {{ ref('a') }}"),
    ]);
    assert!(
        message.contains("`b` refers to `a`, which is disabled"),
        "{message}"
    );
}

#[test]
fn what_has_no_effect_is_noticed() {
    let graph = graph(&[
        (
            "sql/models/a.sql",
            "{{ config(materialised='table') }}select 1",
        ),
        ("sql/models/p.yml", "models:\n  - name: aa\n"),
    ]);
    assert_eq!(
        graph.notices(),
        [
            "sql/models/a.sql: config key `materialised` has no effect; did you mean `materialized`?",
            "sql/models/p.yml:2: there is no model `aa`; did you mean `a`?"
        ]
    );
}

#[test]
fn settings_reach_the_templates() {
    let graph = graph_with(
        &[(
            "sql/models/a.sql",
            "select {{ var('days') }}, '{{ env_var('WHO') }}', {{ var('x', 5) }}, '{{ env_var('Y', 'z') }}', '{{ target.name }}', '{{ target.type }}', '{{ local_zone() }}', {{ to_local('ts') }}",
        )],
        |settings: &mut TransformSettings| {
            settings.vars.insert("days".into(), serde_json::json!(7));
            settings.env.insert("WHO".into(), "me".into());
            settings.timezone = "Asia/Kolkata".into();
            settings.target.name = "prod".into();
        },
    );
    let compiled = graph
        .compile(&Selection::default(), None)
        .expect("compiles");
    assert_eq!(
        compiled[0].sql,
        "select 7, 'me', 5, 'z', 'prod', 'duckdb', 'Asia/Kolkata', ((ts) + INTERVAL 330 MINUTE)"
    );
}

/// Parsing must not be noticed by people who type commands.
#[test]
fn parsing_is_quick() {
    let models: Vec<(String, String)> = (0..25)
        .map(|number| {
            let text = if number == 0 {
                "select 1 as x".to_owned()
            } else {
                format!("{{{{ config(materialized='incremental') }}}}\nselect {{{{ m('x') }}}} as x -- {}\nfrom {{{{ ref('m{}') }}}}{{% if is_incremental() %}} where true{{% endif %}}", "text ".repeat(400), number - 1)
            };
            (format!("sql/models/marts/m{number}.sql"), text)
        })
        .collect();
    let mut files: Vec<(&str, &str)> = models
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    files.push((
        "sql/macros/m.sql",
        "{% macro m(x) %}{{ return(x) }}{% endmacro %}",
    ));
    let project = crate::transform::fixture::project(&files);
    let best = (0..5)
        .map(|_| {
            let started = std::time::Instant::now();
            let parsed = super::Graph::parse(&project, &TransformSettings::default());
            assert_eq!(parsed.expect("valid").nodes.len(), 25);
            started.elapsed()
        })
        .min()
        .expect("five times");
    assert!(best.as_millis() < 20, "{best:?}");
}
