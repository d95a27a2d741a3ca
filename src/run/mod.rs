//! Where the stages meet, and only here.

pub mod report;
pub mod request;
