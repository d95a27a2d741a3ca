//! The one error type of the program: what went wrong, with which object, and what to do.
//!
//! A [`Kind`] exists only where a caller or the exit code treats it differently. Messages are
//! lower-case fragments with names in backticks and without a full stop; secrets and the contents
//! of rows never appear in them.

use std::fmt;

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
#[derive(Debug)]
pub struct Error(Box<Parts>);

#[derive(Debug)]
struct Parts {
    kind: Kind,
    message: String,
    at: Vec<String>,
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
        for place in &self.0.at {
            write!(f, "\n   at {place}")?;
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
        .filter(|(distance, candidate)| *distance <= 1 + candidate.len().max(name.len()) / 4)
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
    fn nearest_name_is_close_or_absent() {
        assert_eq!(
            nearest("stg_sesions", ["stg_sessions", "dim_date"]),
            Some("stg_sessions")
        );
        assert_eq!(nearest("zebra", ["stg_sessions", "dim_date"]), None);
    }
}
