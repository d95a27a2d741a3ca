//! Finding the transcripts below the configured folders.
//!
//! A root is a Claude configuration folder (its `projects` is read), a `projects` folder, any other
//! folder, or a single file. Every `*.jsonl` below counts, hidden folders included; symbolic links
//! are followed, loops are noticed. A file reached on two ways is read once. The order is that of
//! the roots, then of the paths.
//!
//! A file's project is the first folder below the last `projects` on its path; without one, the
//! first folder below the root; without that, the root itself.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

use walkdir::WalkDir;

use super::mark::Stamp;
use crate::error::{Error, Result};
use crate::event::{Event, Observer, Silent, Stage};

/// One transcript.
#[derive(Clone, Debug)]
pub(super) struct FoundFile {
    pub(super) path: PathBuf,
    /// The folder that holds the project folders.
    pub(super) base: PathBuf,
    /// Project folder.
    pub(super) project: PathBuf,
    /// Path below the project folder.
    pub(super) below: PathBuf,
    pub(super) stamp: Stamp,
    device: u64,
}

/// How many transcripts `roots` hold; folders that are not there hold none.
#[must_use]
pub fn count_files(roots: &[PathBuf]) -> u64 {
    let real = roots.iter().filter_map(|root| root.canonicalize().ok());
    let found: Vec<FoundFile> = real.flat_map(|root| below_root(&root, &Silent)).collect();
    without_repetitions(&found).len() as u64
}

/// All transcripts below `roots`, in reading order.
pub(super) fn discover(roots: &[PathBuf], observer: &dyn Observer) -> Result<Vec<FoundFile>> {
    if roots.is_empty() {
        return Err(Error::config("no folder of transcripts is configured")
            .hint("Set `transcripts.roots` in `cca.toml`, or pass `--roots DIR`."));
    }
    let mut files = Vec::new();
    let mut absent = Vec::new();
    for root in roots {
        match root.canonicalize() {
            Ok(real) => files.extend(below_root(&real, observer)),
            Err(error) => absent.push((root, error)),
        }
    }
    if absent.len() == roots.len() {
        let failure = Error::unavailable("none of the folders of transcripts can be read");
        let named = absent.iter().fold(failure, |failure, (root, error)| {
            failure.at(root.display()).cause(error)
        });
        return Err(named.hint("Check `transcripts.roots` in `cca.toml`, or pass `--roots DIR`."));
    }
    for (root, error) in absent {
        notice(
            observer,
            format!("nothing is read from `{}`: {error}", root.display()),
        );
    }
    Ok(without_repetitions(&files))
}

/// Tells the user about something the run goes on without.
pub(super) fn notice(observer: &dyn Observer, message: String) {
    observer.observe(Event::Noticed {
        stage: Stage::Extract,
        message,
    });
}

fn below_root(root: &Path, observer: &dyn Observer) -> Vec<FoundFile> {
    let projects = root.join("projects");
    let start = if projects.is_dir() {
        projects
    } else {
        root.to_owned()
    };
    let mut files = Vec::new();
    // Sorting by file name would put `a-b` before `a/c`; whole paths are sorted below.
    for entry in WalkDir::new(&start).follow_links(true) {
        match entry {
            Ok(entry) => {
                let is_file = entry.file_type().is_file();
                if !is_file || entry.path().extension() != Some(OsStr::new("jsonl")) {
                    continue;
                }
                match entry.metadata() {
                    Ok(metadata) => files.push(found(&start, entry.path(), &metadata)),
                    Err(error) => notice(observer, skipped(&error)),
                }
            }
            Err(error) => notice(observer, skipped(&error)),
        }
    }
    files.sort_by(|left, right| left.path.cmp(&right.path));
    files
}

fn skipped(error: &walkdir::Error) -> String {
    let path = error.path().unwrap_or(Path::new("?")).display();
    match error.loop_ancestor() {
        Some(ancestor) => {
            format!(
                "`{path}` is not followed: the link leads back to `{}`",
                ancestor.display()
            )
        }
        None => match error.io_error() {
            Some(cause) => format!("`{path}` is left out: {cause}"),
            None => format!("`{path}` is left out: {error}"),
        },
    }
}

fn found(start: &Path, path: &Path, metadata: &std::fs::Metadata) -> FoundFile {
    let (base, project, below) = split(start, path);
    let stamp = Stamp::of(metadata);
    FoundFile {
        path: path.to_owned(),
        base,
        project,
        below,
        stamp,
        device: device(metadata),
    }
}

/// Base folder, project folder and path below it, of a file somewhere below `start`.
fn split(start: &Path, path: &Path) -> (PathBuf, PathBuf, PathBuf) {
    let parts: Vec<Component<'_>> = path.components().collect();
    let depth = start.components().count().min(parts.len());
    let is_projects = |part: &Component<'_>| part.as_os_str() == "projects";
    // A base needs a folder and a file below it, and lies at `start` or deeper.
    let holders = parts
        .get(..parts.len().saturating_sub(2))
        .unwrap_or_default();
    let last = holders
        .iter()
        .rposition(is_projects)
        .filter(|at| at + 1 >= depth);
    let base_length = match last {
        Some(at) => at + 1,
        None if parts.len() > depth + 1 => depth,
        None => parts.len().saturating_sub(2),
    };
    let (base, rest) = parts.split_at_checked(base_length).unwrap_or((&parts, &[]));
    let (project, below) = rest.split_at_checked(1).unwrap_or((rest, &[]));
    let path_of = |parts: &[Component<'_>]| parts.iter().collect::<PathBuf>();
    (path_of(base), path_of(project), path_of(below))
}

/// Keeps one path per file; one that no link is part of, where there is one.
fn without_repetitions(files: &[FoundFile]) -> Vec<FoundFile> {
    let mut groups: BTreeMap<(u64, u64, PathBuf), Vec<usize>> = BTreeMap::new();
    for (index, file) in files.iter().enumerate() {
        groups.entry(identity(file)).or_default().push(index);
    }
    let is_real = |index: &&usize| {
        files
            .get(**index)
            .is_some_and(|file| file.path.canonicalize().is_ok_and(|real| real == file.path))
    };
    let mut kept: Vec<usize> = groups
        .values()
        .filter_map(|group| match group.as_slice() {
            [only] => Some(*only),
            several => several.iter().find(is_real).or(several.first()).copied(),
        })
        .collect();
    kept.sort_unstable();
    kept.into_iter()
        .filter_map(|index| files.get(index).cloned())
        .collect()
}

/// Device and inode, or the real path where the system has no inodes.
fn identity(file: &FoundFile) -> (u64, u64, PathBuf) {
    if file.stamp.inode > 0 {
        return (file.device, file.stamp.inode, PathBuf::new());
    }
    (
        0,
        0,
        file.path
            .canonicalize()
            .unwrap_or_else(|_| file.path.clone()),
    )
}

#[cfg(unix)]
fn device(metadata: &std::fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::dev(metadata)
}

#[cfg(not(unix))]
fn device(_metadata: &std::fs::Metadata) -> u64 {
    0
}
