//! The wiring of a spiking network, read as a network of rates: the mean-field drive of every unit.
//!
//!   drive_i = I_e + sum over stimuli + sum_j q_ij r_j
//! q is the charge that one event delivers (pA ms): weight x the integral of the synapse's time course for a current;
//! for a conductance that times (E_rev - V), with V where the decision to fire falls: the threshold (`V_th`, `V_T`;
//! -55 mV for the squid axon). That choice makes the drive at which firing begins exact, and inhibition a little too
//! strong below it. A `delta` delivers C_m x its jump. Cells without a capacitance take their drive in mV/ms: there C_m
//! is left out everywhere.
//!
//! Where the network is small enough, each neuron has a unit of its own, else each population has one, with the mean of
//! its neurons' drives. Not here: delays (a rate that changes slowly does not feel them) and gap junctions.

use crate::network::connections::Connections;
use crate::network::{Body, Network, Pathway, PointBody, Population, Port};
use crate::synapses::Synapse;

/// Where the squid axon decides (mV).
const SQUID_THRESHOLD_MV: f64 = -55.0;
/// Later than any synapse lasts (ms).
const FOR_EVER_MS: f64 = 1e12;
/// Membrane time constant where a model has none (ms).
const USUAL_TAU_MS: f64 = 10.0;
/// More neurons, or synapses times evaluations, than this are put together by population.
const MOST_UNITS: usize = 50_000;
const MOST_PRODUCTS: f64 = 2e9;

/// A population among the units.
#[derive(Clone, Debug)]
pub struct Group {
    /// Its first unit, and how many it has.
    pub first: usize,
    pub units: usize,
    /// Neurons.
    pub size: usize,
    /// It has a membrane; else its rates are given.
    pub has_membrane: bool,
    /// "pA" or "mV/ms".
    pub unit: &'static str,
    /// Membrane time constant, ms.
    pub tau_ms: f64,
    /// Refractory time, ms.
    pub t_ref_ms: f64,
    /// Of the leak, nS, where it has one.
    pub leak: Option<f64>,
    /// Where conductances are evaluated, mV.
    pub decision_mv: f64,
}

/// A pathway, as charges.
struct Path {
    wires: Wires,
    from: usize,
    to: usize,
    /// Charge of one event per unit of weight; one for all targets or one a neuron.
    charge: Vec<f64>,
    /// Of the synapse's time course, ms; 0 for `delta`.
    tau_syn_ms: f64,
    /// It is a conductance: its integral per unit of weight (nS ms).
    conductance: Option<f64>,
    /// Sum over connections of q, per neuron of `to` and source rate of 1/ms.
    mean: f64,
}

/// Connections as lists: `targets[t]` has those from `starts[t]` to `starts[t + 1]`.
struct Wires {
    targets: Vec<u32>,
    starts: Vec<usize>,
    sources: Vec<u32>,
    weights: Vec<f64>,
}

/// The wiring as rates see it.
pub struct RateNetwork<'n> {
    pub network: &'n Network,
    /// One unit a neuron, else one a population.
    pub per_neuron: bool,
    pub groups: Vec<Group>,
    pub units: usize,
    paths: Vec<Path>,
}

