//! Letters: the two fonts that ship with axonal, how wide a text is, and how a number is written.

use std::sync::LazyLock;

use ab_glyph::{Font, FontRef};

static REGULAR: &[u8] = include_bytes!("../../fonts/Inter-Regular.otf");
static SEMI_BOLD: &[u8] = include_bytes!("../../fonts/Inter-SemiBold.otf");

/// Height of a capital of Inter, in ems.
pub const CAP_HEIGHT: f64 = 0.727;
/// The family that plotters, and a viewer of the SVG, know our font by.
pub const FAMILY: &str = "Inter";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    Regular,
    SemiBold,
}

struct Fonts {
    regular: FontRef<'static>,
    semi_bold: FontRef<'static>,
}

static FONTS: LazyLock<Fonts> = LazyLock::new(|| {
    // plotters looks fonts up by name before it hands a text to the backend.
    let _ = plotters::style::register_font(FAMILY, plotters::style::FontStyle::Normal, REGULAR);
    let _ = plotters::style::register_font(FAMILY, plotters::style::FontStyle::Bold, SEMI_BOLD);
    let load = |bytes| FontRef::try_from_slice(bytes).expect("the font is part of the program, and a test reads it");
    Fonts { regular: load(REGULAR), semi_bold: load(SEMI_BOLD) }
});

pub fn font(weight: Weight) -> &'static FontRef<'static> {
    match weight {
        Weight::Regular => &FONTS.regular,
        Weight::SemiBold => &FONTS.semi_bold,
    }
}

/// Width of `text` at `size` (of an em), in the unit of `size`.
pub fn width(text: &str, size: f64, weight: Weight) -> f64 {
    let font = font(weight);
    let em = f64::from(font.units_per_em().unwrap_or(1000.0));
    let advance = |c| f64::from(font.h_advance_unscaled(font.glyph_id(c)));
    text.chars().map(advance).sum::<f64>() / em * size
}

/// `text`, with its middle left out if it is wider than `limit`: long names tend to differ at their ends.
pub fn elide(text: &str, size: f64, weight: Weight, limit: f64) -> String {
    if width(text, size, weight) <= limit {
        return text.to_string();
    }
    let letters: Vec<char> = text.chars().collect();
    for keep in (1..letters.len()).rev() {
        let (head, tail) = (keep.div_ceil(2), keep / 2);
        let short: String =
            letters[..head].iter().chain(['…'].iter()).chain(&letters[letters.len() - tail..]).collect();
        if width(&short, size, weight) <= limit {
            return short;
        }
    }
    "…".to_string()
}

/// `text` in lines no wider than `limit`, broken at spaces.
pub fn wrap(text: &str, size: f64, weight: Weight, limit: f64) -> Vec<String> {
    let mut lines: Vec<String> = vec![];
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if width(&format!("{line} {word}"), size, weight) <= limit => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(elide(word, size, weight, limit)),
        }
    }
    lines
}

/// `value` with so many decimals, and a true minus sign.
pub fn number(value: f64, decimals: usize) -> String {
    let written = format!("{value:.decimals$}");
    let zero = written.chars().all(|c| matches!(c, '-' | '0' | '.'));
    if zero { written.trim_start_matches('-').to_string() } else { written.replace('-', "\u{2212}") }
}

/// `value` with three significant digits, for a sentence.
pub fn short(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return number(value, 0);
    }
    let magnitude = value.abs().log10().floor() as i32;
    number(value, (2 - magnitude).clamp(0, 9) as usize)
}

/// A count, its thousands apart.
pub fn count(value: usize) -> String {
    let digits = value.to_string();
    let mut written = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) && digits.len() > 4 {
            written.push('\u{a0}');
        }
        written.push(digit);
    }
    written
}

/// A unit as printed: `um` becomes `µm`, `cm^2` becomes `cm²`.
pub fn unit(written: &str) -> String {
    let raised = written
        .replace("^-1", "\u{207b}\u{b9}")
        .replace("^2", "\u{b2}")
        .replace("^3", "\u{b3}")
        .replace("ohm", "Ω")
        .replace("degC", "°C");
    let micro = |part: &str| match part.strip_prefix('u') {
        Some(rest) if !rest.is_empty() => format!("µ{rest}"),
        _ => part.to_string(),
    };
    raised.split('/').map(micro).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fonts_have_every_sign_that_plots_write() {
        for weight in [Weight::Regular, Weight::SemiBold] {
            for sign in "\u{2212}µΩ²³°×·…–≥≤⁰¹²³⁴⁵⁶⁷⁸⁹⁻\u{a0}abcXYZ019()[]/%\u{b9}".chars()
            {
                assert_ne!(font(weight).glyph_id(sign).0, 0, "{sign:?} is missing");
            }
        }
    }

    #[test]
    fn numbers_have_a_true_minus_and_no_negative_zero() {
        assert_eq!(number(-65.0, 0), "\u{2212}65");
        assert_eq!(number(-0.001, 1), "0.0");
        assert_eq!(short(0.9137), "0.914");
        assert_eq!(count(1234567), "1\u{a0}234\u{a0}567");
        assert_eq!(count(4000), "4000");
    }

    #[test]
    fn units_are_printed_as_in_a_paper() {
        assert_eq!(unit("uA/cm^2"), "µA/cm²");
        assert_eq!(unit("nS/um^2"), "nS/µm²");
    }

    #[test]
    fn a_long_name_keeps_both_its_ends() {
        let short = elide("a_population_with_a_very_long_name[12]", 12.0, Weight::Regular, 100.0);
        assert!(short.starts_with("a_p") && short.ends_with("[12]") && short.contains('…'), "{short}");
        assert!(width(&short, 12.0, Weight::Regular) <= 100.0);
    }
}
