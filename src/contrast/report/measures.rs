//! How well a column does, how soon it knows, and how far its rates are the activations that they stand for.

use crate::contrast::seen::{Column, LayerSeen};

/// Beneath this R2 a layer no longer says what the ReLU layer says.
pub const DIVERGES: f64 = 0.9;
/// A unit this near to its full rate, in some sample, is saturated: more input could not be told from this.
pub const SATURATED: f64 = 0.99;
/// "As good as the ReLU network" allows for this loss of accuracy.
pub const WITHIN: f64 = 0.01;

/// The first step (from 1) from which a decision stays what it is at the end.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Latency {
    /// `[sample]`.
    pub steps: Vec<usize>,
    pub mean: f64,
    pub median: f64,
    /// 95 % of the samples have decided by then.
    pub p95: f64,
}

/// 0..1; NaN without samples.
pub fn accuracy(decisions: &[u8], labels: &[u32]) -> f64 {
    let right = decisions.iter().zip(labels).filter(|(decision, label)| u32::from(**decision) == **label).count();
    right as f64 / labels.len() as f64
}

/// `[step]`.
pub fn accuracy_vs_time(decisions: &[Vec<u8>], labels: &[u32]) -> Vec<f64> {
    decisions.iter().map(|decisions| accuracy(decisions, labels)).collect()
}

/// `[label][decision]`: samples.
pub fn confusion(decisions: &[u8], labels: &[u32], classes: usize) -> Vec<Vec<u64>> {
    let mut table = vec![vec![0; classes]; classes];
    for (decision, label) in decisions.iter().zip(labels) {
        if let Some(cell) = table.get_mut(*label as usize).and_then(|row| row.get_mut(usize::from(*decision))) {
            *cell += 1;
        }
    }
    table
}

/// `decisions`: `[step][sample]`.
pub fn latency(decisions: &[Vec<u8>]) -> Latency {
    let Some(last) = decisions.last() else { return Latency::default() };
    let since = |sample: usize| {
        let differs = decisions.iter().rposition(|step| step.get(sample) != last.get(sample));
        differs.map_or(1, |step| step + 2)
    };
    let steps: Vec<usize> = (0..last.len()).map(since).collect();
    let mut sorted: Vec<f64> = steps.iter().map(|step| *step as f64).collect();
    sorted.sort_by(f64::total_cmp);
    let mean = sorted.iter().sum::<f64>() / sorted.len() as f64;
    Latency { steps, mean, median: percentile(&sorted, 50.0), p95: percentile(&sorted, 95.0) }
}

/// The `p`-th percentile of sorted values, between the two next to it in proportion (Hyndman & Fan 1996, definition
/// 7); NaN of none.
fn percentile(sorted: &[f64], p: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let place = p / 100.0 * last as f64;
    let below = place.floor() as usize;
    let (low, high) = (sorted[below], sorted[(below + 1).min(last)]);
    low + (place - below as f64) * (high - low)
}

/// The first step (from 1) from which the accuracy stays within [`WITHIN`] of `goal`; None if it does not at the end.
pub fn settles(curve: &[f64], goal: f64) -> Option<usize> {
    // 1e-12: the difference of two quotients by the number of samples is exact to some 1e-16.
    let short = |accuracy: &f64| *accuracy < goal - WITHIN - 1e-12 || accuracy.is_nan();
    match curve.iter().rposition(short) {
        _ if curve.is_empty() => None,
        None => Some(1),
        Some(step) if step + 1 == curve.len() => None,
        Some(step) => Some(step + 2),
    }
}

/// What a layer's rates should be, and are: activation / scale clipped to 0..1, and spikes a step over the full rate.
///
/// None where there is no activation to compare with.
pub fn rates<'s>(
    layer: &'s LayerSeen,
    activations: &'s [f64],
    steps: usize,
) -> Option<impl Fn(usize) -> (f64, f64) + 's> {
    let (scale, full) = (layer.scale, layer.full_rate * steps as f64);
    let comparable = layer.counts.len() == activations.len() && scale > 0.0 && scale.is_finite() && full > 0.0;
    comparable.then_some(move |index: usize| {
        ((activations[index] / scale).clamp(0.0, 1.0), f64::from(layer.counts[index]) / full)
    })
}

/// 1 - SS(rate - activation) / SS(activation - mean): the part of the activations' variance that the rates render if
/// taken as they are, without a fit. None if there is nothing to render.
pub fn r2(layer: &LayerSeen, activations: &[f64], steps: usize) -> Option<f64> {
    let pair = rates(layer, activations, steps)?;
    let all = layer.counts.len();
    let mean = (0..all).map(|index| pair(index).0).sum::<f64>() / all as f64;
    let (mut residual, mut total) = (0.0, 0.0);
    for (activation, rate) in (0..all).map(&pair) {
        residual += (rate - activation) * (rate - activation);
        total += (activation - mean) * (activation - mean);
    }
    (total > 0.0).then(|| 1.0 - residual / total).filter(|r2| r2.is_finite())
}

