//! Every expectation against the recorded answers of Great Expectations, over tables of tricky rows
//! (`tests/oracle/great_expectations`).

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::{Outcome, OutcomeStatus, check, project};
use crate::check::load_suites;
use crate::warehouse::{Connection, Warehouse, quote};

const TABLES: &str = include_str!("../../../tests/oracle/great_expectations/tables.yml");

/// Cases with the answers of one of its backends, and where ours are others on purpose.
struct Oracle {
    cases: &'static str,
    expected: &'static str,
    differences: &'static str,
}

const PANDAS: Oracle = Oracle {
    cases: include_str!("../../../tests/oracle/great_expectations/cases.yml"),
    expected: include_str!("../../../tests/oracle/great_expectations/expected.json"),
    differences: include_str!("../../../tests/oracle/great_expectations/differences.yml"),
};
const SQLITE: Oracle = Oracle {
    cases: include_str!("../../../tests/oracle/great_expectations/sql_cases.yml"),
    expected: include_str!("../../../tests/oracle/great_expectations/sql_expected.json"),
    differences: include_str!("../../../tests/oracle/great_expectations/sql_differences.yml"),
};

/// Figures that both sides may have.
const FIGURES: [&str; 5] = [
    "observed_value",
    "element_count",
    "missing_count",
    "unexpected_count",
    "unexpected_percent",
];

fn yaml<T: serde::de::DeserializeOwned>(text: &str) -> T {
    serde_yaml_ng::from_str(text).expect("YAML")
}

fn literal(value: &serde_yaml_ng::Value) -> String {
    use serde_yaml_ng::Value as Yaml;
    match value {
        Yaml::Null => "NULL".to_owned(),
        Yaml::String(text) => format!("'{}'", text.replace('\'', "''")),
        // `.inf` and `.nan` of YAML are `inf` and `NaN` of the engine, which converts texts.
        Yaml::Number(number) => match number.as_f64() {
            Some(number) if !number.is_finite() => format!("'{number}'"),
            _ => format!("'{number}'"),
        },
        other => format!(
            "'{}'",
            serde_yaml_ng::to_string(other).expect("a scalar").trim()
        ),
    }
}

fn tables() -> Connection {
    let connection = Warehouse::in_memory()
        .expect("opens")
        .connect()
        .expect("connects");
    let tables: BTreeMap<String, serde_yaml_ng::Mapping> = yaml(TABLES);
    for (name, columns) in tables {
        let mut lists = Vec::new();
        for (column, values) in columns {
            let column = column.as_str().expect("a name").to_owned();
            let mut values = values.as_sequence().expect("a list").clone().into_iter();
            let kind = values.next().expect("a type");
            let kind = kind.as_str().expect("a type").to_owned();
            let values: Vec<String> = values.map(|value| literal(&value)).collect();
            lists.push(format!(
                "unnest(CAST([{}] AS {kind}[])) AS {}",
                values.join(", "),
                quote(&column)
            ));
        }
        connection
            .batch(&format!(
                "CREATE TABLE main.{} AS SELECT {}",
                quote(&name),
                lists.join(", ")
            ))
            .expect("a table");
    }
    connection
}

/// Our answer in the form of the recorded ones.
fn answer(outcome: &Outcome) -> Json {
    if outcome.status == OutcomeStatus::Error {
        return serde_json::json!({ "error": outcome.message });
    }
    let result = serde_json::to_value(&outcome.result).expect("JSON");
    let mut answer = serde_json::Map::new();
    answer.insert("success".to_owned(), outcome.is_success().into());
    for figure in FIGURES {
        if let Some(value) = result.get(figure) {
            answer.insert(figure.to_owned(), value.clone());
        }
    }
    Json::Object(answer)
}

/// Whether our answer agrees: unanswered where theirs is, else the same in every figure of theirs.
fn agree(ours: &Json, theirs: &Json) -> bool {
    let unanswered = |answer: &Json| answer.get("error").or(answer.get("refused")).is_some();
    if unanswered(ours) || unanswered(theirs) {
        return unanswered(ours) && unanswered(theirs);
    }
    let theirs = theirs.as_object().expect("an answer");
    theirs
        .iter()
        .all(|(figure, value)| same(ours.get(figure).unwrap_or(&Json::Null), value))
}

