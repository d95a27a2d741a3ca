//! What `cca doctor` found.

use super::text::{left, widest};
use crate::cli::style;
use crate::run::report::{DoctorReport, Level};

/// One line per finding, with what to do below it.
pub(in crate::cli) fn findings(report: &DoctorReport) -> String {
    let names = widest(
        report
            .findings
            .iter()
            .map(|finding| finding.subject.as_str()),
        20,
    );
    let mut text = String::new();
    for finding in &report.findings {
        let sign = match finding.level {
            Level::Ok => style::good("✓"),
            Level::Warn => style::warn("!"),
            Level::Error => style::bad("✗"),
        };
        let subject = style::title(left(&finding.subject, names));
        text.push_str(&format!("{sign} {subject}  {}\n", finding.message));
        if let Some(remedy) = finding
            .remedy
            .as_deref()
            .filter(|remedy| !remedy.is_empty())
        {
            let gap = " ".repeat(names + 4);
            text.push_str(&format!("{gap}{} {remedy}\n", style::good("hint:")));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::report::Finding;

    #[test]
    fn every_trouble_has_its_remedy_below() {
        let report = DoctorReport {
            findings: vec![
                Finding::ok("disk", "120 GiB free"),
                Finding::warn("source", "no transcripts", "Run `cca demo`."),
                Finding::error("warehouse", "does not open", ""),
            ],
        };
        let plain = anstream::adapter::strip_str(&findings(&report)).to_string();
        insta::assert_snapshot!(plain, @r"
        ✓ disk       120 GiB free
        ! source     no transcripts
                     hint: Run `cca demo`.
        ✗ warehouse  does not open
        ");
    }
}
