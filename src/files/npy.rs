//! One NumPy array: the `.npy` format, version 1.0 (NumPy's `numpy.lib.format`).
//!
//! A magic number, the length of a header, the header as a Python dictionary padded to a multiple of 64 bytes, then the
//! numbers, little-endian, in C order. Written here: 64- and 32-bit floats, 64-bit signed and 32-bit unsigned integers,
//! and fixed-width Unicode text. Read besides: every other width of integers and floats, booleans, and big-endian
//! numbers, each widened to the smallest of these that holds it.

use std::io::{self, Read, Write};

const MAGIC: &[u8] = b"\x93NUMPY";

/// An array in memory; the values of two dimensions lie row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    pub shape: Vec<usize>,
    pub values: Values,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    F64(Vec<f64>),
    F32(Vec<f32>),
    I64(Vec<i64>),
    U32(Vec<u32>),
    Text(Vec<String>),
}

impl Array {
    /// One dimension.
    pub fn line(values: Values) -> Array {
        Array { shape: vec![values.len()], values }
    }
}

impl Values {
    pub fn len(&self) -> usize {
        match self {
            Values::F64(values) => values.len(),
            Values::F32(values) => values.len(),
            Values::I64(values) => values.len(),
            Values::U32(values) => values.len(),
            Values::Text(values) => values.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// As real numbers; `None` for text.
    pub fn to_f64(&self) -> Option<Vec<f64>> {
        Some(match self {
            Values::F64(values) => values.clone(),
            Values::F32(values) => values.iter().map(|x| f64::from(*x)).collect(),
            Values::I64(values) => values.iter().map(|x| *x as f64).collect(),
            Values::U32(values) => values.iter().map(|x| f64::from(*x)).collect(),
            Values::Text(_) => return None,
        })
    }

    /// NumPy's name of the type.
    fn descr(&self) -> String {
        match self {
            Values::F64(_) => "<f8".into(),
            Values::F32(_) => "<f4".into(),
            Values::I64(_) => "<i8".into(),
            Values::U32(_) => "<u4".into(),
            // NumPy has no text of width 0 in files.
            Values::Text(values) => format!("<U{}", text_width(values)),
        }
    }
}

fn text_width(values: &[String]) -> usize {
    values.iter().map(|text| text.chars().count()).max().unwrap_or(0).max(1)
}

/// What stands before the numbers.
pub fn header(descr: &str, shape: &[usize]) -> Vec<u8> {
    let mut sizes = shape.iter().map(usize::to_string).collect::<Vec<_>>().join(", ");
    if shape.len() == 1 {
        sizes.push(',');
    }
    let mut dictionary = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({sizes}), }}");
    let before = MAGIC.len() + 4;
    let total = (before + dictionary.len() + 1).next_multiple_of(64);
    let padding = total - before - dictionary.len() - 1;
    dictionary.extend(std::iter::repeat_n(' ', padding));
    dictionary.push('\n');
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(&[1, 0]);
    bytes.extend_from_slice(&(dictionary.len() as u16).to_le_bytes());
    bytes.extend_from_slice(dictionary.as_bytes());
    bytes
}

pub fn write(array: &Array, out: &mut impl Write) -> io::Result<()> {
    let mut bytes = header(&array.values.descr(), &array.shape);
    match &array.values {
        Values::F64(values) => bytes.extend(values.iter().flat_map(|x| x.to_le_bytes())),
        Values::F32(values) => bytes.extend(values.iter().flat_map(|x| x.to_le_bytes())),
        Values::I64(values) => bytes.extend(values.iter().flat_map(|x| x.to_le_bytes())),
        Values::U32(values) => bytes.extend(values.iter().flat_map(|x| x.to_le_bytes())),
        Values::Text(values) => {
            let width = text_width(values);
            for text in values {
                let codes = text.chars().map(u32::from).chain(std::iter::repeat(0)).take(width);
                bytes.extend(codes.flat_map(u32::to_le_bytes));
            }
        }
    }
    out.write_all(&bytes)
}

/// The type and the shape that stand before the numbers of an array, of which none is read.
pub fn read_header(from: &mut impl Read) -> Result<(String, Vec<usize>), String> {
    let cut = |_| "its header is cut off".to_owned();
    let mut start = [0; 10];
    from.read_exact(&mut start).map_err(cut)?;
    if !start.starts_with(MAGIC) || start[MAGIC.len()] != 1 {
        return Err("it is not an array that a run writes".into());
    }
    let mut text = vec![0; u16::from_le_bytes([start[8], start[9]]) as usize];
    from.read_exact(&mut text).map_err(cut)?;
    let text = std::str::from_utf8(&text).map_err(|_| "its header is not text")?;
    let descr = entry(text, "descr").and_then(|rest| rest.strip_prefix('\'')).and_then(|rest| rest.split('\'').next());
    let shape = shape(text).ok_or("its header has no shape that can be read")?;
    Ok((descr.ok_or("its header has no `descr`")?.to_owned(), shape))
}

