//! The fields of a transcript line that become columns, as the program writes them.
//!
//! Everything else is skipped while parsing. Large values whose text is kept as it is (tool inputs,
//! structured results) stay slices of the line.

use std::borrow::Cow;

use serde::de::SeqAccess;

use crate::entry::derive;
use crate::jsonl::{FromJson, Key, Lenient, MessageHead, Raw, Shape, Usage, from_object};

type Text<'de> = Option<Cow<'de, str>>;

/// [`Line`], for any lifetime.
pub(super) struct Entry;

impl Shape for Entry {
    type Of<'de> = Line<'de>;
}

/// One line: an entry of Claude Code, or the flat shape of a synchronised copy (snake case).
#[derive(Default)]
pub(super) struct Line<'de> {
    pub(super) kind: Text<'de>,
    pub(super) subtype: Text<'de>,
    pub(super) uuid: Text<'de>,
    pub(super) parent_uuid: Text<'de>,
    pub(super) session_id: Text<'de>,
    /// Lineage in real lines, the session itself in the flat shape.
    pub(super) snake_session_id: Text<'de>,
    pub(super) agent_id: Text<'de>,
    pub(super) is_sidechain: Option<bool>,
    pub(super) is_meta: Option<bool>,
    pub(super) is_compact_summary: Option<bool>,
    pub(super) is_api_error: Option<bool>,
    pub(super) cwd: Text<'de>,
    pub(super) project_path: Text<'de>,
    pub(super) git_branch: Text<'de>,
    pub(super) version: Text<'de>,
    pub(super) entrypoint: Text<'de>,
    pub(super) timestamp: Text<'de>,
    pub(super) ingested_at: Text<'de>,
    pub(super) message: Message<'de>,
    pub(super) content: Joined<'de>,
    pub(super) request_id: Text<'de>,
    pub(super) cost_usd: Option<f64>,
    pub(super) duration_ms: Option<i64>,
    pub(super) tool_use_result: Raw<'de>,
    pub(super) tool_denial_kind: Text<'de>,
    pub(super) origin: Kinded<'de>,
    pub(super) prompt_source: Text<'de>,
    pub(super) permission_mode: Text<'de>,
    pub(super) summary: Text<'de>,
    pub(super) ai_title: Text<'de>,
    pub(super) custom_title: Text<'de>,
    pub(super) leaf_uuid: Text<'de>,
    pub(super) attachment: Kinded<'de>,
    pub(super) data: Progress<'de>,
    /// A call beside the message, in the flat shape.
    pub(super) tool_use: ContentBlock<'de>,
    /// A result beside the message, in the flat shape.
    pub(super) tool_result: ContentBlock<'de>,
}

from_object!(Line<'de> {
    "type" => kind,
    "subtype" => subtype,
    "uuid" => uuid,
    "parentUuid" => parent_uuid,
    "sessionId" => session_id,
    "session_id" => snake_session_id,
    "agentId" => agent_id,
    "isSidechain" => is_sidechain,
    "isMeta" => is_meta,
    "isCompactSummary" => is_compact_summary,
    "isApiErrorMessage" => is_api_error,
    "cwd" => cwd,
    "project_path" => project_path,
    "gitBranch" => git_branch,
    "version" => version,
    "entrypoint" => entrypoint,
    "timestamp" => timestamp,
    "_synced_at" => ingested_at,
    "message" => message,
    "content" => content,
    "requestId" => request_id,
    "costUSD" => cost_usd,
    "durationMs" => duration_ms,
    "toolUseResult" => tool_use_result,
    "toolDenialKind" => tool_denial_kind,
    "origin" => origin,
    "promptSource" => prompt_source,
    "permissionMode" => permission_mode,
    "summary" => summary,
    "aiTitle" => ai_title,
    "customTitle" => custom_title,
    "leafUuid" => leaf_uuid,
    "attachment" => attachment,
    "data" => data,
    "tool_use" => tool_use,
    "tool_result" => tool_result,
});

