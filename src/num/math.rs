//! `exp`, `ln`, `sin`, `cos` and `expm1` of our own, because libm picks its code by CPU and answers in different bits.
//!
//! All are branch-free and use no tables and no fused multiply-add, so that a loop over cells becomes vector
//! instructions of any width with the same bits in every lane. The recipe is always the same: write x as a multiple
//! of a constant (ln 2, pi/2) plus a small rest, evaluate a polynomial of the rest, put the multiple back through the
//! exponent bits or a choice of sign. Polynomials of `ln`, `sin` and `cos` are those of fdlibm (Sun Microsystems,
//! 1993); `exp` is a Taylor series, which on |r| <= ln(2)/2 needs 13 terms.

/// Adding it rounds an f64 below 2^51 to an integer, which then stands in the low bits.
const ROUND: f64 = 6_755_399_441_055_744.0;
/// ln 2 in two parts; the first has 21 trailing zero bits, so that its product with an exponent is exact.
const LN2_HIGH: f64 = 0.693_147_180_369_123_8;
const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;

/// (r, k) with x = k ln 2 + r and |r| <= ln(2)/2, for |x| < 2^20.
#[inline(always)]
fn reduce_exp(x: f64) -> (f64, f64) {
    let k = (x * std::f64::consts::LOG2_E + ROUND) - ROUND;
    ((x - k * LN2_HIGH) - k * LN2_LOW, k)
}

/// 2^a and 2^b with a + b = k, each far from overflow even where 2^k is not a normal number.
#[inline(always)]
fn power_of_two_halves(k: f64) -> (f64, f64) {
    let a = k * 0.5 + ROUND;
    let b = (k - (a - ROUND)) + ROUND;
    (f64::from_bits(a.to_bits().wrapping_add(1023) << 52), f64::from_bits(b.to_bits().wrapping_add(1023) << 52))
}

/// e^r - 1 for |r| <= ln(2)/2.
#[inline(always)]
fn expm1_polynomial(r: f64) -> f64 {
    let r2 = r * r;
    let r4 = r2 * r2;
    let low = (1.0 / 2.0 + r * (1.0 / 6.0)) + r2 * (1.0 / 24.0 + r * (1.0 / 120.0));
    let middle = (1.0 / 720.0 + r * (1.0 / 5040.0)) + r2 * (1.0 / 40_320.0 + r * (1.0 / 362_880.0));
    let high =
        (1.0 / 3_628_800.0 + r * (1.0 / 39_916_800.0)) + r2 * (1.0 / 479_001_600.0 + r * (1.0 / 6_227_020_800.0));
    r + r2 * (low + r4 * (middle + r4 * high))
}

/// Comparisons, not `min` and `max`, so that NaN passes through.
#[inline(always)]
fn clamp(x: f64, low: f64, high: f64) -> f64 {
    let x = if x > high { high } else { x };
    if x < low { low } else { x }
}

/// e^x, within one unit in the last place; 0 and infinity where the result is out of range.
#[inline(always)]
pub fn exp(x: f64) -> f64 {
    let (r, k) = reduce_exp(clamp(x, -746.0, 710.0));
    let (a, b) = power_of_two_halves(k);
    (1.0 + expm1_polynomial(r)) * a * b
}

/// e^x - 1, accurate near 0 too; within a few units in the last place.
#[inline(always)]
pub fn expm1(x: f64) -> f64 {
    let (r, k) = reduce_exp(clamp(x, -746.0, 710.0));
    let (a, b) = power_of_two_halves(k);
    // a is a power of two: its inverse is exact.
    (b * expm1_polynomial(r) + (b - 1.0 / a)) * a
}

/// x / (e^x - 1), continued to 1 at x = 0: the shape of many channel rates.
#[inline(always)]
pub fn exprel(x: f64) -> f64 {
    let x = if x > 1000.0 { 1000.0 } else { x };
    let near = x.abs() < 1e-4;
    // The next term of the series, x^4/720, is below the last place of 1.
    let series = 1.0 - x * 0.5 + x * x * (1.0 / 12.0);
    let quotient = x / expm1(if near { 1.0 } else { x });
    if near { series } else { quotient }
}

