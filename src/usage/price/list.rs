//! The seed `model_prices`, read without a warehouse.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::error::{Error, Result};

/// Rates in millionths of a dollar per million tokens; `None` where the seed leaves one open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rates {
    /// Uncached input.
    pub input: Option<i64>,
    /// Output.
    pub output: Option<i64>,
    /// Input cached for five minutes.
    pub cache_write_5m: Option<i64>,
    /// Input cached for an hour.
    pub cache_write_1h: Option<i64>,
    /// Input read from the cache.
    pub cache_read: Option<i64>,
}

/// One row of the seed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Price {
    pattern: String,
    from: Option<Date>,
    to: Option<Date>,
    /// Rates of a request.
    pub rates: Rates,
    /// Input tokens above which `long` holds for the whole request.
    pub long_threshold: Option<i64>,
    /// Rates of a long request.
    pub long: Rates,
    /// Thousandths: factor in fast mode.
    pub fast: Option<i64>,
    /// Thousandths: factor in the batch tier.
    pub batch: Option<i64>,
    /// Thousandths: factor with a fixed region.
    pub regional: Option<i64>,
    /// Millionths of a dollar per thousand web searches.
    pub web_search: Option<i64>,
}

/// The seed; the longest pattern that matches a name on a day decides.
#[derive(Clone, Debug, Default)]
pub struct PriceList {
    prices: Vec<Price>,
}

impl PriceList {
    /// Reads the text of the seed; `path` is named in errors.
    ///
    /// # Errors
    /// `Project` for a column that is missing, and a value that is no number or date.
    pub fn parse(text: &str, path: &str) -> Result<Self> {
        let mut reader = csv::ReaderBuilder::new().from_reader(text.as_bytes());
        let header = reader
            .headers()
            .map_err(|error| unreadable(path, &error))?
            .clone();
        let columns: BTreeMap<&str, usize> = header
            .iter()
            .enumerate()
            .map(|(index, name)| (name.trim(), index))
            .collect();
        let mut prices = Vec::new();
        for record in reader.records() {
            let record = record.map_err(|error| unreadable(path, &error))?;
            let row = Row {
                line: record.position().map_or(0, csv::Position::line),
                record: &record,
                columns: &columns,
                path,
            };
            prices.push(row.price()?);
        }
        prices.sort_by(|left, right| {
            let length = |price: &Price| std::cmp::Reverse(price.pattern.chars().count());
            // A later beginning first, none last.
            let from = |price: &Price| std::cmp::Reverse(price.from);
            length(left)
                .cmp(&length(right))
                .then_with(|| left.pattern.cmp(&right.pattern))
                .then_with(|| from(left).cmp(&from(right)))
        });
        Ok(Self { prices })
    }

    /// The price of a name on a day.
    #[must_use]
    pub fn find(&self, price_name: &str, day: Date) -> Option<&Price> {
        self.prices.iter().find(|price| {
            price.from.is_none_or(|from| from <= day)
                && price.to.is_none_or(|to| day <= to)
                && matches(price.pattern.as_bytes(), price_name.as_bytes())
        })
    }
}

/// Whether a name matches a pattern in which `*` stands for any text and `?` for one character.
fn matches(pattern: &[u8], name: &[u8]) -> bool {
    match (pattern, name) {
        ([], []) => true,
        ([b'*', rest @ ..], _) => {
            matches(rest, name)
                || name
                    .split_first()
                    .is_some_and(|(_, after)| matches(pattern, after))
        }
        ([b'?', rest @ ..], [_, after @ ..]) => matches(rest, after),
        ([first, rest @ ..], [letter, after @ ..]) if first == letter => matches(rest, after),
        _ => false,
    }
}

struct Row<'a> {
    line: u64,
    record: &'a csv::StringRecord,
    columns: &'a BTreeMap<&'a str, usize>,
    path: &'a str,
}

