//! What a failure of the driver means to the user: kind, hint, and a text without secrets.

use mongodb::error::{Error as DriverError, ErrorKind};

use crate::config::Secret;
use crate::error::Error;

/// A step that did not succeed.
#[derive(Debug)]
pub(super) enum Failure {
    /// The driver or the server failed; trying again may help.
    Driver(DriverError),
    /// Anything else; final.
    Final(Error),
}

impl From<DriverError> for Failure {
    fn from(error: DriverError) -> Self {
        Failure::Driver(error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::Final(error)
    }
}

/// Server codes that go away: elections, shutdowns, killed cursors and operations, network.
const TRANSIENT: [i32; 20] = [
    6, 7, 43, 63, 89, 91, 134, 136, 175, 189, 237, 262, 9001, 10_058, 10_107, 11_600, 11_601,
    11_602, 13_435, 13_436,
];
const UNAUTHORIZED: i32 = 13;
const AUTHENTICATION_FAILED: i32 = 18;

/// Whether the same request may succeed a moment later.
pub(super) fn is_transient(error: &DriverError) -> bool {
    if is_refused_login(error) {
        return false;
    }
    match &*error.kind {
        ErrorKind::Io(_)
        | ErrorKind::ConnectionPoolCleared { .. }
        | ErrorKind::ServerSelection { .. }
        | ErrorKind::DnsResolve { .. } => true,
        _ => code(error).is_some_and(|code| TRANSIENT.contains(&code)),
    }
}

/// Whether the user may not do this, though the login succeeded.
pub(super) fn is_unauthorized(error: &DriverError) -> bool {
    code(error) == Some(UNAUTHORIZED)
}

fn is_refused_login(error: &DriverError) -> bool {
    let here = matches!(&*error.kind, ErrorKind::Authentication { .. });
    here || code(error) == Some(AUTHENTICATION_FAILED)
}

/// The server's code, of this error or of what caused it.
pub(super) fn code(error: &DriverError) -> Option<i32> {
    match &*error.kind {
        ErrorKind::Command(command) => Some(command.code),
        _ => None,
    }
}

/// Explains a failure of a connection.
pub(super) fn explain(action: &str, uri: &Secret, error: &DriverError) -> Error {
    let server = uri.redacted();
    let cause = scrubbed(&describe(error), uri);
    if is_refused_login(error) {
        return Error::config(format!("failed to log in to `{server}`"))
            .cause(cause)
            .hint(
                "Check user, password and `authSource` in `mongo.uri` (MONGO_URI); percent-encode \
             special characters of the password.",
            );
    }
    match &*error.kind {
        ErrorKind::InvalidArgument { .. } | ErrorKind::InvalidTlsConfig { .. } => {
            Error::config("the connection string `mongo.uri` (MONGO_URI) is not usable")
                .at(server)
                .hint(option_hint(&cause))
                .cause(cause)
        }
        ErrorKind::IncompatibleServer { .. } => {
            Error::config(format!("failed to {action}")).at(server).cause(cause).hint(
                "Use MongoDB 4.4 or later; the driver does not speak the protocol of older servers.",
            )
        }
        _ if is_unauthorized(error) => {
            Error::config(format!("not allowed to {action}")).at(server).cause(cause).hint(
                "Grant the user the role `read` on the database of `mongo.database` (MONGO_DB).",
            )
        }
        _ => {
            let failure =
                Error::unavailable(format!("failed to {action}")).at(server);
            hints(&cause, uri).into_iter().fold(failure.cause(&cause), Error::hint)
        }
    }
}

/// The causes of an error, in one line each.
fn describe(error: &DriverError) -> String {
    let mut text = error.kind.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let line = match cause.downcast_ref::<DriverError>() {
            Some(driver) => driver.kind.to_string(),
            None => cause.to_string(),
        };
        if !text.contains(&line) {
            text.push('\n');
            text.push_str(&line);
        }
        source = cause.source();
    }
    text
}

