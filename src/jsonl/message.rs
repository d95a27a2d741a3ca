//! The head of a message as Claude Code writes it: everything but its content.

use std::borrow::Cow;

use super::lenient::{FromJson, Key, Lenient, Raw, from_object};

type Text<'de> = Option<Cow<'de, str>>;

/// A message without its content.
#[derive(Default)]
pub(crate) struct MessageHead<'de> {
    pub(crate) id: Text<'de>,
    pub(crate) role: Text<'de>,
    pub(crate) model: Text<'de>,
    pub(crate) stop_reason: Text<'de>,
    pub(crate) usage: Usage<'de>,
}

from_object!(MessageHead<'de> {
    "id" => id,
    "role" => role,
    "model" => model,
    "stop_reason" => stop_reason,
    "usage" => usage,
});

/// `usage`: what the response cost.
#[derive(Default)]
pub(crate) struct Usage<'de> {
    pub(crate) input_tokens: Option<i64>,
    pub(crate) output_tokens: Option<i64>,
    pub(crate) cache_creation_input_tokens: Option<i64>,
    pub(crate) cache_read_input_tokens: Option<i64>,
    pub(crate) cache_creation: CacheCreation,
    pub(crate) server_tool_use: ServerToolUse,
    pub(crate) service_tier: Text<'de>,
    pub(crate) speed: Text<'de>,
    pub(crate) inference_geo: Text<'de>,
    pub(crate) iterations: Raw<'de>,
}

from_object!(Usage<'de> {
    "input_tokens" => input_tokens,
    "output_tokens" => output_tokens,
    "cache_creation_input_tokens" => cache_creation_input_tokens,
    "cache_read_input_tokens" => cache_read_input_tokens,
    "cache_creation" => cache_creation,
    "server_tool_use" => server_tool_use,
    "service_tier" => service_tier,
    "speed" => speed,
    "inference_geo" => inference_geo,
    "iterations" => iterations,
});

/// Tokens written to the cache, by how long they are kept.
#[derive(Default)]
pub(crate) struct CacheCreation {
    pub(crate) five_minutes: Option<i64>,
    pub(crate) one_hour: Option<i64>,
}

from_object!(CacheCreation {
    "ephemeral_5m_input_tokens" => five_minutes,
    "ephemeral_1h_input_tokens" => one_hour,
});

/// Requests to tools that run beside the model.
#[derive(Default)]
pub(crate) struct ServerToolUse {
    pub(crate) web_search_requests: Option<i64>,
    pub(crate) web_fetch_requests: Option<i64>,
}

from_object!(ServerToolUse {
    "web_search_requests" => web_search_requests,
    "web_fetch_requests" => web_fetch_requests,
});