/// `message`: what was sent to or received from the API.
#[derive(Default)]
pub(super) struct Message<'de> {
    pub(super) id: Text<'de>,
    pub(super) role: Text<'de>,
    pub(super) model: Text<'de>,
    pub(super) stop_reason: Text<'de>,
    pub(super) content: Content<'de>,
    pub(super) usage: Usage<'de>,
}

from_object!(Message<'de> {
    "id" => id,
    "role" => role,
    "model" => model,
    "stop_reason" => stop_reason,
    "content" => content,
    "usage" => usage,
});

/// `message.content`: a text, or blocks.
#[derive(Default)]
pub(super) enum Content<'de> {
    #[default]
    Nothing,
    Text(Cow<'de, str>),
    Blocks(Vec<ContentBlock<'de>>),
}

impl<'de> FromJson<'de> for Content<'de> {
    fn from_text(text: Cow<'de, str>) -> Self {
        Content::Text(text)
    }

    fn from_list<A: SeqAccess<'de>>(mut list: A) -> Result<Self, A::Error> {
        let mut blocks = Vec::new();
        while let Some(Lenient(block)) = list.next_element()? {
            blocks.push(block);
        }
        Ok(Content::Blocks(blocks))
    }
}

/// One content block of any type; a bare string among blocks is a text block.
#[derive(Default)]
pub(super) struct ContentBlock<'de> {
    pub(super) kind: Text<'de>,
    pub(super) text: Text<'de>,
    pub(super) thinking: Text<'de>,
    pub(super) id: Text<'de>,
    pub(super) tool_use_id: Text<'de>,
    pub(super) name: Text<'de>,
    pub(super) input: Raw<'de>,
    /// What the flat shape may call the input.
    pub(super) parameters: Raw<'de>,
    pub(super) is_error: Option<bool>,
    pub(super) content: Joined<'de>,
}

from_object!(ContentBlock<'de> {
    "type" => kind,
    "text" => text,
    "thinking" => thinking,
    "id" => id,
    "tool_use_id" => tool_use_id,
    "name" => name,
    "input" => input,
    "parameters" => parameters,
    "is_error" => is_error,
    "content" => content,
}
fn from_text(text: Cow<'de, str>) -> Self {
    Self { kind: Some(Cow::Borrowed("text")), text: Some(text), ..Self::default() }
});

/// A text, or the text items of a list joined by line feeds.
#[derive(Default)]
pub(super) struct Joined<'de>(pub(super) Text<'de>);

impl<'de> FromJson<'de> for Joined<'de> {
    fn from_text(text: Cow<'de, str>) -> Self {
        Joined(Some(text))
    }

    fn from_list<A: SeqAccess<'de>>(mut list: A) -> Result<Self, A::Error> {
        let mut texts = Vec::new();
        while let Some(Lenient(item)) = list.next_element::<Lenient<ContentBlock<'de>>>()? {
            texts.extend(item.text);
        }
        Ok(Joined(derive::joined(texts)))
    }
}

/// An object of which only the kind matters: `attachment.type`, `origin.kind`.
#[derive(Default)]
pub(super) struct Kinded<'de> {
    pub(super) type_name: Text<'de>,
    pub(super) kind: Text<'de>,
}

from_object!(Kinded<'de> { "type" => type_name, "kind" => kind });

/// `data` of a progress line; `agent_progress` carries a whole message of a sub-agent.
#[derive(Default)]
pub(super) struct Progress<'de> {
    pub(super) kind: Text<'de>,
    pub(super) agent_id: Text<'de>,
    pub(super) message: ProgressMessage<'de>,
}

from_object!(Progress<'de> { "type" => kind, "agentId" => agent_id, "message" => message });

/// A message inside a progress line. Its content is left out: the sub-agent's own file has it.
#[derive(Default)]
pub(super) struct ProgressMessage<'de> {
    pub(super) request_id: Text<'de>,
    pub(super) message: MessageHead<'de>,
}

from_object!(ProgressMessage<'de> { "requestId" => request_id, "message" => message });
