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
    let expected = [6.896_664_683_83, 21.803_870_021_3, 36.439_014_437_3];
    let errors = [0.05, 0.025, 0.0125, 0.00625, 0.003125].map(|dt| largest_difference(&hh_point_spikes(dt, 10.0, 5.0, 50.0, 60.0, 6.3), &expected));
    println!("hh point 6.3: {errors:?}");
    let warm = [6.113_711_504_52, 10.599_177_813_3, 15.009_430_373_8, 19.415_544_403_7];
    let errors = [0.05, 0.025, 0.0125, 0.00625, 0.003125].map(|dt| largest_difference(&hh_point_spikes(dt, 15.0, 5.0, 20.0, 30.0, 18.5), &warm));
    println!("hh point 18.5: {errors:?}");
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

#[test]
fn squid_axon_velocity() {
    for (diameter, resistivity, temperature, expected) in [
        (476.0, 35.4, 18.5, 18.729_598_040_6), (238.0, 35.4, 18.5, 13.243_825_783_4), (100.0, 35.4, 18.5, 8.584_697_186_86),
        (1000.0, 35.4, 18.5, 27.147_196_133_3), (1.0, 100.0, 18.5, 0.510_771_447_222), (476.0, 35.4, 6.3, 12.312_321_494_8),
        (238.0, 35.4, 6.3, 8.706_126_021_1), (100.0, 35.4, 6.3, 5.643_343_304_59), (1000.0, 35.4, 6.3, 17.845_818_460_8),
        (1.0, 100.0, 6.3, 0.335_767_070_651), (476.0, 35.4, 10.0, 14.149_641_283_4), (238.0, 35.4, 10.0, 10.005_307_302_8),
        (100.0, 35.4, 10.0, 6.485_477_448_99), (1000.0, 35.4, 10.0, 20.508_880_452_5), (1.0, 100.0, 10.0, 0.385_872_283_021),
    ] {
        let errors = [0.025, 0.005].map(|dt| (velocity(dt, temperature, diameter, resistivity) / expected - 1.0) * 100.0);
        println!("{diameter} {resistivity} {temperature}: {errors:?} %");
    }
}
