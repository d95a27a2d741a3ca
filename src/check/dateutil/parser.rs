//! From tokens to a date and a time.

use super::calendar::{Date, Members};
use super::words::{self, Unit};

/// What a text says.
#[derive(Default)]
pub(super) struct Moment {
    date: Date,
    is_weekday: bool,
    hour: Option<u32>,
    minute: Option<u32>,
    second: Option<u32>,
    zone: bool,
}

impl Moment {
    /// Whether it says anything, and nothing impossible.
    pub(super) fn is_possible(&self) -> bool {
        let says = self.date != Date::default()
            || self.is_weekday
            || self.hour.is_some()
            || self.minute.is_some()
            || self.second.is_some()
            || self.zone;
        says && self.date.exists()
            && self.hour.is_none_or(|hour| hour < 24)
            && self.minute.is_none_or(|minute| minute < 60)
            && self.second.is_none_or(|second| second < 60)
    }
}

/// Reads tokens one after the other; `None` wherever they make no sense.
pub(super) struct Parser {
    tokens: Vec<String>,
    at: usize,
    members: Members,
    moment: Moment,
    zone_name: bool,
    zone_offset: bool,
}

impl Parser {
    pub(super) fn new(tokens: Vec<String>) -> Self {
        Self {
            tokens,
            at: 0,
            members: Members::default(),
            moment: Moment::default(),
            zone_name: false,
            zone_offset: false,
        }
    }

    /// The moment that all tokens together say.
    pub(super) fn read(&mut self) -> Option<Moment> {
        while let Some(token) = self.token(self.at) {
            if token.parse::<f64>().is_ok() {
                self.number(&token)?;
            } else {
                self.word(&token)?;
            }
            self.at += 1;
        }
        self.moment.date = self.members.resolve()?;
        self.moment.zone = self.zone_name || self.zone_offset;
        Some(std::mem::take(&mut self.moment))
    }

    fn token(&self, at: usize) -> Option<String> {
        self.tokens.get(at).cloned()
    }

    fn ahead(&self, by: usize) -> &str {
        self.tokens.get(self.at + by).map_or("", String::as_str)
    }

    fn behind(&self, by: usize) -> &str {
        let place = self.at.checked_sub(by);
        place
            .and_then(|place| self.tokens.get(place))
            .map_or("", String::as_str)
    }

    fn is_last(&self, by: usize) -> bool {
        self.at + by >= self.tokens.len()
    }

    fn word(&mut self, token: &str) -> Option<()> {
        if words::is_weekday(token) {
            self.moment.is_weekday = true;
        } else if let Some(month) = words::month(token) {
            self.month(month)?;
        } else if let Some(afternoon) = words::is_afternoon(token) {
            let hour = self.moment.hour.filter(|hour| *hour <= 12)?;
            self.moment.hour = Some(on_clock(hour, afternoon));
        } else if self.may_be_zone(token) {
            self.zone_name = true;
            self.zone_offset = words::is_utc(token);
            // In `GMT+3` the offset follows, with its sign the other way round.
            if matches!(self.ahead(1), "+" | "-") {
                self.zone_offset = false;
                if words::is_utc(token) {
                    self.zone_name = false;
                }
            }
        } else if self.moment.hour.is_some() && matches!(token, "+" | "-") {
            self.offset()?;
        } else if !words::is_filler(token) {
            return None;
        }
        Some(())
    }

    /// `Jan`, `Jan-01`, `Jan-01-99`, `Jan of 01`.
    fn month(&mut self, month: u32) -> Option<()> {
        self.members.month(month)?;
        let separator = self.ahead(1).to_owned();
        if matches!(separator.as_str(), "-" | "/") {
            let second = self.token(self.at + 2)?;
            self.members.text(&second, false)?;
            if !self.is_last(3) && self.ahead(3) == separator {
                let third = self.token(self.at + 4)?;
                self.members.text(&third, false)?;
                self.at += 2;
            }
            self.at += 2;
        } else if !self.is_last(4)
            && separator == " "
            && self.ahead(3) == " "
            && self.ahead(2).eq_ignore_ascii_case("of")
        {
            let year = self.token(self.at + 4)?;
            if year.chars().all(|c| c.is_ascii_digit()) {
                self.members.text(&year, true)?;
            }
            self.at += 4;
        }
        Some(())
    }

