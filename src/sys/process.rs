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
    let mut buffer = [0_u8; 256];
    #[expect(unsafe_code, reason = "the standard library does not tell the name")]
    // SAFETY: the call writes no more than the length it is given, which is that of `buffer`.
    let outcome = unsafe { libc::gethostname(buffer.as_mut_ptr().cast(), buffer.len()) };
    let name = buffer.split(|byte| *byte == 0).next().unwrap_or_default();
    match std::str::from_utf8(name) {
        Ok(name) if outcome == 0 && !name.is_empty() => name.to_owned(),
        _ => "localhost".to_owned(),
    }
}

/// Name of this machine where it says which one it is: containers that nobody named are called by
/// twelve hexadecimal digits, other ones each time they start.
#[must_use]
pub fn machine_name() -> Option<String> {
    Some(host_name()).filter(|name| names_a_machine(name))
}

fn names_a_machine(name: &str) -> bool {
    let is_random = name.len() == 12 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    !is_random && name != "localhost"
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

/// Whether the kernel may back this process with huge pages, where it would, from now on. Models,
/// which fill hundreds of megabytes again and again, are done sooner with them; whatever is short or
/// fills memory once pays for the two megabytes cleared at every first touch.
pub fn huge_pages(are_wanted: bool) {
    #[cfg(target_os = "linux")]
    {
        let none: libc::c_ulong = 0;
        let disable = libc::c_ulong::from(!are_wanted);
        #[expect(unsafe_code, reason = "the standard library has no such call")]
        // SAFETY: the call takes numbers only; where the kernel refuses it, nothing changes.
        unsafe {
            libc::prctl(libc::PR_SET_THP_DISABLE, disable, none, none, none);
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = are_wanted;
}

#[cfg(test)]
mod tests {
    use super::names_a_machine;

    #[test]
    fn a_container_that_nobody_named_is_no_machine() {
        assert!(names_a_machine("laptop-of-ada"));
        assert!(names_a_machine("deadbeef"));
        assert!(!names_a_machine("3f2a9c0d11be"));
        assert!(!names_a_machine("localhost"));
    }
}
