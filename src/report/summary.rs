//! The few lines on the terminal at the end of a run: what happened, not all that is known.

use super::run_json::RunReport;
use crate::recording::{MeasureSeen, PopulationSeen, Recording, SpikeTrains};

/// Columns of a terminal.
const WIDTH: usize = 80;

/// Populations and neurons that are listed; more become a count.
const LISTED: usize = 12;

/// What happened, in lines of at most 80 characters where names allow it; ends with a newline.
pub fn summary(report: &RunReport, recording: &Recording) -> String {
    let mut lines = vec![headline(report)];
    if let Some(failure) = &report.failure {
        lines.push(format!("  {failure}"));
    }
    populations(&mut lines, &report.populations);
    arrivals(&mut lines, recording);
    if !report.measures.is_empty() {
        let width = report.measures.iter().map(|m| m.name.len()).max().unwrap_or(0);
        // Each was asked for by its name.
        lines.extend(report.measures.iter().map(|measure| measure_line(measure, width)));
    }
    if let Some(rate) = report.events_per_second().filter(|_| report.synaptic_events > 0) {
        let events = large(report.synaptic_events as f64);
        lines.push(format!("  {events} synaptic events, {} a second", large(rate)));
    }
    if report.rounded_times > 0 {
        let (count, shift) = (report.rounded_times, rounded(report.largest_shift_ms));
        let what = if count == 1 { "time was" } else { "times were" };
        lines.push(format!("  {count} {what} rounded to the grid, by at most {shift} ms"));
    }
    where_it_is(&mut lines, report);
    lines.join("\n") + "\n"
}

/// `complete: 5 neurons, 4 synapses, 40 ms in 0.12 s (3.1 s per simulated s)`.
fn headline(report: &RunReport) -> String {
    let (neurons, synapses) = (counted(report.neurons, "neuron"), counted(report.synapses, "synapse"));
    let status = report.status.name();
    // A duration is a number of steps: what is behind the sixth decimal is rounding.
    let duration = (report.duration_ms * 1e6).round() / 1e6;
    let mut line = format!("{status}: {neurons}, {synapses}, {duration} ms");
    if report.wall_s.simulate > 0.0 {
        line += &format!(" in {} s", rounded(report.wall_s.simulate));
    }
    if let Some(factor) = report.real_time_factor {
        let pace = format!(" ({} s per simulated s)", rounded(factor));
        let fits = line.chars().count() + pace.chars().count() <= WIDTH;
        line += &if fits { pace } else { format!("\n {pace}") };
    }
    line
}

/// `  exc  400 x lif: 1800 spikes, 900 after the warm-up, 4.5 Hz, CV 0.8`; the second where it is another number.
fn population_lines(population: &PopulationSeen, all: &[PopulationSeen]) -> Vec<String> {
    let width = all.iter().map(|p| p.name.len()).max().unwrap_or(0);
    let later = (population.counted < population.spikes).then_some(population.counted as f64);
    let parts = [
        Some(counted(population.spikes, "spike")),
        later.map(|count| format!("{} after the warm-up", large(count))),
        population.rate_hz.map(|hz| format!("{} Hz", rounded(hz))),
        population.cv_isi.map(|cv| format!("CV {}", rounded(cv))),
    ];
    let head = format!("  {:width$}  {} x {}:", population.name, population.size, population.model);
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    wrapped(head, &parts)
}

/// `head part, part, part`, in as many lines as it needs.
fn wrapped(head: String, parts: &[String]) -> Vec<String> {
    let (mut lines, mut line) = (vec![], head);
    for (index, part) in parts.iter().enumerate() {
        let comma = if index + 1 < parts.len() { "," } else { "" };
        let part = format!(" {part}{comma}");
        if line.chars().count() + part.chars().count() > WIDTH {
            lines.push(std::mem::replace(&mut line, "   ".into()));
        }
        line += &part;
    }
    lines.push(line);
    lines
}

fn measure_line(measure: &MeasureSeen, width: usize) -> String {
    let none = || measure.reason.as_deref().unwrap_or("did not happen").to_owned();
    let value = measure.value.map_or_else(none, |v| format!("{} {}", rounded(v), measure.unit));
    let line = format!("  {:width$}  {} {}", measure.name, measure.kind, value).trim_end().to_owned();
    match measure.until_ms.filter(|_| measure.value.is_some()) {
        Some(until) => format!("{line} (until {} ms, when the run ended)", thousandths(until)),
        None => line,
    }
}

