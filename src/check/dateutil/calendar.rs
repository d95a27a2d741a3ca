//! Year, month and day among two or three numbers whose order varies.

/// The members of a date in the order of the text.
#[derive(Default)]
pub(super) struct Members {
    numbers: Vec<u32>,
    year: Option<usize>,
    month: Option<usize>,
}

/// What became of the members.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Date {
    pub year: Option<u32>,
    pub month: Option<u32>,
    pub day: Option<u32>,
}

impl Members {
    pub(super) fn len(&self) -> usize {
        self.numbers.len()
    }

    /// A member as written: more than two digits are a year. `None` if it is no number, or the
    /// date has a year already.
    pub(super) fn text(&mut self, text: &str, is_year: bool) -> Option<()> {
        if !text.chars().all(|c| c.is_ascii_digit()) {
            return None;
        }
        let number = text.parse().ok()?;
        // There is no year 0; `00` is one of a century.
        if number == 0 && text.len() > 2 {
            return None;
        }
        self.push(number, is_year || text.len() > 2)
    }

    /// A member that is a number: more than 100 is a year.
    pub(super) fn number(&mut self, number: f64) -> Option<()> {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "bounded just before"
        )]
        let whole = (0.0..1e9).contains(&number).then_some(number as u32)?;
        self.push(whole, number > 100.0)
    }

    /// The name of a month. `None` if the date has one already.
    pub(super) fn month(&mut self, month: u32) -> Option<()> {
        if self.month.is_some() {
            return None;
        }
        self.month = Some(self.numbers.len());
        self.numbers.push(month);
        Some(())
    }

    fn push(&mut self, number: u32, is_year: bool) -> Option<()> {
        if is_year {
            if self.year.is_some() {
                return None;
            }
            self.year = Some(self.numbers.len());
        }
        self.numbers.push(number);
        Some(())
    }

    /// Whether a number may still be the day.
    pub(super) fn may_be_day(&self, number: f64) -> bool {
        let month = self.month.and_then(|at| self.numbers.get(at)).copied();
        let year = self.year.and_then(|at| self.numbers.get(at)).copied();
        let last = month.map_or(Some(31), |month| days(year.unwrap_or(2000), month));
        last.is_some_and(|last| (1.0..=f64::from(last)).contains(&number))
    }

    /// Which member is what. `None` if there are too many.
    pub(super) fn resolve(&self) -> Option<Date> {
        let date = |year, month, day| {
            Some(Date {
                year: Some(year),
                month: Some(month),
                day: Some(day),
            })
        };
        match (self.numbers.as_slice(), self.year, self.month) {
            (&[], _, _) => Some(Date::default()),
            (numbers, Some(year), Some(month)) if (2..=3).contains(&numbers.len()) => {
                let day = (0..numbers.len()).find(|place| *place != year && *place != month);
                let at = |place: usize| numbers.get(place).copied();
                Some(Date {
                    year: at(year),
                    month: at(month),
                    day: day.and_then(at),
                })
            }
            (&[a], _, Some(_)) => Some(Date {
                month: Some(a),
                ..Date::default()
            }),
            (&[a], Some(_), None) => Some(Date {
                year: Some(a),
                ..Date::default()
            }),
            (&[a], None, None) => Some(other_than_month(a)),
            (&[a, b], _, Some(month)) => {
                let (month, other) = if month == 0 { (a, b) } else { (b, a) };
                Some(Date {
                    month: Some(month),
                    ..other_than_month(other)
                })
            }
            (&[a, b], _, None) => Some(two(a, b)),
            (&[a, b, c], _, Some(0)) if b > 31 => date(b, a, c),
            (&[a, b, c], _, Some(0)) => date(c, a, b),
            (&[a, b, c], _, Some(1)) if a > 31 => date(a, b, c),
            (&[a, b, c], _, Some(1)) => date(c, b, a),
            (&[a, b, c], _, Some(_)) if b > 31 => date(b, c, a),
            (&[a, b, c], _, Some(_)) => date(a, c, b),
            (&[a, b, c], year, None) if a > 31 || year == Some(0) => date(a, b, c),
            (&[a, b, c], _, None) if a > 12 => date(c, b, a),
            (&[a, b, c], _, None) => date(c, a, b),
            _ => None,
        }
    }
}

fn other_than_month(number: u32) -> Date {
    if number > 31 {
        Date {
            year: Some(number),
            ..Date::default()
        }
    } else {
        Date {
            day: Some(number),
            ..Date::default()
        }
    }
}

/// Two members without a name: a year and a month, or a month and a day.
fn two(a: u32, b: u32) -> Date {
    let [year, month, day] = if a > 31 {
        [Some(a), Some(b), None]
    } else if b > 31 {
        [Some(b), Some(a), None]
    } else {
        [None, Some(a), Some(b)]
    };
    Date { year, month, day }
}

impl Date {
    /// Whether the calendar has such a day; what is missing is as it must be for that.
    pub(super) fn exists(&self) -> bool {
        let year = self.year.unwrap_or(2000);
        let last = days(year, self.month.unwrap_or(1));
        // Two digits stand for a year of this century or the last one.
        let is_year = self.year.is_none_or(|year| year <= 9999);
        is_year && last.is_some_and(|last| self.day.is_none_or(|day| (1..=last).contains(&day)))
    }
}

/// Days of a month, if there is such a month.
fn days(year: u32, month: u32) -> Option<u32> {
    Some(match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        _ => return None,
    })
}
