//! How fast populations fire, in bins over time: from a recorder of rates, or counted from spikes.

use crate::recording::{Recording, Trace, View};

use super::page::Quantity;
use super::scene::Drawing;
use super::strips::{self, Strip};
use super::time::{self, Time};
use super::{Request, select};

/// Bins over the run where rates are counted from spikes.
const BINS: f64 = 250.0;

/// One population's rate.
struct Rate {
    name: String,
    population: String,
    /// Where the first bin begins (ms).
    start_ms: f64,
    bin_ms: f64,
    hz: Vec<f64>,
}

impl Rate {
    fn end_ms(&self) -> f64 {
        self.start_ms + self.hz.len() as f64 * self.bin_ms
    }

    /// The first bin that begins at `from_ms` or later.
    fn first(&self, from_ms: f64) -> usize {
        ((from_ms - self.start_ms) / self.bin_ms - 1e-9).ceil().max(0.0) as usize
    }

    /// Mean of the bins from `from_ms` on.
    fn mean(&self, from_ms: f64) -> Option<f64> {
        crate::recording::analysis::mean(self.hz.iter().skip(self.first(from_ms)).copied())
    }

    /// From when to when that is, if there are such bins.
    fn window(&self, from_ms: f64) -> Option<(f64, f64)> {
        let first = self.first(from_ms);
        (first < self.hz.len()).then(|| (self.start_ms + first as f64 * self.bin_ms, self.end_ms()))
    }
}

pub fn draw(recording: &Recording, request: &Request) -> Result<Drawing, String> {
    let (rates, recorded) = rates(recording, request)?;
    let time = Time::of(rates.iter().flat_map(|rate| [rate.start_ms, rate.end_ms()]));
    let warmup = recording.warmup_ms;
    let mut bins: Vec<String> = rates.iter().map(|rate| time::length(rate.bin_ms)).collect();
    bins.dedup();
    let mut notes = vec![format!("spikes per neuron and second in bins of {}", bins.join(", "))];
    let (when, apart) = means(recording, &rates);
    notes[0] += &when;
    notes.extend(recorded);
    notes.extend(select::interrupted(recording));
    let strip = |rate: &Rate| {
        let top = rate.hz.iter().copied().fold(0.0, f64::max);
        let mean = rate.mean(warmup).map(|mean| format!("mean {} Hz", strips::significant(mean)));
        let own = rate.window(warmup).filter(|_| apart);
        let own = own.map(|(from, to)| format!("{} to {} ms", time::plain(from), time::plain(to)));
        Strip {
            name: rate.name.clone(),
            color: select::color(recording, &rate.population),
            facts: mean.into_iter().chain(own).collect(),
            y: Quantity::new("rate", "Hz", (0.0, if top > 0.0 { top * 1.05 } else { 1.0 })),
        }
    };
    let strips: Vec<Strip> = rates.iter().map(strip).collect();
    let page = strips::page(select::title(recording, request), notes, time.quantity(), &strips);
    for ((rate, strip), panel) in rates.iter().zip(&strips).zip(&page.panels) {
        let edge = |k: usize| (rate.start_ms + k as f64 * rate.bin_ms).min(time.high_ms);
        let steps = rate.hz.iter().enumerate().flat_map(|(k, &hz)| [(edge(k), hz), (edge(k + 1), hz)]);
        time.thin(steps, panel).into_iter().for_each(|piece| panel.line(piece, strip.color, 1.3));
    }
    Ok(page.finish())
}

/// In which window means are taken, in words, unless it is the whole run; and whether each has its own.
fn means(recording: &Recording, rates: &[Rate]) -> (String, bool) {
    let windows: Vec<((f64, f64), f64)> =
        rates.iter().filter_map(|rate| Some((rate.window(recording.warmup_ms)?, rate.bin_ms))).collect();
    let Some(&((from, to), bin_ms)) = windows.first() else { return (String::new(), false) };
    // Bins of different widths may end a little apart.
    let near = |end: f64, bin_ms: f64, other: f64| (end - other).abs() < bin_ms;
    let alike = |&(own, bin): &((f64, f64), f64)| (own.0 - from).abs() < 1e-6 && near(own.1, bin.max(bin_ms), to);
    let told = match (windows.iter().all(alike), near(to, bin_ms, recording.duration_ms)) {
        (false, _) => return ("; each mean is of the times beside it".into(), true),
        (true, false) => format!("; means from {} to {} ms", time::plain(from), time::plain(to)),
        (true, true) if from > 0.0 => format!("; means from {} ms on", time::plain(from)),
        (true, true) => String::new(),
    };
    (told, false)
}

