//! The solver against converged references and closed forms.
//!
//! Constants come from high-order integrations of the same equations (DOP853 at rtol 1e-11 for the point neuron, NEURON 9 refined in
//! dt and dx and extrapolated for the axon), or from cable theory.

use super::tree::tests::section;
use super::*;
use std::sync::Arc;

const HH: usize = 0;
const PASSIVE: usize = 1;
const SQUID: [f64; 6] = [120.0, 50.0, 36.0, -77.0, 0.3, -54.3];

/// A run of one block with one lane.
struct Run {
    block: Block,
    dt: f64,
    k: usize,
}

impl Run {
    fn new(tree: Tree, dt: f64, temperature: f64) -> Run {
        let mut block = Block::new(Arc::new(tree), 1, dt, temperature, &[]);
        block.initialise(0, -65.0);
        Run { block, dt, k: 0 }
    }

    fn step(&mut self, place: Place, current: f64) {
        let load = Load { current: vec![current], ..Load::none(place) };
        step(&mut [&mut self.block], &[&[load]], &[], &mut Workspace::without_gaps());
        self.k += 1;
    }

    /// Upward crossing of `threshold` in the step just made (ms).
    fn crossing(&self, place: &Place, threshold: f64) -> Option<f64> {
        let [v_k, v_before] = self.block.voltages_before(place, 0);
        let fraction = crossing_fraction(v_before, v_k, self.block.voltage(place, 0), threshold)?;
        Some((self.k as f64 - 1.0 + fraction) * self.dt)
    }
}

fn hh_point_spikes(dt: f64, density: f64, start: f64, stop: f64, end: f64, temperature: f64) -> Vec<f64> {
    let tree = Tree::point(1000.0, 1.0, vec![(HH, SQUID.to_vec())]);
    let place = tree.place(0, 0.5);
    let mut run = Run::new(tree, dt, temperature);
    let (first, last) = ((start / dt).round() as usize, (stop / dt).round() as usize);
    let mut spikes = vec![];
    for k in 0..(end / dt).round() as usize {
        run.step(place, if k >= first && k < last { density * 0.01 * 1000.0 } else { 0.0 });
        spikes.extend(run.crossing(&place, 0.0));
    }
    spikes
}

fn largest_difference(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len(), "number of spikes");
    a.iter().zip(b).fold(0.0, |largest, (a, b)| largest.max((a - b).abs()))
}

#[test]
fn hh_point_spikes_converge() {
    let cold = |dt| {
        largest_difference(
            &hh_point_spikes(dt, 10.0, 5.0, 50.0, 60.0, 6.3),
            &[6.896_664_683_83, 21.803_870_021_3, 36.439_014_437_3],
        )
    };
    let warm = |dt| {
        let expected = [6.113_711_504_52, 10.599_177_813_3, 15.009_430_373_8, 19.415_544_403_7];
        largest_difference(&hh_point_spikes(dt, 15.0, 5.0, 20.0, 30.0, 18.5), &expected)
    };
    for errors in [[0.05, 0.025, 0.0125, 0.00625].map(cold), [0.05, 0.025, 0.0125, 0.00625].map(warm)] {
        println!("largest error of a spike time, dt 0.05 ... 0.00625 ms: {errors:?}");
        assert!(errors[1] < 0.025, "within a step of 0.025 ms");
        for pair in errors.windows(2).filter(|pair| pair[1] > 1e-4) {
            assert!(pair[0] / pair[1] > 3.5, "order 2 or better: {errors:?}");
        }
    }
}

/// Velocity (m/s) between 0.4 and 0.7 of an axon of 1000 compartments.
fn velocity(dt: f64, temperature: f64, diameter: f64, resistivity: f64) -> f64 {
    let length = 200_000.0 * (diameter / 476.0 * 35.4 / resistivity).sqrt();
    let mut spec = section(None, length, diameter, 1000);
    spec.axial_resistivity = resistivity;
    spec.mechanisms = vec![(HH, SQUID.to_vec())];
    let tree = Tree::new(&[spec]);
    let [start, a, b] = [0.0, 0.4, 0.7].map(|x| tree.place(0, x));
    let mut run = Run::new(tree, dt, temperature);
    let (first, last) = ((0.5 / dt).round() as usize, (0.7 / dt).round() as usize);
    let amplitude = 3e7 * (diameter / 476.0).powf(1.5) * (35.4 / resistivity).sqrt();
    let (mut at_a, mut at_b) = (None, None);
    while at_b.is_none() && run.k < 10_000_000 {
        run.step(start, if run.k >= first && run.k < last { amplitude } else { 0.0 });
        at_a = at_a.or(run.crossing(&a, 0.0));
        at_b = at_b.or(run.crossing(&b, 0.0));
    }
    0.3 * length * 1e-3 / (at_b.unwrap_or(f64::NAN) - at_a.unwrap_or(f64::NAN))
}

