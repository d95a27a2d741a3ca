//! What errors of the engine say: the line of the file, the place in it, what was meant.

use crate::error::Kind;
use crate::transform::fixture::{Db, graph, graph_with};
use crate::transform::settings::Selection;

fn error_of(files: &[(&str, &str)]) -> String {
    let db = Db::new();
    let report = db.run(&graph(files));
    let failed = report.units.into_iter().find_map(|unit| unit.error);
    failed.expect("a failure").to_string()
}

#[test]
fn errors_of_the_engine_name_the_line_of_the_model() {
    let message = error_of(&[(
        "sql/models/marts/m.sql",
        "{{ config(materialized='table') }}\n{% set unused %}\nx\n{% endset %}\nselect\n  id,\n  {% for c in ['a'] %}\n  1 as {{ c }},\n  {% endfor %}\n  nam\nfrom (select 1 as id, 'x' as name)",
    )]);
    assert!(
        message.starts_with(
            "error[project]: failed to build model `m`\n   at sql/models/marts/m.sql:10:3\n      \
             10 |   nam\n         |   ^\n"
        ),
        "{message}"
    );
    assert!(
        message.contains("Referenced column \"nam\" not found"),
        "{message}"
    );
    assert!(!message.contains("of the compiled SQL"), "{message}");
    assert!(message.contains("hint: Did you mean `name`?"), "{message}");
    let message = error_of(&[("sql/models/marts/m.sql", "select 1 as x\n\nfrm t")]);
    assert!(
        message.contains("at sql/models/marts/m.sql:3:1\n      3 | frm t\n        | ^"),
        "{message}"
    );
    assert!(message.contains("syntax error"), "{message}");
}

#[test]
fn errors_inside_macros_and_ephemeral_models_name_both_files() {
    let message = error_of(&[
        (
            "sql/macros/m.sql",
            "{% macro total(x) %}\nsum(\n  {{ x }}_typo\n)\n{% endmacro %}",
        ),
        (
            "sql/models/marts/m.sql",
            "select\n  1 as one,\n  {{ total('v') }} as total\nfrom (select 1 as v)",
        ),
    ]);
    assert!(
        message.contains(
            "at sql/macros/m.sql:3:3\n      3 |   {{ x }}_typo\n        |   ^\n   \
             at sql/models/marts/m.sql:3:3\n"
        ),
        "{message}"
    );
    let message = error_of(&[
        (
            "sql/models/marts/e.sql",
            "{{ config(materialized='ephemeral') }}\nselect\n  nope\nfrom (select 1 as v)",
        ),
        ("sql/models/marts/m.sql", "select * from {{ ref('e') }}"),
    ]);
    assert!(
        message.contains("at sql/models/marts/e.sql:3:3\n"),
        "{message}"
    );
    assert!(message.contains("at sql/models/marts/m.sql"), "{message}");
}

#[test]
fn templates_that_compare_texts_still_show_the_compiled_line() {
    let message = error_of(&[(
        "sql/models/marts/m.sql",
        "{% set a %}x{% endset %}\nselect {{ 'nope' if a == 'x' else '1' }}\nfrom (select 1 as v)",
    )]);
    assert!(message.contains("at sql/models/marts/m.sql\n"), "{message}");
    assert!(
        message.contains("line 2 of the compiled SQL: select nope"),
        "{message}"
    );
}

#[test]
fn missing_relations_say_what_to_build() {
    let db = Db::new();
    let graph = graph(&[
        (
            "sql/models/marts/a.sql",
            "select * from {{ source('raw', 't') }}",
        ),
        ("sql/models/marts/b.sql", "select * from {{ ref('a') }}"),
        (
            "sql/models/p.yml",
            "sources:\n  - name: raw\n    tables: [{name: t}]\n",
        ),
    ]);
    let message = |name: &str| {
        let report = db.run_some(&graph, &Selection::of(name), false);
        report.units[0].error.as_ref().expect("missing").to_string()
    };
    assert!(
        message("b").contains("Build `a` first: `cca run --select a`."),
        "{}",
        message("b")
    );
    db.sql("CREATE SCHEMA raw");
    assert!(
        message("a").contains("Load the data first: `cca sync`."),
        "{}",
        message("a")
    );
}

