//! Where on a trace a measure was taken, for those who draw it: a point, or a bar from one point to another.

use super::Mark;
use super::measures::{MeasureKind, MeasureSpec};
use super::watch::Watch;

/// Neurons of a measure that are marked: no picture shows more.
const MOST_NEURONS: usize = 12;

/// The marks of a measure, from watches in the order of [`MeasureSpec::watches`]; none of measures of spikes.
pub fn of(spec: &MeasureSpec, watches: &[Watch]) -> Vec<Mark> {
    let places = spec.sites.len().max(1);
    // From one neuron to another: the watches are not those of `neurons`.
    if spec.kind == MeasureKind::Latency && places > 1 {
        return vec![];
    }
    let of_neuron = |(neuron, own): (&usize, &[Watch])| {
        let together = own.len() > 1 && spec.kind.needs_two_sites();
        let mark = |(place, watch): (usize, &Watch)| {
            let points = points(spec, watch)?;
            // What two places have together is told at the last.
            let value = match together {
                true => spec.of_neuron(own).filter(|_| place + 1 == own.len()),
                false => value(spec.kind, watch, spec.start_ms, !spec.sites.is_empty()),
            };
            let site = spec.sites.get(place).cloned().unwrap_or_default();
            let all = || points.iter().all(|(time, v)| time.is_finite() && v.is_finite());
            all().then(|| Mark { population: spec.population.clone(), neuron: *neuron, site, value, points })
        };
        own.iter().enumerate().filter_map(mark).collect::<Vec<_>>()
    };
    spec.neurons.iter().zip(watches.chunks(places)).take(MOST_NEURONS).flat_map(of_neuron).collect()
}

/// (ms, mV) of one point or of both ends of a bar.
fn points(spec: &MeasureSpec, watch: &Watch) -> Option<Vec<(f64, f64)>> {
    let threshold = spec.threshold_mv;
    Some(match spec.kind {
        MeasureKind::Peak => vec![watch.peak()?],
        MeasureKind::Amplitude | MeasureKind::Attenuation => {
            let (time, top) = watch.peak()?;
            vec![(time, watch.start_value()?), (time, top)]
        }
        MeasureKind::Width => {
            let ([rise, fall], half) = watch.flanks()?;
            vec![(rise, half), (fall, half)]
        }
        MeasureKind::MaxSlope => watch.steepest_rise()?.to_vec(),
        MeasureKind::AfterHyperpolarisation => {
            let (time, lowest) = watch.lowest()?;
            vec![(time, watch.start_value()?), (time, lowest)]
        }
        MeasureKind::Latency => vec![(spec.start_ms, threshold), (watch.first_crossing()?, threshold)],
        MeasureKind::Velocity => vec![(watch.first_crossing()?, threshold)],
        _ => return None,
    })
}

/// What is measured at this place alone; `spiking` where spikes are seen in V.
fn value(kind: MeasureKind, watch: &Watch, start_ms: f64, spiking: bool) -> Option<f64> {
    match kind {
        MeasureKind::Peak => watch.peak().map(|peak| peak.1),
        MeasureKind::Amplitude => watch.amplitude(),
        MeasureKind::Width => watch.width(),
        MeasureKind::MaxSlope => watch.steepest(),
        MeasureKind::AfterHyperpolarisation => watch.undershoot().filter(|_| !spiking || watch.reached_threshold()),
        MeasureKind::Latency => watch.first_crossing().map(|time| time - start_ms),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::measures::Grain;

    /// A triangle of 100 mV from -70 mV, up from 5 to 6 ms, down to 7 ms, 10 mV lower at 8 ms.
    fn v(time: f64) -> f64 {
        -70.0 + 100.0 * (1.0 - (time - 6.0).abs()).max(0.0) - 10.0 * (1.0 - (time - 8.0).abs()).max(0.0)
    }

    fn mark(kind: MeasureKind) -> Mark {
        let spec = MeasureSpec {
            name: "x".into(),
            kind,
            population: "axon".into(),
            neurons: vec![3],
            beside: vec![],
            sites: vec!["soma(0.5)".into()],
            path_um: 0.0,
            start_ms: 1.0,
            stop_ms: 20.0,
            threshold_mv: 0.0,
            grain: Grain::of(kind),
        };
        let mut watches = spec.watches();
        (0..800).for_each(|k| watches[0].feed(k as f64 * 0.025, v(k as f64 * 0.025)));
        of(&spec, &watches).remove(0)
    }

    #[test]
    fn marks_stand_where_measures_were_taken() {
        let near = |kind, expected: &[(f64, f64)], value: Option<f64>| {
            let mark = mark(kind);
            assert_eq!((mark.neuron, mark.site.as_str(), mark.points.len()), (3, "soma(0.5)", expected.len()));
            let close = |a: f64, b: f64| (a - b).abs() < 1e-9;
            for (point, expected) in mark.points.iter().zip(expected) {
                assert!(close(point.0, expected.0) && close(point.1, expected.1), "{kind:?}: {:?}", mark.points);
            }
            assert!(value.is_none() || close(mark.value.unwrap(), value.unwrap()), "{kind:?}: {:?}", mark.value);
        };
        near(MeasureKind::Peak, &[(6.0, 30.0)], Some(30.0));
        near(MeasureKind::Amplitude, &[(6.0, -70.0), (6.0, 30.0)], Some(100.0));
        near(MeasureKind::Width, &[(5.5, -20.0), (6.5, -20.0)], Some(1.0));
        near(MeasureKind::AfterHyperpolarisation, &[(8.0, -70.0), (8.0, -80.0)], Some(10.0));
        near(MeasureKind::Latency, &[(1.0, 0.0), (5.7, 0.0)], Some(4.7));
        near(MeasureKind::Velocity, &[(5.7, 0.0)], None);
        assert!((mark(MeasureKind::MaxSlope).value.unwrap() - 100.0).abs() < 1e-9);
    }
}
