//! Room on a disk.

use std::path::Path;

/// Bytes that are free where `path` is or would be; nothing where the system does not tell.
#[cfg(unix)]
pub fn free_bytes(path: &Path) -> Option<f64> {
    let absolute = std::path::absolute(path).ok()?;
    let there = absolute.ancestors().find(|ancestor| ancestor.exists())?;
    let told = rustix::fs::statvfs(there).ok()?;
    Some(told.f_bavail as f64 * told.f_frsize as f64)
}

#[cfg(not(unix))]
pub fn free_bytes(_: &Path) -> Option<f64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_to_be_is_on_the_disk_of_its_parents() {
        let dir = tempfile::tempdir().unwrap();
        let (here, there) = (free_bytes(dir.path()), free_bytes(&dir.path().join("to/be")));
        assert_eq!(here.is_some(), cfg!(unix));
        assert_eq!(here.is_some(), there.is_some());
        assert!(here.is_none_or(|bytes| bytes > 0.0));
    }
}