#[test]
fn compiled_sql_of_a_failure_is_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let graph = graph_with(
        &[("sql/models/marts/m.sql", "select {{ 1 + 1 }}, nope")],
        |settings| {
            settings.compiled_dir = Some(folder.path().join("compiled"));
        },
    );
    let db = Db::new();
    let report = db.run(&graph);
    let error = report.units[0]
        .error
        .as_ref()
        .expect("a failure")
        .to_string();
    assert!(error.contains("See the compiled SQL in `"), "{error}");
    let kept = std::fs::read_to_string(folder.path().join("compiled/m.sql"));
    assert_eq!(kept.expect("written"), "select 2, nope");
}

#[test]
fn two_statements_in_a_model_are_refused() {
    let message = error_of(&[("sql/models/marts/m.sql", "select 1;\nselect ';'")]);
    assert!(
        message.contains("model `m` is more than one query"),
        "{message}"
    );
}

/// Builds everything; the failure of the unit called `name`.
fn failure_of(files: &[(&str, &str)], name: &str) -> (Kind, String) {
    let report = Db::new().build_all(&graph(files), false);
    let unit = report.units.into_iter().find(|unit| unit.name == name);
    let error = unit.expect("there").error.expect("a failure");
    (error.kind(), error.to_string())
}

#[test]
fn the_column_counts_in_the_file_however_its_outputs_grew() {
    let long = "{{ up('x') }} as a, ".repeat(12);
    let text = format!(
        "{{{{ config(materialized='table') }}}}\nselect {long}{{{{ (['x'] + ['y']) | length }}}} as l, nmae as b from (select 'x' as name, 'y' as x)"
    );
    let column = text.lines().nth(1).expect("two lines").find("nmae");
    let message = error_of(&[
        (
            "sql/macros/m.sql",
            "{% macro up(x) -%} upper({{ x }}) {%- endmacro %}",
        ),
        ("sql/models/m.sql", text.as_str()),
    ]);
    let column = column.expect("there") + 1;
    assert!(
        message.contains(&format!("at sql/models/m.sql:2:{column}\n      2 | …")),
        "{message}"
    );
    let caret = message.lines().nth(3).and_then(|line| line.find('^'));
    let shown = message.lines().nth(2).expect("the line").chars();
    let under: String = shown.skip(caret.expect("a caret")).take(4).collect();
    assert_eq!(under, "nmae", "{message}");
    assert!(message.contains("Did you mean `name`?"), "{message}");
}

#[test]
fn what_an_output_made_is_shown_as_compiled_too() {
    let message = error_of(&[(
        "sql/models/m.sql",
        "select\n  {% for c in ['a', 'bb'] %}\n  sum({{ c }}) as {{ c }}_sum,\n  {% endfor %}\n  1 as x\nfrom (select 1 as a)",
    )]);
    assert!(
        message.contains(
            "at sql/models/m.sql:3:7\n      3 |   sum({{ c }}) as {{ c }}_sum,\n        |       ^\n"
        ),
        "{message}"
    );
    assert!(
        message.contains("of the compiled SQL: sum(bb) as bb_sum,"),
        "{message}"
    );
}

#[test]
fn values_that_do_not_fit_are_a_fault_of_the_data_and_have_their_place() {
    let (kind, message) = failure_of(
        &[(
            "sql/models/m.sql",
            "{{ config(materialized='table') }}\nselect\n  cast(x as integer) as y\nfrom (values ('1'), ('one')) v(x)",
        )],
        "m",
    );
    assert_eq!(kind, Kind::DataInvalid);
    assert!(message.contains("cause: Conversion Error"), "{message}");
    assert!(message.contains("at sql/models/m.sql:3:3\n"), "{message}");
}

