//! `+`, `-`, `*` of all values that have them.

use minijinja::value::{Tuple, Value, ValueKind};
use minijinja::{Error, ErrorKind};

use super::{List, Set, span};

/// `left + right`.
pub(in crate::transform) fn add(left: &Value, right: &Value) -> Result<Value, Error> {
    if let Some(sum) = numbers(left, right, i64::checked_add, |left, right| left + right) {
        return Ok(sum);
    }
    if let (Some(left), Some(right)) = (left.as_str(), right.as_str()) {
        return Ok(Value::from(format!("{left}{right}")));
    }
    if let Some(sum) = span::add(left, right) {
        return sum;
    }
    let is_list = |value: &Value| matches!(value.kind(), ValueKind::Seq | ValueKind::Iterable);
    if is_list(left) && is_list(right) {
        let items: Vec<Value> = left.try_iter()?.chain(right.try_iter()?).collect();
        return Ok(if left.is_tuple() && right.is_tuple() {
            Value::from(Tuple::from(items))
        } else {
            List::value(items)
        });
    }
    Err(impossible("+", left, right))
}

/// `left - right`.
pub(in crate::transform) fn subtract(left: &Value, right: &Value) -> Result<Value, Error> {
    numbers(left, right, i64::checked_sub, |left, right| left - right)
        .map(Ok)
        .or_else(|| span::subtract(left, right))
        .or_else(|| Set::difference(left, right).map(Ok))
        .unwrap_or_else(|| Err(impossible("-", left, right)))
}

/// `left * right`.
pub(in crate::transform) fn multiply(left: &Value, right: &Value) -> Result<Value, Error> {
    if let Some(product) = numbers(left, right, i64::checked_mul, |left, right| left * right) {
        return Ok(product);
    }
    if let Some(product) = span::multiply(left, right) {
        return product;
    }
    let (repeated, count) = if right.is_integer() {
        (left, right)
    } else {
        (right, left)
    };
    let count = count.as_i64().filter(|_| count.is_integer());
    let count = count.map(|count| usize::try_from(count).unwrap_or(0));
    match (repeated.as_str(), count) {
        (Some(text), Some(count)) => Ok(Value::from(text.repeat(count))),
        (None, Some(count)) if repeated.kind() == ValueKind::Seq => {
            let items: Vec<Value> = repeated.try_iter()?.collect();
            Ok(List::value(
                std::iter::repeat_n(items, count).flatten().collect(),
            ))
        }
        _ => Err(impossible("*", left, right)),
    }
}

/// Whole numbers stay whole as long as they fit; truth counts as 0 and 1.
fn numbers(
    left: &Value,
    right: &Value,
    whole: fn(i64, i64) -> Option<i64>,
    broken: fn(f64, f64) -> f64,
) -> Option<Value> {
    let is_number = |value: &Value| matches!(value.kind(), ValueKind::Number | ValueKind::Bool);
    if !is_number(left) || !is_number(right) {
        return None;
    }
    let is_whole = |value: &Value| value.is_integer() || value.kind() == ValueKind::Bool;
    let as_whole = |value: &Value| match value.kind() {
        ValueKind::Bool => Some(i64::from(value.is_true())),
        _ => value.as_i64(),
    };
    if is_whole(left) && is_whole(right) {
        let result = whole(as_whole(left)?, as_whole(right)?);
        if let Some(result) = result {
            return Some(Value::from(result));
        }
    }
    let as_broken = |value: &Value| match value.kind() {
        ValueKind::Bool => Some(f64::from(u8::from(value.is_true()))),
        _ => f64::try_from(value.clone()).ok(),
    };
    Some(Value::from(broken(as_broken(left)?, as_broken(right)?)))
}

fn impossible(sign: &str, left: &Value, right: &Value) -> Error {
    let kind = if left.is_undefined() || right.is_undefined() {
        ErrorKind::UndefinedError
    } else {
        ErrorKind::InvalidOperation
    };
    Error::new(
        kind,
        format!(
            "`{sign}` has no meaning for {} and {}",
            left.kind(),
            right.kind()
        ),
    )
}
