//! Formats of texts that a column may keep to.

/// A format and the pattern that tells it.
pub(super) struct Format {
    /// For people.
    pub name: &'static str,
    /// Regular expression that every value matches.
    pub pattern: &'static str,
}

/// The most special first: the first that all values match is proposed.
pub(super) const FORMATS: [Format; 8] = [
    Format {
        name: "UUIDs",
        pattern: "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
    },
    Format {
        name: "hashes",
        pattern: "^([0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})$",
    },
    Format {
        name: "instants",
        pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}",
    },
    Format {
        name: "days",
        pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
    },
    Format {
        name: "versions",
        pattern: "^[0-9]+\\.[0-9]+\\.[0-9]+",
    },
    Format {
        name: "addresses of pages",
        pattern: "^https?://",
    },
    Format {
        name: "e-mail addresses",
        pattern: "^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$",
    },
    Format {
        name: "absolute paths",
        pattern: "^(/|[A-Za-z]:[\\\\/])",
    },
];
