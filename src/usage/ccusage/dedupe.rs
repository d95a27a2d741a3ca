//! Which entries ccusage counts: it tells repetitions by message, request, session and time.

use std::collections::HashMap;

use super::entry::Entry;
use super::price;
use crate::usage::money::Usd;

/// An entry that counts, with what was folded into it.
struct Kept {
    /// Index of the entry that stands for all.
    winner: usize,
    sessions: Vec<Option<String>>,
    requests: Vec<String>,
}

/// Indices of the entries that count, in their order. `entries` stand in order of their files and
/// lines.
pub(super) fn kept(entries: &[&Entry]) -> Vec<usize> {
    let mut kept: Vec<Kept> = Vec::new();
    let mut by_message: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, entry) in entries.iter().enumerate() {
        let Some(id) = entry.message_id.as_deref() else {
            kept.push(alone(index, entry));
            continue;
        };
        let known = by_message.entry(id).or_default();
        match matching(entries, &kept, known, entry) {
            Some(at) => {
                if let Some(found) = kept.get_mut(at) {
                    fold(entries, found, index, entry);
                }
            }
            None => {
                known.push(kept.len());
                kept.push(alone(index, entry));
            }
        }
    }
    kept.into_iter().map(|kept| kept.winner).collect()
}

fn alone(index: usize, entry: &Entry) -> Kept {
    Kept {
        winner: index,
        sessions: vec![entry.session_id.clone()],
        requests: entry.request_id.iter().cloned().collect(),
    }
}

/// The kept entry that `entry` repeats.
fn matching(
    entries: &[&Entry],
    kept: &[Kept],
    candidates: &[usize],
    entry: &Entry,
) -> Option<usize> {
    let find = |is_same: &dyn Fn(&Kept, &Entry) -> bool| {
        candidates.iter().copied().find(|at| {
            kept.get(*at).is_some_and(|candidate| {
                entries
                    .get(candidate.winner)
                    .is_some_and(|winner| is_same(candidate, winner))
            })
        })
    };
    let same_request = |candidate: &Kept, _: &Entry| {
        let request = entry.request_id.as_ref();
        request.is_some_and(|request| candidate.requests.contains(request))
    };
    let same_session = |candidate: &Kept| candidate.sessions.contains(&entry.session_id);
    let same_moment = |candidate: &Kept, winner: &Entry| {
        entry.request_id.is_none()
            && candidate.requests.is_empty()
            && same_session(candidate)
            && winner.timestamp == entry.timestamp
    };
    let side = |candidate: &Kept, winner: &Entry| {
        (entry.is_sidechain || winner.is_sidechain) && same_session(candidate)
    };
    find(&same_request)
        .or_else(|| find(&same_moment))
        .or_else(|| find(&side))
}

fn fold(entries: &[&Entry], kept: &mut Kept, index: usize, entry: &Entry) {
    let is_better = entries
        .get(kept.winner)
        .is_none_or(|winner| wins(entry, winner));
    if is_better {
        kept.winner = index;
    }
    if !kept.sessions.contains(&entry.session_id) {
        kept.sessions.push(entry.session_id.clone());
    }
    kept.requests.extend(entry.request_id.iter().cloned());
}

/// Whether a later entry takes the place of an earlier one.
fn wins(later: &Entry, earlier: &Entry) -> bool {
    if later.is_sidechain != earlier.is_sidechain {
        return earlier.is_sidechain;
    }
    let rank = |entry: &Entry| (entry.tokens.total(), cost(entry), entry.has_speed);
    rank(later) > rank(earlier)
}

/// Cost without advisors: the logged one where there is one.
pub(super) fn cost(entry: &Entry) -> Usd {
    entry
        .logged_cost
        .map_or_else(|| price::calculated(entry), Usd::from_f64)
}
