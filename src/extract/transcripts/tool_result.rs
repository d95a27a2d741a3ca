//! The structured result of a tool (`toolUseResult`), as far as columns derive from it.

use std::borrow::Cow;

use serde::de::SeqAccess;

use crate::entry::derive::{self, ChangedLines};
use crate::jsonl::{FromJson, Key, Lenient, Raw, from_object};

type Text<'de> = Option<Cow<'de, str>>;

/// An object of `toolUseResult`; failed calls have a plain string there, some tools a list.
#[derive(Default)]
pub(super) struct ToolResult<'de> {
    pub(super) kind: Text<'de>,
    pub(super) file_path: Text<'de>,
    pub(super) notebook_path: Text<'de>,
    pub(super) file: ResultFile<'de>,
    pub(super) content: Raw<'de>,
    pub(super) patch: Patch,
    pub(super) duration_ms: Option<i64>,
    pub(super) total_duration_ms: Option<i64>,
    pub(super) duration_seconds: Option<f64>,
}

from_object!(ToolResult<'de> {
    "type" => kind,
    "filePath" => file_path,
    "notebook_path" => notebook_path,
    "file" => file,
    "content" => content,
    "structuredPatch" => patch,
    "durationMs" => duration_ms,
    "totalDurationMs" => total_duration_ms,
    "durationSeconds" => duration_seconds,
});

impl<'de> ToolResult<'de> {
    /// Reads the JSON of a result; what is no object has no fields.
    pub(super) fn parse(json: &'de str) -> Self {
        serde_json::from_str::<Lenient<Self>>(json)
            .map(|read| read.0)
            .unwrap_or_default()
    }

    /// The file the result is about.
    pub(super) fn path(&mut self) -> Text<'de> {
        let own = self.file_path.take().or_else(|| self.file.file_path.take());
        own.or_else(|| self.notebook_path.take())
    }

    /// Lines added and removed; the text of a created file is unescaped only to be counted.
    pub(super) fn changed_lines(&self) -> Option<ChangedLines> {
        let kind = self.kind.as_deref();
        let content: Text<'de> = match (kind, self.content.0) {
            (Some("create"), Some(json)) => serde_json::from_str::<Lenient<_>>(json)
                .ok()
                .and_then(|read| read.0),
            _ => None,
        };
        derive::changed_lines(kind, self.patch.0, content.as_deref())
    }

    /// How long the tool says it took, in milliseconds.
    pub(super) fn duration_ms(&self) -> Option<i64> {
        let seconds = || derive::seconds_as_millis(self.duration_seconds?);
        self.duration_ms.or(self.total_duration_ms).or_else(seconds)
    }
}

/// `file` of a read result.
#[derive(Default)]
pub(super) struct ResultFile<'de> {
    pub(super) file_path: Text<'de>,
}

from_object!(ResultFile<'de> { "filePath" => file_path });

/// `structuredPatch`: hunks with their lines; `None` when there is no list.
#[derive(Default)]
pub(super) struct Patch(pub(super) Option<ChangedLines>);

impl<'de> FromJson<'de> for Patch {
    fn from_list<A: SeqAccess<'de>>(mut list: A) -> Result<Self, A::Error> {
        let mut all = ChangedLines::default();
        while let Some(Lenient(hunk)) = list.next_element::<Lenient<Hunk>>()? {
            all.added += hunk.lines.0.added;
            all.removed += hunk.lines.0.removed;
        }
        Ok(Patch(Some(all)))
    }
}

#[derive(Default)]
struct Hunk {
    lines: HunkLines,
}

from_object!(Hunk { "lines" => lines });

#[derive(Default)]
struct HunkLines(ChangedLines);

impl<'de> FromJson<'de> for HunkLines {
    fn from_list<A: SeqAccess<'de>>(mut list: A) -> Result<Self, A::Error> {
        let mut all = ChangedLines::default();
        while let Some(Lenient(line)) = list.next_element::<Lenient<PatchLine>>()? {
            all.added += line.0.added;
            all.removed += line.0.removed;
        }
        Ok(HunkLines(all))
    }
}

/// One line of a patch, counted without being copied.
#[derive(Default)]
struct PatchLine(ChangedLines);

impl<'de> FromJson<'de> for PatchLine {
    fn from_text(text: Cow<'de, str>) -> Self {
        Self::from_unescaped(&text)
    }

    fn from_unescaped(text: &str) -> Self {
        let mut lines = ChangedLines::default();
        lines.count(text);
        PatchLine(lines)
    }
}
