//! The fields of a transcript line that say what was used.

use std::borrow::Cow;

use crate::jsonl::{CacheCreation, FromJson, Key, Lenient, MessageHead, Shape, from_object};

type Text<'de> = Option<Cow<'de, str>>;

/// [`Line`], for any lifetime.
pub(super) struct UsageLine;

impl Shape for UsageLine {
    type Of<'de> = Line<'de>;
}

/// One line, without its contents.
#[derive(Default)]
pub(super) struct Line<'de> {
    pub(super) kind: Text<'de>,
    subtype: Text<'de>,
    attachment: Kinded<'de>,
    pub(super) uuid: Text<'de>,
    pub(super) session_id: Text<'de>,
    pub(super) snake_session_id: Text<'de>,
    pub(super) agent_id: Text<'de>,
    pub(super) is_sidechain: Option<bool>,
    pub(super) cwd: Text<'de>,
    project_path: Text<'de>,
    pub(super) version: Text<'de>,
    pub(super) timestamp: Text<'de>,
    message: MessageHead<'de>,
    data: Progress<'de>,
}

from_object!(Line<'de> {
    "type" => kind,
    "subtype" => subtype,
    "attachment" => attachment,
    "uuid" => uuid,
    "sessionId" => session_id,
    "session_id" => snake_session_id,
    "agentId" => agent_id,
    "isSidechain" => is_sidechain,
    "cwd" => cwd,
    "project_path" => project_path,
    "version" => version,
    "timestamp" => timestamp,
    "message" => message,
    "data" => data,
});

impl<'de> Line<'de> {
    /// Whether it reports a message of a sub-agent.
    pub(super) fn is_agent_progress(&self) -> bool {
        let kinds = [&self.subtype, &self.attachment.kind, &self.data.kind];
        kinds.into_iter().flatten().next().map(|kind| &**kind) == Some("agent_progress")
    }

    /// The message it holds or reports.
    pub(super) fn message(&self) -> &MessageHead<'de> {
        if self.is_agent_progress() {
            &self.data.message.message
        } else {
            &self.message
        }
    }

    /// Directory of the session.
    pub(super) fn directory(&self) -> Option<&str> {
        self.cwd.as_deref().or(self.project_path.as_deref())
    }
}

/// `attachment`, of which only the kind matters.
#[derive(Default)]
struct Kinded<'de> {
    kind: Text<'de>,
}

from_object!(Kinded<'de> { "type" => kind });

/// `data` of a progress line.
#[derive(Default)]
struct Progress<'de> {
    kind: Text<'de>,
    message: ProgressMessage<'de>,
}

from_object!(Progress<'de> { "type" => kind, "message" => message });

/// The envelope of a reported message.
#[derive(Default)]
struct ProgressMessage<'de> {
    message: MessageHead<'de>,
}

from_object!(ProgressMessage<'de> { "message" => message });

/// One element of `usage.iterations`.
#[derive(Default)]
pub(super) struct Iteration<'de> {
    pub(super) kind: Text<'de>,
    pub(super) model: Text<'de>,
    pub(super) input_tokens: Option<i64>,
    pub(super) output_tokens: Option<i64>,
    pub(super) cache_creation_tokens: Option<i64>,
    pub(super) cache_read_tokens: Option<i64>,
    pub(super) cache_creation: CacheCreation,
}

from_object!(Iteration<'de> {
    "type" => kind,
    "model" => model,
    "input_tokens" => input_tokens,
    "output_tokens" => output_tokens,
    "cache_creation_input_tokens" => cache_creation_tokens,
    "cache_read_input_tokens" => cache_read_tokens,
    "cache_creation" => cache_creation,
});

/// The elements of a JSON list; of anything else, none.
#[derive(Default)]
pub(super) struct Iterations<'de>(pub(super) Vec<Iteration<'de>>);

impl<'de> FromJson<'de> for Iterations<'de> {
    fn from_list<A: serde::de::SeqAccess<'de>>(mut list: A) -> Result<Self, A::Error> {
        let mut all = Vec::new();
        while let Some(Lenient(iteration)) = list.next_element()? {
            all.push(iteration);
        }
        Ok(Self(all))
    }
}
