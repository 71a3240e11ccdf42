//! Variables against time: a panel per kind of variable, spikes marked, the stimulus beneath.
//!
//! A model that resets has no action potential to draw: its spikes are thin lines up from its last sample. A model that
//! crosses draws its own, and gets ticks above them where spikes were recorded.

use plotters::style::RGBColor;

use crate::recording::{Recording, SpikeTrains};

use super::Request;
use super::axis;
use super::marks;
use super::page::{self, Band, Entry, Page, Panel, Quantity, Sheet};
use super::palette;
use super::scene::Drawing;
use super::select::{self, Line};
use super::stimulus;
use super::time::Time;
use super::unfit::Unfit;

/// More lines than this in one panel cannot be told apart.
pub const MOST_LINES: usize = 12;
const MOST_PANELS: usize = 8;
/// Height of a row of spike ticks, in pixels.
const ROW: f64 = 8.0;

/// One panel's content.
struct Group<'a> {
    name: String,
    unit: String,
    lines: Vec<Line<'a>>,
}

impl Group<'_> {
    /// Lines of more than one variable.
    fn has_several(&self) -> bool {
        self.lines.iter().any(|line| line.trace.variable != self.lines[0].trace.variable)
    }
}

/// The spikes of one line's neuron.
struct Spikes<'a> {
    line: Line<'a>,
    times: Vec<f64>,
    /// Where the model resets, and whether an upstroke of its own leads there.
    threshold: Option<f64>,
    upstroke: bool,
}

/// Whether what `panels` names, or anything, is there.
pub fn check(recording: &Recording, request: &Request) -> Result<(), Unfit> {
    let lines = select::lines(recording, request).map_err(Unfit::by(&["neurons", "data"]))?;
    groups(&lines, request).map_err(Unfit::by(&["panels"])).map(drop)
}

pub fn draw(recording: &Recording, request: &Request) -> Result<Drawing, String> {
    let lines = select::lines(recording, request)?;
    let mut notes: Vec<String> = select::interrupted(recording).into_iter().collect();
    let groups = limit(groups(&lines, request)?, &mut notes);
    let shown: Vec<Line> = groups.iter().flat_map(|group| group.lines.iter().copied()).collect();
    let time = Time::of(shown.iter().flat_map(|line| ends(*line)));
    let names = Names::new(recording, &groups);
    let legends: Vec<Vec<Entry>> = groups.iter().map(|group| names.legend(group)).collect();
    if let (false, Some(first)) = (names.by_place, shown.first()) {
        notes.insert(0, select::place_name(recording, first.place()));
    }
    if !shown.iter().any(|line| line.trace.values.iter().any(|v| v.is_finite())) {
        notes.push("no finite sample was recorded".to_string());
    }
    let spikes: Vec<Vec<Spikes>> = groups.iter().map(|group| spikes(recording, group, &time)).collect();
    let mut stimuli = stimulus::reaching(recording, &shown, &time, !names.places.is_empty());
    notes.append(&mut stimuli.notes);

    let mut bands: Vec<Band> = vec![];
    for (index, group) in groups.iter().enumerate() {
        let legend = if index == 0 || legends[index] != legends[0] { legends[index].len() } else { 0 };
        bands.push(band(group, &spikes[index], groups.len(), legend));
    }
    bands.extend(stimuli.bands());
    let right = legends.iter().map(|entries| page::legend_width(entries)).fold(stimuli.right(), f64::max);
    let title = select::title(recording, request);
    let page = Sheet { title, notes, bands, x: time.quantity(), left: 0.0, right }.lay_out();
    for (index, group) in groups.iter().enumerate() {
        let panel = &page.panels[index];
        fill(&page, panel, group, &spikes[index], &names, &time);
        marks::draw(recording, &page, panel, &group.lines, &time);
        if index == 0 || legends[index] != legends[0] {
            page.legend(panel, &legends[index]);
        }
    }
    stimuli.draw(&page, groups.len(), &time, |line| names.color_of_place(line));
    Ok(page.finish())
}

/// First and last time of a line.
fn ends(line: Line) -> [f64; 2] {
    [line.samples.time(0), line.samples.time(line.trace.values.len().saturating_sub(1))]
}

/// In `panels`: every line has its own.
const EACH: &[&str] = &["each"];

