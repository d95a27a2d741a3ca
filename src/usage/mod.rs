//! What was used and what it cost: from the marts or straight from transcripts, as reports.
//!
//! A consumer beside the stages: [`direct`] and [`store`] each give [`Calls`], every response of
//! the API once; [`report`] and [`blocks`] turn them into rows, [`json`] into the shape ccusage
//! publishes, [`ccusage`] explains differences to it. Guarantees: both ways give the same calls, exact to the last digit of cost; every sum
//! of a report is the sum of its calls.

pub mod blocks;
pub mod call;
pub mod ccusage;
pub mod direct;
pub mod filter;
pub mod json;
pub mod money;
pub mod period;
pub mod price;
pub mod report;
pub mod store;

pub use call::Calls;