/// (1 - e^-x) / x for x >= 0, as (numerator, denominator): how far a decay with rate x has gone in a unit of time.
///
/// From the Pade approximant of e^-x of degrees 3 and 4 (Baker & Graves-Morris 1996, "Pade approximants", 1.2): the error of
/// e^-x is 7.1e-7 x^8 at first (rounding up to x = 0.08, 3e-9 at 0.5), below 5e-7 at 1, 6e-5 at 2, and never more than 0.05, so that
/// no decay becomes a growth. What has such a rate within one step for want of a finer one has larger errors by far. It costs a third
/// of an exponential, and the caller divides once for all that there is to divide.
#[inline(always)]
pub fn relaxation(x: f64) -> (f64, f64) {
    let numerator = (x + 20.0).mul_add(x, 60.0).mul_add(x, 840.0);
    let denominator = (x + 16.0).mul_add(x, 120.0).mul_add(x, 480.0).mul_add(x, 840.0);
    (numerator, denominator)
}

/// Standard deviation / mean of times between events; 0 where they differ by the rounding of the times alone.
pub fn variation(deviation: f64, mean: f64) -> f64 {
    // Of intervals of 1 ms in times of 10^5 ms, generously.
    const ROUNDING: f64 = 1e-9;
    if deviation < ROUNDING * mean { 0.0 } else { deviation / mean }
}

/// The natural logarithm, within one unit in the last place; -infinity at 0, NaN below.
#[inline(always)]
pub fn ln(x: f64) -> f64 {
    const SQRT_HALF: u64 = 0x3FE6_A09E_667F_3BCD;
    const TWO_54: f64 = 18_014_398_509_481_984.0;
    let subnormal = x < f64::MIN_POSITIVE;
    let scaled = if subnormal { x * TWO_54 } else { x };
    // Exponent relative to [sqrt(1/2), sqrt(2)), with 1024 added so that a logical shift serves.
    let shifted = scaled.to_bits().wrapping_sub(SQRT_HALF).wrapping_add(1024 << 52);
    let exponent = shifted >> 52;
    let mantissa = f64::from_bits(scaled.to_bits().wrapping_sub(exponent.wrapping_sub(1024) << 52));
    // 2^52 + exponent as an f64: the conversion that every vector unit can do.
    let k = f64::from_bits(0x4330_0000_0000_0000 | exponent) - 4_503_599_627_371_520.0;
    let k = if subnormal { k - 54.0 } else { k };
    let f = mantissa - 1.0;
    let s = f / (2.0 + f);
    let z = s * s;
    let w = z * z;
    let even = w * (0.399_999_999_994_094_2 + w * (0.222_221_984_321_497_84 + w * 0.153_138_376_992_093_73));
    let odd = z
        * (0.666_666_666_666_673_5
            + w * (0.285_714_287_436_623_9 + w * (0.181_835_721_616_180_5 + w * 0.147_981_986_051_165_86)));
    let half_square = 0.5 * f * f;
    let y = k * LN2_HIGH - ((half_square - (s * (half_square + (even + odd)) + k * LN2_LOW)) - f);
    let y = if x == f64::INFINITY { x } else { y };
    let y = if x == 0.0 { f64::NEG_INFINITY } else { y };
    // Negative numbers and NaN.
    if x >= 0.0 { y } else { f64::NAN }
}

/// ln(1 - p) for p in [0, 1], to some units in the last place of p also where 1 - p is 1 (Goldberg 1991, ACM Comput Surv 23:5,
/// theorem 4).
#[inline(always)]
pub fn ln_rest(p: f64) -> f64 {
    let rest = 1.0 - p;
    if rest == 1.0 { -p } else { ln(rest) * (p / (1.0 - rest)) }
}

/// Beyond it the three-part pi/2 runs out of digits; `sin` and `cos` answer NaN rather than wrong digits.
pub const LARGEST_ANGLE: f64 = 1e6;

