//! Sessions over all transcripts.

use std::collections::HashMap;

use super::scanner::Read;

/// What all transcripts say about a session.
#[derive(Clone, Debug)]
pub(super) struct SessionFacts<'a> {
    pub(super) id: &'a str,
    pub(super) last_entry_at: Option<i64>,
    /// Directory of its first entry that names one.
    pub(super) first_directory: Option<(DirectoryOrder<'a>, &'a str)>,
    /// Project folder of its first transcript.
    pub(super) project_id: (&'a str, &'a str),
}

/// Time, transcript and offset.
type DirectoryOrder<'a> = (i64, &'a str, u64);

/// Sessions, and which of them those of a transcript are.
pub(super) struct Sessions<'a> {
    pub(super) all: Vec<SessionFacts<'a>>,
    /// By transcript and session in it.
    numbers: Vec<Vec<u32>>,
}

impl<'a> Sessions<'a> {
    /// Puts together what the transcripts say.
    pub(super) fn of(files: &[&'a Read]) -> Self {
        let mut all: Vec<SessionFacts<'a>> = Vec::new();
        let mut known: HashMap<&str, u32> = HashMap::new();
        let mut numbers = Vec::with_capacity(files.len());
        for (transcript, lines) in files {
            let source = transcript.source_file.as_str();
            let mut own = Vec::with_capacity(lines.sessions.len());
            for session in &lines.sessions {
                let number = *known.entry(&session.id).or_insert_with(|| {
                    all.push(SessionFacts {
                        id: &session.id,
                        last_entry_at: None,
                        first_directory: None,
                        project_id: (source, &transcript.project_id),
                    });
                    u32::try_from(all.len() - 1).unwrap_or(u32::MAX)
                });
                own.push(number);
                let Some(facts) = all.get_mut(number as usize) else {
                    continue;
                };
                facts.last_entry_at = facts.last_entry_at.max(session.last_entry_at);
                facts.project_id = facts.project_id.min((source, &transcript.project_id));
                if let Some((time, offset, directory)) = session.first_directory {
                    let order = (time, source, offset);
                    if facts.first_directory.is_none_or(|(first, _)| order < first) {
                        facts.first_directory = Some((order, lines.names.name(directory)));
                    }
                }
            }
            numbers.push(own);
        }
        Self { all, numbers }
    }

    /// Number of a session of a transcript.
    pub(super) fn number(&self, file: usize, session: u32) -> u32 {
        self.numbers
            .get(file)
            .and_then(|own| own.get(session as usize))
            .copied()
            .unwrap_or(u32::MAX)
    }

    /// A session by number.
    pub(super) fn facts(&self, number: u32) -> Option<&SessionFacts<'a>> {
        self.all.get(number as usize)
    }
}
