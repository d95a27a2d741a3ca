//! The source as a whole, on folders made for the purpose.

mod columns;
mod incremental;
mod lines;
mod roots;
mod sample;
mod states;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use arrow::util::display::{ArrayFormatter, FormatOptions};

use super::TranscriptSource;
use crate::config::{MachineFolder, TranscriptSettings};
use crate::entry::{Batch, DeadLetter, ExtractCounts};
use crate::error::Result;
use crate::event::{Event, Observer};
use crate::extract::{Marks, Sink, Source};

/// One row: column name to value, nulls left out.
type Row = BTreeMap<String, String>;

/// Everything a run handed over.
#[derive(Default)]
struct Landed {
    rows: Vec<Row>,
    dead_letters: Vec<DeadLetter>,
    marks: Marks,
    counts: ExtractCounts,
    batches: usize,
}

impl Sink for Landed {
    fn accept(&mut self, batch: Batch) -> Result<()> {
        let options = FormatOptions::default();
        let records = &batch.records;
        let columns: Vec<_> = records
            .schema()
            .fields()
            .iter()
            .zip(records.columns())
            .map(|(field, column)| {
                let formatter = ArrayFormatter::try_new(column, &options).expect("a format");
                (field.name().clone(), column.clone(), formatter)
            })
            .collect();
        for index in 0..records.num_rows() {
            let values = columns
                .iter()
                .filter(|(_, column, _)| column.is_valid(index));
            self.rows.push(
                values
                    .map(|(name, _, text)| (name.clone(), text.value(index).to_string()))
                    .collect(),
            );
        }
        self.dead_letters.extend(batch.dead_letters);
        for mark in batch.marks {
            self.marks
                .insert(mark.key, mark.value.expect("marks are never forgotten"));
        }
        self.counts += batch.counts;
        self.batches += 1;
        Ok(())
    }
}

#[derive(Default)]
struct Notices(Mutex<Vec<String>>);

impl Observer for Notices {
    fn observe(&self, event: Event) {
        if let Event::Noticed { message, .. } = event {
            self.0.lock().expect("not poisoned").push(message);
        }
    }
}

/// A folder of transcripts and the marks reached in it.
struct Place {
    folder: tempfile::TempDir,
    roots: Vec<PathBuf>,
    marks: Marks,
    notices: Vec<String>,
    threads: usize,
    machines: Vec<MachineFolder>,
}

impl Place {
    /// A `projects` folder as the only root.
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let roots = vec![folder.path().join("projects")];
        Self {
            folder,
            roots,
            marks: Marks::new(),
            notices: Vec::new(),
            threads: 1,
            machines: Vec::new(),
        }
    }

    fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    fn write(&self, below: &str, contents: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(below);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("created");
        std::fs::write(&path, contents).expect("written");
        path
    }

    fn append(&self, below: &str, contents: impl AsRef<[u8]>) {
        use std::io::Write;
        let mut file = std::fs::OpenOptions::new()
            .append(true)
            .open(self.path(below))
            .expect("there");
        file.write_all(contents.as_ref()).expect("written");
    }

    fn read(&mut self, full: bool) -> Landed {
        let settings = TranscriptSettings {
            roots: self.roots.clone(),
            user: "ada".to_owned(),
            machine: "laptop".to_owned(),
            machines: self.machines.clone(),
        };
        let source = TranscriptSource::new(&settings, self.threads);
        let (mut landed, observer) = (Landed::default(), Notices::default());
        source
            .read(&self.marks, full, &mut landed, &observer)
            .expect("read");
        let counts = landed.counts;
        assert_eq!(
            counts.read,
            counts.landed + counts.duplicates + counts.dead_lettered
        );
        self.marks.extend(landed.marks.clone());
        self.notices = observer.0.into_inner().expect("not poisoned");
        landed
    }

    fn sync(&mut self) -> Landed {
        self.read(false)
    }
}

/// The rows of one file with these contents.
fn rows_of(contents: impl AsRef<[u8]>) -> Vec<Row> {
    let mut place = Place::new();
    place.write("projects/-p/s1.jsonl", contents);
    place.sync().rows
}

/// The row of one line.
fn row_of(line: &str) -> Row {
    let mut rows = rows_of(format!("{line}\n"));
    assert_eq!(rows.len(), 1, "{line}");
    rows.remove(0)
}

/// The given columns of a row, `-` for null.
fn pick(row: &Row, columns: &[&str]) -> String {
    let values: Vec<_> = columns
        .iter()
        .map(|column| row.get(*column).map_or("-", String::as_str))
        .collect();
    values.join(" | ")
}

/// What the warehouse holds after merging rows in order: the newest version of each `_id`, less
/// what truncate rows remove. Run-dependent columns are left out.
fn merged(warehouse: &mut BTreeMap<String, Row>, rows: &[Row]) {
    let seq = |row: &Row| row["_seq"].parse::<i64>().expect("a number");
    for row in rows {
        if row["_op"] == "truncate" {
            warehouse
                .retain(|_, old| old["source_file"] != row["source_file"] || seq(old) >= seq(row));
        } else {
            warehouse.insert(row["_id"].clone(), row.clone());
        }
    }
}

fn without_times(warehouse: &BTreeMap<String, Row>) -> Vec<Row> {
    let mut rows: Vec<Row> = warehouse.values().cloned().collect();
    for row in &mut rows {
        row.remove("_seq");
        row.remove("_extracted_at");
        if !row.contains_key("timestamp") {
            row.remove("date");
        }
    }
    rows
}

fn set_modified(path: &Path, seconds: u64) {
    let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
    let file = std::fs::OpenOptions::new()
        .append(true)
        .open(path)
        .expect("there");
    file.set_modified(time).expect("set");
}
