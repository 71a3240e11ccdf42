//! STUB: replaced by the counter-based generator.
/// A stream of random numbers, a pure function of its key.
pub struct Stream { state: u64 }
impl Stream {
    /// `seed`, what it is for, and two indices (population or table, neuron or synapse).
    pub fn new(seed: u64, purpose: Purpose, a: u64, b: u64) -> Stream { Stream { state: seed ^ ((purpose as u64) << 56) ^ (a << 32) ^ b } }
    pub fn bits(&mut self) -> u64 { self.state = self.state.wrapping_add(0x9E3779B97F4A7C15); let z = (self.state ^ (self.state >> 30)).wrapping_mul(0xBF58476D1CE4E5B9); z ^ (z >> 31) }
    /// Uniform in the open interval (0, 1).
    pub fn uniform(&mut self) -> f64 { ((self.bits() >> 12) as f64 + 0.5) / (1u64 << 52) as f64 }
    pub fn normal(&mut self) -> f64 { let u = self.uniform(); let v = self.uniform(); (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos() }
    /// Mean 1.
    pub fn exponential(&mut self) -> f64 { -self.uniform().ln() }
    /// Uniform integer in 0..n, unbiased.
    pub fn below(&mut self, n: u64) -> u64 { (((self.bits() >> 11) as u128 * n as u128) >> 53) as u64 }
}
/// What a stream is for: streams of different purposes never meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Purpose { Structure = 1, Weight, Delay, Parameter, Initial, Amplitude, Noise, PoissonStimulus, PoissonCell }
