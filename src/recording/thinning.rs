//! Spikes in memory: all of them, or as many as there is room for.
//!
//! A file can hold any number of spikes; pictures need few. While a run streams its spikes to disk, those of all recorded
//! neurons are kept until there is no room. Then, of the population with the most spikes in memory, every second neuron
//! is forgotten, and so on. What is kept of a neuron is its whole train, so intervals, correlations and rasters stay
//! true of the neurons kept; counts in bins are kept of all. The rule sees nothing but the spikes in their order, so a
//! run and a later reading of its file keep the same.

use super::SpikeTrains;

/// Spikes kept while a run writes them to disk: 24 MiB.
pub const ROOM: usize = 1 << 21;
/// Bins of all trains together.
const MOST_BINS: f64 = (1 << 20) as f64;

/// What stands for more spikes than there is room for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Thinned {
    /// Of the recorded neurons every so-many-th has its spikes here.
    pub stride: usize,
    /// Recorded spikes, all of them.
    pub total: u64,
    /// All of them in successive bins of `bin_ms` from 0.
    pub counts: Vec<u32>,
    pub bin_ms: f64,
}

impl SpikeTrains {
    /// The neurons whose spikes are here: the recorded ones, or some of them.
    pub fn kept(&self) -> impl Iterator<Item = usize> {
        self.recorded.iter().copied().step_by(self.stride())
    }

    /// 1 if all recorded neurons have their spikes here, 2 if every second, and so on.
    pub fn stride(&self) -> usize {
        self.thinned.as_ref().map_or(1, |thinned| thinned.stride.max(1))
    }

    /// Recorded spikes, here or in the file alone.
    pub fn total(&self) -> u64 {
        self.thinned.as_ref().map_or(self.times_ms.len() as u64, |thinned| thinned.total)
    }

    /// Spikes of all recorded neurons in the bins [low + k bin, low + (k + 1) bin) up to `high_ms`, which the last includes;
    /// it may be shorter than the others.
    pub fn counts(&self, low_ms: f64, high_ms: f64, bin_ms: f64) -> Vec<f64> {
        let bins = ((high_ms - low_ms) / bin_ms - 1e-6).ceil().max(1.0) as usize;
        let mut counts = vec![0.0; bins];
        let mut add = |time: f64, count: f64| {
            if (low_ms..=high_ms).contains(&time) {
                let bin = ((time - low_ms) / bin_ms + 1e-6) as usize;
                counts[bin.min(bins - 1)] += count;
            }
        };
        match &self.thinned {
            None => self.times_ms.iter().for_each(|&time| add(time, 1.0)),
            Some(thinned) => {
                // A bin counts where its middle is; the last of all also has the spikes at the very end.
                let last = thinned.counts.len().saturating_sub(1);
                let begins = |k: usize| k as f64 * thinned.bin_ms;
                let inside = |k: &usize| begins(*k) < high_ms - 1e-6 * thinned.bin_ms || *k == last;
                let middle = |k: usize| (begins(k) + 0.5 * thinned.bin_ms).min(high_ms.max(begins(k)));
                (0..thinned.counts.len()).filter(inside).for_each(|k| add(middle(k), f64::from(thinned.counts[k])));
            }
        }
        counts
    }
}

/// Takes spikes in the order of their times into trains, and thins these where there is no room.
pub struct Keeper {
    room: usize,
    kept: usize,
    trains: Vec<Keeping>,
    bin_ms: f64,
}

/// Of one train.
struct Keeping {
    /// [neuron]: its place among the recorded; of others `u32::MAX`.
    places: Vec<u32>,
    stride: usize,
    total: u64,
    counts: Vec<u32>,
}

impl Keeper {
    /// Keeps everything, and counts nothing.
    pub fn of_all() -> Keeper {
        Keeper { room: usize::MAX, kept: 0, trains: vec![], bin_ms: 1.0 }
    }

    /// Keeps `room` spikes of trains that last for `duration_ms`.
    pub fn new(trains: &[SpikeTrains], dt_ms: f64, duration_ms: f64, room: usize) -> Keeper {
        let keeping = |train: &SpikeTrains| {
            let mut places = vec![u32::MAX; train.recorded.last().map_or(0, |last| last + 1)];
            train.recorded.iter().enumerate().for_each(|(place, &neuron)| places[neuron] = place as u32);
            Keeping { places, stride: 1, total: 0, counts: vec![] }
        };
        let steps = (duration_ms * trains.len() as f64 / MOST_BINS / dt_ms).max(1.0);
        let bin_ms = dt_ms * round_up((steps - 1e-6).ceil());
        Keeper { room: room.max(1), kept: 0, trains: trains.iter().map(keeping).collect(), bin_ms }
    }

