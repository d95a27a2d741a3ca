//! Expressions of templates, rewritten so that they mean to the engine what they mean to Python.

mod cursor;
mod parser;

#[cfg(test)]
mod tests;

pub(super) use self::parser::rewrite;
