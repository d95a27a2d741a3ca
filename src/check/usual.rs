//! Whether a value is usual, by what it was before.
//!
//! Robust statistics: the middle of the earlier values and how far they usually are from it, so
//! that single odd days neither hide the next one nor make it one. Where a weekday has been seen
//! often enough, only the same weekday counts. With little history nothing is judged.

/// Days looked back.
pub(super) const DAYS_BACK: i64 = 180;

/// Middle distances to standard deviations, for values that scatter evenly.
const TO_SIGMA: f64 = 1.4826;
/// Least spread, as a share of the middle: a series that never changed may change a little.
const LEAST_SPREAD: f64 = 0.02;
/// Earlier values of the same weekday from which on only they count.
const WEEKDAYS_NEEDED: usize = 4;

/// A value of a day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Point {
    /// Days since the epoch.
    pub day: i64,
    /// The value.
    pub value: f64,
}

/// Which side is unusual.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    /// Both.
    Both,
    /// Only more than usual.
    Spike,
    /// Only less than usual.
    Drop,
}

/// What is judged how strictly.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Manner {
    /// Spreads that a value may be away from the middle.
    pub sensitivity: f64,
    /// Earlier days needed.
    pub warm_up: usize,
    /// Which side is unusual.
    pub direction: Direction,
    /// Whether the steps from day to day are judged, not the values: for what grows.
    pub of_change: bool,
    /// Share of the middle by which a value may always differ.
    pub ignore_change: f64,
    /// Whether ratios count, not differences: for what varies by orders of magnitude.
    pub is_ratio: bool,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Judgement {
    /// Too few earlier days.
    TooEarly {
        /// Days there are.
        days: usize,
        /// Days needed.
        needed: usize,
    },
    /// Judged.
    Judged {
        /// Whether it is usual.
        is_usual: bool,
        /// Least and greatest usual value.
        range: (f64, f64),
        /// Days it was compared with.
        days: usize,
        /// Whether these are only the same weekdays.
        same_weekday: bool,
    },
}

/// Judges `now` by the earlier values, one a day, the oldest first.
pub(super) fn judge(earlier: &[Point], now: Point, manner: &Manner) -> Judgement {
    if !manner.is_ratio {
        return judge_differences(earlier, now, manner);
    }
    let scaled = |point: &Point| Point {
        value: point.value.max(0.0).ln_1p(),
        ..*point
    };
    let earlier: Vec<Point> = earlier.iter().map(scaled).collect();
    match judge_differences(&earlier, scaled(&now), manner) {
        Judgement::Judged {
            is_usual,
            range: (low, high),
            days,
            same_weekday,
        } => Judgement::Judged {
            is_usual,
            range: (low.exp_m1().max(0.0), high.exp_m1()),
            days,
            same_weekday,
        },
        early @ Judgement::TooEarly { .. } => early,
    }
}

fn judge_differences(earlier: &[Point], now: Point, manner: &Manner) -> Judgement {
    let past: Vec<Point> = earlier
        .iter()
        .copied()
        .filter(|point| point.day < now.day && point.value.is_finite())
        .collect();
    let (compared, base) = if manner.of_change {
        (steps(&past), past.last().map_or(0.0, |last| last.value))
    } else {
        (past.clone(), 0.0)
    };
    if compared.len() < manner.warm_up.max(1) {
        return Judgement::TooEarly {
            days: compared.len(),
            needed: manner.warm_up.max(1),
        };
    }
    let weekday = |point: &Point| point.day.rem_euclid(7);
    let same: Vec<f64> = compared
        .iter()
        .filter(|point| weekday(point) == weekday(&now))
        .map(|point| point.value)
        .collect();
    let same_weekday = same.len() >= WEEKDAYS_NEEDED;
    let values = if same_weekday {
        same
    } else {
        compared.iter().map(|point| point.value).collect()
    };
    let middle = median(&values);
    let spread = spread(&values, middle);
    let ignored = if manner.is_ratio {
        manner.ignore_change.ln_1p()
    } else {
        manner.ignore_change * (base + middle).abs()
    };
    let slack = (manner.sensitivity * spread).max(ignored);
    // A step may have taken several days.
    let days = if manner.of_change {
        past.last().map_or(1, |last| now.day - last.day).max(1)
    } else {
        1
    };
    let middle = base + middle * days_as_f64(days);
    let range = (middle - slack, middle + slack);
    let is_usual = match manner.direction {
        Direction::Both => now.value >= range.0 && now.value <= range.1,
        Direction::Spike => now.value <= range.1,
        Direction::Drop => now.value >= range.0,
    };
    Judgement::Judged {
        is_usual,
        range,
        days: values.len(),
        same_weekday,
    }
}

