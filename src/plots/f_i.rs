//! The f-I curve: how fast a neuron fires against what drives it. Nearly a ReLU, until it saturates.

use crate::recording::{Recording, SpikeTrains, StimulusSeen};

use super::page::{self, Band, Entry, Quantity, Sheet};
use super::scene::Drawing;
use super::unfit::Unfit;
use super::{Request, axis, palette, select, time};

/// One population's points: (amplitude, Hz), ascending in amplitude.
struct Curve {
    name: String,
    /// While spikes were counted (ms).
    window: (f64, f64),
    points: Vec<(f64, f64)>,
}

/// Whether there is something to draw rates against, and there are rates.
pub fn check(recording: &Recording, request: &Request) -> Result<(), Unfit> {
    let (stimulus, window) = driven(recording, request).map_err(Unfit::by(&["against"]))?;
    curves(recording, request, stimulus, window).map_err(Unfit::by(&["data"])).map(drop)
}

pub fn draw(recording: &Recording, request: &Request) -> Result<Drawing, String> {
    let (stimulus, window) = driven(recording, request)?;
    let curves = curves(recording, request, stimulus, window)?;
    let all = || curves.iter().flat_map(|curve| &curve.points);
    let x = axis::span(all().map(|point| point.0), 0.03).unwrap_or((0.0, 1.0));
    let top = all().map(|point| point.1).fold(0.0, f64::max);
    let color = |index| palette::category(index, curves.len());
    let entries: Vec<Entry> = match curves.len() {
        1 => vec![],
        _ => curves.iter().enumerate().map(|(k, curve)| (curve.name.clone(), color(k))).collect(),
    };
    let (first, apart) = (curves[0].window, curves.iter().any(|curve| curve.window != curves[0].window));
    let mut notes = vec![format!(
        "{}spikes of each neuron {}",
        if curves.len() == 1 { format!("{}: ", curves[0].name) } else { String::new() },
        match apart {
            true => "while it was recorded".into(),
            false => format!("between {} and {} ms", time::plain(first.0), time::plain(first.1)),
        }
    )];
    if curves.iter().all(|curve| means(&curve.points).len() == 1) {
        let alike = curves.windows(2).all(|two| two[0].points[0].0 == two[1].points[0].0);
        let of = if alike { "for all neurons" } else { "in each population" };
        notes.push(format!("`{}` has one value {of}: a curve needs several", stimulus.name));
    }
    notes.extend(select::interrupted(recording));
    let y = Quantity::new("firing rate", "Hz", (0.0, if top > 0.0 { top * 1.06 } else { 1.0 }));
    let height = f64::max(400.0, page::legend_height(entries.len()));
    let sheet = Sheet {
        title: select::title(recording, request),
        notes,
        bands: vec![Band { height, y, above: 12.0, numbers: true }],
        x: Quantity::new(&stimulus.name, &stimulus.unit, x),
        left: 0.0,
        right: page::legend_width(&entries),
    };
    let page = sheet.lay_out();
    let panel = &page.panels[0];
    for (index, curve) in curves.iter().enumerate().rev() {
        panel.line(means(&curve.points), color(index), 1.6);
        let radius = if curve.points.len() > 60 { 1.8 } else { 3.2 };
        curve.points.iter().for_each(|&point| panel.dot(point, color(index), radius));
    }
    page.legend(panel, &entries);
    Ok(page.finish())
}

/// What drives the neurons, and from when to when (ms).
fn driven<'a>(recording: &'a Recording, request: &Request) -> Result<(&'a StimulusSeen, (f64, f64)), String> {
    let stimulus = stimulus(recording, request)?;
    let (from, to) = window(recording, stimulus);
    if to <= from {
        return Err(format!("stimulus `{}` does not act between warmup and the end of the run", stimulus.name));
    }
    Ok((stimulus, (from, to)))
}

/// The stimulus that `against` names, or the first that has amplitudes.
fn stimulus<'a>(recording: &'a Recording, request: &Request) -> Result<&'a StimulusSeen, String> {
    let found = match &request.options.against {
        Some(against) => {
            let name = against.strip_prefix("stimulus.").unwrap_or(against);
            let (name, key) = name.split_once('.').unwrap_or((name, "amplitude"));
            let named = recording.stimuli.iter().find(|stimulus| stimulus.name == name);
            let named = named.ok_or_else(|| format!("there is no stimulus `{name}` in this run"))?;
            if key != "amplitude" {
                return Err(format!(
                    "rates can be drawn against `stimulus.{name}.amplitude`, but not against its `{key}`"
                ));
            }
            named
        }
        None => {
            let first = recording.stimuli.iter().find(|stimulus| !stimulus.amplitudes.is_empty());
            first.ok_or("no stimulus has an amplitude to draw rates against")?
        }
    };
    if found.amplitudes.is_empty() {
        return Err(format!("stimulus `{}` has no amplitude to draw rates against", found.name));
    }
    Ok(found)
}

