//! `usage.iterations`: the requests a response was made of, and the advisors asked inside it.

use std::collections::BTreeMap;

use super::file::LineUsage;
use super::line::{Iteration, Iterations};
use crate::jsonl::Lenient;
use crate::usage::price::{Charged, is_regional};

/// Whether the text holds more than what the usage of the response says: an advisor, or a second
/// request.
pub(super) fn is_telling(text: &str) -> bool {
    text.contains("\"advisor_message\"") || text.matches("\"message\"").count() > 1
}

/// What each request of a response is charged for, where there were several and they add up to it:
/// the rates of one depend on its own size.
pub(super) fn requests(usage: &LineUsage) -> Vec<Charged> {
    let mut all = Vec::new();
    of_kind(usage, "message", |iteration| all.push(request(iteration)));
    let sum = |part: fn(&Charged) -> i64| all.iter().map(part).sum::<i64>();
    let is_whole = all.len() > 1
        && sum(|one| one.input) == usage.input
        && sum(|one| one.output) == usage.output.unwrap_or(0)
        && sum(|one| one.cache_write_5m + one.cache_write_1h) == usage.cache_creation
        && sum(|one| one.cache_read) == usage.cache_read;
    if is_whole { all } else { Vec::new() }
}

fn request(iteration: &Iteration<'_>) -> Charged {
    let split = &iteration.cache_creation;
    let (cache_write_5m, cache_write_1h) = cache_writes(
        iteration.cache_creation_tokens.unwrap_or(0),
        split.five_minutes.unwrap_or(0),
        split.one_hour.unwrap_or(0),
    );
    Charged {
        input: iteration.input_tokens.unwrap_or(0),
        output: iteration.output_tokens.unwrap_or(0),
        cache_write_5m,
        cache_write_1h,
        cache_read: iteration.cache_read_tokens.unwrap_or(0),
        ..Charged::default()
    }
}

/// Cache writes for five minutes and for an hour. What the split does not cover is all of it in
/// old versions, later parts of a response with several requests in new ones.
pub(super) fn cache_writes(all: i64, split_5m: i64, split_1h: i64) -> (i64, i64) {
    let unsplit = (all - split_5m - split_1h).max(0);
    if split_5m > 0 || split_1h == 0 {
        (split_5m + unsplit, split_1h)
    } else {
        (split_5m, split_1h + unsplit)
    }
}

/// What advisors used, by model.
pub(super) fn advisors(usage: &LineUsage) -> BTreeMap<String, Charged> {
    let mut by_model: BTreeMap<String, Charged> = BTreeMap::new();
    of_kind(usage, "advisor_message", |iteration| {
        let model = iteration.model.as_deref().unwrap_or("unknown");
        let sum = by_model.entry(model.to_owned()).or_default();
        let written = iteration.cache_creation_tokens.unwrap_or(0);
        let one_hour = iteration.cache_creation.one_hour.unwrap_or(0);
        sum.input += iteration.input_tokens.unwrap_or(0);
        sum.output += iteration.output_tokens.unwrap_or(0);
        sum.cache_read += iteration.cache_read_tokens.unwrap_or(0);
        sum.cache_write_5m += (written - one_hour).max(0);
        sum.cache_write_1h += one_hour;
        sum.is_regional = is_regional(model);
    });
    by_model
}

fn of_kind(usage: &LineUsage, kind: &str, mut take: impl FnMut(&Iteration<'_>)) {
    let text = usage.iterations.as_deref().unwrap_or_default();
    let Ok(Lenient(Iterations(all))) = serde_json::from_str(text) else {
        return;
    };
    let wanted = all.iter().filter(|one| one.kind.as_deref() == Some(kind));
    wanted.for_each(&mut take);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_split_leaves_open_goes_to_its_only_class() {
        assert_eq!(cache_writes(10, 0, 0), (10, 0));
        assert_eq!(cache_writes(10, 0, 4), (0, 10));
        assert_eq!(cache_writes(10, 3, 4), (6, 4));
        assert_eq!(cache_writes(5, 3, 4), (3, 4));
    }
}