    fn may_be_zone(&self, token: &str) -> bool {
        self.moment.hour.is_some()
            && !self.zone_name
            && !self.zone_offset
            && token.chars().count() <= 5
            && (token.chars().all(|c| c.is_ascii_uppercase()) || words::is_utc(token))
    }

    /// `-0300`, `-03:00`, `-3`, each perhaps with a name: `-0300 (BRST)`.
    fn offset(&mut self) -> Option<()> {
        let digits = self.token(self.at + 1)?;
        let is_number = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
        if !is_number(&digits) {
            return None;
        }
        if digits.len() != 4 && !self.is_last(2) && self.ahead(2) == ":" {
            if !is_number(self.ahead(3)) {
                return None;
            }
            self.at += 2;
        } else if digits.len() > 2 && digits.len() != 4 {
            return None;
        }
        self.zone_offset = true;
        let name = self.ahead(4).to_owned();
        let is_named = !self.is_last(5)
            && words::is_filler(self.ahead(2))
            && self.ahead(3) == "("
            && self.ahead(5) == ")"
            && (3..=5).contains(&name.len())
            && !self.zone_name
            && name.chars().all(|c| c.is_ascii_uppercase());
        if is_named {
            self.zone_name = true;
            self.at += 4;
        }
        self.at += 1;
        Some(())
    }

    fn number(&mut self, token: &str) -> Option<()> {
        let value: f64 = token.parse().ok().filter(|value: &f64| value.is_finite())?;
        let is_time_next = self.ahead(1) == ":" || words::unit(self.ahead(1)).is_some();
        let length = token.len();
        if self.members.len() == 3
            && matches!(length, 2 | 4)
            && self.moment.hour.is_none()
            && !is_time_next
        {
            // 19990101T23[59]
            self.moment.hour = Some(whole(token.get(..2)?)?);
            if length == 4 {
                self.moment.minute = Some(whole(token.get(2..)?)?);
            }
            Some(())
        } else if length == 6 || (length > 6 && token.find('.') == Some(6)) {
            self.six_digits(token)
        } else if matches!(length, 8 | 12 | 14) {
            self.packed(token)
        } else if let Some(label) = self.label() {
            self.labelled(token, value, label)
        } else if !self.is_last(2) && self.ahead(1) == ":" {
            self.clock(value)
        } else if matches!(self.ahead(1), "-" | "/" | ".") {
            self.separated(token)
        } else if self.is_last(1) || words::is_filler(self.ahead(1)) {
            match words::is_afternoon(self.ahead(2)) {
                Some(afternoon) => {
                    self.moment.hour = Some(on_clock(truncated(value)?, afternoon));
                    self.at += 1;
                }
                None => self.members.number(value)?,
            }
            self.at += 1;
            Some(())
        } else if let Some(afternoon) =
            words::is_afternoon(self.ahead(1)).filter(|_| (0.0..24.0).contains(&value))
        {
            self.moment.hour = Some(on_clock(truncated(value)?, afternoon));
            self.at += 1;
            Some(())
        } else if self.members.may_be_day(value) {
            self.members.number(value)
        } else {
            None
        }
    }

    /// `YYMMDD`, or `HHMMSS[.ss]` after a date.
    fn six_digits(&mut self, token: &str) -> Option<()> {
        if self.members.len() == 0 && !token.contains('.') {
            for part in [token.get(..2)?, token.get(2..4)?, token.get(4..)?] {
                self.members.text(part, false)?;
            }
            return Some(());
        }
        self.moment.hour = Some(whole(token.get(..2)?)?);
        self.moment.minute = Some(whole(token.get(2..4)?)?);
        self.moment.second = Some(seconds(token.get(4..)?)?);
        Some(())
    }

