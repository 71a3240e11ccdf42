//! What a decision costs: spikes that cross synapses against multiplications, and the energy of either.
//!
//! A spike adds a weight to each neuron that it reaches: a synaptic operation is one addition. A unit of numbers
//! multiplies and adds for every weight, whatever the number. Energies are those of arithmetic in a 45 nm process at
//! 0.9 V (Horowitz 2014, "Computing's energy problem", ISSCC, figure 1.1.9): for 32-bit floats 3.7 pJ a multiplication
//! and 0.9 an addition, for 8-bit integers 0.2 and 0.03. The two codes are compared at equal precision.

use crate::contrast::seen::{Column, LayerSeen};

use super::measures;

/// pJ of one operation.
#[derive(Clone, Copy, Debug)]
pub struct Precision {
    pub mac: f64,
    pub ac: f64,
}

pub const FLOAT32: Precision = Precision { mac: 3.7 + 0.9, ac: 0.9 };
pub const INT8: Precision = Precision { mac: 0.2 + 0.03, ac: 0.03 };

/// What the figures rest on.
pub const ASSUMPTIONS: &[&str] = &[
    "Energy of arithmetic alone, 45 nm (Horowitz 2014): a multiply-accumulate takes 4.6 pJ with 32-bit floats (3.7 + \
     0.9) and 0.23 pJ with 8-bit integers (0.2 + 0.03), an accumulate 0.9 and 0.03 pJ.",
    "Both codes are compared at equal precision.",
    "Memory traffic is left out. On real hardware it outweighs arithmetic: reading 32 bits takes 5 pJ from a small \
     cache and over 1 nJ from DRAM.",
    "A synaptic operation is one accumulate for every synapse that a spike reaches: spikes x fan-out, the input's too \
     where it spikes. Spikes of the output layer reach no synapse.",
    "An input layer that takes numbers multiplies: its multiply-accumulates are counted apart and paid before the \
     first step.",
    "The neurons' own updates (one addition a neuron and step) and biases are a second figure, not part of the first.",
    "The ReLU network multiplies every weight, also with activations that are 0.",
];

/// For one sample, over the whole run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cost {
    pub input_spikes: f64,
    /// Of the layers and the input.
    pub spikes: f64,
    pub synops: f64,
    pub macs: f64,
    /// Additions that the neurons of the layers need, spikes or not.
    pub updates: f64,
}

impl Cost {
    /// nJ of synaptic operations and multiply-accumulates.
    pub fn energy(&self, precision: Precision) -> f64 {
        (self.synops * precision.ac + self.macs * precision.mac) / 1000.0
    }

    /// nJ of the neurons' updates.
    pub fn energy_of_updates(&self, precision: Precision) -> f64 {
        self.updates * precision.ac / 1000.0
    }
}

fn spiking(column: &Column) -> impl Iterator<Item = &LayerSeen> {
    column.input.iter().chain(&column.layers)
}

pub fn cost(column: &Column, samples: usize) -> Cost {
    let each = |total: u64| if samples == 0 { 0.0 } else { total as f64 / samples as f64 };
    let neurons: usize = column.layers.iter().map(|layer| layer.size).sum();
    Cost {
        input_spikes: each(column.input.iter().map(measures::spikes).sum()),
        spikes: each(spiking(column).map(measures::spikes).sum()),
        synops: each(spiking(column).map(|layer| measures::spikes(layer) * layer.fan_out as u64).sum()),
        macs: column.macs,
        updates: neurons as f64 * column.steps as f64,
    }
}

/// `[step]`: nJ that one sample has taken by the end of it. Layers are counted in their own windows.
pub fn energy_vs_time(column: &Column, samples: usize, precision: Precision) -> Vec<f64> {
    let mut synops = 0;
    let by = |step: usize| {
        let at = |layer: &LayerSeen| layer.spikes_at.get(step).copied().unwrap_or(0) * layer.fan_out as u64;
        synops += spiking(column).map(at).sum::<u64>();
        (synops as f64 / samples.max(1) as f64 * precision.ac + column.macs * precision.mac) / 1000.0
    };
    (0..column.steps).map(by).collect()
}

/// The first step (from 1) by whose end more than `limit` nJ are spent; None if it never is.
pub fn break_even(energy: &[f64], limit: f64) -> Option<usize> {
    energy.iter().position(|spent| *spent > limit).map(|step| step + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2 samples, 3 steps: an input of 2 and layers of 3 and 2.
    fn column() -> Column {
        let layer = |size, fan_out, counts: &[u32], spikes_at: &[u64]| LayerSeen {
            size,
            fan_out,
            counts: counts.to_vec(),
            spikes_at: spikes_at.to_vec(),
            ..LayerSeen::default()
        };
        Column {
            steps: 3,
            input: Some(layer(2, 3, &[1, 2, 0, 1], &[2, 1, 1])),
            layers: vec![layer(3, 2, &[1, 0, 2, 3, 0, 0], &[1, 2, 3]), layer(2, 0, &[1, 1, 0, 0], &[0, 1, 1])],
            ..Column::default()
        }
    }

    #[test]
    fn operations_are_spikes_times_fan_out() {
        // Spikes: 4 + 6 + 2 of two samples; operations (4 x 3 + 6 x 2 + 0) / 2; updates (3 + 2) x 3.
        let found = cost(&column(), 2);
        assert_eq!(found, Cost { input_spikes: 2.0, spikes: 6.0, synops: 12.0, macs: 0.0, updates: 15.0 });
    }

    #[test]
    fn energies_are_those_of_horowitz() {
        let found = Cost { synops: 1000.0, macs: 100.0, updates: 500.0, ..Cost::default() };
        assert!((found.energy(FLOAT32) - (0.9 + 0.46)).abs() < 1e-12, "rounding");
        assert!((found.energy(INT8) - (0.03 + 0.023)).abs() < 1e-12, "rounding");
        assert!((found.energy_of_updates(FLOAT32) - 0.45).abs() < 1e-12, "rounding");
    }

    #[test]
    fn energy_adds_up_step_by_step_to_the_whole() {
        let column = Column { macs: 10.0, ..column() };
        // Operations by step, both samples: 2 x 3 + 1 x 2 = 8, 3 + 4 = 7, 3 + 6 = 9.
        let energy = energy_vs_time(&column, 2, FLOAT32);
        let expected = [4.0, 7.5, 12.0].map(|synops| (synops * 0.9 + 46.0) / 1000.0);
        for (found, expected) in energy.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-15, "rounding");
        }
        assert!((energy[2] - cost(&column, 2).energy(FLOAT32)).abs() < 1e-15, "rounding");
    }

    #[test]
    fn even_is_not_yet_more() {
        assert_eq!(break_even(&[1.0, 2.0, 3.0], 2.0), Some(3));
        assert_eq!(break_even(&[1.0, 2.0], 2.0), None);
        assert_eq!(break_even(&[1.0], 0.5), Some(1));
    }
}
