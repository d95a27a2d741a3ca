//! The one error type of the program: what went wrong, with which object, and what to do.
//!
//! A [`Kind`] exists only where a caller or the exit code treats it differently. Messages are
//! lower-case fragments with names in backticks and without a full stop; secrets and the contents
//! of rows never appear in them.

use std::fmt;

use serde::Serialize;
use serde::ser::SerializeStruct;

/// Result of everything that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What a caller may do about an [`Error`]; decides the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The command line is wrong.
    Usage,
    /// A configuration value is wrong or missing.
    Config,
    /// A file of the project (model, macro, seed, expectation) is wrong.
    Project,
    /// The source or the store cannot be reached now; trying again may help.
    SourceUnavailable,
    /// Stored or received data contradicts its contract.
    DataInvalid,
    /// Somebody else committed first; nothing was written.
    CommitConflict,
    /// At least one expectation of severity `error` failed.
    CheckFailed,
    /// Another run holds the lock.
    Locked,
    /// The user stopped the run.
    Cancelled,
    /// A defect of this program.
    Bug,
}

impl Kind {
    /// The word in `error[…]`.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Kind::Usage => "usage",
            Kind::Config => "config",
            Kind::Project => "project",
            Kind::SourceUnavailable => "unavailable",
            Kind::DataInvalid => "data",
            Kind::CommitConflict => "conflict",
            Kind::CheckFailed => "check",
            Kind::Locked => "locked",
            Kind::Cancelled => "cancelled",
            Kind::Bug => "bug",
        }
    }

    /// The documented exit code.
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            Kind::CheckFailed => 1,
            Kind::Usage | Kind::Config | Kind::Project => 2,
            Kind::SourceUnavailable | Kind::DataInvalid | Kind::CommitConflict => 3,
            Kind::Locked => 4,
            Kind::Bug => 70,
            Kind::Cancelled => 130,
        }
    }

    /// Whether the same attempt may succeed a moment later.
    #[must_use]
    pub fn is_retryable(self) -> bool {
        matches!(self, Kind::SourceUnavailable)
    }
}

/// A failure with its object (`at`), its causes and its remedies.
#[derive(Clone, Debug)]
pub struct Error(Box<Parts>);

/// A line of a file as people see it, with the place in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Excerpt {
    /// Line, from 1.
    pub line: usize,
    /// Column in letters, from 1, where it is known.
    pub column: Option<usize>,
    /// The line.
    pub text: String,
}

impl Excerpt {
    /// Letters of a line that are shown on each side of the place.
    const SIDE: usize = 70;

    /// The line behind its number, and a caret below the place; two lines, or one.
    #[must_use]
    pub fn shown(&self) -> Vec<String> {
        let column = self.column.unwrap_or(1).max(1) - 1;
        let start = column.saturating_sub(Self::SIDE);
        let letters = self.text.trim_end().chars();
        let letters = letters.map(|letter| if letter.is_control() { ' ' } else { letter });
        let part: String = letters.skip(start).take(2 * Self::SIDE).collect();
        let more = if start > 0 { "…" } else { "" };
        let number = self.line.to_string();
        let mut lines = vec![format!("{number} | {more}{part}")];
        if self.column.is_some() {
            let before = column - start + more.chars().count();
            let margin = " ".repeat(number.len());
            lines.push(format!("{margin} | {}^", " ".repeat(before)));
        }
        lines
    }
}

#[derive(Clone, Debug)]
struct Parts {
    kind: Kind,
    message: String,
    at: Vec<String>,
    excerpt: Option<Excerpt>,
    causes: Vec<String>,
    hints: Vec<String>,
}

impl Error {
    /// A failure of `kind`; `message` says what could not be done.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self(Box::new(Parts {
            kind,
            message: message.into(),
            at: Vec::new(),
            excerpt: None,
            causes: Vec::new(),
            hints: Vec::new(),
        }))
    }

    /// [`Kind::Usage`].
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    /// [`Kind::Config`].
    pub fn config(message: impl Into<String>) -> Self {
        Self::new(Kind::Config, message)
    }

    /// [`Kind::Project`].
    pub fn project(message: impl Into<String>) -> Self {
        Self::new(Kind::Project, message)
    }

    /// [`Kind::SourceUnavailable`].
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self::new(Kind::SourceUnavailable, message)
    }

    /// [`Kind::DataInvalid`].
    pub fn data(message: impl Into<String>) -> Self {
        Self::new(Kind::DataInvalid, message)
    }

    /// [`Kind::Bug`].
    pub fn bug(message: impl Into<String>) -> Self {
        Self::new(Kind::Bug, message)
    }

    /// Adds the object: `path`, `path:line`, `file:offset`, `collection _id`, `key (origin)`.
    #[must_use]
    pub fn at(mut self, place: impl fmt::Display) -> Self {
        self.0.at.push(place.to_string());
        self
    }

    /// Shows the line of the innermost place.
    #[must_use]
    pub fn showing(mut self, excerpt: Excerpt) -> Self {
        self.0.excerpt = Some(excerpt);
        self
    }

    /// Adds one cause, outermost first; each becomes a line of its own.
    #[must_use]
    pub fn cause(mut self, cause: impl fmt::Display) -> Self {
        self.0.causes.push(cause.to_string());
        self
    }

    /// Adds a remedy: one imperative sentence that names the command or key.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hints.push(hint.into());
        self
    }

    /// Puts one remedy in place of all others.
    #[must_use]
    pub fn only_hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hints = vec![hint.into()];
        self
    }

    /// What a caller may do about it.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// What could not be done.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// One line: what could not be done, and the first line of why.
    #[must_use]
    pub fn summary(&self) -> String {
        let cause = self.0.causes.first().and_then(|cause| cause.lines().next());
        match cause {
            Some(cause) => format!("{}: {cause}", self.0.message),
            None => self.0.message.clone(),
        }
    }

    /// The objects concerned, innermost first.
    #[must_use]
    pub fn places(&self) -> &[String] {
        &self.0.at
    }

    /// The line of the innermost place.
    #[must_use]
    pub fn excerpt(&self) -> Option<&Excerpt> {
        self.0.excerpt.as_ref()
    }

    /// Why, outermost first.
    #[must_use]
    pub fn causes(&self) -> &[String] {
        &self.0.causes
    }

    /// What to do, as imperative sentences.
    #[must_use]
    pub fn hints(&self) -> &[String] {
        &self.0.hints
    }
}

