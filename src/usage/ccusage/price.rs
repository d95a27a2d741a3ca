//! What ccusage charges: its embedded rates and its arithmetic.

use super::entry::{Advisor, Entry, Writes};
use crate::usage::call::Tokens;
use crate::usage::money::Usd;

/// Rates in millionths of a dollar per million tokens, as ccusage 20.0.24 has them offline: input,
/// output, cache write, cache read; the same above 200,000 tokens of a class, where it has such;
/// factor in fast mode.
struct Rate {
    name: &'static str,
    base: [i64; 4],
    above: Option<[i64; 4]>,
    fast: i64,
}

const fn rate(name: &'static str, base: [i64; 4]) -> Rate {
    Rate {
        name,
        base,
        above: None,
        fast: 1,
    }
}

const fn fast(name: &'static str, base: [i64; 4], fast: i64) -> Rate {
    Rate {
        name,
        base,
        above: None,
        fast,
    }
}

const fn long(name: &'static str) -> Rate {
    Rate {
        name,
        base: SONNET,
        above: Some([6_000_000, 22_500_000, 7_500_000, 600_000]),
        fast: 1,
    }
}

const OLD_OPUS: [i64; 4] = [15_000_000, 75_000_000, 18_750_000, 1_500_000];
const OPUS: [i64; 4] = [5_000_000, 25_000_000, 6_250_000, 500_000];
const SONNET: [i64; 4] = [3_000_000, 15_000_000, 3_750_000, 300_000];
const HAIKU: [i64; 4] = [1_000_000, 5_000_000, 1_250_000, 100_000];
const HAIKU_3_5: [i64; 4] = [800_000, 4_000_000, 1_000_000, 80_000];
const LARGE: [i64; 4] = [10_000_000, 50_000_000, 12_500_000, 1_000_000];

const RATES: [Rate; 25] = [
    rate(
        "claude-3-haiku-20240307",
        [250_000, 1_250_000, 300_000, 30_000],
    ),
    rate("claude-3-opus-20240229", OLD_OPUS),
    rate("claude-3-5-haiku-20241022", HAIKU_3_5),
    rate("claude-3-5-haiku-latest", HAIKU_3_5),
    rate("claude-3-5-sonnet-20240620", SONNET),
    rate("claude-3-5-sonnet-20241022", SONNET),
    rate("claude-3-7-sonnet-20250219", SONNET),
    rate("claude-3-7-sonnet-latest", SONNET),
    long("claude-sonnet-4"),
    long("claude-sonnet-4-20250514"),
    long("claude-sonnet-4-5"),
    long("claude-sonnet-4-5-20250929"),
    rate("claude-sonnet-4-6", SONNET),
    rate(
        "claude-sonnet-5",
        [2_000_000, 10_000_000, 2_500_000, 200_000],
    ),
    rate("claude-opus-4", OLD_OPUS),
    rate("claude-opus-4-1", OLD_OPUS),
    rate("claude-opus-4-5", OPUS),
    rate("claude-opus-4-5-20251101", OPUS),
    fast("claude-opus-4-6", OPUS, 6),
    fast("claude-opus-4-7", OPUS, 6),
    fast("claude-opus-4-8", OPUS, 2),
    fast("claude-opus-5", OPUS, 2),
    rate("claude-haiku-4-5", HAIKU),
    rate("claude-fable-5", LARGE),
    rate("claude-mythos-5", LARGE),
];

const LONG: i64 = 200_000;

/// Cost of an entry without its advisors, from its tokens; zero for a model ccusage does not know.
pub(super) fn calculated(entry: &Entry) -> Usd {
    let model = entry.model.as_deref().unwrap_or_default();
    cost(model, entry.tokens, entry.writes, entry.is_fast)
}

/// Cost of an advisor.
pub(super) fn of_advisor(advisor: &Advisor) -> Usd {
    cost(&advisor.model, advisor.tokens, advisor.writes, false)
}

/// Every class by itself; what a class has above the threshold costs more.
pub(super) fn cost(model: &str, tokens: Tokens, writes: Writes, is_fast: bool) -> Usd {
    let Some((rate, percent)) = find(model) else {
        return Usd::default();
    };
    let [input, output, write, read] = rate.base;
    let above = rate.above.unwrap_or(rate.base);
    let [long_input, long_output, long_write, long_read] = above;
    let parts = [
        (tokens.input, input, long_input),
        (tokens.output, output, long_output),
        (writes.five_minutes, write, long_write),
        (writes.one_hour, input * 2, long_input * 2),
        (tokens.cache_read, read, long_read),
    ];
    let units: i128 = parts
        .into_iter()
        .map(|(count, base, above)| {
            let short = count.min(LONG);
            i128::from(short) * i128::from(base) + i128::from(count - short) * i128::from(above)
        })
        .sum();
    let factor = if is_fast { rate.fast } else { 1 };
    // Millionths times millionths, and a percentage.
    Usd::rounded(units * i128::from(factor) * i128::from(percent), 14)
}

/// The rate of a model, and what a fixed region makes of it, in percent.
fn find(model: &str) -> Option<(&'static Rate, i64)> {
    let percent = if ["us.", "eu.", "jp.", "au."]
        .iter()
        .any(|region| model.starts_with(region))
    {
        110
    } else {
        100
    };
    let plain = model.replace(['.', '@'], "-");
    let exact = RATES.iter().find(|rate| rate.name == model);
    let near = || {
        RATES
            .iter()
            .filter(|rate| holds(&plain, rate.name) || holds(rate.name, &plain))
            .max_by(|left, right| {
                let length = left.name.len().cmp(&right.name.len());
                length.then_with(|| right.name.cmp(left.name))
            })
    };
    exact.or_else(near).map(|rate| (rate, percent))
}

/// Whether `text` holds `name` as words of its own, not followed by the number of a version.
fn holds(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let before = text.get(..at).and_then(|head| head.chars().next_back());
        let after = text.get(at + name.len()..).unwrap_or_default();
        let is_edge = |letter: Option<char>| letter.is_none_or(|c| !c.is_alphanumeric());
        let number: String = match after.strip_prefix('-') {
            Some(rest) => rest.chars().take_while(char::is_ascii_digit).collect(),
            None => String::new(),
        };
        let is_version = !number.is_empty() && number.len() != 8;
        is_edge(before) && is_edge(after.chars().next()) && !is_version
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input_cost(model: &str, input: i64) -> f64 {
        let tokens = Tokens {
            input,
            ..Tokens::default()
        };
        cost(model, tokens, Writes::default(), false).as_f64()
    }

    #[test]
    fn names_find_their_rates() {
        for (model, dollars) in [
            ("claude-opus-4-5-20251101", 0.5),
            ("claude-opus-4-1-20250805", 1.5),
            ("claude-opus-4-20250514", 1.5),
            ("claude-opus-4-9", 0.0),
            ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", 0.33),
            ("claude-opus-4-6[1m]", 0.5),
            ("anthropic/claude-sonnet-4.5", 0.3),
            ("claude-haiku-5", 0.0),
        ] {
            assert_eq!(input_cost(model, 100_000), dollars, "{model}");
        }
    }

    #[test]
    fn only_what_a_class_has_above_the_threshold_costs_more() {
        assert_eq!(input_cost("claude-sonnet-4-5", 300_000), 1.2);
    }
}
