//! Wall time, CPU time and memory of a child process.

use std::io::Seek;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// What a process used.
pub(crate) struct Usage {
    pub(crate) wall: Duration,
    pub(crate) cpu: Duration,
    pub(crate) peak_mib: u64,
}

impl std::fmt::Display for Usage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (wall, cpu) = (self.wall.as_secs_f64(), self.cpu.as_secs_f64());
        write!(
            f,
            "{wall:8.2} s wall {cpu:8.2} s CPU {:6} MiB",
            self.peak_mib
        )
    }
}

/// Runs a command to its end, which must be a good one.
pub(crate) fn of(command: &mut Command) -> Usage {
    measured(command, Stdio::null())
}

/// The same, with what the command reports of its run.
pub(crate) fn reported(command: &mut Command) -> (Usage, serde_json::Value) {
    let mut report = tempfile::tempfile().expect("a file");
    let output = report.try_clone().expect("a file");
    let usage = measured(command.args(["--format", "json"]), output.into());
    report.rewind().expect("rewinds");
    (usage, serde_json::from_reader(report).expect("JSON"))
}

/// Its memory is looked at while it runs: what the system reports afterwards includes the memory of
/// this process, which started it.
#[expect(
    unsafe_code,
    reason = "the standard library does not tell what a child used"
)]
fn measured(command: &mut Command, output: Stdio) -> Usage {
    let started = Instant::now();
    #[expect(
        clippy::zombie_processes,
        reason = "wait4 waits, and tells what it used"
    )]
    let child = command
        .stdout(output)
        .stderr(Stdio::null())
        .spawn()
        .expect("starts");
    let id = i32::try_from(child.id()).expect("a process id");
    let (mut status, mut peak_mib) = (0, 0);
    let usage = loop {
        // SAFETY: both pointers are to live values of the types the call fills.
        let ended = unsafe {
            let mut usage = std::mem::zeroed::<libc::rusage>();
            let ended = libc::wait4(id, &raw mut status, libc::WNOHANG, &raw mut usage);
            (ended == id).then_some(usage)
        };
        if let Some(usage) = ended {
            break usage;
        }
        peak_mib = peak_mib.max(peak_of(id).unwrap_or(0));
        std::thread::sleep(Duration::from_millis(1));
    };
    let wall = started.elapsed();
    assert!(ExitStatus::from_raw(status).success(), "{command:?} failed");
    let seconds = |time: libc::timeval| {
        Duration::from_micros(
            u64::try_from(time.tv_sec * 1_000_000 + time.tv_usec).expect("a duration"),
        )
    };
    Usage {
        wall,
        cpu: seconds(usage.ru_utime) + seconds(usage.ru_stime),
        peak_mib,
    }
}

/// Peak memory of a running process in MiB.
fn peak_of(id: i32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib / 1024)
}

/// The binary, with everything it writes below `data`.
pub(crate) fn cca(data: &std::path::Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cca"));
    command
        .arg("--data-dir")
        .arg(data)
        .arg("-q")
        .current_dir(std::env::temp_dir());
    command
}

/// CPU time of this process so far.
#[expect(unsafe_code, reason = "the standard library does not tell it")]
pub(crate) fn own_cpu() -> Duration {
    // SAFETY: the structure is plain data and lives while the call fills it.
    let usage = unsafe {
        let mut usage = std::mem::zeroed::<libc::rusage>();
        libc::getrusage(libc::RUSAGE_SELF, &raw mut usage);
        usage
    };
    let micros = |time: libc::timeval| time.tv_sec * 1_000_000 + time.tv_usec;
    Duration::from_micros(
        u64::try_from(micros(usage.ru_utime) + micros(usage.ru_stime)).expect("a duration"),
    )
}

/// The commands that must answer at once.
pub(crate) fn start_up() {
    let nowhere = std::env::temp_dir().join("cca-bench-nowhere");
    for arguments in [["--version"].as_slice(), &["ls"]] {
        let mut best = of(cca(&nowhere).args(arguments));
        for _ in 0..9 {
            let next = of(cca(&nowhere).args(arguments));
            if next.wall < best.wall {
                best = next;
            }
        }
        println!(
            "cca {:<28} {:8.1} ms wall, best of 10",
            arguments.join(" "),
            best.wall.as_secs_f64() * 1e3
        );
    }
}
