//! Chance, in whole numbers only, so that every machine rolls the same.

/// A seeded source of choices.
#[derive(Clone, Debug)]
pub(super) struct Dice(fastrand::Rng);

/// Quantiles of a skewed quantity in thousandths of its median, at equal steps of probability: most
/// values are near the median, a few are many times as large.
const SKEW: [u64; 11] = [80, 280, 430, 590, 780, 1000, 1290, 1690, 2320, 3600, 12_000];

const ALPHABET: &[u8] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed))
    }

    /// True in `per_mille` of a thousand cases.
    pub(super) fn chance(&mut self, per_mille: u64) -> bool {
        self.0.u64(0..1000) < per_mille
    }

    /// A number from `low` on, below `high`.
    pub(super) fn between(&mut self, low: u64, high: u64) -> u64 {
        if low < high {
            self.0.u64(low..high)
        } else {
            low
        }
    }

    /// An index below `length`.
    pub(super) fn index(&mut self, length: usize) -> usize {
        if length == 0 {
            0
        } else {
            self.0.usize(0..length)
        }
    }

    /// A skewed quantity with this median, at least 1.
    pub(super) fn around(&mut self, median: u64) -> u64 {
        let at = self.0.u64(0..1000);
        let step = usize::try_from(at / 100).unwrap_or(0);
        let low = SKEW.get(step).copied().unwrap_or(1000);
        let high = SKEW.get(step + 1).copied().unwrap_or(low);
        let factor = low + (high - low) * (at % 100) / 100;
        (median * factor / 1000).max(1)
    }

    /// One of some values.
    pub(super) fn pick<T: Copy>(&mut self, values: &[T]) -> Option<T> {
        values.get(self.index(values.len())).copied()
    }

    /// One of some words.
    pub(super) fn word(&mut self, words: &[&'static str]) -> &'static str {
        self.pick(words).unwrap_or_default()
    }

    /// The index of a weight, in proportion to the weights.
    pub(super) fn weighted(&mut self, weights: impl Iterator<Item = u64> + Clone) -> usize {
        let mut at = self.between(0, weights.clone().sum());
        for (index, weight) in weights.enumerate() {
            if at < weight {
                return index;
            }
            at -= weight;
        }
        0
    }

    /// Hexadecimal digits.
    pub(super) fn hex(&mut self, digits: usize) -> String {
        (0..digits)
            .map(|_| char::from_digit(self.0.u32(0..16), 16).unwrap_or('0'))
            .collect()
    }

    /// A version 4 UUID.
    pub(super) fn uuid(&mut self) -> String {
        uuid::Builder::from_random_bytes(self.0.u128(..).to_be_bytes())
            .into_uuid()
            .to_string()
    }

    /// An identifier as the API makes them.
    pub(super) fn identifier(&mut self, prefix: &str) -> String {
        let tail = (0..24).map(|_| char::from(self.pick(ALPHABET).unwrap_or(b'x')));
        prefix.chars().chain(tail).collect()
    }

    /// Dice of their own for one part of the work, so that parts do not disturb each other.
    pub(super) fn fork(&mut self) -> Self {
        Self(self.0.fork())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skewed_quantities_have_their_median() {
        let mut dice = Dice::new(7);
        let mut values: Vec<u64> = (0..20_001).map(|_| dice.around(1000)).collect();
        values.sort_unstable();
        assert!((950..1050).contains(&values[10_000]), "{}", values[10_000]);
        assert!(values[20_000] > 8000 && values[0] < 150);
    }

    #[test]
    fn weights_are_proportions() {
        let mut dice = Dice::new(7);
        let mut seen = [0; 3];
        for _ in 0..10_000 {
            seen[dice.weighted([0, 1, 3].into_iter())] += 1;
        }
        assert_eq!(seen[0], 0);
        assert!((2200..2800).contains(&seen[1]), "{seen:?}");
    }
}
