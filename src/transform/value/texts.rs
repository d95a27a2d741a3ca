//! Methods of texts and of what cannot change, as templates written for Python use them.

use minijinja::value::{Kwargs, Rest, Tuple, Value, ValueKind, from_args};
use minijinja::{Error, ErrorKind, State};

use super::format::braces;
use super::{Dict, List, Set};
use crate::transform::context::fault::fault;

/// Called by the engine for a method it does not know.
pub(in crate::transform) fn unknown_method(
    state: &mut State<'_, '_>,
    value: &Value,
    method: &str,
    args: &[Value],
) -> Result<Value, Error> {
    if let Some(text) = value.as_str() {
        return text_method(text, method, args);
    }
    // What it is would only be asked again.
    let is_known = value.downcast_object_ref::<Dict>().is_some()
        || value.downcast_object_ref::<List>().is_some()
        || value.downcast_object_ref::<Set>().is_some();
    match value.kind() {
        _ if is_known => Err(Error::from(ErrorKind::UnknownMethod)),
        ValueKind::Map => {
            // A copy answers like the original, as long as nothing is to change.
            if matches!(
                method,
                "update" | "pop" | "popitem" | "setdefault" | "clear"
            ) {
                return Err(fault(
                    format!("this mapping cannot change, so it has no method `{method}`"),
                    "Change a copy: `dict(…)`.",
                ));
            }
            Dict::copy_of(value)?.call_method(state, method, args)
        }
        ValueKind::Seq | ValueKind::Iterable
            if matches!(
                method,
                "append" | "extend" | "insert" | "remove" | "pop" | "clear" | "sort" | "reverse"
            ) =>
        {
            Err(fault(
                format!("this list cannot change, so it has no method `{method}`"),
                "Change a copy: `{% set copy = items | list %}`.",
            ))
        }
        ValueKind::Seq | ValueKind::Iterable => {
            List::collect(value)?.call_method(state, method, args)
        }
        ValueKind::Number if method == "is_integer" => {
            let whole = f64::try_from(value.clone()).is_ok_and(|number| number.fract() == 0.0);
            Ok(Value::from(whole))
        }
        _ => Err(Error::from(ErrorKind::UnknownMethod)),
    }
}

fn text_method(text: &str, method: &str, args: &[Value]) -> Result<Value, Error> {
    if let Some(value) = shape(text, method, args)? {
        return Ok(Value::from(value));
    }
    if let Some(value) = padded(text, method, args)? {
        return Ok(Value::from(value));
    }
    if let Some(value) = is_of(text, method) {
        return Ok(Value::from(value));
    }
    Ok(match method {
        "startswith" | "endswith" => {
            let (parts,): (Value,) = from_args(args)?;
            let fits = |part: &str| match method {
                "startswith" => text.starts_with(part),
                _ => text.ends_with(part),
            };
            Value::from(match parts.as_str() {
                Some(part) => fits(part),
                None => parts
                    .try_iter()?
                    .any(|part| part.as_str().is_some_and(fits)),
            })
        }
        "replace" => {
            let (from, to, count): (&str, &str, Option<i64>) = from_args(args)?;
            let count = count.and_then(|count| usize::try_from(count).ok());
            Value::from(match count {
                Some(count) => text.replacen(from, to, count),
                None => text.replace(from, to),
            })
        }
        "split" | "rsplit" => split(text, method, args)?,
        "splitlines" => List::value(text.lines().map(Value::from).collect()),
        "partition" | "rpartition" => {
            let (separator,): (&str,) = from_args(args)?;
            let (found, otherwise) = match method {
                "partition" => (text.split_once(separator), [text, "", ""]),
                _ => (text.rsplit_once(separator), ["", "", text]),
            };
            let parts = found.map_or(otherwise, |(before, after)| [before, separator, after]);
            Value::from(Tuple::from(parts.map(Value::from).to_vec()))
        }
        "join" => {
            let (items,): (Value,) = from_args(args)?;
            let parts: Vec<String> = items.try_iter()?.map(|item| item.to_string()).collect();
            Value::from(parts.join(text))
        }
        "find" | "rfind" | "index" | "rindex" => find(text, method, args)?,
        "count" => {
            let (part,): (&str,) = from_args(args)?;
            Value::from(text.matches(part).count())
        }
        "format" => {
            let (values, kwargs): (Rest<Value>, Kwargs) = from_args(args)?;
            Value::from(braces(text, &values, &kwargs)?)
        }
        "maketrans" => translations(args)?,
        "translate" => {
            let (table,): (Value,) = from_args(args)?;
            Value::from(translated(text, &table)?)
        }
        "encode" => Value::from_bytes(text.as_bytes().to_vec()),
        _ => return Err(Error::from(ErrorKind::UnknownMethod)),
    })
}

