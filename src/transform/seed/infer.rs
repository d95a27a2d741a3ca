//! Types of columns of a CSV file, by the rules of dbt-core: the first of number, date, instant
//! and truth that fits every value, else text. `null` and nothing fit everything but text.
//!
//! Where dbt-core would choose a type that its own load then refuses (a number beyond 32 bits,
//! `1,000`, `5 %`), the nearest type that holds the values is taken.

/// Digits that count when decimal places are looked for.
const PRECISION: usize = 28;

/// Symbols a number may be written with.
const CURRENCIES: [char; 18] = [
    '؋', '$', 'ƒ', '៛', '¥', '₡', '₱', '£', '€', '¢', '﷼', '₪', '₩', '₭', '₮', '₦', '฿', '₤',
];

/// The type of a column with these values; `None` stands for a field that is not there.
pub(in crate::transform) fn infer<'a>(
    values: impl Iterator<Item = Option<&'a str>> + Clone,
) -> &'static str {
    let present = values.flatten();
    let all = |fits: fn(&str) -> bool| present.clone().all(|value| is_null(value) || fits(value));
    if all(is_number) {
        number_type(present.filter(|value| !is_null(value)))
    } else if all(is_date) {
        "DATE"
    } else if all(is_plain_instant) || all(is_iso_instant) {
        "TIMESTAMP"
    } else if all(is_truth) {
        "BOOLEAN"
    } else {
        "VARCHAR"
    }
}

fn is_null(text: &str) -> bool {
    let text = text.trim();
    text.is_empty() || text.eq_ignore_ascii_case("null")
}

fn number_type<'a>(values: impl Iterator<Item = &'a str>) -> &'static str {
    let mut kind = "INTEGER";
    let (mut whole, mut places) = (1, 0);
    for value in values {
        let plain = value.trim();
        if !is_plain_number(plain) {
            return "VARCHAR";
        }
        if let Some(digits) = Digits::of(plain) {
            whole = whole.max(digits.whole);
            places = places.max(digits.places);
        }
        match plain.parse::<f64>() {
            Ok(number) if number.abs() >= 9.2e18 => kind = "DOUBLE",
            Ok(number) if number.abs() > f64::from(i32::MAX) && kind == "INTEGER" => {
                kind = "BIGINT";
            }
            Ok(_) => {}
            Err(_) => return "VARCHAR",
        }
    }
    let has_places = if whole + places > PRECISION {
        whole != PRECISION
    } else {
        places > 0
    };
    if has_places { "DOUBLE" } else { kind }
}

/// What counts as a number: also with a sign, separators of thousands, a currency or `%`.
fn is_number(text: &str) -> bool {
    let text = text.trim().trim_matches('%');
    let text = text.strip_prefix('-').unwrap_or(text);
    let text = CURRENCIES
        .iter()
        .fold(text, |text, symbol| text.trim_matches(*symbol));
    is_decimal(&text.replace([',', '_'], ""))
}

/// Digits with at most one point and an exponent, or a word for what is no number.
fn is_decimal(text: &str) -> bool {
    let text = text.trim();
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let lower = unsigned.to_ascii_lowercase();
    let word = lower.trim_start_matches('s');
    if matches!(lower.as_str(), "inf" | "infinity")
        || word
            .strip_prefix("nan")
            .is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()))
    {
        return true;
    }
    let (mantissa, exponent) = match lower.split_once('e') {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (lower.as_str(), None),
    };
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let has_exponent = exponent.is_none_or(|text| {
        let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
        !digits.is_empty() && is_digits(digits)
    });
    is_digits(whole)
        && is_digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && has_exponent
}

/// What the engine reads as a number.
fn is_plain_number(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte))
        && is_decimal(text)
}

/// Places of a number before and after its point, without zeros at the end.
struct Digits {
    whole: usize,
    places: usize,
}

impl Digits {
    fn of(text: &str) -> Option<Self> {
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
            None => (text, 0),
        };
        let mantissa = mantissa.trim_start_matches(['+', '-']);
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = format!("{whole}{fraction}");
        let significant = all.trim_start_matches('0').trim_end_matches('0').len();
        if significant == 0 {
            return Some(Self {
                whole: 1,
                places: 0,
            });
        }
        let zeros = i64::try_from(all.len() - all.trim_end_matches('0').len()).ok()?;
        let places = i64::try_from(fraction.len()).ok()? - exponent - zeros;
        let whole = i64::try_from(significant).ok()? - places;
        Some(Self {
            whole: usize::try_from(whole).unwrap_or(0),
            places: usize::try_from(places).unwrap_or(0),
        })
    }
}

fn is_date(text: &str) -> bool {
    date_parts(text.trim()).is_some()
}

/// `2024-01-31`, also without leading zeros in month and day.
fn date_parts(text: &str) -> Option<()> {
    let mut parts = text.split('-');
    let year = number(parts.next()?, 4..=4)?;
    let month = number(parts.next()?, 1..=2)?;
    let day = number(parts.next()?, 1..=2)?;
    let (year, month, day) = (
        i16::try_from(year).ok()?,
        i8::try_from(month).ok()?,
        i8::try_from(day).ok()?,
    );
    jiff::civil::Date::new(year, month, day).ok()?;
    parts.next().is_none().then_some(())
}

