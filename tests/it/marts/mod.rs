//! What the marts say about small transcripts whose numbers were computed by hand.

mod agents;
mod changes;
mod documents;
mod lines;
mod metrics;
mod prices;
mod responses;
mod restated;
mod retries;
mod sessions;
mod time;
mod tool_times;
mod tools;
mod usage;
