//! The files compiled into the binary.

use std::path::Path;

use include_dir::{Dir, include_dir};

use super::discover::{Origin, SourceFile};
use crate::error::{IoContext, Result};

static SQL: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/sql");
static SEEDS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/seeds");
static EXPECTATIONS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/expectations");

/// The embedded files of one top folder (`sql`, `seeds` or `expectations`), sorted by path.
pub(super) fn files(folder: &str) -> Vec<SourceFile> {
    let dir = match folder {
        "sql" => &SQL,
        "seeds" => &SEEDS,
        _ => &EXPECTATIONS,
    };
    let mut files = Vec::new();
    collect(folder, dir, &mut files);
    files.sort_by(|left, right| left.path.cmp(&right.path));
    files
}

fn collect(folder: &str, dir: &Dir<'_>, files: &mut Vec<SourceFile>) {
    for file in dir.files() {
        if let Some(text) = file.contents_utf8() {
            files.push(SourceFile {
                path: format!("{folder}/{}", file.path().display()),
                text: text.to_owned(),
                origin: Origin::Embedded,
            });
        }
    }
    for inner in dir.dirs() {
        collect(folder, inner, files);
    }
}

/// Writes the embedded project into `target`, never over an existing file; returns the paths
/// written and the paths left alone.
pub fn write_out(target: &Path) -> Result<(Vec<String>, Vec<String>)> {
    let mut written = Vec::new();
    let mut kept = Vec::new();
    for folder in ["sql", "seeds", "expectations"] {
        for file in files(folder) {
            let path = target.join(&file.path);
            if path.exists() {
                kept.push(file.path);
                continue;
            }
            if let Some(parent) = path.parent() {
                std::fs::create_dir_all(parent).io("create the folder", parent)?;
            }
            crate::sys::fs::write_atomic(&path, file.text.as_bytes())?;
            written.push(file.path);
        }
    }
    Ok((written, kept))
}
