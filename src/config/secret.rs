//! A text that never prints.

use std::fmt;

/// A secret setting, such as a connection string with a password.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself, for the one place that needs it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The text with user, password and query left out: `mongodb://***@host:27017/…`.
    #[must_use]
    pub fn redacted(&self) -> String {
        let Some((scheme, rest)) = self.0.split_once("://") else {
            return if self.0.is_empty() {
                String::new()
            } else {
                "***".to_owned()
            };
        };
        let authority = rest.split(['/', '?']).next().unwrap_or_default();
        match authority.rsplit_once('@') {
            Some((_, hosts)) => format!("{scheme}://***@{hosts}"),
            None => format!("{scheme}://{authority}"),
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({})", self.redacted())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_password_nor_query_prints() {
        let secret = Secret::new("mongodb://ann:p%40ss@db.example:27017/x?authSource=admin");
        assert_eq!(secret.redacted(), "mongodb://***@db.example:27017");
        assert!(!format!("{secret:?}").contains("ss"));
        assert_eq!(Secret::new("hunter2").redacted(), "***");
    }
}