/// The block form for people; see the grammar in the module documentation.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error[{}]: {}", self.0.kind.label(), self.0.message)?;
        let shown = self.0.excerpt.as_ref().map(Excerpt::shown);
        let mut shown = shown.unwrap_or_default();
        for place in &self.0.at {
            write!(f, "\n   at {place}")?;
            for line in shown.drain(..) {
                write!(f, "\n      {line}")?;
            }
        }
        for cause in &self.0.causes {
            for (index, line) in cause.trim_end().lines().enumerate() {
                let head = if index == 0 { "cause:" } else { "      " };
                write!(f, "\n   {head} {line}")?;
            }
        }
        for hint in &self.0.hints {
            write!(f, "\n   hint: {hint}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

/// For programs: all parts, with the exit code of a process that ends with it.
impl Serialize for Error {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Error", 7)?;
        fields.serialize_field("kind", self.kind().label())?;
        fields.serialize_field("message", self.message())?;
        fields.serialize_field("at", self.places())?;
        fields.serialize_field("excerpt", &self.excerpt())?;
        fields.serialize_field("causes", self.causes())?;
        fields.serialize_field("hints", self.hints())?;
        fields.serialize_field("exit_code", &self.kind().exit_code())?;
        fields.end()
    }
}

/// Names the object and the failed action of an I/O result.
pub trait IoContext<T> {
    /// Turns an I/O failure into an [`Error`] that says what could not be done to `path`.
    fn io(self, action: &str, path: &std::path::Path) -> Result<T>;
}

impl<T> IoContext<T> for std::io::Result<T> {
    fn io(self, action: &str, path: &std::path::Path) -> Result<T> {
        self.map_err(|error| {
            let failure = Error::unavailable(format!("failed to {action} `{}`", path.display()))
                .cause(&error);
            match error.kind() {
                std::io::ErrorKind::StorageFull => {
                    failure.hint("Free disk space and run the same command again; nothing is lost.")
                }
                std::io::ErrorKind::PermissionDenied => failure
                    .hint("Check the permissions of the path, or choose another `--data-dir`."),
                _ => failure,
            }
        })
    }
}

/// The candidate nearest to `name`, for "did you mean" hints.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .filter(|(distance, candidate)| {
            // One letter of a short name is much of it.
            let longer = candidate.len().max(name.len());
            *distance <= if longer < 5 { 1 } else { 1 + longer / 4 }
        })
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn block_form_has_object_cause_and_hint() {
        let error = Error::project("failed to render model `fct_sessions`")
            .at("sql/models/marts/fct_sessions.sql:14")
            .cause("`stg_sesions` is not a model, seed or source")
            .hint("Did you mean `stg_sessions`?");
        assert_eq!(
            error.to_string(),
            "error[project]: failed to render model `fct_sessions`\n   \
             at sql/models/marts/fct_sessions.sql:14\n   \
             cause: `stg_sesions` is not a model, seed or source\n   \
             hint: Did you mean `stg_sessions`?"
        );
        assert_eq!(error.kind().exit_code(), 2);
    }

    #[test]
    fn a_shown_line_has_its_place_below_it() {
        let excerpt = |text: &str, column| Excerpt {
            line: 12,
            column,
            text: text.to_owned(),
        };
        let error = Error::project("no")
            .at("a.sql:12:3")
            .showing(excerpt("\ta bc ", Some(3)));
        assert_eq!(
            error.to_string(),
            "error[project]: no\n   at a.sql:12:3\n      12 |  a bc\n         |   ^"
        );
        let long = format!("{}x{}", "ü".repeat(200), "z".repeat(200));
        let shown = excerpt(&long, Some(201)).shown();
        let at = shown[1].chars().position(|letter| letter == '^');
        assert_eq!(shown[0].chars().nth(at.expect("a caret")), Some('x'));
        assert_eq!(excerpt("a", None).shown(), ["12 | a"]);
    }

    #[test]
    fn nearest_name_is_close_or_absent() {
        assert_eq!(
            nearest("stg_sesions", ["stg_sessions", "dim_date"]),
            Some("stg_sessions")
        );
        assert_eq!(nearest("foo", ["loop", "for"]), Some("for"));
        assert_eq!(nearest("foo", ["loop"]), None);
        assert_eq!(nearest("zebra", ["stg_sessions", "dim_date"]), None);
    }
}
