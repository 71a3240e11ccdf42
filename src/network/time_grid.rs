//! From steps to times that read as they were meant: 3 steps of 0.1 ms are 0.3 ms, not 0.30000000000000004.

/// dt as a decimal fraction: `digits / unit` ms.
#[derive(Clone, Copy, Debug)]
pub struct TimeGrid {
    dt_ms: f64,
    digits: i64,
    unit: f64,
}

/// Powers of ten up to here are exact in f64, with room for the digits.
const MOST_DECIMALS: usize = 15;

impl TimeGrid {
    /// dt is the decimal that its shortest form says.
    pub fn new(dt_ms: f64) -> TimeGrid {
        let written = format!("{dt_ms}");
        let decimals = written.split_once('.').map_or(0, |(_, fraction)| fraction.len());
        let digits = written.replace('.', "").parse().ok().filter(|_| decimals <= MOST_DECIMALS);
        TimeGrid { dt_ms, digits: digits.unwrap_or(0), unit: 10f64.powi(decimals as i32) }
    }

    /// The number nearest to step x dt: both sides of the division are whole and below 2^53, so it rounds once.
    pub fn time_ms(&self, step: i64) -> f64 {
        match self.digits.checked_mul(step).filter(|product| product.unsigned_abs() < 1 << 53) {
            Some(product) if self.digits > 0 => product as f64 / self.unit,
            _ => step as f64 * self.dt_ms,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::TimeGrid;

    #[test]
    fn times_are_the_decimals_that_were_meant() {
        let time = |dt_ms, step| TimeGrid::new(dt_ms).time_ms(step);
        assert_eq!(time(0.1, 3), 0.3);
        assert_eq!(time(0.025, 283), 7.075);
        assert_eq!(time(0.1, 1_234_567), 123_456.7);
        assert_eq!(time(1.0, 7), 7.0);
        assert_eq!(time(1.0 / 3.0, 3), 1.0, "not a short decimal: the product");
    }
}
