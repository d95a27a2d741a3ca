//! Suites that Great Expectations saved, unchanged, in both of its forms.

use super::{check, project, warehouse};
use crate::check::{About, Severity, Suite, load_suites, load_suites_about};
use crate::warehouse::{Relation, Value};

const OLD: &str = r#"{
  "data_asset_type": "Dataset",
  "expectation_suite_name": "people",
  "expectations": [
    {
      "expectation_type": "expect_column_values_to_be_in_set",
      "kwargs": {
        "column": "name",
        "value_set": ["a"],
        "mostly": 0.3,
        "result_format": {"result_format": "SUMMARY", "unexpected_index_column_names": ["id"], "partial_unexpected_count": 1}
      },
      "meta": {"notes": "kept"}
    },
    {"expectation_type": "expect_column_kl_divergence_to_be_less_than",
     "kwargs": {"column": "id", "partition_object": {"bins": [-Infinity, 2, Infinity], "weights": [0.5, 0.5]}, "threshold": 5},
     "meta": {}},
    {"expectation_type": "expect_table_row_count_to_be_between",
     "kwargs": {"min_value": {"$PARAMETER": "least", "$PARAMETER.least": 4}}, "meta": {}}
  ],
  "ge_cloud_id": null,
  "meta": {"great_expectations_version": "0.18.22"}
}"#;

const NEW: &str = r#"{
  "name": "people",
  "id": "6d0b1b0e-0000-4000-8000-000000000000",
  "expectations": [
    {"type": "expect_column_values_to_be_between",
     "kwargs": {"column": "num", "max_value": 15.0, "row_condition": "num.notnull() and id < 3", "condition_parser": "pandas"},
     "meta": {}, "id": "e-1", "severity": "warning", "notes": ["first", "second"]},
    {"type": "expect_column_values_to_be_between",
     "kwargs": {"column": "num", "min_value": 10.0}, "meta": {}, "id": "e-2", "severity": "critical"}
  ],
  "meta": {"great_expectations_version": "1.24.1"},
  "notes": null
}"#;

fn about(text: &str) -> Vec<Suite> {
    let table = About {
        table: Some(Relation::new("m", "t")),
        always: false,
    };
    load_suites_about(&project(&[("people.json", text)]), &table).expect("a suite")
}

#[test]
fn the_old_form_is_read() {
    let suites = about(OLD);
    assert_eq!((suites.len(), suites[0].name.as_str()), (1, "people"));
    let report = check(&warehouse(), &suites);
    let first = &report.outcomes[0];
    // One of three names is `a`; of the others one is shown, by its key.
    assert!(first.is_success());
    assert_eq!((first.file.as_str(), first.line), ("people.json", 5));
    assert_eq!(first.result.unexpected_count, Some(2));
    let row = vec![
        ("name".to_owned(), Value::from("b")),
        ("id".to_owned(), Value::from(2_i64)),
    ];
    assert_eq!(
        first.result.partial_unexpected_index_list,
        [Value::Struct(row)]
    );
    assert_eq!(first.meta["notes"], "kept");
    assert!(report.outcomes.iter().all(super::Outcome::is_success));
    assert_eq!(report.outcomes[2].line, 18);
}

#[test]
fn the_new_form_is_read() {
    let report = check(&warehouse(), &about(NEW));
    let [first, second] = report.outcomes.as_slice() else {
        panic!("two outcomes");
    };
    assert_eq!(first.severity, Severity::Warn);
    assert_eq!(first.result.element_count, Some(2));
    assert_eq!(first.result.unexpected_count, Some(1));
    assert_eq!(first.why.as_deref(), Some("first second"));
    assert_eq!(
        (first.id.as_deref(), second.id.as_deref()),
        (Some("e-1"), Some("e-2"))
    );
    assert_ne!(first.name, second.name, "outcomes are followed by name");
}

#[test]
fn a_suite_of_the_project_takes_expectations_from_a_file() {
    let yaml = "suite: s\nlayer: gold\ntable: m.t\nfrom: people.json\nparameters: {least: 5}\nexpectations:\n  - expect_column_to_exist: {column: id}\n";
    let files = project(&[
        ("expectations/people.json", OLD),
        ("expectations/s.yml", yaml),
    ]);
    let suites = load_suites(&files).expect("suites");
    assert_eq!((suites.len(), suites[0].expectations.len()), (1, 4));
    let report = check(&warehouse(), &suites);
    assert_eq!(report.outcomes[2].message, "4 rows, not at least 5");
    assert_eq!(report.outcomes[2].file, "expectations/people.json");

    let alone = project(&[("expectations/people.json", OLD)]);
    let message = load_suites(&alone).expect_err("no table").to_string();
    assert!(message.contains("from: people.json"), "{message}");
    let wrong = yaml.replace("people.json", "peple.json");
    let files = project(&[
        ("expectations/people.json", OLD),
        ("expectations/s.yml", &wrong),
    ]);
    let message = load_suites(&files).expect_err("no file").to_string();
    assert!(message.contains("expectations/s.yml:4"), "{message}");
    assert!(message.contains("Did you mean `people.json`?"), "{message}");
}

