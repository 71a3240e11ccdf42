//! From the equations of one patch of membrane to the loop over all compartments of all cells of a block.
//!
//! Element `slot * lanes + lane` is one compartment of one cell; a patch is a run of compartments that follow one
//! another in the block's node arrays, so that the loop runs through plain slices and vectorises.

use super::rates::Rates;
use super::{CONDUCTANCE, Calcium, Mechanism, Site};
use crate::model::ModelInfo;
use crate::num::dispatch::{self, Task};
use crate::num::math::exp;
use std::marker::PhantomData;

/// Compartments that follow one another in the node arrays and share their parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Patch {
    pub first_node: usize,
    pub nodes: usize,
    /// Index of its first compartment among those of the mechanism.
    pub first_slot: usize,
}

/// Numbers of one patch, in the order of the model's table.
#[derive(Clone, Debug)]
pub struct Parameters {
    pub values: Vec<f64>,
    /// (parameter, one value a lane) where cells differ.
    pub per_lane: Vec<(usize, Vec<f64>)>,
}

/// Membrane potentials beyond this (mV) are taken for this by the gates: it keeps rates finite, far outside of biology.
const FARTHEST: f64 = 1000.0;

/// One stage of the solver as mechanisms see it. Slices are indexed `node * lanes + lane`.
pub struct Stage<'a> {
    /// V at which gates are advanced, mV.
    pub v: &'a [f64],
    /// Calcium inside at that time, mM, and the calcium currents, uA/cm^2, which those that carry calcium add to; empty
    /// where no mechanism has to do with calcium.
    pub calcium: &'a [f64],
    pub calcium_current: &'a mut [f64],
    /// By which gates are advanced, ms.
    pub time: f64,
    /// 0.01 x area (um^2).
    pub scale: &'a [f64],
    /// Conductance (nS) and g E (pA) are added to these.
    pub diagonal: &'a mut [f64],
    pub right: &'a mut [f64],
}

/// The engine's door to a mechanism on the compartments of a block.
pub trait Kernel: Send + Sync {
    fn info(&self) -> &'static ModelInfo;
    /// Advances the gates, then adds up what flows.
    fn stage(&mut self, stage: &mut Stage);
    /// Gates of one element at their steady values.
    fn settle(&mut self, element: usize, site: &Site);
    fn gate(&self, gate: usize, element: usize) -> f64;
    fn set_gate(&mut self, gate: usize, element: usize, value: f64);
    /// (g, g E) per area, with the gates as they are.
    fn conductance(&self, element: usize, site: &Site) -> (f64, f64);
    /// As [`Kernel::conductance`], of the channels alone whose largest conductance is parameter `only`.
    fn conductance_of(&self, only: usize, element: usize, site: &Site) -> (f64, f64);
    /// (g, g E) per area, with the gates at their steady values.
    fn steady_conductance(&self, element: usize, site: &Site) -> (f64, f64);
    /// Steady value of the first gate.
    fn steady_first(&self, element: usize, site: &Site) -> f64;
    /// Steady value and time constant (ms) of each gate of an element.
    fn kinetics(&self, element: usize, site: &Site) -> Vec<(f64, f64)>;
    /// Fastest time constant (ms) of the gates of an element; infinite without gates.
    fn fastest(&self, element: usize, site: &Site) -> f64;
    /// A parameter of all elements, multiplied: from now on it is `factor` times what the table says.
    fn scale_parameter(&mut self, parameter: usize, factor: f64);
}

pub(super) struct Lifted<M, const G: usize, const P: usize> {
    patches: Vec<Patch>,
    lanes: usize,
    /// Of each patch, as they act and as the table says.
    parameters: Vec<Parameters>,
    written: Vec<Parameters>,
    gates: [Vec<f64>; G],
    /// Of each patch.
    factors: Vec<Factors<G>>,
    temperature: f64,
    mechanism: PhantomData<M>,
}

/// [`Mechanism::factors`] of a patch.
struct Factors<const G: usize> {
    same: [f64; G],
    /// One a lane, where cells differ.
    lanes: Vec<[f64; G]>,
}

impl<M: Mechanism<G, P>, const G: usize, const P: usize> Lifted<M, G, P> {
    const INFO: &'static ModelInfo = &M::INFO;

