//! The slim panels beneath traces: what was done to the neurons shown, on the same time axis.
//!
//! What is the same for all of them is a grey line with a name; else each neuron's is in the colour of its trace.

use plotters::style::RGBColor;

use crate::recording::{Recording, StimulusSeen};

use super::axis;
use super::page::{self, Band, Entry, Page, Panel, Quantity};
use super::palette;
use super::select::{self, Line};
use super::text;
use super::time::{self, Time};
use super::waveform::{self, Course};

/// Lines of stimuli are grey, for colours mean neurons.
const GREYS: [RGBColor; 4] =
    [palette::AXIS, RGBColor(0x99, 0x99, 0x99), RGBColor(0x66, 0x66, 0x66), RGBColor(0xbb, 0xbb, 0xbb)];
const MOST: usize = 4;
const SLIM: f64 = 74.0;
const ROW: f64 = 17.0;
/// Rows of events, at most.
const MOST_ROWS: usize = 12;

/// The stimuli of a page: what electrodes hold, waveforms by unit, then those that are spikes.
pub struct Stimuli<'a> {
    commands: Courses<'a>,
    inputs: Vec<(String, Vec<Input<'a>>)>,
    rows: Vec<Row<'a>>,
    /// What is left out, and what colours mean here.
    pub notes: Vec<String>,
}

/// Each course once, with a line of the first neuron that has it.
type Courses<'a> = Vec<(Line<'a>, Course)>;

/// What one stimulus does to the neurons shown, in all windows in which it acts.
struct Input<'a> {
    name: String,
    /// As notes call it.
    told: String,
    courses: Courses<'a>,
    /// Two neurons have the same.
    is_shared: bool,
}

/// The spikes that come from one stimulus: to all, or to one neuron.
struct Row<'a> {
    name: String,
    to: Option<Line<'a>>,
    times_ms: Vec<f64>,
}

/// One neuron shown, with its first line.
type Neuron<'a> = ((&'a str, usize), Line<'a>);

/// The stimuli that reach any of the neurons shown and that have something to draw; `coloured` if these have colours of their own.
pub fn reaching<'a>(recording: &'a Recording, shown: &[Line<'a>], time: &Time, coloured: bool) -> Stimuli<'a> {
    let mut neurons: Vec<Neuron> = vec![];
    for line in shown {
        let neuron = owner(*line);
        if neurons.iter().all(|(known, _)| *known != neuron) {
            neurons.push((neuron, *line));
        }
    }
    let mut notes = vec![];
    let inputs = inputs(recording, &neurons, &mut notes);
    notes.extend(meaning(&inputs, coloured));
    let rows = rows(recording, &neurons, time, &mut notes);
    Stimuli { commands: commands(recording, shown), inputs, rows, notes }
}

fn owner<'a>(line: Line<'a>) -> (&'a str, usize) {
    (&line.trace.population, line.trace.neuron)
}

/// Courses of different neurons.
fn differ(courses: &Courses) -> bool {
    courses.iter().any(|(line, _)| owner(*line) != owner(courses[0].0))
}

fn add<'a>(courses: &mut Courses<'a>, line: Line<'a>, course: Course) {
    if courses.iter().all(|(_, known)| *known != course) {
        courses.push((line, course));
    }
}

/// The stimuli by name: one that acts in several windows is there once for each.
fn by_name(recording: &Recording) -> Vec<Vec<&StimulusSeen>> {
    let mut names: Vec<Vec<&StimulusSeen>> = vec![];
    for stimulus in &recording.stimuli {
        match names.iter_mut().find(|windows| windows[0].name == stimulus.name) {
            Some(windows) => windows.push(stimulus),
            None => names.push(vec![stimulus]),
        }
    }
    names
}

/// Waveforms by unit, as many as can be told apart.
fn inputs<'a>(
    recording: &'a Recording,
    neurons: &[Neuron<'a>],
    notes: &mut Vec<String>,
) -> Vec<(String, Vec<Input<'a>>)> {
    let mut panels = vec![];
    for (unit, stimuli) in currents(recording, neurons) {
        let all = stimuli.len();
        let adds_up = neurons.iter().all(|(_, line)| has_one_place(recording, *line));
        let shown: Vec<&[Vec<&StimulusSeen>]> = match all > MOST && adds_up {
            true => vec![&stimuli],
            false => stimuli.chunks(1).take(MOST).collect(),
        };
        if all > MOST && !adds_up {
            notes.push(format!("{MOST} of {all} stimuli in {} shown", text::unit(unit)));
        }
        let inputs: Vec<Input> = shown.iter().map(|stimuli| input(recording, stimuli, neurons, notes)).collect();
        if inputs.iter().any(|input| !input.courses.is_empty()) {
            panels.push((unit.to_string(), inputs));
        }
    }
    panels
}

