//! The solver against the theory of passive cables, and what it must conserve.

use super::tree::tests::section;
use super::*;
use std::f64::consts::PI;
use std::sync::Arc;

const HH: usize = 0;
const PASSIVE: usize = 1;
const SQUID: [f64; 6] = [120.0, 50.0, 36.0, -77.0, 0.3, -54.3];

/// 4 ohm m^2: tau = 40 ms with 1 uF/cm^2.
const RALLPACK_LEAK: f64 = 0.025;

fn passive(parent: Option<(usize, f64)>, length: f64, diameter: f64, compartments: usize) -> SectionSpec {
    SectionSpec {
        mechanisms: vec![(PASSIVE, vec![RALLPACK_LEAK, -65.0])],
        ..section(parent, length, diameter, compartments)
    }
}

fn block(sections: &[SectionSpec], dt: f64) -> Block {
    let mut block = Block::new(Arc::new(Tree::new(sections)), 1, dt, 6.3, &[]);
    block.initialise(0, -65.0);
    block
}

fn drive(block: &mut Block, place: Place, current: f64) {
    let load = Load { current: vec![current], ..Load::none(place) };
    step(&mut [block], &[&[load]], &[], &mut Workspace::without_gaps());
}

/// V of a sealed cable (Jack, Noble & Tsien 1975, chapter 4) under a current (pA) into x = 0 from t = 0; lengths in length constants,
/// time in time constants, resistance of the infinite cable in Gohm.
fn sealed_cable(length: f64, x: f64, time: f64, resistance: f64, current: f64) -> f64 {
    let mut v = (length - x).cosh() / length.sinh() - (-time).exp() / length;
    for n in 1..4000 {
        let k = n as f64 * PI / length;
        v -= 2.0 / length * (k * x).cos() * (-(1.0 + k * k) * time).exp() / (1.0 + k * k);
    }
    -65.0 + v * resistance * current
}

/// RMS error over 250 ms, relative to the largest V, at two places.
fn rallpack_error(mut block: Block, places: [Place; 2], length: f64, resistance: f64, dt: f64) -> [f64; 2] {
    let (mut squares, mut largest, mut samples) = ([0.0; 2], [0.0f64; 2], 0.0);
    let every = (1.0 / dt) as usize;
    for k in 1..=(250 * every) {
        drive(&mut block, places[0], 100.0);
        if k % every == 0 {
            samples += 1.0;
            for (end, x) in [0.0, length].into_iter().enumerate() {
                let expected = sealed_cable(length, x, k as f64 * dt / 40.0, resistance, 100.0);
                squares[end] += (block.voltage(&places[end], 0) - expected).powi(2);
                largest[end] = largest[end].max(expected.abs());
            }
        }
    }
    [0, 1].map(|end| (squares[end] / samples).sqrt() / largest[end])
}

/// lambda = sqrt(d / (4 R_a g_L)) (um) and R = 4 R_a lambda / (pi d^2) (Gohm), R_a 100 ohm cm.
fn length_constant_and_resistance(diameter: f64) -> (f64, f64) {
    let lambda = (diameter * 1e-4 / (4.0 * 100.0 * RALLPACK_LEAK * 1e-3)).sqrt() * 1e4;
    (lambda, 4.0 * 100.0 * (lambda * 1e-4) / (PI * diameter * diameter * 1e-8) * 1e-9)
}

#[test]
fn rallpack_1() {
    let (lambda, resistance) = length_constant_and_resistance(1.0);
    let expected = sealed_cable(1000.0 / lambda, 0.0, 250.0 / 40.0, resistance, 100.0);
    assert!((expected - 101.935_051_858).abs() < 1e-6, "the published value");
    let block = block(&[passive(None, 1000.0, 1.0, 1000)], 0.05);
    let places = [0.0, 1.0].map(|x| block.tree().place(0, x));
    let errors = rallpack_error(block, places, 1000.0 / lambda, resistance, 0.05);
    println!("rallpack 1: RMS {errors:?}");
    assert!(errors.iter().all(|error| *error < 1e-5), "{errors:?}: dt^2 and the current's onset");
}

