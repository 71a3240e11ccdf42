//! Arrays in the IDX format, in which MNIST is given away (LeCun, Cortes & Burges).
//!
//! Two zero bytes, the type of the numbers, how many dimensions, each dimension in 32 bits, then the numbers row by row;
//! everything big-endian. `60000 x 28 x 28` of type u8 is 60 000 images, `60000` of type u8 their labels.

use super::{bad_file, gz};
use crate::error::Error;
use std::path::Path;

/// An array as real numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Idx {
    pub shape: Vec<usize>,
    pub kind: Kind,
    /// Row by row.
    pub values: Vec<f64>,
}

/// What the numbers of a file are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    U8,
    I8,
    I16,
    I32,
    F32,
    F64,
}

impl Kind {
    const ALL: [(u8, Kind); 6] = [
        (0x08, Kind::U8),
        (0x09, Kind::I8),
        (0x0B, Kind::I16),
        (0x0C, Kind::I32),
        (0x0D, Kind::F32),
        (0x0E, Kind::F64),
    ];

    pub fn name(self) -> &'static str {
        ["u8", "i8", "i16", "i32", "f32", "f64"][self as usize]
    }

    fn bytes(self) -> usize {
        [1, 1, 2, 4, 4, 8][self as usize]
    }
}

/// `28 x 28`.
pub fn describe_shape(shape: &[usize]) -> String {
    match shape {
        [] => "a single number".into(),
        _ => shape.iter().map(usize::to_string).collect::<Vec<_>>().join(" x "),
    }
}

/// The array in `path`, plain or gzipped. Errors: `Unreadable`; `BadFile`, with the shape that the file claims.
pub fn read(path: &Path) -> Result<Idx, Error> {
    parse(&gz::read(path)?).map_err(|what| bad_file(path, &what))
}

/// The error says what is wrong, without a path.
pub fn parse(bytes: &[u8]) -> Result<Idx, String> {
    let [zero, zero_too, code, dimensions, rest @ ..] = bytes else {
        return Err(format!("it holds {} bytes, too few for the head of an IDX file", bytes.len()));
    };
    let kind = Kind::ALL.iter().find(|(known, _)| known == code).map(|(_, kind)| *kind);
    let Some(kind) = kind.filter(|_| *zero == 0 && *zero_too == 0) else {
        let head: Vec<String> = bytes[..4].iter().map(|byte| format!("{byte:02x}")).collect();
        return Err(format!("it is no IDX file: it begins with {}, not with 00 00 and a type", head.join(" ")));
    };
    let head = 4 * usize::from(*dimensions);
    let Some((sizes, data)) = rest.split_at_checked(head) else {
        return Err(format!("it is cut off within its {dimensions} dimensions"));
    };
    let size = |piece: &[u8]| u32::from_be_bytes([piece[0], piece[1], piece[2], piece[3]]) as usize;
    let shape: Vec<usize> = sizes.chunks_exact(4).map(size).collect();
    let count = shape.iter().try_fold(1usize, |a, b| a.checked_mul(*b));
    let needed = count.and_then(|count| count.checked_mul(kind.bytes()));
    if needed != Some(data.len()) {
        let claim = format!("{} numbers of type {}", describe_shape(&shape), kind.name());
        let verdict = match needed.is_some_and(|needed| data.len() > needed) {
            true => "there is more in it than its head says",
            false => "it is cut off",
        };
        let needed = needed.map_or("too many".into(), |needed| needed.to_string());
        return Err(format!("{verdict}: {claim} are {needed} bytes, and {} follow the head", data.len()));
    }
    Ok(Idx { shape, kind, values: numbers(kind, data) })
}

fn numbers(kind: Kind, data: &[u8]) -> Vec<f64> {
    fn each<const N: usize>(data: &[u8], number: impl Fn([u8; N]) -> f64) -> Vec<f64> {
        data.chunks_exact(N).map(|piece| number(std::array::from_fn(|i| piece[i]))).collect()
    }
    match kind {
        Kind::U8 => data.iter().map(|byte| f64::from(*byte)).collect(),
        Kind::I8 => each(data, |b| i8::from_be_bytes(b).into()),
        Kind::I16 => each(data, |b| i16::from_be_bytes(b).into()),
        Kind::I32 => each(data, |b| i32::from_be_bytes(b).into()),
        Kind::F32 => each(data, |b| f32::from_be_bytes(b).into()),
        Kind::F64 => each(data, f64::from_be_bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn file(code: u8, shape: &[u32], data: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0, 0, code, shape.len() as u8];
        bytes.extend(shape.iter().flat_map(|size| size.to_be_bytes()));
        bytes.extend(data);
        bytes
    }

    #[test]
    fn every_type_is_read() {
        let one = |code: u8, data: &[u8]| parse(&file(code, &[1], data)).unwrap().values[0];
        assert_eq!(one(8, &[255]), 255.0);
        assert_eq!(one(9, &[255]), -1.0);
        assert_eq!(one(0xB, &[0xff, 0xfe]), -2.0);
        assert_eq!(one(0xC, &[0, 1, 0, 0]), 65536.0);
        assert_eq!(one(0xD, &1.5f32.to_be_bytes()), 1.5);
        assert_eq!(one(0xE, &(-0.1f64).to_be_bytes()), -0.1);
        // The head of MNIST's test images: 0x00000803, 10 000, 28, 28.
        let images = parse(&file(8, &[2, 2, 3], &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])).unwrap();
        assert_eq!((images.shape, images.kind, images.values[11]), (vec![2, 2, 3], Kind::U8, 12.0));
    }

    #[test]
    fn the_length_is_exact() {
        let error = |bytes: &[u8]| parse(bytes).unwrap_err();
        let short = error(&file(8, &[2, 2, 2], &[0; 7]));
        assert_eq!(short, "it is cut off: 2 x 2 x 2 numbers of type u8 are 8 bytes, and 7 follow the head");
        assert!(error(&file(8, &[2, 2, 2], &[0; 9])).starts_with("there is more in it"));
        assert!(error(&file(8, &[u32::MAX; 3], &[0; 9])).contains("too many bytes"));
        assert!(error(&file(8, &[2, 2, 2], &[])[..9]).contains("within its 3 dimensions"));
        assert!(error(&[0, 0]).contains("2 bytes"));
        assert!(error(b"\x89PNG....").contains("89 50 4e 47"));
        assert!(error(&file(7, &[1], &[0])).contains("no IDX file"));
    }

    proptest! {
        #[test]
        fn no_bytes_can_crash_the_reader(mut bytes: Vec<u8>, code in 8u8..15, dimensions in 0u8..5) {
            let _ = parse(&bytes);
            bytes.splice(0..0, [0, 0, code, dimensions]);
            let _ = parse(&bytes);
        }
    }
}