fn number(text: &str, length: std::ops::RangeInclusive<usize>) -> Option<u32> {
    let is_digits = text.bytes().all(|byte| byte.is_ascii_digit());
    (is_digits && length.contains(&text.len()))
        .then(|| text.parse().ok())
        .flatten()
}

/// `2024-01-31 10:00:00`.
fn is_plain_instant(text: &str) -> bool {
    let Some((date, time)) = text.trim().split_once(' ') else {
        return false;
    };
    let parts: Vec<Option<u32>> = time
        .trim_start()
        .split(':')
        .map(|part| number(part, 1..=2))
        .collect();
    is_date(date)
        && matches!(parts.as_slice(), [Some(hour), Some(minute), Some(second)]
            if *hour < 24 && *minute < 60 && *second < 62)
}

/// `2024-01-31T10:00:00.5+02:00` and shorter forms.
fn is_iso_instant(text: &str) -> bool {
    let Some((date, time)) = text.trim().split_once('T') else {
        return false;
    };
    let (clock, zone) = match time.find(['Z', '+', '-']) {
        Some(at) => time.split_at_checked(at).unwrap_or((time, "")),
        None => (time, ""),
    };
    let (clock, fraction) = clock.split_once(['.', ',']).unwrap_or((clock, "0"));
    let parts: Vec<Option<u32>> = clock.split(':').map(|part| number(part, 2..=2)).collect();
    let is_clock = match parts.as_slice() {
        [Some(hour), Some(minute)] => *hour < 24 && *minute < 60,
        [Some(hour), Some(minute), Some(second)] => *hour < 24 && *minute < 60 && *second < 60,
        _ => false,
    };
    date.len() == 10
        && is_date(date)
        && is_clock
        && number(fraction, 1..=9).is_some()
        && is_zone(zone)
}

fn is_zone(text: &str) -> bool {
    let Some(offset) = text.strip_prefix(['+', '-']) else {
        return text.is_empty() || text == "Z";
    };
    let (hours, minutes) = offset.split_once(':').unwrap_or((offset, "00"));
    number(hours, 2..=2).is_some() && number(minutes, 2..=2).is_some()
}

fn is_truth(text: &str) -> bool {
    let text = text.replace(',', "");
    let text = text.trim();
    text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false") || is_null(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind_of(values: &[&str]) -> &'static str {
        infer(values.iter().map(|value| Some(*value)))
    }

    #[test]
    fn numbers_are_narrow_and_dates_are_whole() {
        assert_eq!(kind_of(&["1", "-20", ""]), "INTEGER");
        assert_eq!(kind_of(&["007", "8"]), "INTEGER");
        assert_eq!(kind_of(&["1", "2.5"]), "DOUBLE");
        assert_eq!(kind_of(&["1.0", "2.00", "1e3"]), "INTEGER");
        assert_eq!(kind_of(&["1e-3"]), "DOUBLE");
        assert_eq!(kind_of(&["2024-01-31", "2024-2-1"]), "DATE");
        assert_eq!(kind_of(&["2024-02-31"]), "VARCHAR");
        assert_eq!(kind_of(&["2024-01-31", "2024-01-31 10:00:00"]), "VARCHAR");
        assert_eq!(kind_of(&["2024-01-31 10:00:00", "null"]), "TIMESTAMP");
        assert_eq!(
            kind_of(&["2024-01-31T10:00:00Z", "2024-06-30T10:00:00+02:00"]),
            "TIMESTAMP"
        );
        assert_eq!(kind_of(&["2024-01-31 10:00:00.123"]), "VARCHAR");
        assert_eq!(kind_of(&["10:00:00"]), "VARCHAR");
        assert_eq!(kind_of(&["true", "False", ""]), "BOOLEAN");
        assert_eq!(kind_of(&["t", "f"]), "VARCHAR");
    }

    #[test]
    fn nothing_is_a_number() {
        assert_eq!(kind_of(&["", ""]), "INTEGER");
        assert_eq!(kind_of(&[]), "INTEGER");
        assert_eq!(infer([None, None].into_iter()), "INTEGER");
        assert_eq!(kind_of(&["null", "x"]), "VARCHAR");
    }

    #[test]
    fn values_always_fit_their_type() {
        assert_eq!(kind_of(&["3000000000", "1"]), "BIGINT");
        assert_eq!(kind_of(&["123456789012345678901"]), "DOUBLE");
        assert_eq!(kind_of(&["1,000", "5"]), "VARCHAR");
        assert_eq!(kind_of(&["5%"]), "VARCHAR");
        assert_eq!(kind_of(&["$5"]), "VARCHAR");
        assert_eq!(kind_of(&["nan"]), "VARCHAR");
        assert_eq!(kind_of(&["+1"]), "INTEGER");
    }
}