/// What the lines mean that have no name beside them.
fn meaning(panels: &[(String, Vec<Input>)], coloured: bool) -> Option<String> {
    let own = || panels.iter().flat_map(|(_, inputs)| inputs).filter(|input| differ(&input.courses));
    let told: Vec<&str> = own().map(|input| input.told.as_str()).collect();
    let told = Some(told.join(", ")).filter(|_| !told.is_empty())?;
    Some(match (coloured, own().any(|input| input.is_shared)) {
        (false, _) => format!("{told}: a line for each neuron that gets another"),
        (true, false) => format!("{told} in the colours of the neurons"),
        (true, true) => format!("{told} in the colours of the neurons; of those with the same, that of the first"),
    })
}

/// The currents that reach any of these neurons, by unit and by name.
fn currents<'a>(recording: &'a Recording, neurons: &[Neuron]) -> Vec<(&'a str, Vec<Vec<&'a StimulusSeen>>)> {
    let mut units: Vec<(&str, Vec<Vec<&StimulusSeen>>)> = vec![];
    for windows in by_name(recording) {
        let stimulus = windows[0];
        let reaches = |((population, neuron), _): &Neuron| !waveform::places(stimulus, population, *neuron).is_empty();
        if stimulus.waveform.is_empty() || stimulus.kind == CLAMP || !neurons.iter().any(reaches) {
            continue;
        }
        match units.iter_mut().find(|(unit, _)| *unit == stimulus.unit) {
            Some((_, same)) => same.push(windows),
            None => units.push((&stimulus.unit, vec![windows])),
        }
    }
    units
}

/// What reaches it reaches all of it: currents add.
fn has_one_place(recording: &Recording, line: Line) -> bool {
    recording.populations.iter().all(|seen| seen.name != line.trace.population || seen.sections.is_empty())
}

/// What these stimuli, each in its windows, do together.
fn input<'a>(
    recording: &Recording,
    stimuli: &[Vec<&StimulusSeen>],
    neurons: &[Neuron<'a>],
    notes: &mut Vec<String>,
) -> Input<'a> {
    let (name, told) = match stimuli {
        [windows] => (windows[0].name.clone(), format!("`{}`", windows[0].name)),
        all => (format!("sum of {} stimuli", all.len()), format!("the sum of {} stimuli", all.len())),
    };
    let mut input = Input { name, told, courses: vec![], is_shared: false };
    let (mut reached, mut unknown) = (vec![], 0);
    for (neuron, line) in neurons {
        let together = together(stimuli, *neuron, has_one_place(recording, *line));
        reached.extend(Some(*neuron).filter(|_| !together.is_empty()));
        if together.iter().flatten().any(|course| course.is_empty()) {
            unknown += 1;
            continue;
        }
        let known = input.courses.len();
        together.iter().for_each(|courses| add(&mut input.courses, *line, waveform::sum(courses)));
        input.is_shared |= !together.is_empty() && input.courses.len() == known;
    }
    if unknown > 0 {
        let (told, all) = (&input.told, reached.len());
        notes.push(format!("{told} of {unknown} of {all} neurons is not shown: it was too much to keep"));
    }
    match reached[..] {
        [(population, neuron)] if neurons.len() > 1 => {
            input.name += &format!(" {}", select::place_name(recording, (population, neuron, "")));
        }
        _ if reached.len() < neurons.len() => {
            input.name += &format!(" ({} of {} neurons)", reached.len(), neurons.len());
        }
        _ => {}
    }
    input
}

/// The courses that add up in a neuron: all, but for those at different places of a cable.
fn together<'a>(
    stimuli: &[Vec<&'a StimulusSeen>],
    (population, neuron): (&str, usize),
    one_place: bool,
) -> Vec<Vec<&'a [(f64, f64)]>> {
    let mut together: Vec<Vec<&[(f64, f64)]>> = vec![];
    for windows in stimuli {
        for (index, place) in waveform::places(windows[0], population, neuron).into_iter().enumerate() {
            let index = if one_place { 0 } else { index };
            together.resize(together.len().max(index + 1), vec![]);
            together[index].extend(windows.iter().map(|window| waveform::of(window, place)));
        }
    }
    together
}