impl Row<'_> {
    fn price(&self) -> Result<Price> {
        Ok(Price {
            pattern: self.text("model_pattern")?.to_owned(),
            from: self.date("valid_from")?,
            to: self.date("valid_to")?,
            rates: self.rates("")?,
            long_threshold: self.decimal("long_context_threshold_tokens", 0)?,
            long: self.rates("long_")?,
            fast: self.decimal("fast_multiplier", 3)?,
            batch: self.decimal("batch_multiplier", 3)?,
            regional: self.decimal("regional_multiplier", 3)?,
            web_search: self.decimal("web_search_usd_per_1000", 6)?,
        })
    }

    fn rates(&self, prefix: &str) -> Result<Rates> {
        let rate = |name: &str| self.decimal(&format!("{prefix}{name}_usd_per_mtok"), 6);
        Ok(Rates {
            input: rate("input")?,
            output: rate("output")?,
            cache_write_5m: rate("cache_write_5m")?,
            cache_write_1h: rate("cache_write_1h")?,
            cache_read: rate("cache_read")?,
        })
    }

    fn text(&self, column: &str) -> Result<&str> {
        let found = self.columns.get(column).and_then(|at| self.record.get(*at));
        found.ok_or_else(|| {
            Error::project("the seed `model_prices` lacks a column")
                .at(format!("{}:1", self.path))
                .cause(format!("`{column}` is missing"))
                .hint("Compare with the seed that `cca init` writes.")
        })
    }

    fn date(&self, column: &str) -> Result<Option<Date>> {
        let text = self.text(column)?;
        if text.is_empty() {
            return Ok(None);
        }
        let date = text.parse().ok();
        date.map(Some)
            .ok_or_else(|| self.wrong(column, text, "a date like 2026-01-31"))
    }

    /// A decimal number in units of 10^-`scale`.
    fn decimal(&self, column: &str, scale: usize) -> Result<Option<i64>> {
        let text = self.text(column)?;
        if text.is_empty() {
            return Ok(None);
        }
        units(text, scale)
            .map(Some)
            .ok_or_else(|| self.wrong(column, text, "a number"))
    }

    fn wrong(&self, column: &str, text: &str, wanted: &str) -> Error {
        Error::project("failed to read the seed `model_prices`")
            .at(format!("{}:{}", self.path, self.line))
            .cause(format!("`{text}` in column `{column}` is not {wanted}"))
            .hint("Correct the value.")
    }
}

/// `12.5` with scale 3 is 12500; more digits than the scale are refused.
fn units(text: &str, scale: usize) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_number = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(whole) || !is_number(fraction) || whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > scale {
        return None;
    }
    format!("{whole}{fraction:0<scale$}").parse().ok()
}

fn unreadable(path: &str, error: &csv::Error) -> Error {
    let line = error
        .position()
        .map_or(String::new(), |at| format!(":{}", at.line()));
    Error::project("failed to read the seed `model_prices`")
        .at(format!("{path}{line}"))
        .cause(error)
        .hint("Give every row as many fields as the first line.")
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "model_pattern,valid_from,valid_to,input_usd_per_mtok,output_usd_per_mtok,cache_write_5m_usd_per_mtok,cache_write_1h_usd_per_mtok,cache_read_usd_per_mtok,long_context_threshold_tokens,long_input_usd_per_mtok,long_output_usd_per_mtok,long_cache_write_5m_usd_per_mtok,long_cache_write_1h_usd_per_mtok,long_cache_read_usd_per_mtok,fast_multiplier,batch_multiplier,regional_multiplier,web_search_usd_per_1000";

    fn list(rows: &[&str]) -> PriceList {
        PriceList::parse(&format!("{HEADER}\n{}\n", rows.join("\n")), "seeds/p.csv")
            .expect("a list")
    }

    fn input_of(list: &PriceList, name: &str, day: &str) -> Option<i64> {
        list.find(name, day.parse().expect("a day"))?.rates.input
    }

    #[test]
    fn the_longest_pattern_of_the_day_decides() {
        let list = list(&[
            "claude-*,,,9,1,1,1,1,,,,,,,1,1,1,1",
            "claude-opus-5,2026-01-01,2026-06-30,5,1,1,1,1,,,,,,,1,1,1,1",
            "claude-opus-5,2026-07-01,,4,1,1,1,1,,,,,,,1,1,1,1",
        ]);
        assert_eq!(
            input_of(&list, "claude-opus-5", "2026-06-30"),
            Some(5_000_000)
        );
        assert_eq!(
            input_of(&list, "claude-opus-5", "2026-07-01"),
            Some(4_000_000)
        );
        assert_eq!(
            input_of(&list, "claude-opus-5", "2025-12-31"),
            Some(9_000_000)
        );
        assert_eq!(input_of(&list, "gpt-5", "2026-01-01"), None);
    }

    #[test]
    fn wrong_values_are_named_with_their_line() {
        let text = format!("{HEADER}\nclaude-x,,,3,x,1,1,1,,,,,,,1,1,1,1\n");
        let error = PriceList::parse(&text, "seeds/p.csv").expect_err("no number");
        let text = error.to_string();
        assert!(
            text.contains("seeds/p.csv:2") && text.contains("output_usd_per_mtok"),
            "{text}"
        );
    }

    #[test]
    fn patterns_hold_any_text() {
        assert!(matches(b"claude-*-4?5", b"claude-opus-4-5"));
        assert!(!matches(b"claude-opus", b"claude-opus-4"));
    }

    #[test]
    fn decimals_keep_every_digit() {
        assert_eq!(units("0.083", 6), Some(83_000));
        assert_eq!(units("18.75", 6), Some(18_750_000));
        assert_eq!(units("1.10", 3), Some(1100));
        assert_eq!(units("1.2345", 3), None);
        assert_eq!(units("-1", 3), None);
    }
}
