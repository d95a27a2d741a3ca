//! `modules.re`: patterns in texts.

use std::sync::Arc;

use fancy_regex::{Captures, Regex};
use minijinja::value::{Kwargs, Object, ObjectRepr, Tuple, Value, from_args};
use minijinja::{Error, ErrorKind, State};

use super::{Dict, List};
use crate::transform::context::fault::fault;

/// `modules.re`.
#[derive(Debug)]
pub(in crate::transform) struct Re;

/// Flags by Python's names and values.
const FLAGS: [(&str, i64, char); 8] = [
    ("IGNORECASE", 2, 'i'),
    ("I", 2, 'i'),
    ("MULTILINE", 8, 'm'),
    ("M", 8, 'm'),
    ("DOTALL", 16, 's'),
    ("S", 16, 's'),
    ("VERBOSE", 64, 'x'),
    ("X", 64, 'x'),
];

fn compile(pattern: &str, flags: i64) -> Result<Regex, Error> {
    let letters: String = FLAGS
        .iter()
        .filter(|(name, value, _)| name.len() == 1 && flags & value != 0)
        .map(|(_, _, letter)| *letter)
        .collect();
    let pattern = pattern.replace(r"\Z", r"\z");
    let pattern = with_plain_braces(&pattern);
    let whole = if letters.is_empty() {
        pattern.clone()
    } else {
        format!("(?{letters}){pattern}")
    };
    Regex::new(&whole).map_err(|error| {
        fault(
            format!("`{pattern}` is not a pattern: {error}"),
            "Compare it with the patterns of Python's `re`.",
        )
    })
}

/// Braces that count nothing, and brackets in brackets, are letters, as they are to Python.
fn with_plain_braces(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut rest = pattern;
    let mut is_in_class = false;
    while let Some(letter) = rest.chars().next() {
        let mut length = letter.len_utf8();
        match letter {
            '\\' => length = escape_length(rest),
            '{' if !is_in_class => match repetition(rest) {
                // Without a beginning it begins with none.
                Some(_) if rest.starts_with("{,") => out.push_str("{0"),
                Some(_) => out.push('{'),
                None => out.push_str(r"\{"),
            },
            '}' if !is_in_class && !is_open(&out) => out.push_str(r"\}"),
            '[' if is_in_class => out.push_str(r"\["),
            _ => {
                is_in_class = (is_in_class || letter == '[') && letter != ']';
                out.push(letter);
            }
        }
        let (part, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
        if letter == '\\' {
            out.push_str(part);
        }
        rest = after;
    }
    out
}

/// Length of an escape with what it is about: `\{`, `\p{L}`.
fn escape_length(text: &str) -> usize {
    let is_named = [r"\p{", r"\P{", r"\x{", r"\u{"]
        .iter()
        .any(|start| text.starts_with(start));
    match text.find('}').filter(|_| is_named) {
        Some(end) => end + 1,
        None => text.chars().take(2).map(char::len_utf8).sum(),
    }
}

/// What is between the braces of `{3}`, `{3,}`, `{,5}` or `{3,5}`.
fn repetition(text: &str) -> Option<&str> {
    let (inside, _) = text.strip_prefix('{')?.split_once('}')?;
    let (least, most) = inside.split_once(',').unwrap_or((inside, inside));
    let is_count = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    (is_count(least) && is_count(most) && inside.len() > usize::from(inside.contains(',')))
        .then_some(inside)
}

/// Whether a repetition was begun that is not closed yet.
fn is_open(out: &str) -> bool {
    let last = out.rsplit_once('{');
    last.is_some_and(|(before, inside)| {
        !before.ends_with('\\')
            && inside
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b',')
    })
}

/// Everything the pattern is found in.
fn all<'t>(regex: &Regex, text: &'t str) -> Result<Vec<Captures<'t, str>>, Error> {
    let found: Result<_, _> = regex.captures_iter(text).collect();
    found.map_err(|error| endless(&error))
}

fn endless(error: &fancy_regex::Error) -> Error {
    fault(format!("a pattern cannot be followed: {error}"), "")
}

