//! `cca usage` beside ccusage, on the same transcripts in the same run.
//!
//! ```text
//! cargo bench --bench usage -- [--size 100MB] [--work DIR] [--ccusage FILE]
//! ```
//!
//! Measured are the first run in an empty folder, the next with nothing new, and the direct mode;
//! beside them the native ccusage from the npm registry, left out with a line where it cannot be
//! installed. Nothing is asserted: a busy machine is slower, so read the ratios.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::expect_used,
    clippy::cast_precision_loss,
    reason = "a measurement for people, which stops where it cannot go on"
)]

#[path = "../pipeline/usage.rs"]
#[expect(
    dead_code,
    reason = "shared with the other benchmark, which uses more of it"
)]
mod child;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use child::{Usage, cca, of};

/// Times each command is run; the best counts.
const REPEATS: usize = 5;

fn main() {
    let mut bytes = 100_000_000;
    let mut work = std::env::temp_dir().join("cca-bench-usage");
    let mut peer = None;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().expect("a value");
        match argument.as_str() {
            "--size" => bytes = cca::config::parse_size(&value()).expect("a size") as u64,
            "--work" => work = value().into(),
            "--ccusage" => peer = Some(PathBuf::from(value())),
            _ => {}
        }
    }
    std::fs::create_dir_all(&work).expect("a folder");
    let logs = generated(&work, bytes);
    let size = size_of(&logs);
    println!("{:.0} MB of transcripts", size as f64 / 1e6);
    let theirs = peer
        .or_else(|| install(&work))
        .map(|program| best(&mut || ccusage(&program, &logs)));
    if theirs.is_none() {
        eprintln!("skipped: ccusage could not be installed from the npm registry");
    }
    let report = |name: &str, usage: &Usage| {
        let per_gb = usage.cpu.as_secs_f64() / (size as f64 / 1e9);
        let ratio = theirs.as_ref().map_or(String::new(), |theirs| {
            let wall = theirs.wall.as_secs_f64() / usage.wall.as_secs_f64();
            let cpu = theirs.cpu.as_secs_f64() / usage.cpu.as_secs_f64();
            format!("  {wall:6.1} × as fast, 1/{cpu:.1} of the CPU time")
        });
        println!("{name:<22} {usage} {per_gb:6.2} s CPU/GB{ratio}");
    };
    if let Some(theirs) = &theirs {
        report("ccusage daily", theirs);
    }
    report(
        "cca daily --direct",
        &best(&mut || daily(&work, &logs, true)),
    );
    let data = work.join("data");
    let _absent = std::fs::remove_dir_all(&data);
    report("cca daily, first run", &of(&mut daily(&work, &logs, false)));
    report(
        "cca daily, next run",
        &best(&mut || daily(&work, &logs, false)),
    );
}

/// Transcripts of a size, generated once.
fn generated(work: &Path, bytes: u64) -> PathBuf {
    let logs = work.join(format!("logs-{bytes}"));
    if !logs.join("truth.json").exists() {
        of(cca(work)
            .args(["demo", "--generate-only", "--seed", "1", "--target"])
            .arg(&logs)
            .arg("--size")
            .arg(bytes.to_string()));
    }
    logs
}

fn size_of(logs: &Path) -> u64 {
    walkdir::WalkDir::new(logs)
        .into_iter()
        .flatten()
        .filter(|item| item.path().extension().is_some_and(|kind| kind == "jsonl"))
        .filter_map(|item| item.metadata().ok())
        .map(|metadata| metadata.len())
        .sum()
}

fn daily(work: &Path, logs: &Path, direct: bool) -> Command {
    let mut command = cca(&work.join("data"));
    command
        .args(["usage", "daily", "--json", "--roots"])
        .arg(logs);
    if direct {
        command.arg("--direct");
    }
    command
}

fn ccusage(program: &Path, logs: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .args(["claude", "daily", "--json", "--offline"])
        .env("CLAUDE_CONFIG_DIR", logs);
    command
}

fn best(command: &mut dyn FnMut() -> Command) -> Usage {
    let mut best = of(&mut command());
    for _ in 1..REPEATS {
        let next = of(&mut command());
        if next.wall < best.wall {
            best = next;
        }
    }
    best
}

/// The native program of ccusage, from npm; `None` where that is not possible.
fn install(work: &Path) -> Option<PathBuf> {
    let name = match (std::env::consts::OS, std::env::consts::ARCH) {
        ("linux", "x86_64") => "ccusage-linux-x64",
        ("linux", "aarch64") => "ccusage-linux-arm64",
        ("macos", "x86_64") => "ccusage-darwin-x64",
        ("macos", "aarch64") => "ccusage-darwin-arm64",
        _ => return None,
    };
    let folder = work.join("npm");
    let program = folder.join(format!("node_modules/@ccusage/{name}/bin/ccusage"));
    if !program.exists() {
        std::fs::create_dir_all(&folder).ok()?;
        let installed = Command::new("npm")
            .args(["install", "--no-audit", "--no-fund", "--prefix"])
            .arg(&folder)
            .arg(format!("@ccusage/{name}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        installed.ok().filter(std::process::ExitStatus::success)?;
        executable(&program)?;
    }
    program.exists().then_some(program)
}

/// Packages of programs come without the permission to run them.
#[cfg(unix)]
fn executable(program: &Path) -> Option<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(program, std::fs::Permissions::from_mode(0o755)).ok()
}

#[cfg(not(unix))]
fn executable(_program: &Path) -> Option<()> {
    Some(())
}
