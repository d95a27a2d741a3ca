//! Durations and sizes as people write them: `5m`, `1h30m`, `128MB`, `64 KiB`.

use std::time::Duration;

const TIME_UNITS: [(&str, u64); 6] = [
    ("w", 604_800_000),
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

const SIZE_UNITS: [(&str, u64); 10] = [
    ("b", 1),
    ("kb", 1_000),
    ("mb", 1_000_000),
    ("gb", 1_000_000_000),
    ("tb", 1_000_000_000_000),
    ("kib", 1 << 10),
    ("mib", 1 << 20),
    ("gib", 1 << 30),
    ("tib", 1 << 40),
    ("", 1),
];

/// Reads `90`, `90s`, `5m`, `1h30m`, `7d`; a bare number means seconds.
///
/// # Errors
/// What is wrong, as a fragment.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is not a duration such as `30s`, `5m`, `24h` or `7d`");
    let mut rest = text.trim();
    if let Ok(seconds) = rest.parse::<u64>() {
        return Ok(Duration::from_secs(seconds));
    }
    let mut millis = 0_u64;
    while !rest.is_empty() {
        let (digits, after) = split_number(rest);
        let (unit, after) = split_word(after.trim_start());
        let number: u64 = digits.parse().map_err(|_| wrong())?;
        let factor = TIME_UNITS
            .iter()
            .find(|(name, _)| *name == unit)
            .map(|(_, factor)| *factor);
        millis = number
            .checked_mul(factor.ok_or_else(wrong)?)
            .and_then(|part| millis.checked_add(part))
            .ok_or_else(wrong)?;
        rest = after.trim_start();
    }
    if text.trim().is_empty() {
        Err(wrong())
    } else {
        Ok(Duration::from_millis(millis))
    }
}

/// Reads `1048576`, `128MB` (decimal), `128MiB` (binary), `1.5 GB`; a bare number means bytes.
///
/// # Errors
/// What is wrong, as a fragment.
pub fn parse_size(text: &str) -> Result<u64, String> {
    let wrong = || format!("`{text}` is not a size such as `500KB`, `128MB` or `1GiB`");
    let (digits, rest) = split_decimal(text.trim());
    let unit = rest.trim().to_ascii_lowercase();
    let factor = SIZE_UNITS
        .iter()
        .find(|(name, _)| *name == unit || name.strip_suffix('b') == Some(unit.as_str()))
        .map(|(_, factor)| *factor)
        .ok_or_else(wrong)?;
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let whole: u64 = whole.parse().map_err(|_| wrong())?;
    let bytes = whole.checked_mul(factor).ok_or_else(wrong)?;
    let mut share = factor;
    let mut extra = 0;
    for digit in fraction.chars() {
        share /= 10;
        extra += u64::from(digit.to_digit(10).ok_or_else(wrong)?) * share;
    }
    bytes.checked_add(extra).ok_or_else(wrong)
}

/// The shortest text that [`parse_duration`] reads back.
#[must_use]
pub fn show_duration(duration: Duration) -> String {
    let mut rest = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    if rest == 0 {
        return "0s".to_owned();
    }
    let mut text = String::new();
    for (unit, factor) in TIME_UNITS.iter().skip(1) {
        if rest >= *factor {
            text.push_str(&format!("{}{unit}", rest / factor));
            rest %= factor;
        }
    }
    text
}

/// The shortest text that [`parse_size`] reads back.
#[must_use]
pub fn show_size(bytes: u64) -> String {
    let exact = ["TiB", "GiB", "MiB", "KiB", "GB", "MB", "KB"]
        .into_iter()
        .find_map(|unit| {
            let lower = unit.to_ascii_lowercase();
            let (_, factor) = SIZE_UNITS.iter().find(|(name, _)| *name == lower)?;
            (bytes >= *factor && bytes.is_multiple_of(*factor))
                .then(|| format!("{}{unit}", bytes / factor))
        });
    exact.unwrap_or_else(|| format!("{bytes}B"))
}

fn split_number(text: &str) -> (&str, &str) {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    text.split_at(end)
}

fn split_decimal(text: &str) -> (&str, &str) {
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    text.split_at(end)
}

fn split_word(text: &str) -> (&str, &str) {
    let end = text
        .find(|c: char| !c.is_ascii_alphabetic())
        .unwrap_or(text.len());
    text.split_at(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_and_shown() {
        for (text, seconds) in [
            ("60", 60),
            ("5m", 300),
            ("24h", 86_400),
            ("7d", 604_800),
            ("1h30m", 5_400),
            ("2w", 1_209_600),
        ] {
            let read = parse_duration(text).expect(text);
            assert_eq!(read, Duration::from_secs(seconds), "{text}");
            assert_eq!(parse_duration(&show_duration(read)), Ok(read), "{text}");
        }
        assert_eq!(parse_duration("250ms"), Ok(Duration::from_millis(250)));
        for text in ["", "five", "5 parsecs", "-3s", "5m5", "999999999999999999w"] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sizes_are_read_and_shown() {
        for (text, bytes) in [
            ("0", 0),
            ("1234", 1234),
            ("128MB", 128_000_000),
            ("128MiB", 128 << 20),
            ("50 mb", 50_000_000),
            ("1.5GB", 1_500_000_000),
            ("2g", 2_000_000_000),
            ("1KiB", 1024),
        ] {
            assert_eq!(parse_size(text), Ok(bytes), "{text}");
            assert_eq!(parse_size(&show_size(bytes)), Ok(bytes), "{text}");
        }
        for text in ["", "MB", "12 furlongs", "-1MB", "1.x MB", "99999999999TB"] {
            assert!(parse_size(text).is_err(), "{text}");
        }
    }
}