/// `[neuron]`: the most spikes that it gave in one sample.
fn peaks(layer: &LayerSeen) -> Vec<u32> {
    let mut peaks = vec![0; layer.size];
    for sample in layer.counts.chunks_exact(layer.size.max(1)) {
        peaks.iter_mut().zip(sample).for_each(|(peak, count)| *peak = (*count).max(*peak));
    }
    peaks
}

/// Part of the neurons that no sample made spike.
pub fn silent(layer: &LayerSeen) -> f64 {
    peaks(layer).iter().filter(|peak| **peak == 0).count() as f64 / layer.size as f64
}

/// Part of the neurons that reach [`SATURATED`] of the full rate in some sample.
pub fn saturated(layer: &LayerSeen, steps: usize) -> f64 {
    let most = SATURATED * layer.full_rate * steps as f64;
    peaks(layer).iter().filter(|peak| f64::from(**peak) >= most && **peak > 0).count() as f64 / layer.size as f64
}

/// Spikes of a layer in all samples.
pub fn spikes(layer: &LayerSeen) -> u64 {
    layer.counts.iter().map(|count| u64::from(*count)).sum()
}

/// Whether its rates are meant to be the ReLU network's activations; a network trained as spikes has other weights.
pub fn stands_for_relu(column: &Column) -> bool {
    ["spiking", "biological"].contains(&column.kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer(size: usize, counts: &[u32]) -> LayerSeen {
        LayerSeen { size, counts: counts.to_vec(), full_rate: 1.0, scale: 2.0, ..LayerSeen::default() }
    }

    #[test]
    fn accuracy_and_confusion_count_samples() {
        let (decisions, labels) = ([0, 1, 1, 2], [0, 1, 2, 2]);
        assert_eq!(accuracy(&decisions, &labels), 0.75);
        assert_eq!(confusion(&decisions, &labels, 3), [[1, 0, 0], [0, 1, 0], [0, 1, 1]]);
        assert!(accuracy(&[], &[]).is_nan());
    }

    #[test]
    fn a_decision_counts_from_where_it_stays() {
        // Sample 0 never changes; 1 settles in the second step; 2 wavers until the last.
        let decisions = [vec![3, 0, 1], vec![3, 1, 2], vec![3, 1, 1], vec![3, 1, 2]];
        let found = latency(&decisions);
        assert_eq!(found.steps, [1, 2, 4]);
        assert_eq!((found.mean, found.median), (7.0 / 3.0, 2.0));
        // numpy.percentile([1, 2, 4], 95) = 3.8
        assert!((found.p95 - 3.8).abs() < 1e-14, "rounding");
        assert_eq!(accuracy_vs_time(&decisions, &[3, 1, 2]), [1.0 / 3.0, 1.0, 2.0 / 3.0, 1.0]);
        assert_eq!(latency(&[]), Latency::default());
    }

    #[test]
    fn an_accuracy_settles_where_it_no_longer_leaves() {
        assert_eq!(settles(&[0.5, 0.92, 0.8, 0.90, 0.91], 0.91), Some(4));
        assert_eq!(settles(&[0.95, 0.95], 0.91), Some(1));
        assert_eq!(settles(&[0.95, 0.5], 0.91), None);
        assert_eq!(settles(&[], 0.91), None);
    }

    #[test]
    fn r2_compares_rates_with_clipped_activations() {
        // T = 4, scale 2: activations (-1, 1, 3, 0.5) -> (0, 0.5, 1, 0.25), mean 0.4375, SS 0.546875;
        // rates (0, 0.5, 0.75, 0.5): residual 0.125.
        let found = r2(&layer(2, &[0, 2, 3, 2]), &[-1.0, 1.0, 3.0, 0.5], 4);
        assert_eq!(found, Some(1.0 - 0.125 / 0.546875));
        assert_eq!(r2(&layer(2, &[1, 1]), &[1.0, 1.0], 4), None, "nothing varies");
        assert_eq!(r2(&layer(2, &[1, 1]), &[1.0], 4), None, "no activations");
    }

    #[test]
    fn one_that_counts_as_rounding_down_is_known_by_its_error() {
        // Constant current, start at 1/2: floor(T a + 1/2) spikes. For a spread evenly over 0..1 the error of rounding
        // is uniform, its variance 1/(12 T^2), that of a 1/12: R2 = 1 - 1/T^2.
        let (steps, all) = (16usize, 160_000);
        let activations: Vec<f64> = (0..all).map(|k| (k as f64 + 0.5) / all as f64).collect();
        let counts: Vec<u32> = activations.iter().map(|a| (steps as f64 * a + 0.5).floor() as u32).collect();
        let seen = LayerSeen { scale: 1.0, ..layer(1, &counts) };
        let found = r2(&seen, &activations, steps).unwrap();
        assert!((found - (1.0 - 1.0 / 256.0)).abs() < 1e-6, "the spacing of a: {found}");
    }

    #[test]
    fn silence_and_saturation_are_of_neurons_not_of_samples() {
        // 4 neurons, 2 samples, 100 steps: never; once; 99 in the second sample; 98.
        let seen = layer(4, &[0, 1, 5, 98, 0, 0, 99, 3]);
        assert_eq!((silent(&seen), saturated(&seen, 100)), (0.25, 0.25));
        assert_eq!(spikes(&seen), 206);
    }
}
