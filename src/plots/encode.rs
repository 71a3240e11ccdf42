//! Pixels to PNG (RFC 2083). Pictures of few colours, which plots are, become indexed: a fifth of the bytes.

use std::collections::HashMap;
use std::io::Write;

use flate2::{Compression, Crc, write::ZlibEncoder};

/// A PNG of straight (not premultiplied) RGBA pixels, row by row; the same pixels give the same bytes.
pub fn png(columns: u32, rows: u32, rgba: &[u8]) -> Result<Vec<u8>, String> {
    if columns == 0 || rows == 0 || rgba.len() != columns as usize * rows as usize * 4 {
        return Err("an image has no pixels, or not as many as its size says".to_string());
    }
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut head = |kind: u8| {
        let mut data = [columns.to_be_bytes(), rows.to_be_bytes()].concat();
        data.extend([8, kind, 0, 0, 0]);
        chunk(&mut file, b"IHDR", &data);
    };
    let pixels = match indexed(rgba) {
        Some((indices, colors)) => {
            head(3);
            chunk(&mut file, b"PLTE", &colors.iter().flat_map(|c| [c[0], c[1], c[2]]).collect::<Vec<u8>>());
            chunk(&mut file, b"tRNS", &colors.iter().map(|c| c[3]).collect::<Vec<u8>>());
            // Filters predict numbers, and an index is not one.
            indices.chunks_exact(columns as usize).flat_map(|row| [&[0], row].concat()).collect()
        }
        None if rgba.chunks_exact(4).all(|pixel| pixel[3] == 255) => {
            head(2);
            let rgb: Vec<u8> = rgba.chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
            filtered(&rgb, columns as usize * 3, 3)
        }
        None => {
            head(6);
            filtered(rgba, columns as usize * 4, 4)
        }
    };
    let failed = |cause: std::io::Error| format!("the PNG cannot be compressed: {cause}");
    let mut packer = ZlibEncoder::new(Vec::new(), Compression::new(6));
    packer.write_all(&pixels).map_err(failed)?;
    chunk(&mut file, b"IDAT", &packer.finish().map_err(failed)?);
    chunk(&mut file, b"IEND", &[]);
    Ok(file)
}

fn chunk(file: &mut Vec<u8>, name: &[u8; 4], data: &[u8]) {
    let mut check = Crc::new();
    check.update(name);
    check.update(data);
    file.extend((data.len() as u32).to_be_bytes());
    file.extend(name);
    file.extend(data);
    file.extend(check.sum().to_be_bytes());
}

/// Each pixel's place in a list of colours, if at most 256 occur.
fn indexed(rgba: &[u8]) -> Option<(Vec<u8>, Vec<[u8; 4]>)> {
    let mut places: HashMap<[u8; 4], u8> = HashMap::new();
    let mut colors = vec![];
    let mut indices = Vec::with_capacity(rgba.len() / 4);
    let mut last = None;
    for pixel in rgba.chunks_exact(4) {
        let color = [pixel[0], pixel[1], pixel[2], pixel[3]];
        let index = match last {
            Some((same, index)) if same == color => index,
            _ => match places.get(&color) {
                Some(&index) => index,
                None => {
                    let index = u8::try_from(colors.len()).ok()?;
                    colors.push(color);
                    places.insert(color, index);
                    index
                }
            },
        };
        last = Some((color, index));
        indices.push(index);
    }
    Some((indices, colors))
}

/// Rows, each with the filter (none, sub, up) that leaves the smallest numbers.
fn filtered(bytes: &[u8], row_length: usize, pixel: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / row_length);
    let mut above = vec![0u8; row_length];
    for row in bytes.chunks_exact(row_length) {
        let left = |k: usize| if k < pixel { 0 } else { row[k - pixel] };
        let sub = || (0..row_length).map(|k| row[k].wrapping_sub(left(k)));
        let up = || (0..row_length).map(|k| row[k].wrapping_sub(above[k]));
        let cost =
            |values: &mut dyn Iterator<Item = u8>| values.map(|v| u64::from((v as i8).unsigned_abs())).sum::<u64>();
        let costs = [cost(&mut row.iter().copied()), cost(&mut sub()), cost(&mut up())];
        let best = (0..3).min_by_key(|&k| costs[k]).unwrap_or(0);
        out.push(best as u8);
        match best {
            0 => out.extend(row),
            1 => out.extend(sub()),
            _ => out.extend(up()),
        }
        above.copy_from_slice(row);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// tiny-skia's own decoder must read back what was written.
    fn reads_back(columns: u32, rows: u32, rgba: &[u8]) {
        let map = tiny_skia::Pixmap::decode_png(&png(columns, rows, rgba).unwrap()).unwrap();
        assert_eq!((map.width(), map.height()), (columns, rows));
        let read: Vec<u8> = map
            .pixels()
            .iter()
            .map(|p| p.demultiply())
            .flat_map(|c| [c.red(), c.green(), c.blue(), c.alpha()])
            .collect();
        assert!(read == rgba);
    }

    #[test]
    fn few_colours_many_colours_and_see_through_ones_read_back() {
        let pixels = |f: &dyn Fn(u32) -> [u8; 4]| (0..40 * 30).flat_map(f).collect::<Vec<u8>>();
        reads_back(40, 30, &pixels(&|k| if k % 3 == 0 { [255, 255, 255, 255] } else { [0, 114, 178, 255] }));
        reads_back(40, 30, &pixels(&|k| [k as u8, (k / 7) as u8, (k / 3) as u8, 255]));
        // Premultiplied by 0 or 255 every colour survives.
        reads_back(40, 30, &pixels(&|k| if k % 5 == 0 { [0; 4] } else { [k as u8, (k / 7) as u8, 9, 255] }));
        assert!(png(0, 3, &[]).is_err() && png(2, 2, &[0; 15]).is_err());
    }
}
