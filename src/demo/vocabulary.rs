//! Words, lines of code, sentences and commands that the demonstration is made of.

use super::dice::Dice;

const NOUNS: &[&str] = &[
    "account",
    "batch",
    "billing",
    "booking",
    "branch",
    "buffer",
    "cache",
    "catalog",
    "chart",
    "checkout",
    "column",
    "cursor",
    "customer",
    "dashboard",
    "delivery",
    "device",
    "draft",
    "export",
    "filter",
    "gateway",
    "import",
    "index",
    "inventory",
    "invoice",
    "ledger",
    "limit",
    "mailer",
    "merge",
    "metric",
    "order",
    "parser",
    "payment",
    "policy",
    "profile",
    "query",
    "quota",
    "queue",
    "ranking",
    "refund",
    "report",
    "request",
    "retry",
    "route",
    "scheduler",
    "schema",
    "search",
    "session",
    "shipment",
    "snapshot",
    "stream",
    "tariff",
    "ticket",
    "token",
    "upload",
    "voucher",
    "webhook",
    "widget",
    "worker",
];
const VERBS: &[&str] = &[
    "apply",
    "archive",
    "build",
    "check",
    "collect",
    "decode",
    "dispatch",
    "drain",
    "encode",
    "expand",
    "fetch",
    "flush",
    "group",
    "hydrate",
    "insert",
    "load",
    "lock",
    "merge",
    "migrate",
    "normalize",
    "open",
    "parse",
    "publish",
    "read",
    "render",
    "replay",
    "resolve",
    "rotate",
    "save",
    "scan",
    "send",
    "sort",
    "split",
    "store",
    "sum",
    "sync",
    "trim",
    "update",
    "validate",
    "write",
];
const ADJECTIVES: &[&str] = &[
    "cold", "daily", "empty", "expired", "fast", "final", "fresh", "idle", "invalid", "large",
    "late", "lazy", "local", "nested", "open", "partial", "pending", "raw", "remote", "shared",
    "signed", "slow", "sorted", "stale", "strict", "typed", "unique", "visible",
];

/// Lines of code, in many indentations.
const CODE_LINES: usize = 4000;
/// Sentences.
const SENTENCES: usize = 900;

/// The pools texts are cut from.
pub(super) struct Vocabulary {
    /// Lines of code.
    pub(super) code: Vec<String>,
    /// Lines of prose.
    pub(super) prose: Vec<String>,
    /// Lines of logs and test output.
    pub(super) log: Vec<String>,
}

impl Vocabulary {
    pub(super) fn new(dice: &mut Dice) -> Self {
        Self {
            code: (0..CODE_LINES).map(|_| code_line(dice)).collect(),
            prose: (0..SENTENCES).map(|_| sentence(dice)).collect(),
            log: (0..SENTENCES).map(|_| log_line(dice)).collect(),
        }
    }

    /// The line of code with this number; numbers wrap around.
    pub(super) fn line(&self, number: u32) -> &str {
        let index = number as usize % self.code.len().max(1);
        self.code.get(index).map_or("", String::as_str)
    }

    /// Consecutive lines of `pool`, about `bytes` together.
    pub(super) fn passage(pool: &[String], bytes: u64, dice: &mut Dice) -> String {
        let mut text = String::new();
        let first = dice.index(pool.len());
        for line in pool.iter().cycle().skip(first).take(pool.len()) {
            text.push_str(line);
            if text.len() as u64 >= bytes {
                break;
            }
            text.push('\n');
        }
        text
    }

    pub(super) fn prose(&self, bytes: u64, dice: &mut Dice) -> String {
        Self::passage(&self.prose, bytes, dice)
    }

    pub(super) fn log(&self, bytes: u64, dice: &mut Dice) -> String {
        Self::passage(&self.log, bytes, dice)
    }

    pub(super) fn code(&self, bytes: u64, dice: &mut Dice) -> String {
        Self::passage(&self.code, bytes, dice)
    }
}

pub(super) fn noun(dice: &mut Dice) -> &'static str {
    dice.word(NOUNS)
}

pub(super) fn verb(dice: &mut Dice) -> &'static str {
    dice.word(VERBS)
}

/// A name such as `stale_invoice`.
pub(super) fn compound(dice: &mut Dice) -> String {
    format!("{}_{}", dice.word(ADJECTIVES), noun(dice))
}

fn code_line(dice: &mut Dice) -> String {
    let indent = "    ".repeat(dice.index(4));
    let (name, other, act) = (compound(dice), noun(dice), verb(dice));
    let number = dice.between(2, 9000);
    match dice.index(15) {
        0 => format!("{indent}let {name} = {other}.{act}({number})?;"),
        1 => format!("{indent}if {name}.is_empty() || {other}.len() > {number} {{"),
        2 => format!("{indent}return Err(Error::new(\"cannot {act} {other}\"));"),
        3 => format!("pub fn {act}_{other}(&self, {name}: &str) -> Result<Vec<u8>> {{"),
        4 => format!("{indent}const {name} = await {act}(\"{other}/{number}\");"),
        5 => format!("export function {act}({name}: string, {other} = {number}) {{"),
        6 => format!("{indent}def {act}_{other}(self, {name}, *, limit={number}):"),
        7 => format!("{indent}select count(*) as {name} from {other} where id > {number}"),
        8 => format!("{indent}// The {other} is kept: callers {act} it twice."),
        9 => format!("{indent}\"{name}\": {{ \"{other}\": {number}, \"path\": \"C:\\\\{act}\" }},"),
        10 => format!("{indent}assert_eq!({act}(&{name}), Some({number}));"),
        11 => format!("{indent}}}"),
        12 => String::new(),
        13 => format!("{indent}label = \"{name} – größer als {number} € 日本語 🚀\""),
        _ => format!("\tfor (const {name} of {other}.{act}()) total += {number};"),
    }
}

