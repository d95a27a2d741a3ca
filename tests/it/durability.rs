//! Every file of a commit is on disk before the catalog points to it.
//!
//! A preloaded library writes down which files are synced, in order; a power cut
//! cannot be had in a test, but the order of these calls is what survives one.

use std::path::Path;
use std::process::Command;

use crate::fixtures;

const SHIM: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
static void note(const char *what, const char *path) {
  char line[9000];
  int n = snprintf(line, sizeof line, "%s\t%s\n", what, path);
  int fd = syscall(SYS_openat, AT_FDCWD, getenv("SHIM_LOG"), O_WRONLY | O_APPEND | O_CREAT, 0644);
  if (fd >= 0) { syscall(SYS_write, fd, line, n); syscall(SYS_close, fd); }
}
static void note_fd(int fd) {
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t n = readlink(link, path, sizeof path - 1);
  if (n > 0) { path[n] = 0; note("sync", path); }
}
int fsync(int fd) { note_fd(fd); return syscall(SYS_fsync, fd); }
int fdatasync(int fd) { note_fd(fd); return syscall(SYS_fdatasync, fd); }
"#;

#[test]
fn every_file_is_synced_before_the_catalog_points_to_it() {
    let dir = tempfile::tempdir().expect("a folder");
    let shim = build_shim(dir.path());
    let log = dir.path().join("log");
    let root = fixtures::transcripts(dir.path(), "p", &[("s", &[fixtures::user_line("hello")])]);
    let output = fixtures::cca(dir.path())
        .args(["extract", "--roots"])
        .arg(&root)
        .env("LD_PRELOAD", &shim)
        .env("SHIM_LOG", &log)
        .output()
        .expect("runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let log = std::fs::read_to_string(&log).expect("a log");
    let lines: Vec<Vec<&str>> = log.lines().map(|line| line.split('\t').collect()).collect();
    let pointed = lines
        .iter()
        .rposition(|line| line[0] == "sync" && line[1].contains("catalog.db"))
        .expect("the catalog is synced");
    for below in ["data", "metadata"] {
        let folder = dir
            .path()
            .join("data/iceberg/analytics/conversations")
            .join(below);
        let files: Vec<_> = walkdir::WalkDir::new(&folder)
            .into_iter()
            .flatten()
            .filter(|item| item.file_type().is_file())
            .map(walkdir::DirEntry::into_path)
            .collect();
        assert!(!files.is_empty());
        let folders: std::collections::BTreeSet<&Path> =
            files.iter().filter_map(|file| file.parent()).collect();
        for folder in folders {
            // A file is written under a temporary name of its own, synced, renamed, and then its
            // folder is synced: as many temporary files were synced as there are files.
            let prefix = folder.join(".writing-").to_string_lossy().into_owned();
            let synced: std::collections::BTreeSet<&str> = lines[..pointed]
                .iter()
                .filter(|line| line[0] == "sync" && line[1].starts_with(&prefix))
                .map(|line| line[1])
                .collect();
            let here = files
                .iter()
                .filter(|file| file.parent() == Some(folder))
                .count();
            assert_eq!(
                synced.len(),
                here,
                "files of {} not synced:\n{log}",
                folder.display()
            );
            let last = lines
                .iter()
                .rposition(|line| line[1].starts_with(&prefix))
                .expect("synced");
            let folder_synced = lines[last..pointed]
                .iter()
                .any(|line| line[0] == "sync" && Path::new(line[1]) == folder);
            assert!(
                folder_synced,
                "{} not synced before the commit:\n{log}",
                folder.display()
            );
        }
    }
}

fn build_shim(dir: &Path) -> std::path::PathBuf {
    let source = dir.join("shim.c");
    let library = dir.join("shim.so");
    std::fs::write(&source, SHIM).expect("written");
    let status = Command::new("cc")
        .args(["-shared", "-fPIC", "-include", "stdlib.h", "-o"])
        .arg(&library)
        .arg(&source)
        .arg("-ldl")
        .status()
        .expect("a C compiler, which the build needs as well");
    assert!(status.success());
    library
}