/// A line for each, or for the first dozen and a count.
fn populations(lines: &mut Vec<String>, all: &[PopulationSeen]) {
    lines.extend(all.iter().take(LISTED).flat_map(|one| population_lines(one, all)));
    if all.len() > LISTED {
        lines.push(format!("  and {} more populations: all are in run.json", all.len() - LISTED));
    }
}

/// When the first spike came by, neuron by neuron and site by site: the story of a small network.
fn arrivals(lines: &mut Vec<String>, recording: &Recording) {
    let size: usize = recording.populations.iter().map(|population| population.size).sum();
    if size == 0 || size > LISTED {
        return;
    }
    let mut passages: Vec<(f64, String)> = recording.spikes.iter().flat_map(first_spikes).collect();
    if passages.is_empty() {
        return;
    }
    passages.sort_by(|a, b| a.0.total_cmp(&b.0));
    let seen_by = recording.spikes.iter().flat_map(|train| &train.seen_by);
    let late = recording.spikes.iter().any(|train| !train.seen_by.is_empty())
        && seen_by.clone().all(|seen| seen.start_ms > 0.0);
    let head = if late { "  first spikes recorded:" } else { "  first spikes:" };
    let passages: Vec<String> =
        passages.iter().map(|(time, place)| format!("{place} {} ms", thousandths(*time))).collect();
    lines.extend(wrapped(head.to_owned(), &passages));
}

fn first_spikes(train: &SpikeTrains) -> Vec<(f64, String)> {
    let first = |neuron: &usize| {
        let at = train.neurons.iter().position(|spiking| *spiking as usize == *neuron)?;
        let site = if train.site.is_empty() { String::new() } else { format!(".{}", train.site) };
        Some((train.times_ms[at], format!("{}[{neuron}]{site}", train.population)))
    };
    train.recorded.iter().filter_map(first).collect()
}

/// The directory and the pictures in it.
fn where_it_is(lines: &mut Vec<String>, report: &RunReport) {
    if report.directory.is_empty() {
        return;
    }
    let pictures: Vec<&str> = report
        .files
        .iter()
        .map(String::as_str)
        .filter(|name| name.ends_with(".svg") || name.ends_with(".png"))
        .collect();
    lines.push(format!("  in {}", report.directory));
    let mut line = "  pictures:".to_owned();
    for picture in &pictures {
        if line.chars().count() + 1 + picture.chars().count() > WIDTH {
            lines.push(std::mem::replace(&mut line, "   ".into()));
        }
        line += &format!(" {picture}");
    }
    if !pictures.is_empty() {
        lines.push(line);
    }
}

fn counted(count: u64, what: &str) -> String {
    format!("{} {what}{}", large(count as f64), if count == 1 { "" } else { "s" })
}