impl<'n> RateNetwork<'n> {
    /// `evaluations`: how often the drives will be asked for, about.
    pub fn new(network: &'n Network, evaluations: usize) -> RateNetwork<'n> {
        let neurons: usize = network.populations.iter().map(|population| population.size).sum();
        let products = network.synapses() as f64 * evaluations as f64;
        let per_neuron = neurons <= MOST_UNITS && products <= MOST_PRODUCTS;
        let mut groups: Vec<Group> = Vec::new();
        let mut units = 0;
        for population in &network.populations {
            let own = if per_neuron { population.size } else { 1 };
            groups.push(group(population, units, own));
            units += own;
        }
        let paths = network.pathways.iter().map(|pathway| Path::new(network, pathway, &groups)).collect();
        RateNetwork { network, per_neuron, groups, units, paths }
    }

    /// Adds to `drive` what the units of `population` get from rates (Hz) of all units.
    pub fn add_drive(&self, population: usize, rates: &[f64], drive: &mut [f64]) {
        for path in self.paths.iter().filter(|path| path.to == population) {
            let (from, to) = (&self.groups[path.from], &self.groups[path.to]);
            let rates = &rates[from.first..from.first + from.units];
            let drive = &mut drive[to.first..to.first + to.units];
            if self.per_neuron {
                path.add(rates, drive);
            } else {
                drive[0] += path.mean * rates[0] * 1e-3;
            }
        }
    }

    /// The variance of the drive of a neuron of each population as its membrane sees it, from spikes that come at random
    /// (Poisson) with these mean rates of the populations (Hz): sum q^2 r / (2 (tau_m + tau_s)).
    pub fn shot_noise(&self, rates: &[f64]) -> Vec<f64> {
        let mut variance = vec![0.0; self.groups.len()];
        for path in &self.paths {
            let to = &self.groups[path.to];
            let squares = path.sum(|q| q * q) / to.size as f64;
            variance[path.to] += squares * rates[path.from] * 1e-3 / (2.0 * (to.tau_ms + path.tau_syn_ms));
        }
        variance
    }

    /// The mean synaptic conductance of a neuron of each population (nS), at these mean rates of the populations (Hz).
    pub fn conductance(&self, rates: &[f64]) -> Vec<f64> {
        let mut sums = vec![0.0; self.groups.len()];
        for path in &self.paths {
            let Some(integral) = path.conductance else { continue };
            let weights = path.wires.weights.iter().sum::<f64>();
            sums[path.to] += weights * integral * rates[path.from] * 1e-3 / self.groups[path.to].size as f64;
        }
        sums
    }

    /// How strongly rates act on rates at these gains of the populations' units (Hz per unit of drive): the largest sum
    /// of |q| x gain over what reaches a neuron. 1 means that a Hz in all sources is a Hz in the target.
    pub fn coupling(&self, gains: &[f64]) -> f64 {
        let mut sums = vec![0.0; self.groups.len()];
        for path in &self.paths {
            sums[path.to] += path.sum(f64::abs) / self.groups[path.to].size as f64 * 1e-3 * gains[path.to].abs();
        }
        sums.into_iter().fold(0.0, f64::max)
    }

    /// The populations that feed each population.
    pub fn sources(&self) -> Vec<Vec<usize>> {
        let of = |to: usize| self.paths.iter().filter(|path| path.to == to).map(|path| path.from).collect();
        (0..self.groups.len()).map(of).collect()
    }
}

impl Path {
    fn new(network: &Network, pathway: &Pathway, groups: &[Group]) -> Path {
        let port = &network.ports[pathway.port];
        let to = port.population;
        let (charge, tau_syn_ms) = charge(&network.populations[to], &groups[to], port);
        let conductance = port.reversal.map(|_| impulse(&port.synapse));
        let wires = Wires::new(&pathway.connections);
        let mut path = Path { wires, from: pathway.source, to, charge, tau_syn_ms, conductance, mean: 0.0 };
        path.mean = path.sum(|q| q) / groups[to].size as f64;
        path
    }

    fn charge_of(&self, neuron: usize) -> f64 {
        if self.charge.len() == 1 { self.charge[0] } else { self.charge[neuron] }
    }

    /// Over all connections, of a function of their charge.
    fn sum(&self, of: impl Fn(f64) -> f64) -> f64 {
        let Wires { targets, starts, weights, .. } = &self.wires;
        let of_target = |(row, &target): (usize, &u32)| {
            let charge = self.charge_of(target as usize);
            weights[starts[row]..starts[row + 1]].iter().map(|weight| of(charge * weight)).sum::<f64>()
        };
        targets.iter().enumerate().map(of_target).sum()
    }

