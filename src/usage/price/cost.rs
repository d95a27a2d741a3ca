//! What a response costs.

use super::list::{Price, Rates};
use crate::usage::money::Usd;

/// What a response is charged for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Charged {
    /// Uncached input tokens.
    pub input: i64,
    /// Output tokens.
    pub output: i64,
    /// Tokens written to the cache for five minutes.
    pub cache_write_5m: i64,
    /// Tokens written to the cache for an hour.
    pub cache_write_1h: i64,
    /// Tokens read from the cache.
    pub cache_read: i64,
    /// Web searches.
    pub web_searches: i64,
    /// Fast mode.
    pub is_fast: bool,
    /// Batch tier.
    pub is_batch: bool,
    /// Region of inference fixed.
    pub is_regional: bool,
}

/// Digits after the point of [`cost_of_tokens`].
const TOKEN_SCALE: u32 = 12;
/// Digits after the point once three factors in thousandths are applied.
const FACTOR_SCALE: u32 = TOKEN_SCALE + 9;
/// Web searches: rates in millionths per thousand.
const SEARCH_SCALE: u32 = 9;
const WHOLE_FACTOR: i64 = 1000;

/// Cost of the tokens in units of 10⁻¹² dollars, before any factor; `None` where a rate is open.
/// A request whose whole input is above the threshold pays the long-context rates for all of it.
fn cost_of_tokens(charged: &Charged, price: &Price) -> Option<i128> {
    let input =
        charged.input + charged.cache_write_5m + charged.cache_write_1h + charged.cache_read;
    let is_long = price.long_threshold.is_some_and(|limit| input > limit);
    times_rates(charged, if is_long { &price.long } else { &price.rates })
}

fn times_rates(charged: &Charged, rates: &Rates) -> Option<i128> {
    let parts = [
        (charged.input, rates.input),
        (charged.output, rates.output),
        (charged.cache_write_5m, rates.cache_write_5m),
        (charged.cache_write_1h, rates.cache_write_1h),
        (charged.cache_read, rates.cache_read),
    ];
    parts
        .into_iter()
        .map(|(tokens, rate)| Some(i128::from(tokens) * i128::from(rate?)))
        .sum()
}

impl Price {
    /// Cost of the tokens if only what a class has above the threshold cost more, with the factor
    /// of fast mode.
    pub(in crate::usage) fn cost_by_class(&self, charged: &Charged) -> Option<Usd> {
        let parts = |rates: &Rates| {
            [
                (charged.input, rates.input),
                (charged.output, rates.output),
                (charged.cache_write_5m, rates.cache_write_5m),
                (charged.cache_write_1h, rates.cache_write_1h),
                (charged.cache_read, rates.cache_read),
            ]
        };
        let limit = self.long_threshold.unwrap_or(i64::MAX);
        let long = if self.long_threshold.is_some() {
            self.long
        } else {
            self.rates
        };
        let units: i128 = parts(&self.rates)
            .into_iter()
            .zip(parts(&long))
            .map(|((tokens, rate), (_, long))| {
                let short = tokens.min(limit);
                let base = i128::from(short) * i128::from(rate?);
                Some(base + i128::from(tokens - short) * i128::from(long?))
            })
            .sum::<Option<i128>>()?;
        let factor = if charged.is_fast {
            self.fast?
        } else {
            WHOLE_FACTOR
        };
        Some(Usd::rounded(units * i128::from(factor), TOKEN_SCALE + 3))
    }

    /// Cost of a response; `None` where the seed leaves open what it needs. Where it was made of
    /// several requests, each has the rates of its own size.
    #[must_use]
    pub fn cost(&self, charged: &Charged, requests: &[Charged]) -> Option<Usd> {
        let factor = |applies: bool, factor: Option<i64>| {
            if applies { factor } else { Some(WHOLE_FACTOR) }
        };
        let factors = [
            factor(charged.is_fast, self.fast)?,
            factor(charged.is_batch, self.batch)?,
            factor(charged.is_regional, self.regional)?,
        ];
        let own = std::slice::from_ref(charged);
        let requests = if requests.is_empty() { own } else { requests };
        let tokens = requests
            .iter()
            .map(|request| cost_of_tokens(request, self))
            .sum::<Option<i128>>()?;
        let tokens = factors
            .into_iter()
            .fold(tokens, |cost, factor| cost * i128::from(factor));
        let searches = i128::from(charged.web_searches) * i128::from(self.web_search?);
        let searches = searches * 10_i128.pow(FACTOR_SCALE - SEARCH_SCALE);
        Some(Usd::rounded(tokens + searches, FACTOR_SCALE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::usage::price::PriceList;

    /// The price of `name` in the embedded seed.
    fn price(name: &str) -> Price {
        let text = include_str!("../../../seeds/model_prices.csv");
        let list = PriceList::parse(text, "seeds/model_prices.csv").expect("a list");
        let day = "2026-01-01".parse().expect("a day");
        list.find(name, day).expect("a price").clone()
    }

    fn cost(name: &str, charged: Charged) -> f64 {
        price(name).cost(&charged, &[]).expect("a cost").as_f64()
    }

    const SMALL: Charged = Charged {
        input: 1000,
        output: 2000,
        cache_write_5m: 3000,
        cache_write_1h: 4000,
        cache_read: 5000,
        web_searches: 0,
        is_fast: false,
        is_batch: false,
        is_regional: false,
    };

    #[test]
    fn every_class_has_its_rate() {
        // 1000×5 + 2000×25 + 3000×6.25 + 4000×10 + 5000×0.5 = 116,250 millionths
        assert_eq!(cost("claude-opus-4-6", SMALL), 0.116_25);
    }

    #[test]
    fn factors_apply_to_tokens_and_searches_are_added() {
        let all = Charged {
            is_fast: true,
            is_batch: true,
            is_regional: true,
            web_searches: 3,
            ..SMALL
        };
        // 0.11625 × 6 × 0.5 × 1.1 + 3 × 0.01
        assert_eq!(cost("claude-opus-4-6", all), 0.413_625);
    }

    #[test]
    fn above_the_threshold_the_whole_request_costs_more() {
        let at = Charged {
            input: 100_000,
            cache_read: 100_000,
            output: 1000,
            ..Charged::default()
        };
        let above = Charged {
            input: 100_001,
            ..at
        };
        // 100,000×3 + 100,000×0.3 + 1000×15; then 100,001×6 + 100,000×0.6 + 1000×22.5
        assert_eq!(cost("claude-sonnet-4-5", at), 0.345);
        assert_eq!(cost("claude-sonnet-4-5", above), 0.682_506);
        // Two requests of 100,000 and 100,001 stay below it: 100,001×3 + 100,000×0.3 + 1000×15.
        let parts = [
            Charged {
                input: 100_001,
                ..Charged::default()
            },
            Charged {
                cache_read: 100_000,
                output: 1000,
                ..Charged::default()
            },
        ];
        let apart = price("claude-sonnet-4-5").cost(&above, &parts);
        assert_eq!(apart.expect("a cost").as_f64(), 0.345_003);
    }
}
