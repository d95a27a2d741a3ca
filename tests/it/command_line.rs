//! The program as it is called: stdout, stderr and exit code.

use std::io::Read;
use std::path::Path;
use std::process::{Command, Output, Stdio};

struct Machine(tempfile::TempDir);

impl Machine {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(dir.path().join("home")).expect("made");
        std::fs::create_dir(dir.path().join("work")).expect("made");
        Self(dir)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cca"));
        command
            .args(arguments)
            .env_clear()
            .env("HOME", self.path().join("home"))
            .env("TZ", "UTC")
            .current_dir(self.path().join("work"));
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("started")
    }

    /// stdout, stderr and exit code as one text.
    fn outcome(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let folder = self.path().display().to_string();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace(&folder, "~~");
        format!(
            "{}--- stderr\n{}--- exit {}",
            text(&output.stdout),
            text(&output.stderr),
            output.status.code().expect("not killed")
        )
    }
}

/// A folder that is not there, be it of the project or of the data, is one somebody mistyped:
/// only what loads something makes it.
#[test]
fn commands_that_need_what_is_there_make_no_folder() {
    let machine = Machine::new();
    let work = machine.path().join("work");
    let commands: [&[&str]; 14] = [
        &["ls"],
        &["compile"],
        &["config"],
        &["doctor"],
        &["status"],
        &["show", "fct_messages"],
        &["query", "select 1"],
        &["source", "freshness"],
        &["check"],
        &["publish"],
        &["run"],
        &["test"],
        &["snapshot"],
        &["retry"],
    ];
    for command in commands {
        for place in ["--project-dir", "--data-dir"] {
            let arguments = [command, &[place, "mistyped"]].concat();
            let said = machine.outcome(&arguments);
            let made = std::fs::read_dir(&work).expect("a folder").count();
            assert_eq!(made, 0, "{arguments:?}\n{said}");
            let fails = said.ends_with("exit 2") || said.ends_with("exit 3");
            assert!(!fails || said.contains("hint:"), "{arguments:?}\n{said}");
        }
    }
}

#[test]
fn mistakes_on_the_command_line_are_explained() {
    let machine = Machine::new();
    insta::assert_snapshot!(machine.outcome(&["bakfill"]), @r"
    --- stderr
    error: unrecognized subcommand 'bakfill'

      tip: a similar subcommand exists: 'backfill'

    Usage: cca [OPTIONS] <COMMAND>

    For more information, try '--help'.
    --- exit 2
    ");
    assert_eq!(machine.run(&[]).status.code(), Some(2));
    let version = format!("cca {}\n--- stderr\n--- exit 0", env!("CARGO_PKG_VERSION"));
    assert_eq!(machine.outcome(&["--version"]), version);
}

#[test]
fn every_failure_has_its_block_and_its_code() {
    let machine = Machine::new();
    insta::assert_snapshot!(machine.outcome(&["--format", "csv", "sync"]), @r"
    --- stderr
    error[usage]: the outcome of this command is no table
       at --format csv
       hint: Use `--format json`, or ask for what you need with `cca query`.
    --- exit 2
    ");
    insta::assert_snapshot!(machine.outcome(&["query", "SELECT 1"]), @r"
    --- stderr
    error[unavailable]: there is no warehouse yet
       at ~~/home/.local/share/cca/warehouse.duckdb
       hint: Run `cca backfill` first, or point `--data-dir` to where it ran.
    --- exit 3
    ");
    let file = machine.path().join("work/cca.toml");
    std::fs::write(file, "[mongo]\nbatchsize = 3\n").expect("written");
    insta::assert_snapshot!(machine.outcome(&["ls"]), @r"
    --- stderr
    error[config]: `mongo.batchsize` is not a setting
       at ~~/work/cca.toml:2
       hint: Did you mean `mongo.batch_size`?
    --- exit 2
    ");
    let output = machine.run(&["--format", "json", "ls"]);
    let error: serde_json::Value = serde_json::from_slice(&output.stderr).expect("JSON");
    assert_eq!(error["error"]["kind"], "config");
}

#[test]
fn a_demonstration_can_be_queried_repeated_and_cut_off() {
    let machine = Machine::new();
    let first = machine.run(&["--data-dir", "data", "demo", "--size", "1MB"]);
    assert_eq!(
        first.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&first.stderr)
    );
    let page = String::from_utf8_lossy(&first.stdout).into_owned();
    for section in [
        "Read",
        "Covers",
        "Tokens",
        "Cost",
        "Tools",
        "Checks",
        "Published",
        "Next",
    ] {
        assert!(
            page.lines().any(|line| line.starts_with(section)),
            "{section}\n{page}"
        );
    }

    let again = machine.run(&["--data-dir", "data", "--format", "json", "demo"]);
    let report: serde_json::Value = serde_json::from_slice(&again.stdout).expect("JSON");
    assert_eq!(report["land"]["rows"], 0);
    assert_eq!(report["check"]["failed"], 0);

    let query = ["--data-dir", "data", "--format", "json", "query"];
    let one = machine.run(
        &[
            &query[..],
            &["SELECT 9007199254740993 AS n, 0.10::DECIMAL(4,2) AS d"],
        ]
        .concat(),
    );
    assert_eq!(
        String::from_utf8_lossy(&one.stdout),
        "[\n{\"n\":9007199254740993,\"d\":0.10}\n]\n"
    );

    let mut long = machine
        .command(&[
            "--data-dir",
            "data",
            "--format",
            "csv",
            "query",
            "FROM range(3000000)",
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("started");
    let mut head = [0; 16];
    long.stdout
        .take()
        .expect("piped")
        .read_exact(&mut head)
        .expect("a line");
    let ended = long.wait_with_output().expect("ended");
    assert_eq!((ended.status.code(), ended.stderr.len()), (Some(0), 0));
}