#[test]
fn mistakes_name_the_line_of_the_file() {
    let table = About {
        table: Some(Relation::new("m", "t")),
        always: false,
    };
    let mistake = |text: &str| {
        let files = project(&[("people.json", text)]);
        let loaded = load_suites_about(&files, &table);
        loaded.expect_err("a mistake").to_string()
    };
    let message = mistake(&OLD.replace("\"mostly\"", "\"mosty\""));
    assert!(message.contains("at people.json:10"), "{message}");
    assert!(message.contains("Did you mean `mostly`?"), "{message}");
    let message = mistake(&NEW.replace(
        "_between\",\n     \"kwargs\": {\"column\": \"num\", \"min",
        "_betwen\",\n     \"kwargs\": {\"column\": \"num\", \"min",
    ));
    assert!(message.contains("at people.json:8"), "{message}");
    let message = mistake(&OLD.replace("\"$PARAMETER.least\": 4", "\"x\": 4"));
    assert!(
        message.contains("the parameter `least` has no value"),
        "{message}"
    );
    let message = mistake(&NEW.replace("num.notnull() and id < 3", "num.str.len() > 3"));
    assert!(message.contains("cannot be read"), "{message}");
    assert!(mistake("{\"name\": ").contains("failed to read"));
    assert!(mistake("{\"name\": \"x\"}").contains("needs the list `expectations`"));
}

#[test]
fn keys_that_no_release_writes_are_mistakes_with_the_nearest_name() {
    let mistake = |text: &str| {
        let files = project(&[("people.json", text)]);
        let about = About {
            table: Some(Relation::new("m", "t")),
            always: false,
        };
        let error = load_suites_about(&files, &about).expect_err("a mistake");
        error.to_string()
    };
    let item = r#"{
  "name": "people",
  "expectations": [
    {"type": "expect_column_to_exist",
     "kwargs": {"column": "id"},
     "severty": "warning"}
  ]
}"#;
    let told = mistake(item);
    assert!(
        told.contains("unknown key `severty`") && told.contains("people.json:6"),
        "{told}"
    );
    assert!(told.contains("Did you mean `severity`?"), "{told}");
    let told = mistake(
        "{\n  \"name\": \"people\",\n  \"expectations\": [],\n  \"suite_parameter\": {}\n}",
    );
    assert!(
        told.contains("unknown key `suite_parameter`") && told.contains("people.json:4"),
        "{told}"
    );
    assert!(told.contains("Did you mean `suite_parameters`?"), "{told}");
}

#[test]
fn arguments_of_old_releases_are_understood() {
    let suite = |kwargs: &str| {
        about(&format!(
            r#"{{"expectation_suite_name": "old", "expectations": [
                {{"expectation_type": "expect_column_values_to_be_between", "kwargs": {kwargs}}}]}}"#
        ))
    };
    let beside = r#""include_config": true, "allow_cross_type_comparisons": null,
                    "output_strftime_format": null, "auto": false, "profiler_config": null"#;
    let connection = warehouse();
    connection
        .batch("CREATE OR REPLACE TABLE m.t AS SELECT id, '2025-01-' || id AS said, seen FROM m.t")
        .expect("texts of days");
    // As texts, `2025-01-10` lies before `2025-01-2`; as times it does not.
    for (column, last, breaking) in [
        ("said", "2025-01-2", 2),
        ("said", "2025-01-10", 0),
        ("seen", "2025-01-02", 1),
    ] {
        let kwargs = format!(
            r#"{{"column": "{column}", "max_value": "{last}", "parse_strings_as_datetimes": true, {beside}}}"#
        );
        let report = check(&connection, &suite(&kwargs));
        let outcome = &report.outcomes[0];
        assert_eq!(
            outcome.result.unexpected_count,
            Some(breaking),
            "{column} {last}: {}",
            outcome.message
        );
    }
    let estimated = r#"{"expectation_suite_name": "old", "expectations": [
        {"expectation_type": "expect_column_min_to_be_between", "kwargs": {"column": "id", "auto": true}}]}"#;
    let table = About {
        table: Some(Relation::new("m", "t")),
        always: false,
    };
    let message = load_suites_about(&project(&[("old.json", estimated)]), &table)
        .expect_err("nothing estimates bounds")
        .to_string();
    assert!(message.contains("`auto`"), "{message}");
}
