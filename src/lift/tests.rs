//! The loop against the single cell, and the meaning of refractoriness.

use super::block::Pass;
use super::*;
use crate::neurons::{adex::AdEx, lif::Lif};
use crate::num::bits::places;
use crate::num::dispatch::{Level, run_at};

/// 250 pF, 10 ms, threshold 15 mV above rest, refractory for 0.3 ms.
fn lif() -> Vec<f64> {
    vec![250.0, 10.0, 25.0, -70.0, -55.0, -70.0, 0.3, 0.0]
}

fn adex() -> Vec<f64> {
    vec![200.0, 10.0, -58.0, -50.0, 2.0, 0.0, -46.0, 120.0, 2.0, 100.0, 1.0, 0.0]
}

/// `n` copies, where cell i has `which` raised by i/1000.
fn varied(p: &[f64], n: usize, which: usize) -> Parameters {
    let column = |j: usize| (0..n).map(|i| p[j] + if j == which { i as f64 * 1e-3 } else { 0.0 }).collect();
    Parameters::Each((0..p.len()).map(column).collect())
}

/// Runs `n` cells for `steps` of 0.1 ms under currents that differ; bits of the state and all spikes.
fn run<M: NeuronModel>(
    parameters: Parameters,
    n: usize,
    conductance: bool,
    level: Option<Level>,
) -> (Vec<u64>, Vec<u32>) {
    let each = matches!(parameters, Parameters::Each(_));
    let refractory = vec![M::refractory_steps(&parameters.of(0), 0.1) as u32; if each { n } else { 1 }];
    let coefficients = (0..refractory.len()).map(|i| M::coefficients(&parameters.of(i), 0.1)).collect();
    let initial = M::initial(&parameters.of(0), None);
    let model = Lifted::<M> { parameters, each, coefficients, refractory };
    let mut columns: Vec<Vec<f64>> = initial.iter().map(|x| vec![*x; n]).collect();
    let (mut held, mut fired) = (Refractory::new(n), vec![0; n.div_ceil(64)]);
    let current: Vec<f64> = (0..n).map(|i| 300.0 + i as f64).collect();
    let g = vec![2.0; n];
    let drive = vec![-20.0; n];
    let jump: Vec<f64> = (0..n).map(|i| (i % 3) as f64 * 0.1).collect();
    let (g, drive): (&[f64], &[f64]) = if conductance { (&g, &drive) } else { (&[], &[]) };
    let input = Inputs { current: &current, conductance: g, drive, jump: &jump, chance: None };
    let mut spikes = vec![];
    for _ in 0..500 {
        let mut state: Vec<&mut [f64]> = columns.iter_mut().map(Vec::as_mut_slice).collect();
        match level {
            Some(level) => {
                let (state, held, fired) = (&mut state[..], held.words(), &mut fired[..]);
                run_at(level, Pass { model: &model, range: 0..n, state, held, input, propagate: true, fired });
            }
            None => model.advance(0..n, &mut state, held.words(), &input, &mut fired),
        }
        held.pass();
        for cell in fired.iter().enumerate().flat_map(|(word, bits)| places(*bits).map(move |i| 64 * word + i)) {
            held.hold(cell, model.refractory(cell));
            spikes.push(cell as u32);
        }
    }
    (columns.iter().flatten().map(|x| x.to_bits()).collect(), spikes)
}

#[test]
fn every_level_gives_the_same_bits() {
    for conductance in [false, true] {
        let results = Level::ALL.map(|level| {
            let a = run::<Lif>(Parameters::Same(lif()), 203, conductance, Some(level));
            let b = run::<AdEx>(varied(&adex(), 203, 11), 203, conductance, Some(level));
            (a, b)
        });
        assert!(results[0].0.1.len() > 100 && results[0].1.1.len() > 100, "cells fire");
        assert!(results.iter().all(|result| *result == results[0]));
    }
}

#[test]
fn same_parameters_for_all_or_for_each_give_the_same_bits() {
    let each = |p: Vec<f64>| Parameters::Each(p.into_iter().map(|x| vec![x; 150]).collect());
    for conductance in [false, true] {
        let same = run::<AdEx>(Parameters::Same(adex()), 150, conductance, None);
        assert_eq!(same, run::<AdEx>(each(adex()), 150, conductance, None));
        let same = run::<Lif>(Parameters::Same(lif()), 150, conductance, None);
        assert_eq!(same, run::<Lif>(each(lif()), 150, conductance, None));
    }
}

