//! Files of JSON lines, read the same way by everybody who reads them.
//!
//! * `reader` hands out lines of a file from a position on, with bounded memory.
//! * `object` finds the JSON objects of a line and what fits none.
//! * `lenient` reads values into a field's type whatever their own type is.
//! * `message` is the head of a message: who answered, and what it used.
//! * `surrogates` mends escapes of half characters.
//!
//! Guarantees: what counts as an entry of a file depends neither on the reader nor on the moment.

mod lenient;
mod message;
mod object;
mod reader;
mod surrogates;

pub(crate) use lenient::{FromJson, Key, Lenient, Raw, from_object};
pub(crate) use message::{CacheCreation, MessageHead, Usage};
pub(crate) use object::{Refused, Shape, each_object};
pub(crate) use reader::{LONGEST_LINE, Line, LineReader, ReadAt};
pub(crate) use surrogates::without_lone_surrogates;