#[test]
fn names_of_relations_and_functions_are_nearest_ones_of_the_project() {
    let files = [
        ("sql/models/orders.sql", "select 1 as id"),
        (
            "sql/models/m.sql",
            "-- depends on {{ ref('orders') }}\nselect *\nfrom main.ordres",
        ),
        ("sql/models/f.sql", "select uper('x') as y"),
        ("sql/models/n.sql", "select * from nothing_like_it"),
    ];
    let (_, message) = failure_of(&files, "m");
    assert!(message.contains("at sql/models/m.sql:3:6\n"), "{message}");
    assert!(
        message.contains("does not exist!\n   hint: Did you mean `orders`?"),
        "{message}"
    );
    let (_, message) = failure_of(&files, "f");
    assert!(message.contains("Did you mean `upper`?"), "{message}");
    let (_, message) = failure_of(&files, "n");
    assert!(!message.contains("Did you mean"), "{message}");
}

#[test]
fn hooks_are_found_in_the_file() {
    let (_, message) = failure_of(
        &[(
            "sql/models/m.sql",
            "{{ config(\n  materialized='table',\n  post_hook=\"insert into {{ this }} select nope\"\n) }}\nselect 1 as x",
        )],
        "m",
    );
    assert!(
        message.contains("at sql/models/m.sql:3:14\n      3 |   post_hook="),
        "{message}"
    );
    assert!(
        message.contains("in `insert into \"main\".\"m\" select nope`"),
        "{message}"
    );
}

#[test]
fn tests_snapshots_and_unit_tests_name_the_line_to_mend() {
    let files = [
        ("sql/models/a.sql", "select 1 as id, 'x' as name"),
        (
            "sql/models/b.sql",
            "select id,\n  nme as name\nfrom {{ ref('a') }}",
        ),
        (
            "sql/macros/t.sql",
            "{% test longer(model, column_name) %}\nselect * from {{ model }}\nwhere lenght({{ column_name }}) > 1\n{% endtest %}",
        ),
        (
            "tests/one.sql",
            "select *\nfrom {{ ref('a') }}\nwhere nam = 'x'",
        ),
        (
            "snapshots/s.sql",
            "{% snapshot r %}{{ config(unique_key='id', strategy='check', check_cols='all') }}\nselect id from {{ ref('a') }}{% endsnapshot %}\n\n{% snapshot s %}\n{{ config(unique_key='id', strategy='check', check_cols='all') }}\nselect id, naem from {{ ref('a') }}\n{% endsnapshot %}",
        ),
        (
            "sql/models/p.yml",
            "models:\n  - name: a\n    columns:\n      - name: name\n        data_tests: [longer]\n      - name: idd\n        data_tests: [not_null]\n\
             unit_tests:\n  - name: u\n    model: b\n    given: [{input: ref('a'), rows: [{id: 1, name: x}]}]\n    expect: {rows: [{id: 1, name: x}]}\n",
        ),
    ];
    for (name, places, hint) in [
        (
            "longer_a_name",
            "at sql/macros/t.sql:3:7\n      3 | where lenght({{ column_name }}) > 1\n        |       ^\n   at sql/models/p.yml:2\n",
            "length",
        ),
        ("not_null_a_idd", "at sql/models/p.yml:2\n   cause", "id"),
        (
            "one",
            "at tests/one.sql:3:7\n      3 | where nam = 'x'\n        |       ^\n   cause",
            "name",
        ),
        (
            "u",
            "at sql/models/b.sql:2:3\n      2 |   nme as name\n        |   ^\n   at sql/models/p.yml:9\n",
            "name",
        ),
    ] {
        let (kind, message) = failure_of(&files, name);
        assert_eq!(kind, Kind::Project, "{message}");
        assert!(message.contains(places), "{message}");
        let hint = format!("Did you mean `{hint}`?");
        assert!(message.contains(&hint), "{message}");
    }
    // The snapshot waits for tests that fail, so it is run without them.
    let without: Vec<_> = files
        .into_iter()
        .filter(|(path, _)| path.starts_with("snapshots") || path.ends_with("/a.sql"))
        .collect();
    let (_, message) = failure_of(&without, "s");
    assert!(
        message.contains("at snapshots/s.sql:6:12\n      6 | select id, naem from"),
        "{message}"
    );
    assert!(message.contains("Did you mean `name`?"), "{message}");
}