/// Lines by panel: as asked for, else what has the same meaning and unit together, potentials first.
fn groups<'a>(lines: &[Line<'a>], request: &Request) -> Result<Vec<Group<'a>>, String> {
    let alone =
        |line: Line<'a>| Group { name: line.trace.variable.clone(), unit: line.trace.unit.clone(), lines: vec![line] };
    match (&request.options.panels, request.options.each) {
        (Some(variables), _) if variables == EACH => return Ok(lines.iter().map(|line| alone(*line)).collect()),
        (Some(variables), false) => return variables.iter().map(|variable| asked(lines, variable)).collect(),
        (Some(variables), true) => {
            let groups: Vec<Group> =
                variables.iter().map(|variable| asked(lines, variable)).collect::<Result<_, String>>()?;
            return Ok(groups.into_iter().flat_map(|group| group.lines).map(alone).collect());
        }
        (None, true) => return Ok(stages(lines).into_iter().map(alone).collect()),
        (None, false) => {}
    }
    let mut groups: Vec<Group> = vec![];
    for line in lines {
        let (name, unit) = (meaning(&line.trace.variable, &line.trace.unit), &line.trace.unit);
        match groups.iter_mut().find(|group| group.name == name && group.unit == *unit) {
            Some(group) => group.lines.push(*line),
            None => groups.push(Group { name, unit: unit.clone(), lines: vec![*line] }),
        }
    }
    groups.sort_by_key(|group| group.lines[0].trace.variable != "V_m");
    for group in &mut groups {
        let mut variables: Vec<&str> = group.lines.iter().map(|line| line.trace.variable.as_str()).collect();
        variables.dedup();
        let mut once: Vec<&str> = vec![];
        variables.into_iter().for_each(|name| {
            if !once.contains(&name) {
                once.push(name)
            }
        });
        if group.name.is_empty() {
            group.name = together(&once);
        } else if once.len() == 1 && group.name != POTENTIAL {
            group.name = once[0].to_string();
        }
    }
    Ok(groups)
}

/// The lines in the order of what happens at a synapse. Where they are too many for a page, those come last that are no stage.
fn stages<'a>(lines: &[Line<'a>]) -> Vec<Line<'a>> {
    let is_stage = |line: &&Line| {
        let variable = line.trace.variable.as_str();
        ["V_m", "Ca", "T"].contains(&variable) || ["T.", "r.", "g.", "Ca."].iter().any(|p| variable.starts_with(p))
    };
    if lines.len() <= MOST_PANELS {
        return in_order(lines.to_vec(), lines);
    }
    let room = MOST_PANELS.saturating_sub(lines.iter().filter(is_stage).count());
    let others: Vec<Line> = lines.iter().filter(|line| !is_stage(line)).copied().collect();
    let fits =
        |line: &&Line| is_stage(line) || others[..room].iter().any(|other| std::ptr::eq(other.trace, line.trace));
    let (shown, rest): (Vec<&Line>, Vec<&Line>) = lines.iter().partition(fits);
    in_order(shown.into_iter().copied().collect(), lines).into_iter().chain(rest.into_iter().copied()).collect()
}

/// V of the terminal, its channels, calcium, what calcium does, transmitter, receptors, their conductance and current, V behind. The
/// terminal's population is where, among `all`, transmitter or receptors are recorded.
fn in_order<'a>(mut lines: Vec<Line<'a>>, all: &[Line]) -> Vec<Line<'a>> {
    let head = |line: &Line| line.trace.variable.split('.').next().unwrap_or("").to_string();
    let dotted = |line: &Line| line.trace.variable.contains('.');
    let releases = |line: &&Line| head(line) == "T" || (head(line) == "r" && dotted(line));
    let before: Vec<&str> = all.iter().filter(releases).map(|line| line.trace.population.as_str()).collect();
    let place = |line: &Line| match (head(line).as_str(), dotted(line)) {
        ("V_m", _) if before.is_empty() || before.contains(&line.trace.population.as_str()) => 0,
        ("Ca", _) => 2,
        ("F_A" | "V_A", false) => 3,
        ("T", _) => 4,
        ("g", true) => 6,
        ("I", true) if !before.contains(&line.trace.population.as_str()) => 7,
        ("V_m", _) => 8,
        (_, true) if head(line) != "I" => 5,
        _ => 1,
    };
    lines.sort_by_key(place);
    lines
}

/// `u, x` for `u.depressing`, `x.depressing`, `u.facilitating`: the legend tells the rest.
fn together(variables: &[&str]) -> String {
    if variables.len() < 3 {
        return variables.join(", ");
    }
    let mut heads: Vec<&str> = vec![];
    for variable in variables {
        let head = variable.split('.').next().unwrap_or(variable);
        if !heads.contains(&head) {
            heads.push(head);
        }
    }
    heads.join(", ")
}

