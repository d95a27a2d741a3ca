//! Texts of events, errors and reports.
//!
//! Texts are styled; the printer strips what the terminal cannot show.

mod built;
mod checked;
mod error;
mod event;
mod findings;
mod history;
mod outcome;
mod rows;
mod shown;
mod state;
mod summary;
mod text;
mod units;
pub(super) mod usage;
mod validation;

pub(super) use checked::checked;
pub(super) use error::{error_block, error_json};
pub(super) use event::event_line;
use event::verdict;
pub(super) use findings::findings;
pub(super) use history::history;
pub(super) use outcome::outcome;
pub(super) use rows::{CsvRows, JsonRows, TableRows, grid};
pub(super) use shown::shown;
pub(super) use state::state;
pub(super) use units::units;
pub(super) use validation::validation;
