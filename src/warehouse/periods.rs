//! Periods by which the rows of a table are kept or counted together: its latest days, one by one,
//! and the months before them.

use jiff::civil::Date;

/// Months up to a day, single days after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Periods {
    months_until: Date,
}

impl Periods {
    /// Single days begin after this one.
    #[must_use]
    pub fn new(months_until: Date) -> Self {
        Self { months_until }
    }

    /// The first and last day of the period of a day.
    #[must_use]
    pub fn around(&self, day: Date) -> (Date, Date) {
        if day > self.months_until {
            return (day, day);
        }
        let last = day.last_of_month().min(self.months_until);
        (day.first_of_month(), last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn months_end_where_single_days_begin() {
        let periods = Periods::new(date(2025, 3, 10));
        let (first, last) = (date(2025, 3, 1), date(2025, 3, 10));
        assert_eq!(periods.around(date(2025, 3, 10)), (first, last));
        assert_eq!(periods.around(date(2025, 3, 1)), (first, last));
        let day = date(2025, 3, 11);
        assert_eq!(periods.around(day), (day, day));
        let february = (date(2025, 2, 1), date(2025, 2, 28));
        assert_eq!(periods.around(date(2025, 2, 14)), february);
    }
}
