//! Formatting of texts: `'%s' % x` and `'{}'.format(x)`.

use minijinja::value::{Kwargs, Value, ValueKind};
use minijinja::{Error, ErrorKind};

use crate::transform::context::fault::fault;

/// `left % right`: formatting if `left` is a text, else the remainder with the sign of the divisor.
pub(in crate::transform) fn percent(left: &Value, right: &Value) -> Result<Value, Error> {
    if let Some(text) = left.as_str() {
        return percent_text(text, right).map(Value::from);
    }
    if let (Some(left), Some(right)) = (left.as_i64(), right.as_i64()) {
        if right == 0 {
            return Err(fault("a number is divided by zero", ""));
        }
        return Ok(Value::from(
            left.wrapping_rem_euclid(right) + correction(left, right),
        ));
    }
    match (f64::try_from(left.clone()), f64::try_from(right.clone())) {
        (Ok(left), Ok(right)) => Ok(Value::from(left - right * (left / right).floor())),
        _ => Err(Error::new(
            ErrorKind::InvalidOperation,
            format!(
                "`%` has no meaning for {} and {}",
                left.kind(),
                right.kind()
            ),
        )),
    }
}

/// The euclidean remainder is never negative; Python's has the sign of the divisor.
fn correction(left: i64, right: i64) -> i64 {
    if right < 0 && left.wrapping_rem_euclid(right) != 0 {
        right
    } else {
        0
    }
}

/// A letter of a conversion with what stands between it and the `%`.
struct Conversion<'t> {
    name: Option<&'t str>,
    flags: &'t str,
    width: usize,
    precision: Option<usize>,
    kind: char,
}