    /// `YYYYMMDD[HHMM[SS]]`.
    fn packed(&mut self, token: &str) -> Option<()> {
        self.members.text(token.get(..4)?, true)?;
        self.members.text(token.get(4..6)?, false)?;
        self.members.text(token.get(6..8)?, false)?;
        if token.len() > 8 {
            self.moment.hour = Some(whole(token.get(8..10)?)?);
            self.moment.minute = Some(whole(token.get(10..12)?)?);
        }
        if token.len() > 12 {
            self.moment.second = Some(whole(token.get(12..)?)?);
        }
        Some(())
    }

    /// The unit of this number, and how far ahead its label is: `12h`, `12 h`, the `04` of
    /// `12h04`, and at the end `12h 04`.
    fn label(&self) -> Option<(Unit, usize)> {
        let after = |unit| match unit {
            Unit::Hour => Some(Unit::Minute),
            Unit::Minute => Some(Unit::Second),
            Unit::Second => None,
        };
        if let Some(unit) = words::unit(self.ahead(1)) {
            return Some((unit, 1));
        }
        if self.ahead(1) == " "
            && let Some(unit) = words::unit(self.ahead(2))
        {
            return Some((unit, 2));
        }
        if let Some(unit) = words::unit(self.behind(1)) {
            return after(unit).map(|unit| (unit, 0));
        }
        if self.is_last(1) && self.behind(1) == " " {
            return words::unit(self.behind(2))
                .and_then(after)
                .map(|unit| (unit, 0));
        }
        None
    }

    fn labelled(&mut self, token: &str, value: f64, (unit, ahead): (Unit, usize)) -> Option<()> {
        match unit {
            Unit::Hour => {
                self.moment.hour = Some(truncated(value)?);
                if value.fract() > 0.0 {
                    self.moment.minute = Some(truncated(60.0 * value.fract())?);
                }
            }
            Unit::Minute => self.minutes(value)?,
            Unit::Second => self.moment.second = Some(seconds(token)?),
        }
        self.at += ahead;
        Some(())
    }

    fn minutes(&mut self, value: f64) -> Option<()> {
        self.moment.minute = Some(truncated(value)?);
        self.moment.second = if value.fract() > 0.0 {
            Some(truncated(60.0 * value.fract())?)
        } else {
            None
        };
        Some(())
    }

    /// `HH:MM[:SS[.ss]]`.
    fn clock(&mut self, value: f64) -> Option<()> {
        self.moment.hour = Some(truncated(value)?);
        let minutes: f64 = self.ahead(2).parse().ok()?;
        self.minutes(minutes)?;
        if !self.is_last(4) && self.ahead(3) == ":" {
            self.moment.second = Some(seconds(self.ahead(4))?);
            self.at += 2;
        }
        self.at += 2;
        Some(())
    }

    /// `01-01[-01]`, `01-Jan[-01]`.
    fn separated(&mut self, token: &str) -> Option<()> {
        let separator = self.ahead(1).to_owned();
        self.members.text(token, false)?;
        if !self.is_last(2) && !words::is_filler(self.ahead(2)) {
            self.member(2)?;
            if !self.is_last(3) && self.ahead(3) == separator {
                self.token(self.at + 4)?;
                self.member(4)?;
                self.at += 2;
            }
            self.at += 1;
        }
        self.at += 1;
        Some(())
    }

    fn member(&mut self, ahead: usize) -> Option<()> {
        let text = self.ahead(ahead).to_owned();
        match words::month(&text) {
            Some(month) => self.members.month(month),
            None => self.members.text(&text, false),
        }
    }
}

/// The hour of the day, where the half of the day is known.
fn on_clock(hour: u32, afternoon: bool) -> u32 {
    match (hour, afternoon) {
        (12, false) => 0,
        (0..12, true) => hour + 12,
        _ => hour,
    }
}

fn whole(digits: &str) -> Option<u32> {
    digits
        .chars()
        .all(|c| c.is_ascii_digit())
        .then(|| digits.parse().ok())?
}

fn seconds(text: &str) -> Option<u32> {
    match text.split_once('.') {
        None => whole(text),
        Some((seconds, fraction)) => whole(fraction.get(..6).unwrap_or(fraction))
            .filter(|_| !fraction.contains('.'))
            .and(whole(seconds)),
    }
}

fn truncated(value: f64) -> Option<u32> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "bounded just before"
    )]
    (0.0..1e6).contains(&value).then_some(value as u32)
}
