//! Writes a [`Drawing`] as SVG: one path per mark, in integer canvas units, relative where that is shorter.

use std::fmt::Write;

use super::encode;
use super::scene::{Drawing, Image, Ink, Label, Mark, SUB};
use super::text::Weight;

/// The SVG text. The same drawing gives the same bytes.
pub fn write(drawing: &Drawing) -> Result<String, String> {
    let (width, height) = drawing.size;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"Inter, Helvetica, Arial, sans-serif\" fill=\"none\" stroke-linejoin=\"round\">\n",
        width / SUB as u32,
        height / SUB as u32
    );
    let _ = writeln!(out, "<path d=\"M0 0h{width}v{height}H0z\" fill=\"#fff\"/>");
    for mark in &drawing.marks {
        match mark {
            Mark::Lines { paths, width, ink } => {
                out.push_str("<path d=\"");
                paths.iter().for_each(|path| line(&mut out, path));
                let _ = writeln!(out, "\" stroke-width=\"{width}\"{}/>", paint("stroke", *ink));
            }
            Mark::Areas { polygons, ink } => {
                out.push_str("<path d=\"");
                for polygon in polygons {
                    line(&mut out, polygon);
                    out.push('z');
                }
                let _ = writeln!(out, "\"{}/>", paint("fill", *ink));
            }
            Mark::Dots { centres, diameter, ink } => {
                out.push_str("<path d=\"");
                dots(&mut out, centres);
                let cap = "stroke-linecap=\"round\"";
                let _ = writeln!(out, "\" stroke-width=\"{diameter}\" {cap}{}/>", paint("stroke", *ink));
            }
            Mark::Text(label) => text(&mut out, label),
            Mark::Image(picture) => image(&mut out, picture)?,
        }
    }
    out.push_str("</svg>\n");
    Ok(out)
}

fn paint(attribute: &str, ink: Ink) -> String {
    let (r, g, b) = ink.rgb;
    let mut written = format!(" {attribute}=\"#{r:02x}{g:02x}{b:02x}\"");
    if ink.alpha < 1.0 {
        let _ = write!(written, " {attribute}-opacity=\"{}\"", (ink.alpha * 1000.0).round() / 1000.0);
    }
    written
}

/// Two numbers; a minus sign separates them as well as a space.
fn pair(out: &mut String, (x, y): (i32, i32)) {
    let _ = if y < 0 { write!(out, "{x}{y}") } else { write!(out, "{x} {y}") };
}

fn line(out: &mut String, path: &[(i32, i32)]) {
    let Some(first) = path.first() else { return };
    out.push('M');
    pair(out, *first);
    for (index, two) in path.windows(2).enumerate() {
        let (dx, dy) = (two[1].0 - two[0].0, two[1].1 - two[0].1);
        match (dx, dy) {
            (_, 0) => {
                let _ = write!(out, "h{dx}");
            }
            (0, _) => {
                let _ = write!(out, "v{dy}");
            }
            _ => {
                // After an `l`, further pairs need no letter.
                let follows = index > 0 && path[index - 1].0 != two[0].0 && path[index - 1].1 != two[0].1;
                out.push_str(match (follows, dx < 0) {
                    (false, _) => "l",
                    (true, true) => "",
                    (true, false) => " ",
                });
                pair(out, (dx, dy));
            }
        }
    }
}

/// A dot is a line of no length with a round end.
fn dots(out: &mut String, centres: &[(i32, i32)]) {
    let mut last = (0, 0);
    for (index, &centre) in centres.iter().enumerate() {
        out.push(if index == 0 { 'M' } else { 'm' });
        pair(out, if index == 0 { centre } else { (centre.0 - last.0, centre.1 - last.1) });
        out.push_str("h0");
        last = centre;
    }
}

fn text(out: &mut String, label: &Label) {
    let (x, y) = label.at;
    let _ = write!(out, "<text x=\"{x}\" y=\"{y}\" font-size=\"{}\"{}", label.size.round(), paint("fill", label.ink));
    if label.weight == Weight::SemiBold {
        out.push_str(" font-weight=\"600\"");
    }
    if label.anchor > 0.0 {
        let _ = write!(out, " text-anchor=\"{}\"", if label.anchor < 1.0 { "middle" } else { "end" });
    }
    if label.upright {
        let _ = write!(out, " transform=\"rotate(-90 {x} {y})\"");
    }
    out.push('>');
    for letter in label.text.chars() {
        match letter {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            // XML has no control characters, not even escaped ones.
            control if control.is_control() => out.push(' '),
            other => out.push(other),
        }
    }
    out.push_str("</text>\n");
}

fn image(out: &mut String, image: &Image) -> Result<(), String> {
    let ((x, y), (width, height)) = (image.at, image.size);
    let _ = write!(
        out,
        "<image x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" preserveAspectRatio=\"none\"{} \
         href=\"data:image/png;base64,",
        if image.smooth { "" } else { " style=\"image-rendering:pixelated\"" }
    );
    base64(out, &encode::png(image.columns, image.rows, &image.rgba)?);
    out.push_str("\"/>\n");
    Ok(())
}

/// RFC 4648, section 4.
fn base64(out: &mut String, bytes: &[u8]) {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for three in bytes.chunks(3) {
        let byte = |k: usize| u32::from(three.get(k).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for k in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * k) & 63) as usize] as char;
            out.push(if k <= three.len() { letter } else { '=' });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_follows_the_vectors_of_rfc_4648() {
        for (plain, coded) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            let mut out = String::new();
            base64(&mut out, plain.as_bytes());
            assert_eq!(out, coded);
        }
    }

    #[test]
    fn a_path_is_relative_and_short() {
        let mut out = String::new();
        line(&mut out, &[(10, 10), (11, 15), (12, 9), (20, 9), (20, 12), (15, 13)]);
        assert_eq!(out, "M10 10l1 5 1-6h8v3l-5 1");
    }

    #[test]
    fn text_is_escaped() {
        let ink = Ink { rgb: (0, 0, 0), alpha: 1.0 };
        let label = Label {
            at: (0, 0),
            text: "a<b & c".into(),
            size: 120.0,
            weight: Weight::Regular,
            ink,
            anchor: 0.0,
            upright: false,
        };
        let mut out = String::new();
        text(&mut out, &label);
        assert!(out.contains(">a&lt;b &amp; c</text>"));
    }
}
