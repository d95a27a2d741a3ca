//! `modules.itertools`, on finite inputs.

use minijinja::value::{Kwargs, Rest, Tuple, Value, from_args};
use minijinja::{Error, ErrorKind};

use super::{List, arithmetic};

type Rows = Vec<Vec<Value>>;

/// Calls the function `method`.
pub(in crate::transform) fn itertools(method: &str, args: &[Value]) -> Result<Value, Error> {
    let (inputs, kwargs): (Rest<Value>, Kwargs) = from_args(args)?;
    let first = || inputs.first().cloned().unwrap_or_default();
    let count = || inputs.get(1).and_then(Value::as_usize);
    match method {
        "chain" => Ok(List::value(lists(&inputs)?.into_iter().flatten().collect())),
        "product" => {
            let repeat = kwargs.get::<Option<usize>>("repeat")?.unwrap_or(1);
            Ok(tuples(product(&lists(&inputs)?, repeat)))
        }
        "combinations" | "permutations" => {
            let items: Vec<Value> = first().try_iter()?.collect();
            let size = count().unwrap_or(items.len());
            Ok(tuples(arrangements(&items, size, method == "combinations")))
        }
        "zip_longest" => {
            let fill = kwargs.get::<Option<Value>>("fillvalue")?;
            let fill = fill.unwrap_or(Value::from(()));
            let inputs = lists(&inputs)?;
            let longest = inputs.iter().map(Vec::len).max().unwrap_or(0);
            let row = |at: usize| {
                let of = |one: &Vec<Value>| one.get(at).unwrap_or(&fill).clone();
                inputs.iter().map(of).collect()
            };
            Ok(tuples((0..longest).map(row).collect()))
        }
        "repeat" => Ok(List::value(vec![first(); count().unwrap_or(0)])),
        "accumulate" => {
            let mut sum: Option<Value> = None;
            let mut all = Vec::new();
            for item in first().try_iter()? {
                let next = match sum {
                    None => item,
                    Some(sum) => arithmetic::add(&sum, &item)?,
                };
                sum = Some(next.clone());
                all.push(next);
            }
            Ok(List::value(all))
        }
        _ => Err(Error::from(ErrorKind::UnknownMethod)),
    }
}

fn lists(values: &[Value]) -> Result<Rows, Error> {
    let list = |value: &Value| Ok(value.try_iter()?.collect());
    values.iter().map(list).collect()
}

fn tuples(rows: Rows) -> Value {
    let tuple = |row: Vec<Value>| Value::from(Tuple::from(row));
    List::value(rows.into_iter().map(tuple).collect())
}

/// Every choice of one item from each list, `repeat` times over.
fn product(lists: &[Vec<Value>], repeat: usize) -> Rows {
    let mut all: Rows = vec![Vec::new()];
    for items in lists.iter().cycle().take(lists.len() * repeat) {
        let mut longer = Vec::with_capacity(all.len() * items.len());
        for head in &all {
            for item in items {
                let mut row = head.clone();
                row.push(item.clone());
                longer.push(row);
            }
        }
        all = longer;
    }
    all
}

/// Every choice of `size` different items; in their order only, or in each order.
fn arrangements(items: &[Value], size: usize, in_order: bool) -> Rows {
    let mut all: Vec<Vec<usize>> = vec![Vec::new()];
    for _ in 0..size {
        let mut longer = Vec::new();
        for head in &all {
            let from = match head.last() {
                Some(last) if in_order => last + 1,
                _ => 0,
            };
            for at in (from..items.len()).filter(|at| !head.contains(at)) {
                let mut row = head.clone();
                row.push(at);
                longer.push(row);
            }
        }
        all = longer;
    }
    let pick = |row: Vec<usize>| {
        row.iter()
            .filter_map(|at| items.get(*at).cloned())
            .collect()
    };
    all.into_iter().map(pick).collect()
}
