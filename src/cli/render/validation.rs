//! What is wrong with suites, one fault after the other.

use crate::cli::{human, style};
use crate::error::Excerpt;
use crate::run::report::SuiteValidation;

/// Tables named that are not built.
const NAMED: usize = 3;

/// Every fault with its place and what to do, and how much was looked at.
pub(in crate::cli) fn validation(found: &SuiteValidation) -> String {
    let mut text = String::new();
    for fault in &found.faults {
        text.push_str(&format!(
            "{} {}\n",
            style::bad("✗"),
            style::title(&fault.message)
        ));
        let place = style::name(&fault.place);
        let name = fault.name.as_deref().unwrap_or_default();
        text.push_str(format!("  {} {place}  {name}", style::dim("at:")).trim_end());
        text.push('\n');
        for line in fault.refused.iter().flat_map(Excerpt::shown) {
            text.push_str(&format!("      {line}\n"));
        }
        for cause in &fault.causes {
            // The statement that the engine repeats below is not the one of the suite.
            let lines = cause.lines().take_while(|line| !line.trim().is_empty());
            let cause: Vec<&str> = lines.map(str::trim).collect();
            text.push_str(&format!("  {} {}\n", style::dim("cause:"), cause.join(" ")));
        }
        for hint in &fault.hints {
            text.push_str(&format!("  {} {hint}\n", style::good("hint:")));
        }
    }
    if !found.not_built.is_empty() {
        let names: Vec<&str> = found.not_built.iter().map(String::as_str).collect();
        let more = if names.len() > NAMED { ", …" } else { "" };
        text.push_str(&format!(
            "{} {} not built yet, so that columns were not looked up: {}{more}\n",
            style::warn("!"),
            human::plural(names.len() as u64, "table is/tables are"),
            names.get(..NAMED).unwrap_or(&names).join(", ")
        ));
    }
    if found.faults.is_empty() {
        text.push_str(&format!(
            "{} {} in {}\n",
            style::good("✓"),
            human::plural(found.expectations, "expectation"),
            human::plural(found.suites, "suite")
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::report::SuiteFault;

    #[test]
    fn every_fault_has_its_place() {
        let mut found = SuiteValidation {
            suites: 2,
            expectations: 9,
            faults: vec![SuiteFault {
                name: Some("s.expect_x(a)".into()),
                place: "expectations/s.yml:8:5".into(),
                refused: Some(Excerpt {
                    line: 8,
                    column: Some(5),
                    text: "    a < 1".into(),
                }),
                message: "there is no column `a` in m.t".into(),
                causes: vec!["Binder Error: no\nLINE 1".into()],
                hints: vec!["Did you mean `b`?".into()],
            }],
            not_built: vec!["marts.later".into()],
        };
        let plain =
            |found: &SuiteValidation| anstream::adapter::strip_str(&validation(found)).to_string();
        insta::assert_snapshot!(plain(&found), @r"
    ✗ there is no column `a` in m.t
      at: expectations/s.yml:8:5  s.expect_x(a)
          8 |     a < 1
            |     ^
      cause: Binder Error: no LINE 1
      hint: Did you mean `b`?
    ! 1 table is not built yet, so that columns were not looked up: marts.later
    ");
        found.faults.clear();
        found.not_built.clear();
        assert_eq!(plain(&found), "✓ 9 expectations in 2 suites\n");
    }
}
