//! Sessions: a number of turns, and sometimes a fork that continues an earlier point.

use serde_json::json;

use super::calendar::{DAY, WorkDay, start};
use super::dice::Dice;
use super::scene::{AgentFile, Facts, Scene, Thread};
use super::truth::Truth;
use super::vocabulary::Vocabulary;
use super::world::{Project, model, version};

/// A finished session: its own file and those of its sub-agents.
pub(super) struct Session {
    pub(super) id: String,
    pub(super) bytes: Vec<u8>,
    pub(super) entries: u64,
    pub(super) agents: Vec<AgentFile>,
}

/// Plays a session that begins on `day`; a second one follows when it is forked.
pub(super) fn sessions(
    day: (usize, WorkDay),
    words: &Vocabulary,
    project: &mut Project,
    truth: &mut Truth,
    mut dice: Dice,
) -> Vec<Session> {
    let (index, work_day) = day;
    let facts = Facts {
        session_id: dice.uuid(),
        version: version(index, &mut dice),
        branch: Project::branch(&mut dice),
        model: model(index, &mut dice),
        permission_mode: dice.word(&["default", "acceptEdits", "acceptEdits", "plan", "auto"]),
        long_cache: dice.chance(600),
    };
    let clock = start(work_day, &mut dice);
    // Nobody works on past midnight, so no session leaves its day.
    let deadline = work_day.midnight + DAY;
    let mut scene = Scene {
        dice,
        words,
        project,
        truth,
        facts,
        clock,
        deadline,
        agents: Vec::new(),
    };
    let context = scene.dice.between(14_000, 24_000);
    let mut thread = Thread::new(scene.facts.model, context, None);
    let turns = scene.dice.around(5).min(120);
    let origin = scene.play(&mut thread, turns);
    let mut finished = vec![scene.finish(thread)];
    if let Some(origin) = origin.filter(|_| !scene.is_over() && scene.dice.chance(80)) {
        let turns = scene.dice.between(1, 4);
        let mut fork = scene.fork(origin);
        scene.play(&mut fork, turns);
        finished.push(scene.finish(fork));
    }
    finished
}

impl Scene<'_> {
    /// Plays turns until they are through or the day is; gives the conversation at some point in
    /// between, from where a fork may continue.
    fn play(&mut self, thread: &mut Thread, turns: u64) -> Option<Thread> {
        let mode = self.facts.permission_mode;
        let id = self.facts.session_id.clone();
        self.note(
            thread,
            "permission-mode",
            json!({"permissionMode": mode, "sessionId": id}),
        );
        let fork_at = self.dice.between(1, turns.max(2));
        let mut origin = None;
        for turn in 0..turns {
            if self.is_over() {
                break;
            }
            if turn == fork_at {
                origin = Some(thread.clone());
            }
            self.turn(thread);
            if turn == 0 {
                let title = self.words.prose(30, &mut self.dice);
                self.note(
                    thread,
                    "ai-title",
                    json!({"aiTitle": title, "sessionId": id}),
                );
            }
            self.wait(100_000);
        }
        self.note(
            thread,
            "last-prompt",
            json!({"leafUuid": thread.parent, "sessionId": id}),
        );
        origin
    }

    /// A new session that begins with the lines of `origin`.
    fn fork(&mut self, origin: Thread) -> Thread {
        let old = std::mem::replace(&mut self.facts.session_id, self.dice.uuid());
        let mut thread = origin;
        let new = self.facts.session_id.as_bytes();
        // Ids have the same length, so the copy is patched in place.
        let places: Vec<usize> = memchr::memmem::find_iter(&thread.bytes, &old).collect();
        for place in places {
            if let Some(id) = thread.bytes.get_mut(place..place + new.len()) {
                id.copy_from_slice(new);
            }
        }
        self.truth.forked_sessions += 1;
        self.truth.copied_entries += thread.entries;
        thread
    }

    fn finish(&mut self, thread: Thread) -> Session {
        self.truth.sessions += 1;
        let project = self.project.folder();
        *self.truth.sessions_by_project.entry(project).or_default() += 1;
        Session {
            id: self.facts.session_id.clone(),
            bytes: thread.bytes,
            entries: thread.entries,
            agents: std::mem::take(&mut self.agents),
        }
    }
}
