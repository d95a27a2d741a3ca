//! Foreign readers: the Python packages that other people open our tables with.
//!
//! They are installed once per machine into the test cache. A machine without Python or without
//! the package registry fails the tests that need them, and says so.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

/// What the BI driver embeds, and the reference reader of Iceberg tables.
const PACKAGES: [&str; 2] = ["duckdb==1.5.5", "pyiceberg[sql-sqlite,pyarrow]==0.12.0"];

/// Runs a script with the foreign readers installed and returns what it prints.
pub(crate) fn run(script: &str, arguments: &[&str]) -> String {
    let output = Command::new(interpreter())
        .arg("-c")
        .arg(script)
        .args(arguments)
        .output()
        .expect("the interpreter starts");
    assert!(
        output.status.success(),
        "{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("text")
}

fn interpreter() -> &'static PathBuf {
    static INTERPRETER: OnceLock<PathBuf> = OnceLock::new();
    INTERPRETER.get_or_init(|| {
        let folder = cache().join("readers-1");
        let python = folder.join("bin/python");
        if !folder.join("complete").exists() {
            install(&folder, &python);
        }
        python
    })
}

fn install(folder: &PathBuf, python: &PathBuf) {
    let must = |command: &mut Command| {
        let output = command.output().expect("python3 is installed");
        assert!(
            output.status.success(),
            "{command:?}\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
    };
    must(
        Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(folder),
    );
    must(
        Command::new(python)
            .args(["-m", "pip", "install", "--quiet"])
            .args(PACKAGES),
    );
    std::fs::write(folder.join("complete"), "").expect("written");
}

/// The folder of everything the tests install.
pub(crate) fn cache() -> PathBuf {
    let base = std::env::var_os("XDG_CACHE_HOME").map_or_else(
        || PathBuf::from(std::env::var_os("HOME").expect("a home")).join(".cache"),
        PathBuf::from,
    );
    let folder = base.join("cca-test");
    std::fs::create_dir_all(&folder).expect("a cache folder");
    folder
}
