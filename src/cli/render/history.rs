//! What came of one expectation, check after check.

use super::rows::grid;
use crate::cli::style;
use crate::run::report::{CheckHistory, PastCheck};

/// Blocks of a line of values, from the lowest to the highest.
const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// A line of its values, and a table of the checks, the latest last.
pub(in crate::cli) fn history(history: &CheckHistory, width: Option<u16>) -> String {
    let mut text = format!("{}\n", style::title(&history.name));
    let figures: Vec<Option<f64>> = history.checks.iter().map(|past| past.figure).collect();
    if let Some(line) = line(&figures) {
        text.push_str(&format!("{}\n", style::bar(line)));
    }
    text.push('\n');
    let rows: Vec<Vec<String>> = history.checks.iter().map(row).collect();
    let names = [
        "",
        "checked",
        "observed",
        "unexpected",
        "%",
        "message",
        "run",
    ];
    let numbers = [false, false, false, true, true, false, false];
    text.push_str(&grid(&names, &numbers, &rows, width));
    text
}

fn row(past: &PastCheck) -> Vec<String> {
    let sign = match (past.status, past.severity.as_str()) {
        ("passed", _) => "✓",
        ("error", _) => "?",
        (_, "warn") => "!",
        _ => "✗",
    };
    vec![
        sign.to_owned(),
        past.checked_at.strftime("%Y-%m-%d %H:%M:%S").to_string(),
        past.observed.clone(),
        past.unexpected_count
            .map(|count| count.to_string())
            .unwrap_or_default(),
        past.unexpected_percent
            .map(|percent| format!("{percent:.2}"))
            .unwrap_or_default(),
        past.message.clone(),
        past.run_id.clone(),
    ]
}

/// Values as blocks, blanks where there is none; nothing for less than two values.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of the levels"
)]
fn line(figures: &[Option<f64>]) -> Option<String> {
    let known: Vec<f64> = figures.iter().copied().flatten().collect();
    if known.len() < 2 {
        return None;
    }
    let low = known.iter().copied().fold(f64::INFINITY, f64::min);
    let high = known.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let block = |figure: &Option<f64>| {
        let Some(figure) = figure else { return ' ' };
        let share = if high > low {
            (figure - low) / (high - low)
        } else {
            0.0
        };
        LEVELS
            .get((share * 7.0).round() as usize)
            .copied()
            .unwrap_or('█')
    };
    Some(figures.iter().map(block).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checks_stand_below_a_line_of_their_values() {
        let past = |minute: i8, status, unexpected: u64| PastCheck {
            checked_at: jiff::civil::datetime(2026, 11, 20, 12, minute, 0, 0)
                .to_zoned(jiff::tz::TimeZone::UTC)
                .expect("an instant")
                .timestamp(),
            run_id: format!("r{minute}"),
            status,
            severity: "error".into(),
            observed: format!("{unexpected} of 10"),
            figure: Some(10.0 * f64::from(u32::try_from(unexpected).expect("small"))),
            unexpected_count: Some(unexpected),
            unexpected_percent: Some(10.0),
            message: "m".into(),
        };
        let shown = history(
            &CheckHistory {
                name: "s.expect_x(a)".into(),
                checks: vec![
                    past(1, "passed", 0),
                    past(2, "passed", 1),
                    past(3, "failed", 2),
                ],
            },
            None,
        );
        let plain = anstream::adapter::strip_str(&shown).to_string();
        insta::assert_snapshot!(plain, @r"
    s.expect_x(a)
    ▁▅█

         checked               observed   unexpected       %   message   run
    ─────────────────────────────────────────────────────────────────────────
     ✓   2026-11-20 12:01:00   0 of 10             0   10.00   m         r1
     ✓   2026-11-20 12:02:00   1 of 10             1   10.00   m         r2
     ✗   2026-11-20 12:03:00   2 of 10             2   10.00   m         r3
    ");
    }
}
