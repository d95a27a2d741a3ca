//! Reference pages made from what the program declares.

use clap::{Arg, Command, CommandFactory};

use super::arguments::Arguments;
use super::exit_code::EXIT_CODES;

const INTRODUCTION: &str = "\
# Command line

<!-- Written from the declarations in src/cli; a test compares. -->

stdout is data, everything else goes to stderr. `--format json` makes stdout one JSON document (for `query` an array of objects); with `-v` the [events](events.md) of a run go to stderr as JSON lines, and an error is one JSON object. A closed pipe ends a command quietly. The first Ctrl-C (or SIGTERM) stops a run after the current step, the second at once; what was committed stays, and the next run goes on from there. [Exit codes](exit-codes.md), [configuration](configuration.md).
";

/// `docs/reference/cli.md`.
#[must_use]
pub fn to_markdown() -> String {
    let mut root = Arguments::command()
        .term_width(100)
        .color(clap::ColorChoice::Never);
    root.build();
    let mut text = String::from(INTRODUCTION);
    text.push_str("\n| command | what it does |\n|---|---|\n");
    for command in visible(&root) {
        let name = command.get_name();
        text.push_str(&format!(
            "| [`cca {name}`](#cca-{name}) | {} |\n",
            about(command)
        ));
    }
    text.push_str("\n## Global options\n\n");
    text.push_str(&options(root.get_arguments()));
    for command in visible(&root) {
        text.push_str(&section(
            "##",
            &format!("cca {}", command.get_name()),
            command,
        ));
        for action in actions(command) {
            let name = format!("cca {} {}", command.get_name(), action.get_name());
            text.push_str(&section("###", &name, action));
        }
    }
    text
}

/// `docs/reference/exit-codes.md`.
#[must_use]
pub fn exit_codes_to_markdown() -> String {
    let mut text = String::from(
        "# Exit codes\n\n<!-- Written from the declarations in src/cli; a test compares. -->\n\n\
         | code | name | meaning |\n|---|---|---|\n",
    );
    for (code, name, meaning) in EXIT_CODES {
        text.push_str(&format!("| {code} | {name} | {meaning} |\n"));
    }
    text
}

fn visible(root: &Command) -> impl Iterator<Item = &Command> {
    root.get_subcommands()
        .filter(|command| !command.is_hide_set())
}

/// What a command does besides its main business.
fn actions(command: &Command) -> impl Iterator<Item = &Command> {
    visible(command).filter(|action| action.get_name() != "help")
}

fn about(command: &Command) -> String {
    command
        .get_about()
        .map(ToString::to_string)
        .unwrap_or_default()
}

fn section(level: &str, name: &str, command: &Command) -> String {
    let long = command
        .get_long_about()
        .map_or_else(|| about(command), ToString::to_string);
    let usage = command.clone().render_usage().to_string();
    let mut text = format!(
        "\n{level} {name}\n\n{}\n\n```text\n{}\n```\n",
        long.trim(),
        usage.trim()
    );
    let own: Vec<&Arg> = command
        .get_arguments()
        .filter(|argument| !argument.is_global_set() && argument.get_id() != "help")
        .collect();
    let own = options(own.into_iter());
    if !own.is_empty() {
        text.push_str(&format!("\n{own}"));
    }
    if let Some(examples) = command.get_after_help() {
        let examples = examples.to_string();
        let examples = examples.trim_start_matches("Examples:\n");
        text.push_str(&format!("\n```sh\n{}\n```\n", unindent(examples)));
    }
    text
}

fn options<'a>(arguments: impl Iterator<Item = &'a Arg>) -> String {
    let rows: Vec<String> = arguments
        .filter(|argument| !argument.is_hide_set())
        .map(option)
        .collect();
    if rows.is_empty() {
        return String::new();
    }
    format!("| option | meaning |\n|---|---|\n{}", rows.concat())
}

fn option(argument: &Arg) -> String {
    let mut names = Vec::new();
    if let Some(short) = argument.get_short() {
        names.push(format!("-{short}"));
    }
    if let Some(long) = argument.get_long() {
        names.push(format!("--{long}"));
    }
    let value = argument
        .get_value_names()
        .filter(|_| argument.get_action().takes_values())
        .map(|names| names.join(" "))
        .unwrap_or_default();
    let name = format!("{} {value}", names.join(", "));
    let help = argument
        .get_help()
        .map(ToString::to_string)
        .unwrap_or_default();
    format!(
        "| `{}` | {}{}{} |\n",
        name.trim(),
        one_line(&help),
        choices(argument),
        default(argument)
    )
}