/// Events of stimuli, a row of each: of each neuron where these have their own.
fn rows<'a>(recording: &Recording, neurons: &[Neuron<'a>], time: &Time, notes: &mut Vec<String>) -> Vec<Row<'a>> {
    let mut rows: Vec<Row> = vec![];
    let mut senders = 0;
    for windows in by_name(recording) {
        let name = &windows[0].name;
        let mut own: Vec<(Line, Vec<f64>)> = vec![];
        for ((population, neuron), line) in neurons {
            let places = waveform::places(windows[0], population, *neuron);
            if !places.is_empty() {
                let of = |window: &&StimulusSeen| waveform::events(window, &places);
                let times = windows.iter().flat_map(of).filter(|at| time.holds(*at));
                own.push((*line, times.collect()));
            }
        }
        let alike = own.windows(2).all(|two| two[0].1 == two[1].1);
        own.truncate(if alike { 1 } else { own.len() });
        own.retain(|(_, times)| !times.is_empty());
        if own.is_empty() {
            continue;
        }
        senders += 1;
        if let Some(until) = windows.iter().find_map(|window| window.events_until_ms) {
            notes.push(format!("spikes of `{name}` from {} ms on were too many to keep", time::plain(until)));
        }
        if senders <= MOST {
            rows.extend(own.into_iter().map(|(line, times_ms)| match alike {
                true => Row { name: name.clone(), to: None, times_ms },
                false => {
                    let (population, neuron) = owner(line);
                    let place = select::place_name(recording, (population, neuron, ""));
                    Row { name: format!("{name} {place}"), to: Some(line), times_ms }
                }
            }));
        }
    }
    if senders > MOST {
        notes.push(format!("spikes of {MOST} of {senders} stimuli shown"));
    }
    if rows.len() > MOST_ROWS {
        notes.push(format!("spikes of stimuli to {MOST_ROWS} of {} neurons shown", rows.len()));
        rows.truncate(MOST_ROWS);
    }
    rows
}

const CLAMP: &str = "voltage_clamp";

/// The level at which a clamp holds this neuron, and others at other levels: `-45 mV`.
pub fn level(recording: &Recording, population: &str, neuron: usize) -> Option<String> {
    let clamps = recording.stimuli.iter().filter(|stimulus| stimulus.kind == CLAMP);
    let mut family = clamps.filter(|stimulus| stimulus.amplitudes.windows(2).any(|pair| pair[0] != pair[1]));
    let of = |stimulus: &StimulusSeen| {
        let place = waveform::places(stimulus, population, neuron).into_iter().next()?;
        let level = stimulus.amplitudes.get(place)?;
        let decimals = (0..3).find(|places| (level * 10f64.powi(*places)).fract().abs() < 1e-6).unwrap_or(3);
        Some(format!("{} {}", text::number(*level, decimals as usize), stimulus.unit))
    };
    family.find_map(of)
}

