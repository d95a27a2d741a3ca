//! Folders with a `dbt_project.yml`, as people run them.

use std::path::Path;

use crate::fixtures::{cca, fail, succeed};

/// Writes the files of a project below `dir`.
fn write(dir: &Path, files: &[(&str, &str)]) {
    for (path, text) in files {
        let path = dir.join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("created");
        std::fs::write(path, text).expect("written");
    }
}

const SHOP: [(&str, &str); 6] = [
    (
        "dbt_project.yml",
        "name: shop\nprofile: shop\nvars: {least: 2}\nmodels:\n  shop:\n    marts: {+materialized: table, +schema: marts}\n",
    ),
    (
        "profiles.yml",
        "shop:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: \"{{ env_var('SHOP_DB', 'shop.duckdb') }}\", schema: dev}\n    prod: {type: duckdb, path: prod.duckdb, schema: live}\n",
    ),
    ("seeds/orders.csv", "id,amount\n1,5\n2,1\n3,9\n"),
    (
        "models/staging/stg_orders.sql",
        "select id, amount from {{ ref('orders') }} where amount >= {{ var('least') }}",
    ),
    (
        "models/marts/totals.sql",
        "select count(*) as orders, sum(amount) as amount from {{ ref('stg_orders') }}",
    ),
    (
        "models/p.yml",
        "models:\n  - name: totals\n    description: All of it.\n",
    ),
];

fn rows(dir: &Path, arguments: &[&str]) -> Vec<serde_json::Value> {
    let text = succeed(
        cca(dir)
            .args(["query", "--project-dir", "shop", "--format", "json"])
            .args(arguments),
    );
    serde_json::from_str(&text).expect("JSON")
}

#[test]
fn a_project_is_built_where_its_profile_says() {
    let dir = tempfile::tempdir().expect("a folder");
    let shop = dir.path().join("shop");
    write(&shop, &SHOP);
    succeed(cca(dir.path()).args(["run", "--project-dir", "shop"]));
    assert!(shop.join("shop.duckdb").is_file());
    let totals = "SELECT orders, amount::INT AS amount FROM dev_marts.totals";
    assert_eq!(
        rows(dir.path(), &[totals]),
        [serde_json::json!({"orders": 2, "amount": 14})]
    );
    let all = "SELECT table_schema || '.' || table_name AS name FROM information_schema.tables ORDER BY 1";
    let names: Vec<String> = rows(dir.path(), &[all])
        .iter()
        .map(|row| row["name"].as_str().expect("a name").to_owned())
        .collect();
    assert_eq!(
        names,
        ["dev.orders", "dev.stg_orders", "dev_marts.totals"],
        "nothing of our own is written beside them"
    );
    succeed(cca(dir.path()).args([
        "run",
        "--project-dir",
        "shop",
        "--target",
        "prod",
        "--vars",
        "{least: 6}",
    ]));
    assert_eq!(
        rows(
            dir.path(),
            &["--target", "prod", "SELECT orders FROM live_marts.totals"]
        ),
        [serde_json::json!({"orders": 1})]
    );
}

#[test]
fn mistakes_of_a_project_name_file_and_line() {
    let dir = tempfile::tempdir().expect("a folder");
    let shop = dir.path().join("shop");
    write(&shop, &SHOP);
    write(
        &shop,
        &[("models/bad.sql", "select *\nfrom {{ ref('stg_order') }}")],
    );
    let message = fail(cca(dir.path()).args(["ls", "--project-dir", "shop"]), 2);
    assert!(message.contains("at models/bad.sql:2"), "{message}");
    assert!(message.contains("Did you mean `stg_orders`?"), "{message}");
    let target = ["ls", "--project-dir", "shop", "--target", "pro"];
    let message = fail(cca(dir.path()).args(target), 2);
    assert!(message.contains("Did you mean `prod`?"), "{message}");
}

#[test]
fn a_macro_is_called_by_name() {
    let dir = tempfile::tempdir().expect("a folder");
    let shop = dir.path().join("shop");
    write(&shop, &SHOP);
    write(
        &shop,
        &[(
            "macros/operations.sql",
            "{% macro describe(table, columns=[]) %}{% do print('-- ' ~ table) %}{% do print(columns | join(', ')) %}{% do log('said aside', info=true) %}{% endmacro %}",
        )],
    );
    let operation = |words: &[&str]| {
        let mut command = cca(dir.path());
        command.args(["run-operation", "--project-dir", "shop"]);
        command.args(words);
        command
    };
    let arguments = [
        "describe",
        "--args",
        "{table: orders, columns: [id, amount]}",
    ];
    let printed = succeed(&mut operation(&arguments));
    assert_eq!(printed, "-- orders\nid, amount\n");
    let report = succeed(operation(&arguments).args(["--format", "json"]));
    let report: serde_json::Value = serde_json::from_str(&report).expect("JSON");
    assert_eq!(report["printed"][0], "-- orders");
    assert_eq!(report["transform"]["units"][0]["id"], "macro.shop.describe");
    let said = fail(&mut operation(&["describ"]), 2);
    assert!(said.contains("there is no macro `describ`"), "{said}");
    assert!(said.contains("Did you mean `describe`?"), "{said}");
    let said = fail(&mut operation(&["describe", "--args", "[1]"]), 2);
    assert!(said.contains("`--args` is no mapping"), "{said}");
    let said = fail(
        &mut operation(&["describe", "--args", "{tabel: orders}"]),
        2,
    );
    assert!(
        said.contains("wrong arguments for macro `describe`"),
        "{said}"
    );
}

