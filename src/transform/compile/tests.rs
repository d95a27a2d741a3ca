//! The language as it renders.

use crate::transform::fixture::{Db, graph, graph_with};
use crate::transform::settings::Selection;

fn compiled(files: &[(&str, &str)], name: &str) -> String {
    let graph = graph(files);
    let all = graph
        .compile(&Selection::of(name), None)
        .unwrap_or_else(|error| panic!("{error}"));
    all[0].sql.clone()
}

fn one(text: &str) -> String {
    compiled(&[("sql/models/a.sql", text)], "a")
}

#[test]
fn statements_of_the_language_work() {
    assert_eq!(
        one(
            "{% set ns = namespace(n=0) %}{% for i in range(5) %}{% if i == 3 %}{% break %}{% endif %}{% set ns.n = ns.n + i %}{% endfor %}select {{ ns.n }};\n"
        ),
        "select 3"
    );
    assert_eq!(
        one("{%- do log('x') -%}\n select 1 {#- gone -#} , 2"),
        "select 1, 2"
    );
    assert_eq!(
        one("select {% for c in ['a', 'b'] %}{{ c }}{{ ', ' if not loop.last }}{% endfor %}"),
        "select a, b"
    );
    assert_eq!(
        one(
            "select '{{ 'A-b'.upper().replace('-', '_') }}', '{{ ['x', 'y'] | join('/') }}', '{{ ','.join(['p', 'q']) }}', {{ 'a,b'.split(',') | length }}"
        ),
        "select 'A_B', 'x/y', 'p,q', 2"
    );
    assert_eq!(
        one(
            "{% set m = {'a': 1, 'b': 2} %}select {% for k, v in m.items() %}{{ v }} as {{ k }},{% endfor %} {{ m.get('z', 9) }}"
        ),
        "select 1 as a,2 as b, 9"
    );
    assert_eq!(
        one(
            "{{ config(tags=['t'], meta={'owner': 'me'}) }}select '{{ model.name }} {{ config.get('meta').owner }} {{ model.config.tags[0] }} {{ execute }}'"
        ),
        "select 'a me t False'"
    );
    assert_eq!(
        one("select '{{ run_started_at.strftime('%Y') | length }}{{ invocation_id | length }}'"),
        "select '436'"
    );
    assert_eq!(
        one("select {% for r in run_query('select 1') %}{{ r[0] }},{% endfor %} 1"),
        "select  1"
    );
}

#[test]
fn macros_call_each_other_across_files_and_return_values() {
    let files = [
        (
            "sql/macros/a.sql",
            "{% macro outer(x, factor=2) -%}\n({{ inner(x) }} * {{ factor }})\n{%- endmacro %}\n{% macro inner(x) %}{{ x }} + {{ var('n', 1) }}{% endmacro %}",
        ),
        (
            "sql/macros/b/c.sql",
            "{% macro columns() %}{% for c in ['p', 'q', 'r'] %}{% if c == 'q' %}{{ return(['one', c]) }}{% endif %}{% endfor %}{% endmacro %}{% macro wrap() %}[{{ caller() }}]{% endmacro %}",
        ),
        (
            "sql/macros/d.sql",
            "{% macro hash(x) %}{{ adapter.dispatch('hash')(x) }}{% endmacro %}{% macro default__hash(x) %}md5({{ x }}){% endmacro %}{% macro fact(n) %}{% if n <= 1 %}{{ return(1) }}{% endif %}{{ return(n * fact(n - 1)) }}{% endmacro %}",
        ),
        (
            "sql/models/m.sql",
            "select {{ outer('a', factor=3) }}, {{ columns() | join(',') }}, {% call wrap() %}{{ 1 + 1 }}{% endcall %}, {{ hash('k') }}, {{ fact(5) + 1 }} from {{ ref('', 'n') }}",
        ),
        ("sql/models/n.sql", "select 1"),
    ];
    assert_eq!(
        compiled(&files, "m"),
        "select (a + 1 * 3), one,q, [2], md5(k), 121 from \"main\".\"n\""
    );
}