/// What is done with a pattern: its name, the text, and what else the call needs.
fn apply(
    regex: &Regex,
    method: &str,
    state: &mut State<'_, '_>,
    args: &[Value],
) -> Result<Value, Error> {
    match method {
        "match" | "search" | "fullmatch" => {
            let (text,): (&str,) = from_args(args)?;
            let found = all(regex, text)?.into_iter().find(|found| {
                let whole = found.get(0);
                let starts = whole.is_some_and(|whole| whole.start() == 0);
                let ends = whole.is_some_and(|whole| whole.end() == text.len());
                match method {
                    "match" => starts,
                    "fullmatch" => starts && ends,
                    _ => true,
                }
            });
            Ok(found.map_or(Value::from(()), |found| {
                Value::from_object(Match::of(regex, &found))
            }))
        }
        "findall" => {
            let (text,): (&str,) = from_args(args)?;
            let all = all(regex, text)?.into_iter().map(|found| {
                let group =
                    |at: usize| Value::from(found.get(at).map_or("", |group| group.as_str()));
                match found.len() {
                    1 => group(0),
                    2 => group(1),
                    count => Value::from(Tuple::from((1..count).map(group).collect::<Vec<_>>())),
                }
            });
            Ok(List::value(all.collect()))
        }
        "split" => {
            let (text, most): (&str, Option<usize>) = from_args(args)?;
            let limit = most
                .filter(|most| *most > 0)
                .map_or(usize::MAX, |most| most + 1);
            let parts: Result<Vec<&str>, _> = regex.splitn(text, limit).collect();
            let parts = parts.map_err(|error| endless(&error))?;
            Ok(List::value(parts.into_iter().map(Value::from).collect()))
        }
        "sub" => {
            let (with, text, count): (Value, &str, Option<usize>) = from_args(args)?;
            let mut out = String::with_capacity(text.len());
            let mut last = 0;
            let limit = count.filter(|count| *count > 0).unwrap_or(usize::MAX);
            for found in all(regex, text)?.into_iter().take(limit) {
                let Some(whole) = found.get(0) else { continue };
                out.push_str(text.get(last..whole.start()).unwrap_or_default());
                match with.as_str() {
                    Some(template) => found.expand(&python_template(template), &mut out),
                    None => {
                        let of = Value::from_object(Match::of(regex, &found));
                        out.push_str(&with.call(state, &[of])?.to_string());
                    }
                }
                last = whole.end();
            }
            out.push_str(text.get(last..).unwrap_or_default());
            Ok(Value::from(out))
        }
        _ => Err(Error::from(ErrorKind::UnknownMethod)),
    }
}

/// `\1` and `\g<name>` as the engine of patterns writes them.
fn python_template(template: &str) -> String {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('\\') {
        out.push_str(&before.replace('$', "$$"));
        if let Some(named) = after.strip_prefix("g<")
            && let Some((name, tail)) = named.split_once('>')
        {
            out.push_str(&format!("${{{name}}}"));
            rest = tail;
            continue;
        }
        let digits = after
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(after.len());
        let (number, tail) = after.split_at_checked(digits).unwrap_or((after, ""));
        if number.is_empty() {
            out.push('\\');
        } else {
            out.push_str(&format!("${{{number}}}"));
        }
        rest = tail;
    }
    out.push_str(&rest.replace('$', "$$"));
    out
}

impl Object for Re {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let name = key.as_str()?;
        let flag = FLAGS.iter().find(|(one, _, _)| *one == name)?;
        Some(Value::from(flag.1))
    }

    fn call_method(
        self: &Arc<Self>,
        state: &mut State<'_, '_>,
        method: &str,
        args: &[Value],
    ) -> Result<Value, Error> {
        if method == "escape" {
            let (text,): (&str,) = from_args(args)?;
            return Ok(Value::from(fancy_regex::escape(text).into_owned()));
        }
        let (mut args, flags) = without_flags(args)?;
        let pattern = args.first().cloned().unwrap_or_default();
        if pattern.downcast_object_ref::<Pattern>().is_none() && pattern.as_str().is_none() {
            return Err(fault(format!("`re.{method}` needs a pattern"), ""));
        }
        args.remove(0);
        let mut flags = flags;
        // Flags may also be the last of the plain arguments.
        let plain = match method {
            "compile" => 0,
            "sub" => 2,
            _ => 1,
        };
        if method != "sub" && method != "split" && args.len() > plain {
            flags = args.pop().and_then(|value| value.as_i64()).unwrap_or(flags);
        }
        let regex = match pattern.downcast_object_ref::<Pattern>() {
            Some(pattern) => pattern.0.clone(),
            None => compile(pattern.as_str().unwrap_or_default(), flags)?,
        };
        if method == "compile" {
            return Ok(Value::from_object(Pattern(regex)));
        }
        apply(&regex, method, state, &args)
    }
}