/// Velocity at 18.5 degC scales with sqrt(d / R_a): the other axons check areas and units.
#[test]
fn squid_axon_velocity() {
    for (dt, diameter, resistivity, temperature, expected, percent) in [
        (0.025, 476.0, 35.4, 18.5, 18.729_598_040_6, 0.1),
        (0.005, 476.0, 35.4, 18.5, 18.729_598_040_6, 0.05),
        (0.025, 1.0, 100.0, 18.5, 0.510_771_447_222, 0.1),
        (0.025, 476.0, 35.4, 6.3, 12.312_321_494_8, 0.05),
        (0.025, 100.0, 35.4, 10.0, 6.485_477_448_99, 0.05),
    ] {
        let error = (velocity(dt, temperature, diameter, resistivity) / expected - 1.0) * 100.0;
        println!("velocity at {temperature} degC, {diameter} um, {resistivity} ohm cm, dt {dt} ms: {error:+.4} %");
        assert!(error.abs() < percent, "{error} % (of which -0.03 % from 1000 compartments)");
    }
}

/// Rallpack 3 (Bhalla, Bilitch & Bower 1992): the far end's last spike after 17 of them.
#[test]
fn rallpack_3() {
    let mut spec = section(None, 1000.0, 1.0, 1000);
    spec.mechanisms = vec![(HH, vec![120.0, 50.0, 36.0, -77.0, 0.025, -65.0])];
    let tree = Tree::new(&[spec]);
    let [near, far] = [0.0, 1.0].map(|x| tree.place(0, x));
    let mut run = Run::new(tree, 0.005, 6.3);
    let (mut at_near, mut at_far) = (vec![], vec![]);
    for _ in 0..50_000 {
        run.step(near, 100.0);
        at_near.extend(run.crossing(&near, 0.0));
        at_far.extend(run.crossing(&far, 0.0));
    }
    println!(
        "rallpack 3: near {} {:?}, far {} {:?}",
        at_near[0] - 1.306_243_056_81,
        at_near[17] - 248.518_613_799,
        at_far[0] - 4.070_791_284_91,
        at_far[16] - 236.677_387_705
    );
    assert_eq!((at_near.len(), at_far.len()), (18, 17));
    assert!((at_far[0] - 4.070_791_284_91).abs() < 1e-3 && (at_far[16] - 236.677_387_705).abs() < 0.01);
    assert!((at_near[17] - 248.518_613_799).abs() < 0.01);
}

/// A ring of ten cells with dendrites and exponential synapses (reference: CVODE at tolerance 1e-8; Arbor extrapolates to 17 us
/// less): an arrival within a step acts through its mean over the step.
#[test]
fn ring_of_ten_cells() {
    let dt = 0.025;
    let (tree, cells) = (ring_cell(), 10);
    let soma = tree.place(0, 0.5);
    let mut block = Block::new(Arc::new(tree), cells, dt, 6.3, &[]);
    (0..cells).for_each(|lane| block.initialise(lane, -65.0));
    let (decay, tau, weight) = ((-dt / 2.0f64).exp(), 2.0, 10.0);
    let mut g = vec![0.0; cells];
    let mut arrivals = vec![(1.0f64, 0usize)];
    let mut spikes: Vec<(f64, usize)> = vec![];
    for k in 0..(200.0 / dt) as usize {
        let mut load = Load::none(soma);
        load.conductance = STAGE_TIMES.map(|time| g.iter().map(|g| g * (-time * dt / tau).exp()).collect());
        g.iter_mut().for_each(|g| *g *= decay);
        for &(time, lane) in arrivals.iter().filter(|(time, _)| (*time / dt) >= k as f64 && *time / dt < k as f64 + 1.0)
        {
            let rest = (k as f64 + 1.0) * dt - time;
            let whole = g[lane] / decay * tau * (1.0 - decay) + weight * tau * (1.0 - (-rest / tau).exp());
            g[lane] += weight * (-rest / tau).exp();
            load.conductance.iter_mut().for_each(|stage| stage[lane] = whole / dt);
        }
        step(&mut [&mut block], &[&[load]], &[], &mut Workspace::without_gaps());
        for lane in 0..cells {
            let [v_k, v_before] = block.voltages_before(&soma, lane);
            if let Some(fraction) = crossing_fraction(v_before, v_k, block.voltage(&soma, lane), 10.0) {
                spikes.push(((k as f64 + fraction) * dt, lane));
                arrivals.push(((k as f64 + fraction) * dt + 5.0, (lane + 1) % cells));
            }
        }
    }
    println!(
        "ring: {} spikes, first {:+.2e}, last {:+.2e}",
        spikes.len(),
        spikes[0].0 - 2.070_072_588_85,
        spikes[32].0 - 196.327_974_415
    );
    assert_eq!(spikes.len(), 33);
    assert!((spikes[32].0 - 196.327_974_415).abs() < 0.02, "the reference's own uncertainty, half a microsecond a hop");
}

