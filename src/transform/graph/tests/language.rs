//! The language of dbt, as it renders.

use super::dbt::parse;
use crate::transform::fixture::Db;
use crate::transform::settings::Selection;
use crate::warehouse::Warehouse;

/// The compiled text of one model of a project with these macros, with a warehouse.
fn rendered_in(macros: &str, text: &str, warehouse: Option<&Warehouse>) -> String {
    let graph = parse(&[
        (
            "dbt_project.yml",
            "name: shop\nvars: {there: null}\ndispatch: [{macro_namespace: lib, search_order: [shop, lib]}]\n",
        ),
        ("macros/m.sql", macros),
        ("models/a.sql", text),
        ("models/b.sql", "select 1 as x"),
        ("dbt_packages/lib/dbt_project.yml", "name: lib\n"),
        (
            "dbt_packages/lib/macros/m.sql",
            "{% macro pick() %}{{ return(adapter.dispatch('pick', 'lib')()) }}{% endmacro %}\n{% macro default__pick() %}of lib{% endmacro %}\n{% macro own() %}{{ lib.helper() }}{% endmacro %}\n{% macro helper() %}helped{% endmacro %}",
        ),
    ])
    .unwrap_or_else(|error| panic!("{error}"));
    let compiled = graph.compile(&Selection::of("a"), warehouse);
    let compiled = compiled.unwrap_or_else(|error| panic!("{error}"));
    compiled[0].sql.trim().to_owned()
}

fn rendered(macros: &str, text: &str) -> String {
    rendered_in(macros, text, None)
}

#[track_caller]
fn is(text: &str, expected: &str) {
    assert_eq!(
        rendered("", &format!("select {text}")),
        format!("select {expected}")
    );
}

#[test]
fn lists_and_mappings_change() {
    is(
        "{% set l = [1] %}{% do l.append(2) %}{% for x in [3, 4] %}{% do l.append(x) %}{% endfor %}{{ l | join(' ') }}",
        "1 2 3 4",
    );
    is(
        "{% set a = ['b', 'a'] %}{% set b = a %}{% do b.extend(['c']) %}{% do a.sort() %}{{ a }} {{ a == b }}",
        "['a', 'b', 'c'] True",
    );
    is(
        "{% set d = {'a': 1} %}{% do d.update({'b': 2}) %}{% do d.update(c=3) %}{{ d }} {{ d.pop('a') }} {{ d.keys() | list }} {{ d.setdefault('z', []) }}",
        "{'a': 1, 'b': 2, 'c': 3} 1 ['b', 'c'] []",
    );
    is(
        "{% set l = 'a,b'.split(',') %}{% do l.insert(0, 'z') %}{{ l[-1] }}{{ l[0:2] }}{{ l.pop() }}{{ l | length }}",
        "b['z', 'a']b2",
    );
    is(
        "{% set l = [] %}{% do l.append({'x': [1]}) %}{% do l[0].x.append(2) %}{{ l }}",
        "[{'x': [1, 2]}]",
    );
    is(
        "{{ (['a'] + ['b']) | join(',') }} {{ [0] * 3 }} {{ 'ab' * 2 }} {{ dict(a=1).get('b', 'none') }}",
        "a,b [0, 0, 0] abab none",
    );
    is(
        "{{ set([1, 2, 1]) | list }} {{ zip([1, 2], ['a', 'b']) | list }}",
        "[1, 2] [(1, 'a'), (2, 'b')]",
    );
}

#[test]
fn texts_have_all_their_methods() {
    is(
        "{{ 'a %s %05.1f %(x)s' % {'x': 1} if false else '%s-%s %d%%' % ('a', 1, 7) }}",
        "a-1 7%",
    );
    is(
        "{{ '{} {1} {name:>4}'.format('a', 'b', name='c') }}",
        "a b    c",
    );
    is(
        "{{ 'a.b.c'.rsplit('.', 1) }} {{ 'x_y'.partition('_') }} {{ 'Ab'.swapcase() }} {{ '7'.zfill(3) }} {{ 'prefix_a'.removeprefix('prefix_') }}",
        "['a.b', 'c'] ('x', '_', 'y') aB 007 a",
    );
    is(
        "{{ 7 % 3 }} {{ -7 % 3 }} {{ 1 + 2 * 3 - 4 }} {{ 1.5 + 1 }} {{ 'a' + 'b' }} {{ 2 ** 3 }} {{ 7 // 2 }}",
        "1 2 3 2.5 ab 8 3",
    );
    is(
        "{{ tojson({'a': [1, none, true]}) }} {{ fromjson('{\"b\": [2]}').b[0] }} {{ local_md5('a') }}",
        "{\"a\": [1, null, true]} 2 0cc175b9c0f1b6a831c399e269772661",
    );
    is(
        "{% if 'x': %}yes{% endif %}{% for a in 1, 2 %}{{ a }}{% endfor %}",
        "yes12",
    );
}