/// Three significant digits, without an exponent or a trailing zero between a thousandth and a million.
fn rounded(x: f64) -> String {
    let size = x.abs();
    if x == 0.0 || !x.is_finite() {
        return format!("{x}");
    }
    if !(1e-3..1e6).contains(&size) {
        return format!("{x:.2e}");
    }
    let decimals = (2 - size.log10().floor() as i32).max(0) as usize;
    let text = format!("{x:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// A time to the thousandth of a ms.
fn thousandths(time: f64) -> String {
    format!("{}", (time * 1e3).round() / 1e3)
}

/// Whole below a million, then three digits and a word.
fn large(x: f64) -> String {
    match x {
        x if x < 1e6 => format!("{x:.0}"),
        x if x < 999.5e6 => format!("{} million", rounded(x / 1e6)),
        x => format!("{} billion", rounded(x / 1e9)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Status, WallSeconds};

    #[test]
    fn numbers_are_rounded_as_people_say_them() {
        for (x, text) in [
            (0.0, "0"),
            (12.3456, "12.3"),
            (0.0123456, "0.0123"),
            (2.0, "2"),
            (100.0, "100"),
            (1234.5, "1234"),
            (-65.04, "-65"),
            (1.5e-7, "1.50e-7"),
        ] {
            assert_eq!(rounded(x), text);
        }
        assert_eq!(large(298_900_000.0), "299 million");
        assert_eq!(large(999_999.0), "999999");
        assert_eq!(large(2.5e9), "2.5 billion");
        assert_eq!(thousandths(2.3456789), "2.346");
    }

    fn relay() -> (RunReport, Recording) {
        let population = PopulationSeen {
            name: "chain".into(),
            size: 5,
            model: "cable".into(),
            spikes: 5,
            counted: 5,
            rate_hz: Some(25.0),
            ..PopulationSeen::default()
        };
        let train = |site: &str, offset: f64| SpikeTrains {
            seen_by: vec![],
            population: "chain".into(),
            site: site.into(),
            recorded: (0..5).collect(),
            times_ms: (0..5).map(|k| 2.0 + 4.0 * k as f64 + offset).collect(),
            neurons: (0..5).collect(),
            size: 5,
            thinned: None,
        };
        let measure = |name: &str, value, unit: &str| MeasureSeen {
            name: name.into(),
            kind: "velocity".into(),
            value,
            unit: unit.into(),
            reason: None,
            until_ms: None,
            marks: vec![],
        };
        let report = RunReport {
            status: Status::Complete,
            neurons: 5,
            synapses: 1,
            duration_ms: 40.0,
            wall_s: WallSeconds { simulate: 0.1234, ..WallSeconds::default() },
            real_time_factor: Some(3.085),
            synaptic_events: 2_500_000,
            populations: vec![population.clone()],
            measures: vec![measure("speed", Some(0.98765), "m/s"), measure("none", None, "m/s")],
            directory: "output/relay/latest".into(),
            files: vec!["run.json".into(), "traces.svg".into()],
            ..RunReport::default()
        };
        let recording = Recording {
            populations: vec![population],
            spikes: vec![train("soma(0.5)", 0.25), train("axon(1.0)", 2.0)],
            ..Recording::default()
        };
        (report, recording)
    }

    #[test]
    fn the_story_of_a_small_network_fits_the_terminal() {
        let (report, recording) = relay();
        let text = summary(&report, &recording);
        for part in [
            "complete: 5 neurons, 1 synapse, 40 ms in 0.123 s (3.08 s per simulated s)\n",
            "  chain  5 x cable: 5 spikes, 25 Hz\n",
            "  first spikes: chain[0].soma(0.5) 2.25 ms, chain[0].axon(1.0) 4 ms,",
            "  speed  velocity 0.988 m/s\n",
            "  none   velocity did not happen\n",
            "  2.5 million synaptic events, 20.3 million a second\n",
            "  in output/relay/latest\n  pictures: traces.svg\n",
        ] {
            assert!(text.contains(part), "{part}\nis not in\n{text}");
        }
        assert!(text.lines().all(|line| line.chars().count() <= 80 && line.trim_end() == line), "{text}");
    }

    #[test]
    fn spikes_of_the_warm_up_are_told_apart() {
        let seen = |spikes, counted, name: &str| {
            let (rate_hz, cv_isi) = (Some(60.0), Some(0.0123));
            let (name, model) = (name.into(), "hodgkin_huxley".into());
            let population =
                PopulationSeen { name, model, size: 3, spikes, counted, rate_hz, cv_isi, ..PopulationSeen::default() };
            population_lines(&population, std::slice::from_ref(&population))
        };
        assert_eq!(seen(18, 18, "p"), ["  p  3 x hodgkin_huxley: 18 spikes, 60 Hz, CV 0.0123"]);
        assert_eq!(seen(18, 9, "p"), ["  p  3 x hodgkin_huxley: 18 spikes, 9 after the warm-up, 60 Hz, CV 0.0123"]);
        let long = seen(123_456, 98_765, "layer_5_cells");
        assert_eq!(long.len(), 2);
        assert!(long.iter().all(|line| line.chars().count() <= WIDTH), "{long:?}");
    }

    #[test]
    fn large_networks_and_failures_stay_short() {
        let (mut report, mut recording) = relay();
        (report.neurons, report.synapses, report.duration_ms) = (12_500, 15_600_000, 1234.5);
        let named = |k: usize| MeasureSeen { name: format!("m{k}"), ..report.measures[0].clone() };
        report.measures = (0..20).map(named).collect();
        report.measures[3].until_ms = Some(1870.0);
        recording.populations[0].size = 1000;
        report.populations = vec![report.populations[0].clone(); 30];
        report.status = Status::Failed;
        report.failure = Some("V_m of `exc[3]` became NaN at 12.5 ms".into());
        let text = summary(&report, &recording);
        assert!(text.starts_with("failed: ") && text.contains("became NaN"), "{text}");
        assert!(
            text.contains("and 18 more populations: all are in run.json") && !text.contains("first spikes"),
            "{text}"
        );
        // Each measure was asked for; one of a part of its window says so.
        assert!(
            text.contains("m19") && text.contains("m3   velocity 0.988 m/s (until 1870 ms, when the run ended)"),
            "{text}"
        );
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    }
}