/// Reads an array. The error says what is wrong, without a path.
pub fn read(bytes: &[u8]) -> Result<Array, String> {
    let rest = bytes.strip_prefix(MAGIC).ok_or("it is not an array of NumPy's (`.npy`)")?;
    let cut = || "its header is cut off".to_owned();
    let length = match rest {
        [1, _, low, high, ..] => (4, u16::from_le_bytes([*low, *high]) as usize),
        [2 | 3, _, a, b, c, d, ..] => (6, u32::from_le_bytes([*a, *b, *c, *d]) as usize),
        [version, ..] => return Err(format!("it has the unknown format version {version}")),
        [] => return Err(cut()),
    };
    let text = rest.get(length.0..).and_then(|rest| rest.get(..length.1)).ok_or_else(cut)?;
    let data = &rest[length.0 + length.1..];
    let text = std::str::from_utf8(text).map_err(|_| "its header is not text")?;
    if entry(text, "fortran_order").is_none_or(|order| !order.starts_with("False")) {
        return Err("it is in Fortran order: save it with `numpy.ascontiguousarray`".into());
    }
    let shape = shape(text).ok_or("its header has no shape that can be read")?;
    let descr = entry(text, "descr").and_then(|rest| rest.strip_prefix('\'')).and_then(|rest| rest.split('\'').next());
    let count = shape.iter().try_fold(1usize, |a, b| a.checked_mul(*b)).ok_or("its shape is too large")?;
    let values = values(descr.ok_or("its header has no `descr`")?, data, count)?;
    Ok(Array { shape, values })
}

/// What follows `'key':` in the header's dictionary.
fn entry<'a>(header: &'a str, key: &str) -> Option<&'a str> {
    Some(header.split_once(&format!("'{key}':"))?.1.trim_start())
}

fn shape(header: &str) -> Option<Vec<usize>> {
    let (inner, _) = entry(header, "shape")?.strip_prefix('(')?.split_once(')')?;
    let sizes = inner.split(',').map(str::trim).filter(|size| !size.is_empty());
    sizes.map(|size| size.parse().ok()).collect()
}

fn values(descr: &str, data: &[u8], count: usize) -> Result<Values, String> {
    if let Some(width) = descr.strip_prefix("<U").and_then(|width| width.parse::<usize>().ok()) {
        let cells = exactly(data, count, width.saturating_mul(4))?;
        return Ok(Values::Text(cells.map(text).collect()));
    }
    let unknown = || format!("its numbers are of type `{descr}`, and can be integers, floats up to `<f8`, or booleans");
    let (kind, size) = descr.get(1..2).zip(descr.get(2..).and_then(|size| size.parse().ok())).ok_or_else(unknown)?;
    // Little-endian whatever the file says.
    let swapped: Vec<u8>;
    let data = match descr.as_bytes()[0] {
        b'>' if (2..=8).contains(&size) => {
            swapped = data.chunks_exact(size).flat_map(|piece| piece.iter().rev().copied()).collect();
            &swapped
        }
        _ => data,
    };
    let u32s = |numbers: Vec<u32>| Ok(Values::U32(numbers));
    let i64s = |numbers: Vec<i64>| Ok(Values::I64(numbers));
    match (kind, size) {
        ("f", 8) => Ok(Values::F64(exactly(data, count, 8)?.map(|b| f64::from_le_bytes(array(b))).collect())),
        ("f", 4) => Ok(Values::F32(exactly(data, count, 4)?.map(|b| f32::from_le_bytes(array(b))).collect())),
        ("f", 2) => Ok(Values::F32(exactly(data, count, 2)?.map(|b| half(u16::from_le_bytes(array(b)))).collect())),
        ("i", 8) => i64s(exactly(data, count, 8)?.map(|b| i64::from_le_bytes(array(b))).collect()),
        ("i", 4) => i64s(exactly(data, count, 4)?.map(|b| i32::from_le_bytes(array(b)).into()).collect()),
        ("i", 2) => i64s(exactly(data, count, 2)?.map(|b| i16::from_le_bytes(array(b)).into()).collect()),
        ("i", 1) => i64s(exactly(data, count, 1)?.map(|b| i8::from_le_bytes(array(b)).into()).collect()),
        ("u", 8) => {
            let wide = exactly(data, count, 8)?.map(|b| i64::try_from(u64::from_le_bytes(array(b))));
            wide.collect::<Result<_, _>>().map(Values::I64).map_err(|_| "it holds a number above 2^63".into())
        }
        ("u", 4) => u32s(exactly(data, count, 4)?.map(|b| u32::from_le_bytes(array(b))).collect()),
        ("u", 2) => u32s(exactly(data, count, 2)?.map(|b| u16::from_le_bytes(array(b)).into()).collect()),
        ("u" | "b", 1) => u32s(exactly(data, count, 1)?.map(|b| b[0].into()).collect()),
        _ => Err(unknown()),
    }
}

/// IEEE 754 binary16, exactly.
fn half(bits: u16) -> f32 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f32::from(bits & 1023));
    match exponent {
        31 if fraction == 0.0 => sign * f32::INFINITY,
        31 => f32::NAN,
        0 => sign * fraction * 2f32.powi(-24),
        _ => sign * (1024.0 + fraction) * 2f32.powi(exponent - 25),
    }
}

