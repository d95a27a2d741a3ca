//! What both ways of counting hand to the reports: responses of the API, each once.

use std::collections::HashMap;
use std::ops::{Add, AddAssign, Sub};

use super::money::Usd;

/// Tokens by class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tokens {
    /// Uncached input.
    pub input: i64,
    /// Output.
    pub output: i64,
    /// Input written to the cache, for five minutes or an hour.
    pub cache_creation: i64,
    /// Input read from the cache.
    pub cache_read: i64,
}

impl Tokens {
    /// All classes.
    #[must_use]
    pub fn total(self) -> i64 {
        self.input + self.output + self.cache_creation + self.cache_read
    }
}

impl Add for Tokens {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            input: self.input + other.input,
            output: self.output + other.output,
            cache_creation: self.cache_creation + other.cache_creation,
            cache_read: self.cache_read + other.cache_read,
        }
    }
}

impl Sub for Tokens {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self {
            input: self.input - other.input,
            output: self.output - other.output,
            cache_creation: self.cache_creation - other.cache_creation,
            cache_read: self.cache_read - other.cache_read,
        }
    }
}

impl AddAssign for Tokens {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

/// Tokens and cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amounts {
    /// By class.
    pub tokens: Tokens,
    /// Dollars.
    pub cost: Usd,
}

impl Amounts {
    /// Adds `other` to it.
    pub fn add(&mut self, other: Self) {
        self.tokens += other.tokens;
        self.cost += other.cost;
    }

    /// What it is more than `other`.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        Self {
            tokens: self.tokens - other.tokens,
            cost: self.cost - other.cost,
        }
    }

    /// Whether it is nothing of all.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self == Self::default()
    }
}

/// One response of the API, or what an advisor used inside one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// First line of the response, µs since the epoch; `None` if none has a time.
    pub timestamp: Option<i64>,
    /// Session that owns it, by number.
    pub session: u32,
    /// Model, by number; the name of fast mode ends in `-fast`.
    pub model: u32,
    /// Its own tokens, without an advisor's.
    pub tokens: Tokens,
    /// Its own cost; `None` where the model has no price.
    pub cost: Option<Usd>,
    /// Whether it is an advisor's part of a response, counted under the advisor's model.
    pub is_advisor: bool,
    /// Whether `tokens.output` is a lower bound.
    pub is_provisional: bool,
}

/// A session that owns calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: String,
    /// Its project, by number.
    pub project: u32,
    /// Person it belongs to; empty if that is open.
    pub user: String,
}

/// All calls, with the names they refer to by number.
#[derive(Clone, Debug, Default)]
pub struct Calls {
    /// The calls, in no particular order.
    pub calls: Vec<Call>,
    /// Models, fast mode apart.
    pub models: Names,
    /// Sessions.
    pub sessions: Vec<Session>,
    /// Directories of projects.
    pub projects: Names,
}

impl Calls {
    /// The names alone, for a part of the calls.
    #[must_use]
    pub fn names_only(&self) -> Self {
        Self {
            calls: Vec::new(),
            models: self.models.clone(),
            sessions: self.sessions.clone(),
            projects: self.projects.clone(),
        }
    }

    /// Name of a model.
    #[must_use]
    pub fn model(&self, number: u32) -> &str {
        self.models.name(number)
    }

    /// A session.
    #[must_use]
    pub fn session(&self, number: u32) -> Option<&Session> {
        self.sessions.get(number as usize)
    }

    /// Directory of the project of a call.
    #[must_use]
    pub fn project_of(&self, call: &Call) -> &str {
        self.session(call.session)
            .map_or("", |session| self.projects.name(session.project))
    }
}

/// Texts by number, each once.
#[derive(Clone, Debug, Default)]
pub struct Names {
    names: Vec<String>,
    numbers: HashMap<String, u32>,
}

impl Names {
    /// The number of `name`, a new one if need be.
    pub fn number(&mut self, name: &str) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.names.push(name.to_owned());
        self.numbers.insert(name.to_owned(), number);
        number
    }

    /// The text of a number; empty for one that was never given.
    #[must_use]
    pub fn name(&self, number: u32) -> &str {
        self.names.get(number as usize).map_or("", String::as_str)
    }

    /// All texts, by number.
    #[must_use]
    pub fn all(&self) -> &[String] {
        &self.names
    }
}

/// Name of a model in reports: fast mode has another price, so it stands apart.
#[must_use]
pub fn model_label(model: &str, is_fast: bool) -> String {
    if is_fast {
        format!("{model}-fast")
    } else {
        model.to_owned()
    }
}
