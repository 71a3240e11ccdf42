//! How much memory the process has used at most.

/// Peak resident set of this process (MiB): `VmHWM` of proc(5), zero where the system does not tell.
pub fn peak_rss_mib() -> f64 {
    std::fs::read_to_string("/proc/self/status").ok().and_then(|status| from_status(&status)).unwrap_or(0.0)
}

fn from_status(status: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<f64>().ok().map(|kib| kib / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_high_water_mark_is_read() {
        assert_eq!(from_status("Name:\tx\nVmHWM:\t    2048 kB\nVmRSS:\t 1 kB\n"), Some(2.0));
        assert_eq!(from_status("Name:\tx\n"), None);
    }
}