#[test]
fn macros_take_any_arguments_and_return_values() {
    let macros = "{% macro many() %}{{ return([varargs | length, kwargs.get('k'), varargs]) }}{% endmacro %}\n{% macro first(a, b=[]) %}{% do b.append(a) %}{{ return(b) }}{% endmacro %}\n{% macro wrap() %}<{{ caller() }}>{% endmacro %}";
    let of = |text: &str| rendered(macros, &format!("select {text}"));
    assert_eq!(of("{{ many(1, 2, k='v') }}"), "select [2, 'v', [1, 2]]");
    assert_eq!(of("{{ first(1) }} {{ first(2) }}"), "select [1] [2]");
    assert_eq!(of("{% call wrap() %}in{% endcall %}"), "select <in>");
    assert_eq!(of("{{ first(*[5], **{'b': [4]}) }}"), "select [4, 5]");
    assert_eq!(of("{{ context.x if context is defined }}1"), "select 1");
}

#[test]
fn packages_and_dispatch_find_the_right_macro() {
    assert_eq!(rendered("", "select '{{ lib.pick() }}'"), "select 'of lib'");
    let over = "{% macro duckdb__pick() %}of the project{% endmacro %}{% macro default__dateadd(datepart, interval, from_date_or_timestamp) %}mine{% endmacro %}";
    assert_eq!(
        rendered(over, "select '{{ lib.pick() }}' {{ lib.own() }}"),
        "select 'of the project' helped"
    );
    assert_eq!(
        rendered(over, "select {{ dbt.dateadd('day', 1, 'x') }}"),
        "select mine"
    );
    let built_in = "{% macro ref(name) %}{{ return(builtins.ref(name).include(database=false)) }}{% endmacro %}";
    assert_eq!(
        rendered(built_in, "select '{{ ref('b') }}'"),
        "select '\"main\".\"b\"'"
    );
}

#[test]
fn dates_and_patterns_work_as_in_python() {
    is(
        "{% set d = modules.datetime.datetime.strptime('2026-03-01', '%Y-%m-%d') %}{{ (d - modules.datetime.timedelta(days=1)).strftime('%d.%m.%Y') }} {{ (d + modules.datetime.timedelta(hours=36)) }} {{ (d - modules.datetime.datetime(2026, 1, 1)).days }}",
        "28.02.2026 2026-03-02 12:00:00 59",
    );
    is(
        "{{ modules.pytz.timezone('Europe/Berlin').localize(modules.datetime.datetime(2026, 7, 1)).isoformat() }}",
        "2026-07-01T00:00:00+02:00",
    );
    is(
        "{{ modules.re.sub('[^a-z]+', '_', 'a b-c') }} {{ modules.re.match('(\\\\d+)-(?P<x>\\\\w)', '12-a').group('x') }} {{ modules.re.findall('b.', 'babc') }} {{ modules.re.search('z', 'a') is none }}",
        "a_b_c a ['ba', 'bc'] True",
    );
    is(
        "{% for a, b in modules.itertools.product([1, 2], ['x']) %}{{ a }}{{ b }} {% endfor %}",
        "1x 2x",
    );
    is(
        "{{ dbt.dates_in_range('20260228', '20260301') }}",
        "['20260228', '20260301']",
    );
}

#[test]
fn relations_and_columns_answer() {
    is(
        "'{{ this }}' '{{ this.include(database=false) }}' '{{ this.incorporate(path={'identifier': 'b'}) }}' {{ this.is_view }} {{ this is mapping }}",
        "'\"db\".\"main\".\"a\"' '\"main\".\"a\"' '\"db\".\"main\".\"b\"' True True",
    );
    is(
        "'{{ api.Relation.create(schema='s', identifier='t', type='table') }}' {{ api.Column('n', 'DECIMAL(18,3)').is_number() }}",
        "'\"s\".\"t\"' True",
    );
    is(
        "{{ model.unique_id }} {{ graph.nodes | length }} {{ project_name }} {{ target.type }} {{ flags.FULL_REFRESH }}",
        "model.shop.a 2 shop duckdb False",
    );
}

