//! API responses: content blocks, each a line of its own, and the usage they all repeat.

use serde_json::{Value, json};

use super::calendar::{HOUR, MINUTE};
use super::call::Call;
use super::scene::{Scene, Thread};
use super::truth::Tokens;
use super::world::SMALL_MODEL;

/// What a response is to hold besides its calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Goes on working.
    Work,
    /// Ends the turn with a text.
    Conclude,
}

impl Purpose {
    fn stop_reason(self) -> &'static str {
        match self {
            Purpose::Work => "tool_use",
            Purpose::Conclude => "end_turn",
        }
    }
}

impl Scene<'_> {
    /// Writes the lines of one response; gives the uuid of the line of each call.
    pub(super) fn respond(
        &mut self,
        thread: &mut Thread,
        calls: &[Call],
        purpose: Purpose,
    ) -> Vec<String> {
        self.wait(3200);
        let blocks = self.blocks(calls, purpose);
        let model = if self.dice.chance(15) {
            SMALL_MODEL
        } else {
            thread.model
        };
        let written: usize = blocks.iter().map(|block| block.to_string().len()).sum();
        let output = written as u64 / 4 + self.dice.between(3, 60);
        let usage = self.usage(thread, output);
        self.truth
            .count_response(model, &self.today(), thread.is_sidechain(), usage);
        for call in calls {
            self.truth.count_call(call.name);
        }
        let (id, request) = (
            self.dice.identifier("msg_01"),
            self.dice.identifier("req_011C"),
        );
        let stop = purpose.stop_reason();
        // Some versions write each line as the block ends, with the usage known by then.
        let is_streamed = self.dice.chance(250);
        let (count, mut callers) = (blocks.len(), Vec::new());
        for (index, block) in blocks.into_iter().enumerate() {
            let is_partial = is_streamed && index + 1 < count;
            let shown = if is_partial {
                output.min(index as u64 + 2)
            } else {
                output
            };
            let is_call = block.get("type").is_some_and(|kind| kind == "tool_use");
            let message = json!({
                "model": model,
                "id": id,
                "type": "message",
                "role": "assistant",
                "content": [block],
                "stop_reason": (!is_partial).then_some(stop),
                "stop_sequence": null,
                "usage": usage_json(usage, shown),
            });
            let uuid = self.emit(
                thread,
                "assistant",
                json!({"message": message, "requestId": request}),
            );
            if is_call {
                callers.push(uuid);
            }
            self.wait(400);
        }
        callers
    }

    fn blocks(&mut self, calls: &[Call], purpose: Purpose) -> Vec<Value> {
        let mut blocks = Vec::new();
        if self.dice.chance(330) {
            let length = self.dice.around(500);
            let text = if self.dice.chance(300) {
                self.words.prose(length, &mut self.dice)
            } else {
                String::new()
            };
            blocks.push(
                json!({"type": "thinking", "thinking": text, "signature": self.dice.hex(320)}),
            );
        }
        let concludes = purpose == Purpose::Conclude;
        if concludes || self.dice.chance(380) {
            let length = self.dice.around(if concludes { 700 } else { 120 });
            blocks.push(json!({"type": "text", "text": self.words.prose(length, &mut self.dice)}));
        }
        blocks.extend(calls.iter().map(|call| {
            json!({"type": "tool_use", "id": call.id, "name": call.name, "input": call.input})
        }));
        blocks
    }

    /// What the response used; the context it saw becomes the cache of the next one.
    fn usage(&mut self, thread: &mut Thread, output: u64) -> Tokens {
        let kept = if self.facts.long_cache {
            HOUR
        } else {
            5 * MINUTE
        };
        let is_cached = thread.cached_at.is_some_and(|at| self.clock - at < kept);
        let seen = if thread.cached_at.is_none() {
            thread.context.min(12_000)
        } else {
            thread.context
        };
        let fresh = thread.unseen + self.dice.between(20, 300);
        let (read, created) = if is_cached || thread.cached_at.is_none() {
            (seen, thread.context - seen + fresh)
        } else {
            (0, thread.context + fresh)
        };
        thread.cached_at = Some(self.clock);
        thread.context += fresh + output;
        thread.unseen = 0;
        let (short, long) = if self.facts.long_cache {
            (0, created)
        } else {
            (created, 0)
        };
        let rare = self.dice.chance(40);
        let input = if rare {
            self.dice.around(900)
        } else {
            self.dice.between(1, 12)
        };
        Tokens {
            calls: 1,
            input,
            output,
            cache_creation_5m: short,
            cache_creation_1h: long,
            cache_read: read,
        }
    }
}

fn usage_json(usage: Tokens, output: u64) -> Value {
    json!({
        "input_tokens": usage.input,
        "cache_creation_input_tokens": usage.cache_creation_5m + usage.cache_creation_1h,
        "cache_read_input_tokens": usage.cache_read,
        "output_tokens": output,
        "server_tool_use": {"web_search_requests": 0, "web_fetch_requests": 0},
        "service_tier": "standard",
        "cache_creation": {
            "ephemeral_1h_input_tokens": usage.cache_creation_1h,
            "ephemeral_5m_input_tokens": usage.cache_creation_5m,
        },
        "inference_geo": "not_available",
        "speed": "standard",
    })
}
