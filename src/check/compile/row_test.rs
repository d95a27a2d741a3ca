//! Rules that rows can break: three counts and the rows themselves.

use super::step::{Ask, Examples, Step};
use super::{Manner, Sql};
use crate::check::judge;
use crate::error::{Error, Result};
use crate::warehouse::Value;

/// Conditions that count rows. Each is true or false for every row, never null.
pub(super) struct RowTest {
    /// Where the rows come from; `None` is the table itself.
    pub source: Option<Sql>,
    /// Rows considered, unless the source has only those.
    pub condition: Option<Sql>,
    /// Of these, rows left out: missing values. `None` if the rule is about missing values.
    pub ignored: Option<Sql>,
    /// Of the others, rows that break the rule.
    pub unexpected: Sql,
    /// Columns that show such a row.
    pub shown: Vec<String>,
    /// Number of rows considered, where it is found in another way.
    pub elements: Option<Ask>,
    /// Number of rows that break the rule, where it is found in another way.
    pub tally: Option<Ask>,
    /// And these rows, where they are found in another way.
    pub examples: Option<Examples>,
}

impl RowTest {
    /// Counts, then judges.
    pub(super) fn step(self, manner: Manner) -> Step {
        let asks = self.asks();
        Step::Ask(
            asks.into(),
            Box::new(move |counts| {
                let [elements, ignored, unexpected] = counts.as_slice() else {
                    return Err(Error::bug("three counts were asked for"));
                };
                let ignored = self.ignored.is_some().then(|| count(ignored)).transpose()?;
                let verdict = judge::rows(&manner, count(elements)?, ignored, count(unexpected)?);
                Ok(Step::Done(Box::new(super::step::Answer {
                    examples: (count(unexpected)? > 0).then(|| self.examples()),
                    verdict,
                })))
            }),
        )
    }

    /// Rows considered, of these the ones left out, and those that break the rule.
    pub(super) fn asks(&self) -> [Ask; 3] {
        let condition = self.condition.as_ref();
        let left_out = match &self.ignored {
            Some(ignored) => self.count(Sql::all([condition, Some(ignored)]).as_ref()),
            // Nothing is left out, and nothing is asked of a source for it.
            None => Ask::rows(Some(&Sql::new("false"))),
        };
        let unexpected = match &self.tally {
            Some(tally) => tally.clone(),
            None => self.count(self.breaking().as_ref()),
        };
        let elements = self.elements.clone();
        [
            elements.unwrap_or_else(|| self.count(condition)),
            left_out,
            unexpected,
        ]
    }

    fn count(&self, condition: Option<&Sql>) -> Ask {
        match &self.source {
            Some(source) => Ask::of(source, Sql::count(condition)),
            None => Ask::rows(condition),
        }
    }

    fn breaking(&self) -> Option<Sql> {
        let counted = self
            .ignored
            .as_ref()
            .map(|ignored| Sql::fill("NOT {}", &[ignored]));
        Sql::all([
            self.condition.as_ref(),
            counted.as_ref(),
            Some(&self.unexpected),
        ])
    }

    pub(super) fn examples(&self) -> Examples {
        self.examples.clone().unwrap_or_else(|| Examples {
            source: self.source.clone(),
            breaking: self.breaking(),
            shown: self.shown.clone(),
            sorted: self.source.is_some(),
        })
    }
}

/// A count among the figures.
pub(super) fn count(value: &Value) -> Result<u64> {
    value
        .as_i64()
        .and_then(|value| u64::try_from(value).ok())
        .ok_or_else(|| Error::bug("a count that is not a number"))
}
