//! Population rates in bins, counted while the run goes on: one row at a time is all that is kept.
//!
//! A bin is [t, t + every), at the run's end with this, so that no spike is lost; what is left
//! behind the last whole bin is not counted. A rate is in Hz: spikes / neurons / width.

use crate::engine::Spike;
use crate::error::Error;
use crate::network::{Network, Recorder};

/// What takes a row: the step at which its bin begins, and the rate of each column.
pub type Take<'t> = dyn FnMut(i64, &[f64]) -> Result<(), Error> + 't;

/// Which neurons of a population a column counts.
struct Column {
    number: usize,
    /// `None` for all.
    neurons: Option<Vec<bool>>,
}

/// The bins of one recorder. Times are steps.
pub struct Counting {
    start: i64,
    every: i64,
    bins: i64,
    /// The last bin ends with the run.
    to_the_end: bool,
    /// [population]
    columns: Vec<Vec<Column>>,
    /// Neurons times the width of a bin in ms, of each column.
    exposure: Vec<f64>,
    /// The bin being filled.
    bin: i64,
    counts: Vec<u64>,
    row: Vec<f64>,
}

impl Counting {
    /// Nothing, if the recorder counts nothing.
    pub fn new(network: &Network, recorder: &Recorder) -> Option<Counting> {
        if recorder.rates.is_empty() {
            return None;
        }
        let mut columns: Vec<Vec<Column>> = network.populations.iter().map(|_| vec![]).collect();
        let width_ms = network.time_ms(recorder.every);
        let mut exposure = Vec::new();
        for (number, counted) in recorder.rates.iter().enumerate() {
            let size = network.populations[counted.population].size;
            let mut neurons = vec![false; size];
            counted.neurons.iter().for_each(|&neuron| neurons[neuron as usize] = true);
            let neurons = (counted.neurons.len() < size).then_some(neurons);
            columns[counted.population].push(Column { number, neurons });
            exposure.push(counted.neurons.len().max(1) as f64 * width_ms);
        }
        Some(Counting {
            start: recorder.start,
            every: recorder.every,
            bins: ((recorder.stop - recorder.start) / recorder.every).max(0),
            to_the_end: recorder.stop >= network.steps,
            columns,
            bin: 0,
            counts: vec![0; exposure.len()],
            row: vec![0.0; exposure.len()],
            exposure,
        })
    }

    /// Counts a spike; spikes come in the order of their times. Rows that end before it go to `take`.
    pub fn spike(&mut self, spike: &Spike, take: &mut Take) -> Result<(), Error> {
        if spike.trigger != 0 || self.columns[spike.population as usize].is_empty() {
            return Ok(());
        }
        // A crossing lies before the grid point that it is stamped with.
        let since = spike.step - i64::from(spike.late > 0.0) - self.start;
        let at_the_end = self.to_the_end && spike.late <= 0.0 && since == self.bins * self.every;
        let bin = since.div_euclid(self.every) - i64::from(at_the_end);
        if bin < self.bin || bin >= self.bins {
            return Ok(());
        }
        self.pass(bin, take)?;
        for column in &self.columns[spike.population as usize] {
            let counts = column.neurons.as_ref().is_none_or(|neurons| neurons[spike.neuron as usize]);
            self.counts[column.number] += u64::from(counts);
        }
        Ok(())
    }

    /// Hands over the bins that lie whole before `step`, all spikes up to which have come.
    pub fn reached(&mut self, step: i64, take: &mut Take) -> Result<(), Error> {
        self.pass(((step - self.start).div_euclid(self.every)).min(self.bins), take)
    }

    /// Hands over the bins before `bin`.
    fn pass(&mut self, bin: i64, take: &mut Take) -> Result<(), Error> {
        while self.bin < bin {
            for ((rate, count), exposure) in self.row.iter_mut().zip(&mut self.counts).zip(&self.exposure) {
                // In this order whole numbers of ms are rounded once.
                *rate = std::mem::take(count) as f64 * 1e3 / exposure;
            }
            take(self.start + self.bin * self.every, &self.row)?;
            self.bin += 1;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Simulation;

    /// Two populations of 4 and 2 sources, and a recorder of 1 ms bins of a part of the first and all of the second.
    fn counting(window: &str) -> (Simulation, Counting) {
        let text = format!(
            "[run]\nduration = \"5 ms\"\ndt = \"0.5 ms\"\n[cell.s]\nmodel = \"poisson\"\nrate = \"1 Hz\"\n\
             [population.a]\ncell = \"s\"\nsize = 4\n[population.b]\ncell = \"s\"\nsize = 2\n\
             [recorder.r]\nof = [\"a[1..3]\", \"b\"]\nwhat = \"rate\"\nevery = \"1 ms\"\n{window}\n"
        );
        let simulation = Simulation::from_toml(&text).unwrap();
        let network = simulation.network();
        let counting = Counting::new(network, &network.recorders[0]).unwrap();
        (simulation, counting)
    }

    fn spike(step: i64, population: u32, neuron: u32, late: f64) -> Spike {
        Spike { step, population, neuron, late, trigger: 0 }
    }

    fn rows(window: &str, spikes: &[Spike]) -> Vec<(i64, f64, f64)> {
        let (_simulation, mut counting) = counting(window);
        let mut rows = vec![];
        let mut take = |step: i64, row: &[f64]| {
            rows.push((step, row[0], row[1]));
            Ok(())
        };
        spikes.iter().for_each(|spike| counting.spike(spike, &mut take).unwrap());
        counting.reached(10, &mut take).unwrap();
        rows
    }

    #[test]
    fn a_bin_begins_with_its_edge_and_the_last_ends_with_it() {
        // Steps of 0.5 ms, bins of two steps. One spike of two neurons in 1 ms: 500 Hz.
        let spikes =
            [spike(0, 1, 0, 0.0), spike(2, 1, 1, 0.1), spike(2, 1, 1, 0.0), spike(3, 0, 1, 0.0), spike(10, 1, 0, 0.0)];
        let expected = [(0, 0.0, 1000.0), (2, 500.0, 500.0), (4, 0.0, 0.0), (6, 0.0, 0.0), (8, 0.0, 500.0)];
        assert_eq!(rows("", &spikes), expected);
    }

    #[test]
    fn neurons_and_times_outside_are_not_counted() {
        // Neurons 0 and 3 of `a` are not selected; 1.0 to 3.5 ms holds two whole bins, to 3 ms, as which no spike counts.
        let window = "start = \"1 ms\"\nstop = \"3.5 ms\"";
        let spikes = [spike(1, 1, 0, 0.0), spike(2, 0, 0, 0.0), spike(4, 0, 3, 0.0), spike(6, 0, 2, 0.0)];
        assert_eq!(rows(window, &spikes), [(2, 0.0, 0.0), (4, 0.0, 0.0)]);
        assert_eq!(rows(window, &[spike(5, 0, 2, 0.0)]), [(2, 0.0, 0.0), (4, 500.0, 0.0)]);
        assert_eq!(rows(window, &[spike(7, 1, 0, 0.0)]), [(2, 0.0, 0.0), (4, 0.0, 0.0)]);
    }
}