    pub(super) fn boxed(
        patches: Vec<Patch>,
        lanes: usize,
        parameters: Vec<Parameters>,
        temperature: f64,
    ) -> Box<dyn Kernel> {
        let elements = patches.iter().map(|patch| patch.nodes).sum::<usize>() * lanes;
        let mut lifted = Lifted::<M, G, P> {
            patches,
            lanes,
            written: parameters.clone(),
            parameters,
            gates: std::array::from_fn(|_| vec![0.0; elements]),
            factors: vec![],
            temperature,
            mechanism: PhantomData,
        };
        lifted.find_factors();
        Box::new(lifted)
    }

    fn find_factors(&mut self) {
        let of = |parameters: &Parameters| {
            let lanes = if parameters.per_lane.is_empty() { 0 } else { self.lanes };
            let at = |lane| M::factors(&at_lane(parameters, lane), self.temperature);
            Factors {
                same: M::factors(&std::array::from_fn(|p| parameters.values[p]), self.temperature),
                lanes: (0..lanes).map(at).collect(),
            }
        };
        self.factors = self.parameters.iter().map(of).collect();
    }

    fn patch_of(&self, element: usize) -> usize {
        let slot = element / self.lanes;
        self.patches.partition_point(|patch| patch.first_slot <= slot) - 1
    }

    fn parameters_of(&self, element: usize) -> [f64; P] {
        at_lane(&self.parameters[self.patch_of(element)], element % self.lanes)
    }

    fn steady(&self, element: usize, site: &Site) -> [f64; G] {
        M::kinetics(&self.parameters_of(element), site).map(|(steady, _)| steady)
    }
}

fn at_lane<const P: usize>(parameters: &Parameters, lane: usize) -> [f64; P] {
    let mut numbers = std::array::from_fn(|p| parameters.values[p]);
    for (p, values) in &parameters.per_lane {
        numbers[*p] = values[lane];
    }
    numbers
}

/// Slices of one patch, all of the same length, and what the loop over them needs.
struct Sweep<'a, M, const G: usize, const P: usize> {
    gates: [&'a mut [f64]; G],
    v: &'a [f64],
    calcium: &'a [f64],
    calcium_current: &'a mut [f64],
    scale: &'a [f64],
    diagonal: &'a mut [f64],
    right: &'a mut [f64],
    time: f64,
    thermal: f64,
    parameters: &'a Parameters,
    factors: &'a Factors<G>,
    lanes: usize,
    mechanism: PhantomData<M>,
}

/// Elements that go through the loops of [`Sweep::apart`] together: the more, the fewer wait for each other; fewer than four
/// vectors gain less, more than eight nothing.
const MANY: usize = 64;
/// So do those that are left.
const SOME: usize = 16;
/// Elements that are computed together where all is done in one loop: one of the widest vectors. Through local arrays of this size the compiler sees that
/// nothing overlaps, and vectorises; from the slices themselves it does not (too many pairs to check). Two and four
/// vectors at a time were no faster.
const WIDTH: usize = 8;
/// Fewer elements than this are computed one by one.
const FEWEST: usize = 3;

impl<M: Mechanism<G, P>, const G: usize, const P: usize> Task for Sweep<'_, M, G, P> {
    type Output = ();

    #[inline(always)]
    fn run(mut self) {
        if self.parameters.per_lane.is_empty() { self.sweep::<false>() } else { self.sweep::<true>() }
    }
}

