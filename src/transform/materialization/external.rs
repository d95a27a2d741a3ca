//! A file or a folder of files beside the warehouse, and a view that reads it.
//!
//! What is written appears under another name first and is exchanged when it is complete; if
//! anything fails afterwards, the files of before come back. Only options that ask the engine to
//! write among existing files (`append`, `overwrite`, `overwrite_or_ignore`) write in place.

use std::path::{Path, PathBuf};

use super::incremental::NEW;
use super::{
    Build, Built, Ending, Moment, comment, run_header, run_inside, run_query_of, store, transaction,
};
use crate::error::{Error, IoContext, Result};
use crate::sys::fs::rename_durably;
use crate::transform::compile::SqlFailure;
use crate::transform::config::{External, FileFormat};
use crate::transform::graph::Node;
use crate::transform::state::{RelationKind, forget};
use crate::warehouse::literal;

const IN_PLACE: [&str; 3] = ["append", "overwrite", "overwrite_or_ignore"];

pub(super) fn build(build: &Build<'_>) -> Result<Built, SqlFailure> {
    let Some(external) = &build.compiled.config.external else {
        return Err(Error::bug("an external model without its settings").into());
    };
    let place = Place::of(build, external);
    let mut exchange = None;
    let built = transaction(build.connection, build.turn, || {
        run_inside(build, Moment::Before)?;
        run_header(build)?;
        let rows = run_query_of(build, &format!("CREATE OR REPLACE TEMP TABLE {NEW} AS"), "")?;
        let is_blank = rows == 0 && needs_a_row(external);
        if is_blank {
            insert_blank(build)?;
        }
        exchange = Some(place.write(build, external)?);
        build.connection.batch(&format!("DROP TABLE {NEW}"))?;
        replace_with_view(build, &view_of(&place, external, is_blank))?;
        let notices = comment(build, RelationKind::View)?;
        run_inside(build, Moment::After)?;
        Ok((
            Built {
                rows: Some(rows),
                bytes: place.size(),
                notices,
                ..Built::default()
            },
            Ending::Commit,
        ))
    })?;
    exchange.into_iter().for_each(Exchange::keep);
    Ok(built)
}

/// A CSV or JSON file without rows says nothing about columns, and a folder may get no file.
fn needs_a_row(external: &External) -> bool {
    external.format() != FileFormat::Parquet || external.is_folder()
}

fn insert_blank(build: &Build<'_>) -> Result<u64> {
    let columns = build.connection.describe(NEW)?;
    let values = vec!["NULL"; columns.len()].join(", ");
    let sql = format!("INSERT INTO {NEW} VALUES ({values})");
    build.connection.execute(&sql, &[])
}

fn view_of(place: &Place, external: &External, is_blank: bool) -> String {
    let format = external.format().name();
    let mut arguments = literal(&place.pattern(external));
    for (name, value) in &external.read_options {
        arguments.push_str(&format!(", {name} = {value}"));
    }
    let condition = if is_blank { " WHERE false" } else { "" };
    format!("SELECT * FROM read_{format}({arguments}){condition}")
}

fn replace_with_view(build: &Build<'_>, query: &str) -> Result<()> {
    let relation = &build.node.relation;
    if build.existing == Some(RelationKind::Table) {
        build.connection.batch(&format!("DROP TABLE {relation}"))?;
    }
    let sql = format!("CREATE OR REPLACE VIEW {relation} AS {query}");
    build.connection.batch(&sql)?;
    if build.is_remembered {
        forget(build.connection, relation)?;
    }
    Ok(())
}

/// The query that reads the files of an external model as they are; `None` for another model.
pub(in crate::transform) fn reading(node: &Node, root: &Path) -> Option<String> {
    let external = node.config.external.as_ref()?;
    let place = Place::named(&node.relation.name, root, external);
    Some(view_of(&place, external, false))
}

/// Where the files of a model are.
struct Place {
    target: PathBuf,
    /// Not a path of this machine.
    is_remote: bool,
}

impl Place {
    fn of(build: &Build<'_>, external: &External) -> Self {
        Self::named(&build.node.relation.name, build.external_root, external)
    }

    fn named(name: &str, root: &Path, external: &External) -> Self {
        let target = match &external.location {
            Some(location) => PathBuf::from(location.trim()),
            None if external.is_folder() => root.join(name),
            None => {
                let extension = external.format().name();
                root.join(format!("{name}.{extension}"))
            }
        };
        let is_remote = target.to_string_lossy().contains("://");
        Self { target, is_remote }
    }