/// `count` pieces of `size` bytes.
fn exactly(data: &[u8], count: usize, size: usize) -> Result<impl Iterator<Item = &[u8]>, String> {
    let wanted = count.checked_mul(size).filter(|wanted| data.len() >= *wanted);
    let wanted = wanted.ok_or_else(|| format!("it holds {} bytes, too few for its shape", data.len()))?;
    Ok(data[..wanted].chunks_exact(size.max(1)))
}

/// A piece that `chunks_exact` made `N` long.
fn array<const N: usize>(piece: &[u8]) -> [u8; N] {
    std::array::from_fn(|i| piece[i])
}

fn text(cell: &[u8]) -> String {
    let codes = cell.chunks_exact(4).map(|b| u32::from_le_bytes(array(b))).take_while(|code| *code != 0);
    codes.map(|code| char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// `numpy.save` of NumPy 2.2 on `numpy.array([[1.0, -2.5]])`, but for the padding.
    const NUMPY_2D: &str = "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 2), }";

    #[test]
    fn the_bytes_are_numpys() {
        let array = Array { shape: vec![1, 2], values: Values::F64(vec![1.0, -2.5]) };
        let mut bytes = vec![];
        write(&array, &mut bytes).unwrap();
        assert_eq!(bytes[..10], *b"\x93NUMPY\x01\x00\x76\x00");
        assert_eq!(bytes[10..128], *format!("{NUMPY_2D:<117}\n").as_bytes());
        assert_eq!(bytes[128..], [0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0, 0, 0, 0, 0, 0, 0x04, 0xc0]);
        assert_eq!(read(&bytes).unwrap(), array);
        let header = header("<u4", &[3]);
        assert!(std::str::from_utf8(&header[10..]).unwrap().contains("'shape': (3,), }"));
    }

    proptest! {
        #[test]
        fn arrays_read_back(a: Vec<f32>, b: Vec<i64>, c: Vec<u32>, d in proptest::collection::vec("[a-zµΩ\u{1F9E0}()]{0,9}", 0..5)) {
            let a: Vec<f32> = a.into_iter().filter(|x| !x.is_nan()).collect();
            for values in [Values::F32(a), Values::I64(b), Values::U32(c), Values::Text(d)] {
                let array = Array::line(values);
                let mut bytes = vec![];
                write(&array, &mut bytes).unwrap();
                prop_assert_eq!(bytes.len() % 4, 0);
                prop_assert_eq!(read(&bytes).unwrap(), array);
            }
        }

        #[test]
        fn no_bytes_can_crash_the_reader(bytes: Vec<u8>, cut in 0usize..200) {
            let _ = read(&bytes);
            let mut whole = vec![];
            write(&Array::line(Values::F64(vec![1.0; 9])), &mut whole).unwrap();
            prop_assert!(read(&whole[..cut.min(whole.len() - 1)]).is_err());
        }
    }

    #[test]
    fn every_width_of_numbers_is_read() {
        let one = |descr: &str, bytes: &[u8]| {
            let array = read(&[header(descr, &[1]), bytes.to_vec()].concat()).unwrap();
            array.values.to_f64().unwrap()[0]
        };
        // numpy.array([x], dtype).tobytes() of NumPy 2.2.
        assert_eq!(one("|u1", &[200]), 200.0);
        assert_eq!(one("|i1", &[200]), -56.0);
        assert_eq!(one("|b1", &[1]), 1.0);
        assert_eq!(one("<i2", &[0xfe, 0xff]), -2.0);
        assert_eq!(one(">i2", &[0xff, 0xfe]), -2.0);
        assert_eq!(one("<u2", &[0xff, 0xff]), 65535.0);
        assert_eq!(one("<i4", &[0xff, 0xff, 0xff, 0xff]), -1.0);
        assert_eq!(one("<u8", &[5, 0, 0, 0, 0, 0, 0, 0]), 5.0);
        assert_eq!(one(">f4", &[0x3f, 0xc0, 0, 0]), 1.5);
        let halves = [(0x3c00, 1.0), (0xc500, -5.0), (0x0001, 2f64.powi(-24)), (0x7bff, 65504.0), (0x3555, 0.33325195)];
        for (bits, value) in halves {
            assert!((one("<f2", &u16::to_le_bytes(bits)) - value).abs() < 1e-8, "{bits:x}: digits of the table");
        }
        assert!(read(&[header("<u8", &[1]), vec![255; 8]].concat()).unwrap_err().contains("2^63"));
    }

    #[test]
    fn what_is_not_understood_is_said() {
        let with = |descr: &str| [header(descr, &[1]), vec![0; 16]].concat();
        assert!(read(&with("<c16")).unwrap_err().contains("`<c16`"));
        let fortran = String::from_utf8_lossy(&with("<f8")[6..]).replace("False", "True ");
        let bytes = [MAGIC, fortran.as_bytes()].concat();
        assert!(read(&bytes).unwrap_err().contains("Fortran"));
        let huge = [header("<f8", &[usize::MAX, 3]), vec![0; 8]].concat();
        assert!(read(&huge).is_err());
    }
}