/// The arguments without `flags=…`, and those.
fn without_flags(args: &[Value]) -> Result<(Vec<Value>, i64), Error> {
    let mut plain: Vec<Value> = args.to_vec();
    let mut flags = 0;
    if let Some(last) = plain.last().filter(|last| last.is_kwargs()).cloned() {
        let kwargs = Kwargs::try_from(last)?;
        flags = kwargs.get::<Option<i64>>("flags")?.unwrap_or(0);
        plain.pop();
        for name in ["pattern", "repl", "string", "count", "maxsplit"] {
            plain.extend(kwargs.get::<Option<Value>>(name)?);
        }
    }
    Ok((plain, flags))
}

#[derive(Debug)]
struct Pattern(Regex);

impl Object for Pattern {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        (key.as_str()? == "pattern").then(|| Value::from(self.0.as_str()))
    }

    fn call_method(
        self: &Arc<Self>,
        state: &mut State<'_, '_>,
        method: &str,
        args: &[Value],
    ) -> Result<Value, Error> {
        apply(&self.0, method, state, args)
    }
}

/// A place where a pattern fits.
#[derive(Debug)]
struct Match {
    groups: Vec<Option<String>>,
    names: Vec<Option<String>>,
    start: usize,
    end: usize,
}

impl Match {
    fn of(regex: &Regex, found: &Captures<'_, str>) -> Self {
        let whole = found.get(0);
        Self {
            groups: found
                .iter()
                .map(|group| group.map(|group| group.as_str().to_owned()))
                .collect(),
            names: regex
                .capture_names()
                .map(|name| name.map(str::to_owned))
                .collect(),
            start: whole.map_or(0, |whole| whole.start()),
            end: whole.map_or(0, |whole| whole.end()),
        }
    }

    fn group(&self, which: &Value) -> Result<Value, Error> {
        let at = match which.as_str() {
            Some(name) => self
                .names
                .iter()
                .position(|one| one.as_deref() == Some(name)),
            None => which.as_usize(),
        };
        let group = at.and_then(|at| self.groups.get(at));
        let group =
            group.ok_or_else(|| fault(format!("the pattern has no group `{which}`"), ""))?;
        Ok(Value::from(group.clone()))
    }
}

impl Object for Match {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.group(key).ok()
    }

    fn call_method(
        self: &Arc<Self>,
        _state: &mut State<'_, '_>,
        method: &str,
        args: &[Value],
    ) -> Result<Value, Error> {
        match method {
            "group" => {
                let (which,): (Option<Value>,) = from_args(args)?;
                self.group(&which.unwrap_or(Value::from(0)))
            }
            "groups" => {
                let all = self.groups.iter().skip(1).cloned().map(Value::from);
                Ok(Value::from(Tuple::from(all.collect::<Vec<_>>())))
            }
            "groupdict" => Ok(Dict::value(self.names.iter().zip(&self.groups).filter_map(
                |(name, group)| Some((Value::from(name.as_deref()?), Value::from(group.clone()))),
            ))),
            "start" => Ok(Value::from(self.start)),
            "end" => Ok(Value::from(self.end)),
            "span" => Ok(Value::from(Tuple::from(vec![
                Value::from(self.start),
                Value::from(self.end),
            ]))),
            _ => Err(Error::from(ErrorKind::UnknownMethod)),
        }
    }
}