/// How much each day added to the one before, per day that passed.
fn steps(points: &[Point]) -> Vec<Point> {
    points
        .iter()
        .zip(points.iter().skip(1))
        .filter(|(one, next)| next.day > one.day)
        .map(|(one, next)| Point {
            day: next.day,
            value: (next.value - one.value) / days_as_f64(next.day - one.day),
        })
        .collect()
}

/// The usual distance from the middle, never nothing.
fn spread(values: &[f64], middle: f64) -> f64 {
    let distances: Vec<f64> = values.iter().map(|value| (value - middle).abs()).collect();
    let typical = TO_SIGMA * median(&distances);
    // Where most days are the same, the odd ones tell how far it may go.
    let mean = distances.iter().sum::<f64>() / count(distances.len());
    let measured = if typical > 0.0 { typical } else { mean };
    measured.max(LEAST_SPREAD * middle.abs())
}

/// The middle value, or the mean of the middle two; 0 of none.
fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let half = sorted.len() / 2;
    let upper = sorted.get(half).copied().unwrap_or_default();
    if sorted.len() % 2 == 1 {
        return upper;
    }
    let lower = half.checked_sub(1).and_then(|place| sorted.get(place));
    lower.map_or(upper, |lower| f64::midpoint(*lower, upper))
}

#[expect(clippy::cast_precision_loss, reason = "days of a history")]
fn days_as_f64(days: i64) -> f64 {
    days as f64
}