/// A text of the driver with user and password left out.
pub(super) fn scrubbed(text: &str, uri: &Secret) -> String {
    let mut clean = text.replace(uri.reveal(), &uri.redacted());
    let Some((_, rest)) = uri.reveal().split_once("://") else {
        return clean;
    };
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let Some((login, _)) = authority.rsplit_once('@') else {
        return clean;
    };
    let mut secrets = vec![login.to_owned()];
    if let Some((_, password)) = login.split_once(':') {
        secrets.extend([password.to_owned(), percent_decoded(password)]);
    }
    secrets.retain(|secret| !secret.is_empty());
    for secret in secrets {
        clean = clean.replace(&secret, "***");
    }
    clean
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let escaped = match (first, tail) {
            (b'%', [high, low, ..]) => hex(*high).zip(hex(*low)),
            _ => None,
        };
        match escaped {
            Some((high, low)) => {
                bytes.push(high * 16 + low);
                rest = tail.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex(digit: u8) -> Option<u8> {
    u8::try_from(char::from(digit).to_digit(16)?).ok()
}

/// What to do about an option the driver does not take.
fn option_hint(cause: &str) -> &'static str {
    let cause = cause.to_ascii_lowercase();
    let known = [
        (
            "sockettimeoutms",
            "Remove `socketTimeoutMS`; set `mongo.timeout` for how long to look for a server.",
        ),
        (
            "serverselectiontryonce",
            "Remove `serverSelectionTryOnce`; it has no meaning here.",
        ),
        (
            "waitqueuetimeoutms",
            "Remove `waitQueueTimeoutMS`; one connection is used at a time.",
        ),
        (
            "compressors",
            "Remove `compressors`; replies are read uncompressed.",
        ),
        (
            "directconnection",
            "Use `directConnection=true` with exactly one host.",
        ),
        (
            "percent",
            "Percent-encode special characters of user and password (`@` is `%40`).",
        ),
    ];
    known
        .into_iter()
        .find(|(word, _)| cause.contains(word))
        .map_or(
            "Correct the option, or remove it, in `mongo.uri` (MONGO_URI).",
            |(_, hint)| hint,
        )
}

/// What may be wrong when no server answers.
fn hints(cause: &str, uri: &Secret) -> Vec<String> {
    let text = cause.to_ascii_lowercase();
    let options = uri
        .reveal()
        .split_once('?')
        .map_or("", |(_, query)| query)
        .to_ascii_lowercase();
    let mut hints = Vec::new();
    if text.contains("unexpected end of file") && !options.contains("tls=true") {
        hints
            .push("Add `tls=true` to the connection string if the server asks for TLS.".to_owned());
    }
    if text.contains("certificate") || text.contains("unknownissuer") {
        hints.push(
            "Name the authority that signed the server's certificate with `tlsCAFile=<file>`."
                .to_owned(),
        );
    }
    if options.contains("replicaset=") {
        hints.push(
            "Check the name in `replicaSet=…`, or use `directConnection=true` for a single server."
                .to_owned(),
        );
    }
    if text.contains("lookup") || text.contains("dns") {
        hints.push(
            "Check the host name; add `directConnection=true` if the replica set names its members \
             by addresses that are not reachable from here."
                .to_owned(),
        );
    }
    hints.push(
        "Check that the server runs, and run the same command again; nothing is lost.".to_owned(),
    );
    hints
}

#[cfg(test)]
mod tests {
    use super::*;

    fn driver_error(kind: ErrorKind) -> DriverError {
        kind.into()
    }

    #[test]
    fn secrets_do_not_survive() {
        let uri = Secret::new("mongodb://ann:p%40ss@db:27017/?x=1");
        let text = "bad mongodb://ann:p%40ss@db:27017/?x=1, user ann:p%40ss, p@ss, p%40ss";
        assert_eq!(
            scrubbed(text, &uri),
            "bad mongodb://***@db:27017, user ***, ***, ***"
        );
        let plain = Secret::new("mongodb://db:27017");
        assert_eq!(scrubbed("no secret", &plain), "no secret");
    }

    #[test]
    fn io_failures_are_transient_and_name_the_host() {
        let error = driver_error(std::io::Error::other("reset").into());
        assert!(is_transient(&error));
        let uri = Secret::new("mongodb://ann:secret@db:27017");
        let text = explain("read `logs.entries`", &uri, &error).to_string();
        assert!(text.contains("mongodb://***@db:27017"), "{text}");
        assert!(!text.contains("secret"), "{text}");
    }

    #[test]
    fn options_have_their_own_hints() {
        assert!(option_hint("sockettimeoutms is an invalid option").contains("socketTimeoutMS"));
        assert!(option_hint("w is wrong").contains("Correct"));
    }
}
