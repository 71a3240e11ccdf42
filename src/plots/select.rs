//! Which part of a recording a plot is about, and how its parts are called on the page.

use plotters::style::RGBColor;

use crate::recording::{Recording, Samples, SpikeTrains, Trace, View};

use super::{Request, palette, time};

/// A trace and the time base that it belongs to.
#[derive(Clone, Copy)]
pub struct Line<'a> {
    pub samples: &'a Samples,
    pub trace: &'a Trace,
}

impl<'a> Line<'a> {
    /// (ms, value) of every sample.
    pub fn points(self) -> impl Iterator<Item = (f64, f64)> + 'a {
        self.trace.values.iter().enumerate().map(move |(k, &value)| (self.samples.time(k), value))
    }

    /// Neuron and site.
    pub fn place(self) -> (&'a str, usize, &'a str) {
        (&self.trace.population, self.trace.neuron, &self.trace.site)
    }
}

/// The traces of the recorders and populations that the request names, or of all; or why there are none.
pub fn lines<'a>(recording: &'a Recording, request: &Request) -> Result<Vec<Line<'a>>, String> {
    for name in &request.data {
        let known = recording.recorders.iter().any(|samples| samples.recorder == *name)
            || recording.populations.iter().any(|population| population.name == *name)
            || recording.spikes.iter().any(|trains| trains.seen_by.iter().any(|seen| seen.recorder == *name));
        if !known {
            return Err(format!("there is no recorder or population `{name}` in this run"));
        }
    }
    let named = |line: &Line| {
        let names = |name: &String| *name == line.samples.recorder || *name == line.trace.population;
        line.trace.of.is_none() && (request.data.is_empty() || request.data.iter().any(names))
    };
    let all = || {
        let samples = recording.recorders.iter();
        samples.flat_map(|samples| samples.traces.iter().map(move |trace| Line { samples, trace })).filter(named)
    };
    let chosen = request.options.neurons.as_ref();
    let missing = |neuron: &&usize| !all().any(|line| line.trace.neuron == **neuron);
    if let Some(neuron) = chosen.and_then(|neurons| neurons.iter().find(missing)) {
        return Err(format!("no variable of neuron {neuron} is recorded here"));
    }
    // Two recorders may have seen the same: it is drawn once.
    let mut seen = std::collections::HashSet::new();
    let lines: Vec<Line> = all()
        .filter(|line| chosen.is_none_or(|neurons| neurons.contains(&line.trace.neuron)))
        .filter(|line| seen.insert((line.place(), line.trace.variable.as_str(), line.samples.every_ms.to_bits())))
        .collect();
    if lines.is_empty() {
        return Err("no variable is recorded that this plot could show".to_string());
    }
    Ok(lines)
}

/// What the recorders that the request names saw of spikes, or all recorders of the populations that it names, or all.
pub fn trains<'a>(recording: &'a Recording, request: &Request) -> Result<Vec<View<'a>>, String> {
    // A recorder of potentials stands for the populations that it saw.
    let saw = |name: &String, population: &String| {
        let named = recording.recorders.iter().find(|samples| samples.recorder == *name);
        named.is_some_and(|samples| samples.traces.iter().any(|trace| trace.population == *population))
    };
    let views = |trains: &'a SpikeTrains| {
        let names = |recorder: &str| request.data.iter().any(|name| name == recorder);
        let own = trains.seen_by.iter().any(|seen| names(&seen.recorder));
        let whole = |name: &String| *name == trains.population || !own && saw(name, &trains.population);
        let all = request.data.is_empty() || request.data.iter().any(whole);
        trains.views(recording.duration_ms, |recorder| all || names(recorder))
    };
    let found: Vec<View> = recording.spikes.iter().flat_map(views).collect();
    match (found.is_empty(), recording.spikes.is_empty()) {
        (false, _) => Ok(found),
        (true, true) => Err("no spikes were recorded; add a recorder with `what = \"spikes\"`".to_string()),
        (true, false) => Err(format!("no spikes of {} were recorded", quoted(&request.data))),
    }
}

/// From when to when these were recorded, if not in the whole run.
pub fn recorded(recording: &Recording, views: &[View]) -> Option<String> {
    let whole = |view: &View| view.start_ms <= 0.0 && view.stop_ms >= recording.duration_ms;
    if views.iter().all(whole) {
        return None;
    }
    Some(match windows(recording, views, |view, _| (view.start_ms, view.stop_ms)) {
        Some((from, to)) => format!("recorded from {} to {} ms", time::plain(from), time::plain(to)),
        None => "each recorded from and to times of its own".into(),
    })
}

