//! JSON values read into a column's type whatever their own type is.
//!
//! A transcript is written by many versions of a program that never promised a schema. A value of
//! a surprising type becomes its text form or null; it never costs the entry. Only what is no JSON
//! at all is an error. Strings without escapes are borrowed from the line.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::entry::derive;

/// A value that can be made of any JSON; what it has no use for becomes its default.
pub(crate) trait FromJson<'de>: Default {
    fn from_bool(_: bool) -> Self {
        Self::default()
    }

    fn from_integer(_: i64) -> Self {
        Self::default()
    }

    fn from_float(_: f64) -> Self {
        Self::default()
    }

    fn from_text(_: Cow<'de, str>) -> Self {
        Self::default()
    }

    /// A text that had escapes, in a buffer of the parser.
    fn from_unescaped(text: &str) -> Self {
        Self::from_text(Cow::Owned(text.to_owned()))
    }

    fn from_list<A: SeqAccess<'de>>(mut list: A) -> Result<Self, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Self::default())
    }

    fn from_object<A: MapAccess<'de>>(mut object: A) -> Result<Self, A::Error> {
        while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Self::default())
    }

    fn read<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyVisitor(PhantomData))
    }
}

/// Lets serde read any [`FromJson`].
pub(crate) struct Lenient<T>(pub(crate) T);

impl<'de, T: FromJson<'de>> Deserialize<'de> for Lenient<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::read(deserializer).map(Lenient)
    }
}

struct AnyVisitor<T>(PhantomData<T>);

impl<'de, T: FromJson<'de>> Visitor<'de> for AnyVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<T, E> {
        Ok(T::from_bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<T, E> {
        Ok(T::from_integer(value))
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "beyond 63 bits only the magnitude matters"
    )]
    fn visit_u64<E>(self, value: u64) -> Result<T, E> {
        Ok(i64::try_from(value).map_or_else(|_| T::from_float(value as f64), T::from_integer))
    }

    fn visit_f64<E>(self, value: f64) -> Result<T, E> {
        Ok(T::from_float(value))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<T, E> {
        Ok(T::from_text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<T, E> {
        Ok(T::from_unescaped(text))
    }

    fn visit_unit<E>(self) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<T, A::Error> {
        T::from_list(list)
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<T, A::Error> {
        T::from_object(object)
    }
}

/// Text; numbers and booleans in their text form.
impl<'de> FromJson<'de> for Option<Cow<'de, str>> {
    fn from_bool(value: bool) -> Self {
        Some(Cow::Borrowed(if value { "true" } else { "false" }))
    }

    fn from_integer(value: i64) -> Self {
        Some(Cow::Owned(value.to_string()))
    }

    fn from_float(value: f64) -> Self {
        Some(Cow::Owned(value.to_string()))
    }

    fn from_text(text: Cow<'de, str>) -> Self {
        Some(text)
    }
}

/// A whole number; fractions are rounded, numeric text is read.
impl<'de> FromJson<'de> for Option<i64> {
    fn from_integer(value: i64) -> Self {
        Some(value)
    }

    fn from_float(value: f64) -> Self {
        derive::whole(value)
    }

    fn from_text(text: Cow<'de, str>) -> Self {
        derive::whole_text(&text)
    }
}

/// A number; numeric text is read.
impl<'de> FromJson<'de> for Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "the column is a double")]
    fn from_integer(value: i64) -> Self {
        Some(value as f64)
    }

    fn from_float(value: f64) -> Self {
        Some(value)
    }

    fn from_text(text: Cow<'de, str>) -> Self {
        text.trim()
            .parse()
            .ok()
            .filter(|value: &f64| value.is_finite())
    }
}

/// A truth value; `"true"` and `"false"` are read.
impl<'de> FromJson<'de> for Option<bool> {
    fn from_bool(value: bool) -> Self {
        Some(value)
    }

    fn from_text(text: Cow<'de, str>) -> Self {
        text.parse().ok()
    }
}

/// The exact text of a value; `None` for null.
#[derive(Clone, Copy, Default)]
pub(crate) struct Raw<'de>(pub(crate) Option<&'de str>);

impl<'de> FromJson<'de> for Raw<'de> {
    fn read<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <&RawValue>::deserialize(deserializer)?.get();
        Ok(Raw((text != "null").then_some(text)))
    }
}

impl<'de> Raw<'de> {
    pub(crate) fn text(self) -> Option<Cow<'de, str>> {
        self.0.map(Cow::Borrowed)
    }
}

/// A key of an object.
#[derive(Default)]
pub(crate) struct Key<'de>(pub(crate) Cow<'de, str>);

impl<'de> FromJson<'de> for Key<'de> {
    fn from_text(text: Cow<'de, str>) -> Self {
        Key(text)
    }
}

/// Reads an object into a struct: named keys into fields (of equal keys the last wins), other keys
/// ignored; a value that is no object gives the default.
macro_rules! from_object {
    ($shape:ty { $($key:literal => $field:ident),* $(,)? } $($more:tt)*) => {
        impl<'de> FromJson<'de> for $shape {
            $($more)*

            fn from_object<A>(mut object: A) -> Result<Self, A::Error>
            where
                A: serde::de::MapAccess<'de>,
            {
                let mut shape = Self::default();
                while let Some(Lenient(key)) = object.next_key::<Lenient<Key<'de>>>()? {
                    match &*key.0 {
                        $($key => shape.$field = object.next_value::<Lenient<_>>()?.0,)*
                        _ => {
                            object.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(shape)
            }
        }
    };
}

pub(crate) use from_object;
