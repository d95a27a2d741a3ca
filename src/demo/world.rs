//! Projects with their files, and which models and versions are in use when.

use super::calendar::DAYS;
use super::dice::Dice;
use super::vocabulary::{compound, noun, verb};

const OWNERS: &[&str] = &["acme", "acme", "acme", "side", "lab", "client_x", "oss"];
const PRODUCTS: &[&str] = &[
    "api",
    "billing",
    "blog",
    "dashboard",
    "data.platform",
    "design-system",
    "docs",
    "etl",
    "eval-harness",
    "infra",
    "mobile",
    "notebooks",
    "portal",
    "search",
    "web",
    "worker",
];
const FOLDERS: &[&str] = &[
    "src",
    "src/core",
    "src/http",
    "tests",
    "lib",
    "app/pages",
    "docs",
    "sql",
];
const EXTENSIONS: &[&str] = &[
    "rs", "rs", "ts", "ts", "tsx", "py", "py", "sql", "md", "toml", "json", "css", "go",
];

/// Sub-folders and branches a session may work in.
const BRANCHES: &[&str] = &["main", "main", "main", "develop"];

/// A model and its share of the calls, in thousandths, on the first and on the last day.
const MODELS: &[(&str, u64, u64)] = &[
    ("claude-opus-4-5-20251101", 320, 40),
    ("claude-sonnet-4-5-20250929", 380, 110),
    ("claude-opus-4-6", 180, 330),
    ("claude-sonnet-4-6", 100, 320),
    ("claude-opus-4-7", 20, 200),
];
/// What small and side tasks use.
pub(super) const SMALL_MODEL: &str = "claude-haiku-4-5-20251001";

/// A file of a project: its path and the numbers of its lines in the vocabulary.
#[derive(Clone, Debug)]
pub(super) struct SourceFile {
    pub(super) path: String,
    pub(super) lines: Vec<u32>,
}

/// A project as it is now; edits change it for later sessions.
#[derive(Clone, Debug)]
pub(super) struct Project {
    pub(super) cwd: String,
    pub(super) files: Vec<SourceFile>,
    /// How often it is worked on, relative to the others.
    pub(super) weight: u64,
}

impl Project {
    fn new(rank: usize, dice: &mut Dice) -> Self {
        let product = PRODUCTS
            .get(rank % PRODUCTS.len())
            .copied()
            .unwrap_or_default();
        let number = if rank < PRODUCTS.len() {
            String::new()
        } else {
            format!("-{rank}")
        };
        let cwd = format!("/home/dev/code/{}/{product}{number}", dice.word(OWNERS));
        let files = (0..40 + dice.index(60))
            .map(|_| SourceFile::new(&cwd, dice))
            .collect();
        Self {
            cwd,
            files,
            weight: 1000 / (rank as u64 + 1),
        }
    }

    /// The file a call names. Calls name paths, because files may be created in between.
    pub(super) fn file(&mut self, path: &serde_json::Value) -> Option<&mut SourceFile> {
        let path = path.as_str()?;
        self.files.iter_mut().find(|file| file.path == path)
    }

    /// Name of the folder that holds the project's transcripts.
    pub(super) fn folder(&self) -> String {
        self.cwd
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
            .collect()
    }

    pub(super) fn branch(dice: &mut Dice) -> String {
        match dice.index(5) {
            0 => format!("feature/{}", compound(dice)),
            1 => format!("fix/{}-{}", noun(dice), dice.between(10, 2000)),
            _ => dice.word(BRANCHES).to_owned(),
        }
    }
}

impl SourceFile {
    pub(super) fn new(cwd: &str, dice: &mut Dice) -> Self {
        let (folder, extension) = (dice.word(FOLDERS), dice.word(EXTENSIONS));
        let path = format!(
            "{cwd}/{folder}/{}_{}.{extension}",
            verb(dice),
            compound(dice)
        );
        let length = usize::try_from(dice.around(110)).unwrap_or(1);
        Self {
            path,
            lines: new_lines(length, dice),
        }
    }
}

/// Numbers of lines that follow each other in the vocabulary, so that code looks coherent.
pub(super) fn new_lines(length: usize, dice: &mut Dice) -> Vec<u32> {
    let first = u32::try_from(dice.between(0, 1 << 30)).unwrap_or(0);
    (first..).take(length).collect()
}

/// All projects, the busiest first.
pub(super) fn projects(dice: &mut Dice) -> Vec<Project> {
    (0..12).map(|rank| Project::new(rank, dice)).collect()
}

/// The model of a session on the day with this index.
pub(super) fn model(day: usize, dice: &mut Dice) -> &'static str {
    let (day, last) = (day as u64, DAYS as u64 - 1);
    let share =
        |&(_, first, end): &(_, u64, u64)| (first * (last - day.min(last)) + end * day) / last;
    let index = dice.weighted(MODELS.iter().map(share));
    MODELS.get(index).map_or(SMALL_MODEL, |model| model.0)
}

/// The version of the program on that day; people update a few days late.
pub(super) fn version(day: usize, dice: &mut Dice) -> String {
    let late = dice.around(2).min(20);
    format!("2.1.{}", 170 + (day as u64 * 11 / 10).saturating_sub(late))
}