#[test]
fn queries_run_and_their_results_are_read() {
    let db = Db::new();
    db.sql("create table main.t as select * from (values (1, 'x'), (2, 'y')) v(id, name)");
    let of = |text: &str| rendered_in("", text, Some(&db.warehouse));
    assert_eq!(
        of(
            "{% if execute %}{% set r = run_query('select * from main.t order by id') %}select '{{ r.columns[1].values() | join(',') }}' {{ r.rows[1]['id'] }} {{ r.column_names }} {{ r | length }}{% endif %}"
        ),
        "select 'x,y' 2 ['id', 'name'] 2"
    );
    assert_eq!(
        of(
            "{% call statement('s', fetch_result=True) %}select max(id) as m from main.t{% endcall %}select {% if execute %}{{ load_result('s').table.columns['m'].values()[0] }} {{ load_result('s')['data'][0][0] }}{% endif %}"
        ),
        "select 2 2"
    );
    assert_eq!(
        of(
            "{% set t = adapter.get_relation(none, 'main', 't') %}select {{ t.is_table }} {{ adapter.get_relation('memory', 'main', 'nope') is none }} {% for c in adapter.get_columns_in_relation(t) %}{{ c.quoted }} {{ c.dtype }}, {% endfor %}1"
        ),
        "select True True \"id\" INTEGER, \"name\" VARCHAR, 1"
    );
    // Tuples, as to dbt, so that they can stand in a condition.
    assert_eq!(
        of(
            "{% set r = run_query('select * from main.t order by id') %}{% if execute %}select {{ r.columns[1].values() }} {{ r.rows[0].values() }} {{ r.columns[0].values()[-1] }} {{ (r.columns[0].values() | list)[:1] }}{% endif %}"
        ),
        "select ('x', 'y') (1, 'x') 2 [1]"
    );
    assert_eq!(
        of(
            "{% call statement('s', fetch_result=True) %}select * from main.t order by id{% endcall %}select {% if execute %}{{ load_result('s').data }}{% endif %}"
        ),
        "select [(1, 'x'), (2, 'y')]"
    );
    // A text has a length, to dbt.
    assert_eq!(
        of(
            "{% set t = adapter.get_relation(none, 'main', 't') %}select {% for c in adapter.get_columns_in_relation(t) %}{{ c.data_type }}, {% endfor %}{{ api.Column('c', 'varchar(9)').data_type }}"
        ),
        "select INTEGER, character varying(256), character varying(9)"
    );
}

#[test]
fn words_of_python_mean_what_they_mean_there() {
    is(
        "{{ ['a' is sequence, {} is sequence, [] is sequence, (1, 2) is sequence, 1 is sequence] | join(' ') }}",
        "True True True True False",
    );
    is(
        "{{ var.has_var('there') }} {{ var.has_var('not_there') }} {{ var('not_there', 'other') }}",
        "True False other",
    );
}

#[test]
fn a_caller_takes_arguments_and_sees_what_is_around_it() {
    let macros = "{% macro twice() %}{{ caller('x') }}{{ caller('y', suffix='!') }}{% endmacro %}{% macro each(items) %}{% for item in items %}{{ caller(item) }}{% if not loop.last %},{% endif %}{% endfor %}{% endmacro %}{% macro none_of_it() %}empty{% endmacro %}{% macro keep(box) %}{% do box.append(caller) %}{{ return('kept') }}{% endmacro %}";
    assert_eq!(
        rendered(
            macros,
            "{% set around = 'a' %}select {% call(one, suffix='') twice() %}{{ around }}{{ one }}{{ suffix }} {% endcall %}"
        ),
        "select ax ay!"
    );
    assert_eq!(
        rendered(
            macros,
            "select {% call(outer) each([1, 2]) %}{% call(inner) each(['p', 'q']) %}{{ outer }}{{ inner }}{% endcall %}{% endcall %}"
        ),
        "select 1p,1q,2p,2q"
    );
    // Kept beyond its call it is of no use, but nobody waits for it either.
    assert_eq!(
        rendered(
            macros,
            "{% set box = [] %}select {% call(one) keep(box) %}{{ one }}{% endcall %} {{ box | length }}"
        ),
        "select kept 1"
    );
    let error = parse(&[
        ("dbt_project.yml", "name: shop\n"),
        ("macros/m.sql", macros),
        (
            "models/a.sql",
            "select 1\n{% call(one) twice() %}\n{{ exceptions.raise_compiler_error('from the body ' ~ one) }}{% endcall %}",
        ),
    ]);
    let error = error.err().expect("fails").to_string();
    assert!(error.contains("from the body x"), "{error}");
    assert!(error.contains("at models/a.sql:3:14"), "{error}");
}