#[test]
fn a_dbt_project_is_not_filled_with_transcripts() {
    let dir = tempfile::tempdir().expect("a folder");
    let shop = dir.path().join("shop");
    write(&shop, &SHOP);
    for words in [
        ["sync"].as_slice(),
        &["backfill"],
        &["extract"],
        &["load"],
        &["publish"],
    ] {
        let command = words.join(" ");
        let message = fail(
            cca(dir.path()).args(words).args(["--project-dir", "shop"]),
            2,
        );
        for part in [
            "fills a warehouse of its own, and this is a dbt project",
            "dbt_project.yml",
            "--project-dir DIR",
        ] {
            assert!(message.contains(part), "{command}: {message}");
        }
    }
    assert!(!shop.join("shop.duckdb").exists());
}

#[test]
fn what_a_selector_does_not_find_is_told() {
    let dir = tempfile::tempdir().expect("a folder");
    let shop = dir.path().join("shop");
    write(&shop, &SHOP);
    let words = ["run", "--project-dir", "shop", "-s", "stg_order", "+totals"];
    let output = cca(dir.path()).args(words).output().expect("started");
    assert!(output.status.success());
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(
        told.contains("`stg_order` matches nothing. Did you mean `stg_orders`?"),
        "{told}"
    );
    assert!(!told.contains("`+totals` matches"), "{told}");
}

#[test]
fn every_error_of_a_run_is_shown_whole() {
    let dir = tempfile::tempdir().expect("a folder");
    let shop = dir.path().join("shop");
    write(&shop, &SHOP);
    write(
        &shop,
        &[
            (
                "models/one.sql",
                "select amout\nfrom {{ ref('stg_orders') }}",
            ),
            (
                "models/two.sql",
                "select *\nfrom {{ ref('stg_orders') }} whre id = 1 2",
            ),
        ],
    );
    let message = fail(cca(dir.path()).args(["build", "--project-dir", "shop"]), 2);
    for part in [
        "at models/one.sql:1:8\n      1 | select amout\n        |        ^\n",
        "hint: Did you mean `amount`?",
        "at models/two.sql:2:",
        "2 failed and 0 were skipped",
    ] {
        assert!(message.contains(part), "{part}: {message}");
    }
}

#[test]
fn parents_are_read_from_where_another_target_built_them() {
    let dir = tempfile::tempdir().expect("a folder");
    let shop = dir.path().join("shop");
    write(&shop, &SHOP);
    write(
        &shop,
        &[(
            "profiles.yml",
            "shop:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: dev.duckdb, schema: dev, attach: [{path: prod.duckdb}]}\n    alone: {type: duckdb, path: alone.duckdb, schema: alone}\n    prod: {type: duckdb, path: prod.duckdb, schema: main}\n",
        )],
    );
    let run = |words: &[&str]| {
        succeed(
            cca(dir.path())
                .args(words)
                .args(["--project-dir", "shop", "-q"]),
        )
    };
    let path = |name: &str| shop.join(name).display().to_string();
    let (before, file) = (path("before"), path("prod.duckdb"));
    run(&["build", "--target", "prod", "--target-path", &before]);
    let fetch = |target: &str, sql: &str| rows(dir.path(), &["--target", target, sql]);
    let expected = [serde_json::json!({"orders": 2})];
    // An attached database, found by its file or named in the manifest of the earlier run.
    let choose = ["run", "-s", "totals", "--defer", "--state", &file];
    run(&choose);
    assert_eq!(
        fetch("dev", "SELECT orders FROM dev_marts.totals"),
        expected
    );
    // A file that is attached for the run only.
    run(&[&choose, ["--target", "alone"].as_slice()].concat());
    assert_eq!(
        fetch("alone", "SELECT orders FROM alone_marts.totals"),
        expected
    );
    let listed = fetch(
        "alone",
        "SELECT count(*)::INT AS n FROM duckdb_views() WHERE view_name = 'stg_orders'",
    );
    assert_eq!(
        listed,
        [serde_json::json!({"n": 0})],
        "parents are not built"
    );
    std::fs::write(
        shop.join("models/staging/stg_orders.sql"),
        "select id, amount from {{ ref('orders') }}",
    )
    .expect("written");
    let list = |words: &[&str]| {
        let text = run(&[&["ls", "--format", "json", "--state", &before], words].concat());
        let all: Vec<serde_json::Value> = serde_json::from_str(&text).expect("JSON");
        let part = |one: &serde_json::Value| format!("{} {}", one["name"], one["why"]);
        all.iter().map(part).collect::<Vec<_>>()
    };
    assert_eq!(
        list(&["-s", "state:modified"]),
        ["\"stg_orders\" [\"body: line 1: select id, amount from {{ ref('orders') }}\"]"]
    );
    assert_eq!(list(&["-s", "result:success,resource_type:seed"]).len(), 1);
    assert!(list(&["-s", "result:error"]).is_empty());
}

#[test]
fn artifacts_are_where_the_project_or_the_environment_says() {
    let dir = tempfile::tempdir().expect("a folder");
    let shop = dir.path().join("shop");
    write(&shop, &SHOP);
    let settings = format!("{}target-path: out/artifacts\n", SHOP[0].1);
    std::fs::write(shop.join("dbt_project.yml"), settings).expect("written");
    let run = || {
        let mut command = cca(dir.path());
        command.args(["run", "--project-dir", "shop"]);
        command
    };
    succeed(&mut run());
    assert!(shop.join("out/artifacts/manifest.json").is_file());
    assert!(!shop.join("target/manifest.json").exists());
    succeed(run().env("DBT_TARGET_PATH", "elsewhere"));
    assert!(shop.join("elsewhere/run_results.json").is_file());
}