    fn add(&self, rates: &[f64], drive: &mut [f64]) {
        let Wires { targets, starts, sources, weights } = &self.wires;
        for (row, &target) in targets.iter().enumerate() {
            let range = starts[row]..starts[row + 1];
            let sum: f64 = range.map(|i| weights[i] * rates[sources[i] as usize]).sum();
            drive[target as usize] += self.charge_of(target as usize) * sum * 1e-3;
        }
    }
}

impl Wires {
    fn new(connections: &Connections) -> Wires {
        let mut wires = Wires { targets: vec![], starts: vec![0], sources: vec![], weights: vec![] };
        connections.for_each_row(|target, row| {
            wires.targets.push(target);
            wires.sources.extend_from_slice(&row.sources);
            wires.weights.extend((0..row.sources.len()).map(|i| row.weight(i, &connections.weights)));
            wires.starts.push(wires.sources.len());
        });
        wires
    }
}

/// The integral over time of a synapse's course per unit of weight, ms; 1 for `delta`.
fn impulse(synapse: &Synapse) -> f64 {
    match synapse {
        Synapse::Delta => 1.0,
        Synapse::Linear(linear) => linear.arrive_late(FOR_EVER_MS).1,
        // Without spikes nothing arrives.
        Synapse::Kinetic(_) => 0.0,
    }
}

/// The charge of an event of weight 1 at a port (pA ms, or mV), for all its population's neurons or each, and how long
/// its course lasts (ms).
pub fn charge(population: &Population, group: &Group, port: &Port) -> (Vec<f64>, f64) {
    let impulse = impulse(&port.synapse);
    match (&population.body, &port.synapse) {
        (Body::Point(point), Synapse::Delta) => {
            let of = |neuron: usize| point.kernel.capacitance(neuron).unwrap_or(1.0);
            let first = of(0);
            let each: Vec<f64> = (0..population.size).map(of).collect();
            (if each.iter().all(|c| *c == first) { vec![first] } else { each }, 0.0)
        }
        (_, Synapse::Delta) => (vec![1.0], 0.0),
        (_, Synapse::Linear(_) | Synapse::Kinetic(_)) => {
            let push = port.reversal.map_or(1.0, |reversal| reversal - group.decision_mv);
            (vec![impulse * push], impulse)
        }
    }
}

/// Neurons over which parameters are averaged.
const MOST_AVERAGED: usize = 1000;

/// The parameters of the middle of a population: the mean over its neurons, of each.
pub fn mean_parameters(point: &PointBody, size: usize) -> Vec<f64> {
    let stride = size.div_ceil(MOST_AVERAGED).max(1);
    let each: Vec<Vec<f64>> = (0..size).step_by(stride).map(|neuron| point.kernel.parameters(neuron)).collect();
    let mean = |index: usize| {
        let first = each[0][index];
        // What is the same for all is kept to the bit.
        let same = each.iter().all(|own| own[index].to_bits() == first.to_bits());
        if same { first } else { each.iter().map(|own| own[index]).sum::<f64>() / each.len() as f64 }
    };
    if each.is_empty() { point.parameters.clone() } else { (0..each[0].len()).map(mean).collect() }
}

fn group(population: &Population, first: usize, units: usize) -> Group {
    let empty = Group {
        first,
        units,
        size: population.size,
        has_membrane: true,
        unit: "pA",
        tau_ms: USUAL_TAU_MS,
        t_ref_ms: 0.0,
        leak: None,
        decision_mv: SQUID_THRESHOLD_MV,
    };
    let Body::Point(point) = &population.body else {
        return Group { has_membrane: matches!(population.body, Body::Cable(_)), ..empty };
    };
    let info = point.kernel.info();
    let parameters = mean_parameters(point, population.size);
    let number = |name: &str| {
        let value = info.parameter(name).map(|(index, _)| parameters[index]);
        value.filter(|value| value.is_finite())
    };
    let capacitance = point.kernel.capacitance(0);
    let leak = number("g_L").or_else(|| Some(number("C_m")? / number("tau_m")?)).filter(|_| capacitance.is_some());
    Group {
        unit: if capacitance.is_some() { "pA" } else { "mV/ms" },
        tau_ms: point.kernel.tau_m(0).or_else(|| Some(capacitance? / leak?)).unwrap_or(USUAL_TAU_MS),
        t_ref_ms: number("t_ref").unwrap_or(0.0),
        decision_mv: number("V_th").or(number("V_T")).or(number("E_L")).unwrap_or(SQUID_THRESHOLD_MV),
        leak,
        ..empty
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::network::{Built, build};
    use crate::rate::fluctuation::fluctuation;
    use crate::rate::inputs::Inputs;

    /// Two sources onto three cells: one through each kind of synapse.
    fn built(synapse: &str, weight: &str, rest: &str) -> Built {
        let text = format!(
            r#"
[run]
duration = "100 ms"
dt = "0.1 ms"
[cell.source]
model = "poisson"
rate = "20 Hz"
[cell.lif]
model = "lif"
C_m = "200 pF"
tau_m = "20 ms"
E_L = "-65 mV"
V_th = "-50 mV"
I_e = "30 pA"
[population.in]
cell = "source"
size = 2
[population.out]
cell = "lif"
size = 3
[synapse.s]
{synapse}
[projection.p]
from = "in"
to = "out"
rule = "all_to_all"
synapse = "s"
weight = "{weight}"
delay = "1 ms"
{rest}"#
        );
        build(&Config::from_text("test", &text).unwrap()).unwrap_or_else(|error| panic!("{error}"))
    }

    /// The drive of each unit of `out` at given rates of the sources.
    fn drive(built: &Built, rates: [f64; 2], evaluations: usize) -> Vec<f64> {
        let wiring = RateNetwork::new(&built.network, evaluations);
        let (source, group) = (wiring.groups[0].clone(), wiring.groups[1].clone());
        let mut all = vec![0.0; wiring.units];
        if wiring.per_neuron {
            all[source.first..source.first + 2].copy_from_slice(&rates);
        } else {
            all[source.first] = 0.5 * (rates[0] + rates[1]);
        }
        let mut drive = vec![0.0; wiring.units];
        wiring.add_drive(1, &all, &mut drive);
        drive[group.first..group.first + group.units].to_vec()
    }

    #[test]
    fn a_charge_is_the_integral_of_the_synapse() {
        let e = std::f64::consts::E;
        // t_peak = ln(tau_d/tau_r) tau_d tau_r / (tau_d - tau_r); the integral of e^-t/d - e^-t/r is d - r.
        let (rise, decay) = (2.0f64, 8.0f64);
        let at = (decay / rise).ln() * decay * rise / (decay - rise);
        let dual = (decay - rise) / ((-at / decay).exp() - (-at / rise).exp());
        for (synapse, weight, charge) in [
            ("model = \"exponential\"\ntau = \"5 ms\"", "10 pA", 50.0),
            ("model = \"alpha\"\ntau = \"5 ms\"", "10 pA", 50.0 * e),
            ("model = \"dual_exponential\"\ntau_rise = \"2 ms\"\ntau_decay = \"8 ms\"", "10 pA", 10.0 * dual),
            ("model = \"delta\"", "0.1 mV", 20.0),
            // 50 mV and 30 mV from the threshold.
            ("model = \"exponential\"\ntau = \"5 ms\"\nE_rev = \"0 mV\"", "2 nS", 500.0),
            ("model = \"exponential\"\ntau = \"5 ms\"\nE_rev = \"-80 mV\"", "2 nS", -300.0),
        ] {
            let built = built(synapse, weight, "");
            // 30 Hz and 50 Hz.
            for found in drive(&built, [30.0, 50.0], 1) {
                assert!((found - 0.08 * charge).abs() < 1e-9 * charge.abs(), "{synapse}: {found} {charge}");
            }
            let together = drive(&built, [30.0, 50.0], usize::MAX);
            assert_eq!(together.len(), 1, "a unit for the population");
            assert!((together[0] - 0.08 * charge).abs() < 1e-9 * charge.abs(), "{synapse}: {together:?}");
        }
    }

    #[test]
    fn input_is_its_mean_over_the_window() {
        let stimuli = r#"
[stimulus.always]
kind = "step"
to = "out"
amplitude = "linspace(10 pA, 30 pA)"
[stimulus.late]
kind = "step"
to = "out[0]"
amplitude = "100 pA"
start = "50 ms"
[stimulus.ramp]
kind = "ramp"
to = "out[1]"
from_amplitude = "0 pA"
to_amplitude = "100 pA"
[stimulus.noise]
kind = "noise"
to = "out[2]"
mean = "7 pA"
std = "6 pA"
tau = "5 ms"
[stimulus.volley]
kind = "spike_list"
to = "out[2]"
times = ["10 ms", "60 ms", "61 ms"]
synapse = "s"
weight = "10 pA"
[stimulus.rain]
kind = "poisson"
to = "out[1]"
rate = "400 Hz"
synapse = "s"
weight = "10 pA"
"#;
        let built = built("model = \"exponential\"\ntau = \"5 ms\"", "10 pA", stimuli);
        let expected = |steps: std::ops::Range<i64>, evaluations: usize| {
            let wiring = RateNetwork::new(&built.network, evaluations);
            let inputs = Inputs::new(&wiring);
            let (mut drive, mut rates) = (vec![0.0; wiring.units], vec![0.0; wiring.units]);
            inputs.drive(&steps, &mut drive);
            inputs.given_rates(&steps, &mut rates);
            assert!((rates[0] - 20.0).abs() < 1e-9);
            assert!(!inputs.is_constant() && inputs.changes() == [500]);
            drive[wiring.groups[1].first..].to_vec()
        };
        // I_e 30 pA and the first step; 400 Hz x 50 pA ms = 20 pA; the ramp's mean; two of three spikes in 50 ms.
        let second = [30.0 + 10.0 + 100.0, 30.0 + 20.0 + 75.0 + 20.0, 30.0 + 30.0 + 7.0 + 2.0 * 50.0 / 50.0];
        for (found, wanted) in expected(500..1000, 1).into_iter().zip(second) {
            // The ramp is looked at in some of its steps.
            assert!((found - wanted).abs() < 1.0, "{found} {wanted}");
        }
        let together = expected(500..1000, usize::MAX);
        assert!((together[0] - second.iter().sum::<f64>() / 3.0).abs() < 1.0, "{together:?}");
        let half = expected(450..550, 1)[0];
        assert!((half - (30.0 + 10.0 + 50.0)).abs() < 1e-9, "{half}");
    }

    #[test]
    fn a_membrane_averages_what_fluctuates() {
        let noise = "[stimulus.n]\nkind = \"noise\"\nto = \"out\"\nmean = \"0 pA\"\nstd = \"6 pA\"\ntau = \"5 ms\"\n";
        let built = built("model = \"exponential\"\ntau = \"5 ms\"", "10 pA", noise);
        let wiring = RateNetwork::new(&built.network, 1);
        // 2 sources x (50 pA ms)^2 x 20 Hz / (2 x 25 ms) = 2 pA^2; 36 pA^2 x 5 / 25 = 7.2 pA^2.
        let found = fluctuation(&wiring, &[20.0, 0.0])[1];
        assert!((found - 9.2f64.sqrt()).abs() < 1e-9, "{found}");
        assert_eq!(wiring.conductance(&[20.0, 0.0])[1], 0.0);
        // 0.1 x 2 x 50 pA ms x 1e-3 at a gain of 100 Hz/pA.
        assert!((wiring.coupling(&[0.0, 100.0]) - 10.0).abs() < 1e-9);
    }
}