impl<M: Mechanism<G, P>, const G: usize, const P: usize> Sweep<'_, M, G, P> {
    const READS: bool = !matches!(M::CALCIUM, Calcium::Ignored);

    /// All elements; `OWN` where cells have their own numbers.
    #[inline(always)]
    fn sweep<const OWN: bool>(&mut self) {
        let length = self.v.len();
        let mut start = 0;
        if !OWN {
            start = self.apart::<MANY>(start);
            start = self.apart::<SOME>(start);
        }
        while start + WIDTH <= length {
            // A length that the compiler knows: what is copied goes through registers.
            self.chunk::<WIDTH, OWN>(start, WIDTH);
            start += WIDTH;
        }
        let left = length - start;
        if left >= FEWEST {
            self.chunk::<WIDTH, OWN>(start, left);
        } else {
            for start in start..length {
                self.chunk::<1, OWN>(start, 1);
            }
        }
    }

    /// Blocks of `W` elements from `start`, of a mechanism whose rates are known: a loop for their exponential, one for the rates,
    /// one for each gate, one for the conductance, see [`rates`](super::rates). Returns where the rest starts.
    #[inline(always)]
    fn apart<const W: usize>(&mut self, start: usize) -> usize {
        let parameters: [f64; P] = std::array::from_fn(|p| self.parameters.values[p]);
        let thermal = self.thermal;
        let site = |v: f64| Site { v: v.clamp(-FARTHEST, FARTHEST), calcium: 0.0, calcium_current: 0.0, thermal };
        let known = M::rates(&parameters, &site(0.0), 1.0).is_some();
        let blocks = (self.v.len() - start) / W;
        if !known || G == 0 || !matches!(M::CALCIUM, Calcium::Ignored) || blocks == 0 {
            return start;
        }
        let times: [f64; G] = std::array::from_fn(|gate| self.time * self.factors.same[gate]);
        let (mut bases, mut rates) = ([0.0; W], [[[0.0; W]; 3]; G]);
        let (mut conductance, mut drive) = ([0.0; W], [0.0; W]);
        for first in (0..blocks).map(|block| start + block * W) {
            let Some(v): Option<&[f64; W]> = self.v[first..].first_chunk() else { break };
            for i in 0..W {
                bases[i] = M::base(&parameters, &site(v[i]));
            }
            for i in 0..W {
                let Some(all) = M::rates(&parameters, &site(v[i]), bases[i]) else { break };
                for gate in 0..G {
                    let Rates { opening, closing, over } = all[gate];
                    rates[gate][0][i] = opening;
                    rates[gate][1][i] = closing;
                    rates[gate][2][i] = over;
                }
            }
            for gate in 0..G {
                let Some(x): Option<&mut [f64; W]> = self.gates[gate][first..].first_chunk_mut() else { break };
                let [opening, closing, over] = &rates[gate];
                for i in 0..W {
                    let own = Rates { opening: opening[i], closing: closing[i], over: over[i] };
                    x[i] = own.advance(x[i], times[gate]);
                }
            }
            let gates: [&[f64]; G] = std::array::from_fn(|gate| &self.gates[gate][first..first + W]);
            for i in 0..W {
                let own: [f64; G] = std::array::from_fn(|gate| gates[gate][i]);
                (conductance[i], drive[i]) = M::conductance(&parameters, &own, &site(v[i]));
            }
            add(&mut self.diagonal[first..first + W], &self.scale[first..first + W], &conductance);
            add(&mut self.right[first..first + W], &self.scale[first..first + W], &drive);
        }
        start + blocks * W
    }

    /// `count` elements from `start`, at most `W`.
    #[inline(always)]
    fn chunk<const W: usize, const OWN: bool>(&mut self, start: usize, count: usize) {
        let (mut v, mut x, mut scale) = ([0.0; W], [[0.0; W]; G], [0.0; W]);
        let (mut diagonal, mut right) = ([0.0; W], [0.0; W]);
        let (mut calcium, mut carried) = ([0.0; W], [0.0; W]);
        let same: [f64; P] = std::array::from_fn(|p| self.parameters.values[p]);
        let same_times: [f64; G] = std::array::from_fn(|gate| self.time * self.factors.same[gate]);
        let (mut numbers, mut times) = ([[0.0; W]; P], [[0.0; W]; G]);
        v[..count].copy_from_slice(&self.v[start..start + count]);
        scale[..count].copy_from_slice(&self.scale[start..start + count]);
        diagonal[..count].copy_from_slice(&self.diagonal[start..start + count]);
        right[..count].copy_from_slice(&self.right[start..start + count]);
        for (x, column) in x.iter_mut().zip(&self.gates) {
            x[..count].copy_from_slice(&column[start..start + count]);
        }
        if Self::READS {
            calcium[..count].copy_from_slice(&self.calcium[start..start + count]);
            carried[..count].copy_from_slice(&self.calcium_current[start..start + count]);
        }
        if OWN {
            numbers = std::array::from_fn(|p| [same[p]; W]);
            times = std::array::from_fn(|gate| [same_times[gate]; W]);
            self.differ(start, count, &mut numbers, &mut times);
        }
        let thermal = self.thermal;
        for i in 0..W {
            let mut gates: [f64; G] = std::array::from_fn(|gate| x[gate][i]);
            let parameters = if OWN { std::array::from_fn(|p| numbers[p][i]) } else { same };
            let times = if OWN { std::array::from_fn(|gate| times[gate][i]) } else { same_times };
            let v = v[i].clamp(-FARTHEST, FARTHEST);
            let site = Site { v, calcium: calcium[i], calcium_current: carried[i], thermal };
            let (g_before, drive_before) = match M::CALCIUM {
                Calcium::Carried => M::conductance(&parameters, &gates, &site),
                _ => (0.0, 0.0),
            };
            M::advance(&mut gates, &parameters, &site, &times);
            let (g, drive) = M::conductance(&parameters, &gates, &site);
            diagonal[i] += scale[i] * g;
            right[i] += scale[i] * drive;
            if let Calcium::Carried = M::CALCIUM {
                // The mean over the interval.
                carried[i] += 0.5 * ((g_before + g) * v - (drive_before + drive));
            }
            for gate in 0..G {
                x[gate][i] = gates[gate];
            }
        }
        for (x, column) in x.iter().zip(&mut self.gates) {
            column[start..start + count].copy_from_slice(&x[..count]);
        }
        if let Calcium::Carried = M::CALCIUM {
            self.calcium_current[start..start + count].copy_from_slice(&carried[..count]);
        }
        self.diagonal[start..start + count].copy_from_slice(&diagonal[..count]);
        self.right[start..start + count].copy_from_slice(&right[..count]);
    }

    /// Where cells have their own numbers.
    #[inline(always)]
    fn differ<const W: usize>(
        &self,
        start: usize,
        count: usize,
        numbers: &mut [[f64; W]; P],
        times: &mut [[f64; W]; G],
    ) {
        for (p, values) in &self.parameters.per_lane {
            for (i, number) in numbers[*p][..count].iter_mut().enumerate() {
                *number = values[(start + i) % self.lanes];
            }
        }
        if !self.factors.lanes.is_empty() {
            for (gate, times) in times.iter_mut().enumerate() {
                for (i, time) in times[..count].iter_mut().enumerate() {
                    *time = self.time * self.factors.lanes[(start + i) % self.lanes][gate];
                }
            }
        }
    }
}