#[test]
fn a_block_is_a_loop_over_single_cells() {
    let n = 130;
    let (bits, spikes) = run::<AdEx>(varied(&adex(), n, 11), n, true, None);
    for cell in [0, 63, 64, 129] {
        let p = varied(&adex(), n, 11).of(cell);
        let c = AdEx::coefficients(&p, 0.1);
        let (mut state, mut held, mut count) = (AdEx::initial(&p, None), 0, 0);
        for _ in 0..500 {
            if held > 0 {
                AdEx::propagate_clamped(&c, &mut state);
                held -= 1;
                continue;
            }
            let input = Input { current: 300.0 + cell as f64, conductance: 2.0, drive: -20.0 };
            AdEx::propagate_with_conductance(&c, &mut state, input);
            state[0] += (cell % 3) as f64 * 0.1;
            if AdEx::fires(&c, &state) {
                AdEx::reset(&c, &mut state);
                (held, count) = (10, count + 1);
            }
        }
        assert_eq!([bits[cell], bits[n + cell]], [state[0].to_bits(), state[1].to_bits()]);
        assert_eq!(spikes.iter().filter(|spike| **spike == cell as u32).count(), count);
    }
}

#[test]
fn refractoriness_holds_v_and_drops_jumps() {
    let kernel = lift::<Lif>(Parameters::Same(lif()), 0.1);
    let (mut v, mut held, mut fired) = ([-70.0, -70.0], Refractory::new(2), [0]);
    kernel.start(7..9, &mut [&mut v], held.words(), &Inputs { jump: &[0.0, 20.0], ..Inputs::default() }, &mut fired);
    assert_eq!((v, fired), ([-70.0, -70.0], [0b10]));
    held.hold(1, kernel.refractory(8));
    // Stamped 0 with t_ref of 3 steps: V_reset at samples 0, 1, 2, 3; jumps count again at 4.
    let current = [0.0, 500.0];
    let jump = [0.0, 5.0];
    for sample in 1..=4 {
        let input = Inputs { current: &current, jump: &jump, ..Inputs::default() };
        kernel.advance(7..9, &mut [&mut v], held.words(), &input, &mut fired);
        held.pass();
        assert_eq!((v[1] == -70.0, fired), (sample <= 3, [0]), "sample {sample}");
    }
    // R I (1 - exp(-dt/tau)) + jump, R = 40 MOhm.
    let exact = -70.0 + 20.0 * (1.0 - (-0.01_f64).exp()) + 5.0;
    assert!((v[1] - exact).abs() < 1e-13, "rounding");
    assert_eq!((kernel.refractory(8), kernel.tau_m(8), kernel.capacitance(8)), (3, Some(10.0), Some(250.0)));
}

#[test]
fn an_infinite_threshold_never_fires() {
    let mut p = lif();
    p[4] = f64::INFINITY;
    let kernel = lift::<Lif>(Parameters::Same(p), 0.1);
    let (mut v, mut fired) = ([0.0], [0]);
    let input = Inputs { jump: &[1e9], ..Inputs::default() };
    kernel.advance(0..1, &mut [&mut v], &[0], &input, &mut fired);
    assert!(fired == [0] && v[0] > 1e8);
}

/// More at once than are reset one by one.
#[test]
fn all_cells_of_a_block_may_fire() {
    let kernel = lift::<Lif>(Parameters::Same(lif()), 0.1);
    let (mut v, mut fired) = ([-70.0; 70], [0, 0]);
    let jump: Vec<f64> = (0..70).map(|i| if i % 3 == 0 { 1.0 } else { 100.0 }).collect();
    let input = Inputs { jump: &jump, ..Inputs::default() };
    kernel.advance(0..70, &mut [&mut v], &[1 << 10, 0], &input, &mut fired);
    for (i, v) in v.into_iter().enumerate() {
        let fires = i % 3 != 0 && i != 10;
        assert_eq!(fired[i / 64] >> (i % 64) & 1 == 1, fires, "{i}");
        assert_eq!(v, if fires || i == 10 { -70.0 } else { -69.0 }, "{i}");
    }
    assert_eq!(fired[1] >> 6, 0);
}
