//! The machine: files, clock, process. The only place that reads wall time.

pub mod cancel;
pub mod clock;
pub mod fs;
pub mod process;
pub mod zone;