/// What `translate` takes: by the number of a letter what stands in its place, nothing for `none`.
fn translations(args: &[Value]) -> Result<Value, Error> {
    let (from, to, gone): (Value, Option<&str>, Option<&str>) = from_args(args)?;
    let code = |letter: char| Value::from(u32::from(letter));
    let mut pairs = Vec::new();
    match (from.as_str(), to) {
        (Some(from), Some(to)) if from.chars().count() == to.chars().count() => {
            let both = from.chars().zip(to.chars());
            pairs.extend(both.map(|(one, other)| (code(one), code(other))));
        }
        (None, None) if from.kind() == ValueKind::Map => {
            for key in from.try_iter()? {
                let letter = key.as_str().and_then(|key| key.chars().next());
                pairs.push((letter.map_or(key.clone(), code), from.get_item(&key)?));
            }
        }
        _ => {
            return Err(fault(
                "`maketrans` needs two texts of the same length, or a mapping",
                "",
            ));
        }
    }
    let gone = gone.unwrap_or_default().chars();
    pairs.extend(gone.map(|letter| (code(letter), Value::from(()))));
    Ok(Dict::value(pairs))
}

fn translated(text: &str, table: &Value) -> Result<String, Error> {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        let with = table.get_item(&Value::from(u32::from(letter)))?;
        let code = u32::try_from(with.clone()).ok().and_then(char::from_u32);
        match (code, with.as_str()) {
            (Some(code), _) => out.push(code),
            (None, Some(part)) => out.push_str(part),
            (None, None) if with.is_undefined() => out.push(letter),
            (None, None) => {}
        }
    }
    Ok(out)
}

/// Position in letters, -1 if there is none; `index` fails instead.
fn find(text: &str, method: &str, args: &[Value]) -> Result<Value, Error> {
    let (part,): (&str,) = from_args(args)?;
    let found = match method {
        "find" | "index" => text.find(part),
        _ => text.rfind(part),
    };
    let letters = found
        .and_then(|at| text.get(..at))
        .map(|before| before.chars().count());
    match letters {
        Some(letters) => Ok(Value::from(letters)),
        None if method.ends_with("index") => Err(fault(format!("`{part}` is not in the text"), "")),
        None => Ok(Value::from(-1)),
    }
}

/// Methods that give the same text in another shape.
fn shape(text: &str, method: &str, args: &[Value]) -> Result<Option<String>, Error> {
    Ok(Some(match method {
        "upper" => text.to_uppercase(),
        "lower" | "casefold" => text.to_lowercase(),
        "capitalize" => capitalize(text),
        "title" => title(text),
        "swapcase" => text
            .chars()
            .map(|letter| {
                if letter.is_uppercase() {
                    letter.to_lowercase().to_string()
                } else {
                    letter.to_uppercase().to_string()
                }
            })
            .collect(),
        "removeprefix" | "removesuffix" => {
            let (part,): (&str,) = from_args(args)?;
            let cut = match method {
                "removeprefix" => text.strip_prefix(part),
                _ => text.strip_suffix(part),
            };
            cut.unwrap_or(text).to_owned()
        }
        "strip" | "lstrip" | "rstrip" => {
            let (letters,): (Option<&str>,) = from_args(args)?;
            let is_cut = |letter: char| match letters {
                Some(letters) => letters.contains(letter),
                None => letter.is_whitespace(),
            };
            match method {
                "lstrip" => text.trim_start_matches(is_cut),
                "rstrip" => text.trim_end_matches(is_cut),
                _ => text.trim_matches(is_cut),
            }
            .to_owned()
        }
        _ => return Ok(None),
    }))
}

