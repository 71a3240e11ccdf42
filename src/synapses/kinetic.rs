//! Receptors as kinetic schemes: open by what transmitter there is.
//!
//! The transmitter in the cleft follows the potential of the terminal, `T = T_max / (1 + exp(-(V - V_p) / K_p))`, without spikes; or it
//! is that of the mechanism `release` there (`transmitter = "cascade"`); or each spike brings a pulse of `T_max` that lasts for
//! `duration` (`"pulse"`), and is made longer by a spike that arrives meanwhile. With `short_term` beside it a pulse is one of
//! `T_max u x`, and of pulses that overlap the largest holds. All synapses of one terminal meet the same transmitter, so the state
//! of the receptors belongs to the terminal, and no synapse can release by a chance of its own; a synapse's weight is its largest
//! conductance (Destexhe, Mainen & Sejnowski 1994, J Comput Neurosci 1:195; 1998, in Koch & Segev, Methods in Neuronal Modeling, ch. 1).

use crate::model::{Parameter, Range, Variable};
use crate::num::math::exp;

/// A receptor's scheme with its numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Kinetic {
    pub release: Release,
    pub scheme: Scheme,
}

/// Where the transmitter comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Release {
    /// Of the terminal's potential: T_max (mM), V_p and K_p (mV).
    Reduced([f64; 3]),
    /// Of the mechanism `release`.
    Cascade,
    /// Of spikes: each brings `most` (mM) for `duration` (ms).
    Pulse { most: f64, duration: f64 },
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scheme {
    /// `dr/dt = alpha T (1 - r) - beta r`: alpha (1/(mM ms)), beta (1/ms), and magnesium outside (mM) that blocks it.
    TwoState { alpha: f64, beta: f64, magnesium: f64 },
    /// A receptor activates a G-protein, of which n open a channel: K1 to K4, K_d, n.
    GProtein { k: [f64; 4], k_d: f64, n: f64 },
}

/// What a projection can record, such as `T.<synapse>`; the last two only of receptors with a G-protein.
pub const VARIABLES: [Variable; 4] = [
    Variable { name: "T", unit: "mM", summary: "transmitter in the cleft" },
    Variable { name: "r", unit: "", summary: "share of the channels that is open" },
    Variable { name: "R", unit: "", summary: "share of the receptors that is bound" },
    Variable { name: "G", unit: "", summary: "active G-protein, in units of its own" },
];

/// Places in [`VARIABLES`].
pub const OPEN: usize = 1;
pub const BOUND: usize = 2;
pub const G_PROTEIN: usize = 3;

/// Those of receptors that are channels.
pub const TWO_STATES: &[Variable] = &[VARIABLES[0], VARIABLES[OPEN]];

/// The parameters that say where the transmitter comes from; each receptor's table ends with them.
pub const RELEASE: [Parameter; 5] = [
    Parameter::new(
        "transmitter",
        "",
        Range::Finite,
        "of the terminal's V, of its mechanism `release`, a pulse a spike",
    )
    .choice(&["reduced", "cascade", "pulse"]),
    Parameter::new("T_max", "mM", Range::Positive, "most transmitter in the cleft").default(1.0),
    Parameter::new("duration", "ms", Range::Positive, "of the pulse that a spike brings").default(1.0),
    Parameter::new("V_p", "mV", Range::Finite, "half of it is released at this V").default(2.0),
    Parameter::new("K_p", "mV", Range::Positive, "steepness of the release").default(5.0),
];

/// [`RELEASE`]'s numbers.
pub fn release(numbers: &[f64]) -> Release {
    let [choice, most, duration, half, steepness] = std::array::from_fn(|i| numbers[i]);
    match choice {
        1.0 => Release::Cascade,
        2.0 => Release::Pulse { most, duration },
        _ => Release::Reduced([most, half, steepness]),
    }
}

impl Kinetic {
    /// Spikes open it, not a potential.
    pub fn waits_for_spikes(&self) -> bool {
        matches!(self.release, Release::Pulse { .. })
    }
}

impl Scheme {
    /// What can be recorded of it.
    pub fn variables(&self) -> &'static [Variable] {
        match self {
            Scheme::TwoState { .. } => TWO_STATES,
            Scheme::GProtein { .. } => &VARIABLES,
        }
    }
}

