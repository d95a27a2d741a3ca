//! The sources the settings name.

use std::sync::Arc;

use jiff::Timestamp;

use super::extraction::LakeVersions;
use crate::config::{Settings, SourceKind};
use crate::error::{Error, Result};
use crate::extract::Source;
use crate::extract::mongo::MongoSource;
use crate::extract::transcripts::TranscriptSource;

/// One source per transcript setting or per collection, in order.
///
/// # Errors
/// `SourceUnavailable` if there is no folder to read.
pub(super) fn open(
    settings: &Settings,
    since: Option<Timestamp>,
) -> Result<Vec<Box<dyn Source + Sync>>> {
    match settings.source {
        SourceKind::Transcripts => {
            if settings.transcripts.roots.is_empty() {
                return Err(no_transcripts());
            }
            let threads = settings.project.threads;
            Ok(vec![Box::new(TranscriptSource::new(
                &settings.transcripts,
                threads,
            ))])
        }
        SourceKind::Mongo => {
            let versions = Arc::new(LakeVersions::new(&settings.lake));
            let collections = settings.mongo.collections.iter();
            Ok(collections
                .map(|collection| -> Box<dyn Source + Sync> {
                    let source = MongoSource::new(&settings.mongo, collection, versions.clone());
                    Box::new(source.since(since))
                })
                .collect())
        }
    }
}

/// There is nothing to read on this machine.
pub(super) fn no_transcripts() -> Error {
    Error::unavailable("there are no transcripts on this machine")
        .cause("looked in CLAUDE_CONFIG_DIR, ~/.claude and ~/.config/claude")
        .hint("Run `cca demo` to see it on generated transcripts.")
        .hint("Name a folder with `cca backfill --roots DIR`, or a database with MONGO_URI.")
}