const POTENTIAL: &str = "membrane potential";

/// What a variable is, where several are; empty for numbers without a unit, which gates are.
fn meaning(variable: &str, unit: &str) -> String {
    match variable {
        "V_m" => POTENTIAL.to_string(),
        _ if variable.starts_with("g.") => "conductance".to_string(),
        _ if variable.starts_with("I.") => "current".to_string(),
        _ if unit.is_empty() || unit == "1" => String::new(),
        other => other.to_string(),
    }
}

fn asked<'a>(lines: &[Line<'a>], variable: &str) -> Result<Group<'a>, String> {
    let found: Vec<Line> = lines.iter().copied().filter(|line| line.trace.variable == variable).collect();
    let Some(first) = found.first() else {
        let mut known: Vec<String> = lines.iter().map(|line| line.trace.variable.clone()).collect();
        known.sort();
        known.dedup();
        return Err(format!("`{variable}` is not recorded here; recorded: {}", select::quoted(&known)));
    };
    let name = if variable == "V_m" { POTENTIAL } else { variable };
    Ok(Group { name: name.to_string(), unit: first.trace.unit.clone(), lines: found })
}

/// As many panels and lines as can be told apart; what is left out is noted.
fn limit<'a>(mut groups: Vec<Group<'a>>, notes: &mut Vec<String>) -> Vec<Group<'a>> {
    if groups.len() > MOST_PANELS {
        notes.push(format!("{MOST_PANELS} of {} variables shown; `panels` chooses others", groups.len()));
        groups.truncate(MOST_PANELS);
    }
    let most = groups.iter().map(|group| group.lines.len()).max().unwrap_or(0);
    if most > MOST_LINES {
        notes.push(format!("{MOST_LINES} of {most} traces shown, evenly spaced; `neurons` or `data` chooses others"));
    }
    for group in &mut groups {
        group.lines = select::evenly(&group.lines, MOST_LINES);
    }
    groups
}

/// What lines are called, and their colours: by place, the same in all panels; by variable, or by both, where a panel has several.
struct Names<'a> {
    recording: &'a Recording,
    /// Of the panels with one variable.
    places: Vec<String>,
    by_place: bool,
    /// All of one population and site.
    alike: bool,
}

impl<'a> Names<'a> {
    fn new(recording: &'a Recording, groups: &[Group<'a>]) -> Names<'a> {
        let lines = || groups.iter().flat_map(|group| &group.lines);
        let first = lines().next().map(|line| line.place());
        let by_place = lines().any(|line| Some(line.place()) != first);
        let kin = |(population, _, site): (&'a str, usize, &'a str)| (population, site);
        let alike = lines().all(|line| first.is_none_or(|first| kin(line.place()) == kin(first)));
        let mut names = Names { recording, places: vec![], by_place, alike };
        for line in groups.iter().filter(|group| !group.has_several()).flat_map(|group| &group.lines) {
            let place = names.place(*line);
            if !names.places.contains(&place) {
                names.places.push(place);
            }
        }
        names
    }

    fn place(&self, line: Line) -> String {
        let level = stimulus::level(self.recording, &line.trace.population, line.trace.neuron);
        match level.filter(|_| self.by_place) {
            // What tells the neurons of a family apart.
            Some(level) if self.alike => level,
            Some(level) => format!("{} {level}", select::place_name(self.recording, line.place())),
            None => select::place_name(self.recording, line.place()),
        }
    }

    fn name(&self, line: Line, group: &Group) -> String {
        match (group.has_several(), self.by_place) {
            (true, true) => format!("{} {}", line.trace.variable, self.place(line)),
            (true, false) => line.trace.variable.clone(),
            (false, _) => self.place(line),
        }
    }

    fn color(&self, line: Line, group: &Group) -> RGBColor {
        if !group.has_several() {
            return self.color_of_place(line);
        }
        let own = group.lines.iter().position(|other| std::ptr::eq(other.trace, line.trace));
        palette::category(own.unwrap_or(0), group.lines.len())
    }

    /// Where colours mean variables, places have none.
    fn color_of_place(&self, line: Line) -> RGBColor {
        let place = self.place(line);
        let known = self.places.iter().position(|known| *known == place);
        known.map_or(palette::AXIS, |known| palette::category(known, self.places.len()))
    }

    /// Nothing where there is a single line, which needs no telling apart.
    fn legend(&self, group: &Group) -> Vec<Entry> {
        if !group.has_several() && self.places.len() < 2 {
            return vec![];
        }
        group.lines.iter().map(|line| (self.name(*line, group), self.color(*line, group))).collect()
    }
}