/// 1023 branches under the 3/2 power law, equivalent to a cylinder of 320 um x 16 um.
#[test]
fn rallpack_2() {
    let mut sections = vec![passive(None, 32.0, 16.0, 1)];
    for index in 1..1023usize {
        let level = (index + 1).ilog2() as f64;
        let (length, diameter) = (32.0 * 2f64.powf(-level / 3.0), 16.0 * 2f64.powf(-level * 2.0 / 3.0));
        sections.push(passive(Some(((index - 1) / 2, 1.0)), length, diameter, 1));
    }
    let (lambda, resistance) = length_constant_and_resistance(16.0);
    let block = block(&sections, 0.05);
    let places = [block.tree().place(0, 0.0), block.tree().place(1022, 1.0)];
    let errors = rallpack_error(block, places, 320.0 / lambda, resistance, 0.05);
    println!("rallpack 2: RMS {errors:?}");
    assert!(errors.iter().all(|error| *error < 1e-5), "{errors:?}: dt^2 and dx^2");
}

#[test]
fn resting_finds_the_steady_state_of_a_passive_cable() {
    let (lambda, resistance) = length_constant_and_resistance(1.0);
    let mut block = block(&[passive(None, 1000.0, 1.0, 500)], 0.1);
    let places = [0.0, 0.3, 1.0].map(|x| block.tree().place(0, x));
    assert!(block.resting(0, &[(places[0], 10.0)]));
    for (place, x) in places.iter().zip([0.0, 0.3, 1.0]) {
        let expected = sealed_cable(1000.0 / lambda, x * 1000.0 / lambda, 1e3, resistance, 10.0);
        assert!((block.voltage(place, 0) - expected).abs() < 2e-5, "dx^2");
    }
}

/// The exact rest of the squid membrane with these parameters, to the reference's 1e-7 mV, is a fixed point of the solver.
#[test]
fn squid_membrane_rests() {
    let tree = Tree::point(1000.0, 1.0, vec![(HH, SQUID.to_vec())]);
    let place = tree.place(0, 0.5);
    let mut block = Block::new(Arc::new(tree), 1, 0.025, 6.3, &[]);
    block.initialise(0, -60.0);
    assert!(block.resting(0, &[]));
    assert!((block.voltage(&place, 0) + 64.974_052_5).abs() < 1e-7);
    assert!(block.mechanism_current(HH, None, &place, 0).abs() < 1e-9);
    (0..1000).for_each(|_| drive(&mut block, place, 0.0));
    assert!((block.voltage(&place, 0) + 64.974_052_5).abs() < 1e-7);
    let fastest = block.fastest_time_constant(0);
    assert!(fastest > 0.2 && fastest < 0.25, "tau_m at rest is 0.237 ms: {fastest}");
}

/// Halving dt divides the error by four, in a branched cable under a step of current.
#[test]
fn passive_branch_converges_to_second_order() {
    let sections = [
        passive(None, 200.0, 2.0, 5),
        passive(Some((0, 1.0)), 300.0, 1.0, 6),
        passive(Some((0, 0.37)), 100.0, 0.5, 3),
        passive(Some((0, 0.0)), 50.0, 1.0, 1),
    ];
    let v = |dt: f64| {
        let mut block = block(&sections, dt);
        let [at, far] = [block.tree().place(2, 0.9), block.tree().place(1, 1.0)];
        (0..(8.0 / dt).round() as usize).for_each(|_| drive(&mut block, at, 50.0));
        [block.voltage(&at, 0), block.voltage(&far, 0)]
    };
    let [coarse, middle, fine] = [0.2, 0.1, 0.05].map(v);
    for i in 0..2 {
        let ratio = (coarse[i] - middle[i]) / (middle[i] - fine[i]);
        println!("order: ratio {ratio}");
        assert!((3.5..4.5).contains(&ratio), "{ratio}");
    }
}