/// Of recorders of rates that the request names, or of all; where there is none, from spikes, and when these were recorded.
fn rates(recording: &Recording, request: &Request) -> Result<(Vec<Rate>, Option<String>), String> {
    let mut rates = vec![];
    for samples in &recording.recorders {
        let named = |trace: &Trace| {
            let names = |name: &String| *name == samples.recorder || *name == trace.population;
            request.data.is_empty() || request.data.iter().any(names)
        };
        for trace in samples.traces.iter().filter(|trace| !trace.values.is_empty() && named(trace)) {
            let Some(name) = trace.of.clone() else { continue };
            rates.push(Rate {
                name,
                population: trace.population.clone(),
                start_ms: samples.start_ms,
                bin_ms: samples.every_ms,
                hz: trace.values.clone(),
            });
        }
    }
    if !rates.is_empty() {
        return Ok((rates, None));
    }
    let trains = select::populations(recording, request).map_err(|why| {
        let help = "add a recorder with `what = \"rate\"`";
        if recording.spikes.is_empty() { format!("neither rates nor spikes were recorded; {help}") } else { why }
    })?;
    let recorded = select::recorded(recording, &trains);
    let length = |view: &View| (view.stop_ms - view.start_ms).max(recording.dt_ms).max(1e-6);
    let bin_ms = time::bin(trains.iter().map(length).fold(0.0, f64::max) / BINS, recording.dt_ms);
    for view in &trains {
        let worth = 1000.0 / bin_ms / view.recorded.len().max(1) as f64;
        // A last bin that the end cuts would look like a fall.
        let whole = ((length(view) / bin_ms + 1e-6).floor() * bin_ms).max(bin_ms);
        let counts = view.counts(view.start_ms, view.start_ms + whole, bin_ms);
        let hz = counts.iter().map(|count| count * worth).collect();
        let (name, population) = (view.name.clone(), view.population.clone());
        rates.push(Rate { name, population, start_ms: view.start_ms, bin_ms, hz });
    }
    Ok((rates, recorded))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::Samples;

    /// What is said of the means of two recorders, of 100 ms from `starts` on, in a run of 200 ms.
    fn said(starts: [f64; 2], warmup_ms: f64) -> (String, bool) {
        let recorder = |(name, start_ms): (&str, f64)| {
            let of = Some(name.to_string());
            let trace = Trace { population: name.into(), of, values: vec![3.0; 20], ..Trace::default() };
            Samples { recorder: name.into(), start_ms, every_ms: 5.0, traces: vec![trace], ..Samples::default() }
        };
        let recorders = ["a", "b"].into_iter().zip(starts).map(recorder).collect();
        let recording = Recording { duration_ms: 200.0, warmup_ms, recorders, ..Recording::default() };
        means(&recording, &rates(&recording, &Request::new("plot", crate::plots::Kind::Rate)).unwrap().0)
    }

    #[test]
    fn means_are_said_to_be_of_the_window_that_they_are_of() {
        assert_eq!(said([100.0; 2], 0.0), ("; means from 100 ms on".into(), false));
        assert_eq!(said([100.0; 2], 150.0), ("; means from 150 ms on".into(), false));
        assert_eq!(said([50.0; 2], 0.0), ("; means from 50 to 150 ms".into(), false));
        assert_eq!(said([50.0; 2], 100.0), ("; means from 100 to 150 ms".into(), false));
        assert_eq!(said([50.0, 60.0], 100.0), ("; each mean is of the times beside it".into(), true));
        // Nothing of the first is left after the warm-up.
        assert_eq!(said([0.0, 100.0], 100.0), ("; means from 100 ms on".into(), false));
    }
}