/// What is commanded of the neurons shown, each course once.
fn commands<'a>(recording: &'a Recording, shown: &[Line<'a>]) -> Courses<'a> {
    let mut commands = vec![];
    for stimulus in recording.stimuli.iter().filter(|stimulus| stimulus.kind == CLAMP) {
        for line in shown {
            let places = waveform::places(stimulus, &line.trace.population, line.trace.neuron);
            let Some(place) = places.first() else { continue };
            let level = stimulus.amplitudes.get(*place).copied().unwrap_or(f64::NAN);
            let held = || vec![(stimulus.start_ms, level), (stimulus.stop_ms, level)];
            let course = if stimulus.waveform.is_empty() { held() } else { stimulus.waveform.clone() };
            add(&mut commands, *line, course);
        }
    }
    commands
}

impl Stimuli<'_> {
    pub fn bands(&self) -> Vec<Band> {
        let mut bands = vec![];
        if !self.commands.is_empty() {
            let values = self.commands.iter().flat_map(|(_, course)| course.iter().map(|corner| corner.1));
            let range = axis::span(values, 0.08).unwrap_or((-80.0, 0.0));
            bands.push(Band { height: SLIM, y: Quantity::new("command", "mV", range), above: 16.0, numbers: true });
        }
        for (unit, inputs) in &self.inputs {
            // Zero belongs to it: a stimulus is nothing outside its time.
            let courses = inputs.iter().flat_map(|input| &input.courses);
            let values = courses.flat_map(|(_, course)| course.iter().map(|corner| corner.1)).chain([0.0]);
            let range = axis::span(values, 0.08).unwrap_or((0.0, 1.0));
            let height = SLIM.max(page::legend_height(entries(inputs).len()));
            bands.push(Band { height, y: Quantity::new("input", unit, range), above: 16.0, numbers: true });
        }
        if !self.rows.is_empty() {
            let y = Quantity::new("", "", (0.0, 1.0));
            bands.push(Band { height: self.rows.len() as f64 * ROW, y, above: 16.0, numbers: false });
        }
        bands
    }

    /// Room right of the panels.
    pub fn right(&self) -> f64 {
        let rows = self.rows.iter().map(|row| (row.name.clone(), palette::AXIS)).collect();
        let lists = self.inputs.iter().map(|(_, inputs)| entries(inputs)).chain([rows]);
        lists.map(|entries| page::legend_width(&entries)).fold(0.0, f64::max)
    }

    /// Into the panels from `first` on; `color` is that of a line.
    pub fn draw(&self, page: &Page, first: usize, time: &Time, color: impl Fn(Line) -> RGBColor) {
        let mut panels = page.panels[first..].iter();
        if !self.commands.is_empty() {
            panels.by_ref().take(1).for_each(|panel| draw_courses(panel, &self.commands, palette::AXIS, time, &color));
        }
        for ((_, inputs), panel) in self.inputs.iter().zip(&mut panels) {
            for (index, input) in inputs.iter().enumerate().rev() {
                draw_courses(panel, &input.courses, GREYS[index % MOST], time, &color);
            }
            page.legend(panel, &entries(inputs));
        }
        let Some(panel) = panels.next() else { return };
        let mut greys = GREYS.iter().cycle();
        let mut grey = || greys.next().copied().unwrap_or(palette::AXIS);
        let entry = |row: &Row| (row.name.clone(), row.to.map_or_else(&mut grey, &color));
        let entries: Vec<Entry> = self.rows.iter().map(entry).collect();
        for (index, (row, (_, color))) in self.rows.iter().zip(&entries).enumerate() {
            let top = panel.top + index as f64 * ROW;
            for at in time.apart(&row.times_ms, panel) {
                let x = panel.x_pixel(at);
                page.pen.line(&[(x, top + 2.0), (x, top + ROW - 3.0)], *color, 1.4);
            }
        }
        page.legend(panel, &entries);
    }
}

/// The grey ones, by their names; what colours mean stands above.
fn entries(inputs: &[Input]) -> Vec<Entry> {
    let named = inputs.iter().enumerate().filter(|(_, input)| !input.courses.is_empty() && !differ(&input.courses));
    named.map(|(index, input)| (input.name.clone(), GREYS[index % MOST])).collect()
}

