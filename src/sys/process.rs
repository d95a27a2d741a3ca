//! This process: resources used.

/// Peak resident memory in bytes, where the system tells.
#[must_use]
pub fn peak_memory_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024)
}

/// Name of this machine, `localhost` where it has none.
#[must_use]
pub fn host_name() -> String {
    std::fs::read_to_string("/etc/hostname")
        .map(|name| name.trim().to_owned())
        .ok()
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "localhost".to_owned())
}

/// Bytes a user may still write on the file system of `path` (or of the nearest folder above it
/// that exists), where the system tells.
#[must_use]
pub fn free_bytes(path: &std::path::Path) -> Option<u64> {
    let existing = path.ancestors().find(|folder| folder.exists())?;
    let name = std::ffi::CString::new(existing.to_str()?).ok()?;
    let mut stats = std::mem::MaybeUninit::<libc::statvfs>::uninit();
    #[expect(unsafe_code, reason = "the standard library does not tell free space")]
    // SAFETY: `name` ends in NUL and `stats` has room for the structure, which is read only when
    // the call reports that it filled it.
    let stats = unsafe {
        if libc::statvfs(name.as_ptr(), stats.as_mut_ptr()) != 0 {
            return None;
        }
        stats.assume_init()
    };
    #[expect(
        clippy::useless_conversion,
        reason = "the fields are narrower on other systems"
    )]
    Some(u64::from(stats.f_bavail) * u64::from(stats.f_frsize))
}

/// Keeps the kernel from backing this process with huge pages, where it would. Queries take and
/// return blocks all the time; clearing two megabytes for each costs more than it saves.
pub fn forgo_huge_pages() {
    #[cfg(target_os = "linux")]
    {
        let none: libc::c_ulong = 0;
        let disable: libc::c_ulong = 1;
        #[expect(unsafe_code, reason = "the standard library has no such call")]
        // SAFETY: the call takes numbers only; where the kernel refuses it, nothing changes.
        unsafe {
            libc::prctl(libc::PR_SET_THP_DISABLE, disable, none, none, none);
        }
    }
}