/// A soma with squid channels and passive dendrites: 2, 4 and 8 branches.
fn ring_cell() -> Tree {
    let mut sections = vec![section(None, 12.6157, 12.6157, 1)];
    sections[0].mechanisms = vec![(HH, SQUID.to_vec())];
    let mut parents = vec![0];
    for (length, compartments) in [(200.0, 20), (110.0, 11), (20.0, 2)] {
        let mut ends = vec![];
        for parent in parents {
            for _ in 0..2 {
                let mut dendrite = section(Some((parent, 1.0)), length, 1.0, compartments);
                dendrite.mechanisms = vec![(PASSIVE, vec![1.0, -65.0])];
                ends.push(sections.len());
                sections.push(dendrite);
            }
        }
        parents = ends;
    }
    Tree::new(&sections)
}

/// Two squid membranes of 1000 um^2 and a gap junction (DOP853): the last spikes of both.
#[test]
fn gap_junctions_between_squid_membranes() {
    for (temperature, conductance, currents, stop, expected) in [
        (6.3, 2.0, [100.0, 80.0], 100.0, [(7, 97.088_212_955_6), (7, 97.738_786_983_1)]),
        (12.0, 1.0, [150.0, 0.0], 40.0, [(5, 38.057_047_048), (1, 8.793_464_473_23)]),
    ] {
        for dt in [0.05, 0.025, 0.0125] {
            let spikes = pair_spikes(dt, temperature, conductance, currents, stop);
            for (cell, (count, last)) in expected.iter().enumerate() {
                assert_eq!(spikes[cell].len(), *count);
                let error = spikes[cell][count - 1] - last;
                println!("gap {temperature} degC, dt {dt}, cell {cell}: {error:+.2e} ms");
                assert!(error.abs() < 0.05 * (dt / 0.05).powi(2), "order 2");
            }
        }
    }
}

fn pair_spikes(dt: f64, temperature: f64, conductance: f64, currents: [f64; 2], stop: f64) -> [Vec<f64>; 2] {
    let tree = Arc::new(Tree::point(1000.0, 1.0, vec![(HH, SQUID.to_vec())]));
    let place = tree.place(0, 0.5);
    let mut blocks = [0, 1].map(|_| Block::new(tree.clone(), 1, dt, temperature, &[]));
    blocks.iter_mut().for_each(|block| block.initialise(0, -65.0));
    let gaps = [Gap { a: (0, 0, place), b: (1, 0, place), conductance }];
    let mut workspace = Workspace::new(&gaps, 1).expect("one gap");
    let mut spikes = [vec![], vec![]];
    for k in 0..(stop / dt).round() as usize {
        let on = if k >= (5.0 / dt).round() as usize { 1.0 } else { 0.0 };
        let loads = currents.map(|current| [Load { current: vec![on * current], ..Load::none(place) }]);
        let [a, b] = &mut blocks;
        step(&mut [a, b], &[&loads[0], &loads[1]], &gaps, &mut workspace);
        for (block, spikes) in blocks.iter().zip(&mut spikes) {
            let [v_k, v_before] = block.voltages_before(&place, 0);
            spikes.extend(
                crossing_fraction(v_before, v_k, block.voltage(&place, 0), 0.0)
                    .map(|fraction| (k as f64 + fraction) * dt),
            );
        }
    }
    spikes
}