#[test]
fn ephemeral_models_become_expressions_in_order() {
    let files = [
        ("sql/models/base.sql", "select 1 as x"),
        (
            "sql/models/e1.sql",
            "{{ config(materialized='ephemeral') }}select * from {{ ref('base') }} -- note",
        ),
        (
            "sql/models/e2.sql",
            "{{ config(materialized='ephemeral') }}select x + 1 as x from {{ ref('e1') }}",
        ),
        (
            "sql/models/m.sql",
            "with m as (select * from {{ ref('e2') }}) select * from m join {{ ref('e1') }} using (x)",
        ),
    ];
    assert_eq!(
        compiled(&files, "m"),
        "with \"__cte__e1\" as (\nselect * from \"main\".\"base\" -- note\n), \"__cte__e2\" as (\nselect x + 1 as x from \"__cte__e1\"\n), m as (select * from \"__cte__e2\") select * from m join \"__cte__e1\" using (x)"
    );
}

#[test]
fn queries_run_when_there_is_a_warehouse() {
    let db = Db::new();
    db.sql("CREATE TABLE kinds AS SELECT * FROM (VALUES (1, 'a'), (2, 'b')) t(id, name)");
    let graph = graph(&[(
        "sql/models/m.sql",
        "{% set r = run_query('select id, name from kinds order by id') %}select {% if execute %}{% for row in r %}{{ row.id }} as {{ row['name'] }}, {% endfor %}{{ r | length }}, '{{ r.columns[1].values() | join('') }}', {{ r.rows[0][0] }}, '{{ r.column_names | join }}'{% endif %}",
    )]);
    let all = graph
        .compile(&Selection::default(), Some(&db.warehouse))
        .expect("compiles");
    assert_eq!(all[0].sql, "select 1 as a, 2 as b, 2, 'ab', 1, 'idname'");
    let text = graph.compile_text("query", "select * from {{ ref('m') }};", None);
    assert_eq!(text.expect("compiles"), "select * from \"main\".\"m\"");
    let wrong = graph.compile_text("query", "select\n{{ ref('n') }}", None);
    assert!(wrong.expect_err("no n").to_string().contains("at query:2"));
}

#[test]
fn references_that_appear_only_when_run_are_errors() {
    let db = Db::new();
    let graph = graph(&[
        ("sql/models/a.sql", "select 1 as x"),
        (
            "sql/models/b.sql",
            "select 1 as x {% if execute %}from {{ ref('a') }}{% endif %}",
        ),
    ]);
    let error = graph
        .compile(&Selection::of("b"), Some(&db.warehouse))
        .expect_err("no order");
    assert!(
        error.to_string().contains("-- depends on {{ ref('a') }}"),
        "{error}"
    );
}

#[test]
fn definitions_change_with_everything_that_decides_the_contents() {
    let definition = |stg: &str, mart: &str, seed: &str, n: u32| {
        let graph = graph_with(
            &[
                ("seeds/s.csv", seed),
                ("sql/models/stg.sql", stg),
                ("sql/models/mart.sql", mart),
            ],
            |settings| {
                settings.vars.insert("n".into(), n.into());
                settings.threads = 1 + n as usize;
            },
        );
        let node = graph.node("model.cca.mart").expect("there");
        super::Definitions::new(&graph).of(node).expect("computed")
    };
    let stg = "select * from {{ ref('s') }} where x < {{ var('n') }}";
    let mart = "{{ config(materialized='incremental', unique_key='x') }}select *, '{{ run_started_at }}{{ invocation_id }}' as r from {{ ref('stg') }}{% if is_incremental() %} where false{% endif %}";
    let base = definition(stg, mart, "x\n1\n", 1);
    assert_eq!(base, definition(stg, mart, "x\n1\n", 1));
    assert_eq!(
        base,
        definition(stg, &mart.replace("where false", "where true"), "x\n1\n", 1)
    );
    assert_ne!(base, definition(stg, mart, "x\n1\n", 2));
    assert_ne!(base, definition(stg, mart, "x\n2\n", 1));
    assert_ne!(
        base,
        definition("select 1 as x -- {{ ref('s') }}", mart, "x\n1\n", 1)
    );
    assert_ne!(
        base,
        definition(
            stg,
            &mart.replace("unique_key='x'", "unique_key=['x', 'r']"),
            "x\n1\n",
            1
        )
    );
}
