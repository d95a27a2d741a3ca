use super::*;
use crate::project::Origin;

fn file(text: &str) -> SourceFile {
    SourceFile {
        path: "sql/macros/m.sql".into(),
        text: text.into(),
        origin: Origin::Embedded,
    }
}

#[test]
fn each_macro_keeps_its_lines() {
    let found = split(&file(
        "{# about #}\n{% macro a(x) %}1{% endmacro %}\n\n{%- macro b (y=2) -%}\n2\n{%- endmacro %}",
    ))
    .expect("valid");
    let names: Vec<_> = found
        .iter()
        .map(|one| (one.name.as_str(), one.line))
        .collect();
    assert_eq!(names, [("a", 2), ("b", 4)]);
    assert_eq!(
        found[1].template,
        "\n\n\n{%- macro __macro (y=2) -%}\n2\n{%- endmacro %}"
    );
}

#[test]
fn any_arguments_become_parameters() {
    let found = split(&file(
        "{% macro a(x, y=f('(', [1])) %}{{ varargs }}{% endmacro %}{% macro b() %}{{ kwargs.z }}{{ my_varargs }}{% endmacro %}",
    ))
    .expect("valid");
    assert!(
        found[0]
            .template
            .starts_with("{% macro __macro(x, y=f('(', [1]), varargs=[]) %}"),
        "{}",
        found[0].template
    );
    let open = found[0].open.as_ref().expect("open");
    assert_eq!(open.parameters, ["x", "y"]);
    assert!(open.takes_varargs && !open.takes_kwargs);
    assert!(
        found[1]
            .template
            .starts_with("{% macro __macro(kwargs={}) %}")
    );
}

#[test]
fn defaults_may_name_earlier_parameters() {
    let found = split(&file(
        "{% macro a(x, y=x ~ '!', z=f(1)) -%}\n{{ y }}{% endmacro %}",
    ))
    .expect("valid");
    assert_eq!(
        found[0].template,
        "{% macro __macro(x, y=__not_given, z=f(1)) -%}{% if y is undefined %}{% set y = x ~ '!' %}{% endif -%}\n{{ y }}{% endmacro %}"
    );
}

#[test]
fn tests_and_materializations_become_macros() {
    let found = split(&file(
        "{% test even(model, column_name) %}x{%- endtest -%}\n{% data_test odd(model) %}y{% enddata_test %}\n{%- materialization mine, adapter='duckdb', supported_languages=['sql'] -%}\nz{% endmaterialization %}{% materialization all, default %}{% endmaterialization %}",
    ))
    .expect("valid");
    let names: Vec<&str> = found.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "test_even",
            "test_odd",
            "materialization_mine_duckdb",
            "materialization_all_default"
        ]
    );
    assert_eq!(
        found[0].template,
        "{% macro __macro(model, column_name) %}x{%- endmacro -%}"
    );
    assert_eq!(
        found[2].template,
        "\n\n{%- macro __macro() -%}\nz{% endmacro %}"
    );
}

#[test]
fn snapshots_are_their_body() {
    let found = split(&file(
        "\n{% snapshot s %}\n{{ config(a=1) }} select 1\n{% endsnapshot %}\n",
    ))
    .expect("valid");
    assert_eq!(found[0].kind, BlockKind::Snapshot);
    assert_eq!(found[0].name, "s");
    assert_eq!(found[0].body, "\n{{ config(a=1) }} select 1\n");
    assert_eq!(found[0].template, "\n\n{{ config(a=1) }} select 1\n");
}

#[test]
fn open_and_stray_tags_are_refused_with_their_line() {
    let open = split(&file("\n{% macro a() %}x")).expect_err("open");
    assert!(open.to_string().contains("at sql/macros/m.sql:2"), "{open}");
    let stray = split(&file("x\n{% endtest %}")).expect_err("stray");
    assert!(stray.to_string().contains("closes nothing"), "{stray}");
    assert!(stray.to_string().contains("m.sql:2"), "{stray}");
}