/// `sums += scale x values`.
#[inline(always)]
fn add<const W: usize>(sums: &mut [f64], scale: &[f64], values: &[f64; W]) {
    let (Some(sums), Some(scale)) = (sums.first_chunk_mut::<W>(), scale.first_chunk::<W>()) else { return };
    for i in 0..W {
        sums[i] += scale[i] * values[i];
    }
}

impl<M: Mechanism<G, P>, const G: usize, const P: usize> Kernel for Lifted<M, G, P> {
    fn info(&self) -> &'static ModelInfo {
        Self::INFO
    }

    fn stage(&mut self, stage: &mut Stage) {
        let lanes = self.lanes;
        for ((patch, parameters), factors) in self.patches.iter().zip(&self.parameters).zip(&self.factors) {
            let nodes = patch.first_node * lanes..(patch.first_node + patch.nodes) * lanes;
            let slots = patch.first_slot * lanes..(patch.first_slot + patch.nodes) * lanes;
            dispatch::run(Sweep::<M, G, P> {
                gates: self.gates.each_mut().map(|column| &mut column[slots.clone()]),
                v: &stage.v[nodes.clone()],
                calcium: stage.calcium.get(nodes.clone()).unwrap_or_default(),
                calcium_current: stage.calcium_current.get_mut(nodes.clone()).unwrap_or_default(),
                scale: &stage.scale[nodes.clone()],
                diagonal: &mut stage.diagonal[nodes.clone()],
                right: &mut stage.right[nodes],
                time: stage.time,
                thermal: thermal(self.temperature),
                parameters,
                factors,
                lanes,
                mechanism: PhantomData,
            });
        }
    }

    fn settle(&mut self, element: usize, site: &Site) {
        for (column, steady) in self.steady(element, site).into_iter().enumerate() {
            self.gates[column][element] = steady;
        }
    }

    fn gate(&self, gate: usize, element: usize) -> f64 {
        self.gates[gate][element]
    }

    fn set_gate(&mut self, gate: usize, element: usize, value: f64) {
        self.gates[gate][element] = value;
    }

    fn conductance(&self, element: usize, site: &Site) -> (f64, f64) {
        let gates = std::array::from_fn(|gate| self.gates[gate][element]);
        M::conductance(&self.parameters_of(element), &gates, site)
    }

    fn conductance_of(&self, only: usize, element: usize, site: &Site) -> (f64, f64) {
        let gates = std::array::from_fn(|gate| self.gates[gate][element]);
        let all = self.parameters_of(element);
        let closed = |p: usize| p != only && Self::INFO.parameters[p].unit == CONDUCTANCE;
        M::conductance(&std::array::from_fn(|p| if closed(p) { 0.0 } else { all[p] }), &gates, site)
    }

    fn steady_conductance(&self, element: usize, site: &Site) -> (f64, f64) {
        M::conductance(&self.parameters_of(element), &self.steady(element, site), site)
    }

    fn steady_first(&self, element: usize, site: &Site) -> f64 {
        self.steady(element, site).first().copied().unwrap_or(f64::NAN)
    }

    fn kinetics(&self, element: usize, site: &Site) -> Vec<(f64, f64)> {
        let factors = &self.factors[self.patch_of(element)];
        let factors = factors.lanes.get(element % self.lanes).unwrap_or(&factors.same);
        let kinetics = M::kinetics(&self.parameters_of(element), site);
        kinetics.iter().zip(factors).map(|((steady, rate), factor)| (*steady, 1.0 / (rate * factor))).collect()
    }

    fn fastest(&self, element: usize, site: &Site) -> f64 {
        self.kinetics(element, site).iter().fold(f64::INFINITY, |fastest, (_, tau)| fastest.min(*tau))
    }

    fn scale_parameter(&mut self, parameter: usize, factor: f64) {
        for (now, written) in self.parameters.iter_mut().zip(&self.written) {
            now.values[parameter] = written.values[parameter] * factor;
            for ((_, now), (_, written)) in
                now.per_lane.iter_mut().zip(&written.per_lane).filter(|(_, (p, _))| *p == parameter)
            {
                now.iter_mut().zip(written).for_each(|(now, written)| *now = written * factor);
            }
        }
        self.find_factors();
    }
}

