//! The voltage clamp: an electrode holds the membrane potential, and what it has to inject for that is the membrane's current.
//!
//! ```text
//! I = (V_command - V) / R_s
//! ```
//! (Cole 1949; Hodgkin, Huxley & Katz 1952, J Physiol 116:424.) V_command steps through `levels`, each for its `durations`; or
//! is one `level`, from `start` to `stop`, for which `linspace(a, b)` gives a family of neurons. `resistance` R_s is that
//! between electrode and cell: the smaller, the tighter the clamp. A positive current depolarises, so an ionic current is
//! seen with the sign that the literature gives it.
//!
//! The electrode charges the membrane with the time constant R_s C. The cables' method follows what decays as exp(-t / (R_s C)) by
//! the factor R(z) = (1 + (1 - 2 gamma) z) / (1 - gamma z)^2 a step, z = -dt / (R_s C) and gamma = 1 - sqrt(1/2) (Alexander 1977,
//! SIAM J Numer Anal 14:1006, eq. 3). It is negative below z = -1 / (1 - 2 gamma) = -(1 + sqrt 2): V would pass its command. So
//! a faster clamp moves V at once ([`Clamp::acts_at_once`]), which at the end of that step leaves out at most exp(-(1 + sqrt 2)) = 9 %
//! of the change of the command.

use crate::model::{ModelInfo, Parameter, Range};

pub const INFO: ModelInfo = ModelInfo {
    name: "voltage_clamp",
    summary: "holds V_m at `levels` for `durations`, or at one `level`; I.<name> is its current",
    equations: "\
I = (V_command - V_m) / resistance
V_m that follows a command above `spike.threshold` is no spike where the electrode is",
    reference: "Hodgkin, Huxley & Katz (1952) J Physiol 116:424-448",
    parameters: &[Parameter::new("resistance", "Mohm", Range::Positive, "between electrode and cell").default(0.000_01)],
    variables: &[],
};

/// The clamp of one neuron.
#[derive(Clone, Debug, PartialEq)]
pub struct Clamp {
    /// nS.
    pub conductance: f64,
    /// (first step, V_command in mV), ascending; the last holds until `end`.
    pub commands: Vec<(i64, f64)>,
    pub end: i64,
}

impl Clamp {
    /// V_command (mV) during [k, k+1), if it holds then.
    pub fn command(&self, k: i64) -> Option<f64> {
        let next = self.commands.partition_point(|(first, _)| *first <= k);
        (next > 0 && k < self.end).then(|| self.commands[next - 1].1)
    }

    /// It charges a `capacitance` (pF) faster than a step of `dt_ms` can follow without passing the command.
    pub fn acts_at_once(&self, capacitance: f64, dt_ms: f64) -> bool {
        capacitance / self.conductance * (1.0 + std::f64::consts::SQRT_2) < dt_ms
    }

    /// V_command at k, if it is another than just before.
    pub fn new_command(&self, k: i64) -> Option<f64> {
        self.command(k).filter(|command| self.command(k - 1) != Some(*command))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_hold_from_their_first_step_to_the_next() {
        let clamp = Clamp { conductance: 1.0, commands: vec![(2, -65.0), (5, 0.0)], end: 9 };
        let of = |k| (clamp.command(k), clamp.new_command(k));
        assert_eq!([1, 2, 4].map(of), [(None, None), (Some(-65.0), Some(-65.0)), (Some(-65.0), None)]);
        assert_eq!([5, 8, 9].map(of), [(Some(0.0), Some(0.0)), (Some(0.0), None), (None, None)]);
    }
}
