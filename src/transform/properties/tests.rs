//! What properties files say, and what they get wrong.

use super::*;
use crate::project::Origin;

fn read(files: &[(&str, &str)]) -> Result<Properties> {
    let mut package = Package::default();
    for (path, text) in files {
        package.properties.push(SourceFile {
            path: (*path).into(),
            text: (*text).into(),
            origin: Origin::Embedded,
        });
    }
    Properties::read(&package, Semantics::Own, &|_, _| Ok(()))
}

#[test]
fn models_sources_and_defaults_are_read() {
    let all = read(&[
        (
            "sql/models/marts/_m.yml",
            "version: 2\ndefaults:\n  materialized: table\nmodels:\n  - name: a\n    description: |\n      One row.\n    config: {tags: [x], schema: s}\n    columns:\n      - name: id\n        description: key\n        tests: [unique]\nsources:\n  - name: raw\n    loader: sync\n    tables: [{name: conv}, {name: b, identifier: c, config: {freshness: {warn_after: {count: 1}}}}]\n",
        ),
        (
            "sql/models/_all.yml",
            "defaults: {materialized: view, tags: base}\n",
        ),
    ])
    .expect("valid");
    assert!(all.notices.is_empty(), "{:?}", all.notices);
    let model = all.get(Section::Models, "a").expect("described");
    assert_eq!(model.place, "sql/models/marts/_m.yml:5");
    assert_eq!(model.description, "One row.");
    let column = &model.columns[0];
    assert_eq!(
        (column.name.as_str(), column.description.as_str()),
        ("id", "key")
    );
    assert_eq!(tests_of(&column.entry), [&Json::from("unique")]);
    let table = &all.sources[1];
    assert_eq!((table.name.as_str(), table.identifier.as_str()), ("b", "c"));
    assert_eq!(table.detail.loader, "sync");
    assert_eq!(table.detail.freshness["warn_after"]["count"], 1);
    let mut config = all.defaults_of("sql/models/marts/deep/a.sql");
    config.overlay(
        &model
            .config(Semantics::Own, &mut Vec::new())
            .expect("valid"),
    );
    assert_eq!(config.get("materialized"), Some(&Json::from("table")));
    assert_eq!(config.get("tags"), Some(&serde_json::json!(["base", "x"])));
    let other = all.defaults_of("sql/models/staging/z.sql");
    assert_eq!(other.get("materialized"), Some(&Json::from("view")));
}

#[test]
fn typos_and_doubles_name_their_line() {
    let all = read(&[(
        "p.yml",
        "models:\n  - name: a\n    desciption: x\n    config: {materialised: table}\n",
    )])
    .expect("valid");
    assert_eq!(
        all.notices,
        ["p.yml:2: key `desciption` has no effect; did you mean `description`?"]
    );
    let mut notices = Vec::new();
    let model = all.get(Section::Models, "a").expect("described");
    model.config(Semantics::Own, &mut notices).expect("valid");
    assert_eq!(
        notices,
        ["p.yml:2: config key `materialised` has no effect; did you mean `materialized`?"]
    );
    let double = "models:\n  - name: a\n  - name: b\n";
    let error = read(&[("p.yml", double), ("q.yml", double)]).expect_err("twice");
    assert!(
        error.to_string().contains("model `a` is described twice"),
        "{error}"
    );
    assert!(error.to_string().contains("at q.yml:2"), "{error}");
    let syntax = read(&[("p.yml", "models:\n  - name: [\n")]);
    assert!(
        syntax
            .expect_err("syntax")
            .to_string()
            .contains("at p.yml:")
    );
    let value = "models:\n  - name: a\n    config: {materialized: tabel}\n";
    let all = read(&[("p.yml", value)]).expect("kept");
    let model = all.get(Section::Models, "a").expect("described");
    let error = model
        .config(Semantics::Own, &mut Vec::new())
        .expect_err("value");
    assert!(
        error.to_string().contains("Did you mean `table`?"),
        "{error}"
    );
    let shape = read(&[("p.yml", "models:\n  - just a text\n")]).expect_err("no mapping");
    assert!(shape.to_string().contains("Begin each entry"), "{shape}");
}