#[expect(clippy::cast_precision_loss, reason = "values of a history")]
fn count(values: usize) -> f64 {
    values.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A Monday.
    const MONDAY: i64 = 20_409;

    fn manner() -> Manner {
        Manner {
            sensitivity: 3.5,
            warm_up: 7,
            direction: Direction::Both,
            of_change: false,
            ignore_change: 0.0,
            is_ratio: false,
        }
    }

    fn days(values: &[f64]) -> Vec<Point> {
        values
            .iter()
            .zip(MONDAY..)
            .map(|(&value, day)| Point { day, value })
            .collect()
    }

    fn is_usual(values: &[f64], now: f64, manner: &Manner) -> Option<bool> {
        let earlier = days(values);
        let day = earlier.last().map_or(MONDAY, |last| last.day + 1);
        match judge(&earlier, Point { day, value: now }, manner) {
            Judgement::TooEarly { .. } => None,
            Judgement::Judged { is_usual, .. } => Some(is_usual),
        }
    }

    #[test]
    fn the_range_is_the_middle_and_so_many_spreads() {
        // Middle 100, distances 0 1 1 2 2 3 3 with the middle 2, spread 2.9652.
        let values = [100.0, 101.0, 99.0, 102.0, 98.0, 103.0, 97.0];
        let judged = judge(
            &days(&values),
            Point {
                day: MONDAY + 7,
                value: 100.0,
            },
            &manner(),
        );
        let Judgement::Judged {
            range,
            days,
            same_weekday,
            ..
        } = judged
        else {
            panic!("{judged:?}");
        };
        assert!((range.0 - (100.0 - 3.5 * 2.9652)).abs() < 1e-9, "{range:?}");
        assert_eq!((days, same_weekday), (7, false));
        assert_eq!(is_usual(&values, 110.3, &manner()), Some(true));
        assert_eq!(is_usual(&values, 110.4, &manner()), Some(false));
        assert_eq!(is_usual(&values, 89.0, &manner()), Some(false));
    }

    #[test]
    fn little_history_judges_nothing() {
        assert_eq!(is_usual(&[5.0; 6], 1e9, &manner()), None);
        assert_eq!(is_usual(&[], 1.0, &manner()), None);
        assert_eq!(is_usual(&[5.0; 7], 1e9, &manner()), Some(false));
    }

    #[test]
    fn one_odd_day_does_not_hide_the_next() {
        let mut values = [100.0, 101.0, 99.0, 102.0, 98.0, 103.0, 97.0, 100.0].to_vec();
        values.push(100_000.0);
        assert_eq!(is_usual(&values, 100_000.0, &manner()), Some(false));
        assert_eq!(is_usual(&values, 101.0, &manner()), Some(true));
    }

    #[test]
    fn a_series_that_never_changed_may_change_a_little() {
        assert_eq!(is_usual(&[100.0; 10], 106.9, &manner()), Some(true));
        assert_eq!(is_usual(&[100.0; 10], 107.1, &manner()), Some(false));
        // A share of nulls that was always 0 and is 1 %.
        assert_eq!(is_usual(&[0.0; 10], 0.01, &manner()), Some(false));
        assert_eq!(is_usual(&[0.0; 10], 0.0, &manner()), Some(true));
    }

    #[test]
    fn weekends_are_compared_with_weekends() {
        // Five weeks: 100 on working days, 5 on Saturdays and Sundays.
        let weeks: Vec<f64> = [100.0, 101.0, 99.0, 102.0, 98.0, 5.0, 6.0].repeat(5);
        let earlier = days(&weeks);
        let on = |day: i64, value: f64| {
            let manner = Manner {
                ignore_change: 0.1,
                ..manner()
            };
            match judge(
                &earlier,
                Point {
                    day: MONDAY + 35 + day,
                    value,
                },
                &manner,
            ) {
                Judgement::Judged {
                    is_usual,
                    same_weekday,
                    ..
                } => {
                    assert!(same_weekday);
                    is_usual
                }
                early @ Judgement::TooEarly { .. } => panic!("{early:?}"),
            }
        };
        assert!(on(0, 101.0) && on(5, 5.0));
        assert!(!on(0, 5.0), "a Monday like a Saturday");
        assert!(!on(5, 100.0), "a Saturday like a Monday");
    }

    #[test]
    fn what_grows_is_judged_by_its_steps() {
        let growing = Manner {
            of_change: true,
            ..manner()
        };
        let values: Vec<f64> = (0..12)
            .map(|day| 1000.0 + 50.0 * f64::from(day) + f64::from(day % 3))
            .collect();
        // The last was 1552; about 50 more a day.
        assert_eq!(is_usual(&values, 1601.0, &growing), Some(true));
        assert_eq!(is_usual(&values, 1000.0, &growing), Some(false));
        assert_eq!(is_usual(&values, 9000.0, &growing), Some(false));
        // Three days later, three steps.
        let earlier = days(&values);
        let later = judge(
            &earlier,
            Point {
                day: MONDAY + 14,
                value: 1702.0,
            },
            &growing,
        );
        assert!(
            matches!(later, Judgement::Judged { is_usual: true, .. }),
            "{later:?}"
        );
    }

    #[test]
    fn one_side_only_if_asked() {
        let values = [100.0; 10];
        let spike = Manner {
            direction: Direction::Spike,
            ..manner()
        };
        let drop = Manner {
            direction: Direction::Drop,
            ..manner()
        };
        assert_eq!(is_usual(&values, 0.0, &spike), Some(true));
        assert_eq!(is_usual(&values, 200.0, &spike), Some(false));
        assert_eq!(is_usual(&values, 0.0, &drop), Some(false));
        let tolerant = Manner {
            ignore_change: 0.5,
            ..manner()
        };
        assert_eq!(is_usual(&values, 149.0, &tolerant), Some(true));
    }

    #[test]
    fn ratios_bear_orders_of_magnitude() {
        let ratios = Manner {
            is_ratio: true,
            ..manner()
        };
        let values = [10.0, 100.0, 1000.0, 30.0, 300.0, 100.0, 50.0, 500.0];
        assert_eq!(is_usual(&values, 5000.0, &ratios), Some(true));
        assert_eq!(is_usual(&values, 5000.0, &manner()), Some(false));
        assert_eq!(is_usual(&values, 1e7, &ratios), Some(false));
    }
}
