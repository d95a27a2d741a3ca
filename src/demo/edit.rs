//! Changes to files: what a call asks for, and the patch that tells what it did.

use serde_json::{Value, json};

use super::dice::Dice;
use super::vocabulary::Vocabulary;
use super::world::{SourceFile, new_lines};

/// Lines shown around a change.
const CONTEXT: usize = 3;

/// Lines of a file that give way to others.
#[derive(Clone, Debug)]
pub(super) struct Hunk {
    /// Index of the first line that goes.
    at: usize,
    removed: Vec<u32>,
    added: Vec<u32>,
}

/// An edit: one hunk, or the same line replaced in several places.
#[derive(Clone, Debug)]
pub(super) struct Edit {
    hunks: Vec<Hunk>,
    pub(super) replaces_all: bool,
    /// Whether the file ends without a line feed, which the patch then says.
    unended: bool,
}

impl Edit {
    pub(super) fn plan(source: &SourceFile, dice: &mut Dice) -> Self {
        let replaces_all = dice.chance(80) && source.lines.len() > 40;
        let unended = dice.chance(50);
        let hunks = if replaces_all {
            let old = dice.index(source.lines.len());
            let removed: Vec<u32> = source.lines.get(old).copied().into_iter().collect();
            let added = new_lines(1, dice);
            let step = source.lines.len() / 4;
            (0..3)
                .map(|part| Hunk {
                    at: part * step + dice.index(step.saturating_sub(8).max(1)),
                    removed: removed.clone(),
                    added: added.clone(),
                })
                .collect()
        } else {
            let at = dice.index(source.lines.len());
            let going = usize::try_from(dice.around(3))
                .unwrap_or(1)
                .min(source.lines.len() - at);
            let coming = usize::try_from(dice.around(5)).unwrap_or(1);
            let removed = source.lines.iter().skip(at).take(going).copied().collect();
            vec![Hunk {
                at,
                removed,
                added: new_lines(coming, dice),
            }]
        };
        Self {
            hunks,
            replaces_all,
            unended,
        }
    }

    /// `old_string` and `new_string` of the call.
    pub(super) fn strings(&self, words: &Vocabulary) -> (String, String) {
        let first = self.hunks.first();
        let text = |lines: Option<&Vec<u32>>| {
            let lines = lines.into_iter().flatten().map(|line| words.line(*line));
            lines.collect::<Vec<_>>().join("\n")
        };
        (
            text(first.map(|hunk| &hunk.removed)),
            text(first.map(|hunk| &hunk.added)),
        )
    }

    /// Lines added and removed.
    pub(super) fn size(&self) -> (u64, u64) {
        let sum = |count: fn(&Hunk) -> usize| self.hunks.iter().map(count).sum::<usize>() as u64;
        (sum(|hunk| hunk.added.len()), sum(|hunk| hunk.removed.len()))
    }

    /// `structuredPatch` against the file as it is before the edit.
    pub(super) fn patch(&self, source: &SourceFile, words: &Vocabulary) -> Value {
        let hunks = self.hunks.iter();
        hunks
            .map(|hunk| hunk.patch(source, words, self.unended))
            .collect()
    }

    /// Makes the change, from the last hunk to the first so that positions hold.
    pub(super) fn apply(&self, source: &mut SourceFile) {
        for hunk in self.hunks.iter().rev() {
            let from = hunk.at.min(source.lines.len());
            let to = (from + hunk.removed.len()).min(source.lines.len());
            source.lines.splice(from..to, hunk.added.iter().copied());
        }
    }
}

impl Hunk {
    fn patch(&self, source: &SourceFile, words: &Vocabulary, unended: bool) -> Value {
        let start = self.at.saturating_sub(CONTEXT);
        let before = source.lines.iter().take(self.at).skip(start);
        let after = source
            .lines
            .iter()
            .skip(self.at + self.removed.len())
            .take(CONTEXT);
        let marked = |mark: char, line: &u32| format!("{mark}{}", words.line(*line));
        let mut lines: Vec<String> = before.map(|line| marked(' ', line)).collect();
        let ends = self.at + self.removed.len() >= source.lines.len();
        lines.extend(self.removed.iter().map(|line| marked('-', line)));
        lines.extend(self.added.iter().map(|line| marked('+', line)));
        if unended && ends {
            lines.push("\\ No newline at end of file".to_owned());
        }
        lines.extend(after.map(|line| marked(' ', line)));
        let shown = |mark: char| {
            lines
                .iter()
                .filter(|line| line.starts_with([' ', mark]))
                .count()
        };
        json!({
            "oldStart": start + 1,
            "oldLines": shown('-'),
            // Where there are several hunks, each replaces one line by one, so nothing moves.
            "newStart": start + 1,
            "newLines": shown('+'),
            "lines": lines,
        })
    }
}

/// The text of a file.
pub(super) fn file_text(lines: &[u32], words: &Vocabulary) -> String {
    let mut text = String::new();
    for line in lines {
        text.push_str(words.line(*line));
        text.push('\n');
    }
    text
}