fn choices(argument: &Arg) -> String {
    let values: Vec<String> = argument
        .get_possible_values()
        .iter()
        .filter(|_| argument.get_action().takes_values())
        .map(|value| format!("`{}`", value.get_name()))
        .collect();
    if values.is_empty() {
        String::new()
    } else {
        format!(": {}", values.join(", "))
    }
}

fn default(argument: &Arg) -> String {
    let values: Vec<String> = argument
        .get_default_values()
        .iter()
        .filter(|_| argument.get_action().takes_values())
        .map(|value| format!("`{}`", value.to_string_lossy()))
        .collect();
    if values.is_empty() {
        String::new()
    } else {
        format!(" (default {})", values.join(", "))
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .replace('|', "\\|")
}

fn unindent(text: &str) -> String {
    let lines = text
        .lines()
        .map(|line| line.strip_prefix("  ").unwrap_or(line));
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// Compares a page with what the program declares, and writes it anew if they differ.
    fn is_current(path: &str, expected: &str) -> bool {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
        if std::fs::read_to_string(&file).unwrap_or_default() == expected {
            return true;
        }
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("made");
        crate::sys::fs::write_atomic(&file, expected.as_bytes()).expect("written");
        false
    }

    #[test]
    fn the_pages_are_current() {
        let pages = [
            ("docs/reference/cli.md", to_markdown()),
            ("docs/reference/exit-codes.md", exit_codes_to_markdown()),
            (
                "docs/reference/configuration.md",
                crate::config::to_markdown(),
            ),
            (
                "docs/reference/expectations.md",
                crate::check::to_markdown(),
            ),
        ];
        let stale: Vec<&str> = pages
            .iter()
            .filter(|(path, text)| !is_current(path, text))
            .map(|(path, _)| *path)
            .collect();
        assert!(
            stale.is_empty(),
            "{stale:?} were written anew: read and commit them"
        );
    }

    /// What people are told to type must be there.
    #[test]
    fn commands_that_texts_name_exist() {
        let root = Arguments::command();
        let known: Vec<&str> = visible(&root)
            .flat_map(|command| {
                std::iter::once(command.get_name()).chain(command.get_all_aliases())
            })
            .collect();
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let texts = ["README.md", "docs", "expectations", "seeds", "sql", "src"];
        let mut named = 0;
        for item in texts
            .iter()
            .flat_map(|text| walkdir::WalkDir::new(here.join(text)))
        {
            let item = item.expect("readable");
            let Ok(text) = std::fs::read_to_string(item.path()) else {
                continue;
            };
            for (_, rest) in text
                .match_indices("`cca ")
                .map(|(at, mark)| text.split_at(at + mark.len()))
            {
                let end = rest.find(|letter: char| !(letter.is_ascii_lowercase() || letter == '-'));
                let word = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
                if word.starts_with(|letter: char| letter.is_ascii_lowercase()) {
                    named += 1;
                    assert!(
                        known.contains(&word),
                        "`cca {word}` in {}",
                        item.path().display()
                    );
                }
            }
        }
        assert!(named > 50, "{named}");
    }

    #[test]
    fn every_event_is_documented() {
        let source = include_str!("../event.rs");
        let declared = source.split("pub enum Event {").nth(1).expect("the enum");
        let declared = declared.split("\n}\n").next().expect("its end");
        let names = declared.lines().filter_map(|line| {
            let name = line.strip_prefix("    ")?.strip_suffix(" {")?;
            name.chars().all(char::is_alphanumeric).then_some(name)
        });
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference/events.md");
        let page = std::fs::read_to_string(page).expect("the page");
        let mut seen = 0;
        for name in names {
            seen += 1;
            let snake = name.chars().fold(String::new(), |mut snake, c| {
                if c.is_uppercase() && !snake.is_empty() {
                    snake.push('_');
                }
                snake.extend(c.to_lowercase());
                snake
            });
            assert!(
                page.contains(&format!("| `{snake}` |")),
                "`{snake}` is not documented"
            );
        }
        assert!(seen > 5, "the events were found");
    }

    #[test]
    fn every_command_has_examples_and_every_option_a_meaning() {
        let mut root = Arguments::command();
        root.build();
        let nested = visible(&root).flat_map(actions);
        for command in visible(&root).chain(nested) {
            let name = command.get_name();
            let examples = command
                .get_after_help()
                .map(ToString::to_string)
                .unwrap_or_default();
            assert!(examples.starts_with("Examples:\n"), "{name}");
            assert!(!about(command).is_empty(), "{name}");
            for argument in command.get_arguments() {
                assert!(
                    argument.get_help().is_some(),
                    "{name} {}",
                    argument.get_id()
                );
            }
        }
    }
}
