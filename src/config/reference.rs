//! Texts made from the declared settings: the template of `cca.toml` and the reference page.

use std::path::Path;

use super::Settings;
use super::env::VARIABLES;
use super::keys::{KEYS, Key, sections};
use super::slot::Slot;

/// `cca.toml` for a new project: every setting with its meaning and default, commented out.
#[must_use]
pub fn template() -> String {
    let mut text = String::from(
        "# Settings of this project. Everything is optional; what is commented out shows the default.\n\
         # `cca config` prints every value and where it comes from.\n",
    );
    for section in sections() {
        text.push_str(&format!("\n[{section}]\n"));
        for key in of_section(section) {
            for line in wrap(key.meaning, 96) {
                text.push_str(&format!("# {line}\n"));
            }
            if let Some(reason) = key.unused {
                text.push_str(&format!("# Recognised, not used: {reason}.\n"));
            }
            let name = key.name.rsplit('.').next().unwrap_or(key.name);
            text.push_str(&format!("# {name} = {}\n", example(key)));
        }
    }
    text.push_str("\n# Variables of the models: `{{ var('name') }}`.\n[vars]\n");
    text
}

/// `docs/reference/configuration.md`.
#[must_use]
pub fn to_markdown() -> String {
    let mut text = String::from(INTRODUCTION);
    for section in sections() {
        text.push_str(&format!("\n### `[{section}]`\n\n"));
        text.push_str("| key | value | default | variables | meaning |\n|---|---|---|---|---|\n");
        for key in of_section(section) {
            text.push_str(&row(key));
        }
    }
    text.push_str(VARS);
    text.push_str("\n## Other variables\n\n| variable | meaning |\n|---|---|\n");
    for variable in VARIABLES {
        text.push_str(&format!("| `{}` | {} |\n", variable.name, variable.meaning));
    }
    text
}

const INTRODUCTION: &str = "\
# Configuration

<!-- Written from the declarations in src/config; a test compares. -->

Nothing has to be configured. Values come in layers, and each covers the ones before it:

1. built-in defaults
2. the user's file, `$XDG_CONFIG_HOME/cca/config.toml` (`~/.config/cca/config.toml`)
3. the project's `cca.toml`: the nearest one in the folder of the project (`--project-dir`, else the current folder) or above
4. `.env` beside `cca.toml`, or in the current folder where there is none; it is never put into the environment of the process
5. environment variables
6. flags

`cca config` prints every value with its origin; `--format json` gives the same for programs. Connection strings and webhooks are redacted.

- An unknown key is an error that names file, line and the nearest known key. So is an unknown variable that begins with `CCA_` (names like `CCA_SERVICE_HOST` and `CCA_PORT…`, which container platforms derive from a service called `cca`, are passed over).
- A variable that is set to nothing counts as not set.
- Relative paths start from the folder of the file they are written in; in variables and flags, from the current folder. `~` is the home folder.
- Durations: `30s`, `5m`, `24h`, `7d`, `1h30m`; a bare number means seconds. Sizes: `128MB` (decimal), `128MiB` (binary); a bare number means bytes.
- Lists: an array in a file; commas between the items in a variable.

## Where everything lies

The data folder is the first of: `--data-dir`, `CCA_DATA_DIR`, `project.data_dir`; `data` beside `cca.toml` or in `--project-dir`; `data` in the current folder if it holds `iceberg` already, or if the folder holds `sql/models`; else `cca` in `$XDG_DATA_HOME` (`~/.local/share`).

Models, seeds and expectations come from the folder of `cca.toml` (or `--project-dir`), folder by folder; what is not there is taken from the program itself.

## Which source

`source.kind` if it is set; else `transcripts` if `--roots` is given; else `mongo` if `mongo.uri` is set in any layer (`MONGO_URI`); else `transcripts`.

## Settings
";

const VARS: &str = "
### `[vars]`

Any names; models read them with `{{ var('name') }}`. Values are texts, numbers, booleans, lists or tables.

Those the models of the program read:

| variable | default | meaning |
|---|---|---|
| `idle_minutes` | `15` | A pause between two messages of a session that is longer is no active time. |
| `wait_seconds` | `5` | A tool that answers at once and took longer than this waited for a person. |
| `day_basis` | `utc` | Whether `date_key` counts UTC days or, with `local`, days of `project.timezone`. |
";

fn of_section(section: &'static str) -> impl Iterator<Item = &'static Key> {
    KEYS.iter().filter(move |key| {
        key.name
            .strip_prefix(section)
            .is_some_and(|rest| rest.starts_with('.'))
    })
}

fn row(key: &Key) -> String {
    let mut settings = Settings::defaults(Path::new("data"));
    let slot = (key.slot)(&mut settings);
    let default = match (key.default, slot.show()) {
        (Some(rule), _) => rule.to_owned(),
        (None, text) if text.is_empty() => "empty".to_owned(),
        (None, text) => format!("`{text}`"),
    };
    let variables: Vec<String> = key
        .variables()
        .iter()
        .map(|name| format!("`{name}`"))
        .collect();
    let unused = key
        .unused
        .map(|reason| format!(" **Recognised, not used by this version**: {reason}."))
        .unwrap_or_default();
    let name = key.name.rsplit('.').next().unwrap_or(key.name);
    format!(
        "| `{name}` | {} | {default} | {} | {}{unused} |\n",
        slot.expects(key.range),
        variables.join(", "),
        key.meaning,
    )
}

/// The default as TOML; rules give an example instead.
fn example(key: &Key) -> String {
    let mut settings = Settings::defaults(Path::new("data"));
    settings.project.threads = 4;
    let slot = (key.slot)(&mut settings);
    let shown = slot.show();
    match slot {
        Slot::Bool(_) | Slot::Count(_) | Slot::Count32(_) | Slot::Level(_) => shown,
        Slot::Paths(_) => "[\"~/.claude\"]".to_owned(),
        Slot::Texts(items) => {
            let quoted: Vec<String> = items.iter().map(|item| format!("{item:?}")).collect();
            format!("[{}]", quoted.join(", "))
        }
        Slot::Secret(secret) => format!("{:?}", secret.reveal()),
        _ => format!("{shown:?}"),
    }
}

fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + word.chars().count() < width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Environment, Flags, Inputs, resolve};

    #[test]
    fn the_template_is_valid_and_says_the_defaults() {
        let dir = tempfile::tempdir().expect("a folder");
        let shown = |text: &str| {
            std::fs::write(dir.path().join("cca.toml"), text).expect("written");
            let environment = Environment::of([("TZ", "UTC"), ("HOME", "/nowhere")]);
            let flags = Flags::default();
            let inputs = Inputs {
                environment,
                current_dir: dir.path().to_owned(),
                flags,
            };
            let values = resolve(&inputs).expect("valid").values;
            let plain = values.into_iter().map(|value| (value.key, value.value));
            plain.collect::<std::collections::BTreeMap<_, _>>()
        };
        let empty = shown("");
        assert_eq!(shown(&template()), empty);
        let uncommented: String = template()
            .lines()
            .map(|line| match line.strip_prefix("# ") {
                Some(rest) if rest.contains(" = ") => format!("{rest}\n"),
                _ => format!("{line}\n"),
            })
            .collect();
        let mut explicit = shown(&uncommented);
        for (key, expected) in &empty {
            let by_rule = [
                "project.threads",
                "transcripts.roots",
                "transcripts.machine",
                "source.kind",
            ];
            let actual = explicit.remove(key).expect("present");
            if !by_rule.contains(&key.as_str()) {
                assert_eq!(actual, *expected, "{key}");
            }
        }
    }
}