impl Release {
    /// The choice of `transmitter`, and which of the other numbers mean something.
    pub fn meant(&self) -> (&'static str, &'static [&'static str]) {
        match self {
            Release::Reduced(_) => ("reduced", &["T_max", "V_p", "K_p"]),
            Release::Cascade => ("cascade", &[]),
            Release::Pulse { .. } => ("pulse", &["T_max", "duration"]),
        }
    }

    /// Transmitter (mM) at a potential (mV).
    pub fn transmitter(&self, v: f64) -> Option<f64> {
        match *self {
            Release::Reduced([most, half, steepness]) => Some(most / (1.0 + exp(-(v - half) / steepness))),
            Release::Cascade | Release::Pulse { .. } => None,
        }
    }
}

impl Scheme {
    /// The state after `time` ms with a constant transmitter (mM): exact for two states; the G-protein goes with the mean of
    /// the receptors before and after.
    pub fn advance(&self, state: &mut [f64; 2], transmitter: f64, time: f64) {
        let toward = |x: f64, opening: f64, closing: f64| {
            let rate = opening + closing;
            let steady = if rate > 0.0 { opening / rate } else { x };
            steady + (x - steady) * exp(-rate * time)
        };
        match *self {
            Scheme::TwoState { alpha, beta, .. } => state[0] = toward(state[0], alpha * transmitter, beta),
            Scheme::GProtein { k: [k1, k2, k3, k4], .. } => {
                let before = state[0];
                state[0] = toward(before, k1 * transmitter, k2);
                let steady = k3 * 0.5 * (before + state[0]) / k4;
                state[1] = steady + (state[1] - steady) * exp(-k4 * time);
            }
        }
    }

    /// The share of the channels that the transmitter holds open.
    pub fn open(&self, state: &[f64; 2]) -> f64 {
        match *self {
            Scheme::TwoState { .. } => state[0],
            Scheme::GProtein { k_d, n, .. } => {
                let bound = if state[1] > 0.0 { exp(n * crate::num::math::ln(state[1])) } else { 0.0 };
                bound / (bound + k_d)
            }
        }
    }

    /// Magnesium blocks it.
    pub fn is_blocked(&self) -> bool {
        matches!(self, Scheme::TwoState { magnesium, .. } if *magnesium > 0.0)
    }

    /// The share that magnesium lets through at the target's potential (Jahr & Stevens 1990, J Neurosci 10:3178).
    pub fn let_through(&self, v: f64) -> f64 {
        match *self {
            Scheme::TwoState { magnesium, .. } if magnesium > 0.0 => {
                1.0 / (1.0 + exp(-0.062 * v) * magnesium * (1.0 / 3.57))
            }
            _ => 1.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pulse_of_transmitter_opens_and_closes_with_two_exponentials() {
        let scheme = Scheme::TwoState { alpha: 1.1, beta: 0.19, magnesium: 0.0 };
        let mut state = [0.0; 2];
        scheme.advance(&mut state, 1.0, 1.0);
        let open = 1.1 / 1.29 * (1.0 - (-1.29_f64).exp());
        assert!((state[0] - open).abs() < 1e-15);
        scheme.advance(&mut state, 0.0, 3.0);
        assert!((scheme.open(&state) - open * (-0.57_f64).exp()).abs() < 1e-15);
    }

    #[test]
    fn magnesium_blocks_less_where_it_is_depolarised() {
        let scheme = Scheme::TwoState { alpha: 0.072, beta: 0.0066, magnesium: 1.0 };
        assert!((scheme.let_through(0.0) - 3.57 / 4.57).abs() < 1e-15);
        assert!(scheme.let_through(-80.0) < 0.025);
    }

    #[test]
    fn half_of_the_transmitter_is_released_at_v_p() {
        assert_eq!(Release::Reduced([2.84, 2.0, 5.0]).transmitter(2.0), Some(1.42));
    }

    /// Second order in the step: a quarter of the error for half of it.
    #[test]
    fn the_g_protein_converges() {
        let scheme = Scheme::GProtein { k: [0.52, 0.0013, 0.098, 0.033], k_d: 100.0, n: 4.0 };
        let end = |steps: u32| {
            let mut state = [0.0; 2];
            (0..steps).for_each(|_| scheme.advance(&mut state, 1.0, 8.0 / f64::from(steps)));
            state[1]
        };
        let (coarse, fine) = ((end(8) - end(512)).abs(), (end(16) - end(512)).abs());
        assert!((3.8..4.3).contains(&(coarse / fine)), "{coarse} {fine}");
    }
}