/// (sin, cos) of the rest r of x = n pi/2 + r, and n's low bits.
#[inline(always)]
fn sin_cos_quadrant(x: f64) -> (f64, f64, u64) {
    const PI_2_FIRST: f64 = 1.570_796_326_734_125_6;
    const PI_2_SECOND: f64 = 6.077_100_506_303_966e-11;
    const PI_2_THIRD: f64 = 2.022_266_248_795_950_6e-21;
    let x = if x.abs() <= LARGEST_ANGLE { x } else { f64::NAN };
    let shifted = x * std::f64::consts::FRAC_2_PI + ROUND;
    let n = shifted - ROUND;
    let t = x - n * PI_2_FIRST;
    let w = n * PI_2_SECOND;
    let r = t - w;
    let correction = n * PI_2_THIRD - ((t - r) - w);
    let high = r - correction;
    let low = (r - high) - correction;
    (sin_polynomial(high, low), cos_polynomial(high, low), shifted.to_bits())
}

#[inline(always)]
fn sin_polynomial(x: f64, low: f64) -> f64 {
    let z = x * x;
    let v = z * x;
    let r = 8.333_333_333_322_49e-3
        + z * (-1.984_126_982_985_795e-4
            + z * (2.755_731_370_707_006_8e-6 + z * (-2.505_076_025_340_686_3e-8 + z * 1.589_690_995_211_55e-10)));
    x - ((z * (0.5 * low - v * r) - low) - v * -1.666_666_666_666_663_2e-1)
}

#[inline(always)]
fn cos_polynomial(x: f64, low: f64) -> f64 {
    let z = x * x;
    let w = z * z;
    let r = z * (4.166_666_666_666_66e-2 + z * (-1.388_888_888_887_411e-3 + z * 2.480_158_728_947_673e-5))
        + w * w * (-2.755_731_435_139_066_3e-7 + z * (2.087_572_321_298_175e-9 + z * -1.135_964_755_778_819_5e-11));
    let half = 0.5 * z;
    let main = 1.0 - half;
    main + (((1.0 - main) - half) + (z * r - x * low))
}

/// Sine of an angle in radians, |x| <= [`LARGEST_ANGLE`], within one unit in the last place.
#[inline(always)]
pub fn sin(x: f64) -> f64 {
    let (s, c, n) = sin_cos_quadrant(x);
    let y = if n & 1 == 0 { s } else { c };
    if n & 2 == 0 { y } else { -y }
}