/// R T / F (mV) at a temperature in degC.
pub fn thermal(temperature: f64) -> f64 {
    1e3 * GAS_CONSTANT * (temperature + ZERO_CELSIUS) / FARADAY
}

/// J / (mol K) and C / mol: exact since 2019 (BIPM, The International System of Units, 9th edition).
const GAS_CONSTANT: f64 = 8.314_462_618_153_24;
pub(super) const FARADAY: f64 = 96_485.332_123_310_02;
const ZERO_CELSIUS: f64 = 273.15;

/// `base^((T - reference) / 10)`: how much faster a process is at T (degC).
pub(super) fn q10(base: f64, temperature: f64, reference: f64) -> f64 {
    exp(crate::num::math::ln(base) * (temperature - reference) / 10.0)
}

/// `x / (exp(x) - 1)`, smooth through 0: the form of many opening rates.
///
/// Within 0.02 of 0 the series 1 - x/2 + x^2/12 - x^4/720 is used: its next term is below 2e-15 there, while
/// the quotient loses digits as eps / x.
#[inline(always)]
pub(super) fn linear_over_expm1(x: f64) -> f64 {
    let square = x * x;
    let series = 1.0 - 0.5 * x + square * (1.0 / 12.0 - square * (1.0 / 720.0));
    let quotient = x / (exp(x) - 1.0);
    if x.abs() < 0.02 { series } else { quotient }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_channels_are_the_whole_together() {
        let (mechanism, site) = (super::super::find("hh").unwrap(), Site::at(-20.0));
        let entry = &super::super::ALL[mechanism];
        let mut kernel = entry.single(vec![120.0, 50.0, 36.0, -77.0, 0.3, -54.3], 6.3);
        kernel.settle(0, &site);
        let kinds = super::super::channels(mechanism);
        assert_eq!(kinds.iter().map(|(kind, _)| *kind).collect::<Vec<_>>(), ["Na", "K", "L"]);
        let parts: Vec<(f64, f64)> = kinds.iter().map(|(_, only)| kernel.conductance_of(*only, 0, &site)).collect();
        let (whole, all) = (kernel.conductance(0, &site), parts.iter().fold((0.0, 0.0), |a, b| (a.0 + b.0, a.1 + b.1)));
        assert!((whole.0 / all.0 - 1.0).abs() < 1e-14 && (whole.1 / all.1 - 1.0).abs() < 1e-13, "float sum order");
        assert!(parts[0].0 * -20.0 - parts[0].1 < 0.0 && parts[1].0 * -20.0 - parts[1].1 > 0.0);
    }

    #[test]
    fn removable_singularity_is_smooth() {
        for x in [-3.0f64, -0.5, -0.0201, -0.0199, -1e-4, -1e-9, 0.0, 1e-12, 1e-5, 0.0199, 0.0201, 0.5, 3.0, 40.0] {
            let expected = if x == 0.0 { 1.0 } else { x / x.exp_m1() };
            assert!((linear_over_expm1(x) / expected - 1.0).abs() < 2e-14, "{x}");
        }
    }
}
