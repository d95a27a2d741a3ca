//! The fields of a transcript line that say what was used.

use std::borrow::Cow;

use crate::jsonl::{FromJson, Key, Lenient, Raw, Shape, from_object};

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
    message: Message<'de>,
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
    pub(super) fn message(&self) -> &Message<'de> {
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

/// A message without its content.
#[derive(Default)]
pub(super) struct Message<'de> {
    pub(super) id: Text<'de>,
    pub(super) role: Text<'de>,
    pub(super) model: Text<'de>,
    pub(super) stop_reason: Text<'de>,
    pub(super) usage: Usage<'de>,
}

from_object!(Message<'de> {
    "id" => id,
    "role" => role,
    "model" => model,
    "stop_reason" => stop_reason,
    "usage" => usage,
});

/// `usage`.
#[derive(Default)]
pub(super) struct Usage<'de> {
    pub(super) input_tokens: Option<i64>,
    pub(super) output_tokens: Option<i64>,
    pub(super) cache_creation_tokens: Option<i64>,
    pub(super) cache_read_tokens: Option<i64>,
    pub(super) split: CacheCreation,
    pub(super) server_tools: ServerTools,
    pub(super) service_tier: Text<'de>,
    pub(super) speed: Text<'de>,
    pub(super) inference_geo: Text<'de>,
    pub(super) iterations: Raw<'de>,
}

from_object!(Usage<'de> {
    "input_tokens" => input_tokens,
    "output_tokens" => output_tokens,
    "cache_creation_input_tokens" => cache_creation_tokens,
    "cache_read_input_tokens" => cache_read_tokens,
    "cache_creation" => split,
    "server_tool_use" => server_tools,
    "service_tier" => service_tier,
    "speed" => speed,
    "inference_geo" => inference_geo,
    "iterations" => iterations,
});

/// Tokens written to the cache, by how long they are kept.
#[derive(Default)]
pub(super) struct CacheCreation {
    pub(super) five_minutes: Option<i64>,
    pub(super) one_hour: Option<i64>,
}

from_object!(CacheCreation {
    "ephemeral_5m_input_tokens" => five_minutes,
    "ephemeral_1h_input_tokens" => one_hour,
});

/// Requests to tools that run beside the model.
#[derive(Default)]
pub(super) struct ServerTools {
    pub(super) web_searches: Option<i64>,
}

from_object!(ServerTools { "web_search_requests" => web_searches });

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
    message: Message<'de>,
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
    pub(super) split: CacheCreation,
}

from_object!(Iteration<'de> {
    "type" => kind,
    "model" => model,
    "input_tokens" => input_tokens,
    "output_tokens" => output_tokens,
    "cache_creation_input_tokens" => cache_creation_tokens,
    "cache_read_input_tokens" => cache_read_tokens,
    "cache_creation" => split,
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