fn sentence(dice: &mut Dice) -> String {
    let (name, other, act) = (compound(dice), noun(dice), verb(dice));
    match dice.index(8) {
        0 => {
            format!("The {other} does not {act} `{name}` any more, so the next step sees old data.")
        }
        1 => format!("- `{name}` is set before the {other} is ready to {act}."),
        2 => format!("I'll {act} the {other} first and then look at `{name}`."),
        3 => {
            format!("Two callers {act} the {other}; only one of them holds the lock for `{name}`.")
        }
        4 => format!("All checks pass after the change to {act} each {other} once."),
        5 => format!("## {act} the {other}"),
        6 => format!("It is safer to {act} `{name}` where the {other} is created."),
        _ => format!("Next: {act} `{name}`, then measure the {other} again."),
    }
}

fn log_line(dice: &mut Dice) -> String {
    let (name, other, act) = (compound(dice), noun(dice), verb(dice));
    let number = dice.between(2, 9000);
    match dice.index(8) {
        0 => format!("test {other}::tests::{act}s_{name} ... ok"),
        1 => format!(
            "   Compiling {other}-{act} v0.{}.{}",
            number % 40,
            number % 9
        ),
        2 => format!("src/{other}/{act}.rs:{number}: let {name} = {act}({number});"),
        3 => format!(
            "[{number:>5}] INFO {other}: {act} {name} in {} ms",
            number % 500
        ),
        4 => format!("-rw-r--r-- 1 dev dev {number:>7} {name}.rs"),
        5 => format!(" PASS  src/{other}/{act}.test.ts ({} s)", number % 30),
        6 => format!("{:07x} {act} {other} for {name}", number * 7919),
        _ => format!("warning: unused variable: `{name}`"),
    }
}

/// What people ask, with `{file}`, `{noun}` and `{name}` to fill in.
pub(super) const PROMPTS: &[&str] = &[
    "fix the failing test in {file}",
    "the {noun} page shows an error when {name} is empty, find the bug",
    "why is the {noun} so slow? {name} takes seconds",
    "CI is broken since the last merge, have a look at {file}",
    "there is an issue with {name}: it crashes on unicode, e.g. \"größer 日本語 🚀\"",
    "add a {noun} to {file} and write tests for it",
    "implement {name} as described in docs/{noun}.md",
    "create a new endpoint for the {noun}",
    "build a small page that lists every {noun}",
    "refactor {file}, it is too long",
    "restructure the {noun} module: one file per {noun}, and simplify {name}",
    "clean up {name}",
    "write tests for {file}",
    "validate the input of {name} and verify it with a test",
    "document {name} in the readme",
    "explain how the {noun} works",
    "add comments to {file}",
    "what does {name} do?",
    "continue",
    "yes, go on",
    "commit this",
    "run everything again and show me the output",
    "look at {file} and tell me what you would change first",
];

/// Commands of the shell, with the same places to fill in: text, description, weight.
pub(super) const COMMANDS: &[(&str, &str, u64)] = &[
    ("cargo test --quiet", "Run the tests", 14),
    ("cargo clippy --all-targets -- -D warnings", "Lint", 6),
    ("npm test -- {noun}", "Run the tests of one module", 10),
    ("npm run build", "Build the site", 5),
    ("pytest -q tests/test_{noun}.py", "Run one test file", 9),
    ("git status --short", "Show what changed", 9),
    ("git diff --stat", "Show the size of the change", 8),
    ("git log --oneline -8", "Show recent commits", 5),
    ("rg -n \"{name}\" src", "Find uses", 12),
    ("ls -la src", "List the sources", 7),
    ("sed -n '1,120p' {file}", "Show the head of a file", 8),
    ("docker compose up -d {noun}", "Start a service", 3),
    ("psql -c \"select count(*) from {noun}\"", "Count rows", 4),
    ("make {noun}", "Build a target", 5),
    (
        "curl -s localhost:8080/{noun}/{name} | jq .",
        "Ask the service",
        4,
    ),
    ("git commit -am \"{name}: {noun}\"", "Commit", 5),
    ("gh pr create --fill", "Open a pull request", 1),
];

/// Tools of connected servers.
pub(super) const SERVER_TOOLS: &[&str] = &[
    "mcp__github__create_issue",
    "mcp__github__get_pull_request",
    "mcp__linear-server__list_issues",
    "mcp__linear-server__update_issue",
    "mcp__playwright__browser_click",
    "mcp__postgres__query",
];

/// Kinds of sub-agents.
pub(super) const AGENT_TYPES: &[&str] = &[
    "Explore",
    "general-purpose",
    "Plan",
    "code-reviewer",
    "test-runner",
];

/// Fills the places of a template.
pub(super) fn fill(template: &str, file: &str, dice: &mut Dice) -> String {
    template
        .replace("{file}", file)
        .replace("{noun}", noun(dice))
        .replace("{name}", &compound(dice))
}
