//! What is written behind `--select`, as a tree: criteria, and how they are combined.

use crate::error::{Error, Result};
use crate::transform::settings::Indirect;

/// A choice of nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    /// Everything one criterion matches.
    Criterion(Criterion),
    /// Everything that any part matches.
    Union(Vec<Choice>),
    /// What all parts match.
    Intersection(Vec<Choice>),
    /// What the first matches without what the others match.
    Difference(Box<Choice>, Vec<Choice>),
}

/// `2+tag:x+1`: nodes with the relatives they bring along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Criterion {
    /// As written, for errors.
    pub text: String,
    /// `tag`, `config`, …; empty for a bare name.
    pub method: String,
    /// What stands behind dots of the method: `materialized` of `config.materialized`.
    pub arguments: Vec<String>,
    pub value: String,
    /// Generations of parents; `None` for none, `usize::MAX` for all.
    pub parents: Option<usize>,
    pub children: Option<usize>,
    /// `@`: all children, and all parents of all of them.
    pub with_parents_of_children: bool,
    /// Which tests come along; `None` leaves it to the command line.
    pub indirect: Option<Indirect>,
}

impl Choice {
    /// Arguments of `--select` or `--exclude`: a union of what spaces separate, in which commas
    /// separate the parts of intersections.
    pub(super) fn read(arguments: &[String]) -> Result<Self> {
        let terms = arguments.iter().flat_map(|one| one.split_whitespace());
        let parts: Result<Vec<Choice>> = terms.map(intersection).collect();
        Ok(Choice::Union(parts?))
    }

    /// All criteria of the tree.
    pub(super) fn criteria(&self) -> Vec<&Criterion> {
        match self {
            Choice::Criterion(one) => vec![one],
            Choice::Union(parts) | Choice::Intersection(parts) => {
                parts.iter().flat_map(Choice::criteria).collect()
            }
            Choice::Difference(first, rest) => std::iter::once(&**first)
                .chain(rest)
                .flat_map(Choice::criteria)
                .collect(),
        }
    }
}

fn intersection(term: &str) -> Result<Choice> {
    let parts = term.split(',').filter(|part| !part.is_empty());
    let mut parts = parts
        .map(|part| Criterion::read(part).map(Choice::Criterion))
        .collect::<Result<Vec<Choice>>>()?;
    match (parts.pop(), parts.is_empty()) {
        (Some(only), true) => Ok(only),
        (Some(last), false) => {
            parts.push(last);
            Ok(Choice::Intersection(parts))
        }
        (None, _) => Err(not_a_selector(term)),
    }
}

impl Criterion {
    /// Reads one criterion as the command line writes it.
    pub(super) fn read(text: &str) -> Result<Self> {
        let (rest, with_parents_of_children) = match text.strip_prefix('@') {
            Some(rest) => (rest, true),
            None => (text, false),
        };
        let (parents, rest) = match rest.split_once('+') {
            Some((count, after)) if !after.is_empty() => match depth(count) {
                Some(depth) => (Some(depth), after),
                None => (None, rest),
            },
            _ => (None, rest),
        };
        let (children, rest) = match rest.rsplit_once('+') {
            Some((before, count)) if !before.is_empty() => match depth(count) {
                Some(depth) => (Some(depth), before),
                None => (None, rest),
            },
            _ => (None, rest),
        };
        if rest.is_empty() || rest.contains('@') || rest.starts_with('+') || rest.ends_with('+') {
            return Err(not_a_selector(text));
        }
        let (method, value) = rest.split_once(':').unwrap_or(("", rest));
        let mut words = method.split('.').map(str::to_owned);
        Ok(Self {
            text: text.to_owned(),
            method: words.next().unwrap_or_default(),
            arguments: words.collect(),
            value: value.to_owned(),
            parents,
            children,
            with_parents_of_children,
            indirect: None,
        })
    }
}

fn depth(text: &str) -> Option<usize> {
    if text.is_empty() {
        Some(usize::MAX)
    } else {
        text.parse().ok()
    }
}

fn not_a_selector(text: &str) -> Error {
    Error::usage(format!("`{text}` is not a selector"))
        .hint("Write `name`, `+name`, `name+`, `2+name`, `tag:x`, `path:folder` or `a,b`.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relatives_are_read_from_plus_signs() {
        let read = |text| {
            let one = Criterion::read(text).expect("valid");
            (one.method, one.value, one.parents, one.children)
        };
        let bare = |parents, children| (String::new(), "a".to_owned(), parents, children);
        assert_eq!(read("a"), bare(None, None));
        assert_eq!(read("+a"), bare(Some(usize::MAX), None));
        assert_eq!(read("a+"), bare(None, Some(usize::MAX)));
        assert_eq!(read("a+2"), bare(None, Some(2)));
        let tag = ("tag".to_owned(), "x".to_owned(), Some(2), Some(1));
        assert_eq!(read("2+tag:x+1"), tag);
        let strange = ("path".to_owned(), "a+b/c".to_owned(), None, None);
        assert_eq!(read("path:a+b/c"), strange);
        for wrong in ["+", "@", "", "++a", "a@b"] {
            assert!(Criterion::read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn methods_have_arguments() {
        let one = Criterion::read("config.meta.owner:me:you").expect("valid");
        assert_eq!(one.method, "config");
        assert_eq!(one.arguments, ["meta", "owner"]);
        assert_eq!(one.value, "me:you");
    }

    #[test]
    fn spaces_unite_and_commas_intersect() {
        let read = Choice::read(&["a b,c".to_owned(), "d".to_owned()]).expect("valid");
        let Choice::Union(parts) = &read else {
            panic!("{read:?}")
        };
        assert_eq!(parts.len(), 3);
        assert!(matches!(parts.get(1), Some(Choice::Intersection(two)) if two.len() == 2));
        assert_eq!(read.criteria().len(), 4);
    }
}
