//! Prices, by the rules of the models `int_api_calls` and `prices`: the same seed, the same
//! arithmetic, digit for digit. A test compares both on every kind of usage.

mod cost;
mod list;
mod name;

pub use cost::Charged;
pub use list::{Price, PriceList};
pub use name::{is_regional, price_name};
