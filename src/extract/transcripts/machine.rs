//! Which machine wrote a transcript: no line says it, so it goes by the folder the file is in.

use std::path::{Path, PathBuf};

use crate::config::TranscriptSettings;

/// Names of machines by folder.
pub(super) struct Machines {
    /// Real folders of other machines; the longest that fits decides.
    folders: Vec<(PathBuf, String)>,
    /// Everything else.
    own: Option<String>,
}

impl Machines {
    /// Those of the settings; folders that are not there hold nothing.
    pub(super) fn of(settings: &TranscriptSettings) -> Self {
        let real = |folder: &Path| folder.canonicalize().ok();
        let folders = settings.machines.iter();
        Self {
            folders: folders
                .filter_map(|one| Some((real(&one.folder)?, one.machine.clone())))
                .collect(),
            own: Some(settings.machine.clone()).filter(|name| !name.is_empty()),
        }
    }

    /// The machine that wrote the file at this real path.
    pub(super) fn that_wrote(&self, path: &Path) -> Option<String> {
        let holding = self
            .folders
            .iter()
            .filter(|(folder, _)| path.starts_with(folder));
        let nearest = holding.max_by_key(|(folder, _)| folder.components().count());
        nearest
            .map(|(_, name)| name.clone())
            .or_else(|| self.own.clone())
    }
}
