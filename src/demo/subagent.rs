//! Sub-agents: conversations of their own, in files of their own, inside one tool call.

use serde_json::{Value, json};

use super::outcome::Ending;
use super::response::Purpose;
use super::scene::{AgentFile, Scene, Thread};
use super::world::SMALL_MODEL;

impl Scene<'_> {
    /// Runs a sub-agent to its end; gives what it answers and the structured result.
    pub(super) fn delegate(&mut self, kind: &str, prompt: &str) -> (Value, Value) {
        let id = format!("a{}", self.dice.hex(16));
        let model = if self.dice.chance(450) {
            SMALL_MODEL
        } else {
            self.facts.model
        };
        let context = self.dice.between(9000, 15_000);
        let mut thread = Thread::new(model, context, Some(id.clone()));
        let started = self.clock;
        thread.add_unseen(prompt);
        self.emit(
            &mut thread,
            "user",
            json!({"message": {"role": "user", "content": prompt}}),
        );
        let steps = self.dice.around(5).min(40);
        for _ in 0..steps {
            let call = self.next_call(&thread);
            let callers = self.respond(&mut thread, std::slice::from_ref(&call), Purpose::Work);
            let caller = callers.first().cloned().unwrap_or_default();
            if self.carry_out(&mut thread, &call, &caller) == Ending::Rejected || self.is_over() {
                break;
            }
        }
        self.respond(&mut thread, &[], Purpose::Conclude);
        self.truth.subagents += 1;
        let length = self.dice.around(800);
        let answer = json!([{"type": "text", "text": self.words.prose(length, &mut self.dice)}]);
        let structured = json!({
            "status": "completed",
            "prompt": prompt,
            "agentId": id,
            "agentType": kind,
            "content": answer,
            "totalDurationMs": self.clock - started,
            "totalTokens": thread.context,
            "totalToolUseCount": thread.tool_calls,
            "resolvedModel": model,
        });
        self.agents.push(AgentFile { id, thread });
        (answer, structured)
    }
}