#[test]
fn what_only_something_disabled_refers_to_need_not_be_there() {
    let project = ("dbt_project.yml", "name: shop\n");
    let off = parse(&[
        project,
        (
            "models/off.sql",
            "select * from {{ ref('nowhere') }} {{ config(enabled=false) }}",
        ),
        ("models/on.sql", "select 1 as x"),
        ("tests/lost.sql", "select * from {{ ref('nowhere') }}"),
        (
            "models/on.yml",
            "models:\n  - name: on\n    columns:\n      - name: x\n        data_tests:\n          - relationships: {arguments: {to: ref('gone'), field: x}}\n",
        ),
    ])
    .unwrap_or_else(|error| panic!("{error}"));
    let names: Vec<&str> = off.nodes.iter().map(|node| node.name.as_str()).collect();
    assert_eq!(names, ["on"]);
    let notices = off.notices().join("\n");
    assert!(
        notices.contains("test `lost` is left out, because there is no `nowhere`"),
        "{notices}"
    );
    assert!(notices.contains("there is no `gone`"), "{notices}");
    let on = parse(&[
        project,
        ("models/on.sql", "\nselect * from {{ ref('nowhere') }}"),
    ]);
    let error = on.err().expect("fails").to_string();
    assert!(error.contains("at models/on.sql:2:18"), "{error}");
    assert!(error.contains("`nowhere` is not a model"), "{error}");
}

#[test]
fn a_method_that_there_is_not_is_an_error() {
    for text in [
        "[1].itms()",
        "{'a': 1}.itms()",
        "(1, 2).itms()",
        "'a'.itms()",
    ] {
        let error = parse(&[
            ("dbt_project.yml", "name: shop\n"),
            ("models/a.sql", &format!("select {{{{ {text} }}}}")),
        ]);
        let error = error.err().expect("fails").to_string();
        assert!(error.contains("itms"), "{text}: {error}");
    }
}

#[test]
fn sets_hold_each_item_once_whatever_the_order() {
    is(
        "{% set s = set(['b', 'a', 'b']) %}{{ s == set(['a', 'b']) }} {{ s | length }} {{ 'a' in s }} {{ s | list }} {{ s }} {{ set() }}",
        "True 2 True ['a', 'b'] {'a', 'b'} set()",
    );
    is(
        "{% set s = set([1, 2]) %}{% do s.add(3) %}{% do s.discard(1) %}{{ s.union([5]) }} {{ s.difference([3]) }} {{ s - set([2]) }} {{ s.issubset([1, 2, 3]) }} {{ s.intersection([2, 9]) | list }}",
        "{2, 3, 5} {2} {3} True [2]",
    );
}

#[test]
fn settings_of_tests_may_be_templates() {
    let graph = parse(&[
        ("dbt_project.yml", "name: shop\n"),
        ("models/a.sql", "select 1 as x"),
        (
            "models/a.yml",
            "models:\n  - name: a\n    columns:\n      - name: x\n        data_tests:\n          - not_null: {config: {enabled: \"{{ target.type != 'duckdb' }}\"}}\n          - unique: {config: {severity: \"{{ 'warn' if target.type == 'duckdb' else 'error' }}\"}}\n",
        ),
    ])
    .unwrap_or_else(|error| panic!("{error}"));
    let tests: Vec<(&str, Option<&str>)> = graph
        .nodes
        .iter()
        .filter(|node| node.kind == crate::transform::graph::NodeKind::Test)
        .map(|node| {
            let severity = node.settings.get("severity");
            (node.name.as_str(), severity.and_then(|one| one.as_str()))
        })
        .collect();
    assert_eq!(tests, [("unique_a_x", Some("warn"))]);
}