fn same(one: &Json, other: &Json) -> bool {
    match (one, other) {
        (Json::String(text), Json::Number(_)) | (Json::Number(_), Json::String(text)) => {
            let number = if one.is_number() { one } else { other };
            text.parse().ok() == number.as_f64()
        }
        (Json::Number(_), Json::Number(_)) => {
            let [a, b] = [one, other].map(|number| number.as_f64().expect("a number"));
            (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0)
        }
        (Json::Array(a), Json::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Json::Object(a), Json::Object(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        (Json::String(a), Json::String(b)) => infinity(a) == infinity(b),
        (a, b) => a == b,
    }
}

fn infinity(text: &str) -> &str {
    match text {
        "inf" | "Infinity" => "inf",
        "-inf" | "-Infinity" => "-inf",
        other => other,
    }
}

/// A deliberate difference: the case as written, what we answer, and why.
#[derive(serde::Deserialize)]
struct Difference {
    table: String,
    case: String,
    ours: Json,
    why: String,
}

#[test]
fn expectations_agree_with_great_expectations_on_pandas() {
    assert!(compare(&PANDAS) > 300);
}

#[test]
fn expectations_of_sql_agree_with_great_expectations_on_sqlite() {
    assert!(compare(&SQLITE) > 50);
}

/// Holds our answers against the recorded ones; the number of cases.
fn compare(oracle: &Oracle) -> usize {
    let connection = tables();
    let cases: serde_yaml_ng::Mapping = yaml(oracle.cases);
    let expected: BTreeMap<String, Vec<Json>> =
        serde_json::from_str(oracle.expected).expect("JSON");
    let mut differences: Vec<Difference> = yaml(oracle.differences);
    let mut mistakes = Vec::new();
    let mut seen = 0;
    for (table, items) in cases {
        let table = table.as_str().expect("a table");
        let items = items.as_sequence().expect("a list");
        let answers = &expected[table];
        assert_eq!(items.len(), answers.len(), "record the answers anew");
        // Each case alone may be refused; the others are evaluated together, in shared scans.
        let mut ours = vec![Json::Null; items.len()];
        let mut suites = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let item = serde_yaml_ng::to_string(item).expect("YAML");
            let item = item.trim_end().replace('\n', "\n    ");
            let text = format!(
                "suite: case_{index}\nlayer: x\ntable: main.{table}\nexpectations:\n  - {item}\n"
            );
            match load_suites(&project(&[("expectations/cases.yml", &text)])) {
                Ok(loaded) => suites.extend(loaded),
                Err(error) => ours[index] = serde_json::json!({ "refused": error.message() }),
            }
        }
        for outcome in check(&connection, &suites).outcomes {
            let index: usize = outcome
                .suite
                .trim_start_matches("case_")
                .parse()
                .expect("a number");
            ours[index] = answer(&outcome);
        }
        for ((item, ours), theirs) in items.iter().zip(&ours).zip(answers) {
            seen += 1;
            let case = serde_json::to_string(item).expect("JSON");
            let listed = differences
                .iter()
                .position(|one| one.table == table && same_case(&one.case, item));
            match (agree(ours, theirs), listed) {
                (true, None) => {}
                (true, Some(_)) => mistakes.push(format!("no difference any more: {case}")),
                (false, None) => {
                    mistakes.push(format!(
                        "{table}: {case}\n  ours   {ours}\n  theirs {theirs}"
                    ));
                }
                (false, Some(at)) => {
                    let listed = differences.swap_remove(at);
                    assert!(!listed.why.is_empty());
                    if !agree(ours, &listed.ours) {
                        mistakes.push(format!(
                            "{table}: {case}\n  ours   {ours}\n  listed {}",
                            listed.ours
                        ));
                    }
                }
            }
        }
    }
    for difference in differences {
        mistakes.push(format!("no such case: {}", difference.case));
    }
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
    seen
}

fn same_case(written: &str, item: &serde_yaml_ng::Value) -> bool {
    yaml::<serde_yaml_ng::Value>(written) == *item
}
