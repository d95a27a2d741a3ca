//! What properties files say, and what they get wrong.

use super::*;
use crate::project::Origin;

fn file(path: &str, text: &str) -> SourceFile {
    SourceFile {
        path: path.into(),
        text: text.into(),
        origin: Origin::Embedded,
    }
}

#[test]
fn models_sources_and_defaults_are_read() {
    let all = Properties::read(&[
        file(
            "sql/models/marts/_m.yml",
            "version: 2\ndefaults:\n  materialized: table\nmodels:\n  - name: a\n    description: |\n      One row.\n    config: {tags: [x], schema: s}\n    columns:\n      - name: id\n        description: key\n        tests: [unique]\nsources:\n  - name: raw\n    tables: [{name: conv}, {name: b, identifier: c}]\n",
        ),
        file("sql/models/_all.yml", "defaults: {materialized: view, tags: base}\n"),
    ])
    .expect("valid");
    assert!(all.notices.is_empty(), "{:?}", all.notices);
    let model = &all.models["a"];
    assert_eq!(model.path, "sql/models/marts/_m.yml:5");
    assert_eq!(model.description, "One row.");
    assert_eq!(model.columns, [("id".to_owned(), "key".to_owned())]);
    assert_eq!(all.sources["raw"]["b"], Relation::new("raw", "c"));
    let config = all.config_of("a", "sql/models/marts/deep/a.sql");
    assert_eq!(config.get("materialized"), Some(&Json::from("table")));
    assert_eq!(config.get("tags"), Some(&serde_json::json!(["base", "x"])));
    let other = all.config_of("z", "sql/models/staging/z.sql");
    assert_eq!(other.get("materialized"), Some(&Json::from("view")));
}

#[test]
fn typos_and_doubles_name_their_line() {
    let all = Properties::read(&[file(
        "p.yml",
        "models:\n  - name: a\n    desciption: x\n    config: {materialised: table}\n",
    )])
    .expect("valid");
    assert_eq!(
        all.notices,
        [
            "p.yml:2: key `desciption` has no effect; did you mean `description`?",
            "p.yml:2: config key `materialised` has no effect; did you mean `materialized`?"
        ]
    );
    let double = "models:\n  - name: a\n  - name: b\n";
    let error =
        Properties::read(&[file("p.yml", double), file("q.yml", double)]).expect_err("twice");
    assert!(
        error.to_string().contains("model `a` is described twice"),
        "{error}"
    );
    assert!(error.to_string().contains("at q.yml:2"), "{error}");
    let syntax = Properties::read(&[file("p.yml", "models:\n  - name: [\n")]);
    assert!(
        syntax
            .expect_err("syntax")
            .to_string()
            .contains("at p.yml:")
    );
    let value = "models:\n  - name: a\n    config: {materialized: tabel}\n";
    let error = Properties::read(&[file("p.yml", value)]).expect_err("value");
    assert!(
        error.to_string().contains("Did you mean `table`?"),
        "{error}"
    );
}
