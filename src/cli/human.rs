//! Numbers in words people read: thousands, bytes, durations, money, shares, bars.

use std::time::Duration;

/// `1,234,567`.
pub(super) fn count(number: u64) -> String {
    group(&number.to_string())
}

/// `1 session`, `2 sessions`; irregular plurals are given whole: `entry/entries`.
pub(super) fn plural(number: u64, noun: &str) -> String {
    let word = match (number, noun.split_once('/')) {
        (1, Some((one, _))) => one.to_owned(),
        (_, Some((_, many))) => many.to_owned(),
        (1, None) => noun.to_owned(),
        (_, None) => format!("{noun}s"),
    };
    format!("{} {word}", count(number))
}

/// `0 B`, `999 B`, `1.2 kB`, `50.0 MB`: decimal units, as disks are sold.
pub(super) fn bytes(number: u64) -> String {
    scaled(number, &["B", "kB", "MB", "GB", "TB", "PB"], " ")
}

/// `999`, `12.3 k`, `412.3 M`, `1.2 B`.
pub(super) fn magnitude(number: u64) -> String {
    scaled(number, &["", "k", "M", "B", "T"], " ")
}

#[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
fn scaled(number: u64, units: &[&str], gap: &str) -> String {
    let mut value = number as f64;
    let mut unit = 0;
    // 999.95 would be shown as 1000.0.
    while value >= 999.95 && unit + 1 < units.len() {
        value /= 1000.0;
        unit += 1;
    }
    let name = units.get(unit).copied().unwrap_or_default();
    let gap = if name.is_empty() { "" } else { gap };
    if unit == 0 {
        format!("{number}{gap}{name}")
    } else {
        format!("{value:.1}{gap}{name}")
    }
}

/// `12 ms`, `3.4 s`, `2 min 05 s`, `1 h 02 min`.
pub(super) fn duration(duration: Duration) -> String {
    let millis = duration.as_millis();
    let seconds = duration.as_secs();
    match millis {
        0..1_000 => format!("{millis} ms"),
        1_000..60_000 => format!("{:.1} s", duration.as_secs_f64()),
        60_000..3_600_000 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} min", seconds / 3600, seconds % 3600 / 60),
    }
}

/// `$1,234.57`; small amounts keep four decimals. A text that is no number is shown as it is.
pub(super) fn dollars(decimal: &str) -> String {
    let Ok(value) = decimal.parse::<f64>() else {
        return format!("${decimal}");
    };
    let digits = if value != 0.0 && value.abs() < 1.0 {
        format!("{value:.4}")
    } else {
        format!("{value:.2}")
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits.as_str(), "00"));
    format!("${}.{fraction}", group(whole))
}

/// `93.6 %`.
pub(super) fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// Part of the whole, 0 for nothing of nothing.
#[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
pub(super) fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        0.0
    } else {
        part as f64 / whole as f64
    }
}

/// A bar of at most `width` columns in eighths; anything above zero leaves a trace.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "between 0 and the width of a terminal"
)]
pub(super) fn bar(share: f64, width: usize) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let share = if share.is_finite() {
        share.clamp(0.0, 1.0)
    } else {
        0.0
    };
    let mut eighths = (share * (width * 8) as f64).round() as usize;
    if share > 0.0 && eighths == 0 && width > 0 {
        eighths = 1;
    }
    let mut bar = "█".repeat(eighths / 8);
    bar.push_str(EIGHTHS.get(eighths % 8).copied().unwrap_or_default());
    bar
}

fn group(digits: &str) -> String {
    let (sign, digits) = digits
        .strip_prefix('-')
        .map_or(("", digits), |rest| ("-", rest));
    let mut text = String::from(sign);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_worded() {
        assert_eq!(count(0), "0");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(plural(1, "entry/entries"), "1 entry");
        assert_eq!(plural(2, "entry/entries"), "2 entries");
        assert_eq!(plural(1000, "session"), "1,000 sessions");
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(999_999), "1.0 MB");
        assert_eq!(bytes(52_400_000), "52.4 MB");
        assert_eq!(magnitude(412_300_000), "412.3 M");
        assert_eq!(magnitude(7), "7");
        assert_eq!(dollars("463.6512"), "$463.65");
        assert_eq!(dollars("1234567.8"), "$1,234,567.80");
        assert_eq!(dollars("0.0042"), "$0.0042");
        assert_eq!(dollars("0"), "$0.00");
        assert_eq!(percent(0.936), "93.6 %");
    }

    #[test]
    fn durations_are_worded() {
        let worded = |millis| duration(Duration::from_millis(millis));
        assert_eq!(worded(12), "12 ms");
        assert_eq!(worded(3_420), "3.4 s");
        assert_eq!(worded(125_000), "2 min 05 s");
        assert_eq!(worded(3_720_000), "1 h 02 min");
    }

    #[test]
    fn bars_fill_and_leave_a_trace() {
        assert_eq!(bar(0.0, 10), "");
        assert_eq!(bar(0.0001, 10), "▏");
        assert_eq!(bar(0.5, 3), "█▌");
        assert_eq!(bar(1.0, 3), "███");
        assert_eq!(bar(f64::NAN, 3), "");
    }
}