/// Methods that make a text longer.
fn padded(text: &str, method: &str, args: &[Value]) -> Result<Option<String>, Error> {
    if !matches!(
        method,
        "ljust" | "rjust" | "center" | "zfill" | "expandtabs"
    ) {
        return Ok(None);
    }
    if method == "expandtabs" {
        let (width,): (Option<usize>,) = from_args(args)?;
        return Ok(Some(text.replace('\t', &" ".repeat(width.unwrap_or(8)))));
    }
    let (width, fill): (usize, Option<char>) = from_args(args)?;
    let missing = width.saturating_sub(text.chars().count());
    let fill = fill.unwrap_or(if method == "zfill" { '0' } else { ' ' });
    let pad = |count: usize| fill.to_string().repeat(count);
    Ok(Some(match method {
        "ljust" => format!("{text}{}", pad(missing)),
        "center" => {
            // The odd one stands where Python puts it.
            let left = missing / 2 + (missing & width & 1);
            format!("{}{text}{}", pad(left), pad(missing - left))
        }
        "zfill" => match text.strip_prefix(['-', '+']) {
            Some(digits) => {
                let sign = text.chars().next().unwrap_or('-');
                format!("{sign}{}{digits}", pad(missing))
            }
            None => format!("{}{text}", pad(missing)),
        },
        _ => format!("{}{text}", pad(missing)),
    }))
}

/// Questions about the letters of a text.
fn is_of(text: &str, method: &str) -> Option<bool> {
    let all = |fits: fn(char) -> bool| !text.is_empty() && text.chars().all(fits);
    let cased = || text.chars().any(char::is_alphabetic);
    Some(match method {
        "isdigit" | "isdecimal" | "isnumeric" => all(char::is_numeric),
        "isalpha" => all(char::is_alphabetic),
        "isalnum" => all(char::is_alphanumeric),
        "isspace" => all(char::is_whitespace),
        "isupper" => cased() && !text.chars().any(char::is_lowercase),
        "islower" => cased() && !text.chars().any(char::is_uppercase),
        "istitle" => cased() && title(text) == text,
        "isascii" => text.is_ascii(),
        "isidentifier" => {
            let is_start = |letter: char| letter.is_alphabetic() || letter == '_';
            text.starts_with(is_start) && text.chars().all(|c| c.is_alphanumeric() || c == '_')
        }
        _ => return None,
    })
}

fn capitalize(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first
            .to_uppercase()
            .chain(letters.flat_map(char::to_lowercase))
            .collect(),
        None => String::new(),
    }
}

fn title(text: &str) -> String {
    let mut inside = false;
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if inside {
            out.extend(letter.to_lowercase());
        } else {
            out.extend(letter.to_uppercase());
        }
        inside = letter.is_alphabetic();
    }
    out
}

fn split(text: &str, method: &str, args: &[Value]) -> Result<Value, Error> {
    let (separator, most, kwargs): (Option<&str>, Option<i64>, Kwargs) = from_args(args)?;
    let named: Option<i64> = kwargs.get("maxsplit")?;
    let separator = separator.or(kwargs.get("sep")?);
    let most = most.or(named).and_then(|most| usize::try_from(most).ok());
    let limit = most.map_or(usize::MAX, |most| most.saturating_add(1));
    let mut parts: Vec<&str> = match (separator, method) {
        (Some(separator), "split") => text.splitn(limit, separator).collect(),
        (Some(separator), _) => text.rsplitn(limit, separator).collect(),
        (None, _) => text.split_whitespace().collect(),
    };
    if method == "rsplit" && separator.is_some() {
        parts.reverse();
    }
    Ok(List::value(parts.into_iter().map(Value::from).collect()))
}
