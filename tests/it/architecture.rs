//! The walls of the program: stages do not name each other, and each store has one importer.

use std::path::{Path, PathBuf};

/// The stages of a run, and `usage`, which reads what they made.
const STAGES: [&str; 7] = [
    "extract",
    "land",
    "load",
    "transform",
    "check",
    "publish",
    "usage",
];

/// Modules a stage may use.
const FOUNDATION: [&str; 9] = [
    "entry",
    "jsonl",
    "error",
    "event",
    "config",
    "project",
    "lake",
    "warehouse",
    "sys",
];

fn sources(folder: &Path) -> Vec<PathBuf> {
    walkdir::WalkDir::new(folder)
        .into_iter()
        .flatten()
        .map(walkdir::DirEntry::into_path)
        .filter(|path| path.extension().is_some_and(|kind| kind == "rs"))
        .collect()
}

/// Top-level modules of the crate a file names, by `crate::x` anywhere outside comments.
fn named_modules(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    for line in text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
    {
        for rest in line.split("crate::").skip(1) {
            let name: String = rest
                .chars()
                .take_while(|c| c.is_ascii_lowercase() || *c == '_')
                .collect();
            if !name.is_empty() {
                names.push(name);
            }
        }
    }
    names
}

#[test]
fn a_stage_names_no_other_stage() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut seen = 0;
    for stage in STAGES {
        for file in sources(&src.join(stage)) {
            seen += 1;
            let text = std::fs::read_to_string(&file).expect("readable");
            for name in named_modules(&text) {
                assert!(
                    name == stage || FOUNDATION.contains(&name.as_str()),
                    "{} names `crate::{name}`",
                    file.display()
                );
            }
        }
    }
    assert!(seen > STAGES.len(), "the stages were found");
}

#[test]
fn the_foundation_names_neither_stages_nor_what_composes_them() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for module in FOUNDATION {
        let mut files = sources(&src.join(module));
        files.extend(Some(src.join(format!("{module}.rs"))).filter(|path| path.exists()));
        assert!(!files.is_empty(), "{module}");
        for file in files {
            let text = std::fs::read_to_string(&file).expect("readable");
            for name in named_modules(&text) {
                assert!(
                    FOUNDATION.contains(&name.as_str()),
                    "{} names `crate::{name}`",
                    file.display()
                );
            }
        }
    }
}

#[test]
fn each_store_has_one_importer() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for (library, owner) in [
        ("iceberg", "lake"),
        ("rusqlite", "lake"),
        ("duckdb", "warehouse"),
        ("mongodb", "extract/mongo"),
        ("minijinja", "transform"),
    ] {
        for file in sources(&src) {
            let text = std::fs::read_to_string(&file).expect("readable");
            let uses = text
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"))
                .any(|line| line.contains(&format!("{library}::")));
            let inside = file.starts_with(src.join(owner));
            assert!(
                !uses || inside,
                "{} uses `{library}`, which belongs to {owner}",
                file.display()
            );
        }
    }
}

#[test]
fn a_planted_import_is_caught() {
    assert_eq!(
        named_modules("use crate::load::merge;\n// crate::publish"),
        ["load"]
    );
}
