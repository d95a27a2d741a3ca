//! `--live` on a pseudo-terminal: what is drawn, what is drawn again, and what is left behind.

use serde_json::Value;

use crate::fixtures::{assistant_line, transcripts, wrapper};
use crate::python;

/// Starts a program on a terminal of its own, lets a file grow after the first page, presses
/// Ctrl-C after the second, and tells what came out and how the terminal was left.
const TERMINAL: &str = r#"
import fcntl, json, os, pty, re, select, struct, sys, termios, time

program, rows, file, line, *arguments = sys.argv[1:]
master, slave = pty.openpty()
fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", int(rows), 100, 0, 0))
before = termios.tcgetattr(slave)
child = os.fork()
if child == 0:
    os.close(master)
    os.login_tty(slave) if hasattr(os, "login_tty") else pty_login(slave)
    os.environ["TERM"] = "xterm-256color"
    os.execv(program, [program, *arguments])

out = b""

def read_until(found, seconds=20):
    global out
    end = time.time() + seconds
    while time.time() < end:
        if found(out):
            return True
        if select.select([master], [], [], 0.1)[0]:
            try:
                out += os.read(master, 65536)
            except OSError:
                return found(out)
    return found(out)

pages = lambda text: text.count(b"\x1b[J")
assert read_until(lambda text: pages(text) == 1), out
first = out
with open(file, "a") as stream:
    stream.write(line + "\n")
assert read_until(lambda text: re.search(rb"Total.*\b42\b", text[len(first):]) and text.endswith(b"\x1b[J")), out
second = out[len(first):]
seen = len(out)
os.write(master, b"\x03")
ended, status = 0, 0
end = time.time() + 20
while not ended and time.time() < end:
    read_until(lambda text: False, 0.1)
    ended, status = os.waitpid(child, os.WNOHANG)
read_until(lambda text: False, 0.3)
print(json.dumps({
    "first": first.decode(), "second": second.decode(), "last": out[seen:].decode(),
    "ended": ended == child, "code": os.waitstatus_to_exitcode(status) if ended else None,
    "restored": termios.tcgetattr(slave) == before,
}))
"#;

/// `os.login_tty` is of Python 3.11.
const LOGIN: &str = r#"
def pty_login(slave):
    import fcntl, os, termios
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    for stream in range(3):
        os.dup2(slave, stream)
"#;

fn watched(rows: &str, arguments: &[&str]) -> Value {
    let dir = tempfile::tempdir().expect("a folder");
    let line = assistant_line("m1", "Bash", 7);
    let root = transcripts(dir.path(), "p", &[("s", &[line])]);
    let file = root.join("projects/p/s.jsonl");
    let text = |path: &std::path::Path| path.to_str().expect("text").to_owned();
    let (program, file, root) = (text(&wrapper(dir.path())), text(&file), text(&root));
    let more = assistant_line("m2", "Bash", 35);
    let mut all = vec![program.as_str(), rows, &file, &more, "usage"];
    all.extend(arguments);
    all.extend(["--live", "--interval", "1", "--roots", &root]);
    let told = python::run(&format!("{LOGIN}{TERMINAL}"), &all);
    serde_json::from_str(&told).expect("JSON")
}

/// A page without what steers the terminal.
fn lines(page: &str) -> Vec<String> {
    let steering = regex::Regex::new("\x1b\\[[?0-9;]*[a-zA-Z]").expect("a pattern");
    let plain = steering.replace_all(page, "");
    plain.split("\r\n").map(str::to_owned).collect()
}

#[test]
fn a_live_view_draws_refreshes_and_gives_the_terminal_back() {
    let told = watched("24", &["daily"]);
    let part = |name: &str| told[name].as_str().expect("text").to_owned();
    let (first, second, last) = (part("first"), part("second"), part("last"));

    // Another screen without a cursor; the table from its top left.
    assert!(first.starts_with("\x1b[?1049h\x1b[?25l\x1b[H"), "{first:?}");
    let drawn = lines(&first);
    assert!(drawn[0].starts_with("Day "), "{drawn:?}");
    let total = |page: &str| {
        let lines = lines(page);
        let total = lines.iter().rfind(|line| line.starts_with("Total"));
        total.expect("a sum").clone()
    };
    let numbers = |page: &str| -> Vec<String> {
        let total = total(page);
        let words = total.split_whitespace();
        words.skip(1).take(5).map(str::to_owned).collect()
    };
    assert_eq!(numbers(&first), ["3", "7", "5", "11", "26"]);
    // The file has grown by a response of 35 tokens: drawn over the page before, in its place.
    assert!(second.starts_with("\x1b[H"), "{second:?}");
    assert!(!second.contains("\x1b[?1049h"), "{second:?}");
    assert_eq!(numbers(&second), ["6", "42", "10", "22", "80"]);
    // Ctrl-C: back to the first screen, with a cursor, and the last page stays to be read.
    let (_, after) = last
        .split_once("\x1b[?25h\x1b[?1049l")
        .expect("the first screen comes back");
    assert_eq!(numbers(after), ["6", "42", "10", "22", "80"]);
    assert!(
        !after.contains("\x1b[?25l") && !after.contains("error"),
        "{after:?}"
    );
    assert_eq!(
        (&told["ended"], &told["code"]),
        (&true.into(), &0.into()),
        "{told}"
    );
    assert_eq!(told["restored"], true);
}

/// What does not fit would scroll the terminal: the newest rows are shown.
#[test]
fn a_low_terminal_shows_the_end_of_a_live_view() {
    let told = watched("4", &["daily", "--breakdown"]);
    let first = told["first"].as_str().expect("text");
    let drawn = lines(first);
    assert_eq!(
        drawn.len(),
        4,
        "three lines and the one the cursor is in: {drawn:?}"
    );
    assert!(drawn[2].starts_with("Total"), "{drawn:?}");
}