    /// What the reading function is given: the file, or a pattern of all files in the folder.
    fn pattern(&self, external: &External) -> String {
        let target = self.target.to_string_lossy();
        if !external.is_folder() {
            return target.into_owned();
        }
        let levels = external
            .partitions()
            .map_or(0, |columns| columns.split(',').count());
        let extension = external.format().name();
        format!("{target}/{}*.{extension}", "*/".repeat(levels))
    }

    fn write(&self, build: &Build<'_>, external: &External) -> Result<Exchange, SqlFailure> {
        let in_place = self.is_remote
            || IN_PLACE
                .iter()
                .any(|option| external.options.contains_key(*option));
        if !self.is_remote
            && let Some(folder) = self.target.parent()
        {
            std::fs::create_dir_all(folder).io("create the folder", folder)?;
        }
        let file = if in_place {
            self.target.clone()
        } else {
            beside(&self.target, "new")?
        };
        let mut options = format!("FORMAT {}", external.format().name());
        for (name, value) in &external.options {
            options.push_str(&format!(", {name} {value}"));
        }
        if external.format() == FileFormat::Csv && !external.options.contains_key("header") {
            options.push_str(", header true");
        }
        let file_text = literal(&file.to_string_lossy());
        let copied = store(
            build.connection,
            &format!("COPY {NEW} TO {file_text} ({options})"),
        );
        if in_place {
            copied.map_err(|error| self.failed(build, &error))?;
            return Ok(Exchange::nothing());
        }
        let exchanged = copied
            .map_err(|error| self.failed(build, &error))
            .and_then(|_| Exchange::make(&file, &self.target));
        if exchanged.is_err() {
            remove(&file);
        }
        Ok(exchanged?)
    }

    fn failed(&self, build: &Build<'_>, error: &Error) -> Error {
        Error::new(
            error.kind(),
            format!("failed to write the file of model `{}`", build.node.name),
        )
        .at(&build.node.path)
        .at(self.target.display())
        .cause(error.causes().join("\n"))
        .hint("Check `location`, `format` and `options` in `config(…)`.")
    }

    /// Bytes of the file or of all files in the folder.
    fn size(&self) -> Option<u64> {
        if self.is_remote {
            return None;
        }
        let files = walkdir::WalkDir::new(&self.target).into_iter();
        let sizes = files.filter_map(|entry| {
            let facts = entry.ok()?.metadata().ok()?;
            facts.is_file().then_some(facts.len())
        });
        Some(sizes.sum())
    }
}

/// Files put where others were, which come back unless the new ones are kept.
struct Exchange {
    /// What was put there, and what was there before.
    pending: Option<(PathBuf, Option<PathBuf>)>,
}

impl Exchange {
    fn nothing() -> Self {
        Self { pending: None }
    }

    fn make(new: &Path, target: &Path) -> Result<Self> {
        let before = if target.exists() {
            let before = beside(target, "old")?;
            rename_durably(target, &before)?;
            Some(before)
        } else {
            None
        };
        let exchange = Self {
            pending: Some((target.to_owned(), before)),
        };
        // If this fails, dropping the exchange brings the old files back.
        rename_durably(new, target)?;
        Ok(exchange)
    }

    fn keep(mut self) {
        if let Some((_, Some(before))) = self.pending.take() {
            remove(&before);
        }
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        let Some((target, before)) = self.pending.take() else {
            return;
        };
        remove(&target);
        if let Some(before) = before
            && let Err(error) = rename_durably(&before, &target)
        {
            tracing::warn!(target: "transform", %error, "the files of before are in `{}`", before.display());
        }
    }
}

/// A hidden name in the same folder with the same extension, by which the engine tells how to
/// compress.
fn beside(target: &Path, word: &str) -> Result<PathBuf> {
    let name = target
        .file_name()
        .ok_or_else(|| Error::project("a location that names no file").at(target.display()))?;
    let id = uuid::Uuid::now_v7().simple();
    let name = format!(".cca-{word}-{id}-{}", name.to_string_lossy());
    Ok(target.with_file_name(name))
}

fn remove(path: &Path) {
    let removed = if path.is_dir() {
        std::fs::remove_dir_all(path)
    } else if path.exists() {
        std::fs::remove_file(path)
    } else {
        Ok(())
    };
    if let Err(error) = removed {
        tracing::warn!(target: "transform", %error, "could not remove `{}`", path.display());
    }
}
