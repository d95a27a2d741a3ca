//! What `cca doctor` found.

use serde::Serialize;

/// What `cca doctor` found.
#[derive(Clone, Debug, Default, Serialize)]
pub struct DoctorReport {
    /// Findings in the order they were looked for.
    pub findings: Vec<Finding>,
}

impl DoctorReport {
    /// The most serious level found.
    #[must_use]
    pub fn worst(&self) -> Level {
        self.findings
            .iter()
            .map(|finding| finding.level)
            .max()
            .unwrap_or(Level::Ok)
    }
}

/// One thing looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How it is.
    pub level: Level,
    /// What was looked at: `data folder`, `warehouse`, …
    pub subject: String,
    /// What was seen.
    pub message: String,
    /// What to do, one imperative sentence.
    pub remedy: Option<String>,
}

impl Finding {
    /// Something in order.
    pub fn ok(subject: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            level: Level::Ok,
            subject: subject.into(),
            message: message.into(),
            remedy: None,
        }
    }

    /// Something that works but deserves attention.
    pub fn warn(
        subject: impl Into<String>,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            level: Level::Warn,
            subject: subject.into(),
            message: message.into(),
            remedy: Some(remedy.into()),
        }
    }

    /// Something that will make a run fail.
    pub fn error(
        subject: impl Into<String>,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            level: Level::Error,
            subject: subject.into(),
            message: message.into(),
            remedy: Some(remedy.into()),
        }
    }
}

/// How a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// In order.
    Ok,
    /// Works, but deserves attention.
    Warn,
    /// Will make a run fail.
    Error,
}