/// After a step of current at a node without area and onto a stiff compartment, V approaches its steady state from one side.
#[test]
fn nothing_rings_at_an_edge() {
    let mut block = block(&[passive(None, 20.0, 5.0, 20), passive(Some((0, 0.5)), 1.0, 0.2, 1)], 0.1);
    let places = [block.tree().place(0, 0.0), block.tree().place(1, 0.5), block.tree().place(1, 1.0)];
    for place in places {
        let mut last = block.voltage(&place, 0);
        for k in 0..50 {
            drive(&mut block, place, 10.0);
            let v = block.voltage(&place, 0);
            assert!(v > last, "step {k}: {v} after {last}");
            last = v;
        }
        (0..200_000).for_each(|_| drive(&mut block, place, 0.0));
    }
}

#[test]
fn a_charge_stays_whole_wherever_it_is_put() {
    let sections = [
        section(None, 100.0, 2.0, 3),
        section(Some((0, 1.0)), 50.0, 1.0, 2),
        section(Some((0, 1.0)), 50.0, 1.5, 2),
        section(Some((0, 0.45)), 20.0, 1.0, 1),
    ];
    for (index, x) in [(0, 0.0), (0, 1.0), (0, 0.45), (1, 0.1), (2, 1.0), (3, 0.3), (0, 0.47)] {
        let mut block = block(&sections, 0.025);
        let place = block.tree().place(index, x);
        let charge =
            |block: &Block| -> f64 { block.v.iter().zip(&block.capacitance).map(|(v, c)| (v + 65.0) * c).sum() };
        block.add_charge(&place, 0, 3.0);
        assert!((charge(&block) - 3.0).abs() < 1e-12);
        (0..100).for_each(|_| drive(&mut block, place, 0.0));
        assert!((charge(&block) - 3.0).abs() < 1e-11, "without a leak it stays: float sum order");
    }
}

/// A conductance between two nodes is the same as one in the equations of the whole matrix: a clamp far stronger than the cable
/// holds V there.
#[test]
fn a_conductance_between_nodes_acts_at_the_point() {
    let mut block = block(&[passive(None, 100.0, 1.0, 4)], 0.025);
    let place = block.tree().place(0, 0.45);
    let load = Load { conductance: [vec![1e9], vec![1e9]], drive: [vec![-2e10], vec![-2e10]], ..Load::none(place) };
    for _ in 0..10 {
        step(&mut [&mut block], &[std::slice::from_ref(&load)], &[], &mut Workspace::without_gaps());
        assert!((block.voltage(&place, 0) + 20.0).abs() < 1e-4, "cable current over 1e9 nS");
    }
}

/// Two passive points of 100 pF and 10 nS with a gap of 2 nS: coupling coefficient g / (g + g_L).
#[test]
fn gap_between_passive_points() {
    let area = 10_000.0;
    let tree = Arc::new(Tree::point(area, 1.0, vec![(PASSIVE, vec![0.1, -65.0])]));
    let place = tree.place(0, 0.5);
    let mut both = Block::new(tree, 2, 0.1, 6.3, &[]);
    (0..2).for_each(|lane| both.initialise(lane, -65.0));
    let gaps = [Gap { a: (0, 0, place), b: (0, 1, place), conductance: 2.0 }];
    let mut workspace = Workspace::new(&gaps, 1).expect("one gap");
    let load = Load { current: vec![100.0, 0.0], ..Load::none(place) };
    for k in 1..=5000 {
        step(&mut [&mut both], &[std::slice::from_ref(&load)], &gaps, &mut workspace);
        let [v1, v2] = [0, 1].map(|lane| both.voltage(&place, lane) + 65.0);
        let t = k as f64 * 0.1;
        let (common, difference) = (5.0 * (1.0 - (-t / 10.0).exp()), 100.0 / 28.0 * (1.0 - (-t * 0.14).exp()));
        assert!((v1 - common - difference).abs() < 1e-4 && (v2 - common + difference).abs() < 1e-4, "dt^2");
    }
    let [v1, v2] = [0, 1].map(|lane| both.voltage(&place, lane) + 65.0);
    assert!((v2 / v1 - 1.0 / 6.0).abs() < 1e-12);
    assert!((gaps[0].current(&[&both]) - 2.0 * (v1 - v2)).abs() < 1e-12);
}