    /// Takes a spike of `trains[train]`.
    pub fn keep(&mut self, trains: &mut [SpikeTrains], train: usize, time_ms: f64, neuron: u32) {
        if let Some(keeping) = self.trains.get_mut(train) {
            keeping.total += 1;
            let bin = (time_ms / self.bin_ms + 1e-6) as usize;
            if bin >= keeping.counts.len() {
                keeping.counts.resize(bin + 1, 0);
            }
            keeping.counts[bin] += 1;
            if keeping.stride > 1 {
                let place = keeping.places.get(neuron as usize).copied().unwrap_or(u32::MAX);
                if !(place as usize).is_multiple_of(keeping.stride) {
                    return;
                }
            }
        }
        trains[train].times_ms.push(time_ms);
        trains[train].neurons.push(neuron);
        self.kept += 1;
        if self.kept > self.room {
            self.thin(trains);
        }
    }

    /// Forgets every second neuron of the train with the most spikes in memory that has two.
    fn thin(&mut self, trains: &mut [SpikeTrains]) {
        let thick = |index: &usize| trains[*index].recorded.len() > self.trains[*index].stride;
        let longest = (0..self.trains.len()).filter(thick).max_by_key(|&index| trains[index].times_ms.len());
        let Some(index) = longest else { return };
        let (train, keeping) = (&mut trains[index], &mut self.trains[index]);
        keeping.stride *= 2;
        let before = train.times_ms.len();
        let mut stays = train
            .neurons
            .iter()
            .map(|neuron| (keeping.places[*neuron as usize] as usize).is_multiple_of(keeping.stride));
        train.times_ms.retain(|_| stays.next().unwrap_or(true));
        train.neurons.retain(|neuron| (keeping.places[*neuron as usize] as usize).is_multiple_of(keeping.stride));
        self.kept -= before - train.times_ms.len();
    }

    /// Tells the trains that were thinned what stands for the rest.
    pub fn finish(self, trains: &mut [SpikeTrains]) {
        for (train, keeping) in trains.iter_mut().zip(self.trains).filter(|(_, keeping)| keeping.stride > 1) {
            let Keeping { stride, total, counts, .. } = keeping;
            train.thinned = Some(Thinned { stride, total, counts, bin_ms: self.bin_ms });
        }
    }
}

/// 1, 2 or 5 times a power of ten that is no less than `least`.
pub fn round_up(least: f64) -> f64 {
    let power = 10f64.powf(least.log10().floor());
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|lead| lead * power).find(|w| *w >= least * 0.999).unwrap_or(10.0 * power)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trains(sizes: &[usize]) -> Vec<SpikeTrains> {
        let train = |&size: &usize| SpikeTrains { size, recorded: (0..size).collect(), ..SpikeTrains::default() };
        sizes.iter().map(train).collect()
    }

    #[test]
    fn what_is_kept_of_a_neuron_is_whole_and_counts_are_of_all() {
        let mut trains = trains(&[8, 2]);
        let mut keeper = Keeper::new(&trains, 0.5, 100.0, 60);
        // Every neuron of both fires at 0.5, 1.5, ... 99.5 ms.
        for k in 0..100 {
            for (train, size) in [(0, 8), (1, 2)] {
                (0..size).for_each(|neuron| keeper.keep(&mut trains, train, f64::from(k) + 0.5, neuron));
                assert!(trains.iter().map(|train| train.times_ms.len()).sum::<usize>() <= 201);
            }
        }
        keeper.finish(&mut trains);
        // One neuron of each has no more than 100 spikes: they cannot be thinned further.
        assert_eq!((trains[0].stride(), trains[1].stride()), (8, 2));
        assert_eq!(trains[0].kept().collect::<Vec<_>>(), [0]);
        assert_eq!(trains[0].times_ms.len(), 100);
        assert_eq!((trains[0].total(), trains[1].total()), (800, 200));
        assert_eq!(trains[0].counts(0.0, 100.0, 10.0), [80.0; 10]);
        // What comes after a window does not count in its last bin.
        assert_eq!(trains[0].counts(0.0, 50.0, 10.0), [80.0; 5]);
        assert_eq!(trains[1].counts(50.0, 100.0, 25.0), [50.0; 2]);
    }

    #[test]
    fn with_room_everything_stays() {
        let mut trains = trains(&[3]);
        let mut keeper = Keeper::new(&trains, 0.1, 10.0, 100);
        (0..30).for_each(|k| keeper.keep(&mut trains, 0, f64::from(k) * 0.3, k % 3));
        keeper.finish(&mut trains);
        assert!(trains[0].thinned.is_none() && trains[0].total() == 30);
        // 0 to 8.7 ms in bins of 3 ms, of which the last is shorter: 0.3 ms apart, ten in each.
        assert_eq!(trains[0].counts(0.0, 9.0, 3.0), [10.0, 10.0, 10.0]);
    }
}
