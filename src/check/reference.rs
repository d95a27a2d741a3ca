//! The reference page of expectations, made from their declarations.

use super::expectation::{Entry, Scope, Severity, entries, spellings};

const INTRODUCTION: &str = "\
# Expectations

<!-- Written from the declarations in src/check; a test compares. -->

What a suite may expect. Names, arguments and meaning are those of [Great Expectations](https://docs.greatexpectations.io) where it has the rule; [where results differ](../great-expectations.md) is listed with reasons. A suite is YAML in `expectations/`:

```yaml
suite: silver_messages
layer: silver
table: intermediate.int_messages_enriched
tags: [nightly]
keys: [message_id]
parameters: {least: 0}
expectations:
  - expect_column_values_to_be_in_set: {column: role, value_set: [human, assistant, tool, system], mostly: 0.99, severity: warn}
  - expect_column_values_to_be_between: {column: content_length, min_value: {$PARAMETER: least}, why: lengths are counted}
```

`from: orders.json` instead of, or beside, `expectations` takes those of a suite that Great Expectations saved to `expectations/orders.json`, unchanged, in the form of any release.

## Arguments of all expectations

| argument | form | meaning |
|---|---|---|
| `mostly` | number from 0 to 1 | share of rows that must meet the rule, where rows can break it; 1 if left out |
| `row_condition` | SQL | rows considered; with `condition_parser: pandas` as `DataFrame.query` takes it, with `great_expectations` as `col(\"a\") > 1`, or as the nested object of release 1 |
| `parse_strings_as_datetimes` | `true`, `false` | texts of the column are read as times; rules on groups of values cannot |
| `severity` | `error` or `warn` | whether a failure fails the check; also `critical`, `warning` and `info` (the last two warn) |
| `why` | text | shown with a failure; also `description` or `notes` |
| `name` | text | tells two expectations of one type and column apart |
| `tags` | list of words | to select by, like those of the suite |
| `result_format` | object | `partial_unexpected_count` rows are shown, named by `unexpected_index_column_names` |
| `meta`, `id` | anything, text | kept and repeated in results |

Values are missing where they are NULL or NaN; rules about values leave such rows out, and `mostly` is the share of the others. A rule without rows to judge is met. Rows that break a rule are shown with the `keys` of the suite, else with the columns that the suite expects to be unique. An expectation that cannot be evaluated (a missing table or column, a comparison of a text with a number, SQL that fails) is an error, never a pass.
";

/// `docs/reference/expectations.md`.
#[must_use]
pub fn to_markdown() -> String {
    let mut text = INTRODUCTION.to_owned();
    for (scope, title) in [
        (Scope::Values, "Each value of a column"),
        (Scope::Column, "A column as a whole"),
        (Scope::Record, "Several columns of a row"),
        (Scope::Table, "The table"),
        (Scope::Query, "Queries"),
        (Scope::Watch, "How data develop"),
        (Scope::Logs, "Conversation logs"),
    ] {
        text.push_str(&format!("\n## {title}\n"));
        for entry in entries().filter(|entry| entry.scope == scope) {
            text.push_str(&section(entry));
        }
    }
    text
}

fn section(entry: &Entry) -> String {
    let mut text = format!("\n### {}\n\n{}", entry.name, entry.about);
    let others: Vec<String> = spellings(entry.name)
        .map(|other| format!("`{other}`"))
        .collect();
    if !others.is_empty() {
        text.push_str(&format!(" Also written {}.", others.join(", ")));
    }
    if entry.takes_mostly {
        text.push_str(" Takes `mostly`.");
    }
    if entry.severity == Severity::Warn {
        text.push_str(" Warns unless `severity` says otherwise.");
    }
    text.push_str("\n\n| argument | form | if left out |\n|---|---|---|\n");
    for argument in entry.arguments {
        let default = argument.default.unwrap_or("must be given");
        text.push_str(&format!(
            "| `{}` | {} | {default} |\n",
            argument.name, argument.form
        ));
    }
    text.push_str(&format!(
        "\n```yaml\n- {}: {}\n```\n",
        entry.name, entry.example
    ));
    text
}

#[cfg(test)]
mod tests {
    use super::super::expectation::{Entry, Kwargs, Place, entries};

    fn read(entry: &Entry) -> (Vec<&'static str>, Vec<&'static str>) {
        let arguments = serde_yaml_ng::from_str(entry.example).expect("an example in YAML");
        let place = Place {
            file: "example.yml",
            text: entry.example,
            span: (1, 2),
        };
        let mut kwargs = Kwargs::new(entry.name, place, arguments);
        for common in ["mostly", "row_condition"] {
            kwargs.take(&[common]).expect("common to all");
        }
        let rule = (entry.read)(&mut kwargs);
        rule.unwrap_or_else(|error| panic!("{}: {error}", entry.name));
        let taken = kwargs.known().to_vec();
        kwargs.finish().expect("only known arguments");
        let declared = entry.arguments.iter().map(|argument| argument.name);
        (taken, declared.collect())
    }

    #[test]
    fn declared_arguments_are_those_that_are_read() {
        for entry in entries() {
            let (taken, declared) = read(entry);
            for name in &declared {
                assert!(taken.contains(name), "{}: {name}", entry.name);
            }
            // Further spellings are named in the form of the first.
            for name in taken.iter().filter(|name| !declared.contains(name)) {
                let common = ["mostly", "row_condition"].contains(name);
                let spelled = entry
                    .arguments
                    .iter()
                    .any(|argument| argument.form.contains(&format!("`{name}`")));
                assert!(common || spelled, "{}: {name}", entry.name);
            }
        }
    }
}
