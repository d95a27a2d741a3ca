//! Every exit code, with its meaning.

/// Codes and what they mean; the reference page and `error::Kind` agree with this list.
pub const EXIT_CODES: [(u8, &str, &str); 7] = [
    (0, "done", "The command did what was asked."),
    (
        1,
        "a check failed",
        "At least one expectation of severity `error` failed or one could not be evaluated, or `cca doctor` found something that will make a run fail. Readers keep what was published before.",
    ),
    (
        2,
        "usage, configuration or project",
        "The command line, a setting, or a file of the project is wrong; nothing was changed. Trying again does not help.",
    ),
    (
        3,
        "unavailable or invalid data",
        "A source or a store cannot be reached, holds what it should not, or somebody else committed first. What was committed stays; running the command again goes on from there.",
    ),
    (
        4,
        "locked",
        "Another run is at work on the same data folder; the message names it.",
    ),
    (70, "bug", "A defect of this program."),
    (
        130,
        "interrupted",
        "Stopped by Ctrl-C or SIGTERM. What was committed stays.",
    ),
];

/// The exit code of success; a closed pipe counts as one.
pub(super) const DONE: u8 = 0;
/// The exit code of an interruption that does not wait for the current step.
pub(super) const INTERRUPTED: u8 = 130;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;

    #[test]
    fn every_kind_has_a_documented_code() {
        for kind in [
            Kind::Usage,
            Kind::Config,
            Kind::Project,
            Kind::SourceUnavailable,
            Kind::DataInvalid,
            Kind::CommitConflict,
            Kind::CheckFailed,
            Kind::Locked,
            Kind::Cancelled,
            Kind::Bug,
        ] {
            let code = kind.exit_code();
            assert!(
                EXIT_CODES.iter().any(|(known, ..)| *known == code),
                "{kind:?} {code}"
            );
        }
        assert_eq!(Kind::Cancelled.exit_code(), INTERRUPTED);
    }
}