/// Many gap junctions between branched cells without a leak: no charge is lost, and all come to one potential.
#[test]
fn gaps_conserve_charge() {
    let sections =
        [section(None, 100.0, 2.0, 3), section(Some((0, 1.0)), 50.0, 1.0, 2), section(Some((0, 0.4)), 50.0, 1.5, 2)];
    let tree = Arc::new(Tree::new(&sections));
    let mut blocks = [3, 2].map(|lanes| Block::new(tree.clone(), lanes, 0.025, 6.3, &[]));
    let mut charge = 0.0;
    for (b, block) in blocks.iter_mut().enumerate() {
        for lane in 0..block.lanes() {
            let v = -60.0 + 7.0 * (b * 3 + lane) as f64;
            block.initialise(lane, v);
            charge += v * tree.total_capacitance();
        }
    }
    let at = |section, x| tree.place(section, x);
    let cells = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1)];
    let mut gaps = vec![];
    for i in 0..5 {
        for (j, x) in [((i + 1) % 5, 0.3), ((i + 2) % 5, 1.0)] {
            let [a, b] = [i, j].map(|cell: usize| cells[cell]);
            gaps.push(Gap { a: (a.0, a.1, at(1, x)), b: (b.0, b.1, at(2, 0.2)), conductance: 5.0 });
        }
    }
    let mut workspace = Workspace::new(&gaps, tree.nodes()).expect("ten gaps");
    for _ in 0..20_000 {
        let [a, b] = &mut blocks;
        step(&mut [a, b], &[&[], &[]], &gaps, &mut workspace);
    }
    let sum: f64 = blocks.iter().flat_map(|block| block.v.iter().zip(&block.capacitance)).map(|(v, c)| v * c).sum();
    assert!((sum / charge - 1.0).abs() < 1e-11, "float sum order over 40 000 solves");
    let mean = charge / (5.0 * tree.total_capacitance());
    assert!(blocks.iter().flat_map(|block| &block.v).all(|v| (v - mean).abs() < 1e-6));
}

/// A cell among others computes what it computes alone, and drawn parameters reach their lane.
#[test]
fn lanes_do_not_see_each_other() {
    let mut sections = [section(None, 30.0, 10.0, 2), section(Some((0, 1.0)), 300.0, 1.0, 7)];
    sections.iter_mut().for_each(|section| section.mechanisms = vec![(HH, SQUID.to_vec())]);
    let tree = Arc::new(Tree::new(&sections));
    let place = tree.place(0, 0.5);
    let run = |lanes: usize, values: Vec<f64>, currents: Vec<f64>| {
        let what = Overridden::Mechanism { mechanism: HH, parameter: 0, section: Some(0) };
        let capacitance = Override {
            what: Overridden::Capacitance { section: None },
            values: values.iter().map(|g| g / 100.0).collect(),
        };
        let mut block = Block::new(tree.clone(), lanes, 0.025, 6.3, &[Override { what, values }, capacitance]);
        (0..lanes).for_each(|lane| block.initialise(lane, -65.0));
        let load = Load { current: currents, ..Load::none(place) };
        (0..400)
            .for_each(|_| step(&mut [&mut block], &[std::slice::from_ref(&load)], &[], &mut Workspace::without_gaps()));
        (0..lanes).map(|lane| block.voltage(&place, lane)).collect::<Vec<_>>()
    };
    let together = run(3, vec![100.0, 120.0, 140.0], vec![50.0, 200.0, 300.0]);
    for (lane, (g, current)) in [(100.0, 50.0), (120.0, 200.0), (140.0, 300.0)].into_iter().enumerate() {
        assert_eq!(run(1, vec![g], vec![current])[0], together[lane], "bit for bit");
    }
}

#[test]
fn too_many_gaps_are_refused_and_a_chain_is_not() {
    let place = Tree::point(1.0, 1.0, vec![]).place(0, 0.5);
    let gap = |a, b| Gap { a: (0, a, place), b: (0, b, place), conductance: 1.0 };
    let star: Vec<Gap> = (1..600).map(|cell| gap(0, cell)).collect();
    assert_eq!(Workspace::new(&star, 1).err().map(|error| error.gaps), Some(599));
    let chain: Vec<Gap> = (1..5000).map(|cell| gap(cell - 1, cell)).collect();
    assert!(Workspace::new(&chain, 1).is_ok());
}
