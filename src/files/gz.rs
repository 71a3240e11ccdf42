//! Bytes that a user brings, packed by gzip or not: told apart by their first two bytes, whatever the file is called.

use super::{bad_file, unreadable};
use crate::error::Error;
use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

/// RFC 1952: every gzip file begins so.
const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// What unpacks to more is refused: it is not meant, or it is meant ill.
const LARGEST: u64 = 8 << 30;

/// All bytes of `path`, unpacked. Errors: `Unreadable`; `BadFile` (cut off, damaged, too large).
pub fn read(path: &Path) -> Result<Vec<u8>, Error> {
    let mut packed = vec![];
    let file = File::open(path).map_err(|cause| unreadable(path, &cause))?;
    file.take(LARGEST + 1).read_to_end(&mut packed).map_err(|cause| unreadable(path, &cause))?;
    if !packed.starts_with(&MAGIC) {
        return bounded(path, packed);
    }
    let bytes = unpack(&packed).map_err(|what| bad_file(path, &what))?;
    bounded(path, bytes)
}

/// What a gzip file holds; an error says in words why it cannot be told.
pub fn unpack(packed: &[u8]) -> Result<Vec<u8>, String> {
    let mut bytes = vec![];
    match MultiGzDecoder::new(packed).take(LARGEST + 1).read_to_end(&mut bytes) {
        Ok(_) => Ok(bytes),
        Err(cause) if cause.kind() == ErrorKind::UnexpectedEof => {
            Err(format!("the gzip file is cut off: it ends after {} bytes, in the middle of its data", packed.len()))
        }
        Err(cause) => Err(format!("the gzip file is damaged ({cause})")),
    }
}

fn bounded(path: &Path, bytes: Vec<u8>) -> Result<Vec<u8>, Error> {
    match bytes.len() as u64 > LARGEST {
        true => Err(bad_file(path, "it holds more than 8 GiB")),
        false => Ok(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write;

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut packer = GzEncoder::new(vec![], Compression::default());
        packer.write_all(bytes).unwrap();
        packer.finish().unwrap()
    }

    #[test]
    fn packed_or_not_and_in_several_members() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("x");
        for bytes in [b"plain".to_vec(), packed(b"plain"), [packed(b"pl"), packed(b"ain")].concat()] {
            std::fs::write(&path, bytes).unwrap();
            assert_eq!(read(&path).unwrap(), b"plain");
        }
        assert!(read(&directory.path().join("y")).unwrap_err().to_string().contains("cannot read"));
    }

    #[test]
    fn cut_off_and_damaged_files_are_told_apart() {
        let whole = packed(&(0..=255).collect::<Vec<u8>>());
        for end in [3, 12, whole.len() / 2, whole.len() - 1] {
            assert!(unpack(&whole[..end]).unwrap_err().contains("cut off"), "{end}");
        }
        let mut damaged = whole.clone();
        *damaged.last_mut().unwrap() ^= 1;
        damaged[whole.len() - 6] ^= 1;
        assert!(unpack(&damaged).unwrap_err().contains("damaged"));
    }
}
