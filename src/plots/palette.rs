//! Colours: a few that everyone can tell apart, and a scale whose steps look equal.

use plotters::style::RGBColor;

/// Okabe & Ito (2008), "Color universal design", without yellow, which is too faint for a line on white.
const CATEGORIES: [RGBColor; 7] = [
    RGBColor(0x00, 0x72, 0xb2), // blue
    RGBColor(0xd5, 0x5e, 0x00), // vermillion
    RGBColor(0x00, 0x9e, 0x73), // bluish green
    RGBColor(0xcc, 0x79, 0xa7), // reddish purple
    RGBColor(0xe6, 0x9f, 0x00), // orange
    RGBColor(0x56, 0xb4, 0xe9), // sky blue
    RGBColor(0x00, 0x00, 0x00), // black
];

/// How many colours everyone can tell apart.
pub const COUNT: usize = CATEGORIES.len();

/// Axes and what is written at them.
pub const AXIS: RGBColor = RGBColor(0x33, 0x33, 0x33);
/// What is said beside the data.
pub const NOTE: RGBColor = RGBColor(0x66, 0x66, 0x66);
/// Lines that only separate.
pub const FAINT: RGBColor = RGBColor(0xdd, 0xdd, 0xdd);
/// Where there are no data in a heat map.
pub const MISSING: RGBColor = RGBColor(0xe4, 0xe4, 0xe4);
/// Branches of a tree on which nothing was recorded: no colour of viridis, yet to be seen as a thin line.
pub const UNSEEN: RGBColor = RGBColor(0xbd, 0xbd, 0xbd);
pub const INK: RGBColor = RGBColor(0x11, 0x11, 0x11);

/// viridis of matplotlib (van der Walt & Smith 2015, CC0): of its 256 colours the nearest to each sixteenth of the way.
const VIRIDIS: [(u8, u8, u8); 17] = [
    (68, 1, 84),
    (72, 24, 106),
    (71, 45, 123),
    (66, 64, 134),
    (59, 82, 139),
    (51, 99, 141),
    (44, 114, 142),
    (38, 130, 142),
    (33, 145, 140),
    (31, 159, 136),
    (39, 173, 129),
    (61, 188, 116),
    (92, 200, 99),
    (129, 211, 77),
    (170, 220, 50),
    (213, 226, 26),
    (253, 231, 37),
];

/// The colour of `part` (0..1) of viridis.
pub fn viridis(part: f64) -> RGBColor {
    let place = part.clamp(0.0, 1.0) * (VIRIDIS.len() - 1) as f64;
    let index = (place as usize).min(VIRIDIS.len() - 2);
    let (a, b, rest) = (VIRIDIS[index], VIRIDIS[index + 1], place - index as f64);
    let mix = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * rest).round() as u8;
    RGBColor(mix(a.0, b.0), mix(a.1, b.1), mix(a.2, b.2))
}

/// The colour of line `index` of `total`: categories while they last, else steps along viridis short of its faint end.
pub fn category(index: usize, total: usize) -> RGBColor {
    if total <= CATEGORIES.len() {
        return CATEGORIES[index % CATEGORIES.len()];
    }
    viridis(0.88 * index as f64 / (total - 1) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance of sRGB (IEC 61966-2-1).
    fn luminance(RGBColor(r, g, b): RGBColor) -> f64 {
        let linear = |c: u8| (f64::from(c) / 255.0).powf(2.2);
        0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
    }

    #[test]
    fn viridis_grows_lighter_all_the_way() {
        let levels: Vec<f64> = (0..=100).map(|k| luminance(viridis(k as f64 / 100.0))).collect();
        assert!(levels.windows(2).all(|pair| pair[1] > pair[0] - 1e-3));
    }

    #[test]
    fn colours_in_one_plot_differ() {
        for total in 1..=12 {
            let colours: std::collections::BTreeSet<_> =
                (0..total).map(|k| category(k, total)).map(|c| (c.0, c.1, c.2)).collect();
            assert_eq!(colours.len(), total);
        }
    }
}
