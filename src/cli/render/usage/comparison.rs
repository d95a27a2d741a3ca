//! Our count beside that of ccusage.

use super::report::{count, dollars};
use super::table::{Side, Table, Weight};
use crate::cli::{human, style};
use crate::usage::call::Amounts;
use crate::usage::ccusage::{CauseSum, Comparison};

/// Both counts, and the causes of their difference; with every line if `verbose`.
pub(in crate::cli) fn comparison(comparison: &Comparison, verbose: bool) -> String {
    let mut table = Table::new(columns("Count"));
    table.row(Weight::Plain, plain("ccusage", comparison.theirs));
    table.row(Weight::Plain, plain("cca", comparison.ours));
    let difference = comparison.ours.minus(comparison.theirs);
    table.row(Weight::Total, signed("difference", difference));
    let mut text = table.finish();
    if comparison.causes.is_empty() {
        text.push_str(&style::good("\nevery number is the same\n"));
        return text;
    }
    text.push('\n');
    let mut causes = Table::new(columns("Cause"));
    for sum in &comparison.causes {
        let name = sum.cause.name().replace('_', " ");
        causes.row(Weight::Plain, signed(&name, sum.amounts));
    }
    causes.row(Weight::Total, signed("sum", difference));
    text.push_str(&causes.finish());
    text.push('\n');
    for sum in &comparison.causes {
        text.push_str(&explanation(sum, verbose));
    }
    text
}

fn columns(name: &'static str) -> Vec<(&'static str, Side)> {
    vec![
        (name, Side::Left),
        ("Input", Side::Right),
        ("Output", Side::Right),
        ("Cache write", Side::Right),
        ("Cache read", Side::Right),
        ("Cost", Side::Right),
    ]
}

fn plain(name: &str, amounts: Amounts) -> Vec<String> {
    let tokens = amounts.tokens;
    vec![
        name.to_owned(),
        count(tokens.input),
        count(tokens.output),
        count(tokens.cache_creation),
        count(tokens.cache_read),
        dollars(amounts.cost.as_f64()),
    ]
}

fn signed(name: &str, amounts: Amounts) -> Vec<String> {
    let number = |value: i64| match value {
        0 => "·".to_owned(),
        above if above > 0 => format!("+{}", human::count(above.unsigned_abs())),
        below => format!("-{}", human::count(below.unsigned_abs())),
    };
    let cost = match amounts.cost.as_f64() {
        0.0 => "·".to_owned(),
        little if little.abs() < 0.000_05 => "~0".to_owned(),
        above if above > 0.0 => format!("+{}", dollars(above)),
        below => dollars(below),
    };
    let tokens = amounts.tokens;
    vec![
        name.to_owned(),
        number(tokens.input),
        number(tokens.output),
        number(tokens.cache_creation),
        number(tokens.cache_read),
        cost,
    ]
}

fn explanation(sum: &CauseSum, verbose: bool) -> String {
    let name = sum.cause.name().replace('_', " ");
    let mut text = format!(
        "{}  {} {}\n",
        style::name(&name),
        sum.cause.meaning(),
        style::dim(format!(
            "({})",
            human::plural(sum.instances.len() as u64, "place")
        ))
    );
    if verbose {
        for instance in &sum.instances {
            let place = format!("{}:{}", instance.file.display(), instance.line);
            let id = instance.message_id.as_deref().unwrap_or("no id");
            let cost = signed("", instance.amounts).pop().unwrap_or_default();
            text.push_str(&style::dim(format!(
                "    {place}  {id}  {:+} tokens  {cost}\n",
                instance.amounts.tokens.total()
            )));
        }
    }
    text
}
