//! The slim panels beneath traces: what was done to the neurons shown, on the same time axis.

use plotters::style::RGBColor;

use crate::recording::{Recording, StimulusSeen};

use super::axis;
use super::page::{self, Band, Entry, Page, Quantity};
use super::palette;
use super::select::Line;
use super::time::Time;

/// Lines of stimuli are grey, for colours mean neurons.
const GREYS: [RGBColor; 4] =
    [palette::AXIS, RGBColor(0x99, 0x99, 0x99), RGBColor(0x66, 0x66, 0x66), RGBColor(0xbb, 0xbb, 0xbb)];
const MOST: usize = 4;
const SLIM: f64 = 74.0;
const ROW: f64 = 17.0;

/// The stimuli of a page: waveforms by unit, then those that are spikes.
pub struct Stimuli<'a> {
    waveforms: Vec<(String, Vec<&'a StimulusSeen>)>,
    events: Vec<&'a StimulusSeen>,
}

/// The stimuli that reach any of the neurons shown and that have something to draw.
pub fn reaching<'a>(recording: &'a Recording, shown: &[Line], time: &Time) -> Stimuli<'a> {
    let reaches = |stimulus: &&StimulusSeen| {
        stimulus.to.iter().enumerate().any(|(index, population)| {
            let of = stimulus.neurons.get(index);
            shown.iter().any(|line| {
                line.trace.population == *population && of.is_none_or(|neurons| neurons.contains(&line.trace.neuron))
            })
        })
    };
    let mut stimuli = Stimuli { waveforms: vec![], events: vec![] };
    for stimulus in recording.stimuli.iter().filter(reaches) {
        if stimulus.events_ms.iter().any(|at| time.holds(*at)) {
            stimuli.events.push(stimulus);
        }
        if stimulus.waveform.is_empty() {
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

impl Stimuli<'_> {
    pub fn bands(&self) -> Vec<Band> {
        let mut bands = vec![];
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

    /// Into the panels from `first` on.
    pub fn draw(&self, page: &Page, first: usize, time: &Time) {
        let mut index = first;
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