fn percent_text(text: &str, right: &Value) -> Result<String, Error> {
    let mut values: Vec<Value> = if right.is_tuple() {
        right.try_iter()?.collect()
    } else {
        vec![right.clone()]
    };
    values.reverse();
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        if let Some(after) = after.strip_prefix('%') {
            out.push('%');
            rest = after;
            continue;
        }
        let (conversion, after) = conversion(after).ok_or_else(|| {
            fault(
                format!("`{text}` has an incomplete format"),
                "Write `%%` for a percent sign.",
            )
        })?;
        let value = match conversion.name {
            Some(name) => right.get_item(&Value::from(name))?,
            None => values.pop().ok_or_else(|| {
                fault(
                    format!("`{text}` has more formats than values"),
                    "Give one value for each `%s`.",
                )
            })?,
        };
        out.push_str(&formatted(&conversion, &value)?);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

fn conversion(text: &str) -> Option<(Conversion<'_>, &str)> {
    let (name, rest) = match text.strip_prefix('(') {
        Some(inside) => {
            let (name, rest) = inside.split_once(')')?;
            (Some(name), rest)
        }
        None => (None, text),
    };
    let flags_end = rest.find(|letter| !"-+ #0".contains(letter))?;
    let (flags, rest) = rest.split_at_checked(flags_end)?;
    let width_end = rest.find(|letter: char| !letter.is_ascii_digit())?;
    let (width, mut rest) = rest.split_at_checked(width_end)?;
    let mut precision = None;
    if let Some(after) = rest.strip_prefix('.') {
        let end = after.find(|letter: char| !letter.is_ascii_digit())?;
        let (digits, after) = after.split_at_checked(end)?;
        precision = Some(digits.parse().unwrap_or(0));
        rest = after;
    }
    let kind = rest.chars().next()?;
    let conversion = Conversion {
        name,
        flags,
        width: width.parse().unwrap_or(0),
        precision,
        kind,
    };
    Some((conversion, rest.get(kind.len_utf8()..)?))
}

fn formatted(conversion: &Conversion<'_>, value: &Value) -> Result<String, Error> {
    let number = || {
        f64::try_from(value.clone()).map_err(|_| {
            fault(
                format!("`%{}` needs a number, not `{value}`", conversion.kind),
                "",
            )
        })
    };
    let text = match conversion.kind {
        's' => {
            let text = value.to_string();
            match conversion.precision {
                Some(length) => text.chars().take(length).collect(),
                None => text,
            }
        }
        'r' | 'a' => format!("{value:?}"),
        'd' | 'i' | 'u' => format!("{:.0}", number()?.trunc()),
        'f' | 'F' => format!("{:.*}", conversion.precision.unwrap_or(6), number()?),
        'e' => format!("{:.*e}", conversion.precision.unwrap_or(6), number()?),
        'g' => number()?.to_string(),
        'x' => format!("{:x}", value.as_i64().unwrap_or_default()),
        'X' => format!("{:X}", value.as_i64().unwrap_or_default()),
        'o' => format!("{:o}", value.as_i64().unwrap_or_default()),
        'c' => value.to_string(),
        other => return Err(fault(format!("`%{other}` is not a format"), "Use `%s`.")),
    };
    let is_number = value.kind() == ValueKind::Number && conversion.kind != 's';
    let sign = if is_number && conversion.flags.contains('+') && !text.starts_with('-') {
        "+"
    } else {
        ""
    };
    let text = format!("{sign}{text}");
    let missing = conversion.width.saturating_sub(text.chars().count());
    Ok(if conversion.flags.contains('-') {
        format!("{text}{}", " ".repeat(missing))
    } else if is_number && conversion.flags.contains('0') {
        let (sign, digits) = match text.strip_prefix(['-', '+']) {
            Some(digits) => (text.get(..1).unwrap_or_default(), digits),
            None => ("", text.as_str()),
        };
        format!("{sign}{}{digits}", "0".repeat(missing))
    } else {
        format!("{}{text}", " ".repeat(missing))
    })
}

/// `'{} {0} {name} {0:05.2f} {name!r}'.format(…)`.
pub(super) fn braces(text: &str, values: &[Value], kwargs: &Kwargs) -> Result<String, Error> {
    let mut out = String::with_capacity(text.len());
    let mut letters = text.char_indices().peekable();
    let mut next = 0;
    while let Some((at, letter)) = letters.next() {
        match (letter, letters.peek().map(|(_, next)| *next)) {
            ('{', Some('{')) | ('}', Some('}')) => {
                letters.next();
                out.push(letter);
            }
            ('{', _) => {
                let inside = text.get(at + 1..).unwrap_or_default();
                let end = inside.find('}').ok_or_else(|| {
                    fault(
                        format!("`{text}` has an open brace"),
                        "Write `{{` for a brace.",
                    )
                })?;
                let field = inside.get(..end).unwrap_or_default();
                out.push_str(&field_text(field, values, kwargs, &mut next)?);
                while letters
                    .peek()
                    .is_some_and(|(here, _)| *here <= at + 1 + end)
                {
                    letters.next();
                }
            }
            _ => out.push(letter),
        }
    }
    Ok(out)
}

fn field_text(
    field: &str,
    values: &[Value],
    kwargs: &Kwargs,
    next: &mut usize,
) -> Result<String, Error> {
    let (path, spec) = field.split_once(':').unwrap_or((field, ""));
    let (path, is_repr) = match path.rsplit_once('!') {
        Some((path, kind)) => (path, kind == "r"),
        None => (path, false),
    };
    let mut parts = path
        .split(['.', '['])
        .map(|part| part.trim_end_matches(']'));
    let head = parts.next().unwrap_or_default();
    let mut value = if head.is_empty() {
        *next += 1;
        values.get(*next - 1).cloned()
    } else if let Ok(index) = head.parse::<usize>() {
        values.get(index).cloned()
    } else {
        kwargs.get(head)?
    }
    .ok_or_else(|| {
        fault(
            format!("`{{{field}}}` has no value"),
            "Give `format` one for each field.",
        )
    })?;
    for part in parts {
        value = match part.parse::<usize>() {
            Ok(index) => value.get_item(&Value::from(index))?,
            Err(_) => value.get_attr(part)?,
        };
    }
    if is_repr {
        return Ok(format!("{value:?}"));
    }
    if spec.is_empty() {
        return Ok(value.to_string());
    }
    Ok(with_spec(&value, spec))
}

/// `[[fill]align][0][width][,][.precision][kind]`.
fn with_spec(value: &Value, spec: &str) -> String {
    let mut letters: Vec<char> = spec.chars().collect();
    let mut fill = ' ';
    let mut align = None;
    if letters.get(1).is_some_and(|letter| "<>^".contains(*letter)) {
        fill = letters.first().copied().unwrap_or(' ');
        align = letters.get(1).copied();
        letters.drain(..2);
    } else if letters
        .first()
        .is_some_and(|letter| "<>^".contains(*letter))
    {
        align = letters.first().copied();
        letters.drain(..1);
    }
    let rest: String = letters.into_iter().collect();
    let rest = match rest.strip_prefix('0') {
        Some(rest) if align.is_none() => {
            fill = '0';
            rest
        }
        _ => rest.as_str(),
    };
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    let rest = rest.get(digits.len()..).unwrap_or_default();
    let grouped = rest.starts_with(',');
    let precision = rest
        .split_once('.')
        .map(|(_, after)| {
            after
                .chars()
                .take_while(char::is_ascii_digit)
                .collect::<String>()
        })
        .and_then(|digits| digits.parse::<usize>().ok());
    let number = f64::try_from(value.clone())
        .ok()
        .filter(|_| value.kind() == ValueKind::Number);
    let mut text = match (number, precision) {
        (Some(number), Some(precision)) => format!("{number:.precision$}"),
        (None, Some(length)) => value.to_string().chars().take(length).collect(),
        _ => value.to_string(),
    };
    if grouped {
        text = thousands(&text);
    }
    let missing = digits
        .parse::<usize>()
        .unwrap_or(0)
        .saturating_sub(text.chars().count());
    let pad = |count: usize| fill.to_string().repeat(count);
    match align.unwrap_or(if number.is_some() { '>' } else { '<' }) {
        '<' => format!("{text}{}", pad(missing)),
        '^' => format!("{}{text}{}", pad(missing / 2), pad(missing - missing / 2)),
        _ => format!("{}{text}", pad(missing)),
    }
}

fn thousands(text: &str) -> String {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let length = whole.chars().count();
    let mut out = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (length - index) % 3 == 0 && digit.is_ascii_digit() && !out.ends_with('-') {
            out.push(',');
        }
        out.push(digit);
    }
    if !fraction.is_empty() {
        out.push('.');
        out.push_str(fraction);
    }
    out
}