/// The spikes of a panel of potentials: where exactly this site was watched for spikes, or the neuron is a point.
fn spikes<'a>(recording: &Recording, group: &Group<'a>, time: &Time) -> Vec<Spikes<'a>> {
    let potentials = group.lines.iter().filter(|line| line.trace.variable == "V_m");
    let of = |line: &Line<'a>| {
        let here = |trains: &&SpikeTrains| trains.population == line.trace.population && trains.site == line.trace.site;
        let trains = recording.spikes.iter().find(here)?;
        let mine = trains.neurons.iter().zip(&trains.times_ms).filter(|(n, _)| **n as usize == line.trace.neuron);
        let times: Vec<f64> = mine.map(|(_, &at)| at).filter(|at| time.holds(*at)).collect();
        let population = recording.populations.iter().find(|p| p.name == line.trace.population)?;
        let (threshold, upstroke) = (population.threshold_mv, population.upstroke);
        (!times.is_empty()).then_some(Spikes { line: *line, times, threshold, upstroke })
    };
    potentials.filter_map(of).collect()
}

fn band(group: &Group, spikes: &[Spikes], panels: usize, legend: usize) -> Band {
    let potential = group.name == POTENTIAL;
    let usual = match (potential, panels) {
        (_, 1) => 320.0,
        (true, _) => 220.0,
        (false, 2) => 170.0,
        (false, _) => 130.0,
    };
    let height = f64::max(usual, page::legend_height(legend));
    let values = group.lines.iter().flat_map(|line| line.trace.values.iter().copied());
    let (mut low, mut high) = axis::span(values, 0.05).unwrap_or((f64::NAN, f64::NAN));
    for (spikes, threshold) in spikes.iter().filter_map(|spikes| Some((spikes, spikes.threshold?))) {
        high = high.max(spikes.top(threshold, low) + 0.02 * (high - low));
        low = low.min(threshold);
    }
    let rows = spikes.iter().filter(|spikes| spikes.threshold.is_none()).count() as f64 * ROW;
    high += (high - low) * rows / (height - rows);
    let y = Quantity::new(&group.name, &group.unit, (low, high));
    Band { height, y, above: 16.0, numbers: true }
}

impl Spikes<'_> {
    /// How far a line that stands for a spike reaches: to the end of the model's upstroke, or as far above the threshold
    /// as the axis goes below, but 30 mV at most.
    fn top(&self, threshold: f64, low: f64) -> f64 {
        if self.upstroke { threshold } else { threshold + (threshold - low).clamp(5.0, 30.0) }
    }

    /// Where it begins: at the last sample before the spike.
    fn foot(&self, at: f64, threshold: f64) -> f64 {
        let samples = self.line.samples;
        let index = ((at - samples.start_ms) / samples.every_ms - 1e-6).ceil() - 1.0;
        let before = if index >= 0.0 { self.line.trace.values.get(index as usize) } else { None };
        before.copied().filter(|v| v.is_finite()).unwrap_or(threshold).min(threshold)
    }
}

fn fill(page: &Page, panel: &Panel, group: &Group, spikes: &[Spikes], names: &Names, time: &Time) {
    // Thinner where lines are many, so that they hide less of each other.
    let width = if group.lines.len() > 4 { 1.1 } else { 1.5 };
    // From the last to the first: the first, which the legend begins with, ends on top.
    for line in group.lines.iter().rev() {
        for piece in time.thin(line.points(), panel) {
            panel.line(piece, names.color(*line, group), width);
        }
    }
    let mut row = panel.top + 1.0;
    for spikes in spikes {
        let color = names.color(spikes.line, group);
        let apart = time.apart(&spikes.times, panel);
        match spikes.threshold {
            Some(threshold) => {
                let top = spikes.top(threshold, panel.y.low).min(panel.y.high);
                let spike = |at: f64| vec![(at, spikes.foot(at, threshold)), (at, top)];
                apart.iter().for_each(|&at| panel.line(spike(at), color, 1.1));
            }
            None => {
                for &at in &apart {
                    let x = panel.x_pixel(at);
                    page.pen.line(&[(x, row), (x, row + ROW - 2.0)], color, 1.4);
                }
                row += ROW;
            }
        }
    }
}