/// Cosine of an angle in radians, |x| <= [`LARGEST_ANGLE`], within one unit in the last place.
#[inline(always)]
pub fn cos(x: f64) -> f64 {
    let (s, c, n) = sin_cos_quadrant(x);
    let y = if n & 1 == 0 { c } else { s };
    if n.wrapping_add(1) & 2 == 0 { y } else { -y }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Distance in units in the last place of `exact`.
    fn ulps(ours: f64, exact: f64) -> f64 {
        if ours == exact {
            return 0.0;
        }
        let spacing = f64::from_bits(exact.abs().to_bits() + 1) - exact.abs();
        ((ours - exact) / spacing).abs()
    }

    /// Largest distance from the platform's function, itself good to one unit.
    fn worst(ours: fn(f64) -> f64, theirs: fn(f64) -> f64, low: f64, high: f64) -> f64 {
        let n = 400_000;
        let step = (high - low) / n as f64;
        (0..=n).map(|i| low + step * i as f64).map(|x| ulps(ours(x), theirs(x))).fold(0.0, f64::max)
    }

    #[test]
    fn agree_with_the_platform_to_the_last_places() {
        assert!(worst(exp, f64::exp, -708.0, 709.0) <= 1.0, "exp {}", worst(exp, f64::exp, -708.0, 709.0));
        assert!(worst(exp, f64::exp, -1.0, 1.0) <= 1.0);
        assert!(worst(expm1, f64::exp_m1, -2.0, 2.0) <= 4.0, "expm1 {}", worst(expm1, f64::exp_m1, -2.0, 2.0));
        assert!(worst(expm1, f64::exp_m1, -50.0, 700.0) <= 4.0);
        assert!(worst(ln, f64::ln, 1e-6, 3.0) <= 1.0, "ln {}", worst(ln, f64::ln, 1e-6, 3.0));
        assert!(worst(ln, f64::ln, 1e-300, 1e300) <= 1.0);
        assert!(worst(sin, f64::sin, -10.0, 10.0) <= 1.0, "sin {}", worst(sin, f64::sin, -10.0, 10.0));
        assert!(worst(cos, f64::cos, -10.0, 10.0) <= 1.0, "cos {}", worst(cos, f64::cos, -10.0, 10.0));
        assert!(worst(sin, f64::sin, -1e6, 1e6) <= 1.0);
        assert!(worst(cos, f64::cos, -1e6, 1e6) <= 1.0);
    }

    #[test]
    fn relaxation_is_as_good_as_it_says() {
        let error = |x: f64| {
            let (gone, of) = relaxation(x);
            ((1.0 - x * gone / of) - (-x).exp()).abs()
        };
        // The first term of the error of an approximant of degrees 3 and 4: 3! 4! / (7! 8!) x^8.
        let first = |x: f64| 144.0 / (5040.0 * 40_320.0) * x.powi(8);
        assert!((0..=1000).map(|i| f64::from(i) * 1e-3).all(|x| error(x) < first(x) + 1e-15), "rounding");
        assert!(error(1.0) < 5e-7 && error(2.0) < 6e-5, "{:e} {:e}", error(1.0), error(2.0));
        assert!((0..40_000).all(|i| error(f64::from(i) * 0.1) < 0.05));
        let (gone, of) = relaxation(0.0);
        assert_eq!(gone / of, 1.0);
    }

    #[test]
    fn what_is_left_of_one_may_be_one() {
        assert_eq!([0.0, 1e-300, 1e-17].map(ln_rest), [0.0, -1e-300, -1e-17]);
        assert_eq!(ln_rest(1.0), f64::NEG_INFINITY);
        for p in [1.3e-16, 7e-12, 3e-5, 0.02, 0.7, 0.999] {
            assert!((ln_rest(p) / (-p).ln_1p() - 1.0).abs() < 4e-16, "{p}");
        }
    }

    #[test]
    fn ends_of_the_range() {
        assert_eq!(exp(0.0), 1.0);
        assert_eq!(exp(800.0), f64::INFINITY);
        assert_eq!(exp(f64::INFINITY), f64::INFINITY);
        assert_eq!(exp(f64::NEG_INFINITY), 0.0);
        assert_eq!(exp(-745.0), 5e-324);
        assert_eq!(exp(709.782712893384), 1.7976931348622732e308);
        assert_eq!((expm1(0.0), expm1(-1000.0), expm1(1000.0)), (0.0, -1.0, f64::INFINITY));
        assert_eq!(expm1(1e-300), 1e-300);
        assert_eq!((ln(0.0), ln(1.0), ln(f64::INFINITY)), (f64::NEG_INFINITY, 0.0, f64::INFINITY));
        // ln(2^-1074) = -1074 ln 2.
        assert_eq!(ln(5e-324), -744.4400719213812);
        assert_eq!((sin(0.0), cos(0.0)), (0.0, 1.0));
        for f in [exp, expm1, ln, sin, cos, exprel] {
            assert!(f(f64::NAN).is_nan());
        }
        assert!(ln(-1.0).is_nan() && sin(1e7).is_nan() && cos(f64::INFINITY).is_nan());
    }

    #[test]
    fn exprel_is_smooth_at_its_removable_singularity() {
        assert_eq!(exprel(0.0), 1.0);
        // x/(e^x - 1) = sum of B_n x^n / n!: 1 - x/2 + x^2/12 - x^4/720 (Bernoulli numbers).
        for x in [-0.01_f64, -1.0001e-4, -0.9999e-4, 1e-9, 0.9999e-4, 1.0001e-4, 0.01] {
            let bernoulli = 1.0 - x / 2.0 + x * x / 12.0 - x.powi(4) / 720.0;
            assert!((exprel(x) - bernoulli).abs() < 4e-16, "{x}");
        }
        assert_eq!(exprel(f64::INFINITY), 0.0);
        assert_eq!(exprel(-800.0), 800.0);
    }
}
