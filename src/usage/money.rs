//! Money, exact.

use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub};

use serde::{Serialize, Serializer};

/// Digits after the point: those of `cost_usd` in the marts.
const SCALE: u32 = 10;

/// US dollars in units of 10⁻¹⁰.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Usd(pub i128);

impl Usd {
    /// From a number of units of 10^-`scale` dollars, rounded half away from zero.
    #[must_use]
    pub fn rounded(units: i128, scale: u32) -> Self {
        if scale <= SCALE {
            return Self(units * 10_i128.pow(SCALE - scale));
        }
        let divisor = 10_i128.pow(scale - SCALE);
        let half = divisor / 2 * units.signum();
        Self((units + half) / divisor)
    }

    /// From a double, as logged costs are.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a cast of floats saturates, and no cost comes near"
    )]
    pub fn from_f64(dollars: f64) -> Self {
        Self((dollars * 1e10).round() as i128)
    }

    /// The nearest double.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "a double is asked for; up to 900,000 dollars it is the nearest one"
    )]
    pub fn as_f64(self) -> f64 {
        self.0 as f64 / 1e10
    }
}

impl Add for Usd {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Usd {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Neg for Usd {
    type Output = Self;

    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl AddAssign for Usd {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl Sum for Usd {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::default(), Add::add)
    }
}

/// A JSON number.
impl Serialize for Usd {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.as_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_rounded_away_from_zero() {
        assert_eq!(Usd::rounded(15, 11), Usd(2));
        assert_eq!(Usd::rounded(-15, 11), Usd(-2));
        assert_eq!(Usd::rounded(14, 11), Usd(1));
        assert_eq!(Usd::rounded(3, 9), Usd(30));
        assert_eq!(Usd::from_f64(0.1).as_f64().to_string(), "0.1");
    }
}