/// From when to when the spikes of all these count.
pub fn counted(recording: &Recording, views: &[View]) -> String {
    match windows(recording, views, |view, recording| view.warm(recording)) {
        Some((from, to)) => format!("from {} to {} ms", time::plain(from), time::plain(to)),
        None => "each while it was recorded".into(),
    }
}

/// From when to when the spikes of one count, where those of others do at other times.
pub fn own_window(recording: &Recording, views: &[View], view: &View) -> Option<String> {
    let (from, to) = view.warm(recording);
    let common = windows(recording, views, |view, recording| view.warm(recording));
    common.is_none().then(|| format!("{} to {} ms", time::plain(from), time::plain(to)))
}

/// The window that all have.
fn windows(recording: &Recording, views: &[View], of: impl Fn(&View, &Recording) -> (f64, f64)) -> Option<(f64, f64)> {
    let first = of(views.first()?, recording);
    views.iter().all(|view| of(view, recording) == first).then_some(first)
}

/// The colour of a population, the same in all plots of a run.
pub fn color(recording: &Recording, population: &str) -> RGBColor {
    let index = recording.populations.iter().position(|seen| seen.name == population);
    palette::category(index.unwrap_or(0), recording.populations.len().max(1))
}

/// What was seen of different populations, of each at one site: for what is said of a population as a whole.
pub fn populations<'a>(recording: &'a Recording, request: &Request) -> Result<Vec<View<'a>>, String> {
    let mut sites = std::collections::HashMap::new();
    let mut found = trains(recording, request)?;
    found.retain(|view| *sites.entry(view.population.clone()).or_insert(view.site.clone()) == view.site);
    Ok(found)
}

/// That not all recorded neurons are kept, if it is so.
pub fn thinned(trains: &[View]) -> Option<String> {
    let parts = trains.iter().filter(|trains| trains.stride() > 1);
    let parts: Vec<String> =
        parts.map(|trains| format!("1 of every {} neurons of {}", trains.stride(), trains.name)).collect();
    (!parts.is_empty()).then(|| format!("too many spikes to look at each: {}", parts.join(", ")))
}

/// `a`, `b`
pub fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// At most `most` of `items`, evenly spaced, the first and the last among them.
pub fn evenly<T: Copy>(items: &[T], most: usize) -> Vec<T> {
    if items.len() <= most || most < 2 {
        return items[..items.len().min(most)].to_vec();
    }
    (0..most).map(|k| items[k * (items.len() - 1) / (most - 1)]).collect()
}

/// `exc[3]`, or `exc[3] axon(0.5)`, or `exc` where the population has a single neuron.
pub fn place_name(recording: &Recording, (population, neuron, site): (&str, usize, &str)) -> String {
    let single = recording.populations.iter().any(|seen| seen.name == population && seen.size == 1);
    let cell = if single { population.to_string() } else { format!("{population}[{neuron}]") };
    if site.is_empty() { cell } else { format!("{cell} {}", short_site(site)) }
}

/// A place with at most three digits behind the point: `apical_4(0.556)`.
fn short_site(site: &str) -> String {
    let parts = site.strip_suffix(')').and_then(|rest| rest.split_once('('));
    match parts.and_then(|(section, position)| Some((section, position.parse::<f64>().ok()?))) {
        Some((section, position)) => format!("{section}({:?})", (position * 1000.0).round() / 1000.0),
        None => site.to_string(),
    }
}

/// The title: as asked for, else the run's.
pub fn title(recording: &Recording, request: &Request) -> String {
    let fallback = if recording.title.is_empty() { &request.name } else { &recording.title };
    request.title.clone().unwrap_or_else(|| fallback.clone())
}

/// What is said of every plot of a run that ended early.
pub fn interrupted(recording: &Recording) -> Option<String> {
    recording
        .interrupted
        .then(|| format!("the run was interrupted at {} ms", super::text::short(recording.duration_ms)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_told_to_a_thousandth() {
        assert_eq!(short_site("apical_4(0.5555555555555556)"), "apical_4(0.556)");
        assert_eq!(["axon(1.0)", "soma(0.5)", "x"].map(short_site), ["axon(1.0)", "soma(0.5)", "x"]);
    }

    #[test]
    fn a_dozen_of_many_holds_both_ends() {
        let many: Vec<usize> = (0..50).collect();
        let few = evenly(&many, 12);
        assert_eq!((few.len(), few[0], few[11]), (12, 0, 49));
        assert_eq!(evenly(&many[..3], 12), [0, 1, 2]);
    }
}