/// While the stimulus acts, after the warm-up (ms).
fn window(recording: &Recording, stimulus: &StimulusSeen) -> (f64, f64) {
    let stop = if stimulus.stop_ms > stimulus.start_ms { stimulus.stop_ms } else { recording.duration_ms };
    (recording.warmup_ms.max(stimulus.start_ms), recording.duration_ms.min(stop))
}

fn curves(
    recording: &Recording,
    request: &Request,
    stimulus: &StimulusSeen,
    (from, to): (f64, f64),
) -> Result<Vec<Curve>, String> {
    let nobody = || format!("no spikes are recorded of the neurons that stimulus `{}` reaches", stimulus.name);
    let views = select::populations(recording, request).map_err(|_| nobody())?;
    let mut amplitudes = stimulus.amplitudes.iter();
    let (mut curves, mut reached) = (vec![], false);
    for (population, neurons) in stimulus.to.iter().zip(&stimulus.neurons) {
        let driven: Vec<(usize, f64)> =
            neurons.iter().copied().zip(amplitudes.by_ref().copied().take(neurons.len())).collect();
        for view in views.iter().filter(|view| view.population == *population) {
            let window = (from.max(view.start_ms), to.min(view.stop_ms));
            let points = points(view, &driven, window);
            reached |= !points.is_empty();
            if window.0 < window.1 && !points.is_empty() {
                curves.push(Curve { name: view.name.clone(), window, points });
            }
        }
    }
    if curves.is_empty() {
        return Err(match reached {
            true => format!("no spikes are recorded while stimulus `{}` acts and the warm-up is over", stimulus.name),
            false => nobody(),
        });
    }
    Ok(curves)
}

fn points(trains: &SpikeTrains, driven: &[(usize, f64)], (from, to): (f64, f64)) -> Vec<(f64, f64)> {
    let mut counts = std::collections::HashMap::new();
    for (&neuron, &at) in trains.neurons.iter().zip(&trains.times_ms) {
        if at > from && at <= to {
            *counts.entry(neuron as usize).or_insert(0u64) += 1;
        }
    }
    let known = driven
        .iter()
        .filter(|(neuron, amplitude)| trains.recorded.binary_search(neuron).is_ok() && amplitude.is_finite());
    let rate = |neuron| counts.get(neuron).copied().unwrap_or(0) as f64 * 1000.0 / (to - from);
    let mut points: Vec<(f64, f64)> = known.map(|(neuron, amplitude)| (*amplitude, rate(neuron))).collect();
    points.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    points
}

/// Neurons with the same amplitude are one point of the line: their mean.
fn means(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mean = |same: &[(f64, f64)]| (same[0].0, same.iter().map(|p| p.1).sum::<f64>() / same.len() as f64);
    points.chunk_by(|a, b| a.0 == b.0).map(mean).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{Kind, samples};
    use super::*;

    #[test]
    fn a_value_in_each_population_is_no_value_for_all() {
        let mut recording = samples::driven();
        let note = |recording: &Recording| {
            let drawing = draw(recording, &Request::new("plot", Kind::FI)).unwrap();
            let texts = drawing.marks.iter().filter_map(|mark| match mark {
                crate::plots::scene::Mark::Text(label) => Some(label.text.clone()),
                _ => None,
            });
            texts.into_iter().find(|text| text.contains("one value"))
        };
        assert_eq!(note(&recording), None);
        recording.stimuli[0].amplitudes = [[300.0; 21], [500.0; 21]].concat();
        assert_eq!(note(&recording).unwrap(), "`current` has one value in each population: a curve needs several");
        recording.stimuli[0].amplitudes = vec![300.0; 42];
        assert_eq!(note(&recording).unwrap(), "`current` has one value for all neurons: a curve needs several");
    }

    #[test]
    fn rates_count_only_what_falls_into_the_window() {
        let trains = SpikeTrains {
            recorded: vec![0, 1],
            times_ms: vec![50.0, 100.0, 150.0, 200.0, 201.0],
            neurons: vec![0, 0, 0, 1, 0],
            ..SpikeTrains::default()
        };
        // Neuron 0 fires once in (100, 200] ms, neuron 1 once, neuron 2 was not recorded.
        let points = points(&trains, &[(0, 3.0), (1, 1.0), (2, 2.0)], (100.0, 200.0));
        assert_eq!(points, [(1.0, 10.0), (3.0, 10.0)]);
    }
}
