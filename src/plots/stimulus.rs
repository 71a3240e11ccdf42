//! The slim panels beneath traces: what was done to the neurons shown, on the same time axis.

use plotters::style::RGBColor;

use crate::recording::{Recording, StimulusSeen};

use super::axis;
use super::page::{self, Band, Entry, Page, Quantity};
use super::palette;
use super::select::Line;
use super::text;
use super::time::Time;

/// Lines of stimuli are grey, for colours mean neurons.
const GREYS: [RGBColor; 4] =
    [palette::AXIS, RGBColor(0x99, 0x99, 0x99), RGBColor(0x66, 0x66, 0x66), RGBColor(0xbb, 0xbb, 0xbb)];
const MOST: usize = 4;
const SLIM: f64 = 74.0;
const ROW: f64 = 17.0;

/// The stimuli of a page: what electrodes hold, waveforms by unit, then those that are spikes.
pub struct Stimuli<'a> {
    /// Of each line's neuron: its line, and the course of the potential that it is held at.
    commands: Vec<(Line<'a>, Vec<(f64, f64)>)>,
    waveforms: Vec<(String, Vec<&'a StimulusSeen>)>,
    events: Vec<&'a StimulusSeen>,
}

/// The stimuli that reach any of the neurons shown and that have something to draw.
pub fn reaching<'a>(recording: &'a Recording, shown: &[Line<'a>], time: &Time) -> Stimuli<'a> {
    let reaches = |stimulus: &&StimulusSeen| {
        stimulus.to.iter().enumerate().any(|(index, population)| {
            let of = stimulus.neurons.get(index);
            shown.iter().any(|line| {
                line.trace.population == *population && of.is_none_or(|neurons| neurons.contains(&line.trace.neuron))
            })
        })
    };
    let mut stimuli = Stimuli { commands: commands(recording, shown), waveforms: vec![], events: vec![] };
    for stimulus in recording.stimuli.iter().filter(reaches) {
        if stimulus.events_ms.iter().any(|at| time.holds(*at)) {
            stimuli.events.push(stimulus);
        }
        if stimulus.waveform.is_empty() || stimulus.kind == CLAMP {
            continue;
        }
        match stimuli.waveforms.iter_mut().find(|(unit, _)| *unit == stimulus.unit) {
            Some((_, same)) if same.len() < MOST => same.push(stimulus),
            Some(_) => {}
            None => stimuli.waveforms.push((stimulus.unit.clone(), vec![stimulus])),
        }
    }
    stimuli.waveforms.truncate(2);
    stimuli.events.truncate(MOST);
    stimuli
}

const CLAMP: &str = "voltage_clamp";

/// Where among the neurons that a stimulus reaches one of a population is.
fn reached(stimulus: &StimulusSeen, population: &str, neuron: usize) -> Option<usize> {
    let mut before = 0;
    for (to, neurons) in stimulus.to.iter().zip(&stimulus.neurons) {
        match neurons.iter().position(|own| *own == neuron).filter(|_| to == population) {
            Some(position) => return Some(before + position),
            None => before += neurons.len(),
        }
    }
    None
}

/// The level at which a clamp holds this neuron, and others at other levels: `-45 mV`.
pub fn level(recording: &Recording, population: &str, neuron: usize) -> Option<String> {
    let clamps = recording.stimuli.iter().filter(|stimulus| stimulus.kind == CLAMP);
    let mut family = clamps.filter(|stimulus| stimulus.amplitudes.windows(2).any(|pair| pair[0] != pair[1]));
    let of = |stimulus: &StimulusSeen| {
        let level = stimulus.amplitudes.get(reached(stimulus, population, neuron)?)?;
        let decimals = (0..3).find(|places| (level * 10f64.powi(*places)).fract().abs() < 1e-6).unwrap_or(3);
        Some(format!("{} {}", text::number(*level, decimals as usize), stimulus.unit))
    };
    family.find_map(of)
}

/// What is commanded of the neurons shown, each course once.
fn commands<'a>(recording: &'a Recording, shown: &[Line<'a>]) -> Vec<(Line<'a>, Vec<(f64, f64)>)> {
    let mut commands: Vec<(Line, Vec<(f64, f64)>)> = vec![];
    for stimulus in recording.stimuli.iter().filter(|stimulus| stimulus.kind == CLAMP) {
        for line in shown {
            let Some(index) = reached(stimulus, &line.trace.population, line.trace.neuron) else { continue };
            let level = stimulus.amplitudes.get(index).copied().unwrap_or(f64::NAN);
            let held = || vec![(stimulus.start_ms, level), (stimulus.stop_ms, level)];
            let course = if stimulus.waveform.is_empty() { held() } else { stimulus.waveform.clone() };
            if commands.iter().all(|(_, known)| *known != course) {
                commands.push((*line, course));
            }
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
        for (unit, stimuli) in &self.waveforms {
            // Zero belongs to it: a stimulus is nothing outside its time.
            let values = stimuli.iter().flat_map(|s| s.waveform.iter().map(|corner| corner.1)).chain([0.0]);
            let range = axis::span(values, 0.08).unwrap_or((0.0, 1.0));
            let height = SLIM.max(page::legend_height(stimuli.len()));
            bands.push(Band { height, y: Quantity::new("input", unit, range), above: 16.0, numbers: true });
        }
        if !self.events.is_empty() {
            let y = Quantity::new("", "", (0.0, 1.0));
            bands.push(Band { height: self.events.len() as f64 * ROW, y, above: 16.0, numbers: false });
        }
        bands
    }

    fn entries(stimuli: &[&StimulusSeen]) -> Vec<Entry> {
        stimuli.iter().enumerate().map(|(k, stimulus)| (stimulus.name.clone(), GREYS[k % MOST])).collect()
    }

    /// Room right of the panels.
    pub fn right(&self) -> f64 {
        let lists = self.waveforms.iter().map(|(_, stimuli)| stimuli).chain([&self.events]);
        lists.map(|stimuli| page::legend_width(&Self::entries(stimuli))).fold(0.0, f64::max)
    }

    /// Into the panels from `first` on; `color` is that of a line.
    pub fn draw(&self, page: &Page, first: usize, time: &Time, color: impl Fn(Line) -> RGBColor) {
        let mut index = first;
        for (line, course) in &self.commands {
            let color = if self.commands.len() == 1 { palette::AXIS } else { color(*line) };
            for piece in time.thin(time.clip(course).into_iter(), &page.panels[index]) {
                page.panels[index].line(piece, color, 1.4);
            }
        }
        index += usize::from(!self.commands.is_empty());
        for (_, stimuli) in &self.waveforms {
            let panel = &page.panels[index];
            let entries = Self::entries(stimuli);
            for (stimulus, (_, color)) in stimuli.iter().zip(&entries).rev() {
                for piece in time.thin(time.clip(&stimulus.waveform).into_iter(), panel) {
                    panel.line(piece, *color, 1.4);
                }
            }
            page.legend(panel, &entries);
            index += 1;
        }
        if self.events.is_empty() {
            return;
        }
        let panel = &page.panels[index];
        for (row, stimulus) in self.events.iter().enumerate() {
            let top = panel.top + row as f64 * ROW;
            let within: Vec<f64> = stimulus.events_ms.iter().copied().filter(|at| time.holds(*at)).collect();
            for at in time.apart(&within, panel) {
                let x = panel.x_pixel(at);
                page.pen.line(&[(x, top + 2.0), (x, top + ROW - 3.0)], GREYS[row % MOST], 1.4);
            }
        }
        page.legend(panel, &Self::entries(&self.events));
    }
}
