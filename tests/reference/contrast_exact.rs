//! The spiking digits network whose every sum is exact: each spike count must be the reference's, whatever the order.
//!
//! Weights are multiples of 1/4096 and inputs of 1/16, so no rounding occurs (a separate float64 simulation in numpy;
//! SpikingJelly and sinabs give the same counts). The data: the first 60 of the hard split's 360 test images.

use super::contrast_data::{Archive, exact_layers, test_images};
use axonal::contrast::layered::network::{Neurons, Wired};
use axonal::contrast::layered::spiking::{Input, Run, Spiked, run};
use axonal::contrast::plan::{InputCode, Readout, Reset};
use axonal::engine::layers::SpikeBits;

fn wired(initial: f64) -> Wired {
    Wired::new(Neurons::units(1.0, Reset::Subtract, initial, 0.0), exact_layers(), 1.0)
}

fn simulate(input: Input, initial: f64, steps: usize, threads: usize) -> Spiked {
    let how = Run { steps, readout: Readout::Current, seed: 1, threads: Some(threads), shown: Some(3) };
    run(&wired(initial), input, how, &mut |_, _| false).unwrap().unwrap()
}

#[test]
fn every_neuron_of_every_sample_counts_the_same() {
    let expected = Archive::open("snn_exact_counts_60.npz");
    let (x, _) = test_images(60);
    for (name, initial, code) in
        [("vhalf", 0.5, InputCode::Current), ("v0", 0.0, InputCode::Current), ("regular", 0.5, InputCode::Regular)]
    {
        for steps in [16, 64, 256] {
            let seen = simulate(Input::Values(&x, code, initial), initial, steps, 2);
            for (number, layer) in seen.layers.iter().enumerate() {
                let counts = expected.integers(&format!("{name}_T{steps}_L{}", number + 1));
                assert_eq!(layer.counts, counts, "{name}, {steps} steps, layer {}", number + 1);
            }
        }
    }
}

#[test]
fn every_spike_of_a_sample_is_in_its_step() {
    let expected = Archive::open("snn_exact_counts_60.npz");
    let (x, _) = test_images(4);
    let seen = simulate(Input::Values(&x, InputCode::Current, 0.5), 0.5, 64, 1);
    for (number, layer) in seen.layers.iter().enumerate() {
        let all = expected.integers(&format!("raster_vhalf_L{}", number + 1));
        let shown = all.chunks_exact(3).filter(|spike| spike[0] == 3).map(|spike| (spike[1], spike[2]));
        let mut raster = layer.raster.clone();
        raster.sort_unstable();
        assert_eq!(raster, shown.collect::<Vec<_>>(), "layer {}", number + 1);
    }
}

#[test]
fn decisions_and_the_current_they_rest_on() {
    let expected = Archive::open("snn_exact_counts_60.npz");
    let (x, _) = test_images(60);
    let seen = simulate(Input::Values(&x, InputCode::Current, 0.5), 0.5, 256, 2);
    assert_eq!(seen.totals, expected.floats("acc_T256"));
    let decided = expected.integers("pred_t");
    for (step, decisions) in seen.decisions.iter().enumerate() {
        let wanted: Vec<u32> = decided.iter().skip(step).step_by(256).copied().collect();
        assert_eq!(decisions.iter().map(|class| u32::from(*class)).collect::<Vec<_>>(), wanted, "step {step}");
    }
}

#[test]
fn given_input_spikes() {
    let given = Archive::open("snn_exact_poisson_given.npz");
    let (steps, samples, inputs) = (given.integers("step"), given.integers("sample"), given.integers("input"));
    let mut spikes = SpikeBits::none(64, 16, 64);
    for ((step, sample), input) in steps.iter().zip(&samples).zip(&inputs) {
        spikes.set(*sample as usize, *step as usize, *input as usize);
    }
    let seen = simulate(Input::Spikes(&spikes), 0.5, 64, 2);
    for (number, layer) in seen.layers.iter().enumerate() {
        assert_eq!(layer.counts, given.integers(&format!("counts_L{}", number + 1)), "layer {}", number + 1);
    }
}

#[test]
fn the_same_for_any_number_of_threads() {
    let (x, _) = test_images(60);
    let of = |threads| simulate(Input::Values(&x, InputCode::Poisson, 0.5), 0.5, 32, threads);
    let one = of(1);
    for threads in [2, 3, 7] {
        let more = of(threads);
        assert!(one.layers.iter().zip(&more.layers).all(|(a, b)| a.counts == b.counts), "{threads} threads");
        assert_eq!(one.decisions, more.decisions, "{threads} threads");
    }
}