/// From the last to the first, in grey where they belong to a single neuron or to all.
fn draw_courses(panel: &Panel, courses: &Courses, grey: RGBColor, time: &Time, color: impl Fn(Line) -> RGBColor) {
    let own = differ(courses);
    for (line, course) in courses.iter().rev() {
        let color = if own { color(*line) } else { grey };
        for piece in time.thin(time.clip(course).into_iter(), panel) {
            panel.line(piece, color, 1.4);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Kind, Request, samples};
    use super::*;
    use crate::recording::WaveformSeen;

    /// What the stimuli of `recording` come to beneath a trace of its first neurons.
    fn beneath(recording: &Recording, neurons: usize) -> Stimuli<'_> {
        let lines = select::lines(recording, &Request::new("plot", Kind::Trace)).unwrap();
        reaching(recording, &lines[..neurons], &Time { low_ms: 0.0, high_ms: 200.0 }, true)
    }

    fn pulse(from: f64, to: f64, height: f64) -> Course {
        vec![(0.0, 0.0), (from, 0.0), (from, height), (to, height), (to, 0.0), (200.0, 0.0)]
    }

    #[test]
    fn the_windows_of_one_stimulus_are_one_line() {
        let mut recording = samples::integrate_and_fire(2);
        let windows = (0..5).map(|k| pulse(20.0 * f64::from(k) + 10.0, 20.0 * f64::from(k) + 20.0, 7.0));
        let one = recording.stimuli.remove(0);
        recording.stimuli = windows.map(|waveform| StimulusSeen { waveform, ..one.clone() }).collect();
        let stimuli = beneath(&recording, 2);
        let [(_, inputs)] = &stimuli.inputs[..] else { panic!("one unit") };
        let [(_, course)] = &inputs[0].courses[..] else { panic!("one course for both neurons") };
        assert_eq!((inputs.len(), course.iter().filter(|point| point.1 == 7.0).count()), (1, 10));
        assert_eq!(entries(inputs).iter().map(|entry| entry.0.as_str()).collect::<Vec<_>>(), ["current"]);
        assert!(stimuli.notes.is_empty());
    }

    #[test]
    fn more_stimuli_than_can_be_told_apart_are_a_sum_or_are_counted() {
        let many = |mut recording: Recording| {
            let one = recording.stimuli.remove(0);
            let named = (0..8).map(|k| StimulusSeen { name: format!("s{k}"), ..one.clone() });
            recording.stimuli = named.collect();
            recording
        };
        let point = many(samples::integrate_and_fire(2));
        let stimuli = beneath(&point, 2);
        let inputs = &stimuli.inputs[0].1;
        assert_eq!((inputs.len(), inputs[0].name.as_str()), (1, "sum of 8 stimuli"));
        assert!(stimuli.notes.is_empty(), "{:?}", stimuli.notes);
        assert_eq!(inputs[0].courses[0].1, [(0.0, 0.0), (20.0, 0.0), (20.0, 1200.0), (200.0, 1200.0)]);
        // On a cable they may be far apart.
        let cable = many(samples::relay(0.4, false));
        let stimuli = beneath(&cable, 1);
        assert_eq!(
            (stimuli.inputs[0].1.len(), &stimuli.notes[..]),
            (4, &["4 of 8 stimuli in nA shown".to_string()][..])
        );
    }

    #[test]
    fn each_neuron_has_its_own_line_and_those_with_the_same_share_one() {
        let mut recording = samples::integrate_and_fire(3);
        recording.stimuli[0].others = vec![WaveformSeen { of: vec![2], corners: pulse(20.0, 200.0, 9.0) }];
        let stimuli = beneath(&recording, 3);
        let told: Vec<usize> = stimuli.inputs[0].1[0].courses.iter().map(|(line, _)| line.trace.neuron).collect();
        assert_eq!(told, [0, 2]);
        let note = "`current` in the colours of the neurons; of those with the same, that of the first";
        assert_eq!(stimuli.notes, [note]);
        assert_eq!(meaning(&stimuli.inputs, false).unwrap(), "`current`: a line for each neuron that gets another");
        assert!(entries(&stimuli.inputs[0].1).is_empty() && beneath(&recording, 2).notes.is_empty());
    }

    #[test]
    fn whom_a_line_belongs_to_stands_beside_it_unless_it_is_everyone_s() {
        let mut recording = samples::integrate_and_fire(3);
        let mut named = |neurons: Vec<usize>| {
            recording.stimuli[0].neurons = vec![neurons];
            beneath(&recording, 3).inputs[0].1[0].name.clone()
        };
        assert_eq!(named(vec![1]), "current cell[1]");
        assert_eq!(named(vec![0, 2]), "current (2 of 3 neurons)");
        assert_eq!(named(vec![0, 1, 2]), "current");
    }

    #[test]
    fn what_was_not_kept_is_said() {
        let mut recording = samples::integrate_and_fire(3);
        recording.stimuli[0].others = vec![WaveformSeen { of: vec![2], corners: vec![] }];
        let stimuli = beneath(&recording, 3);
        assert_eq!(stimuli.notes, ["`current` of 1 of 3 neurons is not shown: it was too much to keep"]);
        assert_eq!(stimuli.inputs[0].1[0].courses.len(), 1);
    }

    #[test]
    fn a_row_of_marks_is_that_of_a_neuron_shown() {
        let mut recording = samples::integrate_and_fire(3);
        let list = &mut recording.stimuli[0];
        (list.waveform, list.name) = (vec![], "list".into());
        (list.events_ms, list.events_of) = (vec![5.0, 6.0, 7.0, 8.0], vec![2, 0, 1, 0]);
        let told = |neurons: usize| -> Vec<(String, Vec<f64>)> {
            beneath(&recording, neurons).rows.iter().map(|row| (row.name.clone(), row.times_ms.clone())).collect()
        };
        assert_eq!(told(1), [("list".to_string(), vec![6.0, 8.0])]);
        assert_eq!(told(2), [("list cell[0]".to_string(), vec![6.0, 8.0]), ("list cell[1]".to_string(), vec![7.0])]);
    }
}
